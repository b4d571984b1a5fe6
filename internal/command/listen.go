package command

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/engine"
	"github.com/fakedockerd/fakedockerd/internal/hosts"
	"github.com/fakedockerd/fakedockerd/modes"
)

// line is a log line that is held back, and the pause that dockerd makes after it.
type line struct {
	level  level
	fields fields
	text   string
	pause  time.Duration
}

// way is a host that the daemon is to listen on.
type way struct {
	host        string // PROTO://ADDR
	proto, addr string // its parts
	name, port  string // the parts of addr with tcp
	badAddr     error  // why it has none

	gid     int            // of a unix socket; -1: left as it is
	lines   []line         // what dockerd logs before it listens there
	sockets []net.Listener // of a host fd://
	dials   []string       // in DOCKER_HOST form, what clients dial; set once it listens
}

// newWay takes apart a host that has its defaults.
func newWay(host string) way {
	w := way{host: host, gid: -1}
	if w.proto, w.addr, _ = strings.Cut(host, "://"); w.proto == "tcp" {
		if w.name, w.port, w.badAddr = net.SplitHostPort(w.addr); w.badAddr != nil {
			w.badAddr = fmt.Errorf("error parsing tcp address: %w", w.badAddr)
		}
	}
	return w
}

// apiAddrs are the addresses that dockerd logs.
func (w way) apiAddrs() []string {
	var addrs []string
	for _, l := range w.sockets {
		addrs = append(addrs, l.Addr().String())
	}
	if addrs == nil {
		addrs = []string{w.apiAddr()}
	}
	return addrs
}

// The pauses that dockerd makes before it opens an unprotected port.
const (
	unprotectedPause = time.Second
	unsaidPause      = 15 * time.Second
)

// ways says what is logged for each host, in order, and stops at the first that cannot be listened on.
func (c *Config) ways(g *generation, addrs hosts.Defaults, server *tls.Config) (ways []way, err error) {
	var ports portAllocator
	given := c.Hosts
	if len(given) == 0 {
		given = []string{""}
	}
	for _, host := range given {
		if g.late {
			completed, err := completeHost(addrs, strings.TrimSpace(host), c.useTLS(), g.hosts)
			if err != nil {
				return ways, fmt.Errorf("error parsing -H %s: %w", host, err)
			}
			host = completed
			if slices.ContainsFunc(ways, func(w way) bool { return w.host == host }) {
				continue
			}
		}
		w := newWay(host)
		if p := schemeOf(w.proto); p == nil {
			err = fmt.Errorf("invalid protocol format: %q", w.proto)
		} else if p.prepare != nil {
			err = p.prepare(c, g, &w, server, &ports)
		}
		ways = append(ways, w)
		if err != nil {
			return ways, err
		}
	}
	return ways, nil
}

func (w *way) warn(pause time.Duration, text string) {
	w.lines = append(w.lines, line{levelWarning, fields{"host": w.host}, text, pause})
}

// warnTCP adds dockerd's warnings about a port that does not verify its clients.
func (c *Config) warnTCP(g *generation, w *way, server *tls.Config) error {
	if server != nil && server.ClientAuth != tls.NoClientCert {
		return nil
	}
	w.warn(0, "Binding to IP address without --tlsverify is insecure and gives root access on this machine to everyone who has access to your network.")
	w.warn(0, "Binding to an IP address, even on localhost, can also give access to scripts run in a browser. Be safe out there!")
	if g.DeprecationNotices {
		w.warn(0, "[DEPRECATION NOTICE] "+engine.HardFailure)
	}
	w.lines[len(w.lines)-1].pause = unprotectedPause
	if c.TLS != nil {
		return nil // something was said about TLS
	}
	if w.badAddr != nil || w.name == hosts.Name {
		return w.badAddr
	}
	ip := net.ParseIP(w.name)
	if ip == nil {
		a, err := net.ResolveIPAddr("ip", w.name)
		if err != nil {
			w.lines = append(w.lines, line{level: levelError, fields: fields{"host": w.name, "error": err.Error()}, text: "Error looking up specified host address"})
		} else {
			ip = a.IP
		}
	}
	if ip == nil || !ip.IsLoopback() {
		w.warn(0, "Binding to an IP address without --tlsverify is deprecated. Startup is intentionally being slowed down to show this message")
		w.warn(0, "Please consider generating tls certificates with client validation to prevent exposing unauthenticated root access to your network")
		w.warn(0, "You can override this by explicitly specifying '--tls=false' or '--tlsverify=false'")
		w.warn(unsaidPause, "Support for listening on TCP without authentication or explicit intent to run without authentication will be removed in the next release")
	}
	return nil
}

// portAllocator knows the ports of earlier hosts: dockerd refuses a port that two hosts share before it listens.
type portAllocator map[int][]net.IP

