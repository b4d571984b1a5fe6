package rule

import (
	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A serverFlaw is what clients make of a flaw of the daemon's side.
type serverFlaw struct {
	name certgen.Flaw
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
	{name: certgen.Expired, checked: every(outcome.RejectsServerExpired), why: "the server's certificate has expired"},
	{name: certgen.NotYetValid, checked: every(outcome.RejectsServerNotYetValid), why: "the server's certificate is not valid yet"},
	{name: certgen.DatesReversed, checked: every(outcome.RejectsServerNotYetValid).but(nodeLib, outcome.RejectsServerExpired), why: "the server's certificate ends before it begins"},
	{name: certgen.OtherCA}, // a client may trust that CA
	{name: certgen.SelfSigned, checked: every(unknownCA), why: "the server's certificate is self-signed and is not in the client's ca.pem"},
	{name: certgen.OtherCASameSubject, checked: every(unknownCA).but(curlLib, weakCrypto),
		why: "the CA that signed the server's certificate has the name of the trusted one and another key"},
	{name: certgen.IssuerMismatch, checked: every(unknownCA), why: "the server's certificate names an issuer that the client does not trust"},
	{name: certgen.AKIMismatch, checked: split("", unknownCA), why: "OpenSSL looks for the key that the certificate names as its issuer's",
		but: "Go tries the trusted CA although the certificate names another key"},
	{name: certgen.SubjectIsIssuer, checked: split("", unknownCA), why: "OpenSSL takes a certificate whose subject is its issuer for a self-signed one",
		but: "Go looks at the signature, not at the subject"},

	{name: certgen.WrongUsage, checked: every(wrongUsage), why: "the server's certificate is for clients (extendedKeyUsage clientAuth)"},
	{name: certgen.EKUCodesign, checked: every(wrongUsage), why: "the server's certificate is for signing code (extendedKeyUsage codeSigning)"},
	{name: certgen.EKUAny, checked: split("", wrongUsage), why: "OpenSSL does not take the extendedKeyUsage any for serverAuth", but: "Go takes the extendedKeyUsage any for serverAuth"},
	{name: certgen.EKUEmpty, checked: split("", wrongUsage), why: "OpenSSL finds no serverAuth in an empty extendedKeyUsage", but: "Go takes an empty extendedKeyUsage for none"},
	{name: certgen.KeyUsageCRLSign, checked: split("", wrongUsage), why: "OpenSSL wants a keyUsage of a server", but: "Go does not look at the keyUsage of a server"},
	{name: certgen.InterWrongUsage, checked: every(wrongUsage), why: "the intermediate CA is for clients (extendedKeyUsage clientAuth)"},
	{name: certgen.RootWrongUsage, checked: every(wrongUsage), why: "the CA is for clients (extendedKeyUsage clientAuth)"},

	{name: certgen.InterIncomplete, checked: every(unknownCA), why: "the daemon does not send the intermediate CA that signed its certificate"},
	{name: certgen.InterTrustedAsRoot, checked: outcomes{pythonLib: unknownCA, nodeLib: unknownCA},
		why: "the chain ends with an intermediate CA, which OpenSSL takes for no root by default", but: "any certificate in ca.pem is a root"},
	{name: certgen.CrossSigned, checked: split("", unknownCA), why: "OpenSSL follows the first certificate of the intermediate CA to a root that nobody trusts, and does not go back",
		but: "Go tries the other certificate of the intermediate CA"},
	{name: certgen.LeafTrusted, checked: outcomes{pythonLib: unknownCA, nodeLib: unknownCA},
		why: "the chain ends with the server's own certificate, which OpenSSL takes for no root by default", but: "any certificate in ca.pem is a root"},
	{name: certgen.InterNotCA, checked: every(unknownCA).but(nodeLib, wrongUsage), why: "the intermediate certificate is not that of a CA"},
	{name: certgen.InterNoBasicConstraints, checked: every(unknownCA), why: "the intermediate certificate does not say that it is that of a CA"},
	{name: certgen.RootNotCA, checked: every(unknownCA).but(nodeLib, wrongUsage), why: "the certificate in ca.pem is not that of a CA"},
	{name: certgen.RootNoKeycertsign, checked: every(unknownCA), why: "the keyUsage of the CA does not allow it to sign certificates"},
	{name: certgen.RootNoBasicConstraints, checked: split(unknownCA, ""), why: "the certificate in ca.pem does not say that it is that of a CA",
		but: "OpenSSL takes a self-signed certificate without basicConstraints for that of a CA"},
	{name: certgen.ExpiredIntermediate, checked: every(outcome.RejectsServerExpired), why: "the intermediate CA has expired"},
	{name: certgen.ExpiredRoot, checked: every(outcome.RejectsServerExpired), why: "the CA has expired"},
	{name: certgen.NotYetValidRoot, checked: every(outcome.RejectsServerNotYetValid), why: "the CA is not valid yet"},
	{name: certgen.RootRSA1024, checked: outcomes{curlLib: weakCrypto, pythonLib: weakCrypto}, why: "OpenSSL finds the CA's key of 1024 bits too weak",
		but: "Go and Node take a key of 1024 bits"},
	{name: certgen.RootEmptySubject, checked: outcomes{curlLib: otherReason}, why: "curl finds no issuer's name in the server's certificate", but: "the issuer's name may be empty"},
	{name: certgen.PathlenExceeded, checked: every(otherReason), why: "the CA allows no intermediate CA below it"},
	{name: certgen.NameConstraints, checked: every(otherReason), why: "the CA may not sign for this host"},
	{name: certgen.NameConstraintsDN, checked: split(otherReason, ""), why: "Go does not know constraints of subjects, which are critical", but: "OpenSSL knows constraints of subjects"},
	{name: certgen.CriticalUnknownExtension, checked: every(otherReason), why: "the server's certificate has a critical extension that nobody knows"},
	{name: certgen.RootCriticalUnknownExtension, checked: every(otherReason), why: "the CA has a critical extension that nobody knows"},

	{name: certgen.SHA1Sig, checked: every(weakCrypto), why: "the server's certificate is signed over SHA-1"},
	{name: certgen.MD5Sig, checked: every(weakCrypto), why: "the server's certificate is signed over MD5"},
	{name: certgen.FlippedSignature, checked: every(unknownCA).but(curlLib, weakCrypto), why: "the signature of the server's certificate is not that of the CA"},
	{name: certgen.ChangedTBS, checked: every(unknownCA).but(curlLib, weakCrypto), why: "the server's certificate was changed after it was signed"},
	{name: certgen.KeyRSA1024, checked: outcomes{curlLib: weakCrypto, pythonLib: weakCrypto}, why: "OpenSSL finds a key of 1024 bits too weak", but: "Go and Node take a key of 1024 bits"},
	{name: certgen.KeyRSA512, anyway: every(outcome.TLSHandshakeFailure), tls13: true, checked: split("", weakCrypto), why: "a key of 512 bits is too small for the daemon to sign with"},
	{name: certgen.KeyP224, anyway: every(outcome.TLSHandshakeFailure), why: "the daemon cannot sign with a key of the curve P-224"},
	{name: certgen.ProofOfPossession, anyway: every(otherReason), why: "the daemon does not have the key of its certificate"},
	{name: certgen.TenThousandNames, anyway: split("", otherReason).but(cli20Lib, otherReason), why: "OpenSSL reads no more than 100 KB of certificates, Go 1.19 no more than 64 KiB",
		but: "Go reads 256 KiB of certificates"},

	// A Go program could not load these; the daemon presents them all the same.
	{name: certgen.InnerOuterSigalg, anyway: split(otherReason, ""), checked: split("", unknownCA), why: "the server's certificate names two signature algorithms"},
	{name: certgen.DuplicateExtension, anyway: split(otherReason, ""), checked: split("", unknownCA), why: "the server's certificate has an extension twice"},
	{name: certgen.TrailingBytes, anyway: every(otherReason), why: "there are bytes behind the server's certificate"},
	{name: certgen.NegativeSerial, anyway: outcomes{goLib: otherReason}, why: "Go reads no negative serial number",
		but: "OpenSSL, and Go with the settings of the released CLI, read a negative serial number"},
	{name: certgen.SANRawUTF8, anyway: split(otherReason, ""), why: "Go reads no DNS name that is not ASCII", but: "OpenSSL passes over a DNS name that is not ASCII"},
	{name: certgen.SANIP5Octets, anyway: split(otherReason, ""), why: "Go reads no IP address of five octets", but: "OpenSSL passes over an IP address of five octets"},
	{name: certgen.CertThenCorrupt, anyway: every(otherReason), why: "a certificate that the daemon sends cannot be read"},

	{name: certgen.InterComplete}, {name: certgen.InterCompletePlusRoot}, {name: certgen.ChainReversed}, {name: certgen.LeafTwice},
	{name: certgen.UnrelatedInChain}, {name: certgen.ExpiredInChain}, {name: certgen.SelfSignedTrusted}, {name: certgen.CAIsLeaf},
	{name: certgen.EKUNone}, {name: certgen.EKUBoth}, {name: certgen.EKUCritical}, {name: certgen.NoKeyUsage}, {name: certgen.CATrue}, {name: certgen.NoKeyIDs},
	{name: certgen.NotAfter9999}, {name: certgen.NotBefore1950}, {name: certgen.EmptySubject}, {name: certgen.NoCN},
	{name: certgen.DeadRevocationURLs}, {name: certgen.Revoked}, {name: certgen.MustStaple}, {name: certgen.ThousandNames},
	{name: certgen.KeyRSA2047}, {name: certgen.KeyRSA2048}, {name: certgen.KeyRSA3072}, {name: certgen.KeyRSA4096},
	{name: certgen.KeyP256}, {name: certgen.KeyP384}, {name: certgen.KeyP521}, {name: certgen.KeyEd25519},
	{name: certgen.SHA384Sig}, {name: certgen.SHA512Sig}, {name: certgen.RSAPSS}, {name: certgen.SerialZero}, {name: certgen.Serial24Octets},
	{name: certgen.RootV1}, {name: certgen.RootNoKeyUsage}, {name: certgen.RootNoSKI}, {name: certgen.RootBasicConstraintsNotCritical},
	{name: certgen.RootPathlenZero}, {name: certgen.RootEd25519}, {name: certgen.RootSHA1Sig},
}

// A serverName is what clients make of the name in a certificate that is for the right host otherwise, dialled by
// name and by address.
type serverName struct {
	name              certgen.Flaw
	byName, byAddress outcomes
	byIPv6            outcomes // beyond byAddress
	commonName        bool     // the certificate has no other name
	why, but          string
}

// goOnly is an outcome for Go alone.
func goOnly(o outcome.Class) outcomes { return split(o, "") }

// serverNames are the flaws in the names of a server (certificates.md, 2a).
var serverNames = []serverName{
	{name: certgen.WrongHostname, byName: every(wrongHost), byAddress: every(wrongHost), why: "the server's certificate is for another host"},
	{name: certgen.CACertAsServerCert, byName: every(wrongHost), byAddress: every(wrongHost), why: "the daemon presents the CA's certificate, which is for no host"},
	{name: certgen.CNOnly, commonName: true, byName: goOnly(outcome.RejectsServerLegacyCN), byAddress: goOnly(wrongHost).but(nodeLib, wrongHost),
		why: "the name is only in the common name, which does not count", but: "without a subjectAltName the common name counts"},
	{name: certgen.DNSSANOnly, byAddress: every(wrongHost), why: "the server's certificate has no address in its subjectAltName", but: "the name is in the subjectAltName"},
	{name: certgen.IPSANOnly, byName: every(wrongHost).but(nodeLib, ""), why: "the server's certificate has addresses alone in its subjectAltName",
		but: "Node takes the common name when the subjectAltName has no DNS name"},
	{name: certgen.Wildcard, byAddress: every(wrongHost), why: "a wildcard stands for no address", but: "the wildcard stands for the name"},
	{name: certgen.WildcardAll, byName: every(wrongHost).but(pythonLib, "").but(cli20Lib, ""), byAddress: every(wrongHost), why: "the name * stands for no host",
		but: "Python and Go 1.19 take * for a host without a domain"},
	{name: certgen.WildcardPartial, byName: every(wrongHost).but(pythonLib, ""), byAddress: every(wrongHost), why: "a part of a label is no wildcard", but: "Python takes a part of a label for a wildcard"},
	{name: certgen.SANEmpty, commonName: true, byName: goOnly(wrongHost), byAddress: goOnly(wrongHost).but(nodeLib, wrongHost), why: "the subjectAltName has no name", but: "the common name counts when the subjectAltName has no DNS name"},
	{name: certgen.SANURIOnly, commonName: true, byName: goOnly(wrongHost), byAddress: goOnly(wrongHost).but(nodeLib, wrongHost), why: "the subjectAltName has no name of a host", but: "the common name counts when the subjectAltName has no DNS name"},
	{name: certgen.SANIPAsDNS, byAddress: every(wrongHost), why: "an address that is written as a DNS name does not count", but: "the name is in the subjectAltName"},
	{name: certgen.SANV4InV6, byAddress: split("", wrongHost), why: "OpenSSL compares the 16 octets of the address", but: "Go compares addresses, however they are written"},
	{name: certgen.SANTrailingDot, byName: goOnly(wrongHost).but(pythonLib, wrongHost), byAddress: every(wrongHost),
		why: "the name in the certificate ends with a dot", but: "a dot at the end of a name does not count"},
	{name: certgen.SANTrailingBlank, byName: every(wrongHost), byAddress: every(wrongHost), why: "the name in the certificate ends with a blank"},
	{name: certgen.SANNul, byName: every(wrongHost), byAddress: every(wrongHost), why: "the name in the certificate has a NUL in it"},
	{name: certgen.SANSemicolon, byName: every(wrongHost), byAddress: every(wrongHost), why: "the subjectAltName is joined with semicolons, which makes one DNS name of it"},
	{name: certgen.UpperCaseSAN}, {name: certgen.UnderscoreSAN},
	{name: certgen.NoIPv6SAN, byIPv6: every(wrongHost), why: "the server's certificate has no IPv6 address in its subjectAltName"},
}
