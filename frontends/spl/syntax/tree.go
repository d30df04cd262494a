// Package syntax reads Splunk's search processing language (SPL 10) into a syntax tree. It knows spelling, not meaning: what a
// field holds, what an index is and what a macro stands for is not known here, unless a definition says it.
//
// SPL has one grammar per command. The commands that published detections use have a node of their own; every other command of
// Splunk is kept as an Other, with its subsearches read, so that a later pass can refuse it by name.
package syntax

import "github.com/huntc/huntc/diag"

// Node is any part of the tree that has a place in the text.
type Node interface{ Span() diag.Span }

type at struct{ At diag.Span }

// Span returns the place in the text.
func (a at) Span() diag.Span { return a.At }

// Pipeline is a search: commands in order. Implied says that the first command is a search whose word is not written.
type Pipeline struct {
	at
	Commands []Command
	Implied  bool
	// Piped says that the text begins with a bar, so that the first command makes its own rows.
	Piped bool
}

// Command is one step of a pipeline. The set is sealed.
type Command interface {
	Node
	command()
	// Word is the command as written and where it stands; empty for an implied search.
	Word() *Name
	setSpan(diag.Span)
}

type cmd struct {
	at
	Name *Name
}

func (*cmd) command() {}

func (c *cmd) setSpan(s diag.Span) { c.At = s }

// Word returns the command's word.
func (c *cmd) Word() *Name { return c.Name }

// Name is a field name, or another word that the user chose. Quoted says that it was written in double or single quotes.
type Name struct {
	at
	Text   string
	Quoted bool
}

// Wild reports whether the name is a pattern. An asterisk in quotes is a pattern too: rename "Processes.*" AS *.
func (n *Name) Wild() bool {
	for i := range len(n.Text) {
		if n.Text[i] == '*' {
			return true
		}
	}
	return false
}

// Value is a word or a string as an argument: Text is decoded when Quoted.
type Value struct {
	at
	Text   string
	Quoted bool
	// OneBackslash says that a * stands behind a single backslash as written: Text has \* then, as it has for \\*.
	OneBackslash bool
}

// Option is name=value. Sub holds the expression of startswith=eval(...) and its like, as text in Value.
type Option struct {
	at
	Name  *Name
	Value *Value
}

// OptionList are the options of a command in the order written.
type OptionList []*Option

// Get returns the value of the option, nil if it is not written.
func (o OptionList) Get(name string) *Value {
	for _, x := range o {
		if x.Name.Text == name {
			return x.Value
		}
	}
	return nil
}

// Macro is `name(args)` between backticks that no definition expands.
type Macro struct {
	exprNode
	Name string
	Args []string
}

func (*Macro) term() {}

// Term is a part of a search expression. The set is sealed.
type Term interface {
	Node
	term()
}

type termNode struct{ at }

func (termNode) term() {}

type (
	// AllOf holds if all of its terms do: implied or written AND.
	AllOf struct {
		termNode
		Terms []Term
	}
	// AnyOf is OR.
	AnyOf struct {
		termNode
		Terms []Term
	}
	// NotTerm is NOT and the next term.
	NotTerm struct {
		termNode
		X Term
	}
	// Text is a word or a quoted phrase that _raw must hold. Directive is "", TERM or CASE.
	Text struct {
		termNode
		Value     *Value
		Directive string
	}
	// Compare is field op value. Op is = != < <= > >= or ::. Directive is CASE or TERM for f=CASE(v).
	Compare struct {
		termNode
		Field     *Name
		Op        string
		Value     *Value
		Directive string
		// Sub or Macro is set instead of Value for field op [subsearch] and field op `macro`.
		Sub   *Subsearch
		Macro *Macro
	}
	// InList is field IN (values).
	InList struct {
		termNode
		Field  *Name
		Values []*Value
	}
	// Subsearch is [ pipeline ].
	Subsearch struct {
		termNode
		Pipe *Pipeline
	}
	// BadTerm stands where no term could be read; its diagnostic exists.
	BadTerm struct{ termNode }
)

