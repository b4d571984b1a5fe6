package certgen

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// The documented modes (D15 of the documented commands): chmod 0400 of keys, 0444 of certificates.
const (
	keyMode  fs.FileMode = 0o400
	certMode fs.FileMode = 0o444
)

// A Layout says which files a bundle is written to: paths below a folder, with slashes. A file
// whose path is "" is not written; the zero value writes nothing.
//
// The two sides trust the same CA unless a flaw says otherwise. CA and ClientCA are then what the
// client trusts, and ServerCA is what the daemon does: give it a path for its --tlscacert.
type Layout struct {
	CA         string // the CA's certificate
	CAKey      string // the CA's private key; in no preset: whoever runs the daemon does not need it
	ServerCA   string // a further copy of the CA's certificate, beside the server's
	ServerCert string
	ServerKey  string
	ClientCA   string // a further copy of the CA's certificate, beside the client's
	ClientCert string
	ClientKey  string
}

// LayoutDaemon is the folder that Docker's documentation makes, with the files of both sides.
// There CAKey is "ca-key.pem".
func LayoutDaemon() Layout {
	return Layout{CA: "ca.pem", ServerCert: "server-cert.pem", ServerKey: "server-key.pem", ClientCert: "cert.pem", ClientKey: "key.pem"}
}

// LayoutClient is what a client reads from ~/.docker, from DOCKER_CERT_PATH and from the TLS
// folder of one context.
func LayoutClient() Layout {
	return Layout{CA: "ca.pem", ClientCert: "cert.pem", ClientKey: "key.pem"}
}

// LayoutContext is where the docker CLI keeps the files of a context's docker endpoint, below
// its configuration folder (~/.docker or DOCKER_CONFIG).
func LayoutContext(name string) Layout {
	id := sha256.Sum256([]byte(name))
	dir := "contexts/tls/" + hex.EncodeToString(id[:]) + "/docker/"
	return Layout{CA: dir + "ca.pem", ClientCert: dir + "cert.pem", ClientKey: dir + "key.pem"}
}

// LayoutDind is what the docker:dind image's entrypoint makes below DOCKER_TLS_CERTDIR (/certs).
// There CAKey is "ca/key.pem"; the entrypoint takes certificates as they are while that file is
// missing, and makes its own once it is there. The image's client key has the mode 0644, which
// this one does not imitate.
func LayoutDind() Layout {
	return Layout{
		CA:       "ca/cert.pem",
		ServerCA: "server/ca.pem", ServerCert: "server/cert.pem", ServerKey: "server/key.pem",
		ClientCA: "client/ca.pem", ClientCert: "client/cert.pem", ClientKey: "client/key.pem",
	}
}

// LayoutPublicPrivate has the names of the article "How to Secure Docker's TCP Socket With TLS"
// (D16 of the documented commands). There CAKey is "ca-private.pem".
func LayoutPublicPrivate() Layout {
	return Layout{CA: "ca-public.pem", ServerCert: "certificate.pem", ServerKey: "server-key.pem", ClientCert: "client-certificate.pem", ClientKey: "client-key.pem"}
}

// WriteDir writes ca.pem, cert.pem, key.pem (the client's), server-cert.pem and server-key.pem to
// dir: it is Write with [LayoutDaemon].
func (b *Bundle) WriteDir(dir string) error { return b.Write(dir, LayoutDaemon()) }

// Write writes the bundle's files below dir, which it makes if it is missing, with the mode 0700.
// Keys have the mode 0400 and certificates 0444, whatever the umask is. A file of that name that
// is there already is replaced, whole and at once, even if it is read-only; nothing else is touched. [Layout.Foreign] tells before
// which of them somebody else has made.
// When Write fails before the first file is in place, the old ones are all still there.
func (b *Bundle) Write(dir string, l Layout) error {
	if dir == "" {
		return errors.New("certgen: no folder given to write certificates to")
	}
	files, err := b.files(l)
	if err != nil {
		return err
	}
	staged := make([]string, 0, len(files))
	defer func() {
		for _, name := range staged {
			os.Remove(name) // not there, unless something failed
		}
	}()
	for _, f := range files {
		name, err := stage(filepath.Join(dir, f.path), f.content)
		staged = append(staged, name)
		if err != nil {
			return fmt.Errorf("certgen: %w", err)
		}
	}
	for i, f := range files {
		if err := replace(staged[i], filepath.Join(dir, f.path), f.form); err != nil {
			return fmt.Errorf("certgen: %w", err)
		}
	}
	return nil
}

