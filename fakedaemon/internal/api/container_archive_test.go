package api

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

var epoch = time.Unix(9, 0)

// withFiles is a daemon with the image bb:1, which has files, and its container c1.
func withFiles(t *testing.T, engine string, c state.Container) (http.Handler, *state.State) {
	t.Helper()
	e := engineByName(t, engine)
	s := newStateOf(e, nil, nil)
	reg := func(text string) files.File { return files.File{Data: []byte(text), Mode: 0o644, Modified: epoch} }
	link := func(target string) files.File { return files.File{Link: target, Mode: 0o777, Modified: epoch} }
	dir := func(mode int64) files.File { return files.File{Dir: true, Mode: mode, Modified: epoch} }
	layer := files.Tree{
		"bin": dir(0o755), "bin/sh": reg("sh"), "etc": dir(0o755), "etc/passwd": reg("root:x:0:0::/root:/bin/sh\napp:x:100:101::/:/bin/sh\n"),
		"etc/group": reg("root:x:0:\napp:x:101:\nmore:x:7:\n"), "tmp": dir(0o1777), "tmp/file1": reg("content\n"), "tmp/d": dir(0o755), "tmp/d/e": dir(0o755),
		"tmp/link1": link("file1"), "tmp/dl": link("d"), "tmp/dangling": link("/nowhere"), "tmp/far": link("../no/../no/where"),
	}
	var b bytes.Buffer
	if err := layer.WriteTar(&b); err != nil {
		t.Fatal(err)
	}
	l := must[image.Layer](t)(image.MakeLayer(e, b.Bytes()))
	i := must[state.Image](t)(s.AddImage(state.Image{
		Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"/bin/sh"}}, Layers: []image.Layer{l}},
	}))
	c.Name, c.Image, c.ImageID = "c1", "bb:1", i.ID
	must[state.Container](t)(s.CreateContainer(c))
	return New(Config{Engine: e, State: s}), s
}

// entries is each entry of a tar in one line.
func entries(t *testing.T, data []byte) []string {
	t.Helper()
	var list []string
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatalf("%v: %s", err, data)
		}
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %04o %d:%d %s", h.Name, h.Mode, h.Uid, h.Gid, h.Linkname)))
	}
}

// TestContainerArchive: what dockerd says of paths, and sends (flow 11 of the recordings, and dockerd 20.10).
func TestContainerArchive(t *testing.T) {
	t.Parallel()
	const file, link = `"size":8,"mode":420,"mtime":"1970-01-01T00:00:09Z","linkTarget":""}`, `"mode":134218239,"mtime":"1970-01-01T00:00:09Z","linkTarget":`
	for _, c := range []struct {
		path, stat string
		entries    []string
	}{
		{"/tmp/file1", `{"name":"file1",` + file, []string{"file1 0644 0:0"}},
		{"tmp/file1", `{"name":"file1",` + file, []string{"file1 0644 0:0"}},
		{"/tmp/../tmp/file1", `{"name":"file1",` + file, []string{"file1 0644 0:0"}},
		{"/tmp/link1", `{"name":"link1","size":5,` + link + `"/tmp/file1"}`, []string{"link1 0777 0:0 file1"}},
		{"/tmp/dl", `{"name":"dl","size":1,` + link + `"/tmp/d"}`, []string{"dl 0777 0:0 d"}},
		{"/tmp/dangling", `{"name":"dangling","size":8,` + link + `"/nowhere"}`, []string{"dangling 0777 0:0 /nowhere"}},
		{"/tmp/far", `{"name":"far","size":17,` + link + `"/no/where"}`, []string{"far 0777 0:0 ../no/../no/where"}},
		{"/tmp/dl/", `{"name":"dl","size":4096,"mode":2147484141,"mtime":"1970-01-01T00:00:09Z","linkTarget":""}`, []string{"dl/ 0755 0:0", "dl/e/ 0755 0:0"}},
		{"/tmp/dl/.", `{"name":".","size":4096,"mode":2147484141,"mtime":"1970-01-01T00:00:09Z","linkTarget":""}`, []string{"./ 0755 0:0", "./e/ 0755 0:0"}},
		{"/tmp/", `{"name":"tmp","size":4096,"mode":2148532735,"mtime":"1970-01-01T00:00:09Z","linkTarget":""}`, []string{
			"tmp/ 1777 0:0", "tmp/d/ 0755 0:0", "tmp/d/e/ 0755 0:0", "tmp/dangling 0777 0:0 /nowhere", "tmp/dl 0777 0:0 d", "tmp/far 0777 0:0 ../no/../no/where",
			"tmp/file1 0644 0:0", "tmp/link1 0777 0:0 file1",
		}},
	} {
		for _, engine := range []string{"20.10", "28", "29"} {
			h, _ := withFiles(t, engine, state.Container{})
			for _, method := range []string{http.MethodHead, http.MethodGet} {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(method, "/containers/c1/archive?path="+c.path, nil))
				stat, err := base64.StdEncoding.DecodeString(w.Header().Get("X-Docker-Container-Path-Stat"))
				if diff := cmp.Diff(c.stat, string(stat)); w.Code != 200 || err != nil || diff != "" {
					t.Errorf("%s: %s %s: %d, %v: %s", engine, method, c.path, w.Code, err, diff)
				}
				if method == http.MethodHead {
					if w.Header().Get("Content-Type") != "" || w.Body.Len() > 0 {
						t.Errorf("%s: %v %s", engine, w.Header(), w.Body)
					}
					continue
				}
				if diff := cmp.Diff(c.entries, entries(t, w.Body.Bytes())); w.Header().Get("Content-Type") != "application/x-tar" || diff != "" {
					t.Errorf("%s: %s: %s: %s", engine, c.path, w.Header().Get("Content-Type"), diff)
				}
			}
		}
	}
}

