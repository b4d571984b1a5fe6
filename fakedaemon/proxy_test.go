package fakedaemon

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// proxies are those that a test puts in front of a unix socket, with the listener that it passes them as file 3.
var proxies = map[string]struct {
	args   []string
	env    string
	config string // {addr}, {sock}, {user}

	// halfClose says whether the end of what a client sends leaves it what the daemon still has to say. In nginx it
	// ends both ways: `echo x | docker run -i busybox cat` prints nothing there.
	halfClose bool
}{
	"haproxy": {args: []string{"-db", "-f", "config"}, halfClose: true, config: `
defaults
	mode http
	timeout connect 1m
	timeout client 1m
	timeout server 1m
	timeout tunnel 1m
frontend api
	bind fd@3 ssl crt server.pem ca-file ca.pem verify required
	default_backend dockerd
backend dockerd
	server socket unix@{sock}
`},
	"nginx": {args: []string{"-e", "error.log", "-p", ".", "-c", "config"}, env: "NGINX=3;", config: `
daemon off;
user {user};
pid pid;
error_log error.log;
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
		location / {
			proxy_pass http://unix:{sock}:;
			proxy_http_version 1.1;
			proxy_set_header Host $host;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $http_connection;
			proxy_buffering off;
		}
	}
}
`},
}

// TestHijackedThroughProxies: a stream that is hijacked as those of attach and exec are passes a proxy both ways.
func TestHijackedThroughProxies(t *testing.T) {
	t.Parallel()
	for name, p := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := testtool.Need(t, name)
			ended := make(chan string, 1)
			d := begin(t, nil, time.Minute, func(w http.ResponseWriter, r *http.Request) {
				c, rw, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				io.WriteString(c, "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
				io.WriteString(c, "hello, "+r.Header.Get("Upgrade")+"\n")
				sent, _ := io.ReadAll(rw)
				ended <- string(sent)
				io.WriteString(c, "bye\n")
			})
			certs, err := certgen.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			file, err := l.(*net.TCPListener).File()
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			config := strings.NewReplacer("{addr}", l.Addr().String(), "{sock}", strings.TrimPrefix(d.Host(), "unix://"), "{user}", owner(t)).Replace(p.config)
			for name, content := range map[string][]byte{
				"config": []byte(config), "ca.pem": certs.CAPEM(), "server.pem": append(certs.Server().CertPEM, certs.Server().KeyPEM...),
			} {
				if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out strings.Builder
			cmd := exec.Command(program, p.args...)
			cmd.Dir, cmd.ExtraFiles, cmd.Stdout, cmd.Stderr = dir, []*os.File{file}, &out, &out
			cmd.Env = []string{"PATH=" + os.Getenv("PATH"), p.env}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				cmd.Process.Signal(os.Interrupt)
				cmd.Wait()
				if t.Failed() {
					log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
					t.Logf("%s: %s%s", name, out.String(), log)
				}
			}()

			c, err := tls.Dial("tcp", l.Addr().String(), certs.ClientTLS())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(time.Minute))
			fmt.Fprint(c, "POST /v1.51/containers/x/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n")
			r := bufio.NewReader(c)
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Upgrade") != "tcp" {
				t.Fatalf("%s, %v", resp.Status, resp.Header)
			}
			if line, err := r.ReadString('\n'); line != "hello, tcp\n" {
				t.Fatalf("%q, %v", line, err)
			}
			io.WriteString(c, "one\n")
			io.WriteString(c, "two\n")
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			want := ""
			if p.halfClose {
				want = "bye\n"
			}
			rest, _ := io.ReadAll(r)
			if diff := cmp.Diff(want, string(rest)); diff != "" {
				t.Errorf("after the end of what the client sends (-want +got)\n%s", diff)
			}
			select {
			case sent := <-ended:
				if diff := cmp.Diff("one\ntwo\n", sent); diff != "" {
					t.Errorf("the daemon read (-want +got)\n%s", diff)
				}
			case <-time.After(time.Minute):
				t.Error("the daemon waits for the end of what the client sends")
			}
		})
	}
}

// owner is who may use the sockets of this process.
func owner(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return u.Username + " " + g.Name
}
