package spl

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadMacrosConf(t *testing.T) {
	d, err := ReadMacrosConf("macros.conf", `
# comment
[web]
definition = index=web \
  sourcetype=access
[between(2)]
args = a, b
definition = x>$a$ x<$b$
iseval = 0
errormsg = none
[now_text]
definition = strftime(now(), "%d")
iseval = 1
`)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Macros["web"].Text; got != "index=web \n  sourcetype=access" {
		t.Errorf("web = %q", got)
	}
	if got := d.Macros["between(2)"]; fmt.Sprint(got.Args) != "[a b]" || got.Eval {
		t.Errorf("between = %+v", got)
	}
	if !d.Macros["now_text"].Eval {
		t.Error("iseval is lost")
	}
	for text, want := range map[string]string{
		"definition = x":          ":1: expected [macro]",
		"[a\n":                    ":1: the stanza is not closed",
		"[a(2)]\nargs = x\n":      "[a(2)] has 1 args, its name says 2",
		"[a(x)]\ndefinition = y":  "expected name(number of arguments)",
		"\n[a]\ndefinition x\n\n": ":3: expected",
	} {
		if _, err := ReadMacrosConf("m.conf", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestReadDefinitions(t *testing.T) {
	d, err := ReadDefinitions("d.yaml", []byte("macros:\n  web: index=web\n  is(1): {args: [x], definition: 'u=$x$'}\ncommands: [MyCmd]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Macros["web"].Text != "index=web" || d.Macros["is(1)"].Text != "u=$x$" || !d.Commands["mycmd"] {
		t.Errorf("%+v", d)
	}
	if d, err := ReadDefinitions("d.yaml", nil); err != nil || len(d.Macros) != 0 {
		t.Errorf("an empty file: %v", err)
	}
	for text, want := range map[string]string{
		"makros: {}":                      "makros",
		"macros: &a {x: y}\ncommands: *a": "aliases",
		"macros: {'a(1)': b}":             "its name says 1",
		"macros: [":                       "yaml",
	} {
		if _, err := ReadDefinitions("d.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
