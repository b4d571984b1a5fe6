// Package fakedaemon is an in-process fake of the Docker daemon, for tests of what talks to it over TLS.
//
// Start gives a running daemon in one line. It listens as dockerd does, over a unix socket, plain TCP, TLS and
// mutual TLS, or behind an ssh server, and answers the Engine API from what Options.World and Add... put there, which requests
// change as they would change it in dockerd. It remembers every handshake and every request, so that a test can see what a
// client checked, sent and asked.
package fakedaemon

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
	"github.com/fakedockerd/fakedockerd/internal/engine"
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

// Listen is one way in.
type Listen struct {
	// Mode is the daemon mode of this listener; "" means Unix, or with Listener TCP unless that is a unix socket.
	Mode modes.Daemon
	// Addr is a path for Unix, [USER@]host:port for SSH, "docker-user" meaning no other user, and host:port otherwise;
	// "" means a socket in a private folder or 127.0.0.1:0. On Windows
	// that of Unix may also be a named pipe, such as "npipe:////./pipe/docker_engine".
	Addr string
	// Listener is open already, as a socket from systemd is, and takes the place of Addr; nil means that Addr is opened.
	// It accepts connections without TLS: Mode decides. A unix socket has mode Unix alone. TLS on a socket that systemd gives dockerd has no application protocol, unlike that of a port:
	// for that, set TLS. HTTPClient reaches TCP and unix sockets. The daemon closes it, also when New fails.
	Listener net.Listener
	// TLS replaces the config that Options.Certs and Mode give; nil means theirs. It is used as it is. Only the
	// modes TLS and TLSVerify may have one.
	TLS *tls.Config
}

// Options says what Start and New make. A nil *Options is the zero value.
type Options struct {
	// Mode is shorthand for one Listen entry on an ephemeral address; "" means Unix.
	Mode modes.Daemon
	// Listen are several ways in at once; it excludes Mode.
	Listen []Listen
	// Certs is the material of the daemon and its good client; nil means made on the spot, for the hosts of
	// Listen beside the names that certgen gives.
	Certs *certgen.Bundle
	// SSH is the keys of mode SSH: the daemon's and that of the user whom it lets in; nil means made on the spot.
	SSH *certgen.SSH
	// Engine is the generation imitated; "" means Engine28.
	Engine Engine
	// MinAPIVersion is the lowest API version that the daemon answers, such as "1.44" for Docker 29.0: what dockerd takes from
	// DOCKER_MIN_API_VERSION, "min-api-version" in daemon.json or its own release. "" means that of Engine; Engine20 has no other.
	MinAPIVersion string
	// Name is the hostname that the daemon tells, "" meaning "fakedocker"; Labels and Debug are those of dockerd's
	// flags --label and --debug, which it tells too.
	Name   string
	Labels []string
	Debug  bool
	// Settings are what more of dockerd's flags its answers show.
	Settings Settings
	// Clock gives now for what the daemon reports; nil means time.Now. Certificates follow the real time.
	Clock func() time.Time
	// Seed, when not empty, makes IDs and names repeatable. The ID of an image depends on its time of creation too: give a
	// Clock, or Image.Created.
	Seed []byte
	// Logf receives the lines that dockerd's HTTP server would log, one for each failed ssh handshake, and one for each request that
	// has waited for a second for a command that is taken for a service (SetProgram); nil discards them. It is not called after Close
	// has returned.
	Logf func(format string, args ...any)
	// LogError receives what dockerd itself would log with level error: one message for each request that it answers
	// with a status of 500 or more. Only Engine29 has fields. Nil means Logf, as a line such as
	// `level=error msg="Handler for POST /build returned error: EOF"`. It is not called after Close has returned.
	LogError func(fields map[string]string, message string)
	// LogWarning receives what dockerd itself would log with level warning. Nil means Logf, as a line such as
	// `level=warning msg="Unable to locate plugin: x, retrying in 1s"`. It is not called after Close has returned.
	LogWarning func(message string)
	// LogDebug receives what dockerd itself would log of requests with level debug, as long as Debug is on. Engine20 has no
	// fields. Nil discards it. It is not called after Close has returned.
	LogDebug func(fields map[string]string, message string)
	// World is what exists from the start. New's error for what cannot exist is a *WorldError.
	World World
	// Strict finds what is wrong with requests by the API description: a route, a query parameter or a field of a JSON body
	// that it does not have. They are answered as dockerd answers, and fail the test of Start, or Close of New.
	Strict bool
	// Authorize is asked before and after every operation, as an authorization plugin is, and before
	// AuthorizationPlugins; nil means nobody asks. Unknown routes are nobody's business. In texts the plugin's name is
	// Options.Authorize. It is called by several requests at once.
	Authorize func(AuthzRequest) AuthzDecision
	// AuthorizationPlugins are those of dockerd's flag --authorization-plugin: they are found and activated by New,
	// which fails with a *PluginError, and asked in this order.
	AuthorizationPlugins []string
	// PluginDir is the folder that takes the place of those in which dockerd looks for plugins: /run/docker/plugins for
	// NAME.sock, then /etc/docker/plugins and /usr/lib/docker/plugins for NAME.spec and NAME.json; "" means those. A
	// relative path is taken from the folder that New is called in.
	PluginDir string
	// RealWaits makes a plugin that is missing or down be waited for as long as dockerd does, 15 s, by New and by
	// requests. Otherwise it is tried as often without a pause.
	RealWaits bool
}

