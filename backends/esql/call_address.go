package esql

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// addressCalls are the functions of IPv4 addresses in texts. What is no address is null, as is an IPv6 address.
// https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/ip-functions
func addressCalls() map[string]caller {
	return map[string]caller{
		"ipv4_is_private":      private,
		"ipv4_is_in_range":     inRange,
		"ipv4_is_match":        inRange,
		"ipv4_is_in_any_range": inRange,
	}
}

// octet is a number of an IPv4 address in a Lucene pattern; with a leading 0 it is none.
const octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"

// suffix is the length of a prefix behind an address, up to 32.
const suffix = "(/0*(3[0-2]|[12]?[0-9]))?"

const (
	anyIPv4     = octet + `(\.` + octet + "){3}"
	privateIPv4 = `(10(\.` + octet + `){3}|172\.(1[6-9]|2[0-9]|3[01])(\.` + octet + `){2}|192\.168(\.` + octet + "){2})"
)

// cutBlanks cuts the blanks around a text, by Unicode's list of them.
func cutBlanks(x string) string { return "REPLACE(" + x + `, """(?U)^\s+|\s+$""", "")` }

// private tests the three ranges of learn.microsoft.com/kusto/query/ipv4-is-private-function. An address may carry the length of a prefix.
func private(e *emitter, c *ir.Call, args []string) (string, bool) {
	if f, ok := c.Args[0].(*ir.Field); ok && isAddress(f) {
		e.r.Use(factPrivate, c, c.S, "ipv4_is_private()")
		a := e.field(f)
		return fmt.Sprintf(`CASE(CIDR_MATCH(%s, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"), true, CIDR_MATCH(%s, "0.0.0.0/0"), false, null)`, a, a), true
	}
	if ir.TypeOf(c.Args[0]) != ir.String {
		return "", false
	}
	e.r.Use(factPrivate, c, c.S, "ipv4_is_private()")
	x := cutBlanks(args[0])
	return fmt.Sprintf("CASE(%s RLIKE %s, true, %s RLIKE %s, false, null)", x, quote(privateIPv4+suffix), x, quote(anyIPv4+suffix)), true
}

// inRange tests an address against constant ranges. In a text that carries the length of a prefix itself the shorter of both counts, which
// is not written.
// learn.microsoft.com/kusto/query/ipv4-is-in-range-function
func inRange(e *emitter, c *ir.Call, args []string) (string, bool) {
	ranges, ok := constRanges(c)
	if !ok {
		return "", false
	}
	list := quoteAll(ranges)
	if f, ok := c.Args[0].(*ir.Field); ok && isAddress(f) {
		e.r.Use(factPrivate, c, c.S, c.Func+"()")
		a := e.field(f)
		return fmt.Sprintf(`CASE(CIDR_MATCH(%s, "0.0.0.0/0"), CIDR_MATCH(%s, %s), null)`, a, a, list), true
	}
	if ir.TypeOf(c.Args[0]) != ir.String {
		return "", false
	}
	e.r.Use(factInRange, c, c.S, c.Func+"()")
	x := cutBlanks(args[0])
	return fmt.Sprintf(`CASE(%s RLIKE %s, CIDR_MATCH(TO_IP(%s), %s), null)`, x, quote(anyIPv4), x, list), true
}

// constRanges reads the ranges of a call as CIDR.
func constRanges(c *ir.Call) ([]string, bool) {
	bits := 32
	xs := c.Args[1:]
	if c.Func == "ipv4_is_match" && len(c.Args) == 3 {
		n, ok := wholeLit(c.Args[2])
		if !ok || n < 0 || n > 32 {
			return nil, false
		}
		bits, xs = int(n), xs[:1]
	}
	var out []string
	for _, x := range xs {
		if l, ok := x.(*ir.Lit); ok && l.Value.Type == ir.Dynamic {
			list, isList := l.Value.V.([]any)
			if !isList {
				return nil, false
			}
			for _, v := range list {
				s, isText := v.(string)
				r, ok := cidr(s, bits)
				if !isText || !ok {
					return nil, false
				}
				out = append(out, r)
			}
			continue
		}
		s, isText := ir.ConstString(x)
		r, ok := cidr(s, bits)
		if !isText || !ok {
			return nil, false
		}
		out = append(out, r)
	}
	return out, len(out) > 0
}

// cidr writes an address with or without the length of its prefix as a range, of which at most so many bits count.
func cidr(s string, bits int) (string, bool) {
	address, length, has := strings.Cut(strings.TrimSpace(s), "/")
	if has {
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > 32 {
			return "", false
		}
		bits = min(bits, n)
	}
	a, err := netip.ParseAddr(address)
	if err != nil || !a.Is4() {
		return "", false
	}
	p, err := a.Prefix(bits)
	return p.String(), err == nil
}
