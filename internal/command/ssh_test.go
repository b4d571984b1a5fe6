package command

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

func needSSH(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no wrapper of ssh on Windows")
	}
	testtool.Need(t, "ssh")
}

// TestServeSSH starts a daemon beside a socket, and takes what a client needs from its ready-file.
func TestServeSSH(t *testing.T) {
	t.Parallel()
	needSSH(t)
	docker := dockercli.Path(t, "29.7.2")
	for _, engine := range []string{"20.10", "28", "29"} {
		dir := workDir(t)
		file, socket := filepath.Join(dir, "ready.json"), filepath.Join(dir, "docker.sock")
		p := newProcess(t, "dockerd", "--engine", engine, "-H", "ssh://me@127.0.0.1:0", "-H", "unix://"+socket, "--ready-file", file)
		p.start()
		if line := p.until("ssh, which dockerd leaves to sshd, is served by this fake itself"); !strings.Contains(line, "host=\"ssh://me@127.0.0.1:0\"") {
			t.Errorf("engine %s: %q", engine, p.lines)
		}
		made := p.until("Keys and configuration of ssh clients are made")
		p.until("API listen on " + socket)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r ready
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Hosts) != 2 || !strings.HasPrefix(r.Hosts[0], "ssh://me@127.0.0.1:") || r.Hosts[1] != "unix://"+socket {
			t.Fatalf("engine %s: hosts %q", engine, r.Hosts)
		}
		want := map[string]string{
			"DOCKER_HOST":   r.Hosts[0],
			"PATH":          filepath.Join(r.SSH, "bin") + ":" + os.Getenv("PATH"),
			"SSH_AUTH_SOCK": filepath.Join(r.SSH, "agent.sock"),
		}
		if diff := cmp.Diff(want, r.Environment); diff != "" {
			t.Errorf("engine %s: environment (-want +got):\n%s", engine, diff)
		}
		if !strings.Contains(made, "config="+filepath.Join(r.SSH, ".ssh", "config")+" ") {
			t.Errorf("engine %s: the log says %q, the file %s", engine, made, r.SSH)
		}
		cmd := exec.Command(docker, "info", "--format", "{{.Name}}")
		var given []string
		for name, value := range r.Environment {
			given = append(given, name+"="+value)
		}
		cmd.Env = append(clientEnv(os.Environ(), given), "HOME="+dir)
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != "fakedocker\n" {
			t.Errorf("engine %s: docker info: %v, %s", engine, err, out)
		}
	}
}

// TestServeSSHSecond: a unix socket that comes first, as 20.10 keeps the order, has the environment, and the files are there all the same.
func TestServeSSHSecond(t *testing.T) {
	t.Parallel()
	needSSH(t)
	dir := workDir(t)
	file, socket := filepath.Join(dir, "ready.json"), filepath.Join(dir, "docker.sock")
	p := newProcess(t, "dockerd", "--engine", "20.10", "-H", "unix://"+socket, "-H", "ssh://127.0.0.1:0", "--ready-file", file)
	p.start()
	p.until("API listen on docker-user@127.0.0.1:")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r ready
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"DOCKER_HOST": "unix://" + socket}, r.Environment); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(r.SSH, ".ssh", "id_ed25519")); err != nil {
		t.Error(err)
	}
}

// TestRunSSH gives its command everything that a client over ssh needs.
func TestRunSSH(t *testing.T) {
	t.Parallel()
	needSSH(t)
	p := newProcess(t, "dockerd", "run", "--mode", "ssh", "--", dockercli.Path(t, "28.5.2"), "ps")
	if code, stdout := p.run(); code != 0 || !strings.HasPrefix(stdout, "CONTAINER ID") {
		t.Errorf("exit %d, %q, %q", code, stdout, p.lines)
	}
	p = newProcess(t, "dockerd", "run", "--mode", "ssh", "--", "sh", "-c", `ssh "$DOCKER_HOST" id; echo $?; cd "${SSH_AUTH_SOCK%/*}/.ssh" && ls && ssh-add -l`)
	code, stdout := p.run()
	if want := "127\nconfig\nid_ed25519\nid_ed25519.pub\nknown_hosts\n256 SHA256:"; code != 0 || !strings.HasPrefix(stdout, want) {
		t.Errorf("exit %d, %q, %q", code, stdout, p.lines)
	}
	if diff := cmp.Diff([]string{"rbash: line 1: id: command not found"}, p.lines); diff != "" {
		t.Errorf("stderr (-want +got):\n%s", diff)
	}
}

// TestSSHWithoutPort: without a port it is refused as dockerd refuses every ssh://.
func TestSSHWithoutPort(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"ssh://user@127.0.0.1", "ssh://user@127.0.0.1:x", "ssh://"} {
		p := newProcess(t, "dockerd", "-H", host)
		code, _ := p.run()
		want := `Status: invalid argument "` + host + `" for "-H, --host" flag: invalid bind address (` + host + `): unsupported proto 'ssh'`
		if code != 1 || p.lines[0] != want {
			t.Errorf("%s: exit %d, %q", host, code, p.lines)
		}
		checkHint(t, p, `level=info msg="ssh:// needs a port: ssh://[USER@]HOST:PORT"`)
	}
	file := filepath.Join(workDir(t), "daemon.json")
	if err := os.WriteFile(file, []byte(`{"hosts": ["ssh://127.0.0.1"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--config-file", file}, {"--engine", "29", "-H", "ssh://127.0.0.1"}, {"--engine", "20.10", "-H", "ssh://127.0.0.1"}} {
		p := newProcess(t, "dockerd", args...)
		if code, _ := p.run(); code != 1 {
			t.Errorf("%q: exit %d", args, code)
		}
		checkHint(t, p, `level=info msg="ssh:// needs a port: ssh://[USER@]HOST:PORT"`)
	}
}

// checkHint compares the last line of a log.
func checkHint(t *testing.T, p *process, want string) {
	t.Helper()
	if diff := cmp.Diff(`time="{time}" `+want, timestamp.ReplaceAllString(p.lines[len(p.lines)-1], `time="{time}"`)); diff != "" {
		t.Errorf("%q: last line (-want +got):\n%s", p.Args, diff)
	}
}
