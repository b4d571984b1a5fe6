package api

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// TestNotWebsocket has step 09-attach#13 of the recordings, byte by byte.
func TestNotWebsocket(t *testing.T) {
	t.Parallel()
	h, s := withImage(t, engineByName(t, "28"))
	if _, err := s.AddContainer(state.Container{Name: "c1", ImageID: s.Images()[0].ID, Image: "bb:1"}); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /containers/c1/attach/ws?stream=1 HTTP/1.1\r\nHost: docker\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if want := "HTTP/1.1 400 Bad Request\r\n\r\nnot websocket protocol"; err != nil || string(got) != want {
		t.Errorf("the answer is %q, %v, want %q", got, err, want)
	}
}

// TestTimestamps: logs and events read times alike, with the words of their engine (daemon/logs.go, and of engine 29
// daemon/internal/timestamp).
func TestTimestamps(t *testing.T) {
	t.Parallel()
	for name, tests := range map[string][]struct {
		target string
		status int
		text   string
	}{
		"28": {
			{"/containers/c1/logs?stdout=1&until=x", 500, `strconv.ParseInt: parsing "x": invalid syntax`},
			{"/containers/c1/logs?stdout=1&since=1.x", 500, `strconv.ParseInt: parsing "x": invalid syntax`},
			{"/containers/nosuch/logs?stdout=1&since=x", 404, "No such container: nosuch"},
			{"/events?since=99999999999999999999", 500, `strconv.ParseInt: parsing "99999999999999999999": value out of range`},
			{"/events?until=1.x", 500, `strconv.ParseInt: parsing "x": invalid syntax`},
		},
		"29": {
			{"/containers/c1/logs", 400, "must specify at least one of 'stdout' or 'stderr'"},
			{"/containers/c1/logs?stdout=1&until=x", 400, `invalid value for "until": invalid timestamp "x": invalid seconds "x": invalid syntax`},
			{"/containers/c1/logs?stdout=1&since=1.-2", 400, `invalid value for "since": invalid timestamp "1.-2": invalid nanoseconds: invalid character '-' at position 0`},
			{"/containers/nosuch/logs?stdout=1&since=x", 400, `invalid value for "since": invalid timestamp "x": invalid seconds "x": invalid syntax`},
			{"/events?since=99999999999999999999", 400, `invalid value for 'since': invalid timestamp "99999999999999999999": invalid seconds "99999999999999999999": value out of range`},
			{"/events?until=1.000000000000000000001", 400, `invalid value for 'until': invalid timestamp "1.000000000000000000001": invalid nanoseconds: length 21 exceeds maximum 20`},
		},
	} {
		h, s := withImage(t, engineByName(t, name))
		if _, err := s.AddContainer(state.Container{Name: "c1", ImageID: s.Images()[0].ID, Image: "bb:1"}); err != nil {
			t.Fatal(err)
		}
		for _, test := range tests {
			if status, body := do(t, h, http.MethodGet, test.target, ""); status != test.status || body != message(test.text) {
				t.Errorf("%s: %s: %d %s, want %d %s", name, test.target, status, body, test.status, test.text)
			}
		}
	}
	if at, err := parseTimestamp("1.5"); !at.Equal(time.Unix(1, 500_000_000)) || err != nil {
		t.Errorf("1.5 is %v, %v", at, err)
	}
	if at, err := parseTimestamp("1.12345678999"); !at.Equal(time.Unix(1, 123_456_789)) || err != nil {
		t.Errorf("1.12345678999 is %v, %v", at, err)
	}
}
