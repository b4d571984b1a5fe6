package conform

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestAddressTaken: when somebody has taken the daemon's address before the plain daemon has it, the client finds the
// plain daemon all the same.
func TestAddressTaken(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"env/tls1-certpath", "env/no-port"} {
		e := Entries()[slices.IndexFunc(Entries(), func(e modes.Entry) bool { return e.ID == id })]
		if why := unable(e); why != "" {
			t.Logf("%s: %s", id, why)
			continue
		}
		taken := 0
		var plain string
		got, err := Try(t.Context(), habitual(fallsBack), e, &Options{NewDaemon: func(o *fakedaemon.Options) (Daemon, error) {
			if len(o.Listen) > 0 && o.Listen[0].Mode == modes.TCP && taken == 0 {
				taken++
				return nil, &fakedaemon.ListenError{Host: o.Listen[0].Addr, Err: errors.New("address already in use")}
			}
			d, err := fakedaemon.New(o)
			if err == nil {
				plain = d.Host() // the last one is that of the plain daemon
			}
			return d, err
		}})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if taken != 1 || got.Plain != outcome.OK {
			t.Errorf("%s: taken %d times, in front of the plain daemon at %s: %s", id, taken, plain, got.Plain)
		}
		if addr := e.DaemonAddr(); !strings.HasSuffix(plain, addr) {
			t.Errorf("%s: the plain daemon is at %s, want %s", id, plain, addr)
		}
	}
}

// A reason for which an entry is skipped speaks of the client, not of the matrix.
func TestCannot(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		family modes.Family
		entry  modes.Entry
		want   string
	}{
		{modes.FamilyCurl, modes.Entry{Source: modes.Env}, "mine is told by flags only"},
		{modes.FamilyGo, modes.Entry{Source: modes.Context}, "mine is told by flags only"},
		{modes.FamilyDockerPy, modes.Entry{Source: modes.Context}, "a context is for the docker CLI"},
		{modes.FamilyCurl, modes.Entry{Source: modes.Flags, Daemon: modes.SSH}, "mine does not speak ssh"},
		{modes.FamilyGo, modes.Entry{Source: modes.Flags, Daemon: modes.TLS}, "mine cannot be told what the entry says"},
	} {
		if got := new(Options).skip(Func("mine", test.family, nil), test.entry); got != test.want {
			t.Errorf("family %s, %+v: got %q, want %q", test.family, test.entry, got, test.want)
		}
	}
}

// What was skipped by every client is counted apart.
func TestTried(t *testing.T) {
	t.Parallel()
	r := &Report{Clients: []string{"one", "two"}, Entries: []EntryReport{
		{Got: map[string]Got{"one": {Verdict: Skipped}, "two": {Verdict: Differs}}},
		{Got: map[string]Got{"one": {Verdict: Skipped}, "two": {Verdict: Skipped}}},
	}}
	if got, want := r.tried(), "1 entry tried and 1 skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
