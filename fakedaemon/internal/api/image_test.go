//lint:file-ignore SA1019 what Docker calls deprecated is still part of its answers

package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	imagetypes "github.com/docker/docker/api/types/image"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

const (
	hexA    = "aaaa000000000000000000000000000000000000000000000000000000000000"
	hexB    = "aabb000000000000000000000000000000000000000000000000000000000000"
	hexC    = "cccc000000000000000000000000000000000000000000000000000000000000"
	hexD    = "dddd000000000000000000000000000000000000000000000000000000000000"
	digestE = "sha256:eeee000000000000000000000000000000000000000000000000000000000000"
)

// imageState has bb:1, which is also foo/bar:v1 and foo/bar:v2, an image that was built on it and has lost its
// tag, one with a digest only, and one between.
func imageState(t *testing.T) *state.State {
	t.Helper()
	st := newState()
	base := []image.Layer{{DiffID: "sha256:" + hexA, Size: 100}}
	for _, i := range []state.Image{
		{ID: "sha256:" + hexA, Refs: []string{"docker.io/library/bb:1", "docker.io/foo/bar:v2", "docker.io/foo/bar:v1"}, Content: image.Content{Created: ago(4 * time.Hour), Layers: base, Config: image.Config{Cmd: []string{"sh"}}}},
		{ID: "sha256:" + hexB, Parent: "sha256:" + hexC, Content: image.Content{Created: ago(2 * time.Hour), Layers: append(base[:1:1], image.Layer{DiffID: "sha256:" + hexB, Size: 20}), Config: image.Config{Labels: map[string]string{"x": "y"}}}},
		{ID: "sha256:" + hexC, Parent: "sha256:" + hexA, Content: image.Content{Created: ago(3 * time.Hour), Layers: base}},
		{ID: "sha256:" + hexD, Refs: []string{"example.com:5000/app@" + digestE}, Content: image.Content{Created: ago(time.Hour)}},
	} {
		must[state.Image](t)(st.AddImage(i))
	}
	must[state.Container](t)(st.AddContainer(state.Container{ImageID: "sha256:" + hexA}))
	return st
}

func shortIDs(list []imagetypes.Summary) string {
	var all []string
	for _, i := range list {
		all = append(all, strings.TrimPrefix(i.ID, "sha256:")[:4])
	}
	return strings.Join(all, " ")
}

// TestImageListFilters has the rules of daemon/images/image_list.go.
func TestImageListFilters(t *testing.T) {
	t.Parallel()
	h := serve(imageState(t))
	for _, tt := range []struct{ query, want string }{
		{"", "dddd aabb aaaa"},
		{"all=1", "dddd aabb cccc aaaa"},
		{`filters={"reference":["foo/bar"]}`, "aaaa"},
		{`filters={"reference":["foo/*"]}`, "aaaa"},
		{`filters={"reference":["foo/*:v1","nosuch"]}`, "aaaa"},
		{`filters={"reference":["bb"]}`, "aaaa"},
		{`filters={"reference":["docker.io/library/bb"]}`, ""}, // familiar names only
		{`filters={"reference":["*"]}`, "aaaa"},
		{`filters={"reference":["*/*"]}`, "dddd aaaa"},
		{`filters={"dangling":["true"]}`, "dddd aabb"},
		{`filters={"dangling":["1"]}`, "dddd aabb"},
		{`all=1&filters={"dangling":["1"]}`, "dddd aabb"},
		{`filters={"dangling":["false"]}`, "dddd aaaa"},
		{`all=1&filters={"dangling":["false"]}`, "dddd aaaa"},
		{`filters={"label":["x"]}`, "aabb"},
		{`filters={"label":["x=y"]}`, "aabb"},
		{`filters={"label":["x=z"]}`, ""},
		{`filters={"before":["bb:1"]}`, ""},
		{`all=1&filters={"before":["aabb"]}`, "cccc aaaa"},
		{`all=1&filters={"before":["aabb","cccc"]}`, "aaaa"},
		{`all=1&filters={"since":["bb:1"]}`, "dddd aabb cccc"},
		{`all=1&filters={"since":["bb:1","cccc"]}`, "dddd aabb"},
		{`all=1&filters={"until":["150m"]}`, "cccc aaaa"},
		{`all=1&filters={"until":["2026-11-22T00:00:00"]}`, "cccc aaaa"},
		{`all=1&filters={"until":["1795300000"]}`, ""},
		{`all=1&filters={"until":["150m"],"since":["bb:1"]}`, "cccc"},
		{"filter=foo/*", "dddd aabb aaaa"}, // gone with API 1.41
	} {
		query, _ := url.ParseQuery(tt.query)
		if got := shortIDs(get[[]imagetypes.Summary](t, h, "/images/json?"+query.Encode())); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.query, got, tt.want)
		}
	}
	tagged := get[[]imagetypes.Summary](t, serve(psState(t)), "/images/json?filters="+url.QueryEscape(`{"dangling":["1"]}`))
	if len(tagged) != 0 {
		t.Errorf("dangling, with a tag: %v", tagged)
	}
	if got := shortIDs(get[[]imagetypes.Summary](t, h, "/v1.40/images/json?filter=foo/*")); got != "aaaa" {
		t.Errorf("API 1.40: %q", got)
	}
}

