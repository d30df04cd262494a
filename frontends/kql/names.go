package kql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huntc/huntc/frontends/kql/syntax"
	"github.com/huntc/huntc/ir"
)

// naming says how an unnamed column that a function computes is called.
type naming struct {
	from   nameFrom
	prefix string // in front of the argument's name, with an underscore
}

type nameFrom int

const (
	nameNumbered nameFrom = iota // Column1, Column2, …
	nameFirst                    // after the first argument
	nameOnly                     // after the argument when there is one, else numbered
)

// resultNames lists the functions whose columns are named after an argument; all others are numbered. The rules are those of
// Microsoft's own binder, github.com/microsoft/Kusto-Query-Language (ResultNameKind). Read-only.
var resultNames = resultNameTable()

func resultNameTable() map[string]naming {
	out := map[string]naming{
		"gettype": {nameFirst, "type"}, "treepath": {nameFirst, "tree"}, "repeat": {nameFirst, "repeat"},
		"strlen": {nameFirst, "strlen"}, "string_size": {nameFirst, "string_size"}, "dcount_hll": {nameFirst, "dcount_hll"},
		"make_datetime": {nameOnly, ""}, "make_timespan": {nameOnly, ""},
	}
	for _, f := range strings.Fields(`tostring tohex todynamic toobject tolong toint toreal todouble todatetime totimespan totime tobool
		toboolean todecimal toguid parse_json parsejson parse_csv parse_xml split format_datetime format_timespan startofday bin floor
		bin_at bin_auto binary_and binary_or binary_xor binary_not binary_shift_left binary_shift_right bitset_count_ones round ceiling pow
		sqrt log log2 log10 exp exp2 exp10 cos sin tan acos asin atan atan2 abs rand gamma loggamma erf erfc format_bytes
		series_fir series_iir series_outliers series_fill_backward series_fill_forward series_fill_const series_fill_linear`) {
		out[f] = naming{nameFirst, ""}
	}
	return out
}

// resultName is the name that the language gives an unnamed expression, "" when it numbers it.
func (l *lowerer) resultName(x syntax.Expr) string {
	switch x := x.(type) {
	case *syntax.Name:
		return x.Name
	case *syntax.Named:
		return x.Name.Name
	case *syntax.Path:
		return joinName(l.resultName(x.X), x.Name.Name)
	case *syntax.Index:
		if s, ok := indexName(x.I); ok {
			return joinName(l.resultName(x.X), s)
		}
		return l.resultName(x.X)
	case *syntax.Call:
		if f, ok := findAggregate(x.Func.Name); ok {
			return l.aggregateName(f, x)
		}
		n := resultNames[x.Func.Name]
		if n.from == nameNumbered || n.from == nameOnly && len(x.Args) != 1 || len(x.Args) == 0 {
			return ""
		}
		if n.prefix != "" {
			return n.prefix + "_" + l.argumentName(x)
		}
		return l.argumentName(x)
	}
	return ""
}

func (l *lowerer) argumentName(x *syntax.Call) string {
	if len(x.Args) == 0 {
		return ""
	}
	return l.resultName(x.Args[0])
}

func joinName(base, step string) string {
	if base == "" {
		return step
	}
	return base + "_" + step
}

// indexName writes a constant index as a part of a name: a[-1] is a__1.
func indexName(x syntax.Expr) (string, bool) {
	switch x := x.(type) {
	case *syntax.Literal:
		switch x.Kind {
		case syntax.KindString:
			return x.Str, true
		case syntax.KindInt, syntax.KindLong:
			return strconv.FormatInt(x.Int, 10), true
		}
	case *syntax.Unary:
		if s, ok := indexName(x.X); ok && x.Op == "-" {
			return "_" + s, true
		}
	}
	return "", false
}

// column is one item of a list of columns: its name, whether the name is written, and its expression.
type column struct {
	name   string
	given  bool
	x      syntax.Expr
	lifted ir.Expr
}

