package rule

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// ResolveDockerode says what dockerode makes of the environment when it is made without options: the endpoint that it
// dials, or a *[Refusal]. Source: lib/modem.js, defaultOpts, of docker-modem 5 (clients.md, parts 2 and 4).
//
// Only DOCKER_TLS_VERIFY=1 turns TLS on, or the port 2376. DOCKER_CERT_PATH names the files; without it there are none.
func ResolveDockerode(m Machine) (Endpoint, error) {
	host := m.Env["DOCKER_HOST"]
	switch {
	case host == "":
		host = defaultHost
	case !strings.Contains(host, "//"):
		host = "tcp://" + host
	}
	if strings.HasPrefix(host, "unix://") {
		return Endpoint{Host: host, Mode: Plain, Family: ByName("dockerode")}, nil
	}
	u, err := url.Parse(host)
	if err != nil || u.Hostname() == "" {
		return Endpoint{Family: ByName("dockerode")}, &Refusal{outcome.ConfigUsage, "dockerode cannot parse DOCKER_HOST"}
	}
	secure := m.Env["DOCKER_TLS_VERIFY"] == "1" || u.Port() == "2376"
	var ca, cert, key string
	if dir := m.Env["DOCKER_CERT_PATH"]; dir != "" {
		ca, cert, key = path.Join(dir, "ca.pem"), path.Join(dir, "cert.pem"), path.Join(dir, "key.pem")
	}
	host = "tcp://" + u.Host
	if slices.Contains(splitFindsNone, m.Files[ca]) {
		return Endpoint{Family: ByName("dockerode")}, &Refusal{outcome.ConfigBadMaterial, "dockerode finds no certificate in ca.pem"}
	}
	if !secure {
		e := Endpoint{Host: host, Mode: Plain, Family: ByName("dockerode")}
		if u.Scheme == "ssh" {
			e.Host = u.String()
		}
		if m.Env["DOCKER_TLS_VERIFY"] != "" || ca != "" || m.Env["DOCKER_TLS"] != "" {
			e.note = "dockerode turns TLS on for DOCKER_TLS_VERIFY=1 alone"
		}
		return e, m.there(ByName("dockerode"), ca, cert, key)
	}
	e, err := ResolveDockerodeOptions(host, ca, cert, key, m)
	if m.Files[ca] == "ca-bundle-corrupt-plus-good" {
		e.Roots = []Holds{CA} // it takes the file apart, and Node reads each certificate by itself
	}
	if m.Env["DOCKER_TLS_VERIFY"] != "1" {
		e.note = "dockerode turns TLS on for the port 2376"
	}
	return e, err
}

// splitFindsNone are the flaws of a ca.pem in which dockerode finds nothing that begins and ends as a certificate does,
// when it reads the file itself (node_modules/split-ca).
var splitFindsNone = []Holds{"ca-empty", "ca-garbage", "ca-der", "ca-trusted-label"}

// ResolveDockerodeOptions says the same of new Docker({protocol: 'https', host, port, ca, cert, key}), with what the
// files hold, "" for one that is left out. Without ca the server is checked by the CAs that are built into Node.
func ResolveDockerodeOptions(host, ca, cert, key string, m Machine) (Endpoint, error) {
	e := Endpoint{Host: host, Mode: withTLS(true, cert != "" && m.Files[key] != "key-mismatch-type"), Family: ByName("dockerode")}
	if h := m.Files[ca].content(); h.isCA() && !slices.Contains(nodeFindsNone, m.Files[ca]) {
		e.Roots = []Holds{h}
	}
	return e, m.read(ByName("dockerode"), ca, cert, key)
}

// nodeFindsNone are the flaws of ca.pem with which Node finds no certificate in it, and trusts nobody.
var nodeFindsNone = []Holds{"ca-empty", "ca-garbage", "ca-garbage-block", "ca-der", "ca-pem-headers", "ca-bundle-corrupt-plus-good"}

func (s Setting) dockerode(m Machine) (Endpoint, error) {
	switch ca, cert, key := s.files(); {
	case s.Variables:
		return ResolveDockerode(m)
	case s.Mode == Plain:
		return Endpoint{Host: s.Host, Family: ByName("dockerode")}, nil
	default:
		return ResolveDockerodeOptions(s.Host, ca, cert, key, m)
	}
}

// notByDockerode: options with a certificate make it speak TLS, over ssh too.
func (s Setting) notByDockerode() bool {
	return s.uncheckedByFlags() || !s.Variables && overSSH(s.Host) && s.Mode != Plain
}
