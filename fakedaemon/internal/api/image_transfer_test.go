package api

import (
	"encoding/base64"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/registry"

	imagetypes "github.com/docker/docker/api/types/image"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

var (
	aDigest = regexp.MustCompile(`sha256:[0-9a-f]{64}`)
	aShort  = regexp.MustCompile(`"[0-9a-f]{12}"`)
	aSize   = regexp.MustCompile(`(size: |"Size":|"current":|"total":)\d+`)
	aBar    = regexp.MustCompile(`,"progress":"[^"]*"`)
)

// lines sends a POST with credentials, "user:password" or none, and returns what comes back without digests and sizes.
func lines(t *testing.T, h http.Handler, target, credentials string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(""))
	if user, password, ok := strings.Cut(credentials, ":"); ok {
		r.Header.Set("X-Registry-Auth", base64.URLEncoding.EncodeToString([]byte(`{"username":"`+user+`","password":"`+password+`"}`)))
	} else {
		r.Header.Set("X-Registry-Auth", "e30=")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(body), "\r\n", "\n")
	text = aDigest.ReplaceAllString(text, "DIGEST")
	text = aShort.ReplaceAllString(text, `"ID"`)
	text = aBar.ReplaceAllString(text, "")
	return http.StatusText(w.Code) + "\n" + aSize.ReplaceAllString(text, "${1}N")
}

