package swarm

import (
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sequence is what a client gets that has not seen the last version.
const sequence = "rpc error: code = Unknown desc = update out of sequence"

// TestSwarmCA: the token tells the digest of a real certificate, and rotates.
func TestSwarmCA(t *testing.T) {
	t.Parallel()
	s := withSwarm(t)
	w := ok[Swarm](t)(s.Swarm())
	block, _ := pem.Decode([]byte(w.CA.Cert))
	cert := ok[*x509.Certificate](t)(x509.ParseCertificate(block.Bytes))
	if cert.Subject.CommonName != "swarm-ca" || !cert.IsCA || cert.NotAfter.Sub(cert.NotBefore) != 20*365*24*time.Hour || cert.CheckSignatureFrom(cert) != nil {
		t.Errorf("%+v", cert)
	}
	if !validToken(w.WorkerToken) || !validToken(w.ManagerToken) || w.WorkerToken == w.ManagerToken || len(w.ID) != 25 {
		t.Errorf("%s %s %s", w.WorkerToken, w.ManagerToken, w.ID)
	}
	check(t, "an old version", s.Update(UpdateOptions{Version: 3}), "*errors.errorString", sequence)
	if err := s.Update(UpdateOptions{Version: w.Version, RotateWorkerToken: true, Autolock: true}); err != nil {
		t.Fatal(err)
	}
	after := ok[Swarm](t)(s.Swarm())
	if after.WorkerToken == w.WorkerToken || after.ManagerToken != w.ManagerToken || after.WorkerToken[:60] != w.WorkerToken[:60] || !strings.HasPrefix(after.UnlockKey, "SWMKEY-1-") || after.Version <= w.Version {
		t.Errorf("%+v after %+v", after, w)
	}
}

// TestNewCA: the times and the serial number that swarmkit's CA has, by way of cfssl: 20 bytes, and no more.
func TestNewCA(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 30, 0, time.UTC)
	for range 20 {
		ca := ok[CA](t)(newCA(now))
		block, _ := pem.Decode([]byte(ca.Cert))
		cert := ok[*x509.Certificate](t)(x509.ParseCertificate(block.Bytes))
		if from := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC); !cert.NotBefore.Equal(from) || cert.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign {
			t.Fatalf("from %v, want %v; usage %b", cert.NotBefore, from, cert.KeyUsage)
		}
		if bits := cert.SerialNumber.BitLen(); bits > 159 || bits < 100 {
			t.Fatalf("a serial number of %d bits", bits)
		}
	}
}

// TestTokens: numbers of base 36, those of tokens filled up with zeros, those of IDs without their first digit, which
// tells little (swarmkit, ca/config.go and identity/randomid.go).
func TestTokens(t *testing.T) {
	t.Parallel()
	var none, rising [32]byte
	for i := range rising {
		rising[i] = byte(i + 2)
	}
	want := []string{
		"hvy0lj3x0b883f8e30fyp2172", "iqfnv6jp2vudsmkdt4fh6i75e",
		"SWMTKN-1-05j1ops5vnhbr36sqfqtyct0apfchcwmz2zpprghzdxunirx2a-0000000000000000000000000",
		"SWMTKN-1-05j1ops5vnhbr36sqfqtyct0apfchcwmz2zpprghzdxunirx2a-04acu1lwmv0v6cudglxojbu35", "SWMKEY-1-AgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICE",
	}
	ca := CA{Cert: "cert"}
	got := []string{base36(none), base36(rising), ca.token(none), ca.token(rising), unlockKey(rising)}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestValidToken: a token of either version, whose parts are as long as they are.
func TestValidToken(t *testing.T) {
	t.Parallel()
	digest, secret := strings.Repeat("d", 50), strings.Repeat("s", 25)
	for token, want := range map[string]bool{
		"SWMTKN-1-" + digest + "-" + secret: true, "SWMTKN-2-" + digest + "-" + secret: true, "SWMTKN-3-" + digest + "-" + secret: false,
		"SWMKEY-1-" + digest + "-" + secret: false, "SWMTKN-1-" + digest + "-" + secret + "-x": false,
		"SWMTKN-1-" + digest + "d-" + secret: false, "SWMTKN-1-" + digest + "-" + secret[1:]: false,
	} {
		if got := validToken(token); got != want {
			t.Errorf("%s: %t, want %t", token, got, want)
		}
	}
}
