package conformtest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

func TestRun(t *testing.T) {
	t.Parallel()
	Run(t, conform.Go())
}

// A client goes through the matrix in one line of a test.
func ExampleRun() {
	var t *testing.T // the test's own
	Run(t, conform.Func("mytool", modes.FamilyGo, func(ctx context.Context, a conform.Attempt) conform.Result {
		config, err := a.Entry.GoTLS(a.CAPEM, a.CertPEM, a.KeyPEM)
		if err == nil {
			_, err = conform.Get(ctx, a.Host(), config)
		}
		return conform.Result{Err: err}
	}))
}

// deafEnv lets TestDeaf run, which fails.
const deafEnv = "CONFORMTEST_DEAF"

// TestDeaf is a client that never understands an answer or, told so, never asks for one.
func TestDeaf(t *testing.T) {
	habit := os.Getenv(deafEnv)
	if habit == "" {
		t.Skip("it is run by TestRunFails")
	}
	Run(t, conform.Func("deaf", modes.FamilyGo, func(ctx context.Context, a conform.Attempt) conform.Result {
		if habit == "asks" && a.Entry.Daemon == modes.Unix {
			conform.Get(ctx, a.Host(), nil)
		}
		return conform.Result{Err: errors.New("deaf: what?")}
	}))
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^TestDeaf$", "-test.v")
	cmd.Env = append(os.Environ(), deafEnv+"=asks")
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		t.Fatalf("a bad client passes: %v\n%s", err, out)
	}
	got := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		for _, result := range []string{"FAIL", "SKIP", "PASS"} {
			if rest, ok := strings.CutPrefix(line, "    --- "+result+": TestDeaf/"); ok {
				id, _, _ := strings.Cut(rest, " ")
				got[result] = append(got[result], id)
			}
		}
	}
	want := map[string][]string{}
	for _, e := range conform.Entries() {
		result := "SKIP"
		if e.Want[modes.FamilyGo] != "" {
			result = "FAIL"
		}
		want[result] = append(want[result], e.ID)
	}
	for _, ids := range []map[string][]string{want, got} {
		for _, list := range ids {
			slices.Sort(list)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results of the subtests (-want +got):\n%s", diff)
	}
	if text := "said      deaf: what?"; !strings.Contains(string(out), text) {
		t.Errorf("the failures do not say %q:\n%s", text, out)
	}
}

// where is the line of Run's own Fatal.
var where = regexp.MustCompile(`^conformtest\.go:\d+: `)

func TestRunRefusesToJudge(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^TestDeaf$", "-test.v")
	cmd.Env = append(os.Environ(), deafEnv+"=silent")
	out, _ := cmd.CombinedOutput()
	var got []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "--- FAIL: TestDeaf (") && !strings.HasPrefix(line, "=== ") {
			got = append(got, where.ReplaceAllString(strings.TrimSpace(line), ""))
		}
	}
	want := []string{
		"deaf asked none of the good daemons for anything (mode unix, tcp, tls, tlsverify): there is nothing to judge. " +
			`It failed and said "deaf: what?". Likely: what it is told to do asks no daemon.`,
		"FAIL",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}
