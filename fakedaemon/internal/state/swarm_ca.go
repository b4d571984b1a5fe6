package state

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

// SwarmCA is the root of a swarm's certificates, of which its tokens tell the digest. There is no key: nothing is ever signed.
type SwarmCA struct {
	// Cert is PEM.
	Cert string
	// Subject and PublicKey are DER.
	Subject, PublicKey []byte
}

// newSwarmCA makes a root as swarmkit's ca package does.
func newSwarmCA(now time.Time) (SwarmCA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return SwarmCA{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 159))
	if err != nil {
		return SwarmCA{}, err
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
		return SwarmCA{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return SwarmCA{}, err
	}
	return SwarmCA{
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

// token is what lets a node join.
func (ca SwarmCA) token(secret string) string {
	sum := sha256.Sum256([]byte(ca.Cert))
	return "SWMTKN-1-" + digits36(sum[:], tokenDigest) + "-" + secret
}

// ValidJoinToken reports whether a text has the form of a join token.
func ValidJoinToken(token string) bool {
	parts := strings.Split(token, "-")
	return len(parts) == 4 && parts[0] == "SWMTKN" && (parts[1] == "1" || parts[1] == "2") && len(parts[2]) == tokenDigest && len(parts[3]) == tokenSecret
}

// digits36 writes bytes as a number of at least n digits of base 36.
func digits36(b []byte, n int) string {
	text := new(big.Int).SetBytes(b).Text(36)
	return strings.Repeat("0", max(n-len(text), 0)) + text
}

// base36 returns 25 digits, as swarmkit's identity package does.
func (g *ids) base36(kind string) string {
	b := g.next(kind)
	b[0] |= 0x80
	return new(big.Int).SetBytes(b[:17]).Text(36)[1:26]
}

// secret returns the secret of a join token.
func (g *ids) secret(kind string) string {
	b := g.next(kind)
	return digits36(b[:16], tokenSecret)
}

// unlockKey returns a key that unlocks a manager.
func (g *ids) unlockKey() string {
	b := g.next("unlock key")
	return "SWMKEY-1-" + base64.RawStdEncoding.EncodeToString(b[:])
}
