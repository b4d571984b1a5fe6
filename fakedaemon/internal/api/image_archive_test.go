//lint:file-ignore SA1019 what Docker calls deprecated is still part of its answers

package api

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/docker/docker/api/types/container"
	imagetypes "github.com/docker/docker/api/types/image"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// send is do with any body and media type.
func send(t *testing.T, h http.Handler, target, contentType string, body []byte) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, target, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, strings.ReplaceAll(w.Body.String(), "\r\n", "\n")
}

// listing is a tar's entries: mode, size, name.
func listing(t *testing.T, data []byte) string {
	t.Helper()
	var list strings.Builder
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return list.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&list, "%o %d %s\n", h.Mode, h.Size, h.Name)
	}
}

// TestSavedArchive has the archives of 12-images#27: names, sizes and modes of all that is in them.
func TestSavedArchive(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"28": `755 0 blobs/
755 0 blobs/sha256/
644 400 blobs/sha256/5311e220e36da7c30f698713f4f6f3a6181121958e30fd78ff2d6d124a72ac1e
644 784 blobs/sha256/8bf97be9c4f831df4ed601f36124e01ccec890362b80b5c205fa2c822ec77e41
644 2140160 blobs/sha256/b6a3078e8562f6ca1b8b20009b97bf444970da9a82952a85a91a5bf96397306d
644 910 blobs/sha256/bcb9e4bba0f0ec7f91496621ba87c79395ef3e394b07d6319f8d277c8c10066f
644 348 index.json
644 448 manifest.json
644 31 oci-layout
644 80 repositories
`,
		"29": `755 0 blobs/
755 0 blobs/sha256/
444 337 blobs/sha256/db350b9148098283a6ac98f593ac4a5530ea20771d5b93ab1602c17945a5e2bb
444 1068811 blobs/sha256/f2957239ebb06792db3ee75a77a04d07dcef841fbb1ac06fc7efda06173c94ad
444 405 blobs/sha256/fee9abf394b56c275384354bf578759618ad4b4f712efad02e080ac243173882
644 348 index.json
644 203 manifest.json
444 30 oci-layout
`,
		"20.10": `100644 920 99ba0c05c29f23701ad1f7be3a75ff47381e8183d0d7910d0c7d3e04fa3833c4.json
40755 0 9f7aed8b0d9a19e18b5eb6bb77d88c9c8c0bc8cca2cdd310b2337f7b60f36a6f/
100644 3 9f7aed8b0d9a19e18b5eb6bb77d88c9c8c0bc8cca2cdd310b2337f7b60f36a6f/VERSION
100644 793 9f7aed8b0d9a19e18b5eb6bb77d88c9c8c0bc8cca2cdd310b2337f7b60f36a6f/json
100644 2140160 9f7aed8b0d9a19e18b5eb6bb77d88c9c8c0bc8cca2cdd310b2337f7b60f36a6f/layer.tar
100644 193 manifest.json
100644 80 repositories
`,
	} {
		img := recordedImage(t, name)
		e := engineByName(t, name)
		if !e.StoresManifests {
			img.Layers[0].Blob.Data = make([]byte, 2140160) // as it is unpacked
		}
		st := newStateOf(e, clock, nil)
		must[state.Image](t)(st.AddImage(img))
		h := New(Config{State: st, Engine: e})
		status, body := do(t, h, http.MethodGet, "/images/get?names=bb:1", "")
		if status != 200 {
			t.Fatalf("%s: %d %s", name, status, body)
		}
		if d := cmp.Diff(want, listing(t, []byte(body))); d != "" {
			t.Errorf("%s (-recorded +got)\n%s", name, d)
		}
	}
}

