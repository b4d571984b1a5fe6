package fakedaemon_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

const dialStdio = "docker system dial-stdio"

// startSSH starts a daemon over ssh; the test needs the real ssh.
func startSSH(t *testing.T, o *fakedaemon.Options) *fakedaemon.Daemon {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no wrapper of ssh and no agent on Windows")
	}
	testtool.Need(t, "ssh")
	if o == nil {
		o = &fakedaemon.Options{Mode: modes.SSH}
	}
	return fakedaemon.Start(t, o)
}

// output runs a program with the daemon's environment and env, and returns what it printed and its exit code.
func output(t *testing.T, d *fakedaemon.Daemon, env []string, program string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.Command(program, args...)
	c.Env = append(append([]string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}, d.Env()...), env...)
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", program, err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// sessions are the commands of every connection.
func sessions(d *fakedaemon.Daemon) (all [][]string) {
	for _, c := range d.SSHConnections() {
		var commands []string
		for _, s := range c.Sessions {
			commands = append(commands, s.Command)
		}
		all = append(all, commands)
	}
	return all
}

// TestSSHDockerCLI runs the documented commands with the pinned CLIs and OpenSSH.
func TestSSHDockerCLI(t *testing.T) {
	t.Parallel()
	for _, version := range testtool.Sample(t, dockercli.Versions(), 1) {
		d := startSSH(t, nil)
		docker := dockercli.Path(t, version)
		for _, test := range [][2]string{
			{"version --format {{.Server.Version}}", "28.5.2\n"},
			{"info --format {{.Name}}", "fakedocker\n"},
			{"ps --format {{.Names}}", "web\n"},
		} {
			if test[1] == "web\n" {
				d.AddContainer(fakedaemon.Container{Name: "web"})
			}
			stdout, stderr, code := output(t, d, nil, docker, strings.Fields(test[0])...)
			if stdout != test[1] || code != 0 {
				t.Errorf("docker %s %s: %d, %q, %s", version, test[0], code, stdout, stderr)
			}
		}
		if diff := cmp.Diff([][]string{{dialStdio}, {dialStdio}, {dialStdio}}, sessions(d)); diff != "" {
			t.Errorf("docker %s: sessions (-want +got):\n%s", version, diff)
		}
		// A stream and a connection that is taken over (Upgrade: tcp).
		for _, command := range []string{"events --since 1s --until 1s", "exec web true"} {
			if stdout, stderr, code := output(t, d, nil, docker, strings.Fields(command)...); stdout != "" || code != 0 {
				t.Errorf("docker %s %s: %d, %q, %s", version, command, code, stdout, stderr)
			}
		}
		c := d.SSHConnections()[0]
		if c.User != "docker-user" || c.Key != d.SSH().User().Fingerprint() || c.Err != nil || !strings.HasPrefix(c.Client, "SSH-2.0-OpenSSH_") || c.Listener != d.Host() {
			t.Errorf("the connection:\n%s", d.SSHConnections())
		}
		if r := d.Requests()[0]; r.SSH != c.ID || r.Remote != c.Remote || r.Listener != d.Host() || r.Handshake != 0 {
			t.Errorf("the request came from %s by connection %d to %s, want %s, %d, %s", r.Remote, r.SSH, r.Listener, c.Remote, c.ID, d.Host())
		}
	}
}

// TestSSHControlMaster: twenty docker ps side by side over one connection, as Docker's documentation sets OpenSSH up.
func TestSSHControlMaster(t *testing.T) {
	t.Parallel()
	d := startSSH(t, nil)
	docker := dockercli.Path(t, "29.7.2")
	config := filepath.Join(d.SSHHome(), ".ssh", "config")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "\tControlMaster auto\n\tControlPath "+d.SSHHome()+"/control-%C\n\tControlPersist yes\n"...)
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	ssh := filepath.Join(d.SSHHome(), "bin", "ssh")
	address := strings.TrimPrefix(d.Host(), "ssh://")
	user, hostport, _ := strings.Cut(address, "@")
	host, port, _ := net.SplitHostPort(hostport)
	target := []string{"-l", user, "-p", port, host}
	// One that is there first: the others would each try to be the master.
	if _, stderr, code := output(t, d, nil, ssh, append([]string{"-fN"}, target...)...); code != 0 {
		t.Fatalf("no master: %s", stderr)
	}
	defer output(t, d, nil, ssh, append([]string{"-O", "exit"}, target...)...)
	const n = 20
	var running sync.WaitGroup
	for range n {
		running.Go(func() {
			if stdout, stderr, code := output(t, d, nil, docker, "ps"); code != 0 || !strings.HasPrefix(stdout, "CONTAINER ID") {
				t.Errorf("docker ps: %d, %s%s", code, stdout, stderr)
			}
		})
	}
	running.Wait()
	connections := d.SSHConnections()
	if len(connections) != 1 || len(connections[0].Sessions) != n {
		t.Errorf("not %d sessions on one connection:\n%s", n, connections)
	}
	served := 0
	for _, r := range d.Requests() {
		if r.Operation == "ContainerList" && r.Status == http.StatusOK {
			served++
		}
	}
	if served != n {
		t.Errorf("%d lists of containers, want %d:\n%s", served, n, d.Requests())
	}
}

