package content

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strings"

	"github.com/huntc/huntc/diag"
)

// maxFile is the largest file that is read: hunts have a few kilobytes.
const maxFile = 1 << 20

// An Error says why a file is not a usable hunt. Its Diagnostics hold at least one error.
type Error struct {
	File        string
	Diagnostics diag.List
	Err         error // the file system's error, may be nil
}

// Error renders the first error.
func (e *Error) Error() string {
	for _, d := range e.Diagnostics {
		if d.Severity == diag.Error {
			return d.Error()
		}
	}
	return e.File + ": cannot be read"
}

// Unwrap returns the file system's error.
func (e *Error) Unwrap() error { return e.Err }

// Load reads the hunts of a file or, in lexical order, of a folder with its subfolders. A file that is not a usable hunt
// yields an *Error, with what could be read of the hunt or nil, and the others go on. The end of the context is yielded as
// its error and ends the sequence.
//
// In a folder, other extensions, hidden files and folders, licence and readme texts, tests of hunts (NAME.test.yaml) and huntc.yaml are passed over.
// Symbolic links inside a folder are an error and are not followed: they can lead out of it or round in circles.
func Load(ctx context.Context, fsys fs.FS, root string) iter.Seq2[*Hunt, error] {
	return func(yield func(*Hunt, error) bool) {
		clean := path.Clean(root)
		if !fs.ValidPath(clean) {
			yield(nil, fileError(root, "the path leads out of the folder", fs.ErrInvalid))
			return
		}
		err := fs.WalkDir(fsys, clean, func(name string, d fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return visit(fsys, clean, name, d, err, yield)
		})
		if err != nil {
			yield(nil, err)
		}
	}
}

func visit(fsys fs.FS, root, name string, d fs.DirEntry, err error, yield func(*Hunt, error) bool) error {
	named := name == root // what the user names is read whatever it is called
	switch {
	case err != nil:
		return goOn(yield(nil, fileError(name, plain(err), err)))
	case d.IsDir() && !named && hidden(name):
		return fs.SkipDir
	case d.IsDir(), !named && passedOver(name):
		return nil
	case extension(name) == "":
		return goOn(yield(nil, fileError(name, "the name does not end in .yaml, .yml, .kql, .csl or .txt", nil)))
	case d.Type()&fs.ModeSymlink != 0 && !named:
		return goOn(yield(nil, fileError(name, "symbolic links in a folder are not followed", nil)))
	}
	return loadFile(fsys, name, yield)
}

func goOn(more bool) error {
	if more {
		return nil
	}
	return fs.SkipAll
}

// loadFile yields each hunt of a file.
func loadFile(fsys fs.FS, name string, yield func(*Hunt, error) bool) error {
	text, err := readFile(fsys, name)
	if err != nil {
		return goOn(yield(nil, fileError(name, plain(err), err)))
	}
	for _, h := range Read(name, text) {
		var err error
		if h.Diagnostics.HasErrors() {
			err = &Error{File: name, Diagnostics: h.Diagnostics}
		}
		if !yield(h, err) {
			return fs.SkipAll
		}
	}
	return nil
}

var (
	errTooLarge   = fmt.Errorf("the file is larger than %d bytes", maxFile)
	errNotRegular = errors.New("not a regular file")
)

func readFile(fsys fs.FS, name string) ([]byte, error) {
	// Stat comes first: opening a named pipe would wait for a writer.
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = errTooLarge
	}
	return text, err
}

func fileError(name, message string, err error) *Error {
	// A source without text: there is no position, but the message names the file.
	return &Error{File: name, Err: err, Diagnostics: diag.List{{
		Code: CodeFile, Severity: diag.Error, Source: &diag.Source{Name: name}, Message: message,
	}}}
}

// plain drops the operation and path of a file system error, which the diagnostic says itself.
func plain(err error) string {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// extension returns the extension in lower case if it is one of a hunt, else "".
func extension(name string) string {
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".yaml", ".yml", ".kql", ".csl", ".txt":
		return ext
	}
	return ""
}

func baseName(name string) string { return strings.TrimSuffix(path.Base(name), path.Ext(name)) }

func hidden(name string) bool { return strings.HasPrefix(path.Base(name), ".") }

// passedOver says which files of a folder are no hunts.
func passedOver(name string) bool {
	base := strings.ToLower(path.Base(name))
	if hidden(name) || extension(name) == "" || base == "huntc.yaml" || base == "huntc.yml" || strings.HasSuffix(base, ".test.yaml") {
		return true
	}
	for _, prefix := range []string{"license", "licence", "readme", "notice", "copying"} {
		// License texts end in .txt like queries do; a query or rule keeps its name.
		if strings.HasPrefix(base, prefix) && extension(name) == ".txt" {
			return true
		}
	}
	return false
}
