package conform

import (
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// causeRows is the table of causes, by what was done: the first row that fits. Its cures speak to the author of the
// client, those of package modes to its user.
var causeRows = []causeRow{
	{
		did: AcceptedServer, is: in(oddValue), part: true,
		what: "did not verify the server where DOCKER_TLS_VERIFY is 0 or false",
		cure: "Take any value of DOCKER_TLS_VERIFY that is not empty for yes: 0 and false ask for verification too.",
	},
	{
		did: AcceptedServer, is: unsigned, whole: anywhere, list: wrongs,
		what: "accepted a server certificate that %s",
		cure: "Verify the daemon's certificate by ca.pem and the host that is dialled: in Go RootCAs, no InsecureSkipVerify; in Python " +
			"create_default_context(cafile=...); in Node ca; in curl --cacert, no -k.",
	},
	{
		did: AcceptedServer, is: flawed(certgen.WrongHostname, certgen.NoIPv6SAN, certgen.DNSSANOnly, certgen.CACertAsServerCert), part: true,
		what: "accepted a server certificate that is for another host",
		cure: "Compare the name or address that is dialled with the certificate: ServerName in Go, check_hostname in Python, no " +
			"checkServerIdentity of your own in Node.",
	},
	{
		did: AcceptedServer, is: flawed(certgen.CNOnly, certgen.SANEmpty, certgen.SANURIOnly), part: true,
		what: "took the common name of a server certificate for its host",
		cure: "Look at subjectAltName alone (Python: hostname_checks_common_name = False). curl does as your client does: you may " +
			"accept it with --baseline.",
	},
	{
		did: AcceptedServer, is: flawed(certgen.Expired, certgen.NotYetValid, certgen.ExpiredIntermediate, certgen.ExpiredRoot, certgen.NotYetValidRoot, certgen.DatesReversed), part: true,
		what: "accepted a server certificate of which the time is over or has not begun",
		cure: "Leave the TLS library's check of dates on, for the CAs too; let no verify callback pass over it.",
	},
	{
		did: AcceptedServer, is: flawed(certgen.WrongUsage), part: true,
		what: "accepted a server certificate that is for clients",
		cure: "Leave the check of extendedKeyUsage on: in Go's VerifyOptions KeyUsages is ExtKeyUsageServerAuth, in OpenSSL the purpose " +
			"is sslserver.",
	},
	{
		did: AcceptedServer, part: true, list: flaws,
		what: "accepted odd server certificates that must be refused (%s)",
		cure: "TLS libraries differ here: ask yours to be strict (Python: VERIFY_X509_STRICT; OpenSSL: security level 2), or accept it " +
			"with --baseline.",
	},
	{
		did: AcceptedAnybody, is: withoutCA, part: true,
		what: "verified nobody where ca.pem is missing or holds no CA",
		cure: "Stop with an error that names ca.pem when it is missing, unreadable or empty. Never go on unverified.",
	},
	{
		did: AcceptedAnybody, whole: anywhere,
		what: "spoke to a stranger where its own files had to stop it",
		cure: "Stop with an error that names the file when ca.pem, cert.pem or key.pem is missing or unusable, and verify the server in any case.",
	},
	{
		did: SentPlaintext, is: in(byAddress), part: true,
		what: "sent plaintext, although TLS was asked for, to a DOCKER_HOST that is written otherwise",
		cure: "Let DOCKER_TLS_VERIFY and DOCKER_TLS win over the scheme and port of DOCKER_HOST, or refuse such a DOCKER_HOST.",
	},
	{
		did: SentPlaintext, is: in(oddValue), part: true,
		what: "sent plaintext where DOCKER_TLS_VERIFY is 0, false or true",
		cure: "Take any value of DOCKER_TLS_VERIFY that is not empty for yes, 0 and false too.",
	},
	{
		did: SentPlaintext, is: in(fromHome, fromConfig), part: true,
		what: "sent plaintext where TLS was asked for without DOCKER_CERT_PATH",
		cure: "Let DOCKER_TLS_VERIFY alone turn TLS on, with the files of ~/.docker or DOCKER_CONFIG when DOCKER_CERT_PATH is not set.",
	},
	{
		did: SentPlaintext, is: in(dockerTLS), part: true,
		what: "sent plaintext although DOCKER_TLS=1 asks for TLS",
		cure: "Heed DOCKER_TLS: TLS with the client's certificate, the server unverified. Or stop when it is set: anything but plaintext.",
	},
	{
		did: SentPlaintext, is: in(onlyPath), part: true,
		what: "sent plaintext where DOCKER_CERT_PATH alone was set",
		cure: "Speak TLS, or say that DOCKER_CERT_PATH does nothing without DOCKER_TLS_VERIFY.",
	},
	{
		did: SentPlaintext, whole: asUsual,
		what: "sent a request in plaintext although TLS was asked for",
		cure: "Speak TLS or fail when DOCKER_TLS_VERIFY, DOCKER_TLS or flags ask for it: no http:// before, after or instead of it, " +
			"whatever goes wrong.",
	},
	{
		did:  LetIn,
		what: "was let in by a daemon that had to refuse it",
		cure: "If the daemon is yours, it verifies nobody: in Go set ClientCAs (not RootCAs) and ClientAuth = " +
			"RequireAndVerifyClientCert.",
	},
	{
		did: Answered, is: func(d Deviation) bool { return d.Want.RefusesClient() },
		what: "was let in with a certificate that it was not expected to send",
		cure: "Safe: the daemon trusts that certificate. The docker CLI does not send it. Nothing is to be mended: accept it with --baseline.",
	},
	{
		is:   and(did(Answered, RefusedOtherwise), wants(outcome.HTTPToHTTPS)),
		what: "spoke TLS where plaintext was expected",
		cure: "Safe, and stricter: to the docker CLI DOCKER_CERT_PATH alone means nothing. Accept it with --baseline.",
	},
	{
		did: Answered, is: in(bySocket),
		what: "got its answer from a unix socket with TLS settings that had to stop it",
		cure: "Safe: a socket needs no TLS. Accept it with --baseline.",
	},
	{
		did: Answered, is: wants(outcome.ConfigUsage),
		what: "took a DOCKER_HOST that had to be refused",
		cure: "Safe here. Refuse what is not tcp://, unix:// or ssh://, so that nobody takes http:// for plaintext, or accept it with --baseline.",
	},
	{
		is: did(Answered, WentOn), list: flaws,
		what: "went on where files of its own had to stop it (%s)",
		cure: "Safe here, but silent: stop with an error that names the file that is missing or unreadable; the daemon's refusal says nothing of it.",
	},
	{
		did: SentNoCert, is: in(fromHome, fromConfig), part: true,
		what: "sent no certificate where the files are not in DOCKER_CERT_PATH",
		cure: "Look for cert.pem and key.pem in the folder of DOCKER_CONFIG, or ~/.docker, when DOCKER_CERT_PATH is not set.",
	},
	{
		did: SentNoCert, is: toldBy(dockerTLS), part: true,
		what: "sent no certificate with DOCKER_TLS=1",
		cure: "With DOCKER_TLS too, present cert.pem and key.pem: those of DOCKER_CERT_PATH, DOCKER_CONFIG or ~/.docker.",
	},
	{
		did: SentNoCert, is: in(oddFile), part: true, list: flaws,
		what: "sent no certificate where its own is odd (%s)",
		cure: "Present what the files hold, and let the daemon judge it; where they cannot be read, stop with an error.",
	},
	{
		did: SentNoCert, whole: asUsual,
		what: "sent no certificate to a daemon that asks for one",
		cure: "Present cert.pem and key.pem: in Go Certificates, in Python load_cert_chain, in Node cert and key, in curl --cert and --key.",
	},
	{
		did:  AskedNobody,
		what: "reported success and asked no daemon",
		cure: "End with an error when there is no answer; ask the daemon each time, no cache and no daemon of its own.",
	},
	{
		did:  DidNotEnd,
		what: "did not end in time",
		cure: "Give the connection, the handshake and the answer a limit of time each, shorter than --timeout.",
	},
	{
		did:  DidNotRun,
		what: "could not be run",
		cure: "Name the program by its full path. It runs with a HOME of its own and the variables of the entry. -v shows what the " +
			"system said.",
	},
	{
		did:  Crashed,
		what: "crashed",
		cure: "Report the error and end with a code that is not 0. -v shows what it said.",
	},
	{
		did: FailedWithAnswer, is: met(outcome.APIVersionMismatch),
		what: "asked for an API version that the daemon does not have",
		cure: cureOf(outcome.APIVersionMismatch),
	},
	{
		did:  FailedWithAnswer,
		what: "reported a failure although the daemon answered",
		cure: "End with 0 after an answer: let the command ask for what an empty daemon has, such as its version or a list of containers.",
	},
	{
		is: and(did(NoAnswer, NeverDialled, RefusedOtherwise), alone), what: "stopped where it has no certificate of its own to send",
		cure: "Do not ask for cert.pem and key.pem: ca.pem alone verifies the server, and the daemon says whether it wants a certificate.",
	},
	{
		is:   and(did(NoAnswer, NeverDialled, RefusedOtherwise), verdict(Differs)),
		what: "failed as it had to, but for another reason than expected",
		cure: "Safe. -v shows what it said. If that helps its users, accept it with --baseline.",
	},
	{ // of a report that was made by hand
		is:   func(d Deviation) bool { return d.Verdict != Broken },
		what: "did not do what was expected",
		cure: "-v shows what the client said and what the daemon saw. Mend it, or accept it with --baseline.",
	},

	// What is left has no answer where there had to be one: NoAnswer, NeverDialled and what no row is about.
	{
		is: in(bySocket), part: true,
		what: "got no answer from a unix socket",
		cure: "Dial the path behind unix:// and speak plain HTTP there, whatever the TLS variables say.",
	},
	{
		is:   in(overSSH),
		what: "got no answer over ssh",
		cure: "Run `ssh USER@HOST docker system dial-stdio` and speak HTTP with it, or leave --ssh out.",
	},
	{
		is: in(byAddress), part: true,
		what: "got no answer from a DOCKER_HOST that is written otherwise",
		cure: "Read DOCKER_HOST as the docker CLI does: without a protocol it is tcp://, without a name localhost, without a port 2375; a " +
			"slash behind it does not count.",
	},
	{
		is: in(plainly), part: true,
		what: "got no answer where no TLS is asked for",
		cure: "Speak plain HTTP when nothing asks for TLS. If it refuses on purpose, accept that with --baseline.",
	},
	{
		is:   wants(outcome.HTTPToHTTPS, outcome.HTTPSToHTTP),
		what: "did not speak as it was told: TLS where it is asked for, else plain HTTP",
		cure: "DOCKER_TLS_VERIFY and DOCKER_TLS turn TLS on, DOCKER_CERT_PATH alone does not. If it is stricter on purpose, accept that " +
			"with --baseline.",
	},
	{
		is: met(outcome.TLSHandshakeFailure), what: "found no TLS version, cipher suite or signature in common with the daemon",
		cure: cureOf(outcome.TLSHandshakeFailure),
	},
	{
		is: flawed(), part: true, list: flaws,
		what: "refused odd server certificates that must be accepted (%s)",
		cure: "Safe. TLS libraries differ here: accept it with --baseline, unless your users have such certificates.",
	},
	{
		is: in(oddFile), part: true, list: flaws,
		what: "did not use odd files of its own that must work (%s)",
		cure: "Read every PEM block of a file, pass over text and blanks around it, and send the whole chain.",
	},
	{
		is:   metAny(outcome.Class.RefusesServer),
		what: "refused a good server",
		cure: "Trust the CA in ca.pem of the folder that is named, compare the host that is dialled, and verify nothing where only TLS is asked for.",
	},
	{
		is:   metAny(outcome.Class.RefusesClient),
		what: "sent a certificate that the daemon refuses",
		cure: "Present cert.pem and key.pem of the folder that is named, and no other.",
	},
	{
		is: in(fromHome, fromConfig), part: true,
		what: "got no answer where the files are not in DOCKER_CERT_PATH",
		cure: "Look for the files in the folder of DOCKER_CONFIG, or ~/.docker, when DOCKER_CERT_PATH is not set.",
	},
	{
		is: in(dockerTLS), part: true,
		what: "got no answer with DOCKER_TLS=1",
		cure: "Heed DOCKER_TLS: TLS with the client's certificate, the server unverified. If it stops on purpose, accept that with --baseline.",
	},
	{
		is: in(oddValue), part: true,
		what: "got no answer where DOCKER_TLS_VERIFY is 0, false or true",
		cure: "Take any value of DOCKER_TLS_VERIFY that is not empty for yes, 0 and false too.",
	},
	{
		is: metAny(outcome.Class.StopsFirst), what: "stopped for its settings before it connected",
		cure: "Read ca.pem, cert.pem and key.pem where the entry has them, and ask for no file that the client mode does not need.",
	},
	{
		whole: asUsual,
		what:  "got no answer from a daemon that is in order",
		cure:  "Begin with this entry. Run it again with -v: that shows what the client said and what the daemon saw.",
	},
}

func cureOf(o outcome.Class) string {
	_, cure := o.Remedy()
	return cure
}

// alone says that the client was told of no certificate of its own, and stopped with its settings.
func alone(d Deviation) bool {
	e := entryByID()[d.ID]
	return (e.Client == modes.ClientTLS || e.Client == modes.ClientTLSVerify) && e.Material.Client == "" && d.Outcome.StopsFirst()
}

// withoutCA says that the client had no CA in its ca.pem, or none that all libraries find.
func withoutCA(d Deviation) bool {
	e, flaw := entryByID()[d.ID], entryByID()[d.ID].Material.Client
	if flaw != "" {
		return strings.HasPrefix(string(flaw), "ca-") || flaw == certgen.AllMissing
	}
	files := e.Layout()
	return files != nil && !slices.ContainsFunc(files, func(f modes.File) bool { return f.Holds == modes.CA })
}

// unsigned says that the server had a certificate of nobody whom the client trusts.
func unsigned(d Deviation) bool {
	if d.Want != outcome.RejectsServerUnknownAuthority {
		return false
	}
	e, known := entryByID()[d.ID]
	return !known || e.Material.Server == "" ||
		flawed(certgen.OtherCA, certgen.OtherCASameSubject, certgen.SelfSigned, certgen.IssuerMismatch, certgen.FlippedSignature, certgen.ChangedTBS)(d)
}
