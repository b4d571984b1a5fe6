package fakedaemon_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// addr is what a client of the first listener dials.
func addr(d *fakedaemon.Daemon) string {
	_, a, _ := strings.Cut(d.Host(), "://")
	return a
}

// lines collects what a daemon logs.
type lines struct {
	mu   sync.Mutex
	list []string
}

func (l *lines) logf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.list...)
}

func readTestdata(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// talk does a handshake and waits for the daemon to say something or to end the connection.
func talk(c *tls.Conn) error {
	if err := c.Handshake(); err != nil {
		return err
	}
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.Write([]byte("GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n")); err != nil {
		return err
	}
	_, err := c.Read(make([]byte, 1))
	return err
}

// TestClientCertificates holds alerts, log lines and the ledger against what dockerd 28.5.2 did with each client
// certificate that certgen can make.
func TestClientCertificates(t *testing.T) {
	var recorded []struct {
		Daemon, Client, TLS string
		Alert               uint8 // as a Go client and openssl got it
		Requested           bool
		Log                 string
	}
	readTestdata(t, "client-cert-alerts.json", &recorded)
	versions := map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13}
	for _, r := range recorded {
		t.Run(r.Daemon+"/"+r.TLS+"/"+r.Client, func(t *testing.T) {
			t.Parallel()
			flaw := certgen.Flaw(r.Client)
			if r.Client == "none" {
				flaw = ""
			}
			certs, err := certgen.New(&certgen.Options{ClientFlaw: flaw})
			if err != nil {
				t.Fatal(err)
			}
			var log lines
			d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.Daemon(r.Daemon), Certs: certs, Logf: log.logf})
			config := d.ClientTLS()
			config.ServerName = "localhost"
			config.MinVersion, config.MaxVersion = versions[r.TLS], versions[r.TLS]
			offered := config.Certificates
			if r.Client == "none" {
				offered = nil
			}
			config.Certificates = nil
			// Go's clients send no certificate of another CA unless they are made to.
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if len(offered) == 0 {
					return &tls.Certificate{}, nil
				}
				return &offered[0], nil
			}
			conn, err := net.Dial("tcp", addr(d))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			clientErr := talk(tls.Client(conn, config))
			got := d.Handshakes()

			alert := ""
			if r.Alert != 0 {
				alert = tls.AlertError(r.Alert).Error()
				if !errors.Is(clientErr, tls.AlertError(r.Alert)) && (clientErr == nil || !strings.Contains(clientErr.Error(), alert)) && r.TLS == "TLS 1.2" {
					t.Errorf("the client got %v, want %s", clientErr, alert)
				}
			}
			want := fakedaemon.Handshakes{{
				ID:                   1,
				Listener:             d.Host(),
				Remote:               conn.LocalAddr().String(),
				SNI:                  "localhost",
				Version:              versions[r.TLS],
				CertificateRequested: r.Requested,
				AlertSent:            alert,
				ServerAccepted:       true,
				DataReceived:         r.Alert == 0,
			}}
			if r.Requested && len(offered) > 0 {
				leaf, err := x509.ParseCertificate(offered[0].Certificate[0])
				if err != nil {
					t.Fatal(err)
				}
				want[0].Certificates = []*x509.Certificate{leaf}
			}
			ignore := cmpopts.IgnoreFields(fakedaemon.Handshake{}, "Time", "Ended", "CipherSuite", "Err")
			if diff := cmp.Diff(want, got, ignore, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("handshakes (-want +got):\n%s", diff)
			}
			if got[0].Err == nil != (r.Alert == 0) {
				t.Errorf("Err is %v with alert %d", got[0].Err, r.Alert)
			}

			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			var wantLog []string
			if r.Log != "" {
				wantLog = []string{r.Log}
			}
			if diff := cmp.Diff(wantLog, normalised(log.all()), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}

// normalised puts placeholders into log lines where the recorded ones have them. A signature of the certificates made
// here fails with another text than RSA's.
func normalised(log []string) []string {
	for i, l := range log {
		for _, r := range [][2]string{
			{`(error from )[^ ]*:\d+:`, "${1}{client}:"},
			{`current time \S+ is after \S+`, "current time {now} is after {notAfter}"},
			{`current time \S+ is before \S+`, "current time {now} is before {notBefore}"},
			{`"x509: ECDSA verification failure"( .* candidate authority certificate) "[^"]*"`, `"crypto/rsa: verification error"${1} "docker.example.test"`},
		} {
			l = regexp.MustCompile(r[0]).ReplaceAllString(l, r[1])
		}
		log[i] = l
	}
	return log
}

func TestHandshakeFields(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify})
	before := time.Now()
	config := d.ClientTLS()
	config.ServerName = "localhost"
	config.NextProtos = []string{"h2", "http/1.1"}
	conn, err := tls.Dial("tcp", addr(d), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got := d.Handshakes()
	leaf, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	want := fakedaemon.Handshakes{{
		ID:                   1,
		Listener:             d.Host(),
		Remote:               conn.LocalAddr().String(),
		SNI:                  "localhost",
		Version:              tls.VersionTLS13,
		CipherSuite:          conn.ConnectionState().CipherSuite,
		ALPN:                 "http/1.1",
		CertificateRequested: true,
		Certificates:         []*x509.Certificate{leaf},
		ServerAccepted:       true,
	}}
	unfinished := cmpopts.IgnoreFields(fakedaemon.Handshake{}, "Time", "Ended")
	if diff := cmp.Diff(want, got, unfinished); diff != "" {
		t.Errorf("handshakes (-want +got):\n%s", diff)
	}
	if got[0].Time.Before(before) || got[0].Time.After(time.Now()) {
		t.Errorf("Time is %v", got[0].Time)
	}
	got[0].Certificates[0] = nil
	if d.Handshakes()[0].Certificates[0] == nil {
		t.Error("Handshakes gives its own rows away")
	}
}

