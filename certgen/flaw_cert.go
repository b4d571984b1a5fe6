package certgen

import (
	"time"
)

// The names of a certificate for another host. They are those of the recordings, so that
// error texts can be compared with them.
const (
	otherHost = "other.example.test"
	otherIP   = "10.10.10.20"
)

var certFlaws = []flaw{
	{name: "expired", sides: both, doc: "ended a day ago", spoil: func(p *party) error {
		p.notBefore, p.notAfter = p.now.Add(-flawDistance), p.now.Add(-flawDistance/2)
		return nil
	}},
	{name: "not-yet-valid", sides: both, doc: "begins in a day", spoil: func(p *party) error {
		p.notBefore, p.notAfter = p.now.Add(flawDistance/2), p.now.Add(flawDistance)
		return nil
	}},
	{name: "other-ca", sides: both, doc: "signed by a CA that the other side does not trust", spoil: signedByStranger},
	{name: "other-ca-same-subject", sides: both, doc: "names the trusted CA and its key as issuer, and is signed with another key", spoil: func(p *party) error {
		key, err := p.subjectKey(string(p.side) + " other ca")
		p.issuer.key = key.Signer
		return err
	}},
	{name: "wrong-hostname", sides: onServer, doc: "made for the hosts " + otherHost + " and " + otherIP, spoil: func(p *party) (err error) {
		p.subject = p.Shape.leafName(otherHost)
		p.names, err = hostNames([]string{otherHost, otherIP})
		return err
	}},
	{name: "wrong-usage", sides: both, doc: "has the extended key usage of the other side alone", spoil: func(p *party) error {
		p.usage = otherUsage[p.side]
		return nil
	}},
	{name: "self-signed", sides: both, doc: "signed by its own key and by no CA", spoil: signedByItself},
	{name: "cn-only", sides: onServer, doc: "has its host as common name and no subject alternative name", spoil: func(p *party) error {
		p.names = nil
		return nil
	}},
	{name: "dates-reversed", sides: both, doc: "ends before it begins", spoil: func(p *party) error {
		p.notBefore, p.notAfter = p.now.Add(flawDistance/2), p.now.Add(-flawDistance/2)
		return nil
	}},
	{name: "issuer-mismatch", sides: both, doc: "signed by the trusted CA and names another as issuer", spoil: func(p *party) (err error) {
		p.issuer.name, err = p.caName(string(p.side) + " other ca")
		return err
	}},
	{name: "aki-mismatch", sides: both, doc: "signed by the trusted CA and names another key as the issuer's", spoil: func(p *party) error {
		p.issuer.keyID = p.key.id
		return nil
	}},
	{name: "subject-is-issuer", sides: both, doc: "has the trusted CA's subject as its own, and no key identifier", spoil: func(p *party) error {
		p.subject = p.issuer.name
		p.drop(oidSubjectKeyID)
		return nil
	}},
	{name: "eku-none", sides: both, doc: "has no extended key usage", spoil: dropping(oidExtendedKeyUsage)},
	{name: "eku-both", sides: both, doc: "has the extended key usages of both sides", spoil: func(p *party) error {
		return setting(oidExtendedKeyUsage, false, sequence(p.usage.der(), otherUsage[p.side].der()))(p)
	}},
	{name: "eku-critical", sides: both, doc: "has its extended key usage marked critical", spoil: func(p *party) error {
		return setting(oidExtendedKeyUsage, true, sequence(p.usage.der()))(p)
	}},
	{name: "eku-any", sides: both, doc: "has the extended key usage \"any\" alone", spoil: setting(oidExtendedKeyUsage, false, sequence(anyUsage.der()))},
	{name: "eku-empty", sides: both, doc: "has an empty list of extended key usages", spoil: setting(oidExtendedKeyUsage, false, sequence())},
	{name: "eku-codesign", sides: both, doc: "has the extended key usage of code signing alone", spoil: setting(oidExtendedKeyUsage, false, sequence(codeSigning.der()))},
	{name: "key-usage-crl-sign", sides: both, doc: "has the key usage of signing revocation lists alone", spoil: setting(oidKeyUsage, true, element(tagBitString, []byte{1, 0b0000_0010}))},
	{name: "key-usage-key-encipherment", sides: onClient, doc: "has the key usage of key encipherment alone", spoil: setting(oidKeyUsage, true, element(tagBitString, []byte{5, 0b0010_0000}))},
	{name: "no-key-usage", sides: both, doc: "has no key usage", spoil: dropping(oidKeyUsage)},
	{name: "ca-true", sides: both, doc: "is marked as a CA", spoil: setting(oidBasicConstraints, true, isCA)},
	{name: "no-key-ids", sides: both, doc: "has no key identifiers, of its own and of its issuer", spoil: dropping(oidSubjectKeyID, oidAuthorityKeyID)},
	{name: "not-after-9999", sides: both, doc: "ends with the year 9999", spoil: func(p *party) error {
		p.notAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
		return nil
	}},
	{name: "not-before-1950", sides: both, doc: "began with the year 1950", spoil: func(p *party) error {
		p.notBefore = time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)
		return nil
	}},
	{name: "empty-subject", sides: both, doc: "has an empty subject", spoil: func(p *party) error {
		p.subject = sequence()
		return nil
	}},
	{name: "no-cn", sides: both, doc: "has a subject without a common name", spoil: func(p *party) error {
		p.subject = sequence(attribute(oidOrganization, tagUTF8String, organization))
		return nil
	}},
	{name: "dead-revocation-urls", sides: both, doc: "points to revocation services where nobody answers", spoil: func(p *party) error {
		p.set(oidAuthorityInfo, false, sequence(sequence(oidOCSP.der(), uriName("http://127.0.0.1:9/ocsp"))))
		p.set(oidCRLDistribution, false, crlAt("http://127.0.0.1:9/ca.crl"))
		return nil
	}},
	{name: "revoked", sides: both, doc: "is on the revocation list of its CA, see CRLPEM, and points to it", spoil: func(p *party) error {
		p.revoked = true
		p.set(oidCRLDistribution, false, crlAt("http://127.0.0.1:9/ca.crl"))
		return nil
	}},
	{name: "must-staple", sides: both, doc: "demands a stapled OCSP answer, and there is none: nobody looks for one", spoil: setting(oidTLSFeature, false, sequence(element(tagInteger, []byte{5})))},
	{name: "proof-of-possession", sides: both, doc: "is presented by one who has another private key", spoil: func(p *party) error {
		p.stranger = true
		return nil
	}},
	{name: "ca-cert-as-server-cert", sides: onServer, doc: "is the CA's own certificate", spoil: presentingCA},
	{name: "ca-cert-as-client", sides: onClient, doc: "is the CA's own certificate", spoil: presentingCA},
	{name: "server-cert-as-client", sides: onClient, doc: "is the server's certificate", spoil: func(p *party) error {
		p.presented = &p.peer.identity
		return nil
	}},
}

