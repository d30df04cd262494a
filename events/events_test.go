package events_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/huntc/huntc/events"
	"github.com/huntc/huntc/ir"
	"github.com/huntc/huntc/ir/eval"
)

// cols is the schema that the cases read with.
var cols = []ir.Column{{Name: "T", Type: ir.Datetime}, {Name: "S", Type: ir.String}, {Name: "N", Type: ir.Long}, {Name: "D", Type: ir.Dynamic}}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// read returns the file's rows as NDJSON and the error of reading.
func read(t *testing.T, path string, cols []ir.Column, open bool, o events.Options) (string, events.Stats, error) {
	t.Helper()
	f, err := events.Open(context.Background(), path, cols, open, o)
	if err != nil {
		return "", events.Stats{}, err
	}
	defer f.Close()
	tab := &eval.Table{Columns: f.Schema()}
	for row, err := range f.Scan(context.Background()) {
		if err != nil {
			return "", f.Stats, err
		}
		tab.Rows = append(tab.Rows, row)
	}
	var b strings.Builder
	if err := eval.WriteTable(&b, tab, "ndjson"); err != nil {
		t.Fatal(err)
	}
	return b.String(), f.Stats, nil
}

func TestEveryFormatGivesTheSameRows(t *testing.T) {
	const want = `{"T":"2026-05-15T12:00:00.1234567Z","S":"a,\"b\"","N":5,"D":{"k":[1]}}
{"T":null,"S":"","N":null,"D":null}
`
	ndjson := `{"T":"2026-05-15T12:00:00.1234567Z","S":"a,\"b\"","N":5,"D":{"k":[1]},"other":1}` + "\r\n\n" + `{"S":""}`
	for name, text := range map[string]string{
		"x.ndjson":    ndjson,
		"x.jsonl":     "\xef\xbb\xbf" + ndjson,
		"x.ndjson.gz": zipped(t, ndjson),
		"events":      ndjson,
		"x.json":      "[" + strings.ReplaceAll(ndjson, "\n\n", ",\n") + "]",
		"x.csv":       "T,S,N,D\n2026-05-15T12:00:00.1234567Z,\"a,\"\"b\"\"\",5,\"{\"\"k\"\":[1]}\"\n,,,\n",
		"x.tsv":       "T\tS\tN\tD\n2026-05-15T12:00:00.1234567Z\ta,\"b\"\t5\t{\"k\":[1]}\n\t\t\t\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := read(t, write(t, name, text), cols, false, events.Options{})
			if err != nil || got != want {
				t.Errorf("%v\nhave %s\nwant %s", err, got, want)
			}
		})
	}
}

