// Package syntax reads the Kusto query language into a syntax tree. It knows spelling, not meaning: names are not resolved,
// types are not checked, and an operator that it does not know is kept by name so that a later pass can refuse it.
package syntax

import (
	"time"

	"github.com/huntc/huntc/diag"
)

// Node is any part of the tree that has a place in the text.
type Node interface{ Span() diag.Span }

// Expr is a scalar or tabular expression; the language itself separates the two only by what names stand for.
type Expr interface {
	Node
	expr()
}

// Operator is one step of a pipe.
type Operator interface {
	Node
	operator()
}

// Stmt is one statement of a script.
type Stmt interface {
	Node
	stmt()
}

type at struct{ At diag.Span }

func (a at) Span() diag.Span { return a.At }

type exprNode struct{ at }

func (exprNode) expr() {}

type opNode struct{ at }

func (opNode) operator() {}

type stmtNode struct{ at }

func (stmtNode) stmt() {}

// Script is a whole text: statements in order, and before them the lines that begin with #, which tools read.
type Script struct {
	Directives []*Directive
	Stmts      []Stmt
}

// Directive is a line such as `#connect cluster("help")`, for the tool that sends the query: it is no part of it.
type Directive struct {
	at
	Text string
}

type (
	// Let binds a name. Body is a *Function when the let declares one.
	Let struct {
		stmtNode
		Name *Name
		Body Expr
	}
	// Query is an expression statement; the last one of a script or function body is its result.
	Query struct {
		stmtNode
		X Expr
	}
	// Set is a request option; Value is nil when none is written.
	Set struct {
		stmtNode
		Name  *Name
		Value Expr
	}
	// Declare is `declare query_parameters(...)`.
	Declare struct {
		stmtNode
		Params []*ParamDecl
	}
	// OtherStmt is a statement that says what names stand for or what may be read: `alias database`, `declare pattern` and
	// `restrict access`. Parts are its expressions in the order written, Body the statements inside.
	OtherStmt struct {
		stmtNode
		Keyword string
		Parts   []Expr
		Body    []Stmt
	}
	// CreateFunction is the management command that saves a function: `.create function F(a:long) { T }` and its like.
	CreateFunction struct {
		stmtNode
		Verb     string // create, create-or-alter, alter
		IfAbsent bool   // ifnotexists
		Props    []*Param
		Name     *Name
		Func     *Function
		// Call calls the function without arguments; nil when it has a parameter without default.
		Call *Call
	}
	// Command is any other management command: a line that begins with a dot, and all that follows it.
	Command struct {
		stmtNode
		Verb string
	}
)

// ParamDecl is a parameter of a function or script.
type ParamDecl struct {
	at
	Name    *Name
	Type    string        // scalar type, "" for a table
	Table   bool          // a tabular parameter
	AnyCols bool          // (*)
	Columns []*ColumnDecl // columns of a tabular parameter
	Default Expr          // nil when none
}

// ColumnDecl is `name:type`.
type ColumnDecl struct {
	at
	Name *Name
	Type string
}

// Kind is the type of a literal.
type Kind int

const (
	KindInvalid Kind = iota
	KindString
	KindInt
	KindLong
	KindReal
	KindDecimal
	KindBool
	KindDatetime
	KindTimespan
	KindGUID
	KindDynamic
)

func (k Kind) String() string {
	return [...]string{"invalid", "string", "int", "long", "real", "decimal", "bool", "datetime", "timespan", "guid", "dynamic"}[k]
}

// Op is the canonical spelling of a unary, binary or list operator; `<>` is written "!=".
type Op string

