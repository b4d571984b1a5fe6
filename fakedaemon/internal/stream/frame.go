// Package stream carries what processes print to those who read it: the frames that outputs share one connection in, the kept
// log of a container, whoever is attached, and the keys that end an attachment. It knows no containers and no HTTP.
package stream

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Kind is one of the streams of a process, with its number in frames.
type Kind byte

const (
	Stdin Kind = iota
	Stdout
	Stderr
	// SystemError carries what the daemon itself has to say.
	SystemError
)

func (k Kind) String() string {
	switch k {
	case Stdin:
		return "stdin"
	case Stdout:
		return "stdout"
	case Stderr:
		return "stderr"
	}
	return fmt.Sprintf("stream %d", byte(k))
}

// HeaderSize is the length of what a frame begins with: its kind, three zeros and the length of its data, big endian.
const HeaderSize = 8

// AppendHeader appends the header of a frame that holds size bytes.
func AppendHeader(b []byte, kind Kind, size int) []byte {
	return binary.BigEndian.AppendUint32(append(b, byte(kind), 0, 0, 0), uint32(size))
}

// AppendFrame appends a frame.
func AppendFrame(b []byte, kind Kind, data []byte) []byte {
	return append(AppendHeader(b, kind, len(data)), data...)
}

// WriteFrame writes a frame in one call of Write.
func WriteFrame(w io.Writer, kind Kind, data []byte) error {
	_, err := w.Write(AppendFrame(make([]byte, 0, HeaderSize+len(data)), kind, data))
	return err
}

// FrameReader reads frames.
type FrameReader struct {
	r   io.Reader
	max int
	buf []byte
}

// NewFrameReader returns a reader of the frames of r, none of which may hold more than max bytes.
func NewFrameReader(r io.Reader, max int) *FrameReader { return &FrameReader{r: r, max: max} }

// Next returns the next frame, whose data is good until the next call. The error is io.EOF at the end of a frame, and
// io.ErrUnexpectedEOF within one.
func (f *FrameReader) Next() (Kind, []byte, error) {
	var header [HeaderSize]byte
	if _, err := io.ReadFull(f.r, header[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(header[4:])
	if header[0] > byte(SystemError) || header[1]|header[2]|header[3] != 0 {
		return 0, nil, fmt.Errorf("stream: no frame begins with % x", header)
	}
	if uint64(size) > uint64(f.max) {
		return 0, nil, fmt.Errorf("stream: a frame of %d bytes, which is more than %d", size, f.max)
	}
	if cap(f.buf) < int(size) {
		f.buf = make([]byte, size)
	}
	f.buf = f.buf[:size]
	if _, err := io.ReadFull(f.r, f.buf); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, err
	}
	return Kind(header[0]), f.buf, nil
}
