package spl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/huntc/huntc/diag"
)

// A foreach in a foreach multiplies: the templates that one search reads are bounded.
func TestTemplatesAreBounded(t *testing.T) {
	names := make([]string, 50)
	for i := range names {
		names[i] = fmt.Sprintf("f%d", i)
	}
	each := "foreach " + strings.Join(names, " ") + " ["
	search := "index=main | " + each + each + each + "eval <<FIELD>>=1]]]"
	_, diags := Lower(&diag.Source{Name: "t", Text: search}, optionSchema)
	if diags.Max() != diag.Refused || !strings.Contains(diag.Render(diags), "foreach that runs more than") {
		t.Error(diag.Render(diags))
	}
}
