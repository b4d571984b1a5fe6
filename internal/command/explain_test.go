package command

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// explain runs the subcommand alone, with what is pasted into it.
func explain(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := newExplainCommand()
	cmd.SetArgs(append([]string{}, args...)) // nil would be the arguments of the test
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.Execute()
	return out.String(), err
}

func TestExplain(t *testing.T) {
	t.Parallel()
	const unknown = "http: TLS handshake error from 10.0.0.1:4711: remote error: tls: unknown certificate authority"
	entries := modes.Explain(unknown)[0].Causes[0].Entries
	for _, test := range []struct {
		args  []string
		stdin string
		want  string
	}{
		{args: []string{"panic: runtime error: index out of range [0] with length 0"}, want: `Line:  panic: runtime error: index out of range [0] with length 0
Side:  a client said it

client-crash
  Said by:  docker-20.10
  Cause:    The client panicked: docker CLI 20.10 does on an empty --tlscacert, --tlscert or --tlskey.
  Cure:     Leave the flag out or give it a file.
`},
		{args: []string{"-"}, stdin: "Starting up\n" + unknown + "\nDaemon shutdown complete\n",
			want: `Line:  ` + unknown + `
Side:  the daemon logged it; the client refused the daemon

client-rejects-server-unknown-authority
  Said by:  dockerd
  Cause:    The client refused the daemon's certificate: no CA in its ca.pem has signed it, or the intermediate CA that did is not sent.
  Cure:     Give the client the ca.pem of the CA that signed server-cert.pem, and put intermediate CAs behind the daemon's own certificate in server-cert.pem.
  Entries:  ` + strings.Join(entries[:5], ", ") + fmt.Sprintf(" and %d more\n", len(entries)-5)},
		{stdin: "docker: Error response from daemon: authorization denied by plugin opa: no.\n\nRun 'docker run --help' for more information\n",
			want: `Line:  docker: Error response from daemon: authorization denied by plugin opa: no.
Side:  a client said it

denied-by-plugin
  Said by:  docker
  Cause:    The daemon understood the request, and an authorization plugin of it forbids it. The plugin's own words come last.
  Cure:     Ask who runs the daemon. A plugin knows a client by the common name of its certificate: look whether cert.pem is the right one.
`},
	} {
		got, err := explain(t, test.stdin, test.args...)
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got)\n%s", test.args, err, diff)
		}
	}
	got, err := explain(t, "", "--format=json", "panic: runtime error: index out of range [0] with length 0")
	if !strings.HasPrefix(got, "{\n  \"answers\": [\n    {\n      \"line\": \"panic: runtime error: index out of range [0] with length 0\",\n      \"side\": \"client\",\n      \"causes\": [\n") || err != nil {
		t.Errorf("JSON: %v\n%s", err, got)
	}
}

// TestExplainBothSides: words that either side can have written are first explained as a client's, in full, and then in short as a daemon's.
func TestExplainBothSides(t *testing.T) {
	t.Parallel()
	got, err := explain(t, "", "remote error: tls:", "bad certificate")
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, part := range []string{
		"Side:  a client said it, most likely: nothing in the line tells; the daemon refused the client\n", "\nserver-rejects-no-client-cert\n", "; with dockerd 20.10\n",
		"\nserver-rejects-client-cert-eku\n", "extendedKeyUsage = clientAuth",
		"Side:  or the daemon logged it; the client refused the daemon\n", "  client-rejects-server-unknown-authority\n  client-rejects-server-hostname\n",
	} {
		n := strings.Index(got[at:], part)
		if n < 0 {
			t.Fatalf("no %q, in this order, in\n%s", part, got)
		}
		at += n
	}
	if n := strings.Count(got, "\n"); n > 50 {
		t.Errorf("%d lines:\n%s", n, got)
	}
}

func TestExplainRefuses(t *testing.T) {
	t.Parallel()
	const unknown = `nothing is known of that message; try the part of it that is about TLS, such as "remote error: tls: bad certificate", or paste all that the program said, ` +
		`with its causes: COMMAND 2>&1 | fakedockerd explain. The daemon's log often says more: journalctl -u docker | fakedockerd explain`
	for _, test := range []struct {
		args  []string
		stdin string
		want  string
	}{
		{nil, "", "explain needs a message\nSee 'explain --help'."},
		{[]string{"-"}, " \n", "explain needs a message\nSee 'explain --help'."},
		{[]string{"--format=xml", "x509"}, "", `unknown format "xml": it is text or json`},
		{[]string{"the dog ate it"}, "", unknown},
		{[]string{"-"}, "Client:\n Version: 28\nthe dog ate it\n", unknown},
	} {
		if out, err := explain(t, test.stdin, test.args...); err == nil || err.Error() != test.want {
			t.Errorf("%q: got %v %s, want %s", test.args, err, out, test.want)
		}
	}
}

