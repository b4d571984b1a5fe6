package plugins

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// recorder notes what a registry tells.
type recorder struct {
	mu        sync.Mutex
	exchanges []Exchange
	log       []string
}

func (r *recorder) observe(x Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, x)
}

func (r *recorder) logf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, fmt.Sprintf(format, args...))
}

// folders returns a registry with a folder for sockets and two for specs, and what it tells.
func folders(t *testing.T) (r *Registry, sockets, etc, lib string, told *recorder) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("sockets and their errors are those of Linux")
	}
	dir, err := os.MkdirTemp("", "plugins") // the folders of tests are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	sockets, etc, lib = filepath.Join(dir, "run"), filepath.Join(dir, "etc"), filepath.Join(dir, "lib")
	for _, d := range []string{sockets, etc, lib} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	told = new(recorder)
	r = NewRegistry(Config{
		Sockets: sockets, Specs: []string{etc, lib}, Context: t.Context(),
		Warnf: told.logf, Errorf: told.logf, Observe: told.observe,
	})
	t.Cleanup(r.Close)
	return r, sockets, etc, lib, told
}

// answer is a plugin that says where it is.
func answer(where string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/Plugin.Activate" {
			io.WriteString(w, `{"Implements":["authz"]}`)
			return
		}
		json.NewEncoder(w).Encode(where)
	})
}

