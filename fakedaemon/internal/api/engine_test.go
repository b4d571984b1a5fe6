package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// TestEngineErrors compares the errors that the engines word differently (errors.json of the recordings and, where no
// recording has one, docker/docker v20.10.24).
func TestEngineErrors(t *testing.T) {
	t.Parallel()
	const atoi = `strconv.Atoi: parsing "abc": invalid syntax`
	for target, want := range map[string][3]string{ // 20.10, 28, 29
		"/containers/json?filters=notjson": {"500 invalid character 'o' in literal null (expecting 'u')", "400 invalid filter", "400 invalid filter"},
		"/images/json?filters=bad":         {"500 invalid character 'b' looking for beginning of value", "400 invalid filter", "400 invalid filter"},
		"/volumes?filters=bad": {
			"400 error reading volume filters: invalid character 'b' looking for beginning of value",
			"400 error reading volume filters: invalid filter", "400 error reading volume filters: invalid filter",
		},
		"/containers/json?limit=abc": {"500 " + atoi, "500 " + atoi, "400 " + atoi},
		`/containers/json?filters={"exited":["abc"]}`: {
			"500 " + atoi, "400 invalid filter 'exited=abc': " + atoi, "400 invalid filter 'exited=abc': " + atoi,
		},
		`/containers/json?filters={"status":["bogus"]}`: {
			"400 Invalid filter 'status=bogus'",
			"400 invalid filter 'status=bogus': invalid value for state (bogus): must be one of created, running, paused, restarting, removing, exited, dead",
			"400 invalid filter 'status=bogus': invalid value for state (bogus): must be one of created, running, paused, restarting, removing, exited, dead",
		},
		`/containers/json?filters={"health":["ill"]}`: {
			"400 Unrecognised filter value for health: ill",
			"400 invalid filter 'health=ill': invalid value for health (ill): must be one of none, starting, healthy, unhealthy",
			"400 invalid filter 'health=ill': invalid value for health (ill): must be one of none, starting, healthy, unhealthy",
		},
		`/containers/json?filters={"since":["nosuch"]}`: {"500 no such container nosuch", "404 No such container: nosuch", "404 No such container: nosuch"},
		`/containers/json?filters={"bogus":["1"]}`:      {"400 Invalid filter 'bogus'", "400 invalid filter 'bogus'", "400 invalid filter 'bogus'"},
		`/networks?filters={"bogus":["1"]}`:             {"400 Invalid filter 'bogus'", "400 invalid filter 'bogus'", "400 invalid filter 'bogus'"},
		`/volumes?filters={"dangling":["bogus"]}`:       {"400 Invalid filter 'dangling=[bogus]'", "400 invalid filter 'dangling=[bogus]'", "400 invalid filter 'dangling=[bogus]'"},
		`/images/json?filters={"dangling":["maybe"]}`:   {"400 Invalid filter 'dangling=[maybe]'", "400 invalid filter 'dangling=[maybe]'", "400 invalid filter 'dangling=[maybe]'"},
		"/containers/a/json": {
			"500 Multiple IDs found with provided prefix: a", "400 multiple IDs found with provided prefix: a", "400 multiple IDs found with provided prefix: a",
		},
		"/images/nosuch/json": {"404 no such image: nosuch: No such image: nosuch:latest", "404 No such image: nosuch:latest", "404 No such image: nosuch:latest"},
		"/networks/a":         {"400 2 matches found based on ID prefix: network a is ambiguous", "400 2 matches found based on ID prefix: network a is ambiguous", "400 2 matches found based on ID prefix: network a is ambiguous"},
	} {
		for i, engine := range []string{"20.10", "28", "29"} {
			e := engineByName(t, engine)
			st := newStateOf(e, clock, []byte("test"))
			img := must[state.Image](t)(st.AddImage(state.Image{Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
			for _, digit := range []string{"0", "1"} {
				id := "a" + digit + strings.Repeat("f", 62)
				must[state.Network](t)(st.AddNetwork(state.Network{ID: id, Name: "n" + digit}))
				must[state.Container](t)(st.AddContainer(state.Container{ID: id, ImageID: img.ID}))
			}
			status, body := do(t, New(Config{State: st, Engine: e}), http.MethodGet, target, "")
			code, text, _ := strings.Cut(want[i], " ")
			if d := cmp.Diff(code+" "+message(text), fmt.Sprint(status, " ", body)); d != "" {
				t.Errorf("%s: %s (-want +got)\n%s", engine, target, d)
			}
		}
	}
}

// TestEngineRoutes: what an engine does not have yet is an unknown route (12-images of the recordings).
func TestEngineRoutes(t *testing.T) {
	t.Parallel()
	notFound := "404 " + message("page not found")
	noSwarm := "503 " + message("volume update only valid for cluster volumes, but swarm is unavailable")
	for route, want := range map[string][3]string{ // 20.10, 28, 29
		"PUT /volumes/v":                           {notFound, noSwarm, noSwarm},
		"GET /images/bb:1/attestations":            {notFound, notFound, "200 []\n"},
		"GET /images/nosuch/attestations":          {notFound, notFound, "404 " + message("No such image: nosuch:latest")},
		"GET /v1.41/images/bb:1/attestations":      {notFound, notFound, "400 " + message("GET /images/{name:.*}/attestations requires minimum API version 1.55")},
		"GET /images/bb:1/attestations?platform=x": {notFound, notFound, "400 " + message("failed to parse platform: invalid character 'x' looking for beginning of value")},
	} {
		method, target, _ := strings.Cut(route, " ")
		for i, engine := range []string{"20.10", "28", "29"} {
			e := engineByName(t, engine)
			st := newStateOf(e, clock, []byte("test"))
			must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}}))
			status, body := do(t, New(Config{State: st, Engine: e}), method, target, "")
			if got := fmt.Sprint(status, " ", body); got != want[i] {
				t.Errorf("%s: %s: %q, want %q", engine, route, got, want[i])
			}
		}
	}
}

