package fakedaemon

import (
	"fmt"
	"net/http"
	"runtime/debug"
)

// watched finds panics of what serves a request, be they of the daemon or of a function of its user: net/http tells
// Options.Logf alone of them, which may be nil.
func (d *Daemon) watched(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer d.panicked(r.Method + " " + r.URL.Path)
		h.ServeHTTP(w, r)
	})
}

// panicked is deferred by what is done for a client. A panic goes on, to end the client's connection as ever.
func (d *Daemon) panicked(doing string) {
	v := recover()
	if v == nil {
		return
	}
	if v != http.ErrAbortHandler {
		d.found(fmt.Errorf("fakedaemon: panic serving %s: %v\n%s", doing, v, debug.Stack()))
	}
	panic(v)
}
