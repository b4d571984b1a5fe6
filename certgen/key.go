package certgen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"sync"
)

// A source is where keys, serials and names come from: the seed, or chance where it is empty.
type source []byte

// bytes returns n bytes. Those of a seed depend on nothing but the seed and the label.
func (s source) bytes(label string, n int) ([]byte, error) {
	if len(s) == 0 {
		b := make([]byte, n)
		rand.Read(b)
		return b, nil
	}
	return hkdf.Key(sha256.New, s, nil, "fakedockerd certgen "+label, n)
}

// key returns the private key of type t for the label.
func (s source) key(label string, t KeyType) (crypto.Signer, error) {
	switch t {
	case P256:
		return s.ecdsaKey(label, elliptic.P256())
	case P384:
		return s.ecdsaKey(label, elliptic.P384())
	case Ed25519:
		seed, err := s.bytes(label+" ed25519", ed25519.SeedSize)
		if err != nil {
			return nil, err
		}
		return ed25519.NewKeyFromSeed(seed), nil
	}
	return s.oddKey(label, t)
}

func (s source) ecdsaKey(label string, curve elliptic.Curve) (crypto.Signer, error) {
	if len(s) == 0 {
		return ecdsa.GenerateKey(curve, rand.Reader)
	}
	size := (curve.Params().BitSize + 7) / 8
	// A candidate is refused when it is not below the order of the group: about once in 2^32.
	for try := 0; ; try++ {
		b, err := s.bytes(fmt.Sprintf("%s %s %d", label, curve.Params().Name, try), size)
		if err != nil {
			return nil, err
		}
		if k, err := ecdsa.ParseRawPrivateKey(curve, b); err == nil {
			return k, nil
		}
	}
}

// Signature algorithms, as the content of an AlgorithmIdentifier.
var (
	ecdsaWithSHA256 = oid("\x2a\x86\x48\xce\x3d\x04\x03\x02").der()
	ecdsaWithSHA384 = oid("\x2a\x86\x48\xce\x3d\x04\x03\x03").der()
	sha256WithRSA   = append(oid("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b").der(), element(tagNull)...)
	idEd25519       = oid("\x2b\x65\x70").der()
)

// A signature is a way of signing.
type signature struct {
	algorithm []byte // AlgorithmIdentifier
	opts      crypto.SignerOpts
	random    io.Reader // nil where none is needed
}

// The usual signatures.
var (
	signECDSA256 = &signature{algorithm: sequence(ecdsaWithSHA256), opts: crypto.SHA256}
	signECDSA384 = &signature{algorithm: sequence(ecdsaWithSHA384), opts: crypto.SHA384}
	signRSA      = &signature{algorithm: sequence(sha256WithRSA), opts: crypto.SHA256}
	signEd25519  = &signature{algorithm: sequence(idEd25519), opts: crypto.Hash(0)}
)

// signatureOf returns how a key signs in a shape.
func signatureOf(key crypto.Signer, s Shape) *signature {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return signRSA
	case ed25519.PrivateKey:
		return signEd25519
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P384() && s != ShapeDocumented { // the documented commands say -sha256
			return signECDSA384
		}
	}
	return signECDSA256
}

// A subjectKey is a private key with what a certificate says of it.
type subjectKey struct {
	crypto.Signer
	info []byte // SubjectPublicKeyInfo
	id   []byte // subjectKeyIdentifier
}

// subjectKey makes the key for a label.
func (m *maker) subjectKey(label string) (subjectKey, error) { return m.subjectKeyOf(label, m.Key) }

func (m *maker) subjectKeyOf(label string, t KeyType) (subjectKey, error) {
	key, err := m.key(label, t)
	if err != nil {
		return subjectKey{}, err
	}
	return m.newSubjectKey(key)
}

func (m *maker) newSubjectKey(key crypto.Signer) (subjectKey, error) {
	info, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return subjectKey{}, err
	}
	var parsed struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(info, &parsed); err != nil {
		return subjectKey{}, err
	}
	return subjectKey{key, info, m.Shape.keyID(parsed.Key.Bytes)}, nil
}

// subjectKeys makes several keys.
func (m *maker) subjectKeys(labels ...string) ([]subjectKey, error) {
	keys, errs := make([]subjectKey, len(labels)), make([]error, len(labels))
	var wg sync.WaitGroup
	for i, l := range labels {
		one := func() { keys[i], errs[i] = m.subjectKey(l) }
		if m.Key.isRSA() {
			wg.Go(one) // they take long
		} else {
			one()
		}
	}
	wg.Wait()
	return keys, errors.Join(errs...)
}

func (t KeyType) isRSA() bool { return t == RSA2048 || t == RSA4096 }
