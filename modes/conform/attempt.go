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

// prepare makes the certificates and the client's files of an entry. Remove removes the files. A client that has no use for
// files gets none, only what they would hold.
func prepare(e modes.Entry, files bool, o *Options) (a Attempt, certs *certgen.Bundle, remove func() error, err error) {
	cache := o.certs
	if cache == nil {
		cache = &certCache{}
	}
	if certs, err = cache.of(e); err != nil {
		return Attempt{}, nil, nil, err
	}
	if !files {
		return inMemory(e, certs), certs, func() error { return nil }, nil
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

func inMemory(e modes.Entry, certs *certgen.Bundle) Attempt {
	pair := certs.Client()
	return Attempt{Entry: e, CAPEM: certs.ClientCAPEM(), CertPEM: pair.CertPEM, KeyPEM: pair.KeyPEM}
}

// newAttempt writes the client's files below dir: those that flags or a context name to one folder, those of the entry's
// layout to theirs.
func newAttempt(e modes.Entry, dir string, certs *certgen.Bundle, cache *certCache) (Attempt, error) {
	a := inMemory(e, certs)
	a.Home = filepath.Join(dir, "home")
	all := filepath.Join(dir, "certs")
	a.Paths = modes.Paths{
		CA: filepath.Join(all, "ca.pem"), Cert: filepath.Join(all, "cert.pem"), Key: filepath.Join(all, "key.pem"),
		CertDir: filepath.Join(dir, "cert-path"), ConfigDir: filepath.Join(dir, "config"),
	}
	dirs := map[modes.Dir]string{
		modes.CertsDir: a.Paths.CertDir, modes.HomeDir: filepath.Join(a.Home, ".docker"), modes.ConfigDir: a.Paths.ConfigDir,
	}
	files := e.Layout()
	if e.Source == modes.Flags || e.Source == modes.Context {
		named, folder := modes.Dir("named"), e
		dirs[named] = all
		// A tool may be told of a folder, in which is what the client mode needs.
		folder.Source = modes.Env
		files = append(folder.Layout(),
			modes.File{Dir: named, Name: "ca.pem", Holds: modes.CA},
			modes.File{Dir: named, Name: "cert.pem", Holds: modes.CertFile},
			modes.File{Dir: named, Name: "key.pem", Holds: modes.KeyFile})
	}
	if err := os.Mkdir(a.Home, 0o700); err != nil {
		return a, err
	}
	made := map[modes.Dir]bool{}
	for _, f := range files {
		if !made[f.Dir] {
			if err := os.Mkdir(dirs[f.Dir], 0o700); err != nil {
				return a, err
			}
		}
		made[f.Dir] = true
		if err := a.writeFile(f, dirs[f.Dir], certs, cache); err != nil {
			return a, err
		}
	}
	return a, nil
}

// writeFile writes one file of a layout to dir.
func (a *Attempt) writeFile(f modes.File, dir string, certs *certgen.Bundle, cache *certCache) error {
	content := map[modes.Holds][]byte{modes.CA: a.CAPEM, modes.CertFile: a.CertPEM, modes.KeyFile: a.KeyPEM}[f.Holds]
	switch {
	case f.Holds == modes.OtherCA, f.Holds == modes.OtherKey:
		other, err := cache.stranger()
		if err != nil {
			return err
		}
		content = map[modes.Holds][]byte{modes.OtherCA: other.CAPEM(), modes.OtherKey: other.Client().KeyPEM}[f.Holds]
	case a.Entry.Material.Client != "":
		// The flaw may be one of the file itself.
		return certs.Write(dir, map[modes.Holds]certgen.Layout{
			modes.CA: {ClientCA: f.Name}, modes.CertFile: {ClientCert: f.Name}, modes.KeyFile: {ClientKey: f.Name},
		}[f.Holds])
	}
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
