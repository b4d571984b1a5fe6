package certgen

// Flaws of usage, times, signer.
const (
	Expired                 Flaw = "expired"
	NotYetValid             Flaw = "not-yet-valid"
	OtherCA                 Flaw = "other-ca"
	OtherCASameName         Flaw = "other-ca-same-subject"
	OtherHost               Flaw = "wrong-hostname"
	WrongUsage              Flaw = "wrong-usage"
	SelfSigned              Flaw = "self-signed"
	CommonNameOnly          Flaw = "cn-only"
	DatesReversed           Flaw = "dates-reversed"
	IssuerMismatch          Flaw = "issuer-mismatch"
	AuthorityKeyIDMismatch  Flaw = "aki-mismatch"
	SubjectIsIssuer         Flaw = "subject-is-issuer"
	UsageNone               Flaw = "eku-none"
	UsageBoth               Flaw = "eku-both"
	UsageCritical           Flaw = "eku-critical"
	UsageAny                Flaw = "eku-any"
	UsageEmpty              Flaw = "eku-empty"
	UsageCodeSigning        Flaw = "eku-codesign"
	KeyUsageCRLSign         Flaw = "key-usage-crl-sign"
	KeyUsageKeyEncipherment Flaw = "key-usage-key-encipherment"
	NoKeyUsage              Flaw = "no-key-usage"
	LeafCA                  Flaw = "ca-true"
	NoKeyIDs                Flaw = "no-key-ids"
	NotAfter9999            Flaw = "not-after-9999"
	NotBefore1950           Flaw = "not-before-1950"
	EmptySubject            Flaw = "empty-subject"
	NoCommonName            Flaw = "no-cn"
	DeadRevocationURLs      Flaw = "dead-revocation-urls"
	Revoked                 Flaw = "revoked"
	MustStaple              Flaw = "must-staple"
	ProofOfPossession       Flaw = "proof-of-possession"
	CACertAsServer          Flaw = "ca-cert-as-server-cert"
	CACertAsClient          Flaw = "ca-cert-as-client"
	ServerCertAsClient      Flaw = "server-cert-as-client"
)

// Flaws of names of the server.
const (
	IPAddressOnly    Flaw = "ip-san-only"
	DNSNameOnly      Flaw = "dns-san-only"
	NoIPv6           Flaw = "no-ipv6-san"
	Wildcard         Flaw = "wildcard"
	WildcardAll      Flaw = "wildcard-all"
	WildcardPartial  Flaw = "wildcard-partial"
	SANEmpty         Flaw = "san-empty"
	SANURIOnly       Flaw = "san-uri-only"
	SANAddressAsDNS  Flaw = "san-ip-as-dns"
	SANIP5Octets     Flaw = "san-ip-5-octets"
	SANIPv4InIPv6    Flaw = "san-v4-in-v6"
	SANRawUTF8       Flaw = "san-raw-utf8"
	SANTrailingDot   Flaw = "san-trailing-dot"
	SANTrailingBlank Flaw = "san-trailing-blank"
	SANNul           Flaw = "san-nul"
	UpperCaseSAN     Flaw = "upper-case-san"
	UnderscoreSAN    Flaw = "underscore-san"
	ThousandNames    Flaw = "thousand-names"
	TenThousandNames Flaw = "ten-thousand-names"
)

// Flaws of keys and signatures.
const (
	KeyRSA512       Flaw = "key-rsa512"
	KeyRSA1024      Flaw = "key-rsa1024"
	KeyRSA2047      Flaw = "key-rsa2047"
	KeyRSA2048      Flaw = "key-rsa2048"
	KeyRSA3072      Flaw = "key-rsa3072"
	KeyRSA4096      Flaw = "key-rsa4096"
	KeyP224         Flaw = "key-p224"
	KeyP256         Flaw = "key-p256"
	KeyP384         Flaw = "key-p384"
	KeyP521         Flaw = "key-p521"
	KeyEd25519      Flaw = "key-ed25519"
	SHA1Signature   Flaw = "sha1-sig"
	MD5Signature    Flaw = "md5-sig"
	SHA384Signature Flaw = "sha384-sig"
	SHA512Signature Flaw = "sha512-sig"
	RSAPSSSignature Flaw = "rsa-pss"
)

// Flaws of encoding.
const (
	FlippedSignature         Flaw = "flipped-signature"
	ChangedContent           Flaw = "changed-tbs"
	SignatureAlgorithms      Flaw = "inner-outer-sigalg"
	DuplicateExtension       Flaw = "duplicate-extension"
	CriticalUnknownExtension Flaw = "critical-unknown-extension"
	TrailingBytes            Flaw = "trailing-bytes"
	NegativeSerial           Flaw = "negative-serial"
	SerialZero               Flaw = "serial-zero"
	Serial24Octets           Flaw = "serial-24-octets"
)

