package engines

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
)

// ESQLVerifier is Elasticsearch's own parser, analyzer and verifier.
type ESQLVerifier struct {
	mu    sync.Mutex
	child *child
}

// Column is a column of a verified query, with the engine's type name.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Verdict is what the verifier says about a query.
type Verdict struct {
	OK      bool     `json:"ok"`
	Kind    string   `json:"kind"` // parse, verify or internal, if not OK
	Error   string   `json:"error"`
	Columns []Column `json:"columns"`
}

// StartVerifier runs the verifier; it needs a JDK 25, because it makes stand-ins for classes that were never published.
func StartVerifier() (*ESQLVerifier, error) {
	dir, program, err := prepared(Verifier)
	if err != nil {
		return nil, err
	}
	c, err := spawn(program, "-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote", "-XX:+UseSerialGC",
		"-XX:TieredStopAtLevel=1", "-Xmx512m", "-cp", filepath.Join(dir, "classes"), "StandIns", dir)
	if err != nil {
		return nil, err
	}
	return &ESQLVerifier{child: c}, nil
}

// Verify checks a query against indices: index name → field path → Elasticsearch type.
func (v *ESQLVerifier) Verify(ctx context.Context, query string, indices map[string]map[string]string) (Verdict, error) {
	var out Verdict
	request, err := json.Marshal(map[string]any{"query": query, "indices": indices})
	if err != nil {
		return out, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	answer, err := v.child.ask(ctx, request)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal([]byte(answer), &out); err != nil {
		return out, fmt.Errorf("the verifier answered %q: %w", answer, err)
	}
	return out, nil
}

// Close ends the verifier.
func (v *ESQLVerifier) Close() error { return v.child.close() }
