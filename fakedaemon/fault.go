package fakedaemon

import (
	"net/http"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
)

// Fault is something that goes wrong.
type Fault interface{ fault() }

type faultList struct {
	mu sync.Mutex
}

// Inject makes a fault happen until it has happened as often as it says, or remove is called.
func (d *Daemon) Inject(f Fault) (remove func()) { return func() {} }

func (f *faultList) dial(*transport.Conn) bool { return true }

func (f *faultList) hello(host string) transport.Hello { return transport.Hello{} }

func (d *Daemon) serveFaults(next http.Handler) http.Handler { return next }
