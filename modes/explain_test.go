package modes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		message string
		want    []string // outcome and engines
	}{
		{"remote error: tls: bad certificate", []string{
			"server-rejects-no-client-cert 20.10", "server-rejects-unknown-client-ca 20.10", "server-rejects-client-cert-expired 20.10",
			"server-rejects-client-cert-eku", "server-rejects-client-cert-not-yet-valid 20.10", "server-rejects-client-cert-other",
		}},
		{`error during connect: Get "https://127.0.0.1:2376/v1.51/version": remote error: tls: certificate required`, []string{"server-rejects-no-client-cert 28,29"}},
		{"certificate required", []string{"server-rejects-no-client-cert 28,29"}},
		{"http: server gave HTTP response to HTTPS client", []string{"https-to-http"}},
		{"Error response from daemon: Client sent an HTTP request to an HTTPS server.", []string{"http-to-https"}},
		{"Failed to initialize: unable to resolve docker endpoint: open /home/me/.docker/ca.pem: no such file or directory", []string{"client-config-error-missing-file"}},
		{"x509: certificate is valid for docker, localhost, not 10.0.0.7", []string{"client-rejects-server-hostname"}},
		{`tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of "x509: cannot verify signature: insecure algorithm SHA1-RSA" while trying to verify candidate authority certificate "ca")`, []string{"client-rejects-server-weak-crypto"}},
		{"tls: failed to parse certificate from server: x509: malformed certificate", []string{"client-rejects-server-other"}},
		{"http: TLS handshake error from 10.0.0.1:4711: tls: client didn't provide a certificate", []string{"server-rejects-no-client-cert"}},
		{"curl: (60) SSL certificate problem: unable to get local issuer certificate", []string{"client-rejects-server-unknown-authority"}},
		{"unable to parse docker host `10.0.0.1:2376`", []string{"client-config-error-usage"}},
		{"could not add RootCA pem", []string{"client-config-error-bad-material"}},
		{"docker.errors.DockerException: Invalid bind address format: port is required: tcp://10.0.0.1", []string{"client-config-error-usage"}},
		{`Get "https://10.0.0.1:2376/version": remote error: tls: internal error`, []string{"server-rejects-client-cert-other 20.10"}},
		{"connect ECONNREFUSED 10.0.0.1:2376", []string{"connection-refused"}},
		{"something else entirely", nil},
		{"tls", nil},
	} {
		var got []string
		for _, a := range modes.Explain(test.message)[:min(1, len(modes.Explain(test.message)))] {
			for _, e := range a.Causes {
				got = append(got, strings.TrimSpace(string(e.Outcome)+" "+e.Engines))
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.message, diff)
		}
	}
}

// causes are those of all answers.
func causes(message string) []modes.Explanation {
	var all []modes.Explanation
	for _, a := range modes.Explain(message) {
		all = append(all, a.Causes...)
	}
	return all
}

