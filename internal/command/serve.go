package command

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// serve does what dockerd does with its flags: it checks the configuration, and serves until it is told to stop.
func (p *program) serve(o *options) error {
	c, err := o.load(p.addrs)
	if err != nil {
		return err
	}
	if err := o.checkMode(c); err != nil {
		return err
	}
	if err := checkReadyFile(o.readyFile); err != nil {
		return err
	}
	s := &service{program: p, options: o, config: c}
	p.log.httpFormat = o.generation.httpTime
	if s.world, err = readSeed(o.seed); err != nil {
		return err
	}
	if !o.generation.late {
		if err := s.loadTLS(); err != nil {
			return err
		}
	}
	if o.validate {
		fmt.Fprintln(p.stderr, "configuration OK")
		return nil
	}
	return s.run()
}

// readSeed reads the file of --seed; "" is none.
func readSeed(name string) (fakedaemon.World, error) {
	if name == "" {
		return fakedaemon.World{}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return fakedaemon.World{}, fmt.Errorf("--seed: %w", err)
	}
	defer f.Close()
	world, err := fakedaemon.ReadWorld(f)
	if err != nil {
		return fakedaemon.World{}, fmt.Errorf("--seed %s: %w", name, err)
	}
	return world, nil
}

// seedError names the file of --seed in the error of a world that cannot be.
func seedError(err error, name string) error {
	if world := new(fakedaemon.WorldError); errors.As(err, &world) {
		return fmt.Errorf("--seed %s: %w", name, world)
	}
	return err
}

// checkMode refuses a mode that there is not, and what --mode leaves no room for.
func (o *options) checkMode(c *Config) error {
	if o.mode == "" {
		return nil
	}
	if err := checkDaemonMode(o.mode); err != nil {
		return err
	}
	for _, name := range []string{"host", "tls", "tlsverify", "tlscacert", "tlscert", "tlskey"} {
		key := name
		if name == "host" {
			key = "hosts"
		}
		if o.flags.Changed(name) || c.isSet(key) {
			return fmt.Errorf("--mode makes its own listener and certificates: it cannot be combined with --%s", name)
		}
	}
	return nil
}

// service is a daemon from its start-up to its end.
type service struct {
	*program
	options *options
	config  *Config     // replaced by a reload
	server  *tls.Config // nil without TLS
	world   fakedaemon.World
	daemon  *fakedaemon.Daemon
	ways    []way // into daemon
}

// loadTLS reads the certificate files.
func (s *service) loadTLS() (err error) {
	if s.server, err = s.config.serverTLS(fakedaemon.Engine(s.options.engine)); err != nil {
		return s.options.generation.tlsError(err)
	}
	return nil
}

func (s *service) run() (err error) {
	c := s.config
	stop := s.trap() // first, so that no signal leaves a file behind
	s.setLevel(c)
	s.log.info(nil, "Starting up")
	s.setDebug(c.Debug)
	s.warnDifferences()
	if s.options.readyFile != "" {
		os.Remove(s.options.readyFile) // one that an earlier daemon left must not speak for this one
	}
	removePidfile, err := s.writePidfile()
	if err != nil {
		return err
	}
	defer removePidfile()
	if c.Experimental {
		s.log.warn(nil, "%s", s.options.generation.experimental)
	}
	if s.options.generation.late {
		if err := s.loadTLS(); err != nil {
			return err
		}
	}
	reload := notifyReload()
	if err := s.startDaemon(stop); err != nil {
		return err
	}
	defer func() {
		if !errors.As(err, new(*exitError)) { // dockerd says no more after a fatal line
			s.log.info(nil, "Daemon shutdown complete")
		}
	}()
	defer s.close()
	if err := s.announce(); err != nil {
		return err
	}
	defer os.Remove(s.options.readyFile)
	if err := s.announceSSH(); err != nil {
		return err
	}
	notifyReady()
	defer notifyStopping()
	for _, w := range s.ways {
		for _, addr := range w.apiAddrs() {
			s.log.info(nil, "API listen on %s", addr)
		}
	}
	for {
		select {
		case <-stop:
			return nil
		case <-reload:
			if err := s.reload(); err != nil {
				return err
			}
		}
	}
}

