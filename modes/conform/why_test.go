package conform

import (
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

func TestEveryOutcomeHasAClause(t *testing.T) {
	t.Parallel()
	for _, o := range append(outcome.All(), TimedOut, NotRun, NoRequest, FailsAfterAnswer, Unclassified) {
		if clauses[o] == "" {
			t.Errorf("outcome %s has no clause", o)
		}
	}
}

// A deviation is told in the words of the environment.
func TestWhy(t *testing.T) {
	t.Parallel()
	entries := map[string]modes.Entry{}
	for _, e := range Entries() {
		entries[e.ID] = e
	}
	answered := Result{Requests: fakedaemon.Requests{{}}}
	for _, test := range []struct {
		id         string
		got, plain outcome.Class
		verdict    Verdict
		want       string
		impostor   Result
	}{{
		"env/verify1-home", outcome.HTTPToHTTPS, outcome.OK, Insecure,
		"DOCKER_TLS_VERIFY=1 without DOCKER_CERT_PATH: mytool spoke plaintext; the docker CLI uses ~/.docker.",
		Result{},
	}, {
		"env/certpath-only", outcome.OK, outcome.HTTPSToHTTP, Differs,
		"DOCKER_CERT_PATH alone: mytool spoke TLS; the docker CLI speaks plaintext.",
		Result{},
	}, {
		"env/https-scheme", outcome.OK, outcome.HTTPSToHTTP, Differs,
		"DOCKER_HOST=https://127.0.0.1:2376 and DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH: mytool spoke TLS; " +
			"the docker CLI stops, because it does not accept what it is told.",
		Result{},
	}, {
		"env/wrongca", outcome.OK, outcome.HTTPSToHTTP, Insecure,
		"DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH (the ca.pem of another CA): mytool accepted the server; " +
			"the docker CLI refuses the server, whose certificate no CA that it trusts has signed.",
		Result{},
	}, {
		"env/system-ca", outcome.OK, outcome.HTTPSToHTTP, Insecure,
		"DOCKER_TLS_VERIFY=1 and SSL_CERT_FILE (the CA of the server) with DOCKER_CERT_PATH (the ca.pem of another CA): mytool accepted the server; " +
			"the docker CLI refuses the server, whose certificate no CA that it trusts has signed.",
		Result{},
	}, {
		"env/ref-mtls", outcome.OK, outcome.OK, Insecure,
		"DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH: mytool spoke plaintext; the docker CLI uses the files of DOCKER_CERT_PATH.",
		Result{},
	}, {
		"env/keymismatch", NoRequest, NoRequest, Differs,
		"DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH (the key.pem of another certificate): mytool reports success, and the daemon saw no request; " +
			"the docker CLI stops, because the key is not that of the certificate.",
		Result{},
	}, {
		"tlsverify/mutual/flags/client:expired", outcome.OK, outcome.HTTPSToHTTP, Insecure,
		"flags for client mode mutual, a client certificate of flaw expired: mytool was let in by the daemon; " +
			"the docker CLI sends an expired certificate and is refused by the daemon.",
		Result{},
	}, {
		"tlsverify/mutual/env/client:ca-empty", outcome.OK, outcome.HTTPSToHTTP, Insecure,
		"DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH, client files of flaw ca-empty: mytool verified nothing and spoke to a stranger; " +
			"the docker CLI stops, because a file holds no usable certificate or key.",
		answered,
	}, {
		"tlsverify/mutual/env/client:ca-bom", outcome.OK, outcome.HTTPSToHTTP, Differs,
		"DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH, client files of flaw ca-bom: mytool spoke TLS; " +
			"the docker CLI stops, because a file holds no usable certificate or key.",
		Result{},
	}, {
		"unix/plain/env", outcome.NoSuchSocket, "", Broken,
		"nothing but DOCKER_HOST, a unix socket: mytool finds no socket at the path that it dials; the docker CLI gets an answer from the socket.",
		Result{},
	}, {
		"env/srv-expired", outcome.RejectsNoClientCert, outcome.HTTPSToHTTP, Insecure,
		"DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH, a server certificate of flaw expired: mytool accepted an impostor with that certificate; " +
			"the docker CLI refuses the server, whose certificate has expired.",
		answered,
	}, {
		"env/keymismatch", outcome.RejectsNoClientCert, outcome.HTTPSToHTTP, Differs,
		"DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH (the key.pem of another certificate): mytool goes on and sends no certificate and is refused by the daemon; " +
			"the docker CLI stops, because the key is not that of the certificate.",
		Result{},
	}, {
		"env/srv-expired", outcome.RejectsServerExpired, outcome.ConnectionClosed, Differs,
		"DOCKER_TLS_VERIFY=1 with DOCKER_CERT_PATH, a server certificate of flaw expired: mytool in front of a plain daemon loses its connection without an answer; " +
			"the docker CLI speaks TLS and gets no answer in TLS.",
		Result{},
	}} {
		e, ok := entries[test.id]
		if !ok {
			t.Errorf("there is no entry %s", test.id)
			continue
		}
		one := trial{
			entry: e, client: "mytool", want: e.Want[modes.FamilyDocker], got: test.got, gotPlain: test.plain,
			wantPlain: e.WantPlain()[modes.FamilyDocker], impostor: test.impostor,
			first: Result{ExitCode: 1, Connections: fakedaemon.ConnectionCount{Accepted: 1, Heard: 1}},
		}
		got, did := one.judge()
		if got != test.verdict {
			t.Errorf("%s: verdict %s, want %s", test.id, got, test.verdict)
		}
		if got := one.why(did); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.id, got, test.want)
		}
	}
}
