package ir

import (
	"fmt"
	"strings"
)

// MatchWild tests a name against a pattern in which * stands for any text.
func MatchWild(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == name
	}
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	for _, p := range parts[1:last] {
		i := strings.Index(name, p)
		if i < 0 {
			return false
		}
		name = name[i+len(p):]
	}
	return strings.HasSuffix(name, parts[last])
}

// SplitColumns names the columns of a union: one that has several types becomes one column per type, name_type, with a number where
// that name is taken. https://learn.microsoft.com/en-us/kusto/query/union-operator
func SplitColumns(rows ...[]Column) map[Column]string {
	types := map[string]int{}
	out := map[Column]string{}
	var order []Column
	for _, row := range rows {
		for _, c := range row {
			if _, seen := out[c]; !seen {
				out[c] = c.Name
				types[c.Name]++
				order = append(order, c)
			}
		}
	}
	taken := map[string]bool{}
	for name, n := range types {
		taken[name] = n == 1
	}
	for _, c := range order {
		if types[c.Name] == 1 {
			continue
		}
		name := c.Name + "_" + c.Type.String()
		for i := 1; taken[name]; i++ {
			name = fmt.Sprintf("%s_%s%d", c.Name, c.Type, i)
		}
		out[c], taken[name] = name, true
	}
	return out
}

// OrderNames compares two names as project-reorder does for an order: "asc", "desc", or granny-asc and granny-desc, which count numbers
// inside names by their value.
func OrderNames(order, a, b string) int {
	switch order {
	case "asc":
		return strings.Compare(a, b)
	case "desc":
		return strings.Compare(b, a)
	case "granny-asc":
		return compareNumbered(a, b)
	case "granny-desc":
		return compareNumbered(b, a)
	default:
		return 0
	}
}

// compareNumbered compares names whose runs of digits count as numbers.
func compareNumbered(a, b string) int {
	for a != "" && b != "" {
		x, y := leadingDigits(a), leadingDigits(b)
		if x == "" || y == "" {
			if a[0] != b[0] {
				return strings.Compare(a[:1], b[:1])
			}
			a, b = a[1:], b[1:]
			continue
		}
		p, q := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if len(p) != len(q) {
			return len(p) - len(q)
		}
		if c := strings.Compare(p, q); c != 0 {
			return c
		}
		a, b = a[len(x):], b[len(y):]
	}
	return len(a) - len(b)
}

// leadingDigits is the run of digits that s begins with.
func leadingDigits(s string) string {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return s[:n]
}
