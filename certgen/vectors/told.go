package vectors

import "github.com/fakedockerd/fakedockerd/certgen"

// A tell is what a verdict on a flaw has beyond what is usual with its outcomes.
type tell struct {
	// cause is the error of crypto/x509, byAddress the same when the server is called by its address and for another host, and unread
	// the one with which it reads no further. The text is that of the whole handshake.
	cause, byAddress, unread, text string
	// load is the cause that dockerd gives when it cannot use its files, and clients as well but for what they say of a key.
	load, ofKey, cliOfKey string
	// openSSL is what it ends with, byName the same when the server is called by its name, curl what curl says of a server.
	openSSL, byName code
	curl            int
	// why is why programs do what they do, where the rule's own reasons do not say it.
	why string
}

// A code is an error of OpenSSL, 0 for the usual one.
type code int

// noError is none where one is usual.
const noError code = -2

func (c code) or(usual int) int {
	switch c {
	case 0:
		return usual
	case noError:
		return 0
	}
	return int(c)
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
	badSignature = unknownCA + ` (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate "{ca}")`
	noSigner     = unknownCA + ` (possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate" while trying to verify candidate authority certificate "{ca}")`

	noFile      = "open {file}: no such file or directory"
	isFolder    = "read {file}: is a directory"
	noCertBlock = "tls: failed to find any PEM data in certificate input"
	otherKey    = "tls: private key does not match public key"
	badKey      = "tls: failed to parse private key"
)

// noKeyBlock is of a file that has no PEM block with a key.
var noKeyBlock = tell{load: "tls: failed to find any PEM data in key input", ofKey: "no valid private key found"}

