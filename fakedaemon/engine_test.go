package fakedaemon_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// The facts of this file are those of tls/wire.json of the recordings, where dockerd 20.10 and 29 differ from 28.

// TestEngineCiphers: 29 has ChaCha20 and no CBC, 20.10 the other way round.
func TestEngineCiphers(t *testing.T) {
	t.Parallel()
	certs, err := certgen.New(&certgen.Options{Key: certgen.RSA2048})
	if err != nil {
		t.Fatal(err)
	}
	both := []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"}
	for engine, more := range map[fakedaemon.Engine][]string{
		fakedaemon.Engine20: {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
		fakedaemon.Engine29: {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
	} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLS, Certs: certs, Engine: engine})
		var accepted []string
		for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
			if !slices.Contains(s.SupportedVersions, tls.VersionTLS12) {
				continue
			}
			_, refused := choice(t, d, func(c *tls.Config) {
				c.MaxVersion = tls.VersionTLS12
				c.CipherSuites = []uint16{s.ID}
			})
			switch refused {
			case "":
				accepted = append(accepted, s.Name)
			case "remote error: tls: handshake failure":
			default:
				t.Errorf("%s: %s: %s", engine, s.Name, refused)
			}
		}
		want := slices.Concat(both, more)
		slices.Sort(accepted)
		slices.Sort(want)
		if diff := cmp.Diff(want, accepted); diff != "" {
			t.Errorf("%s (-want +got):\n%s", engine, diff)
		}
	}
}

// TestEngineGroups: 20.10 knows no hybrid group.
func TestEngineGroups(t *testing.T) {
	t.Parallel()
	const refused = "remote error: tls: handshake failure"
	for engine, want := range map[fakedaemon.Engine][]string{
		fakedaemon.Engine20: {refused, "X25519", "X25519", "CurveP521"},
		fakedaemon.Engine29: {"X25519MLKEM768", "X25519MLKEM768", "X25519", "CurveP521"},
	} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify, Engine: engine})
		var got []string
		for _, offered := range [][]tls.CurveID{
			{tls.X25519MLKEM768},
			{tls.X25519MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
			{tls.X25519},
			{tls.CurveP521},
		} {
			state, said := choice(t, d, func(c *tls.Config) { c.CurvePreferences = offered })
			if said == "" {
				said = fmt.Sprint(state.CurveID)
			}
			got = append(got, said)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", engine, diff)
		}
	}
}

