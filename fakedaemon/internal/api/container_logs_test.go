package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
)

// streamServer is a server at a time that stands still, with a container c1 that runs and has no output of its own.
func streamServer(t *testing.T, engine string) (*httptest.Server, *state.State) {
	t.Helper()
	e := engineByName(t, engine)
	st := newStateOf(e, clock, []byte("stream"))
	addRecordedImage(t, st)
	srv := httptest.NewServer(New(Config{State: st, Engine: e, Clock: clock}))
	t.Cleanup(func() {
		st.Close()
		srv.CloseClientConnections()
		srv.Close()
	})
	createRunning(t, st, "c1", "sleep", "1000")
	return srv, st
}

func streamsOf(t *testing.T, st *state.State, container string) *state.IO {
	t.Helper()
	_, streams, err := st.ContainerIO(container)
	if err != nil {
		t.Fatal(err)
	}
	return streams
}

// rawGet sends a raw GET and returns the answer as it comes.
func rawGet(t *testing.T, srv *httptest.Server, target string) *bufio.Reader {
	t.Helper()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n", target)
	return bufio.NewReader(conn)
}

// rest reads an answer to its end, without its date.
func rest(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(all), "\r\n\r\n")
	return date.ReplaceAllString(head, "Date: {date}") + "\r\n\r\n" + body
}

func chunked(data string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(data), data) }

func frame(kind stream.Kind, data string) string {
	return string(stream.AppendFrame(nil, kind, []byte(data)))
}

// TestContainerLogs has whole answers of flow 07-logs of the recordings: a chunk for each line.
func TestContainerLogs(t *testing.T) {
	t.Parallel()
	const (
		typed   = "Content-Type: application/vnd.docker."
		untyped = ""
	)
	for engine, media := range map[string]string{"20.10": untyped, "28": typed + "multiplexed-stream\r\n", "29": typed + "multiplexed-stream\r\n"} {
		srv, st := streamServer(t, engine)
		e := engineByName(t, engine)
		streams := streamsOf(t, st, "c1")
		streams.Hub.Write(stream.Stderr, []byte("err1\n"))
		streams.Hub.Write(stream.Stdout, []byte("out1\nout2\npart"))
		head := "HTTP/1.1 200 OK\r\nApi-Version: " + e.APIVersion + "\r\n" + media + "Docker-Experimental: false\r\nOstype: linux\r\nServer: Docker/" + e.Version + " (linux)\r\nDate: {date}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
		for query, lines := range map[string][]string{
			"stdout=1&stderr=1":                             {frame(stream.Stderr, "err1\n"), frame(stream.Stdout, "out1\n"), frame(stream.Stdout, "out2\n")},
			"stdout=1&tail=2":                               {frame(stream.Stdout, "out1\n"), frame(stream.Stdout, "out2\n")},
			"stderr=1&tail=2":                               nil,
			"stdout=1&stderr=1&tail=0":                      nil,
			"stderr=1&tail=-5":                              {frame(stream.Stderr, "err1\n")},
			"stderr=1&tail=abc":                             {frame(stream.Stderr, "err1\n")},
			"stderr=1&details=1":                            {frame(stream.Stderr, " err1\n")},
			"stderr=1&timestamps=1":                         {frame(stream.Stderr, "2026-11-22T02:55:43.000000000Z err1\n")},
			"stderr=1&timestamps=1&details=1":               {frame(stream.Stderr, "2026-11-22T02:55:43.000000000Z  err1\n")},
			"stderr=1&until=946771200.000000000":            nil,
			"stderr=1&since=1795316144":                     nil,
			"stderr=1&since=1795316143&until=0":             {frame(stream.Stderr, "err1\n")},
			"stdout=1&stderr=1&tail=1&since=946684800.0000": {frame(stream.Stdout, "out2\n")},
		} {
			want := head
			for _, line := range lines {
				want += chunked(line)
			}
			if d := cmp.Diff(want+"0\r\n\r\n", rest(t, rawGet(t, srv, "/containers/c1/logs?"+query))); d != "" {
				t.Errorf("%s: %s: %s", engine, query, d)
			}
		}
	}
	srv, _ := streamServer(t, "28")
	for target, want := range map[string]string{
		"/v1.41/containers/c1/logs?stdout=1": "\r\nContent-Type: application/vnd.docker.raw-stream\r\n",
		"/v1.42/containers/c1/logs?stdout=1": "\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n",
	} {
		if got := rest(t, rawGet(t, srv, target)); !strings.Contains(got, want) {
			t.Errorf("%s: %q", target, got)
		}
	}
}

