// Package testscripts runs scenarios: text files (.txtar) that type the command lines of dockerd, docker, curl and
// openssl as a person would, and say what must come out. In a scenario dockerd is this project's fake; the other
// programs are the real ones.
//
// The script language is that of github.com/rogpeppe/go-internal/testscript; the commands, conditions and variables
// that this package adds are in its README.
package testscripts

import (
	"embed"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fakedockerd/fakedockerd/internal/command"
)

//go:embed scripts/*.txtar
var scripts embed.FS

// Scripts returns the shipped scenarios, one .txtar file each: what Docker's documentation tells a person to type.
// The first comment of each names the documented commands that it replays.
func Scripts() fs.FS {
	sub, err := fs.Sub(scripts, "scripts")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return sub
}

// Params says what Run runs. The zero value runs the .txtar files of the current folder.
type Params struct {
	// Dir is the folder of the scenarios; it is ignored when Files or FS is set.
	Dir string
	// Files are the paths of scenarios.
	Files []string
	// FS holds scenarios in its root folder, as Scripts does; it comes before Files.
	FS fs.FS
	// Docker is the path of the docker CLI that scenarios get; "" means the one on PATH.
	Docker string
	// Setup, if not nil, is called before each scenario; it may add variables and files.
	Setup func(*testscript.Env) error
	// Cmds are further commands for scenarios. Those of this package win. What they do on goroutines of their own is
	// not in the namespaces that private enters.
	Cmds map[string]func(ts *testscript.TestScript, neg bool, args []string)
	// Condition, if not nil, answers the conditions that neither this package nor testscript knows.
	Condition func(cond string) (bool, error)

	// elsewhere makes private behave as where there are no namespaces; for tests.
	elsewhere bool
}

// isProgram is set by Main: without it the dockerd of a scenario would be the test binary running the tests again.
var isProgram bool

// Main is to be called by TestMain. It runs the tests, and in the processes that scenarios start, dockerd and
// fakedockerd. It does not return.
func Main(m *testing.M) {
	switch strings.TrimSuffix(filepath.Base(os.Args[0]), exeSuffix()) {
	case "dockerd", "fakedockerd":
		os.Exit(Execute(os.Args))
	}
	isProgram = true
	if signal.Ignored(os.Interrupt) {
		// As in a shell's background job. testscript ends a scenario's background programs with SIGINT and waits for
		// them; they would inherit that it is ignored, but not that it is caught.
		signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	}
	os.Exit(m.Run())
}

// Execute runs the fakedockerd command, of which the scenarios are a subcommand, and returns its exit code. Args are those of os.Args.
func Execute(args []string) int { return command.Main(args, newCommand()) }

// Run runs each scenario of p as a parallel subtest named after its file.
func Run(t *testing.T, p Params) {
	t.Helper()
	if !isProgram {
		t.Fatal("testscripts.Run needs a TestMain that calls testscripts.Main")
	}
	files, err := p.files(t.TempDir)
	if err != nil {
		t.Fatal(err)
	}
	deadline, _ := t.Deadline()
	bin := t.TempDir()
	if err := installPrograms(bin, p.Docker); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			s := newScenario(subtest{t}, bin, p)
			testscript.RunT(s.t, s.params(file, deadline))
		})
	}
}

// files returns the paths of the scenarios; those of FS are written to a temporary folder.
func (p Params) files(tempDir func() string) ([]string, error) {
	if p.FS == nil && p.Files != nil {
		return p.Files, nil
	}
	dir := p.Dir
	if dir == "" {
		dir = "."
	}
	if p.FS != nil {
		dir = tempDir()
		if err := os.CopyFS(dir, p.FS); err != nil {
			return nil, err
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err == nil && files == nil {
		err = &fs.PathError{Op: "find", Path: filepath.Join(dir, "*.txtar"), Err: fs.ErrNotExist}
	}
	return files, err
}

// subtest is one scenario's testscript.T: the runner makes a subtest of its own per file, which would double the name.
type subtest struct{ *testing.T }

func (s subtest) Parallel()                          {}
func (s subtest) Run(_ string, f func(testscript.T)) { f(s) }
func (s subtest) Verbose() bool                      { return testing.Verbose() }

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
