package authorization

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// asked is what a plugin is asked, as far as the tests look.
type asked struct {
	Plugin, Method string
	RequestBody    string
	Status         int
	Body           string
	Headers        map[string]string
}

// probe is a plugin in this process that notes what it is asked.
type probe struct {
	name string
	deny string // the method that it denies

	mu    *sync.Mutex
	asked *[]asked // protected by mu
}

func (p probe) Name() string { return p.name }

func (p probe) Authorize(method string, _ int, r *Request) (*Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*p.asked = append(*p.asked, asked{p.name, method, string(r.RequestBody), r.ResponseStatusCode, string(r.ResponseBody), r.ResponseHeaders})
	if method == p.deny {
		return &Response{Msg: "no"}, nil
	}
	return &Response{Allow: true}, nil
}

// middleware is a server whose handler is asked about, with what its plugin was asked and what was logged.
type middleware struct {
	Middleware
	server *httptest.Server
	probe  probe

	mu    sync.Mutex
	asked []asked  // protected by mu
	log   []string // protected by mu
}

func serve(t *testing.T, deny string, h Handler) *middleware {
	t.Helper()
	m := new(middleware)
	logf := func(format string, args ...any) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.log = append(m.log, fmt.Sprintf(format, args...))
	}
	m.Config = Config{MaxBody: 1 << 20, WithholdAuth: true, Warnf: logf, Errorf: logf}
	m.probe = probe{"p", deny, &m.mu, &m.asked}
	m.SetPlugins([]Plugin{m.probe})
	m.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := m.Serve(w, r, 0, h); err != nil {
			status := http.StatusTeapot
			if errors.As(err, new(interface{ Forbidden() })) {
				status = http.StatusForbidden
			}
			http.Error(w, err.Error(), status)
		}
	}))
	t.Cleanup(m.server.Close)
	return m
}

func (m *middleware) take() []asked {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer func() { m.asked = nil }()
	return m.asked
}

func (m *middleware) logged() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.log
}

