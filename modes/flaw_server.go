package modes

import "github.com/fakedockerd/fakedockerd/modes/outcome"

// A serverFlaw is what clients make of a flaw of the daemon's side.
type serverFlaw struct {
	name string
	// checked is what clients do that check the server's certificate.
	checked outcomes
	// anyway is what all clients do; it comes first. With tls13 it is so in TLS 1.3 alone.
	anyway outcomes
	tls13  bool
	why    string // of those that refuse, a clause
	but    string // of those that accept although others refuse, a clause
}

const (
	unknownCA   = outcome.RejectsServerUnknownAuthority
	weakCrypto  = outcome.RejectsServerWeakCrypto
	wrongUsage  = outcome.RejectsServerEKU
	otherReason = outcome.RejectsServerOther
	wrongHost   = outcome.RejectsServerHostname
)

// serverFlaws are the flaws of certificates and chains in certificates.md, 2a, and in the recordings' section
// server-cert-conditions. Where a name is wrong is in serverNames, what a file holds in fileFlaws.
var serverFlaws = []serverFlaw{
	{name: flawExpired, checked: every(outcome.RejectsServerExpired), why: "the server's certificate has expired"},
	{name: flawNotYetValid, checked: every(outcome.RejectsServerNotYetValid), why: "the server's certificate is not valid yet"},
	{name: "dates-reversed", checked: every(outcome.RejectsServerNotYetValid).but(nodeLib, outcome.RejectsServerExpired), why: "the server's certificate ends before it begins"},
	{name: flawSelfSigned, checked: every(unknownCA), why: "the server's certificate is self-signed and is not in the client's ca.pem"},
	{name: flawOtherCASameName, checked: every(unknownCA).but(curlLib, weakCrypto),
		why: "the CA that signed the server's certificate has the name of the trusted one and another key"},
	{name: "issuer-mismatch", checked: every(unknownCA), why: "the server's certificate names an issuer that the client does not trust"},
	{name: "aki-mismatch", checked: split("", unknownCA), why: "OpenSSL looks for the key that the certificate names as its issuer's",
		but: "Go tries the trusted CA although the certificate names another key"},
	{name: "subject-is-issuer", checked: split("", unknownCA), why: "OpenSSL takes a certificate whose subject is its issuer for a self-signed one",
		but: "Go looks at the signature, not at the subject"},

	{name: flawWrongUsage, checked: every(wrongUsage), why: "the server's certificate is for clients (extendedKeyUsage clientAuth)"},
	{name: "eku-codesign", checked: every(wrongUsage), why: "the server's certificate is for signing code (extendedKeyUsage codeSigning)"},
	{name: "eku-any", checked: split("", wrongUsage), why: "OpenSSL does not take the extendedKeyUsage any for serverAuth", but: "Go takes the extendedKeyUsage any for serverAuth"},
	{name: "eku-empty", checked: split("", wrongUsage), why: "OpenSSL finds no serverAuth in an empty extendedKeyUsage", but: "Go takes an empty extendedKeyUsage for none"},
	{name: "key-usage-crl-sign", checked: split("", wrongUsage), why: "OpenSSL wants a keyUsage of a server", but: "Go does not look at the keyUsage of a server"},
	{name: "inter-wrong-usage", checked: every(wrongUsage), why: "the intermediate CA is for clients (extendedKeyUsage clientAuth)"},
	{name: "root-wrong-usage", checked: every(wrongUsage), why: "the CA is for clients (extendedKeyUsage clientAuth)"},

	{name: "inter-incomplete", checked: every(unknownCA), why: "the daemon does not send the intermediate CA that signed its certificate"},
	{name: "inter-trusted-as-root", checked: outcomes{pythonLib: unknownCA, nodeLib: unknownCA},
		why: "the chain ends with an intermediate CA, which OpenSSL takes for no root by default", but: "any certificate in ca.pem is a root"},
	{name: "cross-signed", checked: split("", unknownCA), why: "OpenSSL follows the first certificate of the intermediate CA to a root that nobody trusts, and does not go back",
		but: "Go tries the other certificate of the intermediate CA"},
	{name: "leaf-trusted", checked: outcomes{pythonLib: unknownCA, nodeLib: unknownCA},
		why: "the chain ends with the server's own certificate, which OpenSSL takes for no root by default", but: "any certificate in ca.pem is a root"},
	{name: "inter-not-ca", checked: every(unknownCA).but(nodeLib, wrongUsage), why: "the intermediate certificate is not that of a CA"},
	{name: "inter-no-basic-constraints", checked: every(unknownCA), why: "the intermediate certificate does not say that it is that of a CA"},
	{name: "root-not-ca", checked: every(unknownCA).but(nodeLib, wrongUsage), why: "the certificate in ca.pem is not that of a CA"},
	{name: "root-no-keycertsign", checked: every(unknownCA), why: "the keyUsage of the CA does not allow it to sign certificates"},
	{name: "root-no-basic-constraints", checked: split(unknownCA, ""), why: "the certificate in ca.pem does not say that it is that of a CA",
		but: "OpenSSL takes a self-signed certificate without basicConstraints for that of a CA"},
	{name: "expired-intermediate", checked: every(outcome.RejectsServerExpired), why: "the intermediate CA has expired"},
	{name: "expired-root", checked: every(outcome.RejectsServerExpired), why: "the CA has expired"},
	{name: "not-yet-valid-root", checked: every(outcome.RejectsServerNotYetValid), why: "the CA is not valid yet"},
	{name: "root-rsa1024", checked: outcomes{curlLib: weakCrypto, pythonLib: weakCrypto}, why: "OpenSSL finds the CA's key of 1024 bits too weak",
		but: "Go and Node take a key of 1024 bits"},
	{name: "root-empty-subject", checked: outcomes{curlLib: otherReason}, why: "curl finds no issuer's name in the server's certificate", but: "the issuer's name may be empty"},
	{name: "pathlen-exceeded", checked: every(otherReason), why: "the CA allows no intermediate CA below it"},
	{name: "name-constraints", checked: every(otherReason), why: "the CA may not sign for this host"},
	{name: "name-constraints-dn", checked: split(otherReason, ""), why: "Go does not know constraints of subjects, which are critical", but: "OpenSSL knows constraints of subjects"},
	{name: "critical-unknown-extension", checked: every(otherReason), why: "the server's certificate has a critical extension that nobody knows"},
	{name: "root-critical-unknown-extension", checked: every(otherReason), why: "the CA has a critical extension that nobody knows"},

	{name: "sha1-sig", checked: every(weakCrypto), why: "the server's certificate is signed over SHA-1"},
	{name: "md5-sig", checked: every(weakCrypto), why: "the server's certificate is signed over MD5"},
	{name: "flipped-signature", checked: every(unknownCA).but(curlLib, weakCrypto), why: "the signature of the server's certificate is not that of the CA"},
	{name: "changed-tbs", checked: every(unknownCA).but(curlLib, weakCrypto), why: "the server's certificate was changed after it was signed"},
	{name: "key-rsa1024", checked: outcomes{curlLib: weakCrypto, pythonLib: weakCrypto}, why: "OpenSSL finds a key of 1024 bits too weak", but: "Go and Node take a key of 1024 bits"},
	{name: "key-rsa512", anyway: every(outcome.TLSHandshakeFailure), tls13: true, checked: split("", weakCrypto), why: "a key of 512 bits is too small for the daemon to sign with"},
	{name: "key-p224", anyway: every(outcome.TLSHandshakeFailure), why: "the daemon cannot sign with a key of the curve P-224"},
	{name: "proof-of-possession", anyway: every(otherReason), why: "the daemon does not have the key of its certificate"},
	{name: "ten-thousand-names", anyway: split("", otherReason).but(cli20Lib, otherReason), why: "OpenSSL reads no more than 100 KB of certificates, Go 1.19 no more than 64 KiB",
		but: "Go reads 256 KiB of certificates"},

	// A Go program could not load these; the daemon presents them all the same.
	{name: "inner-outer-sigalg", anyway: split(otherReason, ""), checked: split("", unknownCA), why: "the server's certificate names two signature algorithms"},
	{name: "duplicate-extension", anyway: split(otherReason, ""), checked: split("", unknownCA), why: "the server's certificate has an extension twice"},
	{name: "trailing-bytes", anyway: every(otherReason), why: "there are bytes behind the server's certificate"},
	{name: "negative-serial", anyway: outcomes{goLib: otherReason}, why: "Go reads no negative serial number",
		but: "OpenSSL, and Go with the settings of the released CLI, read a negative serial number"},
	{name: "san-raw-utf8", anyway: split(otherReason, ""), why: "Go reads no DNS name that is not ASCII", but: "OpenSSL passes over a DNS name that is not ASCII"},
	{name: "san-ip-5-octets", anyway: split(otherReason, ""), why: "Go reads no IP address of five octets", but: "OpenSSL passes over an IP address of five octets"},
	{name: "cert-then-corrupt", anyway: every(otherReason), why: "a certificate that the daemon sends cannot be read"},

	{name: "inter-complete"}, {name: "inter-complete-plus-root"}, {name: "chain-reversed"}, {name: "leaf-twice"},
	{name: "unrelated-in-chain"}, {name: "expired-in-chain"}, {name: "self-signed-trusted"}, {name: "ca-is-leaf"},
	{name: "eku-none"}, {name: "eku-both"}, {name: "eku-critical"}, {name: "no-key-usage"}, {name: "ca-true"}, {name: "no-key-ids"},
	{name: "not-after-9999"}, {name: "not-before-1950"}, {name: "empty-subject"}, {name: "no-cn"},
	{name: "dead-revocation-urls"}, {name: "revoked"}, {name: "must-staple"}, {name: "thousand-names"},
	{name: "key-rsa2047"}, {name: "key-rsa2048"}, {name: "key-rsa3072"}, {name: "key-rsa4096"},
	{name: "key-p256"}, {name: "key-p384"}, {name: "key-p521"}, {name: "key-ed25519"},
	{name: "sha384-sig"}, {name: "sha512-sig"}, {name: "rsa-pss"}, {name: "serial-zero"}, {name: "serial-24-octets"},
	{name: "root-v1"}, {name: "root-no-key-usage"}, {name: "root-no-ski"}, {name: "root-basic-constraints-not-critical"},
	{name: "root-pathlen-zero"}, {name: "root-ed25519"}, {name: "root-sha1-sig"},
}

