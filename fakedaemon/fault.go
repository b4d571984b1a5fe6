package fakedaemon

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
)

// Fault is something that goes wrong on purpose: a DialFault, TLSFault, SSHFault, HTTPFault or StreamFault.
type Fault interface {
	// times is how often the fault happens, 0 for until it is removed.
	times() int
	// check says what is wrong with the fault itself.
	check(d *Daemon) error
}

// DialFault ends a connection as soon as it is accepted. The system may turn that into a reset for a client that has
// written something.
type DialFault struct {
	// Host is the listener, one of Daemon.Hosts; "" means any.
	Host string
	// Reset ends it with a TCP reset. A unix socket has none: it is closed.
	Reset bool
	// Times is how many connections it ends; 0 means all until it is removed.
	Times int
}

// TLSFault spoils a handshake when the client's hello is there. Exactly one of Alert, Close and Certificate is set.
type TLSFault struct {
	// Host is the listener, one of Daemon.Hosts; "" means any.
	Host string
	// Alert is a fatal alert, sent in answer to the hello, for instance 40, handshake_failure.
	Alert tls.AlertError
	// Close closes the connection without an answer.
	Close bool
	// Certificate is shown instead of the daemon's own. Whether the handshake then fails is up to the client.
	Certificate *tls.Certificate
	// Times is how many handshakes it spoils; 0 means all until it is removed.
	Times int
}

// HTTPFault answers a request in place of the API.
type HTTPFault struct {
	// Operation is an operationId of the API description, for instance "ContainerList"; "" means any request.
	Operation string
	// Status and Message are those of an error answer in dockerd's form, logged as such. A message in the words of Engine28
	// is reworded as the engine has it. Status 0 means none: the connection is closed without an answer.
	Status  int
	Message string
	// Times is how many requests it answers; 0 means all until it is removed.
	Times int
}

// StreamFault cuts an answer short.
type StreamFault struct {
	// Operation is an operationId of the API description, for instance "SystemEvents"; "" means any request.
	Operation string
	// After is how many bytes of the answer's body get through. The header always does.
	After int64
	// Reset cuts with a TCP reset; otherwise the connection is closed, with TLS without its closing alert. A unix
	// socket has no reset: it is closed.
	Reset bool
	// Times is how many answers it is applied to, shorter ones included; 0 means all until it is removed.
	Times int
}

// Inject makes a fault happen until it has happened as often as it says, or remove is called. Of several faults that
// apply, the one that was injected first happens. Inject fails the test of Start, and panics for a daemon of New, when
// the fault names a listener or an operation that does not exist or does not say what to do.
func (d *Daemon) Inject(f Fault) (remove func()) {
	d.helper()
	if err := d.checkFault(f); err != nil {
		d.fail(fmt.Errorf("fakedaemon: Inject(%T): %w", f, err))
		return func() {}
	}
	return d.faults.add(f)
}

func (d *Daemon) checkFault(f Fault) error {
	switch f.(type) {
	case DialFault, TLSFault, SSHFault, HTTPFault, StreamFault:
		return f.check(d)
	}
	return errors.New("give a DialFault, TLSFault, SSHFault, HTTPFault or StreamFault, and no pointer to one")
}

// faultList is the faults that can still happen. The zero value is ready for use.
type faultList struct {
	mu   sync.Mutex
	list []*injected // in the order in which they came; protected by mu
}

type injected struct {
	fault Fault
	left  int // how often it still happens, below 1 for until it is removed; protected by faultList.mu
}

func (l *faultList) add(f Fault) (remove func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := &injected{fault: f, left: f.times()}
	l.list = append(l.list, i)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.removeLocked(i)
	}
}

func (l *faultList) removeLocked(i *injected) {
	l.list = slices.DeleteFunc(l.list, func(e *injected) bool { return e == i })
}

// take returns the first fault of type F that applies, and counts it.
func take[F Fault](l *faultList, applies func(F) bool) (f F, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, i := range l.list {
		if f, ok := i.fault.(F); ok && applies(f) {
			if i.left--; i.left == 0 {
				l.removeLocked(i)
			}
			return f, true
		}
	}
	return f, false
}

