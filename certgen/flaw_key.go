package certgen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	_ "crypto/md5" // for md5-sig
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"
	"sync"
)

var keyFlaws = []flaw{
	{name: "key-rsa512", sides: both, doc: "has an RSA key of 512 bits", spoil: withKey(rsa512)},
	{name: "key-rsa1024", sides: both, doc: "has an RSA key of 1024 bits", spoil: withKey(rsa1024)},
	{name: "key-rsa2047", sides: both, doc: "has an RSA key of 2047 bits", spoil: withKey(rsa2047)},
	{name: "key-rsa2048", sides: both, doc: "has an RSA key of 2048 bits", spoil: withKey(RSA2048)},
	{name: "key-rsa3072", sides: both, doc: "has an RSA key of 3072 bits", spoil: withKey(rsa3072)},
	{name: "key-rsa4096", sides: both, doc: "has an RSA key of 4096 bits", spoil: withKey(RSA4096)},
	{name: "key-p224", sides: both, doc: "has an EC key of the curve P-224", spoil: withKey(p224)},
	{name: "key-p256", sides: both, doc: "has an EC key of the curve P-256", spoil: withKey(P256)},
	{name: "key-p384", sides: both, doc: "has an EC key of the curve P-384", spoil: withKey(P384)},
	{name: "key-p521", sides: both, doc: "has an EC key of the curve P-521", spoil: withKey(p521)},
	{name: "key-ed25519", sides: both, doc: "has an Ed25519 key", spoil: withKey(Ed25519)},
	{name: "sha1-sig", sides: both, doc: "signed over a SHA-1 hash", spoil: withHash(ecdsaWithSHA1, sha1WithRSA, crypto.SHA1)},
	{name: "md5-sig", sides: both, doc: "signed over an MD5 hash", spoil: withHash(nil, md5WithRSA, crypto.MD5)},
	{name: "sha384-sig", sides: both, doc: "signed over a SHA-384 hash", spoil: withHash(ecdsaWithSHA384, sha384WithRSA, crypto.SHA384)},
	{name: "sha512-sig", sides: both, doc: "signed over a SHA-512 hash", spoil: withHash(ecdsaWithSHA512, sha512WithRSA, crypto.SHA512)},
	{name: "rsa-pss", sides: both, doc: "signed with RSA-PSS", spoil: func(p *party) error {
		p.signature = signPSS
		return p.signedBy(RSA2048, isRSA)
	}},
}

// Key types of flaws alone.
const (
	rsa512  KeyType = "rsa512"
	rsa1024 KeyType = "rsa1024"
	rsa2047 KeyType = "rsa2047"
	rsa3072 KeyType = "rsa3072"
	p224    KeyType = "p224"
	p521    KeyType = "p521"
)

var rsaBits = map[KeyType]int{rsa512: 512, rsa1024: 1024, rsa2047: 2047, RSA2048: 2048, rsa3072: 3072, RSA4096: 4096}

// oddKey returns a key of a type that no option can ask for, or one of RSA from a seed.
func (s source) oddKey(label string, t KeyType) (crypto.Signer, error) {
	switch t {
	case p224:
		return s.ecdsaKey(label, elliptic.P224())
	case p521:
		return s.ecdsaKey(label, elliptic.P521())
	}
	bits := rsaBits[t]
	if bits == 0 {
		return nil, fmt.Errorf("no key type %q", t)
	}
	if len(s) == 0 && bits >= 1024 {
		return rsa.GenerateKey(rand.Reader, bits)
	}
	// crypto/rsa makes no keys of less than 1024 bits, and none from a seed.
	return s.rsaKey(fmt.Sprintf("%s %s", label, t), bits)
}

func (s source) rsaKey(label string, bits int) (crypto.Signer, error) {
	one, e := big.NewInt(1), big.NewInt(65537)
	for try := 0; ; try++ {
		p, err := s.prime(fmt.Sprintf("%s p %d", label, try), (bits+1)/2)
		if err != nil {
			return nil, err
		}
		q, err := s.prime(fmt.Sprintf("%s q %d", label, try), bits/2)
		if err != nil {
			return nil, err
		}
		n := new(big.Int).Mul(p, q)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(e, phi)
		if p.Cmp(q) == 0 || n.BitLen() != bits || d == nil {
			continue
		}
		k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: int(e.Int64())}, D: d, Primes: []*big.Int{p, q}}
		k.Precompute()
		return k, nil
	}
}

