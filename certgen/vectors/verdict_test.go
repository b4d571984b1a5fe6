package vectors_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/docker/go-connections/tlsconfig"
	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/certgen/vectors"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// host is the name by which the servers of these tests are called.
const host = "docker.example.test"

func mustNew(t testing.TB, o *certgen.Options) *certgen.Bundle {
	t.Helper()
	b, err := certgen.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// clientOf returns a config of the bundle's client for one host.
func clientOf(b *certgen.Bundle, host string) *tls.Config {
	c := b.ClientTLS()
	c.ServerName = host
	return c
}

// A lab is a bundle with one flaw, written to disk.
type lab struct {
	*certgen.Bundle
	info vectors.Info
	dir  string

	sampled bool // programs are asked, too, and not Go alone
}

// need is testtool.Need for a program that is asked about a sample of the flaws.
func (l lab) need(t *testing.T, program string) string {
	t.Helper()
	if !l.sampled {
		testtool.NeedAll(t, "Go is asked about each flaw")
	}
	return testtool.Need(t, program)
}

// labs runs a test for each flaw of a side, and once for none.
func labs(t *testing.T, server bool, test func(*testing.T, lab)) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("files have other errors and links need a privilege")
	}
	flaws := append(certgen.Flaws(), certgen.FlawInfo{Server: true, Client: true})
	flaws = slices.DeleteFunc(flaws, func(f certgen.FlawInfo) bool { return server && !f.Server || !server && !f.Client })
	var names []certgen.Flaw
	for _, f := range flaws {
		names = append(names, f.Flaw)
	}
	sample := testtool.Sample(t, names, len(names)/10)
	for _, f := range flaws {
		o := certgen.Options{Hosts: []string{host, "127.0.0.1"}}
		if server {
			o.ServerFlaw = f.Flaw
		} else {
			o.ClientFlaw = f.Flaw
		}
		t.Run(string(f.Flaw), func(t *testing.T) {
			t.Parallel()
			if f.Flaw == certgen.KeyRSA4096 || f.Flaw == certgen.KeyRSA3072 {
				testtool.NeedAll(t, "its key takes seconds")
			}
			b := mustNew(t, &o)
			dir := t.TempDir()
			layout := certgen.LayoutDaemon()
			layout.ServerCA = "daemon-ca.pem"
			if err := b.Write(dir, layout); err != nil {
				t.Fatal(err)
			}
			info, _ := vectors.Of(f.Flaw)
			test(t, lab{b, info, dir, slices.Contains(sample, f.Flaw)})
		})
	}
}

func (l lab) file(name string) string { return filepath.Join(l.dir, name) }

// daemon returns the config of a daemon as dockerd makes it of its files.
func (l lab) daemon() (*tls.Config, error) {
	return tlsconfig.Server(tlsconfig.Options{
		CAFile:             l.file("daemon-ca.pem"),
		CertFile:           l.file("server-cert.pem"),
		KeyFile:            l.file("server-key.pem"),
		ClientAuth:         tls.RequireAndVerifyClientCert,
		ExclusiveRootPools: true,
	})
}

// client returns the config of a client as docker/docker/client makes it of its files.
func (l lab) client() (*tls.Config, error) {
	return tlsconfig.Client(tlsconfig.Options{
		CAFile:             l.file("ca.pem"),
		CertFile:           l.file("cert.pem"),
		KeyFile:            l.file("key.pem"),
		ExclusiveRootPools: true,
	})
}

var changing = []struct {
	text *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`current time \S+ is`), "current time {now} is"},
	{regexp.MustCompile(`is after \S+`), "is after {notAfter}"},
	{regexp.MustCompile(`is before \S+`), "is before {notBefore}"},
	{regexp.MustCompile(`fakedockerd test CA [0-9a-f]{16}`), "{ca}"},
	{regexp.MustCompile(`https://\S+/v\S+/version`), "{url}"},
}

