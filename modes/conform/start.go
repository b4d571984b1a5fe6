package conform

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// start starts the daemon of an entry where the entry says.
func (o *Options) start(e modes.Entry, certs *certgen.Bundle) (Daemon, error) {
	addr := e.DaemonAddr()
	switch {
	case addr == "":
		return o.newDaemon(&fakedaemon.Options{Mode: e.Daemon, Certs: certs})
	case addr[0] != ':':
		return o.newDaemon(&fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: e.Daemon, Addr: addr}}, Certs: certs})
	}
	const attempts = 10
	for n := 1; ; n++ {
		host := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
		d, err := o.newDaemon(&fakedaemon.Options{Listen: []fakedaemon.Listen{{Mode: e.Daemon, Addr: host + addr}}, Certs: certs})
		if taken := (*fakedaemon.ListenError)(nil); err == nil || n == attempts || !errors.As(err, &taken) {
			return d, err
		}
	}
}

// unable says why an entry cannot be tried on this machine; "" means it can.
func unable(e modes.Entry) string {
	switch addr := e.DaemonAddr(); {
	case strings.HasPrefix(addr, "[::1]:") && !ipv6():
		return "this machine has no IPv6"
	case strings.HasPrefix(addr, ":") && !loopbacks():
		return "this machine has no loopback address but 127.0.0.1"
	case !readsSystemCA && slices.ContainsFunc(e.Layout(), func(f modes.File) bool { return f.Dir == modes.SystemDir }):
		return "programs in Go do not read SSL_CERT_FILE on this system"
	}
	return ""
}

// readsSystemCA: elsewhere crypto/x509 asks the system.
const readsSystemCA = runtime.GOOS != "windows" && runtime.GOOS != "darwin"

var (
	ipv6      = sync.OnceValue(func() bool { return listens("[::1]:0") })
	loopbacks = sync.OnceValue(func() bool { return listens("127.1.2.3:0") })
)

func listens(addr string) bool {
	l, err := net.Listen("tcp", addr)
	return err == nil && l.Close() == nil
}
