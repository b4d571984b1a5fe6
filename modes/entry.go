package modes

import (
	"cmp"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// An Entry is one entry of the matrix.
type Entry struct {
	ID       string   `json:"id"` // "tlsverify/mutual/env", "tlsverify/mutual/flags/server:expired"
	Daemon   Daemon   `json:"daemon"`
	Client   Client   `json:"client"`
	Source   Source   `json:"source"`
	Material Material `json:"material"`
	// Documented is what Docker's documentation ("Protect the Docker daemon socket") promises for the
	// pair of modes.
	Documented string `json:"documented"`
	// Want is what the real programs do, per family. A family that cannot express the entry is absent.
	Want map[Family]outcome.Class `json:"want"`
	// Why gives the reason in a sentence or two, per family where families differ.
	Why string `json:"why"`

	given  *environment // of an entry that is one of environments, nil for the others; immutable
	engine string       // the version of dockerd in front of which Want and Why are; "" is that of the matrix
}

// gridFlaws are the flaws that the matrix has in front of every pair of modes that they matter to.
var gridFlaws = []certgen.Flaw{
	certgen.Expired, certgen.NotYetValid, certgen.OtherCA, certgen.OtherCASameSubject, certgen.WrongHostname, certgen.WrongUsage, certgen.SelfSigned, certgen.CNOnly,
}

// Entries returns the matrix: daemon modes by client modes by sources with good material, then the commonest flaws of
// either side where they matter, then one entry for every other flaw, then the environments of users, "env/ref-mtls"
// and so on. The order is stable; the slice is the caller's.
func Entries() []Entry { return own(matrix()) }

// AllEntries returns the matrix and behind it, for clients that are configured by the environment alone, its entries
// with flawed material once more with source env. The order is stable; the slice is the caller's.
func AllEntries() []Entry { return own(allEntries()) }

// own are the same entries in a slice and maps of their own.
func own(entries []Entry) []Entry {
	all := slices.Clone(entries)
	for i := range all {
		all[i].Want = maps.Clone(all[i].Want)
	}
	return all
}

// matrix applies the rule once.
var matrix = sync.OnceValue(func() []Entry {
	var all []Entry
	for _, d := range Daemons() {
		for _, c := range Clients() {
			for _, s := range []Source{Flags, Env, Home, Context} {
				all = append(all, newEntry(d, c, s, Material{}))
			}
		}
	}
	for _, flaw := range gridFlaws {
		// One client that checks and one that does not, with what the daemon demands.
		for _, pair := range []struct {
			d Daemon
			c Client
		}{{TLS, ClientTLS}, {TLS, ClientTLSVerify}, {TLSVerify, ClientTLSCert}, {TLSVerify, ClientMutual}} {
			all = append(all, newEntry(pair.d, pair.c, Flags, Material{Server: flaw}))
		}
	}
	for _, flaw := range gridFlaws {
		if flaw == certgen.WrongHostname || flaw == certgen.CNOnly {
			continue // a client's certificate has no host
		}
		for _, d := range []Daemon{TLS, TLSVerify} {
			for _, c := range []Client{ClientTLSCert, ClientMutual} {
				all = append(all, newEntry(d, c, Flags, Material{Client: flaw}))
			}
		}
	}
	for _, m := range materials() {
		all = append(all, newEntry(TLSVerify, ClientMutual, Flags, m))
	}
	for _, env := range environments() {
		all = append(all, newEnvironmentEntry(env))
	}
	return all
})

// allEntries adds to the matrix once.
var allEntries = sync.OnceValue(func() []Entry {
	all := slices.Clone(matrix())
	known := map[string]bool{}
	for _, e := range all {
		known[e.ID] = true
	}
	for _, e := range matrix() {
		if e.Source != Flags || e.Material == (Material{}) {
			continue
		}
		if e = e.From(Env); !known[e.ID] {
			all = append(all, e)
		}
	}
	return all
})

// materials are the other flaws that a client can meet.
func materials() []Material {
	var all []Material
	add := func(m Material) {
		if !slices.Contains(gridFlaws, m.Server+m.Client) {
			all = append(all, m)
		}
	}
	server, client := rule.MetFlaws()
	for _, flaw := range server {
		add(Material{Server: flaw})
	}
	for _, flaw := range client {
		add(Material{Client: flaw})
	}
	return all
}

// newEntry applies the rule to what the entry renders.
func newEntry(d Daemon, c Client, s Source, m Material) Entry {
	e := Entry{
		ID: strings.Join([]string{string(d), string(c), string(s)}, "/"), Daemon: d, Client: c, Source: s, Material: m,
		Documented: documented(d, c),
	}
	if m != (Material{}) {
		e.ID += "/" + m.String()
	}
	e.applyAll()
	return e
}

// From returns the entry whose client gets its mode and material from another source, with what the programs then do.
// Entries of environments are what they are from.
func (e Entry) From(s Source) Entry {
	if e.given != nil {
		return e
	}
	from := newEntry(e.Daemon, e.Client, s, e.Material)
	if e.engine != "" {
		from = from.With(e.engine)
	}
	return from
}

// With returns the entry with what the programs do in front of a dockerd of another version, such as "20.10.24".
func (e Entry) With(engine string) Entry {
	e.engine = engine
	e.applyAll()
	return e
}

// applyAll fills Want and Why.
func (e *Entry) applyAll() {
	e.Want = map[Family]outcome.Class{}
	var reasons []string
	by := map[string][]string{}
	for _, f := range rule.Families() {
		o, why, ok := e.apply(f, e.Daemon)
		if !ok {
			continue
		}
		e.Want[Family(f.Name)] = o
		if by[why] == nil {
			reasons = append(reasons, why)
		}
		by[why] = append(by[why], f.Name)
	}
	for i, why := range reasons {
		text := sentence(why)
		if len(reasons) > 1 {
			text = strings.Join(by[why], ", ") + ": " + why + "."
		}
		reasons[i] = text
	}
	e.Why = strings.Join(reasons, " ")
}

// Reason gives in a sentence the reason of what clients of one family do; "" for one that cannot express the entry.
func (e Entry) Reason(f Family) string {
	row := rule.ByName(string(f))
	if row == nil {
		return ""
	}
	if _, why, ok := e.apply(row, e.Daemon); ok {
		return sentence(why)
	}
	return ""
}

func sentence(clause string) string { return strings.ToUpper(clause[:1]) + clause[1:] + "." }

// AsksTLS reports whether the client was asked for TLS in any way, by a variable that the docker CLI ignores too.
func (e Entry) AsksTLS() bool { return e.Client != ClientPlain || e.given != nil }

// WantPlain is what the real programs do with the client of an entry that asks for TLS when a plain daemon listens at
// the address instead: the request that they then send in plaintext is answered. It is nil for an entry that
// does not ask, or whose daemon has no TLS itself.
func (e Entry) WantPlain() map[Family]outcome.Class {
	if !e.AsksTLS() || !e.Daemon.Encrypted() {
		return nil
	}
	want := map[Family]outcome.Class{}
	for f := range e.Want {
		want[f], _, _ = e.apply(rule.ByName(string(f)), TCP)
	}
	return want
}

// apply resolves both sides as the entry renders them, the daemon's with mode d, and lets them meet. ok is false
// when the family cannot express the entry.
func (e Entry) apply(f *rule.Family, d Daemon) (o outcome.Class, why string, ok bool) {
	p := Paths{
		Host: e.ruleAddr(), Socket: "/run/docker.sock", SSH: "docker-user@127.0.0.1:12322",
		CA: "/client/ca.pem", Cert: "/client/cert.pem", Key: "/client/key.pem", CertDir: "/certs", ConfigDir: "/config", SystemCA: "/system/ca.pem",
		ServerCert: "/server/server-cert.pem", ServerKey: "/server/server-key.pem", ClientCA: "/server/ca.pem",
	}
	s := e.setting(p)
	if !f.CanBeTold(s) {
		return "", "", false
	}
	daemon := e
	daemon.Daemon = d
	files := map[string]rule.Holds{}
	for name, h := range rule.ServerFiles(e.Material.Server) {
		files[path.Join(path.Dir(p.ClientCA), name)] = h
	}
	listeners, err := rule.ResolveDockerd(cmp.Or(e.engine, rule.Engine), daemon.DockerdArgs(p), nil, rule.Machine{Files: files})
	var end rule.Endpoint
	if err == nil {
		end, err = f.Resolve(s, e.machine(p))
	}
	if r := (*rule.Refusal)(nil); errors.As(err, &r) {
		return r.Outcome, r.Why, true
	}
	l := &listeners[0]
	if d.row().ssh {
		l = &rule.Listener{Host: s.Host, SSH: true}
	}
	if rule.Port(l.Host) != rule.Port(end.Host) {
		l = nil
	}
	o, why = rule.Meet(l, end, e.Material.Server, e.Material.Client)
	return o, why, true
}

// ruleAddr is an address that fits DaemonAddr.
func (e Entry) ruleAddr() string {
	switch addr := e.DaemonAddr(); {
	case strings.HasPrefix(addr, ":"):
		return "127.0.0.1" + addr
	case addr == onIPv6:
		return "[::1]:12376"
	}
	// No client takes this port for one that speaks TLS.
	return "127.0.0.1:12376"
}

// context is the name of the docker context of an entry that is only reasoned about.
const context = "entry"

// setting is what the client of the entry is told.
func (e Entry) setting(p Paths) rule.Setting {
	s := rule.Setting{
		Variables: e.Source == Env || e.Source == Home, Mode: e.Client.mode(), Host: e.ClientHost(p), CA: p.CA, Cert: p.Cert, Key: p.Key, Flaw: e.Material.Client,
	}
	if e.Source == Context {
		s.Context = context
	}
	return s
}

// machine is what the client of the entry finds.
func (e Entry) machine(p Paths) rule.Machine {
	m := rule.Machine{Env: map[string]string{}, Home: "/home/user", Files: map[string]rule.Holds{}, Contexts: map[string]string{context: e.contextSpec(p)}}
	for name, h := range rule.ClientFiles(e.Material.Client) {
		m.Files[path.Join(path.Dir(p.CA), name)] = h
	}
	dirs := map[Dir]string{CertsDir: p.CertDir, HomeDir: path.Join(m.Home, ".docker"), ConfigDir: p.ConfigDir, SystemDir: path.Dir(p.SystemCA)}
	spoiled, good := rule.ClientFiles(e.Material.Client), rule.ClientFiles("")
	for _, file := range e.Layout() {
		holds := rule.Holds(file.Holds)
		if h, ok := spoiled[file.Name]; !ok {
			continue
		} else if holds == good[file.Name] {
			holds = h
		}
		m.Files[path.Join(dirs[file.Dir], file.Name)] = holds
	}
	for _, v := range e.Env(p) {
		name, value, _ := strings.Cut(v, "=")
		m.Env[name] = value
	}
	return m
}

// documented is the promise of "Protect the Docker daemon socket" for a pair of modes.
func documented(d Daemon, c Client) string {
	client := map[Client]string{
		ClientPlain:     "the client uses no TLS",
		ClientTLS:       "the client authenticates the server by the public or default CA pool",
		ClientTLSCert:   "the client presents its certificate and does not authenticate the server by the given CA",
		ClientTLSVerify: "the client authenticates the server by the given CA",
		ClientMutual:    "the client presents its certificate and authenticates the server by the given CA",
	}[c]
	return d.row().promise + "; " + client + "."
}
