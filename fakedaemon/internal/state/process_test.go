package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
)

// logs are the entries of a container's log, with the stream in front.
func (lt *lifeTest) logs(name string) []string {
	lt.Helper()
	_, io, err := lt.ContainerIO(name)
	lt.must(err)
	var list []string
	for c := io.Log.Read(stream.ReadOptions{Tail: -1}); ; {
		e, err := c.Next(lt.Context())
		if err != nil {
			return list
		}
		list = append(list, e.Kind.String()+" "+string(e.Data))
	}
}

func (lt *lifeTest) wantLogs(name string, want ...string) {
	lt.Helper()
	if d := cmp.Diff(want, lt.logs(name)); d != "" {
		lt.Errorf("logs of %s (-want +got)\n%s", name, d)
	}
}

// prints is a program that prints what f returns.
func prints(f func(p *run.Process) string) Program {
	return Program{Run: func(p *run.Process) int {
		io.WriteString(p.Stdout(), f(p))
		return 0
	}}
}

// TestProgram: what SetProgram says of a command is what processes do, by their command line, their program or its path.
func TestProgram(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.SetProgram("mine", Program{Stdout: "out\n", Stderr: "err\n", ExitCode: 4, After: time.Second})
	lt.SetProgram("mine --fast", Program{ExitCode: 5})
	lt.SetProgram("big", Program{After: time.Second, OOM: true})
	lt.SetProgram("go", Program{Stdout: "first\n", Run: func(p *run.Process) int {
		fmt.Fprintln(p.Stdout(), p.Args())
		return 6
	}})
	for _, tt := range []struct {
		args   []string
		after  time.Duration
		code   int
		events []string
		logs   []string
	}{
		{[]string{"mine"}, time.Second, 4, []string{"network disconnect", "die 4"}, []string{"stdout out\n", "stderr err\n"}},
		{[]string{"/usr/bin/mine", "x"}, time.Second, 4, []string{"network disconnect", "die 4"}, []string{"stdout out\n", "stderr err\n"}},
		{[]string{"mine", "--fast"}, 0, 5, []string{"network disconnect", "die 5"}, nil},
		{[]string{"big"}, time.Second, 137, []string{"oom", "network disconnect", "die 137"}, nil},
		{[]string{"go", "a b"}, 0, 6, []string{"network disconnect", "die 6"}, []string{"stdout first\n", "stdout [go a b]\n"}},
	} {
		lt.run(Container{Name: "c1"}, tt.args...)
		events := []string{"network connect", "start"}
		if tt.after > 0 {
			lt.wantStatus("c1", "running", 0)
			lt.time.Advance(tt.after)
		}
		lt.wantActions(append(events, tt.events...)...)
		lt.wantStatus("c1", "exited", tt.code)
		lt.wantLogs("c1", tt.logs...)
		lt.must(lt.Remove("c1", RemoveOptions{}))
		lt.actions()
	}
	lt.SetProgram("", Program{Image: "docker.io/library/bb:1", ExitCode: 7, After: time.Second})
	lt.run(Container{Name: "c1"}, "mine")
	id, err := lt.CreateExec("c1", ExecConfig{Args: []string{"mine", "--fast"}})
	lt.must(err)
	lt.must(lt.StartExec(id))
	if e := ok[Exec](t)(lt.Exec(id)); e.ExitCode == nil || *e.ExitCode != 5 {
		t.Errorf("beside what the image runs: %+v", e)
	}
	lt.time.Advance(time.Second)
	lt.wantStatus("c1", "exited", 7)
}

// TestProgramStart: why programs are not started, in runc's words.
func TestProgramStart(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.SetProgram("gone", Program{Error: "gone for good", ExitCode: 126})
	const failed = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: " +
		"unable to start container process: error during container init: "
	for n, tt := range []struct {
		name, text string
		code       int
	}{
		{"nosuchcommand", failed + `exec: "nosuchcommand": executable file not found in $PATH`, 127},
		{"/etc/passwd", failed + `exec: "/etc/passwd": permission denied`, 126},
		{"gone", failed + "gone for good", 126},
	} {
		name := fmt.Sprint("c", n)
		lt.create(Container{Name: name}, tt.name)
		if err := lt.Start(name); class(err) != "Invalid" || err.Error() != tt.text {
			t.Errorf("%s: %v", tt.name, err)
		}
		lt.wantStatus(name, "created", tt.code)
	}
	lt.create(Container{Name: "user", Config: image.Config{User: "nosuch"}}, "true")
	if err := lt.Start("user"); class(err) != "*errors.errorString" || err.Error() != noUser("nosuch") {
		t.Errorf("%T %v", err, err)
	}
	lt.wantStatus("user", "created", exitUnknown)
}