// TestExplainLongLog: of a log that is longer than what is looked at the end counts, in whole lines, and the reader is told.
func TestExplainLongLog(t *testing.T) {
	t.Parallel()
	const (
		first = "http: TLS handshake error from 10.0.0.1:4711: tls: client didn't provide a certificate\n"
		noise = "level=info msg=\"ignoring event\" namespace=moby topic=/tasks/delete\n"
		last  = "http: TLS handshake error from 10.0.0.1:4711: remote error: tls: unknown certificate authority\n"
	)
	got, err := explain(t, first+strings.Repeat(noise, 3*mostPasted/len(noise))+last)
	const told = "The beginning of standard input is left out: only its last megabyte was looked at.\nLine:  http: TLS handshake error"
	if err != nil || !strings.HasPrefix(got, told) || !strings.Contains(got, "unknown-authority") || strings.Contains(got, "no-client-cert") {
		t.Errorf("%v\n%s", err, got)
	}
	line := strings.Repeat("x", 99) + "\n"
	for _, test := range []struct {
		name string
		in   string
		want string
		cut  bool
	}{
		{"all", strings.Repeat("x", mostPasted), strings.Repeat("x", mostPasted), false},
		{"a line that begins before", strings.Repeat(line, mostPasted/100+1), strings.Repeat(line, mostPasted/100), true},
		{"a line that begins just there", "x\n" + strings.Repeat("x", mostPasted-1) + "\n", strings.Repeat("x", mostPasted-1) + "\n", true},
		{"a line that is too long", strings.Repeat("x", 4*mostPasted), strings.Repeat("x", mostPasted), true},
		{"a line that is too long and ends", strings.Repeat("x", 4*mostPasted) + "\n", strings.Repeat("x", mostPasted-1) + "\n", true},
	} {
		// A reader that gives little at once, so that the end is kept while more comes.
		got, cut, err := pasted(io.MultiReader(strings.NewReader(test.in[:1000]), strings.NewReader(test.in[1000:])), nil)
		if got != test.want || cut != test.cut || err != nil {
			t.Errorf("%s: %d bytes, %t, %v, want %d", test.name, len(got), cut, err, len(test.want))
		}
	}
}

// TestExplainTerminal: a person who types no message gets help, and does not wait for standard input.
func TestExplainTerminal(t *testing.T) {
	t.Parallel()
	device, err := os.Open("/dev/zero") // a character device, as a terminal is, that always has something to read
	if err != nil {
		t.Skip(err)
	}
	defer device.Close()
	if got, _, err := pasted(device, nil); got != "" || err != nil {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

// TestExplainStartErrors: why a dockerd did not come up is explained, whatever its generation.
func TestExplainStartErrors(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, engine := range []fakedaemon.Engine{fakedaemon.Engine20, fakedaemon.Engine28, fakedaemon.Engine29} {
		for _, s := range startups(t, engine) {
			if s.Exit == 0 || len(s.Log) == 0 {
				continue
			}
			log := strings.NewReplacer("{unable}", "unable to configure the Docker daemon with file /etc/docker/daemon.json: ", "usage", "See 'dockerd --help'").Replace(strings.Join(s.Log, "\n"))
			if strings.HasPrefix(log, "panic:") || strings.Contains(log, "goroutine 1 [running]") {
				continue // dockerd 20.10 with an empty flag
			}
			tried[log] = true
			found := modes.Explain(log)
			if len(found) == 0 || found[0].Side != modes.DaemonSide || found[0].Causes[0].Outcome != outcome.DaemonRefusesToStart {
				t.Errorf("%s, %s: got %+v for\n%s", engine, s.Case, found, log)
			} else if strings.HasPrefix(found[0].Causes[0].Cause, "The daemon did not come up") {
				t.Errorf("%s, %s: the cause says nothing about\n%s", engine, s.Case, log)
			}
		}
	}
	if len(tried) < 50 {
		t.Errorf("%d starts tried", len(tried))
	}
}