// transfers are pushes and pulls in order, with what the three engines answered (13-pull-push-login of the recordings;
// steps whose pull ran in the recording of a container too are taken from 13#20). OPEN, LOCKED and CLOSED are registries.
var transfers = []struct {
	step, target, credentials string
	graph, store              string
}{
	{"1", "/images/create?fromImage=CLOSED/foo&tag=1", "",
		`Internal Server Error
{"message":"Get \"http://CLOSED/v2/\": dial tcp CLOSED: connect: connection refused"}
`, `Internal Server Error
{"message":"failed to resolve reference \"CLOSED/foo:1\": failed to do request: Head \"https://CLOSED/v2/foo/manifests/1\": dial tcp CLOSED: connect: connection refused"}
`},
	{"03#20", "/images/create?fromImage=docker.io/library/nosuchimage&tag=1", "",
		`Internal Server Error
{"message":"Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io on 10.255.255.53:53: dial udp 10.255.255.53:53: connect: network is unreachable"}
`, `Internal Server Error
{"message":"failed to resolve reference \"docker.io/library/nosuchimage:1\": failed to do request: Head \"https://registry-1.docker.io/v2/library/nosuchimage/manifests/1\": dial tcp: lookup registry-1.docker.io on 10.255.255.53:53: dial udp 10.255.255.53:53: connect: network is unreachable"}
`},
	{"6", "/images/OPEN/bb/push?tag=1", "",
		`OK
{"status":"The push refers to repository [OPEN/bb]"}
{"status":"Preparing","progressDetail":{},"id":"ID"}
{"status":"Pushing","progressDetail":{"current":N,"total":N},"id":"ID"}
{"status":"Pushing","progressDetail":{"current":N,"total":N},"id":"ID"}
{"status":"Pushed","progressDetail":{},"id":"ID"}
{"status":"1: digest: DIGEST size: N"}
{"progressDetail":{},"aux":{"Tag":"1","Digest":"DIGEST","Size":N}}
`, `OK
{"status":"The push refers to repository [OPEN/bb]"}
{"status":"Pushed","progressDetail":{},"id":"ID"}
{"status":"1: digest: DIGEST size: N"}
`},
	{"7", "/images/OPEN/bb/push?tag=1", "",
		`OK
{"status":"The push refers to repository [OPEN/bb]"}
{"status":"Preparing","progressDetail":{},"id":"ID"}
{"status":"Layer already exists","progressDetail":{},"id":"ID"}
{"status":"1: digest: DIGEST size: N"}
{"progressDetail":{},"aux":{"Tag":"1","Digest":"DIGEST","Size":N}}
`, `OK
{"status":"The push refers to repository [OPEN/bb]"}
{"status":"Layer already exists","progressDetail":{},"id":"ID"}
{"status":"1: digest: DIGEST size: N"}
`},
	{"no such tag", "/images/OPEN/bb/push?tag=2", "",
		`OK
{"status":"The push refers to repository [OPEN/bb]"}
{"errorDetail":{"message":"tag does not exist: OPEN/bb:2"},"error":"tag does not exist: OPEN/bb:2"}
`, `OK
{"status":"The push refers to repository [OPEN/bb]"}
{"error":"tag does not exist: OPEN/bb:2","errorDetail":{"message":"tag does not exist: OPEN/bb:2"}}
`},
	{"37", "/images/CLOSED/nope/push", "",
		`OK
{"status":"The push refers to repository [CLOSED/nope]"}
{"errorDetail":{"message":"An image does not exist locally with the tag: CLOSED/nope"},"error":"An image does not exist locally with the tag: CLOSED/nope"}
`, `OK
{"status":"The push refers to repository [CLOSED/nope]"}
{"error":"An image does not exist locally with the tag: CLOSED/nope","errorDetail":{"message":"An image does not exist locally with the tag: CLOSED/nope"}}
`},
	{"13", "/images/create?fromImage=OPEN/bb&tag=1", "",
		`OK
{"status":"Pulling from bb","id":"1"}
{"status":"Digest: DIGEST"}
{"status":"Status: Image is up to date for OPEN/bb:1"}
`, `OK
{"status":"Pulling from bb","id":"1"}
{"status":"Digest: DIGEST"}
{"status":"Status: Image is up to date for OPEN/bb:1"}
`},
	{"14", "/images/create?fromImage=OPEN/bb", "",
		`OK
{"status":"Pulling from bb","id":"1"}
{"status":"Digest: DIGEST"}
{"status":"Status: Image is up to date for OPEN/bb"}
`, `OK
{"status":"Pulling from bb","id":"1"}
{"status":"Digest: DIGEST"}
{"status":"Status: Image is up to date for OPEN/bb:1"}
`},
	{"15", "/images/create?fromImage=OPEN/bb&tag=nosuchtag", "",
		`Not Found
{"message":"manifest for OPEN/bb:nosuchtag not found: manifest unknown: Unknown manifest"}
`, `Not Found
{"message":"failed to resolve reference \"OPEN/bb:nosuchtag\": OPEN/bb:nosuchtag: not found"}
`},
	{"18", "/images/create?fromImage=OPEN/bb&tag=sha256:0000000000000000000000000000000000000000000000000000000000000000", "",
		`Not Found
{"message":"manifest for OPEN/bb@DIGEST not found: manifest unknown: Unknown manifest"}
`, `Not Found
{"message":"failed to resolve reference \"OPEN/bb@DIGEST\": OPEN/bb@DIGEST: not found"}
`},
	{"32", "/images/LOCKED/bb/push?tag=1", "",
		`OK
{"status":"The push refers to repository [LOCKED/bb]"}
{"status":"Preparing","progressDetail":{},"id":"ID"}
{"errorDetail":{"message":"no basic auth credentials"},"error":"no basic auth credentials"}
`, `OK
{"status":"The push refers to repository [LOCKED/bb]"}
{"status":"Waiting","progressDetail":{},"id":"ID"}
{"error":"push access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials","errorDetail":{"message":"push access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"}}
`},
	{"28", "/images/LOCKED/bb/push?tag=1", "bob:secret",
		`OK
{"status":"The push refers to repository [LOCKED/bb]"}
{"status":"Preparing","progressDetail":{},"id":"ID"}
{"status":"Pushing","progressDetail":{"current":N,"total":N},"id":"ID"}
{"status":"Pushing","progressDetail":{"current":N,"total":N},"id":"ID"}
{"status":"Pushed","progressDetail":{},"id":"ID"}
{"status":"1: digest: DIGEST size: N"}
{"progressDetail":{},"aux":{"Tag":"1","Digest":"DIGEST","Size":N}}
`, `OK
{"status":"The push refers to repository [LOCKED/bb]"}
{"status":"Pushed","progressDetail":{},"id":"ID"}
{"status":"1: digest: DIGEST size: N"}
`},
	{"31", "/images/create?fromImage=LOCKED/bb&tag=1", "",
		`Internal Server Error
{"message":"Head \"http://LOCKED/v2/bb/manifests/1\": no basic auth credentials"}
`, `Internal Server Error
{"message":"failed to resolve reference \"LOCKED/bb:1\": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"}
`},
	{"29", "/images/create?fromImage=LOCKED/bb&tag=1", "bob:secret",
		`OK
{"status":"Pulling from bb","id":"1"}
{"status":"Digest: DIGEST"}
{"status":"Status: Image is up to date for LOCKED/bb:1"}
`, `OK
{"status":"Pulling from bb","id":"1"}
{"status":"Digest: DIGEST"}
{"status":"Status: Image is up to date for LOCKED/bb:1"}
`},
	{"remove all", "DELETE", "", "", ""},
	{"20", "/images/create?fromImage=OPEN/bb&tag=1", "",
		`OK
{"status":"Pulling from bb","id":"1"}
{"status":"Pulling fs layer","progressDetail":{},"id":"ID"}
{"status":"Verifying Checksum","progressDetail":{},"id":"ID"}
{"status":"Download complete","progressDetail":{},"id":"ID"}
{"status":"Extracting","progressDetail":{"current":N,"total":N},"id":"ID"}
{"status":"Extracting","progressDetail":{"current":N,"total":N},"id":"ID"}
{"status":"Pull complete","progressDetail":{},"id":"ID"}
{"status":"Digest: DIGEST"}
{"status":"Status: Downloaded newer image for OPEN/bb:1"}
`, `OK
{"status":"Pulling from bb","id":"1"}
{"status":"Pulling fs layer","progressDetail":{},"id":"ID"}
{"status":"Download complete","progressDetail":{"hidecounts":true},"id":"ID"}
{"status":"Pull complete","progressDetail":{"hidecounts":true},"id":"ID"}
{"status":"Digest: DIGEST"}
{"status":"Status: Downloaded newer image for OPEN/bb:1"}
`},
	{"a second repository", "/images/create?fromImage=LOCKED/bb&tag=1", "bob:secret",
		`OK
{"status":"Pulling from bb","id":"1"}
{"status":"Digest: DIGEST"}
{"status":"Status: Downloaded newer image for LOCKED/bb:1"}
`, `OK
{"status":"Pulling from bb","id":"1"}
{"status":"Digest: DIGEST"}
{"status":"Status: Downloaded newer image for LOCKED/bb:1"}
`},
	{"17", "/images/create?fromImage=OPEN/bb&tag=1&platform=linux/arm64", "",
		`OK
{"status":"Pulling from bb","id":"1"}
{"status":"Digest: DIGEST"}
{"status":"Status: Image is up to date for OPEN/bb:1"}
{"status":"WARNING: image with reference OPEN/bb:1 was found but its platform (linux/amd64) does not match the specified platform (linux/arm64)"}
`, `OK
{"status":"Pulling from bb","id":"1"}
{"status":"Digest: DIGEST"}
{"status":"Status: Image is up to date for OPEN/bb:1"}
`},
}

