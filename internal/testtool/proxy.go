package testtool

import (
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A ProxyTB is the part of testing.TB that Proxy.Start uses.
type ProxyTB interface {
	TB
	TempDir() string
	Cleanup(func())
	Failed() bool
	Logf(format string, args ...any)
}

// A Proxy is a program that a test puts in front of a daemon.
type Proxy struct {
	Program string // its name, as of Need
	Args    []string
	Env     []string // beside PATH
	// Config is its file "config", where {addr} stands for the address at which it listens, and {user} for the user and the group
	// of this process, who may use its sockets. The listener is the program's file 3.
	Config string
	Files  map[string][]byte // its other files, by name
}

// Nginx is an nginx with the locations. It demands certificates of the CAs of its file "ca.pem", and has its own with the key
// in "server.pem".
func Nginx(locations string, files map[string][]byte) Proxy {
	return Proxy{
		Program: "nginx", Args: []string{"-e", "error.log", "-p", ".", "-c", "config"}, Env: []string{"NGINX=3;"}, Files: files,
		Config: strings.Replace(nginxConfig, "{locations}", locations, 1),
	}
}

const nginxConfig = `
daemon off;
user {user};
pid pid;
error_log error.log info;
events {
}
http {
	access_log off;
	client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
	server {
		listen {addr} ssl;
		ssl_certificate server.pem;
		ssl_certificate_key server.pem;
		ssl_client_certificate ca.pem;
		ssl_verify_client on;
		{locations}
	}
}
`

// Start starts the program, or skips the test as Need does. What it says is logged when the test fails. The
// function stop ends it, as the end of the test does, and returns all that it has said.
func (p Proxy) Start(tb ProxyTB) (addr string, stop func() (log string)) {
	tb.Helper()
	program := Need(tb, p.Program)
	check := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatalf("%s: %v", p.Program, err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	defer l.Close() // the program has its own
	file, err := l.(*net.TCPListener).File()
	check(err)
	defer file.Close()
	me, err := user.Current()
	check(err)
	group, err := user.LookupGroupId(me.Gid)
	check(err)

	dir, addr := tb.TempDir(), l.Addr().String()
	config := strings.NewReplacer("{addr}", addr, "{user}", me.Username+" "+group.Name).Replace(p.Config)
	check(os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o600))
	for name, content := range p.Files {
		check(os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	var out strings.Builder
	cmd := exec.Command(program, p.Args...)
	cmd.Dir, cmd.ExtraFiles, cmd.Stdout, cmd.Stderr = dir, []*os.File{file}, &out, &out
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, p.Env...)
	check(cmd.Start())
	stop = sync.OnceValue(func() string {
		// Asked so, it ends when it has written its log. Not SIGINT: a child of a script's background job ignores it.
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		_ = cmd.Wait()
		log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
		return out.String() + string(log)
	})
	tb.Cleanup(func() {
		if log := stop(); tb.Failed() {
			tb.Logf("%s: %s", p.Program, log)
		}
	})
	return addr, stop
}
