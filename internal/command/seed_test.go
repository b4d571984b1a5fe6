package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		`{"bogus": []}`:                `--seed ` + file + `: line 1: json: unknown field "bogus"`,
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
