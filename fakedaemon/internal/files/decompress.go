package files

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"fmt"
	"io"
)

// compressions are how archives may be compressed, by what they begin with (github.com/moby/go-archive/compression).
var compressions = []struct {
	magic, name string
	read        func(io.Reader) (io.Reader, error) // nil: not imitated
}{
	{"\x1f\x8b", "gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{"BZh", "bzip2", func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }},
	{"\xfd7zXZ\x00", "xz", nil},
	{"\x28\xb5\x2f\xfd", "zstd", nil},
}

// Compression is how an archive is compressed that begins so; "" means not at all.
func Compression(start []byte) string {
	for _, c := range compressions {
		if bytes.HasPrefix(start, []byte(c.magic)) {
			return c.name
		}
	}
	return ""
}

// Decompress reads an archive that may be compressed.
func Decompress(r io.Reader) (io.Reader, error) {
	in := bufio.NewReader(r)
	start, err := in.Peek(10)
	if err != nil && err != io.EOF {
		return nil, err
	}
	for _, c := range compressions {
		switch {
		case !bytes.HasPrefix(start, []byte(c.magic)):
			continue
		case c.read == nil:
			return nil, fmt.Errorf("archives compressed with %s are not imitated by fakedockerd", c.name)
		}
		return c.read(in)
	}
	return in, nil
}
