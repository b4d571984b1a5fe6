package modes

import "strings"

// A Speaker is a program or library whose words tell an outcome.
type Speaker string

// Speakers.
const (
	GoWords      Speaker = "go"      // Go programs: the docker CLI, the Go clients and crypto/tls itself
	OpenSSLWords Speaker = "openssl" // curl, Python and Node with OpenSSL
	SystemWords  Speaker = "system"  // what the operating system says through any client; it decides last
	DaemonWords  Speaker = "daemon"  // the daemon's errors of a handshake, as crypto/tls gives them and dockerd logs them
	AlertWords   Speaker = "alert"   // the alerts with which a client refuses the daemon's certificate, as crypto/tls names them
	APIWords     Speaker = "api"     // answers of the API that say what went wrong
)

// Speakers are those whose words clients of the family use; of a family that is not known they are those of every library.
func (f Family) Speakers() []Speaker {
	switch f {
	case FamilyDocker, FamilyDocker20, FamilyGo, FamilyGoClient, FamilyGoDockerClient:
		return []Speaker{GoWords}
	case FamilyCurl, FamilyDockerPy, FamilyDockerode:
		return []Speaker{OpenSSLWords}
	}
	return []Speaker{GoWords, OpenSSLWords}
}

// Recognize returns the outcome that a speaker's words tell, "" when they tell none.
func (s Speaker) Recognize(text string) Outcome {
	for _, r := range words[s] {
		for _, p := range r.patterns {
			if fits(p, text) {
				return r.outcome
			}
		}
	}
	return ""
}

var words = map[Speaker][]rule{
	GoWords: goLibrary, OpenSSLWords: openSSL, SystemWords: anyClient, DaemonWords: daemonLog, AlertWords: alertToDaemon, APIWords: apiErrors,
}

// A rule gives the outcome of a text that contains all parts of one of its patterns; "*" separates the parts.
type rule struct {
	outcome  Outcome
	patterns []string
}

// fits says whether the parts of pattern occur in text in their order.
func fits(pattern, text string) bool {
	for part := range strings.SplitSeq(pattern, "*") {
		_, rest, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = rest
	}
	return true
}

// The tables below give the outcome of each text in the recordings (tls/matrix.json). Within a table the first rule
// that fits decides.

// daemonLog are the errors of the daemon's side of a handshake, as crypto/tls gives them and dockerd logs them.
var daemonLog = []rule{
	{RejectsNoClientCert, []string{"client didn't provide a certificate"}},
	{RejectsClientCertNotYetValid, []string{"failed to verify *certificate: *not yet valid*is before"}},
	{RejectsClientCertExpired, []string{"failed to verify *certificate: *has expired"}},
	{RejectsClientCertEKU, []string{"failed to verify *certificate: *incompatible key usage"}},
	{RejectsUnknownClientCA, []string{"failed to verify *certificate: *unknown authority"}},
	{RejectsClientCertOther, []string{
		"failed to verify *certificate: ",
		"failed to parse client certificate",
		"invalid signature by the client certificate",
		"handshake message of length",
	}},
	{TLSHandshakeFailure, []string{
		"no cipher suite supported",
		"no key exchanges supported",
		"offered only unsupported versions",
		"requested unsupported application protocols",
		"doesn't support any of the certificate's signature algorithms",
		"key size too small for supported signature algorithms",
	}},
}

// alertToDaemon are the alerts with which a client refuses the daemon's certificate, for clients whose words say
// nothing. Go sends "bad certificate" whatever is wrong.
var alertToDaemon = []rule{
	{RejectsServerUnknownAuthority, []string{"unknown certificate authority"}},
	{RejectsServerExpired, []string{"expired certificate"}},
	{RejectsServerEKU, []string{"unsupported certificate"}},
	{RejectsServerUnknownAuthority, []string{"bad certificate", "unknown certificate"}},
	{TLSHandshakeFailure, []string{"handshake failure", "protocol version not supported"}},
}

// apiErrors are answers of the API that say what went wrong; any other one is an answer like a good one.
var apiErrors = []rule{
	{APIVersionMismatch, []string{"client version *is too new", "client version *is too old"}},
	{OK, []string{"Error response from daemon: "}},
}