// TestSSHDockerPy: paramiko takes the files from HOME and runs a session per connection, or runs ssh itself.
func TestSSHDockerPy(t *testing.T) {
	t.Parallel()
	d := startSSH(t, nil)
	python := ""
	for _, candidate := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(candidate, "-c", "import docker, paramiko").Run() == nil {
			python = candidate
			break
		}
	}
	if python == "" {
		if os.Getenv(testtool.RequireEnv) != "" {
			t.Fatal("no python3 has docker and paramiko")
		}
		t.Skip("no python3 has docker and paramiko")
	}
	for _, how := range []string{"docker.from_env()", "docker.DockerClient(base_url=os.environ['DOCKER_HOST'], use_ssh_client=True)"} {
		script := "import docker, os\nc = " + how + "\nprint(c.version()['Version'], c.containers.list())"
		if stdout, stderr, code := output(t, d, []string{"HOME=" + d.SSHHome()}, python, "-c", script); stdout != "28.5.2 []\n" {
			t.Errorf("%s: %d, %q, %s", how, code, stdout, stderr)
		}
	}
	c := d.SSHConnections()
	if len(c) < 2 || !strings.HasPrefix(c[0].Client, "SSH-2.0-paramiko") || len(c[0].Sessions) < 2 || !strings.HasPrefix(c[1].Client, "SSH-2.0-OpenSSH") {
		t.Errorf("not several sessions of paramiko and then OpenSSH:\n%s", c)
	}
}

// TestSSHDockerode: docker-modem has its key from an agent.
func TestSSHDockerode(t *testing.T) {
	t.Parallel()
	node := testtool.Need(t, "node")
	if err := exec.Command(node, "-e", "require('dockerode')").Run(); err != nil {
		if os.Getenv(testtool.RequireEnv) != "" {
			t.Fatal("node has no dockerode")
		}
		t.Skip("node has no dockerode: NODE_PATH may name it")
	}
	d := startSSH(t, nil)
	const script = `const Docker = require('dockerode'), d = new Docker();
const {hostname: host, port, username} = new URL(process.env.DOCKER_HOST);
const forwards = new Docker({protocol: 'ssh', host, port, username, sshOptions: {agent: process.env.SSH_AUTH_SOCK, agentForward: true}});
Promise.all([d.version(), forwards.listContainers()]).then(([v, l]) => console.log(v.Version, l.length)).catch(e => { console.error(e); process.exitCode = 1; });`
	if stdout, stderr, code := output(t, d, []string{"NODE_PATH=" + os.Getenv("NODE_PATH")}, node, "-e", script); stdout != "28.5.2 0\n" {
		t.Errorf("%d, %q, %s", code, stdout, stderr)
	}
	if diff := cmp.Diff([][]string{{dialStdio}, {dialStdio}}, sessions(d)); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
}

