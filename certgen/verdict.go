package certgen

// A Verdict is what programs say of the material of one side, as measured with Go 1.26, docker CLI
// 28.2, OpenSSL 3.0 and curl 7.88 (certificates.md of the recordings, part 2). Its zero value is
// that they all take it. Texts have {dir}, {ca} (the common name of a CA), {now}, {notBefore} and
// {notAfter} in the place of what is another each time.
type Verdict struct {
	// Load is what a Go program says that reads the side's own files: dockerd, which does not start,
	// or a client of docker/docker/client, which does not dial. With a flaw of a file nobody else
	// sees anything; with any other, the rest is about a program that sends it all the same.
	Load string `json:"load,omitempty"`
	// Go is the error of the other side's handshake with crypto/tls. Of a client's certificate it
	// is the daemon's, for one that is sent whatever the daemon asks for.
	Go string `json:"go,omitempty"`
	// Docker is what the docker CLI says, for its own side with TLS 1.3. A Go client, as it is,
	// keeps a certificate to itself of which the daemon does not ask for the issuer; it then
	// says "certificate required". Where the daemon refuses it with TLS 1.3 it is now and then
	// that the connection is reset.
	Docker string `json:"docker,omitempty"`
	// OpenSSL is the error of the other side's verification with OpenSSL (X509_V_ERR_...), as
	// printed by openssl s_client and s_server without -partial_chain; OtherError when the
	// handshake fails with none. It is 0 as well for the files of the daemon and where only Load says
	// something: see Curl.
	OpenSSL int `json:"openssl,omitempty"`
	// Curl is the exit code of curl as the client, over TLS 1.2, where it does not depend on chance.
	Curl int `json:"curl,omitempty"`
}

// OtherError is a handshake with OpenSSL that fails, and not because a certificate is refused.
const OtherError = -1

// Accepted reports whether Go, the docker CLI and curl take the material. OpenSSL's own programs
// trust no anchor but a root without -partial_chain, which curl and every Go program do.
func (v Verdict) Accepted() bool {
	return v.Load == "" && v.Go == "" && v.Docker == "" && v.Curl == 0
}

// verdicts are those of one flaw. What is nil is accepted; ip is as name unless it is set.
type verdicts struct {
	name, ip, client *Verdict
	why              string
}

func refused(x509Text string, openssl, curl int) *Verdict {
	return &Verdict{Go: notVerified + x509Text, Docker: notVerified + x509Text, OpenSSL: openssl, Curl: curl}
}

// sent is of a client's certificate, and the alert that the docker CLI gets.
func sent(x509Text, alert string, openssl, curl int) *Verdict {
	return &Verdict{Go: notVerified + x509Text, Docker: "remote error: tls: " + alert, OpenSSL: openssl, Curl: curl}
}

// failed is of a handshake that fails for another cause than a certificate that is refused.
func failed(text string, openssl, curl int) *Verdict {
	return &Verdict{Go: text, Docker: text, OpenSSL: openssl, Curl: curl}
}

// notStarted is of a daemon that cannot use its certificate and key.
func notStarted(cause string) *Verdict { return &Verdict{Load: noPair + cause} }

// notLoaded is of a client that cannot use its certificate and key, notOpened of one that cannot open them.
func notLoaded(cause string, curl int) *Verdict {
	return &Verdict{Load: noClientPair + cause, Docker: contextTLS + cause, Curl: curl}
}

func notOpened(cause string, curl int) *Verdict {
	return &Verdict{Load: noClientPair + cause, Docker: "unable to resolve docker endpoint: " + cause, Curl: curl}
}

// What programs put before the cause.
const (
	notVerified  = "tls: failed to verify certificate: "
	noPair       = `error reading X509 key pair - make sure the key is not encrypted (cert: "{dir}/server-cert.pem", key: "{dir}/server-key.pem"): `
	noPairFile   = `could not load X509 key pair (cert: "{dir}/server-cert.pem", key: "{dir}/server-key.pem"): `
	noClientPair = "could not load X509 key pair: "
	contextTLS   = "failed to retrieve context tls info: "
)

// Causes that several flaws have.
const (
	unknownCA    = "x509: certificate signed by unknown authority"
	hasEnded     = "x509: certificate has expired or is not yet valid: current time {now} is after {notAfter}"
	notBegun     = "x509: certificate has expired or is not yet valid: current time {now} is before {notBefore}"
	wrongUsage   = "x509: certificate specifies an incompatible key usage"
	noIPSANs     = "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"
	noNames      = "x509: certificate is not valid for any names, but wanted to match docker.example.test"
	unhandled    = "x509: unhandled critical extension"
	badSignature = `x509: certificate signed by unknown authority (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate "{ca}")`
	noSigner     = `x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate" while trying to verify candidate authority certificate "{ca}")`
)
