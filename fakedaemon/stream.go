package fakedaemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"syscall"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
)

// maxStreams is how many streams are kept.
const maxStreams = 10_000

// Stream is what the daemon knows of an answer that goes on: an attachment, an exec that is attached, or who follows a log or the
// events.
type Stream struct {
	// Request is the ID of its Request, and Operation that one's.
	Request   int
	Operation string
	// Container and Exec are IDs; "" where there is none.
	Container, Exec string
	// Sent and Received are bytes, without headers: what the daemon has written, and what it has read of the client. Frames are those
	// that were sent, of stdcopy, or events; none with a terminal and in a websocket.
	Sent, Received int64
	Frames         int
	// ClientEOF says that the client has ended its half.
	ClientEOF bool
	// Rows and Cols are the size of the terminal; 0 without one, and until the client has said it.
	Rows, Cols int
	// End is how it ended; "" means that it goes on.
	End StreamEnd
}

// StreamEnd is how a stream ended.
type StreamEnd string

// The ways in which streams end.
const (
	// StreamDone means that everything was sent: the process has ended, or the time of until has come.
	StreamDone StreamEnd = "done"
	// StreamClosed means that the client has left. Of a connection that carries nothing it is not always seen: see StreamDone.
	StreamClosed StreamEnd = "closed"
	// StreamReset means that the client has left without reading all.
	StreamReset StreamEnd = "reset"
	// StreamDetached means that the client has typed the detach keys.
	StreamDetached StreamEnd = "detached"
	// StreamCut means that a StreamFault has cut it.
	StreamCut StreamEnd = "cut"
	// StreamDaemon means that Close has ended it.
	StreamDaemon StreamEnd = "daemon"
)

// Streams are streams in the order in which they began.
type Streams []Stream

// Streams returns every stream, at most the last 10,000.
func (d *Daemon) Streams() Streams {
	rows, _ := d.streams.watch()
	return rows
}

// String gives a table with one line per stream.
func (ss Streams) String() string {
	return table(len(ss), "REQUEST\tOPERATION\tCONTAINER\tSENT\tRECEIVED\tCLIENT\tTERMINAL\tEND", func(i int) string {
		s := &ss[i]
		client, terminal := "", ""
		if s.ClientEOF {
			client = "EOF"
		}
		if s.Rows > 0 || s.Cols > 0 {
			terminal = fmt.Sprintf("%dx%d", s.Rows, s.Cols)
		}
		return fmt.Sprintf("%d\t%s\t%s\t%d B, %d frames\t%d B\t%s\t%s\t%s", s.Request, s.Operation, dash(s.Container[:min(12, len(s.Container))]), s.Sent, s.Frames, s.Received,
			dash(client), dash(terminal), dash(string(s.End)))
	})
}

// WaitStream returns the oldest stream for which ok is true, of those that have begun and those that begin while it waits. Ok is asked
// again whenever one has changed. When ctx ends first, the error wraps its error and prints the streams; when Close does, it
// wraps ErrClosed.
func (d *Daemon) WaitStream(ctx context.Context, ok func(Stream) bool) (Stream, error) {
	for closed := false; ; {
		_, resized := d.requests.watch() // a request has changed the size of a terminal
		ss, changed := d.streams.watch()
		for _, s := range ss {
			if ok(s) {
				return s, nil
			}
		}
		if closed {
			return Stream{}, fmt.Errorf("fakedaemon: no such stream: %w\n%s", ErrClosed, ss)
		}
		select {
		case <-changed:
		case <-resized:
		case <-d.closed:
			closed = true // what came before has to be looked at
		case <-ctx.Done():
			return Stream{}, fmt.Errorf("fakedaemon: no such stream: %w\n%s", context.Cause(ctx), ss)
		}
	}
}

// streamLog is the streams that began. The zero value is ready for use.
type streamLog struct {
	mu     sync.Mutex
	rows   []*loggedStream // in the order in which they began; protected by mu
	change chan struct{}   // closed when a row comes or changes; nil when nobody waits; protected by mu
}

// loggedStream is a row of a streamLog.
type loggedStream struct {
	log     *streamLog                 // immutable
	request *http.Request              // immutable
	size    func() (rows, cols uint16) // immutable; nil without a terminal
	s       Stream                     // protected by log.mu
	reset   bool                       // by the client; protected by log.mu
}

// stream adds a row.
func (d *Daemon) stream(r *http.Request, info api.StreamInfo) api.Stream {
	request := answerOf(r).row.get()
	l := &d.streams
	row := &loggedStream{log: l, request: r, size: info.Size, s: Stream{
		Request: request.ID, Operation: request.Operation, Container: info.Container, Exec: info.Exec,
	}}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows = append(l.rows, row)
	l.rows = slices.Delete(l.rows, 0, max(0, len(l.rows)-maxStreams))
	l.changedLocked()
	return row
}

func (l *streamLog) changedLocked() {
	if l.change != nil {
		close(l.change)
		l.change = nil
	}
}

// watch returns all streams, and a channel that is closed when there are others.
func (l *streamLog) watch() (Streams, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.change == nil {
		l.change = make(chan struct{})
	}
	ss := make(Streams, len(l.rows))
	for i, row := range l.rows {
		row.measureLocked()
		ss[i] = row.s
	}
	return ss, l.change
}

// measureLocked notes the size of the terminal of a stream that goes on.
func (row *loggedStream) measureLocked() {
	if row.size != nil && row.s.End == "" {
		rows, cols := row.size()
		row.s.Rows, row.s.Cols = int(rows), int(cols)
	}
}

// Sent implements api.Stream.
func (row *loggedStream) Sent(bytes, frames int) {
	row.log.mu.Lock()
	defer row.log.mu.Unlock()
	row.s.Sent += int64(bytes)
	row.s.Frames += frames
	row.log.changedLocked()
}

// Received implements api.Stream.
func (row *loggedStream) Received(bytes int, err error) {
	row.log.mu.Lock()
	defer row.log.mu.Unlock()
	row.s.Received += int64(bytes)
	row.s.ClientEOF = row.s.ClientEOF || err == io.EOF || err == io.ErrUnexpectedEOF
	row.reset = row.reset || isReset(err)
	row.log.changedLocked()
}

// End implements api.Stream.
func (row *loggedStream) End(err error) {
	row.log.mu.Lock()
	defer row.log.mu.Unlock()
	row.measureLocked()
	switch {
	case errors.Is(err, ErrInjected):
		row.s.End = StreamCut
	case row.reset || isReset(err):
		row.s.End = StreamReset
	case context.Cause(row.request.Context()) == ErrClosed:
		row.s.End = StreamDaemon
	case err == nil:
		row.s.End = StreamDone
	case api.Detached(err):
		row.s.End = StreamDetached
	default:
		row.s.End = StreamClosed
	}
	row.size, row.request = nil, nil
	row.log.changedLocked()
}

// isReset reports whether an error is that of a connection that the other side has reset. Windows has a number of its own for it.
func isReset(err error) bool {
	const wsaECONNRESET = syscall.Errno(10054)
	return errors.Is(err, syscall.ECONNRESET) || runtime.GOOS == "windows" && errors.Is(err, wsaECONNRESET)
}
