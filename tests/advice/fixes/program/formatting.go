package corpus

// Row: fmt.Sprintf of one string, integer, concatenation.

import (
	"fmt"
	"strconv"
)

type port int

func (port) String() string { return "a port" }

type name string

func FixedNumber(n int) string { return fmt.Sprintf("%d", n) }

func FixedInt64(n int64) string { return fmt.Sprintf("%v", n) }

func FixedUint16(n uint16) string { return fmt.Sprint(n) }

func FixedRune(r rune) string { return fmt.Sprint(r) }

func FixedString(s string) string { return fmt.Sprintf("%s", s) }

func FixedBytes(b []byte) string { return fmt.Sprintf("%s", b) }

func FixedJoined(host, path string) string { return fmt.Sprintf("%s:%s%%\t\"x\"", host, path) }

func FixedHostPort(host string, n int) string { return fmt.Sprintf("%s:%d", host, n) }

func KeptForConstants(host string, n int) string { return fmt.Sprintf("%s:%d", host, n) }

func KeptWithConstants() string { return KeptForConstants("localhost", 8080) }

func KeptForOneConstant(a, b string, n int) string { return fmt.Sprintf("%s%d%s", a, n, b) }

func KeptWithOneConstant(n int) string {
	return KeptForOneConstant("[", "]", n) + KeptForOneConstant(long, long, n)
}

func FixedForConstants(host, path string) string { return fmt.Sprintf("%s/%s", host, path) }

func KeptCallsFixed() string { return FixedForConstants("localhost", "index") }

func FixedOperand(a, b string) byte { return fmt.Sprintf("%s%s", a+b, b)[1] }

func FixedSum(a, b int) string { return fmt.Sprintf("%d", a-b) }

func FixedShadowed(n int) string {
	x := fmt.Sprint(n)
	strconv := len(x)
	return fmt.Sprintf("%s %s", x, x) + string(rune('a'+strconv))
}

func KeptWidth(n int) string { return fmt.Sprintf("%5d", n) }

func KeptNamed(p port) string { return fmt.Sprintf("%v", p) }

func KeptNamedString(s name) string { return fmt.Sprintf("%s", s) }

func KeptNumberInText(n int) string { return fmt.Sprintf("n=%d", n) }

func KeptFloat(x float64) string { return fmt.Sprintf("%v", x) }

func KeptPrintedBytes(b []byte) string { return fmt.Sprint(b) }

func KeptError(err error) string { return fmt.Sprintf("%v", err) }

func KeptHex(s string) string { return fmt.Sprintf("%x", s) }

func KeptGeneric[T ~string](s T) string { return fmt.Sprintf("%s", s) }

func KeptEscapedPercent(s string) string { return fmt.Sprintf("\x25s", s) }

func KeptPanic(s string) { panic(fmt.Sprintf("bad %s", s)) }

var (
	number   = 12345
	smallest = int64(-1 << 63)
	largest  = uint16(65535)
	han      = '世'
)

var long = strconv.Quote("a string that is longer than the buffers of the runtime")

func init() {
	Cases["FixedNumber"] = func() any { return FixedNumber(number) }
	Cases["FixedInt64"] = func() any { return FixedInt64(smallest) }
	Cases["FixedUint16"] = func() any { return FixedUint16(largest) }
	Cases["FixedRune"] = func() any { return FixedRune(han) }
	Cases["FixedString"] = func() any { return FixedString(long) }
	Cases["FixedBytes"] = func() any { return FixedBytes([]byte(long)) }
	Cases["KeptForConstants"] = func() any { return KeptForConstants(long, number) }
	Cases["KeptWithConstants"] = func() any { return KeptWithConstants() }
	Cases["KeptWithOneConstant"] = func() any { return KeptWithOneConstant(number) }
	Cases["FixedForConstants"] = func() any { return FixedForConstants(long, long) }
	Cases["KeptCallsFixed"] = func() any { return KeptCallsFixed() }
	Cases["FixedJoined"] = func() any { return FixedJoined(long, long) }
	Cases["FixedHostPort"] = func() any { return FixedHostPort(long, number) }
	Cases["FixedOperand"] = func() any { return FixedOperand(long, long) }
	Cases["FixedSum"] = func() any { return FixedSum(70, number) }
	Cases["FixedShadowed"] = func() any { return FixedShadowed(number) }
	Cases["KeptNamed"] = func() any { return KeptNamed(3) + KeptNamedString("x") + KeptGeneric("x") }
}
