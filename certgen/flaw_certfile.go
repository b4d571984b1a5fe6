package certgen

var certFileFlaws = []flaw{
	{name: "cert-missing", sides: both, doc: "has no certificate file", files: as(certFile, missing)},
	{name: "cert-directory", sides: both, doc: "has a folder for a certificate file", files: as(certFile, directory)},
	{name: "cert-dangling-link", sides: both, doc: "has a symbolic link to nothing for a certificate file", files: as(certFile, dangling)},
	{name: "cert-empty", sides: both, doc: "has an empty certificate file", files: in(certFile, empty)},
	{name: "cert-garbage", sides: both, doc: "has text that is no PEM for a certificate file", files: in(certFile, garbage)},
	{name: "cert-garbage-block", sides: both, doc: "has a PEM block that holds no certificate for a certificate file", files: in(certFile, garbageBlock("CERTIFICATE"))},
	{name: "cert-der", sides: both, doc: "has its certificate in DER", files: in(certFile, der)},
	{name: "cert-utf16", sides: both, doc: "has its certificate file in UTF-16", files: in(certFile, utf16)},
	{name: "cert-bom", sides: both, doc: "has a byte order mark before its certificate", files: in(certFile, bom)},
	{name: "cert-indented", sides: both, doc: "has its certificate file indented, as YAML would", files: in(certFile, indented)},
	{name: "cert-truncated", sides: both, doc: "has a certificate file that breaks off", files: in(certFile, truncated)},
	{name: "cert-glued", sides: both, doc: "has its CA's certificate behind its own without a line end between them", files: withCA(func(cert, ca []byte) []byte { return append(noNewline(cert), ca...) })},
	{name: "cert-trusted-label", sides: both, doc: "has the PEM label TRUSTED CERTIFICATE", files: in(certFile, relabelled("CERTIFICATE", "TRUSTED CERTIFICATE"))},
	{name: "cert-x509-label", sides: both, doc: "has the PEM label X509 CERTIFICATE", files: in(certFile, relabelled("CERTIFICATE", "X509 CERTIFICATE"))},
	{name: "cert-ca-first", sides: both, doc: "has its CA's certificate before its own", files: withCA(func(cert, ca []byte) []byte { return append(ca, cert...) })},
	{name: "cert-then-corrupt", sides: both, doc: "has a corrupt certificate behind its own", files: in(certFile, behind(corruptCert))},
	{name: "cert-crlf", sides: both, doc: "has its certificate file with the line ends of Windows", files: in(certFile, crlf)},
	{name: "cert-with-text", sides: both, doc: "has text before its certificate", files: in(certFile, before(someText))},
	{name: "cert-garbage-after", sides: both, doc: "has text behind its certificate", files: in(certFile, behind(someText))},
	{name: "cert-no-newline", sides: both, doc: "has no line end at the end of its certificate file", files: in(certFile, noNewline)},
	{name: "cert-trailing-blanks", sides: both, doc: "has blanks at the line ends of its certificate file", files: in(certFile, trailingBlanks)},
	{name: "cert-long-line", sides: both, doc: "has its certificate in one long line", files: in(certFile, longLine)},
	{name: "cert-link", sides: both, doc: "has a symbolic link to its certificate file", files: as(certFile, linked)},
	{name: "combined-cert-and-key", sides: both, doc: "has its certificate and its key in one file, and gives it as both", files: func(_ *party, f *files) error {
		f.cert.data = append(f.cert.data, f.key.data...)
		f.key.data, f.cert.mode = f.cert.data, keyMode
		return nil
	}},
}
