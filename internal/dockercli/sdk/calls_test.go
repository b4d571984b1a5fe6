package sdk

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/registry"
)

// caller calls the methods of a client by name, so that those it has called can be held against those there are.
type caller struct {
	t      *testing.T
	client reflect.Value
	called map[string]bool
	// notServed are the methods whose operation the fake does not have, with what their error says. It is not changed.
	notServed map[string]string
}

func newCaller(t *testing.T, client any, notServed map[string]string) *caller {
	return &caller{t: t, client: reflect.ValueOf(client), called: map[string]bool{}, notServed: notServed}
}

// try calls a method, with a context first where it takes one, with args, and with zero values for the parameters for which
// there are none; what is variadic is left out. A stream that comes back is read and becomes a string. The error is not among the results.
func (c *caller) try(method string, args ...any) ([]any, error) {
	c.t.Helper()
	c.called[method] = true
	m := c.client.MethodByName(method)
	if !m.IsValid() {
		c.t.Fatalf("there is no method %s", method)
	}
	var in []reflect.Value
	parameters := m.Type().NumIn()
	if m.Type().IsVariadic() {
		parameters--
	}
	for i := range parameters {
		p := m.Type().In(i)
		switch {
		case i == 0 && p == reflect.TypeFor[context.Context]():
			in = append(in, reflect.ValueOf(c.t.Context()))
		case len(args) == 0 || args[0] == nil:
			in = append(in, reflect.Zero(p))
			args = args[min(1, len(args)):]
		default:
			v := reflect.ValueOf(args[0])
			if !v.CanConvert(p) {
				c.t.Fatalf("%s: parameter %d is a %s, not a %s", method, i, p, v.Type())
			}
			in, args = append(in, v.Convert(p)), args[1:]
		}
	}
	var out []any
	var err error
	for _, v := range m.Call(in) {
		switch v := v.Interface().(type) {
		case error:
			err = v
		case nil:
		default:
			out = append(out, v)
		}
	}
	if err != nil {
		return nil, err
	}
	for i, v := range out {
		s, ok := v.(io.ReadCloser)
		if !ok {
			if s, ok = body(reflect.ValueOf(v)); !ok {
				continue
			}
		}
		b, err := io.ReadAll(s)
		if err != nil {
			c.t.Errorf("%s: reading its answer: %v", method, err)
		}
		s.Close()
		out[i] = string(b)
	}
	return out, nil
}

// body is the stream in the field Body of a struct.
func body(v reflect.Value) (io.ReadCloser, bool) {
	if v.Kind() != reflect.Struct || !v.FieldByName("Body").IsValid() {
		return nil, false
	}
	s, ok := v.FieldByName("Body").Interface().(io.ReadCloser)
	return s, ok
}

// call is try of a call that must be answered, or refused with 501 as long as the fake does not have the operation.
func (c *caller) call(method string, args ...any) []any {
	c.t.Helper()
	out, err := c.try(method, args...)
	if why, ok := c.notServed[method]; ok {
		switch {
		case err == nil:
			c.t.Errorf("%s is served now: take it off the list and compare what it says", method)
		case !strings.Contains(err.Error(), why):
			c.t.Errorf("%s: %v, want the reason %q", method, err, why)
		}
		return nil
	}
	if err != nil {
		c.t.Errorf("%s: %v", method, err)
		return nil
	}
	return out
}

// fails calls a method that must be refused with exactly this text.
func (c *caller) fails(text, method string, args ...any) {
	c.t.Helper()
	_, err := c.try(method, args...)
	if err == nil {
		err = errors.New("no error")
	}
	if diff := cmp.Diff(text, err.Error()); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", method, diff)
	}
}

// get is call and its result of type T, the zero value after a failure.
func get[T any](c *caller, method string, args ...any) T {
	c.t.Helper()
	for _, v := range c.call(method, args...) {
		if v, ok := v.(T); ok {
			return v
		}
	}
	var zero T
	if _, ok := c.notServed[method]; !ok && !c.t.Failed() {
		c.t.Errorf("%s has no result of type %T", method, zero)
	}
	return zero
}

// same compares what a method gave.
func (c *caller) same(what string, want, got any) {
	c.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// finish names the methods that were not called.
func (c *caller) finish() {
	c.t.Helper()
	var missed []string
	for i := range c.client.Type().NumMethod() {
		if name := c.client.Type().Method(i).Name; !c.called[name] {
			missed = append(missed, name)
		}
	}
	if len(missed) > 0 {
		c.t.Errorf("methods that were not called: %s", strings.Join(missed, ", "))
	}
	for name := range c.notServed {
		if !c.called[name] {
			c.t.Errorf("%s is listed as not served and was not called", name)
		}
	}
}

// testRegistry is an empty registry on loopback, which also finds one image by search.
func testRegistry(t *testing.T) (host string) {
	t.Helper()
	images := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/_ping":
			w.Header().Set("X-Docker-Registry-Version", "0.6.0")
		case "/v1/search":
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"num_results":1,"query":"app","results":[{"name":"app","description":"An app.","star_count":7,"is_official":true}]}`)
		default:
			images.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// names applies f to every element and sorts what it gives.
func names[T any](all []T, f func(T) string) []string {
	out := []string{}
	for _, one := range all {
		out = append(out, f(one))
	}
	slices.Sort(out)
	return out
}

// dockerfile is an archive with a Dockerfile.
func dockerfile(t *testing.T, text string) io.Reader {
	t.Helper()
	b := new(bytes.Buffer)
	w := tar.NewWriter(b)
	if err := w.WriteHeader(&tar.Header{Name: "Dockerfile", Mode: 0o600, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b
}

// fileOf is what a file of an archive holds.
func fileOf(t *testing.T, archive, name string) string {
	t.Helper()
	r := tar.NewReader(strings.NewReader(archive))
	for {
		header, err := r.Next()
		if err != nil {
			t.Errorf("%s of an archive: %v", name, err)
			return ""
		}
		if header.Name == name {
			b, err := io.ReadAll(r)
			if err != nil {
				t.Error(err)
			}
			return string(b)
		}
	}
}

// readyFrame is a line of output, as it is sent.
const readyFrame = "\x01\x00\x00\x00\x00\x00\x00\x06ready\n"

// emptyTar is an archive of nothing.
var emptyTar = string(make([]byte, 1024))

// noPlugins is what the fake says of operations that it does not have.
const noPlugins = "is not imitated by fakedockerd: there are no plugins"

// Refusals of the daemon, as the clients show them.
const (
	experimental = "Error response from daemon: This experimental feature is disabled by default. " +
		"Start the Docker daemon in experimental mode in order to enable it."
	inSwarm = `Error response from daemon: This node is already part of a swarm. ` +
		`Use "docker swarm leave" to leave this swarm and join another one.`
	managerStays = "Error response from daemon: rpc error: code = FailedPrecondition desc = node %s is a cluster manager " +
		"and is a member of the raft cluster. It must be demoted to worker before removal"
)
