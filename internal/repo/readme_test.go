package repo

import (
	"bytes"
	"encoding/json"
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

// TestREADMEGoExample compiles and runs the Go example as a package of the module that exists only in an overlay.
func TestREADMEGoExample(t *testing.T) {
	t.Parallel()
	source := filepath.Join(t.TempDir(), "mytool_test.go")
	if err := os.WriteFile(source, []byte(block(t, "go")), 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(root, "internal", "mytool", "mytool_test.go"): source},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(file, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	out := run(t, "go", "test", "-count=1", "-v", "-overlay", file, "./internal/mytool")
	if !strings.Contains(out, "--- PASS: TestPing") {
		t.Errorf("the example did not run:\n%s", out)
	}
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
