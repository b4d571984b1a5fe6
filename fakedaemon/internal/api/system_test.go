package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/api/types/volume"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

func TestSystemInfo(t *testing.T) {
	t.Parallel()
	st := psState(t)
	h := New(Config{
		State:    st,
		Clock:    clock,
		Host:     Host{Name: "h1", NCPU: 3, MemTotal: 5, AuthorizationPlugins: []string{"p"}},
		Settings: func() Settings { return Settings{Labels: []string{"a=b"}, Debug: true} },
		Listeners: func() []Listener {
			return []Listener{
				{Host: "unix:///var/run/docker.sock"},
				{Host: "tcp://127.0.0.1:2375"},
				{Host: "tcp://127.0.0.1:2376", TLS: true},
				{Host: "tcp://127.0.0.1:2377", TLS: true, Verify: true},
			}
		},
	})
	info := get[system.Info](t, h, "/info")
	if info.Containers != 5 || info.ContainersRunning != 2 || info.ContainersPaused != 1 || info.ContainersStopped != 2 || info.Images != 2 {
		t.Errorf("counts %d %d %d %d %d", info.Containers, info.ContainersRunning, info.ContainersPaused, info.ContainersStopped, info.Images)
	}
	if info.Name != "h1" || info.NCPU != 3 || info.MemTotal != 5 || !info.Debug || info.ID != st.ID() || info.SystemTime != "2026-11-22T02:55:43Z" {
		t.Errorf("%+v", info)
	}
	if d := cmp.Diff([]string{"a=b"}, info.Labels); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"p"}, info.Plugins.Authorization); d != "" {
		t.Error(d)
	}
	const text = `
         Access to the remote API is equivalent to root access on the host. Refer
         to the 'Docker daemon attack surface' section in the documentation for
         more information: https://docs.docker.com/go/attack-surface/
In future versions this will be a hard failure preventing the daemon from starting! Learn more at: https://docs.docker.com/go/api-security/`
	want := []string{
		"[DEPRECATION NOTICE]: API is accessible on http://127.0.0.1:2375 without encryption." + text,
		"[DEPRECATION NOTICE]: API is accessible on https://127.0.0.1:2376 without TLS client verification." + text,
	}
	if d := cmp.Diff(want, info.Warnings); d != "" {
		t.Errorf("warnings (-want +got)\n%s", d)
	}
	if got := get[system.Info](t, h, "/v1.24/info").SecurityOptions; !cmp.Equal(got, []string{"seccomp"}) {
		t.Errorf("security options of API 1.24: %v", got)
	}
	if got := get[system.Info](t, h, "/info").SecurityOptions; !cmp.Equal(got, []string{"name=seccomp,profile=builtin"}) {
		t.Errorf("security options: %v", got)
	}
}

// TestSystemDataUsage has flow 17-system-prune.
func TestSystemDataUsage(t *testing.T) {
	t.Parallel()
	st := psState(t)
	must[state.Volume](t)(st.AddVolume(state.Volume{Name: "pvol", Size: 9}))
	must[state.Volume](t)(st.AddVolume(state.Volume{Name: "opts", Options: map[string]string{"type": "tmpfs"}}))
	h := serve(st)
	du := get[types.DiskUsage](t, h, "/system/df")
	if du.LayersSize != 1982386 || len(du.Images) != 2 || len(du.Containers) != 5 || du.BuildCache == nil {
		t.Errorf("%+v", du)
	}
	if du.Images[1].RepoDigests != nil || du.Images[1].SharedSize != 0 || du.Images[1].Containers != 4 {
		t.Errorf("image %+v", du.Images[1])
	}
	if du.Containers[0].SizeRw != 7 {
		t.Errorf("container %+v", du.Containers[0])
	}
	usage := map[string]volume.UsageData{}
	for _, v := range du.Volumes {
		usage[v.Name] = *v.UsageData
	}
	if d := cmp.Diff(map[string]volume.UsageData{"fvol": {RefCount: 1}, "pvol": {Size: 9}}, usage); d != "" {
		t.Errorf("volumes (-want +got)\n%s", d)
	}
	for target, want := range map[string]string{
		"/system/df?type=volume":                       "Volumes",
		"/system/df?type=image":                        "Images LayersSize",
		"/system/df?type=container&type=build-cache":   "BuildCache Containers",
		"/system/df?type=":                             "",
		"/v1.41/system/df?type=volume":                 "BuildCache Containers Images LayersSize Volumes",
		"/v1.42/system/df?verbose=1":                   "BuildCache Containers Images LayersSize Volumes",
		"/v1.51/system/df?type=image&type=image&x=%20": "Images LayersSize",
	} {
		if target == "/system/df?type=" {
			if status, body := do(t, h, http.MethodGet, target, ""); status != 400 || body != message("unknown object type: ") {
				t.Errorf("%s: %d %s", target, status, body)
			}
			continue
		}
		var got string
		for _, key := range []string{"BuildCache", "Containers", "Images", "LayersSize", "Volumes"} {
			if v := string(get[map[string]json.RawMessage](t, h, target)[key]); v != "null" && v != "0" {
				got += " " + key
			}
		}
		if got != " "+want {
			t.Errorf("%s:%s, want %s", target, got, want)
		}
	}
	if status, body := do(t, h, http.MethodGet, "/system/df?type=bogus", ""); status != 400 || body != message("unknown object type: bogus") {
		t.Errorf("%d %s", status, body)
	}
}

