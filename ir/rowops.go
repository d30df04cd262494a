package ir

// NoLimit is an Expansion without a limit of its own.
const NoLimit int64 = -1

// Expansion says how a row becomes several: the elements of its columns side by side, a shorter column padded with null. Null counts
// as one element, an empty array or bag as none.
type Expansion struct {
	Cols  []ExpandCol
	Index string // the column with the element's position, from 0; "" for none
	Pairs bool   // a member of a bag becomes [key, value] instead of {key: value}
	Limit int64  // the most rows from one row; NoLimit for none
}

// ExpandCol is one expanded column; To as in Expand.
type ExpandCol struct {
	Name string
	X    Expr
	To   Type
}

// ExpandMany is mv-expand with what Expand does not say: several columns, an index, pairs or a limit.
type ExpandMany struct {
	At
	Expansion
}

// Apply is mv-apply: Ops run on the rows that each single row expands to. Its columns are those of the row that are not expanded,
// then those that Ops leave and the row does not have.
type Apply struct {
	At
	Expansion
	Ops []Op
}

// ParseMode says what the texts of a Parse are and how strict it is.
type ParseMode int

const (
	ParseUnset   ParseMode = iota
	ParseSimple            // plain texts; a value that does not fit its type fails the whole pattern
	ParseRegex             // regular expressions, greedy unless the flags say otherwise
	ParseRelaxed           // plain texts; a value that does not fit its type is null
)

func (m ParseMode) String() string { return [...]string{"unset", "simple", "regex", "relaxed"}[m] }

// Parse extracts columns from a text by a pattern. A text that does not match makes them null (strings "").
type Parse struct {
	At
	X     Expr
	Mode  ParseMode
	Flags string // RE2 flags of ParseRegex
	Drop  bool   // a text that does not match drops the row (parse-where)
	Parts []ParsePart
}

// ParsePart is a star, a column when Name is not empty, or else a text.
type ParsePart struct {
	Star bool
	Text string
	Name string
	To   Type
}

// ParseKV extracts columns from a text of keys and values: each column is a key, its first occurrence counts. With Regex its two
// groups are key and value; without Pair every character that is no letter or digit separates.
type ParseKV struct {
	At
	X               Expr
	Cols            []Column
	Pair, KV        string
	Quotes, Escapes []string
	Greedy          bool
	Regex           string
}

// RowSchema is the declared result of a plugin. Star keeps the other columns of the input in front.
type RowSchema struct {
	Star    bool
	Columns []Column
}

// Conflict says what happens when an unpacked column has the name of a column of the row.
type Conflict int

const (
	ConflictError Conflict = iota
	ConflictReplace
	ConflictKeep
)

func (c Conflict) String() string { return [...]string{"error", "replace_source", "keep_source"}[c] }

// Unpack is bag_unpack: every key of the bags in Col becomes a column. Without Schema its columns are known only from the data.
type Unpack struct {
	At
	Col      string
	Prefix   string
	Conflict Conflict
	Ignore   []string
	Schema   *RowSchema
}

// Pivot turns the values of Col into columns: Agg per combination of Keys (nil: all columns but Col and the one that Agg reads) and
// value. Without Schema its columns are known only from the data.
type Pivot struct {
	At
	Col    string
	Agg    Agg
	Keys   []string
	Schema *RowSchema
}

// Narrow turns every cell into a row: its row's number, its column's name and its text.
type Narrow struct{ At }

// ColumnsKind says what Columns does.
type ColumnsKind int

const (
	ColumnsUnset ColumnsKind = iota
	ColumnsAway
	ColumnsKeep
	ColumnsRename
	ColumnsReorder
)

func (k ColumnsKind) String() string {
	return [...]string{"unset", "away", "keep", "rename", "reorder"}[k]
}

// Columns chooses, renames or orders columns by name where the row's columns are known only from the data. A name that is not there
// is an empty column, which is never made: away and keep pass over it.
type Columns struct {
	At
	Kind  ColumnsKind
	Items []ColumnItem
}

// ColumnItem is a name, or with Wild a pattern with *. To is the new name for rename, Order "", "asc" or "desc" for reorder.
type ColumnItem struct {
	Name  string
	Wild  bool
	To    string
	Order string
}

// Matches reports whether the item means a column.
func (i ColumnItem) Matches(name string) bool {
	if !i.Wild {
		return i.Name == name
	}
	return MatchWild(i.Name, name)
}

// IPLookup joins each row with the rows of Right whose network in the column Net holds the address in the column Addr; Extra are
// further columns that must be equal on both sides. Unmatched keeps rows without one. V6 takes both versions of addresses.
type IPLookup struct {
	At
	V6        bool
	Right     *Pipeline
	Addr, Net string
	Extra     []string
	Unmatched bool
}

func (*ExpandMany) op() {}
func (*Apply) op()      {}
func (*Parse) op()      {}
func (*ParseKV) op()    {}
func (*Unpack) op()     {}
func (*Pivot) op()      {}
func (*Narrow) op()     {}
func (*Columns) op()    {}
func (*IPLookup) op()   {}

// Tables is every table of the workspace whose name matches a pattern, as a union; NameTo, when not empty, is a first column with the
// table's name. Known are the matching tables with a schema.
type Tables struct {
	At
	Pattern string
	NameTo  string
	Known   []*Table
}

// External is a file that is read where it is when the query runs.
type External struct {
	At
	Columns []Column
	URIs    []string
	Props   []Prop
}

// Prop is a property as it is written.
type Prop struct {
	Name  string
	Value Value
}

// Remote is a table of another workspace, cluster or database; Scope is how KQL names that place.
type Remote struct {
	At
	Scope string
	Table string
}

// Name is the whole name of the table.
func (r *Remote) Name() string { return r.Scope + "." + r.Table }

func (*Tables) source()   {}
func (*External) source() {}
func (*Remote) source()   {}

// AnyColumn tests the text of every column of the row but Except: it is true when a Match of one of them is.
type AnyColumn struct {
	At
	Kind    MatchKind
	Case    Case
	Needles []Expr
	All     bool
	Except  string // "" for none
}

// PackAll is a bag of every column of the row, without the empty ones if SkipEmpty.
type PackAll struct {
	At
	SkipEmpty bool
}

// IfExists is a column where the row has it, else another value.
type IfExists struct {
	At
	Name string
	Else Expr
}
