package events

import (
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/huntc/huntc/ir"
)

// columnar decodes a Parquet file, a batch of rows at a time.
type columnar struct {
	file   *os.File
	fields []parquet.Field
	reader *parquet.GenericReader[any]
	batch  []any
	held   []any
	row    int64
	size   int64
	tell   func(done, total int64)
}

func (f *File) parquet() (decoder, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	d, err := newColumnar(file, f.opt.Progress)
	if err != nil {
		file.Close()
		return nil, err
	}
	return d, nil
}

func newColumnar(file *os.File, tell func(done, total int64)) (*columnar, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	pf, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return nil, err
	}
	return &columnar{file: file, fields: pf.Schema().Fields(), reader: parquet.NewGenericReader[any](pf), batch: make([]any, 256),
		size: pf.NumRows(), tell: tell}, nil
}

func (c *columnar) close() error {
	c.reader.Close()
	return c.file.Close()
}

func (c *columnar) next() (record, error) {
	if len(c.held) == 0 {
		n, err := c.reader.Read(c.batch)
		if n == 0 {
			if err == nil {
				err = io.ErrNoProgress
			}
			return record{line: c.row + 1}, err
		}
		c.held = c.batch[:n]
		if c.tell != nil {
			c.tell(c.row, c.size)
		}
	}
	m, ok := c.held[0].(map[string]any)
	c.held = c.held[1:]
	c.row++
	if !ok {
		return record{line: c.row}, fmt.Errorf("the row is %T, not a record", m)
	}
	rec := record{line: c.row}
	for _, f := range c.fields {
		v, err := native(m[f.Name()], f)
		if err != nil {
			return rec, fmt.Errorf("column %s: %w", f.Name(), err)
		}
		rec.bag = append(rec.bag, ir.Member{Key: f.Name(), Value: v})
	}
	return rec, nil
}

// native makes a dynamic value of what the library gives. node is its place in the file's schema; nil below lists and maps.
func native(x any, node parquet.Node) (any, error) {
	if node != nil && node.Leaf() {
		if v, ok := logical(x, node); ok {
			return v, nil
		}
	}
	switch x := x.(type) {
	case nil, bool, int64, string:
		return x, nil
	case int32:
		return int64(x), nil
	case uint32:
		return int64(x), nil
	case uint64:
		if x > math.MaxInt64 {
			return nil, fmt.Errorf("%d is larger than a long", x)
		}
		return int64(x), nil
	case float32:
		return float64(x), nil
	case float64:
		return x, nil
	case []byte:
		return string(x), nil
	case time.Time:
		return ir.FormatDatetime(ir.TicksOf(x)), nil
	case []any:
		list := make([]any, len(x))
		for i, e := range x {
			var err error
			if list[i], err = native(e, element(node)); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		return object(x, node)
	default:
		return nil, fmt.Errorf("values of type %T are not read", x)
	}
}

// logical reads dates and times, which the library gives as numbers.
func logical(x any, node parquet.Node) (any, bool) {
	t := node.Type().LogicalType()
	if t == nil {
		return nil, false
	}
	var n int64
	switch x := x.(type) {
	case int64:
		n = x
	case int32:
		n = int64(x)
	default:
		return nil, false
	}
	at, ok := instant(t.Value, n)
	if !ok {
		return nil, false
	}
	return ir.FormatDatetime(ir.TicksOf(at.UTC())), true
}

func instant(t format.LogicalTypeValue, n int64) (time.Time, bool) {
	switch t := t.(type) {
	case *format.DateType:
		return time.Unix(n*86400, 0), true
	case *format.TimestampType:
		switch t.Unit.Value.(type) {
		case *format.MilliSeconds:
			return time.UnixMilli(n), true
		case *format.MicroSeconds:
			return time.UnixMicro(n), true
		case *format.NanoSeconds:
			return time.Unix(0, n), true
		}
	}
	return time.Time{}, false
}

// element is the schema of a list's elements, nil when it has another shape.
func element(node parquet.Node) parquet.Node {
	for range 2 {
		if node == nil || node.Leaf() || len(node.Fields()) != 1 {
			return nil
		}
		node = node.Fields()[0]
	}
	return node
}

func object(x map[string]any, node parquet.Node) (any, error) {
	bag := ir.Bag{}
	below := map[string]parquet.Node{}
	keys := slices.Sorted(maps.Keys(x))
	if node != nil && !node.Leaf() {
		keys = keys[:0]
		for _, f := range node.Fields() {
			if _, ok := x[f.Name()]; ok {
				below[f.Name()] = f
				keys = append(keys, f.Name())
			}
		}
		if len(keys) < len(x) { // a map: its keys are data
			keys = slices.Sorted(maps.Keys(x))
		}
	}
	for _, k := range keys {
		v, err := native(x[k], below[k])
		if err != nil {
			return nil, err
		}
		bag = append(bag, ir.Member{Key: k, Value: v})
	}
	return bag, nil
}