// TestSSHTunnel: those that forward the socket themselves, as lazydocker does, reach the daemon too.
func TestSSHTunnel(t *testing.T) {
	t.Parallel()
	d := startSSH(t, nil)
	local := filepath.Join(d.SSHHome(), "tunnel.sock")
	control := filepath.Join(d.SSHHome(), "control")
	ssh := filepath.Join(d.SSHHome(), "bin", "ssh")
	target := d.Host()
	if _, stderr, code := output(t, d, nil, ssh, "-fN", "-o", "ExitOnForwardFailure=yes", "-M", "-S", control, "-L", local+":/var/run/docker.sock", target); code != 0 {
		t.Fatalf("no tunnel: %s", stderr)
	}
	defer output(t, d, nil, ssh, "-S", control, "-O", "exit", target)
	stdout, stderr, code := output(t, d, []string{"DOCKER_HOST=unix://" + local}, dockercli.Path(t, "29.7.2"), "info", "--format", "{{.Name}}")
	if stdout != "fakedocker\n" {
		t.Errorf("docker info: %d, %q, %s", code, stdout, stderr)
	}
	s := d.SSHConnections()[0].Sessions
	if len(s) != 1 || s[0].Kind != fakedaemon.SSHForward || s[0].Command != "/var/run/docker.sock" {
		t.Errorf("not a forwarded socket:\n%s", d.SSHConnections())
	}
}

// TestSSHClients: HTTPClient and WriteContext in mode ssh, beside another listener.
func TestSSHClients(t *testing.T) {
	t.Parallel()
	d := startSSH(t, &fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.SSH, Addr: "me@127.0.0.1:0"}, {Mode: modes.TLSVerify}}})
	response, err := d.HTTPClient().Get("http://docker/_ping")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if string(body) != "OK" || err != nil {
		t.Errorf("ping gave %q, %v", body, err)
	}
	if !strings.HasPrefix(d.Host(), "ssh://me@127.0.0.1:") || d.ClientTLS() != nil {
		t.Errorf("host %s, TLS %v", d.Host(), d.ClientTLS())
	}
	config := t.TempDir()
	if err := d.WriteContext(config, "far"); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := output(t, d, []string{"DOCKER_HOST="}, dockercli.Path(t, "28.5.2"), "--config", config, "--context", "far", "info", "--format", "{{.Name}}")
	if stdout != "fakedocker\n" {
		t.Errorf("docker --context: %d, %q, %s", code, stdout, stderr)
	}
	if users := []string{d.SSHConnections()[0].User, d.SSHConnections()[1].User}; users[0] != "me" || users[1] != "me" {
		t.Errorf("users %q", users)
	}
}

// sshLeaks counts what may be left of connections: goroutines and, on Linux, sockets.
func sshLeaks() (goroutines, sockets int) {
	b := make([]byte, 4<<20)
	b = b[:runtime.Stack(b, true)]
	for stack := range bytes.SplitSeq(b, []byte("\n\n")) {
		if bytes.Contains(stack, []byte("crypto/ssh.")) || bytes.Contains(stack, []byte("transport.(*ssh")) || bytes.Contains(stack, []byte("net/http.(*conn)")) {
			goroutines++
		}
	}
	files, _ := filepath.Glob("/proc/self/fd/*")
	for _, f := range files {
		if target, err := os.Readlink(f); err == nil && strings.HasPrefix(target, "socket:") {
			sockets++
		}
	}
	return goroutines, sockets
}

