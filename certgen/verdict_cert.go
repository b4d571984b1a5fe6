package certgen

// certVerdicts are those of the flaws of certificates.
var certVerdicts = map[Flaw]verdicts{
	Expired: {
		name:   refused(hasEnded, 10, 60),
		client: sent(hasEnded, "expired certificate", 10, 60),
	},
	NotYetValid: {
		name:   refused(notBegun, 9, 60),
		client: sent(notBegun, "expired certificate", 9, 60),
	},
	OtherCA: {
		name:   refused(unknownCA, 20, 60),
		client: sent(unknownCA, "certificate required", 20, 35),
		why:    "a Go client keeps the certificate to itself, since the daemon does not ask for its issuer",
	},
	OtherCASameSubject: {
		name:   refused(badSignature, 7, 35),
		client: sent(badSignature, "unknown certificate authority", 7, 35),
		why:    "with the key identifier of the trusted CA in it the signature is what is wrong",
	},
	WrongHostname: {
		name: refused("x509: certificate is valid for other.example.test, not docker.example.test", 62, 60),
		ip:   refused("x509: certificate is valid for 10.10.10.20, not 127.0.0.1", 64, 60),
	},
	WrongUsage: {
		name:   refused(wrongUsage, 26, 60),
		client: sent(wrongUsage, "bad certificate", 26, 35),
		why:    "a certificate for the other side of a handshake; on a server the recordings call it eku-client, on a client eku-server",
	},
	SelfSigned: {
		name:   refused(unknownCA, 18, 60),
		client: sent(unknownCA, "certificate required", 18, 35),
		why:    "a Go client keeps the certificate to itself, since the daemon does not ask for its issuer",
	},
	CNOnly: {
		name: refused("x509: certificate relies on legacy Common Name field, use SANs instead", 0, 0),
		ip:   refused(noIPSANs, 64, 60),
		why:  "Go has not looked at common names since 1.15; OpenSSL does when there is no DNS name; curl also for IP addresses where its TLS library does",
	},
	DatesReversed: {
		name:   refused(notBegun, 9, 60),
		client: sent(notBegun, "expired certificate", 9, 60),
	},
	IssuerMismatch: {
		name:   refused(unknownCA, 20, 60),
		client: sent(unknownCA, "certificate required", 20, 35),
		why:    "a Go client keeps the certificate to itself, since the daemon does not ask for its issuer",
	},
	AKIMismatch: {
		name:   &Verdict{OpenSSL: 20, Curl: 60},
		client: &Verdict{OpenSSL: 20},
		why:    "Go uses the authority key identifier only to sort candidates; OpenSSL drops a candidate that has another",
	},
	SubjectIsIssuer: {
		name:   &Verdict{OpenSSL: 18, Curl: 60},
		client: &Verdict{OpenSSL: 18},
		why:    "OpenSSL takes it for self-signed; a key identifier of its own would tell it apart, which scripts that give CA and server the same CN leave out",
	},
	EKUAny: {
		name:   &Verdict{OpenSSL: 26, Curl: 60},
		client: &Verdict{OpenSSL: 26},
		why:    "OpenSSL does not take anyExtendedKeyUsage for the usage of TLS; Go does",
	},
	EKUEmpty: {
		name:   &Verdict{OpenSSL: 26, Curl: 60},
		client: &Verdict{OpenSSL: 26},
		why:    "for Go no usage is no restriction; for OpenSSL it is none that fits",
	},
	EKUCodesign: {
		name:   refused(wrongUsage, 26, 60),
		client: sent(wrongUsage, "bad certificate", 26, 35),
	},
	KeyUsageCRLSign: {
		name:   &Verdict{OpenSSL: 26, Curl: 60},
		client: &Verdict{OpenSSL: 26},
		why:    "Go does not look at the key usage of leaves (golang/go#40100)",
	},
	KeyUsageKeyEncipherment: {
		client: &Verdict{OpenSSL: 26},
		why:    "Go does not look at the key usage of leaves (golang/go#40100)",
	},
	DeadRevocationURLs: {
		why: "nobody looks at revocation lists or asks OCSP servers unless told to",
	},
	Revoked: {
		why: "nobody looks at revocation lists unless told to, as curl with --crlfile",
	},
	MustStaple: {
		why: "nobody looks for a stapled answer unless told to",
	},
	ProofOfPossession: {
		name:   &Verdict{Load: noPair + "tls: private key does not match public key", Go: "tls: invalid signature by the server certificate: ECDSA verification failure", Docker: "tls: invalid signature by the server certificate: ECDSA verification failure", OpenSSL: OtherError, Curl: 35},
		client: &Verdict{Load: noClientPair + "tls: private key does not match public key", Go: "tls: invalid signature by the client certificate: ECDSA verification failure", Docker: contextTLS + "tls: private key does not match public key", OpenSSL: OtherError, Curl: 58},
		why:    "the files are those of key-mismatch, which no program loads; the configs of a Bundle present it all the same",
	},
	CACertAsServerCert: {
		name: refused(noNames, 26, 60),
		ip:   refused(noIPSANs, 26, 60),
		why:  "in Go and curl it fails for its lack of names; OpenSSL finds its key usage unfit first",
	},
	CACertAsClient: {
		client: &Verdict{OpenSSL: 26},
		why:    "Go does not look at the key usage of leaves, so it takes the CA for a client; OpenSSL does not",
	},
	ServerCertAsClient: {
		client: sent(wrongUsage, "bad certificate", 26, 35),
		why:    "it has the usage of a server alone",
	},
	IPSANOnly: {
		name: refused(noNames, 0, 60),
		ip:   new(Verdict),
		why:  "openssl s_client falls back to the common name when there is no DNS name; Go and curl do not",
	},
	NoIPv6SAN: {
		why: "only a client that calls ::1 is told apart; these call 127.0.0.1",
	},
	DNSSANOnly: {
		ip: refused(noIPSANs, 64, 60),
	},
	Wildcard: {
		ip:  refused(noIPSANs, 64, 60),
		why: "a wildcard stands for one label of a DNS name, never for an IP address",
	},
	WildcardAll: {
		name: refused("x509: certificate is valid for *, not docker.example.test", 62, 60),
		ip:   refused(noIPSANs, 64, 60),
	},
	WildcardPartial: {
		name: refused("x509: certificate is valid for doc*.example.test, not docker.example.test", 0, 60),
		ip:   refused(noIPSANs, 64, 60),
		why:  "RFC 9525 forbids a wildcard that is part of a label; OpenSSL takes it unless told otherwise, as curl tells it",
	},
	SANEmpty: {
		name: refused(noNames, 0, 0),
		ip:   refused(noIPSANs, 64, 60),
		why:  "Go has not looked at common names since 1.15; OpenSSL does when there is no DNS name",
	},
	SANURIOnly: {
		name: refused(noNames, 0, 0),
		ip:   refused(noIPSANs, 64, 60),
		why:  "Go has not looked at common names since 1.15; OpenSSL does when there is no DNS name",
	},
	SANIPAsDNS: {
		ip: refused(noIPSANs, 64, 60),
	},
	SANIP5Octets: {
		name: &Verdict{Load: noPair + "x509: cannot parse IP address of length 5", Go: "tls: failed to parse certificate from server: x509: cannot parse IP address of length 5", Docker: "tls: failed to parse certificate from server: x509: cannot parse IP address of length 5"},
		why:  "Go parses strictly before it verifies",
	},
	SANV4InV6: {
		ip:  &Verdict{OpenSSL: 64, Curl: 60},
		why: "Go compares addresses, OpenSSL octets",
	},
	SANRawUTF8: {
		name: &Verdict{Load: noPair + "x509: SAN dNSName is malformed", Go: "tls: failed to parse certificate from server: x509: SAN dNSName is malformed", Docker: "tls: failed to parse certificate from server: x509: SAN dNSName is malformed"},
		why:  "Go parses strictly before it verifies; OpenSSL only compares",
	},
	SANTrailingDot: {
		name: refused("x509: certificate is valid for docker.example.test., not docker.example.test", 62, 0),
		ip:   refused(noIPSANs, 64, 60),
		why:  "curl strips the dot; Go and OpenSSL compare as it is",
	},
	SANTrailingBlank: {
		name: refused("x509: certificate is valid for docker.example.test , not docker.example.test", 62, 60),
		ip:   refused(noIPSANs, 64, 60),
	},
	SANNul: {
		name: refused("x509: certificate is valid for docker.example.test\x00.other.example.test, not docker.example.test", 62, 60),
		ip:   refused(noIPSANs, 64, 60),
	},
	SANSemicolon: {
		name: refused("x509: certificate is valid for docker.example.test;IP:127.0.0.1, not docker.example.test", 62, 60),
		ip:   refused(noIPSANs, 64, 60),
		why:  "OpenSSL separates alternative names by commas, and takes what is behind a semicolon for a part of the name",
	},
	TenThousandNames: {
		name:   &Verdict{OpenSSL: OtherError, Curl: 35},
		client: &Verdict{OpenSSL: OtherError},
		why:    "Go takes messages of 256 KB, OpenSSL of 100 KB; Go sends no more than it takes",
	},
	KeyRSA512: {
		name:   failed("remote error: tls: handshake failure", 66, 60),
		client: &Verdict{Go: "remote error: tls: handshake failure", Docker: "remote error: tls: certificate required", OpenSSL: 66, Curl: 58},
		why:    "Go cannot sign a handshake with it",
	},
	KeyRSA1024: {
		name:   &Verdict{OpenSSL: 66, Curl: 60},
		client: &Verdict{OpenSSL: 66, Curl: 58},
		why:    "Go bans RSA keys below 1024 bits; OpenSSL at its security level 2 those below 2048. In FIPS mode Go does so, too",
	},
	KeyP224: {
		name:   failed("remote error: tls: handshake failure", OtherError, 35),
		client: &Verdict{Go: "remote error: tls: handshake failure", Docker: "remote error: tls: certificate required", OpenSSL: OtherError},
		why:    "TLS 1.3 has no signatures with P-224, and a Go server makes none over TLS 1.2 either; a client that speaks TLS 1.2 is let in with it",
	},
	SHA1Sig: {
		name:   refused(`x509: certificate signed by unknown authority (possibly because of "x509: cannot verify signature: insecure algorithm ECDSA-SHA1" while trying to verify candidate authority certificate "{ca}")`, 68, 60),
		client: sent(`x509: certificate signed by unknown authority (possibly because of "x509: cannot verify signature: insecure algorithm ECDSA-SHA1" while trying to verify candidate authority certificate "{ca}")`, "unknown certificate authority", 68, 58),
		why:    "broken: Go does not verify such signatures at all. A self-signature of a root is not looked at: see root-sha1-sig",
	},
	MD5Sig: {
		name:   refused(`x509: certificate signed by unknown authority (possibly because of "x509: cannot verify signature: insecure algorithm MD5-RSA" while trying to verify candidate authority certificate "{ca}")`, 68, 60),
		client: sent(`x509: certificate signed by unknown authority (possibly because of "x509: cannot verify signature: insecure algorithm MD5-RSA" while trying to verify candidate authority certificate "{ca}")`, "unknown certificate authority", 68, 58),
		why:    "broken: Go does not verify such signatures at all",
	},
	FlippedSignature: {
		name:   refused(badSignature, 7, 35),
		client: sent(badSignature, "unknown certificate authority", 7, 35),
		why:    "the CA is the right one, so OpenSSL says that the signature is wrong (7) and curl, whose handshake it ends, 35",
	},
	ChangedTBS: {
		name:   refused(badSignature, 7, 35),
		client: sent(badSignature, "unknown certificate authority", 7, 35),
		why:    "the CA is the right one, so OpenSSL says that the signature is wrong (7) and curl, whose handshake it ends, 35",
	},
	InnerOuterSigalg: {
		name:   &Verdict{Load: noPair + "x509: inner and outer signature algorithm identifiers don't match", Go: "tls: failed to parse certificate from server: x509: inner and outer signature algorithm identifiers don't match", Docker: "tls: failed to parse certificate from server: x509: inner and outer signature algorithm identifiers don't match", OpenSSL: 20, Curl: 60},
		client: &Verdict{Load: noClientPair + "x509: inner and outer signature algorithm identifiers don't match", Go: "tls: failed to parse client certificate: x509: inner and outer signature algorithm identifiers don't match", Docker: contextTLS + "x509: inner and outer signature algorithm identifiers don't match", OpenSSL: 20, Curl: 35},
		why:    "Go parses strictly before it verifies, also its own files since 1.23",
	},
	DuplicateExtension: {
		name:   &Verdict{Load: noPair + `x509: certificate contains duplicate extension with OID "2.5.29.35"`, Go: `tls: failed to parse certificate from server: x509: certificate contains duplicate extension with OID "2.5.29.35"`, Docker: `tls: failed to parse certificate from server: x509: certificate contains duplicate extension with OID "2.5.29.35"`, OpenSSL: 20, Curl: 35},
		client: &Verdict{Load: noClientPair + `x509: certificate contains duplicate extension with OID "2.5.29.35"`, Go: `tls: failed to parse client certificate: x509: certificate contains duplicate extension with OID "2.5.29.35"`, Docker: contextTLS + `x509: certificate contains duplicate extension with OID "2.5.29.35"`, OpenSSL: 20, Curl: 58},
		why:    "Go parses strictly before it verifies, also its own files since 1.23",
	},
	CriticalUnknownExtension: {
		name:   refused(unhandled, 34, 60),
		client: sent(unhandled, "bad certificate", 34, 35),
	},
	TrailingBytes: {
		name:   &Verdict{Load: noPair + "x509: trailing data", Go: "tls: failed to parse certificate from server: x509: trailing data", Docker: "tls: failed to parse certificate from server: x509: trailing data", OpenSSL: OtherError, Curl: 35},
		client: &Verdict{Load: noClientPair + "x509: trailing data", Go: "tls: failed to parse client certificate: x509: trailing data", Docker: contextTLS + "x509: trailing data", OpenSSL: OtherError, Curl: 58},
		why:    "Go parses strictly before it verifies, also its own files since 1.23",
	},
	NegativeSerial: {
		name:   &Verdict{Load: noPair + "x509: negative serial number", Go: "tls: failed to parse certificate from server: x509: negative serial number"},
		client: &Verdict{Load: noClientPair + "x509: negative serial number", Go: "tls: failed to parse client certificate: x509: negative serial number", Docker: "remote error: tls: error decoding message", Curl: 35},
		why:    "Go refuses it since 1.23 unless GODEBUG has x509negativeserial=1, as the released docker CLI has built in; OpenSSL takes it",
	},
}
