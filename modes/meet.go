package modes

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// A Listener is one address on which a daemon listens, as far as it matters to a client.
type Listener struct {
	// Host is the address in the form of DOCKER_HOST: "unix:///run/docker.sock", "tcp://127.0.0.1:2376".
	Host string
	// Mode is Unix, TCP, TLS or TLSVerify.
	Mode Daemon
	// ClientCAs are the CAs whose certificates let a client in, in mode TLSVerify.
	ClientCAs []Holds
	// SystemPool says that ClientCAs are those of the system: the daemon then names none of them when it asks for a certificate.
	SystemPool bool
	// Names are the names and addresses that the daemon's certificate is for; nil means that it fits any.
	Names []string
}

// An Endpoint is what a client dials and how, after its flags, variables and files have been read.
type Endpoint struct {
	// Host is the address in the form of DOCKER_HOST.
	Host string
	// Mode is what the client presents and what it checks.
	Mode Client
	// Roots are the CAs that it trusts, in modes that check.
	Roots []Holds
	// Family decides how the TLS library behaves.
	Family Family

	note string // why this is not what one may expect, a clause
}

// Meet says what happens when a client dials a listener, and why, in a clause or two. A nil listener is an
// address where nothing listens. The material is that of the daemon and of the client.
func Meet(l *Listener, e Endpoint, m Material) (Outcome, string) {
	o, why := meet(l, e, m)
	if e.note != "" {
		why = e.note + "; " + why
	}
	return o, why
}

func meet(l *Listener, e Endpoint, m Material) (Outcome, string) {
	unix := strings.HasPrefix(e.Host, "unix://")
	switch {
	case l == nil && unix && e.Family != FamilyCurl:
		return NoSuchSocket, "the socket does not exist"
	case l == nil:
		return ConnectionRefused, "nothing listens there"
	}
	secure := l.Mode == TLS || l.Mode == TLSVerify
	switch {
	case e.Mode == ClientPlain && secure:
		return HTTPToHTTPS, "the client sends plain HTTP to a listener that expects TLS"
	case e.Mode == ClientPlain:
		return OK, "both speak plain HTTP"
	case !secure:
		return HTTPSToHTTP, "the client speaks TLS to a listener that speaks plain HTTP"
	}
	if e.Mode.Verifies() {
		if o, why := checkServer(l, e, m.Server); o != OK {
			return o, why
		}
	}
	if l.Mode == TLSVerify {
		if o, why := checkClient(l, e, m.Client); o != OK {
			return o, why
		}
	}
	return OK, accepted(l, e, m)
}

// accepted is the reason of a handshake in which nobody refused.
func accepted(l *Listener, e Endpoint, m Material) string {
	var client, daemon string
	switch {
	case !e.Mode.Verifies() && m.Server != "":
		client = "the client does not check the server's certificate and so does not see what is wrong with it"
	case !e.Mode.Verifies():
		client = "the client does not check the server's certificate"
	case m.Server == flawCommonNameOnly:
		client = "OpenSSL takes the common name of a certificate that has no subjectAltName"
	default:
		client = "the client trusts the server's certificate"
	}
	switch {
	case l.Mode == TLSVerify:
		daemon = "the daemon trusts the client's"
	case m.Client != "":
		daemon = "the daemon does not ask for the client's and so does not see what is wrong with it"
	default:
		daemon = "the daemon does not ask for the client's"
	}
	return client + "; " + daemon
}

// issuer is the CA that signed a certificate with the flaw; "" when it is none that anybody trusts.
func issuer(flaw string) Holds {
	switch flaw {
	case flawOtherCA:
		return OtherCA
	case flawOtherCASameName, flawSelfSigned:
		return Nothing
	}
	return CA
}

// checkServer is what the client does with the server's certificate. When several things are wrong,
// Go looks at the time, the name, the issuer and the usage in this order, OpenSSL at the issuer, the
// usage, the name and the time.
func checkServer(l *Listener, e Endpoint, flaw string) (Outcome, string) {
	type check func(*Listener, Endpoint, string) (Outcome, string)
	checks := []check{checkTime, checkName, checkIssuer, checkUsage}
	if e.Family == FamilyCurl {
		checks = []check{checkIssuer, checkUsage, checkName, checkTime}
	}
	for _, check := range checks {
		if o, why := check(l, e, flaw); o != OK {
			return o, why
		}
	}
	return OK, ""
}