// TestContainerArchiveErrors: the words and the class of errors, which differ (dockerd 20.10; daemon/archive.go of 28).
func TestContainerArchiveErrors(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("a", 64)
	for engine, tests := range map[string][]struct {
		target string
		status int
		text   string
	}{
		"20.10": {
			{"c1/archive?path=/tmp/file1/", 500, "lstat /var/lib/docker/vfs/dir/" + id + "/tmp/file1/: not a directory"},
			{"c1/archive?path=/tmp/file1/x", 500, "lstat /var/lib/docker/vfs/dir/" + id + "/tmp/file1/x: not a directory"},
			{"c1/archive?path=/tmp/dangling/", 404, "Could not find the file /tmp/dangling/ in container c1"},
			{"c1/archive", 400, "bad parameter: pathcannot be empty"},
		},
		"28": {
			{"c1/archive?path=/tmp/file1/", 500, "lstat /tmp/file1/: not a directory"},
			{"c1/archive?path=/nosuch", 404, "Could not find the file /nosuch in container c1"},
			{"c1/archive", 400, "bad parameter: pathcannot be empty"},
			{"nosuch/archive", 400, "bad parameter: pathcannot be empty"},
			{"nosuch/archive?path=/x", 404, "No such container: nosuch"},
			{"nosuch/changes", 404, "No such container: nosuch"},
			{"nosuch/export", 404, "No such container: nosuch"},
		},
		"29": {{"c1/archive", 400, "bad parameter: path cannot be empty"}},
	} {
		h, _ := withFiles(t, engine, state.Container{ID: id})
		for _, test := range tests {
			if status, body := do(t, h, http.MethodGet, "/containers/"+test.target, ""); status != test.status || body != message(test.text) {
				t.Errorf("%s: %s: %d %s, want %d %s", engine, test.target, status, body, test.status, test.text)
			}
		}
	}
}

// tarWith is a tar of one entry.
func tarWith(t *testing.T, h tar.Header) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	h.Uid, h.Gid, h.Mode, h.ModTime = 7, 8, 0o640, epoch
	if h.Typeflag == tar.TypeReg {
		h.Size = 1
	}
	if err := w.WriteHeader(&h); err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "x"[:h.Size])
	w.Close()
	return b.String()
}