type (
	// Name is an identifier. Bracketed says that it was written ['name'].
	Name struct {
		exprNode
		Name      string
		Bracketed bool
	}
	// Wildcard is a name pattern such as Device* where the language allows one.
	Wildcard struct {
		exprNode
		Pattern string
	}
	// PathWildcard is X.Pattern, as in database("d").T*: the pattern of names in a database.
	PathWildcard struct {
		exprNode
		X       Expr
		Pattern string
	}
	// BadLiteral is a typed literal whose text does not fit its type, such as datetime("8:00 AM"). The grammar takes any text;
	// what it means is not for this package to say.
	BadLiteral struct {
		exprNode
		Kind Kind
		Text string
	}
	// LegacyBin stands as the last key of `summarize … by key bin=Width`, a spelling that is not documented.
	LegacyBin struct {
		exprNode
		Width Expr
	}
	// EntityGroup is entity_group [members], databases that macro-expand runs over.
	EntityGroup struct {
		exprNode
		Members []Expr
	}
	// MacroExpand is the source `macro-expand Group as Name (Body)`: Body once per member, all rows together.
	MacroExpand struct {
		exprNode
		Params []*Param
		Group  Expr
		Name   *Name
		Body   []Stmt
	}
	// Star is `*`: every column, or any column in a search predicate.
	Star struct{ exprNode }
	// Literal is a constant. Which field holds the value follows from Kind; Null is a typed null such as long(null).
	Literal struct {
		exprNode
		Kind Kind
		Null bool
		// Joined says that a string was written in pieces side by side, "a" "b": inside a list a comma may have been forgotten.
		Joined bool
		Str    string    // string, guid (lower case), decimal
		Int    int64     // int, long; timespan in ticks of 100 ns
		Real   float64   // real
		Bool   bool      // bool
		Time   time.Time // datetime, UTC
		Dyn    *Dynamic  // dynamic
	}
	// Path is X.Name.
	Path struct {
		exprNode
		X    Expr
		Name *Name
	}
	// Index is X[I]; Dotted says that it was written X.[I], which means the same.
	Index struct {
		exprNode
		X, I   Expr
		Dotted bool
	}
	// Call is Func(Args), or Recv.Func(Args). A named argument is a *Named. Params are the options of toscalar kind=… (…).
	Call struct {
		exprNode
		Recv   Expr
		Func   *Name
		Params []*Param
		Args   []Expr
	}
	// Unary is -X or +X.
	Unary struct {
		exprNode
		Op Op
		X  Expr
	}
	// Binary is X Op Y; OpAt is where the operator stands.
	Binary struct {
		exprNode
		Op   Op
		OpAt diag.Span
		X, Y Expr
	}
	// In is X Op (List) for in, !in, in~, !in~, has_any and has_all. An item may be tabular.
	In struct {
		exprNode
		Op   Op
		OpAt diag.Span
		X    Expr
		List []Expr
	}
	// Between is X between (Lo .. Hi).
	Between struct {
		exprNode
		Not       bool
		OpAt      diag.Span
		X, Lo, Hi Expr
	}
	// Named is Name = X.
	Named struct {
		exprNode
		Name *Name
		X    Expr
	}
	// Tuple is (Names) = X.
	Tuple struct {
		exprNode
		Names []*Name
		X     Expr
	}
	// TypeOf is typeof(type) or typeof(columns), where AnyCols is the star of typeof(*, a:long).
	TypeOf struct {
		exprNode
		Type    string
		AnyCols bool
		Columns []*ColumnDecl
	}
	// Function is (params) { body }, with View for view () { body }. The last statement of Body is the result.
	Function struct {
		exprNode
		View   bool
		Params []*ParamDecl
		Body   []Stmt
	}
	// Pipe is Source | Ops. Source is nil when the first operator begins the query (union, search, find, evaluate)
	// and in the sub-queries of mv-apply, fork, partition and facet, which read their surroundings.
	Pipe struct {
		exprNode
		Source Expr
		Ops    []Operator
	}
	// Print is the source `print a = 1, ...`.
	Print struct {
		exprNode
		Cols []Expr
	}
	// Range is the source `range x from a to b step c`.
	Range struct {
		exprNode
		Name           *Name
		From, To, Step Expr
	}
	// Datatable is literal rows, values in row order.
	Datatable struct {
		exprNode
		Columns []*ColumnDecl
		Values  []Expr
	}
	// ExternalData reads a file by address.
	ExternalData struct {
		exprNode
		Columns []*ColumnDecl
		URIs    []Expr
		Props   []*Param
	}
	// Bad stands where no expression could be read; its diagnostic exists.
	Bad struct{ exprNode }
)

// DynKind is the shape of a dynamic value.
type DynKind int

const (
	DynScalar DynKind = iota
	DynNull
	DynArray
	DynBag
)

// Dynamic is one value inside dynamic(...).
type Dynamic struct {
	at
	Kind   DynKind
	Scalar *Literal
	Items  []*Dynamic
	Fields []DynField
}

// DynField is one member of a bag, in the order written.
type DynField struct {
	Key   string
	Value *Dynamic
}

// Param is an option of an operator: kind=inner, hint.strategy=shuffle.
type Param struct {
	at
	Name  string
	Value Expr
}
