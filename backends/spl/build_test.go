package spl

import (
	"github.com/huntc/huntc/backends/emit"
	"github.com/huntc/huntc/ir"
)

func fld(name string, t ir.Type) *ir.Field {
	return &ir.Field{Name: name, T: t, Info: &ir.FieldInfo{Source: name, Type: "string", MaybeAbsent: true, KeepsEmpty: true}}
}

func present(name string, t ir.Type) *ir.Field {
	return &ir.Field{Name: name, T: t, Info: &ir.FieldInfo{Source: name, Type: "string"}}
}

func timeField() *ir.Field {
	return &ir.Field{Name: "_time", T: ir.Datetime, Info: &ir.FieldInfo{Source: "Timestamp", Type: "date", Time: true}}
}

func col(name string, t ir.Type) *ir.Col { return &ir.Col{Name: name, T: t} }
func str(s string) *ir.Lit               { return &ir.Lit{Value: ir.Value{Type: ir.String, V: s}} }
func num(n int64) *ir.Lit                { return &ir.Lit{Value: ir.Value{Type: ir.Long, V: n}} }
func span(n int64) *ir.Lit               { return &ir.Lit{Value: ir.Value{Type: ir.Timespan, V: n}} }

func ago(n int64) ir.Expr {
	return &ir.Arith{Op: "-", L: &ir.Now{}, R: span(n), T: ir.Datetime}
}

func compare(op ir.CmpOp, l, r ir.Expr) *ir.Compare { return &ir.Compare{Op: op, L: l, R: r} }

func match(k ir.MatchKind, c ir.Case, x ir.Expr, needles ...string) *ir.Match {
	m := &ir.Match{Kind: k, Case: c, X: x}
	for _, n := range needles {
		m.Needles = append(m.Needles, str(n))
	}
	return m
}

func fill(x ir.Expr) *ir.Fill { return &ir.Fill{X: x, With: ir.Value{Type: ir.String, V: ""}} }

func filter(xs ...ir.Expr) *ir.Filter { return &ir.Filter{Pred: ir.AndOf(xs)} }

func input(cols []ir.Column, ops ...ir.Op) *emit.Input {
	return &emit.Input{
		Name: "test",
		Query: &ir.Query{
			Root:    &ir.Pipeline{From: &ir.Table{Name: "T", Time: "Timestamp"}, Ops: ops},
			Columns: cols,
		},
		Target: emit.Target{Language: "spl", Version: "10"},
		Tables: map[string]*emit.TableInfo{"T": {Search: "`cloud_app_events`", TimeField: "_time",
			Macro: &emit.Artifact{Kind: "macro", Name: "cloud_app_events", Definition: "index=cloud sourcetype=events"}}},
	}
}

func massDownloads() *emit.Input {
	name, id := fld("AccountDisplayName", ir.String), fld("AccountObjectId", ir.String)
	return input([]ir.Column{{Name: "AccountDisplayName", Type: ir.String}, {Name: "AccountObjectId", Type: ir.String}, {Name: "DownloadCount", Type: ir.Long}},
		filter(compare(ir.Gt, timeField(), ago(7*ir.Day)), match(ir.Equal, ir.Exact, fld("ActionType", ir.String), "FileDownloaded")),
		&ir.Threshold{Agg: &ir.Aggregate{
			Keys: []ir.Named{{Name: "AccountDisplayName", X: fill(name)}, {Name: "AccountObjectId", X: fill(id)},
				{Name: "Timestamp", X: &ir.Bin{X: timeField(), Width: ir.Value{Type: ir.Timespan, V: 5 * ir.Minute}}}},
			Aggs: []ir.Agg{{Name: "DownloadCount", Func: ir.Count, T: ir.Long}}},
			Pred: compare(ir.Gt, col("DownloadCount", ir.Long), num(50))},
		&ir.Project{Cols: []ir.Named{{Name: "AccountDisplayName", X: col("AccountDisplayName", ir.String)},
			{Name: "AccountObjectId", X: col("AccountObjectId", ir.String)}, {Name: "DownloadCount", X: col("DownloadCount", ir.Long)}}})
}

