// Goast prints what go/ast knows of the comments of Go files, as one JSON object: for each file a
// list of its comment groups.
package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
)

type group struct {
	// Where the first comment begins and the last ends.
	Line, Column, EndLine int
	// The line of the node that the group belongs to in the comment map.
	Owner int
	// The last line of what begins just below the group in its column; 0 for nothing.
	Below int
}

func main() {
	files := map[string][]group{}
	for _, name := range os.Args[1:] {
		files[name] = read(name)
	}
	if err := json.NewEncoder(os.Stdout).Encode(files); err != nil {
		panic(err)
	}
}

func read(name string) []group {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		panic(err)
	}
	line := func(pos token.Pos) int { return fset.PositionFor(pos, false).Line }
	owners := map[*ast.CommentGroup]int{}
	for node, groups := range ast.NewCommentMap(fset, file, file.Comments) {
		for _, one := range groups {
			owners[one] = line(node.Pos())
		}
	}
	type place struct{ line, column int }
	ends := map[place]int{}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node.(type) {
		case nil, *ast.CommentGroup, *ast.Comment:
			return false
		}
		at := fset.PositionFor(node.Pos(), false)
		ends[place{at.Line, at.Column}] = max(ends[place{at.Line, at.Column}], line(node.End()))
		return true
	})
	var found []group
	for _, one := range file.Comments {
		at, end := fset.PositionFor(one.Pos(), false), line(one.End())
		found = append(found, group{
			at.Line, at.Column, end, owners[one], ends[place{end + 1, at.Column}],
		})
	}
	return found
}
