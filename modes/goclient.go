package modes

import (
	"path"
	"strings"
)

// ResolveFromEnv says what the Go clients of the Engine API, github.com/docker/docker/client and
// github.com/moby/moby/client, make of the environment when they are made with FromEnv: the
// endpoint that they dial, or a *[Refusal].
//
// Only DOCKER_CERT_PATH turns TLS on; DOCKER_TLS_VERIFY then says whether the server is checked, by ca.pem and by the
// system's pool. Source: tls/notes.md, "Documentation against reality" 6.
func ResolveFromEnv(m Machine) (Endpoint, error) {
	e := Endpoint{Host: m.Env["DOCKER_HOST"], Mode: ClientPlain, Family: FamilyGo}
	if e.Host == "" {
		e.Host = defaultHost
	}
	if !strings.Contains(e.Host, "://") {
		return e, &Refusal{ConfigUsage, "the Go client wants a protocol in DOCKER_HOST"}
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
	e.Mode = clientMode(verifies, true)
	if !verifies {
		return e, m.read("the Go client", "", cert, key)
	}
	e.Roots = append(m.systemPool(), m.Files[ca])
	return e, m.read("the Go client", ca, cert, key)
}

// ResolveTLSClientConfig says the same of WithHost(host) and WithTLSClientConfig(ca, cert, key), "" for a
// file that is left out. Without ca the server is checked by the system's pool, with it by ca alone.
func ResolveTLSClientConfig(host, ca, cert, key string, m Machine) (Endpoint, error) {
	e := Endpoint{Host: host, Mode: clientMode(true, cert != ""), Roots: m.systemPool(), Family: FamilyGo}
	if ca != "" {
		e.Roots = []Holds{m.Files[ca]}
	}
	return e, m.read("the Go client", ca, cert, key)
}
