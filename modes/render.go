package modes

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
)

// Paths are what the renderings of an entry put into command lines.
type Paths struct {
	Host   string // "127.0.0.1:2376", where the daemon listens in modes tcp, tls and tlsverify
	Socket string // "/run/docker.sock", where it listens in modes unix and ssh
	SSH    string // "docker-user@127.0.0.1:22", the account on its machine in mode ssh

	CA, Cert, Key string // the client's files
	CertDir       string // the folder that DOCKER_CERT_PATH names; Layout says what is in it
	ConfigDir     string // the folder that DOCKER_CONFIG names, likewise
	SystemCA      string // the file that SSL_CERT_FILE names, in SystemDir

	ServerCert, ServerKey string // the daemon's files
	ClientCA              string // the daemon's --tlscacert
}

// DaemonHost is the address on which the daemon of the entry listens, in the form of DOCKER_HOST. In mode ssh, in which
// only the account on its machine reaches it, that is the socket.
func (e Entry) DaemonHost(p Paths) string { return e.Daemon.row().listens(p) }

// DaemonAddr is where the daemon of the entry has to listen in modes tcp, tls and tlsverify: "" is any loopback address
// and port, "[::1]:0" any port of IPv6's, ":2376" that port of a loopback address on which nobody else listens.
func (e Entry) DaemonAddr() string {
	if e.given == nil {
		return ""
	}
	return e.given.at
}

// ClientHost is the address that the client of the entry dials, in the form of DOCKER_HOST. It is
// the daemon's, but that a flaw in a DNS name is dialled by that name, and so is the daemon of entry env/localhost. An
// environment may spell it otherwise.
func (e Entry) ClientHost(p Paths) string {
	if dials := e.Daemon.row().dials; dials != nil {
		return dials(p)
	}
	if e.Daemon != Unix && (slices.Contains(dialledByName, e.Material.Server) || e.given != nil && e.given.byName) {
		return "tcp://" + byLocalhost(p.Host)
	}
	return e.DaemonHost(p)
}

// DocumentedShape reports whether the certificates of the entry are to have the extensions that the
// documented openssl commands give, and not those that every client accepts.
func (e Entry) DocumentedShape() bool {
	// Otherwise the keyUsage of the CA is wrong before its name is.
	return e.given != nil && e.given.documented || e.Material.Server == certgen.CACertAsServerCert
}

// commonName is the DNS name in the certificate of a daemon, and its common name.
const commonName = "localhost"

// dialledByName are the flaws that show only when a daemon is dialled by its DNS name.
var dialledByName = []certgen.Flaw{
	certgen.CNOnly, certgen.IPSANOnly, certgen.WildcardAll, certgen.WildcardPartial, certgen.SANEmpty, certgen.SANURIOnly, certgen.SANTrailingDot,
	certgen.SANTrailingBlank, certgen.SANNul, certgen.UpperCaseSAN,
}

// DockerdArgs gives dockerd's arguments, without the program's name. Docker's documentation writes
// `--tls --tlscert --tlskey` for mode tls; the real daemon then demands client certificates, so that
// it is written `--tls --tlsverify=false` here.
func (e Entry) DockerdArgs(p Paths) []string {
	args := []string{}
	if e.Daemon.Encrypted() {
		args = append(args, "--tls", "--tlsverify=false")
		if e.Daemon.Verifies() {
			args = []string{"--tlsverify", "--tlscacert=" + p.ClientCA}
		}
		args = append(args, "--tlscert="+p.ServerCert, "--tlskey="+p.ServerKey)
	}
	return append(args, "-H="+e.DaemonHost(p))
}

