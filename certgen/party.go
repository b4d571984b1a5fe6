package certgen

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
)

// A party is one side of a bundle in the making.
type party struct {
	*maker
	*template           // of its certificate
	ca        *identity // of the bundle
	peer      *party
	flaw      flaw

	// What a flaw may set.
	chain     [][]byte  // sent behind the certificate
	roots     [][]byte  // what the peer trusts; none: the bundle's CA
	twice     bool      // the certificate is sent twice
	trusted   bool      // the peer trusts the certificate itself and no root
	presented *identity // instead of one for the template
	revoked   bool      // is on the CA's revocation list
	stranger  bool      // presents the certificate with another private key
	identity  identity  // once issued
}

// issue makes what the side presents.
func (p *party) issue() (err error) {
	if p.flaw.spoil != nil {
		if err := p.flaw.spoil(p); err != nil {
			return err
		}
	}
	switch {
	case p.presented != nil:
		p.identity = *p.presented
	default:
		if p.identity, err = p.template.issue(p.Shape); err != nil {
			return err
		}
		p.identity.chain = p.chain
	}
	if p.twice {
		p.identity.chain = [][]byte{p.identity.cert}
	}
	if p.stranger {
		key, err := p.subjectKey(string(p.side) + " stranger")
		if err != nil {
			return err
		}
		if p.identity, err = newIdentity(p.identity.cert, key.Signer); err != nil {
			return err
		}
	}
	if p.trusted {
		p.roots = [][]byte{p.identity.cert}
	}
	return nil
}

// An end is one side of a bundle: what it presents and what it trusts. It is immutable.
type end struct {
	identity
	roots [][]byte // what it trusts
	files *files   // what is written for it; nil: just that
}

func (p *party) end() (end, error) {
	e := end{identity: p.identity, roots: p.peer.roots}
	if len(e.roots) == 0 {
		e.roots = [][]byte{p.ca.cert}
	}
	if p.flaw.files != nil {
		f := e.usualFiles()
		if err := p.flaw.files(p, &f); err != nil {
			return end{}, err
		}
		e.files = &f
	}
	return e, nil
}

// The files of one side.
type files struct {
	ca, cert, key content
}

// written returns the files of a side.
func (e *end) written() files {
	if e.files != nil {
		return *e.files
	}
	return e.usualFiles()
}

func (e *end) usualFiles() files {
	return files{
		ca:   content{data: certsPEM(e.roots...), mode: certMode},
		cert: content{data: e.identity.certPEM(), mode: certMode},
		key:  content{data: e.identity.keyPEM(), mode: keyMode},
	}
}

func (i identity) certPEM() []byte {
	b := blockPEM("CERTIFICATE", i.cert)
	for _, c := range i.chain {
		b = append(b, blockPEM("CERTIFICATE", c)...)
	}
	return b
}

func (i identity) keyPEM() []byte { return blockPEM("PRIVATE KEY", i.pkcs8) }

func blockPEM(label string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
}

func certsPEM(certs ...[]byte) []byte {
	var b []byte
	for _, c := range certs {
		b = append(b, blockPEM("CERTIFICATE", c)...)
	}
	return b
}

// pair returns what is readable of the certificate and key files.
func (e *end) pair() Pair {
	if e.files != nil {
		return Pair{CertPEM: e.files.cert.readable(), KeyPEM: e.files.key.readable()}
	}
	return Pair{CertPEM: e.certPEM(), KeyPEM: e.keyPEM()}
}

// caPEM returns what is readable of the CA file.
func (e *end) caPEM() []byte {
	if e.files != nil {
		return e.files.ca.readable()
	}
	return certsPEM(e.roots...)
}

// tls returns what crypto/tls presents, or the error of a program that reads the files.
func (e *end) tls() (tls.Certificate, error) {
	if e.files != nil {
		for _, c := range []struct {
			content
			name string
		}{{e.files.cert, "the certificate's file"}, {e.files.key, "the key's file"}} {
			if err := c.openError(c.name); err != nil {
				return tls.Certificate{}, err
			}
		}
		return e.pair().TLSCertificate()
	}
	c := tls.Certificate{PrivateKey: e.key, Certificate: [][]byte{bytes.Clone(e.cert)}}
	for _, link := range e.chain {
		c.Certificate = append(c.Certificate, bytes.Clone(link))
	}
	return c, nil
}

// pool returns what the side trusts, as a Go program reads it.
func (e *end) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	if e.files != nil {
		pool.AppendCertsFromPEM(e.files.ca.readable())
		return pool
	}
	for _, r := range e.roots {
		if c, err := x509.ParseCertificate(bytes.Clone(r)); err == nil { // it keeps what it parses
			pool.AddCert(c)
		}
	}
	return pool
}