// Daemon is a running fake daemon. Its methods are safe for concurrent use.
type Daemon struct {
	options   Options        // immutable
	engine    *engine.Engine // immutable
	listeners []listening    // immutable
	server    *http.Server   // immutable
	state     *state.State   // immutable
	cancel    func()         // ends the context of every request; immutable
	patience  time.Duration  // how long Close waits for requests; immutable
	fail      func(error)    // for methods that cannot return an error; immutable
	helper    func()         // called by those first, so that a test's failure is on the line of their caller; immutable
	report    func(error)    // of a test that goes on; nil without one; immutable
	serving   sync.WaitGroup // of the goroutines that accept

	conns      transport.ConnSet
	ledger     transport.Ledger
	sshLedger  transport.SSHLedger
	requests   requestLog
	streams    streamLog
	faults     faultList
	violations violations
	log        logger
	material   material
	settings   settings

	authorizer *authorizer // immutable

	closing sync.Once
	closed  chan struct{} // closed when Close has done everything
	err     error         // what Close found; set once closing is done
}

// listening is a Listen entry in use.
type listening struct {
	Listen
	host string       // in DOCKER_HOST form, with what a client dials
	l    net.Listener // accepts connections
}

// ListenError is the error of New for an address that cannot be listened on.
type ListenError struct {
	Host string // in DOCKER_HOST form
	Err  error  // with the text that dockerd puts behind "failed to load listeners: "
}

// Error implements error.
func (e *ListenError) Error() string {
	return "fakedaemon: cannot listen on " + e.Host + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *ListenError) Unwrap() error { return e.Err }

// ErrInUse is in the error of New for a unix socket behind which something answers.
var ErrInUse = transport.ErrInUse

// Start starts a daemon for the length of a test: it fails the test when New fails, and its clean-up calls Close,
// which fails the test when something blocks.
func Start(tb TB, o *Options) *Daemon {
	tb.Helper()
	d, err := New(o)
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	d.helper = tb.Helper
	d.fail = func(err error) {
		tb.Helper()
		tb.Fatalf("%v", err)
	}
	d.report = func(err error) { tb.Errorf("%v", err) }
	tb.Cleanup(func() {
		tb.Helper()
		if err := d.Close(); err != nil {
			tb.Errorf("%v", err)
		}
	})
	return d
}

