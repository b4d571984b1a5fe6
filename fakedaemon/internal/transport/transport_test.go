package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// listen starts a listener on a loopback address. Its connections go to the channel.
func listen(t *testing.T, c Config) (addr string, conns <-chan net.Conn) {
	t.Helper()
	return listenOn(t, listenTCP(t), c)
}

func listenTCP(t *testing.T) net.Listener {
	t.Helper()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func listenOn(t *testing.T, raw net.Listener, c Config) (addr string, conns <-chan net.Conn) {
	t.Helper()
	c.Host = "tcp://" + raw.Addr().String()
	if c.Conns == nil {
		c.Conns = new(ConnSet)
	}
	if c.Ledger == nil {
		c.Ledger = new(Ledger)
	}
	if c.Logf == nil {
		c.Logf = func(string, ...any) {}
	}
	if c.Dial == nil {
		c.Dial = func(*Conn) bool { return true }
	}
	if c.Hello == nil {
		c.Hello = func(string) Hello { return Hello{} }
	}
	l := NewListener(raw, c)
	ch := make(chan net.Conn)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			ch <- conn
		}
	}()
	t.Cleanup(func() {
		l.Close()
		if err := l.Close(); err == nil {
			t.Error("a second Close says that it closed something")
		}
		c.Conns.CloseAll()
		<-done
	})
	return raw.Addr().String(), ch
}

func serverTLS(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	b, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.ServerTLS(), b.ClientTLS()
}

func dialTCP(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c
}

// next returns the connection of a client that reads to the end, or fails when that end comes first.
func next(t *testing.T, conns <-chan net.Conn, addr string, config *tls.Config) net.Conn {
	t.Helper()
	ended := make(chan error, 1)
	go func() {
		dial := net.Dial
		if config != nil {
			dial = func(network, addr string) (net.Conn, error) { return tls.Dial(network, addr, config) }
		}
		c, err := dial("tcp", addr)
		if err != nil {
			ended <- err
			return
		}
		_, err = io.ReadAll(c)
		ended <- fmt.Errorf("the daemon has ended the connection (%v)", err)
	}()
	select {
	case c := <-conns:
		return c
	case err := <-ended:
		t.Fatal(err)
		return nil
	}
}

// timed notes the deadlines of the connections that it accepts. When late, they are over at once.
type timed struct {
	net.Listener
	late      bool
	deadlines chan time.Time
}

func (l *timed) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &timedConn{c.(*net.TCPConn), l}, nil
}

type timedConn struct {
	*net.TCPConn
	l *timed
}

func (c *timedConn) SetDeadline(t time.Time) error {
	c.l.deadlines <- t
	if c.l.late {
		t = time.Unix(1, 0)
	}
	return c.TCPConn.SetDeadline(t)
}

func newTimed(t *testing.T) *timed {
	return &timed{Listener: listenTCP(t), deadlines: make(chan time.Time, 10)}
}

// check compares the deadlines: one that lies so far behind begun, and none from then on.
func (l *timed) check(t *testing.T, begun time.Time, want time.Duration) {
	t.Helper()
	if n := len(l.deadlines); n != 2 {
		t.Fatalf("%d deadlines are set, want 2", n)
	}
	if first := <-l.deadlines; first.Before(begun.Add(want)) || first.After(time.Now().Add(want)) {
		t.Errorf("the deadline lies %v ahead, want %v", first.Sub(begun), want)
	}
	if last := <-l.deadlines; !last.IsZero() {
		t.Errorf("the deadline stays: %v", last)
	}
}