// goLibrary is what Go programs say: the docker CLI, docker/docker/client, moby/moby/client and crypto/tls itself.
var goLibrary = []rule{
	{ConfigAtContextCreate, []string{"context not found", `context "*" does not exist`, "unable to create docker endpoint config"}},
	{RejectsServerOther, []string{
		"tls: failed to parse certificate from server",
		"invalid signature by the server certificate",
		"tls: handshake message of length",
		"x509: unhandled critical extension",
		"x509: too many intermediates for path length constraint",
		"is not authorized to sign for this name",
	}},
	{ConfigUsage, []string{
		"nvalid bind address format",
		"onflicting options: ",
		"pecify only one -H",
		"ssh host connection is not valid",
		`"ssh": executable file not found`,
		"ssh resolves to executable in current directory",
		`parse "*invalid port`,
		`parse "*invalid URL escape`,
		"protocol not available",
		"unable to parse docker host ",
		"into two parts by ://",
		"unsupported protocol scheme ",
		"either ServerName or InsecureSkipVerify must be specified",
		"unknown flag: ",
		"unknown shorthand flag: ",
		"flag needs an argument: ",
	}},
	{ConfigEncryptedKey, []string{"private key is encrypted"}},
	{ConfigKeyMismatch, []string{"private key does not match public key", "private key type does not match public key type"}},
	{ConfigMissingFile, []string{"unable to resolve docker endpoint: open *: no such file or directory", "could not read CA certificate *: no such file or directory", "could not load X509 key pair: open *: no such file or directory"}},
	{ConfigBadMaterial, []string{
		"ca.pem seems invalid",
		"the CA holds no certificate",
		"client certificate: x509: ",
		": is a directory",
		`failed to find "CERTIFICATE" PEM block`,
		"failed to append certificates from PEM file",
		"could not add RootCA pem",
		"failed to find any PEM data",
		"failed to find certificate PEM data",
		"failed to parse private key",
		"x509: certificate contains duplicate extension",
		"x509: inner and outer signature algorithm",
		"x509: negative serial number",
		"x509: trailing data",
		"no valid private key found",
		"x509: malformed certificate",
		`failed to find "CERTIFICATE" PEM block`,
		": is a directory",
		"tls info: x509: ", "key pair: x509: ", "client certificate: x509: ",
		"the CA holds no certificate",
	}},
	{RejectsServerWeakCrypto, []string{"x509: *insecure algorithm"}},
	{RejectsServerLegacyCN, []string{"relies on legacy Common Name field"}},
	{RejectsServerHostname, []string{
		"x509: cannot validate certificate for ",
		"x509: certificate is valid for ",
		"x509: certificate is not valid for any names",
	}},
	{RejectsServerNotYetValid, []string{"x509: *not yet valid*is before"}},
	{RejectsServerExpired, []string{"x509: certificate has expired"}},
	{RejectsServerEKU, []string{"x509: certificate specifies an incompatible key usage"}},
	{RejectsServerUnknownAuthority, []string{"x509: certificate signed by unknown authority"}},
	{RejectsServerOther, []string{
		"x509: too many intermediates for path length constraint",
		"x509: *is not authorized to sign for this name",
		"x509: unhandled critical extension",
	}},
	{RejectsNoClientCert, []string{"remote error: tls: certificate required"}},
	{RejectsUnknownClientCA, []string{"remote error: tls: unknown certificate authority"}},
	{RejectsClientCertExpired, []string{"remote error: tls: expired certificate"}},
	{RejectsClientCertEKU, []string{"remote error: tls: bad certificate"}},
	{TLSHandshakeFailure, []string{"remote error: tls: handshake failure", "protocol version not supported", "no application protocol"}},
	{HTTPSToHTTP, []string{"server gave HTTP response to HTTPS client"}},
	{TLSOverUnixFails, []string{"lookup /*: no such host"}},
	{SSHCommandFailed, []string{"docker system dial-stdio] has exited with ", `"http://docker.example.com/*": EOF`, `"http://docker.example.com/*": write |1: `}},
	{NoSuchSocket, []string{"daemon at unix://", "docker API at unix://", "dial unix *: no such file or directory"}},
	{ConnectionRefused, []string{"daemon at tcp://", "docker API at tcp://", "cannot connect to Docker endpoint"}},
	{ClientCrash, []string{"panic: "}},
	{APIVersionMismatch, []string{"client version *is too new", "client version *is too old"}},
	{OK, []string{"Error response from daemon: "}},
}

