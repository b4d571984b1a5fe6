package dockercli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

func TestPath(t *testing.T) {
	for _, version := range Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			docker := Path(t, version)
			out, err := exec.Command(docker, "version", "--format", "{{.Client.Version}}").Output()
			// Without a daemon it prints the client's part and exits 1.
			if _, exited := err.(*exec.ExitError); err != nil && !exited {
				t.Fatal(err)
			}
			if diff := cmp.Diff(version, strings.TrimSpace(string(out))); diff != "" {
				t.Errorf("docker version (-want +got):\n%s", diff)
			}
		})
	}
}

// The version that a CLI says it is comes from Versions, its code from the nested module.
func TestVersionsAreThoseOfTheModules(t *testing.T) {
	t.Parallel()
	for _, version := range Versions() {
		major, _, _ := strings.Cut(version, ".")
		file := filepath.Join("v"+major, "go.mod")
		mod, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if want := "require github.com/docker/cli v" + version + "+incompatible "; !strings.Contains(string(mod), want) {
			t.Errorf("%s has no %q", file, want)
		}
	}
}

// ended records how Path ends a test, and ends it.
type ended struct{ how string }

func (e *ended) Helper() {}
func (e *ended) Fatalf(format string, args ...any) {
	e.how = "fail: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}
func (e *ended) Skipf(format string, args ...any) {
	e.how = "skip: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestPathWithoutModule(t *testing.T) {
	for require, want := range map[string]string{"": "skip: docker 1.2.3 cannot be built", "1": "fail: docker 1.2.3 cannot be built"} {
		t.Run("require="+require, func(t *testing.T) {
			t.Setenv(testtool.RequireEnv, require)
			var e ended
			done := make(chan struct{})
			go func() {
				defer close(done)
				Path(&e, "1.2.3")
			}()
			<-done
			if !strings.HasPrefix(e.how, want) {
				t.Errorf("got %q, want %q", e.how, want)
			}
		})
	}
}
