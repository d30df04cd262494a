package emit

import "testing"

func TestEvidenceHoldsForTheEngineThatGaveIt(t *testing.T) {
	ran := &Fact{Evidence: Executed, On: "Elasticsearch 8.19.21"}
	accepted := &Fact{Evidence: Accepted, On: "Elasticsearch 9.5.3 verifier"}
	open := &Fact{Evidence: Executed, On: "OpenSearch 2.19.6"}
	for _, c := range []struct {
		f    *Fact
		t    Target
		want Evidence
	}{
		{ran, Target{Language: "esql", Version: "8.19"}, Executed},
		{ran, Target{Language: "esql", Version: "9.5"}, Documented},
		{ran, Target{Language: "esql", Version: "8.1"}, Documented},
		{accepted, Target{Language: "esql", Version: "9.5"}, Accepted},
		{open, Target{Language: "esagg", Product: "opensearch", Version: "2.19"}, Executed},
		{open, Target{Language: "esagg", Product: "elasticsearch", Version: "9.5"}, Documented},
		{&Fact{Evidence: Inferred}, Target{Language: "spl", Version: "10"}, Inferred},
	} {
		if got := c.f.evidenceFor(c.t); got != c.want {
			t.Errorf("%s for %s: got %s, want %s", c.f.On, c.t, got, c.want)
		}
	}
}
