package modes

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

// ResolveDockerd says on what a daemon listens when it is started with these arguments (without the
// program's name) and this daemon.json (nil for none) on this machine, or with what *Refusal it ends.
// The engines 20.10, 28 and 29 agree (tls/notes.md). Flags that have nothing to do with hosts and
// TLS are passed over; they must be written --name=value or stand alone.
func ResolveDockerd(args []string, daemonJSON []byte, m Machine) ([]Listener, error) {
	certs := m.Env["DOCKER_CERT_PATH"]
	if certs == "" {
		certs = m.Env["DOCKER_CONFIG"]
	}
	if certs == "" {
		certs = path.Join(m.home(), ".docker")
	}
	f := &flagSet{
		bools: map[string]bool{"tls": false, "tlsverify": m.Env["DOCKER_TLS_VERIFY"] != ""},
		strings: map[string]string{
			"tlscacert": path.Join(certs, "ca.pem"), "tlscert": path.Join(certs, "cert.pem"), "tlskey": path.Join(certs, "key.pem"),
		},
		shorthands: map[byte]string{'H': "host"},
		lax:        true,
	}
	if err := f.parse(args); err != nil {
		return nil, &Refusal{DaemonRefusesToStart, err.Error()}
	}
	c, err := daemonConfigOf(f, daemonJSON, m)
	if err != nil {
		return nil, err
	}
	return c.listeners(m)
}

// daemonConfig is dockerd's configuration after flags and daemon.json have been merged. The names of
// the fields in JSON are those of daemon.json.
type daemonConfig struct {
	Hosts     []string `json:"hosts"`
	TLS       *bool    `json:"tls"`
	TLSVerify *bool    `json:"tlsverify"`
	CA        string   `json:"tlscacert"`
	Cert      string   `json:"tlscert"`
	Key       string   `json:"tlskey"`
}

func daemonConfigOf(f *flagSet, daemonJSON []byte, m Machine) (*daemonConfig, error) {
	var c daemonConfig
	if daemonJSON != nil {
		if err := json.Unmarshal(daemonJSON, &c); err != nil {
			return nil, &Refusal{DaemonRefusesToStart, "it cannot read daemon.json: " + err.Error()}
		}
		if err := conflict(f, daemonJSON); err != nil {
			return nil, err
		}
	}
	yes := true
	verify := f.bools["tlsverify"]
	secure := f.bools["tls"] || verify || f.changed["tlsverify"]
	if secure && !f.changed["tlsverify"] {
		// --tls alone means --tlsverify.
		verify = true
	}
	if f.changed["tls"] {
		c.TLS = &secure
	}
	if f.changed["tlsverify"] {
		c.TLS, c.TLSVerify = &yes, &verify
	}
	if c.TLSVerify != nil {
		c.TLS = &yes
	}
	if c.TLSVerify == nil {
		c.TLSVerify = c.TLS
	}
	if len(f.hosts) > 0 {
		c.Hosts = f.hosts
	}
	if secure {
		// Default paths count only when a flag, or the environment, turned TLS on.
		for _, p := range []struct {
			to   *string
			name string
		}{{&c.CA, "tlscacert"}, {&c.Cert, "tlscert"}, {&c.Key, "tlskey"}} {
			val := f.strings[p.name]
			if p.name != "tlscacert" && !f.changed[p.name] && !m.exists(val) {
				val = ""
			}
			if *p.to == "" {
				*p.to = val
			}
		}
	}
	return &c, nil
}

// conflict refuses a directive that is given both as a flag and in the file.
func conflict(f *flagSet, daemonJSON []byte) error {
	var inFile map[string]json.RawMessage
	if err := json.Unmarshal(daemonJSON, &inFile); err != nil {
		return &Refusal{DaemonRefusesToStart, "it cannot read daemon.json: " + err.Error()}
	}
	for _, name := range []string{"tls", "tlsverify", "tlscacert", "tlscert", "tlskey"} {
		if _, ok := inFile[name]; ok && f.changed[name] {
			return &Refusal{DaemonRefusesToStart, name + " is given both as a flag and in daemon.json"}
		}
	}
	if _, ok := inFile["hosts"]; ok && len(f.hosts) > 0 {
		return &Refusal{DaemonRefusesToStart, "hosts is given both as a flag and in daemon.json"}
	}
	return nil
}

func (c *daemonConfig) listeners(m Machine) ([]Listener, error) {
	secure := c.TLS != nil && *c.TLS
	l := Listener{Mode: TCP}
	if secure {
		l.Mode = TLS
		if c.TLSVerify == nil || *c.TLSVerify {
			l.Mode = TLSVerify
		}
		for _, name := range []string{c.Cert, c.Key} {
			if !m.exists(name) {
				return nil, &Refusal{DaemonRefusesToStart, fmt.Sprintf("dockerd cannot read its certificate %q and key %q", c.Cert, c.Key)}
			}
		}
	}
	if l.Mode == TLSVerify {
		switch h := m.Files[c.CA]; {
		case c.CA == "":
			l.SystemPool = true
			l.ClientCAs = m.systemPool()
		case !m.exists(c.CA):
			return nil, &Refusal{DaemonRefusesToStart, fmt.Sprintf("dockerd cannot read its CA %q", c.CA)}
		case h != CA && h != OtherCA:
			return nil, &Refusal{DaemonRefusesToStart, fmt.Sprintf("%q holds no certificate", c.CA)}
		default:
			l.ClientCAs = []Holds{h}
		}
	}
	if len(c.Hosts) == 0 {
		// Without a host dockerd listens on the unix socket only.
		c.Hosts = []string{""}
	}
	var all []Listener
	for _, h := range c.Hosts {
		host, err := parseHost(h, secure && h == "")
		if err != nil {
			return nil, &Refusal{DaemonRefusesToStart, err.Error()}
		}
		one := l
		one.Host = host
		if !strings.HasPrefix(host, "tcp://") {
			one = Listener{Host: host, Mode: Unix}
		}
		all = append(all, one)
	}
	return all, nil
}
