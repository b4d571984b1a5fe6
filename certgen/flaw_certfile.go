package certgen

// Flaws of the file of a certificate.
const (
	CertMissing        Flaw = "cert-missing"
	CertDirectory      Flaw = "cert-directory"
	CertDangling       Flaw = "cert-dangling-link"
	CertEmpty          Flaw = "cert-empty"
	CertGarbage        Flaw = "cert-garbage"
	CertGarbageBlock   Flaw = "cert-garbage-block"
	CertDER            Flaw = "cert-der"
	CertUTF16          Flaw = "cert-utf16"
	CertBOM            Flaw = "cert-bom"
	CertIndented       Flaw = "cert-indented"
	CertTruncated      Flaw = "cert-truncated"
	CertGlued          Flaw = "cert-glued"
	CertTrustedLabel   Flaw = "cert-trusted-label"
	CertX509Label      Flaw = "cert-x509-label"
	CertCAFirst        Flaw = "cert-ca-first"
	CertThenCorrupt    Flaw = "cert-then-corrupt"
	CertCRLF           Flaw = "cert-crlf"
	CertWithText       Flaw = "cert-with-text"
	CertGarbageAfter   Flaw = "cert-garbage-after"
	CertNoNewline      Flaw = "cert-no-newline"
	CertBlanks         Flaw = "cert-trailing-blanks"
	CertLongLine       Flaw = "cert-long-line"
	CertLink           Flaw = "cert-link"
	CombinedCertAndKey Flaw = "combined-cert-and-key"
)

var certFileFlaws = []flaw{
	{name: CertMissing, sides: both, doc: "has no certificate file", files: as(certFile, missing)},
	{name: CertDirectory, sides: both, doc: "has a folder for a certificate file", files: as(certFile, directory)},
	{name: CertDangling, sides: both, doc: "has a symbolic link to nothing for a certificate file", files: as(certFile, dangling)},
	{name: CertEmpty, sides: both, doc: "has an empty certificate file", files: in(certFile, empty)},
	{name: CertGarbage, sides: both, doc: "has text that is no PEM for a certificate file", files: in(certFile, garbage)},
	{name: CertGarbageBlock, sides: both, doc: "has a PEM block that holds no certificate for a certificate file", files: in(certFile, garbageBlock("CERTIFICATE"))},
	{name: CertDER, sides: both, doc: "has its certificate in DER", files: in(certFile, der)},
	{name: CertUTF16, sides: both, doc: "has its certificate file in UTF-16", files: in(certFile, utf16)},
	{name: CertBOM, sides: both, doc: "has a byte order mark before its certificate", files: in(certFile, bom)},
	{name: CertIndented, sides: both, doc: "has its certificate file indented, as YAML would", files: in(certFile, indented)},
	{name: CertTruncated, sides: both, doc: "has a certificate file that breaks off", files: in(certFile, truncated)},
	{name: CertGlued, sides: both, doc: "has its CA's certificate behind its own without a line end between them", files: withCA(func(cert, ca []byte) []byte { return append(noNewline(cert), ca...) })},
	{name: CertTrustedLabel, sides: both, doc: "has the PEM label TRUSTED CERTIFICATE", files: in(certFile, relabelled("CERTIFICATE", "TRUSTED CERTIFICATE"))},
	{name: CertX509Label, sides: both, doc: "has the PEM label X509 CERTIFICATE", files: in(certFile, relabelled("CERTIFICATE", "X509 CERTIFICATE"))},
	{name: CertCAFirst, sides: both, doc: "has its CA's certificate before its own", files: withCA(func(cert, ca []byte) []byte { return append(ca, cert...) })},
	{name: CertThenCorrupt, sides: both, doc: "has a corrupt certificate behind its own", files: in(certFile, behind(corruptCert))},
	{name: CertCRLF, sides: both, doc: "has its certificate file with the line ends of Windows", files: in(certFile, crlf)},
	{name: CertWithText, sides: both, doc: "has text before its certificate", files: in(certFile, before(someText))},
	{name: CertGarbageAfter, sides: both, doc: "has text behind its certificate", files: in(certFile, behind(someText))},
	{name: CertNoNewline, sides: both, doc: "has no line end at the end of its certificate file", files: in(certFile, noNewline)},
	{name: CertBlanks, sides: both, doc: "has blanks at the line ends of its certificate file", files: in(certFile, trailingBlanks)},
	{name: CertLongLine, sides: both, doc: "has its certificate in one long line", files: in(certFile, longLine)},
	{name: CertLink, sides: both, doc: "has a symbolic link to its certificate file", files: as(certFile, linked)},
	{name: CombinedCertAndKey, sides: both, doc: "has its certificate and its key in one file, and gives it as both", files: func(_ *party, f *files) error {
		f.cert.data = append(f.cert.data, f.key.data...)
		f.key.data, f.cert.mode = f.cert.data, keyMode
		return nil
	}},
}
