package modes

import "strings"

// Outcome is the class of what happens in an entry. The classes are those of the recordings
// (tls/matrix.json, "outcome").
type Outcome string

// Outcomes.
const (
	// OK: an answer of the API came back, be it an error such as "No such image".
	OK Outcome = "ok"

	// The client stopped before it opened a connection.
	ConfigMissingFile     Outcome = "client-config-error-missing-file"      // a file that it needs does not exist
	ConfigBadMaterial     Outcome = "client-config-error-bad-material"      // a file holds no usable certificate or key
	ConfigKeyMismatch     Outcome = "client-config-error-key-mismatch"      // the private key is not that of the certificate
	ConfigEncryptedKey    Outcome = "client-config-error-encrypted-key"     // the private key is encrypted
	ConfigWeakCrypto      Outcome = "client-config-error-weak-crypto"       // the TLS library refuses the client's own key or signature
	ConfigUsage           Outcome = "client-config-error-usage"             // unknown flag, conflicting options or a host that cannot be parsed
	ConfigAtContextCreate Outcome = "client-config-error-at-context-create" // `docker context create` already refused
	TLSOverUnixFails      Outcome = "client-tls-over-unix-socket-fails"     // TLS settings made it forget the socket: it looks up the path as a host name
	ClientCrash           Outcome = "client-crash"                          // it panicked

	// The client refused the server's certificate.
	RejectsServerUnknownAuthority Outcome = "client-rejects-server-unknown-authority"  // no CA that it trusts has signed it
	RejectsServerHostname         Outcome = "client-rejects-server-hostname"           // it is for another name or address
	RejectsServerLegacyCN         Outcome = "client-rejects-server-hostname-legacy-cn" // the name is only in the common name
	RejectsServerExpired          Outcome = "client-rejects-server-expired"            // it has expired
	RejectsServerNotYetValid      Outcome = "client-rejects-server-not-yet-valid"      // its time has not begun
	RejectsServerEKU              Outcome = "client-rejects-server-eku"                // its extended key usage is not serverAuth
	RejectsServerWeakCrypto       Outcome = "client-rejects-server-weak-crypto"        // its key or signature is too weak, or its signature cannot be read with the CA's key
	RejectsServerOther            Outcome = "client-rejects-server-other"              // it cannot be read, or it breaks a rule that has no class of its own

	// The daemon refused the client.
	RejectsNoClientCert          Outcome = "server-rejects-no-client-cert"            // none was sent
	RejectsUnknownClientCA       Outcome = "server-rejects-unknown-client-ca"         // no CA that it trusts has signed it
	RejectsClientCertExpired     Outcome = "server-rejects-client-cert-expired"       // it has expired
	RejectsClientCertNotYetValid Outcome = "server-rejects-client-cert-not-yet-valid" // its time has not begun
	RejectsClientCertEKU         Outcome = "server-rejects-client-cert-eku"           // its extended key usage is not clientAuth
	RejectsClientCertOther       Outcome = "server-rejects-client-cert-other"         // it cannot be read, or it breaks a rule that has no class of its own

	// The two sides did not get as far as certificates.
	HTTPToHTTPS         Outcome = "http-to-https"         // the client spoke plain HTTP to a TLS listener
	HTTPSToHTTP         Outcome = "https-to-http"         // the client spoke TLS to a plain listener
	TLSHandshakeFailure Outcome = "tls-handshake-failure" // no common version, cipher suite or signature algorithm
	ConnectionRefused   Outcome = "connection-refused"    // nothing listens at the address
	NoSuchSocket        Outcome = "no-such-socket"        // the unix socket does not exist
	ConnectionClosed    Outcome = "connection-closed"     // the daemon closed it without an answer
	SSHCommandFailed    Outcome = "ssh-command-failed"    // the ssh program ended with an error

	// APIVersionMismatch: the daemon refused the API version that the client asked for.
	APIVersionMismatch Outcome = "api-version-mismatch"
	// DaemonRefusesToStart: the daemon did not come up with this configuration.
	DaemonRefusesToStart Outcome = "daemon-refuses-to-start"
)

// Classes of messages that no entry of the matrix gives. Only [Explain] has them.
const (
	PermissionDenied Outcome = "permission-denied"     // the user may not open the socket
	HandshakeTimeout Outcome = "tls-handshake-timeout" // the other side accepted the connection and did not answer in TLS
	NoSuchHost       Outcome = "no-such-host"          // the name in DOCKER_HOST is not known
	NoAnswer         Outcome = "no-answer"             // nobody accepted the connection in time
	DeniedByPlugin   Outcome = "denied-by-plugin"      // an authorization plugin forbids the request, or failed
	UpgradeRefused   Outcome = "upgrade-refused"       // something in between does not hand over a connection for attach or exec
)

// Outcomes lists every outcome that an entry can have, in the order of the constants.
func Outcomes() []Outcome {
	return []Outcome{
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

// What the outcomes begin with that are of one kind.
const (
	stopping       = "client-config-error-"
	refusingServer = "client-rejects-server-"
	refusingClient = "server-rejects-"
)

// StopsFirst reports whether the client stopped for its own settings or files, before it said anything to a daemon.
func (o Outcome) StopsFirst() bool { return strings.HasPrefix(string(o), stopping) }

// RefusesServer reports whether the client refused the daemon's certificate.
func (o Outcome) RefusesServer() bool { return strings.HasPrefix(string(o), refusingServer) }

// RefusesClient reports whether the daemon refused the client.
func (o Outcome) RefusesClient() bool { return strings.HasPrefix(string(o), refusingClient) }

// Detail is what the outcome says beyond who stopped or refused whom: "expired" of "client-rejects-server-expired". Of an outcome
// for which StopsFirst, RefusesServer and RefusesClient are false it is all.
func (o Outcome) Detail() string {
	for _, kind := range []string{stopping, refusingServer, refusingClient} {
		if detail, ok := strings.CutPrefix(string(o), kind); ok {
			return detail
		}
	}
	return string(o)
}

// A Refusal is the error of a program that stopped, with its configuration, before it opened a connection.
type Refusal struct {
	Outcome Outcome
	Why     string // a clause about the program, such as "it cannot read ca.pem: the file does not exist"
}

func (r *Refusal) Error() string { return string(r.Outcome) + ": " + r.Why }
