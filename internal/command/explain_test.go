package command

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// explain runs the subcommand alone.
func explain(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := newExplainCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.Execute()
	return out.String(), err
}

func TestExplain(t *testing.T) {
	t.Parallel()
	got, err := explain(t, "panic: runtime error: index out of range [0] with length 0")
	want := `client-crash
  Said by:  docker-20.10
  Cause:    The client panicked: docker CLI 20.10 does on an empty --tlscacert, --tlscert or --tlskey.
  Cure:     Leave the flag out or give it a file.
`
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	got, err = explain(t, "--format=json", "panic: runtime error: index out of range [0] with length 0")
	if !strings.HasPrefix(got, "{\n  \"explanations\": [\n    {\n      \"outcome\": \"client-crash\",\n") || err != nil {
		t.Errorf("JSON: %v\n%s", err, got)
	}
	got, err = explain(t, "remote error: tls:", "bad certificate")
	for _, part := range []string{"server-rejects-client-cert-eku\n", "; with dockerd 20.10\n", "extendedKeyUsage = clientAuth"} {
		if !strings.Contains(got, part) || err != nil {
			t.Errorf("%v: no %q in\n%s", err, part, got)
		}
	}
}

func TestExplainRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "explain needs a message\nSee 'explain --help'."},
		{[]string{"--format=xml", "x509"}, `unknown format "xml": it is text or json`},
		{[]string{"the dog ate it"}, `nothing is known of that message; try the part of it that is about TLS, such as "remote error: tls: bad certificate"`},
	} {
		if out, err := explain(t, test.args...); err == nil || err.Error() != test.want {
			t.Errorf("%q: got %v %s, want %s", test.args, err, out, test.want)
		}
	}
}