// A serverName is what clients make of the name in a certificate that is for the right host otherwise, dialled by
// name and by address.
type serverName struct {
	name              string
	byName, byAddress outcomes
	byIPv6            outcomes // beyond byAddress
	why, but          string
}

// goOnly is an outcome for Go alone.
func goOnly(o outcome.Class) outcomes { return split(o, "") }

// serverNames are the flaws in the names of a server (certificates.md, 2a).
var serverNames = []serverName{
	{name: flawOtherHost, byName: every(wrongHost), byAddress: every(wrongHost), why: "the server's certificate is for another host"},
	{name: "ca-cert-as-server-cert", byName: every(wrongHost), byAddress: every(wrongHost), why: "the daemon presents the CA's certificate, which is for no host"},
	{name: flawCommonNameOnly, byName: goOnly(outcome.RejectsServerLegacyCN), byAddress: goOnly(wrongHost).but(nodeLib, wrongHost),
		why: "the name is only in the common name, which does not count", but: "without a subjectAltName the common name counts"},
	{name: "dns-san-only", byAddress: every(wrongHost), why: "the server's certificate has no address in its subjectAltName", but: "the name is in the subjectAltName"},
	{name: "ip-san-only", byName: every(wrongHost).but(nodeLib, ""), why: "the server's certificate has addresses alone in its subjectAltName",
		but: "Node takes the common name when the subjectAltName has no DNS name"},
	{name: "wildcard", byAddress: every(wrongHost), why: "a wildcard stands for no address", but: "the wildcard stands for the name"},
	{name: "wildcard-all", byName: every(wrongHost).but(pythonLib, "").but(cli20Lib, ""), byAddress: every(wrongHost), why: "the name * stands for no host",
		but: "Python and Go 1.19 take * for a host without a domain"},
	{name: "wildcard-partial", byName: every(wrongHost).but(pythonLib, ""), byAddress: every(wrongHost), why: "a part of a label is no wildcard", but: "Python takes a part of a label for a wildcard"},
	{name: "san-empty", byName: goOnly(wrongHost), byAddress: goOnly(wrongHost).but(nodeLib, wrongHost), why: "the subjectAltName has no name", but: "the common name counts when the subjectAltName has no DNS name"},
	{name: "san-uri-only", byName: goOnly(wrongHost), byAddress: goOnly(wrongHost).but(nodeLib, wrongHost), why: "the subjectAltName has no name of a host", but: "the common name counts when the subjectAltName has no DNS name"},
	{name: "san-ip-as-dns", byAddress: every(wrongHost), why: "an address that is written as a DNS name does not count", but: "the name is in the subjectAltName"},
	{name: "san-v4-in-v6", byAddress: split("", wrongHost), why: "OpenSSL compares the 16 octets of the address", but: "Go compares addresses, however they are written"},
	{name: "san-trailing-dot", byName: goOnly(wrongHost).but(pythonLib, wrongHost), byAddress: every(wrongHost),
		why: "the name in the certificate ends with a dot", but: "a dot at the end of a name does not count"},
	{name: "san-trailing-blank", byName: every(wrongHost), byAddress: every(wrongHost), why: "the name in the certificate ends with a blank"},
	{name: "san-nul", byName: every(wrongHost), byAddress: every(wrongHost), why: "the name in the certificate has a NUL in it"},
	{name: "san-semicolon", byName: every(wrongHost), byAddress: every(wrongHost), why: "the subjectAltName is joined with semicolons, which makes one DNS name of it"},
	{name: "upper-case-san"}, {name: "underscore-san"},
	{name: flawNoIPv6, byIPv6: every(wrongHost), why: "the server's certificate has no IPv6 address in its subjectAltName"},
}
