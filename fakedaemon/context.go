package fakedaemon

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// contextName is what the docker CLI accepts as the name of a context (cli/context/store).
var contextName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$`)

// WriteContext writes a docker context named name, for a good client of the first listener, to the folder that
// docker's --config or DOCKER_CONFIG names. It is what "docker context create" leaves there:
// contexts/meta/ID/meta.json and, with TLS, contexts/tls/ID/docker/{ca,cert,key}.pem, where ID is the SHA-256 of the
// name. A context of that name must not exist.
func (d *Daemon) WriteContext(configDir, name string) error {
	if err := d.writeContext(configDir, name); err != nil {
		return fmt.Errorf("fakedaemon: writing context %q to %s: %w", name, configDir, err)
	}
	return nil
}

func (d *Daemon) writeContext(configDir, name string) error {
	if name == "default" || !contextName.MatchString(name) {
		return fmt.Errorf("not a name that docker accepts: %s, and not \"default\"", contextName)
	}
	sum := sha256.Sum256([]byte(name))
	metaDir := filepath.Join(configDir, "contexts", "meta", hex.EncodeToString(sum[:]))
	if _, err := os.Lstat(metaDir); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fs.ErrExist
		}
		return err
	}
	type endpoint struct {
		Host          string
		SkipTLSVerify bool
	}
	meta, err := json.Marshal(struct {
		Name      string
		Metadata  struct{}
		Endpoints map[string]endpoint
	}{Name: name, Endpoints: map[string]endpoint{"docker": {Host: d.Host()}}})
	if err != nil {
		return err
	}
	if d.hasTLS() {
		b, err := d.bundle()
		if err != nil {
			return err
		}
		layout := certgen.LayoutContext(name)
		if err := b.Write(configDir, layout); err != nil {
			return err
		}
		for _, file := range []string{layout.CA, layout.ClientCert, layout.ClientKey} {
			if err := os.Chmod(filepath.Join(configDir, file), 0o600); err != nil {
				return err
			}
		}
	}
	if err := os.MkdirAll(metaDir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(metaDir, "meta.json"), meta, 0o644)
}
