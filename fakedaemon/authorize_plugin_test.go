package fakedaemon_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// plugin is an authorization plugin on a socket. It notes what it is sent.
type plugin struct {
	dir, sock string
	server    *http.Server

	mu     sync.Mutex
	calls  []pluginCall              // protected by mu
	answer func(method string) reply // protected by mu
}

// pluginCall is what a plugin was sent.
type pluginCall struct {
	Method string
	Header http.Header // Host too
	Body   string      // cmp takes its time for long slices
}

// reply is what a plugin answers; status 0 closes the connection.
type reply struct {
	status int
	body   string
}

const (
	implements = `{"Implements":["authz"]}`
	allow      = `{"Allow":true}`
)

// newPlugin starts a plugin called name in dir, which "" makes. It allows everything.
func newPlugin(t *testing.T, dir, name string) *plugin {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("sockets and their errors are those of Linux")
	}
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "authz"); err != nil { // the folders of tests are too long for a socket
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
	}
	p := &plugin{dir: dir, sock: filepath.Join(dir, name+".sock")}
	l, err := net.Listen("unix", p.sock)
	if err != nil {
		t.Fatal(err)
	}
	p.server = &http.Server{Handler: p}
	go p.server.Serve(l)
	t.Cleanup(func() { p.server.Close() })
	return p
}

func (p *plugin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	header := r.Header.Clone()
	header["Host"] = []string{r.Host}
	p.mu.Lock()
	method := strings.TrimPrefix(r.URL.Path, "/")
	p.calls = append(p.calls, pluginCall{method, header, string(body)})
	said := reply{200, allow}
	if method == "Plugin.Activate" {
		said.body = implements
	}
	if p.answer != nil {
		said = p.answer(method)
	}
	p.mu.Unlock()
	if said.status == 0 {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			c.Close()
		}
		return
	}
	w.WriteHeader(said.status)
	io.WriteString(w, said.body)
}

// answers replaces what the plugin answers to one method.
func (p *plugin) answers(method string, said reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = func(m string) reply {
		switch m {
		case method:
			return said
		case "Plugin.Activate":
			return reply{200, implements}
		}
		return reply{200, allow}
	}
}

// block makes the plugin close called when it is called, and answer only when release is closed.
func (p *plugin) block(method string, called, release chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = func(m string) reply {
		if m == method {
			close(called)
			<-release
		}
		return reply{200, allow}
	}
}

// take returns the calls since the last one.
func (p *plugin) take() []pluginCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := p.calls
	p.calls = nil
	return calls
}

func methods(calls []pluginCall) []string {
	var names []string
	for _, c := range calls {
		names = append(names, c.Method)
	}
	return names
}

// exchangeCase is a row of testdata/authz.json: what dockerd was seen to do (section authz of the wire recordings).
type exchangeCase struct {
	Group, Name string
	Engines     []fakedaemon.Engine // nil means all
	Mode        string              // of the daemon's TCP listener
	Listener    string              // "unix" or "tcp"
	Cert        string              // the client's
	Answer      *clientAnswer       // nil: not recorded
	Calls       []recordedCall
	Methods     []string
	Phase       string // the method that the plugin answers with Plugin
	Plugin      string
	Log         []string
	Header      map[string]string
	Body        string
}

// recordedCall is one call of the plugin.
type recordedCall struct {
	Method    string
	Length    *int            // Content-Length
	Sent      json.RawMessage // in order; of the second call, Adds is what is behind it
	Adds      json.RawMessage
	BodyChars *int // of a body that is too long to be recorded
}

// clientAnswer is what a client sees, without the date.
type clientAnswer struct {
	Status int
	Header map[string]string
	Body   string
}

func readExchanges(t *testing.T, group string) []exchangeCase {
	t.Helper()
	b, err := os.ReadFile("testdata/authz.json")
	if err != nil {
		t.Fatal(err)
	}
	var all, cases []exchangeCase
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Group == group {
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		t.Fatalf("no cases of %q", group)
	}
	return cases
}

