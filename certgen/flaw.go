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
	Flaw   Flaw   `json:"flaw"`
	Kind   Kind   `json:"kind"`
	Server bool   `json:"server"`        // the daemon can have it
	Client bool   `json:"client"`        // the client can have it
	Doc    string `json:"doc"`           // what is wrong on that side, in one line
	Why    string `json:"why,omitempty"` // why programs say what they do, where that needs words

	// ByName is what programs make of the server with it when they call it by a DNS name of its
	// Hosts ("docker.example.test"), and ByIP when by an IP address ("127.0.0.1").
	ByName Verdict `json:"by_name,omitzero"`
	ByIP   Verdict `json:"by_ip,omitzero"`
	// OfClient is what they make of the client with it.
	OfClient Verdict `json:"of_client,omitzero"`
}

// Accepted reports whether the flaw is none, on whichever side: odd material that Go, the docker
// CLI and curl take.
func (i FlawInfo) Accepted() bool {
	return i.ByName.Accepted() && i.ByIP.Accepted() && i.OfClient.Accepted()
}

// Flaws returns the catalogue of flaws, in a stable order, without [Good].
func Flaws() []FlawInfo {
	var infos []FlawInfo
	for _, table := range flaws {
		for _, f := range table.flaws {
			infos = append(infos, f.info(table.kind, table.verdicts[f.name]))
		}
	}
	return infos
}

// Info describes the flaw. ok is false for [Good] and for what is not in the catalogue.
func (f Flaw) Info() (info FlawInfo, ok bool) {
	for _, table := range flaws {
		for _, row := range table.flaws {
			if row.name == f {
				return row.info(table.kind, table.verdicts[f]), true
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

func (f flaw) info(k Kind, v verdicts) FlawInfo {
	i := FlawInfo{
		Flaw: f.name, Kind: k, Server: f.sides&onServer != 0, Client: f.sides&onClient != 0,
		Doc: f.doc, Why: v.why,
	}
	if v.name != nil {
		i.ByName, i.ByIP = *v.name, *v.name
	}
	if v.ip != nil {
		i.ByIP = *v.ip
	}
	if v.client != nil {
		i.OfClient = *v.client
	}
	return i
}

// flaws is the catalogue. names.go is generated from it.
var flaws = []struct {
	of       string // what they are flaws of, for the documentation of their names
	kind     Kind
	verdicts map[Flaw]verdicts
	flaws    []flaw
}{
	{"times, usage and signer", KindCertificate, certVerdicts, certFlaws},
	{"a server's names", KindCertificate, certVerdicts, nameFlaws},
	{"keys and signatures", KindCertificate, certVerdicts, keyFlaws},
	{"the encoding", KindCertificate, certVerdicts, encodingFlaws},
	{"what is between a certificate and its root", KindChain, chainVerdicts, chainFlaws},
	{"the root, which the other side trusts", KindChain, chainVerdicts, rootFlaws},
	{"what a side trusts", KindChain, chainVerdicts, trustFlaws},
	{"the file of a certificate", KindFile, fileVerdicts, certFileFlaws},
	{"the file of a key", KindFile, fileVerdicts, keyFileFlaws},
	{"the file of what a side trusts", KindFile, fileVerdicts, caFileFlaws},
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
