package api

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/swarm"
)

// TestSwarmRequests: one request to a manager that has a service sv1 and a secret sec; behind it are the service sv2, if that has been
// made, the mounts and health checks of its container, and what else has changed.
func TestSwarmRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ method, target, body, want string }{
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1","Mounts":[{"Source":"/a","Target":"/b","BindOptions":{"Propagation":"rslave"},"ReadOnly":true}]}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1","Mounts":[{"Source":"/a","Target":"/b","ReadOnly":true,"BindOptions":{"Propagation":"rslave"}}]},},"Mode":{"Replicated":{"Replicas":1}}},"Endpoint":{"Spec":{}}} + [{Type:bind Source:/a Target:/b ReadOnly:true Propagation:rslave Driver: DriverOpts:map[] Labels:map[] NoCopy:false mode:}] <nil>`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1","Mounts":[{"Type":"volume","Source":"v1","Target":"/b","VolumeOptions":{"Labels":{"a":"b"},"DriverConfig":{"Name":"local","Options":{"type":"tmpfs","device":"d"}}}}]}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1","Mounts":[{"Type":"volume","Source":"v1","Target":"/b","VolumeOptions":{"Labels":{"a":"b"},"DriverConfig":{"Name":"local","Options":{"device":"d","type":"tmpfs"}}}}]},},"Mode":{"Replicated":{"Replicas":1}}},"Endpoint":{"Spec":{}}} + [{Type:volume Source:v1 Target:/b ReadOnly:false Propagation: Driver:local DriverOpts:map[device:d type:tmpfs] Labels:map[a:b] NoCopy:false mode:}] <nil>`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1","Healthcheck":{"Test":["CMD","x"],"Interval":1000000,"Timeout":2000000,"StartPeriod":3000000,"StartInterval":4000000,"Retries":5}}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1","Healthcheck":{"Test":["CMD","x"],"Interval":1000000,"Timeout":2000000,"StartPeriod":3000000,"StartInterval":4000000,"Retries":5}},},"Mode":{"Replicated":{"Replicas":1}}},"Endpoint":{"Spec":{}}} + [] &{Test:[CMD x] Interval:1ms Timeout:2ms StartPeriod:3ms StartInterval:4ms Retries:5}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1","Hostname":"h","User":"u","Dir":"/d","StopSignal":"SIGINT","Env":["A=b"],"Args":["c"],"Command":["e"],"Labels":{"l":"m"},"TTY":true,"OpenStdin":true,"OomScoreAdj":5,"CapabilityAdd":["CAP_CHOWN"],"Ulimits":[{"Name":"nofile","Soft":1,"Hard":2}],"Sysctls":{"a":"b"},"Privileges":{"NoNewPrivileges":true}}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1","Labels":{"l":"m"},"Command":["e"],"Args":["c"],"Hostname":"h","Env":["A=b"],"Dir":"/d","User":"u","Privileges":{"CredentialSpec":null,"SELinuxContext":null,"NoNewPrivileges":true},"StopSignal":"SIGINT","TTY":true,"OpenStdin":true,"Sysctls":{"a":"b"},"CapabilityAdd":["CAP_CHOWN"],"Ulimits":[{"Name":"nofile","Hard":2,"Soft":1}],"OomScoreAdj":5},},"Mode":{"Replicated":{"Replicas":1}}},"Endpoint":{"Spec":{}}}`},
		{"POST", "/v1.45/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1","OomScoreAdj":5,"CapabilityAdd":["CAP_CHOWN"],"CapabilityDrop":["CAP_KILL"],"Ulimits":[{"Name":"nofile","Soft":1,"Hard":2}],"Sysctls":{"a":"b"},"Privileges":{"NoNewPrivileges":true,"Seccomp":{"Mode":"default"},"AppArmor":{"Mode":"default"}}},"Placement":{"MaxReplicas":3}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1","Privileges":{"CredentialSpec":null,"SELinuxContext":null,"Seccomp":{"Mode":"default"},"AppArmor":{"Mode":"default"},"NoNewPrivileges":true},"Sysctls":{"a":"b"},"CapabilityAdd":["CAP_CHOWN"],"CapabilityDrop":["CAP_KILL"],"Ulimits":[{"Name":"nofile","Hard":2,"Soft":1}]},"Placement":{"MaxReplicas":3},},"Mode":{"Replicated":{"Replicas":1}}},"Endpoint":{"Spec":{}}}`},
		{"POST", "/v1.43/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1","OomScoreAdj":5,"CapabilityAdd":["CAP_CHOWN"],"CapabilityDrop":["CAP_KILL"],"Ulimits":[{"Name":"nofile","Soft":1,"Hard":2}],"Sysctls":{"a":"b"},"Privileges":{"NoNewPrivileges":true,"Seccomp":{"Mode":"default"},"AppArmor":{"Mode":"default"}}},"Placement":{"MaxReplicas":3}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1","Privileges":{"CredentialSpec":null,"SELinuxContext":null,"NoNewPrivileges":false},"Sysctls":{"a":"b"},"CapabilityAdd":["CAP_CHOWN"],"CapabilityDrop":["CAP_KILL"],"Ulimits":[{"Name":"nofile","Hard":2,"Soft":1}]},"Placement":{"MaxReplicas":3},},"Mode":{"Replicated":{"Replicas":1}}},"Endpoint":{"Spec":{}}}`},
		{"POST", "/v1.40/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1","OomScoreAdj":5,"CapabilityAdd":["CAP_CHOWN"],"CapabilityDrop":["CAP_KILL"],"Ulimits":[{"Name":"nofile","Soft":1,"Hard":2}],"Sysctls":{"a":"b"},"Privileges":{"NoNewPrivileges":true,"Seccomp":{"Mode":"default"},"AppArmor":{"Mode":"default"}}},"Placement":{"MaxReplicas":3}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1","Privileges":{"CredentialSpec":null,"SELinuxContext":null,"NoNewPrivileges":false},"Sysctls":{"a":"b"}},"Placement":{"MaxReplicas":3},},"Mode":{"Replicated":{"Replicas":1}}},"Endpoint":{"Spec":{}}}`},
		{"POST", "/v1.39/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1","OomScoreAdj":5,"CapabilityAdd":["CAP_CHOWN"],"CapabilityDrop":["CAP_KILL"],"Ulimits":[{"Name":"nofile","Soft":1,"Hard":2}],"Sysctls":{"a":"b"},"Privileges":{"NoNewPrivileges":true,"Seccomp":{"Mode":"default"},"AppArmor":{"Mode":"default"}}},"Placement":{"MaxReplicas":3}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1","Privileges":{"CredentialSpec":null,"SELinuxContext":null,"NoNewPrivileges":false}},"Placement":{},},"Mode":{"Replicated":{"Replicas":1}}},"Endpoint":{"Spec":{}}}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"Mode":{"Global":{}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1"},},"Mode":{"Global":{}}},"Endpoint":{"Spec":{}}}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"Mode":{"GlobalJob":{}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1"},},"Mode":{"GlobalJob":{}}},"Endpoint":{"Spec":{}},"JobStatus":{"JobIteration":{},"LastExecution":"2026-11-22T02:55:43Z"}}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"Mode":{"ReplicatedJob":{}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1"},},"Mode":{"ReplicatedJob":{"MaxConcurrent":1,"TotalCompletions":1}}},"Endpoint":{"Spec":{}},"JobStatus":{"JobIteration":{},"LastExecution":"2026-11-22T02:55:43Z"}}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"Mode":{"ReplicatedJob":{"MaxConcurrent":2}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1"},},"Mode":{"ReplicatedJob":{"MaxConcurrent":2,"TotalCompletions":2}}},"Endpoint":{"Spec":{}},"JobStatus":{"JobIteration":{},"LastExecution":"2026-11-22T02:55:43Z"}}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"Mode":{"ReplicatedJob":{"MaxConcurrent":2,"TotalCompletions":3}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1"},},"Mode":{"ReplicatedJob":{"MaxConcurrent":2,"TotalCompletions":3}}},"Endpoint":{"Spec":{}},"JobStatus":{"JobIteration":{},"LastExecution":"2026-11-22T02:55:43Z"}}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"Mode":{"Replicated":{}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1"},},"Mode":{"Replicated":{"Replicas":1}}},"Endpoint":{"Spec":{}}}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"Mode":{"Replicated":{"Replicas":2}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1"},},"Mode":{"Replicated":{"Replicas":2}}},"Endpoint":{"Spec":{}}}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"Mode":{"Global":{},"Replicated":{}}}`, `400 {"message":"must specify only one service mode"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"Mode":{"GlobalJob":{},"ReplicatedJob":{}}}`, `400 {"message":"must specify only one service mode"}`},
		{"POST", "/v1.40/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"Mode":{"ReplicatedJob":{}}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1"},},"Mode":{"Replicated":{"Replicas":1}}},"Endpoint":{"Spec":{}}}`},
		{"POST", "/v1.29/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`, `201 {"ID":"ID","Warnings":["image bb:1 could not be accessed on a registry to record\nits digest. Each node will access bb:1 independently,\npossibly leading to different nodes running different\nversions of the image.\n"]} + {"ContainerSpec":{"Image":"bb:1"},},"Mode":{"Replicated":{"Replicas":1}}},"Endpoint":{"Spec":{}}}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"BAD"}}}`, `400 {"message":"rpc error: code = InvalidArgument desc = ContainerSpec: \"BAD\" is not a valid repository/tag"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"Runtime":"plugin","PluginSpec":{}}}`, `500 {"message":"runtime type \"plugin\" only supported in experimental"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"Runtime":"plugin","ContainerSpec":{}}}`, `400 {"message":"mismatched Runtime and *Spec fields"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"Runtime":"x"}}`, `400 {"message":"unsupported runtime"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"},"RestartPolicy":{"Condition":"none","Delay":7},"Resources":{"Limits":{"NanoCPUs":1000000000,"MemoryBytes":4194304},"Reservations":{"NanoCPUs":2}}}}`, `400 {"message":"rpc error: code = InvalidArgument desc = invalid cpu value 2e-09: Must be at least 0.001"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"},"Resources":{"Limits":{"NanoCPUs":2}}}}`, `400 {"message":"rpc error: code = InvalidArgument desc = invalid cpu value 2e-09: Must be at least 0.001"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"},"Resources":{"Reservations":{"MemoryBytes":2}}}}`, `400 {"message":"rpc error: code = InvalidArgument desc = invalid memory value 2: Must be at least 4MiB"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1","StopGracePeriod":9,"Configs":[{"ConfigID":"x","ConfigName":"c"}]}}}`, `400 {"message":"rpc error: code = InvalidArgument desc = config not found: c"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1","Secrets":[{"SecretID":"x","SecretName":"s"}]}}}`, `400 {"message":"rpc error: code = InvalidArgument desc = secret not found: s"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"},"Networks":[{"Target":"nosuch"}]}}`, `500 {"message":"network nosuch not found"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"EndpointSpec":{"Ports":[{"TargetPort":80},{"Protocol":"udp","TargetPort":81,"PublishedPort":82,"PublishMode":"host"}]},"UpdateConfig":{"Parallelism":2,"Delay":3,"Monitor":4,"MaxFailureRatio":0.5,"FailureAction":"continue","Order":"start-first"},"RollbackConfig":{"Delay":-1}}`, `400 {"message":"rpc error: code = InvalidArgument desc = TaskSpec: update-delay cannot be negative"}`},
		{"POST", "/services/create", `{"Name":"sv2","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}},"EndpointSpec":{"Ports":[{"TargetPort":80}]}}`, `201 {"ID":"ID","Warnings":null} + {"ContainerSpec":{"Image":"bb:1"},},"Mode":{"Replicated":{"Replicas":1}},"EndpointSpec":{"Mode":"vip","Ports":[{"Protocol":"tcp","TargetPort":80,"PublishMode":"ingress"}]}},"Endpoint":{"Spec":{"Mode":"vip","Ports":[{"Protocol":"tcp","TargetPort":80,"PublishMode":"ingress"}]},"Ports":[{"Protocol":"tcp","TargetPort":80,"PublishedPort":30000,"PublishMode":"ingress"}],"VirtualIPs":[{"NetworkID":"ID","Addr":"10.0.0.3/24"}]}}`},
		{"POST", "/services/sv1/update?version=VERSION", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`, `200 {"Warnings":null}`},
		{"POST", "/services/sv1/update?version=VERSION&registryAuthFrom=spec", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`, `200 {"Warnings":null}`},
		{"POST", "/services/sv1/update?version=VERSION&registryAuthFrom=previous-spec", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`, `500 {"message":"service does not have a previous spec"}`},
		{"POST", "/services/sv1/update?version=VERSION&registryAuthFrom=x", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`, `500 {"message":"unsupported registryAuthFrom value"}`},
		{"POST", "/services/sv1/update?version=VERSION&rollback=none", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`, `200 {"Warnings":null}`},
		{"POST", "/services/sv1/update?version=VERSION&rollback=x", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`, `500 {"message":"unrecognized rollback option x"}`},
		{"POST", "/services/sv1/update?version=VERSION&rollback=previous", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`, `400 {"message":"rpc error: code = FailedPrecondition desc = service ID does not have a previous spec"}`},
		{"POST", "/v1.29/services/sv1/update?version=VERSION", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`, `200 {"Warnings":["image bb:1 could not be accessed on a registry to record\nits digest. Each node will access bb:1 independently,\npossibly leading to different nodes running different\nversions of the image.\n"]}`},
		{"POST", "/services/sv1/update?version=1", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`, `500 {"message":"rpc error: code = Unknown desc = update out of sequence"}`},
		{"POST", "/services/sv1/update?version=VERSION", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:2"}}}`, `200 {"Warnings":null}`},
		{"POST", "/secrets/create", `{"Name":"s","Data":"eA==","Templating":{"Name":"t"}}`, `201 {"ID":"ID"} + {"ID":"ID","Version":{"Index":17},"Spec":{"Name":"sec","Labels":{}}}`},
		{"POST", "/v1.36/secrets/create", `{"Name":"s","Data":"eA==","Templating":{"Name":"t"}}`, `400 {"message":"secret templating is not supported on the specified API version: 1.36"}`},
		{"POST", "/configs/create", `{"Name":"s","Data":"eA==","Templating":{"Name":"t"}}`, `201 {"ID":"ID"}`},
		{"POST", "/v1.36/configs/create", `{"Name":"s","Data":"eA==","Templating":{"Name":"t"}}`, `400 {"message":"config templating is not supported on the specified API version: 1.36"}`},
		{"POST", "/secrets/sec/update?version=VERSION", `{"Name":"sec","Labels":{"a":"b"}}`, `200 + {"ID":"ID","Version":{"Index":18},"Spec":{"Name":"sec","Labels":{"a":"b"}}}`},
		{"POST", "/secrets/sec/update?version=1", `{"Name":"sec"}`, `500 {"message":"rpc error: code = Unknown desc = update out of sequence"}`},
		{"POST", "/secrets/sec/update?version=VERSION", `{"Name":"other"}`, `400 {"message":"rpc error: code = InvalidArgument desc = only updates to Labels are allowed"}`},
		{"POST", "/secrets/sec/update?version=x", `{"Name":"sec"}`, `400 {"message":"invalid secret version"}`},
		{"POST", "/secrets/nosuch/update?version=1", `{"Name":"sec"}`, `404 {"message":"secret nosuch not found"}`},
		{"DELETE", "/nodes/NODE", "", `400 {"message":"rpc error: code = FailedPrecondition desc = node ID is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal"}`},
		{"DELETE", "/nodes/nosuch", "", `404 {"message":"node nosuch not found"}`},
		{"POST", "/nodes/NODE/update?version=VERSION", `{"Name":"n","Role":"manager","Availability":"bogus"}`, `400 {"message":"invalid Availability: \"bogus\""}`},
		{"POST", "/nodes/NODE/update?version=VERSION", `{"Name":"n","Role":"manager","Availability":"drain","Labels":{"a":"b"}}`, "200"},
		{"POST", "/nodes/NODE/update?version=1", `{"Role":"manager","Availability":"active"}`, `500 {"message":"rpc error: code = Unknown desc = update out of sequence"}`},
		{"GET", `/nodes?filters={"name":["n"]}`, "", "200 []"},
		{"GET", `/nodes?filters={"name":["x"]}`, "", "200 []"},
		{"GET", `/nodes?filters={"role":["worker"]}`, "", "200 []"},
		{"GET", `/nodes?filters={"role":["x"]}`, "", `500 {"message":"Invalid role filter: 'x'"}`},
		{"GET", `/nodes?filters={"membership":["pending"]}`, "", "200 []"},
		{"GET", `/nodes?filters={"membership":["x"]}`, "", `500 {"message":"Invalid membership filter: 'x'"}`},
		{"GET", `/nodes?filters={"id":["-"]}`, "", "200 []"},
		{"GET", `/nodes?filters={"node.label":["a"]}`, "", "200 []"},
	} {
		st := newState()
		addRecordedImage(t, st)
		h := serve(st)
		request := func(method, target, body string) (int, string) {
			return sendJSON(h, method, strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22").Replace(target), body)
		}
		for _, setup := range [][2]string{
			{"/swarm/init", `{"ListenAddr":"0.0.0.0:2377","AdvertiseAddr":"10.0.0.1"}`},
			{"/services/create", `{"Name":"sv1","TaskTemplate":{"ContainerSpec":{"Image":"bb:1"}}}`},
			{"/secrets/create", `{"Name":"sec","Data":"eA=="}`},
		} {
			if status, text := request(http.MethodPost, setup[0], setup[1]); status > 201 {
				t.Fatal(text)
			}
		}
		target := tt.target
		kind, _, _ := strings.Cut(target[1:], "/")
		switch kind {
		case "services":
			target = strings.ReplaceAll(target, "VERSION", strconv.Itoa(int(get[swarm.Service](t, h, "/services/sv1").Version.Index)))
		case "v1.29":
			target = strings.ReplaceAll(target, "VERSION", strconv.Itoa(int(get[swarm.Service](t, h, "/services/sv1").Version.Index)))
		case "secrets":
			target = strings.ReplaceAll(target, "VERSION", strconv.Itoa(int(get[swarm.Secret](t, h, "/secrets/sec").Version.Index)))
		case "nodes":
			node := get[[]swarm.Node](t, h, "/nodes")[0]
			target = strings.NewReplacer("VERSION", strconv.Itoa(int(node.Version.Index)), "NODE", node.ID).Replace(target)
		}
		status, body := request(tt.method, target, tt.body)
		got := strconv.Itoa(status) + " " + body
		if status < 300 {
			for _, shown := range []string{"/services/sv2", "/secrets/sec"} {
				if status, body := request(http.MethodGet, shown, ""); status == 200 && (shown == "/services/sv2" || kind == "secrets") {
					got += "+ " + body
				}
			}
			for _, c := range st.Containers() {
				if h := c.Config.Healthcheck; strings.Contains(c.Name, "sv2") && (h != nil || len(c.Host.Mounts) > 0) {
					got += fmt.Sprintf("+ %+v %+v", c.Host.Mounts, h)
				}
			}
		}
		got = regexp.MustCompile("[0-9a-z]{25}|[0-9a-f]{64}").ReplaceAllString(strings.TrimSpace(got), "ID")
		got = strings.NewReplacer(`"CreatedAt":"2026-11-22T02:55:43Z","UpdatedAt":"2026-11-22T02:55:43Z",`, "", "\n+", " +", `"ForceUpdate":0,"Runtime":"container"`, "", `,"Isolation":"default"`, "",
			`{"ID":"ID","Version":{"Index":18},"CreatedAt":"2026-11-22T02:55:43Z","UpdatedAt":"2026-11-22T02:55:43Z","Spec":{"Name":"sv2","Labels":{},"TaskTemplate":`, "").Replace(got)
		if got != tt.want {
			t.Errorf("%s %s %s: %s, want %s", tt.method, tt.target, tt.body, got, tt.want)
		}
	}
}
