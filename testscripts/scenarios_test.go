package testscripts_test

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/testscripts"
)

// shipped returns the shipped scenarios that do, or do not, need docker.
func shipped(t *testing.T, docker bool) fstest.MapFS {
	t.Helper()
	selected := make(fstest.MapFS)
	for name, text := range texts(t) {
		if regexp.MustCompile(`(?m)^need .*\bdocker\b`).MatchString(text) == docker {
			if short := strings.ReplaceAll(text, "key.pem 4096\n", "key.pem 2048\n"); short != text && !testtool.All() {
				t.Logf("%s: left out, keys of 4096 bits take long: %s=1 makes them", name, testtool.AllEnv)
				text = short
			}
			selected[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o600}
		}
	}
	return selected
}

// some returns a sample of scenarios that run elsewhere, too.
func some(t *testing.T, all fstest.MapFS) fs.FS {
	t.Helper()
	selected := make(fstest.MapFS)
	for _, name := range testtool.Sample(t, slices.Sorted(maps.Keys(all)), 4) {
		selected[name] = all[name]
	}
	return selected
}

func texts(t *testing.T) map[string]string {
	t.Helper()
	names, err := fs.Glob(testscripts.Scripts(), "*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, name := range names {
		text, err := fs.ReadFile(testscripts.Scripts(), name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

// posix skips a test of command lines for POSIX shells, paths and sockets.
func posix(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the command lines are for POSIX shells, paths and sockets")
	}
}

func TestScenarios(t *testing.T) {
	posix(t)
	t.Run("no docker", func(t *testing.T) {
		t.Parallel()
		testscripts.Run(t, testscripts.Params{FS: shipped(t, false)})
	})
	t.Run("docker on PATH", func(t *testing.T) {
		t.Parallel()
		testscripts.Run(t, testscripts.Params{FS: shipped(t, true), Docker: testtool.Need(t, "docker")})
	})
	_, missing := exec.LookPath("docker")
	versions := dockercli.Versions()
	for i, version := range versions {
		t.Run("docker "+version, func(t *testing.T) {
			t.Parallel()
			scenarios := fs.FS(shipped(t, true))
			if last := i == len(versions)-1; !last {
				testtool.NeedAll(t, "the scenarios run with a later docker")
			} else if missing == nil {
				scenarios = some(t, shipped(t, true))
			}
			testscripts.Run(t, testscripts.Params{FS: scenarios, Docker: dockercli.Path(t, version)})
		})
	}
}

// Where there are no namespaces, or the user may not make them, the same scenarios run on free addresses.
func TestScenariosElsewhere(t *testing.T) {
	posix(t)
	t.Parallel()
	versions := dockercli.Versions()
	docker := dockercli.Path(t, versions[len(versions)-1])
	testscripts.Run(t, testscripts.Elsewhere(testscripts.Params{FS: some(t, shipped(t, true)), Docker: docker}))
}

func TestEveryDocumentedCommandHasAScenario(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("testdata/documented-commands.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, row := range regexp.MustCompile(`(?m)^\| (D\d\d) \|`).FindAllSubmatch(table, -1) {
		want = append(want, string(row[1]))
	}
	var got []string
	for name, text := range texts(t) {
		comment, _, _ := strings.Cut(text, "\n")
		ids := regexp.MustCompile(`D\d\d`).FindAllString(comment, -1)
		if len(ids) == 0 || !strings.HasPrefix(comment, "# "+ids[0]) {
			t.Errorf("%s: the first line names no documented command: %q", name, comment)
		}
		got = append(got, ids...)
	}
	slices.Sort(got)
	got = slices.Compact(got) // a row may have several
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documented commands (-table +scenarios):\n%s", diff)
	}
}

// The documented addresses are for private namespaces: elsewhere they can be taken, or be open to others.
func TestFixedAddressesArePrivate(t *testing.T) {
	t.Parallel()
	fixed := regexp.MustCompile(`0\.0\.0\.0|:237[5-7]\b|/var/run/docker\.sock`)
	for name, text := range texts(t) {
		if strings.Contains(text, "\n[!private] skip ") {
			continue
		}
		for line := range strings.Lines(text) {
			if fixed.MatchString(line) && !strings.HasPrefix(line, "[private] ") && !strings.HasPrefix(line, "! exec docker -d ") {
				t.Errorf("%s: not only in a private namespace: %q", name, line)
			}
		}
	}
}
