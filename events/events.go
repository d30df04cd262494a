// Package events reads files of events as typed tables: NDJSON, JSON arrays, CSV, TSV and Parquet, the text formats also gzipped.
package events

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// BadRows says what happens to a value that does not fit its column.
type BadRows int

const (
	Stop BadRows = iota // an error with file:line
	Null                // the value reads as null, and is counted
	Skip                // the row is left out, and is counted
)

// ParseBadRows reads "stop", "null" or "skip".
func ParseBadRows(s string) (BadRows, error) {
	for i, n := range []string{"stop", "null", "skip"} {
		if s == n {
			return BadRows(i), nil
		}
	}
	return Stop, fmt.Errorf("bad rows: %q is unknown; use stop, null or skip", s)
}

// Options say how a file is read.
type Options struct {
	Bad      BadRows
	Format   string                  // ndjson, json, csv, tsv, parquet; "" tells by name and first bytes
	Progress func(done, total int64) // bytes of the file, called about every MiB; may be nil
}

// Stats is what the last full reading of a file met.
type Stats struct {
	Rows     int64
	Nulled   int64  // values that did not fit and were read as null
	Skipped  int64  // rows left out
	Zoneless string // where the first datetime without a zone stood, "" for nowhere
}

// File is a file of events. It is an eval.Source: every Scan reads the file from the start, so rows are never all in memory.
type File struct {
	Name    string
	Stats   Stats
	path    string
	format  string
	cols    []ir.Column
	opt     Options
	temp    bool
	textual bool
}

// maxRecord bounds one record, in bytes.
const maxRecord = 64 << 20

// Open looks at a file. cols is the table's schema; with open, keys outside it become columns of the type that their values have, for
// which the whole file is read once. The path "-" reads standard input, kept in a temporary file until Close.
func Open(ctx context.Context, path string, cols []ir.Column, open bool, o Options) (*File, error) {
	f := &File{Name: path, path: path, opt: o, cols: append([]ir.Column(nil), cols...)}
	if path == "-" {
		f.Name = "standard input"
		if err := f.spool(os.Stdin); err != nil {
			f.Close()
			return nil, err
		}
	}
	var err error
	if f.format, err = f.detect(); err != nil {
		f.Close()
		return nil, err
	}
	f.textual = f.format == "csv" || f.format == "tsv"
	if open {
		if err := f.infer(ctx); err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}

// Close removes what standard input was kept in.
func (f *File) Close() error {
	if f.temp {
		return os.Remove(f.path)
	}
	return nil
}

func (f *File) spool(in io.Reader) error {
	tmp, err := os.CreateTemp("", "huntc-*")
	if err != nil {
		return err
	}
	defer tmp.Close()
	f.path, f.temp = tmp.Name(), true
	_, err = io.Copy(tmp, in)
	return err
}

// Schema returns the columns.
func (f *File) Schema() []ir.Column { return f.cols }

// Complete reports whether the columns are all that the file can hold: every row of a CSV, TSV or Parquet file has the same.
func (f *File) Complete() bool { return f.textual || f.format == "parquet" }

// detect tells the format by the name, then by the first bytes.
func (f *File) detect() (string, error) {
	if f.opt.Format != "" {
		return f.opt.Format, nil
	}
	name := strings.TrimSuffix(strings.ToLower(f.Name), ".gz")
	switch filepath.Ext(name) {
	case ".ndjson", ".jsonl":
		return "ndjson", nil
	case ".csv":
		return "csv", nil
	case ".tsv":
		return "tsv", nil
	case ".parquet":
		return "parquet", nil
	}
	in, err := f.open()
	if err != nil {
		return "", err
	}
	defer in.Close()
	head, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("%s: %w", f.Name, err)
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return "parquet", nil
	case bytes.HasPrefix(head, []byte("[")):
		return "json", nil
	case len(head) == 0 || head[0] == '{':
		return "ndjson", nil
	}
	return "", fmt.Errorf("%s: the format cannot be told; name the file .ndjson, .json, .csv, .tsv or .parquet", f.Name)
}

// input is an opened text file, unpacked.
type input struct {
	*bufio.Reader
	file  *os.File
	zip   *gzip.Reader
	count *counted
}

func (in *input) Close() error { return in.file.Close() }

