package registry

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// record notes what is asked of a handler.
type record struct {
	mu    sync.Mutex
	asked []string // protected by mu
}

func (r *record) wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		scheme := "http"
		if req.TLS != nil {
			scheme = "https"
		}
		r.asked = append(r.asked, scheme+" "+req.Method+" "+req.URL.Path)
		r.mu.Unlock()
		h.ServeHTTP(w, req)
	})
}

func (r *record) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.asked
	r.asked = nil
	return taken
}

func quiet() http.Handler { return registry.New(registry.Logger(log.New(io.Discard, "", 0))) }

// TestTransport: a registry with TLS is asked with it and never without; one without is found by both clients.
func TestTransport(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, secure := range []bool{false, true} {
		var asked record
		server := httptest.NewUnstartedServer(asked.wrap(quiet()))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		scheme := "http"
		if secure {
			server.TLS = &tls.Config{}
			server.StartTLS()
			scheme = "https"
		} else {
			server.Start()
		}
		defer server.Close()
		host := server.Listener.Addr().String()
		r, err := Open(ctx, host, "bb", Auth{}, true)
		if err != nil {
			t.Fatal(err)
		}
		data := []byte("layer")
		if err := r.PutBlob(ctx, digest.FromBytes(data).String(), data); err != nil {
			t.Fatal(err)
		}
		manifest := []byte(`{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json"}`)
		if err := r.PutManifest(ctx, "1", "application/vnd.docker.distribution.manifest.v2+json", manifest); err != nil {
			t.Fatal(err)
		}
		got := asked.take()
		if got[0] != scheme+" GET /v2/" || got[1] != scheme+" POST /v2/bb/blobs/uploads/" || got[len(got)-1] != scheme+" PUT /v2/bb/manifests/1" {
			t.Errorf("%s: %q", scheme, got)
		}
		c := OpenContainerd(host, "bb", Auth{}, false)
		d, err := c.Resolve(ctx, "1")
		if err != nil || d.Digest != digest.FromBytes(manifest) || d.Size != int64(len(manifest)) {
			t.Errorf("%s: %+v, %v", scheme, d, err)
		}
		if back, err := c.Blob(ctx, ocispec.Descriptor{Digest: digest.FromBytes(data)}); err != nil || string(back) != "layer" {
			t.Errorf("%s: %q, %v", scheme, back, err)
		}
		if d := cmp.Diff([]string{scheme + " HEAD /v2/bb/manifests/1", scheme + " GET /v2/bb/blobs/" + digest.FromBytes(data).String()}, asked.take()); d != "" {
			t.Errorf("%s (-want +got)\n%s", scheme, d)
		}
	}
}

// TestNeitherTLSNorHTTP: only what is answered as HTTP is asked once more without TLS.
func TestNeitherTLSNorHTTP(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "SSH-2.0-x\r\n")
			io.Copy(io.Discard, c)
			c.Close()
		}
	}()
	host := l.Addr().String()
	want := `Head "https://` + host + `/v2/bb/blobs/d": tls: first record does not look like a TLS handshake`
	if _, err := OpenContainerd(host, "bb", Auth{}, false).HasBlob(t.Context(), "d"); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// tokenServer wants a token, which it gives to bob only, for what he asks.
