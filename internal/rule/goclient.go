package rule

import (
	"path"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// ResolveFromEnv says what the Go clients of the Engine API, github.com/docker/docker/client and
// github.com/moby/moby/client, make of the environment when they are made with FromEnv: the
// endpoint that they dial, or a *[Refusal].
//
// Only DOCKER_CERT_PATH turns TLS on; DOCKER_TLS_VERIFY then says whether the server is checked, by ca.pem and by the
// system's pool. Source: tls/notes.md, "Documentation against reality" 6.
func ResolveFromEnv(m Machine) (Endpoint, error) {
	e := Endpoint{Host: m.Env["DOCKER_HOST"], Mode: Plain, Family: ByName("go-client")}
	if e.Host == "" {
		e.Host = defaultHost
	}
	if !strings.Contains(e.Host, "://") {
		return e, &Refusal{outcome.ConfigUsage, "the Go client wants a protocol in DOCKER_HOST"}
	}
	verifies := m.Env["DOCKER_TLS_VERIFY"] != ""
	dir := m.Env["DOCKER_CERT_PATH"]
	if dir == "" {
		if verifies {
			e.note = "the Go client ignores DOCKER_TLS_VERIFY without DOCKER_CERT_PATH"
		}
		return e, nil
	}
	ca, cert, key := path.Join(dir, "ca.pem"), path.Join(dir, "cert.pem"), path.Join(dir, "key.pem")
	e.Mode = withTLS(verifies, true)
	if !verifies {
		return e, m.read(ByName("go-client"), "", cert, key)
	}
	pool := m.systemPool()
	if len(pool) > 0 {
		e.note = "the Go client trusts the CAs of the system beside those of ca.pem"
	}
	e.Roots = append(pool, m.Files[ca].content())
	if err := m.read(ByName("go-client"), ca, cert, key); err != nil {
		return e, err
	}
	return e, e.named()
}

// named fails when a client of crypto/tls is to verify a server that has no name.
func (e Endpoint) named() error {
	if strings.HasPrefix(e.Host, "tcp://") && hostname(e.Host) == "" && e.Mode.verifies() {
		return &Refusal{outcome.ConfigUsage, "DOCKER_HOST has no name that Go could compare with the server's certificate"}
	}
	return nil
}

// ResolveTLSClientConfig says the same of WithHost(host) and WithTLSClientConfig(ca, cert, key), "" for a
// file that is left out. Without ca the server is checked by the system's pool, with it by ca alone.
func ResolveTLSClientConfig(host, ca, cert, key string, m Machine) (Endpoint, error) {
	e := Endpoint{Host: host, Mode: withTLS(true, cert != ""), Roots: m.roots(ca), Family: ByName("go-client")}
	return e, m.read(ByName("go-client"), ca, cert, key)
}

// ResolveGoDockerClient says what github.com/fsouza/go-dockerclient makes of the environment when it is made with
// NewClientFromEnv: the endpoint that it dials, or a *[Refusal]. Source: its client.go, getDockerEnv and
// NewVersionedTLSClient (clients.md, parts 2 and 4).
//
// Only DOCKER_TLS_VERIFY turns TLS on. The files are in DOCKER_CERT_PATH or ~/.docker, and those that are missing are
// left out without a word: the server is not checked without ca.pem.
func ResolveGoDockerClient(m Machine) (Endpoint, error) {
	e := Endpoint{Host: m.Env["DOCKER_HOST"], Mode: Plain, Family: ByName("go-dockerclient")}
	if e.Host == "" {
		e.Host = defaultHost
	}
	verify := m.Env["DOCKER_TLS_VERIFY"] != ""
	switch scheme, addr, ok := strings.Cut(e.Host, "://"); {
	case !ok && verify:
		return e, &Refusal{outcome.ConfigUsage, "go-dockerclient wants a protocol in DOCKER_HOST"}
	case !ok:
		e.Host = "tcp://" + e.Host
	case scheme == "http", scheme == "https":
		e.Host = "tcp://" + addr
	}
	if !verify {
		if m.Env["DOCKER_TLS"] != "" || m.Env["DOCKER_CERT_PATH"] != "" {
			e.note = "go-dockerclient turns TLS on for DOCKER_TLS_VERIFY alone"
		}
		if strings.HasPrefix(e.Host, "tcp://") && Port(e.Host) == "" && !strings.HasPrefix(m.Env["DOCKER_HOST"], "http") {
			return e, &Refusal{outcome.ConfigUsage, "go-dockerclient without TLS wants a port in DOCKER_HOST"}
		}
		return e, nil
	}
	dir := m.Env["DOCKER_CERT_PATH"]
	if dir == "" {
		dir = path.Join(m.home(), ".docker")
	}
	return ResolveGoDockerClientTLS(e.Host, path.Join(dir, "ca.pem"), path.Join(dir, "cert.pem"), path.Join(dir, "key.pem"), m)
}

// ResolveGoDockerClientTLS says the same of NewTLSClient(host, cert, key, ca), "" for a file that is left out.
func ResolveGoDockerClientTLS(host, ca, cert, key string, m Machine) (Endpoint, error) {
	there := func(name string) string {
		if _, ok := m.Files[name]; !ok {
			return ""
		}
		return name
	}
	ca, cert, key = there(ca), there(cert), there(key)
	if cert == "" || key == "" {
		cert, key = "", ""
	}
	e := Endpoint{Host: host, Mode: withTLS(ca != "", cert != ""), Family: ByName("go-dockerclient")}
	if ca != "" {
		e.Roots = m.roots(ca)
	}
	if strings.HasPrefix(host, "unix://") {
		e.Mode, e.Roots, e.note = Plain, nil, "go-dockerclient leaves TLS out on a unix socket"
	}
	if err := m.read(ByName("go-dockerclient"), ca, cert, key); err != nil {
		return e, err
	}
	return e, e.named()
}

// goClient is what a Go client of the Engine API makes of a setting.
func (s Setting) goClient(m Machine) (Endpoint, error) {
	switch ca, cert, key := s.files(); {
	case s.Variables:
		return ResolveFromEnv(m)
	case s.Mode == Plain:
		return Endpoint{Host: s.Host, Family: ByName("go-client")}, nil
	default:
		return ResolveTLSClientConfig(s.Host, ca, cert, key, m)
	}
}

func (s Setting) goDockerClient(m Machine) (Endpoint, error) {
	switch ca, cert, key := s.files(); {
	case s.Variables:
		return ResolveGoDockerClient(m)
	case s.Mode == Plain:
		return Endpoint{Host: s.Host, Family: ByName("go-dockerclient")}, nil
	default:
		return ResolveGoDockerClientTLS(s.Host, ca, cert, key, m)
	}
}
