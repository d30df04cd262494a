package generate

import (
	"math/rand/v2"
	"strings"

	"github.com/huntc/huntc/ir"
)

// solver changes a world so that conditions hold. It knows how to turn an expression round (a value for tolower(x) is a value for x);
// what it cannot turn round it leaves, and the evaluator then says that the condition does not hold.
type solver struct {
	*checker
	f   *flow
	rng *rand.Rand
}

// rounds is how often conditions that undo each other are tried.
const rounds = 6

// satisfy makes the flow's conditions hold; ok is false when they still do not.
func (s *solver) satisfy(w world) (out world, ok bool, err error) {
	out = w.clone()
	for round := range rounds {
		holds, err := s.holds(s.f, s.f.conds, out)
		if err != nil {
			return out, false, err
		}
		ok = true
		for i, h := range holds {
			if !h {
				ok = false
				s.want(out, s.f.conds[i], true, round)
			}
		}
		if ok {
			return out, true, nil
		}
	}
	return out, s.meets(s.f, out), nil
}

// want changes w so that a condition is true, or with not so that it is false. try counts the attempts: each takes another way.
func (s *solver) want(w world, e ir.Expr, truth bool, try int) bool {
	switch e := e.(type) {
	case *ir.And:
		return s.wantAll(w, e.Xs, truth, truth, try)
	case *ir.Or:
		return s.wantAll(w, e.Xs, !truth, truth, try)
	case *ir.Not:
		return s.want(w, e.X, !truth, try)
	case *ir.Match:
		return s.wantMatch(w, e, truth, try)
	case *ir.Compare:
		return s.wantCompare(w, e, truth, try)
	case *ir.Between:
		return s.wantBetween(w, e, truth)
	case *ir.IsEmpty:
		return s.wantEmpty(w, e.X, truth, try)
	case *ir.IsNull:
		return s.wantEmpty(w, e.X, truth, try)
	case *ir.Cond:
		for _, b := range e.Branches {
			if s.want(w, b.If, true, try) && s.want(w, b.Then, truth, try) {
				return true
			}
		}
		return s.want(w, e.Else, truth, try)
	case *ir.Col, *ir.Access, *ir.Cast:
		return s.put(w, e, truth)
	}
	return false
}

// wantAll makes all of them so, or one that rotates with the attempts.
func (s *solver) wantAll(w world, xs []ir.Expr, all, truth bool, try int) bool {
	if len(xs) == 0 {
		return false
	}
	if !all {
		return s.want(w, xs[try%len(xs)], truth, try/len(xs))
	}
	ok := true
	for _, x := range xs {
		if v, is := s.one(s.f, x, w); !is || v.V != truth {
			ok = s.want(w, x, truth, try) && ok
		}
	}
	return ok
}

func (s *solver) wantEmpty(w world, x ir.Expr, truth bool, try int) bool {
	if truth {
		return s.put(w, x, absent{}) || s.put(w, x, "")
	}
	for _, v := range plain(ir.TypeOf(x)) {
		if s.put(w, x, v) {
			if got, ok := s.one(s.f, x, w); ok && got.V != nil && got.V != "" {
				return true
			}
		}
	}
	// A function that gives nothing for most values: any text of the pool may do.
	for _, v := range jsonTexts() {
		c := w.clone()
		if s.inner(c, x, v) {
			if got, ok := s.one(s.f, x, c); ok && got.V != nil && got.V != "" {
				copy(w, c)
				return true
			}
		}
	}
	_ = try
	return false
}

// inner sets the first source column or path below an expression.
func (s *solver) inner(w world, x ir.Expr, v any) bool {
	done := false
	ir.Inspect(x, func(e ir.Expr) bool {
		switch e := e.(type) {
		case *ir.Col:
			done = done || s.put(w, e, v)
		case *ir.Access:
			if _, isCol := e.X.(*ir.Col); isCol {
				done = done || s.put(w, e, v)
				return false
			}
		}
		return !done
	})
	return done
}

// plain is an ordinary value of a type, with a second and third choice.
func plain(t ir.Type) []any {
	switch t {
	case ir.Bool:
		return []any{true}
	case ir.Int, ir.Long:
		return []any{int64(7)}
	case ir.Real:
		return []any{7.5}
	case ir.Decimal:
		return []any{"7.5"}
	case ir.Datetime:
		return []any{int64(639_000_000_000_000_000)}
	case ir.Timespan:
		return []any{ir.Minute}
	case ir.GUID:
		return []any{"11111111-2222-3333-4444-555555555555"}
	}
	return []any{"plain", int64(7)}
}

func (s *solver) wantMatch(w world, m *ir.Match, truth bool, try int) bool {
	if !truth {
		for i := range 4 {
			v := []any{"other", "zz9", "", "0"}[(i+try)%4]
			if s.put(w, m.X, v) {
				if got, ok := s.one(s.f, m, w); ok && got.V != true {
					return true
				}
			}
		}
		return false
	}
	if v, ok := s.one(s.f, m.X, w); try > 0 && ok {
		if text, is := v.V.(string); is && s.combine(w, m, text, try) {
			return true
		}
	}
	needles := s.needles(w, m)
	if len(needles) == 0 {
		return false
	}
	n := needles[try%len(needles)]
	if m.All {
		n = strings.Join(needles, " ")
	}
	return s.put(w, m.X, sample(m.Kind, n))
}

