package generate

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
)

// probe changes one aspect of an event. expr says which words of the hunt it is about.
type probe struct {
	aspect string
	at     diag.Span
	weight int  // probes of a larger weight come first when not all fit
	bin    bool // about the edge of a bin: the other events stay in theirs
	apply  func(s *solver, w world) bool
}

// putting is a probe that gives an expression a value.
func putting(aspect string, e ir.Expr, weight int, v any) probe {
	return probe{aspect: aspect, at: e.Span(), weight: weight, apply: func(s *solver, w world) bool { return s.put(w, e, v) }}
}

// probes lists the boundaries of every condition and value of the flow.
func (g *generator) probes(s *solver, base world) []probe {
	var out []probe
	seen := map[string]bool{}
	for _, c := range s.f.conds {
		out = append(out, g.alternatives(s, base, c, nil)...)
	}
	for _, x := range slices.Concat(s.f.conds, s.f.free, s.f.args) {
		ir.Inspect(x, func(e ir.Expr) bool {
			id := ir.Text(e)
			if !seen[id] {
				seen[id] = true
				out = append(out, g.boundaries(s, base, e)...)
			}
			return true
		})
	}
	for _, l := range s.f.lists {
		out = append(out, g.arrays(s, base, l)...)
	}
	for _, b := range s.f.bins {
		out = append(out, g.binEdges(s, base, b)...)
	}
	return append(out, g.leaves(s)...)
}

// alternatives lists the boundaries of what stands in an alternative, each where the other alternatives do not hold: there it decides.
func (g *generator) alternatives(s *solver, base world, e ir.Expr, setup func(*solver, world)) []probe {
	var out []probe
	if or, ok := e.(*ir.Or); ok {
		for i, x := range or.Xs {
			only := func(s *solver, w world) {
				if setup != nil {
					setup(s, w)
				}
				s.want(w, x, true, 0)
				for j, y := range or.Xs {
					if j != i {
						s.want(w, y, false, 0)
					}
				}
			}
			out = append(out, probe{aspect: "one alternative", at: x.Span(), weight: 5, apply: func(s *solver, w world) bool { only(s, w); return true }})
			out = append(out, g.alternatives(s, base, x, only)...)
		}
		return out
	}
	if setup != nil {
		for _, p := range g.boundaries(s, base, e) {
			apply := p.apply
			p.apply = func(s *solver, w world) bool { setup(s, w); return apply(s, w) }
			p.weight = 4
			out = append(out, p)
		}
	}
	for _, k := range ir.Children(e) {
		out = append(out, g.alternatives(s, base, k, setup)...)
	}
	return out
}

// boundaries lists what may turn one node of an expression.
func (g *generator) boundaries(s *solver, base world, e ir.Expr) []probe {
	switch e := e.(type) {
	case *ir.Match:
		return g.matchProbes(s, base, e)
	case *ir.Compare:
		return g.compareProbes(s, base, e)
	case *ir.Between:
		return append(g.edge(s, base, e.X, e.Lo), g.edge(s, base, e.X, e.Hi)...)
	case *ir.IsEmpty:
		return emptiness(e.X)
	case *ir.IsNull:
		return emptiness(e.X)
	case *ir.Call:
		if e.Func == "parse_json" {
			return jsonProbes(e)
		}
		if e.Func == "parse_path" {
			return pathProbes(e)
		}
	case *ir.Cast:
		return castProbes(e)
	case *ir.Cond:
		var out []probe
		for _, b := range e.Branches {
			out = append(out, probe{aspect: "branch taken", at: b.If.Span(), weight: 2, apply: func(s *solver, w world) bool { return s.want(w, b.If, true, 0) }},
				probe{aspect: "branch not taken", at: b.If.Span(), weight: 2, apply: func(s *solver, w world) bool { return s.want(w, b.If, false, 0) }})
		}
		return out
	}
	return nil
}

// castProbes lists what reads as a number in one language and not in another.
func castProbes(c *ir.Cast) []probe {
	from := ir.TypeOf(c.X)
	if !c.To.Numeric() || from != ir.String && from != ir.Dynamic {
		return nil
	}
	var out []probe
	for i, t := range []string{"12", "12.7", " 12 ", "-3", "+5", "0x1F", "99999999999", "5d", "1e3", "NaN", "1,000", "007"} {
		out = append(out, putting(fmt.Sprintf("number as text %d", i), c.X, 3, t))
	}
	if from == ir.Dynamic {
		out = append(out, putting("whole number", c.X, 3, int64(12)), putting("fraction", c.X, 3, 3.75), putting("fraction below 0", c.X, 3, -3.75))
	}
	return out
}