// text returns an error without what is another each time.
func (l lab) text(err error) string {
	if err == nil {
		return ""
	}
	s := strings.ReplaceAll(filepath.ToSlash(err.Error()), filepath.ToSlash(l.dir), "{dir}")
	for _, c := range changing {
		s = c.text.ReplaceAllString(s, c.with)
	}
	return s
}

// serve answers as little of the Engine API as docker version needs, and returns the port.
func serve(t *testing.T, c *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c = c.Clone()
	c.NextProtos = []string{"http/1.1"}
	s := &http.Server{
		ErrorLog: log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Api-Version", "1.41")
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintln(w, `{"Version":"1","ApiVersion":"1.41"}`)
		}),
	}
	done := make(chan struct{})
	go func() { defer close(done); s.Serve(tls.NewListener(l, c)) }()
	t.Cleanup(func() { s.Close(); <-done })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// run runs a program and returns its exit code and what it wrote to stderr.
func (l lab) run(t *testing.T, name string, args ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = l.dir
	cmd.Env = append(os.Environ(), "HOME="+l.dir, "DOCKER_CONFIG="+l.file("config"), "GODEBUG=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stderr.String()
}

// docker returns what the docker CLI says, or "" when it gets an answer.
func (l lab) docker(t *testing.T, program, port string) string {
	t.Helper()
	code, stderr := l.run(t, program, "-H", "tcp://127.0.0.1:"+port, "--tlsverify", "--tlscacert", l.file("ca.pem"), "--tlscert", l.file("cert.pem"), "--tlskey", l.file("key.pem"), "version", "--format", "{{.Server.Version}}")
	if code == 0 {
		return ""
	}
	s := l.text(errors.New(strings.TrimSpace(stderr)))
	if _, after, ok := strings.Cut(s, `Get "{url}": `); ok {
		s = after
	}
	return strings.TrimPrefix(s, "Failed to initialize: ")
}

func (l lab) curl(t *testing.T, program, name, port string, more ...string) int {
	t.Helper()
	code, _ := l.run(t, program, append([]string{"-sS", "--no-progress-meter", "--cacert", "ca.pem", "--cert", "./cert.pem", "--key", "key.pem", "--resolve", host + ":" + port + ":127.0.0.1", "https://" + name + ":" + port + "/version", "-o", "out", "--pass", "", "--tls-max", "1.2"}, more...)...)
	return code
}

var verifyError = regexp.MustCompile(`verify error:num=(\d+)`)

func firstError(text string) int {
	m := verifyError.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

func (l lab) opensslClient(t *testing.T, program, name, port string) int {
	t.Helper()
	check := "-verify_hostname"
	if name != host {
		check = "-verify_ip"
	}
	code, stderr := l.run(t, program, "s_client", "-tls1_2", "-connect", "127.0.0.1:"+port, check, name, "-no-CApath", "-no-CAstore", "-CAfile", "ca.pem", "-verify_return_error", "-cert", "cert.pem", "-key", "key.pem")
	if n := firstError(stderr); n != 0 || code == 0 {
		return n
	}
	return vectors.OtherError
}

// opensslServer returns why openssl s_server refuses the client of a config.
func (l lab) opensslServer(t *testing.T, program string, client *tls.Config) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "s_server", "-accept", "127.0.0.1:0", "-Verify", "5", "-verify_return_error", "-no-CApath", "-no-CAstore", "-CAfile", "daemon-ca.pem", "-cert", "server-cert.pem", "-key", "server-key.pem", "-naccept", "1")
	cmd.Dir = l.dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := cmd.StdinPipe() // at whose end it would stop
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	var addr string
	for addr == "" && lines.Scan() {
		addr, _ = strings.CutPrefix(lines.Text(), "ACCEPT ")
		if !strings.Contains(lines.Text(), "ACCEPT") {
			addr = ""
		}
	}
	if addr == "" {
		cmd.Wait()
		t.Fatalf("openssl s_server does not start: %s", stderr.String())
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	client.MaxVersion = tls.VersionTLS12
	c := tls.Client(conn, client)
	handshakeErr := c.Handshake()
	if handshakeErr == nil {
		c.CloseWrite()
	}
	io.Copy(io.Discard, conn)
	conn.Close()
	stdin.Close()
	io.Copy(io.Discard, stdout)
	cmd.Wait()
	if n := firstError(stderr.String()); n != 0 || handshakeErr == nil {
		return n
	}
	return vectors.OtherError
}

// forced returns the client's config with its certificate sent whatever is asked for.
func forced(c *tls.Config) *tls.Config {
	c = c.Clone()
	if len(c.Certificates) > 0 {
		cert := c.Certificates[0]
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	}
	return c
}

// differences compares what is measured with what the catalogue says.
func differences(t *testing.T, who string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: -catalogue +measured:\n%s", who, diff)
	}
}

