"""What drives a recursion: data, an input, a number, or nothing that a package shows."""

from __future__ import annotations

import pytest

from golsp_mem.analysis.stack.reached.asked import asks_again
from golsp_mem.analysis.stack.reached.chains import wrapped_literals, wrapped_types
from golsp_mem.analysis.stack.recursion.driven import driver, find_calls
from golsp_mem.analysis.stack.recursion.drives import Drive
from golsp_mem.analysis.stack.recursion.grown import Types
from golsp_mem.analysis.stack.recursion.inputs import Inputs
from golsp_mem.analysis.stack.recursion.levels import Levels
from golsp_mem.analysis.stack.recursion.members import (
    Declarations,
    Member,
    last_of,
)
from golsp_mem.analysis.stack.recursion.naming import in_a_library
from golsp_mem.source.syntax import GoFile

NODE = "type N struct { next *N; kids []*N; name string }\n"
LOOP = "func build(k int) *N { var n *N; for range k { n = &N{next: n} }; return n }\n"
TREE_OF_LEVELS = """type E struct {{ in, to *E }}
type P struct {{ s string; i int; {held} }}
type Q struct {{ depth int }}
func (q *Q) enter() error {{ q.depth++; if q.depth > 9 {{ return bad }}; return nil }}
func (q *Q) leave() {{ q.depth-- }}
func (p *P) all() *E {{
	var e *E
	for p.i < len(p.s) {{ use(p.s[p.i]); p.i++; {counted}e = &E{{in: e}} }}
	return e
}}
func cycle(e *E) int {{ return 1 + cycle(e.{down}) }}
"""
OPEN_ELEMENTS = """type E struct {{ in, to *E }}
type P struct {{ s string; i int; open []*E }}
func (p *P) enter(n *E) {{ p.open = append(p.open, n); {end}p.i++ }}
func (p *P) leave() {{ p.open = p.open[:len(p.open)-1] }}
func (p *P) all() *E {{
	var e *E
	for p.i < len(p.s) {{ use(p.s[p.i]); p.i++; e = &E{{in: e}}; p.enter(e) }}
	return e
}}
func cycle(e *E) int {{ return 1 + cycle(e.in) }}
"""
ONE_SIDE = """type E interface {{ cycle() int }}
type B struct {{ x, y E }}
type U struct {{ x E }}
type P struct {{ s string; i int }}
func (p *P) all() E {{
	var e E
	for p.i < len(p.s) {{ use(p.s[p.i]); p.i++; e = &B{{x: e, y: one()}} }}
	return e
}}
func (u *U) cycle() int {{ return u.x.cycle() }}
func (b *B) cycle() int {{ return b.{up}.cycle() }}
"""
SWITCHED = """func cycle(e E) int {{
	switch e := e.(type) {{
	case *B:
		return {of}
	case *U:
		return cycle(e.x)
	}}
	return 0
}}
"""
GRAPH = """type G struct {{ to map[string][]string; rank map[string]int }}
func (g *G) add(a, b string) {{ {filled} }}
func (g *G) cycle(n string) {{ for _, m := range g.to[n] {{ g.cycle(m) }} }}
"""
STACKED = """func build(k []int) *N {{
	open := []*N{{{{}}}}
	for range k {{ {test}n := &N{{}}; top := open[len(open)-1]; top.kids = append(top.kids, n)
		open = append(open, n) }}
	return open[0]
}}
func cycle(n *N) {{ for _, k := range n.kids {{ cycle(k) }} }}
"""
TURNED = """type T struct {{ l, r *T }}
func up(t *T) *T {{ r := t.r; t.r = r.l; {after}return r }}
func (t *T) cycle() *T {{ if t == nil {{ return &T{{}} }}; t.l = t.l.cycle(); return up(t) }}
"""
TRIE = "type T struct { kids map[byte]*T }\n"
# The functions whose names begin with cycle are the cycle.
CASES = [
    (NODE + LOOP + "func cycle(n *N) { for _, k := range n.kids { cycle(k) } }", Drive.BUILT),
    (("type L struct { next *L }\nfunc (l *L) push(h *H) { h.head = &L{next: h.head} }\n"
     "func cycle(l *L) int { return 1 + cycle(l.next) }"), Drive.CHAINED),
    (("type L struct { next *L; v int }\nfunc all(fs []func() int) *L { var l *L\n"
      "for _, f := range fs { l = &L{l, f()} }; return l }\n"
      "func cycle(l *L) int { return 1 + cycle(l.next) }"), Drive.LINKED),
    # What is taken back elsewhere is as long as what is open.
    (("type L struct { next *L }\nfunc (h *H) push() { h.head = &L{next: h.head} }\n"
      "func (h *H) pop() { h.head = h.head.next }\n"
      "func cycle(l *L) int { return 1 + cycle(l.next) }"), Drive.PARSED),
    (("type L struct { next *L }\nfunc New() *L { return &L{} }\n"
     "func cycle(l *L) int { return 1 + cycle(l.next) }"), Drive.BUILT),
    (("type C struct { kids []*C; Run func() }\n"
     "func (c *C) cycle() { for _, k := range c.kids { k.cycle() } }"), Drive.PROGRAM),
    (("type C struct { next *C; Run func() }\n"
      "func all(fs []func()) *C { var c *C; for _, f := range fs { c = &C{c, f} }; return c }\n"
      "func (c *C) cycle() { c.Run(); c.next.cycle() }"), Drive.REGISTERED),
    (("type C struct { kids []*C; Run func() }\n"
      "func (c *C) cycle(a []byte) { c.kids[a[0]].cycle(a[1:]) }"), Drive.PROGRAM),
    (("type P struct { s string; i int; up *P; funcs map[string]func() }\n"
      "func (p *P) cycle() { if p.s[p.i] == '(' { p.i++; p.cycle() } }"), Drive.INPUT),
    (("type P struct { s string; i int }\n"
     "func (p *P) cycle() { if p.s[p.i] == '(' { p.i++; p.cycle() } }"), Drive.INPUT),
    (TURNED.format(after="r.l = t; "), Drive.BALANCED),
    (TURNED.format(after=""), Drive.LINKED),
    ("type P struct { n int }\nfunc (p *P) cycle() { p.n++; p.cycle() }", Drive.STATES),
    (("type P struct { l *Lexer; depth int }\n"
     "func (p *P) enter() error { p.depth++; if p.depth > 9 { return bad }; return nil }\n"
     "func (p *P) leave() { p.depth-- }\n"
     "func (p *P) parse() { p.l.Next(); p.cycle() }\n"
     "func (p *P) cycle() { p.l.Next(); p.cycle() }"), Drive.STATES),
    (("type C struct { kids []*C }\n"
      "func cycleParse(r *bufio.Reader, c *C) { r.ReadByte(); cycleParse(r, c.kids[0]) }"),
     Drive.BUILT),
    # What may end it, where nothing shows how soon.
    (("type R struct { b []byte; i int }\nfunc (r *R) cycle(n int) { if n == 0 { return }; "
      "r.i++; use(r.b[r.i]); r.cycle(n-1) }"), Drive.COMPARED),
    (("type R struct { b []byte; i int }\nfunc (r *R) cycle(n int) { if n > 0 { use(n) }; "
      "r.i++; use(r.b[r.i]); r.cycle(0) }"), Drive.INPUT),
    (("func cycleParse(r *bufio.Reader, ind int) { for { b, _ := r.ReadByte(); if int(b) < ind { "
      "return }; cycleParse(r, int(b)) } }"), Drive.INDENTED),
    (("type R struct { r *bufio.Reader; open bool }\nfunc (r *R) cycleRead() { "
      "b, _ := r.r.ReadByte(); if !r.open && b == '<' { r.open = true; "
      "r.cycleRead() } }"), Drive.FLAGGED),
    (("type R struct { r *bufio.Reader; open bool }\nfunc (r *R) cycleRead() { "
      "b, _ := r.r.ReadByte(); if !r.open && b == '<' { r.open = true; "
      "r.cycleRead() }\nr.open = false }"), Drive.INPUT),
    (("type R struct { r *bufio.Reader; sub *R; in bool }\n"
      "func (r *R) cycleRead() { r.r.ReadByte(); if r.in { return }; r.cycleSub() }\n"
      "func (r *R) cycleSub() { r.sub = &R{}; r.sub.in = true; r.sub.cycleRead() }"),
     Drive.FLAGGED),
    # A test in front leaves for what the call, or what leads to it, sets.
    (("type R struct { r *bufio.Reader; dot int; n int }\nfunc (r *R) cycleRead() byte { "
      "b, _ := r.r.ReadByte(); if b == '.' { if r.dot > none { return 0 }\nr.dot = r.n\n"
      "return r.cycleRead() }\nreturn b }"), Drive.FLAGGED),
    (("type R struct { r *bufio.Reader; last bool }\nfunc (r *R) cycleRead() { if r.last { "
      "fail.Panic(end) }\nb, _ := r.r.ReadByte(); r.last = b == 1\nif r.last { r.cycleRead() } }"),
     Drive.FLAGGED),
    (("type R struct { r *bufio.Reader; tok, next int }\nfunc (r *R) cycleRead() { "
      "if r.tok == end { return }\nr.tok = r.next\nb, _ := r.r.ReadByte(); r.next = int(b)\n"
      "r.cycleRead() }"),
     Drive.INPUT),
    # A list of names is as long as a program writes it; what prints a tree counts its levels.
    (("func cycle(b []byte, keys ...string) { if b[0] == '[' { cycle(b[1:], keys[1:]...) }\n"
      "cycle(b[1:], keys...) }"), Drive.NAMES),
    (NODE + "func cycle(n *N, lvl int) { for _, k := range n.kids { cycle(k, lvl+1) } }",
     Drive.BUILT),
    # A level that is no number; the end of a part is looked for in each call.
    ("func cycle(s string, depth *D) { if !depth.ok() { return }; cycle(s[1:], depth.in()) }",
     Drive.GUARDED),
    ("func cycle(s string) { i := match(s); if i > 0 { cycle(s[1:i]) } }", Drive.SEARCHED),
    ("func cycle(b []byte) { i := b[0]; cycle(b[i:len(b)]) }", Drive.INPUT),
    ("func cycle(s string) { if s[0] == '(' { cycle(s[1 : len(s)-1]) } }", Drive.INPUT),
    # An error of each round wraps no other.
    (("type W struct { inner error }\nfunc (w *W) Error() string { return w.inner.Error() }\n"
      "func all(b []byte) (err error) { for range b { if _, err = put(b); err != nil { "
      "err = &W{inner: err} } }; return }\n"
      "func cycle(w *W) string { return cycle(w.inner.(*W)) }"), Drive.BUILT),
    (("type W struct { inner error }\nfunc (w *W) Error() string { return w.inner.Error() }\n"
      "func all(b []byte) (err error) { for range b { err = &W{inner: err} }; return }\n"
      "func cycle(w *W) string { return cycle(w.inner.(*W)) }"), Drive.CHAINED),
    # What writes moves a cursor of its output; what looks for nothing to read finds no input.
    (("type W struct { buf []byte; at int }\nfunc (w *W) put(b byte) { w.at++; use(w.buf[w.at]) }\n"
      "func (w *W) cycleMarshal(v V) { w.put('('); w.cycleMarshal(v.in()) }"), Drive.BUILT),
    (("type M struct { regs []V; at int }\nfunc (m *M) cycle(v V) { m.at++; use(m.regs[m.at])\n"
      "m.cycle(v.in()) }"), Drive.BUILT),
    (("type M struct { toks []tok; at int }\nfunc (m *M) cycle(v V) { m.at++; use(m.toks[m.at])\n"
      "m.cycle(v.in()) }"), Drive.INPUT),
    ("func cycleWrite(b []byte, n N) { cycleWrite(b[1:], n.in()) }", Drive.BUILT),
    # That another function of the cycle scans says nothing of what is asked here.
    (("func cycle(d D, n N) { d.Next(); cycleScan(d, n.in()) }\n"
      "func cycleScan(d D, n N) { cycle(d, n) }"), Drive.BUILT),
    (("func cycleRead(v any, p Path) { if l, ok := v.([]any); ok { for _, e := range l { "
      "cycleRead(e, p.Next()) } } }"), Drive.BUILT),
    ("func cycle(l *V, n N) { a, left := split(l); cycle(left, n.in()) }", Drive.BUILT),
    ("func cycle(l string, n N) { a, left := split(l); cycle(left, n.in()) }", Drive.INPUT),
    (("type L struct { r *bufio.Reader; q []byte }\nfunc (l *L) fetch() { b, _ := l.r.ReadByte(); "
      "l.q = append(l.q, b) }\nfunc (l *L) cycleNext() byte { if len(l.q) > 0 { return l.pop() }\n"
      "l.fetch()\nreturn l.cycleNext() }"), Drive.ASKING),
    (("type L struct { r *bufio.Reader; q []byte }\nfunc (l *L) cycleNext() byte { "
      "if len(l.q) > 0 { return l.pop() }\nb, _ := l.r.ReadBytes(0)\nl.q = b\n"
      "return l.cycleNext() }"), Drive.ASKING),
    (("type L struct { r *bufio.Reader; mu sync.Mutex }\nfunc (l *L) cycleRead() { l.mu.Lock()\n"
      "defer l.mu.Unlock()\nl.r.ReadByte(); l.cycleRead() }"), Drive.LOCKED),
    (("type L struct { r *bufio.Reader; cur *bufio.Reader }\nfunc (l *L) cycleRead() byte { "
      "if l.cur == nil { l.cur = l.next() }\nb, err := l.r.ReadByte()\n"
      "if err != nil { l.cur = nil\nreturn l.cycleRead() }\nreturn b }"), Drive.ASKING),
    (("type P struct {\n\tl *lex.Lexer\n}\n"
      "func (p *P) cycleParse() { p.l.Descend(); defer p.l.Ascend(); p.l.Next(); p.cycleParse() }"),
     Drive.GUARDED),
    ("func cycle(s string) { cycle(s[:len(s)-1]) }", Drive.BUILT),
    ("func cycle(s string) { i := strings.LastIndex(s, sep); cycle(s[i+1:]) }", Drive.BUILT),
    ("func cycle(s string) int { t := s[1:]\nr := []rune(t); return cycle(s[1:]) + len(r) }",
     Drive.COPIED),
    (("type O int\nfunc (o *O) UnmarshalJSON(b []byte) error { return cycleDecode(reader(b)) }\n"
      "func cycleDecode(r *bufio.Reader) error { r.ReadByte(); return cycleDecode(r) }"),
     Drive.CHECKED),
    (("func cycle(s string) int { if s[0] != '(' { return 0 }; return 1 + cycle(s[1:]) }\n"
      "func read() { sc := bufio.NewScanner(os.Stdin); for sc.Scan() { cycle(sc.Text()) } }"),
     Drive.SCANNED),
    (("func cycle(s string) int { if s[0] != '(' { return 0 }; return 1 + cycle(s[1:]) }\n"
      "func read() { sc := bufio.NewScanner(os.Stdin); sc.Buffer(nil, 1 << 30)\n"
      "for sc.Scan() { cycle(sc.Text()) } }"), Drive.INPUT),
    (("type T struct { l, r *T; k int }\nfunc turn(x *T) *T { y := x.l; x.l, y.r = y.r, x\n"
      "return y }\nfunc cycle(x *T, k int) *T { if x == nil { return &T{k: k} }\n"
      "x.l = cycle(x.l, k); return turn(x) }\n"
      "func fill(b []byte) { var r *T; for i := range b { r = cycle(r, i) } }"),
     Drive.BALANCED),
    (TRIE + ("type P struct { s string; i int }\nfunc (p *P) node() *T { p.i++; k := p.s[p.i]; "
             "return &T{map[byte]*T{k: p.node()}} }\n"
             "func cycle(t *T, w string) { cycle(t.kids[w[0]], w[1:]) }"), Drive.BOTH),
    (("func cycleDecode(r *bufio.Reader, f field, v reflect.Value) { r.ReadByte(); "
      "cycleDecode(r, f, f.in) }"), Drive.TYPES),
    (("func cycleDecode(r *bufio.Reader, v reflect.Value) { r.ReadByte(); "
      "if v.Kind() == reflect.Interface { cycleDecode(r, made()) } }"), Drive.TYPES),
    (("func cycleRead(r *bufio.Reader, v any) { r.ReadByte(); e := reflect.ValueOf(v).Elem(); "
      "cycleRead(r, e.Field(0).Addr().Interface()) }"), Drive.TYPES),
    (("func cycleDecode(r *bufio.Reader, v reflect.Value) { r.ReadByte(); "
      "v.Set(reflect.ValueOf(one())); cycleDecode(r, item(v)) }"), Drive.TYPES),
    (("func cycleDecode(r *bufio.Reader, v reflect.Value) { r.ReadByte(); "
      "cycleDecode(r, reflect.ValueOf(&made)) }"), Drive.INPUT),
    (("func cycleParse(r *bufio.Reader, f *ast.File) { r.ReadByte(); cycleParse(r, f) }"),
     Drive.GUARDED),
    ("func cycle(re *syntax.Regexp) { for _, sub := range re.Sub { cycle(sub) } }", Drive.GUARDED),
    # The lexer of another package, whose method the parser's own has the name of.
    (("type P struct {\n\tl *lex.Lexer\n}\nfunc (p *P) Next() { p.l.Next() }\n"
      "func (p *P) cycleParse() { p.Next(); p.cycleParse() }"), Drive.INPUT),
    ("func cycleDecode(r *bufio.Reader) { r.ReadByte(); cycleDecode(r) }", Drive.INPUT),
    ("func cycleDecode(r *bufio.Reader) { r.ReadByte(); defer func() { cycleDecode(r) }() }",
     Drive.INPUT),
    ("func cycle(t reflect.Type) { cycle(t.Elem()) }", Drive.PROGRAM),
    ("func cycle(t types.Type) { cycle(t.Underlying()) }", Drive.TYPES),
    ("func cycle(s string) int { return cycle(s[1:]) }", Drive.INPUT),
    ("func cycle(xs []int) int { return xs[0] + cycle(xs[1:]) }", Drive.LISTED),
    ("func cycle[T, A any](xs []T, a A, f func(A, T) A) A { return cycle(xs[1:], f(a, xs[0]), f) }",
     Drive.LISTED),
    # What makes the nodes that it goes down, is as deep as what it is given.
    ((TRIE + "func (t *T) cycle(w string) { k := t.kids[w[0]]; if k == nil { k = &T{}; "
      "t.kids[w[0]] = k }; k.cycle(w[1:]) }"), Drive.INPUT),
    (TRIE + "func (t *T) cycle(w string) { t.kids[w[0]].cycle(w[1:]) }", Drive.BUILT),
    (NODE + LOOP + "func cycle(n *N, open *int) { *open++; cycle(n.next, open); *open-- }",
     Drive.CHAINED),
    ("func cycle(xs []int) { m := len(xs) / 2; cycle(xs[:m]); cycle(xs[m:]) }", Drive.BUILT),
    ("func cycle(dst []byte, n int) int { dst[0] = 1; return cycle(dst[1:], f(n)) }", Drive.BUILT),
    ("func cycle(m map[string]any, keys []string) { cycle(m[keys[0]].(map[string]any), keys[1:]) }",
     Drive.NAMES),
    ("func cycle(s []byte, i int) int { if s[i] == '[' { return cycle(s, i+1) }; return i }",
     Drive.INPUT),
    (("type C struct{\n\tjson string }\n"
     "func cycle(c *C, i int) { if c.json[i] == 1 { cycle(c, i+1) } }"), Drive.INPUT),
    ("type C struct{\n\tbits []*B }\nfunc cycle(c *C, i int) { if c.bits[i].on { cycle(c, i+1) } }",
     Drive.COUNTED),
    ("func cycle(g [][]byte, x, y int) { if y < len(g) && g[y][x] == 1 { cycle(g, x, y+1) } }",
     Drive.INPUT),
    ("func cycle(g [][]byte, x, y int) { if y < 9 && g[y][x] == 1 { cycle(g, x, y+1) } }",
     Drive.COUNTED),
    ("func cycle(path string) { cycle(path[:1]) }", Drive.BUILT),
    ("func cycle(n int) int { if n == 0 { return 1 }; return n * cycle(n-1) }", Drive.COUNTED),
    ("func cycle(n N, depth int) { cycle(n.other(), depth+1) }", Drive.BUILT),
    # A reader of the standard library reads, whatever the function is called.
    ("func cycle(r *bufio.Reader) { if c, _ := r.ReadByte(); c == ' ' { cycle(r) } }", Drive.INPUT),
    ("func cycle(r io.Closer) { if next(r) { cycle(r) } }", Drive.STATES),
    ("func cycle(n N, done chan int) { select { case <-done: return; default: }; cycle(n, done) }",
     Drive.STATES),
    ("func cycle(n N, next chan int) { i := <-next; cycle(n, next); use(i) }", Drive.INPUT),
    ("func cycle(n N, c chan int) { select { case i := <-c: use(i); default: }; cycle(n, c) }",
     Drive.INPUT),
    (NODE + "func (n *N) cycle() { for _, k := range n.kids { k.cycle(); n.kids = n.kids[1:] } }",
     Drive.BUILT),
    (("type S struct { uri string }\nfunc (s *S) cycle(n N) { s.uri = strings.TrimRight(s.uri, "
      '"#"); s.cycle(n) }'), Drive.STATES),
    # Entries that lead on to each other, in a table that data fills.
    (GRAPH.format(filled="g.to[a] = append(g.to[a], b)"), Drive.LED_ON),
    (GRAPH.format(filled="if g.rank[a] < g.rank[b] { g.to[a] = one(b) }"), Drive.BUILT),
    (GRAPH.format(filled='g.to["a"] = names'), Drive.BUILT),
    (GRAPH.replace("add", "RegisterAlias").format(filled="g.to[a] = b"), Drive.BUILT),
    ("func cycle(adj [][]int, v int) { for _, w := range adj[v] { cycle(adj, w) } }", Drive.LED_ON),
    (("func cycle(adj map[string][]string, seen map[string]bool, v string) { "
      "if seen[v] { return }; seen[v] = true; for _, w := range adj[v] { cycle(adj, seen, w) "
      "} }"), Drive.MET),
    (("func cycle(adj map[byte][]byte, v byte, seen *[256]bool) { if seen[v] { return }\n"
      "seen[v] = true; for _, w := range adj[v] { cycle(adj, w, seen) } }"), Drive.MET),
    (("func cycle(adj map[string][]string, seen map[string]bool, v string) { "
      "for _, w := range adj[v] { if !seen[w] { cycle(adj, seen, w) } }; seen[v] = true }"),
     Drive.LED_ON),
    # Files that include each other.
    (("func cycle(files map[string]string, n string) { for l := range strings.SplitSeq(files[n], "
     '"\\n") { if i, ok := strings.CutPrefix(l, "#"); ok { cycle(files, i) } } }'), Drive.LED_ON),
    (("func cycle(n string) { b, _ := os.ReadFile(n); for _, l := range strings.Split(string(b), "
     '"\\n") { cycle(filepath.Join(dir, l)) } }'), Drive.LED_ON),
    (("func cycle(n string) { f, _ := os.Open(n); s := bufio.NewScanner(f); for s.Scan() { "
     "cycle(s.Text()[8:]) } }"), Drive.LED_ON),
    ("func cycle(n string) { if seen[n] { return }; b, _ := os.ReadFile(n); cycle(string(b)) }",
     Drive.BUILT),
    (("func cycle(n string) { list, _ := os.ReadDir(n); for _, e := range list { "
     "cycle(filepath.Join(n, e.Name())) } }"), Drive.BUILT),
    # Chains of a loop: of lists and trees, with a stack beside, by a constructor.
    (NODE + "func build(k []int) *N { n := &N{}; at := n; for range k { c := &N{}; at.kids = "
     "append(at.kids, c); at = c }; return n }\n"
     "func cycle(n *N) { for _, k := range n.kids { cycle(k) } }", Drive.CHAINED),
    (NODE + STACKED.format(test=""), Drive.CHAINED),
    (NODE + STACKED.format(test="if len(open) > 99 { break }; "), Drive.BUILT),
    (NODE + "func build(k []int) (n *N) { at := &n; for range k { *at = &N{}; at = &(*at).next }; "
     "return n }\nfunc cycle(n *N) { cycle(n.next) }", Drive.CHAINED),
    (NODE + "func build(k []int) (n *N) { at := &n; for range k { m := &N{}; *at = m; at = &m.next "
     "}; return n }\nfunc cycle(n *N) { cycle(n.next) }", Drive.CHAINED),
    (NODE + "func build(k []int) (n *N) { for range k { at := &n; for *at != nil { at = "
     "&(*at).next }; *at = &N{} }; return n }\n"
     "func cycle(n *N) { for _, k := range n.kids { cycle(k) } }", Drive.BUILT),
    (NODE + "func push(n *N) *N { return &N{next: n} }\n"
     "func build(k []int) *N { var n *N; for range k { n = push(n) }; return n }\n"
     "func cycle(n *N) { cycle(n.next) }", Drive.CHAINED),
    (NODE + LOOP.replace("range k", "range 9") + "func cycle(n *N) { cycle(n.next) }", Drive.BUILT),
    (NODE + "func build(ns []*N) []*N { for _, n := range ns { n = &N{}; k := &N{}\n"
     "n.kids = append(n.kids, k) }; for range 9 { n := ns[0]; n.next = n }; return ns }\n"
     "func cycle(n *N) { for _, k := range n.kids { cycle(k) } }", Drive.BUILT),
    # A field of the same name of another type is no chain.
    (ONE_SIDE.format(up="x"), Drive.DATA),
    (ONE_SIDE.format(up="y"), Drive.PARSED),
    (ONE_SIDE.format(up="x").replace("cycle()", "at()") + SWITCHED.format(of="cycle(e.x)"),
     Drive.DATA),
    (ONE_SIDE.format(up="x").replace("cycle()", "at()") + SWITCHED.format(of="0"), Drive.PARSED),
    # Without a key the type is known, not the field.
    (ONE_SIDE.format(up="x").replace("cycle()", "at()").replace("x: e, y: one()", "e, one()")
     + SWITCHED.format(of="cycle(e.x)"), Drive.DATA),
    (ONE_SIDE.format(up="x").replace("cycle()", "at()").replace("x: e, y: one()", "e, one()")
     + SWITCHED.format(of="0"), Drive.PARSED),
    # Two that are made by the same text, one in front of the loop.
    (("type N struct { kids []*N }\ntype P struct { s string; i int }\nfunc (p *P) node() *N { "
      "n := new(N); for p.s[p.i] != ')' { p.i++; k := new(N); n.kids = append(n.kids, k)\n"
      "n.kids = append(n.kids, p.node()) }; return n }\n"
      "func cycle(n *N) { for _, k := range n.kids { cycle(k) } }"), Drive.PARSED),
    (("type N struct { kids []*N }\nfunc (n *N) cycle() { n.kids[0].cycle() }\n"
      "func (n *N) split(i int) (*N, *N) { return &N{kids: n.kids[:i]}, &N{kids: n.kids[i:]} }\n"
      "func (n *N) add() { if n.kids == nil { n.kids = []*N{{}}; n.next = &N{} }; n.add() }"),
     Drive.BALANCED),
    # What an iterator gives is taken from nothing that is handed on.
    ("func cycleParse(n Node) { v := n.Items().Next(); cycleParse(v) }", Drive.BUILT),
    # A decoder goes no deeper than types nest, where it makes no values of its own.
    (("func cycleRead(r *bufio.Reader, v reflect.Value) { r.ReadByte(); e := reflect.New("
      "v.Type().Elem()); cycleRead(r, e); cycleRead(r, v.Field(0)) }"), Drive.TYPES),
    (("func cycleRead(r *bufio.Reader, v reflect.Value) { r.ReadByte(); var x any; "
      "cycleRead(r, reflect.ValueOf(&x)); cycleRead(r, v.Field(0)) }"), Drive.INPUT),
    # Levels that are not counted in each round of the loop say nothing of its trees.
    (TREE_OF_LEVELS.format(held="q Q", counted="", down="in"), Drive.DATA),
    (TREE_OF_LEVELS.format(held="", counted="", down="to"), Drive.PARSED),
    (TREE_OF_LEVELS.format(held="q Q", counted="p.q.enter(); ", down="in"), Drive.GUARDED),
    # No more are open than the stack of them may hold, whichever loop hangs them on the last.
    (OPEN_ELEMENTS.format(end="if len(p.open) > 512 { panic(deep) }; "), Drive.GUARDED),
    (OPEN_ELEMENTS.format(end="if len(p.open) > 512 { use(n) }; "), Drive.DATA),
]  # fmt: skip


