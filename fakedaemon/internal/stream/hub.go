package stream

import (
	"context"
	"encoding/binary"
	"io"
	"slices"
	"sync"
	"time"
)

// MaxBehind is how far behind a reader may be before it holds up the process.
const MaxBehind = 1 << 20

// maxFrame is the most that a frame of an attached reader holds: what dockerd copies at once.
const maxFrame = 32 << 10

// Hub is where the output of a process goes: to its log and to everybody attached. It is safe for concurrent use.
type Hub struct {
	log  *Log // nil without one
	now  func() time.Time
	wake func()

	mu      sync.Mutex
	run     int // how many have ended
	readers []*Reader
	refused bool // somebody waits for room
}

// NewHub returns the hub of a process, with its log or nil. After Write has refused something, wake is called once there may be
// room again, from any goroutine and without a lock of the hub; nil means nobody waits.
func NewHub(log *Log, now func() time.Time, wake func()) *Hub {
	return &Hub{log: log, now: now, wake: wake}
}

// Write takes what a process prints, or what of it there is room for. It never blocks. Ok is false when not all was taken because
// an attached reader is MaxBehind behind.
func (h *Hub) Write(kind Kind, b []byte) (n int, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.writeLocked(kind, b)
}

func (h *Hub) writeLocked(kind Kind, b []byte) (n int, ok bool) {
	n = len(b)
	for _, r := range h.readers {
		if r.wants[kind] {
			n = min(n, r.room())
		}
	}
	h.refused = h.refused || n < len(b)
	for _, r := range h.readers {
		if r.wants[kind] {
			r.put(kind, b[:n])
		}
	}
	if h.log != nil && n > 0 {
		h.log.Write(kind, b[:n], h.now())
	}
	return n, n == len(b)
}

// Output is an output of one run of a process. What is written after the run's end is lost.
type Output struct {
	hub  *Hub
	kind Kind
	run  int
}

// Output returns an output of the run that has not ended.
func (h *Hub) Output(kind Kind) Output {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Output{h, kind, h.run}
}

// Write is as Hub.Write.
func (o Output) Write(b []byte) (n int, ok bool) {
	o.hub.mu.Lock()
	defer o.hub.mu.Unlock()
	if o.run != o.hub.run {
		return len(b), true
	}
	return o.hub.writeLocked(o.kind, b)
}

// EndRun notes that the process is over: its log ends as Log.End says, and readers end after what they hold. The hub may be used
// for another process.
func (h *Hub) EndRun() {
	h.mu.Lock()
	for _, r := range h.readers {
		r.end()
	}
	h.readers, h.refused = nil, false
	h.run++
	h.mu.Unlock()
	if h.log != nil {
		h.log.End(h.now())
	}
}

// Attach returns a reader of what comes from now on.
func (h *Hub) Attach(stdout, stderr bool) *Reader {
	r, _ := h.AttachLogged(stdout, stderr, nil)
	return r
}

// AttachLogged returns a reader of what comes from now on and, of a log, a cursor of the lines that have ended before.
func (h *Hub) AttachLogged(stdout, stderr bool, log *Log) (*Reader, *Cursor) {
	r := &Reader{hub: h, wants: [SystemError]bool{Stdout: stdout, Stderr: stderr}, ready: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.readers = append(h.readers, r)
	if log == nil {
		return r, nil
	}
	return r, log.Read(ReadOptions{Tail: -1})
}

// roomMade lets the process go on if it waits.
func (h *Hub) roomMade() {
	h.mu.Lock()
	refused := h.refused
	h.refused = false
	h.mu.Unlock()
	if refused && h.wake != nil {
		h.wake()
	}
}

// Reader gets the output of a process. Its methods are for one goroutine; Close is for any.
type Reader struct {
	hub   *Hub
	wants [SystemError]bool
	ready chan struct{} // has a token when there may be something

	mu     sync.Mutex
	chunks []*chunk // what has come, oldest first
	behind int      // of the data in chunks
	ended  bool

	taken *chunk // that Next reads
	rest  []byte // what of taken has not been read
}

// chunk is frames that are taken at once.
type chunk struct {
	frames []byte
	last   int // where the last frame begins
	data   int // without headers
}

const (
	// chunkSize is how much data is taken at once, with one frame more at most.
	chunkSize = 4 * maxFrame
	// smallChunk is the room of one that holds little, and fullChunk that of any.
	smallChunk = 1 << 10
	fullChunk  = chunkSize + maxFrame + chunkSize/8
)

// fullChunks are *chunk with room for fullChunk.
var fullChunks sync.Pool

// grow makes room for n bytes more.
func (c *chunk) grow(n int) {
	need := len(c.frames) + n
	switch {
	case need <= cap(c.frames):
	case need <= smallChunk:
		c.frames = append(make([]byte, 0, smallChunk), c.frames...)
	case need <= fullChunk && cap(c.frames) < fullChunk:
		full, _ := fullChunks.Get().(*chunk)
		if full == nil {
			full = &chunk{frames: make([]byte, 0, fullChunk)}
		}
		c.frames = append(full.frames, c.frames...)
	}
}

// release gives back what has been read.
func (c *chunk) release() {
	if cap(c.frames) == fullChunk {
		fullChunks.Put(&chunk{frames: c.frames[:0]})
	}
}

// room is how much may be put.
func (r *Reader) room() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(0, MaxBehind-r.behind)
}

