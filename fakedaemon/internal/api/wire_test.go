package api

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// recordedWire is what the engines answer to raw requests: section http of the wire recordings, without requests
// that Go's HTTP server refuses by itself or that need an operation which is not imitated. The engine's own versions
// are {version}, {api} and {min}.
type recordedWire struct {
	Heads []string
	Rows  []struct {
		Request string
		Answers []recordedAnswer
	}
}

type recordedAnswer struct {
	Engines   []string // nil is all
	Status    string
	Head      int
	Body      string
	Truncated bool // the body was not recorded
}

var (
	date          = regexp.MustCompile(`(?m)^Date: [^\r]*`)
	contentLength = regexp.MustCompile(`\r\nContent-Length: \d+`)
)

// TestWire compares whole answers byte by byte.
func TestWire(t *testing.T) {
	t.Parallel()
	var recorded recordedWire
	if err := json.Unmarshal([]byte(read(t, "wire.json")), &recorded); err != nil {
		t.Fatal(err)
	}
	for _, e := range engine.All() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(New(Config{Engine: e}))
			defer srv.Close()
			own := strings.NewReplacer("{version}", e.Version, "{api}", e.APIVersion, "{min}", e.MinAPIVersion)
			for _, row := range recorded.Rows {
				i := slices.IndexFunc(row.Answers, func(a recordedAnswer) bool { return a.Engines == nil || slices.Contains(a.Engines, e.Name) })
				if i < 0 {
					t.Fatalf("%q: no answer was recorded", row.Request)
				}
				want := row.Answers[i]
				head, body, err := answer(srv.Listener.Addr().String(), row.Request)
				if err != nil {
					t.Errorf("%q: %v", row.Request, err)
					continue
				}
				head = date.ReplaceAllString(head, "Date: {date}")
				body = date.ReplaceAllString(body, "Date: {date}")
				if want.Truncated {
					head, body = contentLength.ReplaceAllString(head, ""), ""
				}
				all := own.Replace(want.Status + "\r\n" + recorded.Heads[want.Head] + "\r\n\r\n" + want.Body)
				if d := cmp.Diff(all, head+"\r\n\r\n"+body); d != "" {
					t.Errorf("%q: (-recorded +got)\n%s", row.Request, d)
				}
			}
		})
	}
}

// answer sends a raw request and returns all that comes back.
func answer(addr, request string) (head, body string, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return "", "", err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		return "", "", err
	}
	// Recordings of connections that stay open end with the answer.
	conn.(*net.TCPConn).CloseWrite()
	all, err := io.ReadAll(bufio.NewReader(conn))
	head, body, _ = strings.Cut(string(all), "\r\n\r\n")
	return head, body, err
}
