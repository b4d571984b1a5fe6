package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// moby is the folder of docker/docker in the module cache.
var moby = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/docker/docker").Output()
	return strings.TrimSpace(string(out)), err
})

func readMoby(t *testing.T, name string) string {
	t.Helper()
	dir, err := moby()
	if err != nil || dir == "" {
		t.Fatalf("go list -m github.com/docker/docker: %q, %v", dir, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestOperationsAgainstDescription holds the table against the API description, both ways.
func TestOperationsAgainstDescription(t *testing.T) {
	t.Parallel()
	var (
		aPath   = regexp.MustCompile(`^  (/\S*):$`)
		aMethod = regexp.MustCompile(`^    (get|head|post|put|delete):$`)
		anID    = regexp.MustCompile(`^      operationId: "(\w+)"$`)
		aTag    = regexp.MustCompile(`^(?:      tags: \["(\w+)"\]|        - "(\w+)")$`)
	)
	var want []Operation
	var path string
	var op *Operation
	for line := range strings.Lines(readMoby(t, "api/swagger.yaml")) {
		line = strings.TrimRight(line, "\n")
		if m := aPath.FindStringSubmatch(line); m != nil {
			path, op = m[1], nil
		} else if m := aMethod.FindStringSubmatch(line); m != nil {
			want = append(want, Operation{Method: strings.ToUpper(m[1]), Path: path})
			op = &want[len(want)-1]
		} else if m := anID.FindStringSubmatch(line); m != nil && op != nil {
			op.ID = m[1]
		} else if m := aTag.FindStringSubmatch(line); m != nil && op != nil {
			op.Tag = m[1] + m[2]
		}
	}
	if len(want) < 100 {
		t.Fatalf("only %d operations in the description", len(want))
	}
	var got []Operation
	for _, op := range Operations() {
		got = append(got, Operation{ID: op.ID, Method: op.Method, Path: pathOf(op.Path), Tag: op.Tag})
	}
	byID := func(a, b Operation) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(want, byID)
	slices.SortFunc(got, byID)
	if d := cmp.Diff(want, got, cmp.AllowUnexported(Operation{})); d != "" {
		t.Errorf("(-description +table)\n%s", d)
	}
}

// pathOf is the path as the description has it.
func pathOf(pattern string) string {
	return strings.NewReplacer(":.*}", "}", ":.+}", "}").Replace(pattern)
}

// TestRoutesAgainstDockerd holds methods and patterns against the routes that dockerd registers.
func TestRoutesAgainstDockerd(t *testing.T) {
	t.Parallel()
	dir, err := moby()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "api/server/router/*/*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no routers in %s: %v", dir, err)
	}
	variable := regexp.MustCompile(`\{\w+`)
	norm := func(method, pattern string) string {
		return method + " " + variable.ReplaceAllString(pattern, "{x")
	}
	route := regexp.MustCompile(`router\.New(Get|Head|Post|Put|Delete|Options)Route\("([^"]+)"`)
	want := make(map[string]bool)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range route.FindAllStringSubmatch(string(b), -1) {
			// One pattern stands for all profiles.
			if !strings.HasPrefix(m[2], "/debug/pprof/") || strings.HasSuffix(m[2], "/") || strings.Contains(m[2], "{") {
				want[norm(strings.ToUpper(m[1]), m[2])] = true
			}
		}
	}
	got := make(map[string]bool)
	s := New(Config{Engine: engineByName(t, "28")}).(*server)
	for _, op := range routes {
		if s.has(&op) {
			got[norm(op.Method, op.Path)] = true
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-dockerd +table)\n%s", d)
	}
}

// TestFilesOfTags: the row of an operation is in the file that has the name of its tag, and what serves or checks it in that
// file or in one whose name begins so.
func TestFilesOfTags(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	methods, rows := make(map[string]string), make(map[string][]*ast.CompositeLit)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for n := range ast.Preorder(f) {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv != nil && types.ExprString(n.Recv.List[0].Type) == "*server" {
					methods[n.Name.Name] = name
				}
			case *ast.CompositeLit:
				if n.Type != nil && types.ExprString(n.Type) == "[]Operation" {
					for _, row := range n.Elts {
						rows[name] = append(rows[name], row.(*ast.CompositeLit))
					}
				}
			}
		}
	}
	seen := 0
	for name, rows := range rows {
		for _, row := range rows {
			seen++
			var id, tag string
			var handlers []string
			for _, field := range row.Elts {
				pair := field.(*ast.KeyValueExpr)
				switch key, value := types.ExprString(pair.Key), types.ExprString(pair.Value); key {
				case "ID", "Path":
					id = value
				case "Tag":
					tag = strings.ToLower(strings.Trim(value, `"`))
				case "serve", "check":
					handlers = append(handlers, strings.TrimPrefix(value, "(*server)."))
				}
			}
			if name != tag+".go" {
				t.Errorf("the row of %s, whose tag is %q, is in %s", id, tag, name)
			}
			for _, handler := range handlers {
				file := methods[handler]
				if file != tag+".go" && !strings.HasPrefix(file, tag+"_") {
					t.Errorf("%s, whose tag is %q, is served by %s in %q", id, tag, handler, file)
				}
			}
		}
	}
	if seen != len(routes) {
		t.Errorf("%d rows found of %d", seen, len(routes))
	}
}

