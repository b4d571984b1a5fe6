package authorization

import (
	"bufio"
	"net"
	"net/http"
)

// maxBuffer is how much of an answer waits for the plugins: a longer one reaches the client before they are asked.
const maxBuffer = 64 << 10

// responseWriter keeps an answer until it is released, flushed or hijacked.
type responseWriter struct {
	http.ResponseWriter
	header   http.Header
	status   int // 0: not written, or released
	body     []byte
	hijacked bool
}

// Unwrap is for http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Header implements http.ResponseWriter.
func (w *responseWriter) Header() http.Header {
	if w.hijacked {
		return w.ResponseWriter.Header()
	}
	return w.header
}

// WriteHeader implements http.ResponseWriter.
func (w *responseWriter) WriteHeader(status int) {
	if w.hijacked {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.status = status
}

// Write implements http.ResponseWriter.
func (w *responseWriter) Write(b []byte) (int, error) {
	if w.hijacked {
		return w.ResponseWriter.Write(b)
	}
	if len(w.body)+len(b) > maxBuffer {
		w.Flush()
	}
	w.body = append(w.body, b...)
	return len(b), nil
}

// Flush implements http.Flusher.
func (w *responseWriter) Flush() {
	w.release()
	http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack implements http.Hijacker.
func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = true
	w.release()
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// release passes on what is kept, and forgets it: what plugins see of a flushed answer is what has come since.
func (w *responseWriter) release() {
	h := w.ResponseWriter.Header()
	for name, values := range w.header {
		h[name] = append(h[name], values...)
	}
	if w.status > 0 {
		w.ResponseWriter.WriteHeader(w.status)
	}
	if len(w.body) > 0 {
		n, _ := w.ResponseWriter.Write(w.body) // a client that is gone is no error
		w.body = w.body[n:]
	}
	w.status, w.header = 0, make(http.Header)
}
