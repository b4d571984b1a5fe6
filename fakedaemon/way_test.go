package fakedaemon

import (
	"slices"
	"testing"

	"github.com/fakedockerd/fakedockerd/modes"
)

// TestWaysIn: every daemon mode has one way in, and every way says what an address is there.
func TestWaysIn(t *testing.T) {
	t.Parallel()
	var all []modes.Daemon
	for _, w := range waysIn {
		all = append(all, w.modes...)
		if w.form == "" || w.open == nil {
			t.Errorf("the way of %q is not complete", w.modes)
		}
	}
	if !slices.Equal(all, modes.Daemons()) {
		t.Errorf("there are ways in for %q, and modes %q", all, modes.Daemons())
	}
}

// TestCertHosts: a certificate is for the host of every listener that has one, but for those that it is for anyway.
func TestCertHosts(t *testing.T) {
	t.Parallel()
	listeners := func(list ...Listen) *Daemon { return &Daemon{options: Options{Listen: list}} }
	local := Listen{Mode: modes.TLS, Addr: "127.0.0.1:0"}
	d := listeners(Listen{Mode: modes.Unix, Addr: "/run/a:1"}, Listen{Mode: modes.TLS, Addr: ":0"}, Listen{Mode: modes.TLS, Addr: "0.0.0.0:0"}, local, Listen{Mode: modes.TLS, Addr: "127.0.0.2:0"})
	if got, want := d.certHosts(), []string{"localhost", "127.0.0.1", "::1", "127.0.0.2"}; !slices.Equal(got, want) {
		t.Errorf("it is for %q, want %q", got, want)
	}
	if got := listeners(local).certHosts(); got != nil {
		t.Errorf("it is for %q, want what certgen gives", got)
	}
}
