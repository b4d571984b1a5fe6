package conform

import "github.com/fakedockerd/fakedockerd/modes"

const bySocket setting = "socket"

var throughSocket = &wayIn{
	modes: []modes.Daemon{modes.Unix}, scheme: "unix",
	fill:    func(p *modes.Paths, addr string) { p.Socket = addr },
	network: func(addr string) (string, string) { return "unix", addr },
	setting: bySocket, said: ", a unix socket", answers: "from the socket",
	noPort: "its command names a host and a port, and a unix socket has none", private: true,
}
