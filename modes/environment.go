package modes

import (
	"net"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
)

// An environment is one way in which people set variables and put files, in front of a daemon that
// demands client certificates unless the socket says otherwise.
type environment struct {
	name   string
	client Client // what the docker CLI makes of it or, where it stops, what is asked for
	vars   string // separated by blanks; {host}, {addr}, {name}, {port}, {certs}, {config} and {system} stand for what Paths says
	files  []File

	material   Material
	documented bool // the certificates have the shape that the documented commands give
	unix       bool
	tcp        bool   // the daemon has no TLS
	byName     bool   // dialled as localhost, not by address
	at         string // what DaemonAddr says
}

// A Dir is a folder in which clients look for files.
type Dir string

// Folders.
const (
	CertsDir  Dir = "certs"  // the one that DOCKER_CERT_PATH names
	HomeDir   Dir = "home"   // ~/.docker
	ConfigDir Dir = "config" // the one that DOCKER_CONFIG names
	SystemDir Dir = "system" // the one with the file that SSL_CERT_FILE names, ca.pem
)

// A File is a file that a client finds.
type File struct {
	Dir   Dir    `json:"dir"`
	Name  string `json:"name"` // "ca.pem", "cert.pem" or "key.pem"
	Holds Holds  `json:"holds"`
}

// Holds is what is in a file of a client.
type Holds string

// What a file can hold.
const (
	CA       Holds = Holds(rule.CA)       // the certificate of the CA that signs what is good
	OtherCA  Holds = Holds(rule.OtherCA)  // that of another
	CertFile Holds = Holds(rule.CertFile) // the client's own certificate
	KeyFile  Holds = Holds(rule.KeyFile)  // and its key
	OtherKey Holds = Holds(rule.OtherKey) // the key of another certificate
)

// filesIn are the files of a good client in a folder, or those of them that are named.
func filesIn(dir Dir, names ...string) []File {
	var all []File
	for _, f := range []File{{dir, "ca.pem", CA}, {dir, "cert.pem", CertFile}, {dir, "key.pem", KeyFile}} {
		if names == nil || slices.Contains(names, f.Name) {
			all = append(all, f)
		}
	}
	return all
}

// holding is a set of files in which the named one holds something else.
func holding(files []File, name string, h Holds) []File {
	for i := range files {
		if files[i].Name == name {
			files[i].Holds = h
		}
	}
	return files
}

