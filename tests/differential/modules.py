"""Random Go modules: allocating constructs in random shapes. A seed always gives the same one."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping

MODULE = "example.com/random"

# What all packages have: places that values escape to, and helpers that inline.
COMMON = """\
type T struct{{ A, B int; S string }}

type Shape interface{{ Area() int }}

func (t T) Area() int {{ return t.A * t.B }}
func (t *T) Grow(n int) {{ t.A += n }}

var (
	Sink any
	SinkT *T
	SinkBytes []byte
	SinkString string
	SinkFunc func() int
	SinkMap = map[string]int{{}}
	SinkShape Shape
	SinkSlice []*T
	Count int
)

func NewT(n int) *T {{ return &T{{A: n}} }}

func small(n int) int {{ return n*2 + 1 }}

func Box[E any](e E) any {{ return e }}

func Pair[K comparable, V any](k K, v V) map[K]V {{ return map[K]V{{k: v}} }}

func apply(f func(int) int, n int) int {{ return f(n) }}

func variadic(xs ...int) int {{ return len(xs) }}

//go:noinline
func use(p *T) int {{ return p.A }}
"""

# Statements; {0} is a fresh number, n and s are the function's parameters.
STATEMENTS = (
    "SinkT = new(T)",
    "SinkT = &T{{A: n, S: s}}",
    "v{0} := T{{A: n}}\nCount += use(&v{0})",
    "v{0} := T{{A: n}}\nSinkT = &v{0}",
    "v{0} := new(T)\nv{0}.Grow(n)\nCount += v{0}.A",
    "SinkBytes = make([]byte, 64)",
    "SinkBytes = make([]byte, n+1)",
    "b{0} := make([]byte, 32)\nCount += len(b{0})",
    "b{0} := make([]byte, n)\nCount += cap(b{0})",
    "SinkBytes = append(SinkBytes[:0:0], s...)",
    "SinkBytes = []byte(s)",
    "SinkString = s + string(SinkBytes)",
    "SinkString = s + s",
    "SinkString = string(rune(n + 300))",
    "for _, r{0} := range []byte(s) {{\n\tCount += int(r{0})\n}}",
    "if string(SinkBytes) == s {{\n\tCount++\n}}",
    "Sink = n + 1000",
    "Sink = n",
    "Sink = s",
    "Sink = T{{A: n}}",
    "Sink = &T{{B: n}}",
    "SinkShape = T{{A: n}}",
    "SinkFunc = func() int {{ return n }}",
    "f{0} := func(x int) int {{ return x + n }}\nCount += apply(f{0}, n)",
    "m{0} := T{{A: n}}\nSinkFunc = m{0}.Area",
    "SinkMap[s] = n",
    "m{0} := map[int]int{{n: 1}}\nCount += len(m{0})",
    "SinkMap = map[string]int{{s: n}}",
    "c{0} := make(chan int, 1)\nc{0} <- n\nCount += <-c{0}",
    "SinkSlice = append(SinkSlice, &T{{A: n}})",
    "SinkSlice = []*T{{{{A: n}}, {{B: n}}}}",
    "a{0} := [...]int{{n, n, n}}\nCount += a{0}[n&1]",
    "Count += variadic(n, n, n)",
    "Sink = Box(n + 1000)",
    "Sink = Box(T{{A: n}})",
    "Sink = Pair(s, n)",
    "SinkT = NewT(n)",
    "Count += NewT(n).A",
    "Count += small(n)",
    'SinkString = fmt.Sprint(n, s)',
    'SinkString = fmt.Sprintf("%d", n)',
    "SinkString = strings.Repeat(s, n&3)",
    "var w{0} sync.WaitGroup\nw{0}.Add(1)\ngo func() {{ defer w{0}.Done(); _ = n }}()\nw{0}.Wait()",
    "defer func() {{ Count += n }}()",
    "var e{0} error = &Failure{{n}}\nif n > 1000000 {{\n\tSink = e{0}\n}}",
    "d{0} := *SinkOr(n)\nCount += d{0}.A",
)  # fmt: skip

SHAPES: tuple[tuple[int, str], ...] = (
    (6, "{body}"),
    (3, "if n > {k} {{\n{body}\n}}"),
    (2, "if n > {k} {{\n{body}\n}} else {{\n{other}\n}}"),
    (3, "for i{0} := 0; i{0} < {k}; i{0}++ {{\n{body}\n}}"),
    (2, "switch n {{\ncase {k}:\n{body}\ndefault:\n{other}\n}}"),
    (1, "func() {{\n{body}\n}}()"),
    (1, "if n < 0 || len(s) > {k} {{\n{body}\n}}"),
    (1, "for range 2 {{\nif n == {k} {{\ncontinue\n}}\n{body}\n}}"),
)

EXTRA = """\
type Failure struct{ n int }

func (f *Failure) Error() string { return "failed" }

func SinkOr(n int) *T {
	if SinkT == nil || n > 3 {
		SinkT = &T{A: n}
	}
	return SinkT
}
"""


class _Writer:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.numbers = itertools.count()

    def statement(self) -> str:
        return self.random.choice(STATEMENTS).format(next(self.numbers))

    def block(self, depth: int) -> str:
        return "\n".join(self.shape(depth) for _ in range(self.random.randint(1, 3)))

    def shape(self, depth: int) -> str:
        if depth <= 0:
            return self.statement()
        weights = [weight for weight, _ in SHAPES]
        template = self.random.choices([text for _, text in SHAPES], weights)[0]
        return template.format(
            next(self.numbers), k=self.random.randint(0, 4), body=self.block(depth - 1),
            other=self.block(0),
        )  # fmt: skip

    def function(self, name: str) -> str:
        return f"func {name}(n int, s string) {{\n{self.block(self.random.randint(1, 3))}\n}}\n"


def _imports(text: str) -> str:
    used = [name for name in ("fmt", "strings", "sync", "testing") if f"{name}." in text]
    return "".join(f'import "{name}"\n' for name in used)


def _package(name: str, body: str, *imports: str) -> str:
    head = "".join(f'import "{path}"\n' for path in imports)
    return f"package {name}\n\n{_imports(body)}{head}\n{body}"


def random_module(seed: int) -> Mapping[str, str]:
    """Files of a module with two packages that import each other one way, and tests that call
    each function."""
    files = {"go.mod": f"module {MODULE}\n\ngo 1.22\n"}
    writer = _Writer(seed)
    common = COMMON.format()
    for package in ("lib", "app"):
        functions = [f"F{number}" for number in range(writer.random.randint(2, 5))]
        body = common + EXTRA + "".join(writer.function(name) for name in functions)
        calls = "".join(
            f'\tfor n := range 6 {{\n\t\t{name}(n, "some text of more than 32 bytes in length")\n'
            f'\t\t{name}(n, "")\n\t}}\n'
            for name in functions
        )
        test = f"func TestAll(t *testing.T) {{\n{calls}}}\n"
        if package == "app":
            body += "func Use(n int, s string) {\n\tlib.F0(n, s)\n\tSink = lib.NewT(n)\n}\n"
            files["app/a.go"] = _package("app", body, f"{MODULE}/lib")
            test += 'func TestUse(t *testing.T) { Use(1, "x") }\n'
        else:
            files["lib/a.go"] = _package("lib", body)
        files[f"{package}/a_test.go"] = _package(package, test)
    return files
