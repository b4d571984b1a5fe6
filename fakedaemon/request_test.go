package fakedaemon

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/modes"
)

// exchange sends a raw request and reads the answer.
func exchange(t *testing.T, d *Daemon, raw string) (*http.Response, string) {
	t.Helper()
	c := dial(t, d)
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(raw, " ")
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func TestRequestFields(t *testing.T) {
	t.Parallel()
	d := begin(t, &Options{Mode: modes.TLSVerify}, time.Minute, nil)
	d2 := begin(t, nil, time.Minute, nil)
	for _, d := range []*Daemon{d, d2} {
		exchange(t, d, "HEAD /_ping HTTP/1.1\r\nHost: docker\r\n\r\n")
		exchange(t, d, "POST /v1.41/containers/create?name=x HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"Image\":\"i\"}")
		exchange(t, d, "GET /nope HTTP/1.1\r\nHost: docker\r\n\r\n")
	}
	client, json := "client", http.Header{"Content-Type": {"application/json"}, "Content-Length": {"13"}}
	want := func(d *Daemon, client string, handshakes ...int) Requests {
		return Requests{
			{ID: 1, Handshake: handshakes[0], Listener: d.Host(), Method: "HEAD", Path: "/_ping", Operation: "SystemPingHead", Header: http.Header{}, Status: 200, ClientName: client},
			{ID: 2, Handshake: handshakes[1], Listener: d.Host(), Method: "POST", Path: "/v1.41/containers/create", Query: "name=x", Version: "1.41", Operation: "ContainerCreate", Header: json, Body: []byte(`{"Image":"i"}`), Status: 404, ClientName: client},
			{ID: 3, Handshake: handshakes[2], Listener: d.Host(), Method: "GET", Path: "/nope", Header: http.Header{}, Status: 404, ClientName: client},
		}
	}
	ignore := cmpopts.IgnoreFields(Request{}, "Time", "Remote")
	if diff := cmp.Diff(want(d, client, 1, 2, 3), d.Requests(), ignore, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("mTLS (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want(d2, "", 0, 0, 0), d2.Requests(), ignore, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("unix (-want +got):\n%s", diff)
	}

	// What comes out is a copy.
	rs := d.Requests()
	rs[1].Body[0] = 'x'
	rs[1].Header.Set("Content-Type", "x")
	if diff := cmp.Diff(want(d, client, 1, 2, 3), d.Requests(), ignore, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("after changing a copy (-want +got):\n%s", diff)
	}
}

func TestRequestStatus(t *testing.T) {
	t.Parallel()
	hijack := func(w http.ResponseWriter, answer string) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		rw.WriteString(answer)
		rw.Flush()
	}
	d := begin(t, nil, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/silent":
		case "/header":
			w.WriteHeader(http.StatusConflict)
			w.WriteHeader(http.StatusOK) // which net/http refuses
		case "/early":
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusNotFound)
		case "/body":
			io.WriteString(w, "x")
		case "/flush":
			http.NewResponseController(w).Flush()
		case "/upgraded":
			hijack(w, "HTTP/1.1 101 UPGRADED\r\n\r\nHTTP/1.1 500")
		case "/raw":
			hijack(w, "HTTP/1.1 404 Not Found\r\n\r\nx")
		}
	})
	want := map[string]int{"/silent": 200, "/header": 409, "/early": 404, "/body": 200, "/flush": 200, "/upgraded": 101, "/raw": 404}
	for path := range want {
		c := dial(t, d)
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n", path)
		if _, err := io.ReadAll(c); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]int{}
	for _, r := range d.Requests() {
		got[r.Path] = r.Status
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}

// TestRequestIsThereBeforeItsAnswer: whoever has the answer can read the log.
func TestRequestIsThereBeforeItsAnswer(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	d := begin(t, nil, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		io.ReadFull(r.Body, make([]byte, 3))
		w.WriteHeader(http.StatusAccepted)
		http.NewResponseController(w).Flush()
		<-release
	})
	c := dial(t, d)
	io.WriteString(c, "POST /x HTTP/1.1\r\nHost: docker\r\nContent-Length: 3\r\n\r\nabc")
	if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
		t.Fatal(err)
	}
	rs := d.Requests()
	close(release)
	if len(rs) != 1 || rs[0].Status != http.StatusAccepted || string(rs[0].Body) != "abc" {
		t.Errorf("requests:\n%s", rs)
	}
}

