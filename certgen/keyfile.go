package certgen

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strings"
)

// PassPhrase is that of the encrypted keys.
const PassPhrase = "fakedockerd"

// otherKey joins the PEM of the side's key with that of another one.
func otherKey(join func(own, other []byte) []byte) func(*party, *files) error {
	return func(p *party, f *files) error { return replaceKey(p.Key, join)(p, f) }
}

func replaceKey(t KeyType, join func(own, other []byte) []byte) func(*party, *files) error {
	return func(p *party, f *files) error {
		other, err := p.flawedKey(string(p.side)+" other key", t)
		if err != nil {
			return err
		}
		pkcs8, err := x509.MarshalPKCS8PrivateKey(other.Signer)
		f.key.data = join(f.key.data, blockPEM("PRIVATE KEY", pkcs8))
		return err
	}
}

// withKeyIf gives the side a P-256 key when its own is of no use.
func withKeyIf(useless func(*party) bool) func(*party) error {
	return func(p *party) error {
		if useless(p) {
			return withKey(P256)(p)
		}
		return nil
	}
}

func notECDSA(p *party) bool { return !isECDSA(p.key.Signer) }

// noTraditional reports whether the key has no form but PKCS#8.
func noTraditional(p *party) bool {
	_, ok := p.key.Signer.(ed25519.PrivateKey)
	return ok
}

// traditionalBlock returns a key in the form that is of its algorithm alone.
func traditionalBlock(p *party) (*pem.Block, error) {
	if k, ok := p.identity.key.(*rsa.PrivateKey); ok {
		return &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)}, nil
	}
	sec1, err := x509.MarshalECPrivateKey(p.identity.key.(*ecdsa.PrivateKey))
	return &pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}, err
}

func traditional(p *party, f *files) error {
	block, err := traditionalBlock(p)
	if err != nil {
		return err
	}
	f.key.data = pem.EncodeToMemory(block)
	return nil
}

func ecParameters(p *party, f *files) error {
	if err := traditional(p, f); err != nil {
		return err
	}
	curve := curves[p.identity.key.(*ecdsa.PrivateKey).Curve.Params().Name]
	f.key.data = append(blockPEM("EC PARAMETERS", curve.der()), f.key.data...)
	return nil
}

var curves = map[string]oid{
	"P-256": "\x2a\x86\x48\xce\x3d\x03\x01\x07",
	"P-384": "\x2b\x81\x04\x00\x22",
}

// encryptedLegacy is what openssl rsa and openssl ec write with -aes128 -traditional: a key from
// MD5, and the algorithm in headers. Package x509 could do the same, and advises against it.
func encryptedLegacy(p *party, f *files) error {
	block, err := traditionalBlock(p)
	if err != nil {
		return err
	}
	iv, err := p.bytes(string(p.side)+" iv", aes.BlockSize)
	if err != nil {
		return err
	}
	key := md5.Sum(append([]byte(PassPhrase), iv[:8]...))
	if block.Bytes, err = encryptCBC(key[:], iv, block.Bytes); err != nil {
		return err
	}
	block.Headers = map[string]string{
		"Proc-Type": "4,ENCRYPTED",
		"DEK-Info":  "AES-128-CBC," + strings.ToUpper(hex.EncodeToString(iv)),
	}
	f.key.data = pem.EncodeToMemory(block)
	return nil
}

// encryptedPKCS8 is what OpenSSL 3 writes for -aes256: PBES2 (RFC 8018).
func encryptedPKCS8(p *party, f *files) error {
	random, err := p.bytes(string(p.side)+" salt and iv", 2*aes.BlockSize)
	if err != nil {
		return err
	}
	salt, iv := random[:aes.BlockSize], random[aes.BlockSize:]
	const iterations = 2048
	key, err := pbkdf2.Key(sha256.New, PassPhrase, salt, iterations, 32)
	if err != nil {
		return err
	}
	encrypted, err := encryptCBC(key, iv, p.identity.pkcs8)
	if err != nil {
		return err
	}
	kdf := sequence(oidPBKDF2.der(), sequence(
		element(tagOctetString, salt),
		element(tagInteger, []byte{iterations >> 8, iterations & 0xff}),
		sequence(oidHMACWithSHA256.der(), element(tagNull)),
	))
	scheme := sequence(oidAES256CBC.der(), element(tagOctetString, iv))
	f.key.data = blockPEM("ENCRYPTED PRIVATE KEY", sequence(
		sequence(oidPBES2.der(), sequence(kdf, scheme)),
		element(tagOctetString, encrypted),
	))
	return nil
}

// Algorithms of an encrypted key.
const (
	oidPBKDF2         oid = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"
	oidPBES2          oid = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"
	oidHMACWithSHA256 oid = "\x2a\x86\x48\x86\xf7\x0d\x02\x09"
	oidAES256CBC      oid = "\x60\x86\x48\x01\x65\x03\x04\x01\x2a"
)

func encryptCBC(key, iv, data []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	padding := aes.BlockSize - len(data)%aes.BlockSize
	data = append(bytes.Clone(data), bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
	return data, nil
}
