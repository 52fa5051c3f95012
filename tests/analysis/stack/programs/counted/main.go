// Program counted: cycles that count their levels, and such as only seem to.
package main

import (
	"bufio"
	"errors"
	"io"
	"reflect"
	"strings"
)

var errDeep = errors.New("deep")

type P struct {
	r     io.ByteReader
	depth int
	max   int
}

const maxDepth = 1000

func (p *P) value() error {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return errDeep
	}
	c, err := p.r.ReadByte()
	if err != nil {
		return err
	}
	if c == '[' {
		return p.array()
	}
	return nil
}

func (p *P) array() error {
	for {
		if err := p.value(); err != nil {
			return err
		}
	}
}

func (p *P) enter() error {
	p.depth++
	if p.depth > maxDepth {
		return errDeep
	}
	return nil
}
func (p *P) leave() { p.depth-- }

func (p *P) object() error {
	if err := p.enter(); err != nil {
		return err
	}
	defer p.leave()
	c, err := p.r.ReadByte()
	if err != nil {
		return err
	}
	if c == '[' {
		return p.members()
	}
	return nil
}

func (p *P) members() error {
	for {
		if err := p.object(); err != nil {
			return err
		}
	}
}

func (p *P) term(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	c, err := p.r.ReadByte()
	if err != nil {
		return err
	}
	if c == '[' {
		return p.sum(depth + 1)
	}
	return nil
}
func (p *P) sum(depth int) error {
	for {
		if err := p.term(depth); err != nil {
			return err
		}
	}
}

func (p *P) testedOnOneWayUnbounded() error {
	c, err := p.r.ReadByte()
	if err != nil {
		return err
	}
	if c == '[' {
		if err := p.parenthesesOf(); err != nil {
			return err
		}
	}
	if c == '(' {
		return p.testedOnOneWayUnbounded()
	}
	return nil
}
func (p *P) parenthesesOf() error {
	p.depth++
	if p.depth > maxDepth {
		return errDeep
	}
	for {
		if err := p.testedOnOneWayUnbounded(); err != nil {
			return err
		}
	}
}

func (p *P) resetUnbounded() error {
	p.depth++
	if p.depth > maxDepth {
		return errDeep
	}
	c, err := p.r.ReadByte()
	if err != nil {
		return err
	}
	if c == '[' {
		p.depth = 0
		return p.resetUnbounded()
	}
	return nil
}

func (p *P) testedOnlyUnbounded() error {
	p.depth++
	if p.depth > maxDepth {
		println("deep")
	}
	c, err := p.r.ReadByte()
	if err != nil {
		return err
	}
	if c == '[' {
		return p.testedOnlyUnbounded()
	}
	return nil
}

func (p *P) startsAgainUnbounded(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	c, err := p.r.ReadByte()
	if err != nil {
		return err
	}
	if c == '[' {
		return p.listOf(depth + 1)
	}
	return nil
}
func (p *P) listOf(depth int) error {
	for {
		if err := p.startsAgainUnbounded(0); err != nil {
			return err
		}
	}
}

func (p *P) testedFirst() error {
	if p.depth >= p.max {
		return errDeep
	}
	p.depth++
	defer func() { p.depth-- }()
	c, err := p.r.ReadByte()
	if err != nil {
		return err
	}
	if c == '[' {
		return p.testedFirst()
	}
	return nil
}

func captured(r io.ByteReader) {
	level := 0
	var walk func() error
	walk = func() error {
		level++
		defer func() { level-- }()
		if level > 500 {
			return errDeep
		}
		c, err := r.ReadByte()
		if err == nil && c == '[' {
			return walk()
		}
		return err
	}
	walk()
}

func indirect(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Pointer {
		return v
	}
	return indirect(reflect.Indirect(v))
}

func empty(v reflect.Value) bool {
	if v.Kind() == reflect.Struct {
		for i := 0; i < v.NumField(); i++ {
			if !empty(v.Field(i)) {
				return false
			}
		}
	}
	return v.IsZero()
}
func pointersInFieldsUnbounded(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			if !pointersInFieldsUnbounded(v.Field(i)) {
				return false
			}
		}
	case reflect.Pointer:
		return pointersInFieldsUnbounded(v.Elem())
	}
	return v.IsZero()
}

func nameOf(t reflect.Type) string {
	if t.Kind() == reflect.Struct {
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i)
			return fieldName(t, &f)
		}
	}
	return t.Name()
}

//go:noinline
func fieldName(t reflect.Type, f *reflect.StructField) string {
	return t.Name() + nameOf(f.Type)
}

type strict struct {
	r     io.ByteReader
	depth int
}

func (s *strict) enter() {
	s.depth++
	if s.depth > maxDepth {
		s.fail("deep")
	}
}

func (s *strict) leave() { s.depth-- }

//go:noinline
func (s *strict) fail(text string) {
	println(s.depth)
	panic(text)
}

func (s *strict) brackets() {
	s.enter()
	defer s.leave()
	if c, err := s.r.ReadByte(); err == nil && c == '[' {
		s.brackets()
	}
}

