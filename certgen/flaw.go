package certgen

import "time"

// A Flaw is one way in which the material of one side is wrong, or odd. The zero value is neither.
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
	var infos []FlawInfo
	for _, table := range flaws {
		for _, f := range table.flaws {
			infos = append(infos, f.info(table.kind))
		}
	}
	return infos
}

// sides are those that can have a flaw.
type sides uint8

const (
	onServer sides = 1 << iota
	onClient
	both = onServer | onClient
)

// A flaw is a row of the catalogue.
type flaw struct {
	name     Flaw
	sides    sides
	accepted bool
	doc      string
	spoil    func(*party) error         // changes the template before it is signed, or what is around it
	files    func(*party, *files) error // changes what is written
}

func (f flaw) info(k Kind) FlawInfo {
	return FlawInfo{
		Flaw: f.name, Kind: k, Server: f.sides&onServer != 0, Client: f.sides&onClient != 0,
		Accepted: f.accepted, Doc: f.doc,
	}
}

// flaws is the catalogue.
var flaws = []struct {
	kind  Kind
	flaws []flaw
}{
	{KindCertificate, certFlaws},
	{KindCertificate, nameFlaws},
	{KindCertificate, keyFlaws},
	{KindCertificate, encodingFlaws},
	{KindChain, chainFlaws},
	{KindChain, rootFlaws},
	{KindChain, trustFlaws},
	{KindFile, certFileFlaws},
	{KindFile, keyFileFlaws},
	{KindFile, caFileFlaws},
}

// find returns the row of a flaw, and for none the zero value.
func find(name Flaw) flaw {
	if name == Good {
		return flaw{}
	}
	for _, table := range flaws {
		for _, f := range table.flaws {
			if f.name == name {
				return f
			}
		}
	}
	return flaw{}
}

// flawDistance is how far a flawed time is from now: more than any clock or time zone is wrong.
const flawDistance = 48 * time.Hour

// checkFlaw says whether f is a flaw that a side can have.
func checkFlaw(option string, f Flaw, side sides) error {
	if f == Good {
		return nil
	}
	switch find(f).sides & both {
	case 0:
		return &OptionError{option, string(f), "is no flaw: Flaws lists them all"}
	case both &^ side:
		return &OptionError{option, string(f), "is a flaw of the other side alone: Flaws lists them all"}
	}
	return nil
}
