package syntax

import "strconv"

// Terms lists the terms of a search expression that all have to hold; nil has none.
func Terms(t Term) []Term {
	switch t := t.(type) {
	case nil:
		return nil
	case *AllOf:
		return t.Terms
	default:
		return []Term{t}
	}
}

// WholeNumber is the value of a literal that is a whole number, with or without a minus.
func WholeNumber(x Expr) (int64, bool) {
	sign := int64(1)
	if u, ok := x.(*Unary); ok && u.Op == "-" {
		sign, x = -1, u.X
	}
	n, ok := x.(*Num)
	if !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(n.Text, 10, 64)
	return sign * i, err == nil
}
