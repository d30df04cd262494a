// Package engines starts the search engines and parsers that translations are proved on, as child processes on loopback. They are
// built by `make engines` (engines/) and never shipped. A child ends when its standard input closes, so that it cannot outlive the
// process that started it, however that one dies.
package engines

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Kind names an engine.
type Kind string

const (
	// Elasticsearch is an 8.19.21 node with ES|QL, without scripts and bucket_selector.
	Elasticsearch Kind = "elasticsearch"
	// OpenSearch is a 2.19.6 node with all aggregations and painless, without ES|QL.
	OpenSearch Kind = "opensearch"
	// Verifier is Elasticsearch 9.5.3's parser, analyzer and verifier for ES|QL; it executes nothing.
	Verifier Kind = "verifier"
	// Kusto is Microsoft's parser and binder for KQL.
	Kusto Kind = "kusto"
)

// Version is the version of the product that a kind runs.
func (k Kind) Version() string {
	switch k {
	case Elasticsearch:
		return "8.19.21"
	case OpenSearch:
		return "2.19.6"
	case Verifier:
		return "9.5.3"
	case Kusto:
		return "12.4.1"
	}
	return ""
}

// NotPrepared says that an engine has not been built here.
type NotPrepared struct {
	Kind Kind
	Why  string
}

func (e *NotPrepared) Error() string {
	return fmt.Sprintf("no %s engine: %s; `make engines` in a checkout prepares it", e.Kind, e.Why)
}

// Dir is where prepared engines are: HUNTC_ENGINES_DIR, or .engines of the nearest parent folder that has one.
func Dir() (string, error) {
	if d := os.Getenv("HUNTC_ENGINES_DIR"); d != "" {
		return d, nil
	}
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		d := filepath.Join(at, ".engines")
		if fi, err := os.Stat(d); err == nil && fi.IsDir() {
			return d, nil
		}
		parent := filepath.Dir(at)
		if parent == at {
			return "", errors.New("HUNTC_ENGINES_DIR is not set and no parent folder has .engines")
		}
		at = parent
	}
}

// prepared finds a kind's folder and the program that runs it, which preparing wrote to the file "program".
func prepared(kind Kind) (dir, program string, err error) {
	base, err := Dir()
	if err != nil {
		return "", "", &NotPrepared{kind, err.Error()}
	}
	dir = filepath.Join(base, string(kind))
	text, err := os.ReadFile(filepath.Join(dir, "program"))
	if err != nil {
		return "", "", &NotPrepared{kind, err.Error()}
	}
	program = strings.TrimSpace(string(text))
	if _, err := os.Stat(program); err != nil {
		return "", "", &NotPrepared{kind, err.Error()}
	}
	return dir, program, nil
}
