package engines

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
)

// Checker is a product's own parser and analyzer: it says whether a query is valid, and executes nothing.
type Checker struct {
	mu    sync.Mutex
	kind  Kind
	child *child
}

// Column is a column of a checked query, with the product's type name.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Verdict is what a checker says about a query. Columns is the result's; only Verifier tells it.
type Verdict struct {
	OK      bool     `json:"ok"`
	Kind    string   `json:"kind"` // parse, verify or internal, if not OK
	Error   string   `json:"error"`
	Columns []Column `json:"columns"`
}

// StartChecker runs the Verifier, which needs a JDK 25 because it makes stand-ins for classes that were never published, or Kusto, which
// needs node.
func StartChecker(kind Kind) (*Checker, error) {
	dir, program, err := prepared(kind)
	if err != nil {
		return nil, err
	}
	var args []string
	switch kind {
	case Verifier:
		args = []string{"-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
			"-Xmx512m", "-cp", filepath.Join(dir, "classes"), "StandIns", dir}
	case Kusto:
		args = []string{filepath.Join(dir, "check.js"), dir}
	default:
		return nil, fmt.Errorf("%s checks nothing", kind)
	}
	c, err := spawn(program, args...)
	if err != nil {
		return nil, err
	}
	return &Checker{kind: kind, child: c}, nil
}

// Check gives a query to the checker. tables says what it may name: index or table → field or column → the product's type. After an
// error the checker is of no more use.
func (c *Checker) Check(ctx context.Context, query string, tables map[string]map[string]string) (Verdict, error) {
	var out Verdict
	request, err := json.Marshal(map[string]any{"query": query, "tables": tables})
	if err != nil {
		return out, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	answer, err := c.child.ask(ctx, request)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal([]byte(answer), &out); err != nil {
		return out, fmt.Errorf("%s answered %q: %w", c.kind, answer, err)
	}
	return out, nil
}

// Close ends the checker.
func (c *Checker) Close() error { return c.child.close() }
