package fakedaemon_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

func TestSnapshotAndRestore(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	d := fakedaemon.Start(t, &fakedaemon.Options{Clock: func() time.Time { return now }})
	d.AddContainer(fakedaemon.Container{Name: "web"})
	list := func() string {
		resp, err := d.HTTPClient().Get("http://docker/containers/json?all=1")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before := list()
	snapshot := d.Snapshot()
	for range 2 {
		r, err := http.NewRequest(http.MethodDelete, "http://docker/containers/web?force=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := d.HTTPClient().Do(r)
		if err != nil || resp.StatusCode != http.StatusNoContent {
			t.Fatalf("DELETE: %v, %v", resp, err)
		}
		resp.Body.Close()
		if got := list(); got != "[]\n" {
			t.Errorf("after DELETE there is %s", got)
		}
		d.Restore(snapshot)
		if got := list(); got != before {
			t.Errorf("after Restore there is\n%s, before there was\n%s", got, before)
		}
	}
}

// TestRestoreRefuses has what is no Snapshot of the daemon.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	other := fakedaemon.Start(t, nil)
	tb := &failingTest{TB: t}
	d := fakedaemon.Start(tb, nil)
	t.Cleanup(func() { d.Close() })
	for _, test := range []struct {
		s    *fakedaemon.Snapshot
		want string
	}{
		{other.Snapshot(), "fakedaemon: Restore: the Snapshot is of the daemon at " + other.Host() + ", this is the one at " + d.Host()},
		{nil, "fakedaemon: Restore: the Snapshot is empty: give one that Snapshot returned"},
		{&fakedaemon.Snapshot{}, "fakedaemon: Restore: the Snapshot is empty: give one that Snapshot returned"},
	} {
		tb.fatal = ""
		d.Restore(test.s)
		if tb.fatal != test.want {
			t.Errorf("Restore fails with %q, want %q", tb.fatal, test.want)
		}
	}
}
