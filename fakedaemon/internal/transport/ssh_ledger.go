package transport

import (
	"net"
	"slices"
	"sync"
	"time"
)

// SSHRow is what an SSHLedger knows of one connection to an ssh listener.
type SSHRow struct {
	ID       int
	Time     time.Time
	Listener string
	Remote   string
	Client   string
	User     string
	Offered  []string
	Key      string
	Sessions []SSHSession
	Err      error
}

// SSHSession is what it knows of one session on it.
type SSHSession struct {
	Time    time.Time
	Kind    string
	Command string
	Refused string
	Open    bool
}

// SSHLedger records ssh connections. The zero value is ready for use.
type SSHLedger struct {
	mu   sync.Mutex
	last int         // ID of the newest row
	rows []*sshEntry // in the order of their IDs
}

// sshEntry is a row that is still filled in.
type sshEntry struct {
	ledger *SSHLedger // immutable
	row    SSHRow     // protected by ledger.mu
	conn   *sshRaw    // nil once the handshake is done; protected by ledger.mu
	gone   int        // sessions that are no longer in the row; protected by ledger.mu
}

func (l *SSHLedger) begin(c *Conn, raw *sshRaw) *sshEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	e := &sshEntry{ledger: l, conn: raw, row: SSHRow{
		ID: l.last, Time: time.Now(), Listener: c.Host, Remote: c.RemoteAddr().String(), Err: ErrUnfinished,
	}}
	l.rows = append(l.rows, e)
	if n := len(l.rows) - maxRows; n > 0 {
		l.rows = slices.Delete(l.rows, 0, n)
	}
	return e
}

// update changes the row.
func (e *sshEntry) update(f func(*SSHRow)) {
	e.ledger.mu.Lock()
	defer e.ledger.mu.Unlock()
	f(&e.row)
}

// shaken ends the handshake.
func (e *sshEntry) shaken(f func(*SSHRow)) {
	e.ledger.mu.Lock()
	defer e.ledger.mu.Unlock()
	e.conn = nil
	f(&e.row)
}

// session adds a session and returns what ends it.
func (e *sshEntry) session(s SSHSession) (end func()) {
	e.ledger.mu.Lock()
	defer e.ledger.mu.Unlock()
	s.Time = time.Now()
	s.Open = s.Refused == ""
	e.row.Sessions = append(e.row.Sessions, s)
	if len(e.row.Sessions) > maxRows {
		e.row.Sessions = slices.Delete(e.row.Sessions, 0, 1)
		e.gone++
	}
	at := e.gone + len(e.row.Sessions) - 1
	return func() {
		e.ledger.mu.Lock()
		defer e.ledger.mu.Unlock()
		if i := at - e.gone; i >= 0 {
			e.row.Sessions[i].Open = false
		}
	}
}

// Rows returns a copy of every row. It waits for handshakes that have something to do, and not for those that wait for
// their client.
func (l *SSHLedger) Rows() []SSHRow {
	end := time.Now().Add(settle)
	for l.busy() && time.Now().Before(end) {
		time.Sleep(time.Millisecond)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := make([]SSHRow, len(l.rows))
	for i, e := range l.rows {
		rows[i] = e.row
		rows[i].Offered = slices.Clone(e.row.Offered)
		rows[i].Sessions = slices.Clone(e.row.Sessions)
	}
	return rows
}

func (l *SSHLedger) busy() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.rows, func(e *sshEntry) bool { return e.conn != nil && e.conn.busy() })
}

// sshRaw is the TCP connection below ssh: it notes what was read.
type sshRaw struct {
	net.Conn

	mu    sync.Mutex
	last  time.Time // of the last read that gave something; protected by mu
	ended bool      // a read has failed: the handshake is about to; protected by mu
}

func (r *sshRaw) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = time.Now()
	r.ended = r.ended || err != nil
	return n, err
}

// busy reports whether something was received that may not have been dealt with.
func (r *sshRaw) busy() bool {
	pending := false
	if c, ok := r.Conn.(*Conn); ok {
		pending, _ = unread(c.Conn)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return pending || r.ended || time.Since(r.last) < grace
}
