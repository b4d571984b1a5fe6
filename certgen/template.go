package certgen

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"slices"
	"time"
)

// A side is whose certificate it is.
type side string

const (
	caSide     side = "ca"
	serverSide side = "server"
	clientSide side = "client"
)

// A template is one certificate before it is signed: what a flaw may change.
type template struct {
	side                side
	serial              []byte // content of an INTEGER, big-endian
	subject             []byte // Name
	notBefore, notAfter time.Time
	key                 subjectKey
	names               [][]byte // GeneralNames; none: no subjectAltName
	usage               oid      // the extendedKeyUsage of a leaf
	issuer              authority

	// Of flaws alone.
	v1        bool                            // of version 1: without extensions
	edits     []func([]extension) []extension // of the extensions that the shape has
	signature *signature                      // instead of the usual one
	inner     []byte                          // AlgorithmIdentifier of what is signed, if it is another than outside
	after     func(cert []byte) []byte        // changes the signed certificate
}

// An authority is what signs a certificate.
type authority struct {
	name  []byte // its subject
	keyID []byte // goes into the authorityKeyIdentifier
	key   crypto.Signer
}

// authority returns the subject of t as one who signs.
func (t *template) authority() authority { return authority{t.subject, t.key.id, t.key.Signer} }

// sign returns the certificate in DER. Unlike x509.CreateCertificate it does not verify its own
// signature, which is half of the time that takes, and it writes whatever a flaw asks for.
func (t *template) sign(s Shape) ([]byte, error) {
	how := t.signature
	if how == nil {
		how = signatureOf(t.issuer.key, s)
	}
	inner := how.algorithm
	if t.inner != nil {
		inner = t.inner
	}
	var version, extensions []byte
	if !t.v1 {
		version = element(tagContextConstructed+0, element(tagInteger, []byte{2})) // v3
		extensions = element(tagContextConstructed+3, sequence(t.extensions(s)...))
	}
	tbs := sequence(
		version,
		element(tagInteger, t.serial),
		inner,
		t.issuer.name,
		sequence(timestamp(t.notBefore), timestamp(t.notAfter)),
		t.subject,
		t.key.info,
		extensions,
	)
	// Without a source of chance ECDSA is that of RFC 6979: the same bytes for the same key.
	signed, err := crypto.SignMessage(t.issuer.key, how.random, tbs, how.opts)
	if err != nil {
		return nil, err
	}
	cert := sequence(tbs, how.algorithm, bitString(signed))
	if t.after != nil {
		cert = t.after(cert)
	}
	return cert, nil
}

// Extensions.
const (
	oidSubjectKeyID     oid = "\x55\x1d\x0e"
	oidKeyUsage         oid = "\x55\x1d\x0f"
	oidSubjectAltName   oid = "\x55\x1d\x11"
	oidBasicConstraints oid = "\x55\x1d\x13"
	oidAuthorityKeyID   oid = "\x55\x1d\x23"
	oidExtendedKeyUsage oid = "\x55\x1d\x25"

	serverAuth oid = "\x2b\x06\x01\x05\x05\x07\x03\x01"
	clientAuth oid = "\x2b\x06\x01\x05\x05\x07\x03\x02"
)

// Contents of a keyUsage: a count of unused bits, then the bits from the left.
var (
	keyUsageCA   = []byte{1, 0b0000_0110} // keyCertSign, cRLSign
	keyUsageLeaf = []byte{7, 0b1000_0000} // digitalSignature
	keyUsageRSA  = []byte{5, 0b1010_0000} // and keyEncipherment
)

// Contents of basicConstraints. An end entity's says nothing: FALSE is the default.
var (
	isCA  = sequence(element(tagBoolean, []byte{0xff}))
	notCA = sequence()
)

type extension struct {
	id       oid
	critical bool
	value    []byte
}

func (e extension) der() []byte {
	var flag []byte
	if e.critical {
		flag = element(tagBoolean, []byte{0xff})
	}
	return sequence(e.id.der(), flag, element(tagOctetString, e.value))
}

// extensions returns the extensions in the order in which a shape has them.
func (t *template) extensions(s Shape) [][]byte {
	list := t.usualExtensions(s)
	for _, edit := range t.edits {
		list = edit(list)
	}
	der := make([][]byte, len(list))
	for i, e := range list {
		der[i] = e.der()
	}
	return der
}

