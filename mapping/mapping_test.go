package mapping_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/drift"
	"github.com/huntc/huntc/mapping"
	"github.com/huntc/huntc/rules"
)

func load(t *testing.T, language, name string) *mapping.Mapping {
	t.Helper()
	s, err := mapping.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Get(language + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func schema(t *testing.T, product, table, time string) *ir.Table {
	t.Helper()
	tabs, err := rules.LoadSchemas(rules.FS, product)
	if err != nil {
		t.Fatal(err)
	}
	out := &ir.Table{Name: table, Time: time}
	for _, c := range tabs[table].Columns {
		typ, _ := ir.ParseType(c.Type)
		out.Columns = append(out.Columns, ir.Column{Name: c.Name, Type: typ})
	}
	return out
}

var (
	audit  = func(t *testing.T) *ir.Table { return schema(t, "sentinel", "AuditLogs", "TimeGenerated") }
	events = func(t *testing.T) *ir.Table { return schema(t, "defender", "CloudAppEvents", "Timestamp") }
)

func col(name string, t ir.Type) *ir.Col { return &ir.Col{Name: name, T: t} }
func str(s string) *ir.Lit               { return ir.StringLit(s, diag.Span{}) }
func num(n int64) *ir.Lit                { return &ir.Lit{Value: ir.Value{Type: ir.Long, V: n}} }
func text(x ir.Expr) ir.Expr             { return &ir.Cast{To: ir.String, X: x} }
func json(x ir.Expr) ir.Expr {
	return &ir.Call{Func: "parse_json", Args: []ir.Expr{text(x)}, T: ir.Dynamic}
}
func filter(x ir.Expr) ir.Op           { return &ir.Filter{Pred: x} }
func extend(n string, x ir.Expr) ir.Op { return &ir.Extend{Cols: []ir.Named{{Name: n, X: x}}} }

func at(x ir.Expr, steps ...any) ir.Expr {
	a := &ir.Access{X: x}
	for _, s := range steps {
		switch s := s.(type) {
		case string:
			a.Steps = append(a.Steps, ir.Step{Key: s})
		case int:
			a.Steps = append(a.Steps, ir.Step{Index: s, IsIndex: true})
		}
	}
	return a
}

func match(k ir.MatchKind, c ir.Case, x ir.Expr, needles ...string) ir.Expr {
	m := &ir.Match{Kind: k, Case: c, X: x}
	for _, n := range needles {
		m.Needles = append(m.Needles, str(n))
	}
	return m
}

func dyn(name string) *ir.Col { return col(name, ir.Dynamic) }

func leaves(r *mapping.Result) string {
	var out []string
	for _, l := range r.Leaves {
		out = append(out, fmt.Sprintf("%s/%d", l.Code, l.Leaf.Kind))
	}
	return strings.Join(out, " ")
}

func codes(l diag.List) string {
	var out []string
	for _, d := range l {
		out = append(out, string(d.Code))
	}
	return strings.Join(out, " ")
}

// field writes expected nodes.
func field(name string, t ir.Type) ir.Expr { return &ir.Field{Name: name, T: t, Info: &ir.FieldInfo{}} }

const (
	p   = "azure.auditlogs.properties."
	m   = "m365_defender.event."
	raw = m + "raw_event_data."
)

func TestAConditionReadsTheTargetsField(t *testing.T) {
	actionType := col("ActionType", ir.String)
	result := col("Result", ir.String)
	appID := col("ApplicationId", ir.Int)
	newValue := at(dyn("TargetResources"), 0, "modifiedProperties", 1, "newValue")
	rows := []struct {
		name, lang, mapping string
		table               func(*testing.T) *ir.Table
		in, want            ir.Expr
		leaves, diags       string
	}{
		{"a plain column", "esql", "elastic", audit, match(ir.Equal, ir.Exact, col("OperationName", ir.String), "x"),
			match(ir.Equal, ir.Exact, field("azure.auditlogs.operation_name", ir.String), "x"), "", ""},
		{"Category is the one below properties", "esql", "elastic", audit, match(ir.Equal, ir.Exact, col("Category", ir.String), "x"),
			match(ir.Equal, ir.Exact, field(p+"category", ir.String), "x"), "", ""},
		{"ActionType regardless of case is exact", "esql", "elastic", events, match(ir.Equal, ir.Fold, actionType, "FileDownloaded"),
			match(ir.Equal, ir.Exact, field("event.action", ir.String), "filedownloaded"), "", ""},
		{"ActionType == may also match another case", "esql", "elastic", events, match(ir.Equal, ir.Exact, actionType, "FileDownloaded"),
			match(ir.Equal, ir.Exact, field("event.action", ir.String), "filedownloaded"), "MAP-CASE/1", ""},
		{"a constant without letters has no case", "esql", "elastic", events, match(ir.Equal, ir.Exact, actionType, ""),
			match(ir.Equal, ir.Exact, field("event.action", ir.String), ""), "", ""},
		{"a letter beyond ASCII is folded only there", "esql", "elastic", events, match(ir.Equal, ir.Fold, actionType, "É"),
			match(ir.Equal, ir.Exact, field("event.action", ir.String), "é"), "MAP-CASE/1", ""},
		{"a space is a dash there", "esql", "elastic", events, match(ir.Equal, ir.Fold, actionType, "Write Deployments"),
			match(ir.Equal, ir.Exact, field("event.action", ir.String), "write-deployments"), "MAP-CASE/1", ""},
		{"part of an ActionType", "esql", "elastic", events, match(ir.Contains, ir.Fold, actionType, "Deploy"),
			match(ir.Contains, ir.Exact, field("event.action", ir.String), "deploy"), "", ""},
		{"a pattern on a changed value drifts", "esql", "elastic", events, match(ir.Regex, ir.Exact, actionType, "^File"),
			match(ir.Regex, ir.Exact, field("event.action", ir.String), "^File"), "MAP-CHANGED/12", ""},
		{"a number stored as text", "esql", "elastic", events, &ir.Compare{Op: ir.Eq, L: appID, R: num(11161)},
			match(ir.Equal, ir.Exact, field(m+"application_id", ir.String), "11161"), "", ""},
		{"a number stored as text, unequal", "esql", "elastic", events, &ir.Compare{Op: ir.Ne, L: num(11161), R: appID},
			&ir.Not{X: match(ir.Equal, ir.Exact, field(m+"application_id", ir.String), "11161")}, "", ""},
		{"text has no order of numbers", "esql", "elastic", events, &ir.Compare{Op: ir.Gt, L: appID, R: num(9)}, &ir.Bad{}, "", "MAP-VALUE"},
		{"the same number kept as a number", "esql", "same-names", events, &ir.Compare{Op: ir.Gt, L: appID, R: num(9)},
			&ir.Compare{Op: ir.Gt, L: field("ApplicationId", ir.Int), R: num(9)}, "", ""},
		{"success goes to event.outcome", "esql", "elastic", audit, match(ir.Equal, ir.Fold, result, "Success"),
			match(ir.Equal, ir.Fold, field("event.outcome", ir.String), "success"), "", ""},
		{"another result stays below properties", "esql", "elastic", audit, match(ir.Equal, ir.Exact, result, "timeout"),
			match(ir.Equal, ir.Exact, field(p+"result", ir.String), "timeout"), "", ""},
		{"both", "esql", "elastic", audit, match(ir.Equal, ir.Fold, result, "failure", "timeout"),
			&ir.Or{Xs: []ir.Expr{match(ir.Equal, ir.Fold, field("event.outcome", ir.String), "failure"),
				match(ir.Equal, ir.Fold, field(p+"result", ir.String), "timeout")}}, "", ""},
		{"duration in other units", "esql", "elastic", audit, &ir.Compare{Op: ir.Gt, L: col("DurationMs", ir.Long), R: num(5)},
			&ir.Compare{Op: ir.Gt, L: &ir.Arith{Op: "/", L: field("event.duration", ir.Long), R: num(1000000), T: ir.Long}, R: num(5)}, "", ""},
		{"a constant column", "esql", "elastic", audit, match(ir.Equal, ir.Exact, col("Type", ir.String), "AuditLogs"),
			match(ir.Equal, ir.Exact, str("AuditLogs"), "AuditLogs"), "", ""},
		{"text of a path", "esql", "elastic", audit, match(ir.Equal, ir.Fold, text(at(dyn("InitiatedBy"), "user", "userPrincipalName")), "x"),
			match(ir.Equal, ir.Fold, field(p+"initiated_by.user.userPrincipalName", ir.String), "x"), "", ""},
		{"parsing the text of an object is reading the object", "esql", "elastic", audit,
			&ir.IsEmpty{X: text(at(json(at(dyn("InitiatedBy"), "app")), "displayName"))},
			&ir.IsEmpty{X: field(p+"initiated_by.app.displayName", ir.String)}, "", ""},
		{"parsing a value that is JSON text stays", "esql", "elastic", audit, &ir.IsEmpty{X: text(at(json(newValue), 0))},
			&ir.IsEmpty{X: text(at(&ir.Call{Func: "parse_json", T: ir.Dynamic,
				Args: []ir.Expr{field(p+"target_resources.0.modified_properties.1.new_value", ir.String)}}, 0))}, "MAP-LENGTH/12", ""},
		{"a column that the product never has", "esql", "elastic", audit,
			&ir.IsEmpty{X: text(at(json(at(dyn("InitiatedBy"), "app")), "ipAddress"))}, &ir.IsEmpty{X: str("")}, "MAP-ABSENT/12", ""},
		{"a name that is not always the display name", "esql", "elastic", events, match(ir.Equal, ir.Exact, col("AccountDisplayName", ir.String), "x"),
			match(ir.Equal, ir.Exact, field("user.name", ir.String), "x"), "MAP-CHANGED/12", ""},
		{"a key of a flattened field", "esql", "elastic", events, match(ir.Equal, ir.Fold, at(dyn("RawEventData"), "FileExtension"), "zip"),
			match(ir.Equal, ir.Fold, field(raw+"FileExtension", ir.Dynamic), "zip"), "", ""},
		{"no index into a flattened field", "esql", "elastic", events, match(ir.Equal, ir.Fold, at(dyn("RawEventData"), "Parameters", 0, "Name"), "x"),
			match(ir.Equal, ir.Fold, &ir.Bad{}, "x"), "", "MAP-ARRAY"},
		{"no pairing of parallel arrays", "esql", "elastic", audit, match(ir.Equal, ir.Fold, at(dyn("AdditionalDetails"), 0, "key"), "x"),
			match(ir.Equal, ir.Fold, &ir.Bad{}, "x"), "", "MAP-ARRAY"},
		{"an object as a whole", "esql", "elastic", events, match(ir.Contains, ir.Fold, text(dyn("RawEventData")), "zip"),
			match(ir.Contains, ir.Fold, &ir.Bad{}, "zip"), "", "MAP-WHOLE"},
		{"a column without a row", "esql", "elastic", audit, match(ir.Equal, ir.Exact, col("ResourceGroup", ir.String), "x"),
			match(ir.Equal, ir.Exact, &ir.Bad{}, "x"), "", "MAP-UNMAPPED"},
		{"a key that the pipeline does not copy", "esql", "elastic", audit, match(ir.Equal, ir.Exact, at(dyn("TargetResources"), 0, "groupType"), "x"),
			match(ir.Equal, ir.Exact, &ir.Bad{}, "x"), "", "MAP-UNMAPPED"},
		{"an index from the end", "esql", "elastic", audit, match(ir.Equal, ir.Exact, at(dyn("TargetResources"), -1, "id"), "x"),
			match(ir.Equal, ir.Exact, &ir.Bad{}, "x"), "", "MAP-ARRAY"},
		{"an index by rule", "esql", "same-names", audit, match(ir.Equal, ir.Exact, text(at(dyn("TargetResources"), 0, "id")), "x"),
			match(ir.Equal, ir.Exact, field("TargetResources.0.id", ir.String), "x"), "", ""},
		{"an index by rule in Splunk", "spl", "same-names", audit, match(ir.Equal, ir.Exact, text(at(dyn("TargetResources"), 0, "id")), "x"),
			match(ir.Equal, ir.Exact, field("TargetResources{0}.id", ir.String), "x"), "", ""},
		{"an index in Splunk's own data", "spl", "splunk", audit, match(ir.Equal, ir.Exact, text(at(dyn("TargetResources"), 2, "id")), "x"),
			match(ir.Equal, ir.Exact, field("properties.targetResources{2}.id", ir.String), "x"), "", ""},
		{"the event's time", "spl", "splunk", audit, &ir.Compare{Op: ir.Gt, L: col("TimeGenerated", ir.Datetime), R: &ir.Now{}},
			&ir.Compare{Op: ir.Gt, L: field("_time", ir.Datetime), R: &ir.Now{}}, "", ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			q := &ir.Query{Open: true, Root: &ir.Pipeline{From: r.table(t), Ops: []ir.Op{filter(r.in)}}}
			got, diags := load(t, r.lang, r.mapping).Apply(q, nil)
			ops := got.Query.Root.Ops
			have := ops[len(ops)-1].(*ir.Filter).Pred
			if ir.Text(have) != ir.Text(r.want) {
				t.Errorf("have %s\nwant %s", ir.Text(have), ir.Text(r.want))
			}
			if l := leaves(got); l != r.leaves {
				t.Errorf("leaves %q, want %q", l, r.leaves)
			}
			if c := codes(diags); c != r.diags {
				t.Errorf("diagnostics %q, want %q", c, r.diags)
			}
		})
	}
}

func TestATableFilterComesFirst(t *testing.T) {
	q := &ir.Query{Open: true, Root: &ir.Pipeline{From: events(t)}}
	got, _ := load(t, "esql", "").Apply(q, nil)
	want := match(ir.Equal, ir.Exact, field(m+"category", ir.String), "AdvancedHunting-CloudAppEvents")
	if len(got.Query.Root.Ops) != 1 || ir.Text(got.Query.Root.Ops[0].(*ir.Filter).Pred) != ir.Text(want) {
		t.Errorf("have %s", got.Query)
	}
	if got.Tables["CloudAppEvents"].Index != "logs-m365_defender.event-*" || got.Tables["CloudAppEvents"].TimeField != "@timestamp" {
		t.Errorf("table %+v", got.Tables)
	}
}

func TestARenamedColumnIsLookedThrough(t *testing.T) {
	q := &ir.Query{Open: true, Root: &ir.Pipeline{From: events(t), Ops: []ir.Op{
		&ir.Project{Cols: []ir.Named{{Name: "extension", X: at(dyn("RawEventData"), "FileExtension")}, {Name: "file", X: at(dyn("RawEventData"), "ObjectId")}}},
		extend("file", text(dyn("file"))),
		filter(match(ir.Equal, ir.Fold, dyn("extension"), "zip")),
		filter(match(ir.Equal, ir.Fold, col("file", ir.String), "a")),
	}}}
	got, diags := load(t, "esql", "elastic").Apply(q, nil)
	if len(diags) > 0 {
		t.Fatal(diag.Render(diags))
	}
	ops := got.Query.Root.Ops
	for i, want := range []ir.Expr{match(ir.Equal, ir.Fold, field(raw+"FileExtension", ir.Dynamic), "zip"), match(ir.Equal, ir.Fold, field(raw+"ObjectId", ir.String), "a")} {
		if have := ops[len(ops)-2+i].(*ir.Filter).Pred; ir.Text(have) != ir.Text(want) {
			t.Errorf("have %s want %s", ir.Text(have), ir.Text(want))
		}
	}
}

func TestAColumnOfTheQueryIsNotTheTables(t *testing.T) {
	q := &ir.Query{Open: true, Root: &ir.Pipeline{From: audit(t), Ops: []ir.Op{
		extend("Category", &ir.Call{Func: "tolower", Args: []ir.Expr{col("OperationName", ir.String)}, T: ir.String}),
		filter(match(ir.Equal, ir.Exact, col("Category", ir.String), "x")),
	}}}
	got, _ := load(t, "esql", "elastic").Apply(q, nil)
	if have := ir.Text(got.Query.Root.Ops[1].(*ir.Filter).Pred); have != ir.Text(match(ir.Equal, ir.Exact, col("Category", ir.String), "x")) {
		t.Error(have)
	}
}

func expandHunt(t *testing.T, ops ...ir.Op) *ir.Query {
	first := text(at(json(at(dyn("ModProps"), "newValue")), 0))
	all := append([]ir.Op{
		extend("ModProps", at(dyn("TargetResources"), 0, "modifiedProperties")),
		&ir.Expand{Name: "ModProps", X: dyn("ModProps")},
	}, ops...)
	all = append(all, &ir.Extend{Cols: []ir.Named{{Name: "name", X: text(at(dyn("ModProps"), "displayName"))}, {Name: "value", X: first}}},
		&ir.Aggregate{Keys: []ir.Named{{Name: "name", X: col("name", ir.String)}}, Aggs: []ir.Agg{{Name: "n", Func: ir.Count, T: ir.Long}}})
	return &ir.Query{Root: &ir.Pipeline{From: audit(t), Ops: all}, Columns: []ir.Column{{Name: "name", Type: ir.String}, {Name: "n", Type: ir.Long}}}
}

func TestAnExpandedArrayIsListedByElement(t *testing.T) {
	first := text(at(json(at(dyn("ModProps"), "newValue")), 0))
	rows := []struct {
		lang, mapping, field string
	}{
		{"esql", "elastic", p + "target_resources.0.modified_properties.%d.new_value"}, // whose texts have a greatest length besides
		{"esql", "same-names", "TargetResources.0.modifiedProperties.%d.newValue"},
		{"spl", "splunk", "properties.targetResources{0}.modifiedProperties{%d}.newValue"},
		{"spl", "same-names", "TargetResources{0}.modifiedProperties{%d}.newValue"},
	}
	for _, r := range rows {
		t.Run(r.lang+r.mapping, func(t *testing.T) {
			got, diags := load(t, r.lang, r.mapping).Apply(expandHunt(t, filter(&ir.Not{X: &ir.IsEmpty{X: first}})), nil)
			if len(diags) > 0 {
				t.Fatal(diag.Render(diags))
			}
			i := slices.IndexFunc(got.Query.Root.Ops, func(o ir.Op) bool { _, ok := o.(*ir.Expand); return ok })
			x := got.Query.Root.Ops[i].(*ir.Expand)
			if len(x.Elements) != 10 {
				t.Fatalf("%d elements", len(x.Elements))
			}
			for i, el := range x.Elements {
				if len(el) != 2 || el["newValue"].(*ir.Field).Name != fmt.Sprintf(r.field, i) {
					t.Errorf("element %d: %v", i, el)
				}
			}
			got.Leaves = slices.DeleteFunc(got.Leaves, func(l mapping.Leaf) bool { return l.Code == mapping.CodeLength })
			if len(got.Leaves) != 1 || got.Leaves[0].Bound != "at most 10 elements" || got.Leaves[0].Short != "≤10" {
				t.Fatalf("leaves %+v", got.Leaves)
			}
			if e := drift.Propagate(got.Query, got.Leaves[0].Leaf); !e.Lost || e.Extra {
				t.Errorf("effect %s", e)
			}
		})
	}
}

func TestAnAbsentArrayIsARowInKQL(t *testing.T) {
	got, _ := load(t, "esql", "elastic").Apply(expandHunt(t), nil)
	if got.Leaves[0].Bound != "1 to 10 elements, each with a value in a field that is read" {
		t.Error(got.Leaves[0].Bound)
	}
}

func TestAWholeElementIsNotAResult(t *testing.T) {
	q := expandHunt(t)
	q.Root.Ops = q.Root.Ops[:2]
	q.Columns = []ir.Column{{Name: "ModProps", Type: ir.Dynamic}, {Name: "Id", Type: ir.String}}
	got, diags := load(t, "esql", "elastic").Apply(q, nil)
	if len(diags) > 0 || !slices.Equal(got.Elided, []string{"ModProps"}) || len(got.Query.Columns) != 1 {
		t.Errorf("%s elided %v", diag.Render(diags), got.Elided)
	}
	q.Root.Ops = append(q.Root.Ops, filter(match(ir.Contains, ir.Fold, text(dyn("ModProps")), "x")))
	if _, diags = load(t, "esql", "elastic").Apply(q, nil); codes(diags) != "MAP-WHOLE" {
		t.Errorf("its text: %q", codes(diags))
	}
}

func TestABaselineIsMappedOnBothSides(t *testing.T) {
	name := []ir.Named{{Name: "by", X: col("by", ir.String)}}
	b := &ir.Baseline{Time: "TimeGenerated", TimeType: ir.Datetime, Recent: ir.Window{From: &ir.Now{}}, On: []ir.JoinKey{{Left: "by", Right: "by"}},
		HistoryOps: []ir.Op{&ir.Aggregate{Keys: name}},
		RecentOps:  []ir.Op{&ir.Aggregate{Keys: name, Aggs: []ir.Agg{{Name: "first", Func: ir.Min, Args: []ir.Expr{col("TimeGenerated", ir.Datetime)}, T: ir.Datetime}}}}}
	q := &ir.Query{Root: &ir.Pipeline{From: audit(t), Ops: []ir.Op{extend("by", text(at(dyn("InitiatedBy"), "app", "displayName"))), b}},
		Columns: []ir.Column{{Name: "by", Type: ir.String}, {Name: "first", Type: ir.Datetime}}}
	got, diags := load(t, "esql", "elastic").Apply(q, nil)
	if len(diags) > 0 {
		t.Fatal(diag.Render(diags))
	}
	out := got.Query.Root.Ops[1].(*ir.Baseline)
	if out.Time != "@timestamp" {
		t.Errorf("time %s", out.Time)
	}
	for _, ops := range [][]ir.Op{out.RecentOps, out.HistoryOps} {
		if k := ir.Text(ops[0].(*ir.Aggregate).Keys[0].X); k != ir.Text(field(p+"initiated_by.app.displayName", ir.String)) {
			t.Errorf("key %s", k)
		}
	}
}

func TestResultColumnsThatNobodyNamed(t *testing.T) {
	tab := events(t)
	q := &ir.Query{Root: &ir.Pipeline{From: tab}, Columns: tab.Columns}
	got, diags := load(t, "esql", "elastic").Apply(q, nil)
	if len(diags) > 0 {
		t.Fatal(diag.Render(diags))
	}
	if !slices.Contains(got.Elided, "RawEventData") || !slices.Contains(got.Elided, "SessionData") || slices.Contains(got.Elided, "Application") {
		t.Errorf("elided %v", got.Elided)
	}
	if len(got.Query.Columns)+len(got.Elided) != len(tab.Columns) {
		t.Errorf("%d columns and %d elided of %d", len(got.Query.Columns), len(got.Elided), len(tab.Columns))
	}
	q = &ir.Query{Root: &ir.Pipeline{From: tab, Ops: []ir.Op{&ir.Project{Cols: []ir.Named{{Name: "r", X: dyn("RawEventData")}}}}},
		Columns: []ir.Column{{Name: "r", Type: ir.Dynamic}}}
	if _, diags = load(t, "esql", "elastic").Apply(q, nil); codes(diags) != "MAP-WHOLE" {
		t.Errorf("a named one: %s", codes(diags))
	}
}

func TestTheTimeColumnFollowsTheProduct(t *testing.T) {
	q := &ir.Query{Open: true, Root: &ir.Pipeline{From: events(t), Ops: []ir.Op{filter(&ir.Compare{Op: ir.Gt, L: col("Timestamp", ir.Datetime), R: &ir.Now{}})}}}
	for product, want := range map[string]string{"sentinel": "TimeGenerated", "defender": "Timestamp"} {
		s, err := mapping.Load(rules.FS)
		if err != nil {
			t.Fatal(err)
		}
		mp, err := s.Get("kql/" + product)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := mp.Apply(q, nil)
		c := got.Query.Root.Ops[0].(*ir.Filter).Pred.(*ir.Compare).L.(*ir.Col)
		if c.Name != want || got.Query.Root.From.(*ir.Table).Time != want {
			t.Errorf("%s: %s", product, c.Name)
		}
	}
}

func TestNoFieldIsInvented(t *testing.T) {
	for _, l := range []struct{ lang, name string }{{"esql", "elastic"}, {"spl", "splunk"}} {
		mp := load(t, l.lang, l.name)
		for _, tab := range []*ir.Table{audit(t), events(t), schema(t, "sentinel", "CloudAppEvents", "TimeGenerated")} {
			known := map[string]bool{}
			for _, r := range mp.Tables[tab.Name].Columns {
				known[r.Field] = true
			}
			for _, c := range append(tab.Columns, ir.Column{Name: "Made_Up", Type: ir.String}) {
				q := &ir.Query{Open: true, Root: &ir.Pipeline{From: tab, Ops: []ir.Op{extend("x", &ir.Call{Func: "f", Args: []ir.Expr{col(c.Name, c.Type)}})}}}
				got, diags := mp.Apply(q, nil)
				ops := got.Query.Root.Ops
				found := false
				ir.Inspect(ops[len(ops)-1].(*ir.Extend).Cols[0].X, func(e ir.Expr) bool {
					if f, ok := e.(*ir.Field); ok {
						found = true
						if !known[f.Name] {
							t.Errorf("%s: %s became %s, which no row says", l.name, c.Name, f.Name)
						}
					}
					_, isCol := e.(*ir.Col)
					if isCol {
						t.Errorf("%s: column %s was left", l.name, c.Name)
					}
					return true
				})
				if !found && len(diags) == 0 && c.Name != "Type" {
					t.Errorf("%s: %s vanished without a word", l.name, c.Name)
				}
			}
		}
	}
}

func TestEveryRowIsAColumnOfTheSource(t *testing.T) {
	rawOnly := []string{"callerIpAddress"} // in the raw event, not in the table
	for _, l := range []struct{ lang, name string }{{"esql", "elastic"}, {"spl", "splunk"}} {
		mp := load(t, l.lang, l.name)
		for name, tab := range mp.Tables {
			cols := append(schema(t, "sentinel", name, "").Columns, schema(t, "defender", name, "").Columns...)
			for _, r := range tab.Columns {
				head := r.Source[:len(r.Source)-len(strings.TrimLeftFunc(r.Source, func(r rune) bool { return r != '.' && r != '[' }))]
				if !slices.Contains(rawOnly, head) && !slices.ContainsFunc(cols, func(c ir.Column) bool { return c.Name == head }) {
					t.Errorf("%s: %s has no column %s", l.name, name, head)
				}
			}
		}
	}
}

func TestALaterFolderOverridesRowByRow(t *testing.T) {
	own := fstest.MapFS{"elastic.yaml": {Data: []byte(`
mapping: elastic
tables:
  CloudAppEvents:
    index: my-index
    columns:
      - {source: ActionType, field: m365_defender.event.action.type, type: keyword, evidence: documented}
`)}}
	s, err := mapping.Load(rules.FS, own)
	if err != nil {
		t.Fatal(err)
	}
	mp, err := s.Get("esql/elastic")
	if err != nil {
		t.Fatal(err)
	}
	q := &ir.Query{Open: true, Root: &ir.Pipeline{From: events(t), Ops: []ir.Op{filter(&ir.And{Xs: []ir.Expr{
		match(ir.Equal, ir.Exact, col("ActionType", ir.String), "FileDownloaded"), match(ir.Equal, ir.Exact, col("City", ir.String), "x")}})}}}
	got, _ := mp.Apply(q, nil)
	want := &ir.And{Xs: []ir.Expr{match(ir.Equal, ir.Exact, field(m+"action.type", ir.String), "FileDownloaded"), match(ir.Equal, ir.Exact, field(m+"city", ir.String), "x")}}
	if have := got.Query.Root.Ops[1].(*ir.Filter).Pred; ir.Text(have) != ir.Text(want) || len(got.Leaves) > 0 || got.Tables["CloudAppEvents"].Index != "my-index" {
		t.Errorf("have %s, %s, %+v", ir.Text(have), leaves(got), got.Tables)
	}
}

func TestAWrongFileIsRefusedAtItsLine(t *testing.T) {
	rows := []struct{ name, row, want string }{
		{"unknown key", "{source: A, feild: b}", "line 9: field feild not found"},
		{"unknown convention", "{source: A, field: b, value: upper}", `x.yaml:9: A: unknown value "upper"`},
		{"no field", "{source: A}", "x.yaml:9: A: row without field"},
		{"absent without evidence", "{source: A, absent: always}", "x.yaml:9: A: absent: always needs its evidence"},
		{"indexes do not agree", "{source: 'A[].b', field: a.b}", "x.yaml:9: A[].b: a.b does not have as many []"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			f := fstest.MapFS{"x.yaml": {Data: []byte("mapping: x\nlanguages: [esql]\nindex-form: dot\ntables:\n  T:\n    index: i\n    time: t\n    columns:\n      - " + r.row + "\n")}}
			if _, err := mapping.Load(f); err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("have %v, want %s", err, r.want)
			}
		})
	}
}

