package state

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// TestExec: an exec is created, started once and ends by itself or with its container.
func TestExec(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.run(Container{Name: "c1", Config: image.Config{User: "me", WorkingDir: "/w"}}, "sleep", "1000")
	lt.actions()
	id, err := lt.CreateExec("c1", ExecConfig{Args: []string{"sleep", "5"}})
	lt.must(err)
	e, err := lt.Exec(id)
	lt.must(err)
	if e.User != "me" || e.WorkingDir != "/w" || e.Running || e.ExitCode != nil || e.Pid != 0 {
		t.Errorf("%+v", e)
	}
	lt.must(lt.StartExec(id))
	if err := lt.StartExec(id); class(err) != "Conflict" || err.Error() != "exec command "+id+" is already running" {
		t.Error(err)
	}
	if ids := lt.ExecIDs(e.ContainerID); len(ids) != 1 || ids[0] != id {
		t.Errorf("%v", ids)
	}
	lt.time.Advance(5 * time.Second)
	<-lt.ExecEnded(id)
	if e, err = lt.Exec(id); err != nil || e.Running || *e.ExitCode != 0 || e.Pid == 0 {
		t.Errorf("%+v %v", e, err)
	}
	if ids := lt.ExecIDs(e.ContainerID); len(ids) != 0 {
		t.Errorf("%v after its end", ids)
	}
	if err := lt.StartExec(id); class(err) != "Conflict" || err.Error() != "exec command "+id+" has already run" {
		t.Error(err)
	}
	lt.wantActions("exec_create: sleep 5", "exec_start: sleep 5", "exec_die 0")
	running, err := lt.CreateExec("c1", ExecConfig{Args: []string{"sleep", "1000"}})
	lt.must(err)
	lt.must(lt.StartExec(running))
	_, err = lt.CreateExec("c1", ExecConfig{Args: []string{"true"}})
	lt.must(err)
	lt.actions()
	lt.must(lt.Kill("c1", ""))
	lt.wantActions("kill 9", "exec_die 137", "network disconnect", "die 137")
	if _, err := lt.UsableExec(running); class(err) != "Conflict" {
		t.Error(err)
	}
	lt.must(lt.Remove("c1", RemoveOptions{}))
	if _, err := lt.Exec(running); class(err) != "NotFound" || err.Error() != "No such exec instance: "+running {
		t.Error(err)
	}
}

// TestExecFailures: what cannot be started has an exit code and no end.
func TestExecFailures(t *testing.T) {
	t.Parallel()
	const failed = "OCI runtime exec failed: exec failed: unable to start container process: "
	for _, tt := range []struct {
		config ExecConfig
		engine string
		text   string
		code   int
	}{
		{ExecConfig{Args: []string{"nosuch"}}, "28", failed + `exec: "nosuch": executable file not found in $PATH`, 127},
		{ExecConfig{Args: []string{"nosuch"}}, "20.10", failed + `exec: "nosuch": executable file not found in $PATH: unknown`, 126},
		{ExecConfig{Args: []string{"/etc/passwd"}}, "28", failed + `exec: "/etc/passwd": permission denied`, 126},
		{ExecConfig{Args: []string{"true"}, WorkingDir: "/nosuch"}, "28", failed + `chdir to cwd ("/nosuch") set in config.json failed: no such file or directory`, 127},
		{ExecConfig{Args: []string{"true"}, WorkingDir: "/etc/passwd"}, "28", failed + `chdir to cwd ("/etc/passwd") set in config.json failed: not a directory`, 127},
		{ExecConfig{Args: []string{"true"}, WorkingDir: "/nosuch"}, "20.10", failed + `chdir to cwd ("/nosuch") set in config.json failed: no such file or directory: unknown`, 126},
		{ExecConfig{Args: []string{"true"}, User: "nosuchuser"}, "20.10", "unable to find user nosuchuser: no matching entries in passwd file", 126},
	} {
		lt := newLifeTest(t, Options{Engine: named(tt.engine)})
		lt.run(Container{Name: "c1"}, "sleep", "1000")
		id, err := lt.CreateExec("c1", tt.config)
		lt.must(err)
		lt.actions()
		if err := lt.StartExec(id); err == nil || err.Error() != tt.text {
			t.Errorf("%+v: %v, want %s", tt.config, err, tt.text)
		}
		if e, err := lt.Exec(id); err != nil || e.ExitCode == nil || *e.ExitCode != tt.code {
			t.Errorf("%+v: %+v, want %d", tt.config, e, tt.code)
		}
		lt.wantActions("exec_start: " + tt.config.Args[0] + " ")
	}
	lt := newLifeTest(t, Options{})
	lt.run(Container{Name: "c1"}, "sleep", "1000")
	if _, err := lt.CreateExec("c1", ExecConfig{Args: []string{"true"}, User: "nosuchuser"}); class(err) != "Invalid" {
		t.Error(err)
	}
}

// TestExecInKeptRunning: the exec of a container that was put there running outlives the process of it, which ends at once.
func TestExecInKeptRunning(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"true", "sh"} {
		lt := newLifeTest(t, Options{})
		c := Container{Name: "c1", ImageID: lt.image.ID, State: ContainerState{Running: true, StartedAt: lt.time.Now()}, Config: image.Config{Cmd: []string{program}}}
		_, err := lt.AddContainer(c)
		lt.must(err)
		id, err := lt.CreateExec("c1", ExecConfig{Args: []string{"sleep", "1000"}})
		lt.must(err)
		lt.must(lt.StartExec(id))
		e := ok[Exec](t)(lt.Exec(id))
		if !e.Running || e.ExitCode != nil {
			t.Errorf("beside %s: %+v", program, e)
		}
		lt.wantStatus("c1", "running", 0)
	}
}

// TestStartExecAttached: who is attached to an exec follows it from its first byte, and is not kept waiting while it computes.
func TestStartExecAttached(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lt := newLifeTest(t, Options{})
		release := make(chan struct{})
		defer close(release)
		lt.SetProgram("busy", Program{Run: func(*run.Process) int {
			<-release
			return 0
		}})
		lt.SetProgram("idle", Program{After: time.Hour})
		lt.run(Container{Name: "c1"}, "idle")
		waited := func(attached bool) time.Duration {
			id := ok[string](t)(lt.CreateExec("c1", ExecConfig{Args: []string{"busy"}}))
			before := time.Now()
			if !attached {
				lt.must(lt.StartExec(id))
				return time.Since(before)
			}
			_, err := lt.BeginExec(id)
			lt.must(err)
			return time.Since(before)
		}
		want := []time.Duration{0, settleTime}
		if d := cmp.Diff(want, []time.Duration{waited(true), waited(false)}); d != "" {
			t.Errorf("waited (-want +got)\n%s", d)
		}
	})
}
