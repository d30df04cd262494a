package generate

// jsonTexts are texts in the shapes that parse_json and its patterns meet.
func jsonTexts() []string {
	return []string{`["Admin"]`, `[]`, `"Admin"`, `plain`, `{"0":"x"}`, `["a","b"]`, `[1]`, `[{"x":1}]`, `[null]`, `[""]`, `[true]`, ` [ "a" , "b" ] `,
		`["a,b"]`, `["a]"]`, `["a\"b"]`, `["a\\b"]`, `["é"]`, `["unterminated`, `[["x"]]`, `[1.5]`, `{"displayName":"x"}`, `null`, `[ ]`, `["A"`, `["x" ]`, `[-1]`, `["[1]"]`, "[\"a\"\n]", `["tab	in"]`}
}

// hostile are texts that break out of careless quoting, folding or packing. İ and a final Σ are left out: engines disagree on their
// lower case, and no page says what KQL makes of them.
func hostile() []string {
	return []string{`a"b\c'd`, `*`, `a*b?c`, `%$&`, "a\nb", "a\tb", "\u001ea\u001fb", `{"a":1}`, `null`, `true`, `0`, `1e3`, ` padded `, `é`, `Éa`, "K", "ſ",
		`ÄÖÜ`, `日本語`, `a|b`, "`a`", `"""`, `a{b}c`, `<b>`, `../x`, `huntc:empty`, "a\u00a0b", `-`, `,`, `a,b`, `[a]`}
}