func emptiness(x ir.Expr) []probe {
	return []probe{putting("absent", x, 3, absent{}), putting("empty text", x, 3, ""), putting("a space", x, 1, " "), putting("a long text", x, 2, longText)}
}

// longText has more characters than Elastic's integrations index by default (1024).
var longText = strings.Repeat("long text ", 120)

func (g *generator) compareProbes(s *solver, base world, c *ir.Compare) []probe {
	l, r := c.L, c.R
	if constant(l) {
		l, r = r, l
	}
	out := g.edge(s, base, l, r)
	return append(out, putting("absent", l, 2, absent{}))
}

// edge puts x on a bound and on both sides of it.
func (g *generator) edge(s *solver, base world, x, bound ir.Expr) []probe {
	v, ok := s.one(s.f, bound, base)
	if !ok || v.IsNull() {
		return nil
	}
	var out []probe
	add := func(name string, y any) {
		out = append(out, probe{aspect: name, at: bound.Span(), weight: 4, apply: func(s *solver, w world) bool { return s.put(w, x, y) }})
	}
	switch y := v.V.(type) {
	case int64:
		d := int64(1)
		if v.Type == ir.Datetime || v.Type == ir.Timespan {
			d = g.o.Tick
			y -= y % d
			if v.V.(int64)%d != 0 {
				add("tick before the edge", y-d)
			}
		}
		add("before the edge", y-d)
		add("on the edge", y)
		add("after the edge", y+d)
		if v.Type.Numeric() && y > 0 && y < 100_000_000 {
			add("with a digit after", y*10)
			tens := int64(1)
			for tens <= y {
				tens *= 10
			}
			add("with a digit before", tens+y)
		}
	case float64:
		add("before the edge", y-0.5)
		add("on the edge", y)
		add("after the edge", y+0.5)
	case string:
		for _, t := range caseVariants(y) {
			add("letter case", t)
		}
		add("equal", y)
		add("longer", y+"x")
		add("empty text", "")
	case bool:
		add("true", true)
		add("false", false)
	}
	return out
}

// matchProbes lists texts around each needle.
func (g *generator) matchProbes(s *solver, base world, m *ir.Match) []probe {
	var out []probe
	add := func(name string, weight int, v any) {
		out = append(out, probe{aspect: name, at: m.S, weight: weight, apply: func(s *solver, w world) bool { return s.put(w, m.X, v) }})
	}
	needles := s.needles(base, m)
	if m.All && len(needles) > 1 {
		add("all needles", 4, strings.Join(needles, " "))
		add("all but one needle", 4, strings.Join(needles[1:], " "))
		add("all but the last needle", 4, strings.Join(needles[:len(needles)-1], "-"))
	}
	for i, n := range needles {
		if m.Kind == ir.CIDR {
			for _, t := range cidrTexts(n) {
				add("address", 3, t)
			}
			continue
		}
		n = sample(m.Kind, n)
		add("needle", 4, n)
		for j, t := range around(n) {
			weight := 1
			if j == i%len(around(n)) || i == 0 || j < 2 {
				weight = 3 // each needle has one of its own, the first has all
			}
			add("neighbour", weight, t)
		}
		for j, t := range caseVariants(n) {
			add("letter case", 4-min(j, 2), t)
		}
		if n != "" {
			add("shorter", 2, n[:len(n)-1])
		}
	}
	add("other", 2, "other")
	add("a long text", 2, longText)
	if len(needles) > 0 {
		add("needle in a long text", 3, sample(m.Kind, needles[0])+" "+longText)
	}
	add("empty text", 4, "")
	add("absent", 4, absent{})
	return out
}

// around lists texts with something on a side of a needle: letters, digits, underscore, punctuation, letters beyond ASCII.
func around(n string) []string {
	return []string{"x" + n, n + "x", "." + n + ".", n + ".com", "-" + n, "1" + n, n + "1", "_" + n, n + "_", "é" + n, n + "é", "日" + n, n + "\n", "a\n" + n, n + " ",
		" " + n, "a." + n + ".b", "x" + n + " " + n, n + n, n + "²", "·" + n, n + "\u0301", n + "K"}
}

