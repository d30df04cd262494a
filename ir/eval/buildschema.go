package eval

import (
	"slices"

	"github.com/huntc/huntc/ir"
)

// schemaOf is the smallest schema that admits every value: learn.microsoft.com/kusto/query/buildschema-aggregation-function. A
// leaf is the name of its type, a bag maps keys to schemas, an array is a bag with the one key `indexer`, and several of these are
// an array.
type schemaOf struct{ root shape }

// shape is what was seen at one place of the values.
type shape struct {
	leaves []string // names of types, in order of first occurrence
	bag    *fields
	array  *shape
}

// fields are the keys of a bag, in order of first occurrence.
type fields struct {
	keys   []string
	shapes map[string]*shape
}

func (s *schemaOf) add(a []ir.Value, _ payload) error {
	if !a[0].IsNull() {
		s.root.see(a[0].V)
	}
	return nil
}

func (s *shape) see(x any) {
	switch x := x.(type) {
	case nil:
	case []any:
		if s.array == nil {
			s.array = &shape{}
		}
		for _, e := range x {
			s.array.see(e)
		}
	case ir.Bag:
		if s.bag == nil {
			s.bag = &fields{shapes: map[string]*shape{}}
		}
		for _, m := range x {
			if s.bag.shapes[m.Key] == nil {
				s.bag.keys = append(s.bag.keys, m.Key)
				s.bag.shapes[m.Key] = &shape{}
			}
			s.bag.shapes[m.Key].see(m.Value)
		}
	default:
		if n := leafName(x); !slices.Contains(s.leaves, n) {
			s.leaves = append(s.leaves, n)
		}
	}
}

func leafName(x any) string {
	switch x.(type) {
	case bool:
		return "bool"
	case int64:
		return "long"
	case float64:
		return "double"
	default:
		return "string"
	}
}

func (s *shape) schema() any {
	var all []any
	if s.bag != nil {
		bag := ir.Bag{}
		for _, k := range s.bag.keys {
			bag = append(bag, ir.Member{Key: k, Value: s.bag.shapes[k].schema()})
		}
		all = append(all, bag)
	}
	if s.array != nil {
		all = append(all, ir.Bag{{Key: "`indexer`", Value: s.array.schema()}})
	}
	for _, n := range s.leaves {
		all = append(all, n)
	}
	switch len(all) {
	case 0:
		return ir.Bag{}
	case 1:
		return all[0]
	}
	return all
}

func (s *schemaOf) value() (ir.Value, error) {
	return ir.Value{Type: ir.Dynamic, V: s.root.schema()}, nil
}
