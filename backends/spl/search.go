package spl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// split is a filter, divided between the search command and where.
type split struct {
	terms    []string // for the search command
	rest     []ir.Expr
	from, to string // earliest and latest
}

// window writes the time range. Without a bound in the query the whole of time is read, as the source does.
func (s *split) window() string {
	from, to := s.from, s.to
	if from == "" {
		from = "0"
	}
	if to == "" {
		to = "+3d"
	}
	return "earliest=" + from + " latest=" + to
}

// instant is a time that is known up to the instant of the run.
type instant struct {
	relative bool
	ticks    int64 // since 1970, or since now
}

// instantOf reads a constant time.
func (e *emitter) instantOf(x ir.Expr) (instant, bool) {
	switch x := x.(type) {
	case *ir.Lit:
		n, ok := x.Value.V.(int64)
		return instant{ticks: epochTicks(n)}, ok && x.Value.Type == ir.Datetime
	case *ir.Now:
		if !e.in.Now.IsZero() {
			return instant{ticks: epochTicks(ir.TicksOf(e.in.Now))}, true
		}
		return instant{relative: true}, true
	case *ir.Param:
		if x.Default == nil || e.in.KeepParams {
			return instant{}, false
		}
		return e.instantOf(x.Default)
	case *ir.Cast:
		if x.To == ir.Datetime {
			return e.instantOf(x.X)
		}
	case *ir.Arith:
		l, ok := e.instantOf(x.L)
		r, isLit := x.R.(*ir.Lit)
		if !ok || !isLit || r.Value.Type != ir.Timespan {
			return instant{}, false
		}
		n, ok := r.Value.V.(int64)
		switch {
		case !ok:
		case x.Op == "+":
			l.ticks += n
			return l, true
		case x.Op == "-":
			l.ticks -= n
			return l, true
		}
	}
	return instant{}, false
}

func floorSecond(ticks int64) int64 {
	s := ticks / ir.Second
	if ticks%ir.Second < 0 {
		s--
	}
	return s
}

// modifier writes whole seconds as a time modifier. Offsets are in seconds because larger units follow the searcher's calendar.
func (i instant) modifier(sec int64) string {
	if !i.relative {
		return strconv.FormatInt(max(sec, 0), 10)
	}
	if sec == 0 {
		return "now"
	}
	return fmt.Sprintf("%+ds", sec)
}

func (i instant) whole() bool { return i.ticks%ir.Second == 0 }

// earliest is inclusive, latest exclusive: both are chosen to keep at least what the condition keeps.
func (i instant) earliest() string { return i.modifier(floorSecond(i.ticks)) }

func (i instant) latest(inclusive bool) string {
	sec := floorSecond(i.ticks)
	if inclusive || !i.whole() {
		sec++
	}
	return i.modifier(sec)
}

func (e *emitter) isTime(x ir.Expr) bool {
	f, ok := x.(*ir.Field)
	return ok && f.Info != nil && f.Info.Time && e.timeField == "_time"
}

// split gives each conjunct to the search command where it says it exactly, to where otherwise; and a wider form to the search
// command besides, where there is one, because that is what the index is asked.
func (e *emitter) split(xs []ir.Expr, b *ir.Baseline) *split {
	s := &split{}
	for _, x := range xs {
		if !e.searchTime(s, x) && !e.searchTerm(s, x) {
			s.rest = append(s.rest, x)
		}
	}
	if b != nil && s.from == "" {
		s.from = e.baselineStart(b)
	}
	return s
}

func (e *emitter) baselineStart(b *ir.Baseline) string {
	if b.Recent.From == nil || b.History.From == nil {
		return ""
	}
	r, ok := e.instantOf(b.Recent.From)
	h, ok2 := e.instantOf(b.History.From)
	if !ok || !ok2 || r.relative != h.relative {
		return ""
	}
	if r.ticks < h.ticks {
		return r.earliest()
	}
	return h.earliest()
}

