// Command huntc compiles threat hunts from one SIEM's language to others'.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

// Exit statuses, the same for every command.
const (
	exitDone    = 0
	exitFinding = 1 // the work is done and something crossed --fail-on
	exitUsage   = 2
	exitFailed  = 3 // could not work: I/O, engine, network, bad data
)

// exitError carries an exit status; a nil Err prints nothing.
type exitError struct {
	status int
	err    error
}

func (e exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func failed(err error) error { return exitError{exitFailed, err} }
func usage(err error) error  { return exitError{exitUsage, err} }

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var ee exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &ee):
		if ee.err != nil {
			fmt.Fprintln(os.Stderr, "huntc:", ee.err)
		}
		return ee.status
	default: // cobra's own: unknown flag, wrong arguments
		fmt.Fprintln(os.Stderr, "huntc:", err)
		return exitUsage
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "huntc",
		Short:         "Compile threat hunts from one SIEM's language to others'",
		SilenceUsage:  true,
		SilenceErrors: true,
		Example:       "  huntc translate rules/hunts --to all --out out",
	}
	root.AddCommand(newTranslate(), newCheck(), newRun(), newTest(), newVerify(), newExplain(), newVersion())
	return root
}
