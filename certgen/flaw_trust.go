package certgen

import "crypto/x509"

// Flaws of what a side trusts.
const (
	ClientCABundle          Flaw = "ca-bundle-two"
	ClientCASameName        Flaw = "ca-bundle-same-name"
	ClientCABundleGarbage   Flaw = "ca-bundle-garbage-plus-good"
	ClientCABundleCorrupt   Flaw = "ca-bundle-corrupt-plus-good"
	ClientCABundleTruncated Flaw = "ca-bundle-good-plus-truncated"
	ClientCAOther           Flaw = "ca-other"
	ClientCAServerLeaf      Flaw = "ca-is-server-leaf"
	ClientCAWithKey         Flaw = "ca-with-key"
	DaemonCABundle          Flaw = "daemonca-two"
	DaemonCASameName        Flaw = "daemonca-same-name"
	DaemonCABundleCorrupt   Flaw = "daemonca-corrupt-plus-good"
	DaemonCAOther           Flaw = "daemonca-other"
	DaemonCAClientLeaf      Flaw = "daemonca-leaf-client-cert"
	DaemonCAServerLeaf      Flaw = "daemonca-server-cert"
)

var trustFlaws = []flaw{
	{name: ClientCABundle, sides: onClient, doc: "trusts two CAs", files: withOtherCA(func(ca, other []byte) []byte { return append(other, ca...) })},
	{name: ClientCASameName, sides: onClient, doc: "trusts two CAs of the same subject, the wrong one first", files: withNamesake},
	{name: ClientCABundleGarbage, sides: onClient, doc: "has text that is no PEM before the CA in ca.pem", files: in(caFile, before(someText))},
	{name: ClientCABundleCorrupt, sides: onClient, doc: "has a corrupt certificate before the CA in ca.pem", files: in(caFile, before(corruptCert))},
	{name: ClientCABundleTruncated, sides: onClient, doc: "has a truncated certificate behind the CA in ca.pem", files: withOtherCA(func(ca, other []byte) []byte { return append(ca, truncated(other)...) })},
	{name: ClientCAOther, sides: onClient, doc: "trusts another CA than the server's", files: withOtherCA(func(_, other []byte) []byte { return other })},
	{name: ClientCAServerLeaf, sides: onClient, doc: "trusts the server's certificate itself, and no CA", files: trusting(func(p *party) *party { return p.peer })},
	{name: ClientCAWithKey, sides: onClient, doc: "has the CA's private key before the CA in ca.pem", files: func(p *party, f *files) error {
		f.ca.data = append(p.ca.keyPEM(), f.ca.data...)
		return nil
	}},
	{name: DaemonCABundle, sides: onServer, doc: "trusts two CAs", files: withOtherCA(func(ca, other []byte) []byte { return append(other, ca...) })},
	{name: DaemonCASameName, sides: onServer, doc: "trusts two CAs of the same subject, the wrong one first", files: withNamesake},
	{name: DaemonCABundleCorrupt, sides: onServer, doc: "has a corrupt certificate before the CA in the file of what it trusts", files: in(caFile, before(corruptCert))},
	{name: DaemonCAOther, sides: onServer, doc: "trusts another CA than the client's", files: withOtherCA(func(_, other []byte) []byte { return other })},
	{name: DaemonCAClientLeaf, sides: onServer, doc: "trusts the client's certificate itself, and no CA", files: trusting(func(p *party) *party { return p.peer })},
	{name: DaemonCAServerLeaf, sides: onServer, doc: "trusts its own certificate, and no CA", files: trusting(func(p *party) *party { return p })},
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
