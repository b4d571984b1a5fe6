package conform

import "github.com/fakedockerd/fakedockerd/modes"

// What Go's HTTP server answers to plain HTTP on a TLS port. It is the only answer of dockerd in HTTP/1.0.
const (
	answeredHTTPToHTTPS = "HTTP/1.0 400 Bad Request"
	saidHTTPToHTTPS     = "Client sent an HTTP request to an HTTPS server"
)

// The tables below give the outcome of each text in the recordings (tls/matrix.json). Within a table the first rule
// that fits decides.

// daemonLog are the errors of the daemon's side of a handshake, as crypto/tls gives them and dockerd logs them.
var daemonLog = []rule{
	{modes.RejectsNoClientCert, []string{"client didn't provide a certificate"}},
	{modes.RejectsClientCertNotYetValid, []string{"failed to verify *certificate: *not yet valid*is before"}},
	{modes.RejectsClientCertExpired, []string{"failed to verify *certificate: *has expired"}},
	{modes.RejectsClientCertEKU, []string{"failed to verify *certificate: *incompatible key usage"}},
	{modes.RejectsUnknownClientCA, []string{"failed to verify *certificate: *unknown authority"}},
	{RejectsClientCertOther, []string{
		"failed to verify *certificate: ",
		"failed to parse client certificate",
		"invalid signature by the client certificate",
	}},
	{modes.TLSHandshakeFailure, []string{
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
	{modes.RejectsServerUnknownAuthority, []string{"unknown certificate authority"}},
	{modes.RejectsServerExpired, []string{"expired certificate"}},
	{modes.RejectsServerEKU, []string{"unsupported certificate"}},
	{modes.RejectsServerUnknownAuthority, []string{"bad certificate", "unknown certificate"}},
	{modes.TLSHandshakeFailure, []string{"handshake failure", "protocol version not supported"}},
}

// apiErrors are answers of the API that say what went wrong; any other one is an answer like a good one.
var apiErrors = []rule{
	{modes.APIVersionMismatch, []string{"client version *is too new", "client version *is too old"}},
	{modes.OK, []string{"Error response from daemon: "}},
}

// goLibrary is what Go programs say: the docker CLI, docker/docker/client, moby/moby/client and crypto/tls itself.
var goLibrary = []rule{
	{modes.ConfigAtContextCreate, []string{"context not found", `context "*" does not exist`, "unable to create docker endpoint config"}},
	{modes.ConfigUsage, []string{
		"nvalid bind address format",
		"onflicting options: ",
		"pecify only one -H",
		"ssh host connection is not valid",
		`"ssh": executable file not found`,
		"ssh resolves to executable in current directory",
		`parse "*invalid port`,
		`parse "*invalid URL escape`,
		"protocol not available",
		"unknown flag: ",
		"unknown shorthand flag: ",
		"flag needs an argument: ",
	}},
	{modes.ConfigEncryptedKey, []string{"private key is encrypted"}},
	{modes.ConfigKeyMismatch, []string{"private key does not match public key", "private key type does not match public key type"}},
	{modes.ConfigMissingFile, []string{"unable to resolve docker endpoint: open *: no such file or directory", "could not read CA certificate *: no such file or directory", "could not load X509 key pair: open *: no such file or directory"}},
	{modes.ConfigBadMaterial, []string{
		"ca.pem seems invalid",
		"failed to append certificates from PEM file",
		"failed to find any PEM data",
		"failed to find certificate PEM data",
		"failed to parse private key",
		"no valid private key found",
		"x509: malformed certificate",
	}},
	{modes.RejectsServerWeakCrypto, []string{"x509: *insecure algorithm"}},
	{modes.RejectsServerLegacyCN, []string{"relies on legacy Common Name field"}},
	{modes.RejectsServerHostname, []string{
		"x509: cannot validate certificate for ",
		"x509: certificate is valid for ",
		"x509: certificate is not valid for any names",
	}},
	{modes.RejectsServerNotYetValid, []string{"x509: *not yet valid*is before"}},
	{modes.RejectsServerExpired, []string{"x509: certificate has expired"}},
	{modes.RejectsServerEKU, []string{"x509: certificate specifies an incompatible key usage"}},
	{modes.RejectsServerUnknownAuthority, []string{"x509: certificate signed by unknown authority"}},
	{modes.RejectsNoClientCert, []string{"remote error: tls: certificate required"}},
	{modes.RejectsUnknownClientCA, []string{"remote error: tls: unknown certificate authority"}},
	{modes.RejectsClientCertExpired, []string{"remote error: tls: expired certificate"}},
	{modes.RejectsClientCertEKU, []string{"remote error: tls: bad certificate"}},
	{modes.TLSHandshakeFailure, []string{"remote error: tls: handshake failure", "protocol version not supported", "no application protocol"}},
	{modes.HTTPSToHTTP, []string{"server gave HTTP response to HTTPS client"}},
	{modes.TLSOverUnixFails, []string{"lookup /*: no such host"}},
	{modes.SSHCommandFailed, []string{"docker system dial-stdio] has exited with ", `"http://docker.example.com/*": EOF`}},
	{modes.NoSuchSocket, []string{"daemon at unix://", "docker API at unix://", "dial unix *: no such file or directory"}},
	{modes.ConnectionRefused, []string{"daemon at tcp://", "docker API at tcp://"}},
	{modes.ClientCrash, []string{"panic: "}},
	{modes.APIVersionMismatch, []string{"client version *is too new", "client version *is too old"}},
	{modes.OK, []string{"Error response from daemon: "}},
}

// openSSL is what curl with OpenSSL says, and in part what Python and Node do.
var openSSL = []rule{
	{modes.ConfigMissingFile, []string{"could not load PEM client certificate*No such file or directory"}},
	{modes.ConfigWeakCrypto, []string{"could not load PEM client certificate*key too small", "could not load PEM client certificate*md too weak"}},
	{modes.ConfigEncryptedKey, []string{"Enter PEM pass phrase"}},
	{modes.ConfigBadMaterial, []string{"curl: (58) ", "curl: (77) "}},
	{modes.RejectsServerWeakCrypto, []string{"certificate key too weak", "digest algorithm too weak", "wrong signature length", "asn1 encoding routines::EVP lib", "rsa routines::invalid padding"}},
	{modes.RejectsServerHostname, []string{
		"no alternative certificate subject name matches target host name",
		"certificate subject name *does not match target host name",
	}},
	{modes.RejectsServerNotYetValid, []string{"certificate is not yet valid"}},
	{modes.RejectsServerExpired, []string{"certificate has expired"}},
	{modes.RejectsServerEKU, []string{"unsuitable certificate purpose", "unsupported certificate purpose"}},
	{modes.RejectsServerUnknownAuthority, []string{
		"unable to get local issuer certificate",
		"unable to get issuer certificate",
		"unable to verify the first certificate",
		"self-signed certificate",
		"self signed certificate",
	}},
	{modes.RejectsNoClientCert, []string{"alert certificate required"}},
	{modes.RejectsUnknownClientCA, []string{"alert unknown ca"}},
	{modes.RejectsClientCertExpired, []string{"alert certificate expired"}},
	{modes.RejectsClientCertEKU, []string{"alert bad certificate", "alert unsupported certificate"}},
	{modes.TLSHandshakeFailure, []string{"alert handshake failure", "alert protocol version", "alert no application protocol"}},
	{modes.HTTPSToHTTP, []string{"wrong version number"}},
	{modes.ConnectionRefused, []string{"Couldn't connect to server"}},
}

// anyClient is what the operating system says through any client. It comes last: a refusal with TLS 1.3 reaches a
// client as a reset too.
var anyClient = []rule{
	{modes.ConnectionRefused, []string{"onnection refused", "actively refused it", "ECONNREFUSED"}},
	{modes.ConnectionClosed, []string{
		"onnection reset by peer", "broken pipe", "forcibly closed by the remote host",
		"unexpected EOF", ": EOF", "mpty reply from server", "getpeername() failed", "use of closed network connection",
	}},
}
