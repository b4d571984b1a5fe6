package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types"
	imagetypes "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/system"
	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// TestRowsNameWhatThereIs: what a row names in this package is there.
func TestRowsNameWhatThereIs(t *testing.T) {
	t.Parallel()
	for _, e := range engine.All() {
		for _, id := range e.LacksRoutes {
			if !slices.ContainsFunc(routes, func(op Operation) bool { return op.ID == id }) {
				t.Errorf("engine %s: there is no operation %q", e.Name, id)
			}
		}
		if _, ok := answers[e.Answers]; !ok && e.Answers != "" {
			t.Errorf("engine %s: there is no table %q", e.Name, e.Answers)
		}
	}
}

// TestMadeUpEngine: an engine that nothing else knows is served from its row.
func TestMadeUpEngine(t *testing.T) {
	t.Parallel()
	e := *engineByName(t, "29")
	e.Name, e.Version, e.APIVersion, e.MinAPIVersion = "30", "30.0.0", "1.60", "1.44"
	e.GitCommit, e.BuildTime, e.GoVersion = "0123abc", "2027-01-01T00:00:00.000000000+00:00", "go1.27.0"
	e.Containerd, e.Runc, e.Init = engine.Program{Version: "3.0.0", GitCommit: "c0"}, engine.Program{Version: "2.0.0"}, engine.Program{Version: "0.20.0"}
	e.NewFieldOrder = false
	h := New(Config{Engine: &e, Host: Host{KernelVersion: "6.1"}})

	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/_ping", nil))
	got := map[string]string{"body": w.Body.String()}
	for name := range w.Header() {
		got[name] = w.Header().Get(name)
	}
	if d := cmp.Diff(map[string]string{
		"body": "OK", "Api-Version": "1.60", "Builder-Version": "2", "Cache-Control": "no-cache, no-store, must-revalidate",
		"Content-Type": "text/plain; charset=utf-8", "Docker-Experimental": "false", "Ostype": "linux", "Pragma": "no-cache",
		"Server": "Docker/30.0.0 (linux)", "Swarm": "inactive",
	}, got); d != "" {
		t.Errorf("/_ping (-want +got):\n%s", d)
	}

	want := types.Version{
		Components: []types.ComponentVersion{
			{Name: "Engine", Version: "30.0.0", Details: map[string]string{
				"ApiVersion": "1.60", "Arch": "amd64", "BuildTime": e.BuildTime, "Experimental": "false", "GitCommit": "0123abc", "GoVersion": "go1.27.0",
				"KernelVersion": "6.1", "MinAPIVersion": "1.44", "Module": e.Module, "ModuleVersion": e.ModuleVersion, "Os": "linux",
			}},
			{Name: "containerd", Version: "3.0.0", Details: map[string]string{"GitCommit": "c0"}},
			{Name: "runc", Version: "2.0.0", Details: map[string]string{"GitCommit": ""}},
			{Name: "docker-init", Version: "0.20.0", Details: map[string]string{"GitCommit": ""}},
		},
		Version: "30.0.0", APIVersion: "1.60", MinAPIVersion: "1.44", GitCommit: "0123abc", GoVersion: "go1.27.0", Os: "linux", Arch: "amd64",
		KernelVersion: "6.1", BuildTime: e.BuildTime,
	}
	want.Platform.Name = "Docker Engine - Community"
	_, body := do(t, h, http.MethodGet, "/v1.60/version", "")
	var version types.Version
	if err := json.Unmarshal([]byte(body), &version); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, version); d != "" {
		t.Errorf("/version (-want +got):\n%s", d)
	}
	// The order of fields is a fact of its own.
	if !strings.HasPrefix(body, `{"Platform":{"Name":"Docker Engine - Community"},"Components":[`) {
		t.Errorf("/version begins otherwise: %s", body)
	}
	for target, status := range map[string]int{"/v1.61/version": 400, "/v1.43/version": 400, "/v1.44/version": 200} {
		if got, body := do(t, h, http.MethodGet, target, ""); got != status {
			t.Errorf("%s: %d %s", target, got, body)
		}
	}
}

// TestStoreWithEngine28: where images are kept says nothing of the rest.
func TestStoreWithEngine28(t *testing.T) {
	t.Parallel()
	e := *engineByName(t, "28")
	e.StoresManifests, e.StorageDriver = true, "overlayfs"
	st := newStateOf(&e, clock, []byte("test"))
	img := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	h := New(Config{State: st, Engine: &e, Clock: clock})
	if got := get[imagetypes.InspectResponse](t, h, "/images/bb:1/json"); got.ID != img.Manifest.Digest || !cmp.Equal(got.RepoDigests, []string{"bb@" + img.ID}) || got.Descriptor == nil {
		t.Errorf("%+v", got)
	}
	info := get[system.Info](t, h, "/info")
	if info.Driver != "overlayfs" || !cmp.Equal(info.DriverStatus, [][2]string{{"driver-type", "io.containerd.snapshotter.v1"}}) || info.ServerVersion != "28.5.2" || len(info.Warnings) > 0 {
		t.Errorf("%+v", info)
	}
}
