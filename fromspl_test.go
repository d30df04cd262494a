package huntc_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/huntc/huntc"
	"github.com/huntc/huntc/diag"
	"github.com/huntc/huntc/frontends/spl"
	"github.com/huntc/huntc/frontends/spl/interpret"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
	"github.com/huntc/huntc/verify/render"
)

const searchFields = "logins:\n  TimeGenerated: datetime\n  user: string nonempty\n  app: string\n  tries: long\n  score: real\n  level: int\n"

// login is one event; the empty string of a field is an event's empty text, "-" an absent field.
type login struct {
	hours                          int // before now
	user, app, tries, score, level string
}

var logins = []login{
	{1, "ann", "VPN", "5", "1.5", "3"},
	{2, "Ann", "vpn-test", "10", "9", "-"},
	{3, "root", "", "9", "-", "4"},
	{4, "-", "vpn", "100", "10", "5"},
	{5, "ROOT", "-", "-", "2", "-1"},
	{6, "007", "10", "0", "-3.25", "-"},
	{7, "7", "9", "5", "0", "0"},
	{8, "bob", "10.1.2.3", "1", "0.5", "7"},
	{9, "bob", "10.1.0.0/16", "1", "0.5", "7"},
	{10, "Bob", "11.1.2.3", "-", "0.5", "7"},
	{11, "huge", "-", "9007199254740992", "-", "-"},
	{12, "hugE", "-", "-12", "-0.5", "-"},
	{24, "eve", "a*b\\c", "6", "-", "12"},
	{30, "ann", "My vpn", "7", "1000", "-"},
	{31, "ann", "x", "-", "-", "-"},
}

var searchNow = time.Date(2026, 5, 15, 12, 0, 0, 0, time.UTC)

// splunkEvents are the events as Splunk has them: texts, and no field where there is none.
func splunkEvents() []ir.Bag {
	var out []ir.Bag
	for _, e := range logins {
		t := searchNow.Add(-time.Duration(e.hours) * time.Hour)
		bag := ir.Bag{{Key: "_time", Value: t.Format(time.RFC3339)}, {Key: "TimeGenerated", Value: t.Format(time.RFC3339)}}
		for i, v := range []string{e.user, e.app, e.tries, e.score, e.level} {
			if v != "-" {
				bag = append(bag, ir.Member{Key: []string{"user", "app", "tries", "score", "level"}[i], Value: v})
			}
		}
		out = append(out, bag)
	}
	return out
}

