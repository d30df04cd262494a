package syntax

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
	// SchemaAs is getschema kind=Kind, which gives the schema in another form.
	SchemaAs struct {
		opNode
		Kind *Name
	}
	// CountAs is count as Name.
	CountAs struct {
		opNode
		Name *Name
	}
	Consume struct {
		opNode
		Params []*Param
	}
	ExecuteAndCache struct{ opNode }
	// ProjectByNames is project-by-names: names, patterns in strings, and arrays of names.
	ProjectByNames struct {
		opNode
		Cols []Expr
	}
	// AssertSchema fails the query unless the rows have these columns.
	AssertSchema struct {
		opNode
		Columns []*ColumnDecl
		AnyCols bool
	}
	// Unknown is an operator that the language does not have; its diagnostic exists.
	Unknown struct {
		opNode
		Name string
	}
	// BadOp stands where an operator's name is missing; its diagnostic exists.
	BadOp struct{ opNode }
)

type (
	// MakeGraph is make-graph Source --> Target with tables of nodes, or with_node_id=NodeID. Partition and Sub are the parts of
	// partitioned-by, nil without one.
	MakeGraph struct {
		opNode
		Source, Target *Name
		Nodes          []*GraphNodes
		NodeID         *Name
		Partition      *Name
		Sub            Expr
	}
	// GraphNodes is Table on ID.
	GraphNodes struct {
		at
		Table Expr
		ID    *Name
	}
	// GraphMatch is graph-match and, with Shortest, graph-shortest-paths. Where may be nil, Project empty.
	GraphMatch struct {
		opNode
		Shortest bool
		Params   []*Param
		Patterns []*GraphPattern
		Where    Expr
		Project  []Expr
	}
	// GraphPattern is a path (a)-[e]->(b)<--(c): nodes and edges in turn.
	GraphPattern struct {
		at
		Parts []*GraphPart
	}
	// GraphPart is a node or an edge, each with a name or without. Min and Max are the lengths of an edge *1..5, nil for one step.
	GraphPart struct {
		at
		Edge     bool
		Arrow    GraphArrow
		Name     *Name
		Min, Max Expr
	}
	// GraphToTable is graph-to-table nodes as A, edges as B.
	GraphToTable struct {
		opNode
		Outputs []*GraphOutput
	}
	// GraphOutput is `nodes as Name` or `edges as Name` with its options; Name may be nil.
	GraphOutput struct {
		at
		What   string
		Name   *Name
		Params []*Param
	}
	GraphMarkComponents struct {
		opNode
		Params []*Param
	}
	// GraphWhere is graph-where-nodes and, with Edges, graph-where-edges.
	GraphWhere struct {
		opNode
		Edges bool
		Pred  Expr
	}
)

// GraphArrow is the direction of an edge.
type GraphArrow int

const (
	ArrowNone   GraphArrow = iota // a node
	ArrowRight                    // -->
	ArrowLeft                     // <--
	ArrowEither                   // --
)
