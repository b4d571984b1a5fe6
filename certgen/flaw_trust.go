package certgen

import "crypto/x509"

var trustFlaws = []flaw{
	{name: "ca-bundle-two", sides: onClient, doc: "trusts two CAs", files: withOtherCA(func(ca, other []byte) []byte { return append(other, ca...) })},
	{name: "ca-bundle-same-name", sides: onClient, doc: "trusts two CAs of the same subject, the wrong one first", files: withNamesake},
	{name: "ca-bundle-garbage-plus-good", sides: onClient, doc: "has text that is no PEM before the CA in ca.pem", files: in(caFile, before(someText))},
	{name: "ca-bundle-corrupt-plus-good", sides: onClient, doc: "has a corrupt certificate before the CA in ca.pem", files: in(caFile, before(corruptCert))},
	{name: "ca-bundle-good-plus-truncated", sides: onClient, doc: "has a truncated certificate behind the CA in ca.pem", files: withOtherCA(func(ca, other []byte) []byte { return append(ca, truncated(other)...) })},
	{name: "ca-other", sides: onClient, doc: "trusts another CA than the server's", files: withOtherCA(func(_, other []byte) []byte { return other })},
	{name: "ca-is-server-leaf", sides: onClient, doc: "trusts the server's certificate itself, and no CA", files: trusting(func(p *party) *party { return p.peer })},
	{name: "ca-with-key", sides: onClient, doc: "has the CA's private key before the CA in ca.pem", files: func(p *party, f *files) error {
		f.ca.data = append(p.ca.keyPEM(), f.ca.data...)
		return nil
	}},
	{name: "daemonca-two", sides: onServer, doc: "trusts two CAs", files: withOtherCA(func(ca, other []byte) []byte { return append(other, ca...) })},
	{name: "daemonca-same-name", sides: onServer, doc: "trusts two CAs of the same subject, the wrong one first", files: withNamesake},
	{name: "daemonca-corrupt-plus-good", sides: onServer, doc: "has a corrupt certificate before the CA in the file of what it trusts", files: in(caFile, before(corruptCert))},
	{name: "daemonca-other", sides: onServer, doc: "trusts another CA than the client's", files: withOtherCA(func(_, other []byte) []byte { return other })},
	{name: "daemonca-leaf-client-cert", sides: onServer, doc: "trusts the client's certificate itself, and no CA", files: trusting(func(p *party) *party { return p.peer })},
	{name: "daemonca-server-cert", sides: onServer, doc: "trusts its own certificate, and no CA", files: trusting(func(p *party) *party { return p })},
}

// withOtherCA joins the file of what a side trusts with another CA.
func withOtherCA(join func(ca, other []byte) []byte) func(*party, *files) error {
	return func(p *party, f *files) error {
		other, err := p.newCA("another ca", p.Key, nil)
		if err != nil {
			return err
		}
		cert, err := other.sign(p.Shape)
		f.ca.data = join(f.ca.data, certsPEM(cert))
		return err
	}
}

// withNamesake puts a CA with another key and the subject of the bundle's before it.
func withNamesake(p *party, f *files) error {
	ca, err := x509.ParseCertificate(p.ca.cert)
	if err != nil {
		return err
	}
	other, err := p.newCA("another ca", p.Key, nil)
	if err != nil {
		return err
	}
	other.subject, other.issuer.name = ca.RawSubject, ca.RawSubject
	cert, err := other.sign(p.Shape)
	f.ca.data = append(certsPEM(cert), f.ca.data...)
	return err
}

// trusting puts a side's certificate in the place of the CA.
func trusting(whose func(*party) *party) func(*party, *files) error {
	return func(p *party, f *files) error {
		f.ca.data = certsPEM(whose(p).identity.cert)
		return nil
	}
}
