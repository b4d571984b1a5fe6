package conform

import (
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestLedger: what each of the daemons that a client met saw of it, in words.
func TestLedger(t *testing.T) {
	t.Parallel()
	handshakes := fakedaemon.Handshakes{{ID: 1, SNI: "localhost"}}
	requests := fakedaemon.Requests{{Method: "GET", Path: "/_ping"}}
	shook, asked := strings.TrimSpace(handshakes.String()), strings.TrimSpace(requests.String())
	count := func(accepted, heard, plaintext int) fakedaemon.ConnectionCount {
		return fakedaemon.ConnectionCount{Accepted: accepted, Heard: heard, Plaintext: plaintext}
	}
	for want, r := range map[string]Result{
		"saw no connection":                            {},
		"saw a connection over which nothing was said": {Connections: count(1, 0, 0)},
		"saw a connection and no request":              {Connections: count(2, 1, 0)},
		"saw plaintext that is no request":             {Connections: count(1, 1, 1)},
		shook:                                          {Connections: count(1, 1, 0), Handshakes: handshakes},
		asked:                                          {Connections: count(1, 1, 1), Requests: requests},
		shook + "\n" + asked:                           {Connections: count(1, 1, 0), Handshakes: handshakes, Requests: requests},
	} {
		if got := ledger(r); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	met := trial{plain: Result{Requests: requests}, impostor: Result{Handshakes: handshakes}}
	for _, tt := range []struct {
		gotImpostor, gotPlain outcome.Class
		heard                 int // in plaintext by the silent one
		want                  string
	}{
		{want: "saw no connection"},
		{gotImpostor: outcome.OK, want: "saw no connection\nof an impostor, which asks for no client certificate:\n" + shook},
		{gotPlain: outcome.OK, want: "saw no connection\nof a plain daemon at the same address:\n" + asked},
		{heard: 1, want: "saw no connection\nof a daemon that says nothing in TLS, at the same address:\nsaw plaintext that is no request"},
	} {
		met.gotImpostor, met.gotPlain, met.silent.Connections = tt.gotImpostor, tt.gotPlain, count(tt.heard, tt.heard, tt.heard)
		if diff := cmp.Diff(tt.want, met.ledger()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// seeing is a daemon that has seen a client which said nothing, if any, and then whoever makes sure of that.
type seeing struct {
	Daemon
	net.Listener
	before int
	own    chan string // the address of who made sure
}

func (d *seeing) Host() string { return "tcp://" + d.Listener.Addr().String() }

func (d *seeing) Close() error { return d.Listener.Close() }

func (d *seeing) serve() {
	c, err := d.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	c.Read(make([]byte, 1))
	d.own <- c.RemoteAddr().String()
}

func (d *seeing) Connections() fakedaemon.ConnectionCount {
	return fakedaemon.ConnectionCount{Accepted: d.before + 1, Heard: 1, Plaintext: 1}
}

func (d *seeing) Handshakes() fakedaemon.Handshakes {
	return fakedaemon.Handshakes{{ID: 1, Remote: "other"}}
}

func (d *seeing) Requests() fakedaemon.Requests {
	return fakedaemon.Requests{{Path: "/other", Remote: "other"}, {Path: "/_ping", Remote: <-d.own}}
}

// TestConfirm: what is seen of who makes sure that nobody has dialled is not the client's.
func TestConfirm(t *testing.T) {
	t.Parallel()
	for before, want := range []Result{
		{},
		{
			Connections: fakedaemon.ConnectionCount{Accepted: 1},
			Handshakes:  fakedaemon.Handshakes{{ID: 1, Remote: "other"}}, Requests: fakedaemon.Requests{{Path: "/other", Remote: "other"}},
		},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		d := &seeing{Listener: l, before: before, own: make(chan string, 1)}
		go d.serve()
		var got Result
		err = got.confirm(d)
		d.Close()
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Result{})); diff != "" || err != nil {
			t.Errorf("%d before: %v (-want +got)\n%s", before, err, diff)
		}
	}
}
