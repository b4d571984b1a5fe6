package stream

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 11, 22, 2, 48, 16, 500_000_000, time.UTC)

func at(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

// readAll gives each entry as its second, its kind, and its data with ~ where a line does not end.
func readAll(t *testing.T, c *Cursor) []string {
	t.Helper()
	var all []string
	for {
		e, err := c.Next(t.Context())
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%d %v %s", int(e.Time.Sub(start)/time.Second), e.Kind, e.Data)
		if e.Partial {
			text += "~"
		}
		all = append(all, text)
	}
}

// TestLogLines: a line is an entry once it has ended, at that time; the end of a run ends a line without a line feed.
func TestLogLines(t *testing.T) {
	t.Parallel()
	l := NewLog(LogOptions{})
	l.Write(Stdout, []byte("o"), at(0))
	l.Write(Stderr, []byte("err1\nerr2\ner"), at(1))
	l.Write(Stdout, []byte("ut1\n\npart"), at(2))
	all := ReadOptions{Tail: -1}
	lines := []string{"1 stderr err1\n", "1 stderr err2\n", "2 stdout out1\n", "2 stdout \n"}
	if d := cmp.Diff(lines, readAll(t, l.Read(all))); d != "" {
		t.Error(d)
	}
	l.End(at(3))
	l.Write(Stdout, []byte("next run\n"), at(4))
	lines = append(lines, "3 stdout part~", "3 stderr er~", "4 stdout next run\n")
	if d := cmp.Diff(lines, readAll(t, l.Read(all))); d != "" {
		t.Error(d)
	}
}

// TestLogLongLines: a line is cut every 16 KiB, and its parts have the time of the first one.
func TestLogLongLines(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		line string
		want []string
	}{
		{strings.Repeat("x", MaxLine-1) + "\n", []string{"line of 16384"}},
		{strings.Repeat("x", MaxLine) + "\n", []string{"part of 16384", "line of 1"}},
		{strings.Repeat("x", 2*MaxLine+5) + "\n", []string{"part of 16384", "part of 16384", "line of 6"}},
		{strings.Repeat("x", MaxLine), []string{"part of 16384"}},
		{strings.Repeat("x", MaxLine+1), []string{"part of 16384", "part of 1"}},
	} {
		for _, cut := range []int{1000, MaxLine - 1, MaxLine, len(row.line)} {
			l := NewLog(LogOptions{})
			for chunk := range slices.Chunk([]byte(row.line), cut) {
				l.Write(Stdout, chunk, at(1))
			}
			l.Write(Stderr, []byte("other\n"), at(2))
			l.End(at(1))
			var got []string
			c := l.Read(ReadOptions{Tail: -1})
			for {
				e, err := c.Next(t.Context())
				if err != nil {
					break
				}
				if e.Kind == Stderr {
					continue
				}
				if e.Time != at(1) {
					t.Error(e.Time)
				}
				what := "line"
				if e.Partial {
					what = "part"
				}
				got = append(got, fmt.Sprintf("%s of %d", what, len(e.Data)))
			}
			if d := cmp.Diff(row.want, got); d != "" {
				t.Errorf("%d by %d: %s", len(row.line), cut, d)
			}
		}
	}
	l := NewLog(LogOptions{})
	l.Write(Stdout, bytes.Repeat([]byte("x"), MaxLine), at(0))
	l.Write(Stdout, []byte("end\nnext\n"), at(5))
	if d := cmp.Diff([]string{"0 stdout end\n", "5 stdout next\n"}, readAll(t, l.Read(ReadOptions{Tail: 2}))); d != "" {
		t.Error(d)
	}
}

// TestLogRead: tail counts both streams, before since; until ends at the first entry behind it.
func TestLogRead(t *testing.T) {
	t.Parallel()
	l := NewLog(LogOptions{})
	for i := range 100 {
		l.Write(Stdout+Kind(i%2), fmt.Appendf(nil, "%d\n", i), at(i))
	}
	entry := func(i int) string { return fmt.Sprintf("%d %v %d\n", i, Stdout+Kind(i%2), i) }
	rows := func(from, to int) (all []string) {
		for i := from; i < to; i++ {
			all = append(all, entry(i))
		}
		return all
	}
	for name, row := range map[string]struct {
		o    ReadOptions
		want []string
	}{
		"all":            {ReadOptions{Tail: -1}, rows(0, 100)},
		"none":           {ReadOptions{}, nil},
		"tail":           {ReadOptions{Tail: 3}, rows(97, 100)},
		"more than all":  {ReadOptions{Tail: 1000}, rows(0, 100)},
		"since":          {ReadOptions{Tail: -1, Since: at(95)}, rows(95, 100)},
		"until":          {ReadOptions{Tail: -1, Until: at(5)}, rows(0, 6)},
		"both":           {ReadOptions{Tail: -1, Since: at(40), Until: at(80)}, rows(40, 81)},
		"tail and since": {ReadOptions{Tail: 3, Since: at(99)}, rows(99, 100)},
		"tail and until": {ReadOptions{Tail: 3, Until: at(96)}, nil},
	} {
		if d := cmp.Diff(row.want, readAll(t, l.Read(row.o))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	// Time may go back: what follows the first entry of the window is in it.
	l.Write(Stdout, []byte("earlier\n"), at(0))
	if d := cmp.Diff([]string{entry(99), "0 stdout earlier\n"}, readAll(t, l.Read(ReadOptions{Tail: -1, Since: at(99)}))); d != "" {
		t.Error(d)
	}
}

// TestLogFollow: one who follows gets what comes until the run ends, the container is removed or nobody wants it any more; one
// who does not gets what was there.
func TestLogFollow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLog(LogOptions{})
		l.Write(Stdout, []byte("before\n"), at(0))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var mu sync.Mutex
		got := make(map[string][]string)
		note := func(name, what string) {
			mu.Lock()
			defer mu.Unlock()
			got[name] = append(got[name], what)
		}
		follow := func(name string, ctx context.Context, o ReadOptions) {
			c := l.Read(o)
			go func() {
				for {
					e, err := c.Next(ctx)
					if err != nil {
						note(name, err.Error())
						return
					}
					note(name, string(e.Data))
				}
			}()
			synctest.Wait()
		}
		here := l.Read(ReadOptions{Tail: -1})
		unfollow := l.Read(ReadOptions{Tail: -1, Follow: true})
		unfollow.Unfollow()
		follow("all", t.Context(), ReadOptions{Tail: -1, Follow: true})
		follow("new", t.Context(), ReadOptions{Follow: true})
		follow("until", t.Context(), ReadOptions{Follow: true, Until: at(2)})
		follow("canceled", ctx, ReadOptions{Follow: true})
		for i := 1; i < 4; i++ {
			l.Write(Stdout, fmt.Appendf(nil, "%d\n", i), at(i))
			synctest.Wait()
			if i == 1 {
				cancel()
				synctest.Wait()
			}
		}
		for _, c := range []*Cursor{here, unfollow} {
			if d := cmp.Diff([]string{"0 stdout before\n"}, readAll(t, c)); d != "" {
				t.Error(d)
			}
		}
		l.Write(Stdout, []byte("end"), at(4))
		l.End(at(4))
		synctest.Wait()
		follow("removed", t.Context(), ReadOptions{Follow: true})
		l.Remove()
		synctest.Wait()
		if d := cmp.Diff(map[string][]string{
			"all":      {"before\n", "1\n", "2\n", "3\n", "end", "EOF"},
			"new":      {"1\n", "2\n", "3\n", "end", "EOF"},
			"until":    {"1\n", "2\n", "EOF"},
			"canceled": {"1\n", "context canceled"},
			"removed":  {"EOF"},
		}, got); d != "" {
			t.Error(d)
		}
	})
}