// TestNotImitated: every row is either served, or says why not and answers 501 with its name. Rows with a check answer so
// for what exists only: TestUnservedRefusals and TestSwarmErrors have them.
func TestNotImitated(t *testing.T) {
	t.Parallel()
	h := serve(newState())
	for _, op := range Operations() {
		if (op.serve == nil) == (op.Why == "") {
			t.Errorf("%s: a row has a handler or a reason", op.ID)
		}
		if op.serve != nil {
			continue
		}
		target := strings.NewReplacer("{id}", "x", "{name}", "x").Replace(pathOf(op.Path))
		status, body := do(t, h, op.Method, "/v1.51"+target, "")
		if want := message(op.ID + " is not imitated by fakedockerd: " + op.Why); status != http.StatusNotImplemented || body != want {
			t.Errorf("%s %s: %d %s", op.Method, target, status, body)
		}
	}
}

func TestRoute(t *testing.T) {
	t.Parallel()
	s := serve(newState()).(*server)
	for _, tt := range []struct{ method, path, id, version string }{
		{"GET", "/_ping", "SystemPing", ""},
		{"HEAD", "/v1.24/_ping", "SystemPingHead", "1.24"},
		{"GET", "/v1.40.1/info", "SystemInfo", "1.40.1"},
		{"GET", "/v..9/info", "SystemInfo", "..9"},
		{"GET", "/containers/json", "ContainerList", ""},
		{"GET", "/containers/a/b/json", "ContainerInspect", ""},
		{"GET", "/containers/json/json", "ContainerInspect", ""},
		{"DELETE", "/containers/json", "ContainerDelete", ""},
		{"GET", "/images/json", "ImageList", ""},
		{"GET", "/images/example.com:5000/a/b:1/json", "ImageInspect", ""},
		{"GET", "/images/get", "ImageGetAll", ""},
		{"GET", "/images/get/get", "ImageGet", ""},
		{"GET", "/images/a/get/json", "ImageInspect", ""},
		{"GET", "/networks", "NetworkList", ""},
		{"GET", "/v1.51/networks/", "NetworkList", "1.51"},
		{"GET", "/networks/a/b", "NetworkInspect", ""},
		{"GET", "/volumes/", "VolumeInspect", ""},
		{"GET", "/services/x", "ServiceInspect", ""},
		{"POST", "/services/create", "ServiceCreate", ""},
		{"GET", "/distribution/a/b/json", "DistributionInspect", ""},
		// dockerd has these, the API description does not.
		{"OPTIONS", "/containers/json", "", ""},
		{"DELETE", "/containers/a/checkpoints/b", "", ""},
		// And these nobody has.
		{"GET", "/containers/a\n/json", "", ""},
		{"GET", "/services/x/y", "", ""},
		{"GET", "/services/", "", ""},
		{"GET", "/info/", "", ""},
		{"HEAD", "/info", "", ""},
		{"GET", "/v1.51", "", ""},
		{"GET", "/vfoo/info", "", ""},
		{"GET", "/v/info", "", ""},
		{"GET", "/v1.51/v1.51/info", "", "1.51"},
		{"GET", "", "", ""},
	} {
		op, version := Asked(s.route(&http.Request{Method: tt.method, URL: &url.URL{Path: tt.path}}))
		if op.ID != tt.id || version != tt.version {
			t.Errorf("%s %q asks for %q, %q", tt.method, tt.path, op.ID, version)
		}
	}
}

// TestMatchFirst: what is found by method and segment is the first of all rows that matches.
func TestMatchFirst(t *testing.T) {
	t.Parallel()
	variable := regexp.MustCompile(`\{[^}]*\}`)
	for _, row := range routes {
		for _, value := range []string{"", "x", "json", "a/b", "a/json"} {
			path := variable.ReplaceAllString(row.Path, value)
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
				var want *Operation
				for i := range routes {
					if _, ok := matchPattern(routes[i].Path, path); ok && routes[i].Method == method {
						want = &routes[i]
						break
					}
				}
				if got, _ := match(method, path); got != want {
					t.Errorf("%s %q: %v, want %v", method, path, got, want)
				}
			}
		}
	}
}

func TestExperimental(t *testing.T) {
	t.Parallel()
	h := serve(newState())
	for _, r := range []string{"GET /containers/a/checkpoints", "POST /v1.30/containers/a/b/checkpoints", "DELETE /containers/a/checkpoints/b"} {
		method, target, _ := strings.Cut(r, " ")
		status, body := do(t, h, method, target, "")
		if want := message("This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to enable it."); status != 501 || body != want {
			t.Errorf("%s: %d %s", r, status, body)
		}
	}
}
