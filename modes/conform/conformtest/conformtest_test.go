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

	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

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

// toldEnv lets TestTold run.
const toldEnv = "CONFORMTEST_TOLD"

// TestTold is a good client or, told so, one that never understands an answer, or never asks for one.
func TestTold(t *testing.T) {
	habit := os.Getenv(toldEnv)
	switch habit {
	case "":
		t.Skip("it is run by other tests")
	case "good":
		Run(t, conform.Go())
		return
	}
	Run(t, conform.Func("deaf", modes.FamilyGo, func(ctx context.Context, a conform.Attempt) conform.Result {
		if habit == "asks" && a.Entry.Daemon == modes.Unix {
			conform.Get(ctx, a.Host(), nil)
		}
		return conform.Result{Err: errors.New("deaf: what?")}
	}))
}

func TestRun(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	daemons := ""
	if !testtool.All() {
		daemons = "/^(unix|tcp|env)$"
		t.Logf("only entries of %s, %s=1 runs them all", daemons, testtool.AllEnv)
	}
	for habit, result := range map[string]string{"good": "PASS", "asks": "FAIL"} {
		t.Run(habit, func(t *testing.T) {
			t.Parallel()
			testRun(t, program, habit, daemons, result)
		})
	}
}

// testRun wants a result of the subtest of each entry of some daemons that the client can be told of.
func testRun(t *testing.T, program, habit, daemons, result string) {
	cmd := exec.Command(program, "-test.run=^TestTold$"+daemons, "-test.v")
	cmd.Env = append(os.Environ(), toldEnv+"="+habit)
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) != (result == "FAIL") {
		t.Fatalf("the client that is told %q: %v\n%s", habit, err, out)
	}
	got := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		for _, result := range []string{"FAIL", "SKIP", "PASS"} {
			if rest, ok := strings.CutPrefix(line, "    --- "+result+": TestTold/"); ok {
				id, _, _ := strings.Cut(rest, " ")
				got[result] = append(got[result], id)
			}
		}
	}
	want := map[string][]string{}
	for _, e := range conform.Entries() {
		switch daemon, _, _ := strings.Cut(e.ID, "/"); {
		case daemons != "" && !strings.Contains(daemons, daemon):
		case e.Want[modes.FamilyGo] != "":
			want[result] = append(want[result], e.ID)
		default:
			want["SKIP"] = append(want["SKIP"], e.ID)
		}
	}
	for _, ids := range []map[string][]string{want, got} {
		for _, list := range ids {
			slices.Sort(list)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results of the subtests (-want +got):\n%s", diff)
	}
	if text := "said      deaf: what?"; result == "FAIL" && !strings.Contains(string(out), text) {
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
	cmd := exec.Command(program, "-test.run=^TestTold$", "-test.v")
	cmd.Env = append(os.Environ(), toldEnv+"=silent")
	out, _ := cmd.CombinedOutput()
	var got []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "--- FAIL: TestTold (") && !strings.HasPrefix(line, "=== ") {
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
