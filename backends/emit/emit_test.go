package emit

import "testing"

func TestEvidenceHoldsForTheEngineThatGaveIt(t *testing.T) {
	ran := Proof{Executed, "Elasticsearch 8.19.21", "c"}
	accepted := Proof{Accepted, "Elasticsearch 9.5.3", "c"}
	open := Proof{Executed, "OpenSearch 2.19.6", "c"}
	parsed := Proof{Accepted, "Kusto 12.4.1", "c"}
	for _, c := range []struct {
		name string
		base Evidence
		ps   []Proof
		t    Target
		want Evidence
	}{
		{"ran on it", Documented, []Proof{ran, accepted}, Target{Language: "esql", Version: "8.19"}, Executed},
		{"taken by a newer one", Documented, []Proof{ran, accepted}, Target{Language: "esql", Version: "9.5"}, Accepted},
		{"ran on another version", Documented, []Proof{ran}, Target{Language: "esql", Version: "9.5"}, Documented},
		{"8.1 is not 8.19", Documented, []Proof{ran}, Target{Language: "esql", Version: "8.1"}, Documented},
		{"ran on it", Documented, []Proof{open}, Target{Language: "esagg", Product: "opensearch", Version: "2.19"}, Executed},
		{"ran on another product", Documented, []Proof{open}, Target{Language: "esagg", Product: "elasticsearch", Version: "9.5"}, Documented},
		{"no proof", Inferred, nil, Target{Language: "spl", Version: "10"}, Inferred},
		{"KQL has no versions", Documented, []Proof{parsed}, Target{Language: "kql", Product: "sentinel"}, Accepted},
	} {
		if got := strongest(c.base, c.ps, c.t); got != c.want {
			t.Errorf("%s, %s: got %s, want %s", c.name, c.t, got, c.want)
		}
	}
}
