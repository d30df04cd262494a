package cost

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// bulkSize is about how many bytes one bulk request has.
const bulkSize = 8 << 20

// load fills an index of one shard, merged to one segment. The caches that would answer a repeated query are off.
func load(t *testing.T, url, table, index, mappings string, n int) {
	t.Helper()
	write, ok := writers[table]
	if !ok {
		t.Fatalf("no documents of %s", table)
	}
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	send(t, http.MethodPut, url+"/"+index, `{"settings":{"index":{"number_of_shards":1,"number_of_replicas":0,"refresh_interval":"-1",`+
		`"requests.cache.enable":false,"queries.cache.enabled":false}},"mappings":`+mappings+`}`)
	g := &generator{rand: rand.New(rand.NewPCG(5, 19)), n: n, now: at}
	for i := range n {
		g.buf.WriteString("{\"create\":{}}\n")
		write(g)
		g.buf.WriteByte('\n')
		if g.buf.Len() >= bulkSize || i == n-1 {
			if r := send(t, http.MethodPost, url+"/"+index+"/_bulk", g.buf.String()); !strings.Contains(r, `"errors":false`) {
				t.Fatalf("a document was not taken: %.500s", r)
			}
			g.buf.Reset()
		}
	}
	send(t, http.MethodPost, url+"/"+index+"/_forcemerge?max_num_segments=1", "")
	send(t, http.MethodPost, url+"/"+index+"/_refresh", "")
	t.Logf("%d documents in %s after %s", n, index, time.Since(begin).Round(time.Second))
}

func send(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: 10 * time.Minute}
	a, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %v %.500s", method, url, a.StatusCode, err, text)
	}
	return string(text)
}

// generator writes documents; the same n gives the same documents.
type generator struct {
	rand *rand.Rand
	n    int // documents in all: what grows with them is scaled by it
	now  time.Time
	buf  bytes.Buffer
}

// writers write one document of a table in the form that keeps its names.
var writers = map[string]func(*generator){"CloudAppEvents": (*generator).cloudApp, "AuditLogs": (*generator).audit}

func (g *generator) chance(p float64) bool { return g.rand.Float64() < p }

func (g *generator) one(of []string) string { return of[g.rand.IntN(len(of))] }

// before is a time within the last d.
func (g *generator) before(d time.Duration) time.Time {
	return g.now.Add(-time.Duration(g.rand.Int64N(int64(d))) - time.Millisecond)
}

func (g *generator) event(at time.Time, format string, args ...any) {
	fmt.Fprintf(&g.buf, `{"@timestamp":"%s",`+format+"}", append([]any{at.UTC().Format("2006-01-02T15:04:05.000Z")}, args...)...)
}

const day = 24 * time.Hour

var (
	otherActions = []string{"FileAccessed", "FileModified", "FilePreviewed", "MailItemsAccessed", "UserLoggedIn", "FileSyncDownloadedFull",
		"FileRenamed", "MessageSent"}
	origins = []string{"github.com", "GitHub.com", "gist.github.com", "gitlab.corp.example", "dev.visualstudio.com", "bitbucket.org",
		"www.example.com", "intranet.example", "mail.example.org", "githubusercontent.com", "drive.example.net", "cdn.example.io"}
	targets = []string{"contoso.sharepoint.com", "onedrive.live.example", "files.example.com", "github.com", "blob.azure.example", "box.example",
		"dropbox.example", "teams.example", "transfer.example", "mega.example"}
	extensions = []string{"zip", "ZIP", "docx", "xlsx", "pdf", "pptx", "txt", "png"}
)

// cloudApp writes eight days of a tenant: a tenth are downloads in sessions of which few are large, a seventh uploads of which some
// accounts have many.
func (g *generator) cloudApp() {
	switch p := g.rand.Float64(); {
	case p < 0.10:
		g.download()
	case p < 0.22:
		account := g.rand.IntN(2000)
		g.upload(g.before(8*day), account, 20893+g.rand.IntN(3)*(11161-20893)/2, g.one(extensions), g.one(origins), g.one(targets), g.chance(0.3))
	case p < 0.24:
		account := 5000 + g.rand.IntN(max(1, g.n/2000))
		g.upload(g.before(day), account, 11161, "zip", origins[g.rand.IntN(4)], "box.example", g.chance(0.5))
	default:
		account := g.rand.IntN(2000)
		g.event(g.before(8*day), `"ActionType":"%s","ApplicationId":%d,%s,"RawEventData":{"ObjectId":"https://example/doc/%d"}`, g.one(otherActions),
			11161+g.rand.IntN(12), who(account), g.rand.IntN(100000))
	}
}

