package state

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

func seconds(n int) StopOptions { return StopOptions{Timeout: &n} }

// trap has a handler that a shell runs at once: while it waits for a command in front it does not.
const trap = `trap "exit 3" TERM; sleep 1000 & wait`

// TestRestartPolicies: which exits start a container again, when, and how often.
func TestRestartPolicies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		policy string
		max    int
		script string
		starts int
		end    string
	}{
		{"no", 0, "exit 1", 1, "exited"},
		{"", 0, "exit 1", 1, "exited"},
		{"always", 0, "exit 0", 5, "restarting"},
		{"unless-stopped", 0, "exit 1", 5, "restarting"},
		{"on-failure", 0, "exit 0", 1, "exited"},
		{"on-failure", 0, "exit 1", 5, "restarting"},
		{"on-failure", 2, "exit 1", 3, "exited"},
	} {
		lt := newLifeTest(t, Options{})
		lt.run(Container{Name: "c1", Host: HostConfig{RestartPolicy: tt.policy, MaximumRetryCount: tt.max}}, "sh", "-c", tt.script)
		lt.time.Advance(1500 * time.Millisecond) // after 100, 200, 400 and 800 ms
		c, err := lt.Container("c1")
		lt.must(err)
		starts := 0
		for _, action := range lt.actions() {
			if action == "start" {
				starts++
			}
		}
		if starts != tt.starts || c.State.Status() != tt.end {
			t.Errorf("%s:%d, %s: %d starts and %s, want %d and %s", tt.policy, tt.max, tt.script, starts, c.State.Status(), tt.starts, tt.end)
		}
		if want := min(tt.starts, c.RestartCount+1); starts != want && tt.end != "restarting" {
			t.Errorf("%s: RestartCount %d of %d starts", tt.policy, c.RestartCount, starts)
		}
	}
}

// TestRestartBackoff: a process that ran for ten seconds makes the wait short again.
func TestRestartBackoff(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.SetProgram("short", Program{After: time.Second})
	lt.run(Container{Name: "c1", Host: HostConfig{RestartPolicy: "always"}}, "short")
	var waits []time.Duration
	last := lt.time.Now()
	watch := func() {
		for _, e := range lt.sub.Take() {
			if e.Action == "die" {
				last = e.Time
			} else if e.Action == "start" && e.Time.After(last) {
				waits = append(waits, e.Time.Sub(last))
			}
		}
	}
	for range 4 {
		lt.time.Advance(2 * time.Second)
		watch()
	}
	lt.SetProgram("short", Program{After: 11 * time.Second})
	lt.time.Advance(2 * time.Minute)
	watch()
	want := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond}
	if d := cmp.Diff(want, waits[:4]); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if waits[len(waits)-1] != 100*time.Millisecond {
		t.Errorf("after a long run: %v", waits)
	}
}

// TestStopWhileRestarting: a stop ends the wait for a restart, without a signal; so does a removal.
func TestStopWhileRestarting(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	for _, name := range []string{"c1", "c2", "c3"} {
		lt.run(Container{Name: name, Host: HostConfig{RestartPolicy: "always"}}, "false")
		lt.wantStatus(name, "restarting", 1)
	}
	lt.actions()
	if err := lt.Pause("c1"); class(err) != "Conflict" || !strings.Contains(err.Error(), "is restarting, wait until") {
		t.Errorf("pause: %v", err)
	}
	if err := lt.Start("c1"); class(err) != "NotModified" {
		t.Errorf("start: %v", err)
	}
	lt.must(lt.Stop(t.Context(), "c1", StopOptions{}))
	lt.wantActions("stop")
	lt.wantStatus("c1", "exited", 1)
	lt.must(lt.Remove("c2", RemoveOptions{Force: true}))
	lt.wantActions("destroy")
	lt.must(lt.Kill("c3", ""))
	lt.wantActions()
	lt.wantStatus("c3", "exited", 1)
	lt.time.Advance(time.Minute)
	lt.wantActions()
}

// TestManualStopEndsPolicy: what a client has stopped stays so, until it starts it.
func TestManualStopEndsPolicy(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"always", "unless-stopped"} {
		lt := newLifeTest(t, Options{})
		lt.run(Container{Name: "c1", Host: HostConfig{RestartPolicy: policy}}, "sleep", "1")
		lt.must(lt.Kill("c1", ""))
		lt.time.Advance(time.Minute)
		lt.wantStatus("c1", "exited", 137)
		lt.must(lt.Start("c1"))
		lt.time.Advance(1050 * time.Millisecond)
		lt.wantStatus("c1", "restarting", 0)
		lt.time.Advance(60 * time.Millisecond)
		lt.wantStatus("c1", "running", 0)
	}
}