// served returns the config of a daemon that sends the server's certificate, if any can, and what
// dockerd says of its files.
func (l lab) served() (*tls.Config, string) {
	c, err := l.daemon()
	if err != nil && l.info.Kind != certgen.KindFile {
		return l.ServerTLS(), l.text(err)
	}
	return c, l.text(err)
}

// Each verdict on a server is what the real programs say.
func TestServerVerdicts(t *testing.T) {
	t.Parallel()
	labs(t, true, func(t *testing.T, l lab) {
		daemon, load := l.served()
		differences(t, "dockerd", l.info.ByName.Load, load)
		differences(t, "dockerd", l.info.ByIP.Load, load)
		if daemon == nil {
			return
		}
		for name, want := range map[string]vectors.Verdict{host: l.info.ByName, "127.0.0.1": l.info.ByIP} {
			client, err := l.client()
			if err != nil {
				t.Fatal(err)
			}
			client.ServerName = name
			_, err = testtool.Handshake(t, daemon, client)
			differences(t, "Go calling "+name, want.Go, l.text(err))

			t.Run("openssl "+name, func(t *testing.T) {
				openssl := l.need(t, "openssl")
				differences(t, "openssl", want.OpenSSL, l.opensslClient(t, openssl, name, serve(t, daemon)))
			})
			t.Run("curl "+name, func(t *testing.T) {
				curl := l.need(t, "curl")
				differences(t, "curl", exits(t, curl, want.Curl), exits(t, curl, l.curl(t, curl, name, serve(t, daemon))))
			})
		}
		t.Run("docker", func(t *testing.T) {
			got := l.docker(t, l.needDocker28(t), serve(t, daemon))
			if !late(l.info.ByIP.Docker, got) {
				differences(t, "docker", l.info.ByIP.Docker, got)
			}
		})
	})
}

// Each verdict on a client is what the real programs say.
func TestClientVerdicts(t *testing.T) {
	t.Parallel()
	labs(t, false, func(t *testing.T, l lab) {
		want := l.info.OfClient
		daemon, err := l.daemon()
		if err != nil {
			t.Fatal(err)
		}
		t.Run("curl", func(t *testing.T) {
			curl := l.need(t, "curl")
			differences(t, "curl", exits(t, curl, want.Curl), exits(t, curl, l.curl(t, curl, "127.0.0.1", serve(t, daemon))))
		})
		t.Run("docker", func(t *testing.T) {
			got := l.docker(t, l.needDocker28(t), serve(t, daemon))
			if !late(want.Docker, got) {
				differences(t, "docker", want.Docker, got)
			}
		})

		client, err := l.client()
		differences(t, "the client", want.Load, l.text(err))
		if err != nil {
			if l.info.Kind == certgen.KindFile {
				return
			}
			client = l.ClientTLS()
		}
		client.ServerName = host
		serverErr, _ := testtool.Handshake(t, daemon, forced(client))
		differences(t, "the daemon", want.Go, l.text(serverErr))
		if want.Load == "" { // the docker CLI is a Go client
			_, clientErr := testtool.Handshake(t, daemon, client)
			differences(t, "the client", want.Docker, l.text(clientErr))
		}
		t.Run("openssl", func(t *testing.T) {
			openssl := l.need(t, "openssl")
			client := forced(client)
			client.InsecureSkipVerify = true
			differences(t, "openssl", want.OpenSSL, l.opensslServer(t, openssl, client))
		})
	})
}

