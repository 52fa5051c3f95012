package corpus

// Row: variable captured only for its address: no edit.

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
)

func KeptUnmarshal(text string) (int, error) {
	var v struct{ A int }
	err := json.Unmarshal([]byte(text), &v)
	return v.A, err
}

func KeptBinaryRead(b []byte) (n uint32) {
	binary.Read(bytes.NewReader(b), binary.LittleEndian, &n)
	return n
}

func init() {
	Cases["KeptUnmarshal"] = func() any {
		n, err := KeptUnmarshal(`{"A": 7}`)
		return []any{n, err}
	}
	Cases["KeptBinaryRead"] = func() any { return KeptBinaryRead([]byte{1, 2, 3, 4}) }
}