// archiveState has two images, one built on the other, that share a layer; a repository has two tags.
func archiveState(t *testing.T, e *engine.Engine) (*state.State, http.Handler) {
	t.Helper()
	st := newStateOf(e, clock, []byte("test"))
	base := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/app:1"}, Content: image.Content{Layers: []image.Layer{{Size: 1000}}, Config: image.Config{Cmd: []string{"sh"}}}}))
	must[state.Image](t)(st.AddImage(state.Image{
		Parent: base.ID,
		Refs:   []string{"docker.io/library/app:2", "example.com/x/y:1"},
		Content: image.Content{
			Layers: append(base.Layers, image.Layer{Size: 50}),
			Config: image.Config{Cmd: []string{"run"}, Labels: map[string]string{"a": "b"}},
		},
	}))
	return st, New(Config{State: st, Engine: e, Clock: clock})
}

// TestSaveAndLoad: what one daemon saves, another and the same one load, with the same IDs.
func TestSaveAndLoad(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"20.10", "28", "29"} {
		e := engineByName(t, name)
		from, h := archiveState(t, e)
		_, saved := do(t, h, http.MethodGet, "/images/get?names=app:1&names=app:2", "")
		st := newStateOf(e, clock, nil)
		fresh := New(Config{State: st, Engine: e, Clock: clock})
		want := "{\"stream\":\"Loaded image: app:1\\n\"}\n{\"stream\":\"Loaded image: app:2\\n\"}\n"
		for _, to := range []http.Handler{fresh, h, fresh} {
			if status, body := send(t, to, "/images/load?quiet=1", "application/x-tar", []byte(saved)); status != 200 || body != want {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
		for n, img := range from.Images() {
			got, err := st.Image(state.ImageName{Given: img.ID})
			if err != nil || got.Config.Labels["a"] != img.Config.Labels["a"] || got.Size() != img.Size() && !e.StoresManifests || len(got.Layers) != n+1 {
				t.Errorf("%s: %s: %v, %+v", name, img.ID, err, got)
			}
			if !e.StoresManifests && n == 1 && got.Parent != img.Parent {
				t.Errorf("%s: the parent is %q, want %q", name, got.Parent, img.Parent)
			}
		}
		past, sub := st.Subscribe()
		sub.Close()
		if len(past) != 4 || past[0].Action != "load" || past[0].ID != from.Images()[0].ID {
			t.Errorf("%s: %v", name, past)
		}
		past, sub = from.Subscribe()
		sub.Close()
		if len(past) != 4 || past[0].Action != "save" || past[1].Attributes["a"] != "b" {
			t.Errorf("%s: %v", name, past)
		}
	}
}

// TestSavedNames: what a name means, and what is said of one that means nothing (12-images#78).
func TestSavedNames(t *testing.T) {
	t.Parallel()
	for name, missing := range map[string]string{"28": "reference does not exist", "20.10": "reference does not exist", "29": "No such image: nosuch:1"} {
		_, h := archiveState(t, engineByName(t, name))
		if status, body := do(t, h, http.MethodGet, "/images/get?names=nosuch:1", ""); status != 404 || body != message(missing) {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if name == "29" {
			continue
		}
		_, saved := do(t, h, http.MethodGet, "/images/app/get", "")
		if _, body := send(t, New(Config{}), "/images/load", "application/x-tar", []byte(saved)); strings.Count(body, "Loaded image: app:") != 2 {
			t.Errorf("%s: all tags of app: %s", name, body)
		}
		_, list := do(t, h, http.MethodGet, "/images/json", "")
		_, saved = do(t, h, http.MethodGet, "/images/get?names="+regexp.MustCompile(`"sha256:([0-9a-f]{64})"`).FindStringSubmatch(list)[1], "")
		if _, body := send(t, New(Config{}), "/images/load", "application/x-tar", []byte(saved)); !strings.HasPrefix(body, `{"stream":"Loaded image ID: sha256:`) {
			t.Errorf("%s: by ID: %s", name, body)
		}
	}
}

// TestLoadErrors: 200, and the error as the last line.
func TestLoadErrors(t *testing.T) {
	t.Parallel()
	tarOf := func(files ...string) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for n := 0; n < len(files); n += 2 {
			if err := w.WriteHeader(&tar.Header{Name: files[n], Size: int64(len(files[n+1])), Mode: 0o644}); err != nil {
				t.Fatal(err)
			}
			io.WriteString(w, files[n+1])
		}
		w.Close()
		return b.Bytes()
	}
	config := `{"os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:00"]}}`
	for _, tt := range []struct {
		what, engine string
		data         []byte
		want         string
	}{
		{"junk", "28", []byte("junk\n"), "unexpected EOF"},
		{"junk", "20.10", []byte("junk\n"), "Error processing tar file(exit status 1): unexpected EOF"},
		{"junk", "29", []byte("junk\n"), "unexpected EOF"},
		{"nothing", "28", tarOf(), "open /var/lib/docker/tmp/docker-import-000000000/repositories: no such file or directory"},
		{"nothing", "29", tarOf(), "unrecognized image format"},
		{"no config", "28", tarOf("manifest.json", `[{"Config":"c.json"}]`), "open /var/lib/docker/tmp/docker-import-000000000/c.json: no such file or directory"},
		{"layers", "28", tarOf("manifest.json", `[{"Config":"c.json"}]`, "c.json", config), "invalid manifest, layers length mismatch: expected 0, got 1"},
		{"windows", "28", tarOf("manifest.json", `[{"Config":"c.json"}]`, "c.json", `{"os":"windows","rootfs":{}}`), "cannot load windows image on linux"},
		{"another layer", "28", tarOf("manifest.json", `[{"Config":"c.json","Layers":["l"]}]`, "c.json", config, "l", string(tarOf())),
			`invalid diffID for layer 0: expected "sha256:00", got "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"`},
	} {
		h := New(Config{Engine: engineByName(t, tt.engine)})
		status, body := send(t, h, "/images/load", "application/x-tar", tt.data)
		want := strings.TrimSuffix(message(tt.want), "}\n")[len(`{"message":`):]
		if status != 200 || !strings.Contains(body, `"error":`+want) || !strings.Contains(body, `"errorDetail":{"message":`+want+`}`) {
			t.Errorf("%s, engine %s: %d %s", tt.what, tt.engine, status, body)
		}
	}
}

// TestImport has 12-images#36, #75 to #77 of the recordings.
func TestImport(t *testing.T) {
	t.Parallel()
	st := newState()
	h := serve(st)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	w.WriteHeader(&tar.Header{Name: "bin/busybox", Size: 5, Mode: 0o755})
	io.WriteString(w, "12345")
	w.Close()
	query := url.Values{"fromSrc": {"-"}, "repo": {"imported:1"}, "message": {"imp"}, "changes": {`CMD ["sh"]`, "ENV A=b", "EXPOSE 80"}}
	status, body := send(t, h, "/images/create?"+query.Encode(), "text/plain", b.Bytes())
	img := must[state.Image](t)(st.Image(state.ImageName{Ref: "docker.io/library/imported:1"}))
	if want := `{"status":"` + img.ID + `"}` + "\n"; status != 200 || body != want {
		t.Errorf("%d %s, want %s", status, body, want)
	}
	if d := cmp.Diff(image.Config{Cmd: []string{"sh"}, Env: []string{"A=b"}, ExposedPorts: []string{"80/tcp"}}, img.Config); d != "" || img.Size() != 5 || img.Comment != "imp" {
		t.Errorf("%d bytes, %q (-want +got)\n%s", img.Size(), img.Comment, d)
	}
	past, sub := st.Subscribe()
	sub.Close()
	if len(past) != 2 || past[0].Action != "tag" || past[1].Action != "import" || past[1].ID != img.ID {
		t.Errorf("%v", past)
	}
	for _, tt := range []struct {
		target string
		status int
		want   string
	}{
		{"/images/create", 500, `Get "http:": http: no Host in request URL`},
		{"/images/create?fromImage=", 500, `Get "http:": http: no Host in request URL`},
		{"/images/create?fromSrc=-&repo=BAD", 400, "invalid reference format: repository name (library/BAD) must be lowercase"},
		{"/images/create?fromSrc=-&changes=RUN+x", 400, "RUN is not a valid change command"},
		{"/images/create?fromSrc=-&changes=ENV+x", 400, "ENV must have two arguments"},
		{"/images/create?fromImage=BAD", 400, "invalid reference format: repository name (library/BAD) must be lowercase"},
		{"/images/create?fromImage=scratch", 403, "'scratch' is a reserved name"},
		{"/images/create?fromImage=a&platform=a/b/c/d", 400, `"a/b/c/d": cannot parse platform specifier: invalid argument`},
	} {
		if status, body := do(t, h, http.MethodPost, tt.target, ""); status != tt.status || body != message(tt.want) {
			t.Errorf("%s: %d %s", tt.target, status, body)
		}
	}
}

// TestCommit has 11-cp-diff-commit-export#13 to #18, #32 and #34 of the recordings.
func TestCommit(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"20.10", "28", "29"} {
		e := engineByName(t, name)
		st := newStateOf(e, clock, []byte("test"))
		bb := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Comment: "Imported from -", Config: image.Config{Cmd: []string{"/bin/sh"}, Env: []string{"PATH=/usr/bin:/bin"}}}}))
		c := must[state.Container](t)(st.AddContainer(state.Container{
			Name: "cp1", Image: "bb:1", ImageID: bb.ID, SizeRw: 16, Config: image.Config{Cmd: []string{"sh", "-c", "sleep 1000"}},
			State: state.ContainerState{Running: true, StartedAt: now},
		}))
		h := New(Config{State: st, Engine: e, Clock: clock})
		past, sub := st.Subscribe()
		sub.Close()
		query := url.Values{"container": {"cp1"}, "repo": {"committed"}, "tag": {"1"}, "comment": {"msg"}, "author": {"me"}, "changes": {"ENV X=1", `CMD ["echo","c"]`}}
		status, body := do(t, h, http.MethodPost, "/commit?"+query.Encode(), "")
		got := get[imagetypes.InspectResponse](t, h, "/images/committed:1/json")
		if want := `{"Id":"` + got.ID + `"}` + "\n"; status != 201 || body != want {
			t.Errorf("%s: %d %s, want %s", name, status, body, want)
		}
		if got.Parent != bb.ID || got.Comment != "msg" || got.Author != "me" || len(got.RootFS.Layers) != 2 ||
			!cmp.Equal(got.Config.Cmd, []string{"echo", "c"}) || !cmp.Equal(got.Config.Env, []string{"PATH=/usr/bin:/bin", "X=1"}) {
			t.Errorf("%s: %+v %+v", name, got, got.Config)
		}
		history := get[[]imagetypes.HistoryResponseItem](t, h, "/images/committed:1/history")
		if len(history) != 2 || history[0].CreatedBy != "sh -c sleep 1000" || history[0].ID != got.ID || history[1].ID != bb.ID || history[1].Comment != "Imported from -" {
			t.Errorf("%s: %+v", name, history)
		}
		var actions []string
		told, sub := st.Subscribe()
		sub.Close()
		for _, event := range told[len(past):] {
			actions = append(actions, event.Action)
		}
		want := []string{"pause", "create", "tag", "commit", "unpause"}
		if !e.FullEvents {
			want = []string{"pause", "tag", "commit", "unpause"}
		}
		if d := cmp.Diff(want, actions); d != "" {
			t.Errorf("%s (-recorded +got)\n%s", name, d)
		}
		if want := map[string]string{"comment": "msg", "image": "bb:1", "imageID": got.ID, "imageRef": "committed:1", "name": c.Name}; !cmp.Equal(want, told[len(told)-2].Attributes) {
			t.Errorf("%s: %v", name, told[len(told)-2].Attributes)
		}

		if status, body := send(t, h, "/commit?container=cp1&repo=okrepo&tag=t1", "application/json", []byte(`{"Env":["Z=9"],"Labels":{"k":"v"}}`)); status != 201 {
			t.Fatalf("%s: %d %s", name, status, body)
		}
		labeled := get[imagetypes.InspectResponse](t, h, "/images/okrepo:t1/json")
		if !cmp.Equal(labeled.Config.Env, []string{"Z=9", "PATH=/usr/bin:/bin"}) || labeled.Config.Labels["k"] != "v" || labeled.Config.Cmd[0] != "sh" {
			t.Errorf("%s: %+v", name, labeled.Config)
		}
		if status, body := do(t, h, http.MethodPost, "/commit?container=nosuch", ""); status != 404 || body != message("No such container: nosuch") {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if status, body := do(t, h, http.MethodPost, "/commit?container=cp1&repo=BAD", ""); status != 400 && !e.UnclassedErrors {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if name == "20.10" {
			type oldImage struct {
				Container       string
				ContainerConfig container.Config
			}
			old := get[oldImage](t, h, "/images/committed:1/json")
			if old.Container != c.ID || old.ContainerConfig.Hostname != c.ID[:12] || old.ContainerConfig.Image != "bb:1" {
				t.Errorf("%+v", old)
			}
		}
	}
}

