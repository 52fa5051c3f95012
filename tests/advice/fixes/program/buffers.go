package corpus

// Row: bytes.Buffer to string.

import (
	"bytes"
	"fmt"
	"io"
)

func CornerBuffer(xs []string) string {
	var b bytes.Buffer
	for i, x := range xs {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(x)
	}
	fmt.Fprintf(&b, "%d of %q", len(xs), xs[0])
	return b.String()
}

func FixedPrinted(xs []string) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d of %q", len(xs), xs[0])
	for _, x := range xs {
		b.WriteString(x)
	}
	return b.String()
}

func FixedSmall(s string) string {
	var b bytes.Buffer
	b.WriteByte('<')
	b.WriteString(s)
	b.WriteByte('>')
	return b.String()
}

func FixedGrown(s string) string {
	var b bytes.Buffer
	b.Grow(2 * len(s))
	b.WriteString(s)
	b.WriteString(s)
	return b.String()
}

func KeptBytes(s string) (string, int) {
	var b bytes.Buffer
	b.WriteString(s)
	return b.String(), len(b.Bytes())
}

func KeptCopied(r io.Reader) string {
	var b bytes.Buffer
	io.Copy(&b, r)
	return b.String()
}

func KeptReset(s string) string {
	var b bytes.Buffer
	b.WriteString("x")
	b.Reset()
	b.WriteString(s)
	return b.String()
}

func FixedAppended(n int) []byte {
	return []byte(fmt.Sprintf("n=%d\n", n))
}

func KeptPrintedNothing(s fmt.Stringer) []byte {
	return []byte(fmt.Sprintf("%v", s))
}

func init() {
	Cases["CornerBuffer"] = func() any { return CornerBuffer([]string{long, long, "x"}) }
	Cases["FixedPrinted"] = func() any { return FixedPrinted([]string{long, long, "x"}) }
	Cases["FixedSmall"] = func() any { return FixedSmall("em") }
	Cases["FixedGrown"] = func() any { return FixedGrown(long) }
	Cases["FixedAppended"] = func() any { return FixedAppended(number) }
	Cases["KeptBuffers"] = func() any {
		s, n := KeptBytes(long)
		return s + FixedNumber(n) + KeptCopied(bytes.NewReader([]byte(long))) + KeptReset(s)
	}
}
