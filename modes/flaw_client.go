package modes

import "github.com/fakedockerd/fakedockerd/modes/outcome"

// A clientFlaw is what becomes of a certificate with a flaw of the client's side.
type clientFlaw struct {
	name string
	// stops is with what a client ends that is to present it.
	stops outcomes
	// foreign says that its issuer is none of the CAs that the daemon names, so that Go leaves it out.
	foreign bool
	// asked is what comes of it with a client that is asked for it, before the daemon looks at it: most often that it cannot
	// sign with its key and so leaves it out.
	asked outcomes
	// tls13 says that asked is so in TLS 1.3 alone.
	tls13 bool
	// daemon is what a daemon that authenticates clients answers.
	daemon outcome.Class
	why    string // of who refuses, a clause
	but    string // of who accepts although others refuse, a clause
}

// clientFlaws are the flaws of certificates and chains in certificates.md, 2b, and in the recordings' section
// client-cert-conditions. What a file holds is in fileFlaws.
var clientFlaws = []clientFlaw{
	{name: flawExpired, daemon: outcome.RejectsClientCertExpired, why: "the client's certificate has expired"},
	{name: flawNotYetValid, daemon: outcome.RejectsClientCertNotYetValid, why: "the client's certificate is not valid yet"},
	{name: "dates-reversed", daemon: outcome.RejectsClientCertNotYetValid, why: "the client's certificate ends before it begins"},
	{name: "expired-intermediate", daemon: outcome.RejectsClientCertExpired, why: "the intermediate CA has expired"},
	{name: "expired-root", daemon: outcome.RejectsClientCertExpired, why: "the CA has expired"},
	{name: "not-yet-valid-root", daemon: outcome.RejectsClientCertNotYetValid, why: "the CA is not valid yet"},

	{name: flawOtherCA, daemon: outcome.RejectsUnknownClientCA, why: "the daemon does not trust the CA that signed the client's certificate"},
	{name: flawSelfSigned, foreign: true, daemon: outcome.RejectsUnknownClientCA, why: "the client's certificate is self-signed"},
	{name: flawOtherCASameName, daemon: outcome.RejectsUnknownClientCA, why: "the CA that signed the client's certificate has the name of the trusted one and another key"},
	{name: "issuer-mismatch", foreign: true, daemon: outcome.RejectsUnknownClientCA, why: "the client's certificate names an issuer that the daemon does not trust"},
	{name: "inter-without-chain", foreign: true, daemon: outcome.RejectsUnknownClientCA, why: "the client does not send the intermediate CA that signed its certificate"},
	{name: "leaf-trusted", foreign: true, why: "the issuer of the client's certificate is not trusted, the certificate itself is",
		but: "the daemon trusts the client's certificate itself"},
	{name: "inter-not-ca", daemon: outcome.RejectsUnknownClientCA, why: "the intermediate certificate is not that of a CA"},
	{name: "inter-no-basic-constraints", daemon: outcome.RejectsUnknownClientCA, why: "the intermediate certificate does not say that it is that of a CA"},
	{name: "root-not-ca", daemon: outcome.RejectsUnknownClientCA, why: "the certificate that the daemon trusts is not that of a CA"},
	{name: "root-no-keycertsign", daemon: outcome.RejectsUnknownClientCA, why: "the keyUsage of the CA does not allow it to sign certificates"},
	{name: "root-no-basic-constraints", daemon: outcome.RejectsUnknownClientCA, why: "the certificate that the daemon trusts does not say that it is that of a CA"},
	{name: "flipped-signature", daemon: outcome.RejectsUnknownClientCA, why: "the signature of the client's certificate is not that of the CA"},
	{name: "changed-tbs", daemon: outcome.RejectsUnknownClientCA, why: "the client's certificate was changed after it was signed"},
	{name: "sha1-sig", stops: split("", outcome.ConfigWeakCrypto), daemon: outcome.RejectsUnknownClientCA, why: "the client's certificate is signed over SHA-1"},
	{name: "md5-sig", stops: split("", outcome.ConfigWeakCrypto), daemon: outcome.RejectsUnknownClientCA, why: "the client's certificate is signed over MD5"},

	{name: flawWrongUsage, daemon: outcome.RejectsClientCertEKU, why: "the client's certificate is for servers (extendedKeyUsage serverAuth)"},
	{name: "server-cert-as-client", daemon: outcome.RejectsClientCertEKU, why: "the client presents the server's certificate, which is for servers (extendedKeyUsage serverAuth)"},
	{name: "eku-codesign", daemon: outcome.RejectsClientCertEKU, why: "the client's certificate is for signing code (extendedKeyUsage codeSigning)"},
	{name: "inter-wrong-usage", daemon: outcome.RejectsClientCertEKU, why: "the intermediate CA is for servers (extendedKeyUsage serverAuth)"},
	{name: "root-wrong-usage", daemon: outcome.RejectsClientCertEKU, why: "the CA is for servers (extendedKeyUsage serverAuth)"},

	{name: "critical-unknown-extension", daemon: outcome.RejectsClientCertOther, why: "the client's certificate has a critical extension that nobody knows"},
	{name: "root-critical-unknown-extension", daemon: outcome.RejectsClientCertOther, why: "the CA has a critical extension that nobody knows"},
	{name: "pathlen-exceeded", daemon: outcome.RejectsClientCertOther, why: "the CA allows no intermediate CA below it"},
	{name: "name-constraints", daemon: outcome.RejectsClientCertOther, why: "the CA may not sign for the names of the client's certificate"},
	{name: "name-constraints-dn", daemon: outcome.RejectsClientCertOther, why: "Go does not know constraints of subjects, which are critical"},

	{name: "key-rsa512", stops: split("", outcome.ConfigWeakCrypto), asked: goOnly(outcome.RejectsNoClientCert), why: "a key of 512 bits is too small to sign with"},
	{name: "key-rsa1024", stops: outcomes{curlLib: outcome.ConfigWeakCrypto, pythonLib: outcome.ConfigWeakCrypto}, why: "OpenSSL finds a key of 1024 bits too weak",
		but: "Go and Node take a key of 1024 bits"},
	{name: "key-p224", asked: every(outcome.RejectsNoClientCert).but(pythonLib, ""), tls13: true, why: "TLS 1.3 has no signatures with a key of the curve P-224",
		but: "TLS 1.2 has signatures with a key of the curve P-224"},
	{name: "ten-thousand-names", asked: outcomes{curlLib: outcome.ConnectionClosed, nodeLib: outcome.ConnectionClosed}, tls13: true,
		why: "the daemon cannot put the client's certificate into a session ticket and panics", but: "the client asks for no session ticket, or speaks TLS 1.2"},
	{name: "proof-of-possession", stops: every(outcome.ConfigKeyMismatch).but(curlLib, outcome.ConfigBadMaterial), why: "the client does not have the key of its certificate"},

	{name: "inner-outer-sigalg", stops: goOnly(outcome.ConfigBadMaterial), daemon: outcome.RejectsClientCertOther, why: "the client's certificate names two signature algorithms"},
	{name: "duplicate-extension", stops: every(outcome.ConfigBadMaterial).but(nodeLib, ""), daemon: outcome.RejectsClientCertOther, why: "the client's certificate has an extension twice"},
	{name: "trailing-bytes", stops: every(outcome.ConfigBadMaterial), why: "there are bytes behind the client's certificate"},
	{name: "negative-serial", stops: outcomes{goLib: outcome.ConfigBadMaterial}, daemon: outcome.RejectsClientCertOther, why: "Go reads no negative serial number"},
	{name: "cert-then-corrupt", stops: split("", outcome.ConfigBadMaterial), daemon: outcome.RejectsClientCertOther, why: "a certificate that the client sends cannot be read"},

	{name: "inter-with-chain"}, {name: "inter-with-chain-and-root"}, {name: "inter-trusted-as-root"}, {name: "cross-signed"},
	{name: "chain-reversed"}, {name: "leaf-twice"}, {name: "unrelated-in-chain"}, {name: "expired-in-chain"},
	{name: "self-signed-trusted"}, {name: "ca-is-leaf"}, {name: "ca-cert-as-client"},
	{name: "aki-mismatch"}, {name: "subject-is-issuer"}, {name: "eku-any"}, {name: "eku-empty"}, {name: "eku-none"}, {name: "eku-both"},
	{name: "eku-critical"}, {name: "key-usage-crl-sign"}, {name: "key-usage-key-encipherment"}, {name: "no-key-usage"}, {name: "ca-true"},
	{name: "no-key-ids"}, {name: "not-after-9999"}, {name: "not-before-1950"}, {name: "empty-subject"}, {name: "no-cn"},
	{name: "dead-revocation-urls"}, {name: "revoked"}, {name: "must-staple"}, {name: "thousand-names"},
	{name: "key-rsa2047"}, {name: "key-rsa2048"}, {name: "key-rsa3072"}, {name: "key-rsa4096"},
	{name: "key-p256"}, {name: "key-p384"}, {name: "key-p521"}, {name: "key-ed25519"},
	{name: "sha384-sig"}, {name: "sha512-sig"}, {name: "rsa-pss"}, {name: "serial-zero"}, {name: "serial-24-octets"},
	{name: "root-rsa1024"}, {name: "root-empty-subject"}, {name: "root-v1"}, {name: "root-no-key-usage"}, {name: "root-no-ski"},
	{name: "root-basic-constraints-not-critical"}, {name: "root-pathlen-zero"}, {name: "root-ed25519"}, {name: "root-sha1-sig"},
}

// oldGo are the flaws that a daemon judges otherwise when it is built with an older Go (dockerd 20.10.24 of Debian, with Go 1.19).
var oldGo = map[string]struct {
	daemon   outcome.Class
	why, but string
}{
	"negative-serial":    {but: "a daemon built with Go before 1.23 reads a negative serial number"},
	"ten-thousand-names": {daemon: outcome.RejectsClientCertOther, why: "a daemon built with Go before 1.22 reads no handshake message of more than 64 KiB"},
}
