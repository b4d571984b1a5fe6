package conform

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// TestAddressTaken: when somebody has taken the daemon's address before the plain daemon has it, the client finds the plain
// daemon all the same.
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
		if taken != 1 || got.Plain != modes.OK {
			t.Errorf("%s: taken %d times, in front of the plain daemon at %s: %s", id, taken, plain, got.Plain)
		}
		if addr := e.DaemonAddr(); !strings.HasSuffix(plain, addr) {
			t.Errorf("%s: the plain daemon is at %s, want %s", id, plain, addr)
		}
	}
}