// TestContainerLogsRefused: what dockerd refuses before it answers.
func TestContainerLogsRefused(t *testing.T) {
	t.Parallel()
	srv, st := streamServer(t, "28")
	img := st.Images()[0]
	for name, config := range map[string]string{
		"none": `{"Type":"none"}`, "uncached": `{"Type":"syslog","Config":{"cache-disabled":"true"}}`, "cached": `{"Type":"syslog"}`, "local": `{"Type":"local"}`,
	} {
		must[state.Container](t)(st.CreateContainer(state.Container{Name: name, Image: "bb:1", ImageID: img.ID, HostConfigJSON: []byte(`{"LogConfig":` + config + `}`)}))
	}
	const unread = `{"message":"configured logging driver does not support reading"}`
	for target, want := range map[string]string{
		"nosuch/logs?stdout=1":         `404 {"message":"No such container: nosuch"}`,
		"c1/logs":                      `400 {"message":"Bad parameters: you must choose at least one stream"}`,
		"c1/logs?stdout=0&stderr=0":    `400 {"message":"Bad parameters: you must choose at least one stream"}`,
		"c1/logs?stdout=1&since=abc":   `500 {"message":"strconv.ParseInt: parsing \"abc\": invalid syntax"}`,
		"none/logs?stdout=1&since=abc": "501 " + unread,
		"uncached/logs?stdout=1":       "501 " + unread,
		"cached/logs?stdout=1":         "200 ",
		"local/logs?stdout=1":          "200 ",
	} {
		resp := sendTo(t, "GET", srv.URL+"/containers/"+target)
		if got := fmt.Sprintf("%d %s", resp.StatusCode, strings.TrimSuffix(bodyOf(t, resp), "\n")); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
}

// TestContainerLogsDetails: the options of driver json-file choose labels, variables and a tag.
func TestContainerLogsDetails(t *testing.T) {
	t.Parallel()
	srv, st := streamServer(t, "28")
	for driver, want := range map[string]string{"json-file": "A=1,B=x+y,com.a%2Fb=c%26d,tag=2ea9f7e6%3A hello\n", "local": " hello\n"} {
		config := image.Config{Env: []string{"A=1", "B=x y", "C=2"}, Labels: map[string]string{"com.a/b": "c&d", "other": ""}}
		c := must[state.Container](t)(st.CreateContainer(state.Container{ID: strings.Repeat("2ea9f7e6", 8), Name: driver, Image: "bb:1", ImageID: st.Images()[0].ID, Config: config,
			HostConfigJSON: []byte(`{"LogConfig":{"Type":"` + driver + `","Config":{"labels":"com.a/b,nosuch","env":"B","env-regex":"^A","tag":"{{.ID}}:"}}}`)}))
		streamsOf(t, st, c.ID).Hub.Write(stream.Stdout, []byte("hello\n"))
		want = strings.ReplaceAll(want, "2ea9f7e6", c.ID[:12])
		if got := rest(t, rawGet(t, srv, "/containers/"+driver+"/logs?stdout=1&details=1")); !strings.HasSuffix(got, "\r\n\r\n"+chunked(frame(stream.Stdout, want))+"0\r\n\r\n") {
			t.Errorf("%s: %q, want %q", driver, got, want)
		}
		if err := st.Remove(c.ID, state.RemoveOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestContainerLogsFollow: lines come as they are printed, until the process ends or the container is removed; nobody waits for
// one that does not run.
func TestContainerLogsFollow(t *testing.T) {
	t.Parallel()
	srv, st := streamServer(t, "28")
	streams := streamsOf(t, st, "c1")
	streams.Hub.Write(stream.Stdout, []byte("before\n"))
	r := rawGet(t, srv, "/containers/c1/logs?follow=1&stdout=1&stderr=1")
	until := func(text string) {
		t.Helper()
		var all string
		for !strings.HasSuffix(all, text) {
			b, err := r.ReadByte()
			if err != nil {
				t.Fatalf("%v after %q", err, all)
			}
			all += string(b)
		}
	}
	until("\r\n\r\n" + chunked(frame(stream.Stdout, "before\n")))
	for _, line := range []string{"one\n", "two\n"} {
		streams.Hub.Write(stream.Stderr, []byte(line))
		until(chunked(frame(stream.Stderr, line)))
	}
	streams.Hub.Write(stream.Stdout, []byte("part"))
	if err := st.Kill("c1", ""); err != nil {
		t.Fatal(err)
	}
	until(chunked(frame(stream.Stdout, "part")) + "0\r\n\r\n")
	if got := rest(t, rawGet(t, srv, "/containers/c1/logs?follow=1&stdout=1&tail=1")); !strings.HasSuffix(got, "\r\n\r\n"+chunked(frame(stream.Stdout, "part"))+"0\r\n\r\n") {
		t.Errorf("of one that has ended: %q", got)
	}
	createRunning(t, st, "c2", "sleep", "1000")
	r = rawGet(t, srv, "/containers/c2/logs?follow=1&stdout=1")
	until("\r\n\r\n")
	if err := st.Remove("c2", state.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	until("0\r\n\r\n")
}

// TestContainerLogsFollowerGone: a client that is gone ends its request, though nothing is printed.
func TestContainerLogsFollowerGone(t *testing.T) {
	t.Parallel()
	served := make(chan struct{})
	e := engineByName(t, "28")
	st := newStateOf(e, clock, []byte("gone"))
	defer st.Close()
	addRecordedImage(t, st)
	createRunning(t, st, "c1", "sleep", "1000")
	ended := func(next Handler) Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			defer close(served)
			return next(w, r)
		}
	}
	srv := httptest.NewServer(New(Config{State: st, Engine: e, Clock: clock, Log: ended}))
	defer srv.Close()
	conn := must[net.Conn](t)(net.Dial("tcp", srv.Listener.Addr().String()))
	fmt.Fprint(conn, "GET /containers/c1/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: docker\r\n\r\n")
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	select {
	case <-served:
	case <-time.After(time.Minute):
		t.Error("the request is still served")
	}
}

// TestContainerLogsFiles: max-size and max-file of the container's driver say what is kept.
func TestContainerLogsFiles(t *testing.T) {
	t.Parallel()
	srv, st := streamServer(t, "28")
	for config, first := range map[string]int{
		`{}`: 0,
		`{"Type":"json-file","Config":{"max-size":"1k"}}`:                         97,
		`{"Type":"json-file","Config":{"max-size":"1k","max-file":"3"}}`:          65,
		`{"Type":"local","Config":{"max-size":"1k","max-file":"1"}}`:              68,
		`{"Type":"syslog","Config":{"cache-max-size":"1k","cache-max-file":"1"}}`: 68,
	} {
		status, body := sendJSON(srv.Config.Handler, "POST", "/containers/create", `{"Image":"bb:1","HostConfig":{"LogConfig":`+config+`}}`)
		var created struct{ ID string }
		if err := json.Unmarshal([]byte(body), &created); err != nil || status != 201 {
			t.Fatal(status, body)
		}
		var want string
		for i := range 100 {
			line := fmt.Sprintf("%d\n", i)
			streamsOf(t, st, created.ID).Hub.Write(stream.Stdout, []byte(line))
			if i >= first {
				want += frame(stream.Stdout, line)
			}
		}
		if d := cmp.Diff(want, bodyOf(t, sendTo(t, "GET", srv.URL+"/containers/"+created.ID+"/logs?stdout=1"))); d != "" {
			t.Errorf("%s: %s", config, d)
		}
	}
}