// Other keys and the documented shape have the same flaws: Go accepts and refuses the same.
func TestVerdictsOfOtherShapes(t *testing.T) {
	t.Parallel()
	var names []certgen.Flaw
	for _, f := range certgen.Flaws() {
		names = append(names, f.Flaw)
	}
	for i, o := range []certgen.Options{{Shape: certgen.ShapeDocumented}, {Key: certgen.Ed25519}, {Key: certgen.P384}} {
		some := names
		if i > 0 { // P-384 is slow
			some = testtool.Sample(t, names, len(names)/6)
		}
		for _, name := range some {
			f, _ := vectors.Of(name)
			if strings.HasPrefix(string(f.Flaw), "key-rsa") || f.Kind == certgen.KindFile {
				continue // the same whatever Options.Key is
			}
			t.Run(fmt.Sprint(f.Flaw, o.Key, o.Shape), func(t *testing.T) {
				t.Parallel()
				o := o
				o.Hosts = []string{host, "127.0.0.1"}
				if f.Server {
					o := o
					o.ServerFlaw = f.Flaw
					b := mustNew(t, &o)
					for name, want := range map[string]string{host: f.ByName.Go, "127.0.0.1": f.ByIP.Go} {
						if f.ByName.Load != "" && f.ByName.Go == "" {
							continue
						}
						if _, err := testtool.Handshake(t, b.ServerTLS(), clientOf(b, name)); (err == nil) != (want == "") {
							t.Errorf("calling %s: %v, want %q", name, err, want)
						}
					}
				}
				if f.Client {
					o.ClientFlaw = f.Flaw
					b := mustNew(t, &o)
					if err, _ := testtool.Handshake(t, b.ServerTLS(), forced(clientOf(b, host))); (err == nil) != (f.OfClient.Go == "") {
						t.Errorf("client: %v, want %q", err, f.OfClient.Go)
					}
				}
			})
		}
	}
}

// exits returns an exit code of curl, or for a version with others than the catalogue's, whether
// it is 0.
func exits(t *testing.T, curl string, code int) any {
	t.Helper()
	if v := version(curl); strings.HasPrefix(v, "curl 7.88.") && strings.Contains(v, "OpenSSL/3.0.") {
		return code
	}
	return code == 0
}

// needDocker28 returns the docker CLI, whose texts are those of the catalogue.
func (l lab) needDocker28(t *testing.T) string {
	t.Helper()
	docker := l.need(t, "docker")
	if v := version(docker); !strings.HasPrefix(v, "Docker version 28.") {
		t.Skipf("docker is not of version 28, and others have other texts: %s", v)
	}
	return docker
}

var versions sync.Map

// version returns what a program says of its version.
func version(program string) string {
	ask := sync.OnceValue(func() string {
		out, _ := exec.Command(program, "--version").CombinedOutput()
		return string(out)
	})
	v, _ := versions.LoadOrStore(program, ask)
	return v.(func() string)()
}

// late reports whether a client was cut off before it read the alert that it was to get: with TLS
// 1.3 it writes its request before the daemon has looked at its certificate.
func late(want, got string) bool {
	return strings.HasPrefix(want, "remote error: tls: ") && got != "" && !strings.HasPrefix(got, "remote error: ") &&
		(strings.Contains(got, want) || strings.Contains(got, "tcp 127.0.0.1:") || strings.HasSuffix(got, "EOF"))
}