// DaemonJSON gives the daemon.json that means the same as DockerdArgs, indented.
func (e Entry) DaemonJSON(p Paths) []byte {
	c := struct {
		Hosts     []string `json:"hosts"`
		TLS       bool     `json:"tls,omitempty"`
		TLSVerify *bool    `json:"tlsverify,omitempty"`
		CA        string   `json:"tlscacert,omitempty"`
		Cert      string   `json:"tlscert,omitempty"`
		Key       string   `json:"tlskey,omitempty"`
	}{Hosts: []string{e.DaemonHost(p)}}
	if e.Daemon.Encrypted() {
		verify := e.Daemon.Verifies()
		c.TLS, c.TLSVerify, c.Cert, c.Key = true, &verify, p.ServerCert, p.ServerKey
		if verify {
			c.CA = p.ClientCA
		}
	}
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		panic(err) // a struct of strings always marshals
	}
	return append(b, '\n')
}

// DockerArgs gives the docker CLI's arguments before the subcommand, for source flags. For sources env and
// home there are none; for source context the caller adds --context and the name given to ContextArgs.
func (e Entry) DockerArgs(p Paths) []string {
	if e.Source != Flags {
		return nil
	}
	return e.setting(p).DockerArgs()
}

// Env gives the DOCKER_* variables of sources env and home, as "NAME=value"; none for the other sources.
func (e Entry) Env(p Paths) []string {
	if e.Source != Env && e.Source != Home {
		return nil
	}
	if e.given != nil {
		return e.given.environ(e, p)
	}
	env := []string{"DOCKER_HOST=" + e.ClientHost(p)}
	switch {
	case e.Client == ClientPlain:
		return env
	case e.Client.Verifies():
		env = append(env, "DOCKER_TLS_VERIFY=1")
	default:
		env = append(env, "DOCKER_TLS=1")
	}
	if e.Source == Env {
		env = append(env, "DOCKER_CERT_PATH="+p.CertDir)
	}
	return env
}

// Layout gives the files that the client finds in folders, for sources env and home; none for the other
// sources, whose files are those of Paths.
func (e Entry) Layout() []File {
	if e.given != nil {
		return slices.Clone(e.given.files)
	}
	dir := map[Source]Dir{Env: CertsDir, Home: HomeDir}[e.Source]
	switch {
	case dir == "", e.Source == Env && e.Client == ClientPlain:
		return nil
	case e.Client == ClientTLS, e.Client == ClientTLSVerify:
		return filesIn(dir, "ca.pem")
	}
	return filesIn(dir)
}

// ContextArgs gives the docker CLI's arguments that create the context, for source context; nil for the others.
func (e Entry) ContextArgs(p Paths, name string) []string {
	if e.Source != Context {
		return nil
	}
	return []string{"context", "create", name, "--docker", e.contextSpec(p)}
}

func (e Entry) contextSpec(p Paths) string {
	fields := []string{"host=" + e.ClientHost(p)}
	if e.Client.Verifies() {
		fields = append(fields, "ca="+p.CA)
	}
	if e.Client.Presents() {
		fields = append(fields, "cert="+p.Cert, "key="+p.Key)
	}
	if e.Client == ClientTLS || e.Client == ClientTLSCert {
		fields = append(fields, "skip-tls-verify=true")
	}
	return strings.Join(fields, ",")
}

// CurlArgs gives curl's arguments to get the path, such as "/images/json", for source flags; nil for the
// others, which curl does not know.
func (e Entry) CurlArgs(p Paths, path string) []string {
	s := e.setting(p)
	if !rule.ByName("curl").CanBeTold(s) {
		return nil
	}
	return s.CurlArgs(path)
}

// GoTLS gives the configuration of a Go client that does what the entry's client does; nil for a plain
// one. It uses of the PEM texts only what the client mode needs, and fails when one of these holds no certificate or
// no key of the certificate.
func (e Entry) GoTLS(ca, certPEM, keyPEM []byte) (*tls.Config, error) {
	if e.Client == ClientPlain {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: !e.Client.Verifies()}
	if slices.Contains(dialledByName, e.Material.Server) {
		c.ServerName = commonName
	}
	if e.Client.Verifies() {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(ca) {
			return nil, errors.New("modes: the CA holds no certificate")
		}
	}
	if e.Client.Presents() {
		pair, err := tls.X509KeyPair(certPEM, keyPEM)
		if err != nil {
			return nil, fmt.Errorf("modes: client certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