// TestEngine20ClientCertificates: 20.10 answers every bad client certificate, and none, with bad_certificate, and
// lets the good ones in.
func TestEngine20ClientCertificates(t *testing.T) {
	t.Parallel()
	const (
		handshake = "http: TLS handshake error from {client}: "
		verify    = handshake + "tls: failed to verify client certificate: x509: "
		expired   = verify + "certificate has expired or is not yet valid: current time {now} is "
		unknown   = verify + "certificate signed by unknown authority"
		candidate = ` while trying to verify candidate authority certificate "docker.example.test")`
	)
	for client, wantLog := range map[string]string{
		"none":                             handshake + "tls: client didn't provide a certificate",
		"":                                 "",
		string(certgen.OtherCA):            unknown,
		string(certgen.OtherCASameSubject): unknown + ` (possibly because of "crypto/rsa: verification error"` + candidate,
		string(certgen.SelfSigned):         unknown,
		string(certgen.Expired):            expired + "after {notAfter}",
		string(certgen.NotYetValid):        expired + "before {notBefore}",
		string(certgen.WrongUsage):         verify + "certificate specifies an incompatible key usage",
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(client+"/"+tls.VersionName(version), func(t *testing.T) {
				t.Parallel()
				flaw := certgen.Flaw(client)
				if client == "none" {
					flaw = ""
				}
				certs, err := certgen.New(&certgen.Options{ClientFlaw: flaw})
				if err != nil {
					t.Fatal(err)
				}
				var log lines
				d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify, Engine: fakedaemon.Engine20, Certs: certs, Logf: log.logf})
				config := d.ClientTLS()
				config.ServerName = "localhost"
				config.MinVersion, config.MaxVersion = version, version
				offered := &config.Certificates[0]
				if client == "none" {
					offered = &tls.Certificate{}
				}
				config.Certificates = nil
				// Go's clients send no certificate of another CA unless they are made to.
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return offered, nil }
				conn, err := net.Dial("tcp", addr(d))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				said := talk(tls.Client(conn, config))

				want := fakedaemon.Handshake{
					ID:                   1,
					Listener:             d.Host(),
					Remote:               conn.LocalAddr().String(),
					SNI:                  "localhost",
					Version:              version,
					CertificateRequested: true,
					ServerAccepted:       true,
					DataReceived:         wantLog == "",
				}
				if wantLog != "" {
					want.AlertSent = tls.AlertError(42).Error()
					// In TLS 1.3 the end of the connection may come before the alert.
					if said == nil || version == tls.VersionTLS12 && !strings.Contains(said.Error(), want.AlertSent) {
						t.Errorf("the client got %v, want %s", said, want.AlertSent)
					}
				} else if said != nil {
					t.Error(said)
				}
				for _, der := range offered.Certificate[:min(1, len(offered.Certificate))] {
					leaf, err := x509.ParseCertificate(der)
					if err != nil {
						t.Fatal(err)
					}
					want.Certificates = []*x509.Certificate{leaf}
				}
				hs := d.Handshakes()
				ignore := cmpopts.IgnoreFields(fakedaemon.Handshake{}, "Time", "Ended", "CipherSuite", "Err")
				if diff := cmp.Diff(fakedaemon.Handshakes{want}, hs, ignore, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("handshakes (-want +got):\n%s", diff)
				}
				var names []string
				for _, r := range d.Requests() {
					names = append(names, r.ClientName)
				}
				if wantLog == "" && !slices.Equal(names, []string{"client"}) || wantLog != "" && len(names) > 0 {
					t.Errorf("requests came from %q", names)
				}
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				var wantLines []string
				if wantLog != "" {
					wantLines = []string{wantLog}
				}
				if diff := cmp.Diff(wantLines, normalised(log.all()), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("log (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestEngine20PlainHTTP: Go 1.19 does not log plain HTTP on a TLS port.
func TestEngine20PlainHTTP(t *testing.T) {
	t.Parallel()
	for engine, want := range map[fakedaemon.Engine][]string{
		fakedaemon.Engine20: nil,
		fakedaemon.Engine29: {"http: TLS handshake error from {client}: client sent an HTTP request to an HTTPS server"},
	} {
		var log lines
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify, Engine: engine, Logf: log.logf})
		resp, err := http.Get("http://" + addr(d) + "/_ping")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", engine, resp.Status)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, normalised(log.all()), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: log (-want +got):\n%s", engine, diff)
		}
	}
}

// TestHTTP2PriorKnowledge: only 29 speaks HTTP/2, and only without TLS.
func TestHTTP2PriorKnowledge(t *testing.T) {
	t.Parallel()
	curl := testtool.Need(t, "curl")
	for _, test := range []struct {
		engine fakedaemon.Engine
		mode   modes.Daemon
		want   string // "" is that curl fails
	}{
		{fakedaemon.Engine29, modes.Unix, "HTTP/2 200"},
		{fakedaemon.Engine29, modes.TCP, "HTTP/2 200"},
		{fakedaemon.Engine29, modes.TLSVerify, "HTTP/1.1 200 OK"},
		{fakedaemon.Engine28, modes.Unix, ""},
		{fakedaemon.Engine28, modes.TCP, ""},
		{fakedaemon.Engine20, modes.TCP, ""},
	} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: test.mode, Engine: test.engine})
		args := []string{"-sS", "-i", "--max-time", "20", "--http2-prior-knowledge"}
		target := "http://" + addr(d)
		switch test.mode {
		case modes.Unix:
			target = "http://docker"
			args = append(args, "--unix-socket", addr(d))
		case modes.TLSVerify:
			target = "https://" + addr(d)
			dir := d.CertDir()
			args = append(args, "--cacert", dir+"/ca.pem", "--cert", dir+"/cert.pem", "--key", dir+"/key.pem")
		}
		out, err := exec.Command(curl, append(args, target+"/_ping")...).CombinedOutput()
		status, _, _ := strings.Cut(string(out), "\r\n")
		if test.want == "" && err == nil || test.want != "" && strings.TrimSpace(status) != test.want {
			t.Errorf("%s, %s: %v, %s", test.engine, test.mode, err, out)
		}
		method := "GET"
		if test.want == "" {
			method = "PRI" // as HTTP/1 reads the preface
		}
		if rs := d.Requests(); len(rs) != 1 || rs[0].Method != method {
			t.Errorf("%s, %s: want one %s:\n%s", test.engine, test.mode, method, rs)
		}
		if err := d.Close(); err != nil {
			t.Errorf("%s, %s: %v", test.engine, test.mode, err)
		}
	}
}

