package api

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// TestRequests: one request to a daemon with a container c1 that runs, c2 and c3 whose CPUs are limited in two ways, and c4 of two
// days before.
func TestRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ method, target, body, want string }{
		{"POST", "/containers/c1/exec", `{"Cmd":["true"],"DetachKeys":"ctrl-p,ctrl-q"}`, `Created {"Id":"ID"}`},
		{"POST", "/containers/c1/exec", `{"Cmd":["true"],"DetachKeys":"a"}`, `Created {"Id":"ID"}`},
		{"POST", "/containers/c1/exec", `{"Cmd":["true"],"DetachKeys":"ctrl-1"}`, `Internal Server Error {"message":"Invalid escape keys (ctrl-1) provided"}`},
		{"POST", "/containers/c1/exec", `{"Cmd":["true"],"DetachKeys":"ab"}`, `Internal Server Error {"message":"Invalid escape keys (ab) provided"}`},
		{"POST", "/containers/c1/exec", `{"Cmd":["true"],"DetachKeys":""}`, `Created {"Id":"ID"}`},
		{"POST", "/containers/c1/exec", `{"Cmd":["true"],"DetachKeys":"ctrl-@,ctrl-_"}`, `Created {"Id":"ID"}`},
		{"POST", "/containers/c1/exec", `{"Cmd":["true"],"DetachKeys":"ctrl-z"}`, `Created {"Id":"ID"}`},
		{"GET", "/exec/nosuch/json", "", `Not Found {"message":"No such exec instance: nosuch"}`},
		{"GET", "/exec/EXEC/json", "", `OK {"ID":"ID","Running":false,"ExitCode":null,"ProcessConfig":{"tty":false,"entrypoint":"sleep","arguments":["9"],"privileged":false},"OpenStdin":false,"OpenStderr":false,"OpenStdout":false,"CanRemove":false,"ContainerID":"ID","DetachKeys":"AQ==","Pid":0}`},
		{"POST", "/exec/EXEC/resize?h=1&w=2", "", `Internal Server Error {"message":"timeout waiting for exec session ready"}`},
		{"POST", "/exec/EXEC/resize?h=x&w=2", "", `Bad Request {"message":"invalid resize height \"x\": invalid syntax"}`},
		{"POST", "/exec/EXEC/start", `{"Detach":true}`, "OK"},
		{"POST", "/exec/nosuch/start", "{}", `Not Found {"message":"No such exec instance: nosuch"}`},
		{"GET", "/images/bb:1/history", "", `OK [{"Comment":"","Created":1795316143,"CreatedBy":"","Id":"sha256:ID","Size":0,"Tags":["bb:1"]}]`},
		{"GET", `/images/bb:1/history?platform={"os":"linux","architecture":"s390x"}`, "", `Not Found {"message":"image with reference bb:1 was found but its platform (linux/amd64) does not match the specified platform (linux/s390x)"}`},
		{"GET", `/images/bb:1/history?platform={"os":"linux","architecture":"amd64"}`, "", `OK [{"Comment":"","Created":1795316143,"CreatedBy":"","Id":"sha256:ID","Size":0,"Tags":["bb:1"]}]`},
		{"GET", "/images/bb:1/history?platform=x", "", `Bad Request {"message":"failed to parse platform: invalid character 'x' looking for beginning of value"}`},
		{"GET", "/v1.47/images/bb:1/history?platform=x", "", `OK [{"Comment":"","Created":1795316143,"CreatedBy":"","Id":"sha256:ID","Size":0,"Tags":["bb:1"]}]`},
		{"GET", "/images/search?limit=x", "", `Bad Request {"message":"invalid limit specified: strconv.Atoi: parsing \"x\": invalid syntax"}`},
		{"GET", "/images/search?limit=-1", "", `Bad Request {"message":"invalid limit specified"}`},
		{"GET", "/images/search?limit=101", "", `Bad Request {"message":"limit 101 is outside the range of [1, 100]"}`},
		{"GET", `/images/search?limit=100&filters={"is-automated":["1"],"is-official":["0"],"stars":["3"]}&term=http://x`, "", `Bad Request {"message":"invalid repository name: repository name (http://x) should not have a scheme"}`},
		{"GET", "/images/search?limit=0&term=http://x", "", `Bad Request {"message":"invalid repository name: repository name (http://x) should not have a scheme"}`},
		{"GET", "/images/search?limit=1&term=http://x", "", `Bad Request {"message":"invalid repository name: repository name (http://x) should not have a scheme"}`},
		{"GET", `/images/search?filters={"stars":["x"]}`, "", `Bad Request {"message":"invalid filter 'stars=x': strconv.Atoi: parsing \"x\": invalid syntax"}`},
		{"GET", `/images/search?filters={"is-official":["x"]}`, "", `Bad Request {"message":"invalid filter 'is-official=[x]'"}`},
		{"GET", `/images/search?filters={"is-automated":["x"]}`, "", `Bad Request {"message":"invalid filter 'is-automated=[x]'"}`},
		{"GET", `/images/search?filters={"bogus":["x"]}`, "", `Bad Request {"message":"invalid filter 'bogus'"}`},
		{"GET", "/images/search?term=http://x", "", `Bad Request {"message":"invalid repository name: repository name (http://x) should not have a scheme"}`},
		{"POST", `/images/prune?filters={"until":["1h","2h"]}`, "", `Internal Server Error {"message":"more than one until filter specified"}`},
		{"POST", `/images/prune?filters={"until":["x"]}`, "", `Internal Server Error {"message":"failed to parse value as time or duration: \"x\""}`},
		{"DELETE", "/images/%20", "", `Bad Request {"message":"image name cannot be blank"}`},
		{"DELETE", `/images/bb:1?platforms={"os":"linux","architecture":"s390x"}`, "", `Not Found {"message":"image with reference bb:1 was found but its platform (linux/amd64) does not match the specified platform (linux/s390x)"}`},
		{"DELETE", "/images/bb:1?platforms=x", "", `Bad Request {"message":"failed to parse platform: invalid character 'x' looking for beginning of value"}`},
		{"DELETE", `/images/bb:1?platforms={"os":"linux","architecture":"amd64"}&platforms={"os":"linux","architecture":"s390x"}`, "", `Bad Request {"message":"multiple platforms are not supported"}`},
		{"POST", "/images/bb:1/tag?repo=sha256&tag=1", "", `Bad Request {"message":"refusing to create an ambiguous tag using digest algorithm as name"}`},
		{"POST", "/images/create?fromSrc=-&repo=a@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "", `Bad Request {"message":"cannot import digest reference"}`},
		{"GET", `/images/bb:1/get?platform={"os":"linux","architecture":"s390x"}`, "", `Internal Server Error {"message":"no suitable export target found for platform linux/s390x"}`},
		{"POST", "/images/load?platform=a&platform=b", "", `Bad Request {"message":"multiple platform parameters not supported"}`},
		{"POST", "/images/bb:1/push?platform=x", "", `Bad Request {"message":"failed to parse platform: invalid character 'x' looking for beginning of value"}`},
		{"POST", "/images/BAD/push", "", `Bad Request {"message":"invalid reference format: repository name (library/BAD) must be lowercase"}`},
		{"POST", "/images/nosuch/push", "", "OK {\"status\":\"The push refers to repository [docker.io/library/nosuch]\"}\r\n{\"errorDetail\":{\"message\":\"An image does not exist locally with the tag: nosuch\"},\"error\":\"An image does not exist locally with the tag: nosuch\"}"},
		{"POST", "/containers/c1/update", `{"NanoCpus":1000000000}`, `OK {"Warnings":null}`},
		{"POST", "/containers/c1/update", `{"CpuQuota":2000}`, `OK {"Warnings":null}`},
		{"POST", "/containers/c1/update", `{"MemorySwap":99999999}`, `OK {"Warnings":null}`},
		{"POST", "/containers/c1/update", `{"RestartPolicy":{"Name":"always"}}`, `OK {"Warnings":null}`},
		{"POST", "/containers/c1/update", `{"RestartPolicy":{"Name":"no"}}`, `OK {"Warnings":null}`},
		{"POST", "/containers/c1/update", `{"CpuPeriod":2000}`, `OK {"Warnings":null}`},
		{"POST", "/containers/c1/update", `{"Memory":6291456}`, `Conflict {"message":"Cannot update container ID: Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"}`},
		{"POST", "/containers/c1/update", `{"Memory":6291456,"MemorySwap":6291457}`, `OK {"Warnings":null}`},
		{"POST", "/containers/c2/update", `{"NanoCpus":1000000000}`, `OK {"Warnings":null}`},
		{"POST", "/containers/c3/update", `{"NanoCpus":1000000000}`, `Conflict {"message":"Cannot update container ID: Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set"}`},
		{"POST", "/containers/c2/update", `{"CpuQuota":2000}`, `Conflict {"message":"Cannot update container ID: Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set"}`},
		{"POST", "/containers/c3/update", `{"CpuQuota":2000}`, `OK {"Warnings":null}`},
		{"POST", "/containers/c2/update", `{"RestartPolicy":{"Name":"always"}}`, `Conflict {"message":"Cannot update container ID: Restart policy cannot be updated because AutoRemove is enabled for the container"}`},
		{"POST", "/containers/c3/update", `{"RestartPolicy":{"Name":"always"}}`, `OK {"Warnings":null}`},
		{"POST", "/containers/c2/update", `{"RestartPolicy":{"Name":"no"}}`, `OK {"Warnings":null}`},
		{"POST", "/containers/c3/update", `{"RestartPolicy":{"Name":"no"}}`, `OK {"Warnings":null}`},
		{"GET", "/containers/c1/top?ps_args=-o+pid", "", `OK {"Processes":[["4200001"]],"Titles":["PID"]}`},
		{"GET", "/containers/c1/top?ps_args=-opid,user,group,uid,pgid,ppid", "", `OK {"Processes":[["4200001","root","root","0","4200001","4199973"]],"Titles":["PID","USER","GROUP","UID","PGID","PPID"]}`},
		{"GET", "/containers/c1/top?ps_args=-o+pid,s,state,pri,ni,etime,tt,time", "", `OK {"Processes":[["4200001","S","S","19","0","01:01","?","00:00:00"]],"Titles":["PID","S","S","PRI","NI","ELAPSED","TT","TIME"]}`},
		{"GET", "/containers/c1/top?ps_args=-o", "", `Internal Server Error {"message":"ps: error: list of arguments to -o must follow it"}`},
		{"GET", "/containers/c1/top?ps_args=-e", "", `OK {"Processes":[["4200001","?","00:00:00","sleep"]],"Titles":["PID","TTY","TIME","CMD"]}`},
		{"GET", "/containers/c1/top?ps_args=ax", "", `OK {"Processes":[["4200001","?","Ss","0:00","/bin/sleep 1000"]],"Titles":["PID","TTY","STAT","TIME","COMMAND"]}`},
		{"GET", "/containers/c1/top?ps_args=-f+-o+pid", "", `OK {"Processes":[["4200001"]],"Titles":["PID"]}`},
		{"GET", "/containers/c1/top?ps_args=f", "", `OK {"Processes":[["4200001","?","Ss","0:00","/bin/sleep 1000"]],"Titles":["PID","TTY","STAT","TIME","COMMAND"]}`},
		{"GET", "/containers/c1/top?ps_args=-u", "", `Internal Server Error {"message":"ps: error: unsupported SysV option"}`},
		{"GET", "/containers/c1/top?ps_args=o+pid", "", `OK {"Processes":[["4200001"]],"Titles":["PID"]}`},
		{"GET", "/containers/c1/top?ps_args=-o+pid=x", "", `OK {"Processes":[["4200001"]],"Titles":["PID"]}`},
		{"DELETE", "/containers/c1?link=1", "", `Internal Server Error {"message":"Conflict, cannot remove the default link name of the container"}`},
		{"DELETE", "/containers/c1/alias?link=1", "", `Not Found {"message":"No such container: c1/alias"}`},
		{"DELETE", "/containers/c2%2Falias?link=1", "", `Not Found {"message":"No such container: c2/alias"}`},
		{"DELETE", "/containers/c1?force=1&link=0", "", "No Content"},
		{"DELETE", "/containers/c1", "", `Conflict {"message":"cannot remove container \"c1\": container is running: stop the container before removing or force remove"}`},
		{"GET", "/containers/c2/top", "", `Conflict {"message":"container ID is not running"}`},
		{"POST", "/build?remote=x&buildargs=x", "", `Bad Request {"message":"error reading build args: invalid character 'x' looking for beginning of value"}`},
		{"POST", "/build?remote=x&labels=x", "", `Bad Request {"message":"error reading labels: invalid character 'x' looking for beginning of value"}`},
		{"POST", "/build?remote=x&version=3", "", `Bad Request {"message":"invalid version \"3\""}`},
		{"POST", "/build?remote=x&version=x", "", `Bad Request {"message":"invalid version \"x\""}`},
		{"POST", "/build?remote=x&platform=x", "", `Bad Request {"message":"\"x\": unknown operating system or architecture: invalid argument"}`},
		{"POST", "/build?remote=x&t=BAD", "", `Internal Server Error {"message":"invalid reference format: repository name (library/BAD) must be lowercase"}`},
		{"POST", "/build?remote=x&t=&t=a", "", `Internal Server Error {"message":"remote URL x: file does not exist"}`},
		{"POST", "/build?remote=x&keep-storage=x", "", `Internal Server Error {"message":"remote URL x: file does not exist"}`},
		{"POST", "/build/prune?keep-storage=x", "", `Bad Request {"message":"keep-storage is in bytes and expects an integer, got x: strconv.Atoi: parsing \"x\": invalid syntax"}`},
		{"POST", "/v1.47/build/prune?keep-storage=x", "", `Bad Request {"message":"keep-storage is in bytes and expects an integer, got x: strconv.Atoi: parsing \"x\": invalid syntax"}`},
		{"POST", "/build/prune?reserved-space=x", "", `Bad Request {"message":"reserved-space is in bytes and expects an integer, got x: strconv.Atoi: parsing \"x\": invalid syntax"}`},
		{"POST", "/v1.47/build/prune?reserved-space=x", "", `OK {"CachesDeleted":null,"SpaceReclaimed":0}`},
		{"POST", "/build/prune?max-used-space=x", "", `Bad Request {"message":"max-used-space is in bytes and expects an integer, got x: strconv.Atoi: parsing \"x\": invalid syntax"}`},
		{"POST", "/v1.47/build/prune?max-used-space=x", "", `OK {"CachesDeleted":null,"SpaceReclaimed":0}`},
		{"POST", "/build/prune?min-free-space=x", "", `Bad Request {"message":"min-free-space is in bytes and expects an integer, got x: strconv.Atoi: parsing \"x\": invalid syntax"}`},
		{"POST", "/v1.47/build/prune?min-free-space=x", "", `OK {"CachesDeleted":null,"SpaceReclaimed":0}`},
		{"POST", "/build/prune?filters=x", "", `Bad Request {"message":"invalid filter"}`},
		{"POST", "/v1.47/build/prune?filters=x", "", `Bad Request {"message":"invalid filter"}`},
		{"POST", `/build/prune?filters={"bogus":["x"]}`, "", `OK {"CachesDeleted":null,"SpaceReclaimed":0}`},
		{"POST", `/v1.47/build/prune?filters={"bogus":["x"]}`, "", `OK {"CachesDeleted":null,"SpaceReclaimed":0}`},
		{"POST", "/build/prune?all=1", "", `OK {"CachesDeleted":null,"SpaceReclaimed":0}`},
		{"POST", "/v1.47/build/prune?all=1", "", `OK {"CachesDeleted":null,"SpaceReclaimed":0}`},
		{"GET", "/system/df?type=x", "", `Bad Request {"message":"unknown object type: x"}`},
		{"GET", "/system/df?type=image&type=volume", "", `OK {"LayersSize":0,"Images":[{"Containers":4,"Created":1795316143,"Id":"sha256:ID","Labels":null,"ParentId":"","RepoDigests":null,"RepoTags":["bb:1"],"SharedSize":0,"Size":0}],"Containers":null,"Volumes":[],"BuildCache":null}`},
		{"GET", "/containers/json?limit=x", "", `Internal Server Error {"message":"strconv.Atoi: parsing \"x\": invalid syntax"}`},
		{"GET", "/containers/json?limit=1", "", `OK [{"Id":"ID","Names":["/c1"],"Image":"bb:1","ImageID":"sha256:ID","Command":"/bin/sleep 1000","Created":1795488943,"Ports":[],"Labels":{},"State":"running","Status":"Up About a minute","HostConfig":{"NetworkMode":"bridge"},"NetworkSettings":{"Networks":{"bridge":{"IPAMConfig":null,"Links":null,"Aliases":null,"MacAddress":"7a:35:d6:37:d9:8e","DriverOpts":null,"GwPriority":0,"NetworkID":"ID","EndpointID":"ID","Gateway":"172.17.0.1","IPAddress":"172.17.0.3","IPPrefixLen":16,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":null}}},"Mounts":[]}]`},
		{"GET", "/containers/json?size=1&limit=1", "", `OK [{"Id":"ID","Names":["/c1"],"Image":"bb:1","ImageID":"sha256:ID","Command":"/bin/sleep 1000","Created":1795488943,"Ports":[],"Labels":{},"State":"running","Status":"Up About a minute","HostConfig":{"NetworkMode":"bridge"},"NetworkSettings":{"Networks":{"bridge":{"IPAMConfig":null,"Links":null,"Aliases":null,"MacAddress":"7a:35:d6:37:d9:8e","DriverOpts":null,"GwPriority":0,"NetworkID":"ID","EndpointID":"ID","Gateway":"172.17.0.1","IPAddress":"172.17.0.3","IPPrefixLen":16,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":null}}},"Mounts":[]}]`},
		{"GET", `/containers/json?filters={"status":["x"]}`, "", `Bad Request {"message":"invalid filter 'status=x': invalid value for state (x): must be one of created, running, paused, restarting, removing, exited, dead"}`},
		{"GET", `/containers/json?filters={"exited":["x"]}`, "", `Bad Request {"message":"invalid filter 'exited=x': strconv.Atoi: parsing \"x\": invalid syntax"}`},
		{"GET", `/containers/json?filters={"is-task":["x"]}`, "", `Bad Request {"message":"invalid filter 'is-task=[x]'"}`},
		{"GET", `/containers/json?filters={"name":["c4"]}`, "", `OK [{"Id":"ID","Names":["/c4"],"Image":"bb:1","ImageID":"sha256:ID","Command":"sleep 1000","Created":1795316143,"Ports":[],"Labels":{},"State":"running","Status":"Up 2 days","HostConfig":{"NetworkMode":"bridge"},"NetworkSettings":{"Networks":{"bridge":{"IPAMConfig":null,"Links":null,"Aliases":null,"MacAddress":"e6:57:a0:91:b5:a7","DriverOpts":null,"GwPriority":0,"NetworkID":"ID","EndpointID":"ID","Gateway":"172.17.0.1","IPAddress":"172.17.0.2","IPPrefixLen":16,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":null}}},"Mounts":[]}]`},
		{"GET", `/containers/json?filters={"health":["x"]}`, "", `Bad Request {"message":"invalid filter 'health=x': invalid value for health (x): must be one of none, starting, healthy, unhealthy"}`},
		{"GET", `/containers/json?filters={"before":["nosuch"]}`, "", `Not Found {"message":"No such container: nosuch"}`},
		{"GET", `/containers/json?filters={"ancestor":["nosuch"]}`, "", "OK []"},
		{"GET", `/containers/json?filters={"publish":["x"]}`, "", `Internal Server Error {"message":"error while looking up for publish x: strconv.ParseUint: parsing \"x\": invalid syntax"}`},
		{"GET", `/containers/json?filters={"volume":["x"]}`, "", "OK []"},
		{"GET", "/containers/c4/top?ps_args=-o+pid,uid,user,tty,start,stime,bsdstart,cmd", "", `OK {"Processes":[["4200000","u","u","pts/0","Nov22","Nov22","Nov22","sleep 1000"]],"Titles":["PID","UID","USER","TTY","START","STIME","START","CMD"]}`},
		{"POST", "/containers/c1/start?checkpoint=x", "", `Bad Request {"message":"checkpoint is only supported in experimental mode"}`},
		{"GET", "/distribution/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/json", "", `Forbidden {"message":"unknown image reference format: sha256:ID"}`},
		{"GET", "/distribution/BAD/json", "", `Bad Request {"message":"invalid reference format: repository name (library/BAD) must be lowercase"}`},
		{"POST", "/build?t=a@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "", `Internal Server Error {"message":"build tag cannot contain a digest"}`},
		{"POST", "/build?remote=x", "", `Internal Server Error {"message":"remote URL x: file does not exist"}`},
		{"PUT", "/volumes/nosuch?version=1", "{}", `Service Unavailable {"message":"volume update only valid for cluster volumes, but swarm is unavailable"}`},
		{"POST", "/session", "", `Bad Request {"message":"no upgrade proto in request"}`},
		{"POST", "/grpc", "", `Internal Server Error {"message":"no upgrade proto in request"}`},
		{"POST", "/networks/create", `{"Name":"n2","ConfigFrom":{"Network":"nosuch"}}`, `Not Found {"message":"configuration network \"nosuch\" does not exist"}`},
		{"POST", "/networks/bridge/connect", `{"Container":"c2","EndpointConfig":{"IPAMConfig":{"IPv4Address":"1.2.3.4"}}}`, `Bad Request {"message":"invalid endpoint settings:\n* user specified IP address is supported on user defined networks only\n* no configured subnet or ip-range contain the IP address 1.2.3.4"}`},
		{"POST", "/networks/bridge/connect", `{"Container":"c1","EndpointConfig":{"Aliases":["a"]}}`, `Bad Request {"message":"invalid endpoint settings:\nnetwork-scoped alias is supported only for containers in user defined networks"}`},
		{"POST", "/networks/n1/connect", `{"Container":"c1","EndpointConfig":{"IPAMConfig":{"IPv4Address":"1.2.3.4"}}}`, `Bad Request {"message":"invalid endpoint settings:\nuser specified IP address is supported only when connecting to networks with user configured subnets"}`},
		{"POST", "/networks/n1/connect", `{"Container":"c1","EndpointConfig":{"IPAMConfig":{"LinkLocalIPs":["169.254.1.1"]}}}`, "OK"},
		{"POST", "/networks/n1/connect", `{"Container":"c1"}`, "OK"},
		{"POST", "/containers/create", "", `Bad Request {"message":"invalid JSON: got EOF while reading request body"}`},
		{"POST", "/containers/create", "{} {}", `Bad Request {"message":"unexpected content after JSON"}`},
	} {
		now := clock()
		st := newStateOf(engine.Default(), func() time.Time { return now }, []byte("test"))
		addRecordedImage(t, st)
		h := New(Config{State: st, Clock: func() time.Time { return now }})
		must[state.Network](t)(st.AddNetwork(state.Network{Name: "n1"}))
		request := func(method, target, body string) (int, string) {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(method, strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22").Replace(target), strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			h.ServeHTTP(w, r)
			return w.Code, w.Body.String()
		}
		for n, body := range []string{
			`{"Image":"bb:1","HostConfig":{"NanoCpus":1000000000,"AutoRemove":true}}`,
			`{"Image":"bb:1","HostConfig":{"CpuPeriod":2000,"CpuQuota":1000}}`,
			`{"Image":"bb:1","User":"u:g","Tty":true,"Cmd":["sleep","1000"]}`,
		} {
			if status, text := request(http.MethodPost, "/containers/create?name=c"+strconv.Itoa(n+2), body); status != http.StatusCreated {
				t.Fatal(text)
			}
		}
		if status, text := request(http.MethodPost, "/containers/c4/start", ""); status != http.StatusNoContent {
			t.Fatal(text)
		}
		now = now.Add(48 * time.Hour)
		createRunning(t, st, "c1", "/bin/sleep", "1000")
		exec := must[string](t)(st.CreateExec("c1", state.ExecConfig{Args: []string{"sleep", "9"}, DetachKeys: []byte{1}}))
		now = now.Add(61 * time.Second)
		status, body := request(tt.method, strings.ReplaceAll(tt.target, "EXEC", exec), tt.body)
		got := strings.TrimSpace(http.StatusText(status) + " " + regexp.MustCompile("[0-9a-f]{64}").ReplaceAllString(body, "ID"))
		if got != tt.want {
			t.Errorf("%s %s %s: %s, want %s", tt.method, tt.target, tt.body, got, tt.want)
		}
	}
}