// environments are those that six clients were measured with; verify1-noca, which shows who verifies nothing when
// ca.pem is missing; those of a careless user, addresses that are written otherwise and files that are no longer there;
// and system-ca, which shows who trusts the system's CAs beside ca.pem. They are made anew by each call, so that nobody
// can change them.
func environments() []environment {
	const host, verify, certs = "DOCKER_HOST={host}", " DOCKER_TLS_VERIFY=1", " DOCKER_CERT_PATH={certs}"
	const ref, unchecked = host + verify + certs, host + " DOCKER_TLS=1" + certs
	good, otherCA := filesIn(CertsDir), holding(filesIn(CertsDir), "ca.pem", OtherCA)
	return []environment{
		{name: "ref-mtls", client: ClientMutual, vars: ref, files: good},
		{name: "certpath-only", client: ClientPlain, vars: host + certs, files: good},
		{name: "verify1-home", client: ClientMutual, vars: host + verify, files: filesIn(HomeDir)},
		{name: "verify1-DOCKER_CONFIG", client: ClientMutual, vars: host + verify + " DOCKER_CONFIG={config}", files: filesIn(ConfigDir)},
		{name: "verify0", client: ClientMutual, vars: host + " DOCKER_TLS_VERIFY=0" + certs, files: good},
		{name: "verify0-wrongca", client: ClientMutual, vars: host + " DOCKER_TLS_VERIFY=0" + certs, files: otherCA},
		{name: "verify-false-wrongca", client: ClientMutual, vars: host + " DOCKER_TLS_VERIFY=false" + certs, files: otherCA},
		{name: "verify-empty", client: ClientPlain, vars: host + " DOCKER_TLS_VERIFY=" + certs, files: good},
		{name: "verify-true", client: ClientMutual, vars: host + " DOCKER_TLS_VERIFY=true" + certs, files: good},
		{name: "tls1-home", client: ClientTLSCert, vars: host + " DOCKER_TLS=1", files: filesIn(HomeDir)},
		{name: "tls1-certpath", client: ClientTLSCert, vars: unchecked, files: good},
		{name: "tls1-wrongca", client: ClientTLSCert, vars: unchecked, files: otherCA},
		{name: "tls1-noca", client: ClientTLSCert, vars: unchecked, files: filesIn(CertsDir, "cert.pem", "key.pem")},
		{name: "certpath-wrongca", client: ClientPlain, vars: host + certs, files: otherCA},
		{name: "wrongca", client: ClientMutual, vars: ref, files: otherCA},
		{name: "caonly", client: ClientTLSVerify, vars: ref, files: filesIn(CertsDir, "ca.pem")},
		{name: "verify1-noca", client: ClientMutual, vars: ref, files: filesIn(CertsDir, "cert.pem", "key.pem")},
		{name: "keymismatch", client: ClientMutual, vars: ref, files: holding(filesIn(CertsDir), "key.pem", OtherKey)},
		{name: "certpath-missing", client: ClientMutual, vars: ref + "/missing"},
		{name: "client-expired", client: ClientMutual, vars: ref, files: good, material: Material{Client: certgen.Expired}},
		{name: "client-noeku", client: ClientMutual, vars: ref, files: good, material: Material{Client: "eku-none"}},
		{name: "client-serverauth", client: ClientMutual, vars: ref, files: good, material: Material{Client: certgen.WrongUsage}},
		{name: "client-otherca", client: ClientMutual, vars: ref, files: good, material: Material{Client: certgen.OtherCA}},
		{name: "https-scheme", client: ClientMutual, vars: "DOCKER_HOST=https://{addr}" + verify + certs, files: good},
		{name: "no-scheme", client: ClientMutual, vars: "DOCKER_HOST={addr}" + verify + certs, files: good},
		{name: "trailing-slash", client: ClientMutual, vars: "DOCKER_HOST={host}/" + verify + certs, files: good},
		{name: "localhost", client: ClientMutual, vars: ref, files: good, byName: true},
		{name: "unix-verify1", client: ClientPlain, vars: ref, files: good, unix: true},
		{name: "unix-verify1-nocerts", client: ClientTLSVerify, vars: host + verify, unix: true},
		{name: "srv-san-docker", client: ClientMutual, vars: ref, files: good, material: Material{Server: "dns-san-only"}},
		{name: "srv-cn-only", client: ClientMutual, vars: ref, files: good, material: Material{Server: certgen.CNOnly}},
		{name: "srv-expired", client: ClientMutual, vars: ref, files: good, material: Material{Server: certgen.Expired}},
		{name: "srv-clientauth-server", client: ClientMutual, vars: ref, files: good, material: Material{Server: certgen.WrongUsage}},
		{name: "srv-docs", client: ClientMutual, vars: ref, files: good, documented: true},
		{name: "srvnv-expired", client: ClientTLSCert, vars: unchecked, files: good, material: Material{Server: certgen.Expired}},
		{name: "srvnv-san-docker", client: ClientTLSCert, vars: unchecked, files: good, material: Material{Server: "dns-san-only"}},

		{name: "ipv6", client: ClientMutual, vars: ref, files: good, at: onIPv6},
		{name: "ipv6-no-scheme", client: ClientMutual, vars: "DOCKER_HOST={addr}" + verify + certs, files: good, at: onIPv6},
		{name: "ipv6-no-san", client: ClientMutual, vars: ref, files: good, material: Material{Server: certgen.NoIPv6SAN}, at: onIPv6},
		{name: "ipv6-no-san-unchecked", client: ClientTLSCert, vars: unchecked, files: good, material: Material{Server: certgen.NoIPv6SAN}, at: onIPv6},
		{name: "http-scheme", client: ClientMutual, vars: "DOCKER_HOST=http://{addr}" + verify + certs, files: good},
		{name: "upper-scheme", client: ClientMutual, vars: "DOCKER_HOST=TCP://{addr}" + verify + certs, files: good},
		{name: "userinfo", client: ClientMutual, vars: "DOCKER_HOST=tcp://user:password@{addr}" + verify + certs, files: good},
		{name: "no-name", client: ClientMutual, vars: "DOCKER_HOST=tcp://:{port}" + verify + certs, files: good},
		{name: "no-scheme-no-name", client: ClientMutual, vars: "DOCKER_HOST=:{port}" + verify + certs, files: good},
		{name: "no-port", client: ClientTLSCert, vars: "DOCKER_HOST=tcp://{name} DOCKER_TLS=1" + certs, files: good, at: ":2375"},
		{name: "no-scheme-no-port", client: ClientTLSCert, vars: "DOCKER_HOST={name} DOCKER_TLS=1" + certs, files: good, at: ":2375"},
		{name: "port-2376", client: ClientPlain, vars: host, at: ":2376"},
		{name: "port-2376-plain", client: ClientPlain, vars: host, tcp: true, at: ":2376"},
		{name: "certpath-stale", client: ClientPlain, vars: host + certs + "/missing"},
		{name: "tls1-certpath-stale", client: ClientTLSCert, vars: unchecked + "/missing"},
		{name: "certpath-stale-home", client: ClientMutual, vars: ref + "/missing", files: filesIn(HomeDir)},
		{name: "certpath-empty-home", client: ClientMutual, vars: host + verify + " DOCKER_CERT_PATH=", files: filesIn(HomeDir)},
		{name: "certpath-slash", client: ClientMutual, vars: ref + "/", files: good},
		{name: "certs-stale", client: ClientMutual, vars: ref, files: otherCA, material: Material{Client: certgen.OtherCA}},
		{name: "unix-certpath-stale", client: ClientPlain, vars: host + certs + "/missing", unix: true},
		{name: "system-ca", client: ClientMutual, vars: ref + " SSL_CERT_FILE={system}", files: slices.Concat(otherCA, []File{{SystemDir, "ca.pem", CA}})},
	}
}

