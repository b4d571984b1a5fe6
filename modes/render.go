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

// DaemonHost is the address on which the daemon of the entry listens, in the form of DOCKER_HOST. In mode ssh, in which only the
// account on its machine reaches it, that is the socket.
func (e Entry) DaemonHost(p Paths) string {
	if e.Daemon == Unix || e.Daemon == SSH {
		return "unix://" + p.Socket
	}
	return "tcp://" + p.Host
}

// DaemonAddr is where the daemon of the entry has to listen in modes tcp, tls and tlsverify: "" is any loopback address and port, "[::1]:0" any
// port of IPv6's, ":2376" that port of a loopback address on which nobody else listens.
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
	if e.Daemon == SSH {
		return "ssh://" + p.SSH
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
// it is written `--tls --tlsverify=false` here (tls/notes.md, "Documentation against reality" 1).
func (e Entry) DockerdArgs(p Paths) []string {
	var args []string
	switch e.Daemon {
	case TLS:
		args = []string{"--tls", "--tlsverify=false", "--tlscert=" + p.ServerCert, "--tlskey=" + p.ServerKey}
	case TLSVerify:
		args = []string{"--tlsverify", "--tlscacert=" + p.ClientCA, "--tlscert=" + p.ServerCert, "--tlskey=" + p.ServerKey}
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
	if e.Daemon == TLS || e.Daemon == TLSVerify {
		verify := e.Daemon == TLSVerify
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
	var args []string
	switch e.Client {
	case ClientTLS, ClientTLSCert:
		// --tls checks nothing and still wants the file.
		args = []string{"--tls", "--tlscacert=" + p.CA}
	case ClientTLSVerify, ClientMutual:
		args = []string{"--tlsverify", "--tlscacert=" + p.CA}
	}
	if e.Client.Presents() {
		args = append(args, "--tlscert="+p.Cert, "--tlskey="+p.Key)
	}
	return append(args, "-H="+e.ClientHost(p))
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
	if e.Source != Flags || e.Daemon == SSH {
		return nil
	}
	scheme := "https://"
	if e.Client == ClientPlain {
		scheme = "http://"
	}
	args := []string{"-sS"}
	if e.Daemon == Unix {
		args = append(args, "--unix-socket", p.Socket, scheme+"localhost"+path)
	} else {
		args = append(args, scheme+strings.TrimPrefix(e.ClientHost(p), "tcp://")+path)
	}
	if e.Client.Presents() {
		args = append(args, "--cert", p.Cert, "--key", p.Key)
	}
	switch {
	case e.Client.Verifies():
		args = append(args, "--cacert", p.CA)
	case e.Client != ClientPlain:
		args = append(args, "-k")
	}
	return args
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