// put adds data to the last frame or in new ones.
func (r *Reader) put(kind Kind, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended || len(b) == 0 {
		return
	}
	r.behind += len(b)
	for len(b) > 0 {
		n := r.chunkLocked().put(kind, b)
		b = b[n:]
	}
	r.signal()
}

// chunkLocked returns the chunk to write to.
func (r *Reader) chunkLocked() *chunk {
	last := len(r.chunks) - 1
	if last >= 0 && r.chunks[last].data < chunkSize {
		return r.chunks[last]
	}
	c := new(chunk)
	r.chunks = append(r.chunks, c)
	return c
}

// put takes what fits in one frame.
func (c *chunk) put(kind Kind, b []byte) int {
	if len(c.frames) > 0 && Kind(c.frames[c.last]) == kind {
		have := len(c.frames) - c.last - HeaderSize
		if n := min(len(b), maxFrame-have); n > 0 {
			c.grow(n)
			c.frames = append(c.frames, b[:n]...)
			binary.BigEndian.PutUint32(c.frames[c.last+4:], uint32(have+n))
			c.data += n
			return n
		}
	}
	n := min(len(b), maxFrame)
	c.grow(HeaderSize + n)
	c.last = len(c.frames)
	c.frames = AppendFrame(c.frames, kind, b[:n])
	c.data += n
	return n
}

func (r *Reader) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	r.signal()
}

func (r *Reader) signal() {
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// Next returns the data of the next frame, which is good until the next call. The error is io.EOF when the run or the reader has
// ended, or that of the context.
func (r *Reader) Next(ctx context.Context) (Kind, []byte, error) {
	if err := r.fill(ctx); err != nil {
		return 0, nil, err
	}
	kind, end := Kind(r.rest[0]), HeaderSize+int(binary.BigEndian.Uint32(r.rest[4:]))
	data := r.rest[HeaderSize:end]
	r.rest = r.rest[end:]
	return kind, data, nil
}

// NextFrames returns frames as they are sent, as many as there are at once. Otherwise it is as Next.
func (r *Reader) NextFrames(ctx context.Context) ([]byte, error) {
	if err := r.fill(ctx); err != nil {
		return nil, err
	}
	frames := r.rest
	r.rest = nil
	return frames, nil
}

// fill sees to it that there is a frame to read.
func (r *Reader) fill(ctx context.Context) error {
	for len(r.rest) == 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		ended := r.take()
		switch {
		case r.taken != nil:
			r.hub.roomMade()
			return nil
		case ended:
			return io.EOF
		}
		select {
		case <-r.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// take takes the oldest chunk in place of the one that has been read.
func (r *Reader) take() (ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.taken; c != nil {
		r.taken, r.rest = nil, nil
		c.release()
	}
	if len(r.chunks) > 0 {
		r.taken = r.chunks[0]
		r.chunks = slices.Delete(r.chunks, 0, 1)
		r.rest = r.taken.frames
		r.behind -= r.taken.data
	}
	return r.ended
}

// Close detaches the reader: Next ends after what has come, and nobody waits for it any more.
func (r *Reader) Close() {
	h := r.hub
	h.mu.Lock()
	h.readers = slices.DeleteFunc(h.readers, func(have *Reader) bool { return have == r })
	h.mu.Unlock()
	r.end()
	h.roomMade()
}
