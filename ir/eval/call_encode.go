package eval

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/huntc/huntc/ir"
)

// encodeFunctions are the encodings of text. What does not decode is null, which is "" for text.
func encodeFunctions() map[string]function {
	return map[string]function{
		"base64_encode_tostring":  onText(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
		"base64_decode_tostring":  {1, 1, true, total(base64Text)},
		"base64_decode_toarray":   {1, 1, true, total(base64Array)},
		"base64_encode_fromarray": {1, 1, true, total(arrayBase64)},
		"base64_decode_toguid":    {1, 1, true, total(base64GUID)},
		"base64_encode_fromguid":  {1, 1, false, plainly(guidBase64)},
		"gzip_decompress_from_base64_string": {1, 1, true, plainly(func(a []ir.Value) (ir.Value, error) {
			return decompress(a, func(in io.Reader) (io.Reader, error) { return gzip.NewReader(in) })
		})},
		"zlib_decompress_from_base64_string": {1, 1, true, plainly(func(a []ir.Value) (ir.Value, error) {
			return decompress(a, func(in io.Reader) (io.Reader, error) { return zlib.NewReader(in) })
		})},
		"url_encode":                     onText(func(s string) string { return percentEncode(s, "+") }),
		"url_encode_component":           onText(func(s string) string { return percentEncode(s, "%20") }),
		"url_decode":                     {1, 1, true, plainly(urlDecode)},
		"unicode_codepoints_from_string": {1, 1, true, total(codepoints)},
		"unicode_codepoints_to_string":   {1, -1, true, plainly(fromCodepoints)},
		"punycode_to_string":             onText(punycodeText),
		"punycode_from_string":           onText(punycode),
		"punycode_domain_to_string": onText(func(s string) string {
			return domainLabels(s, func(l string) string {
				if ir.IsASCII(l) {
					return l
				}
				return "xn--" + punycode(l)
			})
		}),
		"punycode_domain_from_string": onText(func(s string) string {
			return domainLabels(s, func(l string) string {
				if len(l) >= 4 && strings.EqualFold(l[:4], "xn--") {
					return punycodeText(l[4:])
				}
				return l
			})
		}),
	}
}

func base64Bytes(v ir.Value) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(asText(v))
	return b, err == nil
}

func base64Text(a []ir.Value) ir.Value {
	b, ok := base64Bytes(a[0])
	if !ok || !utf8.Valid(b) {
		return none(ir.String)
	}
	return text(string(b))
}

func base64Array(a []ir.Value) ir.Value {
	b, ok := base64Bytes(a[0])
	if !ok {
		return none(ir.Dynamic)
	}
	out := make([]any, len(b))
	for i, c := range b {
		out[i] = int64(c)
	}
	return dynamic(out)
}

func arrayBase64(a []ir.Value) ir.Value {
	list, ok := items(a[0])
	if !ok {
		return none(ir.String)
	}
	b := make([]byte, len(list))
	for i, x := range list {
		n, ok := x.(int64)
		if !ok || n < 0 || n > 255 {
			return none(ir.String)
		}
		b[i] = byte(n)
	}
	return text(base64.StdEncoding.EncodeToString(b))
}

// swapGUID turns the bytes of a GUID into the order in which its text has them and back: the first three groups are little-endian.
func swapGUID(b []byte) []byte {
	return []byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]}
}

// base64GUID is the inverse of base64_encode_fromguid, whose page shows the order of the bytes; the result on its own page has the
// third group the other way round. learn.microsoft.com/kusto/query/base64-encode-fromguid-function
func base64GUID(a []ir.Value) ir.Value {
	b, ok := base64Bytes(a[0])
	if !ok || len(b) != 16 {
		return none(ir.GUID)
	}
	s := hex.EncodeToString(swapGUID(b))
	return ir.Value{Type: ir.GUID, V: s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]}
}

func guidBase64(a []ir.Value) (ir.Value, error) {
	v := scalar(a[0])
	s, _ := v.V.(string)
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if v.Type != ir.GUID || err != nil || len(b) != 16 {
		return none(ir.String), fmt.Errorf("a guid is needed, not a %s", v.Type)
	}
	return text(base64.StdEncoding.EncodeToString(swapGUID(b))), nil
}

// decompress refuses results that are far larger than a text column may be.
func decompress(a []ir.Value, open func(io.Reader) (io.Reader, error)) (ir.Value, error) {
	b, ok := base64Bytes(a[0])
	if !ok {
		return none(ir.String), nil
	}
	in, err := open(bytes.NewReader(b))
	if err != nil {
		return none(ir.String), nil
	}
	out, err := io.ReadAll(io.LimitReader(in, maxText+1))
	if err != nil || !utf8.Valid(out) {
		return none(ir.String), nil
	}
	if err := tooLong(len(out)); err != nil {
		return none(ir.String), err
	}
	return text(string(out)), nil
}