CARRIED = """func cycle(c Ctx, m map[string]string, k string) {{
	d := c.Value(l).(int)
	{test}cycle(with(c, l, d+1), m, m[k])
}}
func fill(m map[string]string, a []string) {{ for i := range a {{ m[a[i]] = a[i+1] }} }}
"""
RESTS = "func cycle{}(s string) int {{ return cycle{}(s[1:]) }}"
LIBRARIES = [
    ("main", "func cycle(skip int) { use(skip); if wraps { cycle(skip + 2) } }", Drive.BUILT),
    ("main", "func cycle(n int) { cycle(n + 2) }", Drive.COUNT),
    ("main", ("func cycle(g *[8][8]byte, x, y int) { if x > 7 || g[y][x] != 0 { return }\n"
              "g[y][x] = 1; cycle(g, x+1, y) }"), Drive.MET),
    ("main", ("func cycle(g [][]byte, x, y int) { if x < len(g) && g[y][x] != 0 { g[y][x] = 0\n"
              "cycle(g, x+1, y) } }"), Drive.INPUT),
    # A level that what is handed on carries.
    ("main", CARRIED.format(test="if d >= 32 { return }; "), Drive.COMPARED),
    ("main", CARRIED.format(test=""), Drive.LED_ON),
    ("main", RESTS.format("", ""), Drive.INPUT),
    ("p", RESTS.format("", ""), Drive.UNNAMED),
    ("fastjson", RESTS.format("", ""), Drive.INPUT),
    ("p", RESTS.format("Parse", "Parse"), Drive.INPUT),
    ("p", RESTS.format("Valid", "Valid"), Drive.INPUT),
    ("p", "type Lexer struct{}\nfunc (l Lexer) cycle(s string) { l.cycle(s[1:]) }", Drive.INPUT),
    ("main", GRAPH.format(filled="g.to[a] = append(g.to[a], b)"), Drive.LED_ON),
    ("p", GRAPH.format(filled="g.to[a] = append(g.to[a], b)"), Drive.LOOKED_UP),
]  # fmt: skip


