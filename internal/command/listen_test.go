package command

import (
	"fmt"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// The texts are dockerd 28.5.2's for the same hosts.
func TestPortsOfTwoHosts(t *testing.T) {
	t.Parallel()
	const taken = "failed to allocate daemon listening port 99 (err: Bind for %s:99 failed: port is already allocated)"
	for _, c := range []struct {
		hosts []string
		want  string // the address that is taken; "" none is
	}{
		{[]string{"tcp://0.0.0.0:99", "tcp://127.0.0.1:99"}, "0.0.0.0"},
		{[]string{"tcp://[::1]:99", "tcp://[::]:99"}, "::1"},
		{[]string{"tcp://127.0.0.1:99", "tcp://[::]:99"}, ""},
		{[]string{"tcp://127.0.0.1:99", "tcp://127.0.0.1:98"}, ""},
		{[]string{"tcp://127.0.0.1:99", "tcp://127.0.0.2:99"}, ""},
		{[]string{"tcp://127.0.0.1:0", "tcp://127.0.0.1:0"}, ""},
	} {
		off := false
		config := &Config{CommonConfig: CommonConfig{Hosts: c.hosts, TLS: &off}}
		want := "<nil>"
		if c.want != "" {
			want = fmt.Sprintf(taken, c.want)
		}
		if _, err := config.ways(generations[fakedaemon.Engine28], dockerdAddrs, nil); fmt.Sprint(err) != want {
			t.Errorf("%q: %v, want %s", c.hosts, err, want)
		}
	}
}
