package transport

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRecords reads the same records in pieces of every size.
func TestRecords(t *testing.T) {
	t.Parallel()
	stream := "\x16\x03\x01\x00\x03abc" + "\x14\x03\x03\x00\x01\x01" + "\x17\x03\x03\x00\x00" + "\x15\x03\x03\x01\x02" + string(make([]byte, 258)) + "\x17\x03"
	want := [][2]int{{22, 3}, {20, 1}, {23, 0}, {21, 258}}
	for size := 1; size <= len(stream); size++ {
		var r records
		var got [][2]int
		for rest := []byte(stream); len(rest) > 0; {
			n := min(size, len(rest))
			r.read(rest[:n], func(kind byte, length int) { got = append(got, [2]int{int(kind), length}) })
			rest = rest[n:]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("in pieces of %d bytes (-want +got):\n%s", size, diff)
		}
	}
}