// TestHandshakeDeadline: a client has its time for the handshake, and after it no deadline.
func TestHandshakeDeadline(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t)
	raw := newTimed(t)
	begun := time.Now()
	addr, conns := listenOn(t, raw, Config{TLS: server})
	next(t, conns, addr, client)
	raw.check(t, begun, 5*time.Minute)

	raw, ledger := newTimed(t), new(Ledger)
	raw.late = true
	addr, _ = listenOn(t, raw, Config{TLS: server, Ledger: ledger})
	c := dialTCP(t, addr)
	<-raw.deadlines
	if b, err := io.ReadAll(c); err != nil || len(b) > 0 {
		t.Errorf("%q, %v", b, err)
	}
	if rows := ledger.Rows(); len(rows) != 1 || !errors.Is(rows[0].Err, os.ErrDeadlineExceeded) {
		t.Errorf("%+v", rows)
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t)
	for name, config := range map[string]*tls.Config{"plain": nil, "TLS": server} {
		addr, conns := listen(t, Config{TLS: config})
		want, config := 0, client
		if name == "TLS" {
			want = 1
		} else {
			config = nil
		}
		got := Of(next(t, conns, addr, config))
		if got == nil || got.Host != "tcp://"+addr || got.Handshake != want {
			t.Errorf("%s: Of gave %+v", name, got)
		}
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if got := Of(a); got != nil {
		t.Errorf("Of gave %v for a foreign connection", got)
	}
}

// TestSlowHandshake: a client that does not speak delays nobody.
func TestSlowHandshake(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t)
	addr, conns := listen(t, Config{TLS: server})
	for range 3 {
		io.WriteString(dialTCP(t, addr), "\x16")
	}
	if c := Of(next(t, conns, addr, client)); c.Handshake != 4 {
		t.Errorf("handshake %d is ready, want 4", c.Handshake)
	}
}

func TestConnSet(t *testing.T) {
	t.Parallel()
	var s ConnSet
	addr, conns := listen(t, Config{Conns: &s})
	var clients []net.Conn
	var served []net.Conn
	for range 4 {
		clients = append(clients, dialTCP(t, addr))
		served = append(served, <-conns)
	}
	const fresh, idle, active, hijacked = 0, 1, 2, 3
	s.State(served[idle], http.StateActive)
	s.State(served[idle], http.StateIdle)
	s.State(served[active], http.StateActive)
	s.State(served[hijacked], http.StateActive)
	s.State(served[hijacked], http.StateHijacked)
	if got := s.Active(); len(got) != 1 || got[0] != served[active] {
		t.Errorf("Active gave %v", got)
	}
	s.CloseIdle()
	for _, i := range []int{fresh, idle, hijacked} {
		if b, err := io.ReadAll(clients[i]); err != nil || len(b) > 0 {
			t.Fatalf("connection %d: %q, %v", i, b, err)
		}
	}
	empty := s.Empty()
	select {
	case <-empty:
		t.Error("the set is empty with an active connection")
	default:
	}
	// A late one is closed at once, the active one when it serves no more.
	if b, err := io.ReadAll(dialTCP(t, addr)); err != nil || len(b) > 0 {
		t.Errorf("a connection after CloseIdle: %q, %v", b, err)
	}
	<-conns
	s.State(served[active], http.StateIdle)
	<-empty
	<-s.Empty()
	if err := served[active].Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Close of a closed connection gave %v", err)
	}
}

// farewellConn closes as crypto/tls does: it says something first, which a peer that does not read holds up.
type farewellConn struct{ *Conn }

func (f farewellConn) NetConn() net.Conn { return f.Conn }

func (f farewellConn) Close() error {
	f.Conn.Write([]byte("bye"))
	return f.Conn.Close()
}

// TestCloseIdleUnread: such a peer must not delay the end of its connection.
func TestCloseIdleUnread(t *testing.T) {
	t.Parallel()
	var s ConnSet
	a, b := net.Pipe()
	defer b.Close()
	c := s.conn(a, "")
	s.add(c)
	s.State(farewellConn{c}, http.StateIdle)
	s.CloseIdle()
	select {
	case <-s.Empty():
	case <-time.After(10 * time.Second):
		t.Error("it is open")
	}
}

