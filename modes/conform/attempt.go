package conform

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// prepare makes the certificates, the daemon and the client's files of one attempt. Remove removes the files; the caller
// closes the daemon.
func prepare(e modes.Entry, o *Options) (a Attempt, d Daemon, remove func() error, err error) {
	certs, err := certgen.New(&certgen.Options{
		ServerFlaw: certgen.Flaw(e.Material.Server),
		ClientFlaw: certgen.Flaw(e.Material.Client),
	})
	if err != nil {
		return Attempt{}, nil, nil, err
	}
	dir, err := os.MkdirTemp("", "fakedockerd-conform-")
	if err != nil {
		return Attempt{}, nil, nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	a, err = newAttempt(e, dir, certs)
	if err == nil {
		d, err = o.newDaemon(&fakedaemon.Options{Mode: e.Daemon, Certs: certs})
	}
	if err == nil {
		err = a.setHost(d.Host())
	}
	if err != nil {
		if d != nil {
			d.Close()
		}
		remove()
		return Attempt{}, nil, nil, err
	}
	return a, d, remove, nil
}

// newAttempt writes the client's files to dir: all of them to certs, and those that the entry names to the folder of
// DOCKER_CERT_PATH or to ~/.docker.
func newAttempt(e modes.Entry, dir string, certs *certgen.Bundle) (Attempt, error) {
	pair := certs.Client()
	a := Attempt{Entry: e, Home: filepath.Join(dir, "home"), CAPEM: certs.CAPEM(), CertPEM: pair.CertPEM, KeyPEM: pair.KeyPEM}
	all := filepath.Join(dir, "certs")
	a.Paths = modes.Paths{
		CA: filepath.Join(all, "ca.pem"), Cert: filepath.Join(all, "cert.pem"), Key: filepath.Join(all, "key.pem"),
		CertDir: filepath.Join(dir, "cert-path"),
	}
	if err := a.write(all, "ca.pem", "cert.pem", "key.pem"); err != nil {
		return a, err
	}
	for _, empty := range []string{a.Home, a.Paths.CertDir} {
		if err := os.Mkdir(empty, 0o700); err != nil {
			return a, err
		}
	}
	if e.Source == modes.Home {
		return a, a.write(filepath.Join(a.Home, ".docker"), e.HomeFiles()...)
	}
	return a, a.write(a.Paths.CertDir, e.HomeFiles()...)
}

func (a *Attempt) write(dir string, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	contents := map[string][]byte{"ca.pem": a.CAPEM, "cert.pem": a.CertPEM, "key.pem": a.KeyPEM}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), contents[name], 0o400); err != nil {
			return err
		}
	}
	return nil
}

// setHost fills in what depends on the daemon's address.
func (a *Attempt) setHost(host string) error {
	switch protocol, address, _ := strings.Cut(host, "://"); protocol {
	case "unix":
		a.Paths.Socket = address
	case "tcp":
		a.Paths.Host = address
	default:
		return fmt.Errorf("a client cannot be pointed at a daemon on %q", host)
	}
	a.Env = append(environ(a.Home), a.Entry.Env(a.Paths)...)
	return nil
}
