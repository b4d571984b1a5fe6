// Package transport is every way into a daemon: listeners whose connections are known until they are closed,
// and a ledger of the TLS handshakes on them.
package transport

import (
	"crypto/tls"
	"net"
	"sync"
)

// Config says how a listener treats its connections. Every field except TLS and SilentHTTP is needed.
type Config struct {
	Host   string      // the listener's address in DOCKER_HOST form
	TLS    *tls.Config // nil: plain
	Conns  *ConnSet
	Ledger *Ledger
	// Logf receives the lines that net/http logs about handshakes.
	Logf func(format string, args ...any)
	// SilentHTTP leaves out the line for plain HTTP on a TLS listener, as net/http did until Go 1.20.
	SilentHTTP bool
	// Dial is asked about every accepted connection; it returns false when it has ended it.
	Dial func(*Conn) bool
	// Hello is asked about every handshake on Host when the client's hello is there.
	Hello func(host string) Hello
}

type listener struct {
	net.Listener
	Config

	tls   *tls.Config   // nil: plain
	ready chan accepted // connections whose handshake is done
	quit  chan struct{} // closed by Close
	once  sync.Once     // of Close
}

type accepted struct {
	conn net.Conn
	err  error
}

// NewListener returns a listener of raw's connections. With TLS, Accept returns connections whose handshake is
// done: each has a goroutine of its own, so that a slow client delays nobody.
func NewListener(raw net.Listener, c Config) net.Listener {
	l := &listener{Listener: raw, Config: c}
	if c.TLS == nil {
		return l
	}
	l.tls = c.TLS.Clone()
	l.tls.GetConfigForClient = l.hello
	l.ready = make(chan accepted)
	l.quit = make(chan struct{})
	go l.loop()
	return l
}

// Accept returns the next connection.
func (l *listener) Accept() (net.Conn, error) {
	if l.tls != nil {
		select {
		case a := <-l.ready:
			return a.conn, a.err
		case <-l.quit:
			return nil, net.ErrClosed
		}
	}
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := l.Conns.conn(raw, l.Host)
		l.Conns.add(c)
		if l.Dial(c) {
			return c, nil
		}
	}
}

// loop accepts until the listener is closed.
func (l *listener) loop() {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			if !l.deliver(accepted{err: err}) {
				return
			}
			continue
		}
		h := &handshake{Conn: l.Conns.conn(raw, l.Host), ledger: l.Ledger}
		l.Ledger.begin(h)
		l.Conns.add(h.Conn)
		if !l.Dial(h.Conn) {
			l.Ledger.end(h, false, func(r *Row) { r.Err = ErrInjected })
			continue
		}
		go func() {
			if conn, err := l.shake(h); err == nil && !l.deliver(accepted{conn: conn}) {
				conn.Close()
			}
		}()
	}
}

// deliver hands something to Accept; it is false when the listener was closed.
func (l *listener) deliver(a accepted) bool {
	select {
	case l.ready <- a:
		return true
	case <-l.quit:
		return false
	}
}

// Close ends Accept.
func (l *listener) Close() error {
	err := net.ErrClosed
	l.once.Do(func() {
		if l.quit != nil {
			close(l.quit)
		}
		err = l.Listener.Close()
	})
	return err
}
