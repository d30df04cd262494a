package eval

import "github.com/huntc/huntc/ir"

// fewNeedles is how many needles are compared one by one.
const fewNeedles = 8

// textSet is the set of a match's needles where they are many texts that no row changes: a long list of indicators, or what toscalar
// collected. It is nil where the match must look at each needle. The set says what the comparisons would, only faster.
func (r *runner) textSet(t *rel, row []ir.Value, e *ir.Match) (map[string]bool, error) {
	if e.Kind != ir.Equal || e.All || r.env.Strict || e.Case == ir.CaseUnset {
		return nil, nil
	}
	if set, ok := r.texts[e]; ok {
		return set, nil
	}
	for _, n := range e.Needles {
		switch n.(type) {
		case *ir.Lit, *ir.Scalar:
		default:
			r.texts[e] = nil
			return nil, nil
		}
	}
	needles, err := r.needles(t, row, e)
	if err != nil {
		return nil, err
	}
	r.texts[e] = nil
	if len(needles) <= fewNeedles {
		return nil, nil
	}
	set := make(map[string]bool, len(needles))
	for _, n := range needles {
		s, ok := n.V.(string)
		if !ok || scalar(n).Type != ir.String {
			return nil, nil
		}
		set[folded(s, e.Case)] = true
	}
	r.texts[e] = set
	return set, nil
}

func folded(s string, c ir.Case) string {
	if c == ir.Fold {
		return ir.FoldASCII(s)
	}
	return s
}
