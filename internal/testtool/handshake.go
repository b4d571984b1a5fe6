package testtool

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// Handshake connects two configs and returns what either side makes of it. The client reads
// once after its handshake, since with TLS 1.3 a refusal of its certificate comes later.
func Handshake(tb TB, server, client *tls.Config) (serverErr, clientErr error) {
	tb.Helper()
	s, c := net.Pipe()
	deadline := time.Now().Add(time.Minute)
	s.SetDeadline(deadline)
	c.SetDeadline(deadline)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer s.Close()
		conn := tls.Server(s, server)
		if serverErr = conn.Handshake(); serverErr == nil {
			_, serverErr = conn.Write([]byte{1})
		}
	})
	conn := tls.Client(c, client)
	if clientErr = conn.Handshake(); clientErr == nil {
		_, clientErr = conn.Read(make([]byte, 1))
	}
	c.Close()
	wg.Wait()
	return serverErr, clientErr
}
