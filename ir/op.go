package ir

import "github.com/huntc/huntc/diag"

// Query is one hunt's query: named pipelines that Root and each other may refer to, and the pipeline whose rows are the result.
type Query struct {
	Bindings []Binding // in order of definition; each may use earlier ones
	Root     *Pipeline
	Columns  []Column // the result's columns, in order; empty when the schema is open
	Open     bool     // the result may have more columns (an unknown table)
}

// Binding is a named pipeline.
type Binding struct {
	Name string
	Pipe *Pipeline
}

// Column is a name and a type.
type Column struct {
	Name string
	Type Type
}

// Pipeline is a source and the ops that its rows go through, in order.
type Pipeline struct {
	From Source
	Ops  []Op
}

// Source is where rows come from.
type Source interface {
	Span() diag.Span
	source()
}

// Table is a source table. Columns is its schema; Open means that it is not known.
type Table struct {
	At
	Name    string
	Time    string // the time column, "" when unknown
	Columns []Column
	Open    bool
	Fuzzy   bool // the table may be missing: a branch of a union that then has no rows
}

// Ref is a reference to a Binding.
type Ref struct {
	At
	Name string
}

// Rows are literal rows.
type Rows struct {
	At
	Columns []Column
	Values  [][]Value
}

// Union is all rows of its inputs; absent columns are null (strings "").
type Union struct {
	At
	Inputs []*Pipeline
}

func (*Table) source() {}
func (*Ref) source()   {}
func (*Rows) source()  {}
func (*Union) source() {}

// Op is one step of a pipeline. The set is sealed.
type Op interface {
	Span() diag.Span
	op()
}

// Named is an expression with a column name.
type Named struct {
	Name string
	X    Expr
}

// Filter keeps the rows for which Pred is true.
type Filter struct {
	At
	Pred Expr
}

// Extend adds or replaces columns; all expressions see the row before the op.
type Extend struct {
	At
	Cols []Named
}

// Project makes rows of exactly these columns.
type Project struct {
	At
	Cols []Named
}

// AggFunc is an aggregate function by its canonical KQL name.
type AggFunc string

const (
	Count    AggFunc = "count"
	DCount   AggFunc = "dcount" // exact distinct count; "" counts as a value, null does not
	Min      AggFunc = "min"
	Max      AggFunc = "max"
	Sum      AggFunc = "sum"
	Avg      AggFunc = "avg"
	MakeSet  AggFunc = "make_set"
	MakeList AggFunc = "make_list"
	MakeBag  AggFunc = "make_bag"
	TakeAny  AggFunc = "take_any"
	ArgMax   AggFunc = "arg_max" // Args[0] is maximised, the rest is returned: one Agg per returned column
	ArgMin   AggFunc = "arg_min"
	// AnyRow is Args[0] on one row of the group, the same row for every AnyRow of the Aggregate.
	AnyRow AggFunc = "any_row"
	// These return, from the row that their namesake without All takes, all columns that are not in Agg.Except, under their names.
	ArgMaxAll AggFunc = "arg_max_all"
	ArgMinAll AggFunc = "arg_min_all"
	AnyAll    AggFunc = "any_all"

	MakeListNulls AggFunc = "make_list_with_nulls"
	BuildSchema   AggFunc = "buildschema"
	BinaryAllAnd  AggFunc = "binary_all_and"
	BinaryAllOr   AggFunc = "binary_all_or"
	BinaryAllXor  AggFunc = "binary_all_xor"

	// Sample and population statistics of Args[0], the covariances of Args[0] and Args[1].
	Stdev       AggFunc = "stdev"
	StdevP      AggFunc = "stdevp"
	Variance    AggFunc = "variance"
	VarianceP   AggFunc = "variancep"
	Covariance  AggFunc = "covariance"
	CovarianceP AggFunc = "covariancep"

	// Percentile is the nearest rank, exactly: Args are the value and a constant percentage; with a W the weight stands between
	// them. An Array has several percentages.
	Percentile       AggFunc = "percentile"
	PercentileW      AggFunc = "percentilew"
	PercentilesArray AggFunc = "percentiles_array"
	PercentilesWArr  AggFunc = "percentilesw_array"
)

