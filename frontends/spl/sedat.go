package spl

import (
	"regexp"
	resyntax "regexp/syntax"
	"strconv"

	"github.com/huntc/huntc/frontends/spl/syntax"
	"github.com/huntc/huntc/ir"
)

// maxSedMatch bounds the number of the match that a sed expression replaces.
const maxSedMatch = 100

// sedAt replaces one match by its number: s/from/to/2. A text with fewer matches stays as it is.
func (l *lowerer) sedAt(r *rows, c *syntax.Rex, field string, x ir.Expr, re *regexp.Regexp, to, flags string) {
	a := at(c)
	n, err := strconv.Atoi(flags)
	if err != nil || n < 1 || n > maxSedMatch {
		l.unsupported(c.Pattern, "a sed expression with the flags "+flags)
		return
	}
	plain, err := withoutGroups(re.String())
	if err != nil {
		l.unsupported(c.Pattern, "this sed expression with a number")
		return
	}
	if l.wrong("rex-sed-number-is-ignored") {
		n = 1
	}
	before := "(?s:.*?(?-s:" + plain + ")){" + strconv.Itoa(n-1) + "}"
	pattern := "^(" + before + "(?s:.*?))(?-s:" + re.String() + ")"
	replaced := call("replace_regex", ir.String, a, x, str(pattern, a), str(`\1`+nextGroups(to), a))
	matches := call("array_length", ir.Long, a, call("extract_all", ir.Dynamic, a, str("("+plain+")", a), lit(ir.Dynamic, []any{int64(1)}, a), x))
	enough := known(&ir.Compare{At: a, Op: ir.Ge, L: matches, R: lit(ir.Long, int64(n), a)})
	r.add(&ir.Extend{At: a, Cols: []ir.Named{{Name: field, X: choose(ir.String, x, ir.Branch{If: enough, Then: replaced})}}})
	r.know(field)
}

// withoutGroups is a regular expression that matches the same and captures nothing.
func withoutGroups(pattern string) (string, error) {
	re, err := resyntax.Parse(pattern, resyntax.Perl)
	if err != nil {
		return "", err
	}
	uncapture(re)
	return re.String(), nil
}

func uncapture(re *resyntax.Regexp) {
	for i, sub := range re.Sub {
		for sub.Op == resyntax.OpCapture {
			sub = sub.Sub[0]
		}
		re.Sub[i] = sub
		uncapture(sub)
	}
	if re.Op == resyntax.OpCapture {
		*re = *re.Sub[0]
	}
}
