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
	ServerAccepted       bool
	DataReceived         bool
	Ended                time.Time
}

// Ledger records handshakes. The zero value is ready for use.
type Ledger struct {
	mu   sync.Mutex
	last int                        // ID of the newest row
	rows []Row                      // in the order of their IDs
	open map[int]*handshake         // those whose rows are not complete
	wait map[chan struct{}]struct{} // each is closed when a handshake moves on
}

// begin adds the row of a connection.
func (l *Ledger) begin(h *handshake) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	h.Handshake, h.Conn.ledger = l.last, l
	l.rows = append(l.rows, Row{
		ID:       l.last,
		Time:     time.Now(),
		Listener: h.Host,
		Remote:   h.RemoteAddr().String(),
		Err:      ErrUnfinished,
	})
	if n := len(l.rows) - maxRows; n > 0 {
		l.rows = slices.Delete(l.rows, 0, n)
	}
	if l.open == nil {
		l.open = make(map[int]*handshake)
	}
	l.open[l.last] = h
}

// end completes a row. One of a good handshake stays open until its client says something, or hangs up.
func (l *Ledger) end(h *handshake, good bool, fill func(*Row)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i, ok := l.findLocked(h.Handshake); ok {
		fill(&l.rows[i])
	}
	h.over = true
	if good && !h.closed {
		h.reading = false
		l.movedLocked()
		return
	}
	l.settleLocked(h.Handshake)
}

// received notes that a connection carried application data of its client.
func (l *Ledger) received(id int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i, ok := l.findLocked(id); ok {
		l.rows[i].DataReceived = true
	}
	l.settleLocked(id)
}

// ended notes that a connection is closed. Its handshake, if it is not over, fails now and says so itself.
func (l *Ledger) ended(id int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i, ok := l.findLocked(id); ok {
		l.rows[i].Ended = time.Now()
	}
	h := l.open[id]
	switch {
	case h == nil:
	case h.over:
		l.settleLocked(id)
	default:
		h.closed = true
	}
}

// settled notes that nothing more is to be learnt of a connection.
func (l *Ledger) settled(h *handshake) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settleLocked(h.Handshake)
}

func (l *Ledger) settleLocked(id int) {
	if h := l.open[id]; h != nil {
		h.passed.Store(true)
		delete(l.open, id)
		l.movedLocked()
	}
}

func (l *Ledger) findLocked(id int) (int, bool) {
	return slices.BinarySearchFunc(l.rows, id, func(r Row, id int) int { return r.ID - id })
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

const (
	// settle is how long Rows waits at most.
	settle = 5 * time.Second
	// grace is how long Rows waits for a handshake whose client may have said something that nobody can see yet.
	grace = 20 * time.Millisecond
)

// Rows returns a copy of every row. What a client can know about the end of its handshake is in them: Rows waits
// for handshakes that have something to do, and not for those that wait for their client.
func (l *Ledger) Rows() []Row {
	timeout := time.NewTimer(settle)
	defer timeout.Stop()
	unsure := time.Now().Add(grace)

	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.last
	for expired := false; !expired; {
		busy, again := l.busyLocked(last, unsure)
		if !busy {
			break
		}
		moved := make(chan struct{})
		if l.wait == nil {
			l.wait = make(map[chan struct{}]struct{})
		}
		l.wait[moved] = struct{}{}
		l.mu.Unlock()
		select {
		case <-moved:
		case <-again:
		case <-timeout.C:
			expired = true
		}
		l.mu.Lock()
		delete(l.wait, moved)
	}
	rows := slices.Clone(l.rows)
	for i := range rows {
		rows[i].Certificates = slices.Clone(rows[i].Certificates)
	}
	return rows
}

// busyLocked reports whether a handshake up to last does more than wait for its client. It takes one of which this
// cannot be known for busy until unsure: again then says when to ask anew.
func (l *Ledger) busyLocked(last int, unsure time.Time) (busy bool, again <-chan time.Time) {
	for id, h := range l.open {
		if id > last {
			continue
		}
		if !h.reading || h.closed {
			return true, nil
		}
		pending, known := unread(h.Conn.Conn)
		if pending {
			return true, nil
		}
		if rest := time.Until(unsure); !known && rest > 0 {
			busy, again = true, time.After(rest)
		}
	}
	return busy, again
}