// prime returns the next prime from a point that the label gives, with its two highest bits set.
func (s source) prime(label string, bits int) (*big.Int, error) {
	b, err := s.bytes(label, (bits+7)/8)
	if err != nil {
		return nil, err
	}
	p := new(big.Int).SetBytes(b)
	p.Rsh(p, uint(len(b)*8-bits))
	for _, i := range []int{bits - 1, bits - 2, 0} {
		p.SetBit(p, i, 1)
	}
	for two := big.NewInt(2); !p.ProbablyPrime(1); {
		p.Add(p, two)
	}
	return p, nil
}

// withKey gives the side a key of another type.
func withKey(t KeyType) func(*party) error {
	return func(p *party) (err error) {
		p.key, err = p.flawedKey(string(p.side)+" "+string(t), t)
		return err
	}
}

// flawedKey makes a key for a flaw. One of another type than the rest of the bundle is there for its type, and which key
// it is does not matter: it is one for the whole process where making it takes long, unless there is a seed.
func (m *maker) flawedKey(label string, t KeyType) (subjectKey, error) {
	shared := sharedRSA[t]
	if shared == nil || t == m.Key || len(m.source) > 0 {
		return m.subjectKeyOf(label, t)
	}
	key, err := shared()
	if err != nil {
		return subjectKey{}, err
	}
	return m.newSubjectKey(key)
}

// sharedRSA makes the keys of the slow types once for a process.
var sharedRSA = map[KeyType]func() (crypto.Signer, error){
	rsa1024: onceRSA(1024), rsa2047: onceRSA(2047), RSA2048: onceRSA(2048), rsa3072: onceRSA(3072), RSA4096: onceRSA(4096),
}

func onceRSA(bits int) func() (crypto.Signer, error) {
	return sync.OnceValues(func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, bits) })
}

// Signature algorithms of flaws alone.
var (
	ecdsaWithSHA1   = oid("\x2a\x86\x48\xce\x3d\x04\x01").der()
	ecdsaWithSHA512 = oid("\x2a\x86\x48\xce\x3d\x04\x03\x04").der()
	md5WithRSA      = append(oid("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04").der(), element(tagNull)...)
	sha1WithRSA     = append(oid("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05").der(), element(tagNull)...)
	sha384WithRSA   = append(oid("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c").der(), element(tagNull)...)
	sha512WithRSA   = append(oid("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d").der(), element(tagNull)...)

	idSHA256 = sequence(oid("\x60\x86\x48\x01\x65\x03\x04\x02\x01").der(), element(tagNull))
	idMGF1   = sequence(oid("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08").der(), idSHA256)
	signPSS  = &signature{
		algorithm: sequence(oid("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a").der(), sequence(
			element(tagContextConstructed+0, idSHA256),
			element(tagContextConstructed+1, idMGF1),
			element(tagContextConstructed+2, element(tagInteger, []byte{32})),
		)),
		opts:   &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256},
		random: rand.Reader, // for the salt
	}
)

// withHash lets the certificate be signed over another hash, by a root of its own if the CA's
// key cannot do that.
func withHash(ecdsaAlgorithm, rsaAlgorithm []byte, hash crypto.Hash) func(*party) error {
	return func(p *party) error {
		root, usable := P256, isECDSA
		if ecdsaAlgorithm == nil {
			root, usable = RSA2048, isRSA
		}
		if isRSA(p.issuer.key) {
			usable = isRSA
		}
		if err := p.signedBy(root, usable); err != nil {
			return err
		}
		algorithm := ecdsaAlgorithm
		if isRSA(p.issuer.key) {
			algorithm = rsaAlgorithm
		}
		p.signature = &signature{algorithm: sequence(algorithm), opts: hash}
		return nil
	}
}

// signedBy leaves a usable issuer as it is, and puts a trusted root with a key of type t in the
// place of any other.
func (p *party) signedBy(t KeyType, usable func(crypto.Signer) bool) error {
	if usable(p.issuer.key) {
		return nil
	}
	return p.root(t, nil)
}

func isRSA(k crypto.Signer) bool {
	_, ok := k.(*rsa.PrivateKey)
	return ok
}

func isECDSA(k crypto.Signer) bool {
	_, ok := k.(*ecdsa.PrivateKey)
	return ok
}
