package modes

import (
	"path"
	"strings"
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
	// CurrentContext is the context in use (`docker context use`); "" is none.
	CurrentContext string
}

// Holds says what is in a file, as far as the rule needs it.
type Holds string

// What a file can hold.
const (
	Nothing  Holds = ""          // neither a certificate nor a key
	CA       Holds = "ca"        // the CA that signs what is good
	OtherCA  Holds = "other-ca"  // another CA
	CertFile Holds = "cert"      // the program's own certificate
	KeyFile  Holds = "key"       // and its key
	OtherKey Holds = "other-key" // the key of another certificate
)

func (h Holds) isCA() bool { return h == CA || h == OtherCA }

func (m Machine) home() string {
	if m.Home == "" {
		return "/root"
	}
	return m.Home
}

// read reads the files that a program was given, "" for none, and says what is wrong with them.
func (m Machine) read(program, ca, cert, key string) error {
	given := []struct {
		name string
		fits func(Holds) bool
	}{
		{ca, Holds.isCA},
		{cert, func(h Holds) bool { return h == CertFile }},
		{key, func(h Holds) bool { return h == KeyFile || h == OtherKey }},
	}
	for _, f := range given {
		if _, ok := m.Files[f.name]; f.name != "" && !ok {
			return &Refusal{ConfigMissingFile, program + " wants " + path.Base(f.name) + " and there is none"}
		}
	}
	for _, f := range given {
		if f.name != "" && !f.fits(m.Files[f.name]) {
			return &Refusal{ConfigBadMaterial, program + " cannot use what is in " + path.Base(f.name)}
		}
	}
	if cert != "" && m.Files[key] == OtherKey {
		return &Refusal{ConfigKeyMismatch, "the private key in " + path.Base(key) + " is not that of the certificate"}
	}
	return nil
}

// systemPool returns which of the CAs are in the system's pool: those that SSL_CERT_FILE and SSL_CERT_DIR put there.
func (m Machine) systemPool() []Holds {
	var pool []Holds
	if h := m.Files[m.Env["SSL_CERT_FILE"]]; h.isCA() {
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
