package fakedaemon_test

import (
	"io"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// TestConnections counts those who only dial, those who hang up, those who say what nobody understands, and good ones.
func TestConnections(t *testing.T) {
	t.Parallel()
	const hello, request = "\x16\x03\x01\x00\x05\x01\x00", "GET /_ping HTTP/1.0\r\n\r\n"
	for _, mode := range []modes.Daemon{modes.Unix, modes.TCP, modes.TLSVerify} {
		d := fakedaemon.Start(t, &fakedaemon.Options{Mode: mode})
		network := map[bool]string{true: "unix", false: "tcp"}[mode == modes.Unix]
		var got []fakedaemon.ConnectionCount
		for _, says := range []string{"", hello, request} {
			c, err := net.Dial(network, addr(d))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Write([]byte(says)); err != nil {
				t.Fatal(err)
			}
			// The daemon ends its side when it has seen the end of ours, or has answered.
			c.(interface{ CloseWrite() error }).CloseWrite()
			io.Copy(io.Discard, c)
			c.Close()
			got = append(got, d.Connections())
		}
		if diff := cmp.Diff([]fakedaemon.ConnectionCount{{1, 0, 0}, {2, 1, 0}, {3, 2, 1}}, got); diff != "" {
			t.Errorf("mode %s (-want +got):\n%s", mode, diff)
		}
	}
}
