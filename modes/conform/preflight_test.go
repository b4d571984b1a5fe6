package conform

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
)

// TestPreflightError: what the client was told, what it did, and what is likely behind it.
func TestPreflightError(t *testing.T) {
	t.Parallel()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	const (
		none     = "tool asked none of the good daemons for anything (mode unix, tlsverify): there is nothing to judge."
		function = " Likely: what it is told to do asks no daemon."
		command  = " Likely: it does not read DOCKER_HOST (tell it with --mode and {host}); or what it is told to do asks no daemon; " +
			"or it needs a file that is not there: HOME is an empty folder for each attempt, the working directory is yours."
	)
	ran := none + " In " + dir + " it ran `HOME=/h tool`,"
	tried := []modes.Entry{{Daemon: modes.Unix}, {Daemon: modes.TLSVerify}}
	for want, e := range map[string]*PreflightError{
		"tool can be told of no daemon: there is no command for a client mode that a good daemon answers": {},
		none + " It reported success." + function:                                                         {Tried: tried},
		none + " It did not end in time." + function:                                                      {Tried: tried, Last: Result{TimedOut: true, Stderr: "x"}},
		none + ` It failed and said "no way".` + function:                                                 {Tried: tried, Last: Result{Err: errors.New("no way")}},
		ran + " ended with exit code 3 and said nothing." + command:                                       {Tried: tried, Last: Result{Command: "tool", Env: []string{"HOME=/h"}, ExitCode: 3}},
		ran + ` ended with exit code 0 and said "hello".` + command:                                       {Tried: tried, Last: Result{Command: "tool", Env: []string{"HOME=/h"}, Stdout: "hello\n"}},
		ran + ` ended with exit code 1 and said "` + strings.Repeat("x", 499) + `...".` + command:         {Tried: tried, Last: Result{Command: "tool", Env: []string{"HOME=/h"}, ExitCode: 1, Stderr: strings.Repeat("x", 499) + "é!"}},
		ran + " ended with exit code 1 and said nothing. Likely: of this.":                                {Tried: tried, Last: Result{Command: "tool", Env: []string{"HOME=/h"}, ExitCode: 1}, reason: "of this"},
	} {
		e.Client = "tool"
		if diff := cmp.Diff(want, e.Error()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}