// openSSL is what curl with OpenSSL says, and in part what Python and Node do.
var openSSL = []rule{
	{ConfigUsage, []string{"nvalid bind address format", "DOCKER_HOST env variable should be something like"}},
	{ConfigMissingFile, []string{"could not load PEM client certificate*No such file or directory", "ENOENT: no such file or directory, open"}},
	{ConfigWeakCrypto, []string{"ee key too small", "ca md too weak"}},
	{ConfigEncryptedKey, []string{"Enter PEM pass phrase", "password is required", "bad decrypt"}},
	{ConfigKeyMismatch, []string{"key values mismatch", "NO_CERTIFICATE_ASSIGNED"}},
	{RejectsServerOther, []string{"curl: (35) *asn1 encoding routines::too long"}},
	{ConfigBadMaterial, []string{
		"curl: (58) ", "curl: (77) ",
		"TLSParameterError", "] PEM lib", "[PEM] ASN1 lib", "codec can't decode byte", "does not contain 'BEGIN CERTIFICATE'", "no certificate or crl found", "INVALID_CERTIFICATE] invalid certificate",
		"PEM routines::", "DECODER routines::unsupported", "asn1 encoding routines::too long", "asn1 encoding routines::wrong tag", "EISDIR: ",
	}},
	{RejectsServerOther, []string{
		"unhandled critical extension", "path length constraint exceeded", "permitted subtree violation", "excluded subtree violation",
		"bad signature", "length mismatch", "excessive message size", "[SSL] ASN1 lib", "ASN1_get_object:too long",
		"couldn't get X509-issuer name",
	}},
	{RejectsServerWeakCrypto, []string{"certificate key too weak", "digest algorithm too weak", "wrong signature length", "asn1 encoding routines::EVP lib", "rsa routines::invalid padding"}},
	{RejectsServerHostname, []string{
		"no alternative certificate subject name matches target host name",
		"certificate subject name *does not match target host name",
		"CertificateError*doesn't match",
		"does not match certificate's altnames",
	}},
	{RejectsServerNotYetValid, []string{"certificate is not yet valid"}},
	{RejectsServerExpired, []string{"certificate has expired"}},
	{RejectsServerEKU, []string{"unsuitable certificate purpose", "unsupported certificate purpose"}},
	{RejectsServerUnknownAuthority, []string{
		"unable to get local issuer certificate",
		"unable to get issuer certificate",
		"unable to verify the first certificate",
		"self-signed certificate",
		"self signed certificate",
		"certificate signature failure",
		"invalid CA certificate",
		"key usage does not include certificate signing",
		"invalid CA certificate",
		"X509 V3 routines::invalid certificate",
	}},
	{RejectsServerOther, []string{
		"couldn't get X509-issuer name",
		"path length constraint exceeded",
		"subtree violation",
		"unhandled critical extension",
		"SSL routines::bad signature",
		"SSL routines::excessive message size",
		"SSL routines::cert length mismatch",
		"asn1 encoding routines::too long",
	}},
	{RejectsNoClientCert, []string{"alert certificate required"}},
	{RejectsUnknownClientCA, []string{"alert unknown ca"}},
	{RejectsClientCertExpired, []string{"alert certificate expired"}},
	{RejectsClientCertEKU, []string{"alert bad certificate", "alert unsupported certificate"}},
	{TLSHandshakeFailure, []string{"alert handshake failure", "wrong curve", "alert protocol version", "alert no application protocol"}},
	{HTTPSToHTTP, []string{"wrong version number"}},
	{ConnectionRefused, []string{"Couldn't connect to server"}},
	{NoSuchSocket, []string{"connect ENOENT ", "FileNotFoundError(2, "}},
}

// anyClient is what the operating system says through any client. It comes last: a refusal with TLS 1.3 reaches a
// client as a reset too.
var anyClient = []rule{
	{ConnectionRefused, []string{"onnection refused", "actively refused it", "ECONNREFUSED"}},
	{ConnectionClosed, []string{
		"onnection reset by peer", "broken pipe", "forcibly closed by the remote host",
		"unexpected EOF", ": EOF", "socket hang up", "mpty reply from server", "getpeername() failed", "use of closed network connection",
	}},
}
