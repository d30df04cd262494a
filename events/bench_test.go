package events_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/huntc/huntc/events"
	"github.com/huntc/huntc/ir"
)

// BenchmarkNDJSON reads events of the size of an audit record.
func BenchmarkNDJSON(b *testing.B) {
	var text strings.Builder
	const n = 10_000
	for i := range n {
		fmt.Fprintf(&text, `{"Timestamp":"2026-05-14T00:00:%02d.250000Z","ActionType":"FileDownloaded","AccountDisplayName":"user%d","IPAddress":"10.0.0.%d","RawEventData":{"ObjectId":"https://x/y/file%d.zip","FileExtension":"zip","Size":%d}}`+"\n", i%60, i%5000, i%251, i, i)
	}
	path := write(b, "x.ndjson", text.String())
	f, err := events.Open(context.Background(), path, []ir.Column{{Name: "Timestamp", Type: ir.Datetime}, {Name: "ActionType", Type: ir.String},
		{Name: "AccountDisplayName", Type: ir.String}, {Name: "IPAddress", Type: ir.String}, {Name: "RawEventData", Type: ir.Dynamic}}, false, events.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, err := range f.Scan(context.Background()) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
}