func TestAJoinSeesRealColumns(t *testing.T) {
	right := &ir.Pipeline{From: events(t), Ops: []ir.Op{&ir.Project{Cols: []ir.Named{{Name: "Id", X: col("ReportId", ir.String)}, {Name: "app", X: col("Application", ir.String)}}}}}
	query := func(after ir.Op) *ir.Query {
		return &ir.Query{Open: true, Root: &ir.Pipeline{From: audit(t), Ops: []ir.Op{&ir.Join{Kind: ir.Inner, Right: right, On: []ir.JoinKey{{Left: "Id", Right: "Id"}}}, after}}}
	}
	got, diags := load(t, "esql", "elastic").Apply(query(filter(match(ir.Equal, ir.Exact, col("OperationName", ir.String), "x"))), nil)
	if len(diags) > 0 {
		t.Fatal(diag.Render(diags))
	}
	names := map[string]string{}
	for _, n := range got.Query.Root.Ops[0].(*ir.Extend).Cols {
		names[n.Name] = ir.Text(n.X)
	}
	if names["Id"] != ir.Text(field(p+"id", ir.String)) || names["OperationName"] != ir.Text(field("azure.auditlogs.operation_name", ir.String)) || len(names) != 2 {
		t.Errorf("columns %v", names)
	}
	if x, ok := got.Query.Root.Ops[2].(*ir.Filter).Pred.(*ir.Match).X.(*ir.Col); !ok || x.Name != "OperationName" {
		t.Errorf("after the join: %s", got.Query)
	}
	for name, code := range map[string]string{"ResourceGroup": "MAP-UNMAPPED", "InitiatedBy": "MAP-WHOLE"} {
		_, diags = load(t, "esql", "elastic").Apply(query(extend("y", text(dyn(name)))), nil)
		if codes(diags) != code {
			t.Errorf("%s after the join: %q", name, codes(diags))
		}
	}
}