func TestParquetKeepsTypes(t *testing.T) {
	type inner struct {
		Zed string `parquet:"zed"`
		Abc *int32 `parquet:"abc,optional"`
	}
	type event struct {
		T time.Time         `parquet:"T,timestamp(microsecond)"`
		S *string           `parquet:"S,optional"`
		N int64             `parquet:"N"`
		D inner             `parquet:"D"`
		L []string          `parquet:"L,list"`
		M map[string]string `parquet:"M"`
		F float64           `parquet:"F"`
		B bool              `parquet:"B"`
		W int32             `parquet:"W,date"`
	}
	var b bytes.Buffer
	w := parquet.NewGenericWriter[event](&b, parquet.Compression(&parquet.Zstd))
	s, n := "text", int32(7)
	at := time.Date(2026, 5, 15, 12, 0, 0, 123456000, time.UTC)
	if _, err := w.Write([]event{{T: at, S: &s, N: 5, D: inner{"z", &n}, L: []string{"p", "q"}, M: map[string]string{"k": "v"}, F: 1.5, B: true, W: 20588}, {T: at, W: 20588}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, _, err := read(t, write(t, "x.parquet", b.String()), nil, true, events.Options{})
	const want = `{"T":"2026-05-15T12:00:00.1234560Z","S":"text","N":5,"D":{"zed":"z","abc":7},"L":["p","q"],"M":{"k":"v"},"F":1.5,"B":true,"W":"2026-05-15T00:00:00Z"}
{"T":"2026-05-15T12:00:00.1234560Z","S":null,"N":0,"D":{"zed":"","abc":null},"L":[],"M":{},"F":0.0,"B":false,"W":"2026-05-15T00:00:00Z"}
`
	if err != nil || got != want {
		t.Errorf("%v\nhave %s\nwant %s", err, got, want)
	}
}

func TestValueThatDoesNotFit(t *testing.T) {
	for name, tc := range map[string]struct{ file, text, where string }{
		"a number in a string column": {"x.ndjson", "{\"S\":\"a\"}\n{\"S\":5}\n{\"S\":\"b\"}", "x.ndjson:2: 5 is no string for column S"},
		"a fraction in a long":        {"x.ndjson", "{\"S\":\"a\"}\n{\"N\":1.5}\n{\"S\":\"b\"}", "x.ndjson:2: 1.5 is no long for column N"},
		"text that is no time":        {"x.csv", "S,T\na,\nx,soon\nb,\n", `x.csv:3: "soon" is no datetime for column T`},
		"an element of an array":      {"x.json", "[{\"S\":\"a\"},\n\n{\"S\":[1]},{\"S\":\"b\"}]", "x.json:3: [1] is no string for column S"},
		"a line that is no JSON":      {"x.ndjson", "{\"S\":\"a\"}\n{\"S\":\n{\"S\":\"b\"}", `x.ndjson:2: jsontext: unexpected EOF within "/S" after offset 6`},
		"a row with too few cells":    {"x.csv", "S,N\na,1\nonly\nb,1\n", "x.csv:3: 1 cells for 2 columns"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, tc.file, tc.text)
			if _, _, err := read(t, path, cols, false, events.Options{}); err == nil || !strings.HasSuffix(err.Error(), tc.where) {
				t.Errorf("stop: %v, want …%s", err, tc.where)
			}
			got, st, err := read(t, path, cols, false, events.Options{Bad: events.Skip})
			if err != nil || st.Rows != 2 || st.Skipped != 1 || strings.Count(got, "\n") != 2 {
				t.Errorf("skip: %v %+v %s", err, st, got)
			}
			_, st, err = read(t, path, cols, false, events.Options{Bad: events.Null})
			if err != nil || st.Nulled+st.Skipped != 1 || st.Rows+st.Skipped != 3 {
				t.Errorf("null: %v %+v", err, st)
			}
		})
	}
}

func TestColumnsOfAnUnknownTableComeFromItsValues(t *testing.T) {
	for name, tc := range map[string]struct{ file, text, want string }{
		"json": {"x.ndjson", `{"a":1,"t":"2026-01-01T00:00:00Z","m":1,"x":null}` + "\n" + `{"a":1.5,"t":"2026-01-01T00:00:00Z","m":"s"}`, "a real, t datetime, m dynamic, x dynamic"},
		"csv":  {"x.csv", "a,t,b,s,n\n1,2026-01-01T00:00:00Z,true,x,\n2,2026-01-01T00:00:00Z,false,1,\n", "a long, t datetime, b bool, s string, n string"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := events.Open(context.Background(), write(t, tc.file, tc.text), nil, true, events.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var have []string
			for _, c := range f.Schema() {
				have = append(have, c.Name+" "+c.Type.String())
			}
			if s := strings.Join(have, ", "); s != tc.want {
				t.Errorf("have %s, want %s", s, tc.want)
			}
		})
	}
}

func TestTimeWithoutZoneIsNamedOnce(t *testing.T) {
	_, st, err := read(t, write(t, "x.ndjson", "{\"T\":\"2026-05-15T12:00:00+02:00\"}\n{\"T\":\"2026-05-15T12:00:00\"}\n{\"T\":\"2026-05-15\"}"), cols, false, events.Options{})
	if err != nil || !strings.HasSuffix(st.Zoneless, "x.ndjson:2") {
		t.Errorf("%v %+v", err, st)
	}
	if _, st, _ = read(t, write(t, "y.ndjson", `{"T":"2026-05-15T12:00:00Z"}`), cols, false, events.Options{}); st.Zoneless != "" {
		t.Errorf("%+v", st)
	}
}

func TestFileThatIsNoData(t *testing.T) {
	for name, tc := range map[string]struct{ file, text, want string }{
		"unknown":              {"x.bin", "hello", "the format cannot be told"},
		"broken gzip":          {"x.ndjson.gz", "\x1f\x8bnope", "unexpected EOF"},
		"array without end":    {"x.json", `[{"S":"a"}`, "the array has no end"},
		"broken parquet":       {"x.parquet", "PAR1 nothing", "parquet"},
		"csv without a header": {"x.csv", "", "column names"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := read(t, write(t, tc.file, tc.text), cols, false, events.Options{}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want …%s…", err, tc.want)
			}
		})
	}
	if _, _, err := read(t, filepath.Join(t.TempDir(), "none.csv"), cols, false, events.Options{}); err == nil || !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}