// TestHTTP2Close: an idle HTTP/2 connection does not hold up Close.
func TestHTTP2Close(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TCP, Engine: fakedaemon.Engine29})
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("http://" + addr(d) + "/_ping")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Proto != "HTTP/2.0" {
		t.Errorf("the answer came over %s", resp.Proto)
	}
	start := time.Now()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("Close took %v", took)
	}
}

// TestEngineVersions: the daemon says which engine it is.
func TestEngineVersions(t *testing.T) {
	t.Parallel()
	for engine, want := range map[fakedaemon.Engine]string{
		"":                  "28.5.2 1.51 1.24",
		fakedaemon.Engine20: "20.10.24+dfsg1 1.41 1.12",
		fakedaemon.Engine28: "28.5.2 1.51 1.24",
		fakedaemon.Engine29: "29.7.2 1.55 1.40",
	} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Engine: engine})
		v := ask[struct{ Version, ApiVersion, MinAPIVersion string }](t, d, "/version")
		if got := v.Version + " " + v.ApiVersion + " " + v.MinAPIVersion; got != want {
			t.Errorf("%q: %s, want %s", engine, got, want)
		}
	}
}

// TestInfoOptions: what the options say of the daemon is in /info, and who can reach it too.
func TestInfoOptions(t *testing.T) {
	t.Parallel()
	type info struct {
		Name     string
		Labels   []string
		Debug    bool
		Warnings []string
	}
	d := fakedaemon.Start(t, &fakedaemon.Options{
		Listen: []fakedaemon.Listen{{Mode: modes.Unix}, {Mode: modes.TLSVerify}, {Mode: modes.TCP, Addr: "127.0.0.1:0"}, {Mode: modes.TLS, Addr: "localhost:0"}},
		Engine: fakedaemon.Engine20,
		Name:   "builder",
		Labels: []string{"a=b"},
		Debug:  true,
	})
	got := ask[info](t, d, "/info")
	const warning = `WARNING: API is accessible on %s.
         Access to the remote API is equivalent to root access on the host. Refer
         to the 'Docker daemon attack surface' section in the documentation for
         more information: https://docs.docker.com/go/attack-surface/`
	_, plain, _ := strings.Cut(d.Hosts()[2], "://")
	_, port, _ := strings.Cut(d.Hosts()[3], "://127.0.0.1")
	want := info{"builder", []string{"a=b"}, true, []string{
		fmt.Sprintf(warning, "http://"+plain+" without encryption"),
		fmt.Sprintf(warning, "https://localhost"+port+" without TLS client verification"),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLogError: without LogError its messages go to Logf.
func TestLogError(t *testing.T) {
	t.Parallel()
	var log lines
	d := fakedaemon.Start(t, &fakedaemon.Options{Logf: log.logf})
	if resp, err := d.HTTPClient().Get("http://docker/containers/json?limit=x"); err != nil {
		t.Fatal(err)
	} else {
		resp.Body.Close()
	}
	var got []string
	d2 := fakedaemon.Start(t, &fakedaemon.Options{Engine: fakedaemon.Engine29, Logf: log.logf, LogError: func(fields map[string]string, message string) {
		got = append(got, fields["status"]+" "+message)
	}})
	if resp, err := d2.HTTPClient().Get("http://docker/debug/vars"); err != nil {
		t.Fatal(err)
	} else {
		resp.Body.Close()
	}
	for _, d := range []*fakedaemon.Daemon{d, d2} {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{`level=error msg="Handler for GET /containers/json returned error: strconv.Atoi: parsing \"x\": invalid syntax"`}, log.all()); diff != "" {
		t.Errorf("Logf (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"501 Handler for GET /debug/vars returned error"}, got); diff != "" {
		t.Errorf("LogError (-want +got):\n%s", diff)
	}
}