// TestPutContainerArchive: what dockerd makes of archives, and its errors (flow 11 of the recordings, and dockerd 20.10).
func TestPutContainerArchive(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("a", 64)
	plain := tarWith(t, tar.Header{Name: "x", Typeflag: tar.TypeReg})
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, plain)
	z.Close()
	onDir, onFile := tarWith(t, tar.Header{Name: "d", Typeflag: tar.TypeReg}), tarWith(t, tar.Header{Name: "file1", Typeflag: tar.TypeDir})
	esc := tarWith(t, tar.Header{Name: "../esc", Typeflag: tar.TypeReg})
	noLink := tarWith(t, tar.Header{Name: "l", Typeflag: tar.TypeLink, Linkname: "nosuch"})
	const apart = "Error processing tar file(exit status 1): "
	type test struct {
		query, body string
		status      int
		text        string
	}
	for engine, tests := range map[string][]test{
		"20.10": {
			{"path=/tmp", "notatar", 500, apart + "unexpected EOF"},
			{"path=/tmp", strings.Repeat("n", 2000), 500, apart + "archive/tar: invalid tar header"},
			{"path=/tmp&noOverwriteDirNonDir=1", onDir, 500, apart + `cannot overwrite directory "/tmp/d" with non-directory "/tmp"`},
			{"path=/tmp&noOverwriteDirNonDir=1", onFile, 500, apart + `cannot overwrite non-directory "/tmp/file1" with directory "/tmp"`},
			{"path=/tmp", esc, 500, apart + `"../esc" is outside of "/tmp"`},
			{"path=/tmp", noLink, 500, apart + "link /tmp/nosuch /tmp/l: no such file or directory"},
			{"path=/tmp/file1", plain, 500, "extraction point is not a directory"},
			{"path=/tmp/file1/", plain, 500, "extraction point is not a directory"},
			{"path=/tmp/file1/x", plain, 500, "lstat /var/lib/docker/vfs/dir/" + id + "/tmp/file1/x: not a directory"},
			{"path=/nosuch", plain, 404, "Could not find the file /nosuch in container c1"},
			{"path=/ro", plain, 500, "mounted volume is marked read-only"},
		},
		"28": {
			{"path=/tmp", "notatar", 500, "unexpected EOF"},
			{"path=/tmp&noOverwriteDirNonDir=1", onDir, 500, `cannot overwrite directory "/tmp/d" with non-directory "/tmp"`},
			{"path=/tmp", esc, 500, `"../esc" is outside of "/tmp"`},
			{"path=/tmp", noLink, 404, "Could not find the file /tmp in container c1"},
			{"path=/tmp/file1", plain, 400, "extraction point is not a directory"},
			{"path=/tmp/file1", "notatar", 400, "extraction point is not a directory"},
			{"path=/tmp/file1/", plain, 500, "lstat /tmp/file1/: not a directory"},
			{"path=/tmp/file1/x", plain, 500, "not a directory"},
			{"path=/nosuch", "x", 404, "Could not find the file /nosuch in container c1"},
			{"path=/tmp/dangling", plain, 404, "Could not find the file /tmp/dangling in container c1"},
			{"path=/ro", plain, 400, "mounted volume is marked read-only"},
			{"path=/ro/..", plain, 200, ""},
			{"path=/data/ro", plain, 400, "mounted volume is marked read-only"},
			{"path=/data", plain, 200, ""},
			{"path=/tmp", "\xfd7zXZ\x00junk", 500, "archives compressed with xz are not imitated by fakedockerd"},
		},
		"29": {{"path=/tmp/file1", plain, 400, "extraction point is not a directory"}},
	} {
		for _, body := range []string{"", plain, plain[:700], zipped.String(), onDir, onFile} {
			tests = append(tests, test{"path=/tmp", body, 200, ""})
		}
		h, _ := withFiles(t, engine, state.Container{ID: id, Host: state.HostConfig{Binds: []string{"v1:/data", "v1:/ro:ro", "v2:/data/ro:ro"}}})
		for _, test := range tests {
			want := ""
			if test.text != "" {
				want = message(test.text)
			}
			if status, body := do(t, h, http.MethodPut, "/containers/c1/archive?"+test.query, test.body); status != test.status || body != want {
				t.Errorf("%s: %s: %d %s, want %d %s", engine, test.query, status, body, test.status, want)
			}
		}
	}
}

// TestCopyOwner: with copyUIDGID what is put somewhere belongs to the user of the container, whom dockerd 20.10 looks for on the host.
func TestCopyOwner(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ engine, user, want string }{
		{"28", "", "x 0640 7:8"},
		{"28", "app", "x 0640 100:101"},
		{"28", "app:more", "x 0640 100:7"},
		{"28", "5:6", "x 0640 5:6"},
		{"28", "5", "x 0640 5:0"},
		{"28", "nobody", `failed to look up user "nobody" in container: no matching entries in passwd file`},
		{"28", "app:none", `failed to look up group "none" in container: no matching entries in group file`},
		{"20.10", "root", "x 0640 0:0"},
		{"20.10", "5:6", `getent unable to find entry "5:6" in passwd database`},
	} {
		h, _ := withFiles(t, c.engine, state.Container{Config: image.Config{User: c.user}})
		status, body := do(t, h, http.MethodPut, "/containers/c1/archive?path=/tmp&copyUIDGID=1", tarWith(t, tar.Header{Name: "x", Typeflag: tar.TypeReg}))
		if status == 200 {
			_, body = do(t, h, http.MethodGet, "/containers/c1/archive?path=/tmp/x", "")
			body = entries(t, []byte(body))[0]
		} else {
			c.want = message(c.want)
		}
		if body != c.want {
			t.Errorf("%s: %q: %d %s, want %s", c.engine, c.user, status, body, c.want)
		}
	}
}

