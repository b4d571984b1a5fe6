package rule

import (
	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A clientFlaw is what becomes of a certificate with a flaw of the client's side.
type clientFlaw struct {
	name certgen.Flaw
	// stops is with what a client ends that is to present it.
	stops outcomes
	// foreign says that its issuer is none of the CAs that the daemon names, so that Go leaves it out.
	foreign bool
	// asked is what comes of it with a client that is asked for it, before the daemon looks at it: most often that it
	// cannot sign with its key and so leaves it out.
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
	{name: certgen.Expired, daemon: outcome.RejectsClientCertExpired, why: "the client's certificate has expired"},
	{name: certgen.NotYetValid, daemon: outcome.RejectsClientCertNotYetValid, why: "the client's certificate is not valid yet"},
	{name: certgen.DatesReversed, daemon: outcome.RejectsClientCertNotYetValid, why: "the client's certificate ends before it begins"},
	{name: certgen.ExpiredIntermediate, daemon: outcome.RejectsClientCertExpired, why: "the intermediate CA has expired"},
	{name: certgen.ExpiredRoot, daemon: outcome.RejectsClientCertExpired, why: "the CA has expired"},
	{name: certgen.NotYetValidRoot, daemon: outcome.RejectsClientCertNotYetValid, why: "the CA is not valid yet"},

	{name: certgen.OtherCA, daemon: outcome.RejectsUnknownClientCA, why: "the daemon does not trust the CA that signed the client's certificate"},
	{name: certgen.SelfSigned, foreign: true, daemon: outcome.RejectsUnknownClientCA, why: "the client's certificate is self-signed"},
	{name: certgen.OtherCASameSubject, daemon: outcome.RejectsUnknownClientCA, why: "the CA that signed the client's certificate has the name of the trusted one and another key"},
	{name: certgen.IssuerMismatch, foreign: true, daemon: outcome.RejectsUnknownClientCA, why: "the client's certificate names an issuer that the daemon does not trust"},
	{name: certgen.InterWithoutChain, foreign: true, daemon: outcome.RejectsUnknownClientCA, why: "the client does not send the intermediate CA that signed its certificate"},
	{name: certgen.LeafTrusted, foreign: true, why: "the issuer of the client's certificate is not trusted, the certificate itself is",
		but: "the daemon trusts the client's certificate itself"},
	{name: certgen.InterNotCA, daemon: outcome.RejectsUnknownClientCA, why: "the intermediate certificate is not that of a CA"},
	{name: certgen.InterNoBasicConstraints, daemon: outcome.RejectsUnknownClientCA, why: "the intermediate certificate does not say that it is that of a CA"},
	{name: certgen.RootNotCA, daemon: outcome.RejectsUnknownClientCA, why: "the certificate that the daemon trusts is not that of a CA"},
	{name: certgen.RootNoKeycertsign, daemon: outcome.RejectsUnknownClientCA, why: "the keyUsage of the CA does not allow it to sign certificates"},
	{name: certgen.RootNoBasicConstraints, daemon: outcome.RejectsUnknownClientCA, why: "the certificate that the daemon trusts does not say that it is that of a CA"},
	{name: certgen.FlippedSignature, daemon: outcome.RejectsUnknownClientCA, why: "the signature of the client's certificate is not that of the CA"},
	{name: certgen.ChangedTBS, daemon: outcome.RejectsUnknownClientCA, why: "the client's certificate was changed after it was signed"},
	{name: certgen.SHA1Sig, stops: split("", outcome.ConfigWeakCrypto), daemon: outcome.RejectsUnknownClientCA, why: "the client's certificate is signed over SHA-1"},
	{name: certgen.MD5Sig, stops: split("", outcome.ConfigWeakCrypto), daemon: outcome.RejectsUnknownClientCA, why: "the client's certificate is signed over MD5"},

	{name: certgen.WrongUsage, daemon: outcome.RejectsClientCertEKU, why: "the client's certificate is for servers (extendedKeyUsage serverAuth)"},
	{name: certgen.ServerCertAsClient, daemon: outcome.RejectsClientCertEKU, why: "the client presents the server's certificate, which is for servers (extendedKeyUsage serverAuth)"},
	{name: certgen.EKUCodesign, daemon: outcome.RejectsClientCertEKU, why: "the client's certificate is for signing code (extendedKeyUsage codeSigning)"},
	{name: certgen.InterWrongUsage, daemon: outcome.RejectsClientCertEKU, why: "the intermediate CA is for servers (extendedKeyUsage serverAuth)"},
	{name: certgen.RootWrongUsage, daemon: outcome.RejectsClientCertEKU, why: "the CA is for servers (extendedKeyUsage serverAuth)"},

	{name: certgen.CriticalUnknownExtension, daemon: outcome.RejectsClientCertOther, why: "the client's certificate has a critical extension that nobody knows"},
	{name: certgen.RootCriticalUnknownExtension, daemon: outcome.RejectsClientCertOther, why: "the CA has a critical extension that nobody knows"},
	{name: certgen.PathlenExceeded, daemon: outcome.RejectsClientCertOther, why: "the CA allows no intermediate CA below it"},
	{name: certgen.NameConstraints, daemon: outcome.RejectsClientCertOther, why: "the CA may not sign for the names of the client's certificate"},
	{name: certgen.NameConstraintsDN, daemon: outcome.RejectsClientCertOther, why: "Go does not know constraints of subjects, which are critical"},

	{name: certgen.KeyRSA512, stops: split("", outcome.ConfigWeakCrypto), asked: goOnly(outcome.RejectsNoClientCert), why: "a key of 512 bits is too small to sign with"},
	{name: certgen.KeyRSA1024, stops: outcomes{curlLib: outcome.ConfigWeakCrypto, pythonLib: outcome.ConfigWeakCrypto}, why: "OpenSSL finds a key of 1024 bits too weak",
		but: "Go and Node take a key of 1024 bits"},
	{name: certgen.KeyP224, asked: every(outcome.RejectsNoClientCert).but(pythonLib, ""), tls13: true, why: "TLS 1.3 has no signatures with a key of the curve P-224",
		but: "TLS 1.2 has signatures with a key of the curve P-224"},
	{name: certgen.TenThousandNames, asked: outcomes{curlLib: outcome.ConnectionClosed, nodeLib: outcome.ConnectionClosed}, tls13: true,
		why: "the daemon cannot put the client's certificate into a session ticket and panics", but: "the client asks for no session ticket, or speaks TLS 1.2"},
	{name: certgen.ProofOfPossession, stops: every(outcome.ConfigKeyMismatch).but(curlLib, outcome.ConfigBadMaterial), why: "the client does not have the key of its certificate"},

	{name: certgen.InnerOuterSigalg, stops: goOnly(outcome.ConfigBadMaterial), daemon: outcome.RejectsClientCertOther, why: "the client's certificate names two signature algorithms"},
	{name: certgen.DuplicateExtension, stops: every(outcome.ConfigBadMaterial).but(nodeLib, ""), daemon: outcome.RejectsClientCertOther, why: "the client's certificate has an extension twice"},
	{name: certgen.TrailingBytes, stops: every(outcome.ConfigBadMaterial), why: "there are bytes behind the client's certificate"},
	{name: certgen.NegativeSerial, stops: outcomes{goLib: outcome.ConfigBadMaterial}, daemon: outcome.RejectsClientCertOther, why: "Go reads no negative serial number"},
	{name: certgen.CertThenCorrupt, stops: split("", outcome.ConfigBadMaterial), daemon: outcome.RejectsClientCertOther, why: "a certificate that the client sends cannot be read"},

	{name: certgen.InterWithChain}, {name: certgen.InterWithChainAndRoot}, {name: certgen.InterTrustedAsRoot}, {name: certgen.CrossSigned},
	{name: certgen.ChainReversed}, {name: certgen.LeafTwice}, {name: certgen.UnrelatedInChain}, {name: certgen.ExpiredInChain},
	{name: certgen.SelfSignedTrusted}, {name: certgen.CAIsLeaf}, {name: certgen.CACertAsClient},
	{name: certgen.AKIMismatch}, {name: certgen.SubjectIsIssuer}, {name: certgen.EKUAny}, {name: certgen.EKUEmpty}, {name: certgen.EKUNone}, {name: certgen.EKUBoth},
	{name: certgen.EKUCritical}, {name: certgen.KeyUsageCRLSign}, {name: certgen.KeyUsageKeyEncipherment}, {name: certgen.NoKeyUsage}, {name: certgen.CATrue},
	{name: certgen.NoKeyIDs}, {name: certgen.NotAfter9999}, {name: certgen.NotBefore1950}, {name: certgen.EmptySubject}, {name: certgen.NoCN},
	{name: certgen.DeadRevocationURLs}, {name: certgen.Revoked}, {name: certgen.MustStaple}, {name: certgen.ThousandNames},
	{name: certgen.KeyRSA2047}, {name: certgen.KeyRSA2048}, {name: certgen.KeyRSA3072}, {name: certgen.KeyRSA4096},
	{name: certgen.KeyP256}, {name: certgen.KeyP384}, {name: certgen.KeyP521}, {name: certgen.KeyEd25519},
	{name: certgen.SHA384Sig}, {name: certgen.SHA512Sig}, {name: certgen.RSAPSS}, {name: certgen.SerialZero}, {name: certgen.Serial24Octets},
	{name: certgen.RootRSA1024}, {name: certgen.RootEmptySubject}, {name: certgen.RootV1}, {name: certgen.RootNoKeyUsage}, {name: certgen.RootNoSKI},
	{name: certgen.RootBasicConstraintsNotCritical}, {name: certgen.RootPathlenZero}, {name: certgen.RootEd25519}, {name: certgen.RootSHA1Sig},
}

// oldGo are the flaws that a daemon judges otherwise when it is built with an older Go (dockerd 20.10.24 of Debian,
// with Go 1.19).
var oldGo = map[certgen.Flaw]struct {
	daemon   outcome.Class
	why, but string
}{
	certgen.NegativeSerial:   {but: "a daemon built with Go before 1.23 reads a negative serial number"},
	certgen.TenThousandNames: {daemon: outcome.RejectsClientCertOther, why: "a daemon built with Go before 1.22 reads no handshake message of more than 64 KiB"},
}
