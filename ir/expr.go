package ir

import "github.com/huntc/huntc/diag"

// Expr is a scalar expression. The set of nodes is sealed.
type Expr interface {
	Span() diag.Span
	expr()
}

// At is embedded by every node: where in the source it came from.
type At struct{ S diag.Span }

// Span returns the source span.
func (a At) Span() diag.Span { return a.S }
func (At) expr()             {}

// Col reads a column of the current row by name.
type Col struct {
	At
	Name string
	T    Type
}

// Field reads a field of the target's data; only mapping makes it, in place of Col and Access on a source table.
type Field struct {
	At
	Name string // full path in the target, e.g. azure.auditlogs.operation_name
	T    Type   // the type that the source gives the value
	Info *FieldInfo
}

// FieldInfo says how the target stores a field. Shared, read-only.
type FieldInfo struct {
	Source      string // what the source calls it, e.g. RawEventData.FileExtension
	Type        string // the target's type: keyword, text, date, long, ip, boolean, flattened, string, …
	Container   string // for a key inside a flattened field: the field; Key is then the path below it
	Key         string
	MaybeAbsent bool // the field may be absent
	KeepsEmpty  bool // "" may be stored as such
	Time        bool // the event time
	MaxLength   int  // characters (UTF-16 units) above which a text reads as absent; 0 is no limit
}

// Lit is a constant.
type Lit struct {
	At
	Value Value
}

// Param is a parameter of the hunt, such as {{StartTimeISO}}. Default is its value relative to run time; nil when it has none.
type Param struct {
	At
	Name    string
	T       Type
	Default Expr
}

// Now is the instant at which the hunt runs, one per query.
type Now struct{ At }

// Step is one step into a dynamic value: a key, or an index (negative counts from the end).
type Step struct {
	Key     string
	Index   int
	IsIndex bool
}

// Access reads inside a dynamic value; an absent key or index is null.
type Access struct {
	At
	X     Expr
	Steps []Step
}

// MatchKind says how a needle must occur in a string.
type MatchKind int

const (
	MatchUnset MatchKind = iota
	Equal
	Contains
	Prefix
	Suffix
	Term       // whole term; semantics.md 3
	TermPrefix // start of a term
	TermSuffix // end of a term
	Regex      // RE2, unanchored
	CIDR
)

var matchNames = [...]string{"unset", "equal", "contains", "prefix", "suffix", "term", "termprefix", "termsuffix", "regex", "cidr"}

func (k MatchKind) String() string { return matchNames[k] }

// Case says whether letters match regardless of case. Fold folds ASCII letters only.
type Case int

const (
	CaseUnset Case = iota
	Fold
	Exact
)

func (c Case) String() string { return [...]string{"unset", "fold", "exact"}[c] }

// Match tests a string against needles: any of them, or all of them with All. Kind and Case together say what the source meant;
// no backend may assume either. An empty list matches nothing, with All everything. Needles are as written: not lower-cased,
// not escaped.
type Match struct {
	At
	Kind    MatchKind
	Case    Case
	X       Expr
	Needles []Expr
	All     bool
}

// CmpOp is a comparison of two values that are not both strings under equality.
type CmpOp int

const (
	CmpUnset CmpOp = iota
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
)

func (o CmpOp) String() string { return [...]string{"?", "==", "!=", "<", "<=", ">", ">="}[o] }

// Mirrored is the comparison with its sides swapped: a < b is b > a.
func (o CmpOp) Mirrored() CmpOp {
	switch o {
	case Lt:
		return Gt
	case Le:
		return Ge
	case Gt:
		return Lt
	case Ge:
		return Le
	default: // equality has no direction
		return o
	}
}

// Negated is the comparison that holds of two values, neither of them null, where o does not.
func (o CmpOp) Negated() CmpOp {
	switch o {
	case Eq:
		return Ne
	case Ne:
		return Eq
	case Lt:
		return Ge
	case Le:
		return Gt
	case Gt:
		return Le
	case Ge:
		return Lt
	default:
		return CmpUnset
	}
}

