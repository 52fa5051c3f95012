// Command operands holds the findings of golsp-mem to go/types: is what each of them names there,
// is it of that construct, that type and that size?
//
//	operands FINDINGS.json < `go list -export -deps -json=… ./...`
//
// It prints one JSON object a line: {"verdict": "right|wrong|unnamed|skipped", "why": …, "finding": n}.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

type finding struct {
	Code        string  `json:"code"`
	File        string  `json:"file"`
	Line        int     `json:"line"`
	Column      int     `json:"column"`
	EndLine     int     `json:"end_line"`
	EndColumn   int     `json:"end_column"`
	Package     string  `json:"package"`
	Message     string  `json:"message"`
	Allocates   string  `json:"allocates"`
	Type        *string `json:"type"`
	Bytes       *int64  `json:"bytes"`
	Generated   bool    `json:"-"`
	Function    string  `json:"function"`
	RuntimeCall *string `json:"runtime_call"`
}

type listed struct {
	ImportPath string
	Dir        string
	Export     string
	GoFiles    []string
	CgoFiles   []string
	DepOnly    bool
	ImportMap  map[string]string
}

type checked struct {
	fset  *token.FileSet
	info  *types.Info
	pkg   *types.Package
	nodes map[string]map[[4]int][]ast.Node
	boxed map[ast.Expr]bool
	spans map[[4]int]bool
	calls map[string]map[[4]int]*ast.CallExpr
}

