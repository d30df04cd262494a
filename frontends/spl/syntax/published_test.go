package syntax

import "testing"

// Forms that published searches have beyond the syntax that the documentation shows, each in a search of our own. Those of
// github.com/splunk/security_content (Apache-2.0) run in tests of Splunk's.
func TestPublishedForms(t *testing.T) {
	for text, warning := range map[string]string{
		"index=a | stats count(x) values(y) by z | rename values(*) as * count(x) as n | table z n":        "",
		"index=a | stats sum(b) dc(eval(c)) by z | sort - sum(b) | fields - dc(c)":                         "",
		"index=a | stats values(f) as f(inherited) by z | where isnotnull('f(inherited)')":                 "",
		"| tstats count from datamodel=M where M.a=1 by _time span=10m, M.b M.c":                           "",
		"| tstats count from datamodel=M where M.a=1 by M.b, _time  span=10m":                              "",
		"index=a | where (LIKE (x,\"%a%\")OR LIKE (x,\"%b%\")) AND IF(y>1, true(), false())":               "functions are written in small letters: like",
		"index=a | stats min(_time) as _time, count by a, b | rename a as x, _time as t":                   "",
		"index=a | eval n=mvcount(split(x,\"a\")) + mvcount(split(x,\"b\")) - 2| where n > 3":              "",
		"index=a \"user.name\"=\"x\" \"y{}\" IN(\"a*\",b) z != *. | spath input=f| search s=1":             "",
		"index=a | stats count ```why``` by b ``` and `this` ```\n| sort 0 + num(count)":                   "",
		"index=a | streamstats window=2 current=1 range(_time) as d by s | where d<.5":                     "",
		"index=a | addtotals fieldname=Score, a, b, c | where Score > 2":                                   "",
		"index=a | lookup t k as a, b, OUTPUTNEW c":                                                        "",
		"index=a | dedup 5 a sortby -num(b) | rex mode=sed field=a \"s/.+\\\\\\(\\S+\\.\\S{3})$/\\1/\"":    "",
		"(index=a x=1) OR (index=b AND y=2) | stats count | where count > 1 and not count = 5 or count==7": "operators are written in capitals: AND",
	} {
		_, diags, _ := parse(text, Options{Lenient: true})
		switch {
		case len(diags) == 0 && warning == "":
		case len(diags) > 0 && !diags.HasErrors() && diags[0].Message == warning:
		default:
			t.Errorf("%s\n%s", text, diags)
		}
	}
}

// Parentheses belong to a name only where they stand next to it and close.
func TestColumnNames(t *testing.T) {
	for _, text := range []string{
		"index=a | table count (x)", "index=a | table count(x", "index=a | table count(x y)", "index=a | rename count(x| as y",
		"index=a | sort - sum(", "index=a | stats count by (x)",
	} {
		if _, diags, _ := parse(text, Options{}); !diags.HasErrors() {
			t.Errorf("%s is taken", text)
		}
	}
}
