package fakedaemon_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// post sends a request with a JSON body, reads the answer to its end and returns the status.
func post(t *testing.T, d *fakedaemon.Daemon, path, body string) int {
	t.Helper()
	resp, err := d.HTTPClient().Post("http://docker"+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

// containerState is what GET /containers/{name}/json tells of the state.
func containerState(t *testing.T, d *fakedaemon.Daemon, name string) (s struct {
	Status   string
	ExitCode int
	Health   struct{ Status string }
}) {
	t.Helper()
	resp, err := d.HTTPClient().Get("http://docker/containers/" + name + "/json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	c := struct{ State any }{&s}
	if err := json.NewDecoder(resp.Body).Decode(&c); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPrograms: what a test says of programs is what containers and execs do.
func TestPrograms(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, nil)
	d.AddImage(fakedaemon.Image{Tags: []string{"app"}, Cmd: []string{"app"}})
	d.SetProgram("app --once", fakedaemon.Program{Exit: 4})
	d.SetProgram("gone", fakedaemon.Program{NotFound: true})
	d.SetProgram("big", fakedaemon.Program{OOM: true})
	d.SetProgram("soon", fakedaemon.Program{After: time.Millisecond, Exit: 6})
	for name, tt := range map[string]struct {
		cmd, status string
		start, code int
	}{
		"service": {`["app"]`, "running", 204, 0},
		"once":    {`["app","--once"]`, "exited", 204, 4},
		"gone":    {`["gone"]`, "created", 400, 127},
		"big":     {`["big"]`, "exited", 204, 137},
	} {
		if status := post(t, d, "/containers/create?name="+name, `{"Image":"app","Cmd":`+tt.cmd+`}`); status != http.StatusCreated {
			t.Fatalf("%s: create %d", name, status)
		}
		if status := post(t, d, "/containers/"+name+"/start", ""); status != tt.start {
			t.Errorf("%s: start %d, want %d", name, status, tt.start)
		}
		if s := containerState(t, d, name); s.Status != tt.status || s.ExitCode != tt.code {
			t.Errorf("%s: %+v", name, s)
		}
	}
	post(t, d, "/containers/create?name=soon", `{"Image":"app","Cmd":["soon"]}`)
	post(t, d, "/containers/soon/start", "")
	post(t, d, "/containers/soon/wait", "")
	if s := containerState(t, d, "soon"); s.Status != "exited" || s.ExitCode != 6 {
		t.Errorf("soon: %+v", s)
	}
}

// TestExitContainer: a test ends a process, and says how healthy it is.
func TestExitContainer(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, nil)
	id := d.AddContainer(fakedaemon.Container{Name: "c1", Health: "starting"})
	d.SetHealth("c1", "healthy")
	if s := containerState(t, d, "c1"); s.Status != "running" || s.Health.Status != "healthy" {
		t.Errorf("%+v", s)
	}
	d.ExitContainer(id, 3)
	if s := containerState(t, d, "c1"); s.Status != "exited" || s.ExitCode != 3 {
		t.Errorf("%+v", s)
	}
	d.AddContainer(fakedaemon.Container{Name: "always", Restart: "always"})
	d.ExitContainer("always", 1)
	if s := containerState(t, d, "always"); s.Status != "restarting" {
		t.Errorf("%+v", s)
	}
}

// TestExitContainerErrors: what cannot be ended fails the test.
func TestExitContainerErrors(t *testing.T) {
	t.Parallel()
	tb := &failing{T: t}
	d := fakedaemon.Start(tb, nil)
	d.AddContainer(fakedaemon.Container{Name: "c1", Status: "exited"})
	for want, f := range map[string]func(){
		"No such container: nosuch": func() { d.ExitContainer("nosuch", 0) },
		"is not running":            func() { d.ExitContainer("c1", 0) },
		"must be one of":            func() { d.SetHealth("c1", "ill") },
	} {
		tb.got = nil
		f()
		if len(tb.got) != 1 || !strings.Contains(tb.got[0], want) {
			t.Errorf("%q, want %q", tb.got, want)
		}
	}
}