@pytest.mark.parametrize(("package", "source", "expected"), LIBRARIES)
def test_a_library_says_by_names_what_is_an_input(
    package: str, source: str, expected: Drive
) -> None:
    cycle, drive = _driven(package, source)
    assert in_a_library(drive, cycle) is expected


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_what_makes_it_deep(source: str, expected: Drive) -> None:
    assert _driven("p", source)[1] is expected


def _driven(package: str, source: str) -> tuple[list[Member], Drive]:
    imports = 'import (\n\t"bufio"\n\t"go/ast"\n\t"io"\n\t"reflect"\n\t"regexp/syntax"\n)\n'
    file = GoFile.parse("/p.go", f"package {package}\n\n{imports}\n{source}\n".encode())
    paths, sources = {"/p.go"}, {"/p.go": file}.get
    declarations = Declarations(paths, sources)
    inputs = Inputs(declarations, paths, sources)
    types = Types(declarations, inputs, Levels(declarations, paths, sources), paths, sources)
    members = [
        Member(file, one, last_of(one.name))
        for one in file.functions
        if last_of(one.name).startswith("cycle")
    ]
    names = {one.called for one in members}
    cycle = [find_calls(one, names, ()) for one in members]
    return members, driver(cycle, names, inputs, types)


# Run: those with a True die, the others end.
ASKS = [
    ('func (l L) String() string { return fmt.Sprintf("%v", l) }', True),
    ('func (l *L) Error() string { return fmt.Sprint("bad ", l) }', True),
    ("func (l L) MarshalJSON() ([]byte, error) { return json.Marshal(l) }", True),
    ('func (l L) String() string { return fmt.Sprintf("%d", l) }', False),
    ("func (l *L) String() string { return fmt.Sprint(*l) }", False),
    ("func (l L) String() string { l /= 10; return fmt.Sprint(l) }", False),
    ("func (l *L) String() string { l.n++; return fmt.Sprint(l) }", False),
    ("func (l L) MarshalJSON() ([]byte, error) { return json.Marshal(int(l)) }", False),
    ('func (l L) String() string { return fmt.Sprintf("%#v", l) }', False),
    ('func (l L) String() string { return fmt.Sprintf("%x %d", l, 1) }', True),
    ('func (l L) String() string { return fmt.Sprintf("%x %d", 1, l) }', False),
    ('func (l L) GoString() string { return fmt.Sprintf("L%#v", l) }', True),
    ('func (l L) GoString() string { return fmt.Sprintf("L%v", l) }', False),
    ('func (l L) Format(f fmt.State, c rune) { fmt.Fprintf(f, "%d", l) }', True),
    ('func (l L) Format(f fmt.State, c rune) { fmt.Fprintf(f, "%T", l) }', False),
    ("func (l L) Name() string { return fmt.Sprint(l) }", False),
]


