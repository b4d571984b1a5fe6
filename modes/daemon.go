package modes

import (
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/internal/rule"
)

// Daemon is a daemon mode, named by behaviour and not by how it is spelled.
type Daemon string

// Daemon modes.
const (
	Unix      Daemon = "unix"      // plain HTTP over a unix socket
	TCP       Daemon = "tcp"       // plain HTTP over TCP
	TLS       Daemon = "tls"       // encrypted, clients are not authenticated: --tls --tlsverify=false
	TLSVerify Daemon = "tlsverify" // encrypted, clients are authenticated: --tlsverify
	SSH       Daemon = "ssh"       // over an ssh connection
)

// A daemon is what the matrix knows of a daemon mode.
type daemon struct {
	name    Daemon
	mode    rule.Mode
	ssh     bool                      // its clients come over ssh
	means   string                    // in the legend
	promise string                    // what "Protect the Docker daemon socket" says of it
	listens func(Paths) string        // where it listens, in the form of DOCKER_HOST
	dials   func(p Paths) string      // what its clients dial; nil for where it listens
	typed   func(screen Paths) string // what is typed behind dockerd; nil for what DockerdArgs says
}

// daemons are in the order in which they are printed.
var daemons = []daemon{
	{name: Unix, means: "plain HTTP; who may open the socket is let in", promise: "The daemon listens on a unix socket, without TLS", listens: onSocket},
	{
		name: TCP, means: "plain HTTP; everybody is let in", promise: "The daemon listens on TCP without TLS and authenticates nobody", listens: onPort,
		typed: func(Paths) string { return "-H=tcp://HOST:2375" },
	},
	{name: TLS, mode: rule.TLS, means: "TLS; everybody is let in", promise: "The daemon does not authenticate clients", listens: onPort},
	{
		name: TLSVerify, mode: rule.TLS | rule.Verifies, means: "TLS; who has a certificate of the CA is let in",
		promise: "The daemon authenticates clients by the given CA", listens: onPort,
	},
	{
		name: SSH, ssh: true, means: "the unix socket of another machine, over ssh", promise: "The daemon listens on a unix socket, which its users reach over ssh",
		listens: onSocket, dials: overSSH, typed: func(p Paths) string { return "as unix, with docker -H=" + overSSH(p) },
	},
}

func onSocket(p Paths) string { return "unix://" + p.Socket }
func onPort(p Paths) string   { return "tcp://" + p.Host }
func overSSH(p Paths) string  { return "ssh://" + p.SSH }

// Daemons returns every daemon mode, in the order in which they are printed.
func Daemons() []Daemon {
	var all []Daemon
	for _, d := range daemons {
		all = append(all, d.name)
	}
	return all
}

func (d Daemon) row() daemon {
	at := slices.IndexFunc(daemons, func(row daemon) bool { return row.name == d })
	if at < 0 {
		return daemon{name: d, listens: onPort}
	}
	return daemons[at]
}

// Encrypted reports whether the daemon speaks TLS.
func (d Daemon) Encrypted() bool { return d.row().mode != rule.Plain }

// Verifies reports whether the daemon asks clients for a certificate and verifies it.
func (d Daemon) Verifies() bool { return d.row().mode&rule.Verifies != 0 }

// daemonOf is the daemon mode of a listener of dockerd.
func daemonOf(l rule.Listener) Daemon {
	socket := strings.HasPrefix(l.Host, "unix://")
	at := slices.IndexFunc(daemons, func(d daemon) bool { return d.mode == l.Mode && (d.name == Unix) == socket })
	return daemons[at].name
}

// clientOf is the client mode of what a client does.
func clientOf(m rule.Mode) Client {
	all := Clients()
	return all[slices.IndexFunc(all, func(c Client) bool { return c.mode() == m })]
}