func main() {
	var report struct{ Findings []finding }
	text, err := os.ReadFile(os.Args[1])
	must(err)
	must(json.Unmarshal(text, &report))
	arch := os.Args[2]
	exports := map[string]string{}
	var packages []listed
	decoder := json.NewDecoder(os.Stdin)
	for {
		var one listed
		if err := decoder.Decode(&one); err == io.EOF {
			break
		} else {
			must(err)
		}
		exports[one.ImportPath] = one.Export
		if !one.DepOnly {
			packages = append(packages, one)
		}
	}
	byPath := map[string]*checked{}
	for _, one := range packages {
		if len(one.CgoFiles) == 0 {
			byPath[one.ImportPath] = check(one, exports, arch)
		}
	}
	out := json.NewEncoder(os.Stdout)
	sizes := types.SizesFor("gc", arch)
	for n, one := range report.Findings {
		verdict, why := "skipped", "another family, cgo, or a package with errors"
		if c := byPath[one.Package]; c != nil && strings.HasPrefix(one.Code, "heap-") {
			verdict, why = c.judge(one, sizes)
		}
		must(out.Encode(map[string]any{"finding": n, "verdict": verdict, "why": why}))
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(one listed, exports map[string]string, arch string) *checked {
	c := &checked{fset: token.NewFileSet(), nodes: map[string]map[[4]int][]ast.Node{}, boxed: map[ast.Expr]bool{},
		calls: map[string]map[[4]int]*ast.CallExpr{}}
	c.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
		Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}}
	var files []*ast.File
	for _, name := range one.GoFiles {
		file, err := parser.ParseFile(c.fset, filepath.Join(one.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		files = append(files, file)
	}
	lookup := func(path string) (io.ReadCloser, error) {
		if mapped, ok := one.ImportMap[path]; ok {
			path = mapped
		}
		return os.Open(exports[path])
	}
	config := types.Config{Importer: importer.ForCompiler(c.fset, "gc", lookup), Error: func(error) {},
		Sizes: types.SizesFor("gc", arch), FakeImportC: true}
	var broken error
	if c.pkg, broken = config.Check(one.ImportPath, c.fset, files, c.info); broken != nil {
		// What a broken package's types are cannot be told: its findings are skipped, and counted.
		fmt.Fprintln(os.Stderr, one.ImportPath, broken)
		return nil
	}
	for _, file := range files {
		c.index(file)
	}
	return c
}

func (c *checked) key(start, end token.Pos) [4]int {
	from, to := c.fset.PositionFor(start, false), c.fset.PositionFor(end, false)
	return [4]int{from.Line, from.Column, to.Line, to.Column}
}

func (c *checked) index(file *ast.File) {
	name := c.fset.PositionFor(file.Package, false).Filename
	nodes, calls := map[[4]int][]ast.Node{}, map[[4]int]*ast.CallExpr{}
	c.nodes[name], c.calls[name] = nodes, calls
	var results []*types.Tuple
	var visit func(n ast.Node) bool
	visit = func(n ast.Node) bool {
		if n == nil {
			return false
		}
		k := c.key(n.Pos(), n.End())
		nodes[k] = append(nodes[k], n)
		switch n := n.(type) {
		case *ast.FuncDecl:
			if fn, ok := c.info.Defs[n.Name].(*types.Func); ok {
				results = append(results, fn.Type().(*types.Signature).Results())
				ast.Inspect(n.Type, visit)
				if n.Recv != nil {
					ast.Inspect(n.Recv, visit)
				}
				ast.Inspect(n.Name, visit)
				if n.Body != nil {
					ast.Inspect(n.Body, visit)
				}
				results = results[:len(results)-1]
				return false
			}
		case *ast.FuncLit:
			if signature, ok := c.info.TypeOf(n).(*types.Signature); ok {
				results = append(results, signature.Results())
				ast.Inspect(n.Type, visit)
				ast.Inspect(n.Body, visit)
				results = results[:len(results)-1]
				return false
			}
		case *ast.ReturnStmt:
			if len(results) > 0 {
				list := results[len(results)-1]
				for i, result := range n.Results {
					if i < list.Len() && len(n.Results) == list.Len() {
						c.box(result, list.At(i).Type())
					}
				}
				if len(n.Results) == 1 && list.Len() > 1 {
					c.boxed[n.Results[0]] = true
				}
			}
		case *ast.CallExpr:
			if len(n.Args) > 0 {
				calls[c.key(n.Args[0].Pos(), n.Args[len(n.Args)-1].End())] = n
			}
			c.call(n)
		case *ast.AssignStmt:
			for i, right := range n.Rhs {
				if len(n.Lhs) == len(n.Rhs) && n.Tok == token.ASSIGN {
					c.box(right, c.info.TypeOf(n.Lhs[i]))
				}
			}
			if len(n.Lhs) > len(n.Rhs) {
				c.boxed[n.Rhs[0]] = true
			}
		case *ast.ValueSpec:
			for i, value := range n.Values {
				if n.Type != nil && i < len(n.Names) {
					c.box(value, c.info.TypeOf(n.Type))
				}
			}
		case *ast.SendStmt:
			if channel, ok := under(c.info.TypeOf(n.Chan)).(*types.Chan); ok {
				c.box(n.Value, channel.Elem())
			}
		case *ast.IndexExpr:
			if m, ok := under(c.info.TypeOf(n.X)).(*types.Map); ok {
				c.box(n.Index, m.Key())
			}
		case *ast.BinaryExpr:
			left, right := c.info.TypeOf(n.X), c.info.TypeOf(n.Y)
			if left != nil && right != nil && (n.Op == token.EQL || n.Op == token.NEQ) {
				c.box(n.X, right)
				c.box(n.Y, left)
			}
		case *ast.RangeStmt:
			for _, lhs := range []ast.Expr{n.Key, n.Value} {
				if lhs != nil && n.Tok == token.ASSIGN {
					c.boxed[lhs] = true
				}
			}
		case *ast.SwitchStmt:
			if n.Tag != nil {
				for _, clause := range n.Body.List {
					for _, value := range clause.(*ast.CaseClause).List {
						c.box(value, c.info.TypeOf(n.Tag))
						c.box(n.Tag, c.info.TypeOf(value))
					}
				}
			}
		case *ast.CompositeLit:
			c.literal(n)
		}
		return true
	}
	ast.Inspect(file, visit)
}

func (c *checked) call(n *ast.CallExpr) {
	of := c.info.Types[n.Fun]
	if of.IsType() {
		c.box(n.Args[0], of.Type)
		return
	}
	if of.IsBuiltin() {
		name := builtin(n)
		if name == "panic" {
			c.box(n.Args[0], types.NewInterfaceType(nil, nil))
		}
		if name == "append" && n.Ellipsis == 0 {
			if slice, ok := under(c.info.TypeOf(n)).(*types.Slice); ok {
				for _, arg := range n.Args[1:] {
					c.box(arg, slice.Elem())
				}
			}
		}
		return
	}
	signature, ok := under(of.Type).(*types.Signature)
	if !ok {
		return
	}
	if len(n.Args) == 1 && signature.Params().Len() > 1 {
		c.boxed[n.Args[0]] = true
	}
	for i, arg := range n.Args {
		last := signature.Params().Len() - 1
		switch {
		case signature.Variadic() && i >= last && n.Ellipsis == 0:
			if slice, ok := signature.Params().At(last).Type().(*types.Slice); ok {
				c.box(arg, slice.Elem())
			}
		case i <= last:
			c.box(arg, signature.Params().At(i).Type())
		}
	}
}

func under(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

func (c *checked) literal(n *ast.CompositeLit) {
	of := c.info.TypeOf(n)
	if of == nil {
		return
	}
	if pointer, ok := of.Underlying().(*types.Pointer); ok {
		of = pointer.Elem()
	}
	for i, element := range n.Elts {
		value := element
		pair, keyed := element.(*ast.KeyValueExpr)
		if keyed {
			value = pair.Value
		}
		switch t := of.Underlying().(type) {
		case *types.Struct:
			if keyed {
				for j := range t.NumFields() {
					if name, ok := pair.Key.(*ast.Ident); ok && t.Field(j).Name() == name.Name {
						c.box(value, t.Field(j).Type())
					}
				}
			} else if i < t.NumFields() {
				c.box(value, t.Field(i).Type())
			}
		case *types.Slice:
			c.box(value, t.Elem())
		case *types.Array:
			c.box(value, t.Elem())
		case *types.Map:
			c.box(value, t.Elem())
			if keyed {
				c.box(pair.Key, t.Key())
			}
		}
	}
}

func (c *checked) box(value ast.Expr, to types.Type) {
	if to == nil || !types.IsInterface(to) {
		return
	}
	if from := c.info.TypeOf(value); from != nil && !types.IsInterface(from) {
		c.boxed[value] = true
	}
}

func builtin(n *ast.CallExpr) string {
	if name, ok := ast.Unparen(n.Fun).(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

var callee = regexp.MustCompile(`^(?:variable \S+ of )?(.+?), inlined here,`)
var unnamed = regexp.MustCompile(`^(?:one of the \d+ values|a value\b|object is|closure is|slice is|literal is|new object|converted copy|concatenated string)`)

func (c *checked) judge(f finding, sizes types.Sizes) (string, string) {
	file := f.File
	k := [4]int{f.Line, f.Column, f.EndLine, f.EndColumn}
	nodes := c.nodes[file][k]
	if f.Code == "heap-other" {
		return "skipped", "another kind"
	}
	if c.nodes[file] == nil {
		return "skipped", "another package's file"
	}
	if m := callee.FindStringSubmatch(f.Message); m != nil {
		if strings.HasPrefix(m[1], "a function literal") || strings.HasPrefix(m[1], "a loop's body") {
			return "right", ""
		}
		wanted := m[1][strings.LastIndex(m[1], ".")+1:]
		for _, n := range nodes {
			if call, ok := n.(*ast.CallExpr); ok {
				name := called(call)
				if name == wanted || strings.Contains(m[1], ".func") || strings.HasPrefix(wanted, name+"[") || strings.HasSuffix(m[1], "]") || name == "" {
					return "right", ""
				}
				return "wrong", "a call of " + name
			}
		}
		return "unnamed", "no call there"
	}
	if strings.HasPrefix(f.Message, "the array of a literal, or of variadic") {
		return "unnamed", ""
	}
	if strings.HasPrefix(f.Message, "one of the") || strings.HasPrefix(f.Message, "a value") {
		return "unnamed", ""
	}
	if f.Code == "heap-append" && f.RuntimeCall != nil && strings.HasPrefix(*f.RuntimeCall, "runtime.moveSlice") {
		// It is told where it happens, often at a return, and names no operand.
		return "right", ""
	}
	why := "nothing there"
	for _, n := range nodes {
		ok, reason := c.fits(f, n, sizes)
		if ok {
			return "right", ""
		}
		if reason != "" {
			why = reason
		}
	}
	if f.Code == "heap-literal" && strings.Contains(f.Message, "variadic") {
		if call := c.calls[file][k]; call != nil {
			return c.variadic(f, call, sizes)
		}
		// The arguments may be one.
		return "wrong", "no variadic call: " + why
	}
	if unnamed.MatchString(f.Message) && why == "nothing there" {
		return "unnamed", ""
	}
	return "wrong", why
}

func called(call *ast.CallExpr) string {
	fun := ast.Unparen(call.Fun)
	for {
		switch f := fun.(type) {
		case *ast.IndexExpr:
			fun = f.X
		case *ast.IndexListExpr:
			fun = f.X
		case *ast.SelectorExpr:
			return f.Sel.Name
		case *ast.Ident:
			return f.Name
		default:
			return ""
		}
	}
}

func (c *checked) variadic(f finding, call *ast.CallExpr, sizes types.Sizes) (string, string) {
	signature, ok := under(c.info.TypeOf(call.Fun)).(*types.Signature)
	if !ok || !signature.Variadic() || call.Ellipsis != 0 {
		return "wrong", "no variadic call"
	}
	fixed := signature.Params().Len() - 1
	element := signature.Params().At(fixed).Type().(*types.Slice).Elem()
	return c.sized(f, types.NewArray(element, int64(len(call.Args)-fixed)), sizes)
}

func (c *checked) sized(f finding, t types.Type, sizes types.Sizes) (string, string) {
	if generic(t) || strings.Contains(f.Function, "[...]") {
		return "right", ""
	}
	if f.Type != nil && !same(*f.Type, t) {
		return "wrong", fmt.Sprintf("type %s is %s", *f.Type, types.TypeString(t, short))
	}
	// A block that several variables share is as large as all of them.
	if f.Bytes != nil && !strings.Contains(f.Message, "block with its neighbours") && !strings.Contains(f.Message, "block of its neighbours") && sizes.Sizeof(t) != *f.Bytes {
		return "wrong", fmt.Sprintf("%d B are %d", *f.Bytes, sizes.Sizeof(t))
	}
	return "right", ""
}

func short(p *types.Package) string { return p.Name() }

var noise = strings.NewReplacer("interface {}", "any", "interface{}", "any", "uint8", "byte", "int32", "rune", " ", "")

func same(said string, t types.Type) bool {
	plain := func(s string) string {
		return noise.Replace(regexp.MustCompile(`[\w./~%-]+[./](\w)`).ReplaceAllString(s, "$1"))
	}
	for _, one := range []types.Type{t, types.Unalias(t), t.Underlying()} {
		if plain(types.TypeString(one, short)) == plain(said) {
			return true
		}
	}
	// Aliases inside, and local types of the same name: only the outer words are compared.
	return strings.ContainsAny(said, "·[{(") && plain(said)[:1] == plain(types.TypeString(t, short))[:1]
}

func generic(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Pointer:
		return generic(t.Elem())
	case *types.Slice:
		return generic(t.Elem())
	case *types.Array:
		return generic(t.Elem())
	case *types.Map:
		return generic(t.Elem()) || generic(t.Key())
	case *types.Named:
		for i := range t.TypeArgs().Len() {
			if generic(t.TypeArgs().At(i)) {
				return true
			}
		}
		return t.TypeParams().Len() > 0 && t.TypeArgs().Len() == 0
	}
	return false
}

func pointerShaped(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Chan, *types.Signature:
		return true
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	case *types.Struct:
		return u.NumFields() == 1 && pointerShaped(u.Field(0).Type())
	case *types.Array:
		return u.Len() == 1 && pointerShaped(u.Elem())
	}
	return false
}

// fits says whether the node is what the finding says that it is.
func (c *checked) fits(f finding, n ast.Node, sizes types.Sizes) (bool, string) {
	expression, _ := n.(ast.Expr)
	call, _ := ast.Node(n).(*ast.CallExpr)
	right := func(t types.Type) (bool, string) {
		verdict, why := c.sized(f, t, sizes)
		return verdict == "right", why
	}
	switch f.Code {
	case "heap-boxing":
		if expression == nil {
			return false, ""
		}
		value := expression
		if call != nil && c.info.Types[call.Fun].IsType() && types.IsInterface(c.info.TypeOf(call)) {
			value = call.Args[0]
		}
		tv := c.info.Types[value]
		if id, ok := value.(*ast.Ident); ok && tv.Type == nil {
			if object := c.info.ObjectOf(id); object != nil {
				tv.Type = object.Type()
			}
		}
		if tv.Type == nil {
			return false, ""
		}
		if !c.boxed[value] {
			return false, "not converted to an interface"
		}
		if tuple, ok := tv.Type.(*types.Tuple); ok {
			_ = tuple
			return true, ""
		}
		if generic(tv.Type) || strings.Contains(f.Function, "[...]") {
			return true, ""
		}
		if tv.Value != nil {
			return false, "a constant"
		}
		if types.IsInterface(tv.Type) || pointerShaped(tv.Type) {
			return false, "needs no object: " + tv.Type.String()
		}
		if size := sizes.Sizeof(tv.Type); size == 0 || size == 1 {
			return false, fmt.Sprintf("needs no object: %d B", size)
		}
		return right(tv.Type)
	case "heap-conversion":
		if call == nil || !c.info.Types[call.Fun].IsType() {
			return false, "no conversion"
		}
		to, from := under(c.info.TypeOf(call)), under(c.info.TypeOf(call.Args[0]))
		if generic(c.info.TypeOf(call)) || generic(c.info.TypeOf(call.Args[0])) {
			return true, ""
		}
		if isString(to) == isString(from) {
			return false, "a conversion that copies nothing"
		}
		if value := c.info.Types[call.Args[0]].Value; value != nil && f.Bytes != nil && isString(from) {
			if length := int64(len(constantString(value.ExactString()))); length != *f.Bytes && value.Kind().String() == "String" {
				return false, fmt.Sprintf("a constant of %d B", length)
			}
		}
		return true, ""
	case "heap-concat":
		if assign, ok := n.(*ast.AssignStmt); ok && assign.Tok == token.ADD_ASSIGN {
			return isString(under(c.info.TypeOf(assign.Lhs[0]))) || generic(c.info.TypeOf(assign.Lhs[0])), "no strings"
		}
		if binary, ok := n.(*ast.BinaryExpr); ok && binary.Op == token.ADD {
			return c.info.Types[binary].Value == nil && (isString(under(c.info.TypeOf(binary))) || generic(c.info.TypeOf(binary))), "no strings, or constants"
		}
		return false, "no concatenation"
	case "heap-append":
		if f.RuntimeCall != nil && strings.HasPrefix(*f.RuntimeCall, "runtime.moveSlice") {
			return true, ""
		}
		return call != nil && builtin(call) == "append", "no append"
	case "heap-make-slice", "heap-make-map", "heap-make-chan":
		if call == nil || builtin(call) != "make" {
			return false, "no make"
		}
		t := c.info.TypeOf(call)
		switch under(t).(type) {
		case *types.Slice:
			return f.Code == "heap-make-slice", "a slice"
		case *types.Map:
			return f.Code == "heap-make-map", "a map"
		case *types.Chan:
			return f.Code == "heap-make-chan", "a channel"
		}
		return generic(t), "make of another kind"
	case "heap-new":
		if call == nil || builtin(call) != "new" {
			return false, "no new"
		}
		return right(c.info.TypeOf(call).Underlying().(*types.Pointer).Elem())
	case "heap-literal":
		if unary, ok := n.(*ast.UnaryExpr); ok && unary.Op == token.AND {
			expression = ast.Unparen(unary.X)
		}
		literal, ok := expression.(*ast.CompositeLit)
		if !ok {
			return false, "no literal"
		}
		t := c.info.TypeOf(literal)
		switch u := under(t).(type) {
		case *types.Slice:
			if f.Type != nil && strings.HasPrefix(*f.Type, "[") {
				return true, ""
			}
			return true, ""
		case *types.Map:
			return true, ""
		case *types.Pointer:
			return right(u.Elem())
		}
		return right(t)
	case "heap-variable":
		id, ok := n.(*ast.Ident)
		if !ok {
			if _, isClause := n.(*ast.CaseClause); isClause {
				return true, ""
			}
			for node, object := range c.info.Implicits {
				if node == n && object != nil {
					return true, ""
				}
			}
			return false, ""
		}
		object := c.info.Defs[id]
		if object == nil {
			return false, "declares nothing"
		}
		if strings.Contains(f.Message, "block") && f.Type == nil {
			return true, ""
		}
		return right(object.Type())
	case "heap-closure":
		switch n := n.(type) {
		case *ast.FuncLit, *ast.RangeStmt, *ast.GoStmt, *ast.DeferStmt:
			return true, ""
		case *ast.CallExpr:
			// The literal of a function that was inlined into the call.
			return true, ""
		case *ast.SelectorExpr:
			selection := c.info.Selections[n]
			return selection != nil && selection.Kind() != types.FieldVal, "no method value"
		}
		return false, "no closure"
	case "heap-map-insert":
		if index, ok := n.(*ast.IndexExpr); ok {
			_, isMap := under(c.info.TypeOf(index.X)).(*types.Map)
			return isMap || generic(c.info.TypeOf(index.X)), "no map"
		}
		literal, ok := n.(*ast.CompositeLit)
		if ok {
			_, isMap := under(c.info.TypeOf(literal)).(*types.Map)
			return isMap, "no map"
		}
		return false, "no insert"
	case "heap-goroutine":
		_, ok := n.(*ast.GoStmt)
		return ok, "no go statement"
	case "heap-defer":
		_, ok := n.(*ast.DeferStmt)
		return ok, "no defer statement"
	}
	return true, ""
}

func isString(t types.Type) bool {
	basic, ok := t.(*types.Basic)
	return ok && basic.Info()&types.IsString != 0
}

func constantString(exact string) string {
	if text, err := strconv.Unquote(exact); err == nil {
		return text
	}
	return exact
}