func TestRequestBody(t *testing.T) {
	t.Parallel()
	read := func(r *http.Request, n int64) { io.CopyN(io.Discard, r.Body, n) }
	d := begin(t, nil, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/all":
			read(r, 1<<30)
		case "/some":
			read(r, 10)
		case "/none":
		}
	})
	for _, test := range []struct {
		path, header string
		size, want   int
		truncated    bool
	}{
		{path: "/all", size: 0, want: 0},
		{path: "/all", size: maxBody, want: maxBody},
		{path: "/all", size: maxBody + 1, want: maxBody, truncated: true},
		// net/http reads what a handler leaves, where it is not too much, and so does the log.
		{path: "/some", size: 1000, want: 1000},
		{path: "/none", size: 1000, want: 1000},
		{path: "/none", size: 256 << 10, want: 0},
		{path: "/none", header: "Connection: close\r\n", size: 1000, want: 0},
		{path: "/none", header: "Expect: 100-continue\r\n", size: 1000, want: 0},
		{path: "/some", header: "Expect: 100-continue\r\n", size: 1000, want: 10},
	} {
		body := bytes.Repeat([]byte("x"), test.size)
		c := dial(t, d)
		go fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: docker\r\n%sContent-Length: %d\r\n\r\n%s", test.path, test.header, len(body), body)
		r := bufio.NewReader(c)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == http.StatusContinue {
			if _, err := http.ReadResponse(r, nil); err != nil {
				t.Fatal(err)
			}
		}
		rs := d.Requests()
		got := rs[len(rs)-1]
		if !bytes.Equal(got.Body, body[:len(got.Body)]) || len(got.Body) != test.want || got.BodyTruncated != test.truncated {
			t.Errorf("%s %q, %d bytes: logged %d, truncated %v, want %d, %v", test.path, test.header, test.size, len(got.Body), got.BodyTruncated, test.want, test.truncated)
		}
		c.Close()
	}
}

// TestAnswerDoesNotWaitForBody: where net/http does not wait for the rest of a body, the log must not either.
func TestAnswerDoesNotWaitForBody(t *testing.T) {
	t.Parallel()
	d := begin(t, nil, time.Minute, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotFound) })
	for _, header := range []string{"Connection: close\r\nContent-Length: 10", "Content-Length: 300000", "Expect: 100-continue\r\nContent-Length: 10"} {
		resp, _ := exchange(t, d, "POST /x HTTP/1.1\r\nHost: docker\r\n"+header+"\r\n\r\nab")
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%q: status %d", header, resp.StatusCode)
		}
	}
}

func TestRequestLogLimits(t *testing.T) {
	t.Parallel()
	var l requestLog
	for range maxRequests + 5 {
		l.begin(Request{}).end()
	}
	rs := l.all()
	if len(rs) != maxRequests || rs[0].ID != 6 {
		t.Errorf("%d requests from ID %d, want %d from 6", len(rs), rs[0].ID, maxRequests)
	}
	var rows []*loggedRequest
	for i := range maxBodies/maxBody + 1 {
		row := l.begin(Request{})
		row.read(make([]byte, min(maxBody, maxBody/2+i*maxBody)))
		rows = append(rows, row)
	}
	rows[0].read([]byte("late")) // for a row that is no longer kept
	rs = l.all()
	if got, want := len(rs), maxBodies/maxBody; got != want || l.bodies != maxBodies {
		t.Errorf("%d requests and %d bytes, want %d and %d", got, l.bodies, want, maxBodies)
	}
}

func TestRequestsString(t *testing.T) {
	t.Parallel()
	rs := Requests{
		{ID: 1, Remote: "@", Method: "HEAD", Path: "/_ping", Operation: "SystemPingHead", Status: 200},
		{ID: 2, Remote: "127.0.0.1:5000", ClientName: "client", Method: "POST", Path: "/v1.51/containers/create", Query: "name=x", Operation: "ContainerCreate", Body: make([]byte, 13), BodyTruncated: true},
	}
	const want = `
ID  REMOTE          CLIENT  REQUEST                               OPERATION        BODY    STATUS
1   @               -       HEAD /_ping                           SystemPingHead   0 B     200
2   127.0.0.1:5000  client  POST /v1.51/containers/create?name=x  ContainerCreate  > 13 B  -
`
	if diff := cmp.Diff(want, "\n"+rs.String()); diff != "" {
		t.Errorf("String (-want +got):\n%s", diff)
	}
}