// TestContainerChanges: what was put into a container is what differs, what is exported and what is committed. Each is told.
func TestContainerChanges(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"20.10", "28", "29"} {
		h, s := withFiles(t, engine, state.Container{Host: state.HostConfig{Binds: []string{"v1:/data"}}})
		if status, body := do(t, h, http.MethodGet, "/containers/c1/changes", ""); status != 200 || body != "null\n" {
			t.Errorf("%s: before: %d %s", engine, status, body)
		}
		if status, body := do(t, h, http.MethodPut, "/containers/c1/archive?path=/tmp", tarWith(t, tar.Header{Name: "n/x", Typeflag: tar.TypeReg})); status != 200 {
			t.Errorf("%s: %d %s", engine, status, body)
		}
		want := `[{"Path":"/data","Kind":1},{"Path":"/tmp","Kind":0},{"Path":"/tmp/n","Kind":1},{"Path":"/tmp/n/x","Kind":1}]` + "\n"
		if status, body := do(t, h, http.MethodGet, "/containers/c1/changes", ""); status != 200 || body != want {
			t.Errorf("%s: %d %s, want %s", engine, status, body, want)
		}
		if status, body := do(t, h, http.MethodPut, "/containers/c1/archive?path=/data", tarWith(t, tar.Header{Name: "v", Typeflag: tar.TypeReg})); status != 200 {
			t.Errorf("%s: %d %s", engine, status, body)
		}
		_, body := do(t, h, http.MethodGet, "/containers/c1/export", "")
		wantExport := []string{
			".dockerenv 0755 0:0", "bin/ 0755 0:0", "bin/sh 0644 0:0", "data/ 0755 0:0", "dev/ 0755 0:0", "dev/console 0755 0:0", "dev/pts/ 0755 0:0", "dev/shm/ 0755 0:0",
			"etc/ 0755 0:0", "etc/group 0644 0:0", "etc/hostname 0755 0:0", "etc/hosts 0755 0:0", "etc/mtab 0777 0:0 /proc/mounts", "etc/passwd 0644 0:0",
			"etc/resolv.conf 0755 0:0", "proc/ 0755 0:0", "sys/ 0755 0:0", "tmp/ 1777 0:0", "tmp/d/ 0755 0:0", "tmp/d/e/ 0755 0:0", "tmp/dangling 0777 0:0 /nowhere",
			"tmp/dl 0777 0:0 d", "tmp/far 0777 0:0 ../no/../no/where", "tmp/file1 0644 0:0", "tmp/link1 0777 0:0 file1", "tmp/n/ 0755 0:0", "tmp/n/x 0640 7:8",
		}
		if diff := cmp.Diff(wantExport, entries(t, []byte(body))); diff != "" {
			t.Errorf("%s: export: %s", engine, diff)
		}
		var told []string
		events, sub := s.Subscribe()
		sub.Close()
		for _, e := range events {
			if e.Type == "container" {
				told = append(told, e.Action)
			}
		}
		if diff := cmp.Diff([]string{"create", "extract-to-dir", "extract-to-dir", "export"}, told); diff != "" {
			t.Errorf("%s: events: %s", engine, diff)
		}
	}
}

