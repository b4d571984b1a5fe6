// Package modes declares the matrix of Docker daemon modes and client modes, and the rule that says
// what must happen in each entry and why. It is data: it opens no connection and reads no file.
package modes

// Daemon is a daemon mode, named by behaviour and not by how it is spelled.
type Daemon string

// Daemon modes.
const (
	Unix      Daemon = "unix"      // plain HTTP over a unix socket
	TCP       Daemon = "tcp"       // plain HTTP over TCP
	TLS       Daemon = "tls"       // encrypted, clients are not authenticated: --tls --tlsverify=false
	TLSVerify Daemon = "tlsverify" // encrypted, clients are authenticated: --tlsverify
	SSH       Daemon = "ssh"       // over an ssh connection
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

// Source is where a client gets its mode and material from.
type Source string

// Sources.
const (
	Flags   Source = "flags"
	Env     Source = "env"
	Home    Source = "home" // ~/.docker
	Context Source = "context"
)

// Family is a group of clients that behave alike because they share a TLS library and configuration rules.
type Family string

// Families.
const (
	FamilyDocker Family = "docker" // the docker CLI
	FamilyGo     Family = "go"     // Go's crypto/tls used directly
	FamilyCurl   Family = "curl"   // curl with OpenSSL
)

// Outcome is the class of what happens in an entry. The classes are those of the recordings.
type Outcome string

// Material names the flaws of both sides; the zero value is good on both. The names are those of certgen.Flaw.
type Material struct {
	Server string
	Client string
}
