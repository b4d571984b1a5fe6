// Package testtool finds the external programs that tests need, starts those that several tests start alike, and leaves out what only
// CI runs.
package testtool

import (
	"os"
	"os/exec"
)

// TB is the part of testing.TB that Need and NeedAll use.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// RequireEnv names the environment variable that turns a missing program from a skip into a failure.
const RequireEnv = "FAKEDOCKERD_REQUIRE_TOOLS"

// ReferenceEnv names the environment variable with the path of a real dockerd, which needs root. Tests that ask it are skipped
// without it.
const ReferenceEnv = "FAKEDOCKERD_REFERENCE"

// Need returns the path of program. When it is not installed the test is skipped, or fails when RequireEnv is set.
func Need(tb TB, program string) string {
	tb.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv(RequireEnv) != "" {
		tb.Fatalf("%s is not installed and %s is set: %v", program, RequireEnv, err)
	}
	tb.Skipf("%s is not installed: %v", program, err)
	return ""
}
