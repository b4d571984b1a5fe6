package repo

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/fakedockerd/fakedockerd"

type listed struct {
	ImportPath   string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
	GoFiles      []string
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json"}, args...)...)
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, &stderr)
	}
	var packages []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// std reports whether an import path is of the standard library.
func std(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// within reports whether a package is prefix or below it.
func within(importPath, prefix string) bool {
	return importPath == prefix || strings.HasPrefix(importPath, prefix+"/")
}

// A ban says that no package of from (but those of except) may import what is banned. Paths without a dot
// are of this module.
type ban struct {
	from, except []string
	imports      string
	why          string
}

var bans = []ban{
	{[]string{"fakedaemon", "modes", "certgen"}, nil, "testscripts", "scenarios sit on top of the command, the library below it"},
	{[]string{"fakedaemon", "modes", "certgen"}, nil, "internal/command", "the library must not know the command"},
	{[]string{"internal/command"}, nil, "testscripts", "scenarios run the command, and bring it their own"},
	{[]string{"."}, []string{"cmd"}, "cmd", "main packages are the end of the way"},
	{[]string{"fakedaemon"}, nil, "modes/conform", "the daemon must not know who judges it"},
	{[]string{"certgen"}, []string{"certgen/vectors"}, "modes", "what makes a flaw must not know what programs make of it"},
	{[]string{"."}, nil, "certgen/vectors", "what programs say of a flaw is for tests; programs ask the rule"},
	{[]string{"modes"}, []string{"modes/conform"}, "fakedaemon", "the matrix is data: it runs nothing"},
	{[]string{"."}, []string{"fakedaemon"}, "fakedaemon/internal/state", "what exists is reached through fakedaemon"},
	{[]string{"."}, []string{"fakedaemon", "internal/command"}, "internal/engine", "what an engine does is seen through the daemon or the command"},
	{[]string{"fakedaemon/internal/registry", "fakedaemon/internal/transport", "fakedaemon/internal/authz"}, nil, "internal/engine", "fakedaemon tells them the facts that they need"},
	{[]string{"."}, []string{"modes", "certgen/vectors"}, "internal/rule", "what the rule says is asked of an entry"},
	{[]string{"."}, []string{"modes", "internal/rule"}, "internal/words", "what words tell is asked of modes.Explain or conform.Classify"},
	{[]string{"fakedaemon/internal/run"}, nil, "fakedaemon/internal/program", "a shell is a user of processes, as every program is"},
	{[]string{"fakedaemon/internal/state"}, nil, "fakedaemon/internal/api", "state knows no HTTP"},
	{[]string{"fakedaemon/internal/state"}, nil, "net/http", "state knows no HTTP"},
	{[]string{"fakedaemon/internal/state"}, nil, "fakedaemon/internal/transport", "state knows no connections"},
	{[]string{"fakedaemon/internal/state"}, nil, "archive/tar", "what takes long is done by image, without the lock"},
	{[]string{"fakedaemon/internal/state"}, nil, "compress/gzip", "what takes long is done by image, without the lock"},
	{[]string{"fakedaemon/internal/state"}, nil, "encoding/json", "what takes long is done by image, without the lock"},
	{[]string{"fakedaemon/internal/image"}, nil, "fakedaemon/internal/state", "content knows of no daemon that has it, and of no lock"},
	{[]string{"fakedaemon/internal/image"}, nil, "net/http", "content comes from anywhere: registry and api fetch it"},
	{[]string{"fakedaemon/internal/image"}, nil, "sync", "content is made by whoever needs it, without a lock"},
	{[]string{"fakedaemon/internal/registry"}, nil, "fakedaemon/internal/image", "a registry moves bytes, whatever they are"},
	{[]string{"fakedaemon/internal/stream"}, nil, "fakedaemon/internal", "whoever prints and whoever reads is told by state and api"},
	{[]string{"fakedaemon/internal/stream"}, nil, "net/http", "a stream knows no HTTP"},
	{[]string{"fakedaemon/internal/platforms"}, nil, "fakedaemon/internal", "a grammar knows nothing of what is written in it"},
	{[]string{"."}, nil, "github.com/containerd/platforms", "it brings a logger to everybody who imports fakedaemon"},
	{[]string{"fakedaemon/internal"}, []string{"fakedaemon/internal/api"}, "fakedaemon/internal/swarm", "a swarm stands on state, which calls its manager through an interface of its own"},
	{[]string{"fakedaemon/internal/swarm"}, nil, "fakedaemon/internal/api", "a swarm knows no HTTP"},
	{[]string{"fakedaemon/internal/swarm"}, nil, "net/http", "a swarm knows no HTTP"},
	{[]string{"fakedaemon/internal/swarm"}, nil, "internal/engine", "what differs between engines is what is shown of a swarm"},
	{[]string{"fakedaemon/internal/build"}, nil, "fakedaemon/internal/state", "the builder asks its backend"},
	{[]string{"fakedaemon/internal/build"}, nil, "fakedaemon/internal/registry", "the builder asks its backend"},
	{[]string{"fakedaemon/internal/build"}, nil, "internal/engine", "one switch tells the parser which BuildKit it is"},
	{[]string{"fakedaemon/internal/build"}, nil, "net/http", "the builder asks its backend"},
	{[]string{"."}, nil, "fakedaemon/internal/build/buildtest", "Dockerfiles to try are for the nested modules that hold parsers against each other"},
	{[]string{"fakedaemon/internal/registry"}, nil, "fakedaemon/internal/state", "who asks a registry must not know what for"},
	{[]string{"."}, nil, "github.com/google/go-containerregistry/pkg/v1/remote", "it brings the docker CLI's configuration and words errors otherwise than dockerd; its registry is for tests"},
	{[]string{"fakedaemon/internal/transport"}, nil, "fakedaemon/internal/api", "a transport hands over connections, whatever is served on them"},
	{[]string{"fakedaemon/internal/api"}, nil, "fakedaemon/internal/transport", "an operation must not know how its request came in"},
	{[]string{"."}, []string{"fakedaemon/internal/api"}, "github.com/docker/docker/api", "that module is frozen upstream: its types stay in one package"},
	{[]string{"."}, nil, "github.com/docker/docker/client", "real clients are peers of our tests and live in nested modules"},
	{[]string{"."}, nil, "github.com/moby/moby", "real clients are peers of our tests and live in nested modules"},
	{[]string{"."}, nil, "github.com/docker/cli", "real clients are peers of our tests and live in nested modules"},
	{[]string{"fakedaemon"}, nil, "mvdan.cc/sh/v3/expand", "it asks the host for users: scripts of containers must not"},
	{[]string{"fakedaemon"}, nil, "mvdan.cc/sh/v3/interp", "it starts programs of the host: scripts of containers must not"},
	{[]string{"."}, []string{"modes/conform/conformtest", "testscripts"}, "testing", "programs must not link package testing; a TB interface does"},
	{[]string{"certgen", "modes", "fakedaemon"}, []string{"modes/conform"}, "github.com/google/go-cmp", "importers of the library do not pay for test helpers"},
	{[]string{"fakedaemon", "certgen", "modes"}, nil, "github.com/spf13", "flags belong to the command"},
	{[]string{"."}, []string{"internal/command"}, "github.com/coreos/go-systemd", "what systemd passes is found by the program; the library takes listeners"},
	{[]string{"."}, []string{"testscripts"}, "github.com/rogpeppe/go-internal/testscript", "scenarios are run in one place"},
}

func full(p string) string {
	if first, _, _ := strings.Cut(p, "/"); p == "." {
		return module
	} else if strings.Contains(first, ".") || std(p) && !local(p) {
		return p
	}
	return path.Join(module, p)
}

func local(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return slices.Contains([]string{"cmd", "certgen", "modes", "fakedaemon", "testscripts", "internal"}, first)
}

func TestImportsRunOneWay(t *testing.T) {
	packages := list(t, "./...")
	if len(packages) < 10 {
		t.Fatalf("go list found %d packages", len(packages))
	}
	for _, b := range bans {
		for _, p := range packages {
			covered := slices.ContainsFunc(b.from, func(f string) bool { return within(p.ImportPath, full(f)) }) &&
				!slices.ContainsFunc(b.except, func(e string) bool { return within(p.ImportPath, full(e)) })
			if !covered {
				continue
			}
			for _, i := range p.Imports {
				if within(i, full(b.imports)) {
					t.Errorf("%s imports %s: %s", p.ImportPath, i, b.why)
				}
			}
		}
	}
}

// TestMatrixMakesNothing: modes and its rule have the names of certgen's flaws, so that a row of none does not compile, and nothing else of it.
func TestMatrixMakesNothing(t *testing.T) {
	names, err := os.ReadFile("../../certgen/names.go")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`\bcertgen\.([A-Z]\w*)`)
	check := func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == "conform":
			return fs.SkipDir
		case !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(file)
		for _, m := range used.FindAllSubmatch(text, -1) {
			if name := string(m[1]); name != "Flaw" && !bytes.Contains(names, []byte("\t"+name+" ")) {
				t.Errorf("%s: certgen.%s is more than a name of a flaw: the matrix is data, it makes nothing", file, name)
			}
		}
		return err
	}
	for _, dir := range []string{"../../modes", "../rule"} {
		if err := filepath.WalkDir(dir, check); err != nil {
			t.Fatal(err)
		}
	}
}

