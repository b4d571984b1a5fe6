package conform

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// TestStart: the daemon of an entry listens where the entry says.
func TestStart(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"env/ref-mtls", "env/ipv6", "env/port-2376-plain", "unix/plain/env"} {
		e := Entries()[slices.IndexFunc(Entries(), func(e modes.Entry) bool { return e.ID == id })]
		if why := unable(e); why != "" {
			t.Logf("%s: %s", id, why)
			continue
		}
		d, err := (&Options{}).start(e, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		host := d.Host()
		switch addr := e.DaemonAddr(); {
		case e.Daemon == modes.Unix:
			if !strings.HasPrefix(host, "unix://") {
				t.Errorf("%s: listens at %s", id, host)
			}
		case addr == "":
			if !strings.HasPrefix(host, "tcp://127.0.0.1:") {
				t.Errorf("%s: listens at %s", id, host)
			}
		case addr == "[::1]:0":
			if !strings.HasPrefix(host, "tcp://[::1]:") {
				t.Errorf("%s: listens at %s", id, host)
			}
		default:
			name, port, err := net.SplitHostPort(strings.TrimPrefix(host, "tcp://"))
			if err != nil || ":"+port != addr || !net.ParseIP(name).IsLoopback() || name == "127.0.0.1" {
				t.Errorf("%s: listens at %s", id, host)
			}
		}
	}
}

// TestStartTriesOtherAddresses: an address that somebody else has is no failure, any other error is.
func TestStartTriesOtherAddresses(t *testing.T) {
	t.Parallel()
	e := Entries()[slices.IndexFunc(Entries(), func(e modes.Entry) bool { return e.ID == "env/port-2376" })]
	broken := errors.New("no daemon today")
	taken := &fakedaemon.ListenError{Err: errors.New("address already in use")}
	for _, test := range []struct {
		errs []error // of the attempts
		want error
	}{
		{[]error{taken, taken, nil}, nil},
		{[]error{broken}, broken},
		{[]error{taken, taken, taken, taken, taken, taken, taken, taken, taken, taken}, taken},
	} {
		var addrs []string
		o := &Options{NewDaemon: func(o *fakedaemon.Options) (Daemon, error) {
			addrs = append(addrs, o.Listen[0].Addr)
			return nil, test.errs[len(addrs)-1]
		}}
		if _, err := o.start(e, nil); !errors.Is(err, test.want) {
			t.Errorf("got %v, want %v", err, test.want)
		}
		if diff := cmp.Diff(len(test.errs), len(addrs)); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		slices.Sort(addrs)
		if len(slices.Compact(addrs)) != len(test.errs) {
			t.Errorf("the same address twice: %v", addrs)
		}
	}
}