type cursor struct {
	s string
	i int
}

func (c *cursor) expressionUnbounded() { c.group() }

func (c *cursor) group() {
	if c.s[c.i] == '(' {
		c.i++
		c.expressionUnbounded()
		c.i++
	}
}

type lines struct {
	s string
	i int
}

func (l *lines) step() { l.i++ }

func (l *lines) helpedUnbounded() {
	if l.s[l.i] == '(' {
		l.step()
		l.helpedUnbounded()
	}
}

func quick(a []int, maxDepth int) {
	for len(a) > 3 {
		if maxDepth == 0 {
			return
		}
		maxDepth--
		quick(a[len(a)/2:], maxDepth)
		a = a[:len(a)/2]
	}
}

type visited interface{ acceptUnbounded(v visitor) }
type visitor interface{ visit(n visited) }

type pair struct{ left, right visited }

type leaf struct{}

type counter struct{ n int }

func (p *pair) acceptUnbounded(v visitor) { v.visit(p) }
func (*leaf) acceptUnbounded(v visitor)   {}

func (c *counter) visit(n visited) {
	if p, ok := n.(*pair); ok {
		p.left.acceptUnbounded(c)
		p.right.acceptUnbounded(c)
	}
}

func pairs(r io.ByteReader) (left visited) {
	left = &leaf{}
	for {
		if _, err := r.ReadByte(); err != nil {
			return left
		}
		left = &pair{left, &leaf{}}
	}
}

// What is stacked is as deep as a program stacks it.
type writer interface{ write(s string) int }

type plain struct{ n int }

type stacked struct {
	in writer
	n  int
}

func (p *plain) write(s string) int { return p.n + len(s) }

func (o *stacked) write(s string) int {
	o.n++
	return o.in.write(s)
}

// Numbers that structs carry.
type tree struct{ l, r *tree }

func (p *pair) turn() { p.left, p.right = p.right, p.left }

type budget struct {
	name string
	left int
}

func newBudget(n int) *budget { return &budget{left: n} }

func (b *budget) walk(t *tree) error {
	if b.left--; t == nil || b.left < 0 {
		return errDeep
	}
	defer func() { b.left++ }()
	_ = b.walk(t.l)
	return b.walk(t.r)
}

type purse struct{ coins int }

func (p *purse) givenUnbounded(t *tree) error {
	p.coins--
	if t == nil || p.coins < 0 {
		return errDeep
	}
	return p.givenUnbounded(t.l)
}

type jar struct{ sweets, full int }

func (j *jar) fill() { j.sweets = j.full }

func (j *jar) filledUnbounded(t *tree) error {
	if j.sweets--; t == nil || j.sweets < 0 {
		return errDeep
	}
	j.fill()
	return j.filledUnbounded(t.l)
}

type tank struct{ fuel int }

func (k *tank) backUnbounded(t *tree) error {
	if k.fuel--; t == nil || k.fuel < 0 {
		return errDeep
	}
	k.fuel++
	return k.backUnbounded(t.l)
}

type pot struct{ cups int }

func (p *pot) anotherUnbounded(t *tree) error {
	if p.cups--; t == nil || p.cups < 0 {
		return errDeep
	}
	return (&pot{9}).anotherUnbounded(t.l)
}

type sack struct{ nuts int }

func (s *sack) jumpsUnbounded(t *tree) error {
	if s.nuts--; t == nil || s.nuts == 0 {
		return errDeep
	}
	return s.jumpsUnbounded(t.l)
}

type context struct{ depth int }

func (c context) descend(t *tree) error {
	if t == nil || c.depth == 0 {
		return errDeep
	}
	return context{c.depth - 1}.descend(t.l)
}

type state struct {
	tree *tree
	seen int
}

func ascend(s state) error {
	if s.tree == nil || s.seen > maxDepth {
		return errDeep
	}
	return ascend(state{tree: s.tree.l, seen: s.seen + 1})
}

func sameUnbounded(s state) error {
	if s.tree == nil || s.seen > maxDepth {
		return errDeep
	}
	return sameUnbounded(state{tree: s.tree.l, seen: s.seen})
}

func (t *tree) grown(n int) *tree {
	for range n {
		t = &tree{l: t}
	}
	return t
}

func parts(s string) int {
	i := strings.IndexByte(s, '.')
	if i < 0 {
		return 1
	}
	return 1 + parts(s[i+1:])
}

func host(s string) int {
	if len(s) > 64 {
		return 0
	}
	return parts(s)
}

func labels(s string) []string {
	if len(s) > 253 {
		return nil
	}
	head, rest, found := strings.Cut(s, ".")
	if !found {
		return []string{head}
	}
	return append(labels(rest), head)
}

func labelsUnbounded(s string) []string {
	head, rest, found := strings.Cut(s, ".")
	if !found {
		return []string{head}
	}
	if len(s) > 253 {
		rest += "."
	}
	return append(labelsUnbounded(rest), head)
}

func partsUnbounded(s string) int {
	i := strings.IndexByte(s, '.')
	if i < 0 {
		return 1
	}
	return 1 + partsUnbounded(s[i+1:])
}

