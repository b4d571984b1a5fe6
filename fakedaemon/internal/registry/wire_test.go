package registry

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// script is what a registry answers, by method and path with query: a status, headers as "Key: value", and behind an empty line the body.
// HOST stands for the registry. Whatever else is asked is answered with 418.
type script map[string]string

// play starts a registry. The requests to it get a line each, with their authorization and body.
func (s script) play(t *testing.T) (host string, asked func() []string) {
	t.Helper()
	var mu sync.Mutex
	var lines []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line := r.Method + " " + r.URL.RequestURI()
		answer, ok := s[line]
		if !ok {
			answer = "418"
		}
		head, body, _ := strings.Cut(answer, "\n\n")
		status, headers, _ := strings.Cut(head, "\n")
		sent, _ := io.ReadAll(r.Body)
		for _, more := range []string{r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(sent)} {
			if more != "" {
				line += " | " + more
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if lines = append(lines, line); len(lines) > 20 {
			status = "599" // who asks so often would never end
		}
		for header := range strings.Lines(headers) {
			key, value, _ := strings.Cut(strings.TrimSpace(header), ": ")
			w.Header().Add(key, strings.ReplaceAll(value, "HOST", r.Host))
		}
		var code int
		fmt.Sscan(status, &code)
		w.WriteHeader(code)
		io.WriteString(w, strings.ReplaceAll(body, "HOST", r.Host))
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), func() []string {
		mu.Lock()
		defer mu.Unlock()
		taken := lines
		lines = nil
		return taken
	}
}

// TestTags follows the pages of a long list, whatever the header Link says of them.
func TestTags(t *testing.T) {
	t.Parallel()
	const list = "GET /v2/a/bb/tags/list"
	for link, next := range map[string]string{
		`</v2/a/bb/tags/list?last=2&n=2>; rel="next"`:           list + "?last=2&n=2",
		`<list?last=2>;rel=next`:                                list + "?last=2",
		`<http://HOST/v2/a/bb/tags/list?last=2>; rel="next"`:    list + "?last=2",
		`</v2/a/bb/tags/list?last=%C3%A4>`:                      list + "?last=%C3%A4",
		`<list?last=x>`:                                         list + "?last=x",
		`/v2/a/bb/tags/list?last=2`:                             list + "?last=2",
		`</v2/a/bb/tags/list?last=2>; title="x"; rel="section"`: list + "?last=2",
	} {
		host, asked := script{"GET /v2/": "200", list: "200\nLink: " + link + "\n\n" + `{"tags":["1","2"]}`, next: "200\n\n" + `{"tags":["3"]}`}.play(t)
		tags, err := open(t, host).Tags(t.Context())
		if err != nil || !slices.Equal(tags, []string{"1", "2", "3"}) {
			t.Errorf("%s: %q, %v", link, tags, err)
		}
		if d := cmp.Diff([]string{"GET /v2/", list, next}, asked()); d != "" {
			t.Errorf("%s (-want +got)\n%s", link, d)
		}
	}
	for answer, want := range map[string]string{
		"200\nLink: <:>; rel=\"next\"\n\n{}": `parse ":": missing protocol scheme`,
		"200\n\n[":                           "unexpected EOF",
		"300\n\n{}":                          "received unexpected HTTP status: 300 Multiple Choices",
		"404\n\n" + `{"errors":[{"code":"NAME_UNKNOWN","message":"no"}]}`: "name unknown: no",
	} {
		host, _ := script{"GET /v2/": "200", list: answer}.play(t)
		if _, err := open(t, host).Tags(t.Context()); err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", answer, err, want)
		}
	}
}

// watched is the transport of a client that has to close every body.
type watched struct {
	http.RoundTripper
	open atomic.Int32
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(r)
	if err == nil {
		w.open.Add(1)
		resp.Body = &watchedBody{ReadCloser: resp.Body, transport: w}
	}
	return resp, err
}

type watchedBody struct {
	io.ReadCloser
	transport *watched
	once      sync.Once
}

func (b *watchedBody) Close() error {
	b.once.Do(func() { b.transport.open.Add(-1) })
	return b.ReadCloser.Close()
}

// watch returns a repository, of which the test checks at its end that it has closed every body.
func watch(t *testing.T, r *Repository) *Repository {
	t.Helper()
	w := &watched{RoundTripper: r.client.Transport}
	r.client.Transport = w
	t.Cleanup(func() {
		if n := w.open.Load(); n != 0 {
			t.Errorf("%d bodies are left open", n)
		}
	})
	return r
}

