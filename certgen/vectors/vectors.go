// Package vectors is for the tests of other projects that verify certificates: what Go, the docker CLI, OpenSSL and curl
// make of each flaw of package certgen, and the material of each. Where they differ is where programs surprise.
//
// Who refuses follows from the rule that gives the outcomes of package modes.
//
// Nobody in the world of Docker looks at revocation: certificates that are revoked, or that demand
// a stapled answer, are accepted by all.
//
// A verdict of Go can depend on GODEBUG: x509negativeserial=1, which the released docker CLI has
// built in, accepts a negative serial, and rsa1024min=0 accepts RSA keys below 1024 bits. With
// fips140=on Go refuses RSA keys below 2048 bits as well.
package vectors

import (
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
)

// An Info is a flaw and what programs make of it.
type Info struct {
	certgen.FlawInfo
	Why string `json:"why,omitempty"` // why programs do what they do, where that needs words
	// ByName is what programs make of the server with it when they call it by a DNS name of its
	// Hosts ("docker.example.test"), and ByIP when by an IP address ("127.0.0.1").
	ByName Verdict `json:"by_name,omitzero"`
	ByIP   Verdict `json:"by_ip,omitzero"`
	// OfClient is what they make of the client with it.
	OfClient Verdict `json:"of_client,omitzero"`
}

// The Hosts by which servers are called.
const name, address = "docker.example.test", "127.0.0.1"

// Of describes a flaw. ok is false for [certgen.Good] and for what is no flaw.
func Of(f certgen.Flaw) (info Info, ok bool) {
	about, ok := f.Info()
	return of(about), ok
}

// of fills in the sides that the flaw is described as one of.
func of(about certgen.FlawInfo) Info {
	i := Info{FlawInfo: about, Why: told[about.Flaw].why}
	if i.Why == "" {
		i.Why = reasons(about)
	}
	if about.Server {
		i.ByName, i.ByIP = ofServer(about, name), ofServer(about, address)
	}
	if about.Client {
		i.OfClient = ofClient(about)
	}
	return i
}

// reasons are those of the rule, of a flaw of one side.
func reasons(about certgen.FlawInfo) string {
	server, client := certgen.Good, about.Flaw
	if about.Server {
		server, client = client, server
	}
	refused, accepted := rule.Reasons(server, client)
	switch {
	case about.Server && about.Client, refused == "":
		return ""
	case accepted == "":
		return refused
	}
	return refused + "; " + accepted
}

// Accepted reports whether the flaw is none, on whichever side: odd material that Go, the docker
// CLI and curl take.
func (i Info) Accepted() bool {
	return i.ByName.Accepted() && i.ByIP.Accepted() && i.OfClient.Accepted()
}

// A Vector is the material of a daemon and its client, with one flaw on one side and what programs
// make of it. Its Info speaks of that side alone.
type Vector struct {
	Name string `json:"name"` // "server:expired", "client:other-ca"; "good" for none
	Info
	Bundle *certgen.Bundle `json:"-"`
}

// All makes the material for each flaw on each side that can have it, after one without any.
// Each is made when the loop comes to it: those with large RSA keys take seconds. The first error ends the loop.
//
// The flaws of o are not used. Hosts are "docker.example.test" and "127.0.0.1" by default: those
// of the verdicts. With a Seed all have the same CA, and are the same each time.
func All(o *certgen.Options) iter.Seq2[Vector, error] {
	var base certgen.Options
	if o != nil {
		base = *o
	}
	if len(base.Hosts) == 0 {
		base.Hosts = []string{name, address}
	}
	return func(yield func(Vector, error) bool) {
		one := func(name string, about certgen.FlawInfo) bool {
			o := base
			o.ServerFlaw, o.ClientFlaw = certgen.Good, certgen.Good
			if about.Server {
				o.ServerFlaw = about.Flaw
			}
			if about.Client {
				o.ClientFlaw = about.Flaw
			}
			b, err := certgen.New(&o)
			if err != nil {
				yield(Vector{}, err)
				return false
			}
			return yield(Vector{name, of(about), b}, nil)
		}
		if !one("good", certgen.FlawInfo{}) {
			return
		}
		for _, f := range certgen.Flaws() {
			server, client := f, f
			server.Client, client.Server = false, false
			if f.Server && !one("server:"+string(f.Flaw), server) || f.Client && !one("client:"+string(f.Flaw), client) {
				return
			}
		}
	}
}

// Write writes the vector below dir as [certgen.Bundle.Write] does: the client's ca.pem, cert.pem and
// key.pem, the daemon's daemon-ca.pem, server-cert.pem and server-key.pem, and vector.json, which
// is the Vector in JSON with "accepted" added.
func (v Vector) Write(dir string) error {
	l := certgen.LayoutDaemon()
	l.ServerCA = "daemon-ca.pem"
	if err := v.Bundle.Write(dir, l); err != nil {
		return err
	}
	data, err := json.MarshalIndent(struct {
		Vector
		Accepted bool `json:"accepted"`
	}{v, v.Accepted()}, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "vector.json"), append(data, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("vectors: %w", err)
	}
	return nil
}
