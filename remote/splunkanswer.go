package remote

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// splunkMessage is a remark of Splunk: DEBUG, INFO, WARN, ERROR or FATAL.
type splunkMessage struct{ Type, Text string }

func (m splunkMessage) severity() Severity {
	switch strings.ToUpper(m.Type) {
	case "DEBUG", "INFO":
		return Benign
	case "ERROR", "FATAL":
		return Partial
	}
	return Unexpected
}

// splunkMessages are a list of messages, in older versions an object of texts by type.
type splunkMessages []splunkMessage

// UnmarshalJSON reads both forms.
func (l *splunkMessages) UnmarshalJSON(b []byte) error {
	if !bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		return json.Unmarshal(b, (*[]splunkMessage)(l))
	}
	var types map[string][]string
	if err := json.Unmarshal(b, &types); err != nil {
		return err
	}
	for t, texts := range types {
		for _, text := range texts {
			*l = append(*l, splunkMessage{t, text})
		}
	}
	return nil
}

func (l splunkMessages) text() string {
	var out []string
	for _, m := range l {
		if s := m.Type + ": " + m.Text; !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return clip(strings.Join(out, "; "), 2000)
}

// failures are the messages that mean that nothing can be relied on, "" for none.
func (l splunkMessages) failures() string {
	return slices.DeleteFunc(slices.Clone(l), func(m splunkMessage) bool { return m.severity() < Partial }).text()
}

// splunkFlag is a truth value: true in JSON, "1" in what was made of XML.
type splunkFlag bool

// UnmarshalJSON reads true, 1, "1" and "true".
func (f *splunkFlag) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseBool(strings.Trim(string(b), `"`))
	if err != nil {
		return fmt.Errorf("%s is no truth value", clip(string(b), 40))
	}
	*f = splunkFlag(v)
	return nil
}

// splunkCount is a number, or its text.
type splunkCount int64

// UnmarshalJSON reads 5 and "5".
func (c *splunkCount) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("%s is no count", clip(string(b), 40))
	}
	*c = splunkCount(n)
	return nil
}

// splunkRows is an answer of …/results in output_mode=json. One without rows has no fields.
type splunkRows struct {
	Preview  splunkFlag
	Messages splunkMessages
	Fields   []struct{ Name string }
	Results  []map[string]any
}

// table makes rows of the answer's: text, or a list of texts. The columns stand as the answer's fields do.
func (a *splunkRows) table() (*eval.Table, error) {
	at := map[string]int{}
	t := &eval.Table{}
	add := func(name string) {
		if _, ok := at[name]; !ok {
			at[name] = len(t.Columns)
			t.Columns = append(t.Columns, ir.Column{Name: name, Type: ir.Dynamic})
		}
	}
	for _, f := range a.Fields {
		add(f.Name)
	}
	for _, r := range a.Results {
		var names []string
		for k := range r {
			names = append(names, k)
		}
		slices.Sort(names)
		for _, k := range names {
			add(k)
		}
	}
	for _, r := range a.Results {
		row := make([]ir.Value, len(t.Columns))
		for i, c := range t.Columns {
			v, err := splunkValue(c.Name, r[c.Name])
			if err != nil {
				return nil, err
			}
			row[i] = ir.Value{Type: ir.Dynamic, V: v}
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// splunkValue reads text or a list of texts; a list of one value is that value, as for every command of SPL. _time is shown as a date;
// elsewhere it is seconds.
func splunkValue(field string, v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		if t, err := time.Parse("2006-01-02T15:04:05.999999999Z07:00", v); err == nil && field == "_time" {
			return strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'f', -1, 64), nil
		}
		return v, nil
	case json.Number:
		return v.String(), nil
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			text, ok := e.(string)
			if !ok {
				return nil, fmt.Errorf("the field %s of the answer holds a list of other things than text", field)
			}
			list[i] = text
		}
		switch len(list) {
		case 0:
			return nil, nil
		case 1:
			return list[0], nil
		}
		return list, nil
	}
	return nil, fmt.Errorf("the field %s of the answer is neither text nor a list", field)
}
