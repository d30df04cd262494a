package eval

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/huntc/huntc/ir"
)

// textFunctions are the functions on text. A value of another type counts as its text.
func textFunctions() map[string]function {
	return map[string]function{
		"tolower": onText(strings.ToLower),
		"toupper": onText(strings.ToUpper),
		"reverse": onText(reverse),
		"strlen": {1, 1, true, total(func(a []ir.Value) ir.Value {
			return long(int64(utf8.RuneCountInString(asText(a[0]))))
		})},
		"string_size":     {1, 1, true, total(func(a []ir.Value) ir.Value { return long(int64(len(asText(a[0])))) })},
		"strcat":          {1, -1, true, plainly(func(a []ir.Value) (ir.Value, error) { return join(texts(a), "") })},
		"strcat_delim":    {2, -1, true, plainly(func(a []ir.Value) (ir.Value, error) { return join(texts(a[1:]), asText(a[0])) })},
		"strrep":          {2, 3, true, plainly(strrep)},
		"strcmp":          {2, 2, true, total(func(a []ir.Value) ir.Value { return long(int64(strings.Compare(asText(a[0]), asText(a[1])))) })},
		"substring":       {2, 3, true, total(substring)},
		"replace_string":  {3, 3, true, plainly(replaceString)},
		"replace_strings": {3, 3, true, plainly(replaceStrings)},
		"replace_regex":   {3, 3, true, replaceRegex},
		"translate":       {3, 3, true, total(translate)},
		"trim": {2, 2, true, func(r *runner, a []ir.Value) (ir.Value, error) {
			return r.cut(a, `^(?:%s)`, `(?:%s)$`)
		}},
		"trim_start":    {2, 2, true, func(r *runner, a []ir.Value) (ir.Value, error) { return r.cut(a, `^(?:%s)`) }},
		"trim_end":      {2, 2, true, func(r *runner, a []ir.Value) (ir.Value, error) { return r.cut(a, `(?:%s)$`) }},
		"split":         {2, 3, true, total(split)},
		"indexof":       {2, 5, true, total(indexOf)},
		"indexof_regex": {2, 5, true, indexOfRegex},
		"has_any_index": {2, 2, true, total(hasAnyIndex)},
		"extract":       {3, 4, true, extract},
		"extract_all":   {2, 3, true, extractAll},
		"countof":       {2, 3, true, countOf},
		"isascii":       {1, 1, true, total(func(a []ir.Value) ir.Value { return boolean(ir.IsASCII(asText(a[0]))) })},
		"isutf8":        {1, 1, true, total(func(a []ir.Value) ir.Value { return boolean(utf8.ValidString(asText(a[0]))) })},
	}
}

func reverse(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

// maxRepeats is the number of times after which strrep stops, by its page. learn.microsoft.com/kusto/query/strrep-function
const maxRepeats = 1024

func strrep(a []ir.Value) (ir.Value, error) {
	s, by := asText(a[0]), word(a, 2, "")
	n := number(a, 1, 0)
	if n < 1 {
		return ir.Value{}, fmt.Errorf("the multiplier must be at least 1, not %d", n)
	}
	n = min(n, maxRepeats)
	if err := tooLong(int(n) * (len(s) + len(by))); err != nil {
		return ir.Value{}, err
	}
	return text(strings.Repeat(s+by, int(n)-1) + s), nil
}

// substring counts code points from 0; a negative start counts from the end, and what is out of range is "".
func substring(a []ir.Value) ir.Value {
	s := []rune(asText(a[0]))
	if slices.ContainsFunc(a[1:], ir.Value.IsNull) {
		return none(ir.String)
	}
	start := number(a, 1, 0)
	if start < 0 {
		start += int64(len(s))
	}
	if start < 0 {
		return text("")
	}
	start = min(start, int64(len(s)))
	n := min(max(0, number(a, 2, int64(len(s)))), int64(len(s))-start)
	return text(string(s[start : start+n]))
}

// join is strings.Join with a bound on what it builds.
func join(parts []string, by string) (ir.Value, error) {
	size := len(by) * max(0, len(parts)-1)
	for _, p := range parts {
		size += len(p)
	}
	if err := tooLong(size); err != nil {
		return none(ir.String), err
	}
	return text(strings.Join(parts, by)), nil
}

func replaceString(a []ir.Value) (ir.Value, error) {
	s, old := asText(a[0]), asText(a[1])
	if old == "" {
		return text(s), nil
	}
	return join(strings.Split(s, old), asText(a[2]))
}

// replaceStrings replaces one lookup after the other and never looks again at what a lookup matched, also where its replacement is no
// text and the match stays as it is. Earlier lookups come first. learn.microsoft.com/kusto/query/replace-strings-function
func replaceStrings(a []ir.Value) (ir.Value, error) {
	lookups, ok := items(a[1])
	rewrites, ok2 := items(a[2])
	if !ok || !ok2 {
		return none(ir.String), nil
	}
	type piece struct {
		s     string
		fixed bool
	}
	pieces := []piece{{s: asText(a[0])}}
	for i, x := range lookups {
		old, ok := x.(string)
		if !ok || old == "" || i >= len(rewrites) {
			continue
		}
		with, replace := rewrites[i].(string)
		if !replace {
			with = old
		}
		var next []piece
		for _, p := range pieces {
			if p.fixed {
				next = append(next, p)
				continue
			}
			for j, s := range strings.Split(p.s, old) {
				if j > 0 {
					next = append(next, piece{with, true})
				}
				next = append(next, piece{s, false})
			}
		}
		pieces = next
	}
	out := make([]string, len(pieces))
	for i, p := range pieces {
		out[i] = p.s
	}
	return join(out, "")
}

// replaceRegex names groups \1 as KQL does.
func replaceRegex(r *runner, a []ir.Value) (ir.Value, error) {
	re, err := r.pattern(asText(a[1]), ir.Exact)
	if err != nil {
		return ir.Value{}, err
	}
	with := asText(a[2])
	var b strings.Builder
	for i := 0; i < len(with); i++ {
		switch c := with[i]; {
		case c == '$':
			b.WriteString("$$")
		case c == '\\' && i+1 < len(with) && '0' <= with[i+1] && with[i+1] <= '9':
			i++
			fmt.Fprintf(&b, "${%c}", with[i])
		case c == '\\' && i+1 < len(with) && with[i+1] == '\\':
			i++
			b.WriteByte('\\')
		default:
			b.WriteByte(c)
		}
	}
	return replaceMatches(re, asText(a[0]), b.String())
}

// replaceMatches is regexp's ReplaceAllString with a bound on what it builds.
func replaceMatches(re *regexp.Regexp, s, template string) (ir.Value, error) {
	var out []byte
	end := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		out = append(out, s[end:m[0]]...)
		out = re.ExpandString(out, template, s, m)
		end = m[1]
		if err := tooLong(len(out)); err != nil {
			return none(ir.String), err
		}
	}
	return text(string(append(out, s[end:]...))), nil
}

