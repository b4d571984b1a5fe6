package hosts

import (
	"strings"
	"testing"
)

// completed is what a grammar makes of a host: the host, or the error.
func completed(g *Grammar, host string) string {
	got, err := g.Complete(Docker(), host)
	if err != nil {
		return err.Error()
	}
	return got
}

func TestTLS(t *testing.T) {
	t.Parallel()
	if got := Docker().TLS(); got != "tcp://localhost:2376" {
		t.Errorf("the host with TLS is %s", got)
	}
}

// TestComplete has the hosts in which the two versions differ, and those in which they do not ("'").
func TestComplete(t *testing.T) {
	t.Parallel()
	for host, want := range map[string][2]string{
		"tcp://":                       {"tcp://localhost:2375", "'"},
		":4243":                        {"tcp://localhost:4243", "'"},
		"127.0.0.1":                    {"tcp://127.0.0.1:2375", "'"},
		"tcp://[::1]:":                 {"tcp://[::1]:2375", "'"},
		"tcp://[::1]":                  {"Invalid bind address format: [::1]", "tcp://[::1]:2375"},
		"tcp://h:":                     {"tcp://h:2375", "'"},
		"tcp://[::1]:/p":               {"tcp://[::1]:2375/p", "invalid bind address (tcp://[::1]:/p): should not contain a path element"},
		"tcp://h:a":                    {`parse "tcp://h:a": invalid port ":a" after host`, `invalid bind address (tcp://h:a): parse "tcp://h:a": invalid port ":a" after host`},
		"tcp://h:99999999999999999999": {"tcp://h:99999999999999999999", "invalid bind address (tcp://h:99999999999999999999): invalid port: 99999999999999999999"},
		"tcp://h:1/p":                  {"tcp://h:1/p", "invalid bind address (tcp://h:1/p): should not contain a path element"},
		"unix://":                      {"unix:///var/run/docker.sock", "'"},
		"tcp://a://b":                  {"Invalid proto, expected tcp: a://b", "invalid bind address (tcp://a://b): should not contain a path element"},
		"unix://a://b":                 {"Invalid proto, expected unix: a://b", "invalid bind address (unix://a://b): invalid unix address: a://b"},
		"npipe://":                     {"npipe:////./pipe/docker_engine", "'"},
		"fd://":                        {"fd://", "'"},
		"ssh://h:22":                   {"Invalid bind address format: ssh://h:22", "invalid bind address (ssh://h:22): unsupported proto 'ssh'"},
		"tcp://127.0.0.1:999999":       {"tcp://127.0.0.1:999999", "'"},
	} {
		if want[1] == "'" {
			want[1] = want[0]
		}
		if got := [2]string{completed(CLI, host), completed(Daemon, host)}; got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
}

// FuzzComplete: a host that is complete stays as it is, unless it is refused then: "::0", which Docker takes apart so, too.
func FuzzComplete(f *testing.F) {
	for _, host := range []string{"tcp://", ":1", "a", "[::1]:", "tcp://h:1/p", "unix:///x", "npipe://", "fd://3", "ssh://u@h:1", "x://y", "%zz", "tcp://a@b:1"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		for _, g := range []*Grammar{CLI, Daemon} {
			got, err := g.Complete(Docker(), host)
			if err != nil {
				continue
			}
			if !strings.Contains(got, "://") {
				t.Errorf("%q is completed to %q", host, got)
			}
			if again, err := g.Complete(Docker(), got); again != got && err == nil {
				t.Errorf("%q is completed to %q, and that to %q", host, got, again)
			}
		}
	})
}
