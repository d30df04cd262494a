// Package enginetest gives tests one engine of a kind per test process.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/huntc/huntc/internal/engines"
)

// Pool starts engines at first use. A package's tests share one, made by TestMain's package and closed there.
type Pool struct {
	mu       sync.Mutex
	nodes    map[engines.Kind]*started[*engines.Engine]
	checkers map[engines.Kind]*started[*engines.Checker]
}

type started[T any] struct {
	engine T
	err    error
}

// off skips the test under HUNTC_ENGINES=off.
func off(t testing.TB) {
	t.Helper()
	if os.Getenv("HUNTC_ENGINES") == "off" {
		t.Skip("HUNTC_ENGINES=off")
	}
}

// Node returns the running node of a kind. Without a prepared engine the test is skipped, or fails under HUNTC_ENGINES=require.
func (p *Pool) Node(t testing.TB, kind engines.Kind) *engines.Engine {
	t.Helper()
	off(t)
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.nodes[kind]
	if s == nil {
		s = &started[*engines.Engine]{}
		s.engine, s.err = engines.Start(context.Background(), kind)
		if p.nodes == nil {
			p.nodes = map[engines.Kind]*started[*engines.Engine]{}
		}
		p.nodes[kind] = s
	}
	Need(t, s.err)
	return s.engine
}

// Checker returns the running checker of a kind. The absence of the ES|QL verifier is a skip even under HUNTC_ENGINES=require, which
// covers what Debian has: there is no JDK 25.
func (p *Pool) Checker(t testing.TB, kind engines.Kind) *engines.Checker {
	t.Helper()
	off(t)
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.checkers[kind]
	if s == nil {
		s = &started[*engines.Checker]{}
		s.engine, s.err = engines.StartChecker(kind)
		if p.checkers == nil {
			p.checkers = map[engines.Kind]*started[*engines.Checker]{}
		}
		p.checkers[kind] = s
	}
	var missing *engines.NotPrepared
	if kind == engines.Verifier && errors.As(s.err, &missing) {
		fmt.Fprintln(os.Stderr, "not checked by Elasticsearch 9.5.3:", missing)
		t.Skip(missing)
	}
	Need(t, s.err)
	return s.engine
}

// Need skips the test for an engine that is not prepared, and fails it for any other error or under HUNTC_ENGINES=require.
func Need(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var missing *engines.NotPrepared
	if errors.As(err, &missing) && os.Getenv("HUNTC_ENGINES") != "require" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// Close ends what was started.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, s := range p.nodes {
		if s.engine != nil {
			errs = append(errs, s.engine.Close())
		}
	}
	for _, s := range p.checkers {
		if s.engine != nil {
			errs = append(errs, s.engine.Close())
		}
	}
	return errors.Join(errs...)
}

// Run is a TestMain: it runs the tests and ends the engines.
func (p *Pool) Run(m *testing.M) int {
	status := m.Run()
	if err := p.Close(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, "ending the engines:", err)
		return 1
	}
	return status
}
