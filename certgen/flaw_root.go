package certgen

import "crypto"

var rootFlaws = []flaw{
	{name: "expired-root", sides: both, doc: "signed by a trusted root that ended a day ago", spoil: root(ended)},
	{name: "not-yet-valid-root", sides: both, doc: "signed by a trusted root that begins in a day", spoil: root(func(p *party, ca *template) {
		ca.notBefore, ca.notAfter = p.now.Add(flawDistance/2), p.now.Add(flawDistance)
	})},
	{name: "root-wrong-usage", sides: both, doc: "signed by a trusted root with the extended key usage of the other side alone", spoil: root(usableForPeer)},
	{name: "root-no-keycertsign", sides: both, doc: "signed by a trusted root whose key usage does not allow it", spoil: root(func(_ *party, ca *template) {
		ca.set(oidKeyUsage, true, element(tagBitString, []byte{1, 0b0000_0010})) // cRLSign
	})},
	{name: "root-not-ca", sides: both, doc: "signed by a trusted root that is marked as none of a CA", spoil: root(func(_ *party, ca *template) {
		ca.set(oidBasicConstraints, true, notCA)
	})},
	{name: "root-no-basic-constraints", sides: both, doc: "signed by a trusted root that does not say whether it is a CA", spoil: root(func(_ *party, ca *template) {
		ca.drop(oidBasicConstraints)
	})},
	{name: "root-critical-unknown-extension", sides: both, doc: "signed by a trusted root with a critical extension that nobody knows", spoil: root(func(_ *party, ca *template) {
		ca.set(oidUnknown, true, element(tagNull))
	})},
	{name: "root-rsa1024", sides: both, doc: "signed by a trusted root with an RSA key of 1024 bits", spoil: func(p *party) error { return p.root(rsa1024, nil) }},
	{name: "root-empty-subject", sides: both, doc: "signed by a trusted root with an empty subject", spoil: root(func(_ *party, ca *template) {
		ca.subject = sequence()
	})},
	{name: "root-v1", sides: both, doc: "signed by a trusted root of X.509 version 1", spoil: root(func(_ *party, ca *template) {
		ca.v1 = true
	})},
	{name: "root-no-key-usage", sides: both, doc: "signed by a trusted root without key usage", spoil: root(func(_ *party, ca *template) {
		ca.drop(oidKeyUsage)
	})},
	{name: "root-no-ski", sides: both, doc: "signed by a trusted root without key identifiers", spoil: root(func(_ *party, ca *template) {
		ca.drop(oidSubjectKeyID, oidAuthorityKeyID)
	})},
	{name: "root-basic-constraints-not-critical", sides: both, doc: "signed by a trusted root whose basic constraints are not marked critical", spoil: root(func(_ *party, ca *template) {
		ca.set(oidBasicConstraints, false, isCA)
	})},
	{name: "root-pathlen-zero", sides: both, doc: "signed by a trusted root that allows no CA below it", spoil: root(pathLengthZero)},
	{name: "root-ed25519", sides: both, doc: "signed by a trusted root with an Ed25519 key", spoil: func(p *party) error { return p.root(Ed25519, nil) }},
	{name: "root-sha1-sig", sides: both, doc: "signed by a trusted root that signed itself over a SHA-1 hash", spoil: func(p *party) error {
		t := p.Key
		if t == Ed25519 { // signs over no hash
			t = P256
		}
		return p.root(t, func(_ *party, ca *template) {
			algorithm := ecdsaWithSHA1
			if isRSA(ca.issuer.key) {
				algorithm = sha1WithRSA
			}
			ca.signature = &signature{algorithm: sequence(algorithm), opts: crypto.SHA1}
		})
	}},
	{name: "self-signed-trusted", sides: both, doc: "signed by its own key, and trusted itself", spoil: func(p *party) error {
		p.trusted = true
		return signedByItself(p)
	}},
	{name: "ca-is-leaf", sides: both, doc: "signed by its own key, marked as a CA, and trusted itself", spoil: func(p *party) error {
		p.trusted = true
		p.set(oidBasicConstraints, true, isCA)
		p.set(oidKeyUsage, true, element(tagBitString, []byte{2, 0b1000_0100})) // digitalSignature, keyCertSign
		return signedByItself(p)
	}},
	{name: "leaf-trusted", sides: both, doc: "signed by a CA that nobody trusts, and trusted itself", spoil: func(p *party) error {
		p.trusted = true
		return signedByStranger(p)
	}},
}

func root(odd change) func(*party) error {
	return func(p *party) error { return p.root(p.Key, odd) }
}

func ended(p *party, ca *template) {
	ca.notBefore, ca.notAfter = p.now.Add(-flawDistance), p.now.Add(-flawDistance/2)
}

func pathLengthZero(_ *party, ca *template) {
	ca.set(oidBasicConstraints, true, sequence(element(tagBoolean, []byte{0xff}), element(tagInteger, []byte{0})))
}

func usableForPeer(p *party, ca *template) {
	ca.set(oidExtendedKeyUsage, false, sequence(otherUsage[p.side].der()))
}