func TestLedgerLimit(t *testing.T) {
	t.Parallel()
	var l Ledger
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	var first *handshake
	for i := range maxRows + 2 {
		h := &handshake{Conn: &Conn{Conn: a}}
		l.begin(h)
		if i == 0 {
			first = h
		} else {
			l.end(h, false, func(r *Row) { r.Err = nil })
		}
	}
	l.end(first, false, func(*Row) { t.Error("a dropped row is filled") })
	rows := l.Rows()
	if len(rows) != maxRows || rows[0].ID != 3 || rows[maxRows-1].ID != maxRows+2 {
		t.Errorf("%d rows from %d", len(rows), rows[0].ID)
	}
}

// TestRowsWaits: for a handshake that has something to do, and not longer than settle for one that never ends.
func TestRowsWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testRowsWaits)
}

func testRowsWaits(t *testing.T) {
	var l Ledger
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	h := &handshake{Conn: &Conn{Conn: a}}
	l.begin(h)
	got := make(chan error)
	go func() { got <- l.Rows()[0].Err }()
	select {
	case err := <-got:
		t.Fatalf("Rows did not wait: %v", err)
	case <-time.After(grace):
	}
	want := errors.New("refused")
	l.end(h, false, func(r *Row) { r.Err = want })
	if err := <-got; err != want {
		t.Errorf("Err is %v", err)
	}

	stuck := &handshake{Conn: &Conn{Conn: a}}
	l.begin(stuck)
	start := time.Now()
	if err := l.Rows()[1].Err; err != ErrUnfinished {
		t.Errorf("Err is %v", err)
	}
	if took := time.Since(start); took != settle {
		t.Errorf("Rows waited %v, want %v", took, settle)
	}
	// A pipe cannot say whether it has something to read: Rows waits a little.
	l.reading(stuck, true)
	start = time.Now()
	l.Rows()
	if took := time.Since(start); took != grace {
		t.Errorf("Rows waited %v, want %v", took, grace)
	}
}

// TestRowsOfClosed: a handshake whose connection the daemon closes has an error when anybody looks, or has succeeded.
func TestRowsOfClosed(t *testing.T) {
	t.Parallel()
	for _, want := range []error{net.ErrClosed, nil} {
		synctest.Test(t, func(t *testing.T) {
			var l Ledger
			a, b := net.Pipe()
			defer b.Close()
			h := &handshake{Conn: new(ConnSet).conn(a, "")}
			l.begin(h)
			l.reading(h, true)
			h.Conn.Close()
			got := make(chan []Row, 1)
			go func() { got <- l.Rows() }()
			synctest.Wait()
			l.end(h, want == nil, func(r *Row) { r.Err = want })
			row := (<-got)[0]
			if row.Err != want || row.Ended.IsZero() || len(l.open) > 0 {
				t.Errorf("Err is %v, want %v; Ended is %v; %d are open", row.Err, want, row.Ended, len(l.open))
			}
		})
	}
}

// TestRowsOfSilentClients: nobody waits for a client that has said nothing yet, before its handshake or behind it.
func TestRowsOfSilentClients(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t)
	for name, config := range map[string]*tls.Config{"no handshake": nil, "handshake": client} {
		ledger := new(Ledger)
		addr, conns := listen(t, Config{TLS: server, Ledger: ledger})
		if config == nil {
			dialTCP(t, addr)
		} else {
			c := next(t, conns, addr, config)
			go c.Read(make([]byte, 1))
		}
		for len(ledger.Rows()) == 0 {
			runtime.Gosched()
		}
		if begun := time.Now(); len(ledger.Rows()) != 1 || time.Since(begun) >= settle {
			t.Errorf("%s: Rows took %v", name, time.Since(begun))
		}
	}
}

