package api

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// TestWatchService: these requests wait for what nobody knows, and others do not.
func TestWatchService(t *testing.T) {
	t.Parallel()
	timers, told := make(chan func(), 10), make(chan string, 10)
	st := state.New(state.Options{Clock: clock, After: func(d time.Duration, f func()) func() bool {
		if d != time.Second {
			t.Errorf("a timer of %v", d)
		}
		timers <- f
		return func() bool { return true }
	}})
	addRecordedImage(t, st)
	srv := httptest.NewServer(New(Config{State: st, Clock: clock, LogService: func(r *http.Request, command string) {
		op, _ := Asked(r)
		told <- op.ID + ": " + command
	}}))
	t.Cleanup(func() {
		st.Close()
		srv.CloseClientConnections()
		srv.Close()
	})
	createRunning(t, st, "c1", "mytool", "migrate")
	const silent = "silent"
	for _, tt := range []struct{ request, want string }{
		{"GET /containers/c1/logs?stdout=1 HTTP/1.1\r\nConnection: close", silent},
		{"POST /containers/c1/attach?logs=1&stdout=1 HTTP/1.1", silent},
		{"POST /containers/c1/wait HTTP/1.1\r\nConnection: close", "ContainerWait: mytool migrate"},
		{"POST /containers/c1/attach?stream=1&stdout=1 HTTP/1.1", "ContainerAttach: mytool migrate"},
		{"GET /containers/c1/logs?stdout=1&follow=1 HTTP/1.1\r\nConnection: close", "ContainerLogs: mytool migrate"},
	} {
		exchange(t, srv, tt.request, "", func() {
			if tt.want == silent {
				return
			}
			(<-timers)()
			if d := cmp.Diff(tt.want, <-told); d != "" {
				t.Errorf("%s: %s", tt.request, d)
			}
			if err := st.Kill("c1", ""); err != nil {
				t.Error(err)
			}
		})
		if tt.want != silent {
			if err := st.Start("c1"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(timers) > 0 {
		t.Errorf("%d requests more waited", len(timers))
	}
}