// translate(from, to, text) maps characters; those of a longer first list become the last one of the second, or nothing when it is
// empty. learn.microsoft.com/kusto/query/translate-function
func translate(a []ir.Value) ir.Value {
	from, to := []rune(asText(a[0])), []rune(asText(a[1]))
	table := map[rune]rune{}
	for i, c := range from {
		if _, seen := table[c]; seen {
			continue
		}
		table[c] = -1
		if len(to) > 0 {
			table[c] = to[min(i, len(to)-1)]
		}
	}
	return text(strings.Map(func(c rune) rune {
		if d, ok := table[c]; ok {
			return d
		}
		return c
	}, asText(a[2])))
}

// cut removes what the forms match, each around the regular expression of the first argument. All look at the whole text, so that ^ in
// the expression is its start and nothing else (recorded: trim("a|^b", "ab") is b).
func (r *runner) cut(a []ir.Value, forms ...string) (ir.Value, error) {
	s := asText(a[1])
	drop := make([]bool, len(s))
	for _, f := range forms {
		re, err := r.pattern(fmt.Sprintf(f, asText(a[0])), ir.Exact)
		if err != nil {
			return ir.Value{}, err
		}
		if m := re.FindStringIndex(s); m != nil {
			for i := m[0]; i < m[1]; i++ {
				drop[i] = true
			}
		}
	}
	out := make([]byte, 0, len(s))
	for i, gone := range drop {
		if !gone {
			out = append(out, s[i])
		}
	}
	return text(string(out)), nil
}

func split(a []ir.Value) ir.Value {
	s, by := asText(a[0]), asText(a[1])
	parts := []string{s}
	if by != "" {
		parts = strings.Split(s, by)
	}
	list := make([]any, 0, len(parts))
	for _, p := range parts {
		list = append(list, p)
	}
	if len(a) == 3 {
		i := number(a, 2, -1)
		if i < 0 || i >= int64(len(list)) {
			return dynamic([]any{})
		}
		list = list[i : i+1]
	}
	return dynamic(list)
}

// indexOf(text, lookup, start, length, occurrence) counts code points.
func indexOf(a []ir.Value) ir.Value {
	s, sub := asText(a[0]), asText(a[1])
	starts := make([]int, 0, len(s)+1) // of the code points, in bytes
	for i := range s {
		starts = append(starts, i)
	}
	n := len(starts)
	starts = append(starts, len(s))
	return find(a, n, func(from, end int) int {
		i := strings.Index(s[starts[from]:starts[end]], sub)
		if i < 0 {
			return -1
		}
		at, _ := slices.BinarySearch(starts, starts[from]+i)
		return at
	})
}

// indexOfRegex is indexof for matches, which do not overlap. A negative start is null here.
// learn.microsoft.com/kusto/query/indexof-regex-function
func indexOfRegex(r *runner, a []ir.Value) (ir.Value, error) {
	re, err := r.pattern(asText(a[1]), ir.Exact)
	if err != nil {
		return ir.Value{}, err
	}
	s := []rune(asText(a[0]))
	start, length, left := number(a, 2, 0), number(a, 3, -1), number(a, 4, 1)
	if start < 0 || length < -1 || left < 0 {
		return none(ir.Long), nil
	}
	start = min(start, int64(len(s)))
	end := int64(len(s))
	if length >= 0 {
		end = start + min(length, end-start)
	}
	window := string(s[start:end])
	matches := re.FindAllStringIndex(window, -1)
	left = max(1, left)
	if left > int64(len(matches)) {
		return long(-1), nil
	}
	return long(start + int64(utf8.RuneCountInString(window[:matches[left-1][0]]))), nil
}

