package certgen

import (
	"cmp"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	backdate      = time.Hour
	maxCommonName = 64 // bytes: ub-common-name of RFC 5280; openssl refuses more
	serialSize    = 20 // bytes: what openssl makes, and the most that RFC 5280 allows
)

// A maker makes one bundle.
type maker struct {
	Options             // a copy with its defaults filled in
	source              // of the seed
	now       time.Time // in UTC
	hostNames [][]byte  // Hosts as GeneralNames
}

// newMaker fills in and checks the options.
func newMaker(o *Options) (*maker, error) {
	m := &maker{Options: *o, source: slices.Clone(o.Seed), now: time.Now()}
	if o.Clock != nil {
		m.now = o.Clock()
	}
	m.now = m.now.UTC()
	m.ClientName = cmp.Or(o.ClientName, "client")
	m.Key = cmp.Or(o.Key, P256)
	m.Shape = cmp.Or(o.Shape, ShapeStrict)
	m.Validity = cmp.Or(o.Validity, m.Shape.validity())
	m.Hosts = slices.Clone(o.Hosts)
	if len(o.Hosts) == 0 {
		m.Hosts = []string{"localhost", "127.0.0.1", "::1"}
	}

	var err error
	if m.hostNames, err = hostNames(m.Hosts); err != nil {
		return nil, err
	}
	return m, m.check()
}

func (m *maker) check() error {
	for _, err := range []error{
		checkOneOf("Key", m.Key, P256, P384, RSA2048, RSA4096, Ed25519),
		checkOneOf("Shape", m.Shape, ShapeStrict, ShapeDocumented),
		checkCommonName("Hosts", m.Hosts[0]),
		checkCommonName("ClientName", m.ClientName),
		checkFlaw("ServerFlaw", m.ServerFlaw, onServer),
		checkFlaw("ClientFlaw", m.ClientFlaw, onClient),
	} {
		if err != nil {
			return err
		}
	}
	if m.Validity < 0 {
		return &OptionError{"Validity", m.Validity.String(), "is negative: for certificates that have ended there is the flaw " + string(Expired)}
	}
	if m.now.Add(-flawDistance).Year() < 1 || m.now.Add(max(m.Validity, flawDistance)).Year() > 9999 {
		return &OptionError{"Clock", m.now.Format(time.RFC3339), "with this validity is outside the years 1 to 9999 of a certificate"}
	}
	if len(m.Seed) > 0 && m.Key.isRSA() {
		return &OptionError{"Key", string(m.Key), "cannot be made from a seed: use p256, p384 or ed25519, or no seed"}
	}
	return nil
}

func checkOneOf[T ~string](option string, got T, want ...T) error {
	if slices.Contains(want, got) {
		return nil
	}
	return &OptionError{option, string(got), fmt.Sprintf("is none of %q", want)}
}

func checkCommonName(option, name string) error {
	if len(name) > maxCommonName {
		return &OptionError{option, name, fmt.Sprintf("is longer than the %d bytes of a common name", maxCommonName)}
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return &OptionError{option, name, "has control characters or is not UTF-8"}
	}
	return nil
}

// bundle makes what the options ask for.
func (m *maker) bundle() (*Bundle, error) {
	keys, err := m.subjectKeys("ca", "server", "client")
	if err != nil {
		return nil, err
	}
	serials, err := m.bytes("serials", 2*serialSize)
	if err != nil {
		return nil, err
	}
	name, err := m.caName("ca")
	if err != nil {
		return nil, err
	}

	ca := m.template(caSide, keys[0], name, serials[:serialSize])
	ca.issuer = ca.authority()

	server := m.template(serverSide, keys[1], m.Shape.leafName(m.Hosts[0]), serials[serialSize:])
	server.names, server.usage, server.issuer = m.hostNames, serverAuth, ca.authority()

	// As with openssl's ca.srl, the client's serial is one more than the server's.
	client := m.template(clientSide, keys[2], m.Shape.leafName(m.ClientName), increment(server.serial))
	client.usage, client.issuer = clientAuth, ca.authority()

	b := &Bundle{clock: m.Clock}
	if b.ca, err = ca.issue(m.Shape); err != nil {
		return nil, err
	}
	parties := [2]party{
		{maker: m, template: server, ca: &b.ca, flaw: find(m.ServerFlaw)},
		{maker: m, template: client, ca: &b.ca, flaw: find(m.ClientFlaw)},
	}
	parties[0].peer, parties[1].peer = &parties[1], &parties[0]
	for i := range parties {
		if err := parties[i].issue(); err != nil {
			return nil, err
		}
	}
	for i, end := range []*end{&b.server, &b.client} {
		if *end, err = parties[i].end(); err != nil {
			return nil, err
		}
		if parties[i].revoked {
			b.revoked = append(b.revoked, parties[i].serial)
		}
	}
	return b, nil
}

// template returns what a certificate of either side begins as.
func (m *maker) template(s side, key subjectKey, subject, serial []byte) *template {
	serial[0] = serial[0]&0x7f | 0x40 // positive, and never shorter than it is now
	return &template{
		side:      s,
		serial:    serial,
		subject:   subject,
		notBefore: m.now.Add(-backdate),
		notAfter:  m.now.Add(m.Validity),
		key:       key,
	}
}

func increment(serial []byte) []byte {
	n := new(big.Int).SetBytes(serial)
	return n.Add(n, big.NewInt(1)).Bytes()
}

// caName returns the subject of a CA. No two share it unless they share a seed: there are
// clients that cannot tell certificates of the same issuer and serial apart.
func (m *maker) caName(label string) ([]byte, error) {
	b, err := m.bytes(label+" name", 8)
	return m.Shape.caName(m.Hosts[0], hex.EncodeToString(b)), err
}

// An identity is a certificate, what is sent behind it, and a private key.
type identity struct {
	cert  []byte // DER
	chain [][]byte
	pkcs8 []byte // DER
	key   crypto.Signer
}

func (t *template) issue(s Shape) (identity, error) {
	cert, err := t.sign(s)
	if err != nil {
		return identity{}, err
	}
	return newIdentity(cert, t.key.Signer)
}

func newIdentity(cert []byte, key crypto.Signer) (identity, error) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	return identity{cert: cert, pkcs8: pkcs8, key: key}, err
}
