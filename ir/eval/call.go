package eval

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/huntc/huntc/ir"
)

// function is one scalar function. A function is strict unless it takes nulls: a null argument makes its result null. Those that
// work on text take nulls, because the text of null is "".
type function struct {
	min, max int // number of arguments; max < 0 means any
	nulls    bool
	f        func(r *runner, a []ir.Value) (ir.Value, error)
}

// total wraps a function that cannot fail.
func total(f func(a []ir.Value) ir.Value) func(*runner, []ir.Value) (ir.Value, error) {
	return func(_ *runner, a []ir.Value) (ir.Value, error) { return f(a), nil }
}

// onText wraps a function from one text to another.
func onText(f func(string) string) function {
	return function{1, 1, true, total(func(a []ir.Value) ir.Value { return text(f(asText(a[0]))) })}
}

// absentAware functions look at null under the strict rules too.
var absentAware = map[string]bool{"coalesce": true, "isnotnull": true, "gettype": true}

func (r *runner) call(t *rel, row []ir.Value, e *ir.Call) (ir.Value, error) {
	fn, ok := functions[e.Func]
	if !ok {
		return ir.Value{}, errorAt(e.At, "the evaluator does not know the function %s", e.Func)
	}
	if len(e.Args) < fn.min || fn.max >= 0 && len(e.Args) > fn.max {
		return ir.Value{}, errorAt(e.At, "%s does not take %d arguments", e.Func, len(e.Args))
	}
	args, err := r.all(t, row, e.Args...)
	if err != nil {
		return ir.Value{}, err
	}
	if !fn.nulls || r.env.Strict && !absentAware[e.Func] {
		if slices.ContainsFunc(args, ir.Value.IsNull) {
			return ir.Value{Type: e.T}, nil
		}
	}
	v, err := fn.f(r, args)
	if err == nil && e.T != ir.TypeUnset && v.Type != e.T {
		v, err = cast(v, e.T)
	}
	if err != nil {
		return v, errorAt(e.At, "%s: %v", e.Func, err)
	}
	return v, nil
}

// functions is the table of scalar functions by canonical KQL name; nothing changes it.
var functions = functionTable()

func functionTable() map[string]function {
	table := map[string]function{
		"tolower":     onText(strings.ToLower),
		"toupper":     onText(strings.ToUpper),
		"url_decode":  onText(urlDecode),
		"hash_sha256": onText(func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }),
		"strlen": {1, 1, true, total(func(a []ir.Value) ir.Value {
			return long(int64(utf8.RuneCountInString(asText(a[0]))))
		})},
		"strcat":         {1, -1, true, total(func(a []ir.Value) ir.Value { return text(strings.Join(texts(a), "")) })},
		"strcat_delim":   {2, -1, true, total(func(a []ir.Value) ir.Value { return text(strings.Join(texts(a[1:]), asText(a[0]))) })},
		"substring":      {2, 3, true, total(substring)},
		"replace_string": {3, 3, true, total(replaceString)},
		"replace_regex":  {3, 3, true, replaceRegex},
		"trim": {2, 2, true, func(r *runner, a []ir.Value) (ir.Value, error) {
			return r.cut(a, `^(?:%s)`, `(?:%s)$`)
		}},
		"trim_start":             {2, 2, true, func(r *runner, a []ir.Value) (ir.Value, error) { return r.cut(a, `^(?:%s)`) }},
		"trim_end":               {2, 2, true, func(r *runner, a []ir.Value) (ir.Value, error) { return r.cut(a, `(?:%s)$`) }},
		"split":                  {2, 3, true, total(split)},
		"indexof":                {2, 5, true, total(indexOf)},
		"extract":                {3, 4, true, extract},
		"countof":                {2, 3, true, countOf},
		"parse_json":             {1, 1, true, total(func(a []ir.Value) ir.Value { return parseJSON(a[0]) })},
		"parse_path":             {1, 1, true, total(parsePath)},
		"parse_url":              {1, 1, true, total(parseURL)},
		"coalesce":               {1, -1, true, total(coalesce)},
		"isnotnull":              {1, 1, true, total(func(a []ir.Value) ir.Value { return boolean(!a[0].IsNull()) })},
		"gettype":                {1, 1, true, total(getType)},
		"base64_decode_tostring": {1, 1, true, total(base64Decode)},

		"array_length":    {1, 1, false, total(arrayLength)},
		"set_has_element": {2, 2, true, total(setHas)},
		"array_concat":    {1, -1, false, arrayConcat},
		"strcat_array":    {2, 2, false, total(strcatArray)},
		"bag_keys":        {1, 1, false, total(bagKeys)},
		"bag_has_key":     {2, 2, false, bagHasKey},

		"abs":     {1, 1, false, abs},
		"round":   {1, 2, false, round},
		"ceiling": {1, 1, false, real1(math.Ceil)},
		"sqrt":    {1, 1, false, real1(math.Sqrt)},
		"exp":     {1, 1, false, real1(math.Exp)},
		"log":     {1, 1, false, real1(math.Log)},
		"log10":   {1, 1, false, real1(math.Log10)},
		"max_of":  {1, -1, true, total(func(a []ir.Value) ir.Value { return extreme(a, a[0].Type, 1) })},
		"min_of":  {1, -1, true, total(func(a []ir.Value) ir.Value { return extreme(a, a[0].Type, -1) })},

		"ipv4_is_private":  {1, 1, true, total(isPrivate)},
		"ipv4_is_in_range": {2, 2, true, total(isInRange)},
	}
	for name, f := range timeFunctions() {
		table[name] = f
	}
	return table
}

