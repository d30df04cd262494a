package esql

import (
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// textCalls are the functions of text. The absent-value pass has filled the arguments of those that give "" a value of its own.
// https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/string-functions
func textCalls() map[string]caller {
	return map[string]caller{
		"tolower":                renamed("TO_LOWER", factCall),
		"toupper":                renamed("TO_UPPER", factCall),
		"strlen":                 renamed("LENGTH", factCall),
		"string_size":            renamed("BYTE_LENGTH", factCall),
		"coalesce":               renamed("COALESCE", factCall),
		"hash_md5":               hashed("MD5(%s)"),
		"hash_sha1":              hashed("SHA1(%s)"),
		"hash_sha256":            hashed("SHA256(%s)"),
		"base64_encode_tostring": hashed("TO_BASE64(%s)"),
		"strcat":                 concat,
		"strcat_delim":           concatDelim,
		"replace_string":         replaceText,
		"replace_regex":          replaceRegex,
		"substring":              substring,
		"indexof":                indexOf,
		"extract":                extract,
		"trim":                   trim(`^(?:%[1]s)|(?:%[1]s)\z`),
		"trim_start":             trim(`^(?:%s)`),
		"trim_end":               trim(`(?:%s)\z`),
		"array_length":           arrayLength,
	}
}

// hashed writes a function of the bytes of a text.
func hashed(form string) caller {
	return func(e *emitter, c *ir.Call, args []string) (string, bool) {
		if ir.TypeOf(c.Args[0]) != ir.String {
			return "", false // the text of another type is not everywhere the same
		}
		e.r.Use(factHash, c, c.S, c.Func+"()")
		return fmt.Sprintf(form, args[0]), true
	}
}

// texts gives the arguments as texts.
func texts(xs []ir.Expr, args []string) ([]string, bool) {
	out := make([]string, len(xs))
	for i, x := range xs {
		switch t := ir.TypeOf(x); {
		case whole(t):
			out[i] = "TO_STRING(" + args[i] + ")"
		case t == ir.String, stringField(x):
			out[i] = args[i]
		default:
			return nil, false
		}
	}
	return out, true
}

func concat(e *emitter, c *ir.Call, args []string) (string, bool) {
	parts, ok := texts(c.Args, args)
	e.r.Use(factCall, c, c.S, "strcat()")
	if len(parts) == 1 {
		return parts[0], ok
	}
	return "CONCAT(" + strings.Join(parts, ", ") + ")", ok
}

func concatDelim(e *emitter, c *ir.Call, args []string) (string, bool) {
	parts, ok := texts(c.Args, args)
	if !ok || len(parts) < 2 {
		return "", false
	}
	e.r.Use(factCall, c, c.S, "strcat_delim()")
	if len(parts) == 2 {
		return parts[1], true
	}
	return "CONCAT(" + strings.Join(parts[1:], ", "+parts[0]+", ") + ")", true
}

func replaceText(e *emitter, c *ir.Call, args []string) (string, bool) {
	from, ok1 := constText(c, 1)
	to, ok2 := constText(c, 2)
	if !ok1 || !ok2 {
		return "", false
	}
	e.r.Use(factCall, c, c.S, "replace_string()")
	if from == "" {
		return args[0], true
	}
	return "REPLACE(" + args[0] + ", " + quote(javaQuote(from)) + ", " + quote(javaReplacement(to)) + ")", true
}

// javaReplacement escapes a text that replaces what a Java pattern finds.
func javaReplacement(s string) string { return strings.NewReplacer(`\`, `\\`, "$", `\$`).Replace(s) }

// replaceRegex is refused where the pattern finds the empty text: Java finds one more behind every match.
func replaceRegex(e *emitter, c *ir.Call, args []string) (string, bool) {
	pattern, ok1 := constText(c, 1)
	with, ok2 := constText(c, 2)
	p, ok3 := javaPattern(pattern)
	if !ok1 || !ok2 || !ok3 || matchesEmpty(pattern) {
		return "", false
	}
	to, ok := javaGroups(with, p.groups)
	if !ok {
		return "", false
	}
	e.useRegex(c, pattern, "replace_regex()")
	return "REPLACE(" + args[0] + ", " + quote("(?sd)"+p.text) + ", " + quote(to) + ")", true
}

// javaGroups writes KQL's replacement, in which \1 is a group and \\ a backslash, as Java's. Java reads as many digits behind $ as there
// are groups with such a number.
func javaGroups(s string, groups int) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			i++
			n := int(s[i] - '0')
			if n > groups || i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' && n*10+int(s[i+1]-'0') <= groups {
				return "", false
			}
			b.WriteString("$" + strconv.Itoa(n))
		case c == '\\' && i+1 < len(s) && s[i+1] == '\\':
			i++
			b.WriteString(`\\`)
		case c == '\\' || c == '$':
			b.WriteString(`\` + string(c))
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}

// extract replaces the whole text by the group: the lazy start finds the leftmost match, and where there is none the second branch takes
// the text and leaves nothing. No match is null in KQL, which for a text is "". learn.microsoft.com/kusto/query/extract-function
func extract(e *emitter, c *ir.Call, args []string) (string, bool) {
	pattern, ok1 := constText(c, 0)
	p, ok2 := javaPattern(pattern)
	group, ok3 := wholeLit(c.Args[1])
	if len(args) != 3 || !ok1 || !ok2 || !ok3 || group < 0 || group > int64(p.groups) || group > 9 || ir.TypeOf(c.Args[2]) != ir.String {
		return "", false
	}
	e.useRegex(c, pattern, "extract()")
	if group == 0 {
		return "REPLACE(" + args[2] + ", " + quote("(?sd)^.*?("+p.text+").*$|^.*$") + `, "$1")`, true
	}
	return fmt.Sprintf(`REPLACE(%s, %s, "$%d")`, args[2], quote("(?sd)^.*?(?:"+p.text+").*$|^.*$"), group), true
}

// trim cuts what a pattern finds at an end of the text. Both ends at once are cut for a pattern of one character, or runs of one: longer
// ones may overlap in a short text.
func trim(form string) caller {
	return func(e *emitter, c *ir.Call, args []string) (string, bool) {
		pattern, ok1 := constText(c, 0)
		p, ok2 := javaPattern(pattern)
		if !ok1 || !ok2 || c.Func == "trim" && !ofOneChar(pattern) || ir.TypeOf(c.Args[1]) != ir.String {
			return "", false
		}
		e.useRegex(c, pattern, c.Func+"()")
		return "REPLACE(" + args[1] + ", " + quote("(?sd)"+fmt.Sprintf(form, p.text)) + `, "")`, true
	}
}

// ofOneChar reports whether a pattern is a character or class of them, once or as a greedy run.
func ofOneChar(pattern string) bool {
	re, err := syntax.Parse(pattern, syntax.Perl)
	for err == nil && (re.Op == syntax.OpCapture || (re.Op == syntax.OpStar || re.Op == syntax.OpPlus) && re.Flags&syntax.NonGreedy == 0) {
		re = re.Sub[0]
	}
	if err != nil {
		return false
	}
	switch re.Op {
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpLiteral:
		return len(re.Rune) == 1
	}
	return false
}

// indexOf counts from 0, LOCATE from 1 with 0 for nowhere.
// https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/string-functions/locate
func indexOf(e *emitter, c *ir.Call, args []string) (string, bool) {
	for _, x := range c.Args[:2] {
		if ir.TypeOf(x) != ir.String {
			return "", false
		}
	}
	switch len(args) {
	case 2:
		e.r.Use(factLocate, c, c.S, "indexof()")
		return "(LOCATE(" + args[0] + ", " + args[1] + ") - 1)", true
	case 3:
		start, ok := wholeLit(c.Args[2])
		lookup, isText := constText(c, 1)
		if !ok || !isText || start < 0 || start > 1<<30 || lookup == "" {
			return "", false
		}
		e.r.Use(factLocate, c, c.S, "indexof()")
		return fmt.Sprintf("(LOCATE(%s, %s, %d) - 1)", args[0], args[1], start+1), true
	}
	return "", false
}

// substring counts from 0, SUBSTRING from 1. A negative start counts from the end on both sides, but one before the text gives nothing in
// KQL and the whole text in ES|QL.
// learn.microsoft.com/kusto/query/substring-function,
// https://www.elastic.co/docs/reference/query-languages/esql/functions-operators/string-functions/substring
func substring(e *emitter, c *ir.Call, args []string) (string, bool) {
	length, ok := e.length(c, args)
	if !ok || !(whole(ir.TypeOf(c.Args[1]))) {
		return "", false
	}
	e.r.Use(factSubstring, c, c.S, "substring()")
	x := args[0]
	start, isLit := wholeLit(c.Args[1])
	switch {
	case isLit && start > 1<<30 || isLit && start < -(1<<30):
		return "", false
	case isLit && start >= 0:
		return fmt.Sprintf("SUBSTRING(%s, %d%s)", x, start+1, length), true
	case isLit:
		return fmt.Sprintf(`CASE(LENGTH(%s) >= %d, SUBSTRING(%s, %d%s), "")`, x, -start, x, start, length), true
	case notNegative(c.Args[1]):
		return fmt.Sprintf("SUBSTRING(%s, %s%s)", x, e.integer(c.Args[1], " + 1"), length), true
	}
	at := e.expr(c.Args[1], precAdd)
	return fmt.Sprintf(`CASE(%s >= 0, SUBSTRING(%s, %s%s), LENGTH(%s) + %s >= 0, SUBSTRING(%s, %s%s), "")`,
		at, x, e.integer(c.Args[1], " + 1"), length, x, at, x, e.integer(c.Args[1], ""), length), true
}

// length writes the third argument of SUBSTRING, which must not be negative.
func (e *emitter) length(c *ir.Call, args []string) (string, bool) {
	if len(args) < 3 {
		return "", true
	}
	n, isLit := wholeLit(c.Args[2])
	switch {
	case isLit && (n > 1<<30 || n < -(1<<30)):
		return "", false
	case isLit:
		return ", " + strconv.FormatInt(max(0, n), 10), true
	case !whole(ir.TypeOf(c.Args[2])):
		return "", false
	case notNegative(c.Args[2]):
		return ", " + e.integer(c.Args[2], ""), true
	}
	return ", GREATEST(0, " + e.integer(c.Args[2], "") + ")", true
}

// integer writes a whole number as an integer, which is the only type of a position.
func (e *emitter) integer(x ir.Expr, plus string) string {
	return "TO_INTEGER(" + e.expr(x, precAdd) + plus + ")"
}

// notNegative reports whether a whole number cannot be below 0.
func notNegative(x ir.Expr) bool {
	if n, ok := wholeLit(x); ok {
		return n >= 0
	}
	switch x := x.(type) {
	case *ir.Call:
		return x.Func == "strlen" || x.Func == "array_length" || x.Func == "abs"
	case *ir.Arith:
		n, ok := wholeLit(x.R)
		c, isCall := x.L.(*ir.Call)
		switch x.Op {
		case "+":
			return notNegative(x.L) && notNegative(x.R) || isCall && c.Func == "indexof" && ok && n >= 1
		case "*", "/":
			return notNegative(x.L) && notNegative(x.R)
		}
	}
	return false
}

func arrayLength(e *emitter, c *ir.Call, args []string) (string, bool) {
	col, ok := c.Args[0].(*ir.Col)
	if ok && e.splits[col.Name] {
		e.r.Use(factSplit, c, c.S, "array_length()")
		return "MV_COUNT(" + args[0] + ")", true
	}
	if !ok || !e.sets[col.Name] || e.nulls[col.Name] {
		return "", false
	}
	e.r.Use(factSetLength, c, c.S, "array_length()")
	return "COALESCE(MV_COUNT(" + args[0] + "), 0)", true
}