// typedEvents are the same events in a table with types.
func typedEvents(t *testing.T) *eval.Table {
	t.Helper()
	out := &eval.Table{Columns: []ir.Column{{Name: "TimeGenerated", Type: ir.Datetime}, {Name: "user", Type: ir.String}, {Name: "app", Type: ir.String},
		{Name: "tries", Type: ir.Long}, {Name: "score", Type: ir.Real}, {Name: "level", Type: ir.Int}}}
	for _, e := range logins {
		row := []ir.Value{{Type: ir.Datetime, V: ir.TicksOf(searchNow.Add(-time.Duration(e.hours) * time.Hour))}}
		for i, v := range []string{e.user, e.app, e.tries, e.score, e.level} {
			cell := ir.Value{Type: out.Columns[i+1].Type}
			switch {
			case v == "-":
			case cell.Type == ir.Real:
				var f float64
				fmt.Sscan(v, &f)
				cell.V = f
			case cell.Type == ir.String:
				cell.V = v
			default:
				var n int64
				fmt.Sscan(v, &n)
				cell.V = n
			}
			row = append(row, cell)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// rowsText are the rows in any order. An absent text and an empty one look the same: types settle where that matters. A set is in
// any order.
func rowsText(tb *eval.Table) []string {
	var out []string
	for _, r := range tb.Rows {
		var cells []string
		for i, v := range r {
			cells = append(cells, tb.Columns[i].Name+"="+cellText(v))
		}
		out = append(out, strings.Join(cells, " "))
	}
	slices.Sort(out)
	return out
}

func cellText(v ir.Value) string {
	switch x := v.V.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(x+0, 'g', 12, 64) // -0 is 0
	case []any:
		var parts []string
		for _, e := range x {
			parts = append(parts, fmt.Sprint(e))
		}
		slices.Sort(parts)
		return strings.Join(parts, ",")
	default:
		return fmt.Sprint(x)
	}
}

// conditions are searches for their conditions.
var conditions = []string{
	`app=vpn | table user app`,
	`app="VPN*" | table user app`,
	`app=*vpn | table user app`,
	`app=*vpn* | table user app`,
	`app=v*n | table user app`,
	`app=CASE(VPN) | table user app`,
	`NOT app=vpn | table user app`,
	`NOT app=v*t | table user app`,
	`NOT (app=vpn OR tries>5) | table user tries`,
	`NOT (app=vpn AND tries>5) | table user tries`,
	`user!=root | table user`,
	`NOT user!=root | table user app`,
	`user=* | table user`,
	`NOT user=* | table app`,
	`user IN (ann, "ro*") | table user`,
	`NOT user IN (ann, root) | table user app`,
	`user=7 | table user`,
	`app=10 | table app`,
	`tries=5 | table user tries`,
	`tries!=5 | table user tries`,
	`NOT tries=5 | table user tries`,
	`NOT tries!=5 | table user tries`,
	`tries>9 | table user tries`,
	`NOT tries>=9 | table user tries`,
	`tries=* | table user`,
	`NOT tries=* | table user`,
	`score<1.5 | table user score`,
	`tries>5 app=vpn OR user=root | table user`,
	`earliest=-24h | table user`,
	`earliest=-30h latest=-3h | table user`,
	`earliest=-1m latest=now | table user`,
	`* | stats count`,
	`user=nobody | stats count`,
	`user=nobody | stats count by user`,
	`* | stats count by user`,
	`* | stats count AS n count(tries) AS t by user | where n>1 | table user n t`,
	`* | stats count by tries`,
	`* | stats min(level) AS lo max(level) AS hi by user | table user hi lo`,
	`* | stats max(score) by user`,
	`user=nobody | stats max(level) AS m count`,
	`* | stats count min(score) AS s by user level | search s>1 | fields - level`,
	`* | where user=="ann" | table user`,
	`* | where user!="ann" | table user`,
	`* | where tries>=9 OR app=="vpn" | table user tries`,
	`* | where score!=9 AND tries<10 | table user score`,
	`* | where score=1000 | table user score`,
}

// Each search that is translated finds in the hunt, in the KQL and in the SPL that are written what Splunk's rules find.
func TestSearchesKeepTheirRows(t *testing.T) {
	for _, search := range conditions {
		t.Run(search, func(t *testing.T) { searchKeepsItsRows(t, "index=logins "+search) })
	}
}

func searchKeepsItsRows(t *testing.T, search string) { keepsRows(t, search, rowsCase{}) }

// rowsCase says of a search what is declared around it, and which languages refuse it.
type rowsCase struct {
	options huntc.SPLOptions
	without []string // languages that refuse the hunt: spl, esql
}

// keepRows holds each search of a list to its rows, with the same definitions.
func keepRows(t *testing.T, list []searchCase, d *spl.Definitions) {
	for _, c := range list {
		t.Run(c.search, func(t *testing.T) {
			keepsRows(t, c.search, rowsCase{without: c.without, options: huntc.SPLOptions{Definitions: d}})
		})
	}
}

// keepsRows holds a search to the rows that Splunk's rules give it: as a hunt, in the KQL and the SPL that are written, and in ES|QL as
// the query that it is written from; TestSearchesOnEngines runs the same ones.
func keepsRows(t *testing.T, search string, rc rowsCase) {
	search = strings.Replace(search, "logins * |", "logins |", 1)
	c := newCompiler(t)
	if rc.options.Fields == nil {
		rc.options.Fields = loginFields(t)
	}
	h := c.ParseSPL("q.spl", []byte(search), rc.options)
	if h.IR == nil {
		t.Fatal(diag.Render(h.Diags))
	}
	data := interpret.Data{Events: map[string][]ir.Bag{"logins": splunkEvents()}, Now: searchNow, Definitions: rc.options.Definitions}
	data.Lookups = filledLookups(t, data)
	run := func(text string) []string {
		found, err := interpret.Run(t.Context(), &diag.Source{Name: "q.spl", Text: text}, data)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		typed, err := interpret.Typed(found, h.IR.Columns)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		return rowsText(typed)
	}
	want := run(search)
	check := func(what string, have []string, text string) {
		t.Helper()
		if !slices.Equal(have, want) {
			t.Errorf("%s:\n%q\nwant\n%q\n%s", what, have, want, text)
		}
	}
	rows := func(h *huntc.Hunt) []string {
		found, err := c.Rows(t.Context(), h, huntc.RowsOptions{Tables: map[string]*eval.Table{"logins": typedEvents(t)}, Now: searchNow})
		if err != nil {
			t.Fatal(err)
		}
		return rowsText(found)
	}
	check("the hunt", rows(h), "")
	kql := translated(t, c, h, huntc.Target{Language: "kql", Product: "sentinel"})
	var cols []ir.Column
	cols = append(cols, typedEvents(t).Columns...)
	back := c.Parse("q.kql", []byte(kql), huntc.ParseOptions{Tables: map[string]huntc.Table{"logins": {Columns: cols}}})
	if back.IR == nil {
		t.Fatal(diag.Render(back.Diags), kql)
	}
	check("KQL", rows(back), kql)
	if translatedAsKnown(t, c, h, huntc.Target{Language: "spl", Version: "10", Mapping: "same-names"}, rc) {
		text := translated(t, c, h, huntc.Target{Language: "spl", Version: "10", Mapping: "same-names"})
		check("SPL", run(text), text)
	}
	if translatedAsKnown(t, c, h, esqlSame, rc) {
		check("ES|QL as prepared", preparedRows(t, c, h), "")
	}
}

// esqlSame is the newest version of ES|QL; the one that runs on an engine is in searchEngines.
var esqlSame = huntc.Target{Language: "esql", Version: "9.5", Mapping: "same-names"}

// translatedAsKnown reports whether a hunt is translated, and holds that to what the case says.
func translatedAsKnown(t *testing.T, c *huntc.Compiler, h *huntc.Hunt, to huntc.Target, rc rowsCase) bool {
	t.Helper()
	r, err := c.Translate(t.Context(), h, to, huntc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	known := slices.Contains(rc.without, to.Language)
	switch {
	case r.Output == nil && !known:
		t.Errorf("%s refuses it: %s", to, diag.Render(r.Diagnostics))
	case r.Output != nil && known:
		t.Errorf("%s translates it: the case says that it does not", to)
	}
	return r.Output != nil
}

// preparedRows are the rows of what ES|QL is written from, over the documents that the mapping makes of the events, under its null rules.
func preparedRows(t *testing.T, c *huntc.Compiler, h *huntc.Hunt) []string {
	t.Helper()
	p, diags, err := c.Prepare(t.Context(), h, esqlSame, huntc.Options{Now: searchNow})
	if err != nil || p == nil {
		t.Fatal(err, diag.Render(diags))
	}
	docs, err := render.Documents(p.Mapping, "logins", typedEvents(t))
	if err != nil {
		t.Fatal(err)
	}
	env := &eval.Env{Now: ir.TicksOf(searchNow), Strict: true, Tables: map[string]*eval.Table{
		"logins": render.AsTable(p.Mapping, docs, p.Tables["logins"].TimeField, typedEvents(t).Columns)}}
	found, err := eval.Run(t.Context(), ir.Desugar(p.Query), env)
	if err != nil {
		t.Fatal(err)
	}
	return rowsText(found)
}

func loginFields(t *testing.T) huntc.SPLFields {
	t.Helper()
	fields, err := huntc.ReadSPLFields("fields.yaml", []byte(searchFields))
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

func translated(t *testing.T, c *huntc.Compiler, h *huntc.Hunt, to huntc.Target) string {
	t.Helper()
	r, err := c.Translate(t.Context(), h, to, huntc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Output == nil {
		t.Fatal(diag.Render(r.Diagnostics))
	}
	return r.Output.Text
}

// What Splunk's rules decide by an empty text, by a guess of types, or by what is not in the text is refused at its place.
func TestSearchesThatAreRefused(t *testing.T) {
	c := newCompiler(t)
	fields, err := huntc.ReadSPLFields("fields.yaml", []byte(searchFields))
	if err != nil {
		t.Fatal(err)
	}
	for search, place := range map[string]string{
		`index=logins app!=x | table app`:                             `app!=x`,
		`index=logins app=* | table app`:                              `app=*`,
		`index=logins app="" | table app`:                             `app=""`,
		`index=logins | stats count by app`:                           `app`,
		`index=logins | stats count(app) AS n`:                        `app`,
		`index=logins | stats count by score`:                         `score`,
		`index=logins app>5 | table app`:                              `app>5`,
		`index=logins tries=05 | table app`:                           `tries=05`,
		`index=logins tries=many | table app`:                         `tries=many`,
		`index=logins score=9 | table app`:                            `score=9`,
		`index=logins | where app=5 | table app`:                      `app=5`,
		`index=logins | where NOT tries=5 | table app`:                `NOT tries=5`,
		`index=logins | stats max(app) AS s`:                          `max(app) AS s`,
		`index=logins earliest=-1d@d | table app`:                     `earliest=-1d@d`,
		`index=logins error | table app`:                              `error`,
		`index=logins aqp=x | table app`:                              `aqp`,
		`index=other app=x | table app`:                               `index=other`,
		`app=x | table app`:                                           `app=x`,
		`index=logins app=x`:                                          `index=logins app=x`,
		`index=logins src="10.0.0.0/8" | table app`:                   `src`,
		`index=logins [search index=logins | table user] | table app`: `[search index=logins | table user]`,

		// What may be empty, or a number written as text.
		`index=logins | eval u=user."/".app | table u`:                     `app`,
		`index=logins | where app!="" | table app`:                         `app`,
		`index=logins | where like(app,"%") | table app`:                   `app`,
		`index=logins | where user=app | table app`:                        `user=app`,
		`index=logins | where user>"m" | table app`:                        `user>"m"`,
		`index=logins | eval n=user+1 | table n`:                           `user`,
		`index=logins | eval n=user+app | table n`:                         `user+app`,
		`index=logins | eval n=tonumber(app) | table n`:                    `tonumber(app)`,
		`index=logins | eval x=tostring(score) | table x`:                  `score`,
		`index=logins | eval x=score/2 | stats count by x`:                 `x`,
		`index=logins | stats dc(score) AS n`:                              `score`,
		`index=logins | stats values(app) AS a`:                            `app`,
		`index=logins | eval x=user | stats min(x) AS m`:                   `min(x) AS m`,
		`index=logins | sort app | table app`:                              `app`,
		`index=logins | where NOT user="ann" | table user`:                 `NOT user="ann"`,
		`index=logins | regex user!="a" | table user`:                      `regex user!="a"`,
		`index=logins | stats values(user) AS u | search u=ann | table u`:  `u=ann`,
		`index=logins | stats values(user) AS u | where u="ann" | table u`: `u="ann"`,
		`index=logins | stats values(user) AS u | stats count by u`:        `u`,
		`index=logins | where TimeGenerated>5 | table user`:                `TimeGenerated`,
		`index=logins | where match(user,"a(?!b)") | table user`:           `"a(?!b)"`,
		`index=logins | eval x=tries%2 | table x`:                          `tries%2`,

		// Time zones, orders and rows that are not in the events.
		`index=logins | bin _time span=1d | stats count by _time`:              `1d`,
		`index=logins | bin tries span=10 | stats count by tries`:              `bin tries span=10`,
		`index=logins | where _time>relative_time(now(),"-1d@d") | table user`: `relative_time(now(),"-1d@d")`,
		`index=logins | stats count by user | head 3`:                          `head 3`,
		`index=logins | stats count max(level) AS l by user | dedup l`:         `dedup`,
		`index=logins | stats count by user | stats first(user) AS u`:          `first(user) AS u`,
		`index=logins | stats list(user) AS u`:                                 `list`,
		`index=logins | lookup seen user OUTPUT first | where isnull(first)`:   `seen`,
		`index=logins | table user | inputlookup append=t seen`:                `seen`,
		`index=logins | join user [search index=logins | table user]`:          `join`,
		`index=logins | rex "(?<a>x)" | table a`:                               `rex "(?<a>x)"`,
		"index=logins `filter` | table user":                                   "`filter`",
		"index=logins | table user | `filter`":                                 "`filter`",
		`| tstats count from datamodel=Endpoint.Processes by Processes.user`:   `Endpoint.Processes`,
		`| tstats count where index=logins by host`:                            `tstats count where index=logins by host`,
		`| inputlookup seen`:                                   `seen`,
		`sourcetype=x user=ann | table user`:                   `sourcetype=x`,
		`index=logins sourcetype!=x | table user`:              `sourcetype`,
		`index=logins | stats count by sourcetype`:             `sourcetype`,
		`index=logins (user=ann OR earliest=-1h) | table user`: `earliest=-1h`,
		`index=logins | fillnull | table user`:                 `fillnull`,
		`index=logins | fields t* | table tries`:               `t*`,
		`index=logins index=other | stats count`:               `index=other`,
		`index=logins | eval t=strftime(_time,"%F") | table t`: `strftime(_time,"%F")`,
		`index=logins | convert num(user) | table user`:        `convert`,
		`index=logins | eval x=max(tries,1) | table x`:         `tries`,
		`index=logins | transaction user | table user`:         `transaction`,
	} {
		t.Run(search, func(t *testing.T) {
			h := c.ParseSPL("q.spl", []byte(search), huntc.SPLOptions{Fields: fields})
			if h.IR != nil {
				t.Fatal("it is read")
			}
			for _, d := range h.Diags {
				if d.Severity == diag.Refused && search[d.Span.Pos-1:d.Span.End-1] == place {
					return
				}
			}
			t.Errorf("nothing is refused at %s:\n%s", place, diag.Render(h.Diags))
		})
	}
}

// Expressions that ask for a value and use it grow with the power of their depth: they end in a refusal, and soon.
func TestDeepExpressionsAreRefusedSoon(t *testing.T) {
	c := newCompiler(t)
	for name, open := range map[string]string{"coalesce": "coalesce(user,", "division": "1/(tries+", "nullif": `nullif("a",`, "text": `lower(user.`, "if": "if(isnull(user),user,"} {
		x := "user"
		if name == "division" {
			x = "tries"
		}
		search := "index=logins | eval x=" + strings.Repeat(open, 60) + x + strings.Repeat(")", 60) + " | table x"
		began := time.Now()
		h := c.ParseSPL("q.spl", []byte(search), huntc.SPLOptions{Fields: loginFields(t)})
		if h.IR != nil {
			if r, err := c.Translate(t.Context(), h, huntc.Target{Language: "kql", Product: "sentinel"}, huntc.Options{}); err != nil || r.Output == nil || len(r.Output.Text) > 1<<20 {
				t.Error(name, err)
			}
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
}
