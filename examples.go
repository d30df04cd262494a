package huntc

import (
	"embed"
	"strings"

	"github.com/huntc/huntc/diag"
)

// exampleFS holds one small hunt per code that shows it. The first line is a comment with the command.
//
//go:embed codes
var exampleFS embed.FS

// Example is a hunt that shows a code: the command that is run on it, and its text.
type Example struct {
	Code    diag.Code
	File    string // CODE.kql, CODE.yaml or CODE.spl
	Command string // as in "huntc translate --to esql@9.5/elastic"
	Text    string // the hunt, without the line of the command
}

// ExampleOf returns the example of a code; ok is false for a code without one.
func ExampleOf(code diag.Code) (e Example, ok bool) {
	for _, ext := range []string{".kql", ".yaml", ".spl"} {
		b, err := exampleFS.ReadFile("codes/" + string(code) + ext)
		if err != nil {
			continue
		}
		first, text, _ := strings.Cut(string(b), "\n")
		return Example{Code: code, File: string(code) + ext, Command: strings.TrimLeft(first, "/# "), Text: text}, true
	}
	return e, false
}

// Target returns the target that the example's command names, "" for none.
func (e Example) Target() string {
	_, after, _ := strings.Cut(e.Command, "--to ")
	to, _, _ := strings.Cut(after, " ")
	return to
}