func texts(a []ir.Value) []string {
	out := make([]string, len(a))
	for i, v := range a {
		out[i] = asText(v)
	}
	return out
}

// number is an integer argument, or its default when it was not given.
func number(a []ir.Value, i int, otherwise int64) int64 {
	if i < len(a) {
		if n, ok := scalar(a[i]).V.(int64); ok {
			return n
		}
	}
	return otherwise
}

// substring counts code points from 0; a negative start counts from the end, and what is out of range is "".
func substring(a []ir.Value) ir.Value {
	s := []rune(asText(a[0]))
	if slices.ContainsFunc(a[1:], ir.Value.IsNull) {
		return ir.Value{Type: ir.String}
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

func replaceString(a []ir.Value) ir.Value {
	old := asText(a[1])
	if old == "" {
		return text(asText(a[0]))
	}
	return text(strings.ReplaceAll(asText(a[0]), old, asText(a[2])))
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
	return text(re.ReplaceAllString(asText(a[0]), b.String())), nil
}

// cut removes what the forms match, each around the regular expression of the first argument.
func (r *runner) cut(a []ir.Value, forms ...string) (ir.Value, error) {
	s := asText(a[1])
	for _, f := range forms {
		re, err := r.pattern(fmt.Sprintf(f, asText(a[0])), ir.Exact)
		if err != nil {
			return ir.Value{}, err
		}
		if m := re.FindStringIndex(s); m != nil {
			s = s[:m[0]] + s[m[1]:]
		}
	}
	return text(s), nil
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
			return ir.Value{Type: ir.Dynamic, V: []any{}}
		}
		list = list[i : i+1]
	}
	return ir.Value{Type: ir.Dynamic, V: list}
}

