package fakedaemon_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/Microsoft/go-winio"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

func TestNamedPipe(t *testing.T) {
	t.Parallel()
	path := fmt.Sprintf("//./pipe/fakedockerd_test_%d", os.Getpid())
	host := "npipe://" + path
	o := &fakedaemon.Options{Listen: []fakedaemon.Listen{{Addr: host}}}
	d := fakedaemon.Start(t, o)
	if d.Host() != host {
		t.Errorf("host %s, want %s", d.Host(), host)
	}
	getOK(t, d.HTTPClient(), "http://docker/_ping")
	if r := d.Requests(); len(r) != 1 || r[0].Listener != host {
		t.Errorf("requests:\n%s", r)
	}

	// A pipe in use is not taken over.
	if second, err := fakedaemon.New(o); err == nil {
		second.Close()
		t.Error("two daemons listen on one pipe")
	}

	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	limit := time.Second
	if c, err := winio.DialPipe(path, &limit); err == nil {
		c.Close()
		t.Error("it listens after Close")
	}
}