func open(t *testing.T, host string) *Repository {
	t.Helper()
	r := watch(t, newRepository(&url.URL{Scheme: "http", Host: host}, "a/bb", Auth{}, true))
	if err := r.ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestUploads: which requests push, and where a registry sends them.
func TestUploads(t *testing.T) {
	t.Parallel()
	const octets = " | application/octet-stream"
	uploads := script{
		"GET /v2/": "200",
		"POST /v2/a/bb/blobs/uploads/?from=other&mount=sha256%3Ahere": "201",
		"POST /v2/a/bb/blobs/uploads/?from=other&mount=sha256%3Agone": "202\nLocation: /up/1?x=y",
		"POST /v2/a/bb/blobs/uploads/?from=other&mount=sha256%3Abad":  "202\nLocation: :",
		"DELETE /up/1?x=y":                "204",
		"POST /v2/a/bb/blobs/uploads/":    "202\nLocation: http://HOST/up/2?s=1",
		"PATCH /up/2?s=1":                 "202\nLocation: /up/3?s=2",
		"PUT /up/3?digest=sha256%3Ad&s=2": "201",
		"PUT /v2/a/bb/manifests/1%2F2":    "201",
		"PUT /v2/a/bb/manifests/moved":    "300",
		"HEAD /v2/a/bb/blobs/sha256:d":    "200",
		"HEAD /v2/a/bb/blobs/sha256:no":   "202",
	}
	host, asked := uploads.play(t)
	r := open(t, host)
	if did, err := r.MountBlob(t.Context(), "sha256:here", "other"); !did || err != nil {
		t.Error(did, err)
	}
	if did, err := r.MountBlob(t.Context(), "sha256:gone", "other"); did || err != nil {
		t.Error(did, err)
	}
	if did, err := r.MountBlob(t.Context(), "sha256:bad", "other"); did || err == nil || err.Error() != `parse ":": missing protocol scheme` {
		t.Error(did, err)
	}
	if did, err := r.MountBlob(t.Context(), "sha256:x", "other"); did || err == nil || err.Error() != "unknown: unknown error" {
		t.Error(did, err)
	}
	if err := r.PutBlob(t.Context(), "sha256:d", []byte("data")); err != nil {
		t.Error(err)
	}
	if err := r.PutManifest(t.Context(), "1/2", "some/type", []byte("{}")); err != nil {
		t.Error(err)
	}
	if err := r.PutManifest(t.Context(), "moved", "some/type", nil); err == nil || err.Error() != "received unexpected HTTP status: 300 Multiple Choices" {
		t.Error(err)
	}
	for digest, want := range map[string]bool{"sha256:d": true, "sha256:no": false} {
		if has, err := r.HasBlob(t.Context(), digest); has != want || err != nil {
			t.Error(digest, has, err)
		}
	}
	want := []string{
		"GET /v2/",
		"POST /v2/a/bb/blobs/uploads/?from=other&mount=sha256%3Ahere",
		"POST /v2/a/bb/blobs/uploads/?from=other&mount=sha256%3Agone",
		"DELETE /up/1?x=y",
		"POST /v2/a/bb/blobs/uploads/?from=other&mount=sha256%3Abad",
		"POST /v2/a/bb/blobs/uploads/?from=other&mount=sha256%3Ax",
		"POST /v2/a/bb/blobs/uploads/",
		"PATCH /up/2?s=1" + octets + " | data",
		"PUT /up/3?digest=sha256%3Ad&s=2" + octets,
		"PUT /v2/a/bb/manifests/1%2F2 | some/type | {}",
		"PUT /v2/a/bb/manifests/moved | some/type",
	}
	got := slices.DeleteFunc(asked(), func(line string) bool { return strings.HasPrefix(line, "HEAD") })
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	// Without a new place the old one stays.
	host, asked = script{"GET /v2/": "200", "POST /v2/a/bb/blobs/uploads/": "202\nLocation: /up", "PATCH /up": "202", "PUT /up?digest=d": "201"}.play(t)
	if err := open(t, host).PutBlob(t.Context(), "d", nil); err != nil {
		t.Error(err, asked())
	}
	for _, broken := range []script{
		{"POST /v2/a/bb/blobs/uploads/": "202\nLocation: :"},
		{"POST /v2/a/bb/blobs/uploads/": "202\nLocation: /up", "PATCH /up": "202\nLocation: :"},
	} {
		broken["GET /v2/"] = "200"
		host, _ = broken.play(t)
		if err := open(t, host).PutBlob(t.Context(), "d", nil); err == nil || err.Error() != `parse ":": missing protocol scheme` {
			t.Error(err)
		}
	}
	c := watch(t, OpenContainerd(host, "a/bb", Auth{}, true))
	if err := c.PutBlob(t.Context(), "d", nil); err == nil || err.Error() != `parse ":": missing protocol scheme` {
		t.Error(err)
	}
	if err, want := c.PutManifest(t.Context(), "1", "x/y", nil), "unexpected status from PUT request to http://"+host+"/v2/a/bb/manifests/1: 418 I'm a teapot"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestResolve: what is behind a tag, from the headers of an answer or from the manifest itself.
func TestResolve(t *testing.T) {
	t.Parallel()
	manifest := `{"mediaType":"said/so"}`
	digest, missing := digest.FromString(manifest), digest.FromString("missing")
	host, asked := script{
		"GET /v2/":                                  "200",
		"HEAD /v2/a/bb/manifests/told":              "200\nDocker-Content-Digest: sha256:t\nContent-Type: m/t\nContent-Length: 7",
		"HEAD /v2/a/bb/manifests/untold":            "200",
		"GET /v2/a/bb/manifests/untold":             "200\nContent-Type: m/u\n\n" + manifest,
		"HEAD /v2/a/bb/manifests/moved":             "300\nDocker-Content-Digest: sha256:t",
		"GET /v2/a/bb/manifests/moved":              "300",
		"GET /v2/a/bb/manifests/" + digest.String(): "200\nContent-Type: m/u\n\n" + manifest,
		"GET /v2/a/bb/manifests/sha256:else":        "200\n\n{}",
	}.play(t)
	r, c := open(t, host), watch(t, OpenContainerd(host, "a/bb", Auth{}, false))
	for _, tt := range []struct {
		r    *Repository
		tag  string
		want string
	}{
		{r, "told", "{m/t sha256:t 7 <nil>} <nil>"},
		{c, "told", "{m/t sha256:t 7 <nil>} <nil>"},
		{r, "untold", fmt.Sprintf("{m/u %s %d <nil>} <nil>", digest, len(manifest))},
		{c, "untold", fmt.Sprintf("{m/u %s %d <nil>} <nil>", digest, len(manifest))},
		{r, "moved", "{  0 <nil>} received unexpected HTTP status: 300 Multiple Choices"},
		{c, "moved", "{  0 <nil>} unexpected status from HEAD request to http://" + host + "/v2/a/bb/manifests/moved: 300 Multiple Choices"},
		{r, "nosuch", "{  0 <nil>} unknown: unknown error"},
		{c, "nosuch", "{  0 <nil>} unexpected status from HEAD request to http://" + host + "/v2/a/bb/manifests/nosuch: 418 I'm a teapot"},
	} {
		d, err := tt.r.Resolve(t.Context(), tt.tag)
		if got := fmt.Sprintf("{%v %v %v %v} %v", d.MediaType, d.Digest, d.Size, d.Platform, err); got != tt.want {
			t.Errorf("containerd %t, %s: %s, want %s", tt.r.containerd, tt.tag, got, tt.want)
		}
	}
	asked()
	if data, mediaType, err := r.Manifest(t.Context(), ocispec.Descriptor{Digest: digest}); string(data) != manifest || mediaType != "said/so" || err != nil {
		t.Errorf("%q %q %v", data, mediaType, err)
	}
	if _, _, err := r.Manifest(t.Context(), ocispec.Descriptor{Digest: "sha256:else"}); err == nil || err.Error() != "manifest verification failed for digest sha256:else" {
		t.Error(err)
	}
	if _, _, err := c.Manifest(t.Context(), ocispec.Descriptor{Digest: "sha256:no"}); err == nil || err.Error() != "unexpected status from GET request to http://"+host+"/v2/a/bb/manifests/sha256:no: 418 I'm a teapot" {
		t.Error(err)
	}
	if _, err := r.Blob(t.Context(), ocispec.Descriptor{Digest: missing}); err == nil || err.Error() != "unknown: unknown error" {
		t.Error(err)
	}
}

// TestChallenges reads the headers of registries.
func TestChallenges(t *testing.T) {
	t.Parallel()
	h := http.Header{"Www-Authenticate": {`Bearer realm="https://a/b?c=d",service="s, t" , Scope=x,error = y`, "BASIC", "Other a", `x a="b`}}
	want := []challenge{
		{"bearer", map[string]string{"realm": "https://a/b?c=d", "service": "s, t", "scope": "x", "error": "y"}},
		{"basic", map[string]string{}},
		{"other", map[string]string{"a": ""}},
		{"x", map[string]string{"a": "b"}},
	}
	if d := cmp.Diff(want, parseChallenges(h), cmp.AllowUnexported(challenge{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestAuthorize: with what the two clients answer a registry that wants to know who asks, and what they say when they cannot.
func TestAuthorize(t *testing.T) {
	t.Parallel()
	bob, nameless, half := Auth{Username: "bob", Password: "pw"}, Auth{}, Auth{Username: "bob"}
	const basicBob, basicHalf = " | Basic Ym9iOnB3", " | Basic Ym9iOg=="
	token := func(query string) string { return "GET /token?" + query }
	const scoped = "scope=repository%3Aa%2Fbb%3Apull"
	mebibyte := strings.Repeat(" ", 1<<20)
	for _, tt := range []struct {
		challenge  string
		auth       Auth
		token      string // its answer
		containerd bool
		want       string   // the error
		asked      []string // after the first request, of tokens with their authorization, of blobs that alone
	}{
		{"Basic realm=x", bob, "", false, "", []string{basicBob}},
		{"Basic realm=x", bob, "", true, "", []string{basicBob}},
		{"Basic realm=x", half, "", false, "", []string{basicHalf}},
		{"Basic realm=x", half, "", true, "authorization failed: no basic auth credentials", nil},
		{"Basic realm=x", nameless, "", false, `Head "http://HOST/v2/a/bb/blobs/d": no basic auth credentials`, nil},
		{"Basic realm=x", Auth{RegistryToken: "rt"}, "", false, "", []string{" | Bearer rt"}},
		{"Negotiate", bob, "", false, "", []string{""}},
		{"Negotiate\nWWW-Authenticate: Basic realm=x", bob, "", false, "", []string{basicBob}},
		{`Bearer realm="http://HOST/token"`, nameless, `{"token":"t"}`, false, "", []string{token(scoped), " | Bearer t"}},
		{`Bearer realm="http://HOST/token?k=v",service="s"`, bob, `{"access_token":"at"}`, false, "", []string{token("account=bob&k=v&"+scoped+"&service=s") + basicBob, " | Bearer at"}},
		{`Bearer realm="http://HOST/token"`, nameless, `{"token":"t"}`, true, "", []string{token(scoped), " | Bearer t"}},
		{`Bearer realm="http://HOST/token"`, nameless, `{"token":"","access_token":""}`, false, `Head "http://HOST/v2/a/bb/blobs/d": authorization server did not include a token in the response`, []string{token(scoped)}},
		{`Bearer realm="http://HOST/token"`, nameless, `<`, false, `Head "http://HOST/v2/a/bb/blobs/d": unable to decode token response: invalid character '<' looking for beginning of value`, []string{token(scoped)}},
		{`Bearer realm="http://HOST/token"`, nameless, mebibyte + `{"token":"t"}`, true, "authorization failed: unable to decode token response: EOF", []string{token(scoped)}},
		{`Bearer realm="http://HOST/token"`, nameless, ``, true, "authorization failed: unknown: unknown error", []string{token(scoped)}},
		{`Bearer realm=":"`, nameless, ``, true, `authorization failed: invalid token auth challenge realm: parse ":": missing protocol scheme`, nil},
	} {
		s := script{"GET /v2/": "401\nWWW-Authenticate: " + tt.challenge, "HEAD /v2/a/bb/blobs/d": "200"}
		if tt.containerd {
			s["HEAD /v2/a/bb/blobs/d"] = s["GET /v2/"]
		}
		if tt.token != "" {
			for _, q := range []string{scoped, "account=bob&k=v&" + scoped + "&service=s"} {
				s[token(q)] = "200\n\n" + tt.token
			}
		}
		host, asked := s.play(t)
		r := OpenContainerd(host, "a/bb", tt.auth, false)
		if !tt.containerd {
			var err error
			if r, err = Open(t.Context(), host, "a/bb", tt.auth, false); err != nil {
				t.Fatal(err)
			}
		}
		_, err := watch(t, r).HasBlob(t.Context(), "d")
		if want := strings.ReplaceAll(tt.want, "HOST", host); (err != nil || want != "") && (err == nil || err.Error() != want) {
			t.Errorf("%s, containerd %t: error %v, want %s", tt.challenge, tt.containerd, err, want)
		}
		if err != nil && NoCredentials(err) != strings.Contains(tt.want, "no basic auth") {
			t.Errorf("NoCredentials of %v is %t", err, NoCredentials(err))
		}
		var got []string
		for _, line := range asked()[1:] {
			got = append(got, strings.TrimPrefix(line, "HEAD /v2/a/bb/blobs/d"))
		}
		if d := cmp.Diff(tt.asked, got); d != "" {
			t.Errorf("%s, containerd %t (-want +got)\n%s", tt.challenge, tt.containerd, d)
		}
	}
}

// TestLogin: what a registry says of a client.
func TestLogin(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"200": "",
		"404": "login attempt to http://HOST/v2/ failed with status: 404 Not Found",
		"401": "login attempt to http://HOST/v2/ failed with status: 401 Unauthorized",
	} {
		host, _ := script{"GET /v2/": answer}.play(t)
		err := Login(t.Context(), host, Auth{})
		if want := strings.ReplaceAll(want, "HOST", host); (err != nil || want != "") && (err == nil || err.Error() != want) {
			t.Errorf("%s: error %v, want %s", answer, err, want)
		}
	}
}

// TestDownloadAndSearch: GET of a file and of an index.
func TestDownloadAndSearch(t *testing.T) {
	t.Parallel()
	host, _ := script{"GET /f": "200\n\nfile", "GET /redirect": "399\n\nodd", "GET /v1/search?q=a": "200\n\n[]", "GET /v1/search?q=b": "201"}.play(t)
	for path, want := range map[string]string{"/f": "file <nil>", "/redirect": "odd <nil>", "/no": " failed to GET http://HOST/no with status 418 I'm a teapot: "} {
		b, err := Download(t.Context(), "http://"+host+path)
		if got := fmt.Sprintf("%s %v", b, err); got != strings.ReplaceAll(want, "HOST", host) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	for _, tt := range []struct{ domain, query, want string }{
		{host, "q=a", "[] <nil>"},
		{host, "q=b", " Unexpected status code 201"},
		{"192.0.2.1:5000", "q=a", ` Get "https://192.0.2.1:5000/v1/search?q=a": dial tcp 192.0.2.1:5000: connect: network is unreachable`},
		{"index.docker.io", "q=a", ` Get "https://index.docker.io/v1/search?q=a": dial tcp: lookup index.docker.io on 10.255.255.53:53: dial udp 10.255.255.53:53: connect: network is unreachable`},
	} {
		b, err := Search(t.Context(), tt.domain, tt.query)
		if got := fmt.Sprintf("%s %v", b, err); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.domain, got, tt.want)
		}
	}
	for domain, want := range map[string]string{"docker.io": "lookup registry-1.docker.io on", "index.docker.io": "lookup registry-1.docker.io on", "quay.io": "lookup quay.io on"} {
		if _, err := Open(context.Background(), domain, "a", Auth{}, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", domain, err)
		}
	}
	for host, want := range map[string]bool{"localhost": true, "localhost:1": true, "127.9.9.9:1": true, "[::1]:1": true, "[::1]": true, "::1": true, "10.0.0.1": false, "localhost.x": false, "": false} {
		if Loopback(host) != want {
			t.Errorf("Loopback(%q) is %t", host, !want)
		}
	}
}

// body notes that it is closed.
type body struct {
	io.Reader
	closed bool
}

func (b *body) Close() error {
	b.closed = true
	return nil
}

// TestDrain: an answer that nobody reads gives its connection back, unless it is long.
func TestDrain(t *testing.T) {
	t.Parallel()
	text := strings.NewReader(strings.Repeat("x", 64<<10+1))
	b := &body{Reader: text}
	if drain(&http.Response{Body: b}); !b.closed || text.Len() != 1 {
		t.Errorf("closed %t, %d bytes are left", b.closed, text.Len())
	}
}
