package eval_test

import (
	"context"
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/kql"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// answer evaluates a KQL expression: its type and value, "type null", or "error: " and what went wrong.
func answer(expr string) string {
	q, diags := kql.Lower(&diag.Source{Name: "q", Text: "print x = " + expr}, kql.Options{Time: "Timestamp"})
	if len(diags) > 0 {
		return "error: " + diags[0].Message
	}
	out, err := eval.Run(context.Background(), q, &eval.Env{Now: ir.Day})
	if err != nil {
		return "error: " + err.Error()
	}
	v := out.Rows[0][0]
	s := v.String()
	switch {
	case v.IsNull():
		s = "null"
	case v.Type == ir.Dynamic:
		s = ir.JSONText(v.V)
	case v.Type == ir.Datetime:
		s = ir.FormatDatetime(v.V.(int64))
	case v.Type == ir.Timespan:
		s = ir.FormatTimespan(v.V.(int64))
	}
	return v.Type.String() + " " + s
}

// call is an expression and its answer; an answer that ends in … is the start of one.
type call struct{ expr, want string }

func check(t *testing.T, calls []call) {
	t.Helper()
	for _, c := range calls {
		got := answer(c.expr)
		if start, open := strings.CutSuffix(c.want, "…"); got != c.want && !(open && strings.HasPrefix(got, start)) {
			t.Errorf("%s\n\tgot  %s\n\twant %s", c.expr, got, c.want)
		}
	}
}

func TestTextFunctions(t *testing.T) {
	check(t, []call{
		{`reverse("añb")`, `string "bña"`},
		{`reverse(12.5)`, `string "5.21"`},
		{`reverse("")`, `string ""`},
		{`string_size("ñ")`, `long 2`},
		{`strlen("ñ")`, `long 1`},
		{`strrep("ab", 3)`, `string "ababab"`},
		{`strrep(1, 2, "-")`, `string "1-1"`},
		{`strlen(strrep("a", 5000))`, `long 1024`},
		{`strrep("a", 0)`, `error: strrep: the multiplier must be at least 1, not 0`},
		{`strcmp("a", "b")`, `long -1`},
		{`strcmp("a", "a")`, `long 0`},
		{`strcmp("b", "a")`, `long 1`},
		{`strcmp("", "a")`, `long -1`},
		{`substring("abcdef", -2)`, `string "ef"`},
		{`substring("abc", 5, 2)`, `string ""`},
		{`replace_strings("abc", dynamic(["a", "b"]), dynamic(["b", "x"]))`, `string "bxc"`},
		{`replace_strings("abc", dynamic(["a", ""]), dynamic(["z"]))`, `string "zbc"`},
		{`replace_strings("abc", dynamic("a"), dynamic(["z"]))`, `string ""`},
		{`replace_regex("a1b2", @"([a-z])(\d)", @"\2\1")`, `string "1a2b"`},
		{`replace(@"([a-z])(\d)", @"\2\1", "a1b2")`, `string "1a2b"`},
		{`translate("abc", "x", "abcd")`, `string "xxxd"`},
		{`translate("abc", "", "abcd")`, `string "d"`},
		{`translate("krasp", "otsku", "spark")`, `string "kusto"`},
		{`translate("aa", "xy", "a")`, `string "x"`},
		{`indexof("abcdefg", "cde", 1, 2)`, `long -1`},
		{`indexof("abcdefg", "cde", -5)`, `long 2`},
		{`indexof(1234567, 5, 1, 4)`, `long 4`},
		{`indexof("abcdefgabcdefg", "cde", 1, 10, 2)`, `long 9`},
		{`indexof("abcdefgabcdefg", "cde", 1, -1, 3)`, `long -1`},
		{`indexof("ññb", "b")`, `long 2`},
		{`indexof("abc", "c", 0, -2)`, `long null`},
		{`indexof("abc", "c", 0, -1, -1)`, `long null`},
		{`indexof("aaa", "aa", 0, -1, 2)`, `long 1`},
		{`indexof_regex("abcabcdefg", "a.c", 0, 9, 2)`, `long 3`},
		{`indexof_regex("abcabc", "a.c", 1, -1, 2)`, `long -1`},
		{`indexof_regex("ababaa", "a.a", 0, -1, 2)`, `long -1`},
		{`indexof_regex("abcabc", "a|ab", -1)`, `long null`},
		{`indexof_regex("ñab", "a")`, `long 1`},
		{`has_any_index("this is an example", dynamic(["not", "Example"]))`, `long 1`},
		{`has_any_index("examples", dynamic(["example"]))`, `long -1`},
		{`has_any_index("number 2", dynamic([1, 2]))`, `long 1`},
		{`has_any_index("a", dynamic([]))`, `long -1`},
		{`extract_all(@"(\d+)", "a1b22")`, `dynamic ["1","22"]`},
		{`extract_all(@"([a-z])(\d+)", "a1b22")`, `dynamic [["a","1"],["b","22"]]`},
		{`extract_all(@"([a-z])(\d+)", dynamic([2]), "a1b22")`, `dynamic ["1","22"]`},
		{`extract_all(@"(?P<l>[a-z])(\d+)", dynamic([2, "l"]), "a1b22")`, `dynamic [["1","a"],["22","b"]]`},
		{`extract_all(@"(x)", "a1b22")`, `dynamic null`},
		{`extract_all(@"x", "a1b22")`, `error: extract_all: the pattern must have 1 to 16 groups, not 0`},
		{`extract_all(@"(x)", dynamic([2]), "x")`, `error: extract_all: the pattern has no group 2`},
		{`countof("aaaa", "aa")`, `long 3`},
		{`countof("ababa", "aba", "regex")`, `long 1`},
		{`indexof("añañ", "ñ", 2)`, `long 3`},
		{`indexof("abc", "", 1)`, `long 1`},
		{`indexof("", "a")`, `long -1`},
		{`countof("ééé", "éé")`, `long 2`},
		{`countof("abcabcab", "abcab")`, `long 2`},
		{`countof("", "a")`, `long 0`},
		{`strlen(replace_string(strrep("a", 1024), "a", strrep("b", 1024)))`, `long 1048576`},
		{`replace_string(strrep("ab", 1024), "a", strrep(strrep("b", 1024), 32))`, `error: replace_string: the result would have more than…`},
		{`replace_regex(strrep("ab", 1024), "a", strrep(strrep("b", 1024), 32))`, `error: replace_regex: the result would have more than…`},
		{`strcat_array(range(1, 1024), strrep(strrep("b", 1024), 32))`, `error: strcat_array: the result would have more than…`},
		{`isascii("é")`, `bool false`},
		{`isutf8("é")`, `bool true`},
		{`split("a_b", "_", 1)`, `dynamic ["b"]`},
		{`split("a_b", "_", 5)`, `dynamic []`},
		{`trim("1", "1121")`, `string "12"`},
	})
}

func TestNumberFunctions(t *testing.T) {
	check(t, []call{
		{`round(2.98765, 3)`, `real 2.988`},
		{`round(2.15, 1)`, `real 2.2`},
		{`round(2.15)`, `real 2.0`},
		{`round(-50.55, -2)`, `real -100.0`},
		{`round(21.5, -1)`, `real 20.0`},
		{`round(26, -1)`, `long 30`},
		{`round(-25, -1)`, `long -30`},
		{`round(7, 2)`, `long 7`},
		{`round(int(26), -1)`, `int 30`},
		{`round(decimal(2.345), 2)`, `decimal 2.35`},
		{`round(real(null))`, `real null`},
		{`round(1e300, 200)`, `real 1e+300`},
		{`ceiling(-1.1)`, `real -1.0`},
		{`ceiling(3)`, `long 3`},
		{`ceiling(decimal(-1.1))`, `decimal -1`},
		{`ceiling(decimal(1.1))`, `decimal 2`},
		{`abs(int(-3))`, `long 3`},
		{`abs(-3.5)`, `real 3.5`},
		{`abs(-3h)`, `timespan 03:00:00`},
		{`sign(-3)`, `real -1.0`},
		{`sign(0)`, `real 0.0`},
		{`sqrt(-1)`, `real null`},
		{`log(-1)`, `real null`},
		{`log(0)`, `real real(-Inf)`},
		{`acos(2)`, `real null`},
		{`asin(-1)`, `real -1.5707963267948966`},
		{`atan2(1, 1)`, `real 0.7853981633974483`},
		{`exp2(3)`, `real 8.0`},
		{`exp10(2)`, `real 100.0`},
		{`log2(8)`, `real 3.0`},
		{`pow(2, 10)`, `real 1024.0`},
		{`pi()`, `real 3.141592653589793`},
		{`degrees(pi())`, `real 180.0`},
		{`gamma(5)`, `real 24.0`},
		{`sin("a")`, `error: sin: a number is needed, not a string`},
		{`isnan(real(nan))`, `bool true`},
		{`isinf(real(-inf))`, `bool true`},
		{`isfinite(1)`, `bool true`},
		{`isfinite(real(null))`, `bool null`},
		{`bin_at(6.5, 2.5, 7)`, `real 4.5`},
		{`bin_at(1h, 1d, 12h)`, `timespan -12:00:00`},
		{`bin_at(datetime(2017-05-15 10:20), 1d, datetime(1970-01-01 12:00))`, `datetime 2017-05-14T12:00:00Z`},
		{`bin_at(-1, 3, 0)`, `long -3`},
		{`bin_at(5, 0, 0)`, `long null`},
		{`bin_at(datetime(2017-05-15), 1, datetime(2017-01-01))`, `error: bin_at: of a datetime by a long…`},
		{`around(310, 300, 10)`, `bool true`},
		{`around(311, 300, 10)`, `bool false`},
		{`around(datetime(2020-01-01), datetime(2020-01-02), 1d)`, `bool true`},
		{`around(long(null), 1, 1)`, `bool null`},
		{`binary_and(6, 3)`, `long 2`},
		{`binary_or(5, 3)`, `long 7`},
		{`binary_xor(5, 1)`, `long 4`},
		{`binary_not(0)`, `long -1`},
		{`binary_shift_left(1, 66)`, `long 4`},
		{`binary_shift_left(1, -1)`, `long null`},
		{`binary_shift_right(-8, 1)`, `long -4`},
		{`binary_and(1.5, 1)`, `error: binary_and: an integer is needed, not a real`},
		{`bitset_count_ones(42)`, `long 3`},
		{`bitset_count_ones(-1)`, `long 64`},
		{`tohex(256)`, `string "100"`},
		{`tohex(-256)`, `string "ffffffffffffff00"`},
		{`tohex(int(-256), 8)`, `string "ffffff00"`},
		{`tohex(256, 8)`, `string "00000100"`},
		{`tohex(256, 2)`, `string "100"`},
		{`tohex(1, 99)`, `string "0000000000000001"`},
		{`format_bytes(564)`, `string "564 Bytes"`},
		{`format_bytes(10332, 1)`, `string "10.1 KB"`},
		{`format_bytes(20010332, 0, "KB")`, `string "19541 KB"`},
		{`format_bytes(1, 0, "XB")`, `error: format_bytes: the unit "XB" is none of…`},
		{`range(1, 8, 3)`, `dynamic [1,4,7]`},
		{`range(3, 1)`, `dynamic []`},
		{`range(3, 1, -1)`, `dynamic [3,2,1]`},
		{`range(1, 2.5)`, `dynamic [1,2]`},
		{`range(1h, 3h)`, `dynamic ["01:00:00","02:00:00","03:00:00"]`},
		{`range(datetime(2020-01-01), datetime(2020-01-02), 1d)`, `dynamic ["2020-01-01T00:00:00.0000000Z","2020-01-02T00:00:00.0000000Z"]`},
		{`array_length(range(1, 100000000))`, `long 1048576`},
		{`range(1, 2, 0)`, `error: range: the step is 0`},
		{`range(1, long(null))`, `dynamic null`},
	})
}