func TestTransfers(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"20.10", "28", "29"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open, locked := testRegistry(t, ""), testRegistry(t, "secret")
			fill := strings.NewReplacer("OPEN", open, "LOCKED", locked, "CLOSED", nobody(t))
			e := engineByName(t, name)
			st := newStateOf(e, clock, []byte("test"))
			h := New(Config{State: st, Engine: e, Clock: clock})
			pushed := must[state.Image](t)(st.AddImage(state.Image{
				Refs: []string{open + "/bb:1", locked + "/bb:1"},
				Content: image.Content{
					Layers: []image.Layer{{Size: 1982386}},
					Config: image.Config{Cmd: []string{"sh"}},
				},
			}))
			for _, tt := range transfers {
				if tt.target == "DELETE" {
					if status, body := do(t, h, http.MethodDelete, "/images/"+pushed.ID+"?force=1", ""); status != 200 {
						t.Fatalf("%d %s", status, body)
					}
					continue
				}
				want := tt.graph
				if e.StoresManifests {
					want = tt.store
				}
				want = fill.Replace(want)
				if before, _, ok := strings.Cut(want, `{"status":"WARNING: `); ok && !e.WarnsOfPlatform {
					want = before
				}
				if d := cmp.Diff(want, lines(t, h, fill.Replace(tt.target), tt.credentials)); d != "" {
					t.Errorf("%s: %s (-recorded +got)\n%s", tt.step, tt.target, d)
				}
			}
			// What came back is what went away.
			got := get[imagetypes.InspectResponse](t, h, "/images/"+open+"/bb:1/json")
			if got.ID != pushed.ID || got.Size != 1982386 && !e.StoresManifests || got.RootFS.Layers[0] != pushed.Layers[0].DiffID {
				t.Errorf("pushed %s, pulled %+v", pushed.ID, got)
			}
			if len(got.RepoDigests) != 2 || e.StoresManifests != strings.HasSuffix(got.RepoDigests[0], pushed.ID) {
				t.Errorf("digests %v", got.RepoDigests)
			}
			if zero := got.Metadata.LastTagTime.IsZero(); zero == e.StoresManifests {
				t.Errorf("last tagged %v", got.Metadata.LastTagTime)
			}
		})
	}
}

