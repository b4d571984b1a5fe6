package testtool

import (
	"bytes"
	"fmt"
	"os"
)

// UpdateEnv names the environment variable that makes Generated rewrite stale blocks.
const UpdateEnv = "FAKEDOCKERD_UPDATE"

// Generated holds the block called name of a Markdown file against want. The block stands between the lines
// "<!-- generated: NAME -->" and "<!-- end: NAME -->". With UpdateEnv set, a stale block is rewritten.
func Generated(tb TB, file, name, want string) {
	tb.Helper()
	old, err := os.ReadFile(file)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	begin, end := fmt.Sprintf("<!-- generated: %s -->\n", name), fmt.Sprintf("<!-- end: %s -->", name)
	before, rest, ok := bytes.Cut(old, []byte(begin))
	got, after, ended := bytes.Cut(rest, []byte(end))
	if !ok || !ended {
		tb.Fatalf("%s: no block between %q and %q", file, begin, end)
	}
	if string(got) == want {
		return
	}
	if os.Getenv(UpdateEnv) == "" {
		tb.Fatalf("%s: the block %q is stale: run this test with %s=1", file, name, UpdateEnv)
	}
	fresh := string(before) + begin + want + end + string(after)
	if err := os.WriteFile(file, []byte(fresh), 0o644); err != nil {
		tb.Fatalf("%v", err)
	}
}