@pytest.mark.parametrize(("source", "asks"), ASKS)
def test_methods_that_have_themselves_asked_again(source: str, asks: bool) -> None:
    imports = 'import (\n\t"encoding/json"\n\t"fmt"\n)\n'
    file = GoFile.parse("/p.go", f"package p\n\n{imports}\n{source}\n".encode())
    [method] = file.functions
    assert any(one.field is None for one in asks_again(file, method)) is asks


# What loops make around the last: run, the first five die.
AROUND = [
    ("func f(r io.Reader, n int) { for range n { r = &T{r: r} } }", True),
    ("func f(r io.Reader, n int) { for range n { r = newT(r) } }", True),
    ("func f(h H, n int) { for range n { next := h\nh = func() { next() } } }", True),
    ("func f(h H, n int) { for range n { h = twice(h) } }", True),
    ("func f(w io.Writer, all []string) { for range all { w = newT(w) } }", True),
    ("func f(r io.Reader) { for range 3 { r = &T{r: r} } }", False),
    ("func f(rs []io.Reader) { for i, r := range rs { r = &T{r: r}; rs[i] = r } }", False),
    ("func f(fs []H) { var h H; for _, f := range fs { h = func() { f() } }; use(h) }", False),
    ("func f(h http.Handler, n int) { for range n { h = logged(h) } }", False),
    ("func f(r io.Reader, n int) { r = &T{r: r} }", False),
    ("func f(xs []T, n int) { for range n { xs = append(xs, T{}) } }", False),
]