// dial is transport.Config.Dial.
func (l *faultList) dial(c *transport.Conn) bool {
	f, ok := take(l, func(f DialFault) bool { return f.Host == "" || f.Host == c.Host })
	if !ok {
		return true
	}
	end(c, f.Reset)
	return false
}

// hello is transport.Config.Hello.
func (l *faultList) hello(host string) transport.Hello {
	f, _ := take(l, func(f TLSFault) bool { return f.Host == "" || f.Host == host })
	return transport.Hello{Alert: f.Alert, Close: f.Close, Certificate: f.Certificate}
}

// faulty is the link of HTTPFault and StreamFault.
func (d *Daemon) faulty(next api.Handler) api.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		op, _ := api.Asked(r)
		a := answerOf(r)
		a.cut = d.faults.cut(op.ID, a.conn)
		f, ok := take(&d.faults, func(f HTTPFault) bool { return f.Operation == "" || f.Operation == op.ID })
		switch {
		case !ok:
			return next(w, r)
		case f.Status == 0:
			a.conn.Close()
			panic(http.ErrAbortHandler)
		}
		return api.Fault{Status: f.Status, Message: f.Message}
	}
}

// cut returns what cuts the answer to a request, nil for nothing.
func (l *faultList) cut(operation string, c *transport.Conn) *cut {
	f, ok := take(l, func(f StreamFault) bool { return f.Operation == "" || f.Operation == operation })
	if !ok {
		return nil
	}
	return &cut{conn: c, reset: f.Reset, left: f.After}
}

func end(c *transport.Conn, reset bool) {
	if reset {
		c.Reset()
	} else {
		c.Close()
	}
}

// cut ends a connection when enough of an answer has gone through. A nil *cut never does.
type cut struct {
	conn  *transport.Conn // immutable
	reset bool            // immutable

	mu   sync.Mutex
	left int64 // bytes that still go through; protected by mu
	done bool  // protected by mu
}

// write passes b on with to, and ends the connection after flush when no more may pass. The first head bytes do not count.
func (c *cut) write(b []byte, head int, to func([]byte) (int, error), flush func()) (int, error) {
	if c == nil {
		return to(b)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return 0, ErrInjected
	}
	if body := int64(len(b) - head); body < c.left {
		c.left -= body
		return to(b)
	}
	n, err := to(b[:head+int(c.left)])
	flush()
	c.done = true
	end(c.conn, c.reset)
	if n < len(b) && err == nil {
		err = ErrInjected
	}
	return n, err
}

func (f DialFault) times() int   { return f.Times }
func (f TLSFault) times() int    { return f.Times }
func (f HTTPFault) times() int   { return f.Times }
func (f StreamFault) times() int { return f.Times }

func (f DialFault) check(d *Daemon) error {
	return errors.Join(checkTimes(f.Times), d.checkHost(f.Host))
}

func (f TLSFault) check(d *Daemon) error {
	n := 0
	for _, set := range []bool{f.Alert != 0, f.Close, f.Certificate != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		return fmt.Errorf("%d of Alert, Close and Certificate are set: set one", n)
	}
	return errors.Join(checkTimes(f.Times), d.checkHost(f.Host))
}

func (f HTTPFault) check(*Daemon) error {
	if f.Status != 0 && (f.Status < 400 || f.Status > 599) {
		return fmt.Errorf("Status is %d: use 400 to 599, or 0 for no answer", f.Status)
	}
	return errors.Join(checkTimes(f.Times), checkOperation(f.Operation))
}

func (f StreamFault) check(*Daemon) error {
	if f.After < 0 {
		return fmt.Errorf("After is %d: use 0 or more", f.After)
	}
	return errors.Join(checkTimes(f.Times), checkOperation(f.Operation))
}

func checkTimes(n int) error {
	if n < 0 {
		return fmt.Errorf("Times is %d: use 0 or more", n)
	}
	return nil
}

func (d *Daemon) checkHost(host string) error {
	if host == "" || slices.Contains(d.Hosts(), host) {
		return nil
	}
	return fmt.Errorf("there is no listener %q: use one of %q", host, d.Hosts())
}

func checkOperation(id string) error {
	var known []string
	for _, o := range api.Operations() {
		known = append(known, o.ID)
	}
	if id == "" || slices.Contains(known, id) {
		return nil
	}
	return fmt.Errorf("there is no operation %q in the API description%s", id, api.Nearest(id, known))
}
