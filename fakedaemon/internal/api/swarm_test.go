package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	"github.com/google/go-cmp/cmp"

	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// sendJSON sends JSON, unless body is "", and returns the status and the body of the answer.
func sendJSON(h http.Handler, method, target, body string) (int, string) {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// TestNoSwarm has the refusals of flow 18-errors, steps 94 to 106, and of flow 23-plugins-misc.
func TestNoSwarm(t *testing.T) {
	t.Parallel()
	const notManager = `This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.`
	for _, e := range engine.All() {
		h := New(Config{Engine: e})
		for _, tt := range []struct {
			request, body string
			status        int
			text          string
		}{
			{"GET /swarm", "", 503, notManager},
			{"GET /nodes", "", 503, notManager},
			{"GET /services", "", 503, notManager},
			{"GET /tasks", "", 503, notManager},
			{"GET /secrets", "", 503, notManager},
			{"GET /configs", "", 503, notManager},
			{"GET /services/nosuch", "", 503, notManager},
			{"GET /nodes/nosuch", "", 503, notManager},
			{"GET /services/nosuch/logs?stdout=1", "", 503, notManager},
			{"GET /tasks/nosuch/logs?stderr=1&tail=x", "", 503, notManager},
			{"DELETE /secrets/nosuch", "", 503, notManager},
			{"POST /services/create", "{}", 503, notManager},
			{"POST /secrets/create", `{"Name":"s","Data":"eA=="}`, 503, notManager},
			{"POST /configs/x/update?version=x", "{}", 400, "invalid config version"},
			{"POST /services/x/update?version=x", "{}", 400, `invalid service version 'x': strconv.ParseUint: parsing "x": invalid syntax`},
			{"POST /swarm/update?version=1", "{}", 503, notManager},
			{"POST /swarm/update?version=1&rotateWorkerToken=x", "{}", 400, "invalid value for rotateWorkerToken: x"},
			{"POST /swarm/leave", "", 503, "This node is not part of a swarm"},
			{"POST /swarm/join", "{}", 400, `invalid ListenAddr "": invalid empty address`},
			{"POST /swarm/join", `{"ListenAddr":"0.0.0.0:2377"}`, 400, "at least 1 RemoteAddr is required to join"},
			{"POST /swarm/init", "{}", 400, `invalid ListenAddr "": invalid empty address`},
			{"POST /swarm/init", `{"ListenAddr":"x"}`, 400, "listen address must be an IP address or network interface (with optional port number)"},
			{"POST /swarm/init", `{"ListenAddr":"0.0.0.0","AdvertiseAddr":"0.0.0.0"}`, 400, "advertise address must be a non-zero IP address or network interface (with optional port number)"},
			{"POST /swarm/init", `{"ListenAddr":"0.0.0.0","Spec":{"Name":"x"}}`, 400, `swarm spec must be named "default"`},
			{"POST /swarm/init", `{"ListenAddr":"0.0.0.0","SubnetSize":30,"DefaultAddrPool":["10.0.0.0/8"]}`, 500, "subnet size is out of range: 30"},
			{"POST /swarm/init", `{"ListenAddr":"0.0.0.0","DataPathPort":80}`, 500, "Datapath port number is not in valid range (1024-49151) : 80"},
			{"GET /swarm/unlockkey", "", 503, notManager},
			{"POST /swarm/unlock", "{}", 503, notManager},
			{"GET /plugins/nosuch/json", "", 404, `plugin "nosuch" not found`},
			{"DELETE /plugins/nosuch", "", 404, `plugin "nosuch" not found`},
			{"POST /plugins/nosuch/enable?timeout=30", "", 404, `plugin "nosuch" not found`},
			{"POST /plugins/nosuch/enable", "", 500, `strconv.Atoi: parsing "": invalid syntax`},
			{"POST /plugins/nosuch/set", "[]", 404, `plugin "nosuch" not found`},
			{"GET /plugins/privileges?remote=::", "", 500, "invalid reference format"},
		} {
			method, target, _ := strings.Cut(tt.request, " ")
			if status, body := sendJSON(h, method, target, tt.body); status != tt.status || body != message(tt.text) {
				t.Errorf("%s: %s %s: %d %s, want %d %s", e.Name, tt.request, tt.body, status, body, tt.status, tt.text)
			}
		}
		for _, target := range []string{`/plugins?filters={"enabled":["true"]}`, "/plugins/privileges?remote=127.0.0.1:22999/x"} {
			if status, body := sendJSON(h, "GET", target, ""); status != 200 || body != "[]\n" {
				t.Errorf("%s: %s: %d %s", e.Name, target, status, body)
			}
		}
	}
}

// TestSwarmLogsRewording: engine 29 gives the class to what it says of the parameters of logs, before it asks for a swarm.
func TestSwarmLogsRewording(t *testing.T) {
	t.Parallel()
	h := New(Config{Engine: engineByName(t, "29")})
	for target, text := range map[string]string{
		"/services/x/logs":               "must specify at least one of 'stdout' or 'stderr'",
		"/tasks/x/logs?stdout=1&since=y": `invalid value for "since": invalid timestamp "y": invalid seconds "y": invalid syntax`,
	} {
		if status, body := sendJSON(h, "GET", target, ""); status != 400 || body != message(text) {
			t.Errorf("%s: %d %s, want 400 %s", target, status, body, text)
		}
	}
}

// TestSwarmErrors has what the manager of a swarm refuses.
func TestSwarmErrors(t *testing.T) {
	t.Parallel()
	h := serve(newState())
	if status, body := sendJSON(h, "POST", "/swarm/init", `{"ListenAddr":"0.0.0.0:2377"}`); status != 200 || len(body) != len("\"\"\n")+25 {
		t.Fatalf("%d %s", status, body)
	}
	c := h.(*server).swarm
	must[string](t)(c.CreateService(cluster.ServiceSpec{Name: "sv1", Mode: cluster.ModeReplicated, Image: "bb:1", Replicas: 1, JSON: []byte("{}"), TaskJSON: []byte("{}")}))
	const invalidArgument = "rpc error: code = InvalidArgument desc = "
	task := func(rest string) string { return `{"Name":"x","TaskTemplate":{"ContainerSpec":{` + rest }
	for _, tt := range []struct {
		request, body string
		status        int
		text          string
	}{
		{"POST /services/create", "{}", 400, "mismatched Runtime and *Spec fields"},
		{"POST /services/create", `{"TaskTemplate":{"Runtime":"attachment"}}`, 400, "unsupported runtime"},
		{"POST /services/create", task(`}}}`), 400, invalidArgument + "ContainerSpec: image reference must be provided"},
		{"POST /services/create", task(`"Image":"BAD"}}}`), 400, invalidArgument + `ContainerSpec: "BAD" is not a valid repository/tag`},
		{"POST /services/create", task(`"Image":"b","Mounts":[{"Target":"/a"},{"Target":"/a"}]}}}`), 400, invalidArgument + "ContainerSpec: duplicate mount point: /a"},
		{"POST /services/create", task(`"Image":"b"}},"Mode":{"Global":{},"Replicated":{}}}`), 400, "must specify only one service mode"},
		{"POST /services/create", task(`"Image":"b"}},"EndpointSpec":{"Mode":"x"}}`), 400, `invalid resolution mode: "x"`},
		{"POST /services/create", task(`"Image":"b"}},"EndpointSpec":{"Mode":"dnsrr","Ports":[{"TargetPort":80}]}}`), 400, invalidArgument + "EndpointSpec: port published with ingress mode can't be used with dnsrr mode"},
		{"POST /services/create", task(`"Image":"b"},"Resources":{"Limits":{"MemoryBytes":5}}}}`), 400, invalidArgument + "invalid memory value 5: Must be at least 4MiB"},
		{"POST /services/create", task(`"Image":"b"}},"UpdateConfig":{"MaxFailureRatio":2}}`), 400, invalidArgument + "TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1"},
		{"POST /services/create", task(`"Image":"b"},"Networks":[{"Target":"nosuch"}]}}`), 500, "network nosuch not found"},
		{"POST /services/sv1/update?version=1", task(`"Image":"b"}}}`), 500, "rpc error: code = Unimplemented desc = renaming services is not supported"},
		{"GET /services/sv1/logs", "", 500, "Bad parameters: you must choose at least one stream"},
		{"GET /services/nosuch/logs?stdout=1", "", 404, "service nosuch not found"},
		{"GET /services/sv1/logs?stdout=1&tail=x", "", 500, `tail value must be a positive integer or "all"`},
		{"GET /services/sv1/logs?stdout=1&tail=-1", "", 500, "negative tail values not supported"},
		{"GET /services/sv1/logs?stdout=1&since=x", "", 500, `could not parse since timestamp: strconv.ParseInt: parsing "x": invalid syntax`},
		{"GET /tasks/nosuch/logs?stdout=1", "", 404, "task nosuch not found"},
		{"GET /services?status=x", "", 400, `invalid value for status: x: strconv.ParseBool: parsing "x": invalid syntax`},
		{"GET /tasks?filters={%22desired-state%22:[%22x%22]}", "", 500, "Invalid desired-state filter: 'x'"},
		{"GET /tasks?filters={%22service%22:[%22nosuch%22]}", "", 404, "service nosuch not found"},
		{"GET /nodes?filters={%22role%22:[%22x%22]}", "", 500, "Invalid role filter: 'x'"},
		{"GET /nodes?filters={%22bogus%22:[%22x%22]}", "", 400, "invalid filter 'bogus'"},
		{"POST /nodes/fakedocker/update?version=1", `{"Role":"x"}`, 400, `invalid Role: "x"`},
		{"POST /nodes/fakedocker/update?version=1", `{"Role":"manager","Availability":"active"}`, 500, "rpc error: code = Unknown desc = update out of sequence"},
		{"POST /swarm/unlock", "{}", 409, "swarm is not locked"},
		{"POST /swarm/update?version=1", `{"CAConfig":{"NodeCertExpiry":1}}`, 400, invalidArgument + "minimum certificate expiry time is: 1h0m0s"},
		{"PUT /volumes/x?version=x", "{}", 400, `invalid swarm object version 'x': strconv.ParseUint: parsing "x": invalid syntax`},
		{"POST /volumes/create", `{"Name":"v1","ClusterVolumeSpec":{}}`, 400, invalidArgument + "driver must be specified"},
	} {
		method, target, _ := strings.Cut(tt.request, " ")
		if status, body := sendJSON(h, method, target, tt.body); status != tt.status || body != message(tt.text) {
			t.Errorf("%s %s: %d %s, want %d %s", tt.request, tt.body, status, body, tt.status, tt.text)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("HEAD", "/_ping", nil))
	if got := w.Header().Get("Swarm"); got != "active/manager" {
		t.Errorf("Swarm: %q", got)
	}
}

// TestTaskVolumes: tasks have volumes since Docker 23 (24-swarm of the recordings).
func TestTaskVolumes(t *testing.T) {
	t.Parallel()
	for _, e := range engine.All() {
		h := New(Config{Engine: e})
		sendJSON(h, "POST", "/swarm/init", `{"ListenAddr":"127.0.0.1:2377","AdvertiseAddr":"127.0.0.1"}`)
		sendJSON(h, "POST", "/services/create", `{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"app:1"}}}`)
		_, list := sendJSON(h, "GET", "/tasks", "")
		_, rest, _ := strings.Cut(list, `[{"ID":"`)
		id, _, _ := strings.Cut(rest, `"`)
		_, one := sendJSON(h, "GET", "/tasks/"+id, "")
		for _, body := range []string{list, one} {
			if got := strings.Contains(body, `"Volumes":null`); !strings.Contains(body, `"DesiredState"`) || got == (e.Answers == "20.10") {
				t.Errorf("engine %s: %s", e.Version, body)
			}
		}
	}
}

// TestServiceWithoutEndpoint: a service that has an address in a network, but has said nothing of its endpoint, shows it.
func TestServiceWithoutEndpoint(t *testing.T) {
	t.Parallel()
	st := newState()
	addRecordedImage(t, st)
	h := serve(st)
	for _, r := range [][2]string{
		{"/swarm/init", `{"ListenAddr":"0.0.0.0:2377","AdvertiseAddr":"10.0.0.1"}`},
		{"/networks/create", `{"Name":"over","Driver":"overlay"}`},
		{"/services/create", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"},"Networks":[{"Target":"over"}]}}`},
	} {
		if status, text := sendJSON(h, http.MethodPost, r[0], r[1]); status > 201 {
			t.Fatal(text)
		}
	}
	id := get[network.Inspect](t, h, "/networks/over").ID
	want := swarm.Endpoint{VirtualIPs: []swarm.EndpointVirtualIP{{NetworkID: id, Addr: "10.0.1.2/24"}}}
	for _, got := range get[[]swarm.Service](t, h, "/services") {
		if d := cmp.Diff(want, got.Endpoint); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
}