// TestArchiveCompressed: an archive is compressed as the client likes it best.
func TestArchiveCompressed(t *testing.T) {
	t.Parallel()
	h, _ := withFiles(t, "28", state.Container{})
	for accept, want := range map[string]string{
		"": "", "identity": "", "gzip": "gzip", "deflate": "deflate", "gzip, deflate, br": "gzip", "gzip;q=0.5, deflate": "deflate", "*": "gzip", "gzip;q=0": "", "br": "",
	} {
		r := httptest.NewRequest(http.MethodGet, "/containers/c1/archive?path=/tmp/file1", nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
		if want == "gzip" {
			unpacked, err := files.Decompress(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(unpacked)
			if err != nil || len(entries(t, data)) != 1 {
				t.Errorf("%q: %v", accept, err)
			}
		}
	}
}

// TestFilesTravel: what a container has written stays in the image that is committed, saved, loaded, exported and imported.
func TestFilesTravel(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"20.10", "28", "29"} {
		h, s := withFiles(t, engine, state.Container{})
		if status, body := do(t, h, http.MethodPut, "/containers/c1/archive?path=/tmp", tarWith(t, tar.Header{Name: "n", Typeflag: tar.TypeReg})); status != 200 {
			t.Fatal(status, body)
		}
		root := must[*files.FS](t)(s.ContainerFiles("c1"))
		if err := root.Remove("/tmp/file1", files.Owner{}); err != nil {
			t.Fatal(err)
		}
		if status, body := send(t, h, "/commit?container=c1&repo=com&tag=1", "application/json", nil); status != 201 {
			t.Fatal(status, body)
		}
		_, saved := do(t, h, http.MethodGet, "/images/com:1/get", "")
		_, exported := do(t, h, http.MethodGet, "/containers/c1/export", "")
		fresh := newStateOf(engineByName(t, engine), nil, nil)
		to := New(Config{Engine: engineByName(t, engine), State: fresh})
		if status, body := send(t, to, "/images/load?quiet=1", "application/x-tar", []byte(saved)); status != 200 || !strings.Contains(body, "Loaded image: com:1") {
			t.Fatal(status, body)
		}
		if status, body := send(t, to, "/images/create?fromSrc=-&repo=imp&changes=CMD+sh", "application/x-tar", []byte(exported)); status != 200 || strings.Contains(body, "error") {
			t.Fatal(status, body)
		}
		for image, on := range map[string]http.Handler{"bb:1": h, "com:1": h, "com:1 ": to, "imp": to} {
			image = strings.TrimSpace(image)
			name := strings.ReplaceAll("of-"+image, ":", "")
			if status, body := send(t, on, "/containers/create?name="+name, "application/json", []byte(`{"Image":"`+image+`"}`)); status != 201 {
				t.Fatal(status, body)
			}
			_, body := do(t, on, http.MethodGet, "/containers/"+name+"/archive?path=/tmp", "")
			want := []string{
				"tmp/ 1777 0:0", "tmp/d/ 0755 0:0", "tmp/d/e/ 0755 0:0", "tmp/dangling 0777 0:0 /nowhere", "tmp/dl 0777 0:0 d", "tmp/far 0777 0:0 ../no/../no/where",
				"tmp/file1 0644 0:0", "tmp/link1 0777 0:0 file1",
			}
			if image != "bb:1" {
				want = append(append(want[:6:6], want[7]), "tmp/n 0640 7:8")
			}
			if diff := cmp.Diff(want, entries(t, []byte(body))); diff != "" {
				t.Errorf("%s: %s: %s", engine, image, diff)
			}
			if status, body := do(t, on, http.MethodGet, "/containers/"+name+"/changes", ""); status != 200 || body != "null\n" {
				t.Errorf("%s: %s: %d %s", engine, image, status, body)
			}
		}
	}
}

// TestContainerSizes: sizes follow from files: bytes with a graph driver, blocks with containerd (flows 02, 03 and 17 of the recordings).
func TestContainerSizes(t *testing.T) {
	t.Parallel()
	for engine, want := range map[string][2]string{"20.10": {"0 92", "2 94"}, "28": {"0 92", "2 94"}, "29": {"4096 65536", "12288 73728"}} {
		h, s := withFiles(t, engine, state.Container{})
		sizes := func() string {
			one := get[struct{ SizeRw, SizeRootFs int64 }](t, h, "/containers/c1/json?size=1")
			all := get[[]struct{ SizeRw, SizeRootFs int64 }](t, h, "/containers/json?all=1&size=1")
			if all[0] != one {
				t.Errorf("%s: %+v and %+v", engine, one, all)
			}
			return fmt.Sprint(one.SizeRw, one.SizeRootFs)
		}
		if got := sizes(); got != want[0] {
			t.Errorf("%s: %s, want %s", engine, got, want[0])
		}
		root := must[*files.FS](t)(s.ContainerFiles("c1"))
		if err := root.Symlink("ab", "/tmp/new", files.Owner{}); err != nil {
			t.Fatal(err)
		}
		if got := sizes(); engine != "29" && got != want[1] {
			t.Errorf("%s: %s, want %s", engine, got, want[1])
		}
		if engine != "29" {
			continue
		}
		if err := root.Remove("/tmp/new", files.Owner{}); err != nil {
			t.Fatal(err)
		}
		if err := root.Put("/bin", files.Tree{"new": {Data: []byte("x")}}); err != nil {
			t.Fatal(err)
		}
		if got := sizes(); got != want[1] {
			t.Errorf("%s: %s, want %s", engine, got, want[1])
		}
	}
}