// TestProgramSignals: what signals do to a first process, and to one behind an init.
func TestProgramSignals(t *testing.T) {
	t.Parallel()
	const goesOn = -1
	for _, tt := range []struct {
		catches     map[int]int
		stop        string
		signal      string
		first, init int // exit codes
	}{
		{nil, "", "TERM", goesOn, 143},
		{nil, "", "INT", goesOn, 130},
		{nil, "", "KILL", 137, 137},
		{nil, "", "CHLD", goesOn, goesOn},
		{map[int]int{sigterm: 0}, "", "TERM", 0, 0},
		{map[int]int{sigterm: 0}, "", "USR1", goesOn, 138},
		{map[int]int{2: 5}, "", "INT", 5, 5},
		{map[int]int{sigterm: -1}, "", "TERM", goesOn, goesOn},
	} {
		for init, want := range map[bool]int{false: tt.first, true: tt.init} {
			lt := newLifeTest(t, Options{})
			lt.SetProgram("mine", Program{Runs: true, Catches: tt.catches})
			lt.run(Container{Name: "c1", Host: HostConfig{Init: init}}, "mine")
			lt.must(lt.Kill("c1", tt.signal))
			if want == goesOn {
				lt.wantStatus("c1", "running", 0)
			} else {
				lt.wantStatus("c1", "exited", want)
			}
		}
	}
}

// TestProcessSurroundings: what a process finds around it.
func TestProcessSurroundings(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.SetProgram("show", prints(func(p *run.Process) string {
		rows, cols, _ := p.Size(1)
		hosts, _ := readFile(p.Files(), "/etc/hosts")
		return fmt.Sprintln(strings.Join(p.Env(), " "), p.Dir(), p.User(), p.IsTerminal(1), rows, cols, strings.HasSuffix(hosts, "172.17.0.2\thost\n"))
	}))
	c := Container{Name: "c1", Config: image.Config{Hostname: "host", User: "12:34", WorkingDir: "/a/b", Env: []string{"A=1"}}}
	lt.run(c, "show")
	lt.wantLogs("c1", "stdout "+defaultPath+" HOSTNAME=host A=1 HOME=/ /a/b {12 34} false 0 0 true\n")
	c.Name, c.Config.Tty = "c2", true
	lt.run(c, "show")
	lt.wantLogs("c2", "stdout "+defaultPath+" HOSTNAME=host TERM=xterm A=1 HOME=/ /a/b {12 34} true 0 0 true\r\n")

	lt.run(Container{Name: "c3", Config: image.Config{Env: []string{"A=1"}}}, "sleep", "1000")
	id, err := lt.CreateExec("c3", ExecConfig{Args: []string{"show"}, Env: []string{"A=2", "B=3"}, Tty: true, OpenStdout: true})
	lt.must(err)
	streams, err := lt.ExecIO(id)
	lt.must(err)
	r := streams.Hub.Attach(true, true)
	lt.must(lt.ResizeExec(id, 24, 80))
	lt.must(lt.StartExec(id))
	hostname := ok[Container](t)(lt.Container("c3")).Config.Hostname
	want := defaultPath + " HOSTNAME=" + hostname + " TERM=xterm A=2 B=3 HOME=/root / {0 0} true 24 80 false\r\n"
	if _, b, err := r.Next(t.Context()); err != nil || string(b) != want {
		t.Errorf("%q %v, want %q", b, err, want)
	}
	if _, _, err := r.Next(t.Context()); err != io.EOF {
		t.Errorf("%v", err)
	}
}

func readFile(in *files.FS, name string) (string, error) {
	h, err := in.Open(name, os.O_RDONLY, 0, files.Owner{})
	if err != nil {
		return "", err
	}
	defer h.Close()
	b, err := io.ReadAll(io.NewSectionReader(h, 0, 1<<20))
	return string(b), err
}