func (l *lowerer) item(x syntax.Expr, c *ctx) (column, bool) {
	switch x := x.(type) {
	case *syntax.Named:
		return column{x.Name.Name, true, x.X, l.expr(x.X, c)}, true
	case *syntax.Tuple:
		l.refuse(x.Span(), "a tuple of names here", "", "")
		return column{}, false
	case *syntax.Wildcard:
		l.refuse(x.Span(), "a pattern of names here", "", "name the columns")
		return column{}, false
	}
	e := l.expr(x, c)
	name := l.resultName(x)
	if call, ok := x.(*syntax.Call); ok && name == "" && isIfExists(call) {
		if col, ok := e.(*ir.Col); ok {
			name = col.Name
		}
	}
	return column{name, false, x, e}, true
}

func isIfExists(x *syntax.Call) bool {
	f, ok := findFunction(x.Func.Name)
	return ok && f.form == formIfExists
}

// items reads a list of columns. A name may be given only once.
func (l *lowerer) items(xs []syntax.Expr, c *ctx) ([]column, bool) {
	given := map[string]bool{}
	out := make([]column, 0, len(xs))
	for _, x := range xs {
		cols, ok := l.several(x, c)
		if !ok {
			return nil, false
		}
		for _, col := range cols {
			if col.given && given[col.name] {
				l.fail(CodeArguments, x.Span(), "the column %s is given twice", col.name)
				return nil, false
			}
			given[col.name] = given[col.name] || col.given
			out = append(out, col)
		}
	}
	return out, true
}

// columnNames settles the names of a list. A column named after its argument gives way to names that are written anywhere in the list,
// a numbered one only to what stands before it; a written name that is taken by then gets a number.
func columnNames(cols []column, used *nameSet) []string {
	written := map[string]bool{}
	for _, c := range cols {
		written[c.name] = written[c.name] || c.given
	}
	out := make([]string, len(cols))
	for i, c := range cols {
		switch {
		case c.given || c.name == "":
			out[i] = columnName(c, used)
		case !written[c.name] && used.take(c.name):
			out[i] = c.name
		default:
			out[i] = used.freeOf(c.name, written)
		}
	}
	return out
}

// extendNames settles the names of extend. A column named after its argument replaces that of the row; a numbered one never replaces.
func extendNames(cols []column, row *schema) []string {
	numbered, taken := newNameSet(row.names()...), newNameSet()
	for _, c := range cols {
		if c.given {
			numbered.take(c.name)
			taken.take(c.name)
		}
	}
	out := make([]string, len(cols))
	for i, c := range cols {
		switch {
		case c.given:
			out[i] = c.name
		case c.name == "":
			out[i] = columnName(c, numbered)
			taken.take(out[i])
		default:
			out[i] = columnName(c, taken)
			numbered.take(out[i])
		}
	}
	return out
}

// columnName settles an unnamed column and takes its name.
func columnName(col column, used *nameSet) string {
	if col.name != "" && used.take(col.name) {
		return col.name
	}
	if col.name != "" {
		return used.free(col.name)
	}
	return used.free("Column")
}

// nameSet is the names that are taken. The search for a free one goes on where the last ended, so that it stays linear.
type nameSet struct {
	used map[string]bool
	next map[string]int
}

func newNameSet(names ...string) *nameSet {
	s := &nameSet{map[string]bool{}, map[string]int{}}
	for _, n := range names {
		s.used[n] = true
	}
	return s
}

// take takes a name, or reports that it is taken.
func (s *nameSet) take(name string) bool {
	if s.used[name] {
		return false
	}
	s.used[name] = true
	return true
}

// free takes the first free of base1, base2, …
func (s *nameSet) free(base string) string { return s.freeOf(base, nil) }

// freeOf takes the first free of base1, base2, … that is not reserved.
func (s *nameSet) freeOf(base string, reserved map[string]bool) string {
	for {
		s.next[base]++
		if name := fmt.Sprintf("%s%d", base, s.next[base]); !reserved[name] && s.take(name) {
			return name
		}
	}
}