func TestImageListErrors(t *testing.T) {
	t.Parallel()
	h := serve(imageState(t))
	for _, tt := range []struct {
		filters string
		status  int
		want    string
	}{
		{`bad`, 400, "invalid filter"},
		{`{"bogus":["1"]}`, 400, "invalid filter 'bogus'"},
		{`{"dangling":["maybe"]}`, 400, "invalid filter 'dangling=[maybe]'"},
		{`{"before":["nosuch"]}`, 404, "No such image: nosuch:latest"},
		{`{"since":["nosuch:9"]}`, 404, "No such image: nosuch:9"},
		{`{"since":["BAD"]}`, 400, "invalid reference format: repository name (library/BAD) must be lowercase"},
		{`{"until":["bogus"]}`, 500, `failed to parse value as time or duration: "bogus"`},
		{`{"reference":["["]}`, 500, "syntax error in pattern"},
	} {
		status, body := do(t, h, http.MethodGet, "/images/json?filters="+url.QueryEscape(tt.filters), "")
		if status != tt.status || body != message(tt.want) {
			t.Errorf("%s: %d %s", tt.filters, status, body)
		}
	}
}

func TestImageSummary(t *testing.T) {
	t.Parallel()
	h := serve(imageState(t))
	want := imagetypes.Summary{
		Containers:  1,
		Created:     ago(4 * time.Hour).Unix(),
		ID:          "sha256:" + hexA,
		RepoDigests: []string{},
		RepoTags:    []string{"foo/bar:v1", "foo/bar:v2", "bb:1"}, // by the full name
		SharedSize:  100,
		Size:        100,
	}
	if d := cmp.Diff(want, get[[]imagetypes.Summary](t, h, "/images/json?shared-size=1")[2]); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	want.Containers, want.SharedSize = -1, -1
	want.RepoTags = []string{"foo/bar:v1"}
	if d := cmp.Diff(want, get[[]imagetypes.Summary](t, h, "/v1.50/images/json?filters="+url.QueryEscape(`{"reference":["foo/*:v1"]}`))[0]); d != "" {
		t.Errorf("a filter by reference leaves other tags out (-want +got)\n%s", d)
	}
	if got := get[[]imagetypes.Summary](t, h, "/v1.41/images/json?shared-size=1")[0].SharedSize; got != -1 {
		t.Errorf("API 1.41: shared size %d", got)
	}
	list := get[[]imagetypes.Summary](t, h, "/v1.42/images/json?shared-size=1")
	dangling := imagetypes.Summary{
		Containers:  -1,
		Created:     ago(2 * time.Hour).Unix(),
		ID:          "sha256:" + hexB,
		Labels:      map[string]string{"x": "y"},
		ParentID:    "sha256:" + hexC,
		RepoDigests: []string{"<none>@<none>"},
		RepoTags:    []string{"<none>:<none>"},
		SharedSize:  100,
		Size:        120,
		VirtualSize: 120,
	}
	if d := cmp.Diff(dangling, list[1]); d != "" {
		t.Errorf("API 1.42 (-want +got)\n%s", d)
	}
}

