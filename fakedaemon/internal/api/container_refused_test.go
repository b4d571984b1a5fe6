package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/api/types/system"
	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// told are the events so far: type, action and the name or the ID of each.
func told(t *testing.T, h http.Handler) []string {
	t.Helper()
	_, text := do(t, h, http.MethodGet, "/events?since=1&until="+fmt.Sprint(now.Unix()), "")
	var all []string
	for line := range strings.Lines(text) {
		var e struct {
			Type, Action string
			Actor        struct {
				ID         string
				Attributes map[string]string
			}
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		name := e.Actor.Attributes["name"]
		if name == "" {
			name = e.Actor.ID
		}
		all = append(all, e.Type+" "+e.Action+" "+name)
	}
	return all
}

// postAll posts TARGET BODY, and gives status and message of each; the ID is shown as ID.
func postAll(h http.Handler, id string, requests []string) []string {
	var all []string
	for _, request := range requests {
		target, body, _ := strings.Cut(request, " ")
		kind := ""
		if body != "" {
			kind = "application/json"
		}
		status, said := post(h, target, kind, body)
		if id != "" {
			said = strings.ReplaceAll(said, id, "ID")
		}
		all = append(all, strings.TrimSpace(fmt.Sprint(status, " ", said)))
	}
	return all
}

// TestCreateRefused: which refusals come after dockerd has registered the container, and tell that it is destroyed (asked of dockerd
// 20.10; daemon/create.go of v28.5.2).
func TestCreateRefused(t *testing.T) {
	t.Parallel()
	var requests []string
	for i, rest := range []string{
		`"HostConfig":{"VolumesFrom":["nosuch"]}`,
		`"HostConfig":{"Links":["nosuch:x"]}`,
		`"HostConfig":{"Binds":["xx"]}`,
		`"HostConfig":{"Binds":["vv:/x:bogus"]}`,
		`"HostConfig":{"SecurityOpt":["bogus"]}`,
		`"HostConfig":{"Binds":["vv:/foo"],"Tmpfs":{"/foo":""}}`,
		`"HostConfig":{"PidMode":"container:nosuch"}`,
		`"HostConfig":{"IpcMode":"container:nosuch"}`,
		`"HostConfig":{"IpcMode":"container:nosuch","SecurityOpt":["label=disable"]}`,
		`"HostConfig":{"NetworkMode":"container:nosuch"}`,
		`"NetworkingConfig":{"EndpointsConfig":{"b":{},"a":{}}}`,
	} {
		requests = append(requests, fmt.Sprintf(`/v1.41/containers/create?name=c%d {"Image":"bb:1","Cmd":["true"],%s}`, i, rest))
	}
	requests = append(requests, `/v1.41/containers/create?name=bare {"Image":""}`)
	want := []string{
		"400 No such container: nosuch",
		"400 could not get container for nosuch: No such container: nosuch",
		`500 invalid volume specification: 'xx': invalid mount config for type "volume": invalid mount path: 'xx' mount path must be absolute`,
		"500 invalid mode: bogus",
		`500 invalid --security-opt 1: "bogus"`,
		"400 Duplicate mount point: /foo",
		"400 No such container: nosuch",
		"400 No such container: nosuch",
		"201", "201",
		"400 Container cannot be created with multiple network endpoints: a, b",
		"400 no command specified",
	}
	events := []string{
		"container destroy c0", "container destroy c1", "container destroy c2", "container destroy c3", "container destroy c4",
		"container destroy c5", "container create c8", "container create c9",
	}
	for _, e := range engine.All() {
		st := newStateOf(e, clock, []byte("test"))
		addRecordedImage(t, st)
		h := New(Config{State: st, Engine: e, Clock: clock})
		want := append([]string(nil), want...)
		if e.Name == "20.10" {
			want[10], want[11] = "400 Container cannot be connected to network endpoints: a, b", "400 No command specified"
		}
		if d := cmp.Diff(want, postAll(h, "", requests)); d != "" {
			t.Errorf("%s (-want +got)\n%s", e.Name, d)
		}
		if d := cmp.Diff(events, told(t, h)); d != "" {
			t.Errorf("%s: events (-want +got)\n%s", e.Name, d)
		}
	}
}

// TestShareStopped: one that shares the IPC or the PIDs of a container that does not run, or has none to share (asked of dockerd 20.10;
// daemon/container_operations_unix.go of v28.5.2).
func TestShareStopped(t *testing.T) {
	t.Parallel()
	create := func(name, host string) string {
		return fmt.Sprintf(`/v1.41/containers/create?name=%s {"Image":"bb:1","Cmd":["sleep","1000"],"HostConfig":{%s}}`, name, host)
	}
	const none = `"NetworkMode":"none"`
	requests := []string{
		create("pid", none+`,"PidMode":"container:donor"`),
		"/v1.41/containers/pid/start",
		create("ipc", none+`,"IpcMode":"container:donor"`),
		"/v1.41/containers/ipc/start",
		"/v1.41/containers/donor/start",
		"/v1.41/containers/ipc/start",
		"/v1.41/containers/pid/start",
	}
	const unshareable = "non-shareable IPC (hint: use IpcMode:shareable for the donor container)"
	for _, e := range engine.All() {
		st := newStateOf(e, clock, []byte("test"))
		addRecordedImage(t, st)
		h := New(Config{State: st, Engine: e, Clock: clock})
		_ = postAll(h, "", []string{create("donor", none)})
		donor := must[state.Container](t)(st.Container("donor"))
		want := []string{
			"201", "500 failed to join PID namespace: container ID is not running",
			"201", "500 failed to join IPC namespace: container ID is not running",
			"204", "500 failed to join IPC namespace: container ID: " + unshareable, "204",
		}
		var events []string
		if e.Name == "20.10" {
			want[1] = "500 container ID is not running"
			want[3] = "500 can't join IPC of container ID: container ID is not running"
			want[5] = "500 can't join IPC of container ID: " + unshareable
			on, off := "network connect none", "network disconnect none"
			events = []string{
				"container create donor", "container create pid", on, off, "container create ipc", on, off, on,
				"container start donor", on, off, on, "container start pid",
			}
		} else {
			events = []string{
				"container create donor", "container create pid", "container create ipc",
				"network connect none", "container start donor", "network connect none", "container start pid",
			}
		}
		if d := cmp.Diff(want, postAll(h, donor.ID, requests)); d != "" {
			t.Errorf("%s (-want +got)\n%s", e.Name, d)
		}
		if d := cmp.Diff(events, told(t, h)); d != "" {
			t.Errorf("%s: events (-want +got)\n%s", e.Name, d)
		}
	}
}

// TestTmpfsOverVolume: what is a tmpfs gets no anonymous volume.
func TestTmpfsOverVolume(t *testing.T) {
	t.Parallel()
	st := newStateOf(engine.Default(), clock, []byte("test"))
	addRecordedImage(t, st)
	h := New(Config{State: st, Clock: clock})
	_ = postAll(h, "", []string{`/containers/create?name=c1 {"Image":"bb:1","Volumes":{"/foo":{},"/bar":{}},"HostConfig":{"Tmpfs":{"/foo":""}}}`})
	var got []string
	for _, m := range must[state.Container](t)(st.Container("c1")).Mounts {
		got = append(got, m.Destination)
	}
	if d := cmp.Diff([]string{"/bar"}, got); d != "" {
		t.Errorf("mounts (-want +got)\n%s", d)
	}
}

// TestCommitRefused: dockerd 20.10 pauses the container before it looks at the name of the image (asked of it).
func TestCommitRefused(t *testing.T) {
	t.Parallel()
	for _, e := range engine.All() {
		st := newStateOf(e, clock, []byte("test"))
		addRecordedImage(t, st)
		h := New(Config{State: st, Engine: e, Clock: clock})
		createRunning(t, st, "c1", "sleep", "1000")
		before := len(told(t, h))
		got := postAll(h, "", []string{"/commit?container=c1&repo=Bad&tag=x", "/commit?container=c1&repo=ok&tag=x!y", "/commit?container=c1&changes=BOGUS"})
		paused := []string{"container pause c1", "container unpause c1"}
		want, events := []string{
			"400 invalid reference format: repository name (library/Bad) must be lowercase", "400 invalid tag format", "400 BOGUS is not a valid change command",
		}, paused
		if e.Name == "20.10" {
			want = []string{"500 invalid reference format: repository name must be lowercase", "500 invalid tag format", "400 bogus is not a valid change command"}
			events = slices.Concat(paused, paused, paused)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", e.Name, d)
		}
		if d := cmp.Diff(events, told(t, h)[before:]); d != "" {
			t.Errorf("%s: events (-want +got)\n%s", e.Name, d)
		}
	}
}

// TestIPAMOptions: options of the addresses that nobody sent are null (asked of dockerd 20.10).
func TestIPAMOptions(t *testing.T) {
	t.Parallel()
	for _, e := range engine.All() {
		h, _ := withImage(t, e)
		for body, want := range map[string]map[string]string{
			`{"Name":"n1"}`:                              nil,
			`{"Name":"n2","IPAM":{}}`:                    nil,
			`{"Name":"n3","IPAM":{"Options":{}}}`:        {},
			`{"Name":"n4","IPAM":{"Options":{"a":"b"}}}`: {"a": "b"},
		} {
			_ = postAll(h, "", []string{"/networks/create " + body})
			if d := cmp.Diff(want, get[network.Inspect](t, h, "/networks/"+body[9:11]).IPAM.Options); d != "" {
				t.Errorf("%s: %s (-want +got)\n%s", e.Name, body, d)
			}
		}
	}
}

// TestIngressListed: lists have the network of published ports from the manager, which keeps nothing that is empty and knows no containers.
// Its pool is from the default one (asked of dockerd 20.10).
func TestIngressListed(t *testing.T) {
	t.Parallel()
	for _, e := range engine.All() {
		h, _ := withImage(t, e)
		_ = postAll(h, "", []string{`/swarm/init {"ListenAddr":"0.0.0.0:2377"}`})
		for _, n := range get[[]map[string]any](t, h, `/networks?filters={"scope":["swarm"]}`) {
			got := []any{n["Name"], n["Labels"], n["Containers"]}
			if d := cmp.Diff([]any{"ingress", nil, nil}, got); d != "" {
				t.Errorf("%s (-want +got)\n%s", e.Name, d)
			}
		}
		if d := cmp.Diff([]string{"10.0.0.0/8"}, get[swarm.Swarm](t, h, "/swarm").DefaultAddrPool); d != "" {
			t.Errorf("%s: /swarm (-want +got)\n%s", e.Name, d)
		}
		if d := cmp.Diff([]string{"10.0.0.0/8"}, get[system.Info](t, h, "/info").Swarm.Cluster.DefaultAddrPool); d != "" {
			t.Errorf("%s: /info (-want +got)\n%s", e.Name, d)
		}
	}
}

// TestLinkWarning: engine 29 tells that links on the default bridge will go.
func TestLinkWarning(t *testing.T) {
	t.Parallel()
	for _, e := range engine.All() {
		h, st := withImage(t, e)
		must[state.Container](t)(st.CreateContainer(state.Container{Name: "c1", Image: "bb:1", ImageID: st.Images()[0].ID}))
		r := httptest.NewRequest(http.MethodPost, "/containers/create", strings.NewReader(`{"Image":"bb:1","HostConfig":{"Links":["c1:x"]}}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var made struct{ Warnings []string }
		if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil {
			t.Fatal(err)
		}
		want := []string{}
		if e.Name == "29" {
			want = []string{"Links on the default bridge network are deprecated and will be removed in a future release. Use a custom network instead."}
		}
		if d := cmp.Diff(want, made.Warnings); d != "" {
			t.Errorf("%s (-want +got)\n%s", e.Name, d)
		}
	}
}
