package eval

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/huntc/huntc/ir"
)

// match tests one value against needles.
func (r *runner) match(t *rel, row []ir.Value, e *ir.Match) (ir.Value, error) {
	x, err := r.eval(t, row, e.X)
	if err != nil {
		return x, err
	}
	if s, ok := x.V.(string); ok && scalar(x).Type == ir.String {
		set, err := r.textSet(t, row, e)
		if err != nil {
			return x, err
		}
		if set != nil {
			return boolean(set[folded(s, e.Case)]), nil
		}
	}
	needles, err := r.needles(t, row, e)
	if err != nil {
		return x, err
	}
	unknown := false
	for _, n := range needles {
		hit, known, err := r.hit(e, x, n)
		if err != nil {
			return x, err
		}
		if known && hit != e.All {
			return boolean(hit), nil
		}
		unknown = unknown || !known
	}
	if unknown {
		return ir.Value{Type: ir.Bool}, nil
	}
	return boolean(e.All), nil
}

// needles evaluates the needles; an array among them stands for its elements.
func (r *runner) needles(t *rel, row []ir.Value, e *ir.Match) ([]ir.Value, error) {
	vs, err := r.all(t, row, e.Needles...)
	if err != nil {
		return nil, err
	}
	var out []ir.Value
	for _, v := range vs {
		list, ok := v.V.([]any)
		if !ok {
			out = append(out, v)
			continue
		}
		for _, x := range list {
			out = append(out, ir.Value{Type: ir.Dynamic, V: x})
		}
	}
	return out, nil
}

// hit tests one needle; known is false when the answer is null.
func (r *runner) hit(e *ir.Match, x, needle ir.Value) (hit, known bool, err error) {
	x, needle = leaf(x, needle), leaf(needle, x)
	if r.env.Strict && (x.IsNull() || needle.IsNull()) {
		return false, false, nil
	}
	if e.Kind == ir.CIDR {
		hit, known = inRange(asText(x), asText(needle))
		return hit, known, nil
	}
	if x.IsNull() && x.Type == ir.Dynamic {
		// Where text is expected a dynamic null is "" (recorded: s == "" is true for it).
		x = text("")
	}
	if x.IsNull() {
		return false, true, nil
	}
	if e.Kind == ir.Equal {
		if e.Case == ir.CaseUnset && x.Type == ir.String && needle.Type == ir.String {
			return false, false, errorAt(e.At, "a match that does not say how case counts")
		}
		return equal(x, needle, e.Case), true, nil
	}
	s, n := asText(x), asText(needle)
	if e.Kind == ir.Regex {
		re, err := r.pattern(n, e.Case)
		if err != nil {
			return false, false, errorAt(e.At, "%v", err)
		}
		return re.MatchString(s), true, nil
	}
	switch e.Case {
	case ir.Fold:
		s, n = ir.FoldASCII(s), ir.FoldASCII(n)
	case ir.Exact:
	default:
		return false, false, errorAt(e.At, "a match that does not say how case counts")
	}
	switch e.Kind {
	case ir.Contains:
		return strings.Contains(s, n), true, nil
	case ir.Prefix:
		return strings.HasPrefix(s, n), true, nil
	case ir.Suffix:
		return strings.HasSuffix(s, n), true, nil
	case ir.Term:
		return hasTerm(s, n, true, true), true, nil
	case ir.TermPrefix:
		return hasTerm(s, n, true, false), true, nil
	case ir.TermSuffix:
		return hasTerm(s, n, false, true), true, nil
	default:
		return false, false, errorAt(e.At, "the evaluator does not know the match kind %v", e.Kind)
	}
}

// leaf is scalar for a value that meets another: next to text a bool in a dynamic value reads true, not True as a bool does.
func leaf(v, other ir.Value) ir.Value {
	b, ok := v.V.(bool)
	if _, isText := other.V.(string); ok && isText && v.Type == ir.Dynamic {
		return text(strconv.FormatBool(b))
	}
	return scalar(v)
}

func equal(x, needle ir.Value, c ir.Case) bool {
	if needle.IsNull() {
		return false
	}
	if x.Type == ir.String && needle.Type == ir.String && c == ir.Fold {
		return ir.FoldASCII(x.V.(string)) == ir.FoldASCII(needle.V.(string))
	}
	n, ok := order(x, needle)
	return ok && n == 0
}

// asText is the text that string operators see; for arrays and bags their JSON.
func asText(v ir.Value) string {
	s, err := cast(v, ir.String)
	if err != nil || s.IsNull() {
		return ""
	}
	return s.V.(string)
}

// hasTerm looks for the needle with a term boundary on the sides asked for. A boundary matters only where the needle's own edge is
// a term character: "a-" next to a letter is still that term.
func hasTerm(s, needle string, left, right bool) bool {
	if needle == "" {
		return true
	}
	first, _ := utf8.DecodeRuneInString(needle)
	last, _ := utf8.DecodeLastRuneInString(needle)
	left = left && ir.IsTermChar(first)
	right = right && ir.IsTermChar(last)
	for from := 0; ; {
		i := strings.Index(s[from:], needle)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+len(needle):])
		if !(left && ir.IsTermChar(before)) && !(right && ir.IsTermChar(after)) {
			return true
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		from = i + n
	}
}

// maxPatterns bounds the compiled expressions that a run keeps.
const maxPatterns = 4096

// pattern compiles a regular expression once per run.
func (r *runner) pattern(p string, c ir.Case) (*regexp.Regexp, error) {
	if c == ir.Fold {
		p = "(?i)" + p
	}
	if re, ok := r.patterns[p]; ok {
		return re, nil
	}
	re, err := regexp.Compile(p)
	if err != nil {
		return nil, err
	}
	if len(r.patterns) >= maxPatterns {
		clear(r.patterns) // patterns that come from the rows are without end
	}
	r.patterns[p] = re
	return re, nil
}

// inRange tests an address against a range (or an address); known is false when either does not parse.
func inRange(ip, cidr string) (hit, known bool) {
	a, err := netip.ParseAddr(strings.TrimSpace(ip))
	if err != nil {
		return false, false
	}
	p, err := netip.ParsePrefix(strings.TrimSpace(cidr))
	if err != nil {
		b, err := netip.ParseAddr(strings.TrimSpace(cidr))
		if err != nil {
			return false, false
		}
		return a.Unmap() == b.Unmap(), true
	}
	return p.Contains(a.Unmap()), true
}
