package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFrame(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := errors.Join(WriteFrame(&b, Stdout, []byte("out1\n")), WriteFrame(&b, Stderr, nil), WriteFrame(&b, SystemError, bytes.Repeat([]byte("x"), 258))); err != nil {
		t.Fatal(err)
	}
	want := "\x01\x00\x00\x00\x00\x00\x00\x05out1\n\x02\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x01\x02" + strings.Repeat("x", 258)
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Fatal(d)
	}
	type frame struct {
		Kind Kind
		Data string
	}
	read := func(all string, max int) (frames []frame, err error) {
		r := NewFrameReader(iotest.OneByteReader(strings.NewReader(all)), max)
		for {
			kind, data, err := r.Next()
			if err != nil {
				return frames, err
			}
			frames = append(frames, frame{kind, string(data)})
		}
	}
	got, err := read(want, 258)
	if d := cmp.Diff([]frame{{Stdout, "out1\n"}, {Stderr, ""}, {SystemError, strings.Repeat("x", 258)}}, got); d != "" || err != io.EOF {
		t.Error(err, d)
	}
	for all, text := range map[string]string{
		want[:4]:                           "unexpected EOF",
		want[:10]:                          "unexpected EOF",
		want[:8]:                           "unexpected EOF",
		"\x01\x00\x00\x01\x00\x00\x00\x00": "stream: no frame begins with 01 00 00 01 00 00 00 00",
		"HTTP/1.1 200 OK":                  "stream: no frame begins with 48 54 54 50 2f 31 2e 31",
		"\x01\x00\x00\x00\xff\x00\x00\x00": "stream: a frame of 4278190080 bytes, which is more than 99",
	} {
		if _, err := read(all, 99); err == nil || err.Error() != text {
			t.Errorf("%q: %v", all, err)
		}
	}
}

// TestDetachFilter has what github.com/moby/term does with the same input, however it is cut.
func TestDetachFilter(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ keys, typed, input, detached string }{
		{"\x10\x11", "ls\n\x10\x11more", "ls\n", "yes"},
		{"\x10\x11", "a\x10b", "a\x10b", ""},
		{"\x10\x11", "a\x10", "a", ""},
		{"\x10\x11", "\x10\x10\x11x", "\x10\x10\x11x", ""},
		{"aab", "aaab", "aaab", ""},
		{"q", "xq", "x", "yes"},
		{"", "\x10\x11", "\x10\x11", ""},
	} {
		for _, cut := range []int{1, 2, 3, len(row.typed)} {
			f := NewDetachFilter([]byte(row.keys))
			var input, detached string
			for b := []byte(row.typed); len(b) > 0 && detached == ""; {
				n := min(cut, len(b))
				in, over := f.Filter(b[:n])
				input += string(in)
				if over {
					detached = "yes"
				}
				b = b[n:]
			}
			if input != row.input || detached != row.detached {
				t.Errorf("%+v by %d: %q, %q", row, cut, input, detached)
			}
		}
	}
}

// TestHub: whoever is attached gets everything, in the order in which it was printed, in frames as large as dockerd's.
func TestHub(t *testing.T) {
	t.Parallel()
	h := NewHub(nil, time.Now, nil)
	both, out, none := h.Attach(true, true), h.Attach(true, false), h.Attach(false, false)
	var want, wantOut []byte
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		kind, data := Stdout+Kind(random.IntN(2)), bytes.Repeat([]byte{byte(random.IntN(256))}, random.IntN(5000)*random.IntN(2)+random.IntN(3))
		if n, ok := h.Write(kind, data); n != len(data) || !ok {
			t.Fatal(n, ok)
		}
		want = appendKinds(want, kind, data)
		if kind == Stdout {
			wantOut = append(wantOut, data...)
		}
	}
	h.EndRun()
	var got, gotOut []byte
	for {
		kind, data, err := both.Next(t.Context())
		if err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
		if len(data) == 0 || len(data) > 32<<10 {
			t.Errorf("a frame of %d bytes", len(data))
		}
		got = appendKinds(got, kind, data)
	}
	var frames bytes.Buffer
	for {
		b, err := out.NextFrames(t.Context())
		if err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
		frames.Write(b)
	}
	r := NewFrameReader(&frames, 32<<10)
	for {
		kind, data, err := r.Next()
		if err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
		if kind != Stdout {
			t.Error(kind)
		}
		gotOut = append(gotOut, data...)
	}
	if !bytes.Equal(gotOut, wantOut) {
		t.Errorf("%d bytes of stdout, want %d", len(gotOut), len(wantOut))
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes of both, want %d", len(got)/2, len(want)/2)
	}
	if _, _, err := none.Next(t.Context()); err != io.EOF {
		t.Error(err)
	}
}

