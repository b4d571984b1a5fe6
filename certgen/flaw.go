package certgen

import (
	"fmt"
	"slices"
	"time"
)

// A Flaw is one way in which the material of one side is wrong. The zero value is no flaw.
type Flaw string

// Flaws. Which side each can be on is in [Flaws].
const (
	Good            Flaw = ""
	Expired         Flaw = "expired"
	NotYetValid     Flaw = "not-yet-valid"
	OtherCA         Flaw = "other-ca"
	OtherCASameName Flaw = "other-ca-same-subject"
	OtherHost       Flaw = "wrong-hostname" // server only
	WrongUsage      Flaw = "wrong-usage"    // server: clientAuth only; client: serverAuth only
	SelfSigned      Flaw = "self-signed"
	CommonNameOnly  Flaw = "cn-only" // server only: the host is in the CN and there is no SAN
)

// A FlawInfo describes a flaw.
type FlawInfo struct {
	Flaw           Flaw
	Server, Client bool   // the sides that can have it
	Doc            string // what is wrong with the certificate, in one line
}

// Flaws returns the catalogue of flaws, in a stable order, without [Good].
func Flaws() []FlawInfo {
	infos := make([]FlawInfo, len(flaws))
	for i, f := range flaws {
		infos[i] = f.FlawInfo
	}
	return infos
}

// flawDistance is how far a flawed time is from now: more than any clock or time zone is wrong.
const flawDistance = 48 * time.Hour

// The names of a certificate for another host. They are those of the recordings, so that
// error texts can be compared with them.
const (
	otherHost = "other.example.test"
	otherIP   = "10.10.10.20"
)

// flaws is the catalogue. A flaw changes a good template before it is signed.
var flaws = []struct {
	FlawInfo
	spoil func(*maker, *template) error
}{
	{FlawInfo{Expired, true, true, "ended a day ago"}, func(m *maker, t *template) error {
		t.notBefore, t.notAfter = m.now.Add(-flawDistance), m.now.Add(-flawDistance/2)
		return nil
	}},
	{FlawInfo{NotYetValid, true, true, "begins in a day"}, func(m *maker, t *template) error {
		t.notBefore, t.notAfter = m.now.Add(flawDistance/2), m.now.Add(flawDistance)
		return nil
	}},
	{FlawInfo{OtherCA, true, true, "signed by a CA that the other side does not trust"}, func(m *maker, t *template) error {
		name, err := m.caName(string(t.side) + " other ca")
		if err != nil {
			return err
		}
		key, err := m.subjectKey(string(t.side) + " other ca")
		t.issuer = authority{name, key.id, key.Signer}
		return err
	}},
	{FlawInfo{OtherCASameName, true, true, "names the trusted CA and its key as issuer, and is signed with another key"}, func(m *maker, t *template) error {
		key, err := m.subjectKey(string(t.side) + " other ca")
		t.issuer.key = key.Signer
		return err
	}},
	{FlawInfo{OtherHost, true, false, "made for the hosts " + otherHost + " and " + otherIP}, func(m *maker, t *template) (err error) {
		t.subject = m.Shape.leafName(otherHost)
		t.names, err = hostNames([]string{otherHost, otherIP})
		return err
	}},
	{FlawInfo{WrongUsage, true, true, "has the extended key usage of the other side alone"}, func(_ *maker, t *template) error {
		t.usage = map[side]oid{serverSide: clientAuth, clientSide: serverAuth}[t.side]
		return nil
	}},
	{FlawInfo{SelfSigned, true, true, "signed by its own key and by no CA"}, func(_ *maker, t *template) error {
		t.issuer = t.authority()
		return nil
	}},
	{FlawInfo{CommonNameOnly, true, false, "has its host as common name and no subject alternative name"}, func(_ *maker, t *template) error {
		t.names = nil
		return nil
	}},
}

// spoil gives a template its flaw.
func (m *maker) spoil(t *template, f Flaw) error {
	for _, row := range flaws {
		if row.Flaw == f {
			return row.spoil(m, t)
		}
	}
	return nil
}

// checkFlaw says whether f is a flaw that a side can have.
func checkFlaw(option string, f Flaw, onSide func(FlawInfo) bool) error {
	if f == Good {
		return nil
	}
	var names []Flaw
	for _, info := range Flaws() {
		if onSide(info) {
			names = append(names, info.Flaw)
		}
	}
	if slices.Contains(names, f) {
		return nil
	}
	return &OptionError{option, string(f), fmt.Sprintf("is none of the flaws of this side: %q", names)}
}
