package rule

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A Listener is one address on which a daemon listens, as far as it matters to a client.
type Listener struct {
	// Host is the address in the form of DOCKER_HOST: "unix:///run/docker.sock", "tcp://127.0.0.1:2376".
	Host string
	// Mode is Plain, TLS or TLS|Verifies.
	Mode Mode
	// SSH says that this is the account on a machine whose docker reaches a daemon.
	SSH bool
	// ClientCAs are the CAs whose certificates let a client in that is verified.
	ClientCAs []Holds
	// SystemPool says that ClientCAs are those of the system: the daemon then names none of them when it asks for a
	// certificate.
	SystemPool bool
	// OldGo says that a daemon that verifies clients is built with a Go before 1.22, as 20.10 is: it judges some
	// certificates otherwise.
	OldGo bool
	// Names are the names and addresses that the daemon's certificate is for; nil means that it fits any.
	Names []string
}

// An Endpoint is what a client dials and how, after its flags, variables and files have been read.
type Endpoint struct {
	// Host is the address in the form of DOCKER_HOST.
	Host string
	// Mode is what the client presents and what it checks.
	Mode Mode
	// Roots are the CAs that it trusts, in modes that check.
	Roots []Holds
	// Family decides how the TLS library behaves.
	Family *Family
	// TLS12 says that it speaks no version later than TLS 1.2.
	TLS12 bool

	note string // why this is not what one may expect, a clause
}

// Meet says what happens when a client dials a listener, and why, in a clause or two. A nil listener is an
// address where nothing listens. server and client are
// the flaws of their material.
func Meet(l *Listener, e Endpoint, server, client certgen.Flaw) (outcome.Class, string) {
	o, why := meet(l, e, server, client)
	if e.note != "" {
		why = e.note + "; " + why
	}
	return o, why
}

func meet(l *Listener, e Endpoint, server, client certgen.Flaw) (outcome.Class, string) {
	if e.Mode.presents() {
		if f := clientFlawOf(client); f.stops[e.Family.library()] != "" {
			return f.stops[e.Family.library()], f.why
		}
	}
	unix := strings.HasPrefix(e.Host, "unix://")
	switch {
	case overSSH(e.Host):
		return meetSSH(l)
	case l == nil && unix && e.Family.calls(outcome.NoSuchSocket) == outcome.NoSuchSocket:
		return outcome.NoSuchSocket, "the socket does not exist"
	case l == nil:
		return outcome.ConnectionRefused, "nothing listens there"
	}
	switch {
	case l.SSH && e.Mode == Plain:
		return outcome.ConnectionClosed, "the client sends plain HTTP to a listener that speaks ssh"
	case l.SSH:
		return outcome.HTTPSToHTTP, "the client speaks TLS to a listener that speaks ssh"
	case e.Mode == Plain && l.Mode != Plain:
		return outcome.HTTPToHTTPS, "the client sends plain HTTP to a listener that expects TLS"
	case e.Mode == Plain:
		return outcome.OK, "both speak plain HTTP"
	case l.Mode == Plain:
		return outcome.HTTPSToHTTP, "the client speaks TLS to a listener that speaks plain HTTP"
	}
	if o, why := checkServer(l, e, server); o != outcome.OK {
		return o, why
	}
	if l.Mode.verifies() {
		if o, why := checkClient(l, e, client); o != outcome.OK {
			return o, why
		}
	}
	return outcome.OK, accept(l, e, server, client)
}

// accept is the reason of a handshake in which nobody refused.
func accept(l *Listener, e Endpoint, serverFlaw, clientFlaw certgen.Flaw) string {
	client, daemon := "the client trusts the server's certificate", "the daemon does not ask for the client's"
	s, n := serverFlawOf(serverFlaw), serverNameOf(serverFlaw)
	switch {
	case !e.Mode.verifies() && s.checked == accepted && n.byName == accepted && n.byAddress == accepted && n.byIPv6 == accepted && serverFlaw != certgen.OtherCA:
		client = "the client does not check the server's certificate"
	case !e.Mode.verifies():
		client = "the client does not check the server's certificate and so does not see what is wrong with it"
	case s.but != "":
		client = s.but
	case n.but != "":
		client = n.but
	}
	c := l.judges(clientFlaw)
	switch {
	case l.Mode.verifies() && e.Mode.presents() && c.but != "":
		daemon = c.but
	case l.Mode.verifies() && slices.Contains(l.ClientCAs, ClientCert):
		daemon = "the daemon trusts the client's certificate itself"
	case l.Mode.verifies():
		daemon = "the daemon trusts the client's"
	case c.daemon != "":
		daemon += " and so does not see what is wrong with it"
	}
	return client + "; " + daemon
}