// TestUnlessStopped: a signal that is not the stop signal leaves the policy alone, but a container has then been stopped by hand, which
// unless-stopped heeds until the next start and always does not (daemon/kill.go, restartmanager).
func TestUnlessStopped(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string]string{"always": "restarting", "unless-stopped": "exited"} {
		lt := newLifeTest(t, Options{})
		lt.run(Container{Name: "c1", Host: HostConfig{RestartPolicy: policy}, Config: image.Config{StopSignal: "TERM"}}, "sleep", "5")
		lt.must(lt.Kill("c1", "WINCH"))
		lt.time.Advance(5050 * time.Millisecond)
		lt.wantStatus("c1", want, 0)
		if want == "restarting" {
			lt.must(lt.Stop(t.Context(), "c1", StopOptions{}))
		}
		lt.must(lt.Start("c1"))
		lt.time.Advance(5050 * time.Millisecond)
		lt.wantStatus("c1", "restarting", 0)
	}
}

// TestDieAttributes: how long a process ran is told from Docker 23 on.
func TestDieAttributes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[string]string{
		"20.10": {"exitCode": "3", "name": "c1", "image": "bb:1"},
		"28":    {"exitCode": "3", "name": "c1", "image": "bb:1", "execDuration": "7"},
	} {
		lt := newLifeTest(t, Options{Engine: named(name)})
		lt.SetProgram("x", Program{After: 7900 * time.Millisecond, ExitCode: 3})
		lt.run(Container{Name: "c1", Image: "bb:1"}, "x")
		lt.time.Advance(time.Minute)
		events := lt.sub.Take()
		if i := slices.IndexFunc(events, func(e Event) bool { return e.Action == "die" }); i < 0 || cmp.Diff(want, events[i].Attributes) != "" {
			t.Errorf("%s: %+v, want an event die with %v", name, events, want)
		}
	}
}

