// Package modes declares the matrix of Docker daemon modes and client modes: what must happen in each entry and why,
// how an entry is spelled for a daemon and its clients, and what is behind the message that a client prints. It is
// data: it opens no connection and reads no file, and has of certgen the names of the flaws alone.
//
// The facts are those of dockerd 20.10, 28 and 29, docker CLI 20.10, 28 and 29, curl with OpenSSL 3, Go's crypto/tls
// and the clients of the Engine API for Go, Python and Node, as recorded. What happens is of a class of package
// outcome; package conform runs the entries against clients.
package modes

import (
	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
)

// Client is a client mode: what a client presents and what it checks.
type Client string

// Client modes.
const (
	ClientPlain     Client = "plain"     // no TLS
	ClientTLS       Client = "tls"       // nothing checked, nothing presented
	ClientTLSCert   Client = "tls+cert"  // presents a certificate, does not check the server's
	ClientTLSVerify Client = "tlsverify" // checks the server's certificate, presents nothing
	ClientMutual    Client = "mutual"    // checks and presents
)

// Clients returns every client mode, in the order in which they are printed: the more is asked of a client, the later.
func Clients() []Client {
	return []Client{ClientPlain, ClientTLS, ClientTLSCert, ClientTLSVerify, ClientMutual}
}

// Verifies reports whether the client checks the server's certificate.
func (c Client) Verifies() bool { return c == ClientTLSVerify || c == ClientMutual }

// Presents reports whether the client has a certificate to present.
func (c Client) Presents() bool { return c == ClientTLSCert || c == ClientMutual }

// mode is what the client does.
func (c Client) mode() rule.Mode {
	if c == ClientPlain {
		return rule.Plain
	}
	m := rule.TLS
	if c.Verifies() {
		m |= rule.Verifies
	}
	if c.Presents() {
		m |= rule.Presents
	}
	return m
}

// Source is where a client gets its mode and material from.
type Source string

// Sources.
const (
	Flags   Source = "flags"
	Env     Source = "env"
	Home    Source = "home" // ~/.docker
	Context Source = "context"
)

// Material names the flaws of both sides; the zero value is good on both.
type Material struct {
	Server certgen.Flaw
	Client certgen.Flaw
}

// String gives "good", "server:expired", "client:other-ca" or "server:expired,client:other-ca".
func (m Material) String() string {
	switch {
	case m.Server != "" && m.Client != "":
		return "server:" + string(m.Server) + ",client:" + string(m.Client)
	case m.Server != "":
		return "server:" + string(m.Server)
	case m.Client != "":
		return "client:" + string(m.Client)
	}
	return "good"
}

// MarshalText gives the same text as String.
func (m Material) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
