package spl

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

// textFunction writes the functions on text. Those that need one take a regular expression, because it says what SPL's own functions
// leave open: whether split() keeps empty parts, what substr() makes of a start behind the end.
func (e *emitter) textFunction(x *ir.Call) (text, bool) {
	switch n := len(x.Args); {
	case x.Func == "split":
		return e.splitValue(x)
	case x.Func == "extract" && n == 3:
		return e.extract(x)
	case x.Func == "replace_string" && n == 3:
		return e.replaceString(x)
	case x.Func == "replace_regex" && n == 3:
		return e.replaceRegex(x)
	case n == 2 && (x.Func == "trim" || x.Func == "trim_start" || x.Func == "trim_end"):
		return e.trim(x)
	case x.Func == "indexof" && n == 2:
		return e.indexOf(x)
	case x.Func == "countof" && n == 2:
		return e.countOf(x)
	case x.Func == "substring" && n >= 2 && n <= 3:
		return e.substring(x)
	case x.Func == "strcat_delim" && n >= 3:
		return e.strcatDelim(x)
	case n == 1 && hashes[x.Func] != "":
		e.use(e.f.hash, x)
		return atom(hashes[x.Func] + "(" + e.value(x.Args[0]).s + ")"), true
	case x.Func == "isascii" && n == 1:
		e.use(e.f.contains, x)
		return atom("if(match(" + e.value(x.Args[0]).s + ", " + regexString(`^[\x00-\x7f]*\z`) + `),"true","false")`), true
	case x.Func == "url_decode" && n == 1:
		e.use(e.f.call, x)
		return atom("urldecode(" + e.value(x.Args[0]).s + ")"), true
	}
	return text{}, false
}

// hashes are the hashes by KQL's names. Read-only.
var hashes = map[string]string{"hash_md5": "md5", "hash_sha1": "sha1", "hash_sha256": "sha256"}

// cutAt is the text in front of the first place where a pattern without alternatives matches.
func cutAt(v, pattern string) string {
	return "replace(" + v + ", " + regexString("(?s)"+pattern+`.*\z`) + `, "")`
}

// splitAccess reads one part: split(x, by)[i], or split(x, by, i)[0].
func (e *emitter) splitAccess(at ir.Expr, c *ir.Call, i int) (text, bool) {
	if len(c.Args) < 2 {
		return text{}, false
	}
	by, ok := e.constant(c.Args[1])
	if !ok {
		return text{}, false
	}
	if len(c.Args) == 3 {
		n, isInt := e.whole(c.Args[2])
		if !isInt || n < 0 || n > maxPart || i != 0 && i != -1 {
			return text{}, false
		}
		i = int(n)
	}
	if i > maxPart || i < -maxPart {
		return text{}, false
	}
	return e.partOf(at, e.value(c.Args[0]), by, i)
}

// maxPart bounds the repeats in a regular expression.
const maxPart = 200

// partOf reads split(x, by)[i] without making the parts: no page says that split() keeps the empty ones. Counted from the end, a
// separator that may overlap itself has no form.
func (e *emitter) partOf(at ir.Expr, v text, by string, i int) (text, bool) {
	if by == "" {
		return text{}, false
	}
	sep := quoteRegex(by, false)
	field := `.*?` // the shortest that lets the rest match, so that it holds no separator
	if r, size := utf8.DecodeRuneInString(by); size == len(by) && r < utf8.RuneSelf {
		field = `[^` + classRune(r) + `]*`
	}
	e.use(e.f.splitPart, at)
	switch {
	case i == 0:
		return atom(cutAt(v.s, sep)), true
	case i == -1 && overlaps(by), i < -1 && overlaps(by):
		return text{}, false
	case i == -1:
		return atom("replace(" + v.s + ", " + regexString("(?s)^.*"+sep) + `, "")`), true
	}
	v = e.once(v)
	pattern := `(?s)^` + repeated(field+sep, i) + `(` + field + `)(?:` + sep + `.*)?\z`
	if i < 0 {
		pattern = `(?s)^(?:.*` + sep + `)?(` + field + `)` + repeated(sep+field, -i-1) + `\z`
	}
	return e.group(v, pattern, 1), true
}

