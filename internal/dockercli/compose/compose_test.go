package compose

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// build returns docker compose, built on first use into the user's cache folder: it takes minutes.
func build(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "fakedockerd", "compose-2.40.3")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, "lock")).Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	compose := filepath.Join(dir, "docker-compose")
	cmd := exec.Command(testtool.Need(t, "go"), "build", "-o", compose, "-ldflags", "-s -w", "github.com/docker/compose/v2/cmd")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return compose
}

func start(t *testing.T) *fakedaemon.Daemon {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no wrapper of ssh on Windows")
	}
	testtool.Need(t, "ssh")
	return fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.SSH})
}

// TestCompose runs docker compose over ssh.
func TestCompose(t *testing.T) {
	if testing.Short() {
		t.Skip("building docker compose takes minutes")
	}
	d := start(t)
	d.AddContainer(fakedaemon.Container{Name: "web-one-1", Image: "busybox", Labels: map[string]string{
		"com.docker.compose.project": "web", "com.docker.compose.service": "one", "com.docker.compose.container-number": "1",
		"com.docker.compose.config-hash": "0", "com.docker.compose.oneoff": "False",
		"com.docker.compose.project.config_files": "/web/compose.yaml", "com.docker.compose.project.working_dir": "/web",
	}})
	compose := build(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "compose.yaml"), []byte("name: web\nservices:\n  one:\n    image: busybox\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"ls --all --format json":                 `"Name":"web"`,
		"ps --all --format {{.Name}}":            "web-one-1",
		"-p web ps --all --format {{.Name}} one": "web-one-1",
	} {
		cmd := exec.Command(compose, strings.Fields(args)...)
		cmd.Dir = dir
		cmd.Env = append([]string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}, d.Env()...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("compose %s: %v, %s%s", args, err, out, &stderr)
		}
	}
	for _, c := range d.SSHConnections() {
		if c.Err != nil || len(c.Sessions) != 1 || c.Sessions[0].Command != "docker system dial-stdio" || c.Sessions[0].Refused != "" {
			t.Errorf("not one session of docker system dial-stdio each:\n%s", d.SSHConnections())
			break
		}
	}
}

// TestConnhelper: a Go program that uses the docker CLI's helper gets in, runs ssh from PATH, and is told why when it is not let in.
func TestConnhelper(t *testing.T) {
	d := start(t)
	for _, v := range d.Env() {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	d.AddContainer(fakedaemon.Container{Name: "web"})
	list := func(host string) ([]container.Summary, error) {
		helper, err := connhelper.GetConnectionHelper(host)
		if err != nil {
			return nil, err
		}
		c, err := client.NewClientWithOpts(client.WithHost(helper.Host), client.WithDialContext(helper.Dialer), client.WithAPIVersionNegotiation(),
			client.WithHTTPClient(&http.Client{Transport: &http.Transport{DialContext: helper.Dialer}}))
		if err != nil {
			return nil, err
		}
		defer c.Close()
		return c.ContainerList(context.Background(), container.ListOptions{All: true})
	}
	got, err := list(d.Host())
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"/web"}, got[0].Names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = list(strings.Replace(d.Host(), "docker-user@", "root@", 1))
	if err == nil || !strings.Contains(err.Error(), "Permission denied (publickey)") {
		t.Errorf("another account: %v", err)
	}
	connections := d.SSHConnections()
	if last := connections[len(connections)-1]; !errors.Is(last.Err, fakedaemon.ErrSSHUser) {
		t.Errorf("the last connection is not that of another account:\n%s", connections)
	}
}