// told are the flaws of which something is unusual.
var told = map[certgen.Flaw]tell{
	certgen.OtherCA:            {why: keptBack},
	certgen.OtherCASameSubject: {cause: badSignature, openSSL: 7, why: "with the key identifier of the trusted CA in it the signature is what is wrong"},
	certgen.WrongHostname: {
		cause:     "x509: certificate is valid for other.example.test, not docker.example.test",
		byAddress: "x509: certificate is valid for 10.10.10.20, not 127.0.0.1",
	},
	certgen.WrongUsage:              {why: "a certificate for the other side of a handshake"},
	certgen.SelfSigned:              {openSSL: 18, why: keptBack},
	certgen.CNOnly:                  {why: "Go has not looked at common names since 1.15; OpenSSL does when there is no DNS name; curl also for IP addresses where its TLS library does"},
	certgen.IssuerMismatch:          {why: keptBack},
	certgen.AKIMismatch:             {openSSL: 20, why: "Go uses the authority key identifier only to sort candidates; OpenSSL drops a candidate that has another"},
	certgen.SubjectIsIssuer:         {openSSL: 18, why: "OpenSSL takes it for self-signed; a key identifier of its own would tell it apart, which scripts that give CA and server the same CN leave out"},
	certgen.EKUAny:                  {openSSL: 26, why: "OpenSSL does not take anyExtendedKeyUsage for the usage of TLS; Go does"},
	certgen.EKUEmpty:                {openSSL: 26, why: "for Go no usage is no restriction; for OpenSSL it is none that fits"},
	certgen.KeyUsageCRLSign:         {openSSL: 26, why: leafUsage},
	certgen.KeyUsageKeyEncipherment: {openSSL: 26, why: leafUsage},
	certgen.DeadRevocationURLs:      {why: "nobody looks at revocation lists or asks OCSP servers unless told to"},
	certgen.Revoked:                 {why: "nobody looks at revocation lists unless told to, as curl with --crlfile"},
	certgen.MustStaple:              {why: "nobody looks for a stapled answer unless told to"},
	certgen.ProofOfPossession: {
		text: "tls: invalid signature by the {side} certificate: ECDSA verification failure", load: otherKey, openSSL: OtherError,
		why: "the files are those of key-mismatch, which no program loads; the configs of a Bundle present it all the same",
	},
	certgen.CACertAsServerCert: {openSSL: 26, why: "in Go and curl it fails for its lack of names; OpenSSL finds its key usage unfit first"},
	certgen.CACertAsClient:     {openSSL: 26, why: "Go does not look at the key usage of leaves, so it takes the CA for a client; OpenSSL does not"},

	certgen.IPSANOnly:   {byName: noError, why: "openssl s_client falls back to the common name when there is no DNS name; Go and curl do not"},
	certgen.NoIPv6SAN:   {why: "only a client that calls ::1 is told apart; these call 127.0.0.1"},
	certgen.WildcardAll: {cause: "x509: certificate is valid for *, not docker.example.test"},
	certgen.WildcardPartial: {
		cause: "x509: certificate is valid for doc*.example.test, not docker.example.test", byName: noError,
		why: "RFC 9525 forbids a wildcard that is part of a label; OpenSSL takes it unless told otherwise, as curl tells it",
	},
	certgen.SANIP5Octets:     {unread: "x509: cannot parse IP address of length 5"},
	certgen.SANRawUTF8:       {unread: "x509: SAN dNSName is malformed"},
	certgen.SANTrailingDot:   {cause: "x509: certificate is valid for docker.example.test., not docker.example.test", byName: 62},
	certgen.SANTrailingBlank: {cause: "x509: certificate is valid for docker.example.test , not docker.example.test"},
	certgen.SANNul:           {cause: "x509: certificate is valid for docker.example.test\x00.other.example.test, not docker.example.test"},
	certgen.SANSemicolon: {
		cause: "x509: certificate is valid for docker.example.test;IP:127.0.0.1, not docker.example.test",
		why:   "OpenSSL separates alternative names by commas, and takes what is behind a semicolon for a part of the name",
	},
	certgen.TenThousandNames: {openSSL: OtherError, why: "Go takes messages of 256 KB, OpenSSL of 100 KB; Go sends no more than it takes"},

	certgen.KeyRSA512:  {text: alerted + "handshake failure", openSSL: 66, why: "Go cannot sign a handshake with it"},
	certgen.KeyRSA1024: {openSSL: 66, why: "Go bans RSA keys below 1024 bits; OpenSSL at its security level 2 those below 2048. In FIPS mode Go does so, too"},
	certgen.KeyP224: {
		text: alerted + "handshake failure", openSSL: OtherError,
		why: "TLS 1.3 has no signatures with P-224, and a Go server makes none over TLS 1.2 either; a client that speaks TLS 1.2 is let in with it",
	},
	certgen.SHA1Sig:            {cause: insecure("ECDSA-SHA1"), openSSL: 68, why: "broken: Go does not verify such signatures at all. A self-signature of a root is not looked at: see root-sha1-sig"},
	certgen.MD5Sig:             {cause: insecure("MD5-RSA"), openSSL: 68, why: "broken: Go does not verify such signatures at all"},
	certgen.FlippedSignature:   {cause: badSignature, openSSL: 7, why: rightCA},
	certgen.ChangedTBS:         {cause: badSignature, openSSL: 7, why: rightCA},
	certgen.InnerOuterSigalg:   {unread: "x509: inner and outer signature algorithm identifiers don't match", openSSL: 20, why: strictly},
	certgen.DuplicateExtension: {unread: `x509: certificate contains duplicate extension with OID "2.5.29.35"`, openSSL: 20, curl: 35, why: strictly},
	certgen.TrailingBytes:      {unread: "x509: trailing data", openSSL: OtherError, why: strictly},
	certgen.NegativeSerial: {
		unread: "x509: negative serial number", openSSL: noError,
		why: "Go refuses it since 1.23 unless GODEBUG has x509negativeserial=1, as the released docker CLI has built in; OpenSSL takes it",
	},

	certgen.InterWithoutChain:       {why: "nobody fetches a missing intermediate. A Go client keeps the certificate to itself, since the daemon does not ask for its issuer"},
	certgen.InterTrustedAsRoot:      {openSSL: 2, why: "openssl s_client and s_server want a root, unless given -partial_chain; Go and curl take any trusted certificate for an anchor"},
	certgen.ExpiredIntermediate:     {why: "every certificate of the chain is checked"},
	certgen.InterWrongUsage:         {why: "extended key usages nest in both"},
	certgen.InterNotCA:              {cause: noSigner, openSSL: 79},
	certgen.InterNoBasicConstraints: {cause: noSigner, openSSL: 79},
	certgen.PathlenExceeded:         {cause: "x509: too many intermediates for path length constraint", openSSL: 25},
	certgen.NameConstraints:         {cause: `x509: a root or intermediate certificate is not authorized to sign for this name: DNS name "docker.example.test" is not permitted by any constraint`, openSSL: 47},
	certgen.NameConstraintsDN:       {openSSL: noError, why: "Go knows no constraints of directory names and takes a critical one for an unknown extension"},
	certgen.CrossSigned:             {openSSL: 20, why: "Go tries the second certificate of the same subject and key when the first leads to no root; OpenSSL does not go back"},

	certgen.ExpiredRoot:            {why: wholeChain},
	certgen.NotYetValidRoot:        {why: wholeChain},
	certgen.RootWrongUsage:         {why: "extended key usages nest in both, the root included"},
	certgen.RootNoKeycertsign:      {cause: noSigner, openSSL: 79},
	certgen.RootNotCA:              {cause: noSigner, openSSL: 79},
	certgen.RootNoBasicConstraints: {cause: noSigner, openSSL: noError, why: "OpenSSL takes a self-signed root for a CA; Go wants a root of version 3 to say so"},
	certgen.RootRSA1024:            {openSSL: 67, why: "Go bans RSA keys below 1024 bits; OpenSSL at its security level 2 those below 2048"},
	certgen.RootEmptySubject:       {openSSL: noError, why: "curl reads the issuer's name and gives up on an empty one: couldn't get X509-issuer name"},
	certgen.LeafTrusted: {
		openSSL: 20,
		why:     "openssl s_client and s_server want a root, unless given -partial_chain. A daemon asks for certificates that the leaf signed, so a Go client keeps its own to itself",
	},

	certgen.CABundleCorruptPlusGood:   {why: skipped + "; OpenSSL refuses the file"},
	certgen.CABundleGoodPlusTruncated: {why: skipped + "; OpenSSL refuses the file"},
	certgen.DaemonCACorruptPlusGood:   {why: skipped},
	certgen.DaemonCAOther:             {why: otherIssuer},
	certgen.DaemonCALeafClientCert:    {why: "the daemon asks for certificates that the leaf signed, so a Go client keeps its own to itself; curl sends it and is let in"},
	certgen.DaemonCAServerCert:        {why: otherIssuer},

	certgen.CertMissing:      {load: noFile},
	certgen.CertDirectory:    {load: isFolder},
	certgen.CertDanglingLink: {load: noFile},
	certgen.CertEmpty:        {load: noCertBlock},
	certgen.CertGarbage:      {load: noCertBlock},
	certgen.CertGarbageBlock: {load: "x509: malformed certificate"},
	certgen.CertDER:          {load: noCertBlock},
	certgen.CertUTF16:        {load: noCertBlock},
	certgen.CertBOM:          {load: noCertBlock, why: firstLine},
	certgen.CertIndented:     {load: noCertBlock},
	certgen.CertTruncated:    {load: noCertBlock},
	certgen.CertGlued:        {load: noCertBlock},
	certgen.CertTrustedLabel: {load: otherBlock("TRUSTED CERTIFICATE"), why: oneLabel},
	certgen.CertX509Label:    {load: otherBlock("X509 CERTIFICATE"), why: oneLabel},
	certgen.CertCAFirst:      {load: otherKey, why: "the first certificate counts"},
	certgen.CertThenCorrupt: {
		unread: "x509: malformed certificate", openSSL: OtherError,
		why: "Go looks at the first certificate of its own file alone and sends the rest; the other side parses it",
	},

	certgen.KeyMissing:      {load: noFile},
	certgen.KeyDirectory:    {load: isFolder},
	certgen.KeyDanglingLink: {load: noFile},
	certgen.KeyEmpty:        noKeyBlock,
	certgen.KeyGarbage:      noKeyBlock,
	certgen.KeyGarbageBlock: {load: badKey},
	certgen.KeyDER:          noKeyBlock,
	certgen.KeyBOM:          {load: noKeyBlock.load, ofKey: noKeyBlock.ofKey, why: firstLine},
	certgen.KeyTruncated:    noKeyBlock,
	certgen.KeyEncryptedLegacy: {
		load: badKey, ofKey: "private key is encrypted; encrypted private keys are obsolete, and not supported",
		cliOfKey: "private key is encrypted - support for encrypted private keys has been removed, see https://docs.docker.com/go/deprecated/",
		why:      noPassPhrase,
	},
	certgen.KeyEncryptedPKCS8: {load: badKey, why: noPassPhrase + ". The text does not say so, unlike for the old form: OpenSSL 3 writes this one"},
	certgen.KeyMismatch:       {load: otherKey},
	certgen.KeyMismatchType:   {load: "tls: private key type does not match public key type"},
	certgen.KeySecond:         {load: otherKey, why: "the first key counts"},
	certgen.Swapped:           {load: "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"},
	certgen.KeyFooLabel:       {why: anyLabel},
	certgen.KeyPKCS8AsRSA:     {why: anyLabel},
	certgen.KeyWorldReadable:  {why: "nobody looks at modes"},
	certgen.KeyMode777:        {why: "nobody looks at modes"},

	certgen.AllMissing:           {load: noFile, why: "the docker CLI and docker/docker/client read ca.pem first, curl the certificate"},
	certgen.CAMissing:            {load: noFile},
	certgen.CADirectory:          {load: isFolder},
	certgen.CADanglingLink:       {load: noFile},
	certgen.CABOM:                {why: firstLine},
	certgen.CATrustedLabel:       {why: oneLabel},
	certgen.DaemonCAMissing:      {load: noFile},
	certgen.DaemonCADirectory:    {load: isFolder},
	certgen.DaemonCADanglingLink: {load: noFile},
	certgen.DaemonCABOM:          {why: "to Go the mark hides the only block"},
}

// Reasons that several flaws have.
const (
	keptBack     = "a Go client keeps the certificate to itself, since the daemon does not ask for its issuer"
	leafUsage    = "Go does not look at the key usage of leaves (golang/go#40100)"
	rightCA      = "the CA is the right one, so OpenSSL says that the signature is wrong (7) and curl, whose handshake it ends, 35"
	strictly     = "Go parses strictly before it verifies, also its own files since 1.23"
	wholeChain   = "every certificate of the chain is checked, the root included"
	skipped      = "Go skips what it cannot parse"
	otherIssuer  = "Go clients keep a certificate of another CA to themselves; curl sends it and gets unknown CA"
	firstLine    = "OpenSSL looks for the first line that begins a block; to Go the mark hides the only one"
	oneLabel     = "Go knows the label CERTIFICATE alone"
	anyLabel     = "Go takes every label that ends in PRIVATE KEY, and tries all forms of a key"
	noPassPhrase = "no program of Docker asks for a pass phrase"
)

func insecure(algorithm string) string {
	return unknownCA + ` (possibly because of "x509: cannot verify signature: insecure algorithm ` + algorithm + `" while trying to verify candidate authority certificate "{ca}")`
}

func otherBlock(label string) string {
	return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [` + label + "]"
}
