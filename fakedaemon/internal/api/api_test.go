package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// now is the time of all tests.
var now = time.Date(2026, 11, 22, 2, 55, 43, 0, time.UTC)

func clock() time.Time { return now }

// ago is a time before now.
func ago(d time.Duration) time.Time { return now.Add(-d) }

func newState() *state.State { return state.New(state.Options{Clock: clock, Seed: []byte("test")}) }

func newStateOf(e *engine.Engine, clock func() time.Time, seed []byte) *state.State {
	return state.New(state.Options{Engine: e, Clock: clock, Seed: seed})
}

// serve returns a handler over st.
func serve(st *state.State) http.Handler { return New(Config{State: st, Clock: clock}) }

func engineByName(t *testing.T, name string) *engine.Engine {
	t.Helper()
	e, ok := engine.ByName(name)
	if !ok {
		t.Fatalf("there is no engine %q", name)
	}
	return e
}

// do sends a request to a handler and returns the status and the body.
func do(t *testing.T, h http.Handler, method, target, body string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(b)
}

// get decodes the answer to a GET, which must be 200.
func get[T any](t *testing.T, h http.Handler, target string) T {
	t.Helper()
	status, body := do(t, h, http.MethodGet, target, "")
	if status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", target, status, body)
	}
	var v T
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("GET %s: %v in %s", target, err, body)
	}
	return v
}

// message is the body of an error.
func message(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return `{"message":` + string(b) + "}\n"
}

// must drops the value of what a test adds.
func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// lab adds what the recorded matrix of API versions has: mx1 running on two networks, mx2 exited, mx3 created. Each
// has written so many bytes.
func lab(t *testing.T, st *state.State, written int64) {
	t.Helper()
	img := must[state.Image](t)(st.AddImage(state.Image{
		Refs: []string{"docker.io/library/bb:1", "docker.io/library/mx:1"},
		Content: image.Content{
			Created: ago(5 * time.Second),
			Comment: "Imported from -",
			Layers:  []image.Layer{{Size: 1982386}},
			Config:  image.Config{Cmd: []string{"/bin/sh"}, Env: []string{"PATH=/usr/bin:/bin"}},
		},
	}))
	mxnet := must[state.Network](t)(st.AddNetwork(state.Network{Name: "mxnet", Labels: map[string]string{"a": "b"}}))
	must[state.Volume](t)(st.AddVolume(state.Volume{Name: "mxvol", Labels: map[string]string{"a": "b"}}))
	mx1 := state.Container{
		Name:    "mx1",
		Created: ago(4 * time.Second),
		Image:   "bb:1",
		ImageID: img.ID,
		Config: image.Config{
			Cmd:          []string{"sleep", "1000"},
			Env:          []string{"A=b"},
			Labels:       map[string]string{"l": "v"},
			ExposedPorts: []string{"99/tcp"},
			Healthcheck:  &image.Healthcheck{Test: []string{"CMD-SHELL", "true"}, Interval: time.Second},
		},
		Host: state.HostConfig{
			NetworkMode:   "mxnet",
			Binds:         []string{"mxvol:/data", "/tmp:/ht:ro"},
			PortBindings:  map[string][]state.PortBinding{"80/tcp": {{HostPort: "22171"}}, "81/udp": {{HostPort: "22172"}}},
			RestartPolicy: "unless-stopped",
		},
		Endpoints: map[string]state.Endpoint{
			"mxnet": {
				NetworkID: mxnet.ID, EndpointID: strings.Repeat("a", 64), MacAddress: "02:42:ac:12:00:02",
				Gateway: "172.18.0.1", IPAddress: "172.18.0.2", IPPrefixLen: 16,
				Aliases: []string{"al"}, DNSNames: []string{"mx1", "al"},
			},
			"bridge": {
				EndpointID: strings.Repeat("b", 64), MacAddress: "02:42:ac:11:00:02",
				Gateway: "172.17.0.1", IPAddress: "172.17.0.2", IPPrefixLen: 16,
			},
		},
		SizeRw: written,
		State: state.ContainerState{Running: true, StartedAt: ago(4 * time.Second), Health: &state.Health{
			Status: "healthy",
			Log:    []state.HealthResult{{Start: ago(3 * time.Second), End: ago(3 * time.Second)}},
		}},
	}
	// What the state has no names for.
	if err := SetConfig(&mx1, nil, []byte(`{"Init": true, "Memory": 67108864, "Mounts": [{"Type": "tmpfs", "Target": "/t"}]}`)); err != nil {
		t.Fatal(err)
	}
	must[state.Container](t)(st.AddContainer(mx1))
	must[state.Container](t)(st.AddContainer(state.Container{
		Name: "mx2", Created: ago(3 * time.Second), Image: "bb:1", ImageID: img.ID, SizeRw: written,
		Config: image.Config{Cmd: []string{"sh", "-c", "exit 3"}},
		State:  state.ContainerState{StartedAt: ago(3 * time.Second), FinishedAt: ago(3 * time.Second), ExitCode: 3},
	}))
	must[state.Container](t)(st.AddContainer(state.Container{
		Name: "mx3", Created: ago(2 * time.Second), Image: "bb:1", ImageID: img.ID, SizeRw: written,
		Config: image.Config{Cmd: []string{"sh"}},
	}))
}
