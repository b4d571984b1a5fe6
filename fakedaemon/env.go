package fakedaemon

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
)

// material is what a daemon makes when it is asked for the first time.
type material struct {
	mu        sync.Mutex
	certs     *certgen.Bundle // protected by mu
	dir       string          // private folder, removed by Close; protected by mu
	certDir   string          // protected by mu
	ssh       *certgen.SSH    // protected by mu
	sshHome   string          // protected by mu
	agent     *sshAgent       // nil until sshHome is there; protected by mu
	transport *http.Transport // protected by mu
	closed    bool            // protected by mu
}

// tempDir returns the daemon's private folder.
func (m *material) tempDir() (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tempDirLocked()
}

func (m *material) tempDirLocked() (string, error) {
	if m.closed {
		return "", ErrClosed
	}
	if m.dir != "" {
		return m.dir, nil
	}
	parent := os.TempDir()
	const longest = len("/fakedockerd4294967295/ssh/agent.sock")
	if len(parent)+longest > transport.MaxSocketPath() {
		parent = "/tmp"
	}
	var err error
	m.dir, err = os.MkdirTemp(parent, "fakedockerd")
	return m.dir, err
}

// close removes what was made.
func (m *material) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.agent.close()
	if m.dir == "" {
		return nil
	}
	return os.RemoveAll(m.dir)
}

// bundle returns the certificates.
func (d *Daemon) bundle() (*certgen.Bundle, error) {
	m := &d.material
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.certs == nil {
		b, err := certgen.New(&certgen.Options{Hosts: d.certHosts()})
		if err != nil {
			return nil, fmt.Errorf("fakedaemon: making certificates: %w", err)
		}
		m.certs = b
	}
	return m.certs, nil
}

// certHosts gives the names of a certificate for every listener, nil for those that certgen gives anyway.
func (d *Daemon) certHosts() []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	n := len(hosts)
	for _, l := range d.options.Listen {
		host, _, err := net.SplitHostPort(l.addr())
		if err != nil || !l.way().named || host == "" {
			continue
		}
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			continue
		}
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	if len(hosts) == n {
		return nil
	}
	return hosts
}

// serverTLS returns the config of a listener, nil for a plain one.
func (d *Daemon) serverTLS(l Listen) (*tls.Config, error) {
	if !l.Mode.Encrypted() {
		return nil, nil
	}
	if l.TLS != nil {
		return l.TLS, nil
	}
	b, err := d.bundle()
	if err != nil {
		return nil, err
	}
	own := b.ServerTLS()
	c := d.options.Engine.ServerTLS()
	c.Certificates = own.Certificates
	c.Time = own.Time
	if l.Mode.Verifies() {
		d.options.Engine.VerifyClients(c, own.ClientCAs)
	}
	return c, nil
}

// Host returns the DOCKER_HOST of the first listener: "unix:///tmp/x/docker.sock", "tcp://127.0.0.1:39213" or
// "ssh://docker-user@127.0.0.1:39213".
func (d *Daemon) Host() string { return d.listeners[0].host }

// Hosts returns the DOCKER_HOST of every listener, in the order of Options.Listen. A listener on every address of
// the machine has that of the loopback.
func (d *Daemon) Hosts() []string {
	hosts := make([]string, len(d.listeners))
	for i, l := range d.listeners {
		hosts[i] = l.host
	}
	return hosts
}

// Env returns the environment of a good client of the first listener: DOCKER_HOST and, with TLS, DOCKER_TLS_VERIFY
// and DOCKER_CERT_PATH, over ssh PATH and SSH_AUTH_SOCK (SSHHome). It is meant for an environment that holds no other
// DOCKER_ variable: for that of this process use Environ.
func (d *Daemon) Env() []string {
	d.helper()
	env := []string{"DOCKER_HOST=" + d.Host()}
	if d.hasTLS() {
		env = append(env, "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH="+d.CertDir())
	}
	if more := d.listeners[0].way().env; more != nil {
		env = append(env, more(d)...)
	}
	return env
}

// Environ returns os.Environ without its DOCKER_ variables, which may be those of another daemon, and Env. It is meant for
// exec.Cmd.Env: a PATH of Env comes behind that of the process and counts.
func (d *Daemon) Environ() []string {
	d.helper()
	others := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "DOCKER_") })
	return append(others, d.Env()...)
}

func (d *Daemon) hasTLS() bool { return d.listeners[0].Mode.Encrypted() }

// Certs returns the material of the daemon and its good client, made on the first call when there was no use for it before.
func (d *Daemon) Certs() *certgen.Bundle {
	d.helper()
	b, err := d.bundle()
	if err != nil {
		d.fail(err)
	}
	return b
}

// CertDir returns a folder with the files that Docker's documentation names, ca.pem, cert.pem, key.pem,
// server-cert.pem and server-key.pem. They are written on the first call and removed by Close. When that is not
// possible CertDir fails the test of Start, and panics for a daemon of New.
func (d *Daemon) CertDir() string {
	d.helper()
	dir, err := d.writeCerts()
	if err != nil {
		d.fail(fmt.Errorf("fakedaemon: writing certificates: %w", err))
	}
	return dir
}

func (d *Daemon) writeCerts() (string, error) {
	b, err := d.bundle()
	if err != nil {
		return "", err
	}
	m := &d.material
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.certDir != "" {
		return m.certDir, nil
	}
	root, err := m.tempDirLocked()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "certs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	if err := b.WriteDir(dir); err != nil {
		return "", err
	}
	m.certDir = dir
	return dir, nil
}
