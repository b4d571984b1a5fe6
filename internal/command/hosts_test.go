package command

import (
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/hosts"
)

// TestDefaultHosts has dockerd's own addresses, which the recorded starts can only have in a private network.
func TestDefaultHosts(t *testing.T) {
	t.Parallel()
	socket, pipe := "unix:///var/run/docker.sock", "npipe:////./pipe/docker_engine"
	none := socket
	if runtime.GOOS == "windows" {
		none = pipe
	}
	for _, c := range []struct {
		host       string
		plain, tls string
	}{
		{"", none, "tcp://localhost:2376"},
		{" ", none, "tcp://localhost:2376"},
		{"tcp://", "tcp://localhost:2375", "tcp://localhost:2375"},
		{"127.0.0.1", "tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375"},
		{"tcp://127.0.0.1:", "tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375"},
		{":4243", "tcp://localhost:4243", "tcp://localhost:4243"},
		{"tcp://:4243", "tcp://localhost:4243", "tcp://localhost:4243"},
		{"unix://", socket, socket},
		{"npipe://", pipe, pipe},
		{"fd://", "fd://", "fd://"},
	} {
		for engine, g := range generations {
			for useTLS, want := range map[bool]string{false: c.plain, true: c.tls} {
				got, err := normalizeHosts(hosts.Docker(), g, []string{c.host}, useTLS)
				if diff := cmp.Diff([]string{want}, got); diff != "" || err != nil {
					t.Errorf("engine %s, -H %q, TLS %v: %v (-dockerd +fake)\n%s", engine, c.host, useTLS, err, diff)
				}
			}
		}
	}
}
