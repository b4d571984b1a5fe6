// Package bulk reads, writes and hashes content of many megabytes in pieces. A call that copies or hashes it as one cannot be
// interrupted: once a garbage collection wants to begin, all others wait for its end.
package bulk

import (
	"crypto/sha256"
	"io"
	"slices"
)

const (
	// piece is what one call writes or hashes, in bytes: some microseconds.
	piece = 64 << 10
	// step is what a Buffer takes more each time, in bytes.
	step = 1 << 20
)

// Sum256 is the SHA-256 of data.
func Sum256(data []byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	_ = Write(h, data) // a hash takes everything
	h.Sum(sum[:0])
	return sum
}

// Write writes all of data.
func Write(w io.Writer, data []byte) error {
	for part := range slices.Chunk(data, piece) {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// ReadAll reads to the end. size is how much there is, as others say, or negative; only the room that is taken depends on it.
func ReadAll(r io.Reader, size int64) ([]byte, error) {
	part := int64(piece)
	if size >= 0 {
		part = min(max(size, 512), piece)
	}
	b := Buffer{Size: size}
	_, err := io.CopyBuffer(&b, struct{ io.Reader }{r}, make([]byte, part))
	return b.Bytes(), err
}

// Buffer gathers what is written to it. The zero value is empty.
type Buffer struct {
	// Size is how much there will be, if that is known. More than a first megabyte of room needs a megabyte that has come, and
	// more than a gibibyte is not believed.
	Size int64
	full [][]byte
	last []byte
}

func (b *Buffer) Write(data []byte) (int, error) {
	n := len(data)
	for len(data) > 0 {
		if len(b.last) == cap(b.last) {
			b.grow(len(data))
		}
		part := data[:min(len(data), cap(b.last)-len(b.last), piece)]
		b.last = append(b.last, part...)
		data = data[len(part):]
	}
	return n, nil
}

// grow makes room in last, which is full.
func (b *Buffer) grow(need int) {
	have, size := len(b.last), 0
	if b.Size <= 1<<30 {
		size = int(b.Size)
	}
	if have >= step && (have >= size || b.full != nil) {
		b.full = append(b.full, b.last)
		b.last = make([]byte, 0, step)
		return
	}
	room := size
	if have < step {
		room = min(max(size, 2*have, need), step)
	}
	b.last = append(make([]byte, 0, room), b.last...)
}

// Bytes is all that was written. The next Write may change it.
func (b *Buffer) Bytes() []byte {
	if b.full == nil {
		return b.last
	}
	n := len(b.last)
	for _, part := range b.full {
		n += len(part)
	}
	all := Buffer{last: make([]byte, 0, n)}
	for _, part := range append(b.full, b.last) {
		_, _ = all.Write(part)
	}
	return all.last
}
