package events

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// lines decodes one JSON object a line.
type lines struct {
	in   *input
	line int64
	buf  []byte
}

func (l *lines) close() error { return l.in.Close() }

func (l *lines) next() (record, error) {
	for {
		text, err := l.read()
		if len(bytes.TrimSpace(text)) > 0 {
			return asRecord(text, l.line), nil
		}
		if err != nil {
			return record{line: l.line}, err
		}
	}
}

// read gives the next line without its end; io.EOF comes with or after the last.
func (l *lines) read() ([]byte, error) {
	l.line++
	l.buf = l.buf[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		l.buf = append(l.buf, part...)
		if len(l.buf) > maxRecord {
			return nil, fmt.Errorf("the line is longer than %d bytes", maxRecord)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return l.buf, err
		}
	}
}

func asRecord(text []byte, line int64) record {
	x, err := eval.DecodeJSON(text)
	if err != nil {
		return record{line: line, bad: err}
	}
	bag, ok := x.(ir.Bag)
	if !ok {
		return record{line: line, bad: errors.New("not a JSON object")}
	}
	return record{bag: bag, line: line}
}

// array decodes a JSON array of objects, one element at a time.
type array struct {
	in   *input
	feed *lineCounter
	dec  *json.Decoder
}

// lineCounter remembers where the lines of a stream end, so that an offset can be told as a line.
type lineCounter struct {
	io.Reader
	read int64
	ends []int64
	line int64 // lines that end before what was asked last
}

func (c *lineCounter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	for i, b := range p[:n] {
		if b == '\n' {
			c.ends = append(c.ends, c.read+int64(i))
		}
	}
	c.read += int64(n)
	return n, err
}

// at is the line of an offset; offsets come in ascending order.
func (c *lineCounter) at(offset int64) int64 {
	n := 0
	for n < len(c.ends) && c.ends[n] < offset {
		n++
	}
	c.ends = c.ends[n:]
	c.line += int64(n)
	return c.line + 1
}

func newArray(in *input) (*array, error) {
	feed := &lineCounter{Reader: in}
	a := &array{in: in, feed: feed, dec: json.NewDecoder(feed)}
	tok, err := a.dec.Token()
	if err == nil && tok != json.Delim('[') {
		err = errors.New("not a JSON array")
	}
	if err != nil {
		in.Close()
		return nil, err
	}
	return a, nil
}

func (a *array) close() error { return a.in.Close() }

func (a *array) next() (record, error) {
	if !a.dec.More() {
		line := a.feed.at(a.dec.InputOffset())
		if _, err := a.dec.Token(); err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("the array has no end")
			}
			return record{line: line}, err
		}
		return record{}, io.EOF
	}
	var text json.RawMessage
	if err := a.dec.Decode(&text); err != nil {
		return record{line: a.feed.at(a.dec.InputOffset())}, err
	}
	return asRecord(text, a.feed.at(a.dec.InputOffset()-int64(len(text))+1)), nil
}

// cells decodes CSV or TSV with a line of names at the top.
type cells struct {
	in    *input
	csv   *csv.Reader
	names []string
}

func newCells(in *input, comma rune) (*cells, error) {
	c := &cells{in: in, csv: csv.NewReader(in)}
	c.csv.Comma, c.csv.ReuseRecord, c.csv.FieldsPerRecord = comma, true, -1
	c.csv.LazyQuotes = comma == '\t'
	names, err := c.csv.Read()
	if err != nil {
		in.Close()
		if errors.Is(err, io.EOF) {
			err = errors.New("the line of column names is not there")
		}
		return nil, err
	}
	c.names = append(c.names, names...)
	return c, nil
}

func (c *cells) close() error { return c.in.Close() }

func (c *cells) next() (record, error) {
	row, err := c.csv.Read()
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return record{line: int64(parse.Line), bad: parse.Err}, nil
	}
	if err != nil {
		return record{}, err
	}
	line, _ := c.csv.FieldPos(0)
	rec := record{line: int64(line)}
	if len(row) != len(c.names) {
		rec.bad = fmt.Errorf("%d cells for %d columns", len(row), len(c.names))
		return rec, nil
	}
	for i, s := range row {
		rec.bag = append(rec.bag, ir.Member{Key: c.names[i], Value: s})
	}
	return rec, nil
}
