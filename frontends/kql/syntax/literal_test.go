package syntax

import (
	"testing"
	"time"
)

// TestDatetimeForms are the forms of https://learn.microsoft.com/kusto/query/scalar-data-types/datetime#supported-formats and others
// that hunts have.
func TestDatetimeForms(t *testing.T) {
	for text, want := range map[string]string{
		"2014-05-25T08:20:03.123456Z": "2014-05-25T08:20:03.123456Z", "2014-05-25T08:20:03.123456": "2014-05-25T08:20:03.123456Z",
		"2014-05-25T08:20": "2014-05-25T08:20:00Z", "2014-11-08 15:55:55.123456Z": "2014-11-08T15:55:55.123456Z",
		"2014-11-08 15:55:55": "2014-11-08T15:55:55Z", "2014-11-08 15:55": "2014-11-08T15:55:00Z", "2014-11-08": "2014-11-08T00:00:00Z",
		"2014-11-08T15:05:25+02:00": "2014-11-08T13:05:25Z", "2014-11-08 15:05:25 GMT": "2014-11-08T15:05:25Z", "2014-11-08 15:05 GMT": "2014-11-08T15:05:00Z",
		"Sat, 8 Nov 14 15:05:02 GMT": "2014-11-08T15:05:02Z", "Sat, 8 Nov 14 15:05:02": "2014-11-08T15:05:02Z",
		"Sat, 8 Nov 14 15:05": "2014-11-08T15:05:00Z", "Sat, 8 Nov 14 15:05 GMT": "2014-11-08T15:05:00Z",
		"8 Nov 14 15:05:02": "2014-11-08T15:05:02Z", "8 Nov 14 15:05 GMT": "2014-11-08T15:05:00Z",
		"Saturday, 08-Nov-14 15:05:02 GMT": "2014-11-08T15:05:02Z", "Saturday, 08-Nov-14 15:05": "2014-11-08T15:05:00Z",
		"08-Nov-14 15:05:02": "2014-11-08T15:05:02Z", "08-Nov-14 15:05 GMT": "2014-11-08T15:05:00Z", "08-Nov-99 15:05": "1999-11-08T15:05:00Z",
		"Mon, 02 Jan 2006 15:04:05 GMT": "2006-01-02T15:04:05Z", "1/2/2006": "2006-01-02T00:00:00Z", "2006": "2006-01-01T00:00:00Z",
	} {
		got, ok := parseTime(text)
		if !ok || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s is %v %v, want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "8:00:00 AM", "Insert date", "2014-13-01", "2014-02-30", "Sat, 8 Nov 14 15:05:02 EST", "8 Nov 45 15:05", "GMT", " GMT", "2014-11-08T15:05:25Z GMT"} {
		if got, ok := parseTime(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}
