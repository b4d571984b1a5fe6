package testscripts_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/testscripts"
)

// TestNeedBeforeFailure: "! exec" holds for a program that does not exist, and need is what tells.
func TestNeedBeforeFailure(t *testing.T) {
	posix(t)
	for name, program := range map[string]string{"by its name": "no-such-program", "by its path": filepath.Join(t.TempDir(), "no-such-program")} {
		file := write(t, "x.txtar", "need "+program+"\n! exec "+program+"\n")
		t.Setenv("FAKEDOCKERD_REQUIRE_TOOLS", "")
		if out, err := script(t.Context(), file); !strings.HasSuffix(out, "\n0 ok, 0 failed, 1 skipped\n") || err != nil {
			t.Errorf("%s: got %q, %v", name, out, err)
		}
		t.Setenv("FAKEDOCKERD_REQUIRE_TOOLS", "1")
		if out, err := script(t.Context(), file); !strings.HasSuffix(out, "\n0 ok, 1 failed, 0 skipped\n") || err == nil {
			t.Errorf("%s, required: got %q, %v", name, out, err)
		}
	}
}

// TestScriptsNeed: no shipped scenario takes the lack of a program for its failure.
func TestScriptsNeed(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(testscripts.Scripts(), "*.txtar")
	if err != nil || files == nil {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		text, err := fs.ReadFile(testscripts.Scripts(), file)
		if err != nil {
			t.Fatal(err)
		}
		needed := []string{"sh"} // every system with the scenarios has it
		for _, m := range regexp.MustCompile(`(?m)^(?:\[.*\] *)?need (.*)$`).FindAllSubmatch(text, -1) {
			needed = append(needed, strings.Fields(string(m[1]))...)
		}
		for _, m := range regexp.MustCompile(`(?m)^[^#\n]*! *exec (\S+)`).FindAllSubmatch(text, -1) {
			if program := string(m[1]); !slices.Contains(needed, program) {
				t.Errorf("%s fails with %s and does not need it", file, program)
			}
		}
	}
}