// TestEngineAuth: a login with bad JSON (13-pull-push-login of the recordings).
func TestEngineAuth(t *testing.T) {
	t.Parallel()
	const bad = "invalid character 'b' looking for beginning of object key string"
	for engine, want := range map[string]string{
		"20.10": "500 " + message(bad),
		"28":    "500 " + message(bad),
		"29":    "400 " + message("invalid X-Registry-Auth header: invalid JSON: "+bad),
	} {
		status, body := do(t, New(Config{Engine: engineByName(t, engine)}), http.MethodPost, "/auth", "{bad")
		if got := fmt.Sprint(status, " ", body); got != want {
			t.Errorf("%s: %q, want %q", engine, got, want)
		}
	}
}

// imageStore is engine 29 with an image of two names, which a running and a dead container use.
func imageStore(t *testing.T) (http.Handler, state.Image) {
	t.Helper()
	e := engineByName(t, "29")
	st := newStateOf(e, clock, []byte("test"))
	img := must[state.Image](t)(st.AddImage(state.Image{
		ID:   "sha256:fee9" + strings.Repeat("a", 60),
		Refs: []string{"docker.io/library/keep:1", "docker.io/library/bb:1", "docker.io/foo/bar:v1"},
		Content: image.Content{
			Layers:      []image.Layer{{Size: 2043904}},
			ContentSize: 1069553,
			Manifest:    image.Blob{MediaType: "application/vnd.oci.image.manifest.v1+json", Data: make([]byte, 405)},
		},
	}))
	for name, running := range map[string]bool{"live": true, "dead": false} {
		must[state.Container](t)(st.AddContainer(state.Container{
			Name: name, Image: "bb:1", ImageID: img.ID, SizeRw: 8192,
			Config: image.Config{Cmd: []string{"x"}},
			State:  state.ContainerState{Running: running, StartedAt: now, FinishedAt: now},
		}))
	}
	must[state.Volume](t)(st.AddVolume(state.Volume{Name: "pvol"}))
	return New(Config{State: st, Engine: e, Clock: clock}), img
}

