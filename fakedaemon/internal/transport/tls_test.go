package transport

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAlertFor(t *testing.T) {
	t.Parallel()
	invalid := func(r x509.InvalidReason) error {
		return &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: r}}
	}
	for _, test := range []struct {
		err  error
		want tls.AlertError
	}{
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, 48},
		{invalid(x509.Expired), 45},
		{invalid(x509.IncompatibleUsage), 42},
		{errors.New("tls: client didn't provide a certificate"), 116},
		{errors.New("tls: failed to parse client certificate: x509: trailing data"), 50},
		{errors.New("tls: invalid signature by the client certificate: ..."), 51},
		{errors.New("tls: invalid client finished hash"), 51},
		{errors.New("tls: client certificate used with invalid signature algorithm"), 47},
		{errors.New("tls: received unexpected handshake message of type ..."), 10},
		{errors.New("of a VerifyPeerCertificate"), 42},
	} {
		if got := alertFor(test.err); got != test.want {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}

// TestSealedAlerts asks a TLS 1.3 client which encrypted alert it got and compares the row.
func TestSealedAlerts(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t)
	stranger, _ := serverTLS(t)
	cert := client.Certificates[0]
	for _, test := range []struct {
		name   string
		change func(server, client *tls.Config)
	}{
		{"none", func(_, c *tls.Config) { c.Certificates = nil }},
		{"unparsable", func(_, c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return &tls.Certificate{Certificate: [][]byte{{0x30, 0}}, PrivateKey: cert.PrivateKey}, nil
			}
		}},
		{"no possession", func(_, c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return &tls.Certificate{Certificate: cert.Certificate, PrivateKey: stranger.Certificates[0].PrivateKey}, nil
			}
		}},
		{"callback", func(s, _ *tls.Config) {
			s.VerifyPeerCertificate = func([][]byte, [][]*x509.Certificate) error { return errors.New("not today") }
		}},
		{"connection callback", func(s, _ *tls.Config) {
			s.VerifyConnection = func(tls.ConnectionState) error { return errors.New("not today") }
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, c := server.Clone(), client.Clone()
			test.change(s, c)
			var ledger Ledger
			addr, _ := listen(t, Config{TLS: s, Ledger: &ledger})
			conn, err := tls.Dial("tcp", addr, c)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, err = conn.Read(make([]byte, 1))
			var op *net.OpError
			if !errors.As(err, &op) || op.Op != "remote error" {
				t.Fatalf("the client got %v", err)
			}
			rows := ledger.Rows()
			if got, want := rows[0].AlertSent, op.Err.Error(); got != want {
				t.Errorf("AlertSent is %q, the client got %q (%v)", got, want, rows[0].Err)
			}
		})
	}
}

// TestHelloRetry: a daemon that only asked for another hello has not asked for a certificate.
func TestHelloRetry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		record string
		want   string // flight, alert, sealed
	}{
		{"\x16\x03\x03\x00\x30\x02\x00\x00\x2c\x03\x03" + string(helloRetry), "false 0 false"},
		{"\x16\x03\x03\x00\x30\x02\x00\x00\x2c\x03\x03" + strings.Repeat("r", 32), "true 0 false"},
		{"\x15\x03\x03\x00\x02\x02\x28", "false 40 false"},
		{"\x15\x03\x03\x00\x1a" + strings.Repeat("s", 26), "false 0 true"},
		{"\x17\x03\x03\x00\x1a" + strings.Repeat("s", 26), "false 0 true"},
		{"\x14\x03\x03\x00\x01\x01", "false 0 false"},
		{"\x16", "false 0 false"},
	} {
		var h handshake
		h.see([]byte(test.record))
		if got := fmt.Sprint(h.flight, " ", uint8(h.alert), " ", h.sealed); got != test.want {
			t.Errorf("%x: %s, want %s", test.record, got, test.want)
		}
	}
}

// TestLooksLike: net/http tells its own protocol by five bytes, and so is TLS told: a type of record and a version.
func TestLooksLike(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"GET /": "http", "HEAD ": "http", "POST ": "http", "PUT /": "http", "OPTIO": "http", "DELET": "", "get /": "",
		"\x16\x03\x01\x02\x00": "tls", "\x14\x03\x03\x00\x01": "tls", "\x17\x03\x03\x00\x01": "tls",
		"\x13\x03\x03\x00\x01": "", "\x18\x03\x03\x00\x01": "", "\x16\x02\x03\x00\x01": "",
	} {
		got := ""
		if b := [5]byte([]byte(text)); looksLikeHTTP(b) {
			got = "http"
		} else if looksLikeTLS(b) {
			got = "tls"
		}
		if got != want {
			t.Errorf("%q looks like %q, want %q", text, got, want)
		}
	}
}

// TestHelloFaults: what a fault does when the client's hello is there, and what the row says of it.
func TestHelloFaults(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t)
	stranger, _ := serverTLS(t)
	client.InsecureSkipVerify = true
	perHello := server.Clone()
	perHello.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		c := server.Clone()
		c.ClientAuth = tls.NoClientCert
		return c, nil
	}
	type seen struct {
		Client, Err, AlertSent string
		Accepted, Requested    bool
		Stranger               bool // showed its certificate
	}
	for name, tt := range map[string]struct {
		config *tls.Config
		fault  Hello
		want   seen
	}{
		"none":        {server, Hello{}, seen{Client: "<nil>", Err: "<nil>", Accepted: true, Requested: true}},
		"alert":       {server, Hello{Alert: 40}, seen{Client: "remote error: tls: handshake failure", Err: ErrInjected.Error(), AlertSent: "tls: handshake failure"}},
		"close":       {server, Hello{Close: true}, seen{Client: "EOF", Err: ErrInjected.Error()}},
		"certificate": {server, Hello{Certificate: &stranger.Certificates[0]}, seen{Client: "<nil>", Err: "<nil>", Accepted: true, Requested: true, Stranger: true}},
		"certificate, other config": {perHello, Hello{Certificate: &stranger.Certificates[0]},
			seen{Client: "<nil>", Err: "<nil>", Accepted: true, Stranger: true}},
		"other config": {perHello, Hello{}, seen{Client: "<nil>", Err: "<nil>", Accepted: true}},
	} {
		ledger := new(Ledger)
		addr, conns := listen(t, Config{TLS: tt.config, Ledger: ledger, Hello: func(string) Hello { return tt.fault }})
		c := tls.Client(dialTCP(t, addr), client)
		err := c.Handshake()
		if err == nil {
			accepted := <-conns
			go accepted.Read(make([]byte, 1))
		}
		row := ledger.Rows()[0]
		got := seen{fmt.Sprint(err), fmt.Sprint(row.Err), row.AlertSent, row.ServerAccepted, row.CertificateRequested, false}
		if shown := c.ConnectionState().PeerCertificates; len(shown) > 0 {
			got.Stranger = bytes.Equal(shown[0].Raw, stranger.Certificates[0].Certificate[0])
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}