// below has what packages that stand on the standard library import of ours: certgen and modes are for everybody's build list, the
// others must stay free of formats and ask those below them.
var below = map[string][]string{
	"certgen":                    nil,
	"certgen/vectors":            {"certgen", "internal/rule", "modes/outcome"},
	"fakedaemon/internal/bulk":   nil,
	"fakedaemon/internal/files":  {"fakedaemon/internal/bulk"},
	"fakedaemon/internal/stream": nil,
	"fakedaemon/internal/state": {
		"internal/engine", "fakedaemon/internal/bulk", "fakedaemon/internal/files", "fakedaemon/internal/image", "fakedaemon/internal/program", "fakedaemon/internal/run",
		"fakedaemon/internal/stream",
	},
	"fakedaemon/internal/swarm": {"fakedaemon/internal/state"},
	"internal/engine":           nil,
	"internal/hosts":            nil,
	"internal/rule":             {"certgen", "modes/outcome", "internal/hosts", "internal/words"},
	"internal/words":            {"modes/outcome"},
	"modes":                     {"certgen", "modes/outcome", "internal/words", "internal/rule"},
	"modes/outcome":             nil,
}

func TestStandardLibraryOnly(t *testing.T) {
	for p, ours := range below {
		for _, i := range list(t, "./"+p)[0].Imports {
			if !std(i) && !slices.Contains(ours, strings.TrimPrefix(i, module+"/")) {
				t.Errorf("%s imports %s: only the standard library and %q are allowed there", p, i, ours)
			}
		}
	}
}

