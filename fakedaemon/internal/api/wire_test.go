package api

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recordedWire is what dockerd 28.5.2 answers to raw requests: section http of the wire recordings, without
// requests that Go's HTTP server refuses by itself or that need an operation which is not imitated.
type recordedWire struct {
	Heads []string
	Rows  []struct {
		Request, Status string
		Head            int
		Body            string
		Truncated       bool // the body was not recorded
	}
}

var date = regexp.MustCompile(`(?m)^Date: [^\r]*`)

// TestWire compares whole answers byte by byte.
func TestWire(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/wire.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded recordedWire
	if err := json.Unmarshal(b, &recorded); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(New(Config{}))
	defer srv.Close()
	for _, row := range recorded.Rows {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, row.Request); err != nil {
			t.Fatal(err)
		}
		// Recordings of connections that stay open end with the answer.
		conn.(*net.TCPConn).CloseWrite()
		answer, err := io.ReadAll(bufio.NewReader(conn))
		conn.Close()
		if err != nil {
			t.Errorf("%q: %v", row.Request, err)
			continue
		}
		head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
		want := row.Status + "\r\n" + recorded.Heads[row.Head]
		got := date.ReplaceAllString(head, "Date: {date}")
		if row.Truncated {
			got = regexp.MustCompile(`\r\nContent-Length: \d+`).ReplaceAllString(got, "")
			body = row.Body
		}
		body = date.ReplaceAllString(body, "Date: {date}")
		if d := cmp.Diff(want+"\r\n\r\n"+row.Body, got+"\r\n\r\n"+body); d != "" {
			t.Errorf("%q: (-recorded +got)\n%s", row.Request, d)
		}
	}
}