// combine adds what a match asks for to a text that other conditions asked for.
func (s *solver) combine(w world, m *ir.Match, text string, try int) bool {
	needles := s.needles(w, m)
	if len(needles) == 0 {
		return false
	}
	n := sample(m.Kind, needles[try%len(needles)])
	ways := []string{n + " " + text, text + " " + n, n + text, text + n, text + " " + n + " " + text}
	if m.Kind == ir.Prefix {
		ways = []string{n + text, n + " " + text}
	}
	for _, t := range ways {
		c := w.clone()
		if s.put(c, m.X, t) && s.meets(s.f, c) {
			copy(w, c)
			return true
		}
	}
	c := w.clone()
	if m.Kind != ir.Equal && s.put(c, m.X, ways[try%len(ways)]) {
		if v, ok := s.one(s.f, m, c); ok && v.V == true {
			copy(w, c)
			return true
		}
	}
	return false
}

// needles evaluates a match's needles.
func (s *solver) needles(w world, m *ir.Match) []string {
	var out []string
	for _, n := range m.Needles {
		if v, ok := s.one(s.f, n, w); ok {
			switch x := v.V.(type) {
			case string:
				out = append(out, x)
			case nil:
			default:
				out = append(out, ir.JSONText(x))
			}
		}
	}
	return out
}

// sample is a text that a needle of this kind matches.
func sample(k ir.MatchKind, needle string) string {
	switch k {
	case ir.Regex:
		return regexSample(needle)
	case ir.CIDR:
		addr, _, _ := strings.Cut(needle, "/")
		return addr
	}
	return needle
}

func (s *solver) wantCompare(w world, c *ir.Compare, truth bool, try int) bool {
	op, l, r := c.Op, c.L, c.R
	if constant(l) && !constant(r) {
		l, r, op = r, l, op.Mirrored()
	}
	if !truth {
		op = op.Negated()
	}
	v, ok := s.one(s.f, r, w)
	if !ok {
		return false
	}
	if x, in := s.inside(w, l); in && ir.TypeOf(l) != ir.String && s.put(w, l, x) {
		return true
	}
	for i := range 3 {
		if s.put(w, l, step(v, op, i+try)) {
			if got, ok := s.one(s.f, c, w); ok && got.V == truth {
				return true
			}
		}
	}
	return false
}

// inside finds a value between the bounds that the flow's conditions set for x, where they set two.
func (s *solver) inside(w world, x ir.Expr) (any, bool) {
	text := ir.Text(x)
	var lo, hi ir.Value
	note := func(op ir.CmpOp, bound ir.Expr) {
		v, ok := s.one(s.f, bound, w)
		if !ok || v.IsNull() {
			return
		}
		if (op == ir.Gt || op == ir.Ge) && (lo.V == nil || float(v) > float(lo)) {
			lo = v
		}
		if (op == ir.Lt || op == ir.Le) && (hi.V == nil || float(v) < float(hi)) {
			hi = v
		}
	}
	for _, c := range s.f.conds {
		switch c := c.(type) {
		case *ir.Compare:
			if ir.Text(c.L) == text {
				note(c.Op, c.R)
			} else if ir.Text(c.R) == text {
				note(c.Op.Mirrored(), c.L)
			}
		case *ir.Between:
			if ir.Text(c.X) == text {
				note(ir.Ge, c.Lo)
				note(ir.Le, c.Hi)
			}
		}
	}
	return between(lo, hi)
}

func float(v ir.Value) float64 {
	switch x := v.V.(type) {
	case int64:
		return float64(x)
	case float64:
		return x
	}
	return 0
}

func between(lo, hi ir.Value) (any, bool) {
	switch a := lo.V.(type) {
	case int64:
		if b, ok := hi.V.(int64); ok && b >= a {
			return a + (b-a)/2, true
		}
	case float64:
		if b, ok := hi.V.(float64); ok {
			return a + (b-a)/2, true
		}
	}
	return nil, false
}

func (s *solver) wantBetween(w world, b *ir.Between, truth bool) bool {
	lo, ok1 := s.one(s.f, b.Lo, w)
	hi, ok2 := s.one(s.f, b.Hi, w)
	if !ok1 || !ok2 {
		return false
	}
	if !truth {
		return s.put(w, b.X, step(hi, ir.Gt, 0))
	}
	if x, in := s.inside(w, b.X); in {
		return s.put(w, b.X, x)
	}
	if x, in := between(lo, hi); in {
		return s.put(w, b.X, x)
	}
	return s.put(w, b.X, lo.V)
}

// step is a value that stands in the relation op to v: equal, or a little away from it.
func step(v ir.Value, op ir.CmpOp, try int) any {
	up := op == ir.Gt || op == ir.Ge || op == ir.Ne
	if op == ir.Eq {
		return v.V
	}
	switch x := v.V.(type) {
	case int64:
		d := int64(1)
		switch v.Type {
		case ir.Datetime:
			d = []int64{ir.Hour, ir.Minute, ir.Second}[try%3]
		case ir.Timespan:
			d = ir.Second
		}
		if !up {
			d = -d
		}
		return x + d
	case float64:
		if up {
			return x + 1
		}
		return x - 1
	case bool:
		return !x
	case string:
		if up {
			return x + "x"
		}
		return ""
	}
	return v.V
}
