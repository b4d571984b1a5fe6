package certgen_test

import (
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/fakedockerd/fakedockerd/certgen"
)

func TestCRL(t *testing.T) {
	t.Parallel()
	for _, key := range quickKeys {
		b := mustNew(t, &certgen.Options{Key: key, ServerFlaw: certgen.Revoked})
		crl, err := b.CRLPEM()
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(crl)
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if err := list.CheckSignatureFrom(b.CA()); err != nil {
			t.Error(err)
		}
		serial := parse(t, b.Server().CertPEM).SerialNumber
		if len(list.RevokedCertificateEntries) != 1 || list.RevokedCertificateEntries[0].SerialNumber.Cmp(serial) != 0 {
			t.Errorf("%v, want %v", list.RevokedCertificateEntries, serial)
		}
	}
	good, err := mustNew(t, nil).CRLPEM()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(good)
	if list, err := x509.ParseRevocationList(block.Bytes); err != nil || len(list.RevokedCertificateEntries) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}
