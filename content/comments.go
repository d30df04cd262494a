package content

import "strings"

// maskComments replaces the // comments of a KQL text by blanks, so that byte offsets stay. It knows just enough of
// KQL's string literals not to take the // of a URL for a comment.
func maskComments(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		n := 1
		switch {
		case strings.HasPrefix(text[i:], "//"):
			n = lineLength(text[i:])
			b.WriteString(strings.Repeat(" ", n))
			i += n
			continue
		case strings.HasPrefix(text[i:], "```"), strings.HasPrefix(text[i:], "~~~"):
			n = fencedLength(text[i:])
		case text[i] == '"', text[i] == '\'':
			n = quotedLength(text[i:], i > 0 && text[i-1] == '@')
		}
		b.WriteString(text[i : i+n])
		i += n
	}
	return b.String()
}

func lineLength(text string) int {
	if n := strings.IndexAny(text, "\r\n"); n >= 0 {
		return n
	}
	return len(text)
}

// fencedLength measures a multi-line literal; one that never ends takes the rest.
func fencedLength(text string) int {
	if n := strings.Index(text[3:], text[:3]); n >= 0 {
		return n + 6
	}
	return len(text)
}

// quotedLength measures a literal that ends at its own quote or, unfinished, at the end of the line.
func quotedLength(text string, verbatim bool) int {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			return i
		case c == '\\' && !verbatim:
			i++
		case c == text[0] && verbatim && i+1 < len(text) && text[i+1] == c:
			i++
		case c == text[0]:
			return i + 1
		}
	}
	return len(text)
}