// TestHandshakesKnowsWhatTheClientKnows asks for the ledger at the moment at which a client has its error, whichever
// side has ended the handshake.
func TestHandshakesKnowsWhatTheClientKnows(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify})
	good := d.ClientTLS()
	good.ServerName = "localhost"
	noCert := good.Clone()
	noCert.Certificates = nil
	noCert12 := noCert.Clone()
	noCert12.MaxVersion = tls.VersionTLS12
	otherRoots := good.Clone()
	otherRoots.RootCAs = x509.NewCertPool()
	otherRoots12 := otherRoots.Clone()
	otherRoots12.MaxVersion = tls.VersionTLS12
	otherRootsNoCert := otherRoots.Clone()
	otherRootsNoCert.Certificates = nil
	const bad = "remote error: tls: bad certificate"
	tests := map[string]struct {
		config   *tls.Config
		want     string
		accepted bool
	}{
		"good":                {good, "", true},
		"no cert":             {noCert, "tls: client didn't provide a certificate", true},
		"no cert 1.2":         {noCert12, "tls: client didn't provide a certificate", true},
		"other roots":         {otherRoots, bad, false},
		"other roots 1.2":     {otherRoots12, bad, false},
		"other roots no cert": {otherRootsNoCert, bad, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 50 {
				conn, err := net.Dial("tcp", addr(d))
				if err != nil {
					t.Fatal(err)
				}
				talk(tls.Client(conn, test.config))
				hs := d.Handshakes()
				conn.Close()
				// The newest row of this address: the system gives a closed connection's port to another one.
				var row fakedaemon.Handshake
				for _, h := range hs {
					if h.Remote == conn.LocalAddr().String() {
						row = h
					}
				}
				var got string
				if row.Err != nil {
					got = row.Err.Error()
				}
				if row.ID == 0 || got != test.want {
					t.Fatalf("the row of %v: %v, error %q, want %q\n%s", conn.LocalAddr(), row.ID, got, test.want, hs)
				}
				if row.ServerAccepted != test.accepted || row.DataReceived != (test.want == "") {
					t.Errorf("ServerAccepted is %v and DataReceived is %v, want %v and %v", row.ServerAccepted, row.DataReceived, test.accepted, test.want == "")
				}
				if test.want == bad && row.AlertReceived != "tls: bad certificate" {
					t.Errorf("AlertReceived is %q", row.AlertReceived)
				}
			}
		})
	}
}