// checkServer is what the client does with the server's certificate. When several things are wrong, Go looks at the
// time, the name, the issuer and the usage in this order, OpenSSL at the issuer, the usage, the name and the time;
// Python and Node look at the name last.
func checkServer(l *Listener, e Endpoint, flaw certgen.Flaw) (outcome.Class, string) {
	lib := e.Family.library()
	f := serverFlawOf(flaw)
	if o := f.anyway[lib]; o != "" && !(f.tls13 && e.TLS12) {
		return o, f.why
	}
	if !e.Mode.verifies() {
		return outcome.OK, ""
	}
	order := []outcome.Class{
		outcome.RejectsServerOther, outcome.RejectsServerExpired, outcome.RejectsServerNotYetValid, outcome.RejectsServerHostname, outcome.RejectsServerLegacyCN,
		outcome.RejectsServerUnknownAuthority, outcome.RejectsServerWeakCrypto, outcome.RejectsServerEKU,
	}
	if !lib.isGo() {
		order = []outcome.Class{
			outcome.RejectsServerOther, outcome.RejectsServerUnknownAuthority, outcome.RejectsServerWeakCrypto, outcome.RejectsServerEKU,
			outcome.RejectsServerHostname, outcome.RejectsServerExpired, outcome.RejectsServerNotYetValid,
		}
	}
	if lib == pythonLib || lib == nodeLib {
		order = append(order, outcome.RejectsServerHostname)
		order = slices.Delete(order, 4, 5)
	}
	wrong := map[outcome.Class]string{f.checked[lib]: f.why}
	for _, check := range []func(*Listener, Endpoint, certgen.Flaw) (outcome.Class, string){checkName, checkIssuer} {
		if o, why := check(l, e, flaw); wrong[o] == "" {
			wrong[o] = why
		}
	}
	for _, o := range order {
		if why := wrong[o]; why != "" {
			return o, why
		}
	}
	return outcome.OK, ""
}

func checkName(l *Listener, e Endpoint, flaw certgen.Flaw) (outcome.Class, string) {
	name := hostname(e.Host)
	f := serverNameOf(flaw)
	lib := e.Family.library()
	o := f.byName[lib]
	if ip := net.ParseIP(name); ip != nil {
		o = f.byAddress[lib]
		if o == "" && ip.To4() == nil {
			o = f.byIPv6[lib]
		}
	}
	switch {
	case o != "":
		return o, f.why
	case l.Names != nil && !slices.Contains(l.Names, name):
		return outcome.RejectsServerHostname, "the server's certificate is for another host"
	}
	return outcome.OK, ""
}

func checkIssuer(_ *Listener, e Endpoint, flaw certgen.Flaw) (outcome.Class, string) {
	by := CA
	if flaw == certgen.OtherCA {
		by = OtherCA
	}
	lib := e.Family.library()
	switch {
	case slices.Contains(e.Roots, by):
		return outcome.OK, ""
	case slices.Contains(e.Roots, ServerCert) && (lib.isGo() || lib == curlLib):
		return outcome.OK, ""
	case slices.Contains(e.Roots, ServerCert):
		return outcome.RejectsServerUnknownAuthority, "the chain ends with the server's own certificate, which OpenSSL takes for no root by default"
	}
	return outcome.RejectsServerUnknownAuthority, "the client does not trust the CA that signed the server's certificate"
}

// checkClient is what the daemon, a Go program, does with the client's certificate.
func checkClient(l *Listener, e Endpoint, flaw certgen.Flaw) (outcome.Class, string) {
	if !e.Mode.presents() {
		return outcome.RejectsNoClientCert, "the daemon demands a client certificate and the client has none"
	}
	lib := e.Family.library()
	f := l.judges(flaw)
	if o := f.asked[lib]; o != "" && !(f.tls13 && e.TLS12) {
		return o, f.why
	}
	// The CA in the certificate's issuer field, which is all that a client compares.
	by := CA
	switch {
	case flaw == certgen.OtherCA:
		by = OtherCA
	case f.foreign:
		by = Nothing
	}
	if lib.isGo() && !l.SystemPool && !slices.Contains(l.ClientCAs, by) {
		return outcome.RejectsNoClientCert, "Go sends no certificate when its issuer is not among the CAs that the daemon names"
	}
	switch {
	case slices.Contains(l.ClientCAs, ClientCert):
		return outcome.OK, ""
	case flaw == certgen.OtherCA && slices.Contains(l.ClientCAs, OtherCA):
		return outcome.OK, ""
	case f.daemon != "":
		return f.daemon, f.why
	case by != Nothing && !slices.Contains(l.ClientCAs, by):
		return outcome.RejectsUnknownClientCA, "the daemon does not trust the CA that signed the client's certificate"
	}
	return outcome.OK, ""
}

// judges is what becomes of a flaw of the client in front of a daemon.
func (l *Listener) judges(flaw certgen.Flaw) clientFlaw {
	f := clientFlawOf(flaw)
	if old, ok := oldGo[flaw]; ok && l.OldGo {
		f.asked, f.daemon, f.why, f.but = accepted, old.daemon, old.why, old.but
	}
	return f
}

// hostname returns the name or address in a DOCKER_HOST.
func hostname(host string) string {
	u, err := url.Parse(host)
	if err != nil {
		return host
	}
	return u.Hostname()
}