// who leaves the display name of every fortieth account out.
func who(account int) string {
	id := fmt.Sprintf(`"AccountObjectId":"%08x-0000-4000-8000-000000000000"`, account*2654435761&0xffffffff)
	if account%40 == 0 {
		return id
	}
	return id + fmt.Sprintf(`,"AccountDisplayName":"User %d"`, account)
}

func (g *generator) download() {
	session, minutes := g.rand.IntN(max(1, g.n/125)), 5
	if g.chance(0.05) {
		session = -1 - g.rand.IntN(max(1, g.n/20000))
	}
	bin := (session*7919%2304 + 2304) % 2304 // of five minutes, within eight days
	if session < 0 {
		bin %= 1900 // within seven
	}
	at := g.now.Add(-time.Duration(bin+1) * 5 * time.Minute).Add(time.Duration(g.rand.IntN(minutes*60000)) * time.Millisecond)
	g.event(at, `"ActionType":"FileDownloaded","ApplicationId":20893,%s,"RawEventData":{"ObjectId":"https://example/doc/%d"}`,
		who((session*31%2000+2000)%2000), g.rand.IntN(100000))
}

func (g *generator) upload(at time.Time, account, app int, extension, origin, target string, noTarget bool) {
	where := ""
	if !noTarget {
		where = `,"TargetDomain":"` + target + `"`
	}
	g.event(at, `"ActionType":"FileUploadedToCloud","ApplicationId":%d,%s,"RawEventData":{"FileExtension":"%s","OriginatingDomain":"%s"%s,`+
		`"ObjectId":"https://example/repo/archive%d.%s"}`, app, who(account), extension, origin, where, g.rand.IntN(40), extension)
}

var (
	operations = []string{"Update user", "Update device", "Add member to group", "Update application", "Update service principal",
		"Change user license", "Add device", "Update policy"}
	apps = []string{"Microsoft Intune", "Device Registration Service", "Azure AD Cloud Sync", "Microsoft Azure AD Group-Based Licensing",
		"Workday", "Okta", "Exchange Online", "Privileged Access"}
	properties = []string{"AccountEnabled", "DisplayName", "DeviceOSType", "DeviceOSVersion", "LastDirSyncTime", "Included Updated Properties",
		"Action Client Name", "MailNickname", "Department", "StsRefreshTokensValidFrom", "JobTitle", "TargetId.UserType"}
	newValues = []string{`[\"new\"]`, `[true]`, `[\"DirectorySync\"]`, `[]`, `[\"Windows\"]`, `[ 12, 3 ]`, `[\"a\",\"b\"]`}
)

// audit writes fifteen days of a tenant: an eighth by apps, of which most repeat what they always do.
func (g *generator) audit() {
	at := g.before(15 * day)
	if !g.chance(0.125) {
		g.event(at, `"OperationName":"%s","Category":"UserManagement","Type":"AuditLogs","InitiatedBy":{"user":{"userPrincipalName":"user%d@example.com"}},`+
			`"TargetResources":{"0":{"userPrincipalName":"user%d@example.com","displayName":"User","modifiedProperties":{%s}}}`, g.one(operations),
			g.rand.IntN(2000), g.rand.IntN(20000), g.properties())
		return
	}
	habit, kind := g.rand.IntN(max(20, g.n/500)), ""
	if g.now.Sub(at) < day && g.chance(0.03) {
		habit, kind = g.rand.IntN(max(3, g.n/5000)), "new-"
	}
	g.event(at, `"OperationName":"%s","Category":"UserManagement","Type":"AuditLogs","InitiatedBy":{"app":{"displayName":"%s","ipAddress":"10.0.%d.%d"}},`+
		`"TargetResources":{"0":{"userPrincipalName":"%sUser%d@example.com","displayName":"Device-%d","modifiedProperties":{%s}}}`,
		operations[habit%len(operations)], apps[habit/7%len(apps)], habit%4, habit%250, kind, habit, habit%1000+g.rand.IntN(2), g.properties())
}

func (g *generator) properties() string {
	var s []string
	for i := range 1 + g.rand.IntN(4) {
		s = append(s, fmt.Sprintf(`"%d":{"displayName":"%s","newValue":"%s"}`, i, g.one(properties), g.one(newValues)))
	}
	return strings.Join(s, ",")
}