func checkTime(_ *Listener, _ Endpoint, flaw string) (Outcome, string) {
	switch flaw {
	case flawExpired:
		return RejectsServerExpired, "the server's certificate has expired"
	case flawNotYetValid:
		return RejectsServerNotYetValid, "the server's certificate is not valid yet"
	}
	return OK, ""
}

func checkName(l *Listener, e Endpoint, flaw string) (Outcome, string) {
	name := hostname(e.Host)
	ip := net.ParseIP(name) != nil
	fits := flaw != flawOtherHost && (l.Names == nil || slices.Contains(l.Names, name))
	switch {
	case flaw == flawCommonNameOnly && e.Family == FamilyCurl && fits:
		return OK, ""
	case flaw == flawCommonNameOnly && e.Family != FamilyCurl && !ip:
		return RejectsServerLegacyCN, "Go does not accept a name that is only in the common name"
	case flaw == flawCommonNameOnly && e.Family != FamilyCurl:
		return RejectsServerHostname, "the server's certificate has no address in its subjectAltName"
	case !fits:
		return RejectsServerHostname, "the server's certificate is for another host"
	}
	return OK, ""
}

func checkIssuer(l *Listener, e Endpoint, flaw string) (Outcome, string) {
	if by := issuer(flaw); by != Nothing && slices.Contains(e.Roots, by) {
		return OK, ""
	}
	switch {
	case flaw == flawSelfSigned:
		return RejectsServerUnknownAuthority, "the server's certificate is self-signed and is not in the client's ca.pem"
	case flaw == flawOtherCASameName && e.Family == FamilyCurl:
		return RejectsServerWeakCrypto, "OpenSSL tries the CA of the same name and cannot read the signature with its key"
	case flaw == flawOtherCASameName:
		return RejectsServerUnknownAuthority, "the CA that signed the server's certificate has the name of the trusted one and another key"
	}
	return RejectsServerUnknownAuthority, "the client does not trust the CA that signed the server's certificate"
}

func checkUsage(_ *Listener, _ Endpoint, flaw string) (Outcome, string) {
	if flaw == flawWrongUsage {
		return RejectsServerEKU, "the server's certificate is for clients (extendedKeyUsage clientAuth)"
	}
	return OK, ""
}

// checkClient is what the daemon, a Go program, does with the client's certificate.
func checkClient(l *Listener, e Endpoint, flaw string) (Outcome, string) {
	if !e.Mode.Presents() {
		return RejectsNoClientCert, "the daemon demands a client certificate and the client has none"
	}
	// The name in the certificate's issuer field, which is all that a client compares.
	names := issuer(flaw)
	if flaw == flawOtherCASameName {
		names = CA
	}
	if e.Family != FamilyCurl && !l.SystemPool && !slices.Contains(l.ClientCAs, names) {
		return RejectsNoClientCert, "Go sends no certificate when its issuer is not among the CAs that the daemon names"
	}
	switch by := issuer(flaw); {
	case flaw == flawExpired:
		return RejectsClientCertExpired, "the client's certificate has expired"
	case flaw == flawNotYetValid:
		return RejectsClientCertNotYetValid, "the client's certificate is not valid yet"
	case flaw == flawOtherCASameName:
		return RejectsUnknownClientCA, "the CA that signed the client's certificate has the name of the trusted one and another key"
	case by == Nothing, !slices.Contains(l.ClientCAs, by):
		return RejectsUnknownClientCA, "the daemon does not trust the CA that signed the client's certificate"
	case flaw == flawWrongUsage:
		return RejectsClientCertEKU, "the client's certificate is for servers (extendedKeyUsage serverAuth)"
	}
	return OK, ""
}

// hostname returns the name or address in a DOCKER_HOST.
func hostname(host string) string {
	u, err := url.Parse(host)
	if err != nil {
		return host
	}
	return u.Hostname()
}