// percentEncode keeps letters, digits and -_.!*() and writes the rest in lower-case hexadecimal, as recorded.
// learn.microsoft.com/kusto/query/url-encode-function
func percentEncode(s, space string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ':
			b.WriteString(space)
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.!*()", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}

// urlDecode does not guess whether + is a space, which url_encode makes of it, or itself: the page does not say.
// learn.microsoft.com/kusto/query/url-decode-function
func urlDecode(a []ir.Value) (ir.Value, error) {
	s := asText(a[0])
	if strings.Contains(s, "+") {
		return none(ir.String), fmt.Errorf("what becomes of + is not documented")
	}
	return text(percentDecode(s)), nil
}

// percentDecode leaves a % that no two hexadecimal digits follow, and + as it is.
func percentDecode(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				b.Write(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

func codepoints(a []ir.Value) ir.Value {
	out := []any{}
	for _, c := range asText(a[0]) {
		out = append(out, int64(c))
	}
	return dynamic(out)
}

// fromCodepoints takes numbers and arrays of them. learn.microsoft.com/kusto/query/unicode-codepoints-to-string-function
func fromCodepoints(a []ir.Value) (ir.Value, error) {
	var b strings.Builder
	for _, v := range spread(append([]ir.Value{{}}, a...)) {
		n, err := whole(v)
		if err != nil {
			return none(ir.String), err
		}
		if n < 0 || n > math.MaxInt32 || !utf8.ValidRune(rune(n)) {
			return none(ir.String), fmt.Errorf("%d is no code point", n)
		}
		b.WriteRune(rune(n))
	}
	return text(b.String()), nil
}

// domainLabels maps the labels of a domain. The other full stops that IDNA knows separate labels too and become dots.
func domainLabels(s string, f func(string) string) string {
	labels := strings.Split(strings.Map(func(c rune) rune {
		if c == '\u3002' || c == '\uff0e' || c == '\uff61' {
			return '.'
		}
		return c
	}, s), ".")
	for i, l := range labels {
		labels[i] = f(l)
	}
	return strings.Join(labels, ".")
}

// The parameters of RFC 3492, section 5.
const (
	punyBase, punyMin, punyMax     = 36, 1, 26
	punySkew, punyDamp             = 38, 700
	punyFirstBias, punyFirstN      = 72, 128
	punyDigits                     = "abcdefghijklmnopqrstuvwxyz0123456789"
	maxPunycode                int = 1 << 12 // longest text that is encoded or decoded: the algorithm is quadratic
)

func punyAdapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for delta > (punyBase-punyMin)*punyMax/2 {
		delta /= punyBase - punyMin
		k += punyBase
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}

// punycode encodes by RFC 3492, section 6.3; "" when the text is too long.
func punycode(s string) string {
	in := []rune(s)
	if len(in) > maxPunycode {
		return ""
	}
	var b strings.Builder
	for _, c := range in {
		if c < 0x80 {
			b.WriteRune(c)
		}
	}
	basic := b.Len()
	done := basic
	if basic > 0 {
		b.WriteByte('-')
	}
	n, delta, bias := rune(punyFirstN), 0, punyFirstBias
	for done < len(in) {
		next := rune(utf8.MaxRune + 1)
		for _, c := range in {
			if c >= n && c < next {
				next = c
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, c := range in {
			if c < n {
				delta++
			}
			if c != n {
				continue
			}
			q := delta
			for k := punyBase; ; k += punyBase {
				t := min(max(k-bias, punyMin), punyMax)
				if q < t {
					break
				}
				b.WriteByte(punyDigits[t+(q-t)%(punyBase-t)])
				q = (q - t) / (punyBase - t)
			}
			b.WriteByte(punyDigits[q])
			bias = punyAdapt(delta, done+1, done == basic)
			delta = 0
			done++
		}
		delta++
		n++
	}
	return b.String()
}

// punycodeText decodes by RFC 3492, section 6.2; "" when the text is no Punycode.
func punycodeText(s string) string {
	if len(s) > maxPunycode || !ir.IsASCII(s) {
		return ""
	}
	var out []rune
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		out, s = []rune(s[:i]), s[i+1:]
	}
	n, i, bias := punyFirstN, 0, punyFirstBias
	for s != "" {
		start, weight := i, 1
		for k := punyBase; ; k += punyBase {
			if s == "" {
				return ""
			}
			digit := strings.IndexByte(punyDigits, ir.FoldASCII(s[:1])[0])
			s = s[1:]
			if digit < 0 || digit > (math.MaxInt32-i)/weight {
				return ""
			}
			i += digit * weight
			t := min(max(k-bias, punyMin), punyMax)
			if digit < t {
				break
			}
			if weight > math.MaxInt32/(punyBase-t) {
				return ""
			}
			weight *= punyBase - t
		}
		bias = punyAdapt(i-start, len(out)+1, start == 0)
		n += i / (len(out) + 1)
		i %= len(out) + 1
		if !utf8.ValidRune(rune(n)) || n > utf8.MaxRune {
			return ""
		}
		out = append(out[:i], append([]rune{rune(n)}, out[i:]...)...)
		i++
	}
	return string(out)
}