func codeRepo() *emit.Input {
	object := fld("RawEventData.ObjectId", ir.Dynamic)
	target := fld("RawEventData.TargetDomain", ir.Dynamic)
	file := &ir.Cast{To: ir.String, X: &ir.Access{
		X:     &ir.Call{Func: "parse_path", Args: []ir.Expr{&ir.Fill{X: &ir.Cast{To: ir.String, X: object}, With: ir.Value{Type: ir.String, V: ""}}}, T: ir.Dynamic},
		Steps: []ir.Step{{Key: "Filename"}}}}
	return input([]ir.Column{{Name: "AccountObjectId", Type: ir.String}, {Name: "AccountDisplayName", Type: ir.String},
		{Name: "uploadedFiles", Type: ir.Long}, {Name: "files", Type: ir.Dynamic}},
		filter(compare(ir.Gt, timeField(), ago(ir.Day)),
			compare(ir.Eq, fld("ApplicationId", ir.Int), num(11161)),
			match(ir.Equal, ir.Fold, fld("ActionType", ir.String), "FileUploadedToCloud"),
			match(ir.Equal, ir.Fold, fld("RawEventData.FileExtension", ir.Dynamic), "zip"),
			match(ir.Term, ir.Fold, fld("RawEventData.OriginatingDomain", ir.Dynamic), "github", "visualstudio", "gitlab", "bitbucket", "osdn"),
			&ir.Or{Xs: []ir.Expr{&ir.Absent{X: target}, &ir.Not{X: match(ir.Term, ir.Fold, target, "office.net", "visualstudio", "github")}}}),
		&ir.Extend{Cols: []ir.Named{{Name: "file", X: file}}},
		&ir.Threshold{Agg: &ir.Aggregate{
			Keys: []ir.Named{{Name: "AccountObjectId", X: fill(fld("AccountObjectId", ir.String))}, {Name: "AccountDisplayName", X: fill(fld("AccountDisplayName", ir.String))}},
			Aggs: []ir.Agg{{Name: "uploadedFiles", Func: ir.DCount, Args: []ir.Expr{col("file", ir.String)}, T: ir.Long},
				{Name: "files", Func: ir.MakeSet, Args: []ir.Expr{col("file", ir.String)}, Cap: 128, T: ir.Dynamic}}},
			Pred: compare(ir.Gt, col("uploadedFiles", ir.Long), num(10))})
}

