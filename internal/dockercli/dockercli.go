// Package dockercli builds the docker CLI from source, at the versions that its nested modules pin,
// so that tests can run it where no docker is installed.
package dockercli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// Versions returns the pinned versions, oldest first. The nested module of 28.5.2 is the folder v28.
func Versions() []string { return []string{"28.5.2", "29.7.2"} }

// paths are those that Path has returned: that one is up to date takes go build a third of a second to find out.
var paths sync.Map

// Path returns the path of a docker of that version, built on first use into the user's cache folder.
// Its base name is docker. Where it cannot be built, for want of the go command or of the nested
// module, the test is skipped, or fails when testtool.RequireEnv is set.
func Path(tb testtool.TB, version string) string {
	tb.Helper()
	if path, ok := paths.Load(version); ok {
		return path.(string)
	}
	goTool := testtool.Need(tb, "go")
	// The nested modules are not part of the module's zip: an importer of this module has none.
	root := run(tb, exec.Command(goTool, "list", "-m", "-f", "{{.Dir}}", "github.com/fakedockerd/fakedockerd"))
	major, _, _ := strings.Cut(version, ".")
	module := filepath.Join(root, "internal", "dockercli", "v"+major)
	if _, err := os.Stat(filepath.Join(module, "go.mod")); err != nil {
		if os.Getenv(testtool.RequireEnv) != "" {
			tb.Fatalf("docker %s cannot be built and %s is set: %v", version, testtool.RequireEnv, err)
		}
		tb.Skipf("docker %s cannot be built: %v", version, err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		tb.Fatalf("no folder to build docker %s in: %v", version, err)
	}
	docker := filepath.Join(cache, "fakedockerd", "dockercli", version, "docker")
	if runtime.GOOS == "windows" {
		docker += ".exe"
	}
	if err := os.MkdirAll(filepath.Dir(docker), 0o700); err != nil {
		tb.Fatalf("%v", err)
	}
	// Tests of several packages run at once; the later ones find the executable up to date.
	unlock, err := lockedfile.MutexAt(filepath.Join(filepath.Dir(docker), "lock")).Lock()
	if err != nil {
		tb.Fatalf("%v", err)
	}
	defer unlock()
	build := exec.Command(goTool, "build", "-C", module, "-o", docker,
		"-ldflags", "-s -w -X github.com/docker/cli/cli/version.Version="+version,
		"github.com/docker/cli/cmd/docker")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	run(tb, build)
	paths.Store(version, docker)
	return docker
}

// run returns what cmd prints.
func run(tb testtool.TB, cmd *exec.Cmd) string {
	tb.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("%s: %v\n%s", cmd, err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}