type file struct {
	path string
	content
}

// files returns what is to be written for a layout.
func (b *Bundle) files(l Layout) ([]file, error) {
	server, client := b.server.written(), b.client.written()
	all := []file{
		{l.CA, client.ca},
		{l.CAKey, content{data: b.ca.keyPEM(), mode: keyMode}},
		{l.ServerCA, server.ca},
		{l.ServerCert, server.cert},
		{l.ServerKey, server.key},
		{l.ClientCA, client.ca},
		{l.ClientCert, client.cert},
		{l.ClientKey, client.key},
	}
	var files []file
	seen := map[string]bool{}
	for _, f := range all {
		if f.path == "" {
			continue
		}
		path := filepath.FromSlash(f.path)
		if !filepath.IsLocal(path) || filepath.Clean(path) == "." {
			return nil, fmt.Errorf("certgen: layout: %q is no path below the folder", f.path)
		}
		if seen[filepath.Clean(path)] {
			return nil, fmt.Errorf("certgen: layout: %q is the path of two files", f.path)
		}
		seen[filepath.Clean(path)] = true
		f.path = path
		if f.form == linked {
			target := content{data: f.data, mode: f.mode}
			files = append(files, file{filepath.Join(filepath.Dir(path), linkTarget(path)), target})
		}
		files = append(files, f)
	}
	return files, nil
}

// linkTarget returns what the symbolic link path leads to, beside it.
func linkTarget(path string) string { return "linked-" + filepath.Base(path) }

// stage writes a new file beside the one that it will become. It returns the new one's name also
// when it could not be finished, and none where nothing is to be.
func stage(target string, c content) (string, error) {
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil || c.form == missing {
		return "", err
	}
	pattern := "." + filepath.Base(target) + ".*"
	if c.form == directory {
		return os.MkdirTemp(filepath.Dir(target), pattern) // 0700
	}
	f, err := os.CreateTemp(filepath.Dir(target), pattern) // O_EXCL, 0600
	if err != nil {
		return "", err
	}
	if c.form == dangling || c.form == linked {
		return f.Name(), cmp.Or(f.Close(), os.Remove(f.Name()), os.Symlink(linkTarget(target), f.Name()))
	}
	_, err = f.Write(c.data)
	return f.Name(), cmp.Or(err, f.Close(), os.Chmod(f.Name(), c.mode))
}

func replace(staged, target string, to form) error {
	if runtime.GOOS == "windows" {
		os.Chmod(target, 0o600) // a read-only file is not replaced there; it may be missing, too
	}
	if to == missing || to == directory {
		if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) || to == missing {
			return ignoreMissing(err)
		}
	}
	return os.Rename(staged, target)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Foreign returns the files of a layout that are in dir and that no Bundle has written, as paths with slashes: Write replaces them, and
// somebody's own keys are lost. A key cannot tell whose it is: it counts as a Bundle's when a certificate beside it is one.
func (l Layout) Foreign(dir string) ([]string, error) {
	var foreign, unknown []string
	ours := false
	for _, name := range []string{l.CA, l.CAKey, l.ServerCA, l.ServerCert, l.ServerKey, l.ClientCA, l.ClientCert, l.ClientKey} {
		if name == "" {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var data []byte
		if err == nil && !info.IsDir() {
			data, err = os.ReadFile(path)
		}
		if err != nil && !errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("certgen: %w", err)
		}
		switch cert, marked := origin(data); {
		case marked:
			ours = true
		case cert:
			foreign = append(foreign, name)
		default:
			unknown = append(unknown, name)
		}
	}
	if !ours {
		foreign = append(foreign, unknown...)
	}
	return foreign, nil
}

// origin reports whether a file has a certificate with a name, and whether one in it names the organization of all bundles.
func origin(data []byte) (cert, marked bool) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		marked = marked || bytes.Contains(block.Bytes, []byte(organization))
		c, err := x509.ParseCertificate(block.Bytes)
		cert = cert || err == nil && c.Subject.String() != ""
	}
	return cert, marked
}
