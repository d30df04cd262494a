package eval

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/huntc/huntc/ir"
)

// hashFunctions are the hashes. The cryptographic ones take the text of their argument, as recorded for a datetime.
func hashFunctions() map[string]function {
	return map[string]function{
		"hash":          {1, 2, false, plainly(hash)},
		"hash_xxhash64": {1, 2, false, plainly(hash)},
		"hash_md5":      onText(func(s string) string { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) }),
		"hash_sha1":     onText(func(s string) string { h := sha1.Sum([]byte(s)); return hex.EncodeToString(h[:]) }),
		"hash_sha256":   onText(func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }),
		"hash_sha512":   onText(func(s string) string { h := sha512.Sum512([]byte(s)); return hex.EncodeToString(h[:]) }),
	}
}

// hash is xxHash64 of the text, or of the eight bytes that long numbers and times have, as recorded for a datetime; modulo the second
// argument it is never negative. How the other types stand in memory is not known. learn.microsoft.com/kusto/query/hash-function
func hash(a []ir.Value) (ir.Value, error) {
	v := scalar(a[0])
	var b []byte
	switch x := v.V.(type) {
	case string:
		if v.Type == ir.String {
			b = []byte(x)
		}
	case int64:
		if v.Type != ir.Int {
			b = binary.LittleEndian.AppendUint64(nil, uint64(x))
		}
	}
	if b == nil && v.V != "" {
		return none(ir.Long), fmt.Errorf("of a %s cannot be evaluated: which bytes are hashed is not documented", v.Type)
	}
	h := int64(xxhash.Sum64(b))
	if len(a) == 2 {
		return integers("%", ir.Long, h, number(a, 1, 0))
	}
	return long(h), nil
}
