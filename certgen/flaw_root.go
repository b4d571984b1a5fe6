package certgen

import "crypto"

// Flaws of the root, which the other side trusts.
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
)

var rootFlaws = []flaw{
	{name: RootExpired, sides: both, doc: "signed by a trusted root that ended a day ago", spoil: root(ended)},
	{name: RootNotYetValid, sides: both, doc: "signed by a trusted root that begins in a day", spoil: root(func(p *party, ca *template) {
		ca.notBefore, ca.notAfter = p.now.Add(flawDistance/2), p.now.Add(flawDistance)
	})},
	{name: RootWrongUsage, sides: both, doc: "signed by a trusted root with the extended key usage of the other side alone", spoil: root(usableForPeer)},
	{name: RootNoCertSign, sides: both, doc: "signed by a trusted root whose key usage does not allow it", spoil: root(func(_ *party, ca *template) {
		ca.set(oidKeyUsage, true, element(tagBitString, []byte{1, 0b0000_0010})) // cRLSign
	})},
	{name: RootNotCA, sides: both, doc: "signed by a trusted root that is marked as none of a CA", spoil: root(func(_ *party, ca *template) {
		ca.set(oidBasicConstraints, true, notCA)
	})},
	{name: RootNoBasicConstraints, sides: both, doc: "signed by a trusted root that does not say whether it is a CA", spoil: root(func(_ *party, ca *template) {
		ca.drop(oidBasicConstraints)
	})},
	{name: RootCriticalUnknown, sides: both, doc: "signed by a trusted root with a critical extension that nobody knows", spoil: root(func(_ *party, ca *template) {
		ca.set(oidUnknown, true, element(tagNull))
	})},
	{name: RootRSA1024, sides: both, doc: "signed by a trusted root with an RSA key of 1024 bits", spoil: func(p *party) error { return p.root(rsa1024, nil) }},
	{name: RootEmptySubject, sides: both, doc: "signed by a trusted root with an empty subject", spoil: root(func(_ *party, ca *template) {
		ca.subject = sequence()
	})},
	{name: RootV1, sides: both, doc: "signed by a trusted root of X.509 version 1", spoil: root(func(_ *party, ca *template) {
		ca.v1 = true
	})},
	{name: RootNoKeyUsage, sides: both, doc: "signed by a trusted root without key usage", spoil: root(func(_ *party, ca *template) {
		ca.drop(oidKeyUsage)
	})},
	{name: RootNoKeyID, sides: both, doc: "signed by a trusted root without key identifiers", spoil: root(func(_ *party, ca *template) {
		ca.drop(oidSubjectKeyID, oidAuthorityKeyID)
	})},
	{name: RootBasicConstraintsNotCritical, sides: both, doc: "signed by a trusted root whose basic constraints are not marked critical", spoil: root(func(_ *party, ca *template) {
		ca.set(oidBasicConstraints, false, isCA)
	})},
	{name: RootPathLengthZero, sides: both, doc: "signed by a trusted root that allows no CA below it", spoil: root(pathLengthZero)},
	{name: RootEd25519, sides: both, doc: "signed by a trusted root with an Ed25519 key", spoil: func(p *party) error { return p.root(Ed25519, nil) }},
	{name: RootSHA1, sides: both, doc: "signed by a trusted root that signed itself over a SHA-1 hash", spoil: func(p *party) error {
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
	{name: SelfSignedTrusted, sides: both, doc: "signed by its own key, and trusted itself", spoil: func(p *party) error {
		p.trusted = true
		return signedByItself(p)
	}},
	{name: LeafIsCA, sides: both, doc: "signed by its own key, marked as a CA, and trusted itself", spoil: func(p *party) error {
		p.trusted = true
		p.set(oidBasicConstraints, true, isCA)
		p.set(oidKeyUsage, true, element(tagBitString, []byte{2, 0b1000_0100})) // digitalSignature, keyCertSign
		return signedByItself(p)
	}},
	{name: LeafTrusted, sides: both, doc: "signed by a CA that nobody trusts, and trusted itself", spoil: func(p *party) error {
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
