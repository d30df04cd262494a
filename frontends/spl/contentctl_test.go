package spl

import (
	"strings"
	"testing"
)

func TestReadContentctlMacro(t *testing.T) {
	d, err := ReadContentctlMacro("m.yml", []byte("name: between\ndefinition: x>$a$ x<$b$\narguments: [a, b]\nversion: 1\ndescription: d\n"))
	if err != nil {
		t.Fatal(err)
	}
	m, ok := d.Macros["between(2)"]
	if !ok || m.Text != "x>$a$ x<$b$" || strings.Join(m.Args, ",") != "a,b" {
		t.Errorf("between = %+v", d.Macros)
	}
	if d, err := ReadContentctlMacro("m.yml", []byte("name: web\ndefinition: 'index=web '\n")); err != nil || d.Macros["web"].Text != "index=web " {
		t.Errorf("web = %+v, %v", d, err)
	}
	for text, want := range map[string]string{
		"name: x":                    "has the keys name and definition",
		"definition: x":              "has the keys name and definition",
		"":                           "has the keys name and definition",
		"[":                          "yaml",
		"name: [a]\ndefinition: x":   "m.yml",
		"name: &a x\ndefinition: *a": "m.yml:2: aliases are not read",
	} {
		if _, err := ReadContentctlMacro("m.yml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// A repository's own filter stays, and the definitions that several detections share are not changed.
func TestWithFilter(t *testing.T) {
	shared := &Definitions{}
	d := shared.WithFilter("A B-c.d/E")
	if got := d.Macros["a_b_c_d_e_filter"].Text; got != "search *" {
		t.Errorf("the filter is %q", got)
	}
	if len(shared.Macros) != 0 {
		t.Error("the shared definitions have changed")
	}
	own, _ := ReadContentctlMacro("m.yml", []byte("name: a_filter\ndefinition: search NOT user=x\n"))
	if got := own.WithFilter("A").Macros["a_filter"].Text; got != "search NOT user=x" {
		t.Errorf("the repository's own filter became %q", got)
	}
	var none *Definitions
	if len(none.WithFilter("a").Macros) != 1 {
		t.Error("a detection without definitions has no filter")
	}
}
