package drift

import (
	"slices"
	"strings"
)

// Dir is how a value may differ.
type Dir int

const (
	None Dir = 0
	Up   Dir = 1
	Down Dir = 2
	Any  Dir = 3
)

// Kind is how a node is approximate. Kinds combine.
type Kind int

const (
	MayBeTrue  Kind = 1 << iota // a condition may be true where the source's is false
	MayBeFalse                  // the reverse
	ValueUp                     // a value may be larger
	ValueDown                   // a value may be smaller
	ExtraRows                   // an op may yield rows that the source does not
	LostRows                    // an op may lack rows
	OrderLost                   // an op does not keep or make the order
	ValueAny   = ValueUp | ValueDown
	TruthAny   = MayBeTrue | MayBeFalse
)

// Leaf is one approximate node: an ir.Expr, an ir.Op, an ir.Source or an *ir.Agg of the query.
type Leaf struct {
	Node any
	Kind Kind
}

// Effect is what a query's result may suffer. Values maps result columns to the direction in which they may differ.
type Effect struct {
	Extra, Lost, Order bool
	Values             map[string]Dir
}

// Zero reports whether nothing differs.
func (e Effect) Zero() bool { return !e.Extra && !e.Lost && !e.Order && len(e.Values) == 0 }

// Or is what either effect may do.
func (e Effect) Or(o Effect) Effect {
	out := Effect{Extra: e.Extra || o.Extra, Lost: e.Lost || o.Lost, Order: e.Order || o.Order}
	for _, values := range []map[string]Dir{e.Values, o.Values} {
		for c, d := range values {
			if out.Values == nil {
				out.Values = map[string]Dir{}
			}
			out.Values[c] |= d
		}
	}
	return out
}

// Columns returns the names in Values, sorted.
func (e Effect) Columns() []string {
	names := make([]string, 0, len(e.Values))
	for n := range e.Values {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func (e Effect) String() string {
	var parts []string
	if e.Extra {
		parts = append(parts, "extra")
	}
	if e.Lost {
		parts = append(parts, "lost")
	}
	if len(e.Values) > 0 {
		parts = append(parts, "values("+strings.Join(e.Columns(), ",")+")")
	}
	if e.Order {
		parts = append(parts, "order")
	}
	if len(parts) == 0 {
		return "exact"
	}
	return strings.Join(parts, " ")
}