// rareAudit has the shape of the third hunt: indexed elements, a baseline over fewer keys than the report's, and a report.
func rareAudit() *emit.Input {
	start := &ir.Param{Name: "StartTimeISO", T: ir.Datetime, Default: ago(ir.Day)}
	app, op, user := fld("app", ir.String), fld("operationName", ir.String), fld("user", ir.String)
	el := func(i string) map[string]ir.Expr {
		return map[string]ir.Expr{"displayName": fld("mod."+i+".name", ir.String), "newValue": fld("mod."+i+".value", ir.String)}
	}
	newValue := &ir.Cast{To: ir.String, X: &ir.Access{Steps: []ir.Step{{IsIndex: true}}, X: &ir.Call{Func: "parse_json", T: ir.Dynamic, Args: []ir.Expr{
		&ir.Cast{To: ir.String, X: &ir.Access{X: col("ModProps", ir.Dynamic), Steps: []ir.Step{{Key: "newValue"}}}}}}}}
	property := &ir.Cast{To: ir.String, X: &ir.Access{X: col("ModProps", ir.Dynamic), Steps: []ir.Step{{Key: "displayName"}}}}
	keys := func() []ir.Named {
		return []ir.Named{{Name: "OperationName", X: fill(op)}, {Name: "InitiatedByApp", X: fill(app)}, {Name: "User", X: fill(&ir.Call{Func: "tolower", Args: []ir.Expr{user}, T: ir.String})}}
	}
	c := func(n string) ir.Named { return ir.Named{Name: n, X: col(n, ir.String)} }
	return input([]ir.Column{{Name: "InitiatedByApp", Type: ir.String}, {Name: "OperationName", Type: ir.String}, {Name: "User", Type: ir.String},
		{Name: "StartTime", Type: ir.Datetime}, {Name: "set_Activity", Type: ir.Dynamic}, {Name: "set_PropertyName", Type: ir.Dynamic}, {Name: "Host", Type: ir.String}},
		filter(match(ir.Equal, ir.Fold, fld("category", ir.String), "Audit"), &ir.Not{X: &ir.IsEmpty{X: app}},
			&ir.Or{Xs: []ir.Expr{&ir.Absent{X: op}, &ir.Not{X: match(ir.Equal, ir.Fold, op, "Change user license")}}}),
		&ir.Expand{Name: "ModProps", X: fld("mod", ir.Dynamic), Elements: []map[string]ir.Expr{el("0"), el("1")}},
		filter(&ir.Not{X: &ir.IsEmpty{X: newValue}}),
		&ir.Extend{Cols: []ir.Named{{Name: "PropertyName", X: fill(property)}, {Name: "newValue", X: newValue}}},
		&ir.Baseline{Time: "TimeGenerated",
			Recent:  ir.Window{From: start, FromClosed: true},
			History: ir.Window{From: &ir.Arith{Op: "-", L: start, R: span(14 * ir.Day), T: ir.Datetime}, To: start, FromClosed: true, ToClosed: true},
			RecentOps: []ir.Op{
				&ir.Extend{Cols: []ir.Named{{Name: "ModifiedProps", X: &ir.Pack{Keys: []string{"PropertyName"}, Vals: []ir.Expr{col("PropertyName", ir.String)}}}}},
				&ir.Aggregate{Keys: append(keys(), c("PropertyName")), Aggs: []ir.Agg{
					{Name: "StartTimeUtc", Func: ir.Min, Args: []ir.Expr{timeField()}, T: ir.Datetime},
					{Name: "Activity", Func: ir.MakeBag, Args: []ir.Expr{col("ModifiedProps", ir.Dynamic)}, T: ir.Dynamic}}}},
			HistoryOps: []ir.Op{&ir.Aggregate{Keys: append(keys(), c("PropertyName"))}},
			On:         []ir.JoinKey{{Left: "OperationName", Right: "OperationName"}, {Left: "InitiatedByApp", Right: "InitiatedByApp"}, {Left: "User", Right: "User"}}},
		&ir.Aggregate{Keys: []ir.Named{c("InitiatedByApp"), c("OperationName"), c("User")}, Aggs: []ir.Agg{
			{Name: "StartTime", Func: ir.Min, Args: []ir.Expr{col("StartTimeUtc", ir.Datetime)}, T: ir.Datetime},
			{Name: "set_Activity", Func: ir.MakeSet, Args: []ir.Expr{col("Activity", ir.Dynamic)}, T: ir.Dynamic},
			{Name: "set_PropertyName", Func: ir.MakeSet, Args: []ir.Expr{col("PropertyName", ir.String)}, T: ir.Dynamic}}},
		&ir.Sort{Keys: []ir.SortKey{{X: col("User", ir.String), NullsFirst: true}, {X: col("StartTime", ir.Datetime), NullsFirst: true}}},
		&ir.Extend{Cols: []ir.Named{{Name: "Host", X: &ir.Cond{T: ir.String, Branches: []ir.Branch{{
			If: match(ir.Term, ir.Fold, col("set_PropertyName", ir.Dynamic), "DeviceOSType"), Then: col("User", ir.String)}}, Else: str("")}}}})
}