// A stack is tested and pushed on in the branch of each call, or in that of one of two.
type opened struct {
	s     string
	stack []byte
}

func (o *opened) parse() error {
	if o.s == "" {
		return nil
	}
	switch c := o.s[0]; c {
	case '(':
		if len(o.stack) == 100 {
			return errDeep
		}
		o.stack = append(o.stack, c)
		o.s = o.s[1:]
		err := o.parse()
		o.stack = o.stack[:len(o.stack)-1]
		return err
	}
	return errDeep
}

func (o *opened) parseUnbounded() error {
	if o.s == "" {
		return nil
	}
	switch c := o.s[0]; c {
	case '(':
		if len(o.stack) == 100 {
			return errDeep
		}
		o.stack = append(o.stack, c)
		o.s = o.s[1:]
		err := o.parseUnbounded()
		o.stack = o.stack[:len(o.stack)-1]
		return err
	case '-':
		o.s = o.s[1:]
		return errors.Join(o.parseUnbounded(), nil)
	}
	return errDeep
}

func hosts(s string) int {
	if len(s) > 64 {
		s += "."
	}
	return partsUnbounded(s)
}

func blanks(r *bufio.Reader) int {
	if c, err := r.ReadByte(); err != nil || c != ' ' {
		return 0
	}
	return 1 + blanks(r)
}

func blanksUnbounded(r *bufio.Reader) int {
	if c, err := r.ReadByte(); err != nil || c != ' ' {
		return 0
	}
	return 1 + blanksUnbounded(r)
}

func permute(a []byte, k int) {
	if k == len(a) {
		return
	}
	for i := k; i < len(a); i++ {
		a[k], a[i] = a[i], a[k]
		permute(a, k+1)
	}
}

func permuteUnbounded(a []byte, k int) {
	if k == len(a) {
		return
	}
	for i := k; i < len(a); i++ {
		a[k], a[i] = a[i], a[k]
		permuteUnbounded(a, k+1)
	}
}

func (p *P) refuse(depth int) error {
	if depth > p.max {
		return errDeep
	}
	return nil
}

func (p *P) refused(t *tree, depth int) error {
	if err := p.refuse(depth); err != nil || t == nil {
		return err
	}
	if err := p.refuse(depth); err != nil {
		return err
	}
	return p.refused(t.l, depth+1)
}

func (p *P) onlyGivenUnbounded(t *tree, depth int) error {
	if err := p.refuse(depth); err != nil && t == nil {
		return err
	}
	return p.onlyGivenUnbounded(t.l, depth+1)
}

var macros = map[byte]func(*cursor){}

func register(c byte, f func(*cursor)) { macros[c] = f }

func (c *cursor) macro() {
	f, ok := macros[c.s[c.i]]
	if c.i++; ok {
		f(c)
	}
}

func macroUnbounded(c *cursor) { c.macro() }

func main() {
	register('(', macroUnbounded)
	(&cursor{s: "(("}).macro()
	println(host("a.b"), hosts(errDeep.Error()))
	in := strings.NewReader("  ")
	println(blanks(bufio.NewReader(io.LimitReader(in, 99))), blanksUnbounded(bufio.NewReader(in)))
	permute([]byte("abc"), 0)
	permuteUnbounded([]byte(errDeep.Error()), 0)
	_ = (&P{max: 9}).refused(&tree{}, 0)
	_ = (&P{max: 9}).onlyGivenUnbounded(&tree{}, 0)
	t := (&tree{}).grown(9)
	_ = newBudget(100).walk(t)
	_ = (&purse{coins: len(errDeep.Error())}).givenUnbounded(t)
	_ = (&jar{9, 9}).filledUnbounded(t)
	_ = (&tank{9}).backUnbounded(t)
	_ = (&pot{9}).anotherUnbounded(t)
	_ = (&sack{9}).jumpsUnbounded(t)
	_, _ = context{9}.descend(t), ascend(state{t, 0})
	_ = sameUnbounded(state{t, 0})
	(&strict{r: strings.NewReader("[[")}).brackets()
	pairs(strings.NewReader("aa")).acceptUnbounded(&counter{})
	println((&stacked{in: &stacked{in: &plain{}}}).write("a"))
	(&cursor{s: "(("}).expressionUnbounded()
	(&lines{s: "(("}).helpedUnbounded()
	_, _ = (&opened{s: "(("}).parse(), (&opened{s: "--"}).parseUnbounded()
	quick(make([]int, 9), 4)
	p := &P{max: 9}
	_ = p.value()
	_ = p.object()
	_ = p.term(0)
	_ = p.testedOnOneWayUnbounded()
	_ = p.resetUnbounded()
	_ = p.testedOnlyUnbounded()
	_ = p.startsAgainUnbounded(0)
	_ = p.testedFirst()
	captured(p.r)
	v := reflect.ValueOf(p)
	println(indirect(v).IsValid(), empty(v), pointersInFieldsUnbounded(v), nameOf(v.Type()))
}