// warnDifferences says what of the configuration has no effect.
func (s *service) warnDifferences() {
	if names := s.options.ignored(s.config); len(names) > 0 {
		s.log.warn(nil, "Accepted and ignored, this is a fake daemon: %s", strings.Join(names, ", "))
	}
	if _, err := os.Stat(s.options.configFile); err == nil && !s.options.flags.Changed("config-file") {
		s.warnUnread()
	}
}

// warnUnread says that the default daemon.json is not read: as a warning if it protects a daemon that reads it, or cannot be understood.
func (s *service) warnUnread() {
	f := fields{"config-file": s.options.configFile}
	var document map[string]any
	if b, err := os.ReadFile(s.options.configFile); err == nil && json.Unmarshal(b, &document) == nil {
		var keys []string
		for _, key := range []string{"authorization-plugins", "hosts", "tls", "tlscacert", "tlscert", "tlskey", "tlsverify"} {
			if _, ok := document[key]; ok {
				keys = append(keys, key)
			}
		}
		if keys == nil {
			s.log.info(f, "The default configuration file is left alone: only one that --config-file names is read")
			return
		}
		f["without-effect"] = strings.Join(keys, ", ")
	}
	s.log.warn(f, "THE DEFAULT CONFIGURATION FILE IS NOT READ, only one that --config-file names: nobody listens, verifies or authorizes as it says")
}

// startError gives the error of a daemon that did not start the words of its cause.
func (s *service) startError(err error, started func()) error {
	return s.pluginError(seedError(err, s.options.seed), started)
}

// startDaemon opens the listeners and serves.
func (s *service) startDaemon(stop <-chan struct{}) (err error) {
	g := s.options.generation
	if v := s.config.MinAPIVersion; v != "" && g.CheckMinAPIVersion(v) != nil {
		return fmt.Errorf("failed to start API server: invalid minimum API version (%s): must be between %s and %s", v, g.LowestMinAPIVersion, g.APIVersion)
	}
	o := &fakedaemon.Options{
		Engine:        fakedaemon.Engine(s.options.engine),
		MinAPIVersion: s.config.MinAPIVersion,
		Labels:        s.config.Labels,
		Settings:      s.config.settings(),
		Debug:         s.config.Debug,
		Logf:          s.log.httpf,
		LogError: func(f map[string]string, message string) {
			s.log.error(f, "%s", message)
		},
		LogDebug:   func(f map[string]string, message string) { s.log.debug(f, "%s", message) },
		LogWarning: func(message string) { s.log.warn(nil, "%s", message) },
		World:      s.world,
	}
	s.authorize(o)
	started := beforePlugins(o, func() {
		s.log.info(fields{"commit": commit, "version": s.options.generation.Version}, "Docker daemon")
	})
	if s.options.mode != "" {
		o.Mode = modes.Daemon(s.options.mode)
		if s.daemon, err = fakedaemon.New(o); err != nil {
			return s.startError(err, started)
		}
		s.config.Hosts = s.daemon.Hosts()
		w := newWay(s.daemon.Host())
		w.dials = s.daemon.Hosts()
		s.ways = []way{w}
	} else {
		if s.daemon, s.ways, err = s.listen(s.options.generation, s.config, o, s.server, s.options.realWaits, stop); err != nil {
			return s.startError(err, started)
		}
		if s.options.generation.DeprecationNotices {
			s.warnUnprotected()
		}
	}
	started()
	s.log.info(nil, "Daemon has completed initialization")
	return nil
}

// warnUnprotected repeats dockerd's warnings of GET /info (daemon/info.go).
func (s *service) warnUnprotected() {
	c := s.config
	for _, w := range s.ways {
		if w.proto != "tcp" {
			continue
		}
		addr := w.addr
		if name, ok := strings.CutSuffix(addr, ":0"); ok {
			addr = name + w.dials[0][strings.LastIndex(w.dials[0], ":"):]
		}
		var how string
		switch {
		case c.TLS == nil || !*c.TLS:
			how = "http://" + addr + " without encryption"
		case c.TLSVerify == nil || !*c.TLSVerify:
			how = "https://" + addr + " without TLS client verification"
		default:
			continue
		}
		s.log.warn(nil, "%s", s.options.generation.APIWarning(how))
	}
}