// TestImageStore: with containerd's images an ID is a digest, and every name has one (12-images and 19-resolution of
// the recordings).
func TestImageStore(t *testing.T) {
	t.Parallel()
	h, img := imageStore(t)
	type sized struct {
		RepoDigests []string
		Size        int64
		Descriptor  map[string]any
		Manifests   []struct {
			Size      struct{ Content, Total int64 }
			ImageData struct{ Containers []string }
		}
	}
	digest := func(name string) string { return name + "@" + img.ID }
	list := get[[]sized](t, h, "/images/json?manifests=1")
	if len(list) != 1 || len(list[0].Manifests) != 1 || len(list[0].Manifests[0].ImageData.Containers) != 2 {
		t.Fatalf("%+v", list)
	}
	if list[0].Manifests[0].Size.Content != 1069553 || list[0].Manifests[0].Size.Total != 3113457 || list[0].Size != 3113457 {
		t.Errorf("sizes: %+v", list[0])
	}
	if d := cmp.Diff([]string{digest("keep")}, list[0].RepoDigests); d != "" {
		t.Errorf("a list has the digest of the last name (-want +got)\n%s", d)
	}
	if got := get[[]sized](t, h, `/images/json?filters={"reference":["foo/bar"]}`); len(got) != 1 || len(got[0].Manifests) != 0 || got[0].RepoDigests[0] != digest("foo/bar") {
		t.Errorf("%+v", got)
	}
	for _, name := range []string{"bb:1", "fee9", "sha256:fee9aaaa", img.ID, "keep@" + img.ID, "other@" + img.ID} {
		got := get[sized](t, h, "/images/"+name+"/json")
		want := sized{
			RepoDigests: []string{digest("foo/bar"), digest("bb"), digest("keep")},
			Size:        1069553,
			Descriptor:  map[string]any{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": img.ID, "size": 405.0},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
	for _, name := range []string{"fee", "f", "bb:2", "ghij"} {
		if status, _ := do(t, h, http.MethodGet, "/images/"+name+"/json", ""); status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", name, status)
		}
	}
}

// TestDataUsage29: API 1.52 has sums, the old lists only for who does not know them, and neither for what was not
// asked for (17-system-prune of the recordings).
func TestDataUsage29(t *testing.T) {
	t.Parallel()
	h, _ := imageStore(t)
	old := []string{"BuildCache", "Containers", "Images", "LayersSize", "Volumes"}
	sums := []string{"BuildCacheUsage", "ContainerUsage", "ImageUsage", "VolumeUsage"}
	for target, want := range map[string][]string{
		"/v1.51/system/df":           old,
		"/system/df":                 slices.Concat(old, sums),
		"/system/df?verbose=1":       sums,
		"/system/df?type=volume":     {"VolumeUsage", "Volumes"},
		"/v1.51/system/df?verbose=1": old,
	} {
		slices.Sort(want)
		if d := cmp.Diff(want, slices.Sorted(maps.Keys(get[map[string]any](t, h, target)))); d != "" {
			t.Errorf("%s (-want +got)\n%s", target, d)
		}
	}
	type sum struct{ ActiveCount, Reclaimable, TotalCount, TotalSize int64 }
	type all struct{ ImageUsage, ContainerUsage, VolumeUsage sum }
	want := all{sum{1, 0, 1, 3113457}, sum{1, 8192, 2, 16384}, sum{0, 0, 1, 0}}
	if d := cmp.Diff(want, get[all](t, h, "/system/df?verbose=1")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	type sizes struct{ Containers []struct{ SizeRootFs int64 } }
	if got := get[sizes](t, h, "/system/df"); got.Containers[0].SizeRootFs != 2072576 {
		t.Errorf("%+v", got)
	}
}

// TestNetworkStatus compares the counts of addresses (15-networks of the recordings).
func TestNetworkStatus(t *testing.T) {
	t.Parallel()
	e := engineByName(t, "29")
	st := newStateOf(e, clock, []byte("test"))
	must[state.Network](t)(st.AddNetwork(state.Network{Name: "n2", EnableIPv6: true, Subnets: []state.Subnet{
		{Subnet: "172.31.8.0/24", IPRange: "172.31.8.128/25", Gateway: "172.31.8.1", Auxiliary: map[string]string{"x": "172.31.8.5"}},
		{Subnet: "2001:db8::/64"},
	}}))
	img := must[state.Image](t)(st.AddImage(state.Image{Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	must[state.Container](t)(st.AddContainer(state.Container{ImageID: img.ID, State: state.ContainerState{Running: true, StartedAt: now}}))
	h := New(Config{State: st, Engine: e})
	for target, want := range map[string]string{
		"/networks/n2":           `"Status":{"IPAM":{"Subnets":{"172.31.8.0/24":{"IPsInUse":4,"DynamicIPsAvailable":127},"2001:db8::/64":{"IPsInUse":2,"DynamicIPsAvailable":18446744073709551614}}}}}`,
		"/networks/bridge":       `"Status":{"IPAM":{"Subnets":{"172.17.0.0/16":{"IPsInUse":4,"DynamicIPsAvailable":65532}}}}}`,
		"/networks/host":         `"Status":{"IPAM":{}}}`,
		"/v1.51/networks/bridge": `"Labels":{}}`,
	} {
		_, body := do(t, h, http.MethodGet, target, "")
		if target == "/v1.51/networks/bridge" {
			want = ""
			if strings.Contains(body, "Status") {
				t.Errorf("%s: %s", target, body)
			}
		}
		if !strings.HasSuffix(body, want+"\n") {
			t.Errorf("%s: %s, want it to end with %s", target, body, want)
		}
	}
}

// TestHealthOfList: API 1.52 lists the health of containers (20-health of the recordings).
func TestHealthOfList(t *testing.T) {
	t.Parallel()
	e := engineByName(t, "29")
	st := newStateOf(e, clock, []byte("test"))
	img := must[state.Image](t)(st.AddImage(state.Image{Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	for i, health := range []*state.Health{nil, {Status: "unhealthy", FailingStreak: 5}} {
		must[state.Container](t)(st.AddContainer(state.Container{
			Created: now.Add(time.Duration(i) * time.Second), ImageID: img.ID,
			State: state.ContainerState{Running: true, StartedAt: now, Health: health},
		}))
	}
	type row struct{ Health healthSummary }
	want := []row{{healthSummary{"unhealthy", 5}}, {healthSummary{"none", 0}}}
	if d := cmp.Diff(want, get[[]row](t, New(Config{State: st, Engine: e}), "/containers/json")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestDefaultNetworkFields: below API 1.52, engine 29 has the endpoint on bridge again, if there is one.
func TestDefaultNetworkFields(t *testing.T) {
	t.Parallel()
	e := engineByName(t, "29")
	st := newStateOf(e, clock, []byte("test"))
	img := must[state.Image](t)(st.AddImage(state.Image{Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	for _, mode := range []string{"bridge", "none"} {
		must[state.Container](t)(st.AddContainer(state.Container{
			Name: "on-" + mode, ImageID: img.ID, Host: state.HostConfig{NetworkMode: mode},
			State: state.ContainerState{Running: true, StartedAt: now},
		}))
	}
	h := New(Config{State: st, Engine: e})
	for target, want := range map[string]any{
		"/v1.51/containers/on-bridge/json": "172.17.0.2",
		"/v1.52/containers/on-bridge/json": nil,
		"/v1.51/containers/on-none/json":   nil,
	} {
		settings := get[struct{ NetworkSettings map[string]any }](t, h, target).NetworkSettings
		if got := settings["IPAddress"]; got != want {
			t.Errorf("%s: IPAddress is %v, want %v", target, got, want)
		}
	}
}

// TestOldInspection: what API 1.19 and 1.20 had, with engine 20.10 (the recordings of API versions).
func TestOldInspection(t *testing.T) {
	t.Parallel()
	e := engineByName(t, "20.10")
	st := newStateOf(e, clock, []byte("test"))
	lab(t, st, 0)
	h := New(Config{State: st, Engine: e, Clock: clock})
	type old struct {
		Volumes   map[string]string
		VolumesRW map[string]bool
		Config    struct{ Memory, CpuShares int64 }
	}
	var want old
	want.Volumes = map[string]string{"/data": "/var/lib/docker/volumes/mxvol/_data", "/ht": "/tmp"}
	want.VolumesRW = map[string]bool{"/data": true, "/ht": false}
	want.Config.Memory = 67108864
	if d := cmp.Diff(want, get[old](t, h, "/v1.19/containers/mx1/json")); d != "" {
		t.Errorf("1.19 (-want +got)\n%s", d)
	}
	if d := cmp.Diff(old{}, get[old](t, h, "/v1.20/containers/mx1/json")); d != "" {
		t.Errorf("1.20 (-want +got)\n%s", d)
	}
}

// TestEngineValues compares fields whose keys the engines share (the recordings of API versions and of flows).
func TestEngineValues(t *testing.T) {
	t.Parallel()
	const (
		anyPort = `{"IP":"","PrivatePort":99,"Type":"tcp"}`
		noIP    = `{"PrivatePort":99,"Type":"tcp"}`
	)
	for engine, wants := range map[string]map[string]string{ // what the answer has, by target
		"28": {
			"/info":                `"Mirrors":null}`,
			"/containers/json":     noIP,
			"/containers/mx1/json": `"GraphDriver":{"Data":{"ID":"`,
		},
		"29": {
			"/info":                      `"Mirrors":[]}`,
			"/containers/json":           anyPort,
			"/v1.51/system/df":           anyPort,
			"/system/df?verbose=1":       anyPort,
			"/v1.51/containers/mx1/json": `"GraphDriver":{"Data":null,"Name":"overlayfs"}`,
			"/v1.44/images/bb:1/json":    `"ContainerConfig":null`,
			"/v1.51/images/bb:1/json":    `"DockerVersion":""`,
		},
		"20.10": {
			"/info":                `"RegistryConfig":{"AllowNondistributableArtifactsCIDRs":[],"AllowNondistributableArtifactsHostnames":[],"IndexConfigs":{"docker.io":{"Mirrors":[],"Name":"docker.io","Official":true,"Secure":true}},"InsecureRegistryCIDRs":["127.0.0.0/8"],"Mirrors":[]}`,
			"/system/df":           `"BuildCache":null,"BuilderSize":0}`,
			"/containers/json":     noIP,
			"/containers/mx1/json": `"GraphDriver":{"Data":null,"Name":"vfs"}`,
		},
	} {
		e := engineByName(t, engine)
		st := newStateOf(e, clock, []byte("test"))
		lab(t, st, 0)
		h := New(Config{State: st, Engine: e, Clock: clock})
		for target, want := range wants {
			if _, body := do(t, h, http.MethodGet, target, ""); !strings.Contains(body, want) {
				t.Errorf("%s: %s: %s, want it to have %s", engine, target, body, want)
			}
		}
	}
}

// TestChange: a change keeps the order of fields and leaves alone what it does not find.
func TestChange(t *testing.T) {
	t.Parallel()
	const answer = `{"a":1,"list":[{"x":{"p":1,"q":"<"}},null,{"x":null}],"m":{}}`
	for _, tt := range []struct {
		change change
		want   string
	}{
		{change{path: ".a", value: drop}, `{"list":[{"x":{"p":1,"q":"<"}},null,{"x":null}],"m":{}}`},
		{change{path: ".a", value: 2}, `{"a":2,"list":[{"x":{"p":1,"q":"<"}},null,{"x":null}],"m":{}}`},
		{change{path: ".a", value: 2, add: true}, answer},
		{change{path: ".b", value: nil, after: "a"}, `{"a":1,"b":null,"list":[{"x":{"p":1,"q":"<"}},null,{"x":null}],"m":{}}`},
		{change{path: ".b", value: "&", after: first}, `{"b":"&","a":1,"list":[{"x":{"p":1,"q":"<"}},null,{"x":null}],"m":{}}`},
		{change{path: ".list[].x.p", value: drop}, `{"a":1,"list":[{"x":{"q":"<"}},null,{"x":null}],"m":{}}`},
		{change{path: ".list[].*.q", value: 0}, `{"a":1,"list":[{"x":{"p":1,"q":0}},null,{"x":null}],"m":{}}`},
		{change{path: ".nosuch.x", value: 1}, answer},
		{change{path: ".m.x", value: 1}, `{"a":1,"list":[{"x":{"p":1,"q":"<"}},null,{"x":null}],"m":{"x":1}}`},
		{change{path: "[].x", value: 1}, "error"},
	} {
		got, err := tt.change.apply([]byte(answer))
		if err != nil {
			got = []byte("error")
		}
		if string(got) != tt.want {
			t.Errorf("%+v: %s, want %s", tt.change, got, tt.want)
		}
	}
}
