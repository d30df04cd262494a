package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(withPool{m}, map[string]func(){"huntc": main})
}

// withPool ends the engines that the tests started.
type withPool struct{ m *testing.M }

func (w withPool) Run() int { return pool.Run(w.m) }

// TestScripts runs the command as users type it; $ROOT is the checkout.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("ROOT", root)
			return os.MkdirAll(filepath.Join(e.WorkDir, "w"), 0o755)
		},
	})
}
