package bulk

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// some is content in which no part is like another.
func some(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(data)
	return data
}

// calls notes how long each piece is that it is given.
type calls []int

func (c *calls) Write(data []byte) (int, error) {
	*c = append(*c, len(data))
	return len(data), nil
}

func TestWrite(t *testing.T) {
	t.Parallel()
	var got calls
	if err := Write(&got, make([]byte, 2*65536+1)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(calls{65536, 65536, 1}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	failed := errors.New("full")
	r, w := io.Pipe()
	r.CloseWithError(failed)
	if err := Write(w, make([]byte, 1)); err != failed {
		t.Error(err)
	}
}

// lengths are those of nothing, of pieces and of steps, and around them.
var lengths = []int{0, 1, 511, 512, 513, 65535, 65536, 65537, 1<<20 - 1, 1 << 20, 1<<20 + 1, 3<<20 + 7}

func TestSum256(t *testing.T) {
	t.Parallel()
	for _, n := range lengths {
		data := some(n)
		if got, want := Sum256(data), sha256.Sum256(data); got != want {
			t.Errorf("%d: %x, want %x", n, got, want)
		}
	}
}

// TestReadAll: what comes is read, whatever size was told.
func TestReadAll(t *testing.T) {
	t.Parallel()
	for _, n := range lengths {
		data := some(n)
		for _, size := range []int64{-1, 0, 1, int64(n) - 1, int64(n), int64(n) + 1, 2 << 20, 1 << 62} {
			got, err := ReadAll(bytes.NewReader(data), size)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d of %d: %d bytes, %v", n, size, len(got), err)
			}
		}
	}
	failed := errors.New("gone")
	got, err := ReadAll(io.MultiReader(bytes.NewReader([]byte("begun")), iotest.ErrReader(failed)), -1)
	if string(got) != "begun" || err != failed {
		t.Errorf("%q, %v", got, err)
	}
}

// TestReadAllTakes: content of a size that is known is held once, that of another twice, and what only says to be large takes no room.
func TestReadAllTakes(t *testing.T) {
	data := some(16 << 20)
	for _, tt := range []struct {
		what string
		size int64
		have []byte
		most int64
	}{
		{"known", 16 << 20, data, 18 << 20},
		{"unknown", -1, data, 35 << 20},
		{"little", 1 << 30, data[:1], 2 << 20},
		{"too much", 1<<30 + 1, data, 35 << 20},
		{"small", 1, data[:1], 4 << 10},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := ReadAll(bytes.NewReader(tt.have), tt.size); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		got := int64(after.TotalAlloc - before.TotalAlloc)
		if got > tt.most {
			t.Errorf("%s: %d bytes, want at most %d", tt.what, got, tt.most)
		}
	}
}
