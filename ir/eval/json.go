package eval

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/huntc/huntc/ir"
)

// decodeJSON reads one JSON value and nothing after it. Keys keep their order and of a repeated one the last value stays; whole numbers
// stay int64. The library bounds the nesting.
func decodeJSON(b []byte) (any, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(b), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	x, err := decodeNext(d)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("more than one JSON value")
		}
		return nil, err
	}
	return x, nil
}

func decodeNext(d *jsontext.Decoder) (any, error) {
	tok, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch tok.Kind() {
	case '{':
		return decodeBag(d)
	case '[':
		return decodeArray(d)
	case '"':
		return tok.String(), nil
	case '0':
		return decodeNumber(tok.String())
	case 't', 'f':
		return tok.Bool(), nil
	default:
		return nil, nil
	}
}

func decodeNumber(s string) (any, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return nil, err
	}
	return f, nil
}

func decodeArray(d *jsontext.Decoder) (any, error) {
	list := []any{}
	for d.PeekKind() != ']' {
		x, err := decodeNext(d)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	_, err := d.ReadToken()
	return list, err
}

// manyKeys is from where on a map finds a repeated key faster than a look at all of them.
const manyKeys = 16

func decodeBag(d *jsontext.Decoder) (any, error) {
	bag := ir.Bag{}
	var at map[string]int
	for d.PeekKind() != '}' {
		tok, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := tok.String()
		x, err := decodeNext(d)
		if err != nil {
			return nil, err
		}
		if i, ok := keyIndex(bag, at, key); ok {
			bag[i].Value = x
			continue
		}
		bag = append(bag, ir.Member{Key: key, Value: x})
		switch {
		case at != nil:
			at[key] = len(bag) - 1
		case len(bag) == manyKeys:
			at = make(map[string]int, 2*manyKeys)
			for i, m := range bag {
				at[m.Key] = i
			}
		}
	}
	_, err := d.ReadToken()
	return bag, err
}

func keyIndex(bag ir.Bag, at map[string]int, key string) (int, bool) {
	if at != nil {
		i, ok := at[key]
		return i, ok
	}
	for i, m := range bag {
		if m.Key == key {
			return i, true
		}
	}
	return 0, false
}
