package conform

import (
	"os"
	"strings"
	"testing"
)

// TestNoTerminal: a command cannot ask anybody anything.
func TestNoTerminal(t *testing.T) {
	t.Parallel()
	r := run(t.Context(), Attempt{Home: t.TempDir(), Env: os.Environ()}, "cat", "/proc/self/stat")
	_, rest, _ := strings.Cut(r.Stdout, ") ")
	// proc(5): the state, the parent, the group, the session and the terminal.
	if f := strings.Fields(rest); len(f) < 5 || f[4] != "0" || f[3] != strings.Fields(r.Stdout)[0] {
		t.Errorf("the command is no session of its own, or has a terminal: %q, %v", r.Stdout, r.Err)
	}
}
