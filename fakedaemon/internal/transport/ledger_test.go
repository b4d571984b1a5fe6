package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

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

// TestRowsOfData: who reads on behind a first record has received data, be it that nobody says so.
func TestRowsOfData(t *testing.T) {
	t.Parallel()
	server, config := serverTLS(t)
	ledger := new(Ledger)
	addr, conns := listen(t, Config{TLS: server, Ledger: ledger})
	client, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", addr, config)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	io.WriteString(client, "x")
	c := <-conns
	b := make([]byte, 1)
	if _, err := c.Read(b); err != nil || b[0] != 'x' {
		t.Fatalf("%q, %v", b, err)
	}
	go c.Read(b)
	if rows := ledger.Rows(); !rows[0].DataReceived {
		t.Errorf("%+v", rows[0])
	}
}