// Expr is an eval expression. The set is sealed.
type Expr interface {
	Node
	expr()
}

type exprNode struct{ at }

func (exprNode) expr() {}

type (
	// FieldRef is a field. Quoted says that it was written in single quotes.
	FieldRef struct {
		exprNode
		Name   string
		Quoted bool
	}
	// Str is a string literal; Text is decoded.
	Str struct {
		exprNode
		Text string
	}
	// Num is a number as written.
	Num struct {
		exprNode
		Text string
	}
	// Token is $name$: a value that the surroundings put in (map, dashboards).
	Token struct {
		exprNode
		Name string
	}
	// Unary is NOT x, -x or +x.
	Unary struct {
		exprNode
		Op string
		X  Expr
	}
	// Binary is x Op y. Op is one of + - * / % . < <= > >= == != LIKE AND OR XOR; = is written "==".
	Binary struct {
		exprNode
		Op   string
		OpAt diag.Span
		X, Y Expr
	}
	// Group is (x). It is kept because a page does not say how . and + bind without it.
	Group struct {
		exprNode
		X Expr
	}
	// InExpr is x IN (list).
	InExpr struct {
		exprNode
		X    Expr
		List []Expr
	}
	// Call is func(args).
	Call struct {
		exprNode
		Func *Name
		Args []Expr
	}
	// SubExpr is a subsearch in an expression: searchmatch([...]).
	SubExpr struct {
		exprNode
		Pipe *Pipeline
	}
	// BadExpr stands where no expression could be read; its diagnostic exists.
	BadExpr struct{ exprNode }
)

// IsBool reports whether the name is a boolean literal: true or false without quotes ("Types of expressions").
func (x *FieldRef) IsBool() bool { return !x.Quoted && (x.Name == "true" || x.Name == "false") }

// Agg is an aggregation: func(arg) AS name. Exactly one of Arg and Eval is set, or none for count.
type Agg struct {
	at
	Func  *Name  // as written: p95, count, dc
	Arg   *Name  // field or pattern
	Eval  Expr   // func(eval(x)); for a bare eval(...) of timechart Func is eval
	As    *Name  // nil when not written
	Macro *Macro // an opaque macro among the aggregations
	Spark bool   // sparkline(...)
	// Prefix is set for func(PREFIX(x)) of tstats.
	Prefix bool
}

// Column returns the name of the column that the aggregation writes: the name behind AS, else the aggregation as written.
func (a *Agg) Column() string {
	switch {
	case a.As != nil:
		return a.As.Text
	case a.Func == nil:
		return ""
	case a.Arg != nil:
		return a.Func.Text + "(" + a.Arg.Text + ")"
	default:
		return a.Func.Text
	}
}

// Assign is Field = X.
type Assign struct {
	at
	Field *Name
	X     Expr
}

// Pair is From AS To. To is nil when only one name is written.
type Pair struct {
	at
	From, To *Name
}

// SortKey is a key of sort or of dedup's sortby. Kind is "", auto, str, ip or num.
type SortKey struct {
	at
	Field *Name
	Desc  bool
	Kind  string
}

// Conversion is func(field) AS name of convert. Field is nil for all fields.
type Conversion struct {
	at
	Func, Field, As *Name
}

// Equality is L.a = R.b of join.
type Equality struct {
	at
	Left, Right *Name
}

