package engines

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Engine is a running node.
type Engine struct {
	Kind  Kind
	URL   string // http://127.0.0.1:PORT
	child *child
	data  string
}

// startTime bounds the wait for a node; it takes 4 s on an idle machine and 50 s were seen on a loaded one.
const startTime = 3 * time.Minute

// Start runs a node on a free loopback port and waits until it serves. The node lives until Close, not until ctx ends: ctx bounds the
// start.
func Start(ctx context.Context, kind Kind) (*Engine, error) {
	dir, program, err := prepared(kind)
	if err != nil {
		return nil, err
	}
	// The flags that matter: C1 alone starts in a third of the time, the serial collector needs the least memory.
	args := []string{"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"}
	class := func(parts ...string) string {
		for i, p := range parts {
			parts[i] = filepath.Join(dir, p)
		}
		return strings.Join(parts, string(os.PathListSeparator))
	}
	switch kind {
	case Elasticsearch:
		args = append(args, "-Xms256m", "-Xmx1g", "-cp", class("classes", "lib/*"), "Main")
	case OpenSearch:
		args = append(args, "-Xmx512m", "-Xlog:disable", "-Xlog:all=error:stderr", "-cp", class("os-harness.jar", "lib/*"), "osharness.Main")
	default:
		return nil, fmt.Errorf("%s is not a node", kind)
	}
	data, err := os.MkdirTemp("", "huntc-"+string(kind)+"-")
	if err != nil {
		return nil, err
	}
	c, err := spawn(program, append(args, "--scratch", data)...)
	if err != nil {
		os.RemoveAll(data)
		return nil, err
	}
	e := &Engine{Kind: kind, child: c, data: data}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	line, err := c.line(ctx)
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ok {
		e.Close()
		return nil, fmt.Errorf("%s did not start (%q, %v): %s", kind, line, err, c.errors())
	}
	e.URL = url
	return e, nil
}

// Close ends the node and removes its data.
func (e *Engine) Close() error {
	err := e.child.close()
	if rm := os.RemoveAll(e.data); err == nil {
		err = rm
	}
	return err
}

// PID is the node's process id, for messages and measurements.
func (e *Engine) PID() int { return e.child.cmd.Process.Pid }
