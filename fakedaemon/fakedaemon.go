// Package fakedaemon is an in-process fake of the Docker daemon.
package fakedaemon

import (
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes"
)

// TB is the part of testing.TB that Start uses.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Cleanup(func())
	TempDir() string
}

// Engine is a generation of the daemon being imitated.
type Engine string

// Engine28 imitates dockerd 28.5.2, API 1.24 to 1.51.
const Engine28 Engine = "28"

// Listen is one way in.
type Listen struct {
	// Mode is the daemon mode of this listener.
	Mode modes.Daemon
	// Addr is a path for Unix, host:port otherwise; "" means a socket in a private folder or 127.0.0.1:0.
	Addr string
	// TLS replaces the config that Options.Certs and Mode give; nil means theirs. It is used as it is.
	TLS *tls.Config
}

// Options says what Start and New make. A nil *Options is the zero value.
type Options struct {
	// Mode is shorthand for one Listen entry on an ephemeral address; "" means Unix.
	Mode modes.Daemon
	// Listen are several ways in at once; it excludes Mode.
	Listen []Listen
	// Certs is the material of the daemon and its good client; nil means made on the spot.
	Certs *certgen.Bundle
	// Engine is the generation imitated; "" means Engine28.
	Engine Engine
	// Clock gives now for what the daemon reports; nil means time.Now.
	Clock func() time.Time
	// Seed, when not empty, makes IDs and names repeatable.
	Seed []byte
	// Logf receives the lines that dockerd's HTTP server would log; nil discards them.
	Logf func(format string, args ...any)
}

// Daemon is a running fake daemon.
type Daemon struct{}

// Start starts a daemon for the length of a test.
func Start(tb TB, o *Options) *Daemon { return nil }

// New starts a daemon.
func New(o *Options) (*Daemon, error) { return nil, errors.ErrUnsupported }

// Host returns the DOCKER_HOST of the first listener.
func (d *Daemon) Host() string { return "" }

// Hosts returns the DOCKER_HOST of every listener.
func (d *Daemon) Hosts() []string { return nil }

// Env returns the environment of a good client of the first listener.
func (d *Daemon) Env() []string { return nil }

// Certs returns the bundle.
func (d *Daemon) Certs() *certgen.Bundle { return nil }

// CertDir returns a folder with the documented files, written on first call.
func (d *Daemon) CertDir() string { return "" }

// ClientTLS returns a fresh config of a good client; nil when the first listener has no TLS.
func (d *Daemon) ClientTLS() *tls.Config { return nil }

// HTTPClient returns a client whose requests reach the first listener.
func (d *Daemon) HTTPClient() *http.Client { return nil }

// WriteContext writes a docker context named name, for a good client of the first listener, to configDir.
func (d *Daemon) WriteContext(configDir, name string) error { return errors.ErrUnsupported }

// Close stops the daemon.
func (d *Daemon) Close() error { return nil }
