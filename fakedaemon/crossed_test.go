package fakedaemon_test

import (
	"encoding/hex"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// bytesOf decodes the recorded form of bytes that are no text.
func bytesOf(t *testing.T, s string) []byte {
	t.Helper()
	h, ok := strings.CutPrefix(s, "hex:")
	if !ok {
		return []byte(s)
	}
	b, err := hex.DecodeString(h)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestNotTLS holds the bytes that answer a client which does not speak TLS, and the log line, against dockerd 28.5.2.
func TestNotTLS(t *testing.T) {
	var recorded []struct{ Name, Sent, Received, Log string }
	readTestdata(t, "crossed-protocols.json", &recorded)
	for _, r := range recorded {
		for _, mode := range []modes.Daemon{modes.TLS, modes.TLSVerify} {
			t.Run(r.Name+"/"+string(mode), func(t *testing.T) {
				t.Parallel()
				var log lines
				d := fakedaemon.Start(t, &fakedaemon.Options{Mode: mode, Logf: log.logf})
				conn, err := net.Dial("tcp", addr(d))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				sent := bytesOf(t, r.Sent)
				if _, err := conn.Write(sent); err != nil {
					t.Fatal(err)
				}
				if len(sent) == 0 {
					conn.(*net.TCPConn).CloseWrite()
				}
				// What the daemon has not read of the request may turn its close into a reset. The recorded bytes come before;
				// only Linux gives them all the same.
				received, err := io.ReadAll(conn)
				if want := bytesOf(t, r.Received); string(received) != string(want) && (err == nil || runtime.GOOS == "linux") {
					t.Errorf("received %q, want %q", received, want)
				}
				hs := d.Handshakes()
				if len(hs) != 1 {
					t.Fatalf("handshakes:\n%s", hs)
				}
				wantPlain := !strings.HasPrefix(r.Sent, "hex:") && r.Sent != "" || strings.HasPrefix(r.Name, "HTTP/2") || strings.HasPrefix(r.Name, "garbage")
				if hs[0].Plaintext != wantPlain {
					t.Errorf("Plaintext is %v", hs[0].Plaintext)
				}
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]string{r.Log}, normalised(log.all())); diff != "" {
					t.Errorf("log (-want +got):\n%s", diff)
				}
				_, reason, _ := strings.Cut(r.Log, "{client}: ")
				if got := hs[0].Err.Error(); got != reason {
					t.Errorf("Err is %q, want %q", got, reason)
				}
			})
		}
	}
}

// TestTLSToPlain: the answer is that of dockerd 28.5.2, tls/notes.md rule 4 of the recordings.
func TestTLSToPlain(t *testing.T) {
	t.Parallel()
	const want = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"
	for _, mode := range []modes.Daemon{modes.Unix, modes.TCP} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: mode})
		network, a, _ := strings.Cut(d.Host(), "://")
		conn, err := net.Dial(network, a)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		// A record header and the start of a ClientHello, with line ends so that an HTTP server need not wait for more.
		if _, err := conn.Write([]byte("\x16\x03\x01\x00\x05\x01\x00\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(conn)
		if string(got) != want {
			t.Errorf("%s: received %q, want %q", mode, got, want)
		}
	}
}

// TestHTTP2 asks with curl: dockerd 28.5.2 speaks no HTTP/2, neither with prior knowledge nor after an upgrade.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	testtool.Need(t, "curl")
	d := fakedaemon.Start(t, &fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: modes.Unix}, {Mode: modes.TCP}, {Mode: modes.TLSVerify}}})
	hosts := d.Hosts()
	unix := []string{"--unix-socket", strings.TrimPrefix(hosts[0], "unix://"), "http://docker/_ping"}
	tcp := []string{"http" + strings.TrimPrefix(hosts[1], "tcp") + "/_ping"}
	c := d.CertDir()
	mtls := []string{"--cacert", c + "/ca.pem", "--cert", c + "/cert.pem", "--key", c + "/key.pem", "https" + strings.TrimPrefix(hosts[2], "tcp") + "/_ping"}
	// Curl gets no answer that it knows, or its second write fails.
	const ok, empty, sendError = 0, 52, 55
	for _, test := range []struct {
		name string
		args []string
		want int
	}{
		{"--http2-prior-knowledge", unix, empty},
		{"--http2-prior-knowledge", tcp, empty},
		{"--http2-prior-knowledge", mtls, ok},
		{"--http2", unix, ok},
		{"--http2", tcp, ok},
		{"--http2", mtls, ok},
	} {
		out, code := curl(t, append([]string{"-sS", "-w", " %{http_version}", test.name}, test.args...)...)
		if code == sendError {
			code = empty
		}
		if code != test.want || code == ok && out != "OK 1.1" {
			t.Errorf("curl %s %s: exit code %d, output %q", test.name, test.args[len(test.args)-1], code, out)
		}
	}
}