func (t *template) usualExtensions(s Shape) []extension {
	list := make([]extension, 0, 5)
	keyID := extension{oidSubjectKeyID, false, element(tagOctetString, t.key.id)}
	issuerKeyID := extension{oidAuthorityKeyID, false, sequence(element(tagContext+0, t.issuer.keyID))}
	if t.side == caSide {
		list = append(list, keyID, issuerKeyID, extension{oidBasicConstraints, true, isCA})
		if s == ShapeStrict {
			list = append(list, extension{oidKeyUsage, true, element(tagBitString, keyUsageCA)})
		}
		return list
	}
	if s == ShapeStrict {
		usage := keyUsageLeaf
		if _, ok := t.key.Signer.(*rsa.PrivateKey); ok {
			usage = keyUsageRSA
		}
		list = append(list, extension{oidKeyUsage, true, element(tagBitString, usage)})
	}
	if len(t.names) > 0 {
		list = append(list, extension{oidSubjectAltName, false, sequence(t.names...)})
	}
	return append(list, extension{oidExtendedKeyUsage, false, sequence(t.usage.der())}, keyID, issuerKeyID)
}

// set gives the certificate an extension, in place of the one that it has.
func (t *template) set(id oid, critical bool, value []byte) {
	t.edits = append(t.edits, func(list []extension) []extension {
		e := extension{id, critical, value}
		for i := range list {
			if list[i].id == id {
				list[i] = e
				return list
			}
		}
		return append(list, e)
	})
}

// drop takes extensions away.
func (t *template) drop(ids ...oid) {
	t.edits = append(t.edits, func(list []extension) []extension {
		return slices.DeleteFunc(list, func(e extension) bool { return slices.Contains(ids, e.id) })
	})
}

// keyID returns the subjectKeyIdentifier of a public key: what openssl writes, or as crypto/x509
// the SHA-256 form of RFC 7093, which also works where SHA-1 is forbidden.
func (s Shape) keyID(publicKey []byte) []byte {
	if s == ShapeDocumented {
		id := sha1.Sum(publicKey)
		return id[:]
	}
	id := sha256.Sum256(publicKey)
	return id[:20]
}

// validity is the default of Options.Validity.
func (s Shape) validity() time.Duration {
	if s == ShapeDocumented {
		return 365 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// Attributes of a Name.
const (
	oidCommonName   oid = "\x55\x04\x03"
	oidCountry      oid = "\x55\x04\x06"
	oidLocality     oid = "\x55\x04\x07"
	oidState        oid = "\x55\x04\x08"
	oidOrganization oid = "\x55\x04\x0a"
	oidUnit         oid = "\x55\x04\x0b"
	oidEmail        oid = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"
)

const organization = "fakedockerd test, never trust"

// caName returns the subject of a CA, told from others by the suffix.
func (s Shape) caName(host, suffix string) []byte {
	if s == ShapeDocumented {
		return sequence(
			attribute(oidCountry, tagPrintableString, "AU"),
			attribute(oidState, tagUTF8String, "Some-State"),
			attribute(oidLocality, tagUTF8String, "Nowhere"),
			attribute(oidOrganization, tagUTF8String, organization),
			attribute(oidUnit, tagUTF8String, "CA "+suffix),
			attribute(oidCommonName, tagUTF8String, host),
			attribute(oidEmail, tagIA5String, "never-trust@example.test"),
		)
	}
	return sequence(
		attribute(oidOrganization, tagUTF8String, organization),
		attribute(oidCommonName, tagUTF8String, "fakedockerd test CA "+suffix),
	)
}

// leafName returns the subject of a server or a client. The documented one is the common name alone.
func (s Shape) leafName(commonName string) []byte {
	cn := attribute(oidCommonName, tagUTF8String, commonName)
	if s == ShapeDocumented {
		return sequence(cn)
	}
	return sequence(attribute(oidOrganization, tagUTF8String, organization), cn)
}

func attribute(id oid, tag byte, value string) []byte {
	return element(tagSet, sequence(id.der(), element(tag, []byte(value))))
}