// TestLogFollowSilent: the end of a run that has printed nothing ends those who follow, too.
func TestLogFollowSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLog(LogOptions{})
		c, ended := l.Read(ReadOptions{Tail: -1, Follow: true}), make(chan error)
		go func() {
			_, err := c.Next(t.Context())
			ended <- err
		}()
		synctest.Wait()
		l.End(at(0))
		if err := <-ended; err != io.EOF {
			t.Error(err)
		}
	})
}

// TestLogBound: the oldest entries go, and whoever has not read them goes on with the oldest that are there.
func TestLogBound(t *testing.T) {
	t.Parallel()
	l := NewLog(LogOptions{Memory: 1 << 20})
	slow := l.Read(ReadOptions{Tail: -1, Follow: true})
	const entries = 30_000
	for i := range entries {
		l.Write(Stdout, fmt.Appendf(nil, "%099d\n", i), at(i))
	}
	if l.held > 1<<20 || l.held < 1<<20-segmentSize {
		t.Errorf("%d bytes are held", l.held)
	}
	l.End(at(entries))
	want := int(l.first)
	for i := want; ; i++ {
		e, err := slow.Next(t.Context())
		if err == io.EOF {
			if i != entries {
				t.Errorf("ended at %d", i)
			}
			break
		}
		if string(e.Data) != fmt.Sprintf("%099d\n", i) {
			t.Fatalf("%d: %q, %v", i, e.Data, err)
		}
	}
}

// TestLogFiles: max-size and max-file drop what the files of dockerd's drivers drop.
func TestLogFiles(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		o     LogOptions
		first int // of 0 to 99 that is kept at the end
	}{
		// An entry has 64 or 65 bytes: {"log":"0\n","stream":"stdout","time":"2026-11-22T02:48:16.5Z"}. A file takes 16.
		"one file":    {LogOptions{MaxSize: 1000}, 96},
		"three files": {LogOptions{MaxSize: 1000, MaxFiles: 3}, 64},
		"no end":      {LogOptions{MaxFiles: 3}, 0},
		// One of local has 29 or 30: a file takes 34.
		"local": {LogOptions{MaxSize: 1000, Format: Local}, 68},
	} {
		l := NewLog(row.o)
		for i := range 100 {
			l.Write(Stdout, fmt.Appendf(nil, "%d\n", i), start)
		}
		got := readAll(t, l.Read(ReadOptions{Tail: -1}))
		var want []string
		for i := row.first; i < 100; i++ {
			want = append(want, fmt.Sprintf("0 stdout %d\n", i))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestJSONSize has what dockerd writes (daemon/logger/jsonfilelog/jsonlog), by hand.
func TestJSONSize(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"hello\n":                       `{"log":"hello\n","stream":"stderr","time":"2026-11-22T02:48:16.5Z"}`,
		"\"\\\n\r\t\x00\x7f":            `{"log":"\"\\\n\r\u0009\u0000` + "\x7f" + `","stream":"stderr","time":"2026-11-22T02:48:16.5Z"}`,
		"<a&b>":                         `{"log":"\u003ca\u0026b\u003e","stream":"stderr","time":"2026-11-22T02:48:16.5Z"}`,
		"ä€😀\u2028\u2029\ufffd\xff\xc3": `{"log":"ä€😀\u2028\u2029` + "\ufffd" + `\ufffd\ufffd","stream":"stderr","time":"2026-11-22T02:48:16.5Z"}`,
	} {
		if got := JSON.size(Entry{Time: start, Kind: Stderr, Data: []byte(data)}, false); got != int64(len(want+"\n")) {
			t.Errorf("%q: %d, want %d", data, got, len(want+"\n"))
		}
	}
}
