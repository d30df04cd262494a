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

// Script is a whole text: statements in order.
type Script struct{ Stmts []Stmt }

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
	// OtherStmt is a statement known by its keyword only (alias, pattern, restrict).
	OtherStmt struct {
		stmtNode
		Keyword string
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
	// Star is `*`: every column, or any column in a search predicate.
	Star struct{ exprNode }
	// Literal is a constant. Which field holds the value follows from Kind; Null is a typed null such as long(null).
	Literal struct {
		exprNode
		Kind Kind
		Null bool
		Str  string    // string, guid (lower case), decimal
		Int  int64     // int, long; timespan in ticks of 100 ns
		Real float64   // real
		Bool bool      // bool
		Time time.Time // datetime, UTC
		Dyn  *Dynamic  // dynamic
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
	// Call is Func(Args), or Recv.Func(Args). A named argument is a *Named.
	Call struct {
		exprNode
		Recv Expr
		Func *Name
		Args []Expr
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
	// TypeOf is typeof(type) or typeof(columns).
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

// Ordered is a sort key. Asc and NullsFirst hold the effective order: descending unless written, nulls first when ascending.
type Ordered struct {
	at
	X          Expr
	Asc        bool
	NullsFirst bool
	Explicit   bool // asc or desc is written
}

// ProjectKind tells the project operators apart.
type ProjectKind int

const (
	ProjectPlain ProjectKind = iota
	ProjectAway
	ProjectKeep
	ProjectRename
	ProjectReorder
)

// ReorderKey is one entry of project-reorder; Order is "", asc, desc, granny-asc or granny-desc.
type ReorderKey struct {
	at
	X     Expr
	Order string
}

type (
	// Where: Pred is a *Named for `where a = b`, which the grammar takes for a name given to the predicate b; it compares nothing.
	Where struct {
		opNode
		Pred Expr
	}
	Extend struct {
		opNode
		Cols []Expr
	}
	// Project is project and its four sisters; Reorder is filled for project-reorder, Cols for the others.
	Project struct {
		opNode
		Kind    ProjectKind
		Cols    []Expr
		Reorder []*ReorderKey
	}
	// Summarize: both lists may be empty.
	Summarize struct {
		opNode
		Params   []*Param
		Aggs, By []Expr
	}
	Sort struct {
		opNode
		Params []*Param
		Keys   []*Ordered
	}
	// Take is take or limit.
	Take struct {
		opNode
		N Expr
	}
	Top struct {
		opNode
		Params []*Param
		N      Expr
		By     *Ordered
	}
	// TopNested holds one level per clause.
	TopNested struct {
		opNode
		Levels []*NestedLevel
	}
	// NestedLevel is N of Of with others = Others by By. N and Others may be nil.
	NestedLevel struct {
		at
		N, Of, Others Expr
		By            *Ordered
	}
	// TopHitters is top-hitters N of Of by By; By may be nil.
	TopHitters struct {
		opNode
		N, Of, By Expr
	}
	Distinct struct {
		opNode
		Params []*Param
		Cols   []Expr
	}
	Join struct {
		opNode
		Params []*Param
		Right  Expr
		On     []Expr
	}
	Lookup struct {
		opNode
		Params []*Param
		Right  Expr
		On     []Expr
	}
	// Union: a table may be a *Wildcard.
	Union struct {
		opNode
		Params []*Param
		Tables []Expr
	}
	MvExpand struct {
		opNode
		Params []*Param
		Items  []*ExpandItem
		Limit  Expr
	}
	// ExpandItem is X to typeof(To); To may be nil.
	ExpandItem struct {
		at
		X  Expr
		To *TypeOf
	}
	MvApply struct {
		opNode
		Params []*Param
		Items  []*ExpandItem
		Limit  Expr
		Sub    Expr
	}
	// ParseOp is parse and, with Where, parse-where.
	ParseOp struct {
		opNode
		Where  bool
		Params []*Param
		X      Expr
		Parts  []PatternPart
	}
	// PatternPart is a star, a text, or a column with an optional type: the one that is set.
	PatternPart struct {
		at
		Star bool
		Text *Literal
		Name *Name
		Type string
	}
	ParseKV struct {
		opNode
		X       Expr
		Columns []*ColumnDecl
		Props   []*Param
	}
	Count  struct{ opNode }
	Render struct {
		opNode
		Chart string
		Props []*Param
	}
	Sample struct {
		opNode
		N Expr
	}
	SampleDistinct struct {
		opNode
		N, Of Expr
	}
	Serialize struct {
		opNode
		Params []*Param
		Cols   []Expr
	}
	// MakeSeries: From, To and Step are nil when not written; `in range(a, b, c)` fills all three and sets InRange.
	MakeSeries struct {
		opNode
		Params         []*Param
		Aggs           []*SeriesAgg
		On             Expr
		InRange        bool
		From, To, Step Expr
		By             []Expr
	}
	// SeriesAgg is X default = Default; Default may be nil.
	SeriesAgg struct {
		at
		X, Default Expr
	}
	// Evaluate runs a plugin; Columns is the declared output, if any.
	Evaluate struct {
		opNode
		Params  []*Param
		Plugin  Expr
		Columns []*ColumnDecl
		AnyCols bool
	}
	Invoke struct {
		opNode
		Func Expr
	}
	As struct {
		opNode
		Params []*Param
		Name   *Name
	}
	Partition struct {
		opNode
		Params []*Param
		By     Expr
		Sub    Expr
	}
	Scan struct {
		opNode
		Params      []*Param
		OrderBy     []*Ordered
		PartitionBy []Expr
		Declare     []*ParamDecl
		Steps       []*ScanStep
	}
	// ScanStep is step Name optional output=Output: Cond => Assigns.
	ScanStep struct {
		at
		Name     *Name
		Optional bool
		Output   string
		Cond     Expr
		Assigns  []Expr
	}
	Search struct {
		opNode
		Params []*Param
		In     []Expr
		Pred   Expr
	}
	Find struct {
		opNode
		Params  []*Param
		In      []Expr
		Pred    Expr
		Project []Expr
		Away    []Expr
		Smart   bool
	}
	Facet struct {
		opNode
		By   []Expr
		With Expr
	}
	Reduce struct {
		opNode
		Params []*Param
		By     Expr
		With   []*Param
	}
	// Fork: a branch with a name is a *Named.
	Fork struct {
		opNode
		Branches []Expr
	}
	GetSchema struct{ opNode }
	Consume   struct {
		opNode
		Params []*Param
	}
	// Unknown is an operator that this package has no shape for; its text is skipped up to the next bar.
	Unknown struct {
		opNode
		Name string
	}
	// BadOp stands where an operator's name is missing; its diagnostic exists.
	BadOp struct{ opNode }
)
