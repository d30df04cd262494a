package generate

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// put changes w so that e has the value v (or none, for absent). It reports whether it knew a way; the evaluator says whether the
// value is really there.
func (s *solver) put(w world, e ir.Expr, v any) bool {
	switch e := e.(type) {
	case *ir.Col:
		if _, gone := v.(absent); gone && isTimeOf(s.f, e) {
			return false
		}
		x, ok := fit(v, e.T)
		return ok && w.set(e.Name, x)
	case *ir.Access:
		return s.putAccess(w, e, v)
	case *ir.Cast:
		return s.putCast(w, e, v)
	case *ir.Call:
		return s.putCall(w, e, v)
	case *ir.Bin:
		return s.put(w, e.X, v)
	case *ir.Neg:
		switch x := v.(type) {
		case int64:
			return s.put(w, e.X, -x)
		case float64:
			return s.put(w, e.X, -x)
		}
	case *ir.Arith:
		return s.putArith(w, e, v)
	case *ir.List:
		if len(e.Elems) == 1 {
			if xs, ok := v.([]any); ok && len(xs) == 1 {
				v = xs[0]
			}
			return s.put(w, e.Elems[0], v)
		}
	case *ir.Cond:
		for _, b := range e.Branches {
			if !constant(b.Then) && s.want(w, b.If, true, 0) && s.put(w, b.Then, v) {
				return true
			}
			if l, ok := b.Then.(*ir.Lit); ok && l.Value.V == v {
				return s.want(w, b.If, true, 0)
			}
		}
		for _, b := range e.Branches {
			s.want(w, b.If, false, 0)
		}
		return s.put(w, e.Else, v)
	case *ir.Lit:
		return e.Value.V == v
	}
	return false
}

// fit converts a value to a column's type; ok is false where the column cannot hold it.
func fit(v any, t ir.Type) (any, bool) {
	if _, gone := v.(absent); gone || v == nil {
		return absent{}, true
	}
	switch t {
	case ir.String, ir.GUID, ir.Decimal:
		if x, ok := v.(string); ok {
			return x, true
		}
		if b, ok := v.(bool); ok {
			return strconv.FormatBool(b), true
		}
		return ir.JSONText(v), t == ir.String
	case ir.Int, ir.Long, ir.Datetime, ir.Timespan:
		switch x := v.(type) {
		case int64:
			return x, t != ir.Int || x == int64(int32(x))
		case float64:
			return int64(x), true
		case string:
			n, err := strconv.ParseInt(x, 10, 64)
			return n, err == nil && (t == ir.Int || t == ir.Long)
		}
		return nil, false
	case ir.Real:
		switch x := v.(type) {
		case int64:
			return float64(x), true
		case float64:
			return x, true
		}
		return nil, false
	case ir.Bool:
		b, ok := v.(bool)
		return b, ok
	default:
		return v, true
	}
}

