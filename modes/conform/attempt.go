package conform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes"
)

// prepare makes the certificates and the client's files of an entry. Remove removes the files.
func prepare(e modes.Entry, o *Options) (a Attempt, certs *certgen.Bundle, remove func() error, err error) {
	cache := o.certs
	if cache == nil {
		cache = &certCache{}
	}
	if certs, err = cache.of(e); err != nil {
		return Attempt{}, nil, nil, err
	}
	dir, err := os.MkdirTemp(o.Dir, "fakedockerd-conform-")
	if err != nil {
		return Attempt{}, nil, nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	if a, err = newAttempt(e, dir, certs, cache); err != nil {
		return Attempt{}, nil, nil, errors.Join(err, remove())
	}
	return a, certs, remove, nil
}

// newAttempt writes the client's files to dir: all of them to certs, and those of the entry's layout to their folders.
func newAttempt(e modes.Entry, dir string, certs *certgen.Bundle, cache *certCache) (Attempt, error) {
	pair := certs.Client()
	a := Attempt{Entry: e, Home: filepath.Join(dir, "home"), CAPEM: certs.CAPEM(), CertPEM: pair.CertPEM, KeyPEM: pair.KeyPEM}
	all := filepath.Join(dir, "certs")
	a.Paths = modes.Paths{
		CA: filepath.Join(all, "ca.pem"), Cert: filepath.Join(all, "cert.pem"), Key: filepath.Join(all, "key.pem"),
		CertDir: filepath.Join(dir, "cert-path"), ConfigDir: filepath.Join(dir, "config"),
	}
	for _, empty := range []string{all, a.Home, filepath.Join(a.Home, ".docker"), a.Paths.CertDir, a.Paths.ConfigDir} {
		if err := os.Mkdir(empty, 0o700); err != nil {
			return a, err
		}
	}
	holds := map[modes.Holds][]byte{modes.CA: a.CAPEM, modes.CertFile: a.CertPEM, modes.KeyFile: a.KeyPEM}
	if slices.ContainsFunc(e.Layout(), func(f modes.File) bool { return holds[f.Holds] == nil }) {
		other, err := cache.stranger()
		if err != nil {
			return a, err
		}
		holds[modes.OtherCA], holds[modes.OtherKey] = other.CAPEM(), other.Client().KeyPEM
	}
	dirs := map[modes.Dir]string{
		modes.CertsDir: a.Paths.CertDir, modes.HomeDir: filepath.Join(a.Home, ".docker"), modes.ConfigDir: a.Paths.ConfigDir,
	}
	files := map[string][]byte{a.Paths.CA: a.CAPEM, a.Paths.Cert: a.CertPEM, a.Paths.Key: a.KeyPEM}
	if e.Source == modes.Flags && e.Client != modes.ClientPlain {
		files[filepath.Join(a.Paths.CertDir, "ca.pem")] = a.CAPEM
		if e.Client.Presents() {
			files[filepath.Join(a.Paths.CertDir, "cert.pem")], files[filepath.Join(a.Paths.CertDir, "key.pem")] = a.CertPEM, a.KeyPEM
		}
	}
	for _, f := range e.Layout() {
		files[filepath.Join(dirs[f.Dir], f.Name)] = holds[f.Holds]
	}
	for name, content := range files {
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
