package rule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// ResolveDocker says what the docker CLI of a version ("20.10.24", "28.2.2", "29.7.2") makes of its
// arguments, without the program's name, and of the machine: the endpoint that it dials, or a *[Refusal].
//
// A context named by --context comes first, then -H, DOCKER_HOST, DOCKER_CONTEXT and the context in
// use; flags and variables about TLS count only where no context does. Sources: tls/notes.md, "Documentation against
// reality" 3, 4, 6, 7, 8 and 10, and cli/flags/options.go of the CLI.
func ResolveDocker(version string, args []string, m Machine) (Endpoint, error) {
	f := newTLSFlags(m)
	f.bools["tls"] = m.Env["DOCKER_TLS"] != ""
	for _, name := range []string{"debug", "version", "help"} {
		f.bools[name] = false
	}
	for _, name := range []string{"context", "config", "log-level"} {
		f.strings[name] = ""
	}
	f.shorthands = map[byte]string{'D': "debug", 'v': "version", 'h': "help", 'H': "host", 'c': "context", 'l': "log-level"}
	switch n := major(version); {
	case n < 28:
		f.quotes = quotesPanic
	case n == 28:
		f.quotes = withQuotes
	}
	if err := f.parse(args); errors.As(err, new(panicked)) {
		return Endpoint{}, &Refusal{outcome.ClientCrash, err.Error()}
	} else if err != nil {
		return Endpoint{}, &Refusal{outcome.ConfigUsage, err.Error()}
	}
	var ep *dockerEndpoint
	name, err := f.contextName(version, m)
	if err != nil {
		return Endpoint{}, err
	}
	if name == "default" {
		ep, err = f.defaultEndpoint(m)
	} else {
		ep, err = contextEndpoint(version, name, m)
	}
	if err != nil {
		return Endpoint{}, err
	}
	e, err := ep.resolve(version, m)
	if err == nil && overSSH(e.Host) && m.NoSSH {
		err = &Refusal{outcome.ConfigUsage, "there is no ssh in PATH"}
	}
	return e, err
}

// contextName is the name of the context that counts, "default" for flags and environment.
func (f *tlsFlags) contextName(version string, m Machine) (string, error) {
	host, hostSet := m.Env["DOCKER_HOST"]
	name, nameSet := m.Env["DOCKER_CONTEXT"]
	switch flag := f.strings["context"]; {
	case flag != "" && len(f.hosts) > 0:
		return "", &Refusal{outcome.ConfigUsage, "it is given both --host and --context"}
	case len(f.hosts) > 1:
		return "", &Refusal{outcome.ConfigUsage, "it is given -H more than once"}
	case flag != "":
		return flag, nil
	case len(f.hosts) > 0, host != "":
		return "default", nil
	case hostSet && major(version) < 28:
		// 20.10 looks whether the variable is there, not what it says.
		return "default", nil
	case name != "", nameSet && major(version) < 28:
		return name, nil
	case m.CurrentContext != "":
		return m.CurrentContext, nil
	}
	return "default", nil
}

// dockerEndpoint is the form into which the CLI brings flags and contexts.
type dockerEndpoint struct {
	host          string
	ca, cert, key string // files; "" is none
	skipVerify    bool
}

// defaultEndpoint is the endpoint of flags and environment.
func (f *tlsFlags) defaultEndpoint(m Machine) (*dockerEndpoint, error) {
	given := m.Env["DOCKER_HOST"]
	if len(f.hosts) > 0 {
		given = f.hosts[0]
	}
	host, err := parseHost(given, f.secure())
	if err != nil {
		return nil, &Refusal{outcome.ConfigUsage, err.Error()}
	}
	ep := &dockerEndpoint{host: host}
	if !f.secure() {
		return ep, nil
	}
	ep.skipVerify = !f.bools["tlsverify"]
	ep.ca, ep.cert, ep.key = f.file("tlscacert", m), f.file("tlscert", m), f.file("tlskey", m)
	return ep, ep.missing(m)
}