// Flaws of chains.
const (
	ServerIntermediate             Flaw = "inter-complete"
	ServerIntermediateMissing      Flaw = "inter-incomplete"
	ServerIntermediateRoot         Flaw = "inter-complete-plus-root"
	ClientIntermediate             Flaw = "inter-with-chain"
	ClientIntermediateMissing      Flaw = "inter-without-chain"
	ClientIntermediateRoot         Flaw = "inter-with-chain-and-root"
	IntermediateTrusted            Flaw = "inter-trusted-as-root"
	IntermediateExpired            Flaw = "expired-intermediate"
	IntermediateWrongUsage         Flaw = "inter-wrong-usage"
	IntermediateNotCA              Flaw = "inter-not-ca"
	IntermediateNoBasicConstraints Flaw = "inter-no-basic-constraints"
	PathLengthExceeded             Flaw = "pathlen-exceeded"
	NameConstraints                Flaw = "name-constraints"
	NameConstraintsDirectory       Flaw = "name-constraints-dn"
	CrossSigned                    Flaw = "cross-signed"
	ChainReversed                  Flaw = "chain-reversed"
	LeafTwice                      Flaw = "leaf-twice"
	ChainNoise                     Flaw = "unrelated-in-chain"
	ChainNoiseExpired              Flaw = "expired-in-chain"
)

// Flaws of what is trusted.
const (
	RootExpired                     Flaw = "expired-root"
	RootNotYetValid                 Flaw = "not-yet-valid-root"
	RootWrongUsage                  Flaw = "root-wrong-usage"
	RootNoCertSign                  Flaw = "root-no-keycertsign"
	RootNotCA                       Flaw = "root-not-ca"
	RootNoBasicConstraints          Flaw = "root-no-basic-constraints"
	RootCriticalUnknown             Flaw = "root-critical-unknown-extension"
	RootRSA1024                     Flaw = "root-rsa1024"
	RootEmptySubject                Flaw = "root-empty-subject"
	RootV1                          Flaw = "root-v1"
	RootNoKeyUsage                  Flaw = "root-no-key-usage"
	RootNoKeyID                     Flaw = "root-no-ski"
	RootBasicConstraintsNotCritical Flaw = "root-basic-constraints-not-critical"
	RootPathLengthZero              Flaw = "root-pathlen-zero"
	RootEd25519                     Flaw = "root-ed25519"
	RootSHA1                        Flaw = "root-sha1-sig"
	SelfSignedTrusted               Flaw = "self-signed-trusted"
	LeafIsCA                        Flaw = "ca-is-leaf"
	LeafTrusted                     Flaw = "leaf-trusted"
	ClientCABundle                  Flaw = "ca-bundle-two"
	ClientCASameName                Flaw = "ca-bundle-same-name"
	ClientCABundleGarbage           Flaw = "ca-bundle-garbage-plus-good"
	ClientCABundleCorrupt           Flaw = "ca-bundle-corrupt-plus-good"
	ClientCABundleTruncated         Flaw = "ca-bundle-good-plus-truncated"
	ClientCAOther                   Flaw = "ca-other"
	ClientCAServerLeaf              Flaw = "ca-is-server-leaf"
	ClientCAWithKey                 Flaw = "ca-with-key"
	DaemonCABundle                  Flaw = "daemonca-two"
	DaemonCASameName                Flaw = "daemonca-same-name"
	DaemonCABundleCorrupt           Flaw = "daemonca-corrupt-plus-good"
	DaemonCAOther                   Flaw = "daemonca-other"
	DaemonCAClientLeaf              Flaw = "daemonca-leaf-client-cert"
	DaemonCAServerLeaf              Flaw = "daemonca-server-cert"
)

