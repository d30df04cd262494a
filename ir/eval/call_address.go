package eval

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/huntc/huntc/ir"
)

// addressFunctions are the functions on IP addresses. Text that is no address gives null.
func addressFunctions() map[string]function {
	return map[string]function{
		"parse_ipv4":              {1, 1, true, total(func(a []ir.Value) ir.Value { return parseIPv4(a[0], 32) })},
		"parse_ipv4_mask":         {2, 2, true, total(func(a []ir.Value) ir.Value { return parseIPv4(a[0], number(a, 1, -1)) })},
		"ipv4_is_private":         {1, 1, true, total(isPrivate)},
		"ipv4_is_match":           {2, 3, true, total(func(a []ir.Value) ir.Value { return sameAddress(compare4(a)) })},
		"ipv4_compare":            {2, 3, true, total(compare4)},
		"ipv4_is_in_range":        {2, 2, true, total(func(a []ir.Value) ir.Value { return sameAddress(compare4(a)) })},
		"ipv4_is_in_any_range":    {2, -1, true, total(func(a []ir.Value) ir.Value { return inAny(a, compare4) })},
		"ipv4_netmask_suffix":     {1, 1, true, total(netmaskSuffix)},
		"ipv4_range_to_cidr_list": {2, 2, true, plainly(rangeToCIDR)},
		"format_ipv4":             {1, 2, true, total(func(a []ir.Value) ir.Value { return formatIPv4(a, false) })},
		"format_ipv4_mask":        {1, 2, true, total(func(a []ir.Value) ir.Value { return formatIPv4(a, true) })},
		"parse_ipv6":              {1, 1, true, total(func(a []ir.Value) ir.Value { return parseIPv6(a[0], 128) })},
		"parse_ipv6_mask":         {2, 2, true, total(func(a []ir.Value) ir.Value { return parseIPv6(a[0], number(a, 1, -1)) })},
		"ipv6_is_match":           {2, 3, true, total(func(a []ir.Value) ir.Value { return sameAddress(compare6(a)) })},
		"ipv6_compare":            {2, 3, true, total(compare6)},
		"ipv6_is_in_range":        {2, 2, true, total(func(a []ir.Value) ir.Value { return sameAddress(compare6(a)) })},
		"ipv6_is_in_any_range":    {2, -1, true, total(func(a []ir.Value) ir.Value { return inAny(a, compare6) })},
		"has_ipv4":                {2, 2, true, total(func(a []ir.Value) ir.Value { return hasAddress(a, false) })},
		"has_any_ipv4":            {2, -1, true, total(func(a []ir.Value) ir.Value { return hasAddress(a, false) })},
		"has_ipv4_prefix":         {2, 2, true, total(func(a []ir.Value) ir.Value { return hasAddress(a, true) })},
		"has_any_ipv4_prefix":     {2, -1, true, total(func(a []ir.Value) ir.Value { return hasAddress(a, true) })},
	}
}

// cutSuffix takes the number of bits off an address in prefix notation; without one all count.
func cutSuffix(s string, most int) (address string, n int, ok bool) {
	address, suffix, has := strings.Cut(strings.TrimSpace(s), "/")
	if !has {
		return address, most, true
	}
	n, err := strconv.Atoi(suffix)
	return address, n, err == nil && isDigits(suffix) && n <= most
}

// address4 reads an IPv4 address with an optional suffix.
func address4(v ir.Value) (ip uint32, n int, ok bool) {
	s, n, ok := cutSuffix(asText(v), 32)
	if !ok {
		return 0, 0, false
	}
	a, err := netip.ParseAddr(s)
	if err != nil || !a.Is4() {
		return 0, 0, false
	}
	b := a.As4()
	return binary.BigEndian.Uint32(b[:]), n, true
}

func mask4(n int) uint32 { return uint32(uint64(0xffffffff) << (32 - n)) }

func text4(ip uint32) string {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], ip)
	return netip.AddrFrom4(b).String()
}

func parseIPv4(v ir.Value, bits int64) ir.Value {
	ip, n, ok := address4(v)
	if !ok || bits < 0 || bits > 32 {
		return none(ir.Long)
	}
	return long(int64(ip & mask4(min(n, int(bits)))))
}

