package openapi

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// TestAnswers drives every operation that is served to every status that it can answer, and holds the answers against the
// description. What dockerd itself does otherwise is in deviations_test.go, row by row.
func TestAnswers(t *testing.T) {
	t.Parallel()
	operations := described(t)
	d := fakedaemon.Start(t, nil)
	d.AddImage(fakedaemon.Image{Tags: []string{"app:1"}, Cmd: []string{"serve"}, Expose: []string{"80/tcp"}})
	d.SetProgram("watch", fakedaemon.Program{Runs: true})
	run := &run{
		t: t, d: d,
		values:   map[string]string{"registry": testRegistry(t), "locked": lockedRegistry(t), "nobody": nobody(t)},
		archives: map[string]string{"context": dockerfile(t, "FROM app:1\nENV A=B\n"), "bad": dockerfile(t, "FROM app:1\nNONE\n")},
	}
	seen := map[string]map[int]bool{}
	deviates := map[problem]bool{}
	for line := range strings.Lines(steps) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, status, body := run.step(line)
		if seen[id] == nil {
			seen[id] = map[int]bool{}
		}
		seen[id][status] = true
		o := operations[id]
		switch {
		case o == nil:
			t.Errorf("%s: %q is no operation of the description", line, id)
		case status == http.StatusNotImplemented:
			if !slices.Contains(notServed, id) {
				t.Errorf("%s is not served and not on the list of those", id)
			}
		default:
			for _, p := range check(id, o, status, body) {
				deviates[p] = true
			}
		}
	}
	for p := range deviates {
		if !listed(p) {
			t.Errorf("not as described: %s", p)
		}
	}
	for id, o := range operations {
		if slices.Contains(notServed, id) {
			if !seen[id][http.StatusNotImplemented] {
				t.Errorf("%s is served now: take it off the list and give it steps", id)
			}
			continue
		}
		for code := range o.Responses.Map() {
			status, err := strconv.Atoi(code)
			if err != nil {
				t.Fatal(err)
			}
			if why := notProvoked[id][status]; !seen[id][status] && why == "" && status != 500 {
				t.Errorf("no step answers %s with %d", id, status)
			} else if seen[id][status] && why != "" {
				t.Errorf("%s %d is provoked: take it off the list", id, status)
			}
		}
	}
	for id, pointers := range nulls {
		for _, pointer := range pointers {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(deviates)), func(p problem) bool { return p.Operation == id && p.Pointer == pointer }) {
				t.Errorf("%s %s is not null: take it off the list", id, pointer)
			}
		}
	}
	for _, p := range others {
		if !deviates[p] {
			t.Errorf("it is as described: take it off the list: %s", p)
		}
	}
	for id, statuses := range undescribed {
		for status := range statuses {
			if !seen[id][status] {
				t.Errorf("no step answers %s with %d, which is listed", id, status)
			}
		}
	}
}

// listed reports whether a problem is dockerd's own.
func listed(p problem) bool {
	switch p.Text {
	case notNullable:
		return slices.Contains(nulls[p.Operation], p.Pointer)
	case notDescribed:
		return undescribed[p.Operation][p.Status] != ""
	}
	return slices.Contains(others, p)
}

type run struct {
	t        *testing.T
	d        *fakedaemon.Daemon
	values   map[string]string
	archives map[string]string
}

// step sends the request of a line, and returns the operation that the daemon took it for.
func (r *run) step(line string) (operation string, status int, body []byte) {
	r.t.Helper()
	line, name, _ := strings.Cut(line, " -> ")
	for key, value := range r.values {
		line = strings.ReplaceAll(line, "{"+key+"}", value)
	}
	words := strings.SplitN(line, " ", 4)
	want, err := strconv.Atoi(words[0])
	if err != nil || len(words) < 3 {
		r.t.Fatalf("%s: %v", line, err)
	}
	words = append(words, "")
	path, query, _ := strings.Cut(words[2], "?")
	request, err := http.NewRequestWithContext(r.t.Context(), words[1], "http://docker/v1.51"+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	request.URL.RawQuery = strings.NewReplacer(`"`, "%22", "{", "%7B", "}", "%7D").Replace(query)
	request.Header.Set("X-Registry-Auth", base64.URLEncoding.EncodeToString([]byte(`{"username":"bob","password":"bad"}`)))
	if want == http.StatusSwitchingProtocols {
		request.Header.Set("Connection", "Upgrade")
		request.Header.Set("Upgrade", "tcp")
		if strings.HasSuffix(path, "/ws") {
			request.Header.Set("Upgrade", "websocket")
			request.Header.Set("Sec-WebSocket-Version", "13")
			request.Header.Set("Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg==")
		}
	}
	if given := words[3]; given != "" {
		request.Header.Set("Content-Type", "application/json")
		if archive, ok := strings.CutPrefix(given, "@"); ok {
			request.Header.Set("Content-Type", "application/x-tar")
			given = r.archives[archive]
		}
		request.Body, request.ContentLength = io.NopCloser(strings.NewReader(given)), int64(len(given))
	}
	response, err := r.d.HTTPClient().Do(request)
	if err != nil {
		r.t.Fatalf("%s: %v", line, err)
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil {
		r.t.Fatalf("%s: %v", line, err)
	}
	if response.StatusCode != want {
		r.t.Errorf("%s: %d %s", line, response.StatusCode, body)
	}
	if name != "" {
		r.keep(name, response.Header.Get("Content-Type"), body)
	}
	requests := r.d.Requests()
	return requests[len(requests)-1].Operation, response.StatusCode, body
}

// keep remembers an archive, or the ID and the version of an object.
func (r *run) keep(name, contentType string, body []byte) {
	if contentType == "application/x-tar" {
		r.archives[name] = string(body)
		return
	}
	type known struct {
		ID      string
		Version struct{ Index uint64 }
	}
	var object known
	var list []known
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		object = list[0]
	} else if json.Unmarshal(body, &object.ID) != nil && json.Unmarshal(body, &object) != nil {
		r.t.Errorf("%s: %s", name, body)
	}
	r.values[name], r.values[name+".version"] = object.ID, strconv.FormatUint(object.Version.Index, 10)
}

// dockerfile is an archive with a Dockerfile.
func dockerfile(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "Dockerfile", Mode: 0o600, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
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

// lockedRegistry refuses everybody.
func lockedRegistry(t *testing.T) (host string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="Registry Realm"`)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}`)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// nobody is an address on loopback where nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
