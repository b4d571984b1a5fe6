package conform

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes"
)

// A prepared attempt has its files.
type prepared struct {
	Attempt
	certs *certgen.Bundle
	dir   string // of all files, "" for a client that has no use for them
}

// prepare makes the certificates and the client's files of an entry.
func prepare(e modes.Entry, c Client, o *Options) (*prepared, error) {
	cache := o.certCache()
	certs, err := cache.of(e)
	if err != nil {
		return nil, err
	}
	if _, ok := c.(builtIn); ok {
		return &prepared{Attempt: inMemory(e, certs), certs: certs}, nil
	}
	dir, err := os.MkdirTemp(o.Dir, "fakedockerd-conform-")
	if err != nil {
		return nil, err
	}
	p := &prepared{certs: certs, dir: dir}
	if p.Attempt, err = newAttempt(e, dir, !known(c), certs, cache); err != nil {
		return nil, errors.Join(err, p.remove())
	}
	return p, nil
}

// known reports whether a client is one of which it is known that it leaves no files, but for a context, and reads no
// folder that is not in its environment.
func known(c Client) bool {
	switch c.(type) {
	case *docker, *curl:
		return true
	}
	return false
}

// renew gives the attempt files as they were before its client ran.
func (p *prepared) renew(c Client, o *Options) error {
	if p.dir == "" || known(c) && p.Entry.Source != modes.Context {
		return nil
	}
	fresh, err := prepare(p.Entry, c, o)
	if err != nil {
		return err
	}
	err = p.remove()
	*p = *fresh
	return err
}

func (p *prepared) remove() error {
	if p.dir == "" {
		return nil
	}
	return os.RemoveAll(p.dir)
}

func inMemory(e modes.Entry, certs *certgen.Bundle) Attempt {
	pair := certs.Client()
	return Attempt{Entry: e, CAPEM: certs.ClientCAPEM(), CertPEM: pair.CertPEM, KeyPEM: pair.KeyPEM}
}

// newAttempt writes the client's files below dir: those that flags or a context name to one folder, those of the
// entry's layout to theirs and, if asked for, those that the client mode needs to one more.
func newAttempt(e modes.Entry, dir string, folder bool, certs *certgen.Bundle, cache *certCache) (Attempt, error) {
	a := inMemory(e, certs)
	a.Home = filepath.Join(dir, "home")
	all := filepath.Join(dir, "certs")
	a.Paths = modes.Paths{
		CA: filepath.Join(all, "ca.pem"), Cert: filepath.Join(all, "cert.pem"), Key: filepath.Join(all, "key.pem"),
		CertDir: filepath.Join(dir, "cert-path"), ConfigDir: filepath.Join(dir, "config"), SystemCA: filepath.Join(dir, "system", "ca.pem"),
	}
	dirs := map[modes.Dir]string{
		modes.CertsDir: a.Paths.CertDir, modes.HomeDir: filepath.Join(a.Home, ".docker"), modes.ConfigDir: a.Paths.ConfigDir,
		modes.SystemDir: filepath.Dir(a.Paths.SystemCA),
	}
	files := e.Layout()
	if e.Source == modes.Flags || e.Source == modes.Context {
		named := modes.Dir("named")
		dirs[named] = all
		files = append(files,
			modes.File{Dir: named, Name: "ca.pem", Holds: modes.CA},
			modes.File{Dir: named, Name: "cert.pem", Holds: modes.CertFile},
			modes.File{Dir: named, Name: "key.pem", Holds: modes.KeyFile})
	}
	if folder && e.Source == modes.Flags {
		// A tool may be told of a folder, in which is what the client mode needs.
		byEnv := e
		byEnv.Source = modes.Env
		files = append(files, byEnv.Layout()...)
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
	way, addr, err := wayTo(host)
	if err != nil {
		return err
	}
	way.fill(&a.Paths, addr)
	a.Env = append(environ(a.Home), a.Entry.Env(a.Paths)...)
	return nil
}
