// Package outcome has the classes of what happens when a client meets a daemon, and what a class says by itself.
package outcome

import "strings"

// A Class is what happens, in the words of the matrix and of reports.
type Class string

// Classes.
const (
	// OK: an answer of the API came back, be it an error such as "No such image".
	OK Class = "ok"

	// The client stopped before it opened a connection.
	ConfigMissingFile     Class = "client-config-error-missing-file"      // a file that it needs does not exist
	ConfigBadMaterial     Class = "client-config-error-bad-material"      // a file holds no usable certificate or key
	ConfigKeyMismatch     Class = "client-config-error-key-mismatch"      // the private key is not that of the certificate
	ConfigEncryptedKey    Class = "client-config-error-encrypted-key"     // the private key is encrypted
	ConfigWeakCrypto      Class = "client-config-error-weak-crypto"       // the TLS library refuses the client's own key or signature
	ConfigUsage           Class = "client-config-error-usage"             // unknown flag, conflicting options or a host that cannot be parsed
	ConfigAtContextCreate Class = "client-config-error-at-context-create" // `docker context create` already refused
	TLSOverUnixFails      Class = "client-tls-over-unix-socket-fails"     // TLS settings made it forget the socket: it looks up the path as a host name
	ClientCrash           Class = "client-crash"                          // it panicked

	// The client refused the server's certificate.
	RejectsServerUnknownAuthority Class = "client-rejects-server-unknown-authority"  // no CA that it trusts has signed it
	RejectsServerHostname         Class = "client-rejects-server-hostname"           // it is for another name or address
	RejectsServerLegacyCN         Class = "client-rejects-server-hostname-legacy-cn" // the name is only in the common name
	RejectsServerExpired          Class = "client-rejects-server-expired"            // it has expired
	RejectsServerNotYetValid      Class = "client-rejects-server-not-yet-valid"      // its time has not begun
	RejectsServerEKU              Class = "client-rejects-server-eku"                // its extended key usage is not serverAuth
	RejectsServerWeakCrypto       Class = "client-rejects-server-weak-crypto"        // its key or signature is too weak, or its signature cannot be read with the CA's key
	RejectsServerOther            Class = "client-rejects-server-other"              // it cannot be read, or it breaks a rule that has no class of its own

	// The daemon refused the client.
	RejectsNoClientCert          Class = "server-rejects-no-client-cert"            // none was sent
	RejectsUnknownClientCA       Class = "server-rejects-unknown-client-ca"         // no CA that it trusts has signed it
	RejectsClientCertExpired     Class = "server-rejects-client-cert-expired"       // it has expired
	RejectsClientCertNotYetValid Class = "server-rejects-client-cert-not-yet-valid" // its time has not begun
	RejectsClientCertEKU         Class = "server-rejects-client-cert-eku"           // its extended key usage is not clientAuth
	RejectsClientCertOther       Class = "server-rejects-client-cert-other"         // it cannot be read, or it breaks a rule that has no class of its own

	// The two sides did not get as far as certificates.
	HTTPToHTTPS         Class = "http-to-https"         // the client spoke plain HTTP to a TLS listener
	HTTPSToHTTP         Class = "https-to-http"         // the client spoke TLS to a plain listener
	TLSHandshakeFailure Class = "tls-handshake-failure" // no common version, cipher suite or signature algorithm
	ConnectionRefused   Class = "connection-refused"    // nothing listens at the address
	NoSuchSocket        Class = "no-such-socket"        // the unix socket does not exist
	ConnectionClosed    Class = "connection-closed"     // the daemon closed it without an answer
	SSHCommandFailed    Class = "ssh-command-failed"    // the ssh program ended with an error

	// APIVersionMismatch: the daemon refused the API version that the client asked for.
	APIVersionMismatch Class = "api-version-mismatch"
	// DaemonRefusesToStart: the daemon did not come up with this configuration.
	DaemonRefusesToStart Class = "daemon-refuses-to-start"
)

// Classes of messages that no entry of the matrix gives. Only modes.Explain has them.
const (
	PermissionDenied Class = "permission-denied"     // the user may not open the socket
	HandshakeTimeout Class = "tls-handshake-timeout" // the other side accepted the connection and did not answer in TLS
	NoSuchHost       Class = "no-such-host"          // the name in DOCKER_HOST is not known
	NoAnswer         Class = "no-answer"             // nobody accepted the connection in time
	DeniedByPlugin   Class = "denied-by-plugin"      // an authorization plugin forbids the request, or failed
	UpgradeRefused   Class = "upgrade-refused"       // something in between does not hand over a connection for attach or exec
)

// All lists every class that an entry can have, in the order of the constants.
func All() []Class {
	return []Class{
		OK,
		ConfigMissingFile, ConfigBadMaterial, ConfigKeyMismatch, ConfigEncryptedKey, ConfigWeakCrypto, ConfigUsage, ConfigAtContextCreate,
		TLSOverUnixFails, ClientCrash,
		RejectsServerUnknownAuthority, RejectsServerHostname, RejectsServerLegacyCN, RejectsServerExpired, RejectsServerNotYetValid,
		RejectsServerEKU, RejectsServerWeakCrypto, RejectsServerOther,
		RejectsNoClientCert, RejectsUnknownClientCA, RejectsClientCertExpired, RejectsClientCertNotYetValid, RejectsClientCertEKU,
		RejectsClientCertOther,
		HTTPToHTTPS, HTTPSToHTTP, TLSHandshakeFailure, ConnectionRefused, NoSuchSocket, ConnectionClosed, SSHCommandFailed,
		APIVersionMismatch, DaemonRefusesToStart,
	}
}

// What the classes begin with that are of one kind.
const (
	stopping       = "client-config-error-"
	refusingServer = "client-rejects-server-"
	refusingClient = "server-rejects-"
)

// StopsFirst reports whether the client stopped for its own settings or files, before it said anything to a daemon.
func (o Class) StopsFirst() bool { return strings.HasPrefix(string(o), stopping) }

// RefusesServer reports whether the client refused the daemon's certificate.
func (o Class) RefusesServer() bool { return strings.HasPrefix(string(o), refusingServer) }

// RefusesClient reports whether the daemon refused the client.
func (o Class) RefusesClient() bool { return strings.HasPrefix(string(o), refusingClient) }

// Detail is what the class says beyond who stopped or refused whom: "expired" of "client-rejects-server-expired". Of a
// class for which StopsFirst, RefusesServer and RefusesClient are false it is all.
func (o Class) Detail() string {
	for _, kind := range []string{stopping, refusingServer, refusingClient} {
		if detail, ok := strings.CutPrefix(string(o), kind); ok {
			return detail
		}
	}
	return string(o)
}
