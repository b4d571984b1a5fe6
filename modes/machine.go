package modes

import (
	"path"
	"strings"
)

// A Machine is what a program finds around it. The zero value is an empty one.
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
}

// Holds says what is in a file, as far as the rule needs it.
type Holds string

// What a file can hold.
const (
	Nothing  Holds = ""         // not a certificate and not a key
	CA       Holds = "ca"       // the CA that signs what is good
	OtherCA  Holds = "other-ca" // another CA
	CertFile Holds = "cert"     // the program's own certificate
	KeyFile  Holds = "key"      // and its key
)

func (m Machine) home() string {
	if m.Home == "" {
		return "/root"
	}
	return m.Home
}

func (m Machine) exists(name string) bool {
	_, ok := m.Files[name]
	return ok
}

// systemPool returns the CAs that Go and OpenSSL programs find in the system's pool: none of the
// matrix's own, but for those that SSL_CERT_FILE and SSL_CERT_DIR put there.
func (m Machine) systemPool() []Holds {
	var pool []Holds
	add := func(h Holds) {
		if h == CA || h == OtherCA {
			pool = append(pool, h)
		}
	}
	if f := m.Env["SSL_CERT_FILE"]; f != "" {
		add(m.Files[f])
	}
	for _, dir := range strings.Split(m.Env["SSL_CERT_DIR"], ":") {
		for name, h := range m.Files {
			if dir != "" && path.Dir(name) == dir {
				add(h)
			}
		}
	}
	return pool
}
