package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// recordedReloads are what dockerd was seen to print on SIGHUP (the recordings of its reload), without "containerd",
// which a fake does not have.
var recordedReloads = map[fakedaemon.Engine]string{
	fakedaemon.Engine20: `{"storage-driver":"vfs","mtu":1500,"pidfile":"{work}/pid","data-root":"{work}/root","exec-root":"{work}/exec","group":"docker","deprecated-key-path":"/etc/docker/key.json","max-concurrent-downloads":3,"max-concurrent-uploads":5,"max-download-attempts":5,"shutdown-timeout":15,"hosts":["tcp://{host}","unix://{sock}"],"log-level":"info","tls":true,"tlsverify":true,"tlscacert":"{dir}/ca.pem","tlscert":"{dir}/server-cert.pem","tlskey":"{dir}/server-key.pem","swarm-default-advertise-addr":"","swarm-raft-heartbeat-tick":0,"swarm-raft-election-tick":0,"metrics-addr":"","log-driver":"json-file","bridge":"none","ip":"0.0.0.0","icc":true,"ip-forward":true,"userland-proxy":true,"default-address-pools":{"Values":null},"network-control-plane-mtu":1500,"experimental":false,"builder":{"GC":{},"Entitlements":{}},"containerd-namespace":"moby","containerd-plugin-namespace":"plugins.moby","runtimes":{"io.containerd.runc.v2":{"path":"runc"},"io.containerd.runtime.v1.linux":{"path":"runc"},"runc":{"path":"runc"}},"default-runtime":"runc","default-shm-size":67108864,"default-ipc-mode":"private","default-cgroupns-mode":"host","resolv-conf":"/etc/resolv.conf"}`,
	fakedaemon.Engine29: `{"storage-driver":"vfs","pidfile":"{work}/pid","data-root":"{work}/root","exec-root":"{work}/exec","group":"docker","proxies":{},"max-concurrent-downloads":3,"max-concurrent-uploads":5,"max-download-attempts":5,"shutdown-timeout":15,"hosts":["tcp://{host}","unix://{sock}"],"tls":true,"tlsverify":true,"swarm-default-advertise-addr":"","swarm-raft-heartbeat-tick":0,"swarm-raft-election-tick":0,"metrics-addr":"","log-level":"info","log-format":"text","tlscacert":"{dir}/ca.pem","tlscert":"{dir}/server-cert.pem","tlskey":"{dir}/server-key.pem","default-stop-timeout":10,"log-driver":"json-file","mtu":1500,"ip":"0.0.0.0","icc":true,"ip-forward":true,"userland-proxy":true,"userland-proxy-path":"/usr/sbin/docker-proxy","default-address-pools":{"Values":null},"network-control-plane-mtu":1500,"experimental":false,"builder":{"GC":{},"Entitlements":{}},"containerd-namespace":"moby","containerd-plugin-namespace":"plugins.moby","default-runtime":"runc","cdi-spec-dirs":["/etc/cdi","/var/run/cdi"],"nri-opts":{},"min-api-version":"1.40","seccomp-profile":"builtin","default-shm-size":67108864,"default-ipc-mode":"private","default-cgroupns-mode":"host","resolv-conf":"/etc/resolv.conf"}`,
	fakedaemon.Engine28: `{"storage-driver":"vfs","pidfile":"{work}/pid","data-root":"{work}/root","exec-root":"{work}/exec","group":"docker","proxies":{},"max-concurrent-downloads":3,"max-concurrent-uploads":5,"max-download-attempts":5,"shutdown-timeout":15,"hosts":["tcp://{host}","unix://{sock}"],"log-level":"info","log-format":"text","tls":true,"tlsverify":true,"tlscacert":"{dir}/ca.pem","tlscert":"{dir}/server-cert.pem","tlskey":"{dir}/server-key.pem","swarm-default-advertise-addr":"","swarm-raft-heartbeat-tick":0,"swarm-raft-election-tick":0,"metrics-addr":"","log-driver":"json-file","mtu":1500,"ip":"0.0.0.0","icc":true,"ip-forward":true,"userland-proxy":true,"userland-proxy-path":"/usr/sbin/docker-proxy","default-address-pools":{"Values":null},"network-control-plane-mtu":1500,"experimental":false,"builder":{"GC":{},"Entitlements":{}},"containerd-namespace":"moby","containerd-plugin-namespace":"plugins.moby","default-runtime":"runc","cdi-spec-dirs":["/etc/cdi","/var/run/cdi"],"seccomp-profile":"builtin","default-shm-size":67108864,"default-ipc-mode":"private","default-cgroupns-mode":"host","resolv-conf":"/etc/resolv.conf"}`,
}

