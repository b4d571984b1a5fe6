// Package registry speaks to registries as dockerd does: as its own client, which every engine has, or as containerd's
// client, which pulls and pushes for containerd's image store. The two differ in what they ask first and in their errors.
//
// Only registries on loopback are reached: for all others there is no network, as on the machine of the recordings.
package registry

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Auth is what a client knows of a registry, as in the header X-Registry-Auth.
type Auth struct{ Username, Password, IdentityToken, RegistryToken string }

// Repository is a repository of a registry. It serves one request of a client.
type Repository struct {
	base       *url.URL // of the registry, without a path
	name       string
	auth       Auth
	actions    string // what a token is asked for: "pull" or "push,pull"
	containerd bool
	client     *http.Client
	challenges []challenge
	token      string
}

// defaultHost is the registry behind the name docker.io.
const defaultHost = "registry-1.docker.io"

// Open finds the registry of a domain, such as "127.0.0.1:5000" or "docker.io", as dockerd's own client does: over TLS,
// then without if the registry is insecure. The error is that of the last attempt.
func Open(ctx context.Context, domain, name string, auth Auth, push bool) (*Repository, error) {
	var r *Repository
	err := errors.New("no endpoint")
	for _, base := range endpoints(domain) {
		r = newRepository(base, name, auth, push)
		if err = r.ping(ctx); err == nil {
			return r, nil
		}
	}
	return nil, err
}

// OpenContainerd is Open as containerd's client does it: nothing is asked yet.
func OpenContainerd(domain, name string, auth Auth, push bool) *Repository {
	r := newRepository(endpoints(domain)[0], name, auth, push)
	r.containerd = true
	r.client.Transport = plainFallback{r.client.Transport}
	return r
}

func newRepository(base *url.URL, name string, auth Auth, push bool) *Repository {
	r := &Repository{base: base, name: name, auth: auth, actions: "pull", client: newClient()}
	if push {
		r.actions = "push,pull"
	}
	return r
}

// endpoints are where a registry may be: a loopback one is insecure without being told so (registry/config.go).
func endpoints(domain string) []*url.URL {
	host := domain
	if domain == "docker.io" || domain == "index.docker.io" {
		host = defaultHost
	}
	list := []*url.URL{{Scheme: "https", Host: host}}
	if Loopback(host) {
		list = append(list, &url.URL{Scheme: "http", Host: host})
	}
	return list
}

// Loopback reports whether a host, with or without a port, is this machine.
func Loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:       dial,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // what is reached is an insecure registry
		DisableKeepAlives: true,
	}}
}

// resolver is the name server that the recorded machine could not reach.
const resolver = "10.255.255.53:53"

var errNoNetwork = errors.New("connect: network is unreachable")

// dial reaches loopback only.
func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if Loopback(addr) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if net.ParseIP(host) != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: text(addr), Err: errNoNetwork}
	}
	asked := &net.OpError{Op: "dial", Net: "udp", Addr: text(resolver), Err: errNoNetwork}
	return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Name: host, Server: resolver, Err: asked.Error()}}
}

// text is an address as it was given.
type text string

func (text) Network() string  { return "tcp" }
func (t text) String() string { return string(t) }

// plainFallback asks once more without TLS what is answered without TLS (daemon/hosts.go).
type plainFallback struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (f plainFallback) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := f.RoundTripper.RoundTrip(req)
	var header tls.RecordHeaderError
	if !errors.As(err, &header) || string(header.RecordHeader[:]) != "HTTP/" {
		return resp, err
	}
	plain := req.Clone(req.Context())
	plain.URL.Scheme = "http"
	if req.GetBody != nil {
		if plain.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	return f.RoundTripper.RoundTrip(plain)
}

// ping asks whether there is a registry and what it wants of those who ask.
func (r *Repository) ping(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base.String()+"/v2/", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusUnauthorized {
		r.challenges = parseChallenges(resp.Header)
	}
	return nil
}

// request is one to a registry. The body may be sent twice.
type request struct {
	method string
	url    string // a path below /v2/, or an absolute URL
	header map[string]string
	body   []byte
}

// do sends a request with what the registry wants to know of the client. The error is that of the connection or of the
// authorization; a status is none.
func (r *Repository) do(ctx context.Context, q request) (*http.Response, error) {
	target := q.url
	if !strings.Contains(target, "://") {
		target = r.base.String() + "/v2/" + target
	}
	for attempt := 0; ; attempt++ {
		req, err := http.NewRequestWithContext(ctx, q.method, target, bytes.NewReader(q.body))
		if err != nil {
			return nil, err
		}
		for key, value := range q.header {
			req.Header.Set(key, value)
		}
		if err := r.authorize(ctx, req); err != nil {
			return nil, err
		}
		resp, err := r.client.Do(req)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusUnauthorized || !r.containerd || attempt > 0 {
			return resp, nil
		}
		drain(resp)
		r.challenges = parseChallenges(resp.Header)
	}
}

func drain(resp *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // only to give the connection back
	resp.Body.Close()
}

// Search gives what an index answers to GET /v1/search: JSON. Registries have no index, but other programs do.
func Search(ctx context.Context, domain, query string) ([]byte, error) {
	list := []*url.URL{{Scheme: "https", Host: domain}}
	if Loopback(domain) {
		list = endpoints(domain)
	}
	err := errors.New("no endpoint")
	for _, base := range list {
		var resp *http.Response
		r := newRepository(base, "", Auth{}, false)
		if resp, err = r.do(ctx, request{method: http.MethodGet, url: base.String() + "/v1/search?" + query}); err != nil {
			continue
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("Unexpected status code %d", resp.StatusCode)
		}
		return io.ReadAll(resp.Body)
	}
	return nil, err
}