// appendKinds appends each byte behind its kind.
func appendKinds(b []byte, kind Kind, data []byte) []byte {
	for _, c := range data {
		b = append(b, byte(kind), c)
	}
	return b
}

// TestHubRoom: a reader that is behind holds up the process, and lets it go on once it has read or is gone; others go on.
func TestHubRoom(t *testing.T) {
	t.Parallel()
	wakes := 0
	h := NewHub(nil, time.Now, func() { wakes++ })
	slow, fast := h.Attach(true, true), h.Attach(true, true)
	block := bytes.Repeat([]byte("x"), 300<<10)
	read := func(r *Reader) (n int) {
		for len(r.rest) > 0 || len(r.chunks) > 0 {
			_, data, err := r.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			n += len(data)
		}
		return n
	}
	var got []int
	for range 4 {
		n, _ := h.Write(Stdout, block)
		got = append(got, n, read(fast))
	}
	n, ok := h.Write(Stdout, block)
	if got = append(got, n); ok || wakes != 1 { // once, for the fast one
		t.Error(ok, wakes)
	}
	const k = 300 << 10
	if d := cmp.Diff([]int{k, k, k, k, k, k, MaxBehind - 3*k, MaxBehind - 3*k, 0}, got); d != "" {
		t.Error(d)
	}
	if _, _, err := slow.Next(t.Context()); err != nil || wakes != 2 {
		t.Error(err, wakes)
	}
	if n, ok := h.Write(Stdout, block); n != 128<<10 || ok {
		t.Error(n, ok)
	}
	slow.Close()
	if wakes != 3 {
		t.Error(wakes)
	}
	if n, ok := h.Write(Stdout, block); n != len(block) || !ok {
		t.Error(n, ok)
	}
	for {
		if _, _, err := slow.Next(t.Context()); err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
	}
	if n := read(fast); n != 128<<10+len(block) {
		t.Error(n)
	}
}

// TestHubWaits: a reader waits for what comes, for the end of the run and for its context; the hub serves another run.
func TestHubWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(nil, time.Now, nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		results := make(chan string, 1)
		next := func(r *Reader) string {
			go func() {
				_, data, err := r.Next(ctx)
				if err != nil {
					data = []byte(err.Error())
				}
				results <- string(data)
			}()
			synctest.Wait()
			return ""
		}
		r := h.Attach(true, true)
		got := []string{next(r)}
		h.Write(Stderr, []byte("hello"))
		got = append(got, <-results, next(r))
		h.EndRun()
		got = append(got, <-results)
		r = h.Attach(true, true)
		got = append(got, next(r))
		h.Write(Stdout, []byte("again"))
		got = append(got, <-results, next(r))
		cancel()
		got = append(got, <-results)
		ctx = t.Context()
		got = append(got, next(r))
		r.Close()
		got = append(got, <-results)
		if d := cmp.Diff([]string{"", "hello", "", "EOF", "", "again", "", "context canceled", "", "EOF"}, got); d != "" {
			t.Error(d)
		}
	})
}

// TestOutputOfRun: a killed process that still prints is not taken for the next one.
func TestOutputOfRun(t *testing.T) {
	log := NewLog(LogOptions{})
	h := NewHub(log, time.Now, nil)
	for run := range 3 {
		out := h.Output(Stdout)
		if n, ok := out.Write(fmt.Appendf(nil, "run %d\n", run)); n != 6 || !ok {
			t.Error(n, ok)
		}
		h.EndRun()
		if n, ok := out.Write([]byte("late\n")); n != 5 || !ok {
			t.Error("late", n, ok)
		}
	}
	var got []string
	for lines := log.Read(ReadOptions{Tail: -1}); ; {
		line, err := lines.Next(t.Context())
		if err != nil {
			break
		}
		got = append(got, string(line.Data))
	}
	if d := cmp.Diff([]string{"run 0\n", "run 1\n", "run 2\n"}, got); d != "" {
		t.Error(d)
	}
}