// TestBuilder: what is refused and what does nothing (17-system-prune#15, 18-errors#107 and #108, 21-build-classic#15).
func TestBuilder(t *testing.T) {
	t.Parallel()
	h := serve(newState())
	for _, tt := range []struct {
		target string
		status int
		want   string
	}{
		{"/build/prune", 200, `{"CachesDeleted":null,"SpaceReclaimed":0}` + "\n"},
		{"/build/cancel?id=x", 200, ""},
		{"/build/cancel", 400, message("build ID not provided")},
		{"/session", 400, message("no upgrade proto in request")},
		{"/grpc", 500, message("no upgrade proto in request")},
	} {
		if status, body := do(t, h, http.MethodPost, tt.target, ""); status != tt.status || body != tt.want {
			t.Errorf("%s: %d %s", tt.target, status, body)
		}
	}
}

// TestNamesOf20: engine 20.10 does not say which name is wrong, and has no class for what is wrong with a tag (12-images#70,
// #71 and #77 of the recordings; docker/docker v20.10.24, daemon/images/image_tag.go).
func TestNamesOf20(t *testing.T) {
	t.Parallel()
	e := engineByName(t, "20.10")
	st := newStateOf(e, clock, nil)
	img := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	must[state.Container](t)(st.AddContainer(state.Container{Name: "c1", ImageID: img.ID}))
	h := New(Config{State: st, Engine: e})
	for _, tt := range []struct {
		request string
		status  int
		want    string
	}{
		{"POST /images/bb:1/tag?repo=zz&tag=bad/tag", 500, "invalid tag format"},
		{"POST /images/bb:1/tag", 500, "invalid reference format"},
		{"POST /images/bb:1/tag?repo=BAD", 500, "invalid reference format: repository name must be lowercase"},
		{"POST /commit?container=c1&repo=BAD", 500, "invalid reference format: repository name must be lowercase"},
		{"POST /images/create?fromSrc=-&repo=BAD", 400, "invalid reference format: repository name must be lowercase"},
		{"GET /images/BAD/json", 400, "no such image: BAD: invalid reference format: repository name must be lowercase"},
	} {
		method, target, _ := strings.Cut(tt.request, " ")
		if status, body := do(t, h, method, target, ""); status != tt.status || body != message(tt.want) {
			t.Errorf("%s: %d %s", tt.request, status, body)
		}
	}
}
