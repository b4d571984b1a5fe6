package state

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// TestHealth: a check that fails, then succeeds because a program in the container made a file.
func TestHealth(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.run(Container{Name: "h1", Config: image.Config{Healthcheck: &image.Healthcheck{Test: []string{"CMD-SHELL", "test -f /tmp/ok"}, Interval: 300 * time.Millisecond, Retries: 2}}}, "sleep", "1000")
	health := func() Health {
		c, err := lt.Container("h1")
		lt.must(err)
		return *c.State.Health
	}
	lt.wantActions("network connect", "start")
	if h := health(); h.Status != "starting" {
		t.Errorf("%+v", h)
	}
	probe := []string{"exec_create: /bin/sh -c test -f /tmp/ok", "exec_start: /bin/sh -c test -f /tmp/ok"}
	lt.time.Advance(300 * time.Millisecond)
	lt.wantActions(append(probe, "exec_die 1")...)
	lt.time.Advance(300 * time.Millisecond)
	lt.wantActions(append(probe, "exec_die 1", "health_status: unhealthy")...)
	lt.time.Advance(1200 * time.Millisecond)
	if h := health(); h.Status != "unhealthy" || h.FailingStreak != 6 || len(h.Log) != 5 {
		t.Errorf("%+v", h)
	}
	id, err := lt.CreateExec("h1", ExecConfig{Args: []string{"touch", "/tmp/ok"}})
	lt.must(err)
	lt.must(lt.StartExec(id))
	lt.actions()
	lt.time.Advance(300 * time.Millisecond)
	lt.wantActions(append(probe, "exec_die 0", "health_status: healthy")...)
	now := lt.time.Now()
	h := health()
	if d := cmp.Diff(HealthResult{Start: now, End: now}, h.Log[4]); d != "" || h.Status != "healthy" || h.FailingStreak != 0 {
		t.Errorf("%+v (-want +got)\n%s", h, d)
	}
	lt.must(lt.Pause("h1"))
	lt.actions()
	lt.time.Advance(time.Minute)
	lt.wantActions()
	lt.must(lt.Unpause("h1"))
	lt.must(lt.Stop(t.Context(), "h1", StopOptions{}))
	lt.actions()
	lt.time.Advance(time.Minute)
	lt.wantActions()
	c, err := lt.Container("h1")
	lt.must(err)
	if ids := lt.ExecIDs(c.ID); ids != nil {
		t.Errorf("execs: %v", ids)
	}
}

// TestHealthTimes: start periods, timeouts, programs that cannot be started, and checks that are none.
func TestHealthTimes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		check  image.Healthcheck
		after  time.Duration
		status string
		streak int
		output string
	}{
		{image.Healthcheck{Test: []string{"CMD", "false"}, StartPeriod: 20 * time.Second, StartInterval: time.Second, Retries: 1}, 19 * time.Second, "starting", 0, ""},
		{image.Healthcheck{Test: []string{"CMD", "false"}, StartPeriod: 20 * time.Second, StartInterval: time.Second, Retries: 1}, 21 * time.Second, "unhealthy", 1, ""},
		{image.Healthcheck{Test: []string{"CMD", "false"}}, 89 * time.Second, "starting", 2, ""},
		{image.Healthcheck{Test: []string{"CMD", "false"}}, 91 * time.Second, "unhealthy", 3, ""},
		{image.Healthcheck{Test: []string{"CMD", "curl", "-f", "http://localhost"}}, 31 * time.Second, "healthy", 0, ""},
		{image.Healthcheck{Test: []string{"CMD-SHELL", "sleep 5; exit 1"}, Interval: time.Second, Timeout: 2 * time.Second, Retries: 1}, 4 * time.Second, "unhealthy", 1, "Health check exceeded timeout (2s)"},
		{image.Healthcheck{Test: []string{"CMD-SHELL", "sleep 1"}, Interval: time.Second, Timeout: 2 * time.Second, Retries: 1}, 3 * time.Second, "healthy", 0, ""},
		{image.Healthcheck{Test: []string{"CMD", "nosuch"}, Interval: time.Second, Retries: 1}, time.Second, "unhealthy", 1, execFailed + `exec: "nosuch": executable file not found in $PATH`},
		{image.Healthcheck{Test: []string{"NONE"}}, time.Hour, "", 0, ""},
	} {
		lt := newLifeTest(t, Options{})
		lt.run(Container{Name: "h1", Config: image.Config{Healthcheck: &tt.check}}, "sleep", "infinity")
		lt.time.Advance(tt.after)
		c, err := lt.Container("h1")
		lt.must(err)
		h := Health{}
		if c.State.Health != nil {
			h = *c.State.Health
		}
		output := ""
		if len(h.Log) > 0 {
			output = h.Log[len(h.Log)-1].Output
		}
		if h.Status != tt.status || h.FailingStreak != tt.streak || output != tt.output {
			t.Errorf("%+v after %v: %q, streak %d, output %q", tt.check, tt.after, h.Status, h.FailingStreak, output)
		}
	}
}

