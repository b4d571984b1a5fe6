package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// post sends a body to a handler and returns the status and the message of the answer.
func post(h http.Handler, target, contentType, body string) (status int, message string) {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var e struct{ Message string }
	_ = json.Unmarshal(w.Body.Bytes(), &e)
	return w.Code, e.Message
}

// withImage is a fresh daemon of an engine that has the image bb:1.
func withImage(t *testing.T, e *engine.Engine) (http.Handler, *state.State) {
	t.Helper()
	s := newStateOf(e, nil, nil)
	if _, err := s.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"/bin/sh"}}}}); err != nil {
		t.Fatal(err)
	}
	return New(Config{Engine: e, State: s}), s
}

// TestContainerCreateRecorded sends what was sent to the real daemons (flows 03 and 18 of the recordings).
func TestContainerCreateRecorded(t *testing.T) {
	t.Parallel()
	type answer struct {
		Status  int
		Message string
	}
	var rows []struct {
		Step, Target, Type, Body string
		Want                     map[string]answer // by engine
	}
	if err := json.Unmarshal([]byte(read(t, "creates.json")), &rows); err != nil {
		t.Fatal(err)
	}
	for _, e := range engine.All() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			h, _ := withImage(t, e)
			for _, row := range rows {
				status, message := post(h, row.Target, row.Type, row.Body)
				if d := cmp.Diff(row.Want[e.Name], answer{status, message}); d != "" {
					t.Errorf("%s: POST %s %s (-recorded +got)\n%s", row.Step, row.Target, row.Body, d)
				}
			}
		})
	}
}

