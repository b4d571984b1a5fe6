// Package certgen makes ephemeral certificates for tests of Docker over TLS: a CA, a server
// (daemon) certificate and a client certificate, good or with one named flaw on either side.
// Everything is made in memory; files are written only on request.
package certgen

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"
)

// KeyType is the algorithm and size of every key of a bundle. The zero value is P256.
type KeyType string

// Key types.
const (
	P256    KeyType = "p256"
	P384    KeyType = "p384"
	RSA2048 KeyType = "rsa2048"
	RSA4096 KeyType = "rsa4096"
	Ed25519 KeyType = "ed25519"
)

// Shape is the set of X.509 extensions that the certificates carry.
type Shape string

// Shapes.
const (
	// ShapeStrict, the default, is accepted by every client, Python 3.13's strict check included.
	ShapeStrict Shape = "strict"
	// ShapeDocumented is what the openssl commands of Docker's documentation give
	// (reference certificates.md, "The exact shape that the documented commands give").
	ShapeDocumented Shape = "documented"
)

// A Flaw is one way in which the material of one side is wrong. The zero value is no flaw.
type Flaw string

// Flaws. Which side each can be on is in Flaws.
const (
	Good            Flaw = ""
	Expired         Flaw = "expired"
	NotYetValid     Flaw = "not-yet-valid"
	OtherCA         Flaw = "other-ca"
	OtherCASameName Flaw = "other-ca-same-subject"
	OtherHost       Flaw = "wrong-hostname" // server only
	WrongUsage      Flaw = "wrong-usage"    // server: clientAuth only; client: serverAuth only
	SelfSigned      Flaw = "self-signed"
	CommonNameOnly  Flaw = "cn-only" // server only: the host is in the CN and there is no SAN
)

// Options says what New makes. A nil *Options is the zero value.
type Options struct {
	// Hosts are the server certificate's names: DNS names and IP addresses as plain strings,
	// sorted into the right SAN by their form. Nil means "localhost", "127.0.0.1", "::1".
	Hosts []string
	// Key is the type of every key; "" means P256.
	Key KeyType
	// Shape is the set of extensions; "" means ShapeStrict.
	Shape Shape
	// ServerFlaw and ClientFlaw are what is wrong with either side; "" means nothing.
	ServerFlaw, ClientFlaw Flaw
	// Validity is how long after the clock's now the certificates end; 0 means 24 hours.
	// They begin one hour before now.
	Validity time.Duration
	// Clock gives now; nil means time.Now.
	Clock func() time.Time
	// Seed, when not empty, derives every key, serial and name from it: the same seed and
	// clock give the same bytes for P256, P384 and Ed25519 keys. RSA keys cannot be seeded.
	Seed []byte
}

// A Pair is a certificate chain and its private key, PEM encoded.
type Pair struct {
	CertPEM []byte // leaf first
	KeyPEM  []byte // PKCS#8
}

// A Bundle is a CA and the server and client certificates for one daemon and its client.
// It is immutable: its methods are safe for concurrent use and return copies.
type Bundle struct{}

// New makes a bundle. Its errors name the option that is wrong.
func New(o *Options) (*Bundle, error) { return nil, errors.ErrUnsupported }

// CA returns the certificate of the CA that both sides trust.
func (b *Bundle) CA() *x509.Certificate { return nil }

// CAPEM returns ca.pem.
func (b *Bundle) CAPEM() []byte { return nil }

// Server returns the daemon's certificate and key.
func (b *Bundle) Server() Pair { return Pair{} }

// Client returns the client's certificate and key.
func (b *Bundle) Client() Pair { return Pair{} }

// ServerTLS returns a fresh config of a daemon that demands a client certificate of the CA.
func (b *Bundle) ServerTLS() *tls.Config { return nil }

// ClientTLS returns a fresh config of a client that presents its certificate and trusts only the CA.
func (b *Bundle) ClientTLS() *tls.Config { return nil }

// WriteDir writes ca.pem, cert.pem, key.pem (the client's), server-cert.pem and server-key.pem to dir.
func (b *Bundle) WriteDir(dir string) error { return errors.ErrUnsupported }
