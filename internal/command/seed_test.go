package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/dockercli"
)

// TestServeSeed starts with what a file says, and says what is wrong with one that cannot be.
func TestServeSeed(t *testing.T) {
	t.Parallel()
	dir := workDir(t)
	file := filepath.Join(dir, "world.json")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]string{
		`{"bogus": []}`:                `--seed ` + file + `: line 1: unknown field "bogus"`,
		`{"volumes": [{"name": "x"}]}`: `--seed ` + file + `: volumes[0] "x": create x: volume name is too short, names should be at least two alphanumeric characters`,
	} {
		write(text)
		p := newProcess(t, "dockerd", "--mode", "tcp", "--seed", file)
		if code, _ := p.run(); code != 1 {
			t.Errorf("%s: exit code %d, want 1", text, code)
		}
		if got := p.lines[len(p.lines)-1]; !strings.HasSuffix(got, want) {
			t.Errorf("%s: last line\n%s, want\n%s", text, got, want)
		}
	}
	write(`{"containers": [{"name": "web"}]}`)
	p := newProcess(t, "dockerd", "--mode", "tcp", "--seed", file)
	p.start()
	p.until("API listen on")
}

// TestRunSeed: run takes the same file, and its texts name it in the same way.
func TestRunSeed(t *testing.T) {
	t.Parallel()
	docker := dockercli.Path(t, "28.5.2")
	file := filepath.Join(workDir(t), "world.json")
	run := func(text string) (int, string, string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p := newProcess(t, "dockerd", "run", "--engine", "29", "--seed", file, "--", docker, "ps", "--all", "--format", "{{.Names}}")
		code, stdout := p.run()
		return code, stdout, strings.Join(p.lines, "\n")
	}
	for text, want := range map[string]string{
		`{"bogus": []}`:                `--seed ` + file + `: line 1: unknown field "bogus"`,
		`{"volumes": [{"name": "x"}]}`: `--seed ` + file + `: volumes[0] "x": create x: volume name is too short, names should be at least two alphanumeric characters`,
	} {
		if code, _, stderr := run(text); code != exitRun || stderr != want {
			t.Errorf("%s: exit %d, %s\nwant %d, %s", text, code, stderr, exitRun, want)
		}
	}
	if code, stdout, stderr := run(`{"containers": [{"name": "web"}]}`); code != 0 || stdout != "web\n" {
		t.Errorf("exit %d, %q, %s", code, stdout, stderr)
	}
}
