package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
)

const websocketHead = "Host: docker\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://d\r\n\r\n"

// maskedMessage is a message as clients send them.
func maskedMessage(first byte, data string) string {
	mask := [4]byte{1, 2, 3, 4}
	b := []byte{first}
	switch n := len(data); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = append(b, 0x80|126, byte(n>>8), byte(n))
	default:
		b = append(b, 0x80|127, 0, 0, 0, 0, 0, byte(n>>16), byte(n>>8), byte(n))
	}
	b = append(b, mask[:]...)
	for i := range len(data) {
		b = append(b, data[i]^mask[i%4])
	}
	return string(b)
}

// TestContainerAttachWebsocket has step 09-attach#12 of the recordings, byte by byte, and who may attach to what.
func TestContainerAttachWebsocket(t *testing.T) {
	t.Parallel()
	srv, st := streamServer(t, "28")
	const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
	large := strings.Repeat("x", 200)
	for target, want := range map[string]string{
		"/containers/c1/attach/ws?stream=1&stdout=1":       "\x82\x05tick\n",
		"/containers/c1/attach/ws?stream=1&stderr=1":       "\x82\x7e\x00\xc8" + large,
		"/v1.27/containers/c1/attach/ws?stream=1&stdout=0": "\x81\x05tick\n\x81\x7e\x00\xc8" + large,
	} {
		conn := must[net.Conn](t)(net.Dial("tcp", srv.Listener.Addr().String()))
		fmt.Fprint(conn, "GET "+target+" HTTP/1.1\r\n"+websocketHead)
		r := bufio.NewReader(conn)
		got := make([]byte, len(head))
		if _, err := io.ReadFull(r, got); err != nil || string(got) != head {
			t.Fatalf("%s: %q, %v", target, got, err)
		}
		streams := streamsOf(t, st, "c1")
		streams.Hub.Write(stream.Stdout, []byte("tick\n"))
		streams.Hub.Write(stream.Stderr, []byte(large))
		streams.Hub.EndRun()
		all, err := io.ReadAll(r)
		if d := cmp.Diff(want+"\x88\x02\x03\xe8", string(all)); d != "" || err != nil {
			t.Errorf("%s: %v %s", target, err, d)
		}
		conn.Close()
	}
}

// TestWebsocketMessages: what a client sends in messages, and what is answered to those that are no data, as
// golang.org/x/net/websocket does.
func TestWebsocketMessages(t *testing.T) {
	t.Parallel()
	const closed = "\x88\x02\x03\xe8"
	large := strings.Repeat("y", 70_000)
	for name, row := range map[string]struct{ sent, input, answer string }{
		"data":        {maskedMessage(0x82, "one") + maskedMessage(0x81, "two"), "onetwo", ""},
		"parts":       {maskedMessage(0x02, "one") + maskedMessage(0x80, "two"), "onetwo", ""},
		"empty":       {maskedMessage(0x82, "") + maskedMessage(0x82, "x"), "x", ""},
		"long":        {maskedMessage(0x82, large[:1000]) + maskedMessage(0x82, large), large[:1000] + large, ""},
		"ping":        {maskedMessage(0x89, "are you there") + maskedMessage(0x82, "x"), "x", "\x8a\x0dare you there"},
		"long ping":   {maskedMessage(0x89, large[:200]) + maskedMessage(0x82, "x"), "x", "\x8a\x7d" + large[:125]},
		"pong":        {maskedMessage(0x8a, "yes") + maskedMessage(0x82, "x"), "x", ""},
		"close":       {maskedMessage(0x82, "x") + maskedMessage(0x88, "\x03\xe8") + maskedMessage(0x82, "dropped"), "x", ""},
		"not masked":  {"\x82\x01x", "", "\x88\x02\x03\xea"},
		"in a header": {"\x82", "", ""},
	} {
		client, server := tcpPair(t)
		in := &recordedInput{wrote: make(chan struct{}, 100)}
		ws := &websocket{Conn: server, r: bufio.NewReader(server), kind: binaryMessage}
		a := attachment{stream: unheard{}, conn: ws, output: stream.NewHub(nil, time.Now, nil).Attach(true, true), input: in}
		done := make(chan struct{})
		go func() {
			defer close(done)
			a.run(t.Context())
			leave(ws)
		}()
		go func() {
			client.Write([]byte(row.sent))
			client.CloseWrite()
		}()
		all, err := io.ReadAll(client)
		client.Close()
		<-done
		if string(all) != row.answer+closed || in.text != row.input || err != nil {
			t.Errorf("%s: %q and %d bytes of input, %v", name, all, len(in.text), err)
		}
	}
}

// TestWebsocketRefused: what golang.org/x/net/websocket answers to a handshake that is none.
func TestWebsocketRefused(t *testing.T) {
	t.Parallel()
	srv, st := streamServer(t, "28")
	must[state.Container](t)(st.CreateContainer(state.Container{Name: "new", Image: "bb:1", ImageID: st.Images()[0].ID, Config: image.Config{Cmd: []string{"true"}}}))
	const refused = "HTTP/1.1 400 Bad Request\r\n"
	for name, row := range map[string]struct{ old, with, want string }{
		"no upgrade":        {"Upgrade: websocket\r\n", "", refused + "\r\nnot websocket protocol"},
		"no connection":     {"Connection: Upgrade\r\n", "", refused + "\r\nnot websocket protocol"},
		"no key":            {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", refused + "\r\nmismatch challenge/response"},
		"another version":   {"Version: 13", "Version: 12", refused + "Sec-WebSocket-Version: 13\r\n\r\nmissing or bad WebSocket Version"},
		"several protocols": {"Origin:", "Sec-WebSocket-Protocol: a, b\r\nOrigin:", refused + "\r\n"},
		"one protocol":      {"Origin:", "Sec-WebSocket-Protocol: a\r\nOrigin:", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: a\r\n\r\n\x88\x02\x03\xe8"},
	} {
		conn := must[net.Conn](t)(net.Dial("tcp", srv.Listener.Addr().String()))
		fmt.Fprint(conn, "GET /containers/new/attach/ws HTTP/1.1\r\n"+strings.Replace(websocketHead, row.old, row.with, 1))
		all, err := io.ReadAll(conn)
		if string(all) != row.want || err != nil {
			t.Errorf("%s: %q, %v", name, all, err)
		}
		conn.Close()
	}
	if resp := sendTo(t, "GET", srv.URL+"/containers/nosuch/attach/ws"); resp.StatusCode != 404 || bodyOf(t, resp) != message("No such container: nosuch") {
		t.Error(resp.Status)
	}
}