// TestPushedManifest: the very manifests that the recorded engines sent, which only the layer's digest and size and the
// config decide (13#6, 13#21).
func TestPushedManifest(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"28":    "sha256:5373b8586d97baff72b173144b5e70f7858072c861a97376aeeeaa69498e7014",
		"20.10": "sha256:8bf837fd07bda9b4b8928ec29125a9ddb77b7c74f7c2a3256887e903ae02c4ac",
		"29":    "sha256:fee9abf394b56c275384354bf578759618ad4b4f712efad02e080ac243173882",
	} {
		img := recordedImage(t, name)
		p := &push{server: New(Config{Engine: engineByName(t, name)}).(*server)}
		if got := must[image.Blob](t)(p.manifestOf(img)); got.Digest != want {
			t.Errorf("%s: %s, want %s: %s", name, got.Digest, want, got.Data)
		}
	}
}

// recordedImage is bb:1 of an engine's recordings, but for the bytes of its layer.
func recordedImage(t *testing.T, name string) state.Image {
	t.Helper()
	created := map[string]int64{"28": 1795315630904252270, "29": 1795313131568289024, "20.10": 1795313799669977797}[name]
	return must[state.Image](t)(newStateOf(engineByName(t, name), clock, nil).AddImage(state.Image{
		Refs: []string{"docker.io/library/bb:1"},
		Content: image.Content{
			Created: time.Unix(0, created).UTC(),
			Comment: "Imported from -",
			Config:  image.Config{Cmd: []string{"/bin/sh"}, Env: []string{"PATH=/usr/bin:/bin"}},
			Layers: []image.Layer{{
				DiffID: "sha256:b6a3078e8562f6ca1b8b20009b97bf444970da9a82952a85a91a5bf96397306d",
				Size:   1982386,
				Blob: image.Blob{
					MediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
					Digest:    "sha256:f2957239ebb06792db3ee75a77a04d07dcef841fbb1ac06fc7efda06173c94ad",
					Data:      make([]byte, 1068811),
				},
			}},
		},
	}))
}

// TestDistribution has 13#22 to 13#24 of the recordings, and the refusals of 12-images.
func TestDistribution(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"28": `{"Descriptor":{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","digest":"DIGEST","size":N},"Platforms":[{"architecture":"amd64","os":"linux"}]}`,
		"29": `{"Descriptor":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"DIGEST","size":N},"Platforms":null}`,
	} {
		open, closed := testRegistry(t, ""), nobody(t)
		e := engineByName(t, name)
		st := newStateOf(e, clock, nil)
		h := New(Config{State: st, Engine: e})
		must[state.Image](t)(st.AddImage(state.Image{Refs: []string{open + "/bb:1"}}))
		if got := lines(t, h, "/images/"+open+"/bb/push?tag=1", ""); !strings.Contains(got, "1: digest") {
			t.Fatal(got)
		}
		for _, tt := range []struct{ name, want string }{
			{open + "/bb:1", want + "\n"},
			{url.PathEscape(open+"/bb") + ":1", want + "\n"},
			{open + "/bb:nosuch", message("manifest unknown: Unknown manifest")},
			{closed + "/x", message(`Get "http://` + closed + `/v2/": dial tcp ` + closed + `: connect: connection refused`)},
			{"nosuch", message(`Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.255.255.53:53: dial udp 10.255.255.53:53: connect: network is unreachable`)},
			{"BAD", message("invalid reference format: repository name (library/BAD) must be lowercase")},
		} {
			_, body := do(t, h, http.MethodGet, "/distribution/"+tt.name+"/json", "")
			body = regexp.MustCompile(`"size":\d+`).ReplaceAllString(aDigest.ReplaceAllString(body, "DIGEST"), `"size":N`)
			if body != tt.want {
				t.Errorf("%s: %s: %s, want %s", name, tt.name, body, tt.want)
			}
		}
	}
}