func TestReloadPrintsTheConfiguration(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	for engine, recorded := range recordedReloads {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			testReloadPrints(t, engine, recorded)
		})
	}
}

func testReloadPrints(t *testing.T, engine fakedaemon.Engine, recorded string) {
	work, m := workDir(t), material()
	host := "127.0.0.1:" + freePort(t)
	fill := strings.NewReplacer("{work}", work, "{host}", host, "{sock}", work+"/s.sock", "{dir}", m.dir).Replace
	args := []string{"-H", "unix://{sock}", "-H", "tcp://{host}", "--pidfile={work}/pid", "--data-root={work}/root", "--exec-root={work}/exec",
		"--storage-driver=vfs", "--iptables=false", "--ip6tables=false", "--ip-masq=false",
		"--tlsverify", "--tlscacert={dir}/ca.pem", "--tlscert={dir}/server-cert.pem", "--tlskey={dir}/server-key.pem"}
	args = append(args, "--engine", string(engine))
	if engine == fakedaemon.Engine20 { // as it was recorded: its hosts are not sorted, and it prints the bridge
		args[1], args[3] = args[3], args[1]
		args = append(args, "--bridge=none")
	}
	for i := range args {
		args[i] = fill(args[i])
	}
	p := newProcess(t, "dockerd", args...)
	p.start()
	p.until("API listen on")
	p.until("API listen on")
	p.Process.Signal(syscall.SIGHUP)
	got := plain([]string{p.until("Got signal to reload"), p.until("Reloaded configuration")})
	want := []string{
		`time="{time}" level=info msg="Got signal to reload configuration" config-file=/etc/docker/daemon.json`,
		`time="{time}" level=info msg="Reloaded configuration" config=` + strconv.Quote(fill(recorded)),
	}
	if engine == fakedaemon.Engine20 {
		want = []string{
			`time="{time}" level=info msg="Got signal to reload configuration, reloading from: /etc/docker/daemon.json"`,
			`time="{time}" level=info msg=` + strconv.Quote("Reloaded configuration: "+fill(recorded)),
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-dockerd +fake):\n%s", diff)
	}
}