// isPrivate follows the three ranges of learn.microsoft.com/kusto/query/ipv4-is-private-function.
func isPrivate(a []ir.Value) ir.Value {
	ip, _, ok := address4(a[0])
	if !ok {
		return none(ir.Bool)
	}
	return boolean(ip>>24 == 10 || ip>>20 == 172<<4|1 || ip>>16 == 192<<8|168)
}

// compare4 compares the bits that both suffixes and the third argument leave. learn.microsoft.com/kusto/query/ipv4-compare-function
func compare4(a []ir.Value) ir.Value {
	x, n, ok := address4(a[0])
	y, m, ok2 := address4(a[1])
	bits := number(a, 2, 32)
	if !ok || !ok2 || bits < 0 || bits > 32 {
		return none(ir.Long)
	}
	mask := mask4(min(n, m, int(bits)))
	return long(int64(compareInt(int64(x&mask), int64(y&mask))))
}

// sameAddress is the match that a comparison amounts to.
func sameAddress(c ir.Value) ir.Value {
	if c.IsNull() {
		return none(ir.Bool)
	}
	return boolean(c.V == int64(0))
}

// spread lists the arguments from the second on; an array among them stands for its items.
func spread(a []ir.Value) []ir.Value {
	var out []ir.Value
	for _, v := range a[1:] {
		list, ok := items(v)
		if !ok {
			out = append(out, v)
			continue
		}
		for _, x := range list {
			out = append(out, dynamic(x))
		}
	}
	return out
}

// inAny is true in one of the ranges, null when there is none and one of them does not read, else false.
func inAny(a []ir.Value, compare func([]ir.Value) ir.Value) ir.Value {
	unknown := compare([]ir.Value{a[0], a[0]}).IsNull()
	for _, r := range spread(a) {
		c := compare([]ir.Value{a[0], r})
		if c.V == int64(0) {
			return boolean(true)
		}
		unknown = unknown || c.IsNull()
	}
	if unknown {
		return none(ir.Bool)
	}
	return boolean(false)
}

func netmaskSuffix(a []ir.Value) ir.Value {
	_, n, ok := address4(a[0])
	if !ok {
		return none(ir.Long)
	}
	return long(int64(n))
}

// rangeToCIDR covers the addresses from the first to the second with the fewest ranges.
// learn.microsoft.com/kusto/query/ipv4-range-to-cidr-list-function
func rangeToCIDR(a []ir.Value) (ir.Value, error) {
	first, _, ok := address4(a[0])
	last, _, ok2 := address4(a[1])
	if !ok || !ok2 {
		return none(ir.Dynamic), nil
	}
	if first > last {
		return none(ir.Dynamic), fmt.Errorf("the range starts behind its end")
	}
	out := []any{}
	for from, end := uint64(first), uint64(last)+1; from < end; {
		size := min(bits.TrailingZeros64(from|1<<32), bits.Len64(end-from)-1)
		out = append(out, text4(uint32(from))+"/"+strconv.Itoa(32-size))
		from += 1 << size
	}
	return dynamic(out), nil
}

// formatIPv4 takes an address as text or as a number; what does not read is "". learn.microsoft.com/kusto/query/format-ipv4-function
func formatIPv4(a []ir.Value, suffix bool) ir.Value {
	ip, n, ok := address4(a[0])
	if x, isLong := scalar(a[0]).V.(int64); isLong && scalar(a[0]).Type.Numeric() {
		ip, n, ok = uint32(x), 32, x >= 0 && x <= 0xffffffff
	}
	bits := number(a, 1, 32)
	if !ok || bits < 0 || bits > 32 || len(a) > 1 && a[1].IsNull() {
		return text("")
	}
	n = min(n, int(bits))
	s := text4(ip & mask4(n))
	if suffix {
		s += "/" + strconv.Itoa(n)
	}
	return text(s)
}

