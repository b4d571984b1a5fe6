package modes

import (
	"cmp"
	"errors"
	"net"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// Judge says what becomes of a client that presents and checks, in front of a daemon of mode TLSVerify, when the material of either has
// a flaw. The client calls the daemon by a DNS name or an IP address for which its certificate is, but for a flaw of these. Curl speaks
// TLS 1.2, FamilyGo reads no files.
func Judge(f Family, host string, m Material) outcome.Class {
	l, e, err := meeting(f, "tcp://"+host+":2376", m)
	if r := (*Refusal)(nil); errors.As(err, &r) {
		return r.Outcome
	}
	if serverNameOf(m.Server).commonName && net.ParseIP(host) != nil {
		l.Names = []string{commonName}
	}
	o, _ := Meet(l, e, m)
	return o
}

func meeting(f Family, host string, m Material) (l *Listener, e Endpoint, err error) {
	daemon, client := Machine{Files: ServerFiles(m.Server)}, Machine{Files: ClientFiles(m.Client)}
	listeners, err := ResolveDockerd(engine, []string{
		"--tlsverify", "--tlscacert=ca.pem", "--tlscert=server-cert.pem", "--tlskey=server-key.pem", "-H=" + host,
	}, nil, daemon)
	if err != nil {
		return nil, e, err
	}
	switch f {
	case FamilyDocker:
		e, err = ResolveDocker(cli, []string{"--tlsverify", "--tlscacert=ca.pem", "--tlscert=cert.pem", "--tlskey=key.pem", "-H=" + host}, client)
	case FamilyGoClient:
		e, err = ResolveTLSClientConfig(host, "ca.pem", "cert.pem", "key.pem", client)
	case FamilyCurl:
		e, err = ResolveCurl([]string{
			"--tls-max", "1.2", "--cacert", "ca.pem", "--cert", "cert.pem", "--key", "key.pem", "https" + host[len("tcp"):],
		}, client)
	default:
		e = Endpoint{Host: host, Mode: ClientMutual, Roots: []Holds{CA}, Family: f}
	}
	return &listeners[0], e, err
}

// Reasons are the clauses with which the rule explains why programs refuse a flaw of one side, and why some accept it; "" where there is
// nothing to say.
func (m Material) Reasons() (refused, accepted string) {
	s, n, c := serverFlawOf(m.Server), serverNameOf(m.Server), clientFlawOf(m.Client)
	return cmp.Or(s.why, n.why, c.why), cmp.Or(s.but, n.but, c.but)
}
