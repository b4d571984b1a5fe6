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

// A FlawInfo describes a flaw. What programs make of it is in package vectors.
type FlawInfo struct {
	Flaw   Flaw   `json:"flaw"`
	Kind   Kind   `json:"kind"`
	Server bool   `json:"server"` // the daemon can have it
	Client bool   `json:"client"` // the client can have it
	Doc    string `json:"doc"`    // what is wrong on that side, in one line
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

// Info describes the flaw. ok is false for [Good] and for what is not in the catalogue.
func (f Flaw) Info() (info FlawInfo, ok bool) {
	for _, table := range flaws {
		for _, row := range table.flaws {
			if row.name == f {
				return row.info(table.kind), true
			}
		}
	}
	return FlawInfo{}, false
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
	name  Flaw // its constant is in names.go
	sides sides
	doc   string                     // what is wrong, in one line
	spoil func(*party) error         // changes the template before it is signed, or what is around it
	files func(*party, *files) error // changes what is written
}

func (f flaw) info(k Kind) FlawInfo {
	return FlawInfo{Flaw: f.name, Kind: k, Server: f.sides&onServer != 0, Client: f.sides&onClient != 0, Doc: f.doc}
}

// flaws is the catalogue. names.go is generated from it.
var flaws = []struct {
	of    string // what they are flaws of, for the documentation of their names
	kind  Kind
	flaws []flaw
}{
	{"times, usage and signer", KindCertificate, certFlaws},
	{"a server's names", KindCertificate, nameFlaws},
	{"keys and signatures", KindCertificate, keyFlaws},
	{"the encoding", KindCertificate, encodingFlaws},
	{"what is between a certificate and its root", KindChain, chainFlaws},
	{"the root, which the other side trusts", KindChain, rootFlaws},
	{"what a side trusts", KindChain, trustFlaws},
	{"the file of a certificate", KindFile, certFileFlaws},
	{"the file of a key", KindFile, keyFileFlaws},
	{"the file of what a side trusts", KindFile, caFileFlaws},
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

// checkFlaw reports whether f is a flaw that a side can have.
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