// searchTime takes the time range out of a conjunct; it reports whether nothing is left of it.
func (e *emitter) searchTime(s *split, x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Between:
		if !e.isTime(x.X) {
			return false
		}
		if lo, ok := e.instantOf(x.Lo); ok && s.from == "" {
			s.from = lo.earliest()
		}
		if hi, ok := e.instantOf(x.Hi); ok && s.to == "" {
			s.to = hi.latest(true)
		}
	case *ir.Compare:
		op, other := x.Op, x.R
		if e.isTime(x.R) {
			op, other = op.Mirrored(), x.L
		} else if !e.isTime(x.L) {
			return false
		}
		at, ok := e.instantOf(other)
		if !ok {
			return false
		}
		exact := at.whole()
		switch {
		case (op == ir.Gt || op == ir.Ge) && s.from == "":
			s.from = at.earliest()
			return e.consumed(x, exact && op == ir.Ge)
		case (op == ir.Lt || op == ir.Le) && s.to == "":
			s.to = at.latest(op == ir.Le)
			return e.consumed(x, exact && op == ir.Lt)
		}
	}
	return false
}

func (e *emitter) consumed(x ir.Expr, all bool) bool {
	if all {
		e.use(e.f.compare, x)
	}
	return all
}

// searchTerm writes a conjunct as field=value; it reports whether that says all of it.
func (e *emitter) searchTerm(s *split, x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Compare:
		name, ok := searchField(x.L)
		lit, isLit := x.R.(*ir.Lit)
		if !ok || x.Op != ir.Eq || !isLit || lit.Value.Type != ir.Long && lit.Value.Type != ir.Int || !isWhole(ir.TypeOf(x.L)) {
			return false
		}
		n, ok := lit.Value.V.(int64)
		if !ok {
			return false
		}
		e.use(e.f.searchNumber, x)
		s.terms = append(s.terms, fmt.Sprintf("%s=%d", name, n))
		return true
	case *ir.Match:
		return e.searchMatch(s, x)
	}
	return false
}

func isWhole(t ir.Type) bool { return t == ir.Int || t == ir.Long }

func (e *emitter) searchMatch(s *split, m *ir.Match) bool {
	name, ok := searchField(m.X)
	if !ok || m.Kind != ir.Equal || len(m.Needles) == 0 || m.All && len(m.Needles) > 1 {
		return false
	}
	exact := m.Case == ir.Fold
	values := make([]string, len(m.Needles))
	for i, n := range m.Needles {
		lit, ok := ir.ConstString(n)
		if !ok || !safeSearch.MatchString(lit) {
			return false
		}
		values[i] = `"` + lit + `"`
		exact = exact && foldsPlainly(lit)
	}
	e.use(e.f.searchEqual, m)
	if len(values) == 1 {
		s.terms = append(s.terms, name+"="+values[0])
	} else {
		s.terms = append(s.terms, name+" IN ("+strings.Join(values, ", ")+")")
	}
	return exact
}

// searchField is a field that the search command can name.
func searchField(x ir.Expr) (string, bool) {
	if c, ok := x.(*ir.Cast); ok && c.To == ir.String && ir.TypeOf(c.X) == ir.Dynamic {
		x = c.X
	}
	f, ok := x.(*ir.Field)
	if !ok || f.Info != nil && (f.Info.Container != "" || f.Info.Time) || !listName.MatchString(f.Name) || reserved(f.Name) || searchWord(f.Name) {
		return "", false
	}
	return f.Name, true
}

// searchWord are names that the search command reads as its own settings.
func searchWord(name string) bool {
	return slices.Contains([]string{"earliest", "latest", "index", "eventtype", "tag", "savedsearch", "timeformat", "starttime", "endtime", "splunk_server"}, strings.ToLower(name))
}

func firstBaseline(ops []ir.Op) *ir.Baseline {
	for _, o := range ops {
		switch o := o.(type) {
		case *ir.Baseline:
			return o
		case *ir.Filter, *ir.Extend, *ir.Expand:
		default:
			return nil
		}
	}
	return nil
}
