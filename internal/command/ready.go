package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// ready is the file of --ready-file.
type ready struct {
	// Hosts are where a client dials, in DOCKER_HOST form.
	Hosts []string `json:"hosts"`
	// Environment is that of a good client of the first host.
	Environment map[string]string `json:"environment"`
	// Certificates is the folder with ca.pem, cert.pem and key.pem of a good client; "" when there is none.
	Certificates string `json:"certificates,omitempty"`
	// SSH is the folder with the files of a client over ssh (fakedaemon.Daemon.SSHHome); "" when no host is reached over it.
	SSH string `json:"ssh,omitempty"`
}

// checkReadyFile refuses a file of --ready-file that cannot be made, before there is a daemon; "" is none.
func checkReadyFile(path string) error {
	if path == "" {
		return nil
	}
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--ready-file %s: there is no folder %s", path, dir)
	case err != nil:
		return fmt.Errorf("--ready-file %s: %w", path, err)
	case !info.IsDir():
		return fmt.Errorf("--ready-file %s: %s is no folder", path, dir)
	}
	return nil
}

// name gives the hosts of ports with TLS the names of -H, by which clients verify the daemon.
func (r *ready) name(ways []way, tls bool) {
	i := 0
	for _, w := range ways {
		if tls && w.proto == "tcp" && w.name != "" && net.ParseIP(w.name) == nil {
			_, port, _ := net.SplitHostPort(strings.TrimPrefix(r.Hosts[i], "tcp://"))
			r.Hosts[i] = "tcp://" + net.JoinHostPort(w.name, port)
		}
		i += len(w.dials)
	}
}

// clientFiles is the folder of the daemon's own files when it has those of a client too, as the documentation makes them;
// "" is none.
func (c *Config) clientFiles() string {
	dir, err := filepath.Abs(filepath.Dir(c.CertFile))
	if err != nil || filepath.Base(c.CertFile) == defaultCert { // the pair there is the daemon's
		return ""
	}
	for _, name := range []string{defaultCA, defaultCert, defaultKey} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return ""
		}
	}
	return dir
}

// write puts the file in place whole: who waits for it can read it as soon as it is there.
func (r ready) write(path string) (err error) {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".ready-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(append(b, '\n')); err != nil {
		f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
