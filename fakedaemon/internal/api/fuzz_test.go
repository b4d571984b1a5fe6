package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// fuzzRequests are the requests that FuzzRequest begins with: method, target, body.
var fuzzRequests = [][3]string{
	{"GET", "/_ping", ""},
	{"GET", "/v1.41/containers/json?all=1&size=1&filters={\"status\":[\"exited\"],\"publish\":[\"80-90/tcp\"]}", ""},
	{"GET", "/containers/json?limit=1&before=c1&since=c1", ""},
	{"POST", "/containers/create?name=a&platform=linux/arm64/v8", `{"Image":"bb:1","Cmd":["sleep","1"],"Env":["A=b"],"Labels":{"a":"b"},"ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}}}`},
	{"POST", "/v1.24/containers/create", `{"Image":"bb:1","HostConfig":{"Binds":["v1:/a:ro","/b:/c:rshared"],"PortBindings":{"80-82/tcp":[{"HostPort":"8000-8002"}]},"Links":["c1:x"],"Memory":1e9,"NetworkMode":"container:c1","RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3}}}`},
	{"POST", "/containers/create", `{"Image":"bb:1","Healthcheck":{"Test":["CMD-SHELL","sleep ''"],"Interval":1000000000},"HostConfig":{"Mounts":[{"Type":"volume","Target":"/x","VolumeOptions":{"Subpath":"a"}},{"Type":"tmpfs","Target":"/t","TmpfsOptions":{"SizeBytes":1}}],"Ulimits":[{"Name":"nofile","Soft":1,"Hard":2}],"LogConfig":{"Type":"local"},"Tmpfs":{"/q":"rw"}}}`},
	{"POST", "/containers/create", `{"Image":"bb:1","NetworkingConfig":{"EndpointsConfig":{"n1":{"IPAMConfig":{"IPv4Address":"172.30.0.9","LinkLocalIPs":["169.254.1.1"]},"Aliases":["q"],"MacAddress":"02:42:ac:11:00:02","DriverOpts":{"a":"b"}}}}}`},
	{"POST", "/containers/c1/start", ""},
	{"POST", "/containers/c1/stop?t=1&signal=SIGINT", ""},
	{"POST", "/containers/c1/kill?signal=9", ""},
	{"POST", "/containers/c1/wait?condition=next-exit", ""},
	{"POST", "/containers/c1/rename?name=c2", ""},
	{"POST", "/containers/c1/update", `{"Memory":12345678,"RestartPolicy":{"Name":"always"}}`},
	{"POST", "/containers/c1/resize?h=1&w=2", ""},
	{"POST", "/containers/c1/exec", `{"Cmd":["echo","a"],"AttachStdout":true,"Tty":true,"ConsoleSize":[1,2]}`},
	{"GET", "/containers/c1/top?ps_args=-o pid,cmd", ""},
	{"GET", "/containers/c1/stats?stream=0&one-shot=1", ""},
	{"GET", "/containers/c1/logs?stdout=1&since=1.5&tail=all", ""},
	{"HEAD", "/containers/c1/archive?path=/etc", ""},
	{"DELETE", "/containers/c1?force=1&v=1&link=0", ""},
	{"POST", "/containers/prune?filters={\"until\":[\"1h30m\"],\"label!\":[\"a=b\"]}", ""},
	{"GET", "/images/json?all=1&digests=1&filters={\"reference\":[\"b*:1\"],\"before\":[\"bb:1\"],\"dangling\":[\"true\"]}", ""},
	{"GET", "/images/bb:1/json?manifests=1", ""},
	{"GET", "/images/bb:1/history", ""},
	{"POST", "/images/bb:1/tag?repo=localhost:5000/x/y&tag=2", ""},
	{"DELETE", "/images/bb@sha256:0123456789012345678901234567890123456789012345678901234567890123?noprune=1", ""},
	{"POST", "/images/load?quiet=1&platform={\"os\":\"linux\",\"architecture\":\"arm\"}", "no tar"},
	{"GET", "/images/get?names=bb:1&names=bb", ""},
	{"POST", "/images/create?fromSrc=-&repo=i&changes=CMD [\"a\"]&changes=ENV A=\"b c\" D=e&changes=HEALTHCHECK --interval=3s CMD a", ""},
	{"POST", "/commit?container=c1&repo=r&tag=t&changes=EXPOSE 80-82/udp&changes=ONBUILD RUN a&changes=VOLUME [\"/a\", \"/b\"]", `{"Labels":{"a":"b"}}`},
	{"POST", "/build?t=x&platform=linux/arm&labels={\"a\":\"b\"}&buildargs={\"A\":null}", "FROM scratch"},
	{"GET", "/networks?filters={\"type\":[\"custom\"],\"scope\":[\"local\"],\"driver\":[\"bridge\"]}", ""},
	{"POST", "/networks/create", `{"Name":"n2","Driver":"bridge","EnableIPv6":true,"IPAM":{"Driver":"default","Config":[{"Subnet":"10.9.0.0/24","IPRange":"10.9.0.128/25","Gateway":"10.9.0.1","AuxiliaryAddresses":{"a":"10.9.0.2"}},{"Subnet":"fd00::/64"}]},"Options":{"com.docker.network.bridge.name":"x"}}`},
	{"POST", "/networks/n1/connect", `{"Container":"c1","EndpointConfig":{"IPAMConfig":{"IPv4Address":"172.30.0.7"},"GwPriority":1}}`},
	{"POST", "/networks/n1/disconnect", `{"Container":"c1","Force":true}`},
	{"DELETE", "/networks/n1", ""},
	{"POST", "/volumes/create", `{"Name":"v2","Driver":"local","DriverOpts":{"type":"tmpfs","device":"tmpfs","o":"size=1m"},"ClusterVolumeSpec":{"Group":"g"}}`},
	{"GET", "/volumes?filters={\"dangling\":{\"1\":true},\"name\":[\"v\"]}", ""},
	{"DELETE", "/volumes/v1?force=1", ""},
	{"GET", "/events?since=1.000000001&until=2006-01-02T15:04:05Z&filters={\"type\":[\"container\"],\"event\":[\"die\"]}", ""},
	{"GET", "/system/df?type=volume&type=container", ""},
	{"POST", "/auth", `{"username":"a","password":"b","serveraddress":"localhost:1"}`},
	{"POST", "/swarm/update?version=1&rotateWorkerToken=1", `{"Name":"default","Labels":{"a":"b"}}`},
	{"POST", "/services/create", `{"Name":"s2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1","Mounts":[{"Type":"volume","Target":"/a"}],"Secrets":[{"SecretID":"x"}]},"Networks":[{"Target":"n1"}]},"Mode":{"Replicated":{"Replicas":2}}}`},
	{"POST", "/services/create", `{"Name":"s3","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"},"RestartPolicy":{"Condition":"any"},"Placement":{"Constraints":["node.role==manager"]}},"Mode":{"Global":{}},"EndpointSpec":{"Ports":[{"TargetPort":80,"PublishedPort":8080,"PublishMode":"host"}]},"UpdateConfig":{"Parallelism":1}}`},
	{"POST", "/services/s1/update?version=9&rollback=previous", `{"Name":"s1","TaskTemplate":{"ContainerSpec":{"Image":"bb:2"}}}`},
	{"GET", "/tasks?filters={\"service\":[\"s1\"],\"desired-state\":[\"running\"]}", ""},
	{"POST", "/secrets/create", `{"Name":"x","Data":"YQ==","Templating":{"Name":"golang"}}`},
	{"POST", "/configs/create", `{"Name":"x","Data":"YQ=="}`},
	{"POST", "/nodes/self/update?version=1", `{"Role":"manager","Availability":"drain"}`},
	{"POST", "/plugins/pull?remote=a/b:c", `[]`},
	{"GET", "/distribution/localhost:1/a:b/json", ""},
	{"POST", "/session", ""},
	{"GET", "//v1.41/../v1.999/x", ""},
}

