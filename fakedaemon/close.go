package fakedaemon

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Close ends the daemon: its listeners, idle and hijacked connections at once, and the contexts of all requests. It
// waits five seconds for requests that are still served, then closes their connections too and returns an error that
// names them. It removes sockets and files. Only the first call does something; the others return its result.
func (d *Daemon) Close() error {
	d.closing.Do(func() { d.err = d.close() })
	return d.err
}

func (d *Daemon) close() error {
	for _, l := range d.listeners {
		l.l.Close()
	}
	d.server.SetKeepAlivesEnabled(false)
	d.cancel()
	d.conns.CloseIdle()
	err := d.waitForRequests()
	d.conns.CloseAll()
	d.server.Close()
	d.serving.Wait()
	select {
	case <-d.conns.Empty():
	case <-time.After(time.Second):
	}
	d.log.stop()
	return errors.Join(err, d.material.close())
}

// waitForRequests returns once no request is served, or with an error that says which still are.
func (d *Daemon) waitForRequests() error {
	timer := time.NewTimer(d.patience)
	defer timer.Stop()
	select {
	case <-d.requests.idle():
		return nil
	case <-timer.C:
	}
	blocking := d.requests.serving()
	if len(blocking) == 0 {
		return nil
	}
	lines := make([]string, len(blocking))
	for i, r := range blocking {
		lines[i] = fmt.Sprintf("%s %s from %s", r.Method, r.Path, r.Remote)
	}
	err := fmt.Errorf("fakedaemon: Close gave up after %v waiting for requests: %s", d.patience, strings.Join(lines, ", "))
	d.log.printf("%v", err)
	return err
}