// TestHandshakesKnowsWhatWasSaidAndNotRead: a client that says something and hangs up at once has said it.
func TestHandshakesKnowsWhatWasSaidAndNotRead(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLS})
	config := d.ClientTLS()
	config.ServerName = "localhost"
	for i := range 200 {
		says := i%2 == 0
		conn, err := tls.Dial("tcp", addr(d), config)
		if err != nil {
			t.Fatal(err)
		}
		if says {
			if _, err := conn.Write([]byte("GET /_ping HTTP/1.1\r\n")); err != nil {
				t.Fatal(err)
			}
		}
		conn.Close()
		hs := d.Handshakes()
		if got := hs[len(hs)-1]; !got.ServerAccepted || got.DataReceived != says {
			t.Fatalf("connection %d: ServerAccepted is %v and DataReceived is %v, want true and %v", i, got.ServerAccepted, got.DataReceived, says)
		}
	}
}

// TestHandshakesDoesNotWaitForClients: nobody knows when a silent client will speak.
func TestHandshakesDoesNotWaitForClients(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify})
	for _, first := range []string{"", "\x16\x03\x01"} {
		conn, err := net.Dial("tcp", addr(d))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(first)); err != nil {
			t.Fatal(err)
		}
	}
	// A client that speaks is served meanwhile.
	resp, err := d.HTTPClient().Get("https://docker/_ping")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	start := time.Now()
	hs := d.Handshakes()
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("Handshakes waited %v", took)
	}
	var errs []error
	for _, h := range hs {
		errs = append(errs, h.Err)
	}
	want := []error{fakedaemon.ErrUnfinished, fakedaemon.ErrUnfinished, nil}
	if diff := cmp.Diff(want, errs, cmpopts.EquateErrors()); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestHandshakesString(t *testing.T) {
	t.Parallel()
	hs := fakedaemon.Handshakes{
		{ID: 1, Remote: "127.0.0.1:5000", SNI: "localhost", Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, ALPN: "http/1.1", CertificateRequested: true, Certificates: []*x509.Certificate{{}}, ServerAccepted: true},
		{ID: 2, Remote: "127.0.0.1:5001", Version: tls.VersionTLS12, CipherSuite: tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, CertificateRequested: true, Err: errors.New("tls: client didn't provide a certificate"), AlertSent: "tls: handshake failure"},
		{ID: 3, Remote: "127.0.0.1:5002", Err: fakedaemon.ErrUnfinished},
	}
	hs[0].Certificates[0].Subject.CommonName = "client"
	const want = `
ID  REMOTE          SNI        VERSION  CIPHER                                 ALPN      SERVER CERTIFICATE  CLIENT CERTIFICATE  RESULT
1   127.0.0.1:5000  localhost  TLS 1.3  TLS_AES_128_GCM_SHA256                 http/1.1  accepted            CN=client           ok
2   127.0.0.1:5001  -          TLS 1.2  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256  -         not accepted        none                tls: client didn't provide a certificate (sent alert: tls: handshake failure)
3   127.0.0.1:5002  -          -        -                                      -         -                   not asked for       handshake not finished
`
	if diff := cmp.Diff(want, "\n"+hs.String()); diff != "" {
		t.Errorf("String (-want +got):\n%s", diff)
	}
}