func listen(t *testing.T, path, where string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: answer(where)}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func overTCP(t *testing.T, where string) string {
	t.Helper()
	s := httptest.NewServer(answer(where))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// ask returns what the plugin of that name says.
func ask(t *testing.T, r *Registry, name string) string {
	t.Helper()
	p, err := r.Get(name, "authz")
	if err != nil {
		return "error: " + err.Error()
	}
	var where string
	if err := p.Call("Where", 0, nil, &where); err != nil {
		return "call: " + err.Error()
	}
	return where
}

// TestFind puts plugins into every place, and takes them away again, from the first that counts to the last
// (pkg/plugins/discovery.go).
func TestFind(t *testing.T) {
	t.Parallel()
	_, sockets, etc, lib, _ := folders(t)
	places := []struct{ path, content string }{
		{filepath.Join(sockets, "p.sock"), ""},
		{filepath.Join(sockets, "p", "p.sock"), ""},
		{filepath.Join(etc, "p.spec"), "tcp://" + overTCP(t, "etc spec") + "\n"},
		{filepath.Join(etc, "p", "p.spec"), "http://" + overTCP(t, "etc p spec")},
		{filepath.Join(etc, "p.json"), `{"Name":"other","Addr":"tcp://` + overTCP(t, "etc json") + `"}`},
		{filepath.Join(etc, "p", "p.json"), `{"addr":"http://` + overTCP(t, "etc p json") + `"}`},
		{filepath.Join(lib, "p.spec"), "unix://" + filepath.Join(lib, "any.sock")},
	}
	want := []string{"run", "run p", "etc spec", "etc p spec", "etc json", "etc p json", "lib spec"}
	listen(t, places[0].path, want[0])
	listen(t, places[1].path, want[1])
	listen(t, filepath.Join(lib, "any.sock"), want[6])
	for _, p := range places[2:] {
		write(t, p.path, p.content)
	}
	for i, p := range places {
		r := NewRegistry(Config{Sockets: sockets, Specs: []string{etc, lib}, Context: t.Context(), Warnf: t.Logf, Errorf: t.Logf, Observe: func(Exchange) {}})
		if got := ask(t, r, "p"); got != want[i] {
			t.Errorf("%s: answered by %q, want %q", p.path, got, want[i])
		}
		r.Close()
		os.Remove(p.path)
	}
}

// TestFindErrors has the texts of dockerd.
func TestFindErrors(t *testing.T) {
	t.Parallel()
	r, sockets, etc, _, told := folders(t)
	write(t, filepath.Join(sockets, "file.sock"), "not a socket")
	write(t, filepath.Join(etc, "bare.spec"), "localhost")
	write(t, filepath.Join(etc, "json.json"), "nonsense")
	write(t, filepath.Join(etc, "typed.json"), `{"Addr":1}`)
	write(t, filepath.Join(etc, "long.spec"), "unix:///"+strings.Repeat("a", 200))
	for name, want := range map[string]string{
		"":      "error: legacy plugin: Unable to find plugin without name",
		"file":  `error: plugin "file" not found`,
		"bare":  "error: legacy plugin: Unknown protocol",
		"json":  "error: legacy plugin: invalid character 'o' in literal null (expecting 'u')",
		"typed": "error: legacy plugin: json: cannot unmarshal number into Go struct field Plugin.Addr of type string",
		"long":  `error: legacy plugin: unix socket path "/` + strings.Repeat("a", 200) + `" is too long`,
	} {
		if got := ask(t, r, name); got != want {
			t.Errorf("%q: %s\nwant %s", name, got, want)
		}
	}
	told.mu.Lock()
	defer told.mu.Unlock()
	if n := len(told.log); n != 4*4 { // all but the first and the last, four pauses each
		t.Errorf("%d lines in the log:\n%s", n, strings.Join(told.log, "\n"))
	}
}

// TestTLS calls plugins over TLS: whom a .json file's TLSConfig trusts, and whom a .spec file does.
func TestTLS(t *testing.T) {
	t.Parallel()
	r, _, etc, _, told := folders(t)
	b, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for dir, b := range map[string]*certgen.Bundle{"good": b, "other": other} {
		if err := b.WriteDir(filepath.Join(etc, dir)); err != nil {
			t.Fatal(err)
		}
	}
	s := httptest.NewUnstartedServer(answer("called over TLS"))
	s.TLS = b.ServerTLS() // it verifies its clients
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	addr := "https://" + s.Listener.Addr().String()
	file := func(dir, name string) string { return filepath.Join(etc, dir, name) }
	config := func(ca, pair string) string {
		c := map[string]any{"Addr": addr, "TLSConfig": map[string]any{"CertFile": file(pair, "cert.pem"), "KeyFile": file(pair, "key.pem")}}
		if ca != "" {
			c["TLSConfig"].(map[string]any)["CAFile"] = file(ca, "ca.pem")
		}
		text, _ := json.Marshal(c)
		return string(text)
	}
	write(t, filepath.Join(etc, "good.json"), config("good", "good"))
	write(t, filepath.Join(etc, "blind.json"), config("", "good"))
	write(t, filepath.Join(etc, "distrusts.json"), config("other", "good"))
	write(t, filepath.Join(etc, "stranger.json"), config("good", "other"))
	write(t, filepath.Join(etc, "missing.json"), config("nowhere", "good"))
	write(t, filepath.Join(etc, "bare.spec"), addr)
	for name, want := range map[string]string{
		"good":      "called over TLS",
		"blind":     "called over TLS",
		"distrusts": "x509: certificate signed by unknown authority",
		"stranger":  "tls: certificate required", // Go sends no certificate of a CA that was not asked for
		"missing":   "error: legacy plugin: could not read CA certificate",
		"bare":      "tls: certificate required",
	} {
		if got := ask(t, r, name); !strings.Contains(got, want) {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
	told.mu.Lock()
	defer told.mu.Unlock()
	for _, x := range told.exchanges {
		if x.Plugin == "good" && x.Header.Get("Accept-Encoding") != "gzip" { // only sockets have none
			t.Errorf("header %v", x.Header)
		}
	}
}

// TestActivateOnce: a plugin that was activated is not activated again, and one that was not is tried again.
func TestActivateOnce(t *testing.T) {
	t.Parallel()
	r, sockets, _, _, told := folders(t)
	if got, want := ask(t, r, "p"), `error: plugin "p" not found`; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	listen(t, filepath.Join(sockets, "p.sock"), "here")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := ask(t, r, "p"); got != "here" {
				t.Errorf("%s, want here", got)
			}
		})
	}
	wg.Wait()
	told.mu.Lock()
	defer told.mu.Unlock()
	n := map[string]int{}
	for _, x := range told.exchanges {
		n[x.Method]++
	}
	if diff := cmp.Diff(map[string]int{"Plugin.Activate": 1, "Where": 8}, n); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestRepeatedWithoutBody: a plugin that takes a call and breaks off is called again without the body, because dockerd
// reads it from a buffer.
func TestRepeatedWithoutBody(t *testing.T) {
	t.Parallel()
	r, sockets, _, _, told := folders(t)
	l, err := net.Listen("unix", filepath.Join(sockets, "p.sock"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if n++; n == 2 {
			if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
				c.Close()
			}
			return
		}
		io.WriteString(w, `{"Implements":["authz"]}`)
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	p, err := r.Get("p", "authz")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Call("Say", 7, "hello", new(Manifest)); err != nil {
		t.Fatal(err)
	}
	type call struct {
		Method, Body, Length string
		Request, Status      int
		Answer, Err          string
	}
	var got []call
	for _, x := range told.exchanges {
		got = append(got, call{x.Method, string(x.Body), x.Header.Get("Content-Length"), x.Request, x.Status, string(x.Answer), fmt.Sprint(x.Err)})
	}
	const answer = `{"Implements":["authz"]}`
	want := []call{
		{"Plugin.Activate", "", "0", 0, 200, answer, "<nil>"},
		{"Say", "\"hello\"\n", "8", 7, 0, "", `Post "http://plugin.moby.localhost/Say": EOF`},
		{"Say", "", "0", 7, 200, answer, "<nil>"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWaitEnds: a wait of real length ends with the context.
func TestWaitEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan struct{})
	var once sync.Once
	r := NewRegistry(Config{
		Sockets: t.TempDir(), RealWaits: true, Context: ctx, Observe: func(Exchange) {},
		Warnf: func(string, ...any) { once.Do(func() { close(waiting) }) },
	})
	ended := make(chan error, 1)
	begin := time.Now()
	go func() {
		_, err := r.Get("p", "authz")
		ended <- err
	}()
	select {
	case <-waiting:
	case err := <-ended:
		t.Fatalf("it did not wait: %v", err)
	}
	cancel()
	if err := <-ended; err == nil || err.Error() != `plugin "p" not found` {
		t.Errorf("%v", err)
	}
	if waited := time.Since(begin); waited > 14*time.Second {
		t.Errorf("it went on for %v", waited)
	}
}

// TestCall: what is sent to a plugin, the errors of its answers and what is logged of one that is away.
func TestCall(t *testing.T) {
	t.Parallel()
	r, sockets, etc, _, told := folders(t)
	said := map[string]func(w http.ResponseWriter){
		"Plugin.Activate": func(w http.ResponseWriter) { io.WriteString(w, `{"Implements":["authz","x"]}`) },
		"Named":           func(w http.ResponseWriter) { w.WriteHeader(501); io.WriteString(w, `{"Err":"not mine"}`) },
		"Plain":           func(w http.ResponseWriter) { w.WriteHeader(500); io.WriteString(w, `down`) },
		"Empty":           func(w http.ResponseWriter) { w.WriteHeader(201); io.WriteString(w, `{"Err":""}`) },
		"Broken":          func(w http.ResponseWriter) { io.WriteString(w, `{`) },
	}
	l, err := net.Listen("unix", filepath.Join(sockets, "p.sock"))
	if err != nil {
		t.Fatal(err)
	}
	var sent []string
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Method+" "+r.Host+r.URL.Path+" "+r.Header.Get("Accept"))
		said[r.URL.Path[1:]](w)
	})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	p, err := r.Get("p", "x")
	if err != nil {
		t.Fatal(err)
	}
	for method, want := range map[string]string{"Named": "Named: not mine", "Plain": "Plain: down", "Empty": `Empty: {"Err":""}`, "Broken": "unexpected EOF"} {
		if err := p.Call(method, 0, nil, new(Manifest)); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", method, err, want)
		}
	}
	if want := "POST plugin.moby.localhost/Plugin.Activate application/vnd.docker.plugins.v1.2+json"; len(sent) != 5 || sent[0] != want {
		t.Errorf("%q, want 5, the first %q", sent, want)
	}
	if _, err := r.Get("p", "volume"); err == nil || err.Error() != `legacy plugin: Plugin does not implement the requested driver: plugin="p", requested implementation="volume"` {
		t.Error(err)
	}
	r.Legacy = true
	if _, err := r.Get("p", "volume"); err == nil || err.Error() != "legacy plugin: Plugin does not implement the requested driver" {
		t.Error(err)
	}
	r.Legacy = false
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := dead.Addr().String()
	dead.Close()
	write(t, filepath.Join(etc, "dead.spec"), "tcp://"+addr)
	refused := "Post \"http://" + addr + "/Plugin.Activate\": dial tcp " + addr + ": connect: connection refused"
	if got, want := ask(t, r, "dead"), "error: legacy plugin: "+refused; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	ask(t, r, "nosuch")
	want := []string{"Broken: error reading plugin resp: unexpected EOF"}
	for _, format := range []string{"Unable to connect to plugin: " + addr + "/Plugin.Activate: " + refused + ", retrying in %ds", "Unable to locate plugin: nosuch, retrying in %ds"} {
		for _, pause := range []int{1, 2, 4, 8} {
			want = append(want, fmt.Sprintf(format, pause))
		}
	}
	if diff := cmp.Diff(want, told.log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// TestDefaultSpecs has the folders of dockerd on Linux.
func TestDefaultSpecs(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is one folder")
	}
	if diff := cmp.Diff([]string{"/etc/docker/plugins", "/usr/lib/docker/plugins"}, DefaultSpecs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