func TestReloadTakesOverTheFile(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	work := workDir(t)
	file := filepath.Join(work, "daemon.json")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"labels": ["a=b"], "max-concurrent-downloads": 7, "icc": false}`)
	p := newProcess(t, "dockerd", "-H", "unix://"+work+"/s.sock", "--config-file", file, "--http-proxy", "http://user:secret@proxy")
	p.start()
	p.until("API listen on")
	reload := func(content string) string {
		t.Helper()
		write(content)
		p.Process.Signal(syscall.SIGHUP)
		p.until("Got signal to reload")
		return plain([]string{p.until("level=")})[0]
	}
	const failed = `time="{time}" level=error msg="Error reloading configuration" error=`
	unable := "unable to configure the Docker daemon with file " + file + ": "
	for _, c := range []struct{ content, err string }{
		{`{"mtu": "x"}`, unable + "json: cannot unmarshal string into Go struct field Config.CommonConfig.BridgeConfig.DefaultBridgeConfig.mtu of type int"},
		{`{"hosts": ["unix:///x"]}`, unable + "the following directives are specified both as a flag and in the configuration file: hosts: (from flag: [unix://" + work + "/s.sock], from file: [unix:///x])"},
		{`{"labels": ["a=b", "a=c"]}`, "conflict labels for a=c and a=b"},
		{`{"mtu": -1}`, "file configuration validation failed: invalid default MTU: -1"},
	} {
		if diff := cmp.Diff(failed+quote(c.err), reload(c.content)); diff != "" {
			t.Errorf("%s (-dockerd +fake):\n%s", c.content, diff)
		}
	}
	line := reload(`{"labels": ["c=d", "c=d"], "debug": true, "default-shm-size": "1m", "mtu": 9000}`)
	var got struct {
		Labels    []string
		Debug     bool
		Downloads int `json:"max-concurrent-downloads"`
		ShmSize   int `json:"default-shm-size"`
		MTU       int
		ICC       bool
		Proxies   map[string]string
	}
	quoted := regexp.MustCompile(`config=(".*")$`).FindStringSubmatch(line)
	if quoted == nil {
		t.Fatal(line)
	}
	text, err := strconv.Unquote(quoted[1])
	if err == nil {
		err = json.Unmarshal([]byte(text), &got)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := got
	want.Proxies = map[string]string{"http-proxy": "http://xxxxx:xxxxx@proxy"}
	want.ICC = false
	want.Labels, want.Debug, want.Downloads, want.ShmSize, want.MTU = []string{"c=d"}, true, 3, 1<<20, 1500
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCertificatesStayAfterAReload(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	work := workDir(t)
	certs := func() {
		t.Helper()
		if code := runProgram(t, "certs", work+"/certs"); code != 0 {
			t.Fatalf("certs: exit %d", code)
		}
	}
	certs()
	addr := "127.0.0.1:" + freePort(t)
	p := newProcess(t, "dockerd", "--tlsverify", "--tlscacert="+work+"/certs/ca.pem", "--tlscert="+work+"/certs/server-cert.pem", "--tlskey="+work+"/certs/server-key.pem", "-H="+addr)
	p.start()
	p.until("API listen on")
	before := serverCertificate(t, addr)
	certs()
	p.Process.Signal(syscall.SIGHUP)
	p.until("Reloaded configuration")
	if !slices.Equal(before, serverCertificate(t, addr)) {
		t.Error("another certificate is served after SIGHUP")
	}
}

// TestReloadChangesTheDaemon has what was seen of dockerd 20.10.24: /info and an event tell what the file says now, a file
// that is broken changes nothing, and what was a flag stays.
func TestReloadChangesTheDaemon(t *testing.T) {
	t.Parallel()
	skipWithoutSignals(t)
	work := workDir(t)
	file, socket := filepath.Join(work, "daemon.json"), filepath.Join(work, "s.sock")
	p := newProcess(t, "dockerd", "--engine", "20.10", "-H", "unix://"+socket, "--config-file", file, "--live-restore", "--insecure-registry", "reg.example:5000")
	reload := func(content, until string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if p.Process != nil {
			p.Process.Signal(syscall.SIGHUP)
			p.until(until)
		}
	}
	type info struct {
		Labels             []string
		Debug              bool
		LiveRestoreEnabled bool
		RegistryConfig     struct{ Mirrors, InsecureRegistryCIDRs []string }
	}
	told := func(labels string, debug bool, mirrors ...string) {
		t.Helper()
		want := info{Labels: []string{labels}, Debug: debug, LiveRestoreEnabled: true}
		want.RegistryConfig.Mirrors, want.RegistryConfig.InsecureRegistryCIDRs = append([]string{}, mirrors...), []string{"127.0.0.0/8"}
		if diff := cmp.Diff(want, askSocket[info](t, socket, "/info")); diff != "" {
			t.Errorf("/info (-want +got):\n%s", diff)
		}
	}
	reload(`{"labels": ["a=1"]}`, "")
	p.start()
	p.until("API listen on")
	told("a=1", false)
	reload(`{"labels": ["a=2"], "debug": true, "registry-mirrors": ["https://m.example"], "shutdown-timeout": 3, "max-concurrent-downloads": 7}`, "Reloaded configuration")
	told("a=2", true, "https://m.example/")
	reload(`{"labels": [}`, "level=error")
	told("a=2", true, "https://m.example/")
	reload(`{"live-restore": false}`, "level=error")
	told("a=2", true, "https://m.example/")

	type event struct {
		Type, Action string
		Actor        struct{ Attributes map[string]string }
	}
	want := event{Type: "daemon", Action: "reload"}
	want.Actor.Attributes = map[string]string{
		"allow-nondistributable-artifacts": "[]", "cluster-advertise": "", "cluster-store": "", "cluster-store-opts": "null",
		"debug": "true", "default-cgroupns-mode": "host", "default-ipc-mode": "private", "default-runtime": "runc",
		"default-shm-size": "67108864", "features": "map[]", "insecure-registries": `["reg.example:5000"]`, "labels": `["a=2"]`,
		"live-restore": "true", "max-concurrent-downloads": "7", "max-concurrent-uploads": "5", "max-download-attempts": "5",
		"name": "fakedocker", "registry-mirrors": `["https://m.example"]`, "shutdown-timeout": "3",
		"runtimes": "io.containerd.runc.v2:runc io.containerd.runtime.v1.linux:runc runc:runc",
	}
	if diff := cmp.Diff(want, askSocket[event](t, socket, "/events?since=1&until="+strconv.FormatInt(time.Now().Unix()+1, 10))); diff != "" {
		t.Errorf("event (-dockerd +fake):\n%s", diff)
	}
}