// contextEndpoint is the endpoint of a context. What is wrong with its files shows when it is created.
func contextEndpoint(version, name string, m Machine) (*dockerEndpoint, error) {
	spec, ok := m.Contexts[name]
	if !ok {
		return nil, &Refusal{outcome.ConfigUsage, fmt.Sprintf("there is no context %q", name)}
	}
	ep, err := parseContext(spec)
	if err == nil {
		err = ep.missing(m)
	}
	if err == nil {
		_, err = ep.resolve(version, m)
	}
	if r := (*Refusal)(nil); errors.As(err, &r) && r.Outcome != outcome.TLSOverUnixFails {
		return nil, &Refusal{outcome.ConfigAtContextCreate, r.Why}
	}
	return ep, nil
}

// parseContext reads the value of `docker context create --docker`.
func parseContext(spec string) (*dockerEndpoint, error) {
	ep := &dockerEndpoint{}
	files := map[string]*string{"host": &ep.host, "ca": &ep.ca, "cert": &ep.cert, "key": &ep.key}
	for field := range strings.SplitSeq(spec, ",") {
		k, v, _ := strings.Cut(field, "=")
		if to, ok := files[k]; ok {
			*to = v
			continue
		}
		b, err := strconv.ParseBool(v)
		if k != "skip-tls-verify" || err != nil {
			return nil, &Refusal{outcome.ConfigAtContextCreate, fmt.Sprintf("%q is not a field of a context", field)}
		}
		ep.skipVerify = b
	}
	return ep, nil
}

// missing fails when a file is not there. The CLI looks for that first; what a file holds it looks at only for TCP.
func (ep *dockerEndpoint) missing(m Machine) error {
	err := m.read(ByName("docker"), ep.ca, ep.cert, ep.key)
	if r := (*Refusal)(nil); errors.As(err, &r) && r.Outcome == outcome.ConfigMissingFile {
		return err
	}
	return nil
}

func (ep *dockerEndpoint) resolve(version string, m Machine) (Endpoint, error) {
	e := Endpoint{Host: ep.host, Mode: Plain, Family: ByName("docker")}
	if major(version) < 28 {
		e.Family = ByName("docker-20.10")
	}
	if overSSH(ep.host) {
		return ep.resolveSSH(version, e)
	}
	if ep.ca == "" && ep.cert == "" && ep.key == "" && !ep.skipVerify {
		return e, nil
	}
	socket := !strings.HasPrefix(ep.host, "tcp://")
	if socket && major(version) >= 28 {
		e.note = "the CLI leaves TLS out on a unix socket"
		return e, nil
	}
	// A certificate without a key, or a key without a certificate, is left out without a word.
	presents := ep.cert != "" && ep.key != ""
	cert, key := ep.cert, ep.key
	if !presents {
		cert, key = "", ""
	}
	if err := m.read(ByName("docker"), ep.ca, cert, key); err != nil {
		return e, err
	}
	if socket {
		return e, &Refusal{outcome.TLSOverUnixFails, "with TLS, CLI 20.10 takes the path of the socket for a host name"}
	}
	e.Mode = withTLS(!ep.skipVerify, presents)
	e.Roots = m.roots(ep.ca)
	return e, nil
}

// The versions of the programs whose behaviour the matrix gives. Engine 28 and CLI 28 do the same as 29.
const (
	Engine = "29.7.0"
	CLI    = "29.7.2"
	CLI20  = "20.10.24"
)

// DockerArgs are the docker CLI's arguments, before the subcommand, that tell it a setting by flags.
func (s Setting) DockerArgs() []string {
	var args []string
	switch {
	case s.Mode.verifies():
		args = []string{"--tlsverify", "--tlscacert=" + s.CA}
	case s.Mode != Plain:
		// --tls checks nothing and still wants the file.
		args = []string{"--tls", "--tlscacert=" + s.CA}
	}
	if s.Mode.presents() {
		args = append(args, "--tlscert="+s.Cert, "--tlskey="+s.Key)
	}
	return append(args, "-H="+s.Host)
}

func (s Setting) docker(m Machine) (Endpoint, error)   { return s.dockerCLI(CLI, m) }
func (s Setting) docker20(m Machine) (Endpoint, error) { return s.dockerCLI(CLI20, m) }

func (s Setting) dockerCLI(version string, m Machine) (Endpoint, error) {
	switch {
	case s.Context != "":
		return ResolveDocker(version, []string{"--context", s.Context}, m)
	case s.Variables:
		return ResolveDocker(version, nil, m)
	}
	return ResolveDocker(version, s.DockerArgs(), m)
}