// TestLayersSize: a layer counts once, and not at all if only an untagged parent has it.
func TestLayersSize(t *testing.T) {
	t.Parallel()
	st := imageState(t)
	if got := get[types.DiskUsage](t, serve(st), "/system/df?type=image").LayersSize; got != 120 {
		t.Errorf("%d, want 120", got)
	}
	parent := must[state.Image](t)(st.AddImage(state.Image{Content: image.Content{Layers: []image.Layer{{Size: 7}}}}))
	must[state.Image](t)(st.AddImage(state.Image{Parent: parent.ID, Content: image.Content{Layers: []image.Layer{{Size: 1}}}}))
	if got := get[types.DiskUsage](t, serve(st), "/system/df?type=image").LayersSize; got != 121 {
		t.Errorf("%d, want 121", got)
	}
}

// TestLogError: dockerd logs what it answers with 500 or more.
func TestLogError(t *testing.T) {
	t.Parallel()
	type line struct {
		Fields  map[string]string
		Message string
	}
	for engine, want := range map[string][]line{
		"20.10": {
			{nil, `Handler for GET /containers/json returned error: strconv.Atoi: parsing "x": invalid syntax`},
			{nil, "Handler for GET /containers/json returned error: no such container nosuch"},
			{nil, "Handler for POST /v1.40/auth returned error: EOF"},
		},
		"28": {
			{nil, `Handler for GET /containers/json returned error: strconv.Atoi: parsing "x": invalid syntax`},
			{nil, "Handler for POST /v1.40/auth returned error: EOF"},
		},
		"29": {
			{map[string]string{
				"error-response": `This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.`,
				"method":         "GET",
				"module":         "api",
				"request-url":    "/v1.40/services/p?x=1",
				"status":         "503",
				"vars":           "map[id:p version:1.40]",
			}, "Handler for GET /services/{id} returned error"},
		},
	} {
		var got []line
		h := New(Config{Engine: engineByName(t, engine), LogError: func(fields map[string]string, message string) {
			got = append(got, line{fields, message})
		}})
		do(t, h, "GET", "/containers/json?limit=x", "")
		do(t, h, "GET", `/containers/json?filters={"since":["nosuch"]}`, "")
		do(t, h, "GET", "/containers/nosuch/json", "")
		do(t, h, "GET", "/nosuch", "")
		do(t, h, "POST", "/v1.40/auth", "")
		if engine == "29" {
			do(t, h, "GET", "/v1.40/services/p?x=1", "")
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", engine, d)
		}
	}
}

func TestStatusOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want int
	}{
		{state.NotModified{}, 304},
		{state.Invalid{}, 400},
		{state.Ambiguous{}, 400},
		{invalid{errors.New("x")}, 400},
		{state.Forbidden{}, 403},
		{state.NotFound{}, 404},
		{state.Conflict{}, 409},
		{errors.New("x"), 500},
		{experimentalDisabled{}, 501},
	} {
		if got := statusOf(errors.Join(tt.err)); got != tt.want {
			t.Errorf("%T: %d, want %d", tt.err, got, tt.want)
		}
	}
}