func (m *middleware) get(t *testing.T) (status int, body string) {
	t.Helper()
	resp, err := m.server.Client().Get(m.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

var isJSON = map[string]string{"Content-Type": "application/json"}

// TestLongAnswer: what is longer than 64 KiB is on its way before the plugins are asked, and they see its rest without a
// header (pkg/authorization/response.go).
func TestLongAnswer(t *testing.T) {
	t.Parallel()
	half := strings.Repeat("x", maxBuffer/2)
	m := serve(t, "", func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		for range 3 {
			io.WriteString(w, half)
		}
		return nil
	})
	status, body := m.get(t)
	if status != http.StatusCreated || body != half+half+half {
		t.Errorf("answer %d with %d bytes", status, len(body))
	}
	want := []asked{{"p", MethodRequest, "", 0, "", nil}, {"p", MethodResponse, "", 0, "", map[string]string{}}}
	if diff := cmp.Diff(want, m.take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFlush: a client sees what was flushed while the operation goes on.
func TestFlush(t *testing.T) {
	t.Parallel()
	m := serve(t, "", nil)
	w := httptest.NewRecorder()
	err := m.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), 1, func(rw http.ResponseWriter, r *http.Request) error {
		io.WriteString(rw, "first ")
		http.NewResponseController(rw).Flush()
		if !w.Flushed || w.Body.String() != "first " {
			t.Errorf("flushed %t: %q", w.Flushed, w.Body)
		}
		io.WriteString(rw, "second")
		return nil
	})
	if got := w.Body.String(); got != "first second" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestHijack: a hijacked connection belongs to the operation, and the plugins are asked when it has ended.
func TestHijack(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	m := serve(t, "", func(w http.ResponseWriter, r *http.Request) error {
		defer close(ended)
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return err
		}
		defer c.Close()
		fmt.Fprint(rw, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
		rw.Flush()
		line, err := rw.ReadString('\n')
		fmt.Fprint(rw, "echo ", line)
		rw.Flush()
		return err
	})
	c, err := net.Dial("tcp", m.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "POST /attach HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello\n")
	in := bufio.NewReader(c)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", resp, err)
	}
	if got, err := in.ReadString('\n'); got != "echo hello\n" {
		t.Errorf("%q, %v", got, err)
	}
	<-ended
	m.server.Close() // waits for nothing that is hijacked
}

// hijackable can be hijacked, and goes on as a recorder.
type hijackable struct{ *httptest.ResponseRecorder }

func (hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }

// TestAfterHijack: what is written from then on waits for nobody.
func TestAfterHijack(t *testing.T) {
	t.Parallel()
	m := serve(t, "", nil)
	w := hijackable{httptest.NewRecorder()}
	err := m.Serve(w, httptest.NewRequest(http.MethodGet, "/", nil), 1, func(rw http.ResponseWriter, r *http.Request) error {
		rw.Header().Set("Before", "1")
		if _, _, err := http.NewResponseController(rw).Hijack(); err != nil {
			t.Error(err)
		}
		rw.Header().Set("After", "2")
		rw.WriteHeader(http.StatusCreated)
		io.WriteString(rw, "late")
		if w.Code != http.StatusCreated || w.Body.String() != "late" || w.Header().Get("Before") != "1" || w.Header().Get("After") != "2" {
			t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
		}
		return nil
	})
	if err != nil || w.Body.String() != "late" {
		t.Errorf("%q, %v", w.Body, err)
	}
}

// failing is a plugin that does not answer.
type failing struct{}

func (failing) Name() string { return "f" }

func (failing) Authorize(string, int, *Request) (*Response, error) { return nil, errors.New("lost") }

// TestPluginFails: whose plugin gives no answer gets none either.
func TestPluginFails(t *testing.T) {
	t.Parallel()
	m := serve(t, "", func(http.ResponseWriter, *http.Request) error { return errors.New("served") })
	m.SetPlugins([]Plugin{failing{}, m.probe})
	if status, body := m.get(t); status != http.StatusTeapot || body != "plugin f failed with error: lost\n" {
		t.Errorf("%d %q", status, body)
	}
	if diff := cmp.Diff([]string{"AuthZRequest for GET / returned error: plugin f failed with error: lost"}, m.logged()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if asked := m.take(); asked != nil {
		t.Errorf("asked %+v", asked)
	}
}

// TestAnswersThatFail: of an error of the operation and a denial of its answer the client gets the error; a denial alone
// leaves nothing of the answer.
func TestAnswersThatFail(t *testing.T) {
	t.Parallel()
	fails := serve(t, MethodResponse, func(w http.ResponseWriter, r *http.Request) error { return errors.New("broken") })
	if status, body := fails.get(t); status != http.StatusTeapot || body != "broken\n" {
		t.Errorf("%d %q", status, body)
	}
	if diff := cmp.Diff([]string{"Handler for GET / returned error: broken"}, fails.logged()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	denied := serve(t, MethodResponse, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Secret", "x")
		io.WriteString(w, "secret")
		return nil
	})
	resp, err := denied.server.Client().Get(denied.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusForbidden || string(body) != "authorization denied by plugin p: no\n" || resp.Header.Get("Secret") != "" {
		t.Errorf("%d %q %v", resp.StatusCode, body, resp.Header)
	}
	if diff := cmp.Diff([]string{"AuthZResponse for GET / returned error: authorization denied by plugin p: no"}, denied.logged()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// TestPluginsThatChange: the answer is shown to the plugins that there are by then. Of none, dockerd's client gets an
// empty answer.
func TestPluginsThatChange(t *testing.T) {
	t.Parallel()
	var m *middleware
	m = serve(t, "", func(w http.ResponseWriter, r *http.Request) error {
		other := m.probe
		other.name = "other"
		m.SetPlugins([]Plugin{other, m.probe, other})
		io.WriteString(w, "hello")
		return nil
	})
	if status, body := m.get(t); status != 200 || body != "hello" {
		t.Errorf("%d %q", status, body)
	}
	var order []string
	for _, a := range m.take() {
		order = append(order, a.Plugin+" "+a.Method)
	}
	if diff := cmp.Diff([]string{"p " + MethodRequest, "other " + MethodResponse, "p " + MethodResponse}, order); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m = serve(t, "", func(w http.ResponseWriter, r *http.Request) error {
		m.SetPlugins(nil)
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, "hello")
		return nil
	})
	if status, body := m.get(t); status != 200 || body != "" {
		t.Errorf("%d %q", status, body)
	}
}

// TestBodies says which bodies plugins get, and that the operation gets all of them.
func TestBodies(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	whole := func(n int) string { return strings.Repeat("b", n) }
	for name, c := range map[string]struct {
		path, mediaType string
		body            string
		chunked         bool
		withhold        bool // false: as engine 20.10
		refuse          bool // as engine 29
		shown           int
		status          int
		log             string
	}{
		"json":                  {"/x", "application/json", "{}", false, true, false, 2, 200, ""},
		"json with charset":     {"/x", "Application/JSON; charset=utf-8", "{}", false, true, false, 2, 200, ""},
		"other type":            {"/x", "application/x-tar", "{}", false, true, false, 0, 200, ""},
		"no type":               {"/x", "", "{}", false, true, false, 0, 200, ""},
		"broken type":           {"/x", "application/json;;=", "{}", false, true, false, 0, 200, ""},
		"auth":                  {"/v1.41/auth", "application/json", "{}", false, true, false, 0, 200, ""},
		"auth without version":  {"/auth?x=y", "application/json", "{}", false, true, false, 0, 200, ""},
		"auth shown":            {"/v1.41/auth", "application/json", "{}", false, false, false, 2, 200, ""},
		"below auth":            {"/x/auth", "application/json", "{}", false, true, false, 2, 200, ""},
		"largest":               {"/x", "application/json", whole(limit - 1), false, true, false, limit - 1, 200, ""},
		"too large":             {"/x", "application/json", whole(limit), false, true, false, 0, 200, ""},
		"largest chunked":       {"/x", "application/json", whole(limit - 1), true, true, false, limit - 1, 200, ""},
		"too large chunked":     {"/x", "application/json", whole(limit), true, true, false, 0, 200, "Request body is larger than: '1048576' skipping body"},
		"largest, refused":      {"/x", "application/json", whole(limit), false, true, true, limit, 200, ""},
		"too large, refused":    {"/x", "application/json", whole(limit + 1), true, true, true, 0, 418, "AuthZRequest for POST /x returned error: request body too large for authorization plugin: size exceeds 1048576 bytes"},
		"too large, other type": {"/x", "text/plain", whole(limit + 1), true, true, true, 0, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := serve(t, "", func(w http.ResponseWriter, r *http.Request) error {
				b, err := io.ReadAll(r.Body)
				if string(b) != c.body {
					t.Errorf("the operation gets %d bytes of %d", len(b), len(c.body))
				}
				return err
			})
			m.WithholdAuth, m.RefuseLarge = c.withhold, c.refuse
			var body io.Reader = strings.NewReader(c.body)
			if c.chunked {
				body = io.MultiReader(body) // of unknown length
			}
			req, err := http.NewRequest(http.MethodPost, m.server.URL+c.path, body)
			if err != nil {
				t.Fatal(err)
			}
			if c.mediaType != "" {
				req.Header.Set("Content-Type", c.mediaType)
			}
			resp, err := m.server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			shown := 0
			if all := m.take(); len(all) > 0 {
				shown = len(all[0].RequestBody)
			}
			if shown != c.shown || resp.StatusCode != c.status {
				t.Errorf("shown %d bytes, status %d; want %d, %d", shown, resp.StatusCode, c.shown, c.status)
			}
			if got := strings.Join(m.logged(), "\n"); got != c.log {
				t.Errorf("log %q, want %q", got, c.log)
			}
		})
	}
}

// TestHeaders: plugins get the last value of each header and no password.
func TestHeaders(t *testing.T) {
	t.Parallel()
	h := http.Header{"A": {"1", "2"}, "Authorization": {"x"}, "X-Registry-Auth": {"x"}, "X-Registry-Config": {"x"}, "X-Registry-Other": {"y"}, "None": nil}
	if diff := cmp.Diff(map[string]string{"A": "2", "X-Registry-Other": "y"}, flat(h)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPeers: plugins get the name in the first certificate, and each as base64 of PEM.
func TestPeers(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{
		{Raw: []byte("a"), Subject: pkix.Name{CommonName: "first"}},
		{Raw: []byte("b"), Subject: pkix.Name{CommonName: "second"}},
	}}
	_, ask, err := new(Middleware).describe(r)
	if err != nil || ask.User != "first" || ask.UserAuthNMethod != "TLS" {
		t.Fatalf("%+v, %v", ask, err)
	}
	var got [][]byte
	if text, err := json.Marshal(ask.RequestPeerCertificates); err != nil || json.Unmarshal(text, &got) != nil {
		t.Fatalf("%s, %v", text, err)
	}
	want := []string{"-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nYg==\n-----END CERTIFICATE-----\n"}
	if diff := cmp.Diff(want, []string{string(got[0]), string(got[1])}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestResponseBody: of an answer plugins get JSON.
func TestResponseBody(t *testing.T) {
	t.Parallel()
	for mediaType, want := range map[string]asked{
		"application/json": {"p", MethodResponse, "", 201, "1", isJSON},
		"text/plain":       {"p", MethodResponse, "", 201, "", map[string]string{"Content-Type": "text/plain"}},
	} {
		m := serve(t, "", func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Content-Type", mediaType)
			w.WriteHeader(http.StatusCreated)
			io.WriteString(w, "1")
			return nil
		})
		if status, body := m.get(t); status != 201 || body != "1" {
			t.Errorf("%d %q", status, body)
		}
		if diff := cmp.Diff(want, m.take()[1]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", mediaType, diff)
		}
	}
}
