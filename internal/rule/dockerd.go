package rule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// ResolveDockerd says on what the daemon of an engine ("20.10.24", "28.5.2", "29.7.0") listens when it is started
// with these arguments, without the program's name, and this daemon.json, nil for none, on this
// machine; or with what *[Refusal] it ends. The listeners are sorted by host.
//
// It looks at hosts and TLS alone and passes over every other flag, which must stand alone or be
// written --name=value. Sources: tls/notes.md, "Documentation against reality" 1, 2, 4, 6, 8 and 9, and
// cmd/dockerd/options.go and daemon.go of the engine.
func ResolveDockerd(engine string, args []string, daemonJSON []byte, m Machine) ([]Listener, error) {
	f := newTLSFlags(m)
	f.lax = true
	if major(engine) < 28 {
		f.quotes = quotesPanic
	}
	if major(engine) >= 28 && len(bytes.TrimSpace(daemonJSON)) == 0 {
		daemonJSON = nil // 20.10 refuses an empty file
	}
	err := f.parse(args)
	c := &daemonConfig{}
	if err == nil {
		c, err = mergeDaemonConfig(f, daemonJSON, m)
	}
	var all []Listener
	if err == nil {
		all, err = c.listeners(engine, m)
	}
	if err != nil {
		return nil, &Refusal{outcome.DaemonRefusesToStart, err.Error()}
	}
	return all, nil
}

// daemonConfig is the part of dockerd's configuration that matters; its names are those of daemon.json.
type daemonConfig struct {
	Hosts     []string `json:"hosts"`
	TLS       *bool    `json:"tls"`
	TLSVerify *bool    `json:"tlsverify"`
	CA        string   `json:"tlscacert"`
	Cert      string   `json:"tlscert"`
	Key       string   `json:"tlskey"`

	verifyInFile bool // tlsverify stands in daemon.json
}

// mergeDaemonConfig puts the flags on top of daemon.json.
func mergeDaemonConfig(f *tlsFlags, daemonJSON []byte, m Machine) (*daemonConfig, error) {
	c := &daemonConfig{}
	if daemonJSON != nil {
		if err := json.Unmarshal(daemonJSON, c); err != nil {
			return nil, fmt.Errorf("it cannot read daemon.json: %w", err)
		}
		if err := conflict(f, daemonJSON); err != nil {
			return nil, err
		}
	}
	c.verifyInFile = c.TLSVerify != nil
	secure := f.secure()
	if f.changed["tls"] && c.TLS == nil {
		c.TLS = &secure
	}
	if f.changed["tlsverify"] {
		on, verify := true, f.bools["tlsverify"]
		c.TLS, c.TLSVerify = &on, &verify
	}
	if len(f.hosts) > 0 {
		c.Hosts = f.hosts
	}
	if !secure {
		// The flags that name files count only when a flag, or DOCKER_TLS_VERIFY, turns TLS on.
		return c, nil
	}
	for to, name := range map[*string]string{&c.CA: "tlscacert", &c.Cert: "tlscert", &c.Key: "tlskey"} {
		if *to == "" {
			*to = f.file(name, m)
		}
	}
	return c, nil
}

// conflict refuses what is given both as a flag and in the file.
func conflict(f *tlsFlags, daemonJSON []byte) error {
	var inFile map[string]json.RawMessage
	if err := json.Unmarshal(daemonJSON, &inFile); err != nil {
		return fmt.Errorf("it cannot read daemon.json: %w", err)
	}
	for flag := range f.changed {
		key := flag
		if flag == "host" {
			key = "hosts"
		}
		if _, ok := inFile[key]; ok {
			return fmt.Errorf("%s is given both as a flag and in daemon.json", key)
		}
	}
	return nil
}

func (c *daemonConfig) listeners(engine string, m Machine) ([]Listener, error) {
	on := true
	if c.verifyInFile && major(engine) < 28 {
		c.TLS = &on
	}
	hosts, err := c.hosts(engine)
	if err != nil {
		return nil, err
	}
	if c.verifyInFile {
		// Too late for the default host in 28 and 29.
		c.TLS = &on
	}
	l, err := c.listener(m)
	if err != nil {
		return nil, err
	}
	if hosts, err = m.activate(hosts); err != nil {
		return nil, err
	}
	var all []Listener
	for _, host := range hosts {
		if strings.HasPrefix(host, "unix://") {
			all = append(all, Listener{Host: host, Mode: Plain})
			continue
		}
		one := l
		one.Host = host
		one.OldGo = l.Mode.verifies() && major(engine) < 28
		all = append(all, one)
	}
	return all, nil
}

// activate puts the sockets from systemd in the place of the hosts fd://. The first of these takes them all, uses those
// that it means, and leaves none for another (daemon/listeners/listeners_linux.go).
func (m Machine) activate(hosts []string) ([]string, error) {
	var all []string
	passed := m.Activated
	for _, host := range hosts {
		addr, ok := strings.CutPrefix(host, "fd://")
		if !ok {
			all = append(all, host)
			continue
		}
		if len(passed) == 0 {
			return nil, fmt.Errorf("systemd gave it no socket for %q", host)
		}
		if addr == "" || addr == "*" {
			all = append(all, passed...)
		} else {
			const first = 3 // sd_listen_fds(3)
			n, err := strconv.Atoi(addr)
			if err != nil || n < first || n >= first+len(passed) {
				return nil, fmt.Errorf("systemd gave it %d sockets from number %d on, none for %q", len(passed), first, host)
			}
			all = append(all, passed[n-first])
		}
		passed = nil
	}
	slices.Sort(all)
	return all, nil
}

// hosts are the addresses to listen on, each once.
func (c *daemonConfig) hosts(engine string) ([]string, error) {
	given := c.Hosts
	if len(given) == 0 {
		given = []string{""}
	}
	var hosts []string
	for _, val := range given {
		host, err := parseDaemonHost(engine, val, c.TLS != nil && *c.TLS)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts), nil
}

// listener is what every TCP host of the daemon has in common. --tls alone demands client
// certificates: what is not said about tlsverify is what is said about tls.
func (c *daemonConfig) listener(m Machine) (Listener, error) {
	if c.TLS == nil || !*c.TLS {
		return Listener{Mode: Plain}, nil
	}
	for _, name := range []string{c.Cert, c.Key} {
		if _, ok := m.Files[name]; !ok {
			return Listener{}, fmt.Errorf("it cannot read its certificate %q and key %q", c.Cert, c.Key)
		}
	}
	if m.unfit(cliLib, c.Cert, Holds.isCert) != "" || m.unfit(cliLib, c.Key, Holds.isKey) != "" {
		return Listener{}, fmt.Errorf("it finds no certificate or no key in %q and %q", c.Cert, c.Key)
	}
	if c.TLSVerify != nil && !*c.TLSVerify {
		return Listener{Mode: TLS}, nil
	}
	l := Listener{Mode: TLS | Verifies}
	_, ok := m.Files[c.CA]
	switch {
	case c.CA == "":
		l.SystemPool, l.ClientCAs = true, m.systemPool()
	case !ok:
		return l, fmt.Errorf("it cannot read the CA %q that clients must have a certificate of", c.CA)
	case m.unfit(cliLib, c.CA, Holds.isCA) != "":
		return l, fmt.Errorf("it finds no certificate in %q", c.CA)
	default:
		l.ClientCAs = m.roots(c.CA)
	}
	return l, nil
}
