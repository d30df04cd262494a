package eval

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/huntc/huntc/ir"
)

// flattenFunctions name the parts of structured text by their paths.
func flattenFunctions() map[string]function {
	return map[string]function{"flatten_json": {2, 2, false, plainly(flattenJSON)}}
}

// flattenJSON(text, most) is a bag of the values of a JSON text by their paths: a.b for a member, a{} for the elements of an array, which
// are an array when there are several. A boolean is text. Text that is no object or array has none; one of more than most characters
// is an error, because Splunk reads a part of it.
func flattenJSON(a []ir.Value) (ir.Value, error) {
	s, most := asText(a[0]), number(a, 1, 0)
	if n := utf8.RuneCountInString(s); int64(n) > most {
		return ir.Value{}, fmt.Errorf("the text has %d characters, of which %d are read", n, most)
	}
	f := &flattening{at: map[string]int{}}
	switch v := parseJSON(ir.Value{Type: ir.String, V: s}).V.(type) {
	case ir.Bag, []any:
		if err := f.add("", v, 0); err != nil {
			return ir.Value{}, err
		}
	}
	return ir.Value{Type: ir.Dynamic, V: f.out}, nil
}

// flattening collects values by path in the order in which they come.
type flattening struct {
	out ir.Bag
	at  map[string]int
}

// maxLevels bounds the levels of a JSON text that are named.
const maxLevels = 200

func (f *flattening) add(path string, v any, depth int) error {
	if depth > maxLevels {
		return fmt.Errorf("the text is nested more than %d deep", maxLevels)
	}
	switch v := v.(type) {
	case nil:
		return fmt.Errorf("the member %s is null, and no page says what becomes of it", path)
	case ir.Bag:
		for _, m := range v {
			name := m.Key
			if path != "" {
				name = path + "." + m.Key
			}
			if err := f.add(name, m.Value, depth+1); err != nil {
				return err
			}
		}
		return nil
	case []any:
		for _, x := range v {
			if err := f.add(path+"{}", x, depth+1); err != nil {
				return err
			}
		}
		return nil
	case bool:
		f.put(path, strconv.FormatBool(v))
	default:
		f.put(path, v)
	}
	return nil
}

func (f *flattening) put(path string, v any) {
	i, again := f.at[path]
	if !again {
		f.at[path] = len(f.out)
		f.out = append(f.out, ir.Member{Key: path, Value: v})
		return
	}
	if list, ok := f.out[i].Value.([]any); ok {
		f.out[i].Value = append(list, v)
		return
	}
	f.out[i].Value = []any{f.out[i].Value, v}
}
