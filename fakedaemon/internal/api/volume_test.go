package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docker/docker/api/types/volume"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// TestVolumeList has the queries of flow 16-volumes: v1 is in use, v2 has labels and options, nfs1 another driver.
func TestVolumeList(t *testing.T) {
	t.Parallel()
	st := newState()
	for _, v := range []state.Volume{
		{Name: "v1"},
		{Name: "v2", Labels: map[string]string{"a": "b"}, Options: map[string]string{"type": "tmpfs"}},
		{Name: "nfs1", Driver: "nfs"},
	} {
		must[state.Volume](t)(st.AddVolume(v))
	}
	img := must[state.Image](t)(st.AddImage(state.Image{Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	must[state.Container](t)(st.AddContainer(state.Container{ImageID: img.ID, Host: state.HostConfig{Binds: []string{"v1:/data"}}}))
	h := serve(st)
	for _, tt := range []struct{ filters, want string }{
		{``, "v1 v2 nfs1"},
		{`{"dangling":["true"]}`, "v2 nfs1"},
		{`{"dangling":["0"]}`, "v1"},
		{`{"name":["v"]}`, "v1 v2"},
		{`{"name":["^v1$","nfs"]}`, "v1 nfs1"},
		{`{"label":["a"]}`, "v2"},
		{`{"label":["a=b"]}`, "v2"},
		{`{"label":["a=c"]}`, ""},
		{`{"driver":["local"]}`, "v1 v2"},
		{`{"driver":["nfs","local"]}`, "v1 v2 nfs1"},
		{`{"driver":["nosuch"]}`, ""},
	} {
		list := get[volume.ListResponse](t, h, "/volumes?filters="+url.QueryEscape(tt.filters))
		var all []string
		for _, v := range list.Volumes {
			all = append(all, v.Name)
		}
		if got := strings.Join(all, " "); got != tt.want || list.Volumes == nil {
			t.Errorf("%s: %q, want %q", tt.filters, got, tt.want)
		}
	}
	for _, tt := range []struct{ filters, want string }{
		{`bad`, "error reading volume filters: invalid filter"},
		{`{"bogus":["1"]}`, "invalid filter 'bogus'"},
		{`{"dangling":["bogus"]}`, "invalid filter 'dangling=[bogus]'"},
	} {
		status, body := do(t, h, http.MethodGet, "/volumes?filters="+url.QueryEscape(tt.filters), "")
		if status != http.StatusBadRequest || body != message(tt.want) {
			t.Errorf("%s: %d %s", tt.filters, status, body)
		}
	}
	want := volume.Volume{
		CreatedAt: "2026-11-22T02:55:43Z", Driver: "local", Labels: map[string]string{"a": "b"}, Mountpoint: "/var/lib/docker/volumes/v2/_data",
		Name: "v2", Options: map[string]string{"type": "tmpfs"}, Scope: "local",
	}
	if d := cmp.Diff(want, get[volume.Volume](t, h, "/volumes/v2")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for _, name := range []string{"nosuch", "V1", "v", "a/b"} {
		if status, body := do(t, h, http.MethodGet, "/volumes/"+name, ""); status != 404 || body != message("get "+name+": no such volume") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}
