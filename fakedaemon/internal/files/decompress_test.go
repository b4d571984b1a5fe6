package files

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"testing"
)

// TestDecompress: what archives may be compressed with, found by how they begin.
func TestDecompress(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	w.Write([]byte("hello"))
	w.Close()
	bz, err := base64.StdEncoding.DecodeString("QlpoOTFBWSZTWRkxZT0AAACBAAJEoAAhmmgzTQczi7kinChIDJiynoA=")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ in, name, want string }{
		{"hello", "", "hello"},
		{"", "", ""},
		{zipped.String(), "gzip", "hello"},
		{string(bz), "bzip2", "hello"},
		{"\x1f\x8bno gzip", "gzip", "unexpected EOF"},
		{"\xfd7zXZ\x00...", "xz", "archives compressed with xz are not imitated by fakedockerd"},
		{"\x28\xb5\x2f\xfd...", "zstd", "archives compressed with zstd are not imitated by fakedockerd"},
	} {
		check(t, c.in, Compression([]byte(c.in)), c.name)
		var got []byte
		r, err := Decompress(bytes.NewReader([]byte(c.in)))
		if err == nil {
			got, err = io.ReadAll(r)
		}
		if err != nil {
			got = []byte(err.Error())
		}
		check(t, c.in, string(got), c.want)
	}
}
