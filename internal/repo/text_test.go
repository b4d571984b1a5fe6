package repo

import (
	"bytes"
	"compress/flate"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// files lists what git tracks.
func files(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	return strings.Fields(string(out))
}

// TestTopLevel: a newcomer reads the layout in one ls.
func TestTopLevel(t *testing.T) {
	allowed := []string{
		"certgen", "cmd", "docs", "fakedaemon", "internal", "modes", "testscripts", ".ci", ".github",
		"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "go.mod", "go.sum", ".gitignore", ".gitattributes",
	}
	for _, f := range files(t) {
		if top, _, _ := strings.Cut(f, "/"); !slices.Contains(allowed, top) {
			t.Errorf("%s: nothing else belongs at the top level", f)
		}
	}
}

// TestNoKeys: keys are made on the spot; a committed one leaks or rots.
func TestNoKeys(t *testing.T) {
	key := regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n[A-Za-z0-9+/]{16}`)
	for _, f := range files(t) {
		text, err := os.ReadFile("../../" + f)
		if os.IsNotExist(err) {
			continue // deleted in the work tree
		}
		if err != nil {
			t.Fatal(err)
		}
		if key.Match(text) {
			t.Errorf("%s holds a private key", f)
		}
	}
}

// TestNobodyAsksWhichEngine: an engine is a row of facts, and the next one shares most of them; ask for the fact.
func TestNobodyAsksWhichEngine(t *testing.T) {
	asks := regexp.MustCompile(`(?:[=!]=|\bcase) *(?:fakedaemon\.)?Engine\d+\b|\b[Ee]ngine\.Name *[=!]=|\b(?:legacy|imageStore) +bool\b`)
	for _, f := range files(t) {
		if !strings.HasSuffix(f, ".go") || strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile("../../" + f)
		if os.IsNotExist(err) {
			continue // deleted in the work tree
		}
		if err != nil {
			t.Fatal(err)
		}
		if found := asks.Find(text); found != nil {
			t.Errorf("%s asks %q: ask for a fact of internal/engine", f, found)
		}
	}
}

// TestNoSleepInTests: a sleep is either too short or too long; wait for the event.
func TestNoSleepInTests(t *testing.T) {
	sleep := regexp.MustCompile(`\btime\.Sleep\(`)
	for _, f := range files(t) {
		if !strings.HasSuffix(f, "_test.go") || strings.HasSuffix(f, "repo/text_test.go") {
			continue
		}
		text, err := os.ReadFile("../../" + f)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if sleep.Match(text) {
			t.Errorf("%s sleeps", f)
		}
	}
}

// TestSmallZip: what importers download is the main module's zip.
func TestSmallZip(t *testing.T) {
	nested := []string{}
	all := files(t)
	for _, f := range all {
		if dir, ok := strings.CutSuffix(f, "/go.mod"); ok {
			nested = append(nested, dir+"/")
		}
	}
	var zip bytes.Buffer
	w, err := flate.NewWriter(&zip, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if slices.ContainsFunc(nested, func(dir string) bool { return strings.HasPrefix(f, dir) }) {
			continue
		}
		text, err := os.ReadFile("../../" + f)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if limit := 3 << 19; zip.Len() > limit {
		t.Errorf("the main module is %d bytes compressed, more than %d", zip.Len(), limit)
	}
}

// TestMap: CONTRIBUTING says of each package what belongs there, in the order of their paths. A folder that is no package speaks
// for those below it, as a package does for nested modules.
func TestMap(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		rows = append(rows, m[1])
	}
	want := map[string]bool{}
	for _, p := range list(t, "./...") {
		dir := strings.TrimPrefix(p.ImportPath, module+"/")
		if dir == "fakedaemon/internal/authz/authorization" || dir == "fakedaemon/internal/authz/plugins" {
			dir = "fakedaemon/internal/authz"
		}
		want[dir] = true
	}
	for _, f := range files(t) {
		dir, ok := strings.CutSuffix(f, "/go.mod")
		above := func(row string) bool { return row != dir && within(dir, row) }
		if ok && !slices.ContainsFunc(rows, above) {
			want[dir] = true
		}
	}
	sorted := slices.SortedFunc(maps.Keys(want), func(a, b string) int {
		return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/"))
	})
	if diff := cmp.Diff(sorted, rows); diff != "" {
		t.Errorf("rows of the map in CONTRIBUTING.md (-want +got):\n%s", diff)
	}
}
