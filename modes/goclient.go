package modes

import (
	"path"
	"strings"
)

// ResolveFromEnv says what the Go clients (github.com/docker/docker/client and
// github.com/moby/moby/client) make of the environment when they are made with FromEnv: the endpoint that
// they dial, or a *Refusal. Only DOCKER_CERT_PATH turns TLS on, and DOCKER_TLS_VERIFY then decides whether
// the server is checked; ca.pem is added to the system's pool (tls/notes.md, "Documentation against reality" 6).
func ResolveFromEnv(m Machine) (Endpoint, error) {
	e := Endpoint{Host: m.Env["DOCKER_HOST"], Mode: ClientPlain, Family: FamilyGo}
	if e.Host == "" {
		e.Host = defaultUnixHost
	}
	if !strings.Contains(e.Host, "://") {
		return e, &Refusal{ConfigUsage, "it cannot read a DOCKER_HOST without a protocol"}
	}
	dir := m.Env["DOCKER_CERT_PATH"]
	if dir == "" {
		if m.Env["DOCKER_TLS_VERIFY"] != "" {
			e.Note = "FromEnv ignores DOCKER_TLS_VERIFY without DOCKER_CERT_PATH"
		}
		return e, nil
	}
	for _, name := range []string{"ca.pem", "cert.pem", "key.pem"} {
		if !m.exists(path.Join(dir, name)) {
			return e, &Refusal{ConfigMissingFile, "FromEnv needs " + name + " in DOCKER_CERT_PATH and the file does not exist"}
		}
	}
	e.Mode = clientMode(m.Env["DOCKER_TLS_VERIFY"] != "", true)
	e.Roots = append(m.systemPool(), m.Files[path.Join(dir, "ca.pem")])
	return e, nil
}
