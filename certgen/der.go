package certgen

import "time"

// Tags of the ASN.1 types that certificates are made of.
const (
	tagBoolean         = 0x01
	tagInteger         = 0x02
	tagBitString       = 0x03
	tagOctetString     = 0x04
	tagNull            = 0x05
	tagOID             = 0x06
	tagUTF8String      = 0x0c
	tagPrintableString = 0x13
	tagIA5String       = 0x16
	tagUTCTime         = 0x17
	tagGeneralizedTime = 0x18
	tagSequence        = 0x30
	tagSet             = 0x31

	tagContext            = 0x80 // + number, primitive
	tagContextConstructed = 0xa0 // + number, constructed
)

// An oid is the content of an OBJECT IDENTIFIER.
type oid string

func (o oid) der() []byte { return element(tagOID, []byte(o)) }

// element returns one DER element: the tag, the length, and the contents one after another.
func element(tag byte, contents ...[]byte) []byte {
	n := 0
	for _, c := range contents {
		n += len(c)
	}
	e := make([]byte, 0, n+5)
	switch {
	case n < 1<<7:
		e = append(e, tag, byte(n))
	case n < 1<<8:
		e = append(e, tag, 0x81, byte(n))
	case n < 1<<16:
		e = append(e, tag, 0x82, byte(n>>8), byte(n))
	default:
		e = append(e, tag, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	for _, c := range contents {
		e = append(e, c...)
	}
	return e
}

func sequence(contents ...[]byte) []byte { return element(tagSequence, contents...) }

// bitString returns whole octets as a BIT STRING.
func bitString(b []byte) []byte { return element(tagBitString, []byte{0}, b) }

// timestamp returns a time as RFC 5280 section 4.1.2.5 wants it: UTCTime for the years 1950
// to 2049, else GeneralizedTime.
func timestamp(t time.Time) []byte {
	t = t.UTC()
	if y := t.Year(); y >= 1950 && y < 2050 {
		return element(tagUTCTime, t.AppendFormat(nil, "060102150405Z"))
	}
	return element(tagGeneralizedTime, t.AppendFormat(nil, "20060102150405Z"))
}