// Flaws of files.
const (
	CertMissing          Flaw = "cert-missing"
	CertDirectory        Flaw = "cert-directory"
	CertDangling         Flaw = "cert-dangling-link"
	CertEmpty            Flaw = "cert-empty"
	CertGarbage          Flaw = "cert-garbage"
	CertGarbageBlock     Flaw = "cert-garbage-block"
	CertDER              Flaw = "cert-der"
	CertUTF16            Flaw = "cert-utf16"
	CertBOM              Flaw = "cert-bom"
	CertIndented         Flaw = "cert-indented"
	CertTruncated        Flaw = "cert-truncated"
	CertGlued            Flaw = "cert-glued"
	CertTrustedLabel     Flaw = "cert-trusted-label"
	CertX509Label        Flaw = "cert-x509-label"
	CertCAFirst          Flaw = "cert-ca-first"
	CertThenCorrupt      Flaw = "cert-then-corrupt"
	CertCRLF             Flaw = "cert-crlf"
	CertWithText         Flaw = "cert-with-text"
	CertGarbageAfter     Flaw = "cert-garbage-after"
	CertNoNewline        Flaw = "cert-no-newline"
	CertBlanks           Flaw = "cert-trailing-blanks"
	CertLongLine         Flaw = "cert-long-line"
	CertLink             Flaw = "cert-link"
	CombinedCertAndKey   Flaw = "combined-cert-and-key"
	KeyMissing           Flaw = "key-missing"
	KeyDirectory         Flaw = "key-directory"
	KeyDangling          Flaw = "key-dangling-link"
	KeyEmpty             Flaw = "key-empty"
	KeyGarbage           Flaw = "key-garbage"
	KeyGarbageBlock      Flaw = "key-garbage-block"
	KeyDER               Flaw = "key-der"
	KeyBOM               Flaw = "key-bom"
	KeyTruncated         Flaw = "key-truncated"
	KeyEncryptedLegacy   Flaw = "key-encrypted-legacy"
	KeyEncryptedPKCS8    Flaw = "key-encrypted-pkcs8"
	KeyMismatch          Flaw = "key-mismatch"
	KeyMismatchType      Flaw = "key-mismatch-type"
	KeySecond            Flaw = "key-second"
	Swapped              Flaw = "swapped"
	KeyFooLabel          Flaw = "key-foo-label"
	KeyPKCS8AsRSA        Flaw = "key-pkcs8-as-rsa"
	KeyTraditional       Flaw = "key-traditional"
	KeyECParameters      Flaw = "key-ec-parameters"
	KeyPKCS8             Flaw = "key-pkcs8"
	KeyCRLF              Flaw = "key-crlf"
	KeyWorldReadable     Flaw = "key-world-readable"
	KeyMode777           Flaw = "key-mode-777"
	KeyLink              Flaw = "key-link"
	AllMissing           Flaw = "all-missing"
	ClientCAMissing      Flaw = "ca-missing"
	ClientCADirectory    Flaw = "ca-directory"
	ClientCADangling     Flaw = "ca-dangling-link"
	ClientCAEmpty        Flaw = "ca-empty"
	ClientCAGarbage      Flaw = "ca-garbage"
	ClientCAGarbageBlock Flaw = "ca-garbage-block"
	ClientCADER          Flaw = "ca-der"
	ClientCABOM          Flaw = "ca-bom"
	ClientCAHeaders      Flaw = "ca-pem-headers"
	ClientCATrustedLabel Flaw = "ca-trusted-label"
	ClientCACRLF         Flaw = "ca-crlf"
	DaemonCAMissing      Flaw = "daemonca-missing"
	DaemonCADirectory    Flaw = "daemonca-directory"
	DaemonCADangling     Flaw = "daemonca-dangling-link"
	DaemonCAEmpty        Flaw = "daemonca-empty"
	DaemonCAGarbage      Flaw = "daemonca-garbage"
	DaemonCAGarbageBlock Flaw = "daemonca-garbage-block"
	DaemonCADER          Flaw = "daemonca-der"
	DaemonCABOM          Flaw = "daemonca-bom"
)