// address16 reads an IPv6 or IPv4 address; the latter stands in ::ffff:0:0/96, and the suffix of an address that ends in IPv4
// notation counts the bits of that part, as recorded for parse_ipv6_mask.
func address16(v ir.Value) (a netip.Addr, n int, dotted, ok bool) {
	s, n, ok := cutSuffix(asText(v), 128)
	if !ok {
		return a, 0, false, false
	}
	dotted = strings.Contains(s, ".")
	_, _, has := strings.Cut(asText(v), "/")
	switch {
	case dotted && has && n > 32:
		return a, 0, false, false
	case dotted && has:
		n += 96
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return a, 0, false, false
	}
	return netip.AddrFrom16(a.As16()), n, dotted, true
}

func masked(a netip.Addr, n int) [16]byte {
	p, err := a.Prefix(n)
	if err != nil {
		return [16]byte{}
	}
	return p.Addr().As16()
}

func parseIPv6(v ir.Value, bits int64) ir.Value {
	a, n, _, ok := address16(v)
	if !ok || bits < 0 || bits > 128 {
		return text("")
	}
	b := masked(a, min(n, int(bits)))
	return text(netip.AddrFrom16(b).StringExpanded())
}

// mapped puts an address that was written as ::a.b.c.d with the IPv4 addresses, as recorded for ipv6_compare.
func mapped(a netip.Addr, dotted bool) netip.Addr {
	b := a.As16()
	if dotted && [12]byte(b[:12]) == [12]byte{} {
		b[10], b[11] = 0xff, 0xff
	}
	return netip.AddrFrom16(b)
}

// compare6 compares the bits that both suffixes and the third argument leave. A third argument up to 32 counts the bits of IPv4
// addresses when both are. learn.microsoft.com/kusto/query/ipv6-compare-function
func compare6(a []ir.Value) ir.Value {
	x, n, xd, ok := address16(a[0])
	y, m, yd, ok2 := address16(a[1])
	bits := number(a, 2, 128)
	if !ok || !ok2 || bits < 0 || bits > 128 {
		return none(ir.Long)
	}
	x, y = mapped(x, xd), mapped(y, yd)
	if x.Is4In6() && y.Is4In6() && xd && yd && bits <= 32 {
		bits += 96
	}
	n = min(n, m, int(bits))
	return long(int64(netip.AddrFrom16(masked(x, n)).Compare(netip.AddrFrom16(masked(y, n)))))
}

// hasAddress looks for one of the addresses, or prefixes, among those in a text that no letter or digit touches.
// learn.microsoft.com/kusto/query/has-ipv4-function, has-ipv4-prefix-function
func hasAddress(a []ir.Value, prefixes bool) ir.Value {
	var wanted []string
	for _, v := range spread(a) {
		s := asText(v)
		if validIPv4(s) || prefixes && validPrefix(s) {
			wanted = append(wanted, s)
		}
	}
	s := asText(a[0])
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		if before, n := utf8.DecodeLastRuneInString(s[:i]); n > 0 && ir.IsTermChar(before) {
			continue
		}
		found := leadingIPv4(s[i:])
		for _, w := range wanted {
			if found != "" && (found == w || strings.HasSuffix(w, ".") && strings.HasPrefix(found, w)) {
				return boolean(true)
			}
		}
	}
	return boolean(false)
}

// leadingIPv4 is the address at the start of a text, "" when there is none or a letter or digit follows it.
func leadingIPv4(s string) string {
	dots := 0
	i := strings.IndexFunc(s, func(c rune) bool {
		if c == '.' {
			dots++
		}
		return dots == 4 || c != '.' && (c < '0' || c > '9')
	})
	if i < 0 {
		i = len(s)
	}
	if after, n := utf8.DecodeRuneInString(s[i:]); n > 0 && ir.IsTermChar(after) || !validIPv4(s[:i]) {
		return ""
	}
	return s[:i]
}

func validIPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

// validPrefix is one to three numbers of an address, each with its dot.
func validPrefix(s string) bool {
	rest, ok := strings.CutSuffix(s, ".")
	n := strings.Count(s, ".")
	return ok && n <= 3 && validIPv4(rest+strings.Repeat(".0", 4-n))
}
