package eval

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/huntc/huntc/ir"
)

// pathFunctions take file paths, URLs, command lines and versions apart.
func pathFunctions() map[string]function {
	return map[string]function{
		"parse_path":         {1, 1, true, total(parsePath)},
		"parse_url":          {1, 1, true, total(parseURL)},
		"parse_urlquery":     {1, 1, true, total(parseURLQuery)},
		"parse_command_line": {2, 2, true, plainly(parseCommandLine)},
		"parse_version":      {1, 1, true, total(parseVersion)},
	}
}

// parsePath splits a Windows or Unix path. A colon behind the last separator starts an alternate data stream.
func parsePath(a []ir.Value) ir.Value {
	s := asText(a[0])
	var scheme, root, dir, stream, ext string
	if before, after, ok := strings.Cut(s, "://"); ok && !strings.ContainsAny(before, `/\`) {
		scheme, s = before, after
	}
	file := s
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		dir, file = s[:i], s[i+1:]
	}
	if len(s) >= 2 && s[1] == ':' && (len(s) == 2 || s[2] == '/' || s[2] == '\\') {
		root = s[:2] // what Filename is of a bare drive, no page says
	}
	file, stream, _ = strings.Cut(file, ":")
	if i := strings.LastIndexByte(file, '.'); i >= 0 {
		ext = file[i+1:]
	}
	name := dir[strings.LastIndexAny(dir, `/\`)+1:]
	return dynamic(ir.Bag{{Key: "Scheme", Value: scheme}, {Key: "RootPath", Value: root},
		{Key: "DirectoryPath", Value: dir}, {Key: "DirectoryName", Value: name}, {Key: "Filename", Value: file},
		{Key: "Extension", Value: ext}, {Key: "AlternateDataStreamName", Value: stream}})
}

// schemeForm is the start of an absolute URL.
var schemeForm = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)

// parseURL takes an absolute URL apart without judging it: what follows a separator is the next part, as it is written. Of text
// without a scheme nothing is found. learn.microsoft.com/kusto/query/parse-url-function
func parseURL(a []ir.Value) ir.Value {
	var scheme, host, port, path, user, password, query, fragment string
	if m := schemeForm.FindStringSubmatch(asText(a[0])); m != nil {
		scheme = m[1]
		rest := asText(a[0])[len(m[0]):]
		rest, fragment, _ = strings.Cut(rest, "#")
		rest, query, _ = strings.Cut(rest, "?")
		host = rest
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			host, path = rest[:i], rest[i:]
		}
		if i := strings.LastIndexByte(host, '@'); i >= 0 {
			user, password, _ = strings.Cut(host[:i], ":")
			host = host[i+1:]
		}
		if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
			host, port = host[:i], host[i+1:]
		}
	}
	return dynamic(ir.Bag{{Key: "Scheme", Value: scheme}, {Key: "Host", Value: host}, {Key: "Port", Value: port}, {Key: "Path", Value: path},
		{Key: "Username", Value: user}, {Key: "Password", Value: password}, {Key: "Query Parameters", Value: queryParameters(query)},
		{Key: "Fragment", Value: fragment}})
}

func parseURLQuery(a []ir.Value) ir.Value {
	return dynamic(ir.Bag{{Key: "Query Parameters", Value: queryParameters(asText(a[0]))}})
}

func queryParameters(s string) ir.Bag {
	query := ir.Bag{}
	for _, p := range strings.Split(s, "&") {
		if k, v, ok := strings.Cut(p, "="); ok && k != "" {
			query = addParameter(query, percentDecode(k), percentDecode(v))
		}
	}
	return query
}

// addParameter collects the values of a repeated parameter in an array.
func addParameter(b ir.Bag, key, v string) ir.Bag {
	old, has := b.Get(key)
	if !has {
		return put(b, key, v)
	}
	list, ok := old.([]any)
	if !ok {
		list = []any{old}
	}
	return put(b, key, append(list, v))
}

// parseVersion reads one to four numbers of up to eight digits as one number, of 8 digits each. learn.microsoft.com/kusto/query/parse-version-function
func parseVersion(a []ir.Value) ir.Value {
	parts := strings.Split(asText(a[0]), ".")
	if len(parts) > 4 {
		return none(ir.Decimal)
	}
	var b strings.Builder
	for i := range 4 {
		p := "0"
		if i < len(parts) {
			p = parts[i]
		}
		if !isDigits(p) || len(p) > 8 {
			return none(ir.Decimal)
		}
		b.WriteString(strings.Repeat("0", 8-len(p)) + p)
	}
	s := strings.TrimLeft(b.String(), "0")
	if s == "" {
		s = "0"
	}
	return ir.Value{Type: ir.Decimal, V: s}
}

func parseCommandLine(a []ir.Value) (ir.Value, error) {
	if kind := asText(a[1]); !strings.EqualFold(kind, "windows") {
		return none(ir.Dynamic), fmt.Errorf("the parser %q is unknown, only windows is", kind)
	}
	s := asText(a[0])
	if s == "" {
		return none(ir.Dynamic), nil
	}
	out := []any{}
	for _, arg := range windowsArguments(s) {
		out = append(out, arg)
	}
	return dynamic(out), nil
}

// windowsArguments splits as CommandLineToArgvW does: the program ends at the next quote or space whatever stands before it; behind
// it, backslashes escape only in front of a quote, and a doubled quote inside quotes is one.
// learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw, learn.microsoft.com/kusto/query/parse-command-line-function
func windowsArguments(s string) []string {
	var args []string
	if rest, ok := strings.CutPrefix(s, `"`); ok {
		program, after, _ := strings.Cut(rest, `"`)
		args, s = append(args, program), after
	} else {
		end := strings.IndexAny(s, " \t")
		if end < 0 {
			end = len(s)
		}
		args, s = append(args, s[:end]), s[end:]
	}
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return args
		}
		arg, n := windowsArgument(s)
		args, s = append(args, arg), s[n:]
	}
}

// windowsArgument reads one argument and says how long it was.
func windowsArgument(s string) (string, int) {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); {
		slashes := 0
		for i < len(s) && s[i] == '\\' {
			slashes++
			i++
		}
		if i < len(s) && s[i] == '"' {
			b.WriteString(strings.Repeat(`\`, slashes/2))
			switch {
			case slashes%2 == 1:
				b.WriteByte('"')
			case quoted && i+1 < len(s) && s[i+1] == '"':
				// A doubled quote is one quote and closes the quoted part.
				b.WriteByte('"')
				quoted = false
				i++
			default:
				quoted = !quoted
			}
			i++
			continue
		}
		b.WriteString(strings.Repeat(`\`, slashes))
		if i == len(s) {
			break
		}
		if !quoted && (s[i] == ' ' || s[i] == '\t') {
			return b.String(), i
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String(), len(s)
}
