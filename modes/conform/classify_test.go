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
)

// A recordedResult is what a real client and a real dockerd showed. The file holds each distinct one of the recordings
// (tls/matrix.json, stderr_variants too) once, without API versions, request paths, usage hints and the time and
// address that dockerd writes before a log line.
type recordedResult struct {
	Family         modes.Family
	Exit           int
	Stdout, Stderr string
	Log            string
	Outcome        modes.Outcome
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
