package api

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// containerAttachWebsocket attaches in a websocket, whose messages are never frames of ours. Below API 1.42 all streams are used.
func (s *server) containerAttachWebsocket(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	uses := func(name string) bool { return r.below("1.42") || r.boolean(name) }
	a, err := s.attach(r, uses("stdin"), uses("stdout"), uses("stderr"))
	if err != nil {
		return err
	}
	defer a.output.Close()
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	head, err := acceptWebsocket(r.Request)
	if err != nil {
		defer leave(conn)
		_, _ = fmt.Fprintf(conn, "%s\r\n%s", head, err)
		return nil
	}
	ws := &websocket{Conn: conn, r: rw.Reader, kind: binaryMessage}
	if r.below("1.28") {
		ws.kind = textMessage
	}
	a.conn = ws
	defer leave(ws)
	if _, err := conn.Write([]byte(head + "\r\n")); err != nil {
		return nil // a client that is gone is no error
	}
	s.serveAttached(r, a)
	return nil
}

// acceptWebsocket returns the head of the answer to a handshake, without the line that ends it, and why it was refused: both are
// those of golang.org/x/net/websocket.
func acceptWebsocket(r *http.Request) (head string, err error) {
	const refused = "HTTP/1.1 400 Bad Request\r\n"
	key := r.Header.Get("Sec-Websocket-Key")
	protocol := strings.TrimSpace(r.Header.Get("Sec-Websocket-Protocol"))
	switch {
	case !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || !strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade"):
		return refused, errors.New("not websocket protocol")
	case key == "":
		return refused, errors.New("mismatch challenge/response")
	case r.Header.Get("Sec-Websocket-Version") != "13":
		return refused + "Sec-WebSocket-Version: 13\r\n", errors.New("missing or bad WebSocket Version")
	case strings.Contains(protocol, ","):
		return refused, errors.New("")
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // RFC 6455, 1.3
	head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n"
	if protocol != "" {
		head += "Sec-WebSocket-Protocol: " + protocol + "\r\n"
	}
	return head, nil
}

// Kinds of websocket messages (RFC 6455, 5.2).
const (
	textMessage   = 1
	binaryMessage = 2
	closeMessage  = 8
	pingMessage   = 9
	pongMessage   = 10
)

// websocket is a connection whose bytes are in messages: what the client's hold is read as one stream, and each Write is one.
type websocket struct {
	net.Conn
	r    *bufio.Reader
	kind byte // of what is written

	left   uint64 // of the message that is being read
	mask   [4]byte
	masked int // how many of its bytes have been read

	mu  sync.Mutex
	buf []byte // protected by mu
}

func (ws *websocket) Read(b []byte) (int, error) {
	for ws.left == 0 {
		if err := ws.next(); err != nil {
			return 0, err
		}
	}
	n, err := ws.r.Read(b[:min(uint64(len(b)), ws.left)])
	ws.unmask(b[:n])
	return n, err
}

func (ws *websocket) unmask(b []byte) {
	for i := range b {
		b[i] ^= ws.mask[ws.masked%4]
		ws.masked++
	}
	ws.left -= uint64(len(b))
}

// next reads the header of a message and answers one that is not data. A client that does not mask breaks the protocol.
func (ws *websocket) next() error {
	var b [8]byte
	if _, err := io.ReadFull(ws.r, b[:2]); err != nil {
		return err
	}
	kind, masked := b[0]&0xf, b[1]&0x80 != 0
	size := uint64(b[1] & 0x7f)
	if size >= 126 {
		length := b[:2]
		if size == 127 {
			length = b[:]
		}
		if _, err := io.ReadFull(ws.r, length); err != nil {
			return err
		}
		size = 0
		for _, c := range length {
			size = size<<8 | uint64(c)
		}
		size &^= 1 << 63
	}
	if !masked {
		const protocolError = 1002
		ws.close(protocolError)
		return io.EOF
	}
	if _, err := io.ReadFull(ws.r, ws.mask[:]); err != nil {
		return err
	}
	ws.left, ws.masked = size, 0
	switch kind {
	case closeMessage:
		return io.EOF
	case pingMessage, pongMessage:
		const most = 125
		said := make([]byte, min(size, most))
		if _, err := io.ReadFull(ws.r, said); err != nil {
			return err
		}
		ws.unmask(said)
		if _, err := io.CopyN(io.Discard, ws.r, int64(ws.left)); err != nil {
			return err
		}
		ws.left = 0
		if kind == pingMessage {
			_, err := ws.send(pongMessage, said)
			return err
		}
	}
	return nil
}

func (ws *websocket) Write(b []byte) (int, error) { return ws.send(ws.kind, b) }

func (ws *websocket) send(kind byte, b []byte) (int, error) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	const final = 0x80
	switch n := len(b); {
	case n < 126:
		ws.buf = append(ws.buf[:0], final|kind, byte(n))
	case n < 1<<16:
		ws.buf = binary.BigEndian.AppendUint16(append(ws.buf[:0], final|kind, 126), uint16(n))
	default:
		ws.buf = binary.BigEndian.AppendUint64(append(ws.buf[:0], final|kind, 127), uint64(n))
	}
	ws.buf = append(ws.buf, b...)
	if _, err := ws.Conn.Write(ws.buf); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (ws *websocket) close(status uint16) {
	_, _ = ws.send(closeMessage, binary.BigEndian.AppendUint16(nil, status))
}

// CloseWrite ends what the daemon sends.
func (ws *websocket) CloseWrite() error {
	const normal = 1000
	ws.close(normal)
	if half, ok := ws.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return ws.Conn.Close()
}
