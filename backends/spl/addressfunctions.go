package spl

import (
	"net/netip"
	"strings"

	"github.com/huntc/huntc/ir"
)

// A text that is no address is neither inside nor outside of a range for KQL (learn.microsoft.com/kusto/query/ipv4-is-private-function),
// and no page says what cidrmatch() makes of one: a regular expression tells addresses from other texts.
const (
	octet        = `(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])`
	plainAddress = `^` + octet + `(?:\.` + octet + `){3}\z`
	// addressEnd may hold the number of bits that count.
	addressEnd = `\.` + octet + `\.` + octet + `(?:/0*(?:3[0-2]|[12]?[0-9]))?[\t-\r ]*\z`
	anyAddress = `^[\t-\r ]*` + octet + `\.` + octet + addressEnd
	private    = `^[\t-\r ]*(?:10\.` + octet + `|172\.(?:1[6-9]|2[0-9]|3[01])|192\.168)` + addressEnd
)

// addressFunction writes a test of addresses as a value.
func (e *emitter) addressFunction(x *ir.Call) (text, bool) {
	t, ok := e.addressTest(x)
	if !ok {
		return text{}, false
	}
	return atom("case(" + t.yes() + `,"true",` + t.valid + `,"false")`), true
}

// addressCond writes a test of addresses as a condition.
func (e *emitter) addressCond(x ir.Expr, negated bool) (text, bool) {
	c, isCall := x.(*ir.Call)
	if !isCall {
		return text{}, false
	}
	t, ok := e.addressTest(c)
	switch {
	case !ok:
		return text{}, false
	case negated:
		return text{t.valid + " AND NOT " + t.in, precAnd}, true
	case t.alone:
		return atom(t.in), true
	}
	return text{t.yes(), precAnd}, true
}

// addressTest is a test of an address: valid says that it is one, in that it is inside, which of a text that is none says nothing
// unless it stands alone.
type addressTest struct {
	valid, in string
	alone     bool
}

func (t addressTest) yes() string {
	if t.alone {
		return t.in
	}
	return t.valid + " AND " + t.in
}

func (e *emitter) addressTest(x *ir.Call) (t addressTest, ok bool) {
	matches := func(v text, pattern string) string { return "match(" + v.s + ", " + regexString(pattern) + ")" }
	switch {
	case x.Func == "ipv4_is_private" && len(x.Args) == 1:
		e.use(e.f.private, x)
		v := e.once(e.value(x.Args[0]))
		return addressTest{matches(v, anyAddress), matches(v, private), true}, true
	case (x.Func == "ipv4_is_in_range" || x.Func == "ipv4_is_match") && len(x.Args) == 2:
		r, isConst := e.constant(x.Args[1])
		if isConst && !strings.Contains(r, "/") {
			r += "/32"
		}
		p, err := netip.ParsePrefix(strings.TrimSpace(r))
		if !isConst || err != nil || !p.Addr().Is4() {
			return t, false
		}
		e.use(e.f.inRange, x)
		v := e.once(e.value(x.Args[0]))
		return addressTest{matches(v, plainAddress), `cidrmatch("` + p.Masked().String() + `", ` + v.s + ")", false}, true
	}
	return t, false
}