// engines are those whose daemons were recorded.
var engines = []fakedaemon.Engine{fakedaemon.Engine20, fakedaemon.Engine28, fakedaemon.Engine29}

// forEngines runs f for every case and engine.
func forEngines(t *testing.T, group string, f func(t *testing.T, e fakedaemon.Engine, c exchangeCase)) {
	for _, c := range readExchanges(t, group) {
		if c.Engines == nil {
			c.Engines = engines
		}
		for _, e := range c.Engines {
			t.Run(string(e)+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				f(t, e, c)
			})
		}
	}
}

// places fills the placeholders of the recordings: the engine's versions and how it names the socket.
func places(e fakedaemon.Engine, sock string) *strings.Replacer {
	api, version := map[fakedaemon.Engine]string{"20.10": "1.41", "28": "1.51", "29": "1.55"}[e], map[fakedaemon.Engine]string{"20.10": "20.10.24+dfsg1", "28": "28.5.2", "29": "29.7.2"}[e]
	target, url, host := "plugin.moby.localhost", "http://plugin.moby.localhost", "plugin.moby.localhost"
	if e == fakedaemon.Engine20 {
		target, url, host = sock, "http://"+strings.ReplaceAll(sock, "/", "%2F"), ""
	}
	return strings.NewReplacer("{api}", api, "{version}", version, "{target}", target, "{url}", url, "{host}", host, "{sock}", sock)
}

// pemText is a certificate as plugins get it.
func pemText(der []byte) string {
	return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// expand gives the lines of a recorded log: the retries one by one, and the server's own line of a failure.
func expand(e fakedaemon.Engine, lines []string) []string {
	var out []string
	for _, l := range lines {
		if before, after, ok := strings.Cut(l, "{1s 2s 4s 8s}"); ok {
			for _, pause := range []string{"1s", "2s", "4s", "8s"} {
				out = append(out, before+pause+after)
			}
		} else if text, ok := strings.CutPrefix(l, "{handler} "); ok {
			if e == fakedaemon.Engine29 {
				l = `level=error msg="Handler for GET /version returned error" error-response="` + text + `" method="GET" module="api" request-url="/v1.41/version" status="500" vars="map[version:1.41]"`
			} else {
				l = `level=error msg="Handler for GET /v1.41/version returned error: ` + text + `"`
			}
			out = append(out, l)
		} else {
			out = append(out, l)
		}
	}
	return out
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// rawRequest is a request line with a header and a body, as curl sends them.
type rawRequest struct {
	method, uri string
	header      map[string]string
	body        string
	chunked     bool
}

// send sends the request and reads the whole answer.
func (r rawRequest) send(t *testing.T, c net.Conn) clientAnswer {
	t.Helper()
	defer c.Close()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: docker\r\n", r.method, r.uri)
	for k, v := range r.header {
		fmt.Fprintf(&b, "%s: %s\r\n", k, v)
	}
	if r.chunked {
		fmt.Fprintf(&b, "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(r.body), r.body)
	} else {
		b.WriteString("\r\n" + r.body)
	}
	go c.Write(b.Bytes()) // the daemon may answer before it has read it all
	in := textproto.NewReader(bufio.NewReader(c))
	status, err := in.ReadLine()
	if err != nil {
		t.Fatal(err)
	}
	h, err := in.ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	h.Del("Date")
	a := clientAnswer{Status: atoi(strings.Fields(status)[1]), Header: map[string]string{}}
	for k := range h {
		a.Header[k] = h.Get(k)
	}
	var body io.Reader = io.LimitReader(in.R, int64(atoi(a.Header["Content-Length"])))
	if a.Header["Transfer-Encoding"] == "chunked" {
		body = httputil.NewChunkedReader(in.R)
	}
	if r.method != http.MethodHead {
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		a.Body = string(text)
	}
	return a
}

// connect opens a connection to a listener, with TLS unless config is nil.
func connect(t *testing.T, host string, config *tls.Config) net.Conn {
	t.Helper()
	network, addr, _ := strings.Cut(host, "://")
	c, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		return tls.Client(c, config)
	}
	return c
}
