package engines

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"
)

// child is a process that answers lines and ends when its standard input closes.
type child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan string // closed at the end of output
	stderr *tail
	done   chan struct{} // closed when the process has ended
	err    error         // its exit status, valid after done
	stop   sync.Once
	wait   time.Duration // how long it may take to end by itself
}

// maxAnswer bounds one line of a child's output.
const maxAnswer = 64 << 20

func spawn(program string, args ...string) (*child, error) {
	c := &child{cmd: exec.Command(program, args...), lines: make(chan string), stderr: &tail{}, done: make(chan struct{}), wait: patience}
	c.cmd.Stderr = c.stderr
	detach(c.cmd)
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	c.in = in
	go c.read(out)
	return c, nil
}

// read hands out lines until the output ends, then reaps the process.
func (c *child) read(out io.Reader) {
	s := bufio.NewScanner(out)
	s.Buffer(make([]byte, 64<<10), maxAnswer)
	for s.Scan() {
		c.lines <- s.Text()
	}
	close(c.lines)
	c.err = c.cmd.Wait()
	close(c.done)
}

// line waits for the next line.
func (c *child) line(ctx context.Context) (string, error) {
	select {
	case l, ok := <-c.lines:
		if !ok {
			return "", fmt.Errorf("the process ended: %s", c.errors())
		}
		return l, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// ask sends a line and waits for its answer. After an error the child is out of step and must be closed.
func (c *child) ask(ctx context.Context, request []byte) (string, error) {
	if _, err := c.in.Write(append(request, '\n')); err != nil {
		return "", fmt.Errorf("%w: %s", err, c.errors())
	}
	return c.line(ctx)
}

// patience is how long a child may take to end by itself before it is killed; Elasticsearch takes 3 s.
const patience = 15 * time.Second

func (c *child) close() error {
	c.stop.Do(func() {
		c.in.Close()
		go func() {
			for range c.lines { // so that the reader reaches the end
			}
		}()
		timer := time.NewTimer(c.wait)
		defer timer.Stop()
		select {
		case <-c.done:
		case <-timer.C:
			c.cmd.Process.Kill()
			<-c.done
		}
	})
	return c.err
}

func (c *child) errors() string { return c.stderr.String() }

// tail keeps the last bytes of a process's messages.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailSize = 8 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - tailSize; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
