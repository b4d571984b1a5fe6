package fakedaemon

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes"
)

// ping asks on a fresh connection and says what came of it.
func ping(d *Daemon) string {
	c, err := connect(d)
	if err != nil {
		return outcome(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"); err != nil {
		return outcome(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return outcome(err)
	}
	b, err := io.ReadAll(resp.Body)
	return strings.TrimSpace(fmt.Sprint(resp.StatusCode, " ", string(b), " ", outcome(err)))
}

func outcome(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE):
		return "reset"
	case strings.Contains(err.Error(), "forcibly closed") || strings.Contains(err.Error(), "aborted"): // as Windows says it
		return "reset"
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return "end"
	}
	return err.Error()
}

func TestFaults(t *testing.T) {
	t.Parallel()
	certs, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := certgen.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := other.Server().TLSCertificate()
	if err != nil {
		t.Fatal(err)
	}
	const (
		ok     = "200 OK"
		broken = `500 {"message":"broken"}`
	)
	for _, test := range []struct {
		name  string
		modes []modes.Daemon
		fault Fault
		want  string
		err   string // of the handshake, with TLS
	}{
		{"dial", []modes.Daemon{modes.Unix, modes.TCP, modes.TLS, modes.TLSVerify}, DialFault{Times: 2}, "end", ErrInjected.Error()},
		{"dial reset", []modes.Daemon{modes.TCP, modes.TLS, modes.TLSVerify}, DialFault{Reset: true, Times: 2}, "reset", ErrInjected.Error()},
		{"tls alert", []modes.Daemon{modes.TLS, modes.TLSVerify}, TLSFault{Alert: 80, Times: 2}, "remote error: tls: internal error", ErrInjected.Error()},
		{"tls close", []modes.Daemon{modes.TLS, modes.TLSVerify}, TLSFault{Close: true, Times: 2}, "end", ErrInjected.Error()},
		{"tls certificate", []modes.Daemon{modes.TLS, modes.TLSVerify}, TLSFault{Certificate: &wrong, Times: 2}, "unknown authority", "remote error: tls: bad certificate"},
		{"http error", everyMode, HTTPFault{Operation: "SystemPing", Status: 500, Message: "broken", Times: 2}, broken, ""},
		{"http error, any", everyMode, HTTPFault{Status: 500, Message: "broken", Times: 2}, broken, ""},
		{"http no answer", everyMode, HTTPFault{Operation: "SystemPing", Times: 2}, "end", ""},
		{"stream", everyMode, StreamFault{Operation: "SystemPing", After: 1, Times: 2}, "200 O end", ""},
		{"stream, header only", everyMode, StreamFault{After: 0, Times: 2}, "200  end", ""},
		{"stream, reset", []modes.Daemon{modes.TCP, modes.TLS, modes.TLSVerify}, StreamFault{After: 1, Reset: true, Times: 2}, "200 O reset", ""},
		{"stream, longer than the answer", everyMode, StreamFault{After: 3, Times: 2}, ok, ""},
	} {
		for _, mode := range test.modes {
			t.Run(test.name+"/"+string(mode), func(t *testing.T) {
				t.Parallel()
				d := begin(t, &Options{Mode: mode, Certs: certs}, time.Minute, nil)
				d.Inject(test.fault)
				var got []string
				for range 3 {
					p := ping(d)
					if strings.Contains(p, "unknown authority") {
						p = "unknown authority"
					}
					if test.name == "dial" && p == "reset" {
						p = "end" // what a system makes of bytes that nobody has read
					}
					if runtime.GOOS != "linux" && p == "reset" && strings.HasSuffix(test.want, "reset") {
						p = test.want // only Linux gives what came before the reset
					}
					got = append(got, p)
				}
				if diff := cmp.Diff([]string{test.want, test.want, ok}, got); diff != "" {
					t.Errorf("answers (-want +got):\n%s", diff)
				}
				if mode == modes.TLS || mode == modes.TLSVerify {
					var errs []string
					for _, h := range d.Handshakes() {
						if h.Err == nil {
							errs = append(errs, "")
						} else {
							errs = append(errs, h.Err.Error())
						}
					}
					if diff := cmp.Diff([]string{test.err, test.err, ""}, errs); diff != "" {
						t.Errorf("handshakes (-want +got):\n%s", diff)
					}
				}
			})
		}
	}
}

