package main

import (
	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl/lint"
	"github.com/huntc/huntc/frontends/spl/syntax"
)

// lintSPL reads the SPL that huntc wrote as strictly as any other, and adds what it finds to the result: an error is a fault of huntc.
// What the result declares as a drift of its own is not said twice.
func lintSPL(h *huntc.Hunt, r *huntc.Result) {
	if r.Target.Language != "spl" || r.Output == nil {
		return
	}
	src := &diag.Source{Name: h.File + " as " + r.Target.String(), Text: r.Output.Text}
	pipe, diags := syntax.Parse(src, syntax.Options{})
	if !diags.HasErrors() {
		for _, f := range lint.Check(src, pipe) {
			if !declaredCap(r, f.Code) {
				diags.Add(f.Diagnostic)
			}
		}
	}
	for _, d := range diags {
		d.Target = r.Target.String()
		r.Diagnostics.Add(d)
	}
}

// declaredCap reports whether the result declares the limit that a finding is about.
func declaredCap(r *huntc.Result, code diag.Code) bool {
	same := map[diag.Code]diag.Code{lint.CapEventstats: "SPL-EVENTSTATS", lint.CapMvexpand: "SPL-EXPAND-500MB", lint.CapList: "SPL-LIST-100"}
	for _, n := range r.Notes {
		if same[code] == n.Code {
			return true
		}
	}
	return false
}
