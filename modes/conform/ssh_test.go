package conform

import (
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestSSH: the docker CLI does over ssh what the matrix says, and curl and Go are not asked to.
func TestSSH(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no wrapper of ssh on Windows")
	}
	testtool.Need(t, "ssh")
	clients := []Client{Docker("docker", dockercli.Path(t, "29.7.2")), Go()}
	o := &Options{Clients: clients, Filter: regexp.MustCompile("^ssh/(plain|mutual)/")}
	r := runEntries(t, o)
	verdicts := map[Verdict]int{}
	for _, e := range r.Entries {
		got := e.Got["docker"]
		if got.Verdict != Ok || got.Outcome != outcome.OK || !strings.Contains(got.Ledger, "/version") {
			t.Errorf("%s: %s, %s: %s\n%s", e.ID, got.Verdict, got.Outcome, got.Text, got.Ledger)
		}
		verdicts[e.Got["go"].Verdict]++
	}
	if diff := cmp.Diff(map[Verdict]int{Skipped: 8}, verdicts); diff != "" {
		t.Errorf("verdicts on Go (-want +got):\n%s", diff)
	}
}

// TestSSHTool: a command of somebody's own is tried over ssh where that is asked for.
func TestSSHTool(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no wrapper of ssh on Windows")
	}
	ssh := testtool.Need(t, "ssh")
	good, err := Command(Tool{Name: "good", Command: []string{dockercli.Path(t, "28.5.2"), "version"}})
	if err != nil {
		t.Fatal(err)
	}
	// It reads what is in a home, as programs do that have an ssh of their own.
	own, err := Command(Tool{Name: "own", Command: []string{"sh", "-c", `printf 'GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n' |
exec ` + ssh + ` -F none -i "$HOME/.ssh/id_ed25519" -o IdentityAgent=none -o UserKnownHostsFile="$HOME/.ssh/known_hosts" "$DOCKER_HOST" docker system dial-stdio | grep -q '200 OK'`}})
	if err != nil {
		t.Fatal(err)
	}
	bad, err := Command(Tool{Name: "bad", Command: []string{"sh", "-c", "exec " + ssh + ` "$DOCKER_HOST" docker version`}})
	if err != nil {
		t.Fatal(err)
	}
	o := &Options{Clients: []Client{good, own, bad}, Filter: regexp.MustCompile("^ssh/plain/env$")}
	for asked, want := range map[bool]map[string]Verdict{
		false: {"good": Skipped, "own": Skipped, "bad": Skipped},
		true:  {"good": Ok, "own": Ok, "bad": Broken},
	} {
		one := *o
		one.SSH = asked
		got := map[string]Verdict{}
		for name, g := range runEntries(t, &one).Entries[0].Got {
			got[name] = g.Verdict
			if g.Verdict != want[name] {
				t.Log(g.Outcome, g.Text)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("asked for %v (-want +got):\n%s", asked, diff)
		}
	}
}
