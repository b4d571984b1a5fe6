package stream

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"
	"time"
)

// MaxLine is the most that one entry of a log holds: dockerd cuts longer lines.
const MaxLine = 16 << 10

// Entry is one entry of a log.
type Entry struct {
	Time time.Time
	Kind Kind
	// Data is a line with its line feed, or a part of one.
	Data []byte
	// Partial says that Data is not the end of a line.
	Partial bool
}

// LogOptions say what a log keeps.
type LogOptions struct {
	// MaxSize is how many bytes a file of the log may have before another one is begun, as max-size of dockerd's drivers has it. 0
	// means any number.
	MaxSize int64
	// MaxFiles is how many files are kept, as max-file has it; 0 means 1.
	MaxFiles int
	// Format is what the entries of files are measured in; the zero value is that of driver json-file.
	Format Format
	// Memory bounds what is held, whatever the files may have; 0 means 16 MiB. The oldest entries are dropped.
	Memory int
}

// Log is what a log driver keeps of a container, over all its runs. It is safe for concurrent use.
type Log struct {
	mu       sync.Mutex
	options  LogOptions
	pending  [SystemError]line // lines that have not ended, by kind
	segments []*segment        // oldest first; the last one is added to
	first    uint64            // the number of the oldest entry; entries are counted from 0
	next     uint64            // the number of the entry to come
	held     int               // memory of all segments
	file     int               // how many files have been begun behind the first one
	fileSize int64             // of the newest file, as Format measures it
	ends     int               // how many runs have ended
	removed  bool
	changed  chan struct{} // closed at the next change; nil while nobody waits
	arena    []byte        // where the next entry's bytes go; what has been written is not written again
}

// line is what has been printed since the last line feed.
type line struct {
	data    []byte
	started time.Time // that of its first part, if that is an entry already
}

// segment is a part of a file that is dropped as a whole.
type segment struct {
	file    int
	first   uint64
	entries []Entry
	held    int
}

const (
	// segmentSize is when another segment is begun.
	segmentSize = 256 << 10
	// entryOverhead is about what an Entry costs beside its bytes.
	entryOverhead = 64
)

// NewLog returns an empty log.
func NewLog(o LogOptions) *Log {
	l := new(Log)
	l.Configure(o)
	return l
}

// Configure says what the log keeps from now on.
func (l *Log) Configure(o LogOptions) {
	if o.MaxFiles < 1 {
		o.MaxFiles = 1
	}
	if o.Memory <= 0 {
		o.Memory = 16 << 20
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.options = o
}

// Write takes what a process prints at a time: each line becomes an entry once it has ended.
func (l *Log) Write(kind Kind, b []byte, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &l.pending[kind]
	for len(b) > 0 {
		n, ended := bytes.IndexByte(b, '\n')+1, true
		if n == 0 {
			n, ended = len(b), false
		}
		if room := MaxLine - len(p.data); n > room {
			n, ended = room, false
		}
		data := b[:n]
		b = b[n:]
		full := len(p.data)+n == MaxLine
		if len(p.data) > 0 || !ended && !full {
			p.data = append(p.data, data...)
			data = p.data
		}
		if ended || full {
			l.endLineLocked(kind, data, now, !ended)
			p.data = p.data[:0]
		}
	}
}

// endLineLocked makes an entry of a line, or of a part of one: those have the time of the first part.
func (l *Log) endLineLocked(kind Kind, data []byte, now time.Time, partial bool) {
	p := &l.pending[kind]
	part := partial || !p.started.IsZero()
	if p.started.IsZero() {
		p.started = now
	}
	l.addLocked(Entry{Time: p.started, Kind: kind, Data: data, Partial: partial}, part)
	if !partial {
		p.started = time.Time{}
	}
}

// addLocked keeps a copy of an entry; part says that it belongs to a line of more than one.
func (l *Log) addLocked(e Entry, part bool) {
	if l.options.MaxSize > 0 && l.fileSize >= l.options.MaxSize {
		l.file, l.fileSize = l.file+1, 0
		for len(l.segments) > 0 && l.segments[0].file <= l.file-l.options.MaxFiles {
			l.dropLocked()
		}
	}
	last := len(l.segments) - 1
	if last < 0 || l.segments[last].held >= segmentSize || l.segments[last].file != l.file {
		l.segments = append(l.segments, &segment{file: l.file, first: l.next})
		last++
	}
	e.Data = l.keepLocked(e.Data)
	s, held := l.segments[last], entryOverhead+len(e.Data)
	s.entries = append(s.entries, e)
	s.held += held
	l.held += held
	l.next++
	if l.options.MaxSize > 0 {
		l.fileSize += l.options.Format.size(e, part)
	}
	for l.held > l.options.Memory && len(l.segments) > 1 {
		l.dropLocked()
	}
	l.changedLocked()
}

func (l *Log) dropLocked() {
	s := l.segments[0]
	l.held -= s.held
	l.first = s.first + uint64(len(s.entries))
	l.segments = slices.Delete(l.segments, 0, 1)
}

// keepLocked copies bytes to where nobody writes again.
func (l *Log) keepLocked(b []byte) []byte {
	const most = 64 << 10
	if cap(l.arena)-len(l.arena) < len(b) {
		l.arena = make([]byte, 0, max(len(b), min(most, max(512, 2*cap(l.arena)))))
	}
	start := len(l.arena)
	l.arena = append(l.arena, b...)
	return l.arena[start:len(l.arena):len(l.arena)]
}

func (l *Log) changedLocked() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// End notes the end of a run: what has no line feed becomes an entry, and whoever follows ends. It is called once the run is over
// for those who ask whether it is, so that nobody begins to follow what does not come.
func (l *Log) End(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, kind := range []Kind{Stdout, Stderr} {
		if data := l.pending[kind].data; len(data) > 0 {
			l.endLineLocked(kind, data, now, true)
		}
	}
	l.pending = [SystemError]line{}
	l.ends++
	l.changedLocked()
}

// Remove ends all who follow, and drops everything.
func (l *Log) Remove() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.removed = true
	l.first, l.segments, l.held, l.arena = l.next, nil, 0, nil
	l.pending = [SystemError]line{}
	l.changedLocked()
}

