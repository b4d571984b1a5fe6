package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// A mistake replaces a part of a file.
type mistake struct {
	pkg, file, function string
	source              []byte
	start, end          int
	new                 string
}

// mistakes are all those of a package, in the order of its files.
func mistakes(pkg string) ([]mistake, error) {
	cmd := exec.Command("go", "list", "-json=Dir,GoFiles", pkg)
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", pkg, err)
	}
	var listed struct {
		Dir     string
		GoFiles []string
	}
	if err := json.Unmarshal(out, &listed); err != nil {
		return nil, err
	}
	var all []mistake
	for _, name := range listed.GoFiles {
		file := filepath.Join(listed.Dir, name)
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, file, source, 0)
		if err != nil {
			return nil, err
		}
		for name, body := range bodies(parsed) {
			base := mistake{pkg: pkg, file: file, function: name, source: source}
			ast.Inspect(body, func(n ast.Node) bool {
				if f, ok := n.(*ast.Field); ok {
					f.Tag = nil // it is read up to its closing quote: what is behind makes no difference
				}
				for _, c := range changes(n, func(n ast.Node) string {
					return string(source[fset.Position(n.Pos()).Offset:fset.Position(n.End()).Offset])
				}) {
					m := base
					m.start, m.end, m.new = fset.Position(c.from).Offset, fset.Position(c.to).Offset, c.new
					all = append(all, m)
				}
				return true
			})
		}
	}
	return all, nil
}

// bodies are the functions of a file and the values of its variables, which are tables, with their names.
func bodies(f *ast.File) iter.Seq2[string, ast.Node] {
	return func(yield func(string, ast.Node) bool) {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Body != nil && !yield(d.Name.Name, d.Body) {
					return
				}
			case *ast.GenDecl:
				if d.Tok != token.VAR {
					continue
				}
				for _, spec := range d.Specs {
					values := spec.(*ast.ValueSpec)
					for i, v := range values.Values {
						if !yield(values.Names[min(i, len(values.Names)-1)].Name, v) {
							return
						}
					}
				}
			}
		}
	}
}

type change struct {
	from, to token.Pos
	new      string
}

// operators are what is written for another by mistake.
var operators = map[token.Token]string{
	token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">", token.EQL: "!=", token.NEQ: "==",
	token.LAND: "||", token.LOR: "&&", token.ADD: "-", token.SUB: "+",
}

// changes are the mistakes that begin with a node; text gives a node's source.
func changes(n ast.Node, text func(ast.Node) string) []change {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if s, ok := n.X.(*ast.BasicLit); ok && s.Kind == token.STRING {
			return nil // there is no minus for texts
		}
		if op, ok := operators[n.Op]; ok {
			return []change{{n.OpPos, n.OpPos + token.Pos(len(n.Op.String())), op}}
		}
	case *ast.IfStmt:
		return []change{{n.Cond.Pos(), n.Cond.End(), "!(" + text(n.Cond) + ")"}}
	case *ast.Ident:
		switch n.Name {
		case "true":
			return []change{{n.Pos(), n.End(), "false"}}
		case "false":
			return []change{{n.Pos(), n.End(), "true"}}
		}
	case *ast.BasicLit:
		switch n.Kind {
		case token.INT:
			return []change{{n.Pos(), n.End(), "(" + n.Value + " + 1)"}}
		case token.STRING:
			if s, err := strconv.Unquote(n.Value); err == nil && s != "" {
				return []change{{n.Pos(), n.End(), strconv.Quote(s + "x")}}
			}
		}
	case *ast.BranchStmt:
		if n.Label == nil && n.Tok == token.CONTINUE {
			return []change{{n.Pos(), n.End(), "break"}}
		}
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt:
		if strings.HasSuffix(text(n), "Unlock()") || strings.HasSuffix(text(n), "cond.Wait()") {
			return nil // that is a deadlock, which only a time-out ends: who does not wait keeps the lock
		}
		return []change{{n.Pos(), n.End(), ""}}
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return []change{{n.Pos(), n.End(), ""}}
		}
	}
	return nil
}
