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
	case RSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	case RSA4096:
		return rsa.GenerateKey(rand.Reader, 4096)
	case Ed25519:
		seed, err := s.bytes(label+" ed25519", ed25519.SeedSize)
		if err != nil {
			return nil, err
		}
		return ed25519.NewKeyFromSeed(seed), nil
	}
	return nil, fmt.Errorf("no key type %q", t)
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

// signatureOf returns the AlgorithmIdentifier with which a key signs in a shape, and the hash.
func signatureOf(key crypto.Signer, s Shape) ([]byte, crypto.Hash) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return sequence(sha256WithRSA), crypto.SHA256
	case ed25519.PrivateKey:
		return sequence(idEd25519), crypto.Hash(0)
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P384() && s != ShapeDocumented { // the documented commands say -sha256
			return sequence(ecdsaWithSHA384), crypto.SHA384
		}
	}
	return sequence(ecdsaWithSHA256), crypto.SHA256
}

// A subjectKey is a private key with what a certificate says of it.
type subjectKey struct {
	crypto.Signer
	info []byte // SubjectPublicKeyInfo
	id   []byte // subjectKeyIdentifier
}

// subjectKey makes the key for a label.
func (m *maker) subjectKey(label string) (subjectKey, error) {
	key, err := m.key(label, m.Key)
	if err != nil {
		return subjectKey{}, err
	}
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