// TestMissingRegistryAuth: engine 20.10 wants the header of a push (13#37), and no engine minds a bad one (13#33).
func TestMissingRegistryAuth(t *testing.T) {
	t.Parallel()
	h := New(Config{Engine: engineByName(t, "20.10")})
	if status, body := do(t, h, http.MethodPost, "/images/127.0.0.1:1/nope/push", ""); status != 400 || body != message("Bad parameters and missing X-Registry-Auth: EOF") {
		t.Errorf("%d %s", status, body)
	}
	locked := testRegistry(t, "secret")
	r := httptest.NewRequest(http.MethodPost, "/images/create?fromImage="+locked+"/bb&tag=1", nil)
	r.Header.Set("X-Registry-Auth", "!!notbase64")
	w := httptest.NewRecorder()
	New(Config{}).ServeHTTP(w, r)
	if want := message(`Head "http://` + locked + `/v2/bb/manifests/1": no basic auth credentials`); w.Body.String() != want {
		t.Errorf("%s, want %s", w.Body, want)
	}
}

// TestSharedLayers: what an image here begins with does not come again, and no more than three layers come at once
// (distribution/xfer, daemon/containerd/progress.go).
func TestSharedLayers(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"28": {"Already exists", "Pulling fs layer", "Pulling fs layer", "Pulling fs layer", "Pulling fs layer", "Waiting"},
		"29": {"Pulling fs layer", "Pulling fs layer", "Pulling fs layer", "Pulling fs layer", "Pulling fs layer", "Already exists"},
	} {
		e, host := engineByName(t, name), testRegistry(t, "")
		from := newStateOf(e, clock, []byte("test"))
		base := must[state.Image](t)(from.AddImage(state.Image{Refs: []string{host + "/base:1"}}))
		must[state.Image](t)(from.AddImage(state.Image{Refs: []string{host + "/app:1"}, Content: image.Content{Layers: append(base.Layers, make([]image.Layer, 4)...)}}))
		source := New(Config{State: from, Engine: e})
		lines(t, source, "/images/"+host+"/base/push?tag=1", "")
		if pushed := lines(t, source, "/images/"+host+"/app/push?tag=1", ""); strings.Count(pushed, `"Pushed"`) != 4 {
			t.Errorf("%s: %s", name, pushed)
		}
		h := New(Config{Engine: e})
		lines(t, h, "/images/create?fromImage="+host+"/base&tag=1", "")
		var got []string
		for _, m := range regexp.MustCompile(`"status":"([^"]*)","progressDetail"`).FindAllStringSubmatch(lines(t, h, "/images/create?fromImage="+host+"/app&tag=1", ""), len(want)) {
			got = append(got, m[1])
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}

// TestMountedLayer: a layer that another repository of the registry has is not sent again. The registry of the other tests
// has one store for all repositories: this one says of each what it does not have.
func TestMountedLayer(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"28", "29"} {
		for _, mounts := range []bool{false, true} {
			inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
			mounted := ""
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodHead && strings.HasPrefix(r.URL.Path, "/v2/second/blobs/"):
					w.WriteHeader(http.StatusNotFound)
				case r.FormValue("mount") != "" && mounts:
					mounted = r.FormValue("from") + " " + r.FormValue("mount")
					w.WriteHeader(http.StatusCreated)
				case r.FormValue("mount") != "":
					w.Header().Set("Location", "/v2/second/blobs/uploads/x")
					w.WriteHeader(http.StatusAccepted)
				case r.Method == http.MethodDelete:
					mounted = "refused"
				default:
					inner.ServeHTTP(w, r)
				}
			}))
			defer server.Close()
			host := strings.TrimPrefix(server.URL, "http://")
			e := engineByName(t, name)
			st := newStateOf(e, clock, nil)
			img := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{host + "/first:1", host + "/second:1"}}))
			h := New(Config{State: st, Engine: e})
			lines(t, h, "/images/"+host+"/first/push?tag=1", "")
			got := lines(t, h, "/images/"+host+"/second/push?tag=1", "")
			want, wantMounted := `"Pushed"`, "refused"
			if mounts {
				want, wantMounted = `"Mounted from first"`, "first "+img.Layers[0].Blob.Digest
			}
			if !strings.Contains(got, want) || mounted != wantMounted {
				t.Errorf("%s: %q %s", name, mounted, got)
			}
		}
	}
}
