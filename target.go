package huntc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/diag"
)

// Target names what is written: language[@product-version][/mapping].
type Target = emit.Target

// known lists every target in its full form; the first of a language with a given prefix is what a shorter name means.
var known = []Target{
	{Language: "kql", Product: "sentinel"},
	{Language: "kql", Product: "defender"},
	{Language: "esql", Version: "9.5", Mapping: "elastic"},
	{Language: "esql", Version: "9.5", Mapping: "same-names"},
	{Language: "esql", Version: "8.19", Mapping: "elastic"},
	{Language: "esql", Version: "8.19", Mapping: "same-names"},
	{Language: "esagg", Product: "elasticsearch", Version: "9.5", Mapping: "elastic"},
	{Language: "esagg", Product: "elasticsearch", Version: "9.5", Mapping: "same-names"},
	{Language: "esagg", Product: "elasticsearch", Version: "8.19", Mapping: "elastic"},
	{Language: "esagg", Product: "elasticsearch", Version: "8.19", Mapping: "same-names"},
	{Language: "esagg", Product: "opensearch", Version: "2.19", Mapping: "same-names"},
	{Language: "esagg", Product: "opensearch", Version: "2.19", Mapping: "elastic"},
	{Language: "spl", Version: "10", Mapping: "splunk"},
	{Language: "spl", Version: "10", Mapping: "same-names"},
}

// allTargets is what "all" means: one target per language, the product's own data.
var allTargets = []string{"kql@sentinel", "esql@9.5/elastic", "esagg@elasticsearch-9.5/elastic", "spl@10/splunk"}

// KnownTargets returns every target that this version of huntc writes, in a fixed order.
func KnownTargets() []Target { return slices.Clone(known) }

// ParseTarget reads a target such as "esql@8.19/elastic". What is left out takes the language's default. An unknown target is an
// error with the nearest name.
func ParseTarget(s string) (Target, error) {
	want := strings.TrimSpace(s)
	lang, rest, _ := strings.Cut(want, "@")
	mapping := ""
	if rest == "" {
		lang, mapping, _ = strings.Cut(lang, "/")
	} else {
		rest, mapping, _ = strings.Cut(rest, "/")
	}
	for _, t := range known {
		if t.Language != lang || mapping != "" && t.Mapping != mapping {
			continue
		}
		product := t.Product
		if t.Version != "" && product != "" {
			product += "-" + t.Version
		}
		if rest == "" || rest == t.Version || rest == product || rest == t.Product {
			return t, nil
		}
	}
	names := make([]string, len(known))
	for i, t := range known {
		names[i] = t.String()
	}
	hint := ""
	if n := diag.Nearest(want, names); n != "" {
		hint = fmt.Sprintf("; did you mean %s?", n)
	}
	return Target{}, fmt.Errorf("unknown target %q%s (known: %s)", s, hint, strings.Join(names, ", "))
}

// ParseTargets reads a comma-separated list; "all" stands for one target per language on the product's own data.
func ParseTargets(s string) ([]Target, error) {
	var out []Target
	for _, part := range strings.Split(s, ",") {
		list := []string{part}
		if strings.TrimSpace(part) == "all" {
			list = allTargets
		}
		for _, n := range list {
			t, err := ParseTarget(n)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out, nil
}
