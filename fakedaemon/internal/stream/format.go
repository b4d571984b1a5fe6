package stream

import (
	"math/bits"
	"time"
	"unicode/utf8"
)

// Format is how a log driver writes an entry, which counts for max-size.
type Format byte

const (
	// JSON is that of driver json-file: {"log":"hello\n","stream":"stdout","time":"2026-11-22T02:48:16.5Z"} and a line feed.
	JSON Format = iota
	// Local is that of driver local: protocol buffers between their lengths.
	Local
)

// size is how many bytes an entry has in a file; part says that it belongs to a line of more than one.
func (f Format) size(e Entry, part bool) int64 {
	if f == Local {
		return localSize(e, part)
	}
	return int64(len(`{"log":"","stream":"","time":""}`+"\n") + escapedSize(e.Data) + len(e.Kind.String()) +
		len(e.Time.UTC().AppendFormat(make([]byte, 0, len(time.RFC3339Nano)), time.RFC3339Nano)))
}

// escapedSize is the length of a JSON string of dockerd's jsonlog.
func escapedSize(b []byte) int {
	n := 0
	for len(b) > 0 {
		r, size := rune(b[0]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(b)
		}
		switch {
		case r == '"', r == '\\', r == '\n', r == '\r':
			n += 2
		case r < ' ', r == '<', r == '>', r == '&', r == '\u2028', r == '\u2029', r == utf8.RuneError && size == 1:
			n += len(`\u0000`)
		default:
			n += size
		}
		b = b[size:]
	}
	return n
}

// localSize is the length of a LogEntry: source (1), time in nanoseconds (2), line without its line feed (3), partial (4) and what
// it is a part of (5), with four bytes of length on both sides.
func localSize(e Entry, part bool) int64 {
	line := len(e.Data)
	if !e.Partial && line > 0 {
		line--
	}
	n := 8 + 2 + len(e.Kind.String()) + 1 + varint(uint64(e.Time.UnixNano()))
	if line > 0 {
		n += 1 + varint(uint64(line)) + line
	}
	if part {
		const id = 64
		meta := 2 + id + 2 // and its ordinal
		if !e.Partial {
			meta += 2
		}
		n += 2 + 1 + varint(uint64(meta)) + meta
	}
	return int64(n)
}

func varint(n uint64) int { return max(1, (bits.Len64(n)+6)/7) }