// TestSSHLeaksNothing runs alone: what ends badly leaves neither goroutines nor sockets behind, while the daemon goes on.
func TestSSHLeaksNothing(t *testing.T) {
	d := startSSH(t, nil)
	docker := dockercli.Path(t, "29.7.2")
	home := d.SSHHome()
	ssh := filepath.Join(home, "bin", "ssh")
	if _, stderr, code := output(t, d, nil, docker, "version"); code != 0 {
		t.Fatal(stderr)
	}
	stranger, err := certgen.NewSSH(nil)
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := stranger.WriteHome(other, certgen.SSHAccount{User: "docker-user", Addr: strings.TrimPrefix(d.Host(), "ssh://docker-user@")}); err != nil {
		t.Fatal(err)
	}
	in := func(home, name string) string { return filepath.Join(home, ".ssh", name) }
	const accepting = 2 // the listener and the HTTP server
	quiet := func() (g, s int) {
		// What the daemon still does for a client that has gone is not to be seen from outside.
		deadline, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		for {
			if g, s = sshLeaks(); g <= accepting || deadline.Err() != nil {
				return g, s
			}
			runtime.Gosched()
		}
	}
	goroutines, sockets := quiet()
	if goroutines != accepting {
		t.Fatalf("%d goroutines are there after a docker version", goroutines)
	}
	check := func(what string, connection fakedaemon.SSHConnection, want error, session string) {
		t.Helper()
		if want == nil && connection.Err != nil || want != nil && want != io.EOF && !errors.Is(connection.Err, want) || want == io.EOF && (connection.Err == nil || connection.Err == fakedaemon.ErrUnfinished) {
			t.Errorf("%s: the connection's error is %v, want %v", what, connection.Err, want)
		}
		got := ""
		for _, s := range connection.Sessions {
			got += s.Kind + " " + s.Command + " refused: " + s.Refused
		}
		if got != session {
			t.Errorf("%s: session %q, want %q", what, got, session)
		}
		if g, s := quiet(); g > goroutines || s > sockets { // fewer: those of another test have ended
			t.Errorf("%s: %d goroutines and %d sockets, want %d and %d", what, g, s, goroutines, sockets)
		}
	}
	last := func() fakedaemon.SSHConnection {
		c := d.SSHConnections()
		return c[len(c)-1]
	}

	_, stderr, code := output(t, d, nil, ssh, "-o", "IdentityFile="+in(other, "id_ed25519"), "-o", "IdentityAgent=none", "-F", in(other, "config"),
		"-o", "UserKnownHostsFile="+in(home, "known_hosts"), d.Host(), dialStdio)
	if code != 255 || !strings.Contains(stderr, "docker-user@127.0.0.1: Permission denied (publickey).") {
		t.Errorf("a wrong key: %d, %s", code, stderr)
	}
	check("a wrong key", last(), fakedaemon.ErrSSHKey, "")

	_, stderr, code = output(t, d, nil, ssh, "-o", "UserKnownHostsFile="+in(other, "known_hosts"), d.Host(), dialStdio)
	if code != 255 || !strings.Contains(stderr, "Host key verification failed.") {
		t.Errorf("an unknown host key: %d, %s", code, stderr)
	}
	check("an unknown host key", last(), io.EOF, "")

	_, stderr, code = output(t, d, nil, ssh, "-l", "root", strings.Replace(d.Host(), "docker-user@", "", 1), dialStdio)
	if code != 255 || !strings.Contains(stderr, "Permission denied (publickey).") {
		t.Errorf("another account: %d, %s", code, stderr)
	}
	check("another account", last(), fakedaemon.ErrSSHUser, "")

	_, stderr, code = output(t, d, nil, ssh, d.Host(), "id")
	if code != 127 || stderr != "rbash: line 1: id: command not found\n" {
		t.Errorf("a forbidden command: %d, %s", code, stderr)
	}
	check("a forbidden command", last(), nil, `exec id refused: exit status 127: "rbash: line 1: id: command not found\n"`)

	stdout, stderr, code := output(t, d, []string{"DOCKER_HOST=" + strings.Replace(d.Host(), "docker-user@", "root@", 1)}, docker, "ps")
	// A CLI that still writes its request when its ssh ends says that alone.
	said := strings.Contains(stderr, "has exited with exit status 255") && strings.Contains(stderr, "Permission denied (publickey)")
	if code != 1 || !said && !strings.Contains(stderr, ": write |1: ") {
		t.Errorf("docker as another user: %d, %s%s", code, stdout, stderr)
	}
	check("docker as another user", last(), fakedaemon.ErrSSHUser, "")

	// A client that hangs up in the middle of an answer: ssh is killed while the daemon waits for a request.
	ctx, cancel := context.WithCancel(t.Context())
	c := exec.CommandContext(ctx, ssh, d.Host(), dialStdio)
	in2, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out2, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	io.WriteString(in2, "POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
	fmt.Fscanf(out2, "HTTP/1.1")
	io.WriteString(in2, `{"Image": "x`)
	cancel()
	c.Wait()
	in2.Close()
	out2.Close()
	check("a client that hangs up", last(), nil, "exec docker system dial-stdio refused: ")

	// One that says nothing.
	silent, err := net.Dial("tcp", strings.TrimPrefix(d.Host(), "ssh://docker-user@"))
	if err != nil {
		t.Fatal(err)
	}
	io.ReadFull(silent, make([]byte, 4))
	if got := last().Err; got != fakedaemon.ErrUnfinished {
		t.Errorf("a silent client's error is %v", got)
	}
	silent.Close()
	check("a silent client", last(), io.EOF, "")
}

// TestSSHFaults: what is broken on purpose breaks over ssh as it does elsewhere.
func TestSSHFaults(t *testing.T) {
	t.Parallel()
	d := startSSH(t, nil)
	docker := dockercli.Path(t, "28.5.2")
	for _, test := range []struct {
		fault fakedaemon.Fault
		want  string
	}{
		{fakedaemon.DialFault{Host: d.Host(), Times: 3}, "kex_exchange_identification: "},
		{fakedaemon.SSHFault{Refuse: true}, "open failed"},
		{fakedaemon.SSHFault{Status: 127, Stderr: "bash: line 1: docker: command not found\n"}, "has exited with exit status 127, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=bash: line 1: docker: command not found"},
		{fakedaemon.SSHFault{Host: d.Host()}, "EOF"}, // a command that ends well and says nothing
		{fakedaemon.HTTPFault{Operation: "ContainerList", Status: 500, Message: "out of order", Times: 1}, "Error response from daemon: out of order"},
		{fakedaemon.HTTPFault{Operation: "ContainerList"}, "EOF"},
		{fakedaemon.StreamFault{Operation: "ContainerList", After: 1, Times: 1}, "unexpected EOF"},
	} {
		remove := d.Inject(test.fault)
		stdout, stderr, code := output(t, d, nil, docker, "ps")
		// A CLI that still writes its request when its ssh ends says that, and not why ssh has ended.
		early := strings.Contains(stderr, ": write |1: ")
		if code != 1 || !strings.Contains(stderr, test.want) && !early {
			t.Errorf("%T: %d, %s%s", test.fault, code, stdout, stderr)
		}
		remove()
	}
	if c := d.SSHConnections()[0]; c.Err != fakedaemon.ErrInjected {
		t.Errorf("the connection that was not accepted has the error %v", c.Err)
	}
}

func TestSSHFaultRefused(t *testing.T) {
	t.Parallel()
	f := &failingTest{TB: t}
	d := fakedaemon.Start(f, nil)
	d.Inject(fakedaemon.SSHFault{Refuse: true, Status: 1})
	if want := `fakedaemon: Inject(fakedaemon.SSHFault): Status is 1 and Stderr "" beside Refuse: a session that is not opened has none`; f.fatal != want {
		t.Errorf("Fatalf got %q, want %q", f.fatal, want)
	}
	for _, c := range f.cleanup {
		c()
	}
}

// TestSSHString shows the record as a failing test prints it.
func TestSSHString(t *testing.T) {
	t.Parallel()
	cs := fakedaemon.SSHConnections{
		{ID: 1, Remote: "127.0.0.1:1", Client: "SSH-2.0-x", User: "root", Offered: []string{"SHA256:a", "SHA256:b"}, Err: fakedaemon.ErrSSHUser},
		{ID: 2, Remote: "127.0.0.1:2", Client: "SSH-2.0-y", User: "me", Offered: []string{"SHA256:a"}, Key: "SHA256:a", Sessions: []fakedaemon.SSHSession{
			{Kind: fakedaemon.SSHExec, Command: dialStdio}, {Kind: fakedaemon.SSHShell, Refused: "no"},
		}},
	}
	const want = `ID  REMOTE       CLIENT                    USER  KEY                RESULT
1   127.0.0.1:1  SSH-2.0-x                 root  SHA256:a,SHA256:b  there is no such account
2   127.0.0.1:2  SSH-2.0-y                 me    SHA256:a           ok
    exec         docker system dial-stdio                           ok
    shell        -                                                  refused: no
`
	if diff := cmp.Diff(want, cs.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSSHHomeWithoutSSH(t *testing.T) {
	t.Parallel()
	f := &failingTest{TB: t}
	d := fakedaemon.Start(f, nil)
	d.SSHHome()
	if want := fmt.Sprintf("fakedaemon: writing the files of ssh: no listener has mode ssh: the daemon has [%q]", d.Host()); f.fatal != want {
		t.Errorf("Fatalf got %q, want %q", f.fatal, want)
	}
	for _, c := range f.cleanup {
		c()
	}
}

// TestSSHHomeHasTheName: a client may use the name that the listener was given. In capitals it is not one of those that
// are always there, and resolves everywhere.
func TestSSHHomeHasTheName(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.SSH, Addr: "LOCALHOST:0"}}})
	for _, name := range []string{"config", "known_hosts"} {
		b, err := os.ReadFile(filepath.Join(d.SSHHome(), ".ssh", name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), "LOCALHOST") {
			t.Errorf("%s lacks the name:\n%s", name, b)
		}
	}
}
