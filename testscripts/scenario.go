package testscripts

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scenario is one run of one file. Only interrupt is called from another goroutine than the one that runs the script.
type scenario struct {
	t    testscript.T // immutable
	bin  string       // immutable: the folder of dockerd, fakedockerd and docker, first on PATH
	user Params       // immutable

	private bool // the scenario is in a network and mount namespace of its own
	files   int  // made by runFile

	mu      sync.Mutex
	daemons map[string]*daemon // running, by name; protected by mu
	dirs    []string           // to be removed; protected by mu
}

func newScenario(t testscript.T, bin string, user Params) *scenario {
	return &scenario{t: t, bin: bin, user: user, daemons: make(map[string]*daemon)}
}

// params returns what the script runner needs to run file.
func (s *scenario) params(file string, deadline time.Time) testscript.Params {
	cmds := make(map[string]func(*testscript.TestScript, bool, []string))
	for name, cmd := range s.user.Cmds {
		cmds[name] = cmd
	}
	for _, c := range commands {
		cmds[c.name] = func(ts *testscript.TestScript, neg bool, args []string) { c.run(s, ts, neg, args) }
	}
	return testscript.Params{
		Files:              []string{file},
		Setup:              s.setup,
		Condition:          s.condition,
		Cmds:               cmds,
		Deadline:           deadline,
		RequireUniqueNames: true,
	}
}

// setup completes an environment that holds nothing of the caller's but PATH: no DOCKER_*, no CA bundles, no proxies.
func (s *scenario) setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	if err := os.Mkdir(home, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	run, err := os.MkdirTemp(shortTempDir(), "fd")
	if err != nil {
		return err
	}
	env.Defer(func() { os.RemoveAll(run) })
	s.mu.Lock()
	s.dirs = []string{filepath.Dir(env.WorkDir), run}
	s.mu.Unlock()
	env.Setenv("HOME", home)
	if runtime.GOOS == "windows" {
		env.Setenv("USERPROFILE", home)
		env.Setenv("SYSTEMROOT", os.Getenv("SYSTEMROOT"))
	}
	env.Setenv("PATH", s.bin+string(os.PathListSeparator)+env.Getenv("PATH"))
	env.Setenv("RUN", run)
	env.Setenv("HOST", "localhost")
	if env.Getenv("GORACE") == "" {
		env.Setenv("GORACE", "atexit_sleep_ms=10") // each process of a test binary with -race would take a second more
	}
	if s.user.Setup != nil {
		return s.user.Setup(env)
	}
	return nil
}

// interrupt ends the daemons and removes the files of a scenario that is not waited for any longer.
func (s *scenario) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.daemons {
		_ = d.terminate()
	}
	for _, dir := range s.dirs {
		_ = os.RemoveAll(dir)
	}
}

// daemon returns the running dockerd of that name, nil if there is none.
func (s *scenario) daemon(name string) *daemon {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.daemons[name]
}

// setDaemon notes that d is the running dockerd of that name; nil: that none is.
func (s *scenario) setDaemon(name string, d *daemon) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d == nil {
		delete(s.daemons, name)
		return
	}
	s.daemons[name] = d
}

// shortTempDir is a temporary folder in which a socket's path stays below the 104 bytes that macOS allows.
func shortTempDir() string {
	if runtime.GOOS == "windows" {
		return os.TempDir()
	}
	return "/tmp"
}

func (s *scenario) condition(cond string) (bool, error) {
	if cond == "private" {
		return s.private, nil
	}
	if s.user.Condition != nil {
		return s.user.Condition(cond)
	}
	return false, fmt.Errorf("unknown condition")
}

// installPrograms puts this executable as dockerd and fakedockerd into bin, and docker if it is not "".
func installPrograms(bin, docker string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	programs := map[string]string{"dockerd": exe, "fakedockerd": exe}
	if docker != "" {
		if programs["docker"], err = filepath.Abs(docker); err != nil {
			return err
		}
	}
	for name, target := range programs {
		if err := link(target, filepath.Join(bin, name+exeSuffix())); err != nil {
			return err
		}
	}
	return nil
}

// link makes path run target; where links are not allowed it is a copy.
func link(target, path string) error {
	if _, err := os.Stat(target); err != nil {
		return err
	}
	if os.Symlink(target, path) == nil || os.Link(target, path) == nil {
		return nil
	}
	in, err := os.Open(target)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
