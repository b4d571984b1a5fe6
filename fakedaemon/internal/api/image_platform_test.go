package api

import (
	"fmt"
	"net/http"
	"testing"

	imagetypes "github.com/docker/docker/api/types/image"

	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// TestPlatform: the ways in for a platform read it alike. Engine 20.10 was asked, the others are read in daemon/images and
// daemon/containerd.
func TestPlatform(t *testing.T) {
	t.Parallel()
	for _, e := range engine.All() {
		st := newStateOf(e, clock, nil)
		h := New(Config{State: st, Engine: e})
		for _, way := range []string{
			"/v1.41/images/create?fromImage=localhost:1/a&tag=1&",
			"/v1.41/images/create?fromSrc=-&repo=a&",
			"/v1.41/build?",
			"/v1.41/containers/create?name=a&",
		} {
			want := message(`"nosuch": unknown operating system or architecture: invalid argument`)
			if status, body := send(t, h, way+"platform=nosuch", "application/json", []byte(`{"Image":"a"}`)); status != 400 || body != want {
				t.Errorf("%s: %s: %d %s, want %s", e.Name, way, status, body, want)
			}
		}
		for platform, want := range map[string]map[string]string{
			"i386":      {"20.10": "linux/amd64/", "28": "linux/386/", "29": "linux/386/"},
			"armel":     {"20.10": "linux/amd64/", "28": "linux/arm/v6", "29": "linux/arm/v6"},
			"linux/arm": {"20.10": "linux/amd64/", "28": "linux/arm/", "29": "linux/arm/"},
			"wasm":      {"20.10": "linux/amd64/", "28": "linux/wasm/", "29": "linux/wasm/"},
			"macos":     {"20.10": "400", "28": "400", "29": "darwin/amd64/"},
		} {
			got := ""
			status, body := do(t, h, http.MethodPost, "/v1.41/images/create?fromSrc=-&repo=a&tag=1&platform="+platform, "")
			switch status {
			case 200:
				img := get[imagetypes.InspectResponse](t, h, "/images/a:1/json")
				got = img.Os + "/" + img.Architecture + "/" + img.Variant
			case 400:
				got = fmt.Sprint(status)
				if want := message("operating system is not supported"); body != want {
					t.Errorf("%s: %s: %s, want %s", e.Name, platform, body, want)
				}
			}
			if got != want[e.Name] {
				t.Errorf("%s: %s is imported as %q, want %q (%d %s)", e.Name, platform, got, want[e.Name], status, body)
			}
		}
	}
}
