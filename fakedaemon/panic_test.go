package fakedaemon_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// TestPanic: a panic of a function of the user is an error of Close, or fails the test of Start, with its trace.
func TestPanic(t *testing.T) {
	t.Parallel()
	var armed atomic.Bool
	for name, o := range map[string]*fakedaemon.Options{
		"authorize": {Mode: modes.TCP, Authorize: func(fakedaemon.AuthzRequest) fakedaemon.AuthzDecision { panic("boom") }},
		"clock": {Mode: modes.TCP, Clock: func() time.Time {
			if armed.Swap(false) {
				panic("boom")
			}
			return time.Unix(0, 0)
		}},
	} {
		d, err := fakedaemon.New(o)
		if err != nil {
			t.Fatal(err)
		}
		tb := &panicTB{TB: t}
		s := fakedaemon.Start(tb, o)
		for _, d := range []*fakedaemon.Daemon{d, s} {
			armed.Store(name == "clock")
			if resp, err := d.HTTPClient().Get("http://docker/v1.47/info"); err == nil {
				t.Errorf("%s: %s", name, resp.Status)
			}
		}
		want := "fakedaemon: panic serving GET /v1.47/info: boom"
		for _, got := range []string{fmt.Sprint(d.Close()), tb.close(s)} {
			if first, trace, _ := strings.Cut(got, "\n"); first != want || !strings.Contains(trace, "panic_test.go") {
				t.Errorf("%s: %s\nwant %s and the trace", name, got, want)
			}
		}
	}
}

// panicTB keeps what a test would fail with.
type panicTB struct {
	testing.TB
	errs []string
}

func (tb *panicTB) Errorf(format string, args ...any) {
	tb.errs = append(tb.errs, fmt.Sprintf(format, args...))
}

func (tb *panicTB) close(d *fakedaemon.Daemon) string {
	if err := d.Close(); err != nil {
		return err.Error()
	}
	return strings.Join(tb.errs, "\n")
}
