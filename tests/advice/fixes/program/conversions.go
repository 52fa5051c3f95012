package corpus

// Row: string(b), []byte(s) where a free form is.

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
)

type writer struct{ n int }

func (w *writer) Write(b []byte) (int, error)       { w.n += len(b); return len(b), nil }
func (w *writer) WriteString(s string) (int, error) { w.n -= len(s); return len(s), nil }

func FixedWriteString(b []byte) int {
	var buffer bytes.Buffer
	buffer.Grow(100)
	buffer.WriteString(string(b))
	return buffer.Len()
}

func CornerWrite(w *bufio.Writer, s string) {
	w.Write([]byte(s))
}

func FixedContains(b []byte) bool {
	return strings.Contains(string(b), "runtime") && strings.HasPrefix(string(b), "\"a")
}

func FixedIndexByte(b []byte) int { return strings.IndexByte(string(b), 'z') }

type blob []byte

func FixedConcatenated(b blob) string {
	s := string(b)
	return "<" + s + ">"
}

func FixedCount(b blob) int { return strings.Count(string(b), "a") }

// The call comes first, and may change the bytes.
func KeptConcatenated(b blob) string {
	s := string(b)
	return "<" + s + overwritten(b)
}

func overwritten(b blob) string {
	b[0] = '?'
	return ">"
}

func FixedSwitch(b []byte) int {
	kind := string(b)
	switch kind {
	case "one":
		return 1
	case "a string that is longer than the buffers of the runtime":
		return 2
	}
	return 0
}

func FixedCompared(b []byte, s string) bool {
	t := string(b)
	return t == s
}

type keeper struct{ last []byte }

func (k *keeper) Write(b []byte) (int, error) { k.last = b; return len(b), nil }

func OtherPrinted(w io.Writer, n int) { w.Write([]byte(fmt.Sprintf("%5d", n))) }

func KeptPrintedThrough(w *bufio.Writer, n int) { w.Write([]byte(fmt.Sprintf("%5000d", n))) }

func KeptPrintedOwn(w *keeper, n int) { w.Write([]byte(fmt.Sprintf("%5d", n))) }

func KeptOwnWriter(w *writer, s string) { w.Write([]byte(s)) }

func KeptRune(sb *strings.Builder, r rune) { sb.WriteString(string(r)) }

func KeptInsert(m map[string]int, b []byte) {
	key := string(b)
	m[key] = 1
}

func KeptTwice(m map[string]int, b []byte) int {
	key := string(b)
	return m[key] + len(key)
}

func KeptChanged(m map[string]int, b []byte) int {
	key := string(b)
	b[0] = 'x'
	return m[key]
}

func KeptChangedByCall(m map[string]int, b []byte) int {
	key := string(b)
	return clobber(b) + m[key]
}

func KeptCompared(b []byte, s string) bool {
	t := string(b)
	return t == s[clobber(b):]
}

func KeptLoop(m map[string]int, b []byte) int {
	n := 0
	key := string(b)
	for i := range b {
		b[i]++
		n += m[key]
	}
	return n
}

//go:noinline
func clobber(b []byte) int { b[0]++; return 0 }

func init() {
	more := "a string that is longer than the buffers of the runtime"
	data := blob(more)
	Cases["FixedConcatenated"] = func() any { return FixedConcatenated(data) }
	Cases["FixedCount"] = func() any { return FixedCount(data) }
	Cases["KeptConcatenated"] = func() any { return KeptConcatenated(blob(more)) }
	m := map[string]int{long: 7}
	b := []byte(long)
	Cases["FixedWriteString"] = func() any { return FixedWriteString(b) }
	var out bytes.Buffer
	w := bufio.NewWriterSize(&out, 4096)
	Cases["OtherPrinted"] = func() any {
		k, other, behind := &keeper{}, &keeper{}, &keeper{}
		KeptPrintedThrough(bufio.NewWriterSize(behind, 16), number)
		OtherPrinted(k, number)
		KeptPrintedOwn(other, number)
		_ = fmt.Sprintf("%6000d", smallest)
		return string(k.last) + string(other.last) + string(behind.last)
	}
	Cases["CornerWrite"] = func() any {
		w.Reset(&out)
		CornerWrite(w, long)
		return w.Buffered()
	}
	Cases["FixedContains"] = func() any { return FixedContains(b) }
	Cases["FixedIndexByte"] = func() any { return FixedIndexByte(b) }
	Cases["FixedSwitch"] = func() any { return FixedSwitch(b[1 : len(b)-1]) }
	Cases["FixedCompared"] = func() any { return FixedCompared(b, long) }
	Cases["KeptConversions"] = func() any {
		w := &writer{}
		KeptOwnWriter(w, long)
		return []int{w.n, KeptTwice(m, []byte(long)), KeptChanged(m, []byte(long)),
			KeptChangedByCall(m, []byte(long)), KeptLoop(m, []byte(long)), map[bool]int{true: 1}[KeptCompared([]byte(long), long)]}
	}
}
