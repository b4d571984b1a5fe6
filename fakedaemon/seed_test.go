package fakedaemon_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

var seedTime = time.Date(2026, 11, 22, 2, 55, 43, 0, time.UTC)

func startSeeded(t *testing.T) *fakedaemon.Daemon {
	t.Helper()
	return fakedaemon.Start(t, &fakedaemon.Options{Clock: func() time.Time { return seedTime }, Seed: []byte("seed")})
}

// ask decodes what the daemon answers to a GET.
func ask[T any](t *testing.T, d *fakedaemon.Daemon, path string) T {
	t.Helper()
	resp, err := d.HTTPClient().Get("http://docker" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %s %v", path, resp.Status, body, err)
	}
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// inspected is what the tests look at of a container.
type inspected struct {
	ID, Name, Path, Created string
	Args                    []string
	RestartCount            int
	State                   struct {
		Status, StartedAt, FinishedAt     string
		Running, Paused, Restarting, Dead bool
		ExitCode                          int
		Health                            *struct{ Status string }
	}
	Config struct {
		Image, Hostname, User, WorkingDir string
		Env, Cmd, Entrypoint              []string
		Labels                            map[string]string
		Tty                               bool
		StopTimeout                       int
	}
	HostConfig struct {
		NetworkMode   string
		Binds         []string
		RestartPolicy struct {
			Name              string
			MaximumRetryCount int
		}
		AutoRemove bool
		Memory     int64
	}
	Mounts          []struct{ Name, Destination string }
	NetworkSettings struct {
		Ports    map[string][]struct{ HostIp, HostPort string }
		Networks map[string]struct{ IPAddress string }
	}
}

// TestSeedZero: zero values make something sensible of each kind.
func TestSeedZero(t *testing.T) {
	t.Parallel()
	d := startSeeded(t)
	id := d.AddContainer(fakedaemon.Container{})
	c := ask[inspected](t, d, "/containers/"+id+"/json")
	if c.ID != id || !strings.Contains(c.Name, "_") || c.State.Status != "running" || c.Path != "sh" || c.Config.Image != fakedaemon.DefaultImage || c.HostConfig.NetworkMode != "bridge" || c.HostConfig.RestartPolicy.Name != "no" {
		t.Errorf("%+v", c)
	}
	if c.Created != "2026-11-22T02:55:43Z" || c.State.StartedAt != c.Created || c.State.FinishedAt != "0001-01-01T00:00:00Z" {
		t.Errorf("times %+v", c)
	}
	type image struct {
		RepoTags []string
		Size     int64
	}
	if got := ask[image](t, d, "/images/busybox/json"); got.RepoTags[0] != "busybox:latest" || got.Size != fakedaemon.DefaultImageSize {
		t.Errorf("%+v", got)
	}
	// The container's image is there already; a second one takes its tag.
	newer := d.AddImage(fakedaemon.Image{})
	if got := ask[struct{ ID string }](t, d, "/images/busybox/json").ID; got != newer {
		t.Errorf("busybox is %s, want %s", got, newer)
	}
	if got := ask[image](t, d, "/images/"+d.AddImage(fakedaemon.Image{Tags: []string{}})+"/json"); len(got.RepoTags) != 0 {
		t.Errorf("dangling image with %v", got.RepoTags)
	}
	for _, want := range []string{"net1", "net2"} {
		if got := ask[struct{ Name string }](t, d, "/networks/"+d.AddNetwork(fakedaemon.Network{})); got.Name != want {
			t.Errorf("network %q, want %q", got.Name, want)
		}
	}
	type volume struct{ Labels map[string]string }
	if got := ask[volume](t, d, "/volumes/"+d.AddVolume(fakedaemon.Volume{})).Labels; !cmp.Equal(got, map[string]string{"com.docker.volume.anonymous": ""}) {
		t.Errorf("labels %v", got)
	}
}

func TestSeedFields(t *testing.T) {
	t.Parallel()
	d := startSeeded(t)
	d.AddNetwork(fakedaemon.Network{Name: "back", Subnet: "10.1.0.0/24", Gateway: "10.1.0.254"})
	d.AddImage(fakedaemon.Image{
		Tags: []string{"app", "app:1"}, Size: 7, Entrypoint: []string{"run"}, Env: []string{"A=image"}, Labels: map[string]string{"l": "image"}, Expose: []string{"9000"}, Volumes: []string{"/cache"},
	})
	id := d.AddContainer(fakedaemon.Container{
		ID:           strings.Repeat("a", 64),
		Name:         "web",
		Image:        "app:1",
		Cmd:          []string{"--fast"},
		Env:          []string{"B=c"},
		Labels:       map[string]string{"m": "mine"},
		Hostname:     "h1",
		User:         "me",
		WorkingDir:   "/w",
		Tty:          true,
		Health:       "unhealthy",
		Created:      seedTime.Add(-time.Hour),
		StartedAt:    seedTime.Add(-time.Minute),
		RestartCount: 2,
		Network:      "back",
		Publish:      []string{"8080:80"},
		Expose:       []string{"99/udp"},
		Volumes:      []string{"data:/data:ro", "/scratch"},
		Restart:      "on-failure:3",
		AutoRemove:   true,
		Config:       json.RawMessage(`{"StopTimeout": 7, "User": "you"}`),
		HostConfig:   json.RawMessage(`{"Memory": 1024}`),
	})
	got := ask[inspected](t, d, "/containers/web/json")
	if len(got.Mounts) != 3 || got.Mounts[0].Name != "data" || got.Mounts[1].Destination != "/scratch" || got.Mounts[2].Destination != "/cache" {
		t.Errorf("mounts %+v", got.Mounts)
	}
	got.Mounts = nil
	var want inspected
	want.ID, want.Name, want.Path, want.Args, want.Created, want.RestartCount = id, "/web", "run", []string{"--fast"}, "2026-11-22T01:55:43Z", 2
	want.State.Status, want.State.Running, want.State.StartedAt, want.State.FinishedAt = "running", true, "2026-11-22T02:54:43Z", "0001-01-01T00:00:00Z"
	want.State.Health = &struct{ Status string }{"unhealthy"}
	want.Config.Image, want.Config.Hostname, want.Config.User, want.Config.WorkingDir, want.Config.Tty, want.Config.StopTimeout = "app:1", "h1", "me", "/w", true, 7
	want.Config.Env, want.Config.Cmd, want.Config.Entrypoint = []string{"B=c", "A=image"}, []string{"--fast"}, []string{"run"}
	want.Config.Labels = map[string]string{"l": "image", "m": "mine"}
	want.HostConfig.NetworkMode, want.HostConfig.Binds, want.HostConfig.AutoRemove, want.HostConfig.Memory = "back", []string{"data:/data:ro"}, true, 1024
	want.HostConfig.RestartPolicy.Name, want.HostConfig.RestartPolicy.MaximumRetryCount = "on-failure", 3
	want.NetworkSettings.Ports = map[string][]struct{ HostIp, HostPort string }{"80/tcp": {{"0.0.0.0", "8080"}, {"::", "8080"}}, "99/udp": nil, "9000/tcp": nil}
	want.NetworkSettings.Networks = map[string]struct{ IPAddress string }{"back": {"10.1.0.1"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestSeedStatus(t *testing.T) {
	t.Parallel()
	d := startSeeded(t)
	const zero, at = "0001-01-01T00:00:00Z", "2026-11-22T02:55:43Z"
	for _, tt := range []struct{ status, started, finished, text string }{
		{"created", zero, zero, "Created"},
		{"running", at, zero, "Up Less than a second"},
		{"paused", at, zero, "Up Less than a second (Paused)"},
		{"restarting", at, at, "Restarting (3) Less than a second ago"},
		{"removing", at, at, "Removal In Progress"},
		{"exited", at, at, "Exited (3) Less than a second ago"},
		{"dead", at, at, "Dead"},
	} {
		d.AddContainer(fakedaemon.Container{Name: tt.status, Status: tt.status, ExitCode: 3})
		c := ask[inspected](t, d, "/containers/"+tt.status+"/json").State
		if c.Status != tt.status || c.StartedAt != tt.started || c.FinishedAt != tt.finished || c.ExitCode != 3 {
			t.Errorf("%s: %+v", tt.status, c)
		}
		list := ask[[]struct {
			Names  []string
			Status string
		}](t, d, "/containers/json?limit=1")
		if list[0].Status != tt.text {
			t.Errorf("%s: %q, want %q", tt.status, list[0].Status, tt.text)
		}
	}
}

// failing is a TB whose Fatalf only tells.
type failing struct {
	*testing.T
	got []string
}

func (f *failing) Fatalf(format string, args ...any) {
	f.got = append(f.got, fmt.Sprintf(format, args...))
}

// TestSeedErrors: with Start a bad seed fails the test, with New it panics.
func TestSeedErrors(t *testing.T) {
	t.Parallel()
	tb := &failing{T: t}
	d := fakedaemon.Start(tb, nil)
	d.AddContainer(fakedaemon.Container{Name: "c1"})
	for _, tt := range []struct {
		add  func()
		want string
	}{
		{func() { d.AddContainer(fakedaemon.Container{Name: "c1"}) }, `fakedaemon: AddContainer: Conflict. The container name "/c1" is already in use by container`},
		{func() { d.AddContainer(fakedaemon.Container{Image: "BAD"}) }, "fakedaemon: AddContainer: invalid reference format: repository name (library/BAD) must be lowercase"},
		{func() { d.AddContainer(fakedaemon.Container{Image: "sha256:" + strings.Repeat("a", 64)}) }, "fakedaemon: AddContainer: No such image: sha256:aaa"},
		{func() { d.AddContainer(fakedaemon.Container{Status: "up"}) }, `fakedaemon: AddContainer: status "up": must be one of created, running, paused, restarting, removing, exited, dead`},
		{func() { d.AddContainer(fakedaemon.Container{Health: "ill"}) }, `fakedaemon: AddContainer: health "ill": must be one of starting, healthy, unhealthy`},
		{func() { d.AddContainer(fakedaemon.Container{Restart: "often"}) }, `fakedaemon: AddContainer: restart policy "often": use one of 'no', 'always', 'on-failure', or 'unless-stopped'`},
		{func() { d.AddContainer(fakedaemon.Container{Restart: "always:2"}) }, `fakedaemon: AddContainer: restart policy "always:2": maximum retry count can only be used with 'on-failure'`},
		{func() { d.AddContainer(fakedaemon.Container{Restart: "on-failure:x"}) }, `fakedaemon: AddContainer: restart policy "on-failure:x": maximum retry count must be a positive number`},
		{func() { d.AddContainer(fakedaemon.Container{Publish: []string{"x:80"}}) }, "fakedaemon: AddContainer: invalid"},
		{func() { d.AddContainer(fakedaemon.Container{Config: json.RawMessage("{")}) }, "fakedaemon: AddContainer: invalid JSON of Config: "},
		{func() { d.AddContainer(fakedaemon.Container{Network: "nosuch"}) }, "fakedaemon: AddContainer: network nosuch not found"},
		{func() { d.AddImage(fakedaemon.Image{Tags: []string{strings.Repeat("a", 64)}}) }, `fakedaemon: AddImage: tag "aaa`},
		{func() { d.AddImage(fakedaemon.Image{Tags: []string{"a b"}}) }, "fakedaemon: AddImage: invalid reference format"},
		{func() { d.AddImage(fakedaemon.Image{Expose: []string{"x"}}) }, `fakedaemon: AddImage: invalid port "x" to expose`},
		{func() { d.AddNetwork(fakedaemon.Network{Name: "host"}) }, "fakedaemon: AddNetwork: operation is not permitted on predefined host network "},
		{func() { d.AddNetwork(fakedaemon.Network{Gateway: "10.0.0.1"}) }, "fakedaemon: AddNetwork: gateway 10.0.0.1: give its subnet too"},
		{func() { d.AddNetwork(fakedaemon.Network{ID: "x"}) }, `fakedaemon: AddNetwork: invalid ID "x"`},
		{func() { d.AddVolume(fakedaemon.Volume{Name: "a b"}) }, `fakedaemon: AddVolume: create a b: "a b" includes invalid characters`},
	} {
		tb.got = nil
		tt.add()
		if len(tb.got) != 1 || !strings.HasPrefix(tb.got[0], tt.want) {
			t.Errorf("%q, want %q", tb.got, tt.want)
		}
	}
	alone, err := fakedaemon.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Close()
	defer func() {
		if err, ok := recover().(error); !ok || !strings.HasPrefix(err.Error(), "fakedaemon: AddVolume: ") {
			t.Errorf("panic: %v", err)
		}
	}()
	alone.AddVolume(fakedaemon.Volume{Name: "a b"})
	t.Error("no panic")
}

// TestSeedConcurrent: containers that want one image at once share it.
func TestSeedConcurrent(t *testing.T) {
	t.Parallel()
	d := startSeeded(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			d.AddContainer(fakedaemon.Container{Image: "app"})
			d.AddNetwork(fakedaemon.Network{})
			ask[[]inspected](t, d, "/networks")
		}()
	}
	wg.Wait()
	if got := ask[[]struct{ ID string }](t, d, "/images/json"); len(got) != 1 {
		t.Errorf("%d images", len(got))
	}
	var names []string
	for _, n := range ask[[]struct{ Name string }](t, d, "/networks") {
		names = append(names, n.Name)
	}
	if slices.Sort(names); len(slices.Compact(names)) != 23 {
		t.Errorf("networks %v", names)
	}
}