func TestAUnionSeesRealColumns(t *testing.T) {
	u := &ir.Union{Inputs: []*ir.Pipeline{{From: events(t)}, {From: schema(t, "sentinel", "CloudAppEvents", "TimeGenerated")}}}
	q := &ir.Query{Root: &ir.Pipeline{From: u, Ops: []ir.Op{filter(match(ir.Equal, ir.Exact, col("City", ir.String), "x"))}},
		Columns: []ir.Column{{Name: "City", Type: ir.String}, {Name: "RawEventData", Type: ir.Dynamic}}}
	got, diags := load(t, "esql", "elastic").Apply(q, nil)
	if len(diags) > 0 || len(got.Elided) != 1 || len(got.Query.Columns) != 1 {
		t.Fatalf("%s elided %v", diag.Render(diags), got.Elided)
	}
	for _, in := range got.Query.Root.From.(*ir.Union).Inputs {
		if have := ir.Text(in.Ops[1].(*ir.Extend).Cols[0].X); have != ir.Text(field(m+"city", ir.String)) {
			t.Error(have)
		}
	}
}

func TestWhatRestsOnNoSourceIsSaid(t *testing.T) {
	q := &ir.Query{Open: true, Root: &ir.Pipeline{From: events(t), Ops: []ir.Op{filter(match(ir.Equal, ir.Exact, col("City", ir.String), "x"))}}}
	for name, want := range map[string]string{"spl/splunk": "inferred", "esql/elastic": "documented"} {
		lang, mp, _ := strings.Cut(name, "/")
		got, _ := load(t, lang, mp).Apply(q, nil)
		if got.Evidence != want || (len(got.Assumptions) > 0) != (want == "inferred") {
			t.Errorf("%s: %s %v", name, got.Evidence, got.Assumptions)
		}
	}
}

func TestATargetFindsItsMapping(t *testing.T) {
	s, err := mapping.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"esql": "elastic", "esql/": "elastic", "esagg/elastic": "elastic", "esagg/opensearch/same-names": "same-names-elastic",
		"spl": "splunk", "spl/same-names": "same-names-splunk", "kql": "sentinel", "kql/defender": "defender", "kql/defender/": "defender",
		"spl/elastic": "", "sql": "", "esql/nosuch": "",
	} {
		have := ""
		if m, err := s.Get(key); err == nil {
			have = m.Name
		}
		if have != want {
			t.Errorf("%s: have %q, want %q", key, have, want)
		}
	}
}

func TestAnUnknownTableIsNamed(t *testing.T) {
	q := &ir.Query{Root: &ir.Pipeline{From: &ir.Table{Name: "AuditLog", Open: true}}, Open: true}
	_, diags := load(t, "esql", "elastic").Apply(q, nil)
	if codes(diags) != "MAP-TABLE" || !strings.Contains(diags[0].Hint, "AuditLogs") {
		t.Errorf("%+v", diags)
	}
}
