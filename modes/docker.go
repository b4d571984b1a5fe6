package modes

import (
	"fmt"
	"net"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// ResolveDocker says what the docker CLI of the given version ("20.10.24", "28", "29.7.2") makes of its
// arguments (without the program's name) and of the machine: the endpoint that it dials, or a *Refusal.
//
// The order: --host, DOCKER_HOST, DOCKER_CONTEXT; --context comes before DOCKER_HOST. Flags and variables
// about TLS count only without a context. Sources: tls/notes.md, "Documentation against reality" 3, 4, 6, 7, 8, 10.
func ResolveDocker(version string, args []string, m Machine) (Endpoint, error) {
	e, err := resolveDocker(version, args, m)
	e.Family = FamilyDocker
	return e, err
}

// dockerEndpoint is what the CLI knows of an endpoint: contexts and flags are brought into this form.
type dockerEndpoint struct {
	host          string
	ca, cert, key string // files, "" none
	skipVerify    bool
}

func resolveDocker(version string, args []string, m Machine) (Endpoint, error) {
	legacy := strings.HasPrefix(version, "20.") || strings.HasPrefix(version, "19.")
	certs := m.Env["DOCKER_CERT_PATH"]
	if certs == "" {
		certs = m.Env["DOCKER_CONFIG"]
	}
	if certs == "" {
		certs = path.Join(m.home(), ".docker")
	}
	f := &flagSet{
		bools: map[string]bool{
			"tls": m.Env["DOCKER_TLS"] != "", "tlsverify": m.Env["DOCKER_TLS_VERIFY"] != "",
			"debug": false, "version": false, "help": false,
		},
		strings: map[string]string{
			"tlscacert": path.Join(certs, "ca.pem"), "tlscert": path.Join(certs, "cert.pem"), "tlskey": path.Join(certs, "key.pem"),
			"context": "", "config": "", "log-level": "",
		},
		shorthands: map[byte]string{'D': "debug", 'v': "version", 'h': "help", 'H': "host", 'c': "context", 'l': "log-level"},
	}
	if err := f.parse(args); err != nil {
		return Endpoint{}, &Refusal{ConfigUsage, err.Error()}
	}
	name, err := contextName(f, m, legacy)
	if err != nil {
		return Endpoint{}, err
	}
	var ep *dockerEndpoint
	if name == "" || name == "default" {
		ep, err = defaultEndpoint(f, m)
	} else {
		ep, err = contextEndpoint(name, m)
	}
	if err != nil {
		return Endpoint{}, err
	}
	return ep.resolve(m, legacy)
}

// contextName is the name of the context in use, "" for flags and environment.
func contextName(f *flagSet, m Machine, legacy bool) (string, error) {
	name := f.strings["context"]
	host, hostSet := m.Env["DOCKER_HOST"]
	switch {
	case name != "" && len(f.hosts) > 0:
		return "", &Refusal{ConfigUsage, "it is given both --host and --context"}
	case len(f.hosts) > 1:
		return "", &Refusal{ConfigUsage, "it is given -H twice"}
	case name != "":
		return name, nil
	case len(f.hosts) > 0, host != "", hostSet && legacy:
		return "", nil
	}
	return m.Env["DOCKER_CONTEXT"], nil
}

// defaultEndpoint is the endpoint of flags and environment.
func defaultEndpoint(f *flagSet, m Machine) (*dockerEndpoint, error) {
	verify := f.bools["tlsverify"]
	// --tlsverify turns TLS on whatever its value.
	secure := f.bools["tls"] || verify || f.changed["tlsverify"]
	given := m.Env["DOCKER_HOST"]
	if len(f.hosts) > 0 {
		given = f.hosts[0]
	}
	host, err := parseHost(given, secure)
	if err != nil {
		return nil, &Refusal{ConfigUsage, err.Error()}
	}
	ep := &dockerEndpoint{host: host}
	if !secure {
		return ep, nil
	}
	ep.skipVerify = !verify
	ep.ca, ep.cert, ep.key = f.strings["tlscacert"], f.strings["tlscert"], f.strings["tlskey"]
	if !f.changed["tlscert"] && !m.exists(ep.cert) {
		ep.cert = ""
	}
	if !f.changed["tlskey"] && !m.exists(ep.key) {
		ep.key = ""
	}
	return ep, ep.check(m)
}

// contextEndpoint is the endpoint of a context; its files were read when it was created.
func contextEndpoint(name string, m Machine) (*dockerEndpoint, error) {
	spec, ok := m.Contexts[name]
	if !ok {
		return nil, &Refusal{ConfigUsage, fmt.Sprintf("there is no context %q", name)}
	}
	ep := &dockerEndpoint{}
	for _, field := range strings.Split(spec, ",") {
		k, v, _ := strings.Cut(field, "=")
		switch k {
		case "host":
			ep.host = v
		case "ca":
			ep.ca = v
		case "cert":
			ep.cert = v
		case "key":
			ep.key = v
		case "skip-tls-verify":
			b, err := strconv.ParseBool(v)
			if err != nil {
				return nil, &Refusal{ConfigAtContextCreate, fmt.Sprintf("%q is not a boolean for skip-tls-verify", v)}
			}
			ep.skipVerify = b
		default:
			return nil, &Refusal{ConfigAtContextCreate, fmt.Sprintf("there is no field %q", k)}
		}
	}
	if err := ep.check(m); err != nil {
		return nil, &Refusal{ConfigAtContextCreate, err.(*Refusal).Why}
	}
	return ep, nil
}

// check reads the files.
func (ep *dockerEndpoint) check(m Machine) error {
	for _, name := range []string{ep.ca, ep.cert, ep.key} {
		if name != "" && !m.exists(name) {
			return &Refusal{ConfigMissingFile, "the CLI needs " + path.Base(name) + " and the file does not exist"}
		}
	}
	return nil
}

func (ep *dockerEndpoint) resolve(m Machine, legacy bool) (Endpoint, error) {
	e := Endpoint{Host: ep.host, Mode: ClientPlain}
	if ep.ca == "" && ep.cert == "" && ep.key == "" && !ep.skipVerify {
		return e, nil
	}
	unix := !strings.HasPrefix(ep.host, "tcp://")
	if unix && !legacy {
		e.Note = "the CLI leaves TLS out on a unix socket"
		return e, nil
	}
	if ep.ca != "" && m.Files[ep.ca] != CA && m.Files[ep.ca] != OtherCA {
		return e, &Refusal{ConfigBadMaterial, path.Base(ep.ca) + " holds no certificate"}
	}
	// A certificate without a key, or a key without a certificate, is left out without a word.
	presents := ep.cert != "" && ep.key != ""
	if unix {
		return e, &Refusal{TLSOverUnixFails, "CLI 20.10 with TLS settings takes the path of the socket for a host name"}
	}
	e.Mode = clientMode(!ep.skipVerify, presents)
	if ep.ca != "" {
		e.Roots = []Holds{m.Files[ep.ca]}
	} else {
		e.Roots = m.systemPool()
	}
	return e, nil
}

func clientMode(verifies, presents bool) Client {
	switch {
	case verifies && presents:
		return ClientMutual
	case verifies:
		return ClientTLSVerify
	case presents:
		return ClientTLSCert
	}
	return ClientTLS
}

// Defaults of -H, the same in dockerd and docker.
const (
	defaultUnixHost = "unix:///var/run/docker.sock"
	defaultPort     = "2375"
	defaultTLSHost  = "tcp://localhost:2376"
)

// parseHost brings a host as typed into the form of DOCKER_HOST. The port that is left out is 2375 also
// with TLS: only a host that is left out altogether gives 2376.
func parseHost(val string, secure bool) (string, error) {
	val = strings.TrimSpace(val)
	if val == "" && secure {
		return defaultTLSHost, nil
	}
	if val == "" {
		return defaultUnixHost, nil
	}
	proto, addr, ok := strings.Cut(val, "://")
	if !ok {
		proto, addr = "tcp", val
	}
	switch proto {
	case "fd", "ssh":
		return val, nil
	case "unix", "npipe":
		if strings.Contains(addr, "://") {
			return "", fmt.Errorf("invalid proto, expected %s: %s", proto, addr)
		}
		if addr == "" && proto == "unix" {
			return defaultUnixHost, nil
		}
		return proto + "://" + addr, nil
	case "tcp":
		return parseTCP(addr)
	}
	return "", fmt.Errorf("it does not know the protocol of the host %s", val)
}

func parseTCP(addr string) (string, error) {
	if addr == "" {
		return "tcp://localhost:" + defaultPort, nil
	}
	if strings.HasSuffix(addr, "]:") {
		addr += defaultPort
	}
	u, err := url.Parse("tcp://" + addr)
	if err != nil {
		return "", err
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		host, port, err = net.SplitHostPort(net.JoinHostPort(u.Host, defaultPort))
	}
	if err != nil {
		return "", fmt.Errorf("it cannot read the host %s", addr)
	}
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = defaultPort
	}
	if p, err := strconv.Atoi(port); err != nil && p == 0 {
		return "", fmt.Errorf("it cannot read the port of the host %s", addr)
	}
	return "tcp://" + net.JoinHostPort(host, port) + u.Path, nil
}
