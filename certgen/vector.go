package certgen

import (
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
)

// A Vector is the material of a daemon and its client, with one flaw on one side and what programs
// make of it. Its FlawInfo speaks of that side alone.
type Vector struct {
	Name string `json:"name"` // "server:expired", "client:other-ca"; "good" for none
	FlawInfo
	Bundle *Bundle `json:"-"`
}

// Vectors makes the material for each flaw on each side that can have it, after one without any,
// for the tests of other projects that verify certificates. Each is made when the loop comes to it:
// those with large RSA keys take seconds. The first error ends the loop.
//
// The flaws of o are not used. Hosts are "docker.example.test" and "127.0.0.1" by default: those
// of the verdicts. With a Seed all have the same CA, and are the same each time.
func Vectors(o *Options) iter.Seq2[Vector, error] {
	var base Options
	if o != nil {
		base = *o
	}
	if len(base.Hosts) == 0 {
		base.Hosts = []string{"docker.example.test", "127.0.0.1"}
	}
	return func(yield func(Vector, error) bool) {
		one := func(v Vector, server, client Flaw) bool {
			o := base
			o.ServerFlaw, o.ClientFlaw = server, client
			var err error
			if v.Bundle, err = New(&o); err != nil {
				yield(Vector{}, err)
				return false
			}
			return yield(v, nil)
		}
		if !one(Vector{Name: "good"}, Good, Good) {
			return
		}
		for _, f := range Flaws() {
			server, client := f, f
			server.Client, server.OfClient = false, Verdict{}
			client.Server, client.ByName, client.ByIP = false, Verdict{}, Verdict{}
			if f.Server && !one(Vector{Name: "server:" + string(f.Flaw), FlawInfo: server}, f.Flaw, Good) {
				return
			}
			if f.Client && !one(Vector{Name: "client:" + string(f.Flaw), FlawInfo: client}, Good, f.Flaw) {
				return
			}
		}
	}
}

// Write writes the vector below dir as [Bundle.Write] does: the client's ca.pem, cert.pem and
// key.pem, the daemon's daemon-ca.pem, server-cert.pem and server-key.pem, and vector.json, which
// is the Vector in JSON with "accepted" added.
func (v Vector) Write(dir string) error {
	l := LayoutDaemon()
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
		return fmt.Errorf("certgen: %w", err)
	}
	return nil
}
