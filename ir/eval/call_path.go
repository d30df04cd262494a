package eval

import (
	"fmt"
	"net/url"
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
		root = s[:2]
		if len(s) == 2 {
			file = ""
		}
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

func parseURL(a []ir.Value) ir.Value {
	u, err := url.Parse(asText(a[0]))
	if err != nil {
		return none(ir.Dynamic)
	}
	if u.Scheme == "" {
		u = &url.URL{}
	}
	password, _ := u.User.Password()
	return dynamic(ir.Bag{{Key: "Scheme", Value: u.Scheme}, {Key: "Host", Value: u.Hostname()},
		{Key: "Port", Value: u.Port()}, {Key: "Path", Value: u.EscapedPath()}, {Key: "Username", Value: u.User.Username()},
		{Key: "Password", Value: password}, {Key: "Query Parameters", Value: queryParameters(u.RawQuery)}, {Key: "Fragment", Value: u.Fragment}})
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
