package fakedaemon

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// proxies are those that a test puts in front of a unix socket, which is {sock} in their config.
var proxies = map[string]struct {
	testtool.Proxy

	// halfClose reports whether the end of what a client sends leaves it what the daemon still has to say. In nginx it
	// ends both ways: `echo x | docker run -i busybox cat` prints nothing there.
	halfClose bool
}{
	"haproxy": {halfClose: true, Proxy: testtool.Proxy{Program: "haproxy", Args: []string{"-db", "-f", "config"}, Config: `
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
`}},
	"nginx": {Proxy: testtool.Nginx(`
		location / {
			proxy_pass http://unix:{sock}:;
			proxy_http_version 1.1;
			proxy_set_header Host $host;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $http_connection;
			proxy_buffering off;
		}`, nil)},
}

// TestHijackedThroughProxies: a stream that is hijacked as those of attach and exec are passes a proxy both ways.
func TestHijackedThroughProxies(t *testing.T) {
	t.Parallel()
	for name, p := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
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
			p.Config = strings.Replace(p.Config, "{sock}", strings.TrimPrefix(d.Host(), "unix://"), 1)
			p.Files = map[string][]byte{"ca.pem": certs.CAPEM(), "server.pem": append(certs.Server().CertPEM, certs.Server().KeyPEM...)}
			addr, _ := p.Start(t)

			c, err := tls.Dial("tcp", addr, certs.ClientTLS())
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
