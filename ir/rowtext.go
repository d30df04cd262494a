package ir

import (
	"fmt"
	"strings"
)

func (e Expansion) text() string {
	var b strings.Builder
	for i, c := range e.Cols {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.Name + " = " + Text(c.X))
		if c.To != TypeUnset {
			b.WriteString(" to " + c.To.String())
		}
	}
	if e.Index != "" {
		b.WriteString(" index " + e.Index)
	}
	if e.Pairs {
		b.WriteString(" pairs")
	}
	if e.Limit != NoLimit {
		fmt.Fprintf(&b, " limit %d", e.Limit)
	}
	return b.String()
}

func (s *RowSchema) text() string {
	if s == nil {
		return ""
	}
	var parts []string
	if s.Star {
		parts = append(parts, "*")
	}
	for _, c := range s.Columns {
		parts = append(parts, c.Name+":"+c.Type.String())
	}
	return " : (" + strings.Join(parts, ", ") + ")"
}

func (p ParsePart) text() string {
	switch {
	case p.Star:
		return "*"
	case p.Name != "":
		return p.Name + ":" + p.To.String()
	default:
		return fmt.Sprintf("%q", p.Text)
	}
}

func (i ColumnItem) text() string {
	s := i.Name
	if i.Wild {
		s = "pattern " + s
	}
	if i.To != "" {
		s = i.To + " = " + s
	}
	if i.Order != "" {
		s += " " + i.Order
	}
	return s
}

// rowOpText writes an op of this file without what is nested in it.
func rowOpText(o Op) (string, bool) {
	switch o := o.(type) {
	case *ExpandMany:
		return "expand many " + o.Expansion.text(), true
	case *Apply:
		return "apply " + o.Expansion.text(), true
	case *Parse:
		parts := make([]string, len(o.Parts))
		for i, p := range o.Parts {
			parts[i] = p.text()
		}
		s := fmt.Sprintf("parse %s %s with %s", o.Mode, Text(o.X), strings.Join(parts, " "))
		if o.Flags != "" {
			s += " flags " + o.Flags
		}
		if o.Drop {
			s += " drop"
		}
		return s, true
	case *ParseKV:
		schema := &RowSchema{Columns: o.Cols}
		return fmt.Sprintf("parse-kv %s%s pair %q kv %q quotes %q escapes %q greedy %v regex %q", Text(o.X), schema.text(), o.Pair, o.KV,
			o.Quotes, o.Escapes, o.Greedy, o.Regex), true
	case *Unpack:
		return fmt.Sprintf("unpack %s prefix %q conflict %s ignore %q%s", o.Col, o.Prefix, o.Conflict, o.Ignore, o.Schema.text()), true
	case *Pivot:
		keys := "the others"
		if o.Keys != nil {
			keys = strings.Join(o.Keys, ", ")
		}
		return fmt.Sprintf("pivot %s of %s by %s%s", o.Agg.Func+AggFunc(textList(o.Agg.Args)), o.Col, keys, o.Schema.text()), true
	case *Narrow:
		return "narrow", true
	case *Columns:
		parts := make([]string, len(o.Items))
		for i, it := range o.Items {
			parts[i] = it.text()
		}
		return fmt.Sprintf("columns %s %s", o.Kind, strings.Join(parts, ", ")), true
	case *IPLookup:
		return fmt.Sprintf("iplookup v6 %v %s in %s extra %q unmatched %v", o.V6, o.Addr, o.Net, o.Extra, o.Unmatched), true
	default:
		return "", false
	}
}

func writeRowOp(b *strings.Builder, o Op, in string) bool {
	text, ok := rowOpText(o)
	if !ok {
		return false
	}
	b.WriteString(in + text + "\n")
	switch o := o.(type) {
	case *Apply:
		for _, inner := range o.Ops {
			writeOp(b, inner, in+"  | ")
		}
	case *IPLookup:
		writePipeline(b, o.Right, in+"  | ")
	}
	return true
}

// rowSourceText writes a source of this file.
func rowSourceText(f Source) string {
	switch f := f.(type) {
	case *Tables:
		s := "tables " + f.Pattern
		if f.NameTo != "" {
			s += " name to " + f.NameTo
		}
		return s
	case *External:
		schema := &RowSchema{Columns: f.Columns}
		var props []string
		for _, p := range f.Props {
			props = append(props, p.Name+"="+p.Value.String())
		}
		return fmt.Sprintf("external%s %q %s", schema.text(), f.URIs, strings.Join(props, ", "))
	case *Remote:
		return "remote " + f.Name()
	default:
		return fmt.Sprintf("unknown(%T)", f)
	}
}

// OpName is what KQL calls an op, for messages.
func OpName(o Op) string {
	switch o := o.(type) {
	case *ExpandMany:
		return "mv-expand with options"
	case *Apply:
		return "mv-apply"
	case *Parse:
		if o.Drop {
			return "parse-where"
		}
		return "parse"
	case *ParseKV:
		return "parse-kv"
	case *Unpack:
		return "bag_unpack"
	case *Pivot:
		return "pivot"
	case *Narrow:
		return "narrow"
	case *Columns:
		return "project-" + o.Kind.String() + " of unknown columns"
	case *IPLookup:
		return "the lookup of addresses"
	default:
		return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", o), "*ir."))
	}
}
