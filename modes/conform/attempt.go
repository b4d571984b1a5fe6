package conform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	a := Attempt{Entry: e, Home: filepath.Join(dir, "home"), CAPEM: certs.ClientCAPEM(), CertPEM: pair.CertPEM, KeyPEM: pair.KeyPEM}
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
	if err := certs.Write(all, certgen.LayoutClient()); err != nil {
		return a, err
	}
	if e.Source == modes.Flags && e.Client != modes.ClientPlain {
		l := certgen.LayoutClient()
		if !e.Client.Presents() {
			l.ClientCert, l.ClientKey = "", ""
		}
		if err := certs.Write(a.Paths.CertDir, l); err != nil {
			return a, err
		}
	}
	dirs := map[modes.Dir]string{
		modes.CertsDir: a.Paths.CertDir, modes.HomeDir: filepath.Join(a.Home, ".docker"), modes.ConfigDir: a.Paths.ConfigDir,
	}
	for _, f := range e.Layout() {
		if err := writeFile(f, dirs[f.Dir], certs, cache); err != nil {
			return a, err
		}
	}
	return a, nil
}

// writeFile writes one file of a layout to dir.
func writeFile(f modes.File, dir string, certs *certgen.Bundle, cache *certCache) error {
	switch f.Holds {
	case modes.CA:
		return certs.Write(dir, certgen.Layout{ClientCA: f.Name})
	case modes.CertFile:
		return certs.Write(dir, certgen.Layout{ClientCert: f.Name})
	case modes.KeyFile:
		return certs.Write(dir, certgen.Layout{ClientKey: f.Name})
	}
	other, err := cache.stranger()
	if err != nil {
		return err
	}
	content := map[modes.Holds][]byte{modes.OtherCA: other.CAPEM(), modes.OtherKey: other.Client().KeyPEM}[f.Holds]
	return os.WriteFile(filepath.Join(dir, f.Name), content, 0o400)
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
