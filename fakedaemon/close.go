package fakedaemon

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrClosed is in the errors of what a closed daemon cannot do any more.
var ErrClosed = errors.New("the daemon is closed")

// Close ends the daemon: its listeners, idle and hijacked connections at once, and the contexts of all requests. It
// waits five seconds for requests that are still served, then closes their connections too and returns an error that
// names them. It removes sockets and files. Only the first call does something; the others return its result.
func (d *Daemon) Close() error {
	d.closing.Do(func() {
		d.err = d.close()
		close(d.closed)
	})
	return d.err
}

func (d *Daemon) close() error {
	for _, l := range d.listeners {
		l.l.Close()
	}
	d.server.SetKeepAlivesEnabled(false)
	d.cancel()
	d.state.Close()
	// What clients have said of the daemon's certificate is heard, and logged, before their connections are cut.
	d.ledger.Rows()
	d.sshLedger.Rows()
	d.conns.CloseIdle()
	err := d.wait()
	d.conns.CloseAll()
	d.server.Close()
	d.serving.Wait()
	d.authorizer.registry.Close()
	if err != nil {
		d.log.printf("%v", err)
		d.ended(time.After(min(d.patience, time.Second)))
	}
	d.log.stop()
	return errors.Join(err, d.violations.err(), d.material.close())
}

// ended returns true once no request is served and no connection is open, false when the timer fires before that.
func (d *Daemon) ended(timer <-chan time.Time) bool {
	for _, c := range []<-chan struct{}{d.requests.idle(), d.conns.Empty()} {
		select {
		case <-c:
		case <-timer:
			return false
		}
	}
	return true
}

// wait waits for the end of all requests and connections. Its error says what did not end.
func (d *Daemon) wait() error {
	timer := time.NewTimer(d.patience)
	defer timer.Stop()
	if d.ended(timer.C) {
		return nil
	}
	var blocking []string
	for _, r := range d.requests.serving() {
		blocking = append(blocking, fmt.Sprintf("%s %s from %s", r.Method, r.Path, r.Remote))
	}
	if len(blocking) == 0 {
		for _, c := range d.conns.Active() {
			blocking = append(blocking, fmt.Sprintf("an answer that %s does not read", c.RemoteAddr()))
		}
	}
	if len(blocking) == 0 {
		return nil
	}
	return fmt.Errorf("fakedaemon: Close waited %v, blocked by: %s", d.patience, strings.Join(blocking, ", "))
}
