package state

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// fakeTime is a clock that stands still, and timers that fire when it is set forward.
type fakeTime struct {
	mu     sync.Mutex
	now    time.Time    // protected by mu
	timers []*fakeTimer // protected by mu
	// planned tells of another timer.
	planned *sync.Cond
}

type fakeTimer struct {
	at time.Time
	f  func()
}

func newFakeTime() *fakeTime {
	ft := &fakeTime{now: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)}
	ft.planned = sync.NewCond(&ft.mu)
	return ft
}

func (ft *fakeTime) Now() time.Time {
	ft.mu.Lock()
	defer ft.mu.Unlock()
	return ft.now
}

func (ft *fakeTime) After(d time.Duration, f func()) (stop func() bool) {
	ft.mu.Lock()
	defer ft.mu.Unlock()
	timer := &fakeTimer{ft.now.Add(d), f}
	ft.timers = append(ft.timers, timer)
	ft.planned.Broadcast()
	return func() bool {
		ft.mu.Lock()
		defer ft.mu.Unlock()
		n := len(ft.timers)
		ft.timers = slices.DeleteFunc(ft.timers, func(have *fakeTimer) bool { return have == timer })
		return len(ft.timers) < n
	}
}

// Advance sets the clock forward and fires what is due on the way, the earliest first.
func (ft *fakeTime) Advance(d time.Duration) {
	end := ft.Now().Add(d)
	for {
		ft.mu.Lock()
		var due *fakeTimer
		for _, timer := range ft.timers {
			if !timer.at.After(end) && (due == nil || timer.at.Before(due.at)) {
				due = timer
			}
		}
		if due == nil {
			ft.now = end
			ft.mu.Unlock()
			return
		}
		ft.now = due.at
		ft.timers = slices.DeleteFunc(ft.timers, func(have *fakeTimer) bool { return have == due })
		ft.mu.Unlock()
		due.f()
	}
}

// lifeTest is a state with an image, a clock and a look at its events.
type lifeTest struct {
	*testing.T
	*State
	time  *fakeTime
	image Image
	sub   *Subscription
}

func newLifeTest(t *testing.T, o Options) *lifeTest {
	t.Helper()
	lt := &lifeTest{T: t, time: newFakeTime()}
	o.Clock, o.After, o.Seed = lt.time.Now, lt.time.After, []byte("life")
	lt.State = New(o)
	t.Cleanup(lt.State.Close)
	var err error
	if lt.image, err = lt.AddImage(Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}); err != nil {
		t.Fatal(err)
	}
	_, lt.sub = lt.Subscribe()
	t.Cleanup(lt.sub.Close)
	return lt
}

// create makes a container with a command.
func (lt *lifeTest) create(c Container, cmd ...string) {
	lt.Helper()
	c.Image, c.ImageID = "bb:1", lt.image.ID
	c.Config.Cmd = cmd
	if _, err := lt.CreateContainer(c); err != nil {
		lt.Fatal(err)
	}
	lt.sub.Take()
}

// run makes a container and starts it.
func (lt *lifeTest) run(c Container, cmd ...string) {
	lt.Helper()
	lt.create(c, cmd...)
	lt.must(lt.Start(c.Name))
}

func (lt *lifeTest) must(err error) {
	lt.Helper()
	if err != nil {
		lt.Fatal(err)
	}
}

// status is a container's state in a word, with its exit code: "exited 137"; "" of one that is gone.
func (lt *lifeTest) status(name string) (string, int) {
	c, err := lt.Container(name)
	if err != nil {
		return "", 0
	}
	return c.State.Status(), c.State.ExitCode
}

// actions are the events since the last call, in short: of containers the action alone.
func (lt *lifeTest) actions() []string {
	var list []string
	for _, e := range lt.sub.Take() {
		line := e.Action
		if e.Type != "container" {
			line = e.Type + " " + line
		}
		if code, ok := e.Attributes["exitCode"]; ok {
			line += " " + code
		}
		if signal, ok := e.Attributes["signal"]; ok {
			line += " " + signal
		}
		list = append(list, line)
	}
	return list
}

// wantActions compares the events since the last call.
func (lt *lifeTest) wantActions(want ...string) {
	lt.Helper()
	if got := lt.actions(); !slices.Equal(got, want) {
		lt.Errorf("events\n%q, want\n%q", got, want)
	}
}

// wantStatus compares a container's state.
func (lt *lifeTest) wantStatus(name, status string, exitCode int) {
	lt.Helper()
	if got, code := lt.status(name); got != status || code != exitCode {
		lt.Errorf("%s is %q with exit code %d, want %q with %d", name, got, code, status, exitCode)
	}
}

// waitForTimer waits until something is planned for that long from now.
func (lt *lifeTest) waitForTimer(d time.Duration) {
	lt.Helper()
	at := lt.time.Now().Add(d)
	lt.time.mu.Lock()
	defer lt.time.mu.Unlock()
	for !slices.ContainsFunc(lt.time.timers, func(timer *fakeTimer) bool { return timer.at.Equal(at) }) {
		lt.time.planned.Wait()
	}
}
