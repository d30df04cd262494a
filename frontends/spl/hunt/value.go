package hunt

import (
	"strconv"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// val is an expression of the hunt and what is known of the value that Splunk has in its place. An absent number or time is null, an
// absent text "", an absent set the empty array. A length of time is a number of seconds to Splunk.
type val struct {
	x ir.Expr
	t ir.Type
	// always says that every row has the value; nonempty of a text, that it is never "" where a row has it.
	always, nonempty bool
	// text says that Splunk knows a text here and does not look whether it is spelled like a number.
	text bool
	// full are the declared fields because of which a text is nonempty, digits those whose spelling of a whole number this is.
	full, digits []string
	// stamp says that it is a declared field of time besides _time: a text of a form that is not known.
	stamp bool
	// set says that it is the array of the distinct texts of a group.
	set bool
	// null says that it is null().
	null bool
	// max bounds the magnitude of a whole number, 0 for no known bound.
	max float64
	lit *string // of a string literal
	// count makes the number of values of a set, nil where the groups are behind.
	count func() ir.Expr
	// orZero is a number that is 0 where this value is absent.
	orZero ir.Expr
	// from and to are the times of which a length of time is the difference.
	from, to ir.Expr
}

// exactWhole is the bound below which floating-point numbers hold every whole number.
const exactWhole = 1 << 53

// column is a field at some point of the search. The hunt may hold it under another name.
type column struct {
	name string
	val
}

// number says whether a type's values are numbers to Splunk too, written without a loss.
func number(t ir.Type) bool { return t == ir.Int || t == ir.Long || t == ir.Real }

func whole(t ir.Type) bool { return t == ir.Int || t == ir.Long }

func litOf(a ir.At, t ir.Type, v any) *ir.Lit { return &ir.Lit{At: a, Value: ir.Value{Type: t, V: v}} }

func not(x ir.Expr) ir.Expr { return &ir.Not{At: ir.At{S: x.Span()}, X: x} }

func and(n syntax.Node, xs ...ir.Expr) ir.Expr { return joined(n, true, xs) }

func or(n syntax.Node, xs ...ir.Expr) ir.Expr { return joined(n, false, xs) }

// joined leaves out conditions that are always as the connective wants them; nil conditions hold.
func joined(n syntax.Node, all bool, xs []ir.Expr) ir.Expr {
	var kept []ir.Expr
	for _, x := range xs {
		b, constant := isBool(x)
		switch {
		case constant && b == all:
		case constant:
			return x
		default:
			kept = append(kept, x)
		}
	}
	switch {
	case len(kept) == 0:
		return litOf(at(n), ir.Bool, all)
	case len(kept) == 1:
		return kept[0]
	case all:
		return &ir.And{At: at(n), Xs: kept}
	}
	return &ir.Or{At: at(n), Xs: kept}
}

func isBool(x ir.Expr) (value, ok bool) {
	l, isLit := x.(*ir.Lit)
	if !isLit || l.Value.Type != ir.Bool {
		return false, false
	}
	value, ok = l.Value.V.(bool)
	return value, ok
}

// bad is the value of what was refused. It fits everywhere, so that one mistake makes one message.
func bad(n syntax.Node) val { return val{x: &ir.Bad{At: at(n)}, always: true, nonempty: true} }

func (v val) bad() bool { return v.t == ir.TypeUnset }

// noun names a value in messages: the field, or what kind of expression it is.
func noun(n syntax.Node) string {
	switch n := n.(type) {
	case *syntax.FieldRef:
		return n.Name
	case *syntax.Name:
		return n.Text
	case *syntax.Compare:
		return n.Field.Text
	case *syntax.Call:
		return n.Func.Text + "(…)"
	case *syntax.Group:
		return noun(n.X)
	default:
		return "the expression"
	}
}

// present tests that a row has the value. An empty text is present to Splunk and absent to the hunt: it must be ruled out.
func (l *lowerer) present(v val, n syntax.Node) ir.Expr {
	a := at(n)
	switch {
	case v.always:
		return litOf(a, ir.Bool, true)
	case v.set:
		return &ir.Compare{At: a, Op: ir.Gt, L: size(v, n), R: litOf(a, ir.Long, int64(0))}
	case v.t == ir.String && v.nonempty:
		l.assumeNonempty(v)
		return not(&ir.IsEmpty{At: a, X: v.x})
	case v.t == ir.String:
		return l.refuse(n, spl.CodeUnsupported, "whether an event has "+noun(n)+" decides here, and an empty text is not told from an absent one",
			"Splunk keeps an event whose "+noun(n)+" is an empty text: declare the field as \"string nonempty\" with --fields if there is none")
	case v.stamp || v.t == ir.Bool || v.t == ir.Dynamic || v.t == ir.GUID || v.t == ir.Decimal:
		return l.unsupported(n, noun(n)+" of type "+v.t.String()+" at this place")
	}
	return not(&ir.IsNull{At: a, X: v.x})
}

// size is the number of values of a set: what counts them beside the set, where its groups are at hand.
func size(v val, n syntax.Node) ir.Expr {
	if v.count != nil {
		if x := v.count(); x != nil {
			return placed(x, n)
		}
	}
	return &ir.Call{At: at(n), Func: "array_length", Args: []ir.Expr{v.x}, T: ir.Long}
}

// assume records what the meaning of the hunt rests on.
func (l *lowerer) assume(text string) { l.assumptions[text] = true }

func (l *lowerer) assumeNonempty(v val) {
	for _, name := range v.full {
		l.assume("no event of " + l.base + " has the field " + name + " with an empty text (as declared)")
	}
}

// spelled notes that the text of a whole number decides: events must hold it as it is written here.
func (l *lowerer) spelled(v val) {
	for _, name := range v.digits {
		l.assume("events of " + l.base + " have whole numbers in the field " + name + " as digits only: 1000, not 1e3 or 01000 (as declared)")
	}
}

// real is a number as the double that Splunk computes with.
func real(v val, n syntax.Node) ir.Expr {
	switch lit, isLit := v.x.(*ir.Lit); {
	case v.t == ir.Real:
		return v.x
	case isLit && whole(v.t):
		if i, ok := lit.Value.V.(int64); ok {
			return litOf(lit.At, ir.Real, float64(i))
		}
	case v.t == ir.Timespan:
		return &ir.Arith{At: at(n), Op: "/", L: v.x, R: litOf(at(n), ir.Timespan, ir.Second), T: ir.Real}
	}
	return &ir.Cast{At: at(n), To: ir.Real, X: v.x}
}

// asNumber is a value that Splunk computes with; anything else is refused.
func (l *lowerer) asNumber(v val, n syntax.Node) val {
	switch {
	case v.bad(), number(v.t), v.t == ir.Timespan:
		return v
	case v.lit != nil:
		if f, err := strconv.ParseFloat(*v.lit, 64); err == nil {
			return numberLit(f, at(n))
		}
	case v.null:
		return val{x: litOf(at(n), ir.Real, nil), t: ir.Real}
	}
	why := "Splunk computes with it where it is spelled like a number: declare it as int, long or real with --fields, or use tonumber()"
	if v.t == ir.Datetime {
		why = "it is a time here: differences of times, and times with seconds added, are translated"
	}
	l.refuse(n, spl.CodeUnsupported, "arithmetic with "+noun(n)+", a "+kindOf(v)+", is not translated", why)
	return bad(n)
}

func kindOf(v val) string {
	switch {
	case v.set:
		return "multivalue field"
	case v.t == ir.Datetime && !v.stamp:
		return "time"
	default:
		return v.t.String()
	}
}

// numberLit is a number as it is written: whole ones stay whole.
func numberLit(f float64, a ir.At) val {
	if f == float64(int64(f)) && f < exactWhole && f > -exactWhole {
		return val{x: litOf(a, ir.Long, int64(f)), t: ir.Long, always: true, max: max(f, -f, 1)}
	}
	return val{x: litOf(a, ir.Real, f), t: ir.Real, always: true}
}

// asText is a value as the text that Splunk makes of it.
func (l *lowerer) asText(v val, n syntax.Node) val {
	switch {
	case v.bad(), v.t == ir.String:
		return v
	case v.null:
		return val{x: litOf(at(n), ir.String, ""), t: ir.String, nonempty: true, text: true}
	case whole(v.t):
		l.spelled(v)
		if lit, ok := v.x.(*ir.Lit); ok {
			s := strconv.FormatInt(lit.Value.V.(int64), 10)
			return val{x: litOf(at(n), ir.String, s), t: ir.String, always: true, nonempty: true, text: true, lit: &s}
		}
		return val{x: &ir.Cast{At: at(n), To: ir.String, X: v.x}, t: ir.String, always: v.always, nonempty: true, text: true}
	}
	why := "the text of a number with a fraction, of a time or of several values is written in another way elsewhere"
	l.refuse(n, spl.CodeUnsupported, noun(n)+", a "+kindOf(v)+", as a text is not translated", why)
	return bad(n)
}

// field finds a field by its name, in the letter case of the event. It reports one that is not known.
func (l *lowerer) field(name string, n syntax.Node) val {
	var names []string
	for _, f := range l.fields {
		if f.name == name {
			return f.val
		}
		names = append(names, f.name)
	}
	why := "its type would decide what the search means: declare it with --fields"
	switch near := diag.Nearest(name, names); {
	case near != "":
		why = "did you mean " + near + "?"
	case !l.events:
		why = "the rows at this place have " + listed(names)
	}
	l.refuse(n, spl.CodeOpenFields, "the field "+name+" is not known at this place", why)
	return bad(n)
}

// read is a field whose value an expression uses. A declared time other than _time is a text of some form to Splunk.
func (l *lowerer) read(name string, n syntax.Node) val {
	v := l.field(name, n)
	if v.stamp {
		l.refuse(n, spl.CodeUnsupported, "the field "+name+" of type "+v.t.String()+" at this place is not translated",
			"Splunk has a text of some form there; the time of the event is _time")
		return bad(n)
	}
	v.x = placed(v.x, n)
	return v
}

// placed gives the reading of a column the place where it is read.
func placed(x ir.Expr, n syntax.Node) ir.Expr {
	if c, ok := x.(*ir.Col); ok {
		return &ir.Col{At: at(n), Name: c.Name, T: c.T}
	}
	return x
}
