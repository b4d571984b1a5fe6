package state

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestWatchService: who waits for what nobody knows is told once, a second after both are there.
func TestWatchService(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	var told []string
	watch := func(name string) (cancel func()) {
		return lt.WatchService(name, func(command string) { told = append(told, name+": "+command) })
	}
	want := func(when string, want ...string) {
		t.Helper()
		if d := cmp.Diff(want, told); d != "" {
			t.Errorf("%s: %s", when, d)
		}
		told = nil
	}
	lt.SetProgram("known", Program{Runs: true})
	lt.create(Container{Name: "c1"}, "mytool", "migrate")
	watch("c1")
	lt.time.Advance(time.Minute)
	want("not started")
	if err := lt.Start("c1"); err != nil {
		t.Fatal(err)
	}
	lt.time.Advance(time.Second - 1)
	want("less than a second")
	lt.time.Advance(1)
	want("a second", "c1: mytool migrate")
	lt.time.Advance(time.Minute)
	want("told already")
	watch("c1")()
	lt.time.Advance(time.Minute)
	want("waits no longer")

	lt.run(Container{Name: "c2"}, "sh", "-c", "true; inner 1; true")
	lt.run(Container{Name: "c3"}, "known")
	lt.run(Container{Name: "c4"}, "sleep", "1000")
	for _, name := range []string{"c2", "c3", "c4", "nosuch"} {
		defer watch(name)()
	}
	lt.time.Advance(time.Second)
	want("of these, one is not known", "c2: inner 1")

	lt.run(Container{Name: "c5"}, "short")
	defer watch("c5")()
	lt.time.Advance(time.Second / 2)
	if err := lt.Kill("c5", ""); err != nil {
		t.Fatal(err)
	}
	lt.time.Advance(time.Minute)
	want("ended before")
	if err := lt.Start("c5"); err != nil {
		t.Fatal(err)
	}
	lt.time.Advance(time.Second)
	want("started again", "c5: short")

	live := Container{Name: "kept", ImageID: lt.image.ID, Config: lt.image.Config, State: ContainerState{Running: true}}
	live.Config.Cmd = []string{"serve"}
	if _, err := lt.AddContainer(live); err != nil {
		t.Fatal(err)
	}
	lt.awaken("kept")
	defer watch("kept")()
	lt.time.Advance(time.Minute)
	want("stays up whatever it does")
}
