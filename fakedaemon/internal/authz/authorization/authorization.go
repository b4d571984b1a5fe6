// Package authorization asks authorization plugins about a request and its answer, as dockerd's outermost middleware does
// (pkg/authorization of docker/docker). Its types have the names that they have there, because encoding/json puts them
// into the text of a wrong type's error.
package authorization

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Implements is the name of the subsystem, and the methods are what is called in a plugin.
const (
	Implements     = "authz"
	MethodRequest  = "AuthZPlugin.AuthZReq"
	MethodResponse = "AuthZPlugin.AuthZRes"
)

// Request is what a plugin is sent, before an operation without the fields of the response.
type Request struct {
	User                    string             `json:",omitempty"`
	UserAuthNMethod         string             `json:",omitempty"`
	RequestMethod           string             `json:",omitempty"`
	RequestURI              string             `json:"RequestUri,omitempty"`
	RequestBody             []byte             `json:",omitempty"`
	RequestHeaders          map[string]string  `json:",omitempty"`
	RequestPeerCertificates []*PeerCertificate `json:",omitempty"`
	ResponseStatusCode      int                `json:",omitempty"`
	ResponseBody            []byte             `json:",omitempty"`
	ResponseHeaders         map[string]string  `json:",omitempty"`
}

// PeerCertificate is a certificate that is sent as the base64 of its PEM block.
type PeerCertificate x509.Certificate

// MarshalJSON implements json.Marshaler.
func (c *PeerCertificate) MarshalJSON() ([]byte, error) {
	return json.Marshal(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// Response is a plugin's answer. The daemon does not look at Err.
type Response struct {
	Allow bool
	Msg   string `json:",omitempty"`
	Err   string `json:",omitempty"`
}

// Plugin is asked.
type Plugin interface {
	Name() string
	// Authorize calls MethodRequest or MethodResponse; request is passed on.
	Authorize(method string, request int, r *Request) (*Response, error)
}

// Config is how an engine does it.
type Config struct {
	// MaxBody is the size in bytes from which on (RefuseLarge: beyond which) a plugin does not get a request's body.
	MaxBody int64
	// RefuseLarge refuses such a request.
	RefuseLarge bool
	// WithholdAuth keeps the password in the body of POST /auth from the plugins.
	WithholdAuth bool
	// Warnf and Errorf receive what dockerd logs with these levels.
	Warnf, Errorf func(format string, args ...any)
}

// Middleware asks the plugins in their order. It is safe for concurrent use.
type Middleware struct {
	Config // immutable

	mu      sync.Mutex
	plugins []Plugin // replaced as a whole; protected by mu
}

// SetPlugins sets the plugins; of those with the same name the first counts.
func (m *Middleware) SetPlugins(plugins []Plugin) {
	seen := make(map[string]bool)
	plugins = slices.DeleteFunc(slices.Clone(plugins), func(p Plugin) bool {
		again := seen[p.Name()]
		seen[p.Name()] = true
		return again
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	m.plugins = plugins
}

func (m *Middleware) current() []Plugin {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.plugins
}

// Handler answers a request or returns an error that is still to be written.
type Handler func(http.ResponseWriter, *http.Request) error

// Serve asks the plugins, lets h answer, and asks them about the answer. Request is passed on to them.
func (m *Middleware) Serve(w http.ResponseWriter, r *http.Request, request int, h Handler) error {
	plugins := m.current()
	if len(plugins) == 0 {
		return h(w, r)
	}
	r, ask, err := m.describe(r)
	if err == nil {
		err = m.ask(plugins, MethodRequest, request, ask)
	}
	if err != nil {
		m.Errorf("AuthZRequest for %s %s returned error: %s", r.Method, r.RequestURI, err)
		return err
	}
	rw := &responseWriter{ResponseWriter: w, header: make(http.Header)}
	failed := h(rw, r)
	if failed != nil {
		m.Errorf("Handler for %s %s returned error: %s", r.Method, r.RequestURI, failed)
	}
	if plugins = m.current(); len(plugins) == 0 {
		return nil // dockerd loses an answer that nobody is left to allow: the client gets an empty one
	}
	ask.ResponseStatusCode = rw.status
	ask.ResponseHeaders = flat(rw.Header())
	if m.sendsBody(r.RequestURI, rw.Header()) {
		ask.ResponseBody = rw.body
	}
	err = m.ask(plugins, MethodResponse, request, ask)
	if err == nil {
		rw.release()
	}
	if failed != nil {
		return failed
	}
	if err != nil {
		m.Errorf("AuthZResponse for %s %s returned error: %s", r.Method, r.RequestURI, err)
	}
	return err
}

// describe makes what is sent before the operation, and a request whose body is still whole.
func (m *Middleware) describe(r *http.Request) (*http.Request, *Request, error) {
	r, body, err := m.readBody(r)
	if err != nil {
		return r, nil, err
	}
	ask := &Request{
		RequestMethod:  r.Method,
		RequestURI:     r.RequestURI,
		RequestBody:    body,
		RequestHeaders: flat(r.Header),
	}
	if r.TLS != nil {
		for i, c := range r.TLS.PeerCertificates {
			if i == 0 {
				ask.User, ask.UserAuthNMethod = c.Subject.CommonName, "TLS"
			}
			ask.RequestPeerCertificates = append(ask.RequestPeerCertificates, (*PeerCertificate)(c))
		}
	}
	return r, ask, nil
}

// ask asks plugin after plugin until one does not allow it.
func (m *Middleware) ask(plugins []Plugin, method string, request int, ask *Request) error {
	for _, p := range plugins {
		answer, err := p.Authorize(method, request, ask)
		if err != nil {
			return fmt.Errorf("plugin %s failed with error: %s", p.Name(), err)
		}
		if !answer.Allow {
			return denied{fmt.Errorf("authorization denied by plugin %s: %s", p.Name(), answer.Msg)}
		}
	}
	return nil
}

// denied is the error of a request that a plugin does not allow.
type denied struct{ error }

// Forbidden makes it a 403.
func (denied) Forbidden() {}

// flat gives the last value of each header, without those that hold passwords.
func flat(h http.Header) map[string]string {
	m := make(map[string]string)
	for k, values := range h {
		if len(values) == 0 || slices.ContainsFunc([]string{"Authorization", "X-Registry-Config", "X-Registry-Auth"}, func(s string) bool { return strings.EqualFold(k, s) }) {
			continue
		}
		m[k] = values[len(values)-1]
	}
	return m
}
