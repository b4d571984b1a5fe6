package repo

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

const readme = "../../README.md"

// block returns the only fenced block of the README in the given language.
func block(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	fence := "```" + language + "\n"
	if n := strings.Count(string(text), fence); n != 1 {
		t.Fatalf("the README has %d blocks in %s, want 1", n, language)
	}
	_, rest, _ := strings.Cut(string(text), fence)
	body, _, _ := strings.Cut(rest, "```")
	return body
}

// run runs a command of the root folder and fails with its output.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = "../.."
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestREADMEMatrix(t *testing.T) {
	var want bytes.Buffer
	if err := modes.WriteMarkdown(&want, modes.Entries()); err != nil {
		t.Fatal(err)
	}
	testtool.Generated(t, readme, "matrix", want.String())
}

// TestREADMEGoExample runs the Go example in a module of its own, as its reader does.
func TestREADMEGoExample(t *testing.T) {
	t.Parallel()
	dir := newModule(t, map[string]string{"mytool_test.go": block(t, "go")})
	out := run(t, "go", "test", "-C", dir, "-count=1", "-v", ".")
	for _, name := range []string{"TestPing", "TestImpostor"} {
		if !strings.Contains(out, "--- PASS: "+name+" ") {
			t.Errorf("%s of the example did not run:\n%s", name, out)
		}
	}
}

// newModule returns the folder of a module named mytool that requires this one.
func newModule(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(mod), "\n")
	all := map[string]string{
		"go.mod": fmt.Sprintf("module mytool\n%s\nrequire %s v0.0.0\n\nreplace %[2]s => %s\n", rest, module, root),
		"go.sum": string(sum),
	}
	maps.Copy(all, files)
	dir := t.TempDir()
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestREADMEScenario(t *testing.T) {
	t.Parallel()
	testtool.Need(t, "docker")
	script := filepath.Join(t.TempDir(), "ping.txtar")
	if err := os.WriteFile(script, []byte(block(t, "txtar")), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "go", "run", "./cmd/fakedockerd", "script", script)
}

func TestREADMECurl(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the example is for a POSIX shell")
	}
	testtool.Need(t, "curl")
	if got := run(t, "sh", "-c", block(t, "sh")); !strings.HasSuffix(got, "[]\n") {
		t.Errorf("the example printed %q, want an empty JSON array at its end", got)
	}
}
