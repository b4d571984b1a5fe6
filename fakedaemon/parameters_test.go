package fakedaemon_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// The facts of this file are those of tls/wire.engine28.json of the recordings: versions, ciphers, groups, ALPN.

// choice is what daemon and client agree on: "" or the alert that the client gets.
func choice(t *testing.T, d *fakedaemon.Daemon, change func(*tls.Config)) (tls.ConnectionState, string) {
	t.Helper()
	config := d.ClientTLS()
	config.ServerName = "localhost"
	change(config)
	c, err := tls.Dial("tcp", addr(d), config)
	if err != nil {
		return tls.ConnectionState{}, err.Error()
	}
	defer c.Close()
	return c.ConnectionState(), ""
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for _, mode := range []modes.Daemon{modes.TLS, modes.TLSVerify} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: mode})
		for _, test := range []struct {
			version uint16
			want    string
		}{
			{tls.VersionTLS10, "remote error: tls: protocol version not supported"},
			{tls.VersionTLS11, "remote error: tls: protocol version not supported"},
			{tls.VersionTLS12, ""},
			{tls.VersionTLS13, ""},
		} {
			_, got := choice(t, d, func(c *tls.Config) { c.MinVersion, c.MaxVersion = test.version, test.version })
			if got != test.want {
				t.Errorf("%s: %s: %q, want %q", mode, tls.VersionName(test.version), got, test.want)
			}
		}
		hs := d.Handshakes()
		if hs[0].CertificateRequested {
			t.Errorf("%s: a certificate was requested before there was a version", mode)
		}
		if got, want := hs[0].AlertSent, tls.AlertError(70).Error(); got != want {
			t.Errorf("AlertSent is %q, want %q", got, want)
		}
		if got, want := hs[0].Err.Error(), "tls: client offered only unsupported versions: [301]"; got != want {
			t.Errorf("Err is %q, want %q", got, want)
		}
	}
}

func TestCiphers(t *testing.T) {
	t.Parallel()
	certs, err := certgen.New(&certgen.Options{Key: certgen.RSA2048})
	if err != nil {
		t.Fatal(err)
	}
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLS, Certs: certs})
	var accepted []string
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if !slices.Contains(s.SupportedVersions, tls.VersionTLS12) {
			continue
		}
		state, refused := choice(t, d, func(c *tls.Config) {
			c.MaxVersion = tls.VersionTLS12
			c.CipherSuites = []uint16{s.ID}
		})
		switch {
		case refused == "" && state.CipherSuite == s.ID:
			accepted = append(accepted, s.Name)
		case refused != "remote error: tls: handshake failure":
			t.Errorf("%s: %s", s.Name, refused)
		}
	}
	want := []string{
		"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
		"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	}
	slices.Sort(accepted)
	slices.Sort(want)
	if diff := cmp.Diff(want, accepted); diff != "" {
		t.Errorf("accepted (-want +got):\n%s", diff)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify})
	for _, test := range []struct {
		offered []tls.CurveID
		want    string
	}{
		{[]tls.CurveID{tls.X25519MLKEM768}, "X25519MLKEM768"},
		{[]tls.CurveID{tls.X25519}, "X25519"},
		{[]tls.CurveID{tls.CurveP256}, "CurveP256"},
		{[]tls.CurveID{tls.CurveP384}, "CurveP384"},
		{[]tls.CurveID{tls.CurveP521}, "CurveP521"},
		{[]tls.CurveID{tls.X25519MLKEM768, tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}, "X25519MLKEM768"},
	} {
		state, got := choice(t, d, func(c *tls.Config) { c.CurvePreferences = test.offered })
		if got == "" {
			got = fmt.Sprint(state.CurveID)
		}
		if got != test.want {
			t.Errorf("%v: %s, want %s", test.offered, got, test.want)
		}
	}
}

