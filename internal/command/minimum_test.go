package command

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// TestMinAPIVersion: the variable for engines 28 and 29, the key for 29 alone, and the file before the variable.
func TestMinAPIVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		engine       fakedaemon.Engine
		env, file    string
		last, served string // the last line of a daemon that does not start, or the minimum of one that does
	}{
		{name: "env", engine: fakedaemon.Engine28, env: "1.44", served: "1.44"},
		{name: "env29", engine: fakedaemon.Engine29, env: "1.24", served: "1.24"},
		{name: "file", engine: fakedaemon.Engine29, file: "1.44", served: "1.44"},
		{name: "both", engine: fakedaemon.Engine29, env: "1.41", file: "1.44", served: "1.44"},
		{name: "env20", engine: fakedaemon.Engine20, env: "v9", served: "1.12"},
		{name: "prefix", engine: fakedaemon.Engine28, env: "v1.44", last: `invalid DOCKER_MIN_API_VERSION: API version must be provided without "v" prefix`},
		{name: "low", engine: fakedaemon.Engine28, env: "1.23", last: "invalid DOCKER_MIN_API_VERSION: minimum supported API version is 1.24: 1.23"},
		{name: "high", engine: fakedaemon.Engine29, env: "1.56", last: "invalid DOCKER_MIN_API_VERSION: maximum supported API version is 1.55: 1.56"},
		{name: "file-low", engine: fakedaemon.Engine29, file: "1.23", last: "failed to start API server: invalid minimum API version (1.23): must be between 1.24 and 1.55"},
		{name: "file28", engine: fakedaemon.Engine28, file: "1.44", last: "unable to configure the Docker daemon with file {file}: the following directives don't match any configuration option: min-api-version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			work := workDir(t)
			file, socket := filepath.Join(work, "daemon.json"), filepath.Join(work, "s.sock")
			p := newProcess(t, "dockerd", "--engine", string(c.engine), "-H", "unix://"+socket)
			if c.env != "" {
				p.Env = append(p.Env, "DOCKER_MIN_API_VERSION="+c.env)
			}
			if c.file != "" {
				if err := os.WriteFile(file, []byte(`{"min-api-version": "`+c.file+`"}`), 0o600); err != nil {
					t.Fatal(err)
				}
				p.Args = append(p.Args, "--config-file", file)
			}
			p.start()
			if c.served == "" {
				if code := p.end(); code != 1 {
					t.Errorf("exit code %d", code)
				}
				if diff := cmp.Diff(strings.ReplaceAll(c.last, "{file}", file), p.lines[len(p.lines)-1]); diff != "" {
					t.Errorf("(-dockerd +fake):\n%s", diff)
				}
				return
			}
			p.until("API listen on")
			if got := askSocket[struct{ MinAPIVersion string }](t, socket, "/version").MinAPIVersion; got != c.served {
				t.Errorf("the minimum is %s, want %s", got, c.served)
			}
			ignored := slices.ContainsFunc(p.lines, func(l string) bool { return strings.Contains(l, "DOCKER_MIN_API_VERSION") })
			if want := c.engine == fakedaemon.Engine20; ignored != want {
				t.Errorf("the variable is named as ignored: %v", ignored)
			}
		})
	}
}
