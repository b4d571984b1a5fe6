package rule

import (
	"cmp"
	"errors"
	"net"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// Judge says what becomes of a client that presents and checks, in front of a daemon of mode tlsverify, when the
// material of either has a flaw. The client calls the daemon by a DNS name or an IP address for which its certificate
// is, but for a flaw of these. Curl speaks TLS 1.2.
func (f *Family) Judge(host string, server, client certgen.Flaw) outcome.Class {
	host = "tcp://" + host + ":2376"
	listeners, err := ResolveDockerd(Engine, []string{
		"--tlsverify", "--tlscacert=ca.pem", "--tlscert=server-cert.pem", "--tlskey=server-key.pem", "-H=" + host,
	}, nil, Machine{Files: ServerFiles(server)})
	var e Endpoint
	if err == nil {
		e, err = f.Resolve(Setting{
			Mode: TLS | Verifies | Presents, Host: host, CA: "ca.pem", Cert: "cert.pem", Key: "key.pem", Flaw: client,
		}, Machine{Files: ClientFiles(client)})
	}
	if r := (*Refusal)(nil); errors.As(err, &r) {
		return r.Outcome
	}
	e.TLS12 = e.TLS12 || f.Library == curlLib
	if serverNameOf(server).commonName && net.ParseIP(hostname(host)) != nil {
		listeners[0].Names = []string{"localhost"}
	}
	o, _ := Meet(&listeners[0], e, server, client)
	return o
}

// Reasons are the clauses with which the rule explains why programs refuse a flaw of one side, and why some accept it;
// "" where there is nothing to say.
func Reasons(server, client certgen.Flaw) (refused, accepted string) {
	s, n, c := serverFlawOf(server), serverNameOf(server), clientFlawOf(client)
	return cmp.Or(s.why, n.why, c.why), cmp.Or(s.but, n.but, c.but)
}