// hasAnyIndex is the position of the first item that the text has as a term.
func hasAnyIndex(a []ir.Value) ir.Value {
	list, ok := items(a[1])
	if !ok {
		return none(ir.Long)
	}
	s := ir.FoldASCII(asText(a[0]))
	for i, x := range list {
		if hasTerm(s, ir.FoldASCII(asText(dynamic(x))), true, true) {
			return long(int64(i))
		}
	}
	return long(-1)
}

// extract(regex, group, text): no match is null.
func extract(r *runner, a []ir.Value) (ir.Value, error) {
	re, err := r.pattern(asText(a[0]), ir.Exact)
	if err != nil {
		return ir.Value{}, err
	}
	g := number(a, 1, 0)
	if g < 0 || g > int64(re.NumSubexp()) {
		return ir.Value{}, fmt.Errorf("the pattern has no group %d", g)
	}
	m := re.FindStringSubmatchIndex(asText(a[2]))
	if m == nil || m[2*g] < 0 {
		return none(ir.String), nil
	}
	return text(asText(a[2])[m[2*g]:m[2*g+1]]), nil
}

// maxGroups is the largest number of groups of extract_all, by its page.
const maxGroups = 16

// extractAll(regex, [groups,] text) lists every match: its text where one group counts, else an array of texts. No match is null.
// learn.microsoft.com/kusto/query/extract-all-function
func extractAll(r *runner, a []ir.Value) (ir.Value, error) {
	re, err := r.pattern(asText(a[0]), ir.Exact)
	if err != nil {
		return ir.Value{}, err
	}
	if re.NumSubexp() == 0 || re.NumSubexp() > maxGroups {
		return ir.Value{}, fmt.Errorf("the pattern must have 1 to %d groups, not %d", maxGroups, re.NumSubexp())
	}
	var groups []int
	if len(a) == 3 {
		if groups, err = groupList(re, a[1]); err != nil {
			return ir.Value{}, err
		}
	} else {
		for g := range re.NumSubexp() {
			groups = append(groups, g+1)
		}
	}
	matches := re.FindAllStringSubmatch(asText(a[len(a)-1]), -1)
	if matches == nil {
		return none(ir.Dynamic), nil
	}
	out := make([]any, len(matches))
	for i, m := range matches {
		parts := make([]any, len(groups))
		for j, g := range groups {
			parts[j] = m[g]
		}
		out[i] = parts
		if len(parts) == 1 {
			out[i] = parts[0]
		}
	}
	return dynamic(out), nil
}

// groupList reads the groups of a pattern that are named or numbered in an array.
func groupList(re *regexp.Regexp, v ir.Value) ([]int, error) {
	list, ok := items(v)
	if !ok || len(list) == 0 || len(list) > maxGroups {
		return nil, fmt.Errorf("the groups must be an array of up to %d numbers and names", maxGroups)
	}
	out := make([]int, len(list))
	for i, x := range list {
		switch x := x.(type) {
		case int64:
			out[i] = int(x)
		case string:
			out[i] = re.SubexpIndex(x)
		}
		if out[i] < 1 || out[i] > re.NumSubexp() {
			return nil, fmt.Errorf("the pattern has no group %s", ir.JSONText(x))
		}
	}
	return out, nil
}

// countOf counts occurrences of a text, which may overlap, or matches of a regular expression, which may not.
func countOf(r *runner, a []ir.Value) (ir.Value, error) {
	s, sub := asText(a[0]), asText(a[1])
	switch kind := word(a, 2, "normal"); kind {
	case "normal":
		return long(occurrences(s, sub)), nil
	case "regex":
		re, err := r.pattern(sub, ir.Exact)
		if err != nil {
			return ir.Value{}, err
		}
		return long(int64(len(re.FindAllStringIndex(s, -1)))), nil
	default:
		return ir.Value{}, fmt.Errorf("kind %q is neither normal nor regex", kind)
	}
}

// occurrences counts where sub stands in s, one over the other too, in one pass (Knuth, Morris, Pratt).
func occurrences(s, sub string) int64 {
	if sub == "" {
		return 0
	}
	border := make([]int, len(sub)) // the longest start of sub that ends at i, sub[:i+1] itself apart
	k := 0
	for i := 1; i < len(sub); i++ {
		for k > 0 && sub[i] != sub[k] {
			k = border[k-1]
		}
		if sub[i] == sub[k] {
			k++
		}
		border[i] = k
	}
	n := int64(0)
	k = 0
	for i := range len(s) {
		for k > 0 && s[i] != sub[k] {
			k = border[k-1]
		}
		if s[i] == sub[k] {
			k++
		}
		if k == len(sub) {
			n++
			k = border[k-1]
		}
	}
	return n
}
