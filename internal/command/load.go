package command

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"

	"github.com/docker/go-connections/tlsconfig"
	"github.com/spf13/pflag"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/hosts"
)

// environment is what dockerd takes from its environment.
type environment struct {
	certPath  string // the folder of the default certificate files
	tlsVerify bool   // the default of --tlsverify
}

func readEnvironment() environment {
	e := environment{certPath: os.Getenv("DOCKER_CERT_PATH"), tlsVerify: os.Getenv("DOCKER_TLS_VERIFY") != ""}
	if e.certPath == "" {
		e.certPath = os.Getenv("DOCKER_CONFIG")
	}
	if e.certPath == "" {
		home, _ := os.UserHomeDir()
		if u, err := user.Current(); home == "" && err == nil {
			home = u.HomeDir
		}
		e.certPath = filepath.Join(home, ".docker")
	}
	return e
}

// minAPIVersion is the variable that sets the minimum API version (cmd/dockerd/daemon.go); engine 20.10 does not know it.
const minAPIVersion = "DOCKER_MIN_API_VERSION"

// load returns the configuration that the parsed flags and the file give, in dockerd's order of checks.
func (o *options) load(addrs hosts.Defaults) (*Config, error) {
	c := o.config
	c.Debug, c.Hosts, c.LogLevel, c.LogFormat = o.debug, o.hosts, o.logLevel, o.logFormat
	if v := os.Getenv(minAPIVersion); v != "" && o.generation.LowestMinAPIVersion != "" {
		if err := o.generation.CheckMinAPIVersion(v); err != nil {
			return nil, fmt.Errorf("invalid %s: %w", minAPIVersion, err)
		}
		c.MinAPIVersion = v
	}
	o.setTLS(c)
	if o.flags.Changed("config-file") && o.configFile != "" {
		var err error
		if c, err = o.generation.mergeFile(o.configFile, c, o.flags); err != nil {
			return nil, fmt.Errorf("unable to configure the Docker daemon with file %s: %w", o.configFile, err)
		}
	}
	g := o.generation
	var err error
	if !g.late {
		if c.Hosts, err = normalizeHosts(addrs, g, c.Hosts, c.useTLS()); err != nil {
			return nil, err
		}
	}
	if err := g.validate(c); err != nil {
		return nil, err
	}
	if c.Labels, err = conflictFreeLabels(c.Labels); err != nil {
		return nil, err
	}
	if c.CDISpecDirs == nil {
		c.CDISpecDirs = []string{"/etc/cdi", "/var/run/cdi"}
	}
	// To say anything about tlsverify in the file turns TLS on, but only now: the default host is chosen
	// (tls/notes.md rule 9).
	if c.isSet("tlsverify") {
		on := true
		c.TLS = &on
	}
	if c.TLSVerify == nil {
		c.TLSVerify = c.TLS
	}
	if g.validateLast != nil {
		if err := g.validateLast(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// useTLS reports whether the API is to be served with TLS.
func (c *Config) useTLS() bool { return c.TLS != nil && *c.TLS }

// setTLS copies what the flags and the environment say about TLS. --tls implies --tlsverify, and --tlsverify=false still
// implies --tls; the environment alone only chooses files that nothing uses (tls/notes.md rules 1 and 6).
func (o *options) setTLS(c *Config) {
	tls, verify := o.flags.Changed("tls"), o.flags.Changed("tlsverify")
	if verify || o.tlsVerify {
		o.tls = true
	}
	if o.tls && !verify {
		o.tlsVerify = true
	}
	if tls || verify {
		on := o.tls
		c.TLS = &on
	}
	if verify {
		c.TLSVerify = &o.tlsVerify
	}
	if !o.tls {
		return
	}
	c.TLSOptions = o.files
	missing := func(flag, file string) bool {
		_, err := os.Stat(file)
		return !o.flags.Changed(flag) && errors.Is(err, fs.ErrNotExist)
	}
	if missing("tlscert", c.CertFile) {
		c.CertFile = ""
	}
	if missing("tlskey", c.KeyFile) {
		c.KeyFile = ""
	}
}

// ignored returns what was said, as a flag, in the file or in the environment, that has no effect here.
func (o *options) ignored(c *Config) []string {
	said := map[string]bool{}
	o.flags.VisitAll(func(f *pflag.Flag) {
		if !has(f, ignoredFlag) {
			return
		}
		if f.Changed {
			said["--"+f.Name] = true
		}
		if key := fileKey(f); c.isSet(key) {
			said[key] = true
		}
	})
	if os.Getenv(minAPIVersion) != "" && o.generation.LowestMinAPIVersion == "" {
		said[minAPIVersion] = true
	}
	return slices.Sorted(maps.Keys(said))
}

// serverTLS returns the TLS settings of the API; nil without TLS. A CA file is only read when clients are verified;
// without one they are verified against the system's pool.
func (c *Config) serverTLS(engine fakedaemon.Engine) (*tls.Config, error) {
	if !c.useTLS() {
		return nil, nil
	}
	o := tlsconfig.Options{CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile, ExclusiveRootPools: true}
	if c.TLSVerify == nil || *c.TLSVerify {
		o.ClientAuth = tls.RequireAndVerifyClientCert
	}
	files, err := tlsconfig.Server(o)
	if err != nil {
		return nil, err
	}
	server := engine.ServerTLS()
	server.Certificates = files.Certificates
	if files.ClientAuth == tls.RequireAndVerifyClientCert {
		engine.VerifyClients(server, files.ClientCAs)
	}
	return server, nil
}
