package conform

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A recordedResult is what a real client and a real dockerd showed. The file holds each distinct one of the recordings
// (tls/matrix.json, stderr_variants too) once, without API versions, request paths, usage hints and the time and
// address that dockerd writes before a log line.
type recordedResult struct {
	Family         modes.Family
	Exit           int
	Stdout, Stderr string
	Log            string
	Outcome        outcome.Class
}

// result gives the placeholders of the recordings a value and the daemon's log line its row in the ledger.
func (r recordedResult) result() Result {
	values := strings.NewReplacer(
		"{host}", "127.0.0.1:2376", "{hostname}", "127.0.0.1", "{port}", "2376", "{client}", "127.0.0.1:40000",
		"{dir}", "/tmp/certs", "{home}", "/tmp/home", "{sock}", "/tmp/docker.sock", "{sock-urlescaped}", "%2Ftmp%2Fdocker.sock",
		"{now}", "2026-11-20T00:00:00Z", "{notAfter}", "2026-11-19T00:00:00Z", "{notBefore}", "2026-11-21T00:00:00Z",
	)
	got := Result{ExitCode: r.Exit, Stdout: values.Replace(r.Stdout), Stderr: values.Replace(r.Stderr)}
	if r.Log != "" {
		got.Handshakes = fakedaemon.Handshakes{{
			Err:       errors.New(values.Replace(r.Log)),
			Plaintext: strings.HasPrefix(r.Log, "client sent an HTTP request"),
		}}
	}
	return got
}

func readRecorded(t *testing.T) []recordedResult {
	t.Helper()
	f, err := os.Open("testdata/recorded.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []recordedResult
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var r recordedResult
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", lines.Bytes(), err)
		}
		all = append(all, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestClassifyRecorded(t *testing.T) {
	t.Parallel()
	for _, r := range readRecorded(t) {
		if diff := cmp.Diff(r.Outcome, Classify(r.Family, r.result())); diff != "" {
			t.Errorf("%s exit %d %q, daemon %q (-recorded +got):\n%s", r.Family, r.Exit, r.Stdout+r.Stderr, r.Log, diff)
		}
	}
}

// What real clients said to the fake, where the recordings have no such row.
func TestClassify(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		family modes.Family
		result Result
		want   outcome.Class
	}{
		// The CA of the recordings has an RSA key.
		{modes.FamilyCurl, Result{ExitCode: 35, Stderr: "curl: (35) OpenSSL/3.0.19: error:06880006:asn1 encoding routines::EVP lib"}, outcome.RejectsServerWeakCrypto},
		{modes.FamilyDocker, Result{ExitCode: 1, Stderr: `unable to create docker endpoint config: open /tmp/ca.pem: no such file or directory`}, outcome.ConfigAtContextCreate},
		// A client whose words say nothing, of a family that nobody knows.
		{"cobol", Result{ExitCode: 8, Stderr: "ERROR 17"}, Unclassified},
		{"cobol", Result{ExitCode: 8, Handshakes: fakedaemon.Handshakes{{Err: errors.New("EOF"), AlertReceived: "tls: expired certificate"}}}, outcome.RejectsServerExpired},
		{"cobol", Result{ExitCode: 8, Handshakes: fakedaemon.Handshakes{{Err: errors.New("tls: client didn't provide a certificate")}}}, outcome.RejectsNoClientCert},
		{"cobol", Result{ExitCode: 8, Stderr: "x509: certificate signed by unknown authority"}, outcome.RejectsServerUnknownAuthority},
		{"cobol", Result{ExitCode: 8, Stderr: "SSL certificate problem: self-signed certificate"}, outcome.RejectsServerUnknownAuthority},
		{"cobol", Result{ExitCode: 8, Stderr: "connect ECONNREFUSED 127.0.0.1:2376"}, outcome.ConnectionRefused},
		{"cobol", Result{Handshakes: fakedaemon.Handshakes{{Plaintext: true}}}, outcome.HTTPToHTTPS},
		// An answer is an answer, whatever the client says.
		{"cobol", Result{Requests: fakedaemon.Requests{{Status: 200}}}, outcome.OK},
		{"cobol", Result{ExitCode: 8, Stderr: "x509: certificate has expired", Requests: fakedaemon.Requests{{Status: 200}}}, FailsAfterAnswer},
		{modes.FamilyDocker, Result{ExitCode: 1, Stderr: "Error response from daemon: No such image: x", Requests: fakedaemon.Requests{{Status: 404}}}, outcome.OK},
		{modes.FamilyDocker, Result{ExitCode: 1, Stderr: "Error response from daemon: client version 1.12 is too old.", Requests: fakedaemon.Requests{{Status: 400}}}, outcome.APIVersionMismatch},
		// The docker CLI pings while it prints its usage.
		{modes.FamilyDocker, Result{
			ExitCode: 125, Stderr: `invalid argument "tcp://127.0.0.1:2" for "-H, --host" flag: specify only one -H` + "\n\nUsage:  docker",
			Requests: fakedaemon.Requests{{Status: 200}},
		}, outcome.ConfigUsage},
		{modes.FamilyDocker, Result{ExitCode: 125, Stderr: "unknown flag: --nosuch", Handshakes: fakedaemon.Handshakes{{Plaintext: true}}}, outcome.ConfigUsage},
		{modes.FamilyDocker, Result{ExitCode: 125, Stderr: "unknown shorthand flag: 'y' in -y", Requests: fakedaemon.Requests{{Status: 200}}}, outcome.ConfigUsage},
		{modes.FamilyDocker, Result{ExitCode: 125, Stderr: "flag needs an argument: --host", Requests: fakedaemon.Requests{{Status: 200}}}, outcome.ConfigUsage},
		// Another client that complains and asks all the same has asked.
		{modes.FamilyGo, Result{ExitCode: 1, Stderr: "unknown flag: --nosuch", Requests: fakedaemon.Requests{{Status: 200}}}, FailsAfterAnswer},
		{modes.FamilyDocker, Result{Stderr: "unknown flag: --nosuch", Requests: fakedaemon.Requests{{Status: 200}}}, outcome.OK},
		{modes.FamilyGo, Result{Err: errors.New("400 Bad Request: Client sent an HTTP request to an HTTPS server.")}, outcome.HTTPToHTTPS},
		{modes.FamilyGo, Result{Err: errors.New("read tcp 127.0.0.1:1: read: connection reset by peer")}, outcome.ConnectionClosed},
		{modes.FamilyGo, Result{TimedOut: true}, TimedOut},
	} {
		if got := Classify(test.family, test.result); got != test.want {
			t.Errorf("%s %q after %d requests: got %s, want %s", test.family, test.result.Text(), len(test.result.Requests), got, test.want)
		}
	}
}
