package kql

import (
	"strings"
	"testing"

	"github.com/huntc/huntc/backends/emit"
	backend "github.com/huntc/huntc/backends/kql"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir/eval"
)

// TestFunctionsHaveRowsAndKQL holds the three tables of functions together: what lowers to a call can be evaluated, or says why not,
// and can be written back.
func TestFunctionsHaveRowsAndKQL(t *testing.T) {
	written := map[string]bool{}
	for _, f := range (backend.Backend{}).Facts() {
		written[f.Name] = true
	}
	seen := map[string]bool{}
	for _, f := range functionFacts {
		for _, name := range append([]string{f.name}, f.aliases...) {
			if seen[name] {
				t.Errorf("%s has two facts", name)
			}
			seen[name] = true
		}
		if f.form != formCall && f.form != formExtract {
			continue
		}
		if ok, why := eval.Evaluates(f.name); !ok && why == "" {
			t.Errorf("the evaluator neither knows %s nor says why", f.name)
		}
		if !written["function "+f.name] {
			t.Errorf("the KQL backend does not know %s", f.name)
		}
	}
	for _, name := range otherFunctions {
		if seen[name] {
			t.Errorf("%s has a fact and stands among the functions without one", name)
		}
	}
}

// TestFunctionsReadBack writes a call of every function as KQL and reads it again.
func TestFunctionsReadBack(t *testing.T) {
	for _, f := range functionFacts {
		if f.form != formCall {
			continue
		}
		for _, n := range []int{f.min, min(f.max, f.min+1)} {
			text := "T | project x = " + f.name + "(" + strings.TrimSuffix(strings.Repeat("d, ", n), ", ") + ")"
			q, diags := lower(text)
			if diags.Max() > diag.Note {
				t.Errorf("%s: %v", text, diags)
				continue
			}
			out, rep := backend.Backend{}.Emit(&emit.Input{Query: q, Target: emit.Target{Language: "kql", Product: "sentinel"}, Source: &diag.Source{}})
			if out == nil {
				t.Errorf("%s is not written: %v", text, rep.Diags)
				continue
			}
			again, diags := lower(out.Text)
			if diags.Max() > diag.Note || again.String() != q.String() {
				t.Errorf("%s\n\twritten   %s\n\tread back %v %v", text, out.Text, again, diags)
			}
		}
	}
}

func TestFunctionLowering(t *testing.T) {
	for _, c := range []struct{ name, query, want string }{
		{"replace takes the text last", `T | project x = replace("a", "b", s)`, `from T|project x = replace_regex(s, "a", "b")`},
		{"several columns of a sort", `R | project array_sort_asc(parse_json(s), parse_json(v), false)`,
			`from R|project s_sorted = array_sort_asc(parse_json(s), parse_json(v), false)[0], v_sorted = array_sort_asc(parse_json(s), parse_json(v), false)[1]`},
		{"one sorted column", `R | project a = array_sort_desc(parse_json(s))`, `from R|project a = array_sort_desc(parse_json(s))`},
		{"a tuple of names takes the columns in turn", `R | project (a, b) = array_sort_asc(parse_json(s), parse_json(v)), n`,
			`from R|project a = array_sort_asc(parse_json(s), parse_json(v))[0], b = array_sort_asc(parse_json(s), parse_json(v))[1], n = n`},
		{"names follow the argument, the function or a number", `R | project round(1.0 * n), abs(n), strlen(s), gettype(n), trim("a", s), startofweek(ago(1d))`,
			`from R|project Column1 = round((1.0 * n)), n = abs(n), strlen_s = strlen(s), type_n = gettype(n), Column2 = trim("a", s), Column3 = startofweek((now - 1d))`},
		{"columns packed by name", `R | project bag_pack_columns(s, n)`, `from R|project Column1 = pack("s": s, "n": n)`},
		{"aliases", `R | project a = to_utf8(s), b = make_string(n), c = array_iif(parse_json(s), 1, 2)`,
			`from R|project a = unicode_codepoints_from_string(s), b = unicode_codepoints_to_string(n), c = array_iff(parse_json(s), 1, 2)`},
	} {
		q, diags := lower(c.query)
		if diags.Max() > diag.Note {
			t.Errorf("%s: %s\n%s", c.name, c.query, diag.Render(diags))
			continue
		}
		if got := strings.ReplaceAll(strings.TrimSpace(q.String()), "\n", "|"); got != c.want {
			t.Errorf("%s: %s\n\tgot  %s\n\twant %s", c.name, c.query, got, c.want)
		}
	}
}
