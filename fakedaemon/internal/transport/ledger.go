package transport

import (
	"crypto/x509"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrUnfinished is the error of a handshake that is still going on.
var ErrUnfinished = errors.New("handshake not finished")

// maxRows is how many rows a Ledger keeps.
const maxRows = 10_000

// Row is what a Ledger knows of one connection to a TLS listener.
type Row struct {
	ID                   int
	Time                 time.Time
	Listener             string
	Remote               string
	SNI                  string
	Version              uint16
	CipherSuite          uint16
	ALPN                 string
	CertificateRequested bool
	Certificates         []*x509.Certificate
	Err                  error
	AlertSent            string
	AlertReceived        string
	Plaintext            bool
}

// Ledger records handshakes. The zero value is ready for use.
type Ledger struct {
	mu   sync.Mutex
	last int                        // ID of the newest row
	rows []Row                      // in the order of their IDs
	open map[int]*handshake         // those whose rows are not complete
	wait map[chan struct{}]struct{} // closed when a handshake moves
}

// begin adds the row of a connection.
func (l *Ledger) begin(h *handshake, r Row) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	r.ID, r.Err = l.last, ErrUnfinished
	l.rows = append(l.rows, r)
	if len(l.rows) > maxRows {
		l.rows = slices.Delete(l.rows, 0, len(l.rows)-maxRows)
	}
	if l.open == nil {
		l.open = make(map[int]*handshake)
	}
	l.open[r.ID] = h
	return r.ID
}

// end completes a row.
func (l *Ledger) end(h *handshake, fill func(*Row)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := h.Handshake
	delete(l.open, id)
	if i, ok := slices.BinarySearchFunc(l.rows, id, func(r Row, id int) int { return r.ID - id }); ok {
		fill(&l.rows[i])
	}
	l.movedLocked()
}

// reading notes whether a handshake waits for its client.
func (l *Ledger) reading(h *handshake, reading bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h.reading = reading
	if reading {
		l.movedLocked()
	}
}

// movedLocked wakes whoever waits in Rows.
func (l *Ledger) movedLocked() {
	for c := range l.wait {
		close(c)
	}
	clear(l.wait)
}

// settle is how long Rows waits at most.
const settle = 2 * time.Second

// Rows returns a copy of every row. What a client can know about the end of its handshake is in them: Rows
// waits for handshakes that still have something to do, and not for those that wait for their client.
func (l *Ledger) Rows() []Row {
	deadline := time.NewTimer(settle)
	defer deadline.Stop()
	began := time.Now()

	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.last
	for {
		busy, again := l.busyLocked(last, began)
		if !busy {
			break
		}
		moved := make(chan struct{})
		if l.wait == nil {
			l.wait = make(map[chan struct{}]struct{})
		}
		l.wait[moved] = struct{}{}
		l.mu.Unlock()
		var timer <-chan time.Time
		if again > 0 {
			timer = time.After(again)
		}
		expired := false
		select {
		case <-moved:
		case <-timer:
		case <-deadline.C:
			expired = true
		}
		l.mu.Lock()
		delete(l.wait, moved)
		if expired {
			break
		}
	}
	rows := slices.Clone(l.rows)
	for i := range rows {
		rows[i].Certificates = slices.Clone(rows[i].Certificates)
	}
	return rows
}

// busyLocked says whether a handshake up to last does more than wait for its client; again, if positive, is
// when to look anew without having been woken.
func (l *Ledger) busyLocked(last int, began time.Time) (busy bool, again time.Duration) {
	for id, h := range l.open {
		if id > last {
			continue
		}
		if !h.reading {
			return true, 0
		}
		if pending, known := unread(h.Conn.Conn); pending {
			return true, 0
		} else if !known {
			if rest := grace - time.Since(began); rest > 0 {
				busy, again = true, rest
			}
		}
	}
	return busy, again
}

// grace is how long Rows waits for a handshake of which it cannot be known whether its client has spoken.
const grace = 20 * time.Millisecond