// TestContainerCreateRefusals has what the recordings do not: the texts are those of docker/docker v28.5.2.
func TestContainerCreateRefusals(t *testing.T) {
	t.Parallel()
	e := engine.Default()
	h, s := withImage(t, e)
	n, err := s.AddNetwork(state.Network{Name: "net", Subnets: []state.Subnet{{Subnet: "10.9.0.0/24"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		target, body string
		status       int
		message      string
	}{
		{"", `{"Image":"bb:1","HostConfig":{"Binds":["/a:b"]}}`, 500, `invalid volume specification: '/a:b': invalid mount config for type "bind": invalid mount path: 'b' mount path must be absolute`},
		{"", `{"Image":"bb:1","HostConfig":{"Binds":["/a:/b","/c:/b"]}}`, 400, "Duplicate mount point: /b"},
		{"", `{"Image":"bb:1","HostConfig":{"Binds":["/a:/b"],"Tmpfs":{"/b":""}}}`, 400, "Duplicate mount point: /b"},
		{"", `{"Image":"bb:1","HostConfig":{"Tmpfs":{"/":""}}}`, 400, "invalid specification: destination can't be '/'"},
		{"", `{"Image":"bb:1","HostConfig":{"LogConfig":{"Type":"bogus"}}}`, 400, `error looking up logging plugin bogus: plugin "bogus" not found`},
		{"", `{"Image":"bb:1","HostConfig":{"LogConfig":{"Type":"logentries"}}}`, 400, `error looking up logging plugin logentries: plugin "logentries" not found`},
		{"", `{"Image":"bb:1","HostConfig":{"LogConfig":{"Config":{"bogus":"1"}}}}`, 400, "unknown log opt 'bogus' for json-file log driver"},
		{"", `{"Image":"bb:1","HostConfig":{"RestartPolicy":{"Name":"always"},"AutoRemove":true}}`, 400, "can't create 'AutoRemove' container with restart policy"},
		{"", `{"Image":"bb:1","WorkingDir":"relative"}`, 400, "the working directory 'relative' is invalid, it needs to be an absolute path"},
		{"", `{"Image":"bb:1","Healthcheck":{"Interval":1}}`, 400, "Interval in Healthcheck cannot be less than 1ms"},
		{"", `{"Image":"bb:1","HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"abc"}]}}}`, 400, `invalid port specification: "abc"`},
		{"", `{"Image":"bb:1","HostConfig":{"NanoCpus":99000000000}}`, 400, "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"},
		{"", `{"Image":"bb:1","HostConfig":{"CpusetCpus":"0-7"}}`, 400, "Requested CPUs are not available - requested 0-7, available: 0-1"},
		{"", `{"Image":"bb:1","HostConfig":{"CapAdd":["BOGUS"]}}`, 400, `invalid CapAdd: unknown capability: "CAP_BOGUS"`},
		{"", `{"Image":"bb:1","HostConfig":{"SecurityOpt":["bogus"]}}`, 500, `invalid --security-opt 1: "bogus"`},
		{"", `{"Image":"bb:1","HostConfig":{"ExtraHosts":["x:y"]}}`, 400, `invalid IP address in add-host: "y"`},
		{"", `{"Image":"bb:1","HostConfig":{"Mounts":[{"Type":"volume","Target":"/x","BindOptions":{}}]}}`, 400, `BindOptions must not be specified on mount type "volume"`},
		{"", `{"Image":"bb:1","HostConfig":{"Mounts":[{"Type":"bind","Source":"/nosuch/folder","Target":"/x"}]}}`, 400, `invalid mount config for type "bind": bind source path does not exist: /nosuch/folder`},
		{"", `{"Image":"bb:1","Hostname":"h","HostConfig":{"NetworkMode":"container:x"}}`, 400, "conflicting options: hostname and the network mode"},
		{"", `{"Image":"bb:1","NetworkingConfig":{"EndpointsConfig":{"bridge":{"Aliases":["a"]}}}}`, 400, "invalid config for network bridge: invalid endpoint settings:\nnetwork-scoped alias is supported only for containers in user defined networks"},
		{"", `{"Image":"bb:1","HostConfig":{"NetworkMode":"net"},"NetworkingConfig":{"EndpointsConfig":{"net":{"IPAMConfig":{"IPv4Address":"10.8.0.1"}}}}}`, 400, "invalid config for network net: invalid endpoint settings:\nno configured subnet or ip-range contain the IP address 10.8.0.1"},
		{"/v1.43", `{"Image":"bb:1","NetworkingConfig":{"EndpointsConfig":{"b":{},"a":{}}}}`, 400, "Container cannot be created with multiple network endpoints: a, b"},
		{"", `{"Cmd":["true"],"Image":""}`, 201, ""},
		{"", `{"Image":""}`, 400, "no command specified"},
		{"", `null`, 400, "config cannot be empty in order to create a container"},
	} {
		status, message := post(h, test.target+"/containers/create", "application/json", test.body)
		if status != test.status || message != test.message {
			t.Errorf("POST %s %s: %v %q, want %v %q", test.target, test.body, status, message, test.status, test.message)
		}
	}
	if got, err := s.Network(n.ID); err != nil || len(got.Containers) != 0 {
		t.Errorf("after refusals the network has %v, %v", got.Containers, err)
	}
	if volumes := s.Volumes(); len(volumes) != 0 {
		t.Errorf("after refusals there are %v", volumes)
	}
}

// TestContainerCreateByVersion: what a client could not say yet counts from its API version on, and what it could say until then no
// more. A refusal stands for the field.
func TestContainerCreateByVersion(t *testing.T) {
	t.Parallel()
	const image = `"Image":"bb:1"`
	for _, tt := range []struct {
		from         int // the minor version
		field        string
		body         string
		below, since string
	}{
		{25, "HostConfig.AutoRemove", `"HostConfig":{"AutoRemove":true}`, "false", "true"},
		{40, "HostConfig.KernelMemoryTCP", `"HostConfig":{"KernelMemoryTCP":8388608}`, "null", "8388608"},
		{40, "HostConfig.IpcMode", `"HostConfig":{}`, `"shareable"`, `"private"`},
		{40, "HostConfig.Mounts", `"HostConfig":{"Mounts":[{"Type":"bind","Source":"/tmp","Target":"/t","BindOptions":{"NonRecursive":true}}]}`,
			`[{"BindOptions":{},"Source":"/tmp","Target":"/t","Type":"bind"}]`, `[{"BindOptions":{"NonRecursive":true},"Source":"/tmp","Target":"/t","Type":"bind"}]`},
		{42, "HostConfig.ConsoleSize", `"HostConfig":{"ConsoleSize":[3,4]}`, "[0,0]", "[3,4]"},
		{42, "HostConfig.KernelMemory", `"HostConfig":{"KernelMemory":8388608}`, "8388608", "null"},
		{42, "HostConfig.Mounts", `"HostConfig":{"Mounts":[{"Type":"bind","Source":"/tmp","Target":"/t","VolumeOptions":{},"TmpfsOptions":{}}]}`,
			`[{"Source":"/tmp","Target":"/t","Type":"bind"}]`, `400 VolumeOptions must not be specified on mount type "bind"`},
		{43, "HostConfig.Annotations", `"HostConfig":{"Annotations":{"a":"b"}}`, "null", `{"a":"b"}`},
		{44, "Config.Healthcheck", `"Healthcheck":{"Test":["NONE"],"StartInterval":1000000}`, `{"Test":["NONE"]}`, `{"StartInterval":1000000,"Test":["NONE"]}`},
		{44, "NetworkSettings.Networks.n1.NetworkID", `"NetworkingConfig":{"EndpointsConfig":{"n1":{},"bridge":{}}}`,
			"400 Container cannot be created with multiple network endpoints: bridge, n1", `""`},
		{44, "HostConfig.Mounts", `"HostConfig":{"Mounts":[{"Type":"bind","Source":"/tmp","Target":"/t","ReadOnly":true,"BindOptions":{"ReadOnlyForceRecursive":true,"Propagation":"rprivate"}}]}`,
			"400 BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer",
			`[{"BindOptions":{"Propagation":"rprivate","ReadOnlyForceRecursive":true},"ReadOnly":true,"Source":"/tmp","Target":"/t","Type":"bind"}]`},
		{45, "HostConfig.Mounts", `"HostConfig":{"Mounts":[{"Type":"volume","Source":"v1","Target":"/t","VolumeOptions":{"Subpath":"a"}}]}`,
			"400 VolumeOptions.Subpath needs API v1.45 or newer", `[{"Source":"v1","Target":"/t","Type":"volume","VolumeOptions":{"Subpath":"a"}}]`},
		{48, "HostConfig.Mounts", `"HostConfig":{"Mounts":[{"Type":"image","Source":"bb:1","Target":"/t"}]}`,
			`400 Mount type "Image" needs API v1.48 or newer`, `[{"Source":"bb:1","Target":"/t","Type":"image"}]`},
		{48, "NetworkSettings.Networks.bridge.GwPriority", `"NetworkingConfig":{"EndpointsConfig":{"bridge":{"GwPriority":7}}}`, "0", "7"},
	} {
		h, st := withImage(t, engine.Default())
		must[state.Network](t)(st.AddNetwork(state.Network{Name: "n1"}))
		for minor, want := range map[int]string{tt.from - 1: tt.below, tt.from: tt.since} {
			got := ""
			target := fmt.Sprintf("/v1.%d/containers/create?name=c%d", minor, minor)
			if status, message := post(h, target, "application/json", "{"+image+","+tt.body+"}"); status != http.StatusCreated {
				got = fmt.Sprint(status, " ", message)
			} else {
				var v any = get[map[string]any](t, h, fmt.Sprintf("/containers/c%d/json", minor))
				for _, key := range strings.Split(tt.field, ".") {
					v = v.(map[string]any)[key]
				}
				b, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				got = string(b)
			}
			if got != want {
				t.Errorf("1.%d: %s of %s is %s, want %s", minor, tt.field, tt.body, got, want)
			}
		}
	}
}

// TestContainerParametersByVersion: the same of what else is asked of a container, c1 that runs.
func TestContainerParametersByVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from         int
		target, body string
		below, since string
	}{
		{30, "/containers/c1/wait?condition=bogus", "", "waits", `400 invalid condition: "bogus"`},
		{40, "/containers/c1/update", `{"PidsLimit":5}`, "PidsLimit null", "PidsLimit 5"},
		{41, "/containers/create?platform=bogus", `{"Image":"bb:1"}`, "201 ", `400 "bogus": unknown operating system or architecture: invalid argument`},
		{42, "/containers/c1/update", `{"KernelMemory":8388608}`, "KernelMemory 8388608", "KernelMemory null"},
		{42, "/containers/c1/stop?signal=bogus", "", "204 ", "400 cannot stop container: c1: invalid signal: bogus"},
	} {
		for minor, want := range map[int]string{tt.from - 1: tt.below, tt.from: tt.since} {
			h, st := withImage(t, engine.Default())
			createRunning(t, st, "c1", "sleep", "1000")
			ctx, cancel := context.WithCancel(t.Context())
			if want == "waits" {
				cancel()
			}
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("/v1.%d%s", minor, tt.target), strings.NewReader(tt.body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			cancel()
			got := fmt.Sprint(w.Code, " ", errorText(w))
			if field, _, ok := strings.Cut(want, " "); want == "waits" && got == "200 " && w.Body.Len() == 0 {
				got = "waits"
			} else if ok && w.Code == http.StatusOK {
				c := get[struct{ HostConfig map[string]any }](t, h, "/containers/c1/json")
				b, err := json.Marshal(c.HostConfig[field])
				if err != nil {
					t.Fatal(err)
				}
				got = field + " " + string(b)
			}
			if got != want {
				t.Errorf("1.%d: POST %s %s gave %s, want %s", minor, tt.target, tt.body, got, want)
			}
		}
	}
}
