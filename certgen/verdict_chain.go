package certgen

// chainVerdicts are those of the flaws of chains and of what is trusted.
var chainVerdicts = map[Flaw]verdicts{
	InterIncomplete: {
		name: refused(unknownCA, 20, 60),
		why:  "nobody fetches a missing intermediate",
	},
	InterWithoutChain: {
		client: sent(unknownCA, "certificate required", 20, 35),
		why:    "nobody fetches a missing intermediate. A Go client keeps the certificate to itself, since the daemon does not ask for its issuer",
	},
	InterTrustedAsRoot: {
		name:   &Verdict{OpenSSL: 2},
		client: &Verdict{OpenSSL: 2},
		why:    "openssl s_client and s_server want a root, unless given -partial_chain; Go and curl take any trusted certificate for an anchor",
	},
	ExpiredIntermediate: {
		name:   refused(hasEnded, 10, 60),
		client: sent(hasEnded, "expired certificate", 10, 60),
		why:    "every certificate of the chain is checked",
	},
	InterWrongUsage: {
		name:   refused(wrongUsage, 26, 60),
		client: sent(wrongUsage, "bad certificate", 26, 35),
		why:    "extended key usages nest in both",
	},
	InterNotCA: {
		name:   refused(noSigner, 79, 60),
		client: sent(noSigner, "unknown certificate authority", 79, 35),
	},
	InterNoBasicConstraints: {
		name:   refused(noSigner, 79, 60),
		client: sent(noSigner, "unknown certificate authority", 79, 35),
	},
	PathlenExceeded: {
		name:   refused("x509: too many intermediates for path length constraint", 25, 60),
		client: sent("x509: too many intermediates for path length constraint", "bad certificate", 25, 35),
	},
	NameConstraints: {
		name:   refused(`x509: a root or intermediate certificate is not authorized to sign for this name: DNS name "docker.example.test" is not permitted by any constraint`, 47, 60),
		client: sent(`x509: a root or intermediate certificate is not authorized to sign for this name: DNS name "docker.example.test" is not permitted by any constraint`, "bad certificate", 47, 35),
	},
	NameConstraintsDN: {
		name:   refused(unhandled, 0, 0),
		client: sent(unhandled, "bad certificate", 0, 35),
		why:    "Go knows no constraints of directory names and takes a critical one for an unknown extension",
	},
	CrossSigned: {
		name:   &Verdict{OpenSSL: 20, Curl: 60},
		client: &Verdict{OpenSSL: 20},
		why:    "Go tries the second certificate of the same subject and key when the first leads to no root; OpenSSL does not go back",
	},
	ExpiredRoot: {
		name:   refused(hasEnded, 10, 60),
		client: sent(hasEnded, "expired certificate", 10, 60),
		why:    "every certificate of the chain is checked, the root included",
	},
	NotYetValidRoot: {
		name:   refused(notBegun, 9, 60),
		client: sent(notBegun, "expired certificate", 9, 60),
		why:    "every certificate of the chain is checked, the root included",
	},
	RootWrongUsage: {
		name:   refused(wrongUsage, 26, 60),
		client: sent(wrongUsage, "bad certificate", 26, 35),
		why:    "extended key usages nest in both, the root included",
	},
	RootNoKeycertsign: {
		name:   refused(noSigner, 79, 60),
		client: sent(noSigner, "unknown certificate authority", 79, 35),
	},
	RootNotCA: {
		name:   refused(noSigner, 79, 60),
		client: sent(noSigner, "unknown certificate authority", 79, 35),
	},
	RootNoBasicConstraints: {
		name:   refused(noSigner, 0, 0),
		client: sent(noSigner, "unknown certificate authority", 0, 35),
		why:    "OpenSSL takes a self-signed root for a CA; Go wants a root of version 3 to say so",
	},
	RootCriticalUnknownExtension: {
		name:   refused(unhandled, 34, 60),
		client: sent(unhandled, "bad certificate", 34, 35),
	},
	RootRSA1024: {
		name:   &Verdict{OpenSSL: 67, Curl: 60},
		client: &Verdict{OpenSSL: 67},
		why:    "Go bans RSA keys below 1024 bits; OpenSSL at its security level 2 those below 2048",
	},
	RootEmptySubject: {
		name: &Verdict{Curl: 60},
		why:  "curl reads the issuer's name and gives up on an empty one: couldn't get X509-issuer name",
	},
	LeafTrusted: {
		name:   &Verdict{OpenSSL: 20},
		client: &Verdict{Docker: "remote error: tls: certificate required", OpenSSL: 20},
		why:    "openssl s_client and s_server want a root, unless given -partial_chain. A daemon asks for certificates that the leaf signed, so a Go client keeps its own to itself",
	},
	CABundleCorruptPlusGood: {
		client: &Verdict{Curl: 77},
		why:    "Go skips what it cannot parse; OpenSSL refuses the file",
	},
	CABundleGoodPlusTruncated: {
		client: &Verdict{Curl: 77},
		why:    "Go skips what it cannot parse; OpenSSL refuses the file",
	},
	CAOther: {
		client: &Verdict{Go: "remote error: tls: bad certificate", Docker: "tls: failed to verify certificate: x509: certificate signed by unknown authority", Curl: 60},
	},
	DaemonCACorruptPlusGood: {
		why: "Go skips what it cannot parse",
	},
	DaemonCAOther: {
		name: failed("remote error: tls: certificate required", OtherError, 35),
		why:  "Go clients keep a certificate of another CA to themselves; curl sends it and gets unknown CA",
	},
	DaemonCALeafClientCert: {
		name: failed("remote error: tls: certificate required", 0, 0),
		why:  "the daemon asks for certificates that the leaf signed, so a Go client keeps its own to itself; curl sends it and is let in",
	},
	DaemonCAServerCert: {
		name: failed("remote error: tls: certificate required", OtherError, 35),
		why:  "Go clients keep a certificate of another CA to themselves; curl sends it and gets unknown CA",
	},
}