// TestProbeStopped: what ends the health checks kills the one that runs, and nobody learns its result (daemon/health.go, monitor).
func TestProbeStopped(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		stop func(lt *lifeTest) error
		want []string
	}{
		"pause":     {func(lt *lifeTest) error { return lt.Pause("h1") }, []string{"pause", "exec_die 137"}},
		"exit":      {func(lt *lifeTest) error { return lt.Exit("h1", 3) }, []string{"exec_die 137", "network disconnect", "die 3"}},
		"SetHealth": {func(lt *lifeTest) error { return lt.SetHealth("h1", "healthy") }, []string{"exec_die 137", "health_status: healthy"}},
	} {
		lt := newLifeTest(t, Options{})
		lt.run(Container{Name: "h1", Config: image.Config{Healthcheck: &image.Healthcheck{Test: []string{"CMD", "sleep", "20"}, Interval: time.Second}}}, "sleep", "infinity")
		lt.time.Advance(time.Second)
		lt.actions()
		lt.must(tt.stop(lt))
		lt.time.Advance(time.Minute)
		if d := cmp.Diff(tt.want, lt.actions()); d != "" {
			t.Errorf("%s (-want +got)\n%s", what, d)
		}
		c := ok[Container](t)(lt.Container("h1"))
		if all := lt.lives[c.ID].allExecs; len(all) != 0 || len(lt.execs) != 0 || len(c.State.Health.Log) != 0 {
			t.Errorf("%s: %d execs of the container, %d of all, %d results", what, len(all), len(lt.execs), len(c.State.Health.Log))
		}
	}
}

// TestSetHealth: what a test says of a container's health stays until it is started again.
func TestSetHealth(t *testing.T) {
	t.Parallel()
	lt := newLifeTest(t, Options{})
	lt.run(Container{Name: "h1", Config: image.Config{Healthcheck: &image.Healthcheck{Test: []string{"CMD", "true"}, Interval: time.Second}}}, "sleep", "infinity")
	lt.actions()
	lt.must(lt.SetHealth("h1", "unhealthy"))
	lt.wantActions("health_status: unhealthy")
	lt.time.Advance(time.Minute)
	lt.wantActions()
	lt.must(lt.Restart(t.Context(), "h1", StopOptions{}))
	lt.time.Advance(time.Second)
	if c, _ := lt.Container("h1"); c.State.Health.Status != "healthy" {
		t.Errorf("%+v", c.State.Health)
	}
	for want, err := range map[string]error{
		"NotFound": lt.SetHealth("nosuch", "healthy"),
		"Invalid":  lt.SetHealth("h1", "ill"),
	} {
		if class(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	lt.run(Container{Name: "c1"}, "sleep", "1000")
	if err := lt.SetHealth("c1", "healthy"); class(err) != "Conflict" {
		t.Error(err)
	}
}

// TestHealthOfNothing: the command of a check may have no arguments but empty ones.
func TestHealthOfNothing(t *testing.T) {
	t.Parallel()
	for _, check := range [][]string{{"CMD", "sleep", ""}, {"CMD-SHELL", "sleep ''"}, {"CMD", ""}, {"CMD-SHELL", ""}, {"CMD", "timeout", ""}, {"CMD", "sleep", "", "1"}} {
		lt := newLifeTest(t, Options{})
		lt.run(Container{Name: "h1", Config: image.Config{Healthcheck: &image.Healthcheck{Test: check, Interval: time.Second, Retries: 1}}}, "sleep", "1000")
		lt.time.Advance(time.Second)
		c, err := lt.Container("h1")
		lt.must(err)
		want := "unhealthy"
		if check[0] == "CMD-SHELL" && check[1] == "" {
			want = "healthy"
		}
		if c.State.Health.Status != want {
			t.Errorf("%q: %+v, want %s", check, c.State.Health, want)
		}
	}
}
