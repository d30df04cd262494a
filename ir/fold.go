package ir

import "unicode"

// FoldASCII lower-cases ASCII letters and nothing else: what KQL's case-insensitive operators fold (Case Fold).
func FoldASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// IsASCII reports whether every character of s is ASCII.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// IsTermChar reports whether a character belongs to a term: a Unicode letter or number; the underscore does not.
func IsTermChar(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// FindNamed returns the expression of the column called name, nil when there is none.
func FindNamed(ns []Named, name string) Expr {
	if i := indexNamed(ns, name); i >= 0 {
		return ns[i].X
	}
	return nil
}