// New starts a daemon, to be ended with Close. Its errors name the option that is wrong; that of an address
// which cannot be listened on is a *ListenError.
func New(o *Options) (*Daemon, error) {
	d, err := start(o, nil, 5*time.Second)
	if err != nil {
		o.closeListeners()
	}
	return d, err
}

// start is New with a handler in place of all that dockerd does, unless it is nil, and with Close's patience.
func start(o *Options, h api.Handler, patience time.Duration) (*Daemon, error) {
	d := &Daemon{patience: patience, closed: make(chan struct{}), fail: func(err error) { panic(err) }, helper: func() {}}
	if o != nil {
		d.options = *o
	}
	var err error
	if d.engine, err = d.options.Engine.imitated(); err != nil {
		return nil, err
	}
	if err := d.options.check(); err != nil {
		return nil, err
	}
	if v := d.options.MinAPIVersion; v != "" {
		if err := d.engine.CheckMinAPIVersion(v); err != nil {
			return nil, fmt.Errorf("fakedaemon: Options.MinAPIVersion: %w", err)
		}
	}
	d.settings.begin(&d.options)
	d.log.f = d.options.Logf
	d.material.certs, d.material.ssh = d.options.Certs, d.options.SSH
	d.state = state.New(state.Options{Clock: d.options.Clock, Seed: d.options.Seed, Engine: d.engine})
	ctx, cancel := context.WithCancelCause(context.Background())
	d.cancel = func() { cancel(ErrClosed) }
	d.authorizer = newAuthorizer(ctx, d)
	c := api.Config{
		State:         d.state,
		Engine:        d.engine,
		MinAPIVersion: d.options.MinAPIVersion,
		Clock:         d.options.Clock,
		Host:          api.Host{Name: d.options.Name, AuthorizationPlugins: d.options.AuthorizationPlugins},
		Settings:      d.settings.current,
		Listeners:     d.apiListeners,
		LogError:      d.logError,
		LogService:    d.logService,
		Stream:        d.stream,
		Log:           d.logged,
		Strict:        d.strict,
		Fault:         d.faulty,
		Authorize:     d.authorizer.authorize,
	}
	if logDebug := d.options.LogDebug; logDebug != nil {
		c.LogDebug = func(fields map[string]string, message string) { d.log.pass(func() { logDebug(fields, message) }) }
	}
	if h != nil {
		c.Fault = func(api.Handler) api.Handler { return d.faulty(h) }
	}
	d.server = &http.Server{
		Handler:           d.watched(api.New(c)),
		Protocols:         d.options.Engine.protocols(),
		ReadHeaderTimeout: transport.HeaderTimeout,
		ErrorLog:          log.New(&d.log, "", 0),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       withConn,
		ConnState:         d.conns.State,
	}
	if err := d.addWorld(d.options.World); err != nil {
		d.Close()
		return nil, err
	}
	for _, l := range d.options.Listen {
		if err := d.listen(l); err != nil {
			d.Close()
			return nil, err
		}
	}
	if err := d.SetAuthorizationPlugins(d.options.AuthorizationPlugins); err != nil {
		d.Close()
		return nil, err
	}
	for _, l := range d.listeners {
		d.serving.Go(func() { d.server.Serve(l.l) })
	}
	return d, nil
}

// check completes the ways in and the folder of plugins, and says what is wrong with them.
func (o *Options) check() (err error) {
	if o.PluginDir != "" {
		if o.PluginDir, err = filepath.Abs(o.PluginDir); err != nil {
			return fmt.Errorf("fakedaemon: Options.PluginDir: %w", err)
		}
	}
	if len(o.Listen) == 0 {
		o.Listen = []Listen{{Mode: o.Mode}}
	} else if o.Mode != "" {
		return fmt.Errorf("fakedaemon: Options.Mode is %q beside Options.Listen: put it into a Listen entry", o.Mode)
	}
	listen := make([]Listen, len(o.Listen))
	for i, l := range o.Listen {
		if err := l.complete(); err != nil {
			return err
		}
		listen[i] = l
	}
	o.Listen = listen
	return nil
}

