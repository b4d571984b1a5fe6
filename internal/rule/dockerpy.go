package rule

import (
	"path"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// ResolveDockerPy says what docker-py makes of the environment when the client is made with docker.from_env: the
// endpoint that it dials, or a *[Refusal]. Source: utils/utils.py, kwargs_from_env, of docker-py 5.0.3 (clients.md,
// parts 2 and 4).
//
// DOCKER_CERT_PATH turns TLS on, and so does DOCKER_TLS_VERIFY with any value but an empty one, which alone says
// whether the server is checked. Without DOCKER_CERT_PATH the files are in ~/.docker.
func ResolveDockerPy(m Machine) (Endpoint, error) {
	host := m.Env["DOCKER_HOST"]
	if why := dockerPyRefuses(host); why != "" {
		return Endpoint{Family: ByName("docker-py")}, &Refusal{outcome.ConfigUsage, why}
	}
	verify, dir := m.Env["DOCKER_TLS_VERIFY"] != "", m.Env["DOCKER_CERT_PATH"]
	if !verify && dir == "" {
		e := dockerPyEndpoint(host)
		if m.Env["DOCKER_TLS"] != "" {
			e.note = "docker-py does not know DOCKER_TLS"
		}
		return e, nil
	}
	if dir == "" {
		dir = path.Join(m.home(), ".docker")
	}
	return ResolveDockerPyTLS(host, path.Join(dir, "ca.pem"), path.Join(dir, "cert.pem"), path.Join(dir, "key.pem"), verify, m)
}

// ResolveDockerPyTLS says the same of DockerClient(base_url=host, tls=TLSConfig(client_cert=(cert, key), ca_cert=ca,
// verify=verify)), "" for a file that is left out.
func ResolveDockerPyTLS(host, ca, cert, key string, verify bool, m Machine) (Endpoint, error) {
	e := dockerPyEndpoint(host)
	if !verify {
		ca = "" // it is not even looked for
	}
	if strings.HasPrefix(e.Host, "unix://") {
		e.note = "docker-py leaves TLS out on a unix socket"
		return e, m.there(ByName("docker-py"), ca, cert, key)
	}
	if overSSH(e.Host) {
		e.note = "docker-py leaves TLS out over ssh"
		return e, m.there(ByName("docker-py"), ca, cert, key)
	}
	if strings.HasPrefix(host, "http://") {
		e.note = "docker-py leaves TLS out for http://"
		return e, m.read(ByName("docker-py"), ca, cert, key)
	}
	e.Mode = withTLS(verify, cert != "")
	if ca != "" {
		e.Roots = m.roots(ca)
	}
	return e, m.read(ByName("docker-py"), ca, cert, key)
}

// dockerPyRefuses says why docker-py does not take a DOCKER_HOST; "" means it does.
func dockerPyRefuses(host string) string {
	scheme, addr, ok := strings.Cut(host, "://")
	if !ok {
		scheme, addr = "tcp", host
	}
	switch {
	case host == "", scheme == "unix", scheme == "npipe", scheme == "ssh":
		return ""
	case scheme == "tcp" && strings.Contains(addr, "@"):
		return "docker-py wants no user in DOCKER_HOST"
	case scheme == "tcp" && Port("tcp://"+addr) == "":
		return "docker-py wants a port in DOCKER_HOST"
	}
	return ""
}

func dockerPyEndpoint(host string) Endpoint {
	switch scheme, addr, ok := strings.Cut(host, "://"); {
	case host == "":
		host = defaultHost
	case !ok:
		host = "tcp://" + host
	case scheme == "http", scheme == "https":
		host = "tcp://" + addr
	}
	return Endpoint{Host: host, Mode: Plain, Family: ByName("docker-py"), TLS12: true}
}

func (s Setting) dockerPy(m Machine) (Endpoint, error) {
	switch ca, cert, key := s.files(); {
	case s.Variables:
		return ResolveDockerPy(m)
	case s.Mode == Plain:
		return Endpoint{Host: s.Host, Family: ByName("docker-py")}, nil
	default:
		return ResolveDockerPyTLS(s.Host, ca, cert, key, s.Mode.verifies(), m)
	}
}
