package plugins

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/docker/go-connections/sockets"
	"github.com/docker/go-connections/tlsconfig"
)

const (
	// versionMimetype is what the daemon accepts.
	versionMimetype = "application/vnd.docker.plugins.v1.2+json"
	// dummyHost stands for the host of a plugin on a socket.
	dummyHost = "plugin.moby.localhost"
	// timeout is how long a plugin is waited for, the next pause included.
	timeout = 30 * time.Second
)

// client calls one plugin. Its fields are immutable.
type client struct {
	plugin       *Plugin
	http         *http.Client
	scheme, host string
}

func newClient(p *Plugin) (*client, error) {
	tr := new(http.Transport)
	if p.TLSConfig != nil {
		config, err := tlsconfig.Client(*p.TLSConfig)
		if err != nil {
			return nil, err
		}
		tr.TLSClientConfig = config
	}
	u, err := url.Parse(p.Addr)
	if err != nil {
		return nil, err
	}
	socket := u.Host
	if socket == "" {
		socket = u.Path
	}
	if err := sockets.ConfigureTransport(tr, u.Scheme, socket); err != nil {
		return nil, err
	}
	c := &client{plugin: p, http: &http.Client{Transport: tr}, scheme: "http", host: u.Host}
	if u.Scheme == "https" {
		c.scheme = "https"
	}
	switch {
	case p.registry.Legacy:
		c.host = socket
	case u.Host == "", u.Scheme == "unix", u.Scheme == "npipe":
		c.host = dummyHost
	}
	return c, nil
}

func (c *client) close() { c.http.CloseIdleConnections() }

// call is Plugin.Call.
func (c *client) call(method string, request int, args, ret any) error {
	var data bytes.Buffer
	if args != nil {
		if err := json.NewEncoder(&data).Encode(args); err != nil {
			return err
		}
	}
	r := c.plugin.registry
	wait := r.newRetry()
	for {
		x := Exchange{Time: time.Now(), Plugin: c.plugin.name, Method: method, Request: request, Args: args, Result: ret}
		x.Body = bytes.Clone(data.Bytes())
		target, err := c.once(&x, &data, ret)
		x.Duration = time.Since(x.Time)
		r.Observe(x)
		if err == nil || x.Status != 0 {
			return err
		}
		pause, ok := wait.next()
		if !ok {
			return err
		}
		r.Warnf("Unable to connect to plugin: %s: %v, retrying in %v", target, err, pause)
		wait.sleep(pause)
	}
}

// once sends the data and reads an answer. Data that a plugin has taken and not answered is gone: dockerd repeats the call
// without it, too.
func (c *client) once(x *Exchange, data *bytes.Buffer, ret any) (target string, err error) {
	defer func() { x.Err = err }()
	r := c.plugin.registry
	var sent header
	req, err := http.NewRequestWithContext(sent.trace(r.Context), http.MethodPost, "/"+x.Method, data)
	if err != nil {
		return "", err
	}
	req.Header.Add("Accept", versionMimetype)
	req.URL.Scheme, req.URL.Host = c.scheme, c.host
	target = req.URL.Host + req.URL.Path
	resp, err := c.http.Do(req)
	x.Header = sent.clone()
	if err != nil {
		return target, err
	}
	defer resp.Body.Close()
	x.Status = resp.StatusCode
	var answer bytes.Buffer
	body := io.TeeReader(resp.Body, &answer)
	defer func() { x.Answer = answer.Bytes() }()
	if resp.StatusCode == http.StatusOK {
		if err := json.NewDecoder(body).Decode(ret); err != nil {
			r.Errorf("%s: error reading plugin resp: %v", x.Method, err)
			return target, err
		}
		return target, nil
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return target, fmt.Errorf("%s: %v", x.Method, err)
	}
	var said struct{ Err string }
	if err := json.Unmarshal(b, &said); err != nil || said.Err == "" {
		said.Err = string(b)
	}
	return target, fmt.Errorf("%s: %s", x.Method, said.Err)
}

// header is what was written of a request's header.
type header struct {
	mu sync.Mutex
	h  http.Header // protected by mu
}

func (h *header) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { // a connection that the plugin has closed is tried in vain
			h.mu.Lock()
			defer h.mu.Unlock()
			h.h = make(http.Header)
		},
		WroteHeaderField: func(key string, values []string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.h[key] = slices.Clone(values)
		},
	})
}

func (h *header) clone() http.Header {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.h.Clone()
}

// retry is the pauses between attempts: 1, 2, 4 and 8 seconds, as long as the next one ends within the timeout.
type retry struct {
	registry *Registry
	end      time.Time
	pause    time.Duration
}

func (r *Registry) newRetry() *retry {
	return &retry{registry: r, end: time.Now().Add(timeout), pause: time.Second}
}

// next returns the pause before the next attempt, false when there is to be none.
func (w *retry) next() (pause time.Duration, ok bool) {
	pause = w.pause
	w.pause = min(2*w.pause, timeout)
	return pause, time.Now().Add(pause).Before(w.end) && w.registry.Context.Err() == nil
}

// sleep makes a pause, which without RealWaits only counts.
func (w *retry) sleep(pause time.Duration) {
	if !w.registry.RealWaits {
		w.end = w.end.Add(-pause)
		return
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.registry.Context.Done():
	}
}
