package conformance

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// fixtureColumns are the schemas of the sample tables as their documentation gives them.
var fixtureColumns = map[string]string{
	"StormEvents": "StartTime:datetime EndTime:datetime EpisodeId:int EventId:int State:string EventType:string InjuriesDirect:int " +
		"InjuriesIndirect:int DeathsDirect:int DeathsIndirect:int DamageProperty:int DamageCrops:int Source:string BeginLocation:string " +
		"EndLocation:string BeginLat:real BeginLon:real EndLat:real EndLon:real EpisodeNarrative:string EventNarrative:string StormSummary:dynamic",
	"PopulationData": "State:string Population:long",
}

func fixtures(t *testing.T) map[string]*eval.Table {
	t.Helper()
	out := map[string]*eval.Table{}
	for name, decl := range fixtureColumns {
		f, err := os.Open(filepath.Join(shared, "fixtures", name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		tab := &eval.Table{}
		for i, d := range strings.Fields(decl) {
			n, typ, _ := strings.Cut(d, ":")
			ty, ok := ir.ParseType(typ)
			if !ok || rows[0][i] != n {
				t.Fatalf("%s: column %d is %s, expected %s", name, i, rows[0][i], d)
			}
			tab.Columns = append(tab.Columns, ir.Column{Name: n, Type: ty})
		}
		for _, row := range rows[1:] {
			cells := make([]ir.Value, len(row))
			for i, text := range row {
				cells[i] = fixtureCell(t, text, tab.Columns[i].Type)
			}
			tab.Rows = append(tab.Rows, cells)
		}
		out[name] = tab
	}
	return out
}

func fixtureCell(t *testing.T, text string, ty ir.Type) ir.Value {
	t.Helper()
	raw := json.RawMessage(text)
	switch {
	case text == "" && ty != ir.String:
		return ir.Null(ty)
	case ty == ir.String:
		return ir.Value{Type: ty, V: text}
	case ty == ir.Datetime:
		raw = json.RawMessage(strconv.Quote(strings.Replace(text, " ", "T", 1) + "Z"))
	}
	v, err := value(raw, ty)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