func TestAlertFor(t *testing.T) {
	t.Parallel()
	invalid := func(r x509.InvalidReason) error {
		return &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: r}}
	}
	for _, test := range []struct {
		err  error
		want tls.AlertError
	}{
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, 48},
		{invalid(x509.Expired), 45},
		{invalid(x509.IncompatibleUsage), 42},
		{errors.New("tls: client didn't provide a certificate"), 116},
		{errors.New("tls: failed to parse client certificate: x509: trailing data"), 50},
		{errors.New("tls: invalid signature by the client certificate: ..."), 51},
		{errors.New("tls: invalid client finished hash"), 51},
		{errors.New("tls: client certificate used with invalid signature algorithm"), 47},
		{errors.New("tls: received unexpected handshake message of type ..."), 10},
		{errors.New("of a VerifyPeerCertificate"), 42},
	} {
		if got := alertFor(test.err); got != test.want {
			t.Errorf("%v: %v, want %v", test.err, got, test.want)
		}
	}
}

// TestSealedAlerts asks a TLS 1.3 client which encrypted alert it got and compares the row.
// TestRows: what is known of a good handshake, of one without a certificate and of connections that are none.
func TestRows(t *testing.T) {
	t.Parallel()
	server, good := serverTLS(t)
	good.ServerName, good.NextProtos = "localhost", []string{"http/1.1"}
	server.NextProtos = good.NextProtos
	none := good.Clone()
	none.Certificates = nil
	ledger, log := new(Ledger), make(chan string, 10)
	addr, conns := listen(t, Config{TLS: server, Ledger: ledger, Logf: func(format string, args ...any) { log <- fmt.Sprintf(format, args...) }})
	c := next(t, conns, addr, good)
	go c.Read(make([]byte, 1))
	say := func(c net.Conn, err error, text string) (said string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, text)
		b, _ := io.ReadAll(c)
		return string(b)
	}
	bad, err := tls.Dial("tcp", addr, none)
	say(bad, err, "")
	if got, want := say(dialTCP(t, addr), nil, "GET / HTTP/1.1\r\n\r\n"), "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"; got != want {
		t.Errorf("plain HTTP is answered with %q", got)
	}
	say(dialTCP(t, addr), nil, "nothing like it")
	type row struct {
		ID                            int
		SNI, ALPN                     string
		Version                       uint16
		Requested, Accepted, Plain    bool
		Certificates                  int
		Err, AlertSent, AlertReceived string
	}
	var got []row
	for _, r := range ledger.Rows() {
		one := row{r.ID, r.SNI, r.ALPN, r.Version, r.CertificateRequested, r.ServerAccepted, r.Plaintext, len(r.Certificates), fmt.Sprint(r.Err), r.AlertSent, r.AlertReceived}
		got = append(got, one)
		if tls13 := r.CipherSuite>>8 == 0x13; tls13 != (r.ID <= 2) || r.Listener != "tcp://"+addr {
			t.Errorf("row %d has the cipher suite %x and the listener %s", r.ID, r.CipherSuite, r.Listener)
		}
	}
	want := []row{
		{1, "localhost", "http/1.1", tls.VersionTLS13, true, true, false, 1, "<nil>", "", ""},
		{2, "localhost", "http/1.1", tls.VersionTLS13, true, true, false, 0, "tls: client didn't provide a certificate", "tls: certificate required", ""},
		{3, "", "", 0, false, false, true, 0, "client sent an HTTP request to an HTTPS server", "", ""},
		{4, "", "", 0, false, false, true, 0, "tls: first record does not look like a TLS handshake", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	lines := []string{<-log, <-log, <-log} // in any order
	for _, r := range want[1:] {
		if !slices.ContainsFunc(lines, func(line string) bool {
			return strings.HasPrefix(line, "http: TLS handshake error from 127.0.0.1:") && strings.HasSuffix(line, ": "+r.Err)
		}) {
			t.Errorf("logged %q, want one with %s", lines, r.Err)
		}
	}
}

func TestSealedAlerts(t *testing.T) {
	t.Parallel()
	server, client := serverTLS(t)
	stranger, _ := serverTLS(t)
	cert := client.Certificates[0]
	for _, test := range []struct {
		name   string
		change func(server, client *tls.Config)
	}{
		{"none", func(_, c *tls.Config) { c.Certificates = nil }},
		{"unparsable", func(_, c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return &tls.Certificate{Certificate: [][]byte{{0x30, 0}}, PrivateKey: cert.PrivateKey}, nil
			}
		}},
		{"no possession", func(_, c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return &tls.Certificate{Certificate: cert.Certificate, PrivateKey: stranger.Certificates[0].PrivateKey}, nil
			}
		}},
		{"callback", func(s, _ *tls.Config) {
			s.VerifyPeerCertificate = func([][]byte, [][]*x509.Certificate) error { return errors.New("not today") }
		}},
		{"connection callback", func(s, _ *tls.Config) {
			s.VerifyConnection = func(tls.ConnectionState) error { return errors.New("not today") }
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, c := server.Clone(), client.Clone()
			test.change(s, c)
			var ledger Ledger
			addr, _ := listen(t, Config{TLS: s, Ledger: &ledger})
			conn, err := tls.Dial("tcp", addr, c)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, err = conn.Read(make([]byte, 1))
			var op *net.OpError
			if !errors.As(err, &op) || op.Op != "remote error" {
				t.Fatalf("the client got %v", err)
			}
			rows := ledger.Rows()
			if got, want := rows[0].AlertSent, op.Err.Error(); got != want {
				t.Errorf("AlertSent is %q, the client got %q (%v)", got, want, rows[0].Err)
			}
		})
	}
}

