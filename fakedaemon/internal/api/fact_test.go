package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	imagetypes "github.com/docker/docker/api/types/image"
	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// TestFactsOfRequests are facts that no recorded request tells apart: what docker/docker v20.10.24 and v28.5.2 and moby/moby v2
// do with an old parameter and with fields of old and new versions.
func TestFactsOfRequests(t *testing.T) {
	t.Parallel()
	got := make(map[string][]string)
	for _, e := range engine.All() {
		h, st := withImage(t, e)
		tell := func(format string, args ...any) { got[e.Name] = append(got[e.Name], fmt.Sprintf(format, args...)) }
		created := func(name, version, body string) container.InspectResponse {
			if status, answer := sendJSON(h, http.MethodPost, version+"/containers/create?name="+name, body); status != http.StatusCreated {
				t.Fatalf("%s: %s: %d %s", e.Name, name, status, answer)
			}
			return get[container.InspectResponse](t, h, "/containers/"+name+"/json")
		}
		tell("%d images", len(get[[]imagetypes.Summary](t, h, "/v1.40/images/json?filter=nosuch")))
		bare := created("bare", "", `{"Image":"bb:1"}`).HostConfig
		empty := created("empty", "", `{"Image":"bb:1","HostConfig":{}}`).HostConfig
		tell("restart %q, runtime %q or %q", empty.RestartPolicy.Name, bare.Runtime, empty.Runtime)
		tell("console %v", created("console", "/v1.41", `{"Image":"bb:1","HostConfig":{"ConsoleSize":[10,20]}}`).HostConfig.ConsoleSize)
		port := created("port", "", `{"Image":"bb:1","HostConfig":{"PortBindings":{"80/tcp":[]}}}`)
		tell("bindings %v", port.HostConfig.PortBindings["80/tcp"])
		must[state.Container](t)(st.AddContainer(state.Container{Name: "added", ImageID: st.Images()[0].ID}))
		_, raw := do(t, h, http.MethodGet, "/containers/added/json", "")
		tell("no servers are null: %v", strings.Contains(raw, `"Dns":null`))
		if e.APIVersion == "1.55" {
			for _, version := range []string{"/v1.51", "/v1.52"} {
				c := created("mac"+version[4:], version, `{"Image":"bb:1","MacAddress":"02:42:ac:11:00:99"}`)
				tell("%s: %s", version, c.NetworkSettings.Networks["bridge"].MacAddress)
			}
		}
		_, info := do(t, h, http.MethodGet, "/v1.41/info", "")
		tell("bridges after forwarding: %v", strings.Contains(info, `"IPv4Forwarding":true,"BridgeNfIptables":`))
	}
	if d := cmp.Diff(map[string][]string{
		"20.10": {"0 images", `restart "", runtime "" or "runc"`, "console [10 20]", "bindings []", "no servers are null: false", "bridges after forwarding: true"},
		"28":    {"0 images", `restart "no", runtime "runc" or "runc"`, "console [0 0]", "bindings []", "no servers are null: false", "bridges after forwarding: false"},
		"29":    {"1 images", `restart "no", runtime "runc" or "runc"`, "console [0 0]", "bindings [{ }]", "no servers are null: true", "/v1.51: 02:42:ac:11:00:99", "/v1.52: ", "bridges after forwarding: false"},
	}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
