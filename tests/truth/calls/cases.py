"""Calls of the standard library, each in the ways that take it to its extremes.

A statement of cases.txt runs in a function of its own. ``keep`` takes any value and does
nothing with it. Variables of the package (`VARIABLES`) stand where a constant would be folded.
"""

from __future__ import annotations

from pathlib import Path

VARIABLES = """
var (
	empty, one, str, sep = "", "a", "hello, wide world", ","
	long = strings.Repeat("xyz,", 40)
	upper, digits, float, quoted = "HELLO", "12345", "3.25", `"a\\tb"`
	none []byte
	bs, blong = []byte("hello, wide world"), bytes.Repeat([]byte("xyz,"), 40)
	ints, words = []int{3, 1, 2}, []string{"b", "a", "c"}
	table = map[string]int{"a": 1, "b": 2}
	n0, n1, n42, nbig = 0, 1, 42, 1 << 40
	f0, f1 = 0.0, 3.14159
	yes = true
	someErr error = errors.New("it broke")
	wrapped = fmt.Errorf("outer: %w", someErr)
	buf = bytes.NewBuffer(make([]byte, 0, 1<<16))
	builder strings.Builder
	reader = strings.NewReader("line one\\nline two\\n")
	br = bufio.NewReader(reader)
	bw = bufio.NewWriter(io.Discard)
	re = regexp.MustCompile(`w(i)de`)
	when = time.Date(2024, 2, 29, 13, 14, 15, 0, time.UTC)
	address, _ = url.Parse("https://user@example.com:80/a/b?q=1&r=2#f")
	query = url.Values{"q": {"1"}, "r": {"2"}}
	object = struct{ A int; B string }{1, "two"}
	pair = []byte(`{"A": 1, "B": "two"}`)
	mutex sync.Mutex
	once sync.Once
	big1, big2 = big.NewInt(1), big.NewInt(1 << 40)
	rnd = rand.New(rand.NewSource(1))
	list1 = list.New()
	pool = sync.Pool{New: func() any { return new(int) }}
	atom atomic.Int64
	smap sync.Map
	hash64 = fnv.New64a()
	buf8 = make([]byte, 8)
	replacer = strings.NewReplacer("a", "b", "l", "ll")
	rw sync.RWMutex
	pemBlock = &pem.Block{Type: "A", Bytes: bs}
	crcTable = crc64.MakeTable(crc64.ISO)
	seed = maphash.MakeSeed()
	header = textproto.MIMEHeader{"A-B": {"c"}}
	tmpl = template.Must(template.New("a").Parse("{{.A}} {{.B}}"))
	logger = log.New(io.Discard, "", 0)
	slogger = slog.New(slog.NewTextHandler(io.Discard, nil))
	utf = "héllo"
	addr = netip.MustParseAddr("10.0.0.1")
)
"""

IMPORTS = [
    "bufio",
    "bytes",
    "cmp",
    "compress/flate",
    "compress/gzip",
    "compress/lzw",
    "compress/zlib",
    "container/heap",
    "container/list",
    "container/ring",
    "context",
    "crypto/aes",
    "crypto/hmac",
    "crypto/md5",
    "crypto/rc4",
    "crypto/sha1",
    "crypto/sha256",
    "crypto/sha512",
    "crypto/subtle",
    "encoding/asn1",
    "encoding/base32",
    "encoding/base64",
    "encoding/binary",
    "encoding/csv",
    "encoding/gob",
    "encoding/hex",
    "encoding/json",
    "encoding/pem",
    "encoding/xml",
    "errors",
    "fmt",
    "go/constant",
    "go/format",
    "go/parser",
    "go/token",
    "hash/adler32",
    "hash/crc32",
    "hash/crc64",
    "hash/fnv",
    "hash/maphash",
    "html",
    "image",
    "image/color",
    "index/suffixarray",
    "io",
    "io/fs",
    "iter",
    "log",
    "log/slog",
    "maps",
    "math",
    "math/big",
    "math/bits",
    "math/cmplx",
    "math/rand",
    "mime",
    "mime/quotedprintable",
    "net/mail",
    "net/netip",
    "net/textproto",
    "net/url",
    "os",
    "path",
    "path/filepath",
    "reflect",
    "regexp",
    "regexp/syntax",
    "runtime",
    "runtime/debug",
    "slices",
    "sort",
    "strconv",
    "strings",
    "sync",
    "sync/atomic",
    "text/scanner",
    "text/tabwriter",
    "text/template",
    "time",
    "unicode",
    "unicode/utf16",
    "unicode/utf8",
    "unique",
]
# Two packages have one name; go:linkname asks for unsafe.
RENAMED = {"math/rand/v2": "randv2", "unsafe": "_"}


def kinds() -> str:
    """What cases of other kinds than calls of the library are made of."""
    return (Path(__file__).parent / "kinds.txt").read_text()


def cases() -> dict[str, list[str]]:
    """Statements by the function that they are about."""
    found = {}
    for line in (Path(__file__).parent / "cases.txt").read_text().splitlines():
        name, _, rest = line.partition(": ")
        found[name] = [statement.strip() for statement in rest.split(" | ")]
    return found
