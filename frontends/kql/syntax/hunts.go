package syntax

import (
	"strings"

	"github.com/huntc/huntc/diag"
)

// Limits on texts that are cut. A query between semicolons is a copy of all the text before it; a piece between blank lines is
// parsed with those before it.
const (
	maxCopiedBytes = 1 << 24
	maxSplitBytes  = 1 << 15
	maxSplitPieces = 64
)

// Hunts cuts a text that holds several queries into one text per query; each keeps its places in the file. Queries end with a
// semicolon, and each then has the definitions that stand before it. With paragraphs, a text that is wrong as a whole is cut at blank
// lines and comments where every piece is right by itself and none uses a name that another piece defines; people write files of
// queries that way, and send them one at a time. Any other text is returned as it is.
func Hunts(src *diag.Source, paragraphs bool) []*diag.Source {
	script, diags := Parse(src)
	if !diags.HasErrors() {
		return huntsOfStatements(src, script)
	}
	if paragraphs {
		if parts := huntsOfParagraphs(src); len(parts) > 1 {
			return parts
		}
	}
	return []*diag.Source{src}
}

// huntsOfStatements makes one text per query statement: the other queries are blanked, and what follows is cut off, since a later
// definition would count for this query, too.
func huntsOfStatements(src *diag.Source, script *Script) []*diag.Source {
	var queries []diag.Span
	for _, st := range script.Stmts {
		if isQuery(st) {
			queries = append(queries, st.Span())
		}
	}
	if len(queries) < 2 || len(queries)*len(src.Text) > maxCopiedBytes {
		return []*diag.Source{src}
	}
	out := make([]*diag.Source, 0, len(queries))
	rest := []byte(src.Text)
	for _, q := range queries {
		out = append(out, &diag.Source{Name: src.Name, Text: string(rest[:q.End-1]), Origin: src.Origin})
		blank(rest[q.Pos-1 : q.End-1])
	}
	return out
}

// blank overwrites a text, but for its line breaks.
func blank(text []byte) {
	for i, c := range text {
		if c != '\n' && c != '\r' {
			text[i] = ' '
		}
	}
}

// huntsOfParagraphs cuts at blank lines and comments, or returns nil.
func huntsOfParagraphs(src *diag.Source) []*diag.Source {
	if len(src.Text) > maxSplitBytes {
		return nil
	}
	cuts := paragraphStarts(src)
	if len(cuts) > maxSplitPieces {
		return nil
	}
	var parts []*diag.Source
	earlier := map[string]bool{}
	for i := 0; i+1 < len(cuts); {
		part, next := longestHunt(src, cuts, i)
		if part == nil {
			return nil
		}
		if usesAny(part, earlier) {
			return nil
		}
		addDefinitions(part, earlier)
		parts = append(parts, part)
		i = next
	}
	return parts
}

func addDefinitions(src *diag.Source, names map[string]bool) {
	script, _ := Parse(src)
	for _, st := range script.Stmts {
		switch st := st.(type) {
		case *Let:
			names[st.Name.Name] = true
		case *CreateFunction:
			names[st.Name.Name] = true
		}
	}
}

// paragraphStarts returns the offsets of lines at which a piece may begin, and the end of the text.
func paragraphStarts(src *diag.Source) []int {
	toks, _ := lex(src, func(int, int, string) {})
	cuts := []int{0}
	for i := 1; i < len(toks) && toks[i].kind != tokEOF; i++ {
		gap := src.Text[toks[i-1].end:toks[i].off]
		first := strings.IndexByte(gap, '\n')
		if first >= 0 && strings.Count(gap, "\n") > 1 {
			cuts = append(cuts, toks[i-1].end+first+1)
		}
	}
	return append(cuts, len(src.Text))
}

// longestHunt finds the most pieces from i on that parse and hold exactly one query.
func longestHunt(src *diag.Source, cuts []int, i int) (part *diag.Source, next int) {
	for j := len(cuts) - 1; j > i; j-- {
		p := piece(src, cuts[i], cuts[j])
		script, diags := Parse(p)
		if diags.HasErrors() {
			continue
		}
		n := 0
		for _, st := range script.Stmts {
			n += boolInt(isQuery(st))
		}
		if n == 1 {
			return p, j
		}
	}
	return nil, 0
}

// piece is a part of a text that begins at the start of a line.
func piece(src *diag.Source, from, to int) *diag.Source {
	text := src.Text[from:to]
	p := &diag.Source{Name: src.Name, Text: text}
	first := strings.Count(src.Text[:from], "\n")
	for i := range strings.Count(text, "\n") + 1 {
		if first+i < len(src.Origin) {
			p.Origin = append(p.Origin, src.Origin[first+i])
		} else {
			p.Origin = append(p.Origin, diag.LineOrigin{Line: first + i + 1, Column: 1})
		}
	}
	return p
}

// usesAny says whether a text has a word of names before it defines the word by itself.
func usesAny(src *diag.Source, names map[string]bool) bool {
	toks, _ := lex(src, func(int, int, string) {})
	own := map[string]bool{}
	for i, t := range toks {
		switch {
		case t.kind != tokIdent:
		case i > 0 && isWord(toks[i-1], "let"):
			own[t.text] = true
		case names[t.text] && !own[t.text]:
			return true
		}
	}
	return false
}