// TestFaultAnswer: what a client gets is what the engine would send, but for the status.
func TestFaultAnswer(t *testing.T) {
	t.Parallel()
	header := func(engine Engine, contentType string) http.Header {
		e, err := engine.imitated()
		if err != nil {
			t.Fatal(err)
		}
		return http.Header{
			"Api-Version":         {e.APIVersion},
			"Content-Type":        {contentType},
			"Docker-Experimental": {"false"},
			"Ostype":              {"linux"},
			"Server":              {"Docker/" + e.Version + " (linux)"},
		}
	}
	old := func(engine Engine) http.Header {
		h := header(engine, "text/plain; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		return h
	}
	const isJSON = "application/json"
	for _, engine := range []Engine{Engine20, Engine28, Engine29} {
		ambiguous := "multiple IDs found with provided prefix: <1>"
		if engine == Engine20 {
			ambiguous = "Multiple IDs found with provided prefix: <1>"
		}
		for _, test := range []struct {
			target, message string
			header          http.Header
			body, operation string
			text, route     string // as the daemon logs them
		}{
			{"/containers/x/json", `No such container: "x"`, header(engine, isJSON), `{"message":"No such container: \"x\""}`, "ContainerInspect", `No such container: "x"`, "/containers/{id:.*}/json"},
			{"/v1.40/containers/x/json", "multiple IDs found with provided prefix: <1>", header(engine, isJSON), `{"message":"` + ambiguous + `"}`, "ContainerInspect", ambiguous, "/containers/{id:.*}/json"},
			{"/v1.23/containers/x/json", "multiple IDs found with provided prefix: <1>", old(engine), ambiguous, "ContainerInspect", ambiguous, "/containers/{id:.*}/json"},
			{"/v1.40/x", "gone", http.Header{"Content-Type": {isJSON}}, `{"message":"gone"}`, "", "gone", "/x"},
		} {
			t.Run(string(engine)+test.target, func(t *testing.T) {
				t.Parallel()
				var logged string
				d := begin(t, &Options{Engine: engine, LogError: func(fields map[string]string, message string) {
					logged += message + " / " + fields["error-response"]
				}}, time.Minute, nil)
				d.Inject(HTTPFault{Status: 507, Message: test.message})
				resp, body := exchange(t, d, "GET "+test.target+" HTTP/1.1\r\nHost: docker\r\n\r\n")
				resp.Header.Del("Date")
				resp.Header.Del("Content-Length")
				if diff := cmp.Diff(test.header, resp.Header); diff != "" {
					t.Errorf("header (-want +got):\n%s", diff)
				}
				if body != test.body+"\n" {
					t.Errorf("body is %q, want %q", body, test.body)
				}
				if rs := d.Requests(); rs[0].Status != 507 || rs[0].Operation != test.operation {
					t.Errorf("requests:\n%s", rs)
				}
				want := "Handler for GET " + test.target + " returned error: " + test.text + " / "
				if engine == Engine29 {
					want = "Handler for GET " + test.route + " returned error / " + test.text
				}
				if logged != want {
					t.Errorf("logged %q, want %q", logged, want)
				}
			})
		}
	}
}

// TestFaultOrder: the fault injected first happens first, remove takes one away, other operations go on.
func TestFaultOrder(t *testing.T) {
	t.Parallel()
	d := begin(t, nil, time.Minute, nil)
	d.Inject(HTTPFault{Operation: "SystemVersion", Status: 500, Message: "not asked for"})
	always := d.Inject(HTTPFault{Status: 503, Message: "always"})
	d.Inject(HTTPFault{Status: 502, Message: "twice", Times: 2})
	var got []string
	for range 2 {
		got = append(got, ping(d))
	}
	always()
	always()
	for range 3 {
		got = append(got, ping(d))
	}
	want := []string{`503 {"message":"always"}`, `503 {"message":"always"}`, `502 {"message":"twice"}`, `502 {"message":"twice"}`, "200 OK"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

func TestFaultHost(t *testing.T) {
	t.Parallel()
	d := begin(t, &Options{Listen: []Listen{{Mode: modes.TLSVerify}, {Mode: modes.TLSVerify}}}, time.Minute, nil)
	d.Inject(DialFault{Host: d.Hosts()[1]})
	d.Inject(TLSFault{Host: d.Hosts()[1], Close: true})
	if got := ping(d); got != "200 OK" {
		t.Errorf("the first listener: %s", got)
	}
	d.Inject(TLSFault{Host: d.Hosts()[0], Close: true})
	if got := ping(d); got != "end" {
		t.Errorf("the first listener with its fault: %s", got)
	}
}

// TestStreamFaultHijacked cuts an answer that the handler writes itself, in pieces that do not respect its header.
func TestStreamFaultHijacked(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 101 UPGRADED\r\nA: b\r\n\r\n"
	for _, mode := range everyMode {
		for _, after := range []int64{0, 1, 4, 5, 6} {
			for _, piece := range []int{1, 7, len(head), 100} {
				t.Run(fmt.Sprint(mode, "/", after, "/", piece), func(t *testing.T) {
					t.Parallel()
					left := make(chan struct{})
					d := begin(t, &Options{Mode: mode}, time.Minute, func(w http.ResponseWriter, r *http.Request) {
						defer close(left)
						c, rw, err := http.NewResponseController(w).Hijack()
						if err != nil {
							t.Error(err)
							return
						}
						defer c.Close()
						for b := []byte(head + "hello"); len(b) > 0; {
							n := min(piece, len(b))
							rw.Write(b[:n])
							if rw.Flush() != nil {
								return
							}
							b = b[n:]
						}
						if after <= int64(len("hello")) {
							c.SetReadDeadline(time.Now().Add(5 * time.Second))
						}
						if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
							t.Error("nothing has cut the answer")
						}
					})
					d.Inject(StreamFault{After: after})
					c := dial(t, d)
					io.WriteString(c, "POST /x HTTP/1.1\r\nHost: docker\r\n\r\n")
					if after > int64(len("hello")) {
						if _, err := io.ReadFull(c, make([]byte, len(head+"hello"))); err != nil {
							t.Fatal(err)
						}
						c.(interface{ CloseWrite() error }).CloseWrite()
						<-left
						return
					}
					got, err := io.ReadAll(c)
					if want := head + "hello"[:after]; string(got) != want || err != nil {
						t.Errorf("received %q, %v, want %q", got, err, want)
					}
					<-left
				})
			}
		}
	}
}

// TestHijackedHalfClose: a handler can end its half and go on reading.
func TestHijackedHalfClose(t *testing.T) {
	t.Parallel()
	for _, mode := range everyMode {
		read := make(chan string, 1)
		d := begin(t, &Options{Mode: mode}, time.Minute, func(w http.ResponseWriter, r *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			c.(interface{ CloseWrite() error }).CloseWrite()
			b, _ := io.ReadAll(c)
			read <- string(b)
		})
		c := dial(t, d)
		io.WriteString(c, "POST /x HTTP/1.1\r\nHost: docker\r\n\r\n")
		ended(t, c)
		io.WriteString(c, "more")
		c.(interface{ CloseWrite() error }).CloseWrite()
		if got := <-read; got != "more" {
			t.Errorf("%s: the handler read %q", mode, got)
		}
	}
}

func TestInjectRefuses(t *testing.T) {
	t.Parallel()
	d := begin(t, &Options{Mode: modes.TLS}, time.Minute, nil)
	for _, test := range []struct {
		fault Fault
		want  string
	}{
		{DialFault{Times: -1}, "fakedaemon: Inject(fakedaemon.DialFault): Times is -1: use 0 or more"},
		{DialFault{Host: "tcp://x:1"}, fmt.Sprintf("fakedaemon: Inject(fakedaemon.DialFault): there is no listener %q: use one of %q", "tcp://x:1", d.Hosts())},
		{TLSFault{}, "fakedaemon: Inject(fakedaemon.TLSFault): 0 of Alert, Close and Certificate are set: set one"},
		{TLSFault{Alert: 40, Close: true}, "fakedaemon: Inject(fakedaemon.TLSFault): 2 of Alert, Close and Certificate are set: set one"},
		{HTTPFault{Status: 200}, "fakedaemon: Inject(fakedaemon.HTTPFault): Status is 200: use 400 to 599, or 0 for no answer"},
		{HTTPFault{Operation: "ContainersList"}, `fakedaemon: Inject(fakedaemon.HTTPFault): there is no operation "ContainersList" in the API description; the nearest is "ContainerList"`},
		{nil, "fakedaemon: Inject(<nil>): give a DialFault, TLSFault, SSHFault, HTTPFault or StreamFault, and no pointer to one"},
		{&HTTPFault{}, "fakedaemon: Inject(*fakedaemon.HTTPFault): give a DialFault, TLSFault, SSHFault, HTTPFault or StreamFault, and no pointer to one"},
		{StreamFault{After: -1}, "fakedaemon: Inject(fakedaemon.StreamFault): After is -1: use 0 or more"},
	} {
		var got error
		d.fail = func(err error) { got = err }
		d.Inject(test.fault)()
		if got == nil || got.Error() != test.want {
			t.Errorf("%+v: %v, want %s", test.fault, got, test.want)
		}
	}
	if got := ping(d); got != "200 OK" {
		t.Errorf("a refused fault happened: %s", got)
	}
}
