package eval

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/huntc/huntc/ir"
)

// kvReader finds keys and values in a text. https://learn.microsoft.com/en-us/kusto/query/parse-kv-operator
type kvReader struct {
	o     *ir.ParseKV
	re    *regexp.Regexp
	want  map[string]bool
	found map[string]string
	open  map[rune]bool // quotes that nothing closes from here on, so that a text full of them is read once
}

func (r *runner) parseKV(t *rel, o *ir.ParseKV) (*rel, error) {
	k := &kvReader{o: o, want: map[string]bool{}}
	if o.Regex != "" {
		re, err := regexp.Compile(o.Regex)
		if err != nil {
			return nil, errorAt(o.At, "the regex of parse-kv: %v", err)
		}
		if re.NumSubexp() != 2 {
			return nil, errorAt(o.At, "the regex of parse-kv needs two groups, it has %d", re.NumSubexp())
		}
		k.re = re
	}
	cols := slices.Clone(t.cols)
	at := make([]int, len(o.Cols))
	for i, c := range o.Cols {
		at[i] = place(&cols, c)
		k.want[c.Name] = true
	}
	out := newRel(cols)
	out.open = t.open
	out.rows = r.through(t, func(row []ir.Value, yield func([]ir.Value) bool) (bool, error) {
		v, err := r.eval(t, row, o.X)
		if err != nil {
			return false, err
		}
		k.found, k.open = map[string]string{}, map[rune]bool{}
		k.read(asText(scalar(v)))
		n := make([]ir.Value, len(cols))
		copy(n, row)
		for i, c := range o.Cols {
			n[at[i]] = r.null(c.Type)
			s, ok := k.found[c.Name]
			if !ok {
				continue
			}
			v, err := cast(text(s), c.Type)
			if err != nil {
				return false, errorAt(o.At, "parse-kv of %s: %v", c.Name, err)
			}
			n[at[i]] = r.settle(v)
		}
		return yield(n), nil
	})
	return out, nil
}

// put keeps the first value of a wanted key.
func (k *kvReader) put(key, value string) {
	if _, have := k.found[key]; k.want[key] && !have {
		k.found[key] = value
	}
}

func (k *kvReader) read(s string) {
	switch {
	case k.re != nil:
		for _, m := range k.re.FindAllStringSubmatch(s, -1) {
			k.put(strings.TrimSpace(m[1]), strings.TrimSpace(m[2]))
		}
	case k.o.KV != "":
		k.delimited(s)
	default:
		k.free(s)
	}
}

// delimited reads key KV value Pair key KV value; a part without KV is passed over.
func (k *kvReader) delimited(s string) {
	for s != "" {
		key, rest, ok := k.key(s)
		if !ok {
			i := strings.Index(s, k.o.Pair)
			if k.o.Pair == "" || i < 0 {
				return
			}
			s = s[i+len(k.o.Pair):]
			continue
		}
		value, after := k.value(rest)
		k.put(key, value)
		s = after
	}
}

// key reads a key and its KV; ok is false when a pair ends before that.
func (k *kvReader) key(s string) (key, rest string, ok bool) {
	trimmed := strings.TrimLeftFunc(s, unicode.IsSpace)
	if q, after, quoted := k.quoted(trimmed); quoted {
		after = strings.TrimLeftFunc(after, unicode.IsSpace)
		if rest, ok := strings.CutPrefix(after, k.o.KV); ok {
			return q, rest, true
		}
	}
	part := s
	if j := strings.Index(s, k.o.Pair); k.o.Pair != "" && j >= 0 {
		part = s[:min(j+len(k.o.KV), len(s))] // a delimiter that begins before the pair ends counts
	}
	i := strings.Index(part, k.o.KV)
	if i < 0 {
		return "", "", false
	}
	if j := strings.Index(part, k.o.Pair); k.o.Pair != "" && j >= 0 && j < i {
		return "", "", false
	}
	return strings.TrimSpace(s[:i]), s[i+len(k.o.KV):], true
}

// value reads a value up to the end of its pair, or with greedy up to the next key that is wanted.
func (k *kvReader) value(s string) (value, after string) {
	if q, rest, ok := k.quoted(strings.TrimLeftFunc(s, unicode.IsSpace)); ok {
		return q, k.afterPair(rest)
	}
	if !k.o.Greedy {
		i := strings.Index(s, k.o.Pair)
		if k.o.Pair == "" || i < 0 {
			return strings.TrimSpace(s), ""
		}
		return strings.TrimSpace(s[:i]), s[i+len(k.o.Pair):]
	}
	for from := 0; ; {
		i := strings.Index(s[from:], k.o.Pair)
		if k.o.Pair == "" || i < 0 {
			return strings.TrimSpace(s), ""
		}
		end := from + i
		after = s[end+len(k.o.Pair):]
		if key, _, ok := k.key(after); ok && k.want[key] {
			return strings.TrimSpace(s[:end]), after
		}
		from = end + len(k.o.Pair)
	}
}

func (k *kvReader) afterPair(s string) string {
	if i := strings.Index(s, k.o.Pair); i >= 0 {
		return s[i+len(k.o.Pair):]
	}
	return ""
}

// quoted reads a text in quotes; ok is false when s does not begin with one that is closed.
func (k *kvReader) quoted(s string) (value, rest string, ok bool) {
	for _, q := range k.o.Quotes {
		open, size := utf8.DecodeRuneInString(q)
		shut, _ := utf8.DecodeLastRuneInString(q)
		inner, begins := strings.CutPrefix(s, string(open))
		if size == 0 || !begins || k.open[open] {
			continue
		}
		var b strings.Builder
		escaped := false
		for i, c := range inner {
			switch {
			case escaped:
				b.WriteRune(c)
				escaped = false
			case slices.Contains(k.o.Escapes, string(c)):
				escaped = true
			case c == shut:
				return b.String(), inner[i+utf8.RuneLen(c):], true
			default:
				b.WriteRune(c)
			}
		}
		k.open[open] = true
	}
	return "", "", false
}

// free reads words: a word that is a key has the next word or quoted text for its value.
func (k *kvReader) free(s string) {
	var words []string
	for s != "" {
		if q, rest, ok := k.quoted(s); ok {
			words, s = append(words, q), rest
			continue
		}
		n := 0
		for n < len(s) {
			c, size := utf8.DecodeRuneInString(s[n:])
			if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
				break
			}
			n += size
		}
		if n > 0 {
			words, s = append(words, s[:n]), s[n:]
			continue
		}
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	for i := 0; i+1 < len(words); i++ {
		if k.want[words[i]] {
			k.put(words[i], words[i+1])
			i++
		}
	}
}
