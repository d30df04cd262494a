package irtest

import (
	"bytes"
	"context"
	"sort"
	"strings"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// Lines evaluates a query and returns its rows as sorted lines of JSON; null and "" of a string column are the same.
func Lines(q *ir.Query, env *eval.Env) ([]string, error) {
	tab, err := eval.Run(context.Background(), q, env)
	if err != nil {
		return nil, err
	}
	for _, row := range tab.Rows {
		for i, v := range row {
			if v.V == nil {
				row[i] = ir.Null(v.Type)
			}
		}
	}
	var b bytes.Buffer
	if err := eval.WriteTable(&b, tab, "ndjson"); err != nil {
		return nil, err
	}
	if len(tab.Rows) == 0 {
		return nil, nil
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	sort.Strings(lines)
	return lines, nil
}

// Lacking lists the lines of b that a lacks, as multisets.
func Lacking(a, b []string) []string {
	count := map[string]int{}
	for _, l := range a {
		count[l]++
	}
	var out []string
	for _, l := range b {
		if count[l]--; count[l] < 0 {
			out = append(out, l)
		}
	}
	return out
}
