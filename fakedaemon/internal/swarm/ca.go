package swarm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"time"
)

// CA is the root of a swarm's certificates, of which its tokens tell the digest. There is no key: nothing is ever
// signed.
type CA struct {
	// Cert is PEM.
	Cert string
	// Subject and PublicKey are DER.
	Subject, PublicKey []byte
}

// newCA makes a root as swarmkit's ca package does.
func newCA(now time.Time) (CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return CA{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 159))
	if err != nil {
		return CA{}, err
	}
	from := now.Round(time.Minute).Add(-5 * time.Minute)
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "swarm-ca"},
		NotBefore:             from,
		NotAfter:              from.Add(20 * 365 * 24 * time.Hour),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return CA{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return CA{}, err
	}
	return CA{
		Cert:      string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		Subject:   cert.RawSubject,
		PublicKey: cert.RawSubjectPublicKeyInfo,
	}, nil
}

// Lengths of the parts of a join token, in digits of base 36 (swarmkit, ca/config.go).
const (
	tokenDigest = 50
	tokenSecret = 25
)

// token is what lets a node join, with a secret of what is drawn.
func (ca CA) token(drawn [32]byte) string {
	sum := sha256.Sum256([]byte(ca.Cert))
	return "SWMTKN-1-" + digits36(sum[:], tokenDigest) + "-" + digits36(drawn[:16], tokenSecret)
}

// validToken reports whether a text has the form of a join token.
func validToken(token string) bool {
	parts := strings.Split(token, "-")
	return len(parts) == 4 && parts[0] == "SWMTKN" && (parts[1] == "1" || parts[1] == "2") && len(parts[2]) == tokenDigest && len(parts[3]) == tokenSecret
}

// digits36 writes bytes as a number of at least n digits of base 36.
func digits36(b []byte, n int) string {
	text := new(big.Int).SetBytes(b).Text(36)
	return strings.Repeat("0", max(n-len(text), 0)) + text
}

// base36 returns 25 digits, as swarmkit's identity package makes an ID of what is drawn.
func base36(drawn [32]byte) string {
	drawn[0] |= 0x80
	return new(big.Int).SetBytes(drawn[:17]).Text(36)[1:26]
}

// unlockKey returns a key that unlocks a manager.
func unlockKey(drawn [32]byte) string {
	return "SWMKEY-1-" + base64.RawStdEncoding.EncodeToString(drawn[:])
}
