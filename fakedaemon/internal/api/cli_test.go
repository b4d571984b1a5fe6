package api

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// docker runs the docker CLI against a handler and returns what it prints.
func docker(t *testing.T, srv *httptest.Server, args ...string) string {
	t.Helper()
	cmd := exec.Command(testtool.Need(t, "docker"), args...)
	cmd.Env = []string{"DOCKER_HOST=tcp://" + srv.Listener.Addr().String(), "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestDockerServer compares what docker says of the server with what it said of the real one
// (01-version-info of the recordings), but for the host's own lines.
func TestDockerServer(t *testing.T) {
	t.Parallel()
	for engine, suffix := range map[string]string{"28": ".txt", "20.10": ".engine20.txt"} {
		e := engineByName(t, engine)
		st := newStateOf(e, clock, []byte("test"))
		must[state.Image](t)(st.AddImage(state.Image{}))
		srv := httptest.NewServer(New(Config{State: st, Engine: e, Host: Host{Name: "vm", KernelVersion: "6.18.44-fc-v657", MemTotal: 25276510208}}))
		defer srv.Close()
		_, version, _ := strings.Cut(docker(t, srv, "version"), "\nServer:")
		if !strings.HasPrefix(docker(t, srv, "version", "--format", "{{.Client.Version}}"), "28.2.") {
			t.Skip("the lines were recorded with docker 28.2")
		}
		if d := cmp.Diff(read(t, "docker-version"+suffix), "Server:"+version); d != "" {
			t.Errorf("%s: docker version (-recorded +got)\n%s", engine, d)
		}
		_, info, _ := strings.Cut(docker(t, srv, "info"), "\nServer:")
		want := read(t, "docker-info"+suffix)
		for _, r := range [][2]string{{`(?m)^ ID: .*`, " ID: " + st.ID()}, {`/lab/d\d+/root`, state.Root}} {
			want = regexp.MustCompile(r[0]).ReplaceAllString(want, r[1])
		}
		// The CLI prints the runtimes in any order.
		if d := cmp.Diff(sortRuntimes(want), sortRuntimes("Server:"+info)); d != "" {
			t.Errorf("%s: docker info (-recorded +got)\n%s", engine, d)
		}
	}
}

func sortRuntimes(info string) string {
	head, rest, _ := strings.Cut(info, " Runtimes: ")
	line, rest, _ := strings.Cut(rest, "\n")
	names := strings.Fields(line)
	slices.Sort(names)
	return head + " Runtimes: " + strings.Join(names, " ") + "\n" + rest
}

// TestDockerLists compares the lines of the lists, which every CLI of the last years prints the same way.
func TestDockerLists(t *testing.T) {
	t.Parallel()
	st := psState(t)
	srv := httptest.NewServer(New(Config{State: st, Clock: clock}))
	defer srv.Close()
	for _, tt := range []struct{ command, want string }{
		{"ps -a --format {{.Names}}|{{.Command}}|{{.Status}}|{{.Ports}}|{{.Mounts}}|{{.Networks}}", `
netc|"sh"|Up 2 seconds||fvol,/host|fnet
paus1|"sleep 1000"|Up 2 seconds (Paused)|||bridge
made1|"sh"|Created|||bridge
exit3|"sh -c 'exit 3'"|Exited (3) 3 seconds ago|||bridge
run1|"sleep 1000"|Up 2 seconds|0.0.0.0:22101->80/tcp, [::]:22101->80/tcp, 0.0.0.0:22102->81/udp, [::]:22102->81/udp||bridge
`},
		{"ps --filter label=tier --format {{.Names}} {{.Size}}", "\nrun1 0B (virtual 1.98MB)\n"},
		{"images --format {{.Repository}}:{{.Tag}} {{.Size}}", "\nchild:1 0B\nbb:1 1.98MB\n"},
		{"network ls --format {{.Name}} {{.Driver}} {{.Scope}}", "\nbridge bridge local\nfnet bridge local\nhost host local\nnone null local\n"},
		{"volume ls --format {{.Driver}} {{.Name}}", "\nlocal fvol\n"},
		{"system df --format {{.Type}} {{.TotalCount}} {{.Active}} {{.Size}}", "\nImages 2 2 1.982MB\nContainers 5 3 7B\nLocal Volumes 1 1 0B\nBuild Cache 0 0 0B\n"},
	} {
		head, format, _ := strings.Cut(tt.command, "--format ")
		got := docker(t, srv, append(strings.Fields(head), "--format", format)...)
		if d := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), got); d != "" {
			t.Errorf("docker %s (-want +got)\n%s", tt.command, d)
		}
	}
	if got := docker(t, srv, "inspect", "--format", "{{.Name}}", "run1", "fnet", "fvol"); got != "/run1\nfnet\nfvol\n" {
		t.Errorf("docker inspect: %q", got)
	}
}