// TestImageNames has flow 19-resolution of the recordings and what follows from daemon/images/image.go.
func TestImageNames(t *testing.T) {
	t.Parallel()
	h := serve(imageState(t))
	for _, tt := range []struct{ name, id string }{
		{"bb:1", hexA},
		{"library/bb:1", hexA},
		{"docker.io/library/bb:1", hexA},
		{"index.docker.io/library/bb:1", hexA},
		{"foo/bar:v2", hexA},
		{hexA, hexA},
		{"sha256:" + hexA, hexA},
		{"aaaa", hexA},
		{"sha256:aaaa", hexA},
		{"c", hexC},
		{"example.com:5000/app@" + digestE, hexD},
		{"example.com:5000/app:1@" + digestE, hexD},
	} {
		if got := get[imagetypes.InspectResponse](t, h, "/images/"+tt.name+"/json").ID; got != "sha256:"+tt.id {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	for _, tt := range []struct {
		name   string
		status int
		want   string
	}{
		{"nosuch", 404, "No such image: nosuch:latest"},
		{"bb", 404, "No such image: bb:latest"},
		{"docker.io/library/nosuch:1", 404, "No such image: nosuch:1"},
		{"aa", 404, "No such image: aa:latest"}, // two have it
		{digestE, 404, "No such image: " + digestE},
		{"bb@" + digestE, 404, "No such image: bb@" + digestE},
		{"BAD", 400, "invalid reference format: repository name (library/BAD) must be lowercase"},
		{"a:b:c", 400, "invalid reference format"},
	} {
		if status, body := do(t, h, http.MethodGet, "/images/"+tt.name+"/json", ""); status != tt.status || body != message(tt.want) {
			t.Errorf("%s: %d %s", tt.name, status, body)
		}
	}
}

func TestImageInspectOptions(t *testing.T) {
	t.Parallel()
	h := serve(imageState(t))
	for _, tt := range []struct {
		target string
		status int
		want   string // "" for an image
	}{
		{`/images/bb:1/json?manifests=1`, 200, ""},
		{`/images/bb:1/json?platform={"os":"linux","architecture":"amd64"}`, 200, ""},
		{`/images/bb:1/json?platform={"os":"linux","architecture":"amd64"}&manifests=0`, 200, ""},
		{`/images/bb:1/json?platform={"os":"linux","architecture":"amd64"}&manifests=1`, 400, "conflicting options: manifests and platform options cannot both be set"},
		{`/images/bb:1/json?platform={"os":"linux","architecture":"arm","variant":"v7"}`, 404, "image with reference bb:1 was found but its platform (linux/amd64) does not match the specified platform (linux/arm/v7)"},
		{`/images/docker.io/library/bb:1/json?platform={"os":"linux","architecture":"arm"}`, 404, "image with reference bb:1 was found but its platform (linux/amd64) does not match the specified platform (linux/arm)"},
		{`/images/bb:1/json?platform=linux`, 400, "failed to parse platform: invalid character 'l' looking for beginning of value"},
		{`/images/bb:1/json?platform={"variant":"v7"}`, 400, "optional platform fields provided, but OS and Architecture are missing"},
		{`/images/bb:1/json?platform={"os":"linux"}`, 400, "both OS and Architecture must be provided"},
		{`/v1.48/images/bb:1/json?platform=linux`, 200, ""}, // not yet
	} {
		path, query, _ := strings.Cut(tt.target, "?")
		values, _ := url.ParseQuery(query)
		status, body := do(t, h, http.MethodGet, path+"?"+values.Encode(), "")
		if status != tt.status || tt.want != "" && body != message(tt.want) {
			t.Errorf("%s: %d %s", tt.target, status, body)
		}
	}
}

// TestImageInspectConfig: what only Docker has in the config of an image is shown too (daemon/images/image_inspect.go).
func TestImageInspectConfig(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"20.10", "28", "29"} {
		e := engineByName(t, name)
		st := newStateOf(e, nil, nil)
		must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{
			OnBuild: []string{"RUN x"}, Shell: []string{"/bin/q"}, Healthcheck: &image.Healthcheck{Test: []string{"CMD", "y"}, StartInterval: 7},
		}}}))
		_, body := do(t, New(Config{State: st, Engine: e}), http.MethodGet, "/images/bb:1/json", "")
		for _, want := range []string{`"OnBuild":["RUN x"]`, `"Shell":["/bin/q"]`, `"StartInterval":7`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s in %s", name, want, body)
			}
		}
	}
}