@pytest.mark.parametrize(("source", "chained"), AROUND)
def test_what_each_round_makes_around_the_last(source: str, chained: bool) -> None:
    made = """
func newT(r any) any { return &T{r: r} }
func twice(next H) H { return func() { next(); next() } }
func logged(h http.Handler) http.Handler { return func() { h.ServeHTTP() } }
"""
    for old, new in (("; ", "\n\t"), ("{ ", "{\n\t"), (" }", "\n\t}"), ("h\n", "h\n\t")):
        source = source.replace(old, new)
    file = GoFile.parse("/p.go", f"package p\n{made}\n{source}\n".encode())
    assert bool(wrapped_types([file]) or wrapped_literals([file])) is chained


def test_levels_are_counted_tested_and_taken_back() -> None:
    text = """package p

func (p *P) enter() error {
	p.depth++
	if p.depth > max {
		return errDeep
	}
	return nil
}

func (p *P) push(x int) bool {
	p.open = append(p.open, x)
	if len(p.open) > max {
		return false
	}
	return true
}

func (p *P) pop() { p.open = p.open[:len(p.open)-1] }

func (s *S) push(x int) int {
	s.state = append(s.state, x)
	if len(s.state) <= max {
		return x
	}
	return s.error("deep")
}

func (s *S) pop() { s.state = s.state[0 : len(s.state)-1] }

func (o O) limited() error {
	if o.RecursionLimit--; o.RecursionLimit < 0 {
		return errDeep
	}
	return nil
}

func (l *L) close() error {
	l.parenDepth--
	if l.parenDepth < 0 {
		return errUnopened
	}
	return nil
}

func (q *Q) step() error {
	q.fuelLimit--
	if q.fuelLimit < 0 {
		return errDeep
	}
	return nil
}

func newQ() *Q { return &Q{fuelLimit: 100} }

func (p *P) line() bool {
	p.lines++
	if p.lines > max {
		return false
	}
	return true
}
"""
    file = GoFile.parse("/p.go", text.encode())
    paths, sources = {"/p.go"}, {"/p.go": file}.get
    levels = Levels(Declarations(paths, sources), paths, sources)
    assert set(levels.found) == {"(*P).enter", "(*P).push", "(*Q).step", "(*S).push", "O.limited"}