// Extensions and usages of flaws alone.
const (
	oidCRLDistribution oid = "\x55\x1d\x1f"
	oidNameConstraints oid = "\x55\x1d\x1e"
	oidAuthorityInfo   oid = "\x2b\x06\x01\x05\x05\x07\x01\x01"
	oidTLSFeature      oid = "\x2b\x06\x01\x05\x05\x07\x01\x18"
	oidOCSP            oid = "\x2b\x06\x01\x05\x05\x07\x30\x01"

	anyUsage    oid = "\x55\x1d\x25\x00"
	codeSigning oid = "\x2b\x06\x01\x05\x05\x07\x03\x03"
)

var otherUsage = map[side]oid{serverSide: clientAuth, clientSide: serverAuth}

func uriName(uri string) []byte { return element(tagContext+nameURI, []byte(uri)) }

func crlAt(uri string) []byte {
	const point, fullName = tagContextConstructed + 0, tagContextConstructed + 0
	return sequence(sequence(element(point, element(fullName, uriName(uri)))))
}

func setting(id oid, critical bool, value []byte) func(*party) error {
	return func(p *party) error {
		p.set(id, critical, value)
		return nil
	}
}

func dropping(ids ...oid) func(*party) error {
	return func(p *party) error {
		p.drop(ids...)
		return nil
	}
}

func signedByStranger(p *party) error {
	ca, err := p.newCA("other ca", p.Key, nil)
	if err == nil {
		p.issuer = ca.authority()
	}
	return err
}

func signedByItself(p *party) error {
	p.issuer = p.template.authority()
	return nil
}

func presentingCA(p *party) error {
	p.presented = p.ca
	return nil
}
