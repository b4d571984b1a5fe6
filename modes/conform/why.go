package conform

import (
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// why says in one sentence what the client was given, what it did and what was expected of it.
func (t *trial) why(d Did) string {
	return situation(t.entry) + ": " + t.client + " " + t.did(d) + "; " + t.expected(d) + "."
}

// situation is what a user has set, in the words of the environment.
func situation(e modes.Entry) string {
	var text string
	switch e.Source {
	case modes.Flags:
		text = "flags for client mode " + string(e.Client)
	case modes.Context:
		text = "a context of client mode " + string(e.Client)
	default:
		text = variables(e)
	}
	text += wayOf(e.Daemon).said
	if flaw := string(e.Material.Server); flaw != "" {
		text += ", a server certificate of flaw " + flaw
	}
	flaw := string(e.Material.Client)
	switch info, _ := e.Material.Client.Info(); {
	case flaw == "":
	case info.Kind == certgen.KindFile:
		text += ", client files of flaw " + flaw
	default:
		text += ", a client certificate of flaw " + flaw
	}
	return text
}

// variables names the variables of an entry that count, and what is odd about the files that they lead to.
func variables(e modes.Entry) string {
	const certs, config, system = "certs", "config", "system/ca.pem"
	p := modes.Paths{Host: "127.0.0.1:2376", Socket: "/run/docker.sock", CertDir: certs, ConfigDir: config, SystemCA: system}
	var set []string
	var withCerts, missing bool
	for _, v := range e.Env(p) {
		name, value, _ := strings.Cut(v, "=")
		switch {
		case name == "DOCKER_HOST" && value == e.ClientHost(p):
		case name == "DOCKER_CERT_PATH":
			withCerts, missing = true, value != certs
		case name == "DOCKER_CONFIG":
			set = append(set, name)
		case name == "SSL_CERT_FILE":
			set = append(set, name+" (the CA of the server)")
		default:
			set = append(set, v)
		}
	}
	text := strings.Join(set, " and ")
	switch {
	case withCerts && text == "":
		text = "DOCKER_CERT_PATH alone"
	case withCerts:
		text += " with DOCKER_CERT_PATH"
	case text == "":
		return "nothing but DOCKER_HOST"
	default:
		text += " without DOCKER_CERT_PATH"
	}
	if missing {
		return text + " (a folder that does not exist)"
	}
	if odd := oddFiles(e); odd != "" {
		text += " (" + odd + ")"
	}
	return text
}

// oddFiles says what is not as it is with a client that presents a certificate and verifies.
func oddFiles(e modes.Entry) string {
	files := e.Layout()
	if len(files) == 0 {
		return "no files"
	}
	var odd []string
	for _, want := range []struct {
		name  string
		holds modes.Holds
	}{{"ca.pem", modes.CA}, {"cert.pem", modes.CertFile}, {"key.pem", modes.KeyFile}} {
		i := slices.IndexFunc(files, func(f modes.File) bool { return f.Name == want.name })
		switch {
		case i < 0:
			odd = append(odd, "no "+want.name)
		case files[i].Holds == modes.OtherCA:
			odd = append(odd, "the ca.pem of another CA")
		case files[i].Holds == modes.OtherKey:
			odd = append(odd, "the key.pem of another certificate")
		}
	}
	return strings.Join(odd, ", ")
}

// did is what the client did, as a sentence has it.
func (t *trial) did(d Did) string {
	switch d {
	case SentPlaintext:
		return "spoke plaintext"
	case AcceptedServer:
		if !t.seen().tls && t.impostor.accepted() {
			return "accepted an impostor with that certificate"
		}
		return "accepted the server"
	case AcceptedAnybody:
		return "verified nothing and spoke to a stranger"
	case LetIn:
		return "was let in by the daemon"
	case Answered:
		return t.answered()
	case NeverDialled:
		if t.got == Unclassified {
			return "fails and dials nobody"
		}
	case WentOn:
		return "goes on and " + clause(t.got)
	}
	if t.same(t.want, t.got, t.first) {
		return "in front of a plain daemon " + clause(t.gotPlain)
	}
	return clause(t.got)
}

// answered is how a client got an answer where it had to get none.
func (t *trial) answered() string {
	switch answers := wayOf(t.entry.Daemon).answers; {
	case t.want.RefusesClient():
		return "sent a certificate that the daemon accepts"
	case answers != "":
		return "got an answer " + answers
	}
	return "spoke TLS"
}

// expected is what the client of the reference does.
func (t *trial) expected(d Did) string {
	who := "the docker CLI"
	if t.family != Unknown {
		who = "a client of family " + string(t.family)
	}
	want := t.wanted()
	switch {
	case want.plain && t.wantPlain != "":
		return who + " speaks plaintext"
	case d != AcceptedServer && t.same(t.want, t.got, t.first) && !t.seen().plain:
		return who + " " + clause(t.wantPlain)
	case want.tls:
		return who + " " + uses(t.entry)
	}
	return who + " " + clause(t.want)
}

// uses is where a client that gets its answer has its files from.
func uses(e modes.Entry) string {
	if answers := wayOf(e.Daemon).answers; answers != "" {
		return "gets an answer " + answers
	}
	files := e.Layout()
	if len(files) == 0 || e.Client == modes.ClientPlain {
		return "gets an answer"
	}
	text := map[modes.Dir]string{
		modes.HomeDir: "uses ~/.docker", modes.CertsDir: "uses the files of DOCKER_CERT_PATH", modes.ConfigDir: "uses the files of DOCKER_CONFIG",
	}[files[0].Dir]
	if !e.Client.Verifies() {
		text += " and does not verify the server"
	}
	return text
}

// clauses say what a client does that has an outcome; the client is the subject.
var clauses = map[outcome.Class]string{
	outcome.OK:                            "gets an answer",
	outcome.ConfigMissingFile:             "stops, because a file that it needs does not exist",
	outcome.ConfigBadMaterial:             "stops, because a file holds no usable certificate or key",
	outcome.ConfigKeyMismatch:             "stops, because the key is not that of the certificate",
	outcome.ConfigEncryptedKey:            "stops, because the key is encrypted",
	outcome.ConfigWeakCrypto:              "stops, because its own certificate is too weak",
	outcome.ConfigUsage:                   "stops, because it does not accept what it is told",
	outcome.ConfigAtContextCreate:         "stops when the context is created",
	outcome.TLSOverUnixFails:              "takes the path of the socket for a host name",
	outcome.ClientCrash:                   "crashes",
	outcome.RejectsServerUnknownAuthority: "refuses the server, whose certificate no CA that it trusts has signed",
	outcome.RejectsServerHostname:         "refuses the server, whose certificate is for another host",
	outcome.RejectsServerLegacyCN:         "refuses the server, whose certificate has its name only in the common name",
	outcome.RejectsServerExpired:          "refuses the server, whose certificate has expired",
	outcome.RejectsServerNotYetValid:      "refuses the server, whose certificate is not valid yet",
	outcome.RejectsServerEKU:              "refuses the server, whose certificate is not for servers",
	outcome.RejectsServerWeakCrypto:       "refuses the server, whose certificate is too weak",
	outcome.RejectsServerOther:            "refuses the server, whose certificate it cannot read or whose certificate breaks a rule",
	outcome.RejectsNoClientCert:           "sends no certificate and is refused by the daemon",
	outcome.RejectsUnknownClientCA:        "sends a certificate of another CA and is refused by the daemon",
	outcome.RejectsClientCertExpired:      "sends an expired certificate and is refused by the daemon",
	outcome.RejectsClientCertNotYetValid:  "sends a certificate that is not valid yet and is refused by the daemon",
	outcome.RejectsClientCertEKU:          "sends a certificate that is not for clients and is refused by the daemon",
	outcome.RejectsClientCertOther:        "sends a certificate that the daemon refuses",
	outcome.HTTPToHTTPS:                   "speaks plaintext",
	outcome.HTTPSToHTTP:                   "speaks TLS and gets no answer in TLS",
	outcome.TLSHandshakeFailure:           "and the daemon agree on no TLS parameters",
	outcome.ConnectionRefused:             "finds nobody at the address that it dials",
	outcome.NoSuchSocket:                  "finds no socket at the path that it dials",
	outcome.ConnectionClosed:              "loses its connection without an answer",
	outcome.SSHCommandFailed:              "runs an ssh that fails",
	outcome.APIVersionMismatch:            "asks for an API version that the daemon does not have",
	outcome.DaemonRefusesToStart:          "has no daemon",
	TimedOut:                              "does not end in time",
	NotRun:                                "cannot be run",
	NoRequest:                             "reports success, and the daemon saw no request",
	FailsAfterAnswer:                      "gets an answer and reports a failure",
	Unclassified:                          "fails without an answer",
}

func clause(o outcome.Class) string {
	if c := clauses[o]; c != "" {
		return c
	}
	return "does what is called " + string(o)
}