// TestCloseEndsTimers: nothing is planned any more, and what was about to happen does not.
func TestCloseEndsTimers(t *testing.T) {
	t.Parallel()
	var fire []func()
	stopped := 0
	s := New(Options{After: func(_ time.Duration, f func()) func() bool {
		fire = append(fire, f)
		return func() bool { stopped++; return true }
	}})
	img := ok[Image](t)(s.AddImage(Image{Content: image.Content{Config: image.Config{Cmd: []string{"sleep", "1"}}}}))
	check := &image.Healthcheck{Test: []string{"CMD", "true"}}
	c := ok[Container](t)(s.CreateContainer(Container{Name: "c1", ImageID: img.ID, Config: image.Config{Cmd: []string{"sleep", "1"}, Healthcheck: check}}))
	if err := s.Start(c.ID); err != nil {
		t.Fatal(err)
	}
	if len(fire) != 2 {
		t.Fatalf("%d timers, want the program's and the health check's", len(fire))
	}
	s.Close()
	if stopped != 2 {
		t.Errorf("%d timers are stopped", stopped)
	}
	for _, f := range fire {
		f()
	}
	if err := s.Restart(t.Context(), c.ID, StopOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, f := range fire {
		f()
	}
	if c, err := s.Container(c.ID); err != nil || c.State.Status() != "running" || c.State.Health.Status != "starting" || len(c.State.Health.Log) != 0 {
		t.Errorf("%+v, %v", c.State, err)
	}
}

// TestAutoRemove: --rm removes a container and its anonymous volumes when its process ends, and when it cannot start.
func TestAutoRemove(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	rm := HostConfig{AutoRemove: true}
	lt.run(Container{Name: "c1", Host: rm, Config: image.Config{Volumes: []string{"/v"}}}, "sleep", "1")
	lt.wantActions("volume mount", "network connect", "start")
	lt.time.Advance(time.Second)
	lt.wantActions("network disconnect", "volume unmount", "die 0", "volume destroy", "destroy")
	lt.create(Container{Name: "c2", Host: rm}, "nosuch")
	removed, cancel, err := lt.Wait("c2", Removed)
	lt.must(err)
	defer cancel()
	if err := lt.Start("c2"); class(err) != "Invalid" {
		t.Errorf("start: %v", err)
	}
	if e := lt.now(removed); e != (Exited{Code: 127}) {
		t.Errorf("%+v", e)
	}
	lt.wantActions("network disconnect", "destroy")
	lt.run(Container{Name: "c3", Host: rm}, "sh", "-c", trap)
	lt.actions()
	lt.must(lt.Restart(t.Context(), "c3", StopOptions{}))
	lt.wantActions("kill 15", "network disconnect", "stop", "die 3", "network connect", "start", "restart")
	lt.must(lt.Remove("c3", RemoveOptions{Force: true}))
	lt.wantActions("kill 9", "network disconnect", "die 137", "destroy")
	if len(lt.Containers())+len(lt.Volumes()) != 0 {
		t.Errorf("left: %v %v", lt.Containers(), lt.Volumes())
	}
}

// TestPause: a paused process does nothing, but its time goes on, and it sees its signals later; the one that stops it unpauses it.
func TestPause(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.run(Container{Name: "c1"}, "sleep", "10")
	lt.time.Advance(4 * time.Second)
	lt.must(lt.Pause("c1"))
	lt.time.Advance(time.Hour)
	lt.wantStatus("c1", "paused", 0)
	lt.actions()
	lt.must(lt.Unpause("c1"))
	lt.wantActions("unpause", "network disconnect", "die 0")
	lt.wantStatus("c1", "exited", 0)
	lt.run(Container{Name: "c2", Config: image.Config{StopSignal: "SIGUSR1"}}, "sh", "-c", trap)
	lt.must(lt.Pause("c2"))
	lt.actions()
	lt.must(lt.Kill("c2", "TERM"))
	lt.wantActions("kill 15")
	lt.wantStatus("c2", "paused", 0)
	lt.must(lt.Unpause("c2"))
	lt.wantActions("unpause", "network disconnect", "die 3")
	lt.run(Container{Name: "c3"}, "sh", "-c", trap)
	lt.must(lt.Pause("c3"))
	lt.actions()
	lt.must(lt.Kill("c3", "TERM"))
	lt.wantActions("kill 15", "unpause", "network disconnect", "die 3")
}

// TestStopWithoutEnd: a negative timeout waits for the process, or for the client to go.
func TestStopWithoutEnd(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.run(Container{Name: "c1"}, "sleep", "1000")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := lt.Stop(ctx, "c1", seconds(-1)); err == nil || !strings.HasSuffix(err.Error(), context.Canceled.Error()) {
		t.Errorf("a client that is gone: %v", err)
	}
	stopped := make(chan error)
	lt.actions()
	go func() { stopped <- lt.Stop(context.Background(), "c1", seconds(-1)) }()
	for signalled := false; !signalled; {
		<-lt.sub.Ready()
		signalled = len(lt.sub.Take()) > 0
	}
	lt.must(lt.Exit("c1", 7))
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	lt.wantStatus("c1", "exited", 7)
	lt.wantActions("network disconnect", "stop", "die 7")
}

// TestStopTimeoutOfContainer: the container's own timeout counts unless the client gives one.
func TestStopTimeoutOfContainer(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	zero := 0
	lt.run(Container{Name: "c1", Config: image.Config{StopTimeout: &zero}}, "sh", "-c", trap)
	lt.must(lt.Stop(t.Context(), "c1", StopOptions{}))
	lt.wantStatus("c1", "exited", 137)
	lt.must(lt.Start("c1"))
	lt.must(lt.Stop(t.Context(), "c1", seconds(5)))
	lt.wantStatus("c1", "exited", 3)
}

// TestInit: an init passes signals on to a process that has no handler.
func TestInit(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.run(Container{Name: "c1", Host: HostConfig{Init: true}}, "sleep", "1000")
	lt.must(lt.Stop(t.Context(), "c1", StopOptions{}))
	lt.wantStatus("c1", "exited", 143)
	lt.wantActions("network connect", "start", "kill 15", "network disconnect", "stop", "die 143")
}

// now returns what a wait has come to; one that goes on fails the test.
func (lt *lifeTest) now(done <-chan Exited) Exited {
	lt.Helper()
	select {
	case e := <-done:
		return e
	default:
		lt.Fatal("the wait goes on")
		return Exited{}
	}
}

// TestWaitConditions: who waits for what.
func TestWaitConditions(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.create(Container{Name: "c1"}, "sh", "-c", "sleep 1; exit 42")
	wait := func(condition WaitCondition) <-chan Exited {
		done, cancel, err := lt.Wait("c1", condition)
		lt.must(err)
		t.Cleanup(cancel)
		return done
	}
	if e := lt.now(wait(NotRunning)); e.Code != 0 {
		t.Errorf("created: %+v", e)
	}
	next, removed := wait(NextExit), wait(Removed)
	lt.must(lt.Start("c1"))
	not := wait(NotRunning)
	lt.time.Advance(time.Second)
	for name, done := range map[string]<-chan Exited{"next-exit": next, "not-running": not} {
		if e := lt.now(done); e.Code != 42 {
			t.Errorf("%s: %+v", name, e)
		}
	}
	select {
	case e := <-removed:
		t.Errorf("removed: %+v", e)
	default:
	}
	next = wait(NextExit)
	lt.must(lt.Remove("c1", RemoveOptions{}))
	if e := lt.now(removed); e.Code != 42 {
		t.Errorf("removed: %+v", e)
	}
	if e := lt.now(next); e.Code != 42 {
		t.Errorf("next-exit of what is removed: %+v", e)
	}
	lt.create(Container{Name: "c2"}, "nosuch")
	lt.Start("c2")
	done, _, err := lt.Wait("c2", NotRunning)
	lt.must(err)
	if e := lt.now(done); e.Code != 127 || !strings.Contains(e.Error, "executable file not found") {
		t.Errorf("%+v", e)
	}
	if _, _, err := lt.Wait("nosuch", Removed); class(err) != "NotFound" {
		t.Error(err)
	}
}

// TestKeptRunning: what a test puts there running does not end by itself, now or later, but can be stopped.
func TestKeptRunning(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	c, err := lt.AddContainer(Container{Name: "c1", ImageID: lt.image.ID, State: ContainerState{Running: true, StartedAt: lt.time.Now()}})
	lt.must(err)
	lt.must(lt.Restart(t.Context(), "c1", StopOptions{}))
	lt.time.Advance(time.Hour)
	lt.wantStatus("c1", "running", 0)
	lt.must(lt.Exit(c.ID, 5))
	lt.wantStatus("c1", "exited", 5)
	if err := lt.Exit("c1", 0); class(err) != "Conflict" {
		t.Error(err)
	}
}

// TestNetworkOfContainer: whose network a container may use.
func TestNetworkOfContainer(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.create(Container{Name: "c1"}, "sleep", "1000")
	lt.create(Container{Name: "c2", Host: HostConfig{NetworkMode: "container:c1"}}, "sleep", "1000")
	lt.create(Container{Name: "c3", Host: HostConfig{NetworkMode: "container:c3"}}, "sleep", "1000")
	if err := lt.Start("c2"); class(err) != "Conflict" || err.Error() != "cannot join network namespace of a non running container: container c1 is created" {
		t.Error(err)
	}
	if err := lt.Start("c3"); err == nil || err.Error() != "cannot join own network namespace" {
		t.Error(err)
	}
	lt.wantStatus("c2", "created", 128)
	lt.must(lt.Start("c1"))
	lt.actions()
	lt.must(lt.Start("c2"))
	lt.wantActions("start")
}

// TestRename: names are free again, and errors say which.
func TestRename(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.create(Container{Name: "c1"}, "true")
	lt.must(lt.Rename("c1", "/c2"))
	lt.wantActions("rename")
	if _, err := lt.Container("c1"); class(err) != "NotFound" {
		t.Error(err)
	}
	lt.create(Container{Name: "c1"}, "true")
	for name, want := range map[string]string{
		"":    "Neither old nor new names may be empty",
		"c2":  "Renaming a container with the same name as its current name",
		"a":   "Error when allocating new name: Invalid container name (/a), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
		"x/y": "Error when allocating new name: Invalid container name (/x/y), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
	} {
		if err := lt.Rename("c2", name); class(err) != "Invalid" || err.Error() != want {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := lt.Rename("c2", "c1"); class(err) != "Conflict" {
		t.Error(err)
	}
}

// TestRemoveAnonymousVolumes: with v, only those that nobody has given a name.
func TestRemoveAnonymousVolumes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"28", "20.10"} {
		lt := newLifeTest(t, Options{Engine: named(name)})
		lt.create(Container{Name: "c1", Host: HostConfig{Binds: []string{"named:/n"}}, Config: image.Config{Volumes: []string{"/v"}}}, "true")
		lt.must(lt.Remove("c1", RemoveOptions{Volumes: true}))
		if v := lt.Volumes(); len(v) != 1 || v[0].Name != "named" {
			t.Errorf("%s: %+v", name, v)
		}
		lt.wantActions("volume destroy", "destroy")
	}
}