// listen adds a listener that does not serve yet.
func (d *Daemon) listen(l Listen) error {
	config, err := d.serverTLS(l)
	if err != nil {
		return err
	}
	raw, host, err := d.open(l)
	if err != nil {
		return err
	}
	c := transport.Config{
		Host:       host,
		TLS:        config,
		Conns:      &d.conns,
		Ledger:     &d.ledger,
		Logf:       d.log.printf,
		SilentHTTP: d.engine.SilentHTTP,
		Dial:       d.faults.dial,
		Hello:      d.faults.hello,
	}
	if serve := l.way().serve; serve == nil {
		raw = transport.NewListener(raw, c)
	} else if raw, err = serve(d, l, raw, c); err != nil {
		return err
	}
	d.listeners = append(d.listeners, listening{l, host, raw})
	return nil
}

// configured is the listener's address as dockerd's own settings have it, in DOCKER_HOST form: with the address that it
// listens on, which no client may be able to dial, and the port that it got. Of a socket that was open already, dockerd
// knows only where it came from.
func (l *listening) configured() string {
	if l.Listener != nil {
		return "fd://"
	}
	host, _, err := net.SplitHostPort(l.Addr)
	if err != nil || !l.way().named {
		return l.host
	}
	return "tcp://" + net.JoinHostPort(host, l.host[strings.LastIndex(l.host, ":")+1:])
}

// apiListeners are the ways in as GET /info warns of them.
func (d *Daemon) apiListeners() []api.Listener {
	var list []api.Listener
	for _, l := range d.listeners {
		if verifies := l.Mode.Verifies(); !l.way().aside {
			list = append(list, api.Listener{Host: l.configured(), TLS: l.Mode.Encrypted() && !verifies, Verify: verifies})
		}
	}
	return list
}

// logError passes on what dockerd would log.
func (d *Daemon) logError(fields map[string]string, message string) {
	if d.options.LogError != nil {
		d.log.pass(func() { d.options.LogError(fields, message) })
		return
	}
	line := fmt.Sprintf("level=error msg=%q", message)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		line += fmt.Sprintf(" %s=%q", name, fields[name])
	}
	d.log.printf("%s", line)
}

// logWarning passes on what dockerd would log with level warning.
func (d *Daemon) logWarning(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if d.options.LogWarning != nil {
		d.log.pass(func() { d.options.LogWarning(message) })
		return
	}
	d.log.printf("level=warning msg=%q", message)
}

// logService says what a request waits for that only SetProgram can end.
func (d *Daemon) logService(r *http.Request, command string) {
	row := answerOf(r).row.get()
	d.log.printf("%s (request %d) waits for %q, which is taken for a service: say what it does with SetProgram", row.Operation, row.ID, command)
}

// open opens what a listener listens on.
func (d *Daemon) open(l Listen) (raw net.Listener, host string, err error) {
	if raw, host, err = l.way().open(d, l); err != nil && host != "" {
		err = &ListenError{Host: host, Err: err}
	}
	return raw, host, err
}

// logger passes lines to a function until it is stopped.
type logger struct {
	mu      sync.Mutex
	f       func(format string, args ...any) // protected by mu; nil once stopped
	stopped bool                             // protected by mu
}

// pass calls f unless the logger is stopped.
func (l *logger) pass(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.stopped {
		f()
	}
}

func (l *logger) printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f != nil {
		l.f(format, args...)
	}
}

// Write implements io.Writer for log.Logger.
func (l *logger) Write(b []byte) (int, error) {
	line := string(b)
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	l.printf("%s", line)
	return len(b), nil
}

func (l *logger) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.f, l.stopped = nil, true
}