func (s *solver) putAccess(w world, e *ir.Access, v any) bool {
	switch x := e.X.(type) {
	case *ir.Col:
		out, ok := withPath(w.get(x.Name), e.Steps, v)
		return ok && w.set(x.Name, out)
	case *ir.Access:
		return s.putAccess(w, &ir.Access{At: e.At, X: x.X, Steps: append(slices.Clone(x.Steps), e.Steps...)}, v)
	case *ir.Pack:
		i := slices.Index(x.Keys, e.Steps[0].Key)
		return i >= 0 && len(e.Steps) == 1 && s.put(w, x.Vals[i], v)
	case *ir.List:
		i := e.Steps[0].Index
		return e.Steps[0].IsIndex && i >= 0 && i < len(x.Elems) && len(e.Steps) == 1 && s.put(w, x.Elems[i], v)
	case *ir.Call:
		switch x.Func {
		case "parse_json":
			return s.putJSON(w, x.Args[0], e.Steps, v)
		case "parse_path":
			return s.putParts(w, x.Args[0], e.Steps, v, map[string][2]string{"Filename": {`C:\dir\`, ""}, "DirectoryPath": {"", `\file.txt`},
				"Extension": {`C:\dir\file.`, ""}, "DirectoryName": {`C:\`, `\file.txt`}})
		case "parse_url":
			return s.putParts(w, x.Args[0], e.Steps, v, map[string][2]string{"Host": {"https://", "/path"}, "Path": {"https://host.example", ""},
				"Scheme": {"", "://host.example/path"}, "Fragment": {"https://host.example/path#", ""}, "Port": {"https://host.example:", "/path"}})
		case "split":
			return s.putSplit(w, x, e.Steps, v)
		case "todynamic", "pack_array":
			return s.putJSON(w, x.Args[0], e.Steps, v)
		}
	}
	return false
}

// putParts wraps a value in what a function of this kind takes away.
func (s *solver) putParts(w world, x ir.Expr, steps []ir.Step, v any, forms map[string][2]string) bool {
	form, ok := forms[steps[0].Key]
	text, isText := v.(string)
	if _, gone := v.(absent); gone {
		return s.put(w, x, v)
	}
	return ok && isText && len(steps) == 1 && s.put(w, x, form[0]+text+form[1])
}

func (s *solver) putSplit(w world, c *ir.Call, steps []ir.Step, v any) bool {
	text, ok := v.(string)
	if !ok || !steps[0].IsIndex || len(c.Args) < 2 {
		return false
	}
	sep, ok := ir.ConstString(c.Args[1])
	if i := steps[0].Index; ok && i >= 0 && i < 16 {
		return s.put(w, c.Args[0], strings.Repeat("p"+sep, i)+text+sep+"q")
	}
	return ok && s.put(w, c.Args[0], "p"+sep+text)
}

// putJSON puts a value into JSON text. tostring() of an object is the object again, so a key of it is set where it lies; an index means
// that the text itself is JSON.
func (s *solver) putJSON(w world, x ir.Expr, steps []ir.Step, v any) bool {
	if c, ok := x.(*ir.Cast); ok && c.To == ir.String && ir.TypeOf(c.X) == ir.Dynamic && !steps[0].IsIndex {
		return s.putAccess(w, &ir.Access{At: c.At, X: c.X, Steps: steps}, v)
	}
	if _, gone := v.(absent); gone && len(steps) == 0 {
		return s.put(w, x, v)
	}
	var doc any
	if cur, ok := s.one(s.f, &ir.Call{Func: "parse_json", Args: []ir.Expr{x}, T: ir.Dynamic}, w); ok {
		doc = cur.V
	}
	out, ok := withPath(doc, steps, v)
	return ok && s.put(w, x, ir.JSONText(out))
}

func (s *solver) putCast(w world, c *ir.Cast, v any) bool {
	if _, gone := v.(absent); gone {
		return s.put(w, c.X, v)
	}
	from := ir.TypeOf(c.X)
	switch text, isText := v.(string); {
	case c.To == ir.String && isText && from == ir.Datetime:
		return false
	case c.To == ir.String && isText && from.Numeric():
		n, err := strconv.ParseFloat(text, 64)
		return err == nil && s.put(w, c.X, n)
	case c.To == ir.String && isText && from == ir.Bool:
		return s.put(w, c.X, text == "true")
	case c.To == ir.Datetime && (from == ir.String || from == ir.Dynamic):
		ticks, ok := v.(int64)
		return ok && s.put(w, c.X, ir.FormatDatetime(ticks))
	case c.To == ir.Timespan && (from == ir.String || from == ir.Dynamic):
		ticks, ok := v.(int64)
		return ok && s.put(w, c.X, ir.FormatTimespan(ticks))
	}
	return s.put(w, c.X, v)
}

// timeOf is the time that an expression has in a world.
func (s *solver) timeOf(w world, x ir.Expr) (ticks int64, ok bool, err error) {
	rows, err := s.values(s.f, []ir.Expr{x}, []world{w})
	if err != nil || len(rows) != 1 {
		return 0, false, err
	}
	ticks, ok = rows[0][0].V.(int64)
	return ticks, ok, nil
}

func (s *solver) putCall(w world, c *ir.Call, v any) bool {
	if len(c.Args) == 0 {
		return false
	}
	text, isText := v.(string)
	first := c.Args[0]
	switch c.Func {
	case "strcat":
		return s.putStrcat(w, c.Args, v)
	case "strlen":
		n, ok := v.(int64)
		return ok && n >= 0 && n < 10_000 && s.put(w, first, strings.Repeat("a", int(n)))
	case "hourofday":
		n, ok := v.(int64)
		if !ok || n < 0 || n > 23 {
			return false
		}
		now, ok, err := s.timeOf(w, first)
		return err == nil && ok && s.put(w, first, now-now%ir.Day+n*ir.Hour+now%ir.Hour)
	case "array_length":
		n, ok := v.(int64)
		if !ok || n < 0 || n > maxIndex {
			return false
		}
		list := make([]any, n)
		for i := range list {
			list[i] = "e" + strconv.Itoa(i)
		}
		return s.put(w, first, list)
	case "parse_json", "todynamic":
		if _, gone := v.(absent); gone {
			return s.put(w, first, v)
		}
		if ir.TypeOf(first) == ir.Dynamic {
			return s.put(w, first, v)
		}
		return s.put(w, first, ir.JSONText(v))
	case "base64_encode_tostring":
		return false
	case "base64_decode_tostring":
		return isText && s.put(w, first, base64.StdEncoding.EncodeToString([]byte(text)))
	case "url_decode":
		return isText && s.put(w, first, url.QueryEscape(text))
	case "reverse":
		r := []rune(text)
		slices.Reverse(r)
		return isText && s.put(w, first, string(r))
	case "extract":
		if len(c.Args) < 3 || !isText {
			return false
		}
		pattern, ok := ir.ConstString(first)
		return ok && s.put(w, c.Args[2], extractSample(pattern, text))
	case "indexof", "countof", "hash", "hash_sha256", "hash_md5":
		return false
	}
	for _, a := range c.Args { // functions whose result resembles their text argument: tolower, trim, substring, coalesce, startofday, …
		if !constant(a) {
			return s.put(w, a, v)
		}
	}
	return false
}

// putStrcat gives the whole text to the first column, after the constants around it.
func (s *solver) putStrcat(w world, args []ir.Expr, v any) bool {
	text, ok := v.(string)
	if !ok {
		return false
	}
	var column ir.Expr
	before, after := "", ""
	for _, a := range args {
		lit, isConst := ir.ConstString(a)
		switch {
		case isConst && column == nil:
			before += lit
		case isConst:
			after += lit
		case column == nil:
			column = a
		default:
			s.put(w, a, "")
		}
	}
	if column == nil {
		return false
	}
	return s.put(w, column, strings.TrimSuffix(strings.TrimPrefix(text, before), after))
}

func (s *solver) putArith(w world, a *ir.Arith, v any) bool {
	l, r := a.L, a.R
	x, y := l, r
	if constant(l) {
		x, y = r, l
	}
	k, ok := s.one(s.f, y, w)
	if !ok || k.IsNull() {
		return false
	}
	switch n := v.(type) {
	case int64:
		c, isInt := k.V.(int64)
		if !isInt {
			return false
		}
		switch {
		case a.Op == "+":
			return s.put(w, x, n-c)
		case a.Op == "-" && x == l:
			return s.put(w, x, n+c)
		case a.Op == "-":
			return s.put(w, x, c-n)
		case a.Op == "*" && c != 0:
			return s.put(w, x, n/c)
		case a.Op == "/" && x == l:
			return s.put(w, x, n*c)
		case a.Op == "%" && x == l:
			return s.put(w, x, n)
		}
	case float64:
		c := float(k)
		switch {
		case a.Op == "+":
			return s.put(w, x, n-c)
		case a.Op == "-" && x == l:
			return s.put(w, x, n+c)
		case a.Op == "*" && c != 0:
			return s.put(w, x, n/c)
		case a.Op == "/" && x == l:
			return s.put(w, x, n*c)
		}
	}
	return false
}

// validJSON reports whether a text is JSON.
func validJSON(s string) bool { return json.Valid([]byte(s)) }
