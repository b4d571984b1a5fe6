package transport

import (
	"slices"
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
			if whole, at := r.whole(), len(stream)-len(rest); whole != slices.Contains([]int{8, 14, 19, 282}, at) {
				t.Errorf("whole is %t behind %d bytes", whole, at)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("in pieces of %d bytes (-want +got):\n%s", size, diff)
		}
	}
}

// TestWentOn: what a client seals behind the daemon's certificate is a handshake message, or an alert of whatever length.
func TestWentOn(t *testing.T) {
	t.Parallel()
	const padded = sealedAlert + 16 // as Java makes its alerts
	for name, test := range map[string]struct {
		kinds, lengths []int
		alert, want    bool
	}{
		"nothing":                   {nil, nil, false, false},
		"an alert for all to read":  {[]int{recordAlert}, []int{2}, true, false},
		"a sealed alert":            {[]int{recordSealed}, []int{sealedAlert}, true, false},
		"a longer one":              {[]int{recordSealed}, []int{padded}, true, false},
		"no certificate":            {[]int{recordSealed, recordSealed}, []int{25, 53}, false, true},
		"a part of a certificate":   {[]int{recordSealed}, []int{400}, false, true},
		"an alert after a message":  {[]int{recordSealed, recordSealed}, []int{25, padded}, true, true},
		"a message of TLS 1.2":      {[]int{recordHandshake}, []int{7}, false, true},
		"the change before a alert": {[]int{recordFirst, recordSealed}, []int{1, padded}, true, false},
	} {
		h := &handshake{flight: true}
		for i, kind := range test.kinds {
			h.found(byte(kind), test.lengths[i])
		}
		if got := h.wentOn(test.alert); got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

// TestHear counts what begins as a record of TLS does, and what does not.
func TestHear(t *testing.T) {
	t.Parallel()
	var s ConnSet
	for _, first := range []byte{recordFirst - 1, recordFirst, recordSealed, recordSealed + 1, 'G'} {
		s.hear(first)
	}
	if got, want := s.Count(), (Count{Heard: 5, Plaintext: 3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