// TestContainerInput: what a client writes is what the process of the run reads; another run has another input.
func TestContainerInput(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.SetProgram("copy", Program{Run: func(p *run.Process) int {
		n, _ := io.Copy(p.Stdout(), p.Stdin())
		return int(n)
	}})
	lt.create(Container{Name: "c1", Config: image.Config{OpenStdin: true, StdinOnce: true}}, "copy")
	_, io, err := lt.ContainerIO("c1")
	lt.must(err)
	if !io.StdinOnce || io.Tty || io.DetachKeys != nil {
		t.Errorf("%+v", io)
	}
	write := func(text string) {
		t.Helper()
		if n, err := io.Stdin.Write(t.Context(), []byte(text)); n != len(text) || err != nil {
			t.Errorf("%d %v", n, err)
		}
	}
	write("early\n") // before there is a process
	lt.must(lt.Start("c1"))
	lt.wantStatus("c1", "running", 0)
	lt.wantLogs("c1", "stdout early\n")
	write("late\n")
	io.Stdin.CloseWrite()
	done, cancel, err := lt.Wait("c1", NotRunning)
	lt.must(err)
	defer cancel()
	if e := <-done; e.Code != 11 {
		t.Errorf("%+v", e)
	}
	lt.must(lt.Start("c1"))
	lt.wantStatus("c1", "running", 0)
	write("again\n")
	io.Stdin.CloseWrite()
	lt.settled("c1")
	lt.wantLogs("c1", "stdout early\n", "stdout late\n", "stdout again\n")
	lt.create(Container{Name: "c2"}, "copy")
	if _, io, err = lt.ContainerIO("c2"); err != nil || io.Stdin != nil {
		t.Errorf("%+v %v", io, err)
	}
	lt.must(lt.Start("c2"))
	lt.wantStatus("c2", "exited", 0)
	if _, _, err := lt.ContainerIO("nosuch"); class(err) != "NotFound" {
		t.Error(err)
	}
}

// settled waits until the processes of a container are.
func (lt *lifeTest) settled(name string) {
	lt.mu.Lock()
	if c, err := lt.containerLocked(name); err == nil {
		lt.touchLocked(lt.life(c))
	}
	lt.unlock()
}

// TestStopHandler: a process with a handler has its time by the clock; one without is killed at once.
func TestStopHandler(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	slow := func(d time.Duration) Program {
		return Program{Run: func(p *run.Process) int {
			_ = p.Catch(run.SIGTERM)
			_ = p.Pause()
			p.Caught()
			_ = p.Sleep(d)
			return 3
		}}
	}
	lt.SetProgram("short", slow(9*time.Second))
	lt.SetProgram("long", slow(11*time.Second))
	for name, want := range map[string][]string{
		"short": {"kill 15", "network disconnect", "stop", "die 3"},
		"long":  {"kill 15", "kill 9", "network disconnect", "stop", "die 137"},
	} {
		lt.run(Container{Name: name}, name)
		lt.actions()
		stopped := make(chan error)
		go func() { stopped <- lt.Stop(context.Background(), name, StopOptions{}) }()
		var got []string
		for len(got) == 0 { // the signal is sent with its event
			<-lt.sub.Ready()
			got = lt.actions()
		}
		lt.waitForTimer(10 * time.Second)
		select {
		case err := <-stopped:
			t.Errorf("%s is stopped: %v", name, err)
		default:
		}
		lt.time.Advance(10 * time.Second)
		lt.must(<-stopped)
		if d := cmp.Diff(want, append(got, lt.actions()...)); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
	// Who goes away does not keep the process from being killed.
	lt.run(Container{Name: "gone"}, "long")
	if err := lt.Stop(ended, "gone", StopOptions{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	lt.wantStatus("gone", "running", 0)
	lt.time.Advance(10 * time.Second)
	lt.wantStatus("gone", "exited", 137)
}

// TestAwaken: what a test put there running has a process once somebody looks, and goes on when that has ended.
func TestAwaken(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.SetProgram("hello", Program{Stdout: "hello\n"})
	add := func(name string, cmd ...string) {
		c := Container{Name: name, ImageID: lt.image.ID, State: ContainerState{Running: true, StartedAt: lt.time.Now()}, Config: image.Config{Cmd: cmd}}
		_, err := lt.AddContainer(c)
		lt.must(err)
	}
	add("c1", "hello")
	add("c2", "sh", "-c", trap)
	add("c3", "nosuch")
	if n := lt.running(); n != 0 {
		t.Errorf("%d have processes", n)
	}
	lt.wantLogs("c1", "stdout hello\n")
	for _, name := range []string{"c1", "c2", "c3"} {
		all, err := lt.ContainerProcesses(name)
		lt.must(err)
		c := ok[Container](t)(lt.Container(name))
		if len(all) == 0 || all[0].Pid != c.State.Pid || all[0].Parent != 0 || !cmp.Equal(all[0].Args, c.Config.Cmd) {
			t.Errorf("%s: %+v", name, all)
		}
		lt.wantStatus(name, "running", 0)
	}
	lt.must(lt.Stop(t.Context(), "c2", StopOptions{}))
	lt.wantStatus("c2", "exited", 3)
	lt.must(lt.Stop(t.Context(), "c1", StopOptions{}))
	lt.wantStatus("c1", "exited", 137)
	id, err := lt.CreateExec("c3", ExecConfig{Args: []string{"hello"}})
	lt.must(err)
	lt.must(lt.StartExec(id))
	if e := ok[Exec](t)(lt.Exec(id)); e.ExitCode == nil || *e.ExitCode != 0 {
		t.Errorf("%+v", e)
	}
	if _, err := lt.ContainerProcesses("c1"); class(err) != "Conflict" {
		t.Error(err)
	}
}

// TestReadOnly: what is not mounted cannot be written.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.SetProgram("write", prints(func(p *run.Process) string {
		var list []string
		for _, name := range []string{"/file", "/v/file", "/t/file"} {
			_, err := p.Open(name, os.O_CREATE|os.O_WRONLY, 0o644)
			var failed *fs.PathError
			if errors.As(err, &failed) {
				err = failed.Err
			}
			list = append(list, fmt.Sprint(err))
		}
		return strings.Join(list, ", ") + "\n"
	}))
	lt.run(Container{Name: "c1", Host: HostConfig{ReadOnly: true, Binds: []string{"vol:/v"}, Tmpfs: []string{"/t"}}}, "write")
	lt.wantLogs("c1", "stdout read-only file system, <nil>, <nil>\n")
	lt.run(Container{Name: "c2", Host: HostConfig{Binds: []string{"vol:/v:ro"}}}, "write")
	lt.wantLogs("c2", "stdout <nil>, read-only file system, no such file or directory\n")
	vol, err := lt.VolumeFiles("vol")
	lt.must(err)
	if _, err := vol.Stat("/file"); err != nil {
		t.Error(err)
	}
	if _, err := lt.VolumeFiles("nosuch"); class(err) != "NotFound" {
		t.Error(err)
	}
}