// FuzzRequest: no request makes the daemon panic, and none leaves a state that cannot be shown.
func FuzzRequest(f *testing.F) {
	for _, r := range fuzzRequests {
		for i := range engine.All() {
			f.Add(uint8(i), r[0], r[1], r[2])
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, method, target, body string) {
		u, err := url.Parse(target)
		if err != nil || u.Path == "" {
			t.Skip()
		}
		e := engine.All()[int(which)%len(engine.All())]
		st := state.New(state.Options{
			Engine: e, Clock: clock, Seed: []byte("fuzz"),
			After: func(time.Duration, func()) func() bool { return func() bool { return true } },
		})
		h := New(Config{State: st, Engine: e, Clock: clock})
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // what waits or streams, ends
		do := func(method, target, body string) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(ctx, "GET", "/", strings.NewReader(body))
			r.Method = method
			r.URL, _ = url.Parse(target)
			r.RequestURI = target
			r.Header.Set("Content-Type", "application/json")
			h.ServeHTTP(w, r)
			return w
		}
		img, err := st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sleep", "inf"}}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range [][2]string{
			{"/networks/create", `{"Name":"n1","IPAM":{"Config":[{"Subnet":"172.30.0.0/24"}]}}`},
			{"/volumes/create", `{"Name":"v1"}`},
			{"/containers/create?name=c1", `{"Image":"` + img.ID + `","HostConfig":{"NetworkMode":"n1","Binds":["v1:/v"]}}`},
			{"/containers/c1/start", ""},
			{"/swarm/init", `{"ListenAddr":"127.0.0.1:2377","AdvertiseAddr":"127.0.0.1"}`},
			{"/services/create", `{"Name":"s1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`},
		} {
			if w := do(http.MethodPost, r[0], r[1]); w.Code >= 300 {
				t.Fatalf("%s: %d %s", r[0], w.Code, w.Body)
			}
		}
		if w := do(method, target, body); w.Code < 100 {
			t.Errorf("%s %s: %d", method, target, w.Code)
		}
		for _, list := range []string{
			"/containers/json?all=1&size=1", "/images/json?all=1", "/networks", "/volumes", "/system/df", "/info", "/plugins",
			"/services", "/tasks", "/nodes", "/secrets", "/configs", "/v1.40/containers/json",
		} {
			w := do(http.MethodGet, list, "")
			if w.Code != http.StatusOK && w.Code != http.StatusServiceUnavailable || !json.Valid(w.Body.Bytes()) {
				t.Errorf("after %s %s %s: %s: %d %s", method, target, body, list, w.Code, w.Body)
			}
		}
		st.Close()
	})
}
