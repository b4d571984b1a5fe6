package rule

import (
	"path"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A Machine is what a program finds around it. The zero value has no variables, files and contexts.
// Paths in it, as everywhere in this package, have forward slashes.
type Machine struct {
	// Env holds the environment variables that are set.
	Env map[string]string
	// Home is the home folder; "" means "/root".
	Home string
	// Files says what each existing file holds, by path.
	Files map[string]Holds
	// Contexts holds the docker contexts that exist, by name, in the form that
	// `docker context create --docker` takes: "host=tcp://127.0.0.1:2376,ca=ca.pem".
	Contexts map[string]string
	// Activated are the sockets that systemd passes, in order, such as "unix:///run/docker.sock" and
	// "tcp://127.0.0.1:2375".
	Activated []string
	// NoSSH says that there is no ssh in PATH.
	NoSSH bool
	// CurrentContext is the context in use (`docker context use`); "" is none.
	CurrentContext string
}

// Holds says what is in a file, as far as the rule needs it.
type Holds string

// What a file can hold. It can also hold what the name of a flaw says, such as "key-encrypted-pkcs8" or "ca-bom".
const (
	Nothing    Holds = ""             // neither a certificate nor a key
	CA         Holds = "ca"           // the CA that signs what is good
	OtherCA    Holds = "other-ca"     // another CA
	ServerCert Holds = "server-cert"  // no CA but the server's certificate, in a file for a CA
	ClientCert Holds = "client-cert"  // the client's, likewise
	CertFile   Holds = "cert"         // the program's own certificate
	KeyFile    Holds = "key"          // and its key
	CertAndKey Holds = "cert-and-key" // both
	OtherKey   Holds = "key-mismatch" // the key of another certificate
)

func (h Holds) isCA() bool {
	return h == CA || h == OtherCA || h == ServerCert || h == ClientCert
}
func (h Holds) isCert() bool { return h == CertFile || h == CertAndKey }
func (h Holds) isKey() bool  { return h == KeyFile || h == CertAndKey }

func (m Machine) home() string {
	if m.Home == "" {
		return "/root"
	}
	return m.Home
}

// read reads the files that a client was given, "" for none, and says what is wrong with them.
func (m Machine) read(f *Family, ca, cert, key string) error {
	if err := m.there(f, ca, cert, key); err != nil {
		return err
	}
	given := []struct {
		name string
		fits func(Holds) bool
	}{{ca, Holds.isCA}, {cert, Holds.isCert}, {key, Holds.isKey}}
	lib := f.library()
	for i, file := range given {
		if lib == nodeLib && i == 0 && fileFlawOf(m.Files[file.name]) == nil {
			continue // without a certificate in ca.pem it trusts nobody
		}
		if file.name != "" {
			o := m.unfit(lib, file.name, file.fits)
			if o = f.calls(o); o != "" {
				return &Refusal{o, unfitWhy(o, f, path.Base(file.name))}
			}
		}
	}
	return nil
}

// there says which of the files that a client was given, "" for none, is missing.
func (m Machine) there(f *Family, names ...string) error {
	for _, name := range names {
		if _, ok := m.Files[name]; name != "" && !ok {
			return &Refusal{f.calls(outcome.ConfigMissingFile), f.program() + " wants " + path.Base(name) + " and there is none"}
		}
	}
	return nil
}

// unfit says what stops a program that reads a file, "" if nothing does.
func (m Machine) unfit(lib Library, name string, fits func(Holds) bool) outcome.Class {
	h := m.Files[name]
	if f := fileFlawOf(h); f != nil && f.stops[lib] != "" {
		return f.stops[lib]
	}
	if !fits(h.content()) {
		return outcome.ConfigBadMaterial
	}
	return ""
}

func unfitWhy(o outcome.Class, f *Family, file string) string {
	switch o {
	case outcome.ConfigKeyMismatch:
		return "the private key is not that of the certificate"
	case outcome.ConfigEncryptedKey:
		return "the private key in " + file + " is encrypted"
	}
	return f.program() + " cannot use what is in " + file
}

// roots are what a client trusts that was given a file with its CA, "" for none.
func (m Machine) roots(ca string) []Holds {
	if ca == "" {
		return m.systemPool()
	}
	return []Holds{m.Files[ca].content()}
}

// systemPool returns which of the CAs are in the system's pool: those that SSL_CERT_FILE and SSL_CERT_DIR put there.
func (m Machine) systemPool() []Holds {
	var pool []Holds
	if h := m.Files[m.Env["SSL_CERT_FILE"]].content(); h.isCA() {
		pool = append(pool, h)
	}
	for dir := range strings.SplitSeq(m.Env["SSL_CERT_DIR"], ":") {
		for name, h := range m.Files {
			if path.Dir(name) == dir && h.isCA() {
				pool = append(pool, h)
			}
		}
	}
	return pool
}

// A Refusal is the error of a program that stopped, with its configuration, before it opened a connection.
type Refusal struct {
	Outcome outcome.Class
	Why     string // a clause about the program, such as "it cannot read ca.pem: the file does not exist"
}

func (r *Refusal) Error() string { return string(r.Outcome) + ": " + r.Why }