// Compare compares with KQL's null rules: Eq with one null is false, Ne is true, both null is null; the others are null.
type Compare struct {
	At
	Op   CmpOp
	L, R Expr
}

// Between is Lo <= X <= Hi; null when any of them is.
type Between struct {
	At
	X, Lo, Hi Expr
}

// And, Or, Not: three-valued logic.
type And struct {
	At
	Xs []Expr
}
type Or struct {
	At
	Xs []Expr
}
type Not struct {
	At
	X Expr
}

// Arith is one of + - * / %; division of integers truncates, % is never negative.
type Arith struct {
	At
	Op   string
	L, R Expr
	T    Type
}

// Neg is unary minus.
type Neg struct {
	At
	X Expr
}

// Call is a scalar function by its canonical KQL name (parse_json, not todynamic). Functions with a node of their own never
// occur here.
type Call struct {
	At
	Func string
	Args []Expr
	T    Type
}

// FuncElement is the Call that reads inside a dynamic value by an index known only per row: x[i]. It is no function of the language.
const FuncElement = "element"

// Cast converts (tostring, tolong, todatetime, …); a failed conversion is null.
type Cast struct {
	At
	To Type
	X  Expr
}

// Bin rounds down to a multiple of Width; an int gives a long. Datetimes count from 0001-01-01.
type Bin struct {
	At
	X     Expr
	Width Value
}

// Cond is iff and case: the first branch whose condition is true, else Else. A null condition is not true.
type Cond struct {
	At
	Branches []Branch
	Else     Expr
	T        Type
}

// Branch is one arm of Cond.
type Branch struct{ If, Then Expr }

// IsNull is KQL's isnull: always false for a string.
type IsNull struct {
	At
	X Expr
}

// IsEmpty is KQL's isempty: "" or null.
type IsEmpty struct {
	At
	X Expr
}

// Absent tests, in the target's terms, whether a field has no value. Only the absent-value pass makes it.
type Absent struct {
	At
	X Expr
}

// Fill replaces an absent value, in the target's terms. Only the absent-value pass makes it.
type Fill struct {
	At
	X    Expr
	With Value
}

// List is an array of expressions.
type List struct {
	At
	Elems []Expr
}

// Pack makes a bag of keys and values.
type Pack struct {
	At
	Keys []string
	Vals []Expr
}

// Bad stands for what could not be lowered; its diagnostic exists already.
type Bad struct{ At }

// TypeOf returns the type of an expression, TypeUnset for Bad.
func TypeOf(e Expr) Type {
	switch e := e.(type) {
	case *Col:
		return e.T
	case *Field:
		return e.T
	case *Lit:
		return e.Value.Type
	case *Param:
		return e.T
	case *Now:
		return Datetime
	case *Scalar:
		return e.T
	case *RowCall:
		return e.T
	case *StepCol:
		return e.T
	case *KeyOf:
		return e.T
	case *InTable:
		return Bool
	case *Access, *List, *Pack, *PackAll:
		return Dynamic
	case *AnyColumn, *Match, *Compare, *Between, *And, *Or, *Not, *IsNull, *IsEmpty, *Absent:
		return Bool
	case *Arith:
		return e.T
	case *Neg:
		return TypeOf(e.X)
	case *Call:
		return e.T
	case *Cast:
		return e.To
	case *Bin:
		if t := TypeOf(e.X); t != Int {
			return t
		}
		return Long
	case *Cond:
		return e.T
	case *Fill:
		return TypeOf(e.X)
	default:
		return TypeUnset
	}
}

// StringLit returns a string constant.
func StringLit(s string, at diag.Span) *Lit { return &Lit{At{at}, Value{String, s}} }

// ConstString returns the text of a string constant.
func ConstString(e Expr) (string, bool) {
	l, ok := e.(*Lit)
	if !ok || l.Value.Type != String {
		return "", false
	}
	return l.Value.V.(string), true
}
