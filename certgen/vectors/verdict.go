package vectors

import (
	"cmp"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A Verdict is what programs say of the material of one side, as measured with Go 1.26, docker CLI 28.2, OpenSSL 3.0 and
// curl 7.88. Its zero value is that they all take it. Texts have {dir}, {ca} (the common name of a CA), {now}, {notBefore} and
// {notAfter} in the place of what is another each time.
type Verdict struct {
	// Load is what a Go program says that reads the side's own files: dockerd, which does not start,
	// or a client of docker/docker/client, which does not dial. With a flaw of a file nobody else
	// sees anything; with any other, the rest is about a program that sends it all the same.
	Load string `json:"load,omitempty"`
	// Go is the error of the other side's handshake with crypto/tls. Of a client's certificate it
	// is the daemon's, for one that is sent whatever the daemon asks for.
	Go string `json:"go,omitempty"`
	// Docker is what the docker CLI says, for its own side with TLS 1.3. A Go client, as it is,
	// keeps a certificate to itself of which the daemon does not ask for the issuer; it then
	// says "certificate required". Where the daemon refuses it with TLS 1.3 it is now and then
	// that the connection is reset.
	Docker string `json:"docker,omitempty"`
	// OpenSSL is the error of the other side's verification with OpenSSL (X509_V_ERR_...), as
	// printed by openssl s_client and s_server without -partial_chain; OtherError when the
	// handshake fails with none. It is 0 as well for the files of the daemon and where only Load says
	// something: see Curl.
	OpenSSL int `json:"openssl,omitempty"`
	// Curl is the exit code of curl as the client, over TLS 1.2, where it does not depend on chance.
	Curl int `json:"curl,omitempty"`
}

// OtherError is a handshake with OpenSSL that fails, and not because a certificate is refused.
const OtherError = -1

// Accepted reports whether Go, the docker CLI and curl take the material. OpenSSL's own programs
// trust no anchor but a root without -partial_chain, which curl and every Go program do.
func (v Verdict) Accepted() bool {
	return v.Load == "" && v.Go == "" && v.Docker == "" && v.Curl == 0
}

// usual are the cause in Go and the error of OpenSSL of an outcome.
var usual = map[outcome.Class]struct {
	cause   string
	openSSL int
}{
	outcome.RejectsServerExpired:          {hasEnded, 10},
	outcome.RejectsServerNotYetValid:      {notBegun, 9},
	outcome.RejectsServerUnknownAuthority: {unknownCA, 20},
	outcome.RejectsServerEKU:              {wrongUsage, 26},
	outcome.RejectsServerLegacyCN:         {"x509: certificate relies on legacy Common Name field, use SANs instead", 0},
	outcome.RejectsServerHostname:         {noNames, 62},
	outcome.RejectsServerOther:            {unhandled, 34},
	outcome.RejectsServerWeakCrypto:       {"", 66},
	outcome.TLSHandshakeFailure:           {"", OtherError},

	outcome.RejectsClientCertExpired:     {hasEnded, 10},
	outcome.RejectsClientCertNotYetValid: {notBegun, 9},
	outcome.RejectsUnknownClientCA:       {unknownCA, 20},
	outcome.RejectsClientCertEKU:         {wrongUsage, 26},
	outcome.RejectsClientCertOther:       {unhandled, 34},
}

// alerts are those with which a daemon refuses a client with TLS 1.3.
var alerts = map[outcome.Class]string{
	outcome.RejectsNoClientCert:          "certificate required",
	outcome.RejectsUnknownClientCA:       "unknown certificate authority",
	outcome.RejectsClientCertExpired:     "expired certificate",
	outcome.RejectsClientCertNotYetValid: "expired certificate",
	outcome.RejectsClientCertEKU:         "bad certificate",
	outcome.RejectsClientCertOther:       "bad certificate",
	outcome.TLSHandshakeFailure:          "handshake failure",
}

const alerted = "remote error: tls: "

// ofServer is the verdict on a server that is called by a name or an address.
func ofServer(f certgen.FlawInfo, host string) (v Verdict) {
	judge := func(family string) outcome.Class { return rule.ByName(family).Judge(host, f.Flaw, certgen.Good) }
	t, byAddress := told[f.Flaw], host == address
	stops := judge("go") == outcome.DaemonRefusesToStart
	v.Load = t.dockerd(f, stops)
	if stops {
		return v
	}
	v.Go, v.Docker = t.ofServer(judge("go"), byAddress), t.ofServer(judge("docker"), byAddress)
	curl := judge("curl")
	v.OpenSSL = usual[curl].openSSL
	if curl == outcome.RejectsServerHostname && byAddress {
		v.OpenSSL = 64 // 62 of an IP address
	}
	if curl.RefusesClient() {
		v.OpenSSL = OtherError
	}
	v.OpenSSL = t.openSSL.or(v.OpenSSL)
	if !byAddress {
		v.OpenSSL = t.byName.or(v.OpenSSL)
	}
	switch {
	case curl == outcome.OK:
	case t.curl != 0:
		v.Curl = t.curl
	case v.OpenSSL == 7 || v.OpenSSL == OtherError: // the handshake breaks off
		v.Curl = 35
	default:
		v.Curl = 60
	}
	return v
}

// ofClient is the verdict on a client, which calls the daemon by its address.
func ofClient(f certgen.FlawInfo) (v Verdict) {
	judge := func(family string) outcome.Class { return rule.ByName(family).Judge(address, certgen.Good, f.Flaw) }
	t, docker, curl := told[f.Flaw], judge("docker"), judge("curl")
	if judge("go-client").StopsFirst() {
		v.Load = t.client(fileOf(f.Flaw, asRead...))
	}
	// With curl the daemon gets a certificate that Go keeps to itself.
	daemon := curl
	if !curl.RefusesClient() {
		daemon = docker
	}
	v.Go, v.OpenSSL = t.ofClient(daemon), t.openSSL.or(usual[daemon].openSSL)
	switch {
	case docker.StopsFirst():
		v.Docker = t.cli(fileOf(f.Flaw, asRead...))
	case docker.RefusesServer():
		v.Docker, v.Go, v.OpenSSL = t.ofServer(docker, true), alerted+"bad certificate", 0
	case docker == outcome.RejectsClientCertOther && t.unread != "":
		v.Docker = alerted + "error decoding message"
	case docker != outcome.OK:
		v.Docker = alerted + alerts[docker]
	}
	switch {
	case curl == outcome.OK:
	case curl.StopsFirst() && fileOf(f.Flaw, "cert.pem", "key.pem", "ca.pem") == "ca.pem":
		v.Curl = 77
	case curl.StopsFirst():
		v.Curl = 58
	case curl.RefusesServer(), curl == outcome.RejectsClientCertExpired, curl == outcome.RejectsClientCertNotYetValid:
		v.Curl = 60
	default:
		v.Curl = 35
	}
	return v
}

// ofServer is what a Go client says with an outcome.
func (t tell) ofServer(o outcome.Class, byAddress bool) string {
	switch {
	case o == outcome.OK:
		return ""
	case o == outcome.TLSHandshakeFailure || o.RefusesClient():
		return alerted + alerts[o]
	case t.text != "":
		return strings.ReplaceAll(t.text, "{side}", "server")
	case t.unread != "":
		return "tls: failed to parse certificate from server: " + t.unread
	case o == outcome.RejectsServerHostname && byAddress:
		return notVerified + cmp.Or(t.byAddress, noIPSANs)
	}
	return notVerified + cmp.Or(t.cause, usual[o].cause)
}

// ofClient is what the daemon says.
func (t tell) ofClient(o outcome.Class) string {
	switch {
	case t.text != "":
		return strings.ReplaceAll(t.text, "{side}", "client")
	case t.unread != "":
		return "tls: failed to parse client certificate: " + t.unread
	case !o.RefusesClient() || o == outcome.RejectsNoClientCert:
		return ""
	}
	return notVerified + cmp.Or(t.cause, usual[o].cause)
}

// dockerd is what dockerd says of its files, client what docker/docker/client says of a client's, and cli the docker CLI.
func (t tell) dockerd(f certgen.FlawInfo, stops bool) string {
	file, cause := fileOf(f.Flaw, asRead...), t.load
	if f.Kind == certgen.KindCertificate {
		cause = cmp.Or(cause, t.unread)
	}
	switch {
	case stops && file == "ca.pem":
		return in("daemon-ca.pem", ofCA(cause))
	case cause == "":
		return ""
	case cause == noFile:
		return in("server-"+file, noPairFile+cause)
	}
	return in("server-"+file, noPair+cause)
}

func (t tell) client(file string) string {
	if file == "ca.pem" {
		return in(file, ofCA(t.load))
	}
	return in(file, noClientPair+cmp.Or(t.ofKey, t.load, t.unread))
}

func (t tell) cli(file string) string {
	switch {
	case t.load == noFile || t.load == isFolder:
		return in(file, "unable to resolve docker endpoint: "+t.load)
	case file == "ca.pem":
		return contextTLS + "ca.pem seems invalid"
	case t.ofKey != "":
		return cmp.Or(t.cliOfKey, t.ofKey)
	}
	return contextTLS + cmp.Or(t.load, t.unread)
}

// ofCA is what Go programs say of a file of CAs, with no cause when they find none in it.
func ofCA(cause string) string {
	if cause == "" {
		return `failed to append certificates from PEM file: "{file}"`
	}
	return `could not read CA certificate "{file}": ` + cause
}

func in(file, text string) string { return strings.ReplaceAll(text, "{file}", "{dir}/"+file) }

// asRead are the files of a client in the order in which Go programs read them.
var asRead = []string{"ca.pem", "cert.pem", "key.pem"}

// fileOf is the first file that a flaw is in, "" for none.
func fileOf(f certgen.Flaw, names ...string) string {
	good, files := rule.ClientFiles(certgen.Good), rule.ClientFiles(f)
	for _, name := range names {
		if h, ok := files[name]; !ok || h != good[name] {
			return name
		}
	}
	return ""
}
