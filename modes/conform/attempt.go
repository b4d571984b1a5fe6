package conform

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// prepare makes the certificates, the daemon and the client's files of one attempt. Remove removes the files; the caller
// closes the daemon.
func prepare(e modes.Entry, o *Options) (a Attempt, d Daemon, remove func() error, err error) {
	shape := certgen.ShapeStrict
	if e.DocumentedShape() {
		shape = certgen.ShapeDocumented
	}
	certs, err := certgen.New(&certgen.Options{
		Shape:      shape,
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

// newAttempt writes the client's files to dir: all of them to certs, and those of the entry's layout to their folders.
func newAttempt(e modes.Entry, dir string, certs *certgen.Bundle) (Attempt, error) {
	pair := certs.Client()
	a := Attempt{Entry: e, Home: filepath.Join(dir, "home"), CAPEM: certs.CAPEM(), CertPEM: pair.CertPEM, KeyPEM: pair.KeyPEM}
	all := filepath.Join(dir, "certs")
	a.Paths = modes.Paths{
		CA: filepath.Join(all, "ca.pem"), Cert: filepath.Join(all, "cert.pem"), Key: filepath.Join(all, "key.pem"),
		CertDir: filepath.Join(dir, "cert-path"), ConfigDir: filepath.Join(dir, "config"),
	}
	for _, empty := range []string{all, a.Home, a.Paths.CertDir, a.Paths.ConfigDir} {
		if err := os.Mkdir(empty, 0o700); err != nil {
			return a, err
		}
	}
	holds := map[modes.Holds][]byte{modes.CA: a.CAPEM, modes.CertFile: a.CertPEM, modes.KeyFile: a.KeyPEM}
	if slices.ContainsFunc(e.Layout(), func(f modes.File) bool { return holds[f.Holds] == nil }) {
		other, err := certgen.New(nil)
		if err != nil {
			return a, err
		}
		holds[modes.OtherCA], holds[modes.OtherKey] = other.CAPEM(), other.Client().KeyPEM
	}
	dirs := map[modes.Dir]string{
		modes.CertsDir: a.Paths.CertDir, modes.HomeDir: filepath.Join(a.Home, ".docker"), modes.ConfigDir: a.Paths.ConfigDir,
	}
	files := map[string][]byte{a.Paths.CA: a.CAPEM, a.Paths.Cert: a.CertPEM, a.Paths.Key: a.KeyPEM}
	for _, f := range e.Layout() {
		files[filepath.Join(dirs[f.Dir], f.Name)] = holds[f.Holds]
	}
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return a, err
		}
		if err := os.WriteFile(name, content, 0o400); err != nil {
			return a, err
		}
	}
	return a, nil
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
