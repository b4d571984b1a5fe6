package certgen

import (
	"fmt"
	"slices"
	"time"
)

// A Flaw is one way in which the material of one side is wrong. The zero value is no flaw.
type Flaw string

// Good is no flaw. Which flaws there are, and which side each can be on, is in [Flaws].
const Good Flaw = ""

// A Kind is what a flaw is a flaw of.
type Kind string

// Kinds.
const (
	KindCertificate Kind = "certificate" // of one side's certificate
	KindChain       Kind = "chain"       // of what is between a certificate and its root, or of what is trusted
	KindFile        Kind = "file"        // of what is written to disk
)

// A FlawInfo describes a flaw.
type FlawInfo struct {
	Flaw           Flaw
	Kind           Kind
	Server, Client bool   // the sides that can have it
	Accepted       bool   // odd and no flaw: Go, the docker CLI and curl accept it
	Doc            string // what is wrong on that side, in one line
}

// Flaws returns the catalogue of flaws, in a stable order, without [Good].
func Flaws() []FlawInfo {
	infos := make([]FlawInfo, len(planned))
	for i, f := range planned {
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
var flaws = map[Flaw]func(*maker, *template) error{
	Expired: func(m *maker, t *template) error {
		t.notBefore, t.notAfter = m.now.Add(-flawDistance), m.now.Add(-flawDistance/2)
		return nil
	},
	NotYetValid: func(m *maker, t *template) error {
		t.notBefore, t.notAfter = m.now.Add(flawDistance/2), m.now.Add(flawDistance)
		return nil
	},
	OtherCA: func(m *maker, t *template) error {
		name, err := m.caName(string(t.side) + " other ca")
		if err != nil {
			return err
		}
		key, err := m.subjectKey(string(t.side) + " other ca")
		t.issuer = authority{name, key.id, key.Signer}
		return err
	},
	OtherCASameName: func(m *maker, t *template) error {
		key, err := m.subjectKey(string(t.side) + " other ca")
		t.issuer.key = key.Signer
		return err
	},
	OtherHost: func(m *maker, t *template) (err error) {
		t.subject = m.Shape.leafName(otherHost)
		t.names, err = hostNames([]string{otherHost, otherIP})
		return err
	},
	WrongUsage: func(_ *maker, t *template) error {
		t.usage = map[side]oid{serverSide: clientAuth, clientSide: serverAuth}[t.side]
		return nil
	},
	SelfSigned: func(_ *maker, t *template) error {
		t.issuer = t.authority()
		return nil
	},
	CommonNameOnly: func(_ *maker, t *template) error {
		t.names = nil
		return nil
	},
}

type flawRow struct{ FlawInfo }

// spoil gives a template its flaw.
func (m *maker) spoil(t *template, f Flaw) error {
	if f == Good {
		return nil
	}
	spoil := flaws[f]
	if spoil == nil {
		return fmt.Errorf("the flaw %s cannot be made yet", f)
	}
	return spoil(m, t)
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