// caseVariants are texts that equal another when letter case is ignored, among them letters that only Unicode folds to ASCII.
func caseVariants(s string) []string {
	var out []string
	add := func(t string) {
		if t != s && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	add(flip(s))
	add(strings.ToUpper(s))
	add(strings.ToLower(s))
	add(strings.NewReplacer("k", "\u212a", "K", "\u212a").Replace(s)) // Kelvin sign
	add(strings.NewReplacer("s", "\u017f", "S", "\u017f").Replace(s)) // long s
	add(strings.NewReplacer("i", "\u0131").Replace(s))                // Turkish i without a dot
	add(strings.NewReplacer("i", "\u0130", "I", "\u0130").Replace(s)) // and with one
	add(strings.ReplaceAll(s, " ", "-"))
	return out
}

// flip turns every letter's case.
func flip(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func cidrTexts(needle string) []string {
	addr, _, _ := strings.Cut(needle, "/")
	i := strings.LastIndexByte(addr, '.')
	if i < 0 {
		return []string{addr, "::1", "not an address"}
	}
	return []string{addr, addr[:i] + ".255", addr[:i] + ".1", "203.0.113.9", "not an address", "::1", "10.0.0.1", "172.16.0.1", "172.32.0.0", "192.168.1.1", "9.255.255.255", "11.0.0.0"}
}

func jsonProbes(c *ir.Call) []probe {
	var out []probe
	add := func(aspect string, weight int, t string) {
		out = append(out, probe{aspect: aspect, at: c.S, weight: weight, apply: func(s *solver, w world) bool {
			v, ok := s.one(s.f, c.Args[0], w)
			if text, is := v.V.(string); ok && is && text != "" && validJSON(text) && text[0] == '{' {
				return false // an object that stays one: its parts are probed
			}
			return s.put(w, c.Args[0], t)
		}})
	}
	for _, t := range jsonTexts() {
		add("JSON text", 3, t)
	}
	add("JSON in a long text", 5, `["`+longText+`"]`)
	return append(out, putting("absent", c.Args[0], 3, absent{}))
}

func pathProbes(c *ir.Call) []probe {
	var out []probe
	for i, t := range []string{`C:\a\b.txt`, `/a/b/c.txt`, `file.txt`, `C:\a\file.txt:stream`, `C:\a\`, `\\srv\share\x.zip`, `https://x/y/z.zip`, "a\nb/c", `C:/x\y.z`, ``, `:`, `a:`, `.zip`} {
		out = append(out, putting(fmt.Sprintf("path %d", i), c.Args[0], 2, t))
	}
	return out
}

// arrays lists arrays with no, one and several elements around the one that the base has.
func (g *generator) arrays(s *solver, base world, l ir.Expr) []probe {
	v, ok := s.one(s.f, l, base)
	list, isList := v.V.([]any)
	if !ok || !isList || len(list) == 0 {
		return []probe{putting("absent", l, 4, absent{})}
	}
	good := list[0]
	var bad any = ir.Bag{{Key: "other", Value: "x"}}
	if _, isBag := good.(ir.Bag); !isBag {
		bad = "other"
	}
	many := make([]any, 11)
	for i := range many {
		many[i] = bad
	}
	late, tenth := slices.Clone(many), slices.Clone(many)
	late[10], tenth[9] = good, good
	forms := []struct {
		name string
		v    any
	}{{"no element", []any{}}, {"absent", absent{}}, {"two elements", []any{good, good}}, {"a second element", []any{bad, good}}, {"a first element", []any{good, bad}},
		{"a null element", []any{nil, good}}, {"only another element", []any{bad}}, {"ten elements", tenth[:10]}, {"the eleventh element", late}, {"three elements", []any{bad, bad, good}}}
	var out []probe
	for _, f := range forms {
		out = append(out, putting(f.name, l, 4, f.v))
	}
	if other := varied(good); other != nil {
		out = append(out, putting("two different elements", l, 4, []any{good, other}))
	}
	return out
}

// varied is an element whose first text differs.
func varied(v any) any {
	bag, ok := v.(ir.Bag)
	if !ok {
		return nil
	}
	out := slices.Clone(bag)
	for i, m := range out {
		if text, is := m.Value.(string); is && !validJSON(text) {
			out[i].Value = text + "2"
			return out
		}
	}
	return nil
}

func (g *generator) binEdges(s *solver, base world, b *ir.Bin) []probe {
	v, ok := s.one(s.f, b, base)
	start, isInt := v.V.(int64)
	width, isWide := b.Width.V.(int64)
	if !ok || !isInt || !isWide || width <= 0 {
		return nil
	}
	tick := int64(1)
	if v.Type == ir.Datetime {
		tick = g.o.Tick
	}
	if v.Type == ir.Datetime && start+width > g.o.Now+2*ir.Day {
		start -= width // no product takes in events from farther ahead
	}
	var out []probe
	for _, p := range []struct {
		name string
		at   int64
	}{{"bin: first tick", start}, {"bin: tick before", start - tick}, {"bin: last tick", start + width - tick}, {"bin: next bin", start + width}, {"bin: half", start + width/2}} {
		out = append(out, probe{aspect: p.name, at: b.S, weight: 5, bin: true, apply: func(s *solver, w world) bool { return s.put(w, b.X, p.at) }})
	}
	return out
}

// leaves probes every source column and path that the flow reads: absent, empty, hostile text, other numbers.
func (g *generator) leaves(s *solver) []probe {
	var out []probe
	for i, l := range leavesOf(s.f) {
		if isTimeOf(s.f, l) {
			continue
		}
		out = append(out, putting("absent", l, 3, absent{}))
		switch t := ir.TypeOf(l); t {
		case ir.String, ir.Dynamic:
			out = append(out, putting("empty text", l, 3, ""))
			texts := hostile()
			for j, h := range texts {
				weight := 1
				if (i+j)%4 == 0 {
					weight = 2
				}
				out = append(out, putting("hostile text", l, weight, h))
			}
			out = append(out, putting("long text", l, 1, strings.Repeat("long ", 60)))
			if t == ir.Dynamic {
				out = append(out, putting("number in dynamic", l, 1, int64(5)))
			}
		case ir.Bool:
			out = append(out, putting("true", l, 2, true), putting("false", l, 2, false))
		case ir.Int, ir.Long, ir.Real:
			for _, n := range []int64{0, -1, 1, 2147483647} {
				out = append(out, putting("number", l, 1, n))
			}
		}
	}
	return out
}

// leavesOf lists the source columns and paths of a flow, the longest path each.
func leavesOf(f *flow) []ir.Expr {
	var out []ir.Expr
	seen := map[string]bool{}
	var visit func(e ir.Expr)
	visit = func(e ir.Expr) {
		switch x := straight(e).(type) {
		case *ir.Access:
			if _, isCol := x.X.(*ir.Col); isCol {
				if id := ir.Text(x); !seen[id] {
					seen[id] = true
					out = append(out, x)
				}
				return
			}
		case *ir.Col:
			if id := ir.Text(x); !seen[id] && x.T != ir.Dynamic {
				seen[id] = true
				out = append(out, x)
			}
			return
		}
		for _, k := range ir.Children(e) {
			visit(k)
		}
	}
	keys := make([]ir.Expr, 0, len(f.keys))
	for _, k := range slices.Concat(f.keys, f.inner) {
		keys = append(keys, k.x)
	}
	for _, x := range slices.Concat(f.conds, f.free, f.args, f.vary, keys) {
		visit(x)
	}
	// A path that another path goes through is set with it.
	return slices.DeleteFunc(out, func(e ir.Expr) bool {
		id := ir.Text(e)
		return slices.ContainsFunc(out, func(o ir.Expr) bool {
			t := ir.Text(o)
			return t != id && (strings.HasPrefix(t, id+".") || strings.HasPrefix(t, id+"["))
		})
	})
}

// straight takes the detour out of parse_json(tostring(object)).key: it is object.key.
func straight(e ir.Expr) ir.Expr {
	a, ok := e.(*ir.Access)
	if !ok || a.Steps[0].IsIndex {
		return e
	}
	call, ok := a.X.(*ir.Call)
	if !ok || call.Func != "parse_json" {
		return e
	}
	c, ok := call.Args[0].(*ir.Cast)
	if !ok || c.To != ir.String || ir.TypeOf(c.X) != ir.Dynamic {
		return e
	}
	if in, ok := c.X.(*ir.Access); ok {
		return &ir.Access{At: a.At, X: in.X, Steps: append(slices.Clone(in.Steps), a.Steps...)}
	}
	return &ir.Access{At: a.At, X: c.X, Steps: a.Steps}
}

// ofTime reports whether an expression is the event time, or a time made of it.
func ofTime(f *flow, e ir.Expr) bool {
	if isTimeOf(f, e) {
		return true
	}
	return ir.TypeOf(e) == ir.Datetime && slices.ContainsFunc(ir.Children(e), func(x ir.Expr) bool { return ofTime(f, x) })
}

// isTimeOf reports whether a leaf is the event time of its table, which every event has.
func isTimeOf(f *flow, e ir.Expr) bool {
	c, ok := e.(*ir.Col)
	if !ok {
		return false
	}
	part, col, ok := split(c.Name)
	return ok && part < len(f.parts) && f.parts[part].Time == col && col != ""
}