// TestExplainWhole: of a whole log or trace the telling lines are found, the latest first, and each thing once.
func TestExplainWhole(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		message string
		want    []string // lines, each with the first cause
	}{
		"a log": {`time="2026-11-29T12:00:00Z" level=info msg="Starting up"
time="2026-11-29T12:00:01Z" level=info msg="API listen on 127.0.0.1:2376"
2026/11/29 12:00:02 http: TLS handshake error from 10.0.0.1:4711: remote error: tls: bad certificate
2026/11/29 12:00:03 http: TLS handshake error from 10.0.0.1:4712: tls: client didn't provide a certificate
2026/11/29 12:00:04 http: TLS handshake error from 10.0.0.1:4713: tls: client didn't provide a certificate
2026/11/29 12:00:05 http: TLS handshake error from 10.0.0.1:4714: EOF
`, []string{
			"server-rejects-no-client-cert: 2026/11/29 12:00:04 http: TLS handshake error from 10.0.0.1:4713: tls: client didn't provide a certificate",
			"client-rejects-server-unknown-authority: 2026/11/29 12:00:02 http: TLS handshake error from 10.0.0.1:4711: remote error: tls: bad certificate",
		}},
		"a trace that gets more exact": {`javax.net.ssl.SSLHandshakeException: PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed
	at java.base/sun.security.ssl.Alert.createSSLException(Alert.java:131)
Caused by: java.security.cert.CertPathValidatorException: validity check failed
Caused by: java.security.cert.CertificateNotYetValidException: NotBefore: Mon Nov 30 12:00:00 UTC 2026
	... 24 more`, []string{
			"client-rejects-server-not-yet-valid: Caused by: java.security.cert.CertificateNotYetValidException: NotBefore: Mon Nov 30 12:00:00 UTC 2026",
		}},
		"what s_client says in two ways": {`depth=0 CN = docker
verify error:num=64:IP address mismatch
CONNECTED(00000003)
40E7:error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed:../ssl/statem/statem_clnt.c:1889:
Verification error: IP address mismatch
    Verify return code: 64 (IP address mismatch)
---`, []string{"client-rejects-server-hostname: Verify return code: 64 (IP address mismatch)"}},
		"a line that a terminal broke": {"error during connect: Get \"https://docker:2376/v1.51/version\": tls: failed to verify certi\nficate: x509: certificate signed by unknown auth\nority\n", []string{
			"client-rejects-server-unknown-authority: error during connect: Get \"https://docker:2376/v1.51/version\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
		}},
		"a line that means something else in a log": {"Starting daemon\ndockerd: warning\ntls: failed to verify certificate: x509: certificate signed by unknown authority\n", []string{
			"server-rejects-unknown-client-ca: tls: failed to verify certificate: x509: certificate signed by unknown authority",
		}},
		"nothing": {"Client:\n Version: 28.2.2\n Context: default\n", nil},
	} {
		var got []string
		for _, a := range modes.Explain(test.message) {
			got = append(got, string(a.Causes[0].Outcome)+": "+a.Line)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

// TestExplainSides: whose line it is, its lines around tell if all of them are of one side, and what is to be remarked of it depends on
// that.
func TestExplainSides(t *testing.T) {
	t.Parallel()
	const (
		alert      = "remote error: tls: bad certificate"
		said       = "error during connect: x\n"
		logged     = "dockerd: x\n"
		note       = ": Go clients, such as the docker CLI, send this alert whatever they have against the certificate: the client's own message says what."
		eitherSide = "client true, daemon true" + note
	)
	for message, want := range map[string]string{
		alert:                          eitherSide,
		"x\n" + alert:                  eitherSide,
		said + alert:                   "client false",
		said + said + "x\n" + alert:    "client false",
		logged + alert:                 "daemon false" + note,
		logged + logged + alert:        "daemon false" + note,
		logged + said + logged + alert: eitherSide,
		said + logged + alert:          eitherSide,
	} {
		var got []string
		for _, a := range modes.Explain(message) {
			if a.Line != alert {
				t.Errorf("%q: the line is %q", message, a.Line)
			}
			got = append(got, strings.Join(append([]string{fmt.Sprintf("%s %t", a.Side, a.Guess)}, a.Notes...), ": "))
		}
		if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%q (-want +got)\n%s", message, diff)
		}
	}
}

// TestExplainNamesEntries: the entries are those of the clients that say it.
func TestExplainNamesEntries(t *testing.T) {
	t.Parallel()
	for _, x := range causes("curl: (60) SSL certificate problem: unsuitable certificate purpose") {
		if !slices.Contains(x.Entries, "tlsverify/mutual/flags/server:eku-any") || slices.Contains(x.Entries, "env/srv-clientauth-server") {
			t.Errorf("got %v", x.Entries)
		}
		if diff := cmp.Diff([]string{"curl"}, x.SaidBy); diff != "" {
			t.Errorf("said by (-want +got):\n%s", diff)
		}
	}
}

// TestExplainKnowsEngines: what only an old daemon answers is produced by entries in front of an old one.
func TestExplainKnowsEngines(t *testing.T) {
	t.Parallel()
	for _, x := range causes("remote error: tls: internal error") {
		if !slices.Contains(x.Entries, "tlsverify/mutual/flags/client:ten-thousand-names") || slices.Contains(x.Entries, "tlsverify/mutual/flags/client:negative-serial") {
			t.Errorf("got %v", x.Entries)
		}
	}
}

// TestExplainWhoSaysReset: a line of curl is curl's, although other programs say the same words.
func TestExplainWhoSaysReset(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"curl: (35) Recv failure: Connection reset by peer":                                        {"curl"},
		"curl: (35) OpenSSL SSL_connect: Connection reset by peer in connection to 127.0.0.1:2376": {"curl"},
		"ConnectionResetError: [Errno 104] Connection reset by peer":                               {"python", "ruby"},
	} {
		got := modes.Explain(line)
		if len(got) != 1 || len(got[0].Causes) != 1 || got[0].Causes[0].Outcome != outcome.ConnectionClosed || !slices.Equal(got[0].Causes[0].SaidBy, want) {
			t.Errorf("%s: got %+v, want %q", line, got, want)
		}
	}
}
