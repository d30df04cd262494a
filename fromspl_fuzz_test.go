package huntc_test

import (
	"testing"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
)

// FuzzSearchAsHunt holds that any text is read, refused or wrong, with a place, and that what is read is translated without a panic.
func FuzzSearchAsHunt(f *testing.F) {
	for _, s := range conditions {
		f.Add("index=logins " + s)
	}
	for _, d := range detections {
		f.Add("index=logins | " + d.search)
	}
	c := newCompiler(f)
	fields, err := huntc.ReadSPLFields("fields.yaml", []byte(searchFields))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, search string) {
		h := c.ParseSPL("q.spl", []byte(search), huntc.SPLOptions{Fields: fields, UTC: true})
		if h.IR == nil {
			if h.Diags.Max() < diag.Refused {
				t.Errorf("neither read nor refused: %q", search)
			}
			return
		}
		for _, to := range []huntc.Target{{Language: "kql", Product: "sentinel"}, esqlSame, {Language: "spl", Version: "10", Mapping: "same-names"}} {
			if _, err := c.Translate(t.Context(), h, to, huntc.Options{}); err != nil {
				t.Error(err)
			}
		}
	})
}
