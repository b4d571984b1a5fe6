package certgen_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// BenchmarkNew times New, by turns with what no way of making a CA and two certificates can do
// without (three keys, three signatures), and with crypto/x509 making the same certificates.
// It reports the median of New's times, also as a multiple of both.
func BenchmarkNew(b *testing.B) {
	for _, bench := range []struct {
		name string
		o    *certgen.Options
	}{
		{"strict", nil},
		{"documented", &certgen.Options{Shape: certgen.ShapeDocumented}},
		{"seeded", &certgen.Options{Seed: []byte("s")}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			model := mustNew(b, bench.o)
			tbs := model.CA().RawTBSCertificate
			certs := []*x509.Certificate{model.CA(), parse(b, model.Server().CertPEM), parse(b, model.Client().CertPEM)}
			var ours, floor, byX509 []time.Duration
			for b.Loop() {
				start := time.Now()
				mustNew(b, bench.o)
				ours = append(ours, time.Since(start))

				start = time.Now()
				for range 3 {
					if _, err := crypto.SignMessage(newP256(b), nil, tbs, crypto.SHA256); err != nil {
						b.Fatal(err)
					}
				}
				floor = append(floor, time.Since(start))

				start = time.Now()
				byCryptoX509(b, certs)
				byX509 = append(byX509, time.Since(start))
			}
			b.ReportMetric(median(ours), "new-ns/op")
			b.ReportMetric(median(ours)/median(floor), "x-floor")
			b.ReportMetric(median(ours)/median(byX509), "x-crypto/x509")
		})
	}
}

// median of times in nanoseconds: others use the machine, too.
func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2])
}

func newP256(b *testing.B) *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	return k
}

// byCryptoX509 makes certificates like those of a bundle, and as New the keys in PKCS#8.
func byCryptoX509(b *testing.B, models []*x509.Certificate) {
	keys := []*ecdsa.PrivateKey{newP256(b), newP256(b), newP256(b)}
	for i, m := range models {
		template := &x509.Certificate{
			SerialNumber: m.SerialNumber, RawSubject: m.RawSubject, NotBefore: m.NotBefore, NotAfter: m.NotAfter, ExtraExtensions: m.Extensions,
		}
		parent := &x509.Certificate{RawSubject: models[0].RawSubject}
		if _, err := x509.CreateCertificate(rand.Reader, template, parent, keys[i].Public(), keys[0]); err != nil {
			b.Fatal(err)
		}
		if _, err := x509.MarshalPKCS8PrivateKey(keys[i]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkServerTLS(b *testing.B) {
	bundle := mustNew(b, nil)
	for b.Loop() {
		bundle.ServerTLS()
	}
}

func BenchmarkPEM(b *testing.B) {
	bundle := mustNew(b, nil)
	for b.Loop() {
		bundle.CAPEM()
		bundle.Server()
		bundle.Client()
	}
}

func BenchmarkWriteDir(b *testing.B) {
	bundle, dir := mustNew(b, nil), b.TempDir()
	for b.Loop() {
		if err := bundle.WriteDir(dir); err != nil {
			b.Fatal(err)
		}
	}
}
