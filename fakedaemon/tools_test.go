package fakedaemon_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// run runs a program in an environment that has only PATH and env, and returns its standard output and exit code.
func run(t *testing.T, env []string, name string, args ...string) (stdout string, code int) {
	t.Helper()
	c := exec.Command(name, args...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	out, err := c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Logf("%s %s: %s", name, strings.Join(args, " "), exit.Stderr)
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}

func curl(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	return run(t, nil, "curl", args...)
}