func tokenServer(t *testing.T) (host string, scopes *[]string) {
	t.Helper()
	scopes = new([]string)
	inner := quiet()
	var mu sync.Mutex
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/token" {
			if user, password, _ := r.BasicAuth(); user != "bob" || password != "secret" {
				w.WriteHeader(http.StatusUnauthorized)
				io.WriteString(w, `{"details":"incorrect username or password"}`)
				return
			}
			*scopes = append(*scopes, r.FormValue("service")+" "+r.FormValue("scope"))
			json.NewEncoder(w).Encode(map[string]string{"token": "t"})
			return
		}
		if r.Header.Get("Authorization") != "Bearer t" {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="%s/token",service="s, t"`, server.URL))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), scopes
}

func TestToken(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	host, scopes := tokenServer(t)
	bob, eve := Auth{Username: "bob", Password: "secret"}, Auth{Username: "eve"}
	for _, containerd := range []bool{false, true} {
		open := func(auth Auth) *Repository {
			if containerd {
				return OpenContainerd(host, "a/b", auth, true)
			}
			r, err := Open(ctx, host, "a/b", auth, true)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if have, err := open(bob).HasBlob(ctx, digest.FromBytes(nil).String()); have || err != nil {
			t.Errorf("containerd %t: %t, %v", containerd, have, err)
		}
		_, err := open(eve).HasBlob(ctx, digest.FromBytes(nil).String())
		if err == nil || !strings.Contains(err.Error(), "unauthorized: incorrect username or password") {
			t.Errorf("containerd %t: %v", containerd, err)
		}
	}
	if err := Login(ctx, host, bob); err != nil {
		t.Error(err)
	}
	if err := Login(ctx, host, eve); err == nil {
		t.Error("eve may come in")
	}
	if d := cmp.Diff([]string{"s, t repository:a/b:push,pull", "s, t repository:a/b:push,pull", "s, t "}, *scopes); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestResponseErrors has the rules of docker/distribution, registry/client/errors.go.
func TestResponseErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status       int
		body, header string
		want         string
	}{
		{404, `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}`, "", "manifest unknown: manifest unknown"},
		{404, `{"errors":[{"code":"NAME_UNKNOWN"},{"code":"X"}]}`, "", "name unknown: name unknown"},
		{403, `{"details":"go away"}`, "", "denied: go away"},
		{403, ``, "", "denied: requested access to the resource is denied"},
		{429, ``, "", "toomanyrequests: too many requests"},
		{401, `nothing`, "", "unauthorized: authentication required"},
		{401, ``, `Bearer realm="x",error="insufficient_scope"`, "denied: requested access to the resource is denied"},
		{403, ``, `Bearer realm="x",error="invalid_token"`, "unauthorized: authentication required"},
		{418, `{}`, "", `error parsing HTTP 418 response body: no error details found in HTTP response body: "{}"`},
		{400, `<`, "", `error parsing HTTP 400 response body: invalid character '<' looking for beginning of value: "<"`},
		{500, ``, "", "received unexpected HTTP status: 500 Internal Server Error"},
	} {
		w := httptest.NewRecorder()
		if tt.header != "" {
			w.Header().Set("WWW-Authenticate", tt.header)
		}
		w.WriteHeader(tt.status)
		io.WriteString(w, tt.body)
		if err := responseError(w.Result()); err.Error() != tt.want {
			t.Errorf("%d %s: %q, want %q", tt.status, tt.body, err, tt.want)
		}
	}
}

// TestWrongContent: what does not have the digest that was asked for is refused.
func TestWrongContent(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") }))
	defer server.Close()
	r, err := Open(context.Background(), strings.TrimPrefix(server.URL, "http://"), "bb", Auth{}, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Blob(context.Background(), ocispec.Descriptor{Digest: digest.FromBytes(nil)}); err == nil {
		t.Error("a blob with another digest")
	}
	if _, _, err := r.Manifest(context.Background(), ocispec.Descriptor{Digest: digest.FromBytes(nil)}); err == nil {
		t.Error("a manifest with another digest")
	}
}

// TestOnlyLoopback: nothing else is dialled, by name or by address.
func TestOnlyLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"docker.io":        `Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.255.255.53:53: dial udp 10.255.255.53:53: connect: network is unreachable`,
		"192.0.2.1:5000":   `Get "https://192.0.2.1:5000/v2/": dial tcp 192.0.2.1:5000: connect: network is unreachable`,
		"[2001:db8::1]:80": `Get "https://[2001:db8::1]:80/v2/": dial tcp [2001:db8::1]:80: connect: network is unreachable`,
	} {
		_, err := Open(context.Background(), host, "bb", Auth{}, false)
		var asked *url.Error
		if !errors.As(err, &asked) || err.Error() != want {
			t.Errorf("%s: %v, want %s", host, err, want)
		}
	}
}