// TestHelloRetry: a daemon that only asked for another hello has not asked for a certificate.
func TestHelloRetry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		record string
		want   string // flight, alert, sealed
	}{
		{"\x16\x03\x03\x00\x30\x02\x00\x00\x2c\x03\x03" + string(helloRetry), "false 0 false"},
		{"\x16\x03\x03\x00\x30\x02\x00\x00\x2c\x03\x03" + strings.Repeat("r", 32), "true 0 false"},
		{"\x15\x03\x03\x00\x02\x02\x28", "false 40 false"},
		{"\x15\x03\x03\x00\x1a" + strings.Repeat("s", 26), "false 0 true"},
		{"\x17\x03\x03\x00\x1a" + strings.Repeat("s", 26), "false 0 true"},
		{"\x14\x03\x03\x00\x01\x01", "false 0 false"},
		{"\x16", "false 0 false"},
	} {
		var h handshake
		h.see([]byte(test.record))
		if got := fmt.Sprint(h.flight, " ", uint8(h.alert), " ", h.sealed); got != test.want {
			t.Errorf("%x: %s, want %s", test.record, got, test.want)
		}
	}
}

// TestUnixInUse: a socket is in use also while its daemon does not accept.
func TestUnixInUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	if len(path) > MaxSocketPath() {
		t.Skipf("the test's folder is too long for a socket: %s", path)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := ListenUnix(path); !errors.Is(err, ErrInUse) {
		t.Errorf("a listener that has not accepted: %v", err)
	}
}

// TestClosingSet dials a daemon that closes: the connection is closed at once, and its row says when.
func TestClosingSet(t *testing.T) {
	t.Parallel()
	server, _ := serverTLS(t)
	set, ledger := new(ConnSet), new(Ledger)
	set.CloseIdle()
	addr, _ := listen(t, Config{TLS: server, Conns: set, Ledger: ledger})
	conn := dialTCP(t, addr)
	if b, err := io.ReadAll(conn); len(b) > 0 || err != nil {
		t.Fatalf("read %q, %v, want the end", b, err)
	}
	rows := ledger.Rows()
	if len(rows) != 1 || rows[0].Ended.IsZero() {
		t.Errorf("rows = %+v, want one with Ended set", rows)
	}
	<-set.Empty()
}
