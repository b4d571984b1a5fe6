package certgen

var chainFlaws = []flaw{
	{name: "inter-complete", sides: onServer, doc: "signed by an intermediate CA, which is sent", spoil: intermediate(nil)},
	{name: "inter-incomplete", sides: onServer, doc: "signed by an intermediate CA, which is not sent", spoil: intermediateNotSent},
	{name: "inter-complete-plus-root", sides: onServer, doc: "signed by an intermediate CA, which is sent, and the root as well", spoil: intermediateAndRoot},
	{name: "inter-with-chain", sides: onClient, doc: "signed by an intermediate CA, which is sent", spoil: intermediate(nil)},
	{name: "inter-without-chain", sides: onClient, doc: "signed by an intermediate CA, which is not sent", spoil: intermediateNotSent},
	{name: "inter-with-chain-and-root", sides: onClient, doc: "signed by an intermediate CA, which is sent, and the root as well", spoil: intermediateAndRoot},
	{name: "inter-trusted-as-root", sides: both, doc: "signed by an intermediate CA, which is trusted and its root is not", spoil: func(p *party) error {
		err := intermediate(nil)(p)
		p.roots, p.chain = p.chain, nil
		return err
	}},
	{name: "expired-intermediate", sides: both, doc: "signed by an intermediate CA that ended a day ago", spoil: intermediate(ended)},
	{name: "inter-wrong-usage", sides: both, doc: "signed by an intermediate CA with the extended key usage of the other side alone", spoil: intermediate(usableForPeer)},
	{name: "inter-not-ca", sides: both, doc: "signed by an intermediate certificate that is marked as none of a CA", spoil: intermediate(func(_ *party, ca *template) {
		ca.set(oidBasicConstraints, true, notCA)
	})},
	{name: "inter-no-basic-constraints", sides: both, doc: "signed by an intermediate certificate that does not say whether it is a CA", spoil: intermediate(func(_ *party, ca *template) {
		ca.drop(oidBasicConstraints)
	})},
	{name: "pathlen-exceeded", sides: both, doc: "signed by an intermediate CA below a root that allows none", spoil: func(p *party) error {
		if err := p.root(p.Key, pathLengthZero); err != nil {
			return err
		}
		return intermediate(nil)(p)
	}},
	{name: "name-constraints", sides: both, doc: "signed by a CA that may only sign for permitted.example.test", spoil: func(p *party) error {
		if p.names == nil { // names that are constrained
			p.names = p.hostNames
		}
		return p.root(p.Key, func(_ *party, ca *template) {
			ca.set(oidNameConstraints, true, permitting(dnsName("permitted.example.test")))
		})
	}},
	{name: "name-constraints-dn", sides: both, doc: "signed by a CA that may only sign for the subject that it has", spoil: func(p *party) error {
		return p.root(p.Key, func(p *party, ca *template) {
			ca.set(oidNameConstraints, true, permitting(element(tagContextConstructed+nameDirectory, p.subject)))
		})
	}},
	{name: "cross-signed", sides: both, doc: "signed by an intermediate CA of which two certificates are sent: first that of a root that nobody trusts", spoil: func(p *party) error {
		old, err := p.newCA("old root", p.Key, nil)
		if err != nil {
			return err
		}
		// One CA with two certificates.
		ca, err := p.newCA("intermediate", p.Key, nil)
		if err != nil {
			return err
		}
		for _, signer := range []authority{old.authority(), p.issuer} {
			ca.issuer = signer
			cert, err := ca.sign(p.Shape)
			if err != nil {
				return err
			}
			p.chain = append(p.chain, cert)
		}
		p.issuer = ca.authority()
		return nil
	}},
	{name: "chain-reversed", sides: both, doc: "signed below two intermediate CAs, which are sent in the wrong order", spoil: func(p *party) error {
		for _, label := range []string{"upper", "lower"} {
			if err := p.below(label, nil); err != nil {
				return err
			}
		}
		return nil
	}},
	{name: "leaf-twice", sides: both, doc: "sent twice", spoil: func(p *party) error {
		p.twice = true
		return nil
	}},
	{name: "unrelated-in-chain", sides: both, doc: "sent with the certificate of a CA that has nothing to do with it", spoil: noise(nil)},
	{name: "expired-in-chain", sides: both, doc: "sent with the certificate of a CA that has nothing to do with it and ended a day ago", spoil: noise(ended)},
}

// newCA returns the template of a CA, signed by issuer or, if that is nil, by itself.
func (p *party) newCA(label string, t KeyType, issuer *authority) (*template, error) {
	label = string(p.side) + " " + label
	name, err := p.caName(label)
	if err != nil {
		return nil, err
	}
	key, err := p.flawedKey(label, t)
	if err != nil {
		return nil, err
	}
	serial, err := p.bytes(label+" serial", serialSize)
	if err != nil {
		return nil, err
	}
	ca := p.maker.template(caSide, key, name, serial)
	ca.issuer = ca.authority()
	if issuer != nil {
		ca.issuer = *issuer
	}
	return ca, nil
}

// A change is what is odd about a CA.
type change func(*party, *template)

// root puts a trusted root in the place of the bundle's CA.
func (p *party) root(t KeyType, odd change) error {
	ca, err := p.newCA("root", t, nil)
	if err != nil {
		return err
	}
	if odd != nil {
		odd(p, ca)
		ca.issuer.name = ca.subject
	}
	cert, err := ca.sign(p.Shape)
	p.issuer, p.roots = ca.authority(), [][]byte{cert}
	return err
}

// below puts a CA between the issuer and the certificate, and sends it.
func (p *party) below(label string, odd change) error {
	ca, err := p.newCA(label, p.Key, &p.issuer)
	if err != nil {
		return err
	}
	if odd != nil {
		odd(p, ca)
	}
	cert, err := ca.sign(p.Shape)
	p.issuer, p.chain = ca.authority(), append(p.chain, cert)
	return err
}

func intermediate(odd change) func(*party) error {
	return func(p *party) error { return p.below("intermediate", odd) }
}

func intermediateNotSent(p *party) error {
	err := intermediate(nil)(p)
	p.chain = nil
	return err
}

func intermediateAndRoot(p *party) error {
	err := intermediate(nil)(p)
	p.chain = append(p.chain, p.ca.cert)
	return err
}

func noise(odd change) func(*party) error {
	return func(p *party) error {
		ca, err := p.newCA("unrelated", p.Key, nil)
		if err != nil {
			return err
		}
		if odd != nil {
			odd(p, ca)
		}
		cert, err := ca.sign(p.Shape)
		p.chain = append(p.chain, cert)
		return err
	}
}

func permitting(name []byte) []byte {
	return sequence(element(tagContextConstructed+0, sequence(name)))
}
