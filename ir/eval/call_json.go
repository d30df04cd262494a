package eval

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/huntc/huntc/ir"
)

// jsonFunctions read and write structured text: JSON, XML, CSV.
func jsonFunctions() map[string]function {
	return map[string]function{
		"parse_json":      {1, 1, true, total(func(a []ir.Value) ir.Value { return parseJSON(a[0]) })},
		"extract_json":    {2, 3, true, extractJSON},
		"dynamic_to_json": {1, 1, true, total(dynamicToJSON)},
		"parse_xml":       {1, 1, true, total(func(a []ir.Value) ir.Value { return parseXML(asText(a[0])) })},
		"parse_csv":       {1, 1, true, total(func(a []ir.Value) ir.Value { return parseCSV(asText(a[0])) })},
	}
}

// jsonPath reads $.a.b, $['a']["b"] and $.a[0]: learn.microsoft.com/kusto/query/jsonpath.
func jsonPath(s string) ([]ir.Step, error) {
	bad := fmt.Errorf("%q is no JSON path: expected $ and then .name, ['name'] or [number]", s)
	rest, ok := strings.CutPrefix(s, "$")
	if !ok {
		return nil, bad
	}
	var steps []ir.Step
	for rest != "" {
		switch {
		case rest[0] == '.' && len(rest) > 1:
			end := strings.IndexAny(rest[1:], ".[") + 1
			if end == 0 {
				end = len(rest)
			}
			if end == 1 && rest[1] != '[' {
				return nil, bad
			}
			if end > 1 {
				steps = append(steps, ir.Step{Key: rest[1:end]})
			}
			rest = rest[end:]
		case rest[0] == '[' && len(rest) > 2 && (rest[1] == '\'' || rest[1] == '"'):
			key, after, ok := strings.Cut(rest[2:], string(rest[1])+"]")
			if !ok {
				return nil, bad
			}
			steps, rest = append(steps, ir.Step{Key: key}), after
		case rest[0] == '[':
			inner, after, ok := strings.Cut(rest[1:], "]")
			n, err := strconv.Atoi(inner)
			if !ok || err != nil {
				return nil, bad
			}
			steps, rest = append(steps, ir.Step{Index: n, IsIndex: true}), after
		default:
			return nil, bad
		}
	}
	return steps, nil
}

// extractJSON(path, text) is the text of what stands there; what is not there, or no JSON, is null.
// learn.microsoft.com/kusto/query/extract-json-function
func extractJSON(r *runner, a []ir.Value) (ir.Value, error) {
	steps, err := jsonPath(asText(a[0]))
	if err != nil {
		return none(ir.String), err
	}
	x, err := decodeJSON([]byte(asText(a[1])))
	if err != nil {
		return none(ir.String), nil
	}
	return cast(dynamic(r.walk(x, steps)), ir.String)
}

// dynamicToJSON sorts the keys of bags, so that equal values have equal text. learn.microsoft.com/kusto/query/dynamic-to-json-function
func dynamicToJSON(a []ir.Value) ir.Value {
	switch a[0].V.(type) {
	case []any, ir.Bag:
		return text(ir.JSONText(canonical(a[0].V)))
	default:
		return text(asText(a[0]))
	}
}

func canonical(x any) any {
	switch x := x.(type) {
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = canonical(e)
		}
		return out
	case ir.Bag:
		out := make(ir.Bag, len(x))
		for i, m := range x {
			out[i] = ir.Member{Key: m.Key, Value: canonical(m.Value)}
		}
		slices.SortStableFunc(out, func(m, n ir.Member) int { return strings.Compare(m.Key, n.Key) })
		return out
	default:
		return x
	}
}

// parseCSV reads one record; a quoted field may hold commas, line breaks and doubled quotes. learn.microsoft.com/kusto/query/parse-csv-function
func parseCSV(s string) ir.Value {
	fields := []any{}
	var b strings.Builder
	quoted, fresh := false, true
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quoted && c == '"' && i+1 < len(s) && s[i+1] == '"':
			b.WriteByte('"')
			i++
		case quoted && c == '"':
			quoted = false
		case quoted:
			b.WriteByte(c)
		case fresh && c == '"':
			quoted, fresh = true, false
		case c == ',':
			fields = append(fields, b.String())
			b.Reset()
			fresh = true
		case c == '\n' || c == '\r':
			return dynamic(append(fields, b.String()))
		default:
			b.WriteByte(c)
			fresh = false
		}
	}
	return dynamic(append(fields, b.String()))
}

// maxXML is the longest text that parse_xml reads, and maxDepth how deep elements may stand in one another.
const (
	maxXML   = 1 << 20
	maxDepth = 1000
)

// xmlNode is an XML element in work.
type xmlNode struct {
	name    string
	members ir.Bag
	counts  map[string]int // of a name that came before
	text    string
}

func newNode(name string) *xmlNode { return &xmlNode{name: name, counts: map[string]int{}} }

// add puts a member; one that repeats becomes an array.
func (e *xmlNode) add(name string, v any) {
	e.counts[name]++
	switch e.counts[name] {
	case 1:
		e.members = append(e.members, ir.Member{Key: name, Value: v})
	case 2:
		old, _ := e.members.Get(name)
		e.members = put(e.members, name, []any{old, v})
	default:
		old, _ := e.members.Get(name)
		list, _ := old.([]any)
		e.members = put(e.members, name, append(list, v))
	}
}

// flush turns text between other nodes into a member.
func (e *xmlNode) flush() {
	if s := strings.TrimSpace(e.text); s != "" {
		e.add("#text", s)
	}
	e.text = ""
}

// value is what an element becomes: null, its text, or a bag.
func (e *xmlNode) value() any {
	e.flush()
	if len(e.members) == 0 {
		return nil
	}
	if t, ok := e.members[0].Value.(string); ok && len(e.members) == 1 && e.members[0].Key == "#text" {
		return t
	}
	return e.members
}

// parseXML maps elements, attributes and text; comments, instructions and CDATA sections are passed over. What is no XML is null.
// learn.microsoft.com/kusto/query/parse-xml-function
func parseXML(s string) ir.Value {
	if len(s) > maxXML {
		return none(ir.Dynamic)
	}
	d := xml.NewDecoder(strings.NewReader(s))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	root := newNode("")
	stack := []*xmlNode{root}
	for {
		before := d.InputOffset()
		tok, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil || len(stack) > maxDepth {
			return none(ir.Dynamic)
		}
		top := stack[len(stack)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			top.flush()
			e := newNode(qualified(t.Name))
			for _, attr := range t.Attr {
				e.add("@"+qualified(attr.Name), attr.Value)
			}
			stack = append(stack, e)
		case xml.EndElement:
			if len(stack) == 1 || top.name != qualified(t.Name) {
				return none(ir.Dynamic)
			}
			stack = stack[:len(stack)-1]
			stack[len(stack)-1].add(top.name, top.value())
		case xml.CharData:
			if !strings.HasPrefix(s[before:], "<![CDATA[") {
				top.text += string(t)
			}
		}
	}
	if len(stack) != 1 || len(root.members) != 1 || root.counts[root.members[0].Key] != 1 || strings.TrimSpace(root.text) != "" {
		return none(ir.Dynamic)
	}
	return dynamic(root.members)
}

func qualified(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}
