// Package certgen makes ephemeral certificates for tests of Docker over TLS: a CA, a server
// (daemon) certificate and a client certificate, good or with one named flaw on either side.
// Everything is made in memory; files are written only on request.
//
// What it makes is for tests only, and its subjects say so. Keys made from a seed are as
// public as the seed.
//
// # Flaws
//
// [Flaws] is the catalogue of what can be wrong: with a certificate, with the chain up to its root,
// with what is trusted, with the files. Some are no flaws: odd material that must be accepted. What
// Go, the docker CLI, OpenSSL and curl make of each is in package vectors.
//
// With GODEBUG fips140=only the flaws sha1-sig, md5-sig, root-sha1-sig, key-encrypted-legacy, the
// small RSA keys and ShapeDocumented cannot be made: Go's SHA-1 and MD5 panic. Seeds then need 14 bytes.
package certgen

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
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
	// (certificates.md, "The shape that the documented commands give"). The documentation's
	// keys are RSA4096, which take seconds; here the key type stays what Options.Key says.
	ShapeDocumented Shape = "documented"
)

// Options says what New makes. A nil *Options is the zero value.
type Options struct {
	// Hosts are the server certificate's names: DNS names (a wildcard too) and IP addresses
	// as plain strings, put into the right SAN by their form, in the given order; a URI with
	// "://" and a mailbox with "@" are taken as such. The first is also the subject's common
	// name. None means "localhost", "127.0.0.1", "::1".
	Hosts []string
	// ClientName is the common name of the client's certificate; "" means "client", as documented.
	ClientName string
	// Key is the type of every key; "" means P256.
	Key KeyType
	// Shape is the set of extensions; "" means ShapeStrict.
	Shape Shape
	// ServerFlaw and ClientFlaw are what is wrong with either side; "" means nothing. A flaw of a
	// root changes what the other side trusts.
	ServerFlaw, ClientFlaw Flaw
	// Validity is how long after the clock's now the certificates end; 0 means 24 hours, and
	// the documented 365 days with ShapeDocumented. They begin one hour before now.
	Validity time.Duration
	// Clock gives now, for New and for the configs that the bundle gives; nil means time.Now.
	Clock func() time.Time
	// Seed, when not empty, derives every key, serial and name from it: the same options,
	// seed and now give the same bytes for P256, P384 and Ed25519 keys, and the CA and the
	// keys are the same whatever the flaws are. RSA keys cannot be seeded, but for those that are
	// a flaw; the signature of rsa-pss differs each time.
	Seed []byte
}

// An OptionError is an option that New cannot use.
type OptionError struct {
	Option string // the field of Options
	Value  string
	Reason string
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("certgen: %s: %q %s", e.Option, e.Value, e.Reason)
}

// A Pair is a certificate chain and its private key as their files hold them: PEM, unless a flaw of
// the file is that it is something else. What cannot be read is nil.
type Pair struct {
	CertPEM []byte // leaf first
	KeyPEM  []byte // PKCS#8
}

// TLSCertificate returns the pair in the form of crypto/tls, or the error of a program that reads
// it. A test that wants a client to send this certificate whatever the server asks for returns it
// from [tls.Config.GetClientCertificate].
func (p Pair) TLSCertificate() (tls.Certificate, error) { return tls.X509KeyPair(p.CertPEM, p.KeyPEM) }

// A Bundle is a CA and the server and client certificates for one daemon and its client.
// It is immutable: its methods are safe for concurrent use and return copies.
type Bundle struct {
	ca             identity
	server, client end
	revoked        [][]byte         // serials
	clock          func() time.Time // nil: time.Now
}

// New makes a bundle. An option that it cannot use is an [*OptionError].
func New(o *Options) (*Bundle, error) {
	if o == nil {
		o = new(Options)
	}
	m, err := newMaker(o)
	if err != nil {
		return nil, err
	}
	b, err := m.bundle()
	if err != nil {
		return nil, fmt.Errorf("certgen: %w", err)
	}
	return b, nil
}

// CA returns the certificate of the CA that both sides trust, unless a flaw is that one does not.
func (b *Bundle) CA() *x509.Certificate {
	c, err := x509.ParseCertificate(bytes.Clone(b.ca.cert)) // which it keeps
	if err != nil {
		panic("certgen: the CA of a Bundle that New did not make: " + err.Error())
	}
	return c
}

// CAPEM returns the CA's certificate. What a side's file holds is in ServerCAPEM and ClientCAPEM.
func (b *Bundle) CAPEM() []byte { return b.ca.certPEM() }

// ServerCAPEM returns what the daemon trusts: the file of its --tlscacert. It is nil when that
// cannot be read.
func (b *Bundle) ServerCAPEM() []byte { return b.server.caPEM() }

// ClientCAPEM returns what the client trusts: its ca.pem. It is nil when that cannot be read.
func (b *Bundle) ClientCAPEM() []byte { return b.client.caPEM() }

// Server returns the daemon's certificate and key.
func (b *Bundle) Server() Pair { return b.server.pair() }

// Client returns the client's certificate and key.
func (b *Bundle) Client() Pair { return b.client.pair() }

// ServerTLS returns a fresh config of a daemon that demands a client certificate of the CA.
//
// With a flaw that keeps a program from reading the daemon's certificate or key, each handshake
// fails with that error; with one of its CA file it trusts nobody.
func (b *Bundle) ServerTLS() *tls.Config {
	c := &tls.Config{
		ClientAuth: tls.RequireAndVerifyClientCert,
		ClientCAs:  b.server.pool(),
		MinVersion: tls.VersionTLS12,
		Time:       b.clock,
	}
	if cert, err := b.server.tls(); err == nil {
		c.Certificates = []tls.Certificate{cert}
	} else {
		c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, err }
	}
	return c
}

// ClientTLS returns a fresh config of a client that presents its certificate and trusts only the CA.
//
// crypto/tls sends no certificate at all when its issuer is not among the names that the server
// asks for, so a client certificate that is self-signed or of another CA shows on the server as
// "client didn't provide a certificate". [Pair.TLSCertificate] says how to send it all the same.
//
// With a flaw that keeps a program from reading the client's certificate or key, each handshake
// fails with that error; with one of its ca.pem it trusts nobody.
func (b *Bundle) ClientTLS() *tls.Config {
	c := &tls.Config{
		RootCAs:    b.client.pool(),
		MinVersion: tls.VersionTLS12,
		Time:       b.clock,
	}
	if cert, err := b.client.tls(); err == nil {
		c.Certificates = []tls.Certificate{cert}
	} else {
		c.VerifyConnection = func(tls.ConnectionState) error { return err } // also where no certificate is asked for
	}
	return c
}