// ReadOptions say which entries to read.
type ReadOptions struct {
	// Since drops entries before the first one that is not before it; Until ends at the first one after it.
	Since, Until time.Time
	// Tail is how many of the entries that are there, of both streams, to begin with; negative means all.
	Tail int
	// Follow waits for more until the end of the run that is on. Without a run nobody may follow: see Cursor.Unfollow.
	Follow bool
}

// Read returns a cursor of the entries that are there now and, for a follower, of those to come.
func (l *Log) Read(o ReadOptions) *Cursor {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &Cursor{log: l, options: o, next: l.first, end: l.next, ends: l.ends}
	if o.Tail >= 0 && uint64(o.Tail) < l.next-l.first {
		c.next = l.next - uint64(o.Tail)
	}
	return c
}

// Cursor is a position in a log. What has fallen out of the log is left out: a slow reader costs nothing. It is for one goroutine.
type Cursor struct {
	log     *Log
	options ReadOptions
	next    uint64 // the number of the entry to fetch
	end     uint64 // where one who does not follow ends
	ends    int    // as in Log when the cursor was made
	batch   []Entry
	read    int // of batch
	over    bool
}

// batchSize is how many entries are fetched at once.
const batchSize = 32

// Unfollow makes the cursor end behind the entries that were there when it was made.
func (c *Cursor) Unfollow() { c.options.Follow = false }

// Next returns the next entry, whose data nobody changes. The error is io.EOF at the end, or that of the context.
func (c *Cursor) Next(ctx context.Context) (Entry, error) {
	for {
		if err := c.fetch(ctx); err != nil {
			return Entry{}, err
		}
		e := c.batch[c.read]
		c.read++
		if !c.options.Since.IsZero() {
			if e.Time.Before(c.options.Since) {
				continue
			}
			c.options.Since = time.Time{}
		}
		if !c.options.Until.IsZero() && e.Time.After(c.options.Until) {
			c.over, c.batch, c.read = true, nil, 0
			return Entry{}, io.EOF
		}
		return e, nil
	}
}

// Buffered reports whether Next has an entry without asking the log, so that a writer may put off its flush.
func (c *Cursor) Buffered() bool { return c.read < len(c.batch) }

// fetch sees to it that an entry is in the batch.
func (c *Cursor) fetch(ctx context.Context) error {
	for c.read == len(c.batch) {
		if c.over {
			return io.EOF
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		changed := c.fetchNow()
		if changed == nil {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// fetchNow fetches what is there. When nothing is, it returns a channel that is closed at the next change, or nil at the end.
func (c *Cursor) fetchNow() <-chan struct{} {
	l := c.log
	l.mu.Lock()
	defer l.mu.Unlock()
	c.batch, c.read = c.batch[:0], 0
	c.next = max(c.next, l.first)
	end := l.next
	if !c.options.Follow {
		end = min(end, c.end)
	}
	for c.next < end && len(c.batch) < batchSize {
		s := l.segmentLocked(c.next)
		from := int(c.next - s.first)
		n := min(len(s.entries)-from, batchSize-len(c.batch), int(end-c.next))
		c.batch = append(c.batch, s.entries[from:from+n]...)
		c.next += uint64(n)
	}
	if len(c.batch) > 0 {
		return nil
	}
	if !c.options.Follow || l.ends != c.ends || l.removed {
		c.over, c.batch = true, nil
		return nil
	}
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	c.batch = nil // a follower that waits costs nothing
	return l.changed
}

// segmentLocked finds the segment of an entry that is kept.
func (l *Log) segmentLocked(n uint64) *segment {
	behind, _ := slices.BinarySearchFunc(l.segments, n, func(s *segment, n uint64) int {
		if s.first <= n {
			return -1
		}
		return 1
	})
	return l.segments[behind-1]
}
