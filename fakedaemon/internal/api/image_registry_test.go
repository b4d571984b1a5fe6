package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// testRegistry serves an empty registry on loopback without TLS, and returns its host. With a password, it wants that of
// the user bob.
func testRegistry(t *testing.T, password string) string {
	t.Helper()
	h := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, given, _ := r.BasicAuth(); password != "" && (user != "bob" || given != password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="Registry Realm"`)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}`)
			return
		}
		h.ServeHTTP(w, r)
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

// TestSystemAuth has flow 13-pull-push-login and what Go's client says of other addresses.
func TestSystemAuth(t *testing.T) {
	t.Parallel()
	h := New(Config{})
	locked, closed := testRegistry(t, "secret"), nobody(t)
	const succeeded = `{"IdentityToken":"","Status":"Login Succeeded"}` + "\n"
	for _, tt := range []struct{ body, want string }{
		{`{"username":"bob","password":"secret","serveraddress":"LOCKED"}`, succeeded},
		{`{"username":"bob","password":"secret","serveraddress":"http://LOCKED"}`, succeeded},
		{`{"username":"bob","password":"secret","serveraddress":"https://LOCKED/v2/"}`, succeeded},
		{`{"username":"bob","password":"bad","serveraddress":"LOCKED"}`, "login attempt to http://LOCKED/v2/ failed with status: 401 Unauthorized"},
		{`{"serveraddress":"LOCKED"}`, `Get "http://LOCKED/v2/": no basic auth credentials`},
		{`{"serveraddress":"CLOSED"}`, `Get "http://CLOSED/v2/": dial tcp CLOSED: connect: connection refused`},
		{`{"serveraddress":"10.1.2.3"}`, `Get "https://10.1.2.3/v2/": dial tcp 10.1.2.3:443: connect: network is unreachable`},
		{`{}`, `Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.255.255.53:53: dial udp 10.255.255.53:53: connect: network is unreachable`},
		{`{"serveraddress":"https://index.docker.io/v1/"}`, `Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.255.255.53:53: dial udp 10.255.255.53:53: connect: network is unreachable`},
		{`{bad`, "invalid character 'b' looking for beginning of object key string"},
		{``, "EOF"},
	} {
		fill := strings.NewReplacer("LOCKED", locked, "CLOSED", closed)
		want, wantStatus := tt.want, http.StatusOK
		if want != succeeded {
			want, wantStatus = message(fill.Replace(tt.want)), http.StatusInternalServerError
		}
		if status, body := do(t, h, http.MethodPost, "/auth", fill.Replace(tt.body)); status != wantStatus || body != want {
			t.Errorf("%s: %d %s, want %s", tt.body, status, body, want)
		}
	}
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/token"`)
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"details":"incorrect username or password"}`)
	}))
	defer tokens.Close()
	host := strings.TrimPrefix(tokens.URL, "http://")
	if status, body := do(t, h, http.MethodPost, "/auth", `{"username":"bob","password":"bad","serveraddress":"`+host+`"}`); status != 401 || body != message(`Get "http://`+host+`/v2/": unauthorized: incorrect username or password`) {
		t.Errorf("tokens: %d %s", status, body)
	}
	if status, body := do(t, h, http.MethodPost, "/auth", `{"serveraddress":"a b"}`); status != 400 {
		t.Errorf("bad address: %d %s", status, body)
	}
	if _, body := do(t, New(Config{Engine: engineByName(t, "29")}), http.MethodPost, "/auth", `{"username":"bob","password":"secret","serveraddress":"`+locked+`"}`); body != `{"Status":"Login Succeeded"}`+"\n" {
		t.Errorf("engine 29: %s", body)
	}
}

// TestPushMadeLayer: a registry gets a layer that was made here compressed, whenever that is done, and its manifest says so.
func TestPushMadeLayer(t *testing.T) {
	t.Parallel()
	for name, mediaType := range map[string]string{
		"20.10": "application/vnd.docker.image.rootfs.diff.tar.gzip",
		"28":    "application/vnd.docker.image.rootfs.diff.tar.gzip",
		"29":    "application/vnd.oci.image.layer.v1.tar+gzip",
	} {
		h, host := New(Config{State: newStateOf(engineByName(t, name), clock, nil), Engine: engineByName(t, name)}), testRegistry(t, "")
		tar := contextOf(t, "file", "content")
		if _, body := send(t, h, "/images/create?fromSrc=-&repo="+host+"/made&tag=1", "application/x-tar", tar); strings.Contains(body, "error") {
			t.Fatal(body)
		}
		for range 2 {
			if got := lines(t, h, "/images/"+host+"/made/push?tag=1", ""); strings.Contains(got, "error") {
				t.Fatal(got)
			}
		}
		fetch := func(path string) []byte {
			resp := must[*http.Response](t)(http.Get("http://" + host + "/v2/made/" + path))
			defer resp.Body.Close()
			return must[[]byte](t)(io.ReadAll(resp.Body))
		}
		var m ocispec.Manifest
		if err := json.Unmarshal(fetch("manifests/1"), &m); err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		z.Write(tar)
		z.Close()
		want := []ocispec.Descriptor{{MediaType: mediaType, Digest: digest.FromBytes(packed.Bytes()), Size: int64(packed.Len())}}
		if d := cmp.Diff(want, m.Layers); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
			continue
		}
		if d := cmp.Diff(packed.Bytes(), fetch("blobs/"+want[0].Digest.String())); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}

// TestPullShortDigest: what a registry names with too few digits is not there, and ends nobody.
func TestPullShortDigest(t *testing.T) {
	t.Parallel()
	const config = `{"rootfs":{"type":"layers","diff_ids":["sha256:ab"]}}`
	manifest := `{"schemaVersion":2,"mediaType":"` + ocispec.MediaTypeImageManifest + `","config":{"mediaType":"` + ocispec.MediaTypeImageConfig +
		`","digest":"` + digest.FromString(config).String() + `"},"layers":[{"digest":"sha256:ab"}]}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v2/":
		case strings.Contains(r.URL.Path, "/manifests/"):
			w.Header().Set("Content-Type", ocispec.MediaTypeImageManifest)
			io.WriteString(w, manifest)
		case strings.HasSuffix(r.URL.Path, digest.FromString(config).String()):
			io.WriteString(w, config)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	for name, want := range map[string]string{
		"20.10": "invalid digest format",
		"28":    "invalid digest format",
		"29":    "unexpected status from GET request to http://" + host + "/v2/app/blobs/sha256:ab: 404 Not Found",
	} {
		e := engineByName(t, name)
		got := lines(t, New(Config{State: newStateOf(e, clock, nil), Engine: e}), "/images/create?fromImage="+host+"/app&tag=1", "")
		if !strings.Contains(got, `"id":"ab"`) || !strings.Contains(got, `"error":"`+want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