// TestWhatImportersPayFor lists every module that a program importing fakedaemon links.
func TestWhatImportersPayFor(t *testing.T) {
	want := []string{
		"github.com/distribution/reference", // image names, as the daemon reads them
		"github.com/docker/docker",          // api/types only
		"github.com/docker/go-connections",  // the daemon's TLS defaults; ports
		"github.com/docker/go-units",        // "Up 3 seconds"
		module,
		"github.com/moby/docker-image-spec",    // of api/types
		"github.com/opencontainers/go-digest",  // of api/types
		"github.com/opencontainers/image-spec", // of api/types
		"golang.org/x/crypto",                  // ssh
		"mvdan.cc/sh/v3",                       // the parser of the scripts that containers run
	}
	for system, more := range map[string][]string{
		"linux":  nil,
		"darwin": nil,
		"windows": {
			"github.com/Microsoft/go-winio", // named pipes
			"golang.org/x/sys",              // of go-winio
		},
	} {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./fakedaemon")
		cmd.Dir = "../.."
		cmd.Env = append(os.Environ(), "GOOS="+system)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Fields(string(out))
		slices.Sort(got)
		all := slices.Concat(want, more)
		slices.Sort(all)
		if diff := cmp.Diff(all, slices.Compact(got)); diff != "" {
			t.Errorf("modules linked by an importer of fakedaemon on %s (-want +got):\n%s", system, diff)
		}
	}
}