var planned = []flawRow{
	{FlawInfo: FlawInfo{Flaw: Expired, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "ended a day ago"}},
	{FlawInfo: FlawInfo{Flaw: NotYetValid, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "begins in a day"}},
	{FlawInfo: FlawInfo{Flaw: OtherCA, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "signed by a CA that the other side does not trust"}},
	{FlawInfo: FlawInfo{Flaw: OtherCASameName, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "names the trusted CA and its key as issuer, and is signed with another key"}},
	{FlawInfo: FlawInfo{Flaw: OtherHost, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "made for the hosts other.example.test and 10.10.10.20"}},
	{FlawInfo: FlawInfo{Flaw: WrongUsage, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has the extended key usage of the other side alone"}},
	{FlawInfo: FlawInfo{Flaw: SelfSigned, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "signed by its own key and by no CA"}},
	{FlawInfo: FlawInfo{Flaw: CommonNameOnly, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "has its host as common name and no subject alternative name"}},
	{FlawInfo: FlawInfo{Flaw: DatesReversed, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "ends before it begins"}},
	{FlawInfo: FlawInfo{Flaw: IssuerMismatch, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "signed by the trusted CA and names another as issuer"}},
	{FlawInfo: FlawInfo{Flaw: AuthorityKeyIDMismatch, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "signed by the trusted CA and names another key as the issuer's"}},
	{FlawInfo: FlawInfo{Flaw: SubjectIsIssuer, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has the trusted CA's subject as its own"}},
	{FlawInfo: FlawInfo{Flaw: UsageNone, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has no extended key usage"}},
	{FlawInfo: FlawInfo{Flaw: UsageBoth, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has the extended key usages of both sides"}},
	{FlawInfo: FlawInfo{Flaw: UsageCritical, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has its extended key usage marked critical"}},
	{FlawInfo: FlawInfo{Flaw: UsageAny, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has the extended key usage \"any\" alone"}},
	{FlawInfo: FlawInfo{Flaw: UsageEmpty, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has an empty list of extended key usages"}},
	{FlawInfo: FlawInfo{Flaw: UsageCodeSigning, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has the extended key usage of code signing alone"}},
	{FlawInfo: FlawInfo{Flaw: KeyUsageCRLSign, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has the key usage of signing revocation lists alone"}},
	{FlawInfo: FlawInfo{Flaw: KeyUsageKeyEncipherment, Kind: KindCertificate, Server: false, Client: true, Accepted: false, Doc: "has the key usage of key encipherment alone"}},
	{FlawInfo: FlawInfo{Flaw: NoKeyUsage, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has no key usage"}},
	{FlawInfo: FlawInfo{Flaw: LeafCA, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "is marked as a CA"}},
	{FlawInfo: FlawInfo{Flaw: NoKeyIDs, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has no key identifiers, of its own and of its issuer"}},
	{FlawInfo: FlawInfo{Flaw: NotAfter9999, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "ends with the year 9999"}},
	{FlawInfo: FlawInfo{Flaw: NotBefore1950, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "began with the year 1950"}},
	{FlawInfo: FlawInfo{Flaw: EmptySubject, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has an empty subject"}},
	{FlawInfo: FlawInfo{Flaw: NoCommonName, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has a subject without a common name"}},
	{FlawInfo: FlawInfo{Flaw: DeadRevocationURLs, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "points to revocation services where nobody answers"}},
	{FlawInfo: FlawInfo{Flaw: Revoked, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "is on the revocation list of its CA, which it points to and nobody serves"}},
	{FlawInfo: FlawInfo{Flaw: MustStaple, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "demands a stapled OCSP answer, and there is none"}},
	{FlawInfo: FlawInfo{Flaw: ProofOfPossession, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "is presented by one who has another private key"}},
	{FlawInfo: FlawInfo{Flaw: CACertAsServer, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "is the CA's own certificate"}},
	{FlawInfo: FlawInfo{Flaw: CACertAsClient, Kind: KindCertificate, Server: false, Client: true, Accepted: true, Doc: "is the CA's own certificate"}},
	{FlawInfo: FlawInfo{Flaw: ServerCertAsClient, Kind: KindCertificate, Server: false, Client: true, Accepted: false, Doc: "is the server's certificate"}},
	{FlawInfo: FlawInfo{Flaw: IPAddressOnly, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names its IP addresses and no DNS name"}},
	{FlawInfo: FlawInfo{Flaw: DNSNameOnly, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names its DNS names and no IP address"}},
	{FlawInfo: FlawInfo{Flaw: NoIPv6, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names no IPv6 address"}},
	{FlawInfo: FlawInfo{Flaw: Wildcard, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names *.example.test, or the like of its own DNS names, and nothing else"}},
	{FlawInfo: FlawInfo{Flaw: WildcardAll, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names * and nothing else"}},
	{FlawInfo: FlawInfo{Flaw: WildcardPartial, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names its DNS names with a part of the first label as a wildcard, as in doc*.example.test"}},
	{FlawInfo: FlawInfo{Flaw: SANEmpty, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "has an empty subject alternative name, and its host as common name"}},
	{FlawInfo: FlawInfo{Flaw: SANURIOnly, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names a URI and nothing else, and has its host as common name"}},
	{FlawInfo: FlawInfo{Flaw: SANAddressAsDNS, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names its IP addresses as DNS names"}},
	{FlawInfo: FlawInfo{Flaw: SANIP5Octets, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names an IP address of five octets"}},
	{FlawInfo: FlawInfo{Flaw: SANIPv4InIPv6, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names its IPv4 addresses in 16 octets, as IPv6 does"}},
	{FlawInfo: FlawInfo{Flaw: SANRawUTF8, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names a DNS name in UTF-8, as well"}},
	{FlawInfo: FlawInfo{Flaw: SANTrailingDot, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names its DNS names with a dot at the end"}},
	{FlawInfo: FlawInfo{Flaw: SANTrailingBlank, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names its DNS names with a blank at the end"}},
	{FlawInfo: FlawInfo{Flaw: SANNul, Kind: KindCertificate, Server: true, Client: false, Accepted: false, Doc: "names its DNS names with a NUL and more text behind it"}},
	{FlawInfo: FlawInfo{Flaw: UpperCaseSAN, Kind: KindCertificate, Server: true, Client: false, Accepted: true, Doc: "names its DNS names in capitals"}},
	{FlawInfo: FlawInfo{Flaw: UnderscoreSAN, Kind: KindCertificate, Server: true, Client: false, Accepted: true, Doc: "names a DNS name with an underscore, as well"}},
	{FlawInfo: FlawInfo{Flaw: ThousandNames, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "names 1,000 DNS names more"}},
	{FlawInfo: FlawInfo{Flaw: TenThousandNames, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "names 10,000 DNS names more: 200 KB"}},
	{FlawInfo: FlawInfo{Flaw: KeyRSA512, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has an RSA key of 512 bits"}},
	{FlawInfo: FlawInfo{Flaw: KeyRSA1024, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has an RSA key of 1024 bits"}},
	{FlawInfo: FlawInfo{Flaw: KeyRSA2047, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has an RSA key of 2047 bits"}},
	{FlawInfo: FlawInfo{Flaw: KeyRSA2048, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has an RSA key of 2048 bits"}},
	{FlawInfo: FlawInfo{Flaw: KeyRSA3072, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has an RSA key of 3072 bits"}},
	{FlawInfo: FlawInfo{Flaw: KeyRSA4096, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has an RSA key of 4096 bits"}},
	{FlawInfo: FlawInfo{Flaw: KeyP224, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has an EC key of the curve P-224"}},
	{FlawInfo: FlawInfo{Flaw: KeyP256, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has an EC key of the curve P-256"}},
	{FlawInfo: FlawInfo{Flaw: KeyP384, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has an EC key of the curve P-384"}},
	{FlawInfo: FlawInfo{Flaw: KeyP521, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has an EC key of the curve P-521"}},
	{FlawInfo: FlawInfo{Flaw: KeyEd25519, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has an Ed25519 key"}},
	{FlawInfo: FlawInfo{Flaw: SHA1Signature, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "signed over a SHA-1 hash"}},
	{FlawInfo: FlawInfo{Flaw: MD5Signature, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "signed over an MD5 hash"}},
	{FlawInfo: FlawInfo{Flaw: SHA384Signature, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "signed over a SHA-384 hash"}},
	{FlawInfo: FlawInfo{Flaw: SHA512Signature, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "signed over a SHA-512 hash"}},
	{FlawInfo: FlawInfo{Flaw: RSAPSSSignature, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "signed with RSA-PSS"}},
	{FlawInfo: FlawInfo{Flaw: FlippedSignature, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has a signature of which one bit is changed"}},
	{FlawInfo: FlawInfo{Flaw: ChangedContent, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has a serial that was changed after it was signed"}},
	{FlawInfo: FlawInfo{Flaw: SignatureAlgorithms, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "names one signature algorithm inside of what is signed and another one outside"}},
	{FlawInfo: FlawInfo{Flaw: DuplicateExtension, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has one extension twice"}},
	{FlawInfo: FlawInfo{Flaw: CriticalUnknownExtension, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has a critical extension that nobody knows"}},
	{FlawInfo: FlawInfo{Flaw: TrailingBytes, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "is followed by four bytes within its PEM block"}},
	{FlawInfo: FlawInfo{Flaw: NegativeSerial, Kind: KindCertificate, Server: true, Client: true, Accepted: false, Doc: "has a negative serial number"}},
	{FlawInfo: FlawInfo{Flaw: SerialZero, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has the serial number 0"}},
	{FlawInfo: FlawInfo{Flaw: Serial24Octets, Kind: KindCertificate, Server: true, Client: true, Accepted: true, Doc: "has a serial number of 24 octets; 20 are allowed"}},
	{FlawInfo: FlawInfo{Flaw: ServerIntermediate, Kind: KindChain, Server: true, Client: false, Accepted: true, Doc: "signed by an intermediate CA, which is sent"}},
	{FlawInfo: FlawInfo{Flaw: ServerIntermediateMissing, Kind: KindChain, Server: true, Client: false, Accepted: false, Doc: "signed by an intermediate CA, which is not sent"}},
	{FlawInfo: FlawInfo{Flaw: ServerIntermediateRoot, Kind: KindChain, Server: true, Client: false, Accepted: true, Doc: "signed by an intermediate CA, which is sent, and the root as well"}},
	{FlawInfo: FlawInfo{Flaw: ClientIntermediate, Kind: KindChain, Server: false, Client: true, Accepted: true, Doc: "signed by an intermediate CA, which is sent"}},
	{FlawInfo: FlawInfo{Flaw: ClientIntermediateMissing, Kind: KindChain, Server: false, Client: true, Accepted: false, Doc: "signed by an intermediate CA, which is not sent"}},
	{FlawInfo: FlawInfo{Flaw: ClientIntermediateRoot, Kind: KindChain, Server: false, Client: true, Accepted: true, Doc: "signed by an intermediate CA, which is sent, and the root as well"}},
	{FlawInfo: FlawInfo{Flaw: IntermediateTrusted, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed by an intermediate CA, which is trusted and its root is not"}},
	{FlawInfo: FlawInfo{Flaw: IntermediateExpired, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by an intermediate CA that ended a day ago"}},
	{FlawInfo: FlawInfo{Flaw: IntermediateWrongUsage, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by an intermediate CA with the extended key usage of the other side alone"}},
	{FlawInfo: FlawInfo{Flaw: IntermediateNotCA, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by an intermediate certificate that is marked as none of a CA"}},
	{FlawInfo: FlawInfo{Flaw: IntermediateNoBasicConstraints, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by an intermediate certificate that does not say whether it is a CA"}},
	{FlawInfo: FlawInfo{Flaw: PathLengthExceeded, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by an intermediate CA below a root that allows none"}},
	{FlawInfo: FlawInfo{Flaw: NameConstraints, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by a CA that may only sign for permitted.example.test"}},
	{FlawInfo: FlawInfo{Flaw: NameConstraintsDirectory, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by a CA that may only sign for subjects of an organization that is its own"}},
	{FlawInfo: FlawInfo{Flaw: CrossSigned, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by an intermediate CA of which two certificates are sent: first that of a root that nobody trusts"}},
	{FlawInfo: FlawInfo{Flaw: ChainReversed, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed below two intermediate CAs, which are sent in the wrong order"}},
	{FlawInfo: FlawInfo{Flaw: LeafTwice, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "sent twice"}},
	{FlawInfo: FlawInfo{Flaw: ChainNoise, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "sent with the certificate of a CA that has nothing to do with it"}},
	{FlawInfo: FlawInfo{Flaw: ChainNoiseExpired, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "sent with the certificate of a CA that has nothing to do with it and ended a day ago"}},
	{FlawInfo: FlawInfo{Flaw: RootExpired, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by a trusted root that ended a day ago"}},
	{FlawInfo: FlawInfo{Flaw: RootNotYetValid, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by a trusted root that begins in a day"}},
	{FlawInfo: FlawInfo{Flaw: RootWrongUsage, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by a trusted root with the extended key usage of the other side alone"}},
	{FlawInfo: FlawInfo{Flaw: RootNoCertSign, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by a trusted root whose key usage does not allow it"}},
	{FlawInfo: FlawInfo{Flaw: RootNotCA, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by a trusted root that is marked as none of a CA"}},
	{FlawInfo: FlawInfo{Flaw: RootNoBasicConstraints, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by a trusted root that does not say whether it is a CA"}},
	{FlawInfo: FlawInfo{Flaw: RootCriticalUnknown, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by a trusted root with a critical extension that nobody knows"}},
	{FlawInfo: FlawInfo{Flaw: RootRSA1024, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by a trusted root with an RSA key of 1024 bits"}},
	{FlawInfo: FlawInfo{Flaw: RootEmptySubject, Kind: KindChain, Server: true, Client: true, Accepted: false, Doc: "signed by a trusted root with an empty subject"}},
	{FlawInfo: FlawInfo{Flaw: RootV1, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed by a trusted root of X.509 version 1"}},
	{FlawInfo: FlawInfo{Flaw: RootNoKeyUsage, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed by a trusted root without key usage"}},
	{FlawInfo: FlawInfo{Flaw: RootNoKeyID, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed by a trusted root without key identifiers"}},
	{FlawInfo: FlawInfo{Flaw: RootBasicConstraintsNotCritical, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed by a trusted root whose basic constraints are not marked critical"}},
	{FlawInfo: FlawInfo{Flaw: RootPathLengthZero, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed by a trusted root that allows no CA below it"}},
	{FlawInfo: FlawInfo{Flaw: RootEd25519, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed by a trusted root with an Ed25519 key"}},
	{FlawInfo: FlawInfo{Flaw: RootSHA1, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed by a trusted root that signed itself over a SHA-1 hash"}},
	{FlawInfo: FlawInfo{Flaw: SelfSignedTrusted, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed by its own key, and trusted itself"}},
	{FlawInfo: FlawInfo{Flaw: LeafIsCA, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed by its own key, marked as a CA, and trusted itself"}},
	{FlawInfo: FlawInfo{Flaw: LeafTrusted, Kind: KindChain, Server: true, Client: true, Accepted: true, Doc: "signed by a CA that nobody trusts, and trusted itself"}},
	{FlawInfo: FlawInfo{Flaw: ClientCABundle, Kind: KindChain, Server: false, Client: true, Accepted: true, Doc: "trusts two CAs"}},
	{FlawInfo: FlawInfo{Flaw: ClientCASameName, Kind: KindChain, Server: false, Client: true, Accepted: true, Doc: "trusts two CAs of the same subject, the wrong one first"}},
	{FlawInfo: FlawInfo{Flaw: ClientCABundleGarbage, Kind: KindChain, Server: false, Client: true, Accepted: true, Doc: "has text that is no PEM before the CA in ca.pem"}},
	{FlawInfo: FlawInfo{Flaw: ClientCABundleCorrupt, Kind: KindChain, Server: false, Client: true, Accepted: false, Doc: "has a corrupt certificate before the CA in ca.pem"}},
	{FlawInfo: FlawInfo{Flaw: ClientCABundleTruncated, Kind: KindChain, Server: false, Client: true, Accepted: false, Doc: "has a truncated certificate behind the CA in ca.pem"}},
	{FlawInfo: FlawInfo{Flaw: ClientCAOther, Kind: KindChain, Server: false, Client: true, Accepted: false, Doc: "trusts another CA than the server's"}},
	{FlawInfo: FlawInfo{Flaw: ClientCAServerLeaf, Kind: KindChain, Server: false, Client: true, Accepted: true, Doc: "trusts the server's certificate itself, and no CA"}},
	{FlawInfo: FlawInfo{Flaw: ClientCAWithKey, Kind: KindChain, Server: false, Client: true, Accepted: true, Doc: "has the CA's private key before the CA in ca.pem"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCABundle, Kind: KindChain, Server: true, Client: false, Accepted: true, Doc: "trusts two CAs"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCASameName, Kind: KindChain, Server: true, Client: false, Accepted: true, Doc: "trusts two CAs of the same subject, the wrong one first"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCABundleCorrupt, Kind: KindChain, Server: true, Client: false, Accepted: true, Doc: "has a corrupt certificate before the CA in the file of what it trusts"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCAOther, Kind: KindChain, Server: true, Client: false, Accepted: false, Doc: "trusts another CA than the client's"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCAClientLeaf, Kind: KindChain, Server: true, Client: false, Accepted: false, Doc: "trusts the client's certificate itself, and no CA"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCAServerLeaf, Kind: KindChain, Server: true, Client: false, Accepted: false, Doc: "trusts its own certificate, and no CA"}},
	{FlawInfo: FlawInfo{Flaw: CertMissing, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has no certificate file"}},
	{FlawInfo: FlawInfo{Flaw: CertDirectory, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a folder for a certificate file"}},
	{FlawInfo: FlawInfo{Flaw: CertDangling, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a symbolic link to nothing for a certificate file"}},
	{FlawInfo: FlawInfo{Flaw: CertEmpty, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has an empty certificate file"}},
	{FlawInfo: FlawInfo{Flaw: CertGarbage, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has text that is no PEM for a certificate file"}},
	{FlawInfo: FlawInfo{Flaw: CertGarbageBlock, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a PEM block that holds no certificate for a certificate file"}},
	{FlawInfo: FlawInfo{Flaw: CertDER, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has its certificate in DER"}},
	{FlawInfo: FlawInfo{Flaw: CertUTF16, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has its certificate file in UTF-16"}},
	{FlawInfo: FlawInfo{Flaw: CertBOM, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a byte order mark before its certificate"}},
	{FlawInfo: FlawInfo{Flaw: CertIndented, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has its certificate file indented, as YAML would"}},
	{FlawInfo: FlawInfo{Flaw: CertTruncated, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a certificate file that breaks off"}},
	{FlawInfo: FlawInfo{Flaw: CertGlued, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has its CA's certificate behind its own without a line end between them"}},
	{FlawInfo: FlawInfo{Flaw: CertTrustedLabel, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has the PEM label TRUSTED CERTIFICATE"}},
	{FlawInfo: FlawInfo{Flaw: CertX509Label, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has the PEM label X509 CERTIFICATE"}},
	{FlawInfo: FlawInfo{Flaw: CertCAFirst, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has its CA's certificate before its own"}},
	{FlawInfo: FlawInfo{Flaw: CertThenCorrupt, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a corrupt certificate behind its own"}},
	{FlawInfo: FlawInfo{Flaw: CertCRLF, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has its certificate file with the line ends of Windows"}},
	{FlawInfo: FlawInfo{Flaw: CertWithText, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has text before its certificate"}},
	{FlawInfo: FlawInfo{Flaw: CertGarbageAfter, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has text behind its certificate"}},
	{FlawInfo: FlawInfo{Flaw: CertNoNewline, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has no line end at the end of its certificate file"}},
	{FlawInfo: FlawInfo{Flaw: CertBlanks, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has blanks at the line ends of its certificate file"}},
	{FlawInfo: FlawInfo{Flaw: CertLongLine, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has its certificate in one long line"}},
	{FlawInfo: FlawInfo{Flaw: CertLink, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has a symbolic link to its certificate file"}},
	{FlawInfo: FlawInfo{Flaw: CombinedCertAndKey, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has its certificate and its key in one file, and gives it as both"}},
	{FlawInfo: FlawInfo{Flaw: KeyMissing, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has no key file"}},
	{FlawInfo: FlawInfo{Flaw: KeyDirectory, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a folder for a key file"}},
	{FlawInfo: FlawInfo{Flaw: KeyDangling, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a symbolic link to nothing for a key file"}},
	{FlawInfo: FlawInfo{Flaw: KeyEmpty, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has an empty key file"}},
	{FlawInfo: FlawInfo{Flaw: KeyGarbage, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has text that is no PEM for a key file"}},
	{FlawInfo: FlawInfo{Flaw: KeyGarbageBlock, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a PEM block that holds no key for a key file"}},
	{FlawInfo: FlawInfo{Flaw: KeyDER, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has its key in DER"}},
	{FlawInfo: FlawInfo{Flaw: KeyBOM, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a byte order mark before its key"}},
	{FlawInfo: FlawInfo{Flaw: KeyTruncated, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a key file that breaks off"}},
	{FlawInfo: FlawInfo{Flaw: KeyEncryptedLegacy, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has its key encrypted with a pass phrase in the old way, with a DEK-Info header"}},
	{FlawInfo: FlawInfo{Flaw: KeyEncryptedPKCS8, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has its key encrypted with a pass phrase in PKCS#8, as OpenSSL 3 does"}},
	{FlawInfo: FlawInfo{Flaw: KeyMismatch, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has the key of another certificate"}},
	{FlawInfo: FlawInfo{Flaw: KeyMismatchType, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has a key of another type than its certificate"}},
	{FlawInfo: FlawInfo{Flaw: KeySecond, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has another key before its own in its key file"}},
	{FlawInfo: FlawInfo{Flaw: Swapped, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has its certificate in the key file, and its key in the certificate file"}},
	{FlawInfo: FlawInfo{Flaw: KeyFooLabel, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has the PEM label FOO PRIVATE KEY"}},
	{FlawInfo: FlawInfo{Flaw: KeyPKCS8AsRSA, Kind: KindFile, Server: true, Client: true, Accepted: false, Doc: "has its key in PKCS#8 under the PEM label RSA PRIVATE KEY"}},
	{FlawInfo: FlawInfo{Flaw: KeyTraditional, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has its key in PKCS#1 or SEC 1, as OpenSSL 1 writes it"}},
	{FlawInfo: FlawInfo{Flaw: KeyECParameters, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has an EC key behind its parameters, as openssl ecparam writes it"}},
	{FlawInfo: FlawInfo{Flaw: KeyPKCS8, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has its key in PKCS#8"}},
	{FlawInfo: FlawInfo{Flaw: KeyCRLF, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has its key file with the line ends of Windows"}},
	{FlawInfo: FlawInfo{Flaw: KeyWorldReadable, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has a key file of the mode 0644"}},
	{FlawInfo: FlawInfo{Flaw: KeyMode777, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has a key file of the mode 0777"}},
	{FlawInfo: FlawInfo{Flaw: KeyLink, Kind: KindFile, Server: true, Client: true, Accepted: true, Doc: "has a symbolic link to its key file"}},
	{FlawInfo: FlawInfo{Flaw: AllMissing, Kind: KindFile, Server: false, Client: true, Accepted: false, Doc: "has no file at all"}},
	{FlawInfo: FlawInfo{Flaw: ClientCAMissing, Kind: KindFile, Server: false, Client: true, Accepted: false, Doc: "has no ca.pem"}},
	{FlawInfo: FlawInfo{Flaw: ClientCADirectory, Kind: KindFile, Server: false, Client: true, Accepted: false, Doc: "has a folder for a ca.pem"}},
	{FlawInfo: FlawInfo{Flaw: ClientCADangling, Kind: KindFile, Server: false, Client: true, Accepted: false, Doc: "has a symbolic link to nothing for a ca.pem"}},
	{FlawInfo: FlawInfo{Flaw: ClientCAEmpty, Kind: KindFile, Server: false, Client: true, Accepted: false, Doc: "has an empty ca.pem"}},
	{FlawInfo: FlawInfo{Flaw: ClientCAGarbage, Kind: KindFile, Server: false, Client: true, Accepted: false, Doc: "has text that is no PEM for a ca.pem"}},
	{FlawInfo: FlawInfo{Flaw: ClientCAGarbageBlock, Kind: KindFile, Server: false, Client: true, Accepted: false, Doc: "has a PEM block that holds no certificate for a ca.pem"}},
	{FlawInfo: FlawInfo{Flaw: ClientCADER, Kind: KindFile, Server: false, Client: true, Accepted: false, Doc: "has its CA in DER"}},
	{FlawInfo: FlawInfo{Flaw: ClientCABOM, Kind: KindFile, Server: false, Client: true, Accepted: false, Doc: "has a byte order mark before its CA"}},
	{FlawInfo: FlawInfo{Flaw: ClientCAHeaders, Kind: KindFile, Server: false, Client: true, Accepted: false, Doc: "has its CA in a PEM block with headers"}},
	{FlawInfo: FlawInfo{Flaw: ClientCATrustedLabel, Kind: KindFile, Server: false, Client: true, Accepted: false, Doc: "has its CA under the PEM label TRUSTED CERTIFICATE"}},
	{FlawInfo: FlawInfo{Flaw: ClientCACRLF, Kind: KindFile, Server: false, Client: true, Accepted: true, Doc: "has its ca.pem with the line ends of Windows"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCAMissing, Kind: KindFile, Server: true, Client: false, Accepted: false, Doc: "has no file of what it trusts"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCADirectory, Kind: KindFile, Server: true, Client: false, Accepted: false, Doc: "has a folder for the file of what it trusts"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCADangling, Kind: KindFile, Server: true, Client: false, Accepted: false, Doc: "has a symbolic link to nothing for the file of what it trusts"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCAEmpty, Kind: KindFile, Server: true, Client: false, Accepted: false, Doc: "has an empty file of what it trusts"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCAGarbage, Kind: KindFile, Server: true, Client: false, Accepted: false, Doc: "has text that is no PEM for the file of what it trusts"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCAGarbageBlock, Kind: KindFile, Server: true, Client: false, Accepted: false, Doc: "has a PEM block that holds no certificate for the file of what it trusts"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCADER, Kind: KindFile, Server: true, Client: false, Accepted: false, Doc: "has what it trusts in DER"}},
	{FlawInfo: FlawInfo{Flaw: DaemonCABOM, Kind: KindFile, Server: true, Client: false, Accepted: false, Doc: "has a byte order mark before what it trusts"}},
}