// onIPv6 is any port of IPv6's loopback address.
const onIPv6 = "[::1]:0"

// newEnvironmentEntry is the entry of one environment.
func newEnvironmentEntry(env environment) Entry {
	e := Entry{
		ID: "env/" + env.name, Daemon: TLSVerify, Client: env.client, Source: Env, Material: env.material,
		Documented: env.promise(), given: &env,
	}
	switch {
	case env.unix:
		e.Daemon = Unix
	case env.tcp:
		e.Daemon = TCP
	}
	e.applyAll()
	return e
}

// promise is what the documentation of the docker CLI says of the variables that count.
func (env environment) promise() string {
	var all []string
	for _, v := range []struct{ name, says string }{
		{"DOCKER_TLS_VERIFY", "DOCKER_TLS_VERIFY: when set, Docker uses TLS and verifies the remote."},
		{"DOCKER_TLS", "DOCKER_TLS: enables TLS for connections made by the docker CLI."},
		{"DOCKER_CERT_PATH", "DOCKER_CERT_PATH: the location of the authentication keys."},
		{"DOCKER_CONFIG", "DOCKER_CONFIG: the location of the client's configuration files."},
	} {
		if strings.Contains(env.vars, v.name+"=") {
			all = append(all, v.says)
		}
	}
	if all == nil {
		return "DOCKER_HOST: the daemon socket to connect to."
	}
	return strings.Join(all, " ")
}

func (env environment) environ(e Entry, p Paths) []string {
	host := e.ClientHost(p)
	addr := strings.TrimPrefix(host, "tcp://")
	name, port, _ := net.SplitHostPort(addr)
	fill := strings.NewReplacer("{host}", host, "{addr}", addr, "{name}", name, "{port}", port, "{certs}", p.CertDir, "{config}", p.ConfigDir, "{system}", p.SystemCA)
	all := strings.Fields(env.vars)
	for i, v := range all {
		all[i] = fill.Replace(v)
	}
	return all
}

// byLocalhost puts the name localhost in the place of the address in "127.0.0.1:2376".
func byLocalhost(addr string) string {
	if _, port, err := net.SplitHostPort(addr); err == nil {
		return net.JoinHostPort(commonName, port)
	}
	return addr
}