// repeated is a pattern n times.
func repeated(pattern string, n int) string {
	if n == 1 {
		return pattern
	}
	return fmt.Sprintf("(?:%s){%d}", pattern, n)
}

// group is a group of a pattern that matches the whole text, null where it does not match.
func (e *emitter) group(v text, pattern string, n int) text {
	p := regexString(pattern)
	return atom("if(match(" + v.s + ", " + p + "),replace(" + v.s + ", " + p + `, "\` + strconv.Itoa(n) + `"),null())`)
}

// classRune is one character inside brackets of a regular expression.
func classRune(r rune) string {
	if r == '^' || r == '-' || r == ']' || r == '[' {
		return `\` + string(r)
	}
	return quoteRune(r)
}

// overlaps reports whether two occurrences of a text can share characters.
func overlaps(s string) bool {
	for i := 1; i < len(s); i++ {
		if strings.HasPrefix(s, s[i:]) {
			return true
		}
	}
	return false
}

// extract writes a group of a match, null without one. The pattern is led by what stands before the first match and followed by the
// rest, so that replace() leaves the group alone.
func (e *emitter) extract(x *ir.Call) (text, bool) {
	re, parsed, ok := e.pattern(x.Args[0])
	n, isInt := e.whole(x.Args[1])
	if !ok || !isInt || n < 0 || n > 9 || int(n) > parsed.MaxCap() {
		return text{}, false
	}
	e.use(e.patternFact(parsed), x)
	v := e.once(e.value(x.Args[2]))
	inner := "(?:" + re + ")"
	if n == 0 {
		inner, n = "("+re+")", 1
	}
	before := `^(?s:.*?)`
	if parsed.Op == syntax.OpConcat && parsed.Sub[0].Op == syntax.OpBeginText {
		before = "" // it begins where the text begins
	}
	return e.group(v, before+inner+`(?s:.*)\z`, int(n)), true
}

// replacement writes what takes the place of a match, \1 for a group; groups counts those of the pattern, shift is added to each. A
// backslash or dollar is not for certain itself there, and neither is a digit behind a group.
func replacement(s string, groups, shift int) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		n := -1
		if i+1 < len(s) && isDigit(s[i+1]) {
			n = int(s[i+1]-'0') + shift
		}
		if n < 1 || n > groups+shift || n > 9 || i+2 < len(s) && isDigit(s[i+2]) {
			return "", false
		}
		b.WriteString(`\` + strconv.Itoa(n))
		i++
	}
	out := b.String()
	if strings.ContainsFunc(out, unsafeRune) || strings.Contains(out, `"`) || !utf8.ValidString(out) {
		return "", false
	}
	return `"` + out + `"`, true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (e *emitter) replaceString(x *ir.Call) (text, bool) {
	old, ok := e.constant(x.Args[1])
	with, ok2 := e.constant(x.Args[2])
	if !ok || !ok2 || strings.Contains(with, `\`) {
		return text{}, false
	}
	lit, ok := replacement(with, 0, 0)
	if !ok {
		return text{}, false
	}
	e.use(e.f.contains, x)
	v := e.value(x.Args[0])
	if old == "" {
		return v, true
	}
	return atom("replace(" + v.s + ", " + regexString(quoteRegex(old, false)) + ", " + lit + ")"), true
}

// replaceRegex writes KQL's \0, the whole match, as a group around all of it. Engines differ over expressions that match nothing, and
// where one matches the empty text an absent text would have to be told from it.
func (e *emitter) replaceRegex(x *ir.Call) (text, bool) {
	re, parsed, ok := e.pattern(x.Args[1])
	with, ok2 := e.constant(x.Args[2])
	if !ok || !ok2 || matchesNothing(parsed) {
		return text{}, false
	}
	shift := 0
	if strings.Contains(with, `\0`) {
		re, shift = "("+re+")", 1
	}
	lit, ok := replacement(with, parsed.MaxCap(), shift)
	if !ok {
		return text{}, false
	}
	e.use(e.patternFact(parsed), x)
	return atom("replace(" + e.value(x.Args[0]).s + ", " + regexString(re) + ", " + lit + ")"), true
}

// pattern reads a constant regular expression, as PCRE and as RE2's tree.
func (e *emitter) pattern(x ir.Expr) (pcre string, re *syntax.Regexp, ok bool) {
	p, ok := e.constant(x)
	if !ok {
		return "", nil, false
	}
	re, err := syntax.Parse(p, syntax.Perl)
	if err != nil {
		return "", nil, false
	}
	pcre, ok = regexOf(p, false)
	return pcre, re, ok
}

// patternFact is the fact of an expression that picks or replaces. One whose characters are all ASCII finds the same in bytes and in UTF-8.
func (e *emitter) patternFact(re *syntax.Regexp) *emit.Fact {
	if onlyASCII(re) {
		return e.f.patternASCII
	}
	return e.f.patternValue
}

// onlyASCII reports whether an expression takes nothing but ASCII characters that it names, and any characters between them, and looks
// at no edge of a word.
func onlyASCII(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpNoMatch:
		return false
	case syntax.OpStar: // any characters up to an ASCII one, or the end
		if op := re.Sub[0].Op; op == syntax.OpAnyChar || op == syntax.OpAnyCharNotNL {
			return true
		}
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 && !foldsPlainly(string(re.Rune)) || !ir.IsASCII(string(re.Rune)) {
			return false
		}
	case syntax.OpCharClass:
		if n := len(re.Rune); n == 0 || re.Rune[n-1] >= utf8.RuneSelf {
			return false
		}
	}
	return !slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return !onlyASCII(s) })
}

// matchesNothing reports whether an expression may match without a character.
func matchesNothing(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune) == 0
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpPlus, syntax.OpCapture:
		return matchesNothing(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || matchesNothing(re.Sub[0])
	case syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return !matchesNothing(s) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, matchesNothing)
	}
	return true
}

// trim cuts what the expression matches at the ends. KQL looks for both on the whole text: where the two could share characters, one
// after the other is something else.
func (e *emitter) trim(x *ir.Call) (text, bool) {
	re, parsed, ok := e.pattern(x.Args[0])
	if !ok || x.Func == "trim" && !oneKind(parsed) {
		return text{}, false
	}
	e.use(e.patternFact(parsed), x)
	v := e.value(x.Args[1]).s
	if x.Func != "trim_end" {
		v = "replace(" + v + ", " + regexString("^(?:"+re+")") + `, "")`
	}
	if x.Func != "trim_start" {
		v = "replace(" + v + ", " + regexString("(?:"+re+`)\z`) + `, "")`
	}
	return atom(v), true
}

// oneKind reports whether an expression takes one character of a class, or a run of them, or a text that cannot overlap itself.
func oneKind(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpLiteral:
		return re.Flags&syntax.FoldCase == 0 && !overlaps(string(re.Rune))
	case syntax.OpPlus, syntax.OpStar:
		sub := re.Sub[0]
		return re.Flags&syntax.NonGreedy == 0 && (sub.Op == syntax.OpCharClass || sub.Op == syntax.OpLiteral && len(sub.Rune) == 1)
	}
	return false
}

// indexOf counts the characters in front of the first place.
func (e *emitter) indexOf(x *ir.Call) (text, bool) {
	sub, ok := e.constant(x.Args[1])
	if !ok {
		return text{}, false
	}
	e.use(e.f.contains, x)
	v := e.once(e.value(x.Args[0]))
	if sub == "" {
		return atom("if(isnull(" + v.s + "),null(),0)"), true
	}
	q := quoteRegex(sub, false)
	found := "match(" + v.s + ", " + regexString(q) + "),len(" + cutAt(v.s, q) + "),"
	if sure(x.Args[0]) {
		return atom("if(" + found + "-1)"), true
	}
	return atom("case(" + found + "isnotnull(" + v.s + "),-1)"), true
}

// countOf counts the texts that replace() takes out. KQL counts those that overlap, too.
func (e *emitter) countOf(x *ir.Call) (text, bool) {
	sub, ok := e.constant(x.Args[1])
	if !ok || sub == "" || overlaps(sub) {
		return text{}, false
	}
	e.use(e.f.contains, x)
	v := e.once(e.value(x.Args[0]))
	rest := "len(replace(" + v.s + ", " + regexString(quoteRegex(sub, false)) + `, ""))`
	if n := utf8.RuneCountInString(sub); n > 1 {
		return text{"(len(" + v.s + ")-" + rest + ")/" + strconv.Itoa(n), precMul}, true
	}
	return text{"len(" + v.s + ")-" + rest, precAdd}, true
}

// substring counts from 0; what is in front of the start or behind the end is "". A negative start counts from the end, and one in
// front of the text is "" there; no page says what substr() makes of that, nor of a length below 1.
func (e *emitter) substring(x *ir.Call) (text, bool) {
	e.use(e.f.call, x)
	v := e.value(x.Args[0])
	length, some := "", ""
	if len(x.Args) == 3 {
		n, ok := e.whole(x.Args[2])
		switch {
		case ok && n <= 0:
			return atom(`""`), true
		case ok:
			length = "," + strconv.FormatInt(n, 10)
		default:
			t := e.once(e.value(x.Args[2]))
			length, some = ","+t.s, t.at(precAdd)+">0"
		}
	}
	n, ok := e.whole(x.Args[1])
	if ok && n >= 0 {
		return when(some, "substr("+v.s+","+strconv.FormatInt(n+1, 10)+length+")"), true
	}
	v = e.once(v)
	if ok {
		return when(also(some, "len("+v.s+")>="+strconv.FormatInt(-n, 10)), "substr("+v.s+","+strconv.FormatInt(n, 10)+length+")"), true
	}
	start := e.once(e.value(x.Args[1]))
	if !notNegative(x.Args[1]) {
		from := "if(" + start.at(precAdd) + "<0,len(" + v.s + ")+" + start.at(precMul) + "," + start.s + ")"
		start = e.once(atom(from))
		some = also(some, start.at(precAdd)+">=0")
	}
	return when(some, "substr("+v.s+","+start.at(precAdd)+"+1"+length+")"), true
}

func also(cond, more string) string { return strings.TrimPrefix(cond+" AND "+more, " AND ") }

// when is a text where a condition holds, else "".
func when(cond, v string) text {
	if cond == "" {
		return atom(v)
	}
	return atom("if(" + cond + "," + v + `,"")`)
}

// notNegative reports whether a whole number is 0 or more: a position that was found or -1, and 1 or more beyond it.
func notNegative(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Call:
		return x.Func == "strlen" || x.Func == "countof"
	case *ir.Arith:
		l, ok := x.L.(*ir.Call)
		r, isLit := x.R.(*ir.Lit)
		n, isInt := litInt(r, isLit)
		return x.Op == "+" && ok && (l.Func == "indexof" || notNegative(l)) && isInt && n >= 1
	}
	return false
}

// strcatDelim joins with a text between; absent values are "" there, and keep their separators.
func (e *emitter) strcatDelim(x *ir.Call) (text, bool) {
	e.use(e.f.call, x)
	between := " . " + e.value(x.Args[0]).at(precMul) + " . "
	parts := make([]string, len(x.Args)-1)
	for i, a := range x.Args[1:] {
		if parts[i] = e.value(a).at(precMul); !sure(a) {
			parts[i] = "coalesce(" + parts[i] + `,"")`
		}
	}
	return text{strings.Join(parts, between), precAdd}, true
}