// indexOf(text, lookup, start, length, occurrence) counts code points.
func indexOf(a []ir.Value) ir.Value {
	s, sub := []rune(asText(a[0])), []rune(asText(a[1]))
	start := number(a, 2, 0)
	if start < 0 {
		start = max(0, start+int64(len(s)))
	}
	end := int64(len(s))
	if n := number(a, 3, -1); n >= 0 {
		end = min(end, start+n)
	}
	left := number(a, 4, 1)
	for i := start; i+int64(len(sub)) <= end; i++ {
		if slices.Equal(s[i:i+int64(len(sub))], sub) {
			if left--; left == 0 {
				return long(i)
			}
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
		return ir.Value{Type: ir.String}, nil
	}
	return text(asText(a[2])[m[2*g]:m[2*g+1]]), nil
}

// countOf counts occurrences of a text, which may overlap, or matches of a regular expression, which may not.
func countOf(r *runner, a []ir.Value) (ir.Value, error) {
	s, sub := asText(a[0]), asText(a[1])
	kind := "normal"
	if len(a) == 3 {
		kind = asText(a[2])
	}
	switch kind {
	case "normal":
		n := int64(0)
		for i := 0; sub != "" && i+len(sub) <= len(s); i++ {
			if strings.HasPrefix(s[i:], sub) {
				n++
			}
		}
		return long(n), nil
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

// parsePath splits a Windows or Unix path. A colon behind the last separator starts an alternate data stream.
func parsePath(a []ir.Value) ir.Value {
	s := asText(a[0])
	var scheme, root, dir, stream, ext string
	if before, after, ok := strings.Cut(s, "://"); ok && !strings.ContainsAny(before, `/\`) {
		scheme, s = before, after
	}
	file := s
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		dir, file = s[:i], s[i+1:]
	}
	if len(s) >= 2 && s[1] == ':' && (len(s) == 2 || s[2] == '/' || s[2] == '\\') {
		root = s[:2]
		if len(s) == 2 {
			file = ""
		}
	}
	file, stream, _ = strings.Cut(file, ":")
	if i := strings.LastIndexByte(file, '.'); i >= 0 {
		ext = file[i+1:]
	}
	name := dir[strings.LastIndexAny(dir, `/\`)+1:]
	return ir.Value{Type: ir.Dynamic, V: ir.Bag{{Key: "Scheme", Value: scheme}, {Key: "RootPath", Value: root},
		{Key: "DirectoryPath", Value: dir}, {Key: "DirectoryName", Value: name}, {Key: "Filename", Value: file},
		{Key: "Extension", Value: ext}, {Key: "AlternateDataStreamName", Value: stream}}}
}

func parseURL(a []ir.Value) ir.Value {
	u, err := url.Parse(asText(a[0]))
	if err != nil {
		return ir.Value{Type: ir.Dynamic}
	}
	if u.Scheme == "" {
		u = &url.URL{}
	}
	password, _ := u.User.Password()
	query := ir.Bag{}
	for _, p := range strings.Split(u.RawQuery, "&") {
		if k, v, ok := strings.Cut(p, "="); ok && k != "" {
			query = addParameter(query, urlDecode(k), urlDecode(v))
		}
	}
	return ir.Value{Type: ir.Dynamic, V: ir.Bag{{Key: "Scheme", Value: u.Scheme}, {Key: "Host", Value: u.Hostname()},
		{Key: "Port", Value: u.Port()}, {Key: "Path", Value: u.EscapedPath()}, {Key: "Username", Value: u.User.Username()},
		{Key: "Password", Value: password}, {Key: "Query Parameters", Value: query}, {Key: "Fragment", Value: u.Fragment}}}
}

// addParameter collects the values of a repeated parameter in an array.
func addParameter(b ir.Bag, key, v string) ir.Bag {
	old, has := b.Get(key)
	if !has {
		return put(b, key, v)
	}
	list, ok := old.([]any)
	if !ok {
		list = []any{old}
	}
	return put(b, key, append(list, v))
}

func urlDecode(s string) string {
	if d, err := url.PathUnescape(s); err == nil {
		return d
	}
	return s
}

// coalesce skips null and, among strings, "".
func coalesce(a []ir.Value) ir.Value {
	for _, v := range a {
		if !v.IsNull() && v.V != "" {
			return v
		}
	}
	return a[len(a)-1]
}

func getType(a []ir.Value) ir.Value {
	switch a[0].V.(type) {
	case []any:
		return text("array")
	case ir.Bag:
		return text("dictionary")
	}
	if a[0].IsNull() && a[0].Type == ir.Dynamic {
		return text("null")
	}
	return text(scalar(a[0]).Type.String())
}

func base64Decode(a []ir.Value) ir.Value {
	b, err := base64.StdEncoding.DecodeString(asText(a[0]))
	if err != nil || !utf8.Valid(b) {
		return ir.Value{Type: ir.String}
	}
	return text(string(b))
}

func arrayLength(a []ir.Value) ir.Value {
	if list, ok := a[0].V.([]any); ok {
		return long(int64(len(list)))
	}
	return ir.Value{Type: ir.Long}
}

func setHas(a []ir.Value) ir.Value {
	list, ok := a[0].V.([]any)
	if !ok {
		return ir.Value{Type: ir.Bool}
	}
	want := groupKey(ir.Value{Type: ir.Dynamic, V: plain(a[1])})
	return boolean(slices.ContainsFunc(list, func(x any) bool { return groupKey(ir.Value{Type: ir.Dynamic, V: x}) == want }))
}

func arrayConcat(_ *runner, a []ir.Value) (ir.Value, error) {
	out := []any{}
	for _, v := range a {
		list, ok := v.V.([]any)
		if !ok {
			return ir.Value{Type: ir.Dynamic}, nil
		}
		out = append(out, list...)
	}
	return ir.Value{Type: ir.Dynamic, V: out}, nil
}

func strcatArray(a []ir.Value) ir.Value {
	list, ok := a[0].V.([]any)
	if !ok {
		return ir.Value{Type: ir.String}
	}
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = asText(ir.Value{Type: ir.Dynamic, V: x})
	}
	return text(strings.Join(parts, asText(a[1])))
}

func bagKeys(a []ir.Value) ir.Value {
	bag, ok := a[0].V.(ir.Bag)
	if !ok {
		return ir.Value{Type: ir.Dynamic}
	}
	keys := []any{}
	for _, m := range bag {
		keys = append(keys, m.Key)
	}
	return ir.Value{Type: ir.Dynamic, V: keys}
}

// bagHasKey takes a key; a JSON path, which the function knows too, is not evaluated here.
func bagHasKey(_ *runner, a []ir.Value) (ir.Value, error) {
	bag, ok := a[0].V.(ir.Bag)
	if !ok {
		return ir.Value{Type: ir.Bool}, nil
	}
	key := asText(a[1])
	if strings.HasPrefix(key, "$") {
		return ir.Value{}, fmt.Errorf("a path (%s) in place of a key is not evaluated", key)
	}
	_, has := bag.Get(key)
	return boolean(has), nil
}

func abs(_ *runner, a []ir.Value) (ir.Value, error) {
	v := scalar(a[0])
	switch x := v.V.(type) {
	case int64:
		if v.Type == ir.Datetime {
			break
		}
		return ir.Value{Type: v.Type, V: max(x, -x)}, nil
	case float64:
		return ir.Value{Type: v.Type, V: math.Abs(x)}, nil
	case string:
		if v.Type == ir.Decimal {
			return ir.Value{Type: v.Type, V: strings.TrimPrefix(x, "-")}, nil
		}
	}
	return v, fmt.Errorf("of a %s is not defined", v.Type)
}

func round(_ *runner, a []ir.Value) (ir.Value, error) {
	v := scalar(a[0])
	if !v.Type.Numeric() {
		return v, fmt.Errorf("of a %s is not defined", v.Type)
	}
	p := math.Pow(10, float64(number(a, 1, 0)))
	return ir.Value{Type: ir.Real, V: math.Round(float(v)*p) / p}, nil
}

func real1(f func(float64) float64) func(*runner, []ir.Value) (ir.Value, error) {
	return func(_ *runner, a []ir.Value) (ir.Value, error) {
		v := scalar(a[0])
		if !v.Type.Numeric() {
			return v, fmt.Errorf("of a %s is not defined", v.Type)
		}
		x := f(float(v))
		if math.IsNaN(x) && !isNaN(v) {
			return ir.Value{Type: ir.Real}, nil
		}
		return ir.Value{Type: ir.Real, V: x}, nil
	}
}

func isPrivate(a []ir.Value) ir.Value {
	s, _, _ := strings.Cut(strings.TrimSpace(asText(a[0])), "/")
	ip, err := netip.ParseAddr(s)
	if err != nil || !ip.Is4() {
		return ir.Value{Type: ir.Bool}
	}
	return boolean(ip.IsPrivate())
}

// isInRange knows IPv4 only; anything else is null, as in KQL.
func isInRange(a []ir.Value) ir.Value {
	ip, cidr := asText(a[0]), asText(a[1])
	hit, known := inRange(ip, cidr)
	if !known || strings.Contains(ip, ":") || strings.Contains(cidr, ":") {
		return ir.Value{Type: ir.Bool}
	}
	return boolean(hit)
}