type (
	// Search is search; Expr is nil for a search without terms.
	Search struct {
		cmd
		Expr Term
	}
	// Where is where.
	Where struct {
		cmd
		Pred Expr
	}
	// Eval is eval.
	Eval struct {
		cmd
		Assigns []*Assign
	}
	// Stats is stats, eventstats or streamstats: see Name. Reset holds reset_before and reset_after.
	Stats struct {
		cmd
		Options OptionList
		Aggs    []*Agg
		By      []*Name
		Reset   map[string]Expr
	}
	// Tstats is tstats. From is the namespace or the data model (Source says which: "", "namespace", "datamodel", "sid").
	Tstats struct {
		cmd
		Options OptionList
		Aggs    []*Agg
		Source  string
		From    *Value
		Where   Term
		By      []*Name
		BySpan  *Value   // span= behind _time
		Macros  []*Macro // opaque macros among the options
	}
	// Bin is bin and its aliases bucket and discretize.
	Bin struct {
		cmd
		Options OptionList
		Field   *Name
		As      *Name
	}
	// Rex is rex; Groups are the names that the pattern extracts, Sed is set for mode=sed.
	Rex struct {
		cmd
		Options OptionList
		Pattern *Value
		Groups  []string
		Sed     bool
	}
	// Regex is regex; Field is nil for _raw.
	Regex struct {
		cmd
		Field   *Name
		Negated bool
		Pattern *Value
	}
	// Rename is rename.
	Rename struct {
		cmd
		Pairs []*Pair
	}
	// Fields is fields; Remove is fields -.
	Fields struct {
		cmd
		Remove bool
		Names  []*Name
	}
	// Table is table.
	Table struct {
		cmd
		Names []*Name
	}
	// Fillnull is fillnull; Value is nil when not written.
	Fillnull struct {
		cmd
		Value *Value
		Names []*Name
	}
	// Lookup is lookup. Output is "", OUTPUT or OUTPUTNEW. A pair is lookup field AS event field.
	Lookup struct {
		cmd
		Options OptionList
		Table   *Name
		In      []*Pair
		Output  string
		Out     []*Pair
	}
	// InputLookup is inputlookup.
	InputLookup struct {
		cmd
		Options OptionList
		Table   *Name
		Where   Term
	}
	// Join is join. Dataset is set instead of Sub for join with a named data set.
	Join struct {
		cmd
		Options OptionList
		Fields  []*Name
		Where   []*Equality
		Sub     *Subsearch
		Dataset *Value
	}
	// Append is append.
	Append struct {
		cmd
		Options OptionList
		Sub     *Subsearch
	}
	// MvExpand is mvexpand.
	MvExpand struct {
		cmd
		Options OptionList
		Field   *Name
	}
	// Dedup is dedup; N is nil when not written.
	Dedup struct {
		cmd
		N       *Value
		Fields  []*Name
		Options OptionList
		SortBy  []*SortKey
	}
	// Sort is sort; N is nil when not written. Reverse is the trailing d or desc.
	Sort struct {
		cmd
		N       *Value
		Keys    []*SortKey
		Reverse bool
	}
	// Head is head; Cond is head (condition).
	Head struct {
		cmd
		N       *Value
		Cond    Expr
		Options OptionList
	}
	// Top is top or rare: see Name.
	Top struct {
		cmd
		N       *Value
		Options OptionList
		Fields  []*Name
		By      []*Name
	}
	// Spath is spath; Path is nil for automatic extraction.
	Spath struct {
		cmd
		Options OptionList
		Path    *Value
	}
	// Timechart is timechart. Split are the options behind BY; Filter is the text of its where clause.
	Timechart struct {
		cmd
		Options OptionList
		Aggs    []*Agg
		By      *Name
		Split   OptionList
		Filter  *Value
	}
	// Convert is convert: a function of a field or of a pattern each.
	Convert struct {
		cmd
		Options OptionList
		Funcs   []*Conversion
	}
	// MakeResults is makeresults.
	MakeResults struct {
		cmd
		Options OptionList
	}
	// Other is a command of Splunk, or one that a definition declares, without a node of its own. Args is its text.
	Other struct {
		cmd
		Args *Value
		Subs []*Subsearch
	}
	// MacroCommand is a pipeline step that is one opaque macro.
	MacroCommand struct {
		cmd
		Macro *Macro
	}
	// BadCommand stands where a command could not be read; its diagnostic exists.
	BadCommand struct{ cmd }
)
