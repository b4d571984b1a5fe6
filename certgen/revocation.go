package certgen

import (
	"crypto"
	"fmt"
	"time"
)

// CRLPEM returns a revocation list of the CA, with the certificates that have the flaw [Revoked].
// No client of Docker and no daemon asks for one: it is for programs that are told to, as curl is
// with --crlfile.
func (b *Bundle) CRLPEM() ([]byte, error) {
	now := time.Now()
	if b.clock != nil {
		now = b.clock()
	}
	var revoked []byte
	if len(b.revoked) > 0 {
		var entries [][]byte
		for _, serial := range b.revoked {
			entries = append(entries, sequence(element(tagInteger, serial), timestamp(now.Add(-backdate))))
		}
		revoked = sequence(entries...)
	}
	how := signatureOf(b.ca.key, ShapeStrict)
	tbs := sequence(
		element(tagInteger, []byte{1}), // v2
		how.algorithm,
		b.CA().RawSubject,
		timestamp(now.Add(-backdate)),
		timestamp(now.Add(ShapeStrict.validity())),
		revoked,
		element(tagContextConstructed+0, sequence(
			extension{oidAuthorityKeyID, false, sequence(element(tagContext+0, b.CA().SubjectKeyId))}.der(),
			extension{oidCRLNumber, false, element(tagInteger, []byte{1})}.der(),
		)),
	)
	signed, err := crypto.SignMessage(b.ca.key, how.random, tbs, how.opts)
	if err != nil {
		return nil, fmt.Errorf("certgen: %w", err)
	}
	return blockPEM("X509 CRL", sequence(tbs, how.algorithm, bitString(signed))), nil
}

const oidCRLNumber oid = "\x55\x1d\x14"