// TestNewGroups: the groups that Go 1.26 has and dockerd 28.5.2 does not are refused, also in a program that has them on.
func TestNewGroups(t *testing.T) {
	t.Setenv("GODEBUG", "tlssecpmlkem=1")
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify})
	for name, group := range map[string]tls.CurveID{"SecP256r1MLKEM768": 4587, "SecP384r1MLKEM1024": 4589} {
		_, got := choice(t, d, func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{group} })
		if got == "tls: no supported elliptic curves for ECDHE" {
			t.Skipf("this Go has no %s", name)
		}
		if want := "remote error: tls: handshake failure"; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestALPN(t *testing.T) {
	t.Parallel()
	const refused = "remote error: tls: no application protocol"
	for _, mode := range []modes.Daemon{modes.TLS, modes.TLSVerify} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: mode})
		for _, test := range []struct {
			offered []string
			want    string
		}{
			{nil, ""},
			{[]string{"h2"}, refused},
			{[]string{"http/1.1"}, "http/1.1"},
			{[]string{"h2", "http/1.1"}, "http/1.1"},
			{[]string{"http/1.1", "h2"}, "http/1.1"},
			{[]string{"http/1.0"}, refused},
			{[]string{"foo"}, refused},
			{[]string{"h2", "foo"}, refused},
			{[]string{"foo", "http/1.1"}, "http/1.1"},
		} {
			for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
				state, got := choice(t, d, func(c *tls.Config) {
					c.NextProtos = test.offered
					c.MinVersion, c.MaxVersion = version, version
				})
				if got == "" {
					got = state.NegotiatedProtocol
				}
				if got != test.want {
					t.Errorf("%s: %s: %q: %q, want %q", mode, tls.VersionName(version), test.offered, got, test.want)
				}
			}
		}
	}
}

// TestResumption: a resumed connection asks for no certificate, and the ledger still has the one of the first.
func TestResumption(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify})
		config := d.ClientTLS()
		config.ServerName = "localhost"
		config.MaxVersion = version
		config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		for range 2 {
			c, err := tls.Dial("tcp", addr(d), config)
			if err != nil {
				t.Fatal(err)
			}
			// A TLS 1.3 ticket comes with the answer.
			fmt.Fprint(c, "GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n")
			if _, err := c.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			c.Close()
		}
		type row struct {
			Requested bool
			Names     []string
		}
		var got []row
		for _, h := range d.Handshakes() {
			r := row{Requested: h.CertificateRequested}
			for _, c := range h.Certificates {
				r.Names = append(r.Names, c.Subject.CommonName)
			}
			got = append(got, r)
		}
		want := []row{{true, []string{"client"}}, {false, []string{"client"}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tls.VersionName(version), diff)
		}
	}
}

// TestListenTLS: a config of one's own is used as it is.
func TestListenTLS(t *testing.T) {
	t.Parallel()
	certs, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	forgetful := certs.ServerTLS()
	forgetful.ClientCAs = nil
	forgetful.ClientAuth = tls.RequireAnyClientCert
	refuse := certs.ServerTLS()
	refuse.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if hello.ServerName == "localhost" {
			return nil, errors.New("not this name")
		}
		return forgetful, nil
	}
	d := fakedaemon.Start(t, &fakedaemon.Options{Certs: certs, Listen: []fakedaemon.Listen{{Mode: modes.TLSVerify, TLS: refuse}}})
	stranger, err := certgen.New(&certgen.Options{ClientFlaw: certgen.OtherCA})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"127.0.0.1": "", "localhost": "remote error: tls: internal error"} {
		_, got := choice(t, d, func(c *tls.Config) {
			c.ServerName = name
			c.Certificates = stranger.ClientTLS().Certificates
		})
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	var got []string
	for _, h := range d.Handshakes() {
		if h.Err == nil && !h.CertificateRequested {
			t.Errorf("CertificateRequested is false for %s", h.SNI)
		}
		got = append(got, fmt.Sprint(h.SNI, " ", h.Err, " ", len(h.Certificates)))
	}
	slices.Sort(got)
	want := []string{" <nil> 1", "localhost not this name 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("handshakes (-want +got):\n%s", diff)
	}
}
