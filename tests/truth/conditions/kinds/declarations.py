"""What the functions of all cases use."""

from __future__ import annotations

DECLARATIONS = """
type Enum8 uint8
type Enum int
type S1 struct{ a int64 }
type S32 struct{ a int32 }
type S16x2 struct{ a, b int16 }
type S32x2 struct{ a, b int32 }
type SFloat struct{ f float64 }
type SBool struct{ b bool }
type SPtr struct{ p *int }
type S2 struct{ a, b int64 }
type S3p struct{ a int64; p *int; c int64 }
type Name string
type SString struct{ s string }
type Ints []int
type SSlice struct{ s []int }
type Bigger interface{ Big() int }
func (e Enum) Big() int { return int(e) }
func (e Enum8) Big() int { return int(e) }
func (e S2) Big() int { return int(e.a) }
func (e *S3p) Big() int { return int(e.a) }

var (
	sinkAny   any
	sinkAnys  []any
	sinkBig   Bigger
	sinkS     string
	sinkBytes []byte
	sinkInts  []int
	sinkRunes []rune
	sinkP     unsafe.Pointer
	sinkFunc  func() int
	sinkInt   int
	one       = strings.Repeat("x", 1)
	empty     = strings.Repeat("x", 0)
)

func str(n int) string { return strings.Repeat("x", n) }
func bs(n int) []byte  { return make([]byte, n) }
func runes(n int) []rune {
	made := make([]rune, n)
	for i := range made {
		made[i] = 'x'
	}
	return made
}

//go:noinline
func look(v any) {}

//go:noinline
func looks(v ...any) {}

//go:noinline
func keep(v any) { sinkAny = v }

//go:noinline
func keeps(v ...any) { sinkAnys = v }
"""


def word(type_: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in type_)