// TestProbeOutput: dockerd keeps the beginning of what a health check prints.
func TestProbeOutput(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{3: "xxx", 4096: strings.Repeat("x", 4096), 4097: strings.Repeat("x", 4096) + "..."} {
		lt := newLifeTest(t, Options{})
		lt.SetProgram("check", Program{Stdout: strings.Repeat("x", n-1), Stderr: "x"})
		lt.run(Container{Name: "h1", Config: image.Config{Healthcheck: &image.Healthcheck{Test: []string{"CMD", "check"}, Interval: time.Second}}}, "sleep", "1000")
		lt.time.Advance(time.Second)
		if log := ok[Container](t)(lt.Container("h1")).State.Health.Log; len(log) != 1 || log[0].Output != want {
			t.Errorf("%d bytes: %+v", n, log)
		}
	}
}

// TestSnapshotFiles: Restore brings back files, of volumes too, and begins processes anew.
func TestSnapshotFiles(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.SetProgram("append", Program{Runs: true, Run: func(p *run.Process) int {
		for _, name := range []string{"/file", "/v/file"} {
			if fd, err := p.Open(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644); err == nil {
				_, _ = p.Write(fd, []byte("x"))
			}
		}
		_ = p.Pause()
		return 0
	}})
	lt.run(Container{Name: "c1", Host: HostConfig{Binds: []string{"vol:/v"}}}, "append")
	content := func() string {
		fs, err := lt.ContainerFiles("c1")
		lt.must(err)
		file, _ := readFile(fs, "/file")
		volume, _ := readFile(fs, "/v/file")
		return file + " " + volume
	}
	snap := ok[*Snapshot](t)(lt.Snapshot())
	lt.must(lt.Restart(t.Context(), "c1", seconds(0)))
	if got := content(); got != "xx xx" {
		t.Errorf("before: %q", got)
	}
	lt.must(lt.Restore(snap))
	if got := content(); got != "x x" {
		t.Errorf("restored: %q", got)
	}
	if n := lt.running(); n != 0 {
		t.Errorf("%d processes of before", n)
	}
	_, err := lt.ContainerProcesses("c1")
	lt.must(err)
	if got := content(); got != "xx xx" {
		t.Errorf("begun anew: %q", got)
	}
}

// TestCloseEndsProcesses: Close waits for them.
func TestCloseEndsProcesses(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	over := make(chan string, 2)
	lt.SetProgram("deferring", Program{Run: func(p *run.Process) int {
		defer func() { over <- p.Args()[0] }()
		_ = p.Pause()
		return 0
	}})
	lt.run(Container{Name: "c1"}, "deferring")
	id, err := lt.CreateExec("c1", ExecConfig{Args: []string{"deferring"}})
	lt.must(err)
	lt.must(lt.StartExec(id))
	lt.actions()
	lt.Close()
	if len(over) != 2 {
		t.Errorf("%d are over", len(over))
	}
	lt.wantActions()
}

// running is how many containers have processes.
func (lt *lifeTest) running() int {
	lt.mu.Lock()
	defer lt.mu.Unlock()
	return len(lt.spaces)
}