// Agg is one aggregate column. If, when not nil, limits the rows that it sees (countif, dcountif, make_set_if).
// Cap is the largest number of elements of make_set and make_list, 0 for the default of 1,048,576.
type Agg struct {
	At
	Name string
	Func AggFunc
	Args []Expr
	If   Expr
	Cap  int64
	T    Type
	// Exact says of a DCount that the source asks for an exact count and not for an estimate; the IR's count is exact in any case.
	Exact bool
	// Accuracy is the level of dcount's estimate as the source writes it, "" for the default. It does not change the IR's count.
	Accuracy string
	// Except are the columns that a function which returns all columns leaves out: keys, and what other aggregates return.
	Except []string
}

// AllColumns reports whether the aggregate returns the columns of a row in place of one value.
func (a Agg) AllColumns() bool { return a.Func == ArgMaxAll || a.Func == ArgMinAll || a.Func == AnyAll }

// Aggregate groups by keys; its columns are the keys, then the aggregates. Without aggregates it is a distinct on the keys;
// without keys it is one row, also on no input. An absent key is a group.
type Aggregate struct {
	At
	Keys []Named
	Aggs []Agg
}

// Names lists the columns of the result: the keys, then the aggregates.
func (a *Aggregate) Names() []string {
	var out []string
	for _, k := range a.Keys {
		out = append(out, k.Name)
	}
	for _, g := range a.Aggs {
		out = append(out, g.Name)
	}
	return out
}

// SortKey orders by X.
type SortKey struct {
	X          Expr
	Desc       bool
	NullsFirst bool
}

// Sort orders rows.
type Sort struct {
	At
	Keys []SortKey
}

// Limit keeps N rows: the first ones after a Sort, any otherwise.
type Limit struct {
	At
	N int64
}

// JoinKind is a kind of join, with KQL's duplicate rules.
type JoinKind int

const (
	JoinUnset JoinKind = iota
	InnerUnique
	Inner
	LeftOuter
	RightOuter
	FullOuter
	LeftSemi
	LeftAnti
	RightSemi
	RightAnti
)

var joinNames = [...]string{"unset", "innerunique", "inner", "leftouter", "rightouter", "fullouter", "leftsemi", "leftanti", "rightsemi", "rightanti"}

func (k JoinKind) String() string { return joinNames[k] }

// JoinKey pairs a column of the left with one of the right.
type JoinKey struct{ Left, Right string }

// Join combines the rows so far (left) with Right. RightNames renames the right side's columns that clash: right name → output
// name; the others keep theirs. Lookup drops the right keys.
type Join struct {
	At
	Kind       JoinKind
	Right      *Pipeline
	On         []JoinKey
	RightNames map[string]string
	Lookup     bool
}

// Expand makes one row per element of X (an array), in column Name; null makes one row with null, an empty array none.
// To converts the element; TypeUnset keeps it dynamic.
type Expand struct {
	At
	Name string
	X    Expr
	To   Type
	// Elements, set by mapping, lists the array's elements when the target stores it as an object keyed by index: for element i
	// and path p below the element (""=itself) Elements[i][p] is the field. Absent elements make no row.
	Elements []map[string]Expr
}

// Append adds the rows of other pipelines (union in the middle of a pipe).
type Append struct {
	At
	Inputs []*Pipeline
}

// Threshold is an Aggregate followed by a filter on its own result. Metric, Cmp and Limit describe the filter when it has the
// form "aggregate compared with a constant"; Pred is always the whole filter.
type Threshold struct {
	At
	Agg    *Aggregate
	Pred   Expr
	Metric string
	Cmp    CmpOp
	Limit  Value
}

// Window is a range of time; a nil end is unbounded.
type Window struct {
	From, To             Expr
	FromClosed, ToClosed bool
}

// Baseline keeps rows of a recent window whose keys do not occur in a history window of the same source. The ops before it in its
// pipeline are the prefix that both sides share; Recent and History say which of those rows each side sees by Time; RecentOps and
// HistoryOps run on them. On pairs columns of the two results. Its rows are those of the recent side. semantics.md 5.
type Baseline struct {
	At
	Time        string
	TimeType    Type
	Recent      Window
	History     Window
	RecentOps   []Op
	HistoryOps  []Op
	On          []JoinKey
	RecentName  string // the source's names of the two sides, for Desugar's bindings and messages
	HistoryName string
}

// BadOp stands for an op that could not be lowered; its diagnostic exists already.
type BadOp struct{ At }

func (*Filter) op()    {}
func (*Extend) op()    {}
func (*Project) op()   {}
func (*Aggregate) op() {}
func (*Sort) op()      {}
func (*Limit) op()     {}
func (*Join) op()      {}
func (*Expand) op()    {}
func (*Append) op()    {}
func (*Threshold) op() {}
func (*Baseline) op()  {}
func (*BadOp) op()     {}
