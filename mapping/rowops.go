package mapping

import (
	"fmt"

	"github.com/huntc/huntc/ir"
)

// renames reports whether the table's time column has another name in the target product.
func (w *walker) renames(s *scope) bool {
	return s.table != nil && s.schema != nil && renamable(s.schema.Time) && s.schema.Time != s.table.Time
}

// kept passes an op on that only KQL knows, between products of KQL.
func (w *walker) kept(o ir.Op, s *scope) ir.Op {
	if w.renames(s) {
		switch o := o.(type) {
		case *ir.Unpack, *ir.Pivot, *ir.Narrow, *ir.Columns, *ir.IPLookup:
			w.refuse(CodeValue, o.Span(), "this step names columns that the query does not list",
				fmt.Sprintf("The time column %s is called %s in this product, so the names would differ.", s.schema.Time, s.table.Time), "")
		}
		if made := s.schema.Time; ir.Remakes([]ir.Op{o}, made) {
			s.defs[made] = def{at: o.Span()}
		}
	}
	mapped := ir.MapOp(o, func(e ir.Expr) ir.Expr { return w.expr(e, s) })
	return ir.MapNested(mapped, func(p *ir.Pipeline) *ir.Pipeline { return w.nested(p, s) },
		func(ops []ir.Op) []ir.Op {
			inner, _ := w.pipeline(&ir.Pipeline{From: &ir.Rows{}, Ops: ops})
			return inner.Ops
		})
}

// place refuses a source whose data no mapping can find; between products of KQL it stays.
func (w *walker) place(f ir.Source, s *scope) {
	if w.m.Keep {
		return
	}
	what := map[bool]string{true: "the file of externaldata", false: "this table"}
	_, file := f.(*ir.External)
	switch f := f.(type) {
	case *ir.External, *ir.Remote:
		w.refuse(CodeTable, f.Span(), what[file]+" is not in the target", "It is read from another place when the query runs.", "")
	case *ir.Tables:
		w.refuse(CodeTable, f.S, "the table pattern "+f.Pattern+" has no meaning in the target", "Which tables it means depends on the workspace.", "name the tables")
	}
	s.closed = true
}