// counted tells how much of the file was read.
type counted struct {
	io.Reader
	done, total, told int64
	tell              func(done, total int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.done += int64(n)
	if c.tell != nil && c.done-c.told >= 1<<20 {
		c.told = c.done
		c.tell(c.done, c.total)
	}
	return n, err
}

func (f *File) open() (*input, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", f.Name)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	in := &input{file: file, count: &counted{Reader: file, total: info.Size(), tell: f.opt.Progress}}
	in.Reader = bufio.NewReaderSize(in.count, 64<<10)
	if head, _ := in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		if in.zip, err = gzip.NewReader(in.Reader); err != nil {
			file.Close()
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		in.Reader = bufio.NewReaderSize(in.zip, 64<<10)
	}
	if head, _ := in.Peek(3); string(head) == "\xef\xbb\xbf" {
		in.Discard(3)
	}
	return in, nil
}

// record is one event: its keys and values, and where it stands.
type record struct {
	bag  ir.Bag
	line int64 // line of a text file, otherwise the number of the row, from 1
	bad  error // the record cannot be read, and reading can go on after it
}

// decoder gives one record after the other, then io.EOF.
type decoder interface {
	next() (record, error)
	close() error
}

func (f *File) decoder() (decoder, error) {
	if f.format == "parquet" {
		return f.parquet()
	}
	in, err := f.open()
	if err != nil {
		return nil, err
	}
	switch f.format {
	case "ndjson":
		return &lines{in: in}, nil
	case "json":
		return newArray(in)
	case "csv":
		return newCells(in, ',')
	case "tsv":
		return newCells(in, '\t')
	}
	in.Close()
	return nil, fmt.Errorf("%s: the format %q is not read; ndjson, json, csv, tsv and parquet are", f.Name, f.format)
}

// records walks the file once.
func (f *File) records(ctx context.Context, each func(record) (bool, error)) error {
	d, err := f.decoder()
	if err != nil {
		return f.located(0, err)
	}
	defer d.close()
	for n := 0; ; n++ {
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		rec, err := d.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return f.located(rec.line, err)
		}
		more, err := each(rec)
		if err != nil || !more {
			return err
		}
	}
}

func (f *File) located(line int64, err error) error {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return err
	}
	if line == 0 {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return fmt.Errorf("%s:%d: %w", f.Name, line, err)
}

// infer adds the keys outside the schema as columns, with the one type that fits all their values, else dynamic.
func (f *File) infer(ctx context.Context) error {
	known := map[string]bool{}
	for _, c := range f.cols {
		known[c.Name] = true
	}
	at := map[string]int{}
	err := f.records(ctx, func(rec record) (bool, error) {
		for _, m := range rec.bag {
			if known[m.Key] {
				continue
			}
			i, ok := at[m.Key]
			if !ok {
				i = len(f.cols)
				at[m.Key] = i
				f.cols = append(f.cols, ir.Column{Name: m.Key})
			}
			f.cols[i].Type = eval.WidenType(f.cols[i].Type, f.natural(m.Value))
		}
		return true, nil
	})
	for i := range f.cols {
		if f.cols[i].Type == ir.TypeUnset {
			f.cols[i].Type = ir.Dynamic
		}
		if f.textual && i >= len(known) && f.cols[i].Type == ir.Dynamic {
			f.cols[i].Type = ir.String // cells are text: what has no other type in common is one
		}
	}
	return err
}

func (f *File) natural(x any) ir.Type {
	if !f.textual {
		return eval.NaturalType(x)
	}
	s, _ := x.(string)
	return eval.NaturalTextType(s)
}

// Scan reads the file from the start.
func (f *File) Scan(ctx context.Context) iter.Seq2[[]ir.Value, error] {
	return func(yield func([]ir.Value, error) bool) {
		index := map[string]int{}
		for i, c := range f.cols {
			index[c.Name] = i
		}
		var st Stats
		defer func() { f.Stats = st }()
		stopped := false
		err := f.records(ctx, func(rec record) (bool, error) {
			row, err := f.row(rec, index, &st)
			if err != nil {
				return false, err
			}
			if row == nil {
				st.Skipped++
				return true, nil
			}
			st.Rows++
			stopped = !yield(row, nil)
			return !stopped, nil
		})
		if err != nil && !stopped {
			yield(nil, err)
		}
	}
}

// row types one record; nil means that it is left out.
func (f *File) row(rec record, index map[string]int, st *Stats) ([]ir.Value, error) {
	if rec.bad != nil {
		if f.opt.Bad == Stop {
			return nil, f.located(rec.line, rec.bad)
		}
		return nil, nil
	}
	row := make([]ir.Value, len(f.cols))
	for i, c := range f.cols {
		row[i].Type = c.Type
	}
	for _, m := range rec.bag {
		i, ok := index[m.Key]
		if !ok {
			continue
		}
		c := f.cols[i]
		v, ok := f.fit(m.Value, c.Type)
		if !ok {
			switch f.opt.Bad {
			case Stop:
				return nil, f.located(rec.line, fmt.Errorf("%s is no %s for column %s", clip(ir.JSONText(m.Value)), c.Type, c.Name))
			case Skip:
				return nil, nil
			}
			st.Nulled++
			v = ir.Value{Type: c.Type}
		}
		if s, text := m.Value.(string); text && c.Type == ir.Datetime && s != "" && st.Zoneless == "" && !eval.HasZone(s) {
			st.Zoneless = fmt.Sprintf("%s:%d", f.Name, rec.line)
		}
		row[i] = v
	}
	return row, nil
}

func (f *File) fit(x any, t ir.Type) (ir.Value, bool) {
	if s, ok := x.(string); ok && f.textual {
		return eval.FitText(s, t)
	}
	return eval.Fit(x, t)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