func (p *portAllocator) allocate(w *way) error {
	if w.badAddr != nil {
		return w.badAddr
	}
	number, err := strconv.Atoi(w.port)
	if err != nil {
		return fmt.Errorf("error parsing tcp address: %w", err)
	}
	ips := []net.IP{net.ParseIP(w.name)}
	if ips[0] == nil {
		if ips, err = net.LookupIP(w.name); err != nil {
			return fmt.Errorf("failed to lookup %s address in host specification", w.name)
		}
	}
	if number == 0 {
		w.lines = append(w.lines, line{level: levelInfo, fields: fields{"host": w.host}, text: "Port 0, which dockerd refuses, is a free port"})
		return nil
	}
	if *p == nil {
		*p = portAllocator{}
	}
	taken := (*p)[number]
	for _, ip := range ips {
		same := func(other net.IP) bool {
			return (ip.To4() == nil) == (other.To4() == nil) && (ip.Equal(other) || ip.IsUnspecified() || other.IsUnspecified())
		}
		if i := slices.IndexFunc(taken, same); i >= 0 {
			return fmt.Errorf("failed to allocate daemon listening port %d (err: Bind for %s:%d failed: port is already allocated)", number, taken[i], number)
		}
		(*p)[number] = append((*p)[number], ip)
	}
	return nil
}

// listen opens the API's listeners and returns where. With waits it pauses before that as long as dockerd does, until
// stop is closed.
func (p *program) listen(g *generation, c *Config, o *fakedaemon.Options, server *tls.Config, waits bool, stop <-chan struct{}) (*fakedaemon.Daemon, []way, error) {
	ways, err := c.ways(g, p.addrs, server)
	write := func(ways []way, waits bool) {
		for _, w := range ways {
			for _, l := range w.lines {
				p.log.log(l.level, l.fields, "%s", l.text)
				if waits && l.pause > 0 {
					select {
					case <-time.After(l.pause):
					case <-stop:
						waits = false
					}
				}
			}
		}
	}
	if err != nil {
		write(ways, waits)
		return nil, nil, loadError(err)
	}
	c.Hosts = nil
	for _, w := range ways {
		c.Hosts = append(c.Hosts, w.host)
	}
	passed := g.activatedTLS(server, c.Hosts)
	for _, w := range ways {
		for _, l := range w.sockets {
			one := fakedaemon.Listen{Mode: modes.Unix}
			if l.Addr().Network() == "tcp" {
				one = listenTCP(way{}, passed)
			}
			one.Listener = l
			o.Listen = append(o.Listen, one)
		}
		if w.sockets == nil {
			o.Listen = append(o.Listen, schemeOf(w.proto).listen(w, server))
		}
	}
	if waits {
		write(ways, true)
	}
	opened := len(ways)
	tell := beforePlugins(o, func() {
		if !waits {
			write(ways[:opened], false)
		}
	})
	d, err := fakedaemon.New(o)
	if failed := new(fakedaemon.ListenError); errors.As(err, &failed) {
		if i := slices.IndexFunc(ways, func(w way) bool { return w.host == failed.Host }); i >= 0 {
			opened = i + 1 // dockerd has not come to those behind it
		}
		err = failed.Err
		if path, ok := strings.CutPrefix(failed.Host, "unix://"); ok && errors.Is(err, fakedaemon.ErrInUse) {
			err = fmt.Errorf("can't create unix socket %s: something answers there, and unlike dockerd this fake never takes over a socket in use: name another one, or stop what listens there", path)
		} else if g.bindError != nil {
			err = g.bindError(failed.Host, err)
		}
	}
	tell()
	if err != nil {
		return nil, nil, loadError(err)
	}
	dials := d.Hosts()
	for i := range ways {
		w := &ways[i]
		n := max(1, len(w.sockets))
		w.dials, dials = dials[:n], dials[n:]
		p.log.debug(nil, "Listener created for HTTP on %s (%s)", w.proto, w.addr)
		if w.gid < 0 {
			continue
		}
		if err := os.Chown(w.addr, 0, w.gid); err != nil {
			d.Close()
			return nil, nil, loadError(fmt.Errorf("can't create unix socket %s: %w", w.addr, err))
		}
	}
	return d, ways, nil
}

// loadError is the end of a dockerd that cannot listen. A panic has its own words.
func loadError(err error) error {
	if errors.As(err, new(*exitError)) {
		return err
	}
	return fmt.Errorf("failed to load listeners: %w", err)
}

// socketGroup finds the group that a unix socket is to have. Only root can give it away; dockerd is always root.
func (c *Config) socketGroup(w *way) error {
	name := c.SocketGroup
	if name == "" {
		return nil
	}
	id := name
	if g, err := user.LookupGroup(name); err == nil {
		id = g.Gid
	}
	gid, err := strconv.Atoi(id)
	switch {
	case err != nil && name != defaultGroup:
		return fmt.Errorf("group %s not found", name)
	case os.Geteuid() != 0:
		return nil
	case err != nil:
		w.lines = append(w.lines, line{level: levelWarning, text: fmt.Sprintf("could not change group %s to %s: group %s not found", w.addr, name, name)})
		return nil
	}
	w.gid = gid
	return nil
}

// apiAddr gives the address that dockerd logs for a host that listens.
func (w way) apiAddr() string {
	_, bound, _ := strings.Cut(w.dials[0], "://")
	if ip := net.ParseIP(w.name); ip == nil || !ip.IsUnspecified() {
		return bound
	}
	// A socket on every address is logged as the system spells it, "[::]" where both families share one.
	l, err := net.Listen("tcp", net.JoinHostPort(w.name, "0"))
	if err != nil {
		return bound
	}
	defer l.Close()
	any, _, _ := net.SplitHostPort(l.Addr().String())
	_, port, _ := net.SplitHostPort(bound)
	return net.JoinHostPort(any, port)
}