// announce writes the file that says that the API is served.
func (s *service) announce() error {
	if s.options.readyFile == "" {
		return nil
	}
	home, err := s.sshHome()
	if err != nil {
		return err
	}
	r := ready{Hosts: s.daemon.Hosts(), SSH: home}
	if s.options.mode == "" && !overSSH(s.daemon.Host()) {
		r.name(s.ways, s.server != nil)
		r.Environment = map[string]string{"DOCKER_HOST": r.Hosts[0]}
		if s.server != nil && strings.HasPrefix(r.Hosts[0], "tcp://") {
			r.Environment["DOCKER_TLS_VERIFY"] = "1"
			if r.Certificates = s.config.clientFiles(); r.Certificates != "" {
				r.Environment["DOCKER_CERT_PATH"] = r.Certificates
			}
		}
	} else {
		if err := tried(func() { r.Environment = variables(s.daemon.Env()) }); err != nil {
			return err
		}
		r.Certificates = r.Environment["DOCKER_CERT_PATH"]
	}
	if err := r.write(s.options.readyFile); err != nil {
		return fmt.Errorf("--ready-file %s cannot be written: %w", s.options.readyFile, err)
	}
	return nil
}

func (s *service) close() {
	if err := s.daemon.Close(); err != nil {
		s.log.error(fields{"error": err.Error()}, "Error shutting down http server")
	}
}

// setLevel sets format and level of the log.
func (s *service) setLevel(c *Config) {
	max, ok := parseLevel(c.LogLevel)
	if !ok {
		max = levelInfo
	}
	s.log.configure(c.LogFormat == formatJSON, max)
}

// setDebug switches debug lines on; off, they are those of --log-level again.
func (s *service) setDebug(on bool) {
	if on {
		s.log.configure(s.config.LogFormat == formatJSON, levelDebug)
	} else {
		s.setLevel(s.config)
	}
}

// writePidfile writes the file that --pidfile or daemon.json names. The default is left alone: it may be that of a
// real daemon.
func (s *service) writePidfile() (remove func(), err error) {
	path := s.config.Pidfile
	if path == "" || !s.options.flags.Changed("pidfile") && !s.config.isSet("pidfile") {
		return func() {}, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("failed to create pidfile directory: %w", err)
	}
	pid, err := readPid(path)
	if err == nil && pid != 0 && alive(pid) {
		err = fmt.Errorf("process with PID %d is still running", pid)
	} else if err == nil {
		err = os.WriteFile(path, fmt.Append(nil, os.Getpid()), 0o644)
	}
	if err != nil {
		return nil, s.options.generation.pidfileError(path, err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			s.log.error(nil, "%v", err)
		}
	}, nil
}

// readPid returns 0 for a file that is missing or holds no number.
func readPid(path string) (int, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	var pid int
	fmt.Sscanf(string(b), "%d", &pid)
	return pid, err
}

// trap returns a channel that is closed by the first SIGINT or SIGTERM. The fourth ends the process at once, as it ends
// dockerd (cmd/dockerd/trap).
func (s *service) trap() <-chan struct{} {
	const force = 3
	stop := make(chan struct{})
	signals := notifyStop()
	go func() {
		for n := 1; ; n++ {
			sig := <-signals
			s.log.info(nil, "Processing signal '%v'", sig)
			switch {
			case n == 1:
				close(stop)
			case n > force:
				s.log.info(nil, "Forcing docker daemon shutdown without cleanup; %d interrupts received", force)
				os.Exit(signalExit + signalNumber(sig))
			}
		}
	}()
	return stop
}

// signalExit is added to the number of the signal that ended a process.
const signalExit = 128

// variables returns an environment as a map.
func variables(env []string) map[string]string {
	m := map[string]string{}
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		m[name] = value
	}
	return m
}
