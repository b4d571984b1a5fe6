package certgen

import (
	"bytes"
	"slices"
)

var encodingFlaws = []flaw{
	{name: "flipped-signature", sides: both, doc: "has a signature of which one bit is changed", spoil: func(p *party) error {
		p.after = func(cert []byte) []byte {
			cert[len(cert)-1] ^= 1
			return cert
		}
		return nil
	}},
	{name: "changed-tbs", sides: both, doc: "has a serial that was changed after it was signed", spoil: func(p *party) error {
		p.after = func(cert []byte) []byte {
			i := bytes.Index(cert, p.serial)
			cert[i+len(p.serial)-1] ^= 1
			return cert
		}
		return nil
	}},
	{name: "inner-outer-sigalg", sides: both, doc: "names one signature algorithm inside of what is signed and another one outside", spoil: func(p *party) error {
		p.inner = sequence(sha384WithRSA)
		return nil
	}},
	{name: "duplicate-extension", sides: both, doc: "has one extension twice", spoil: func(p *party) error {
		p.edits = append(p.edits, func(list []extension) []extension { return append(list, list[len(list)-1]) })
		return nil
	}},
	{name: "critical-unknown-extension", sides: both, doc: "has a critical extension that nobody knows", spoil: func(p *party) error {
		p.set(oidUnknown, true, element(tagNull))
		return nil
	}},
	{name: "trailing-bytes", sides: both, doc: "is followed by four bytes within its PEM block", spoil: func(p *party) error {
		p.after = func(cert []byte) []byte { return append(cert, 0, 0, 0, 0) }
		return nil
	}},
	{name: "negative-serial", sides: both, doc: "has a negative serial number", spoil: func(p *party) error {
		p.serial = slices.Clone(p.serial)
		if p.serial[0] |= 0x80; p.serial[0] == 0xff {
			p.serial[0] = 0xfe // DER begins with nine equal bits in no number
		}
		return nil
	}},
	{name: "serial-zero", sides: both, doc: "has the serial number 0", spoil: func(p *party) error {
		p.serial = []byte{0}
		return nil
	}},
	{name: "serial-24-octets", sides: both, doc: "has a serial number of 24 octets; 20 are allowed", spoil: func(p *party) error {
		p.serial = append(slices.Clone(p.serial), 1, 2, 3, 4)
		return nil
	}},
}

// oidUnknown is below the number that RFC 5612 sets aside for documentation.
const oidUnknown oid = "\x2b\x06\x01\x04\x01\x81\xfd\x59\x01" // 1.3.6.1.4.1.32473.1
