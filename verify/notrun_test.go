package verify_test

import (
	"strings"
	"testing"

	"github.com/huntc/huntc/verify"
)

// Sets that no engine was given prove nothing: a report in which that is all of them has failed.
func TestReportWithoutOneSetThatRanHasFailed(t *testing.T) {
	r := verify.HuntReport{Sets: 20, Yielding: 20, Killed: 1, Mutants: 1, NotRun: 20, NotRunWhy: "the events do not fit"}
	if f := r.Failures(); len(f) != 1 || !strings.Contains(f[0], "the events do not fit") {
		t.Errorf("%q", f)
	}
	if r.NotRun = 19; r.Failed() {
		t.Errorf("%q", r.Failures())
	}
}
