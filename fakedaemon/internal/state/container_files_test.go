package state

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// imageOf adds an image with files.
func imageOf(t *testing.T, s *State, tree files.Tree) Image {
	t.Helper()
	var b bytes.Buffer
	if err := tree.WriteTar(&b); err != nil {
		t.Fatal(err)
	}
	l := ok[image.Layer](t)(image.MakeLayer(s.engine, b.Bytes()))
	return ok[Image](t)(s.AddImage(Image{Content: image.Content{Config: image.Config{Cmd: []string{"/bin/sh"}}, Layers: []image.Layer{l}}}))
}

func diffOf(t *testing.T, s *State, name string) []string {
	t.Helper()
	var list []string
	for _, c := range ok[*files.FS](t)(s.ContainerFiles(name)).Changes() {
		list = append(list, c.Kind.String()+" "+c.Path)
	}
	return list
}

func contents(t *testing.T, fs *files.FS, name string) string {
	t.Helper()
	h, err := fs.Open(name, os.O_RDONLY, 0, files.Owner{})
	if err != nil {
		return err.Error()
	}
	defer h.Close()
	data, err := io.ReadAll(io.NewSectionReader(h, 0, 1<<20))
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func put(t *testing.T, fs *files.FS, name, text string) {
	t.Helper()
	h := ok[*files.Handle](t)(fs.Open(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644, files.Owner{}))
	defer h.Close()
	ok[int](t)(h.WriteAt([]byte(text), 0))
}

// TestContainerFiles: what is mounted has a place once the files are opened, and the working directory is made with the container,
// as in dockerd 20.10.
func TestContainerFiles(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	i := imageOf(t, s, files.Tree{"etc/conf": {Data: []byte("image"), Mode: 0o644}, "bin/sh": {Mode: 0o755}})
	ok[Container](t)(s.CreateContainer(Container{
		Name: "c1", ImageID: i.ID, Config: image.Config{WorkingDir: "/work/dir"},
		Host: HostConfig{Binds: []string{"v1:/new/deep", "/h/a:/h", "/h/conf:/etc/conf:ro", "/run/x.sock:/x"}, Tmpfs: []string{"/t"}},
	}))
	if diff := cmp.Diff([]string{"A /work", "A /work/dir"}, diffOf(t, s, "c1")); diff != "" {
		t.Error(diff)
	}
	_, root, err := s.ContainerRoot("c1")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"A /h", "A /new", "A /new/deep", "A /t", "A /work", "A /work/dir", "A /x"}
	if diff := cmp.Diff(want, diffOf(t, s, "c1")); diff != "" {
		t.Error(diff)
	}
	if got := contents(t, root, "/etc/conf"); got != "" {
		t.Errorf("a file of the host is %q", got)
	}
	var modes []string
	for _, name := range []string{"/h", "/x", "/t", "/etc/conf"} {
		modes = append(modes, ok[os.FileInfo](t)(root.Stat(name)).Mode().String())
	}
	if diff := cmp.Diff([]string{"drwxr-xr-x", "-rw-rw----", "dtrwxrwxrwx", "-rw-rw----"}, modes); diff != "" {
		t.Error(diff)
	}
	// Another container sees what is written to the host, also from above, and to the volume.
	put(t, root, "/h/file", "host")
	put(t, root, "/new/deep/file", "volume")
	ok[Container](t)(s.CreateContainer(Container{Name: "c2", ImageID: i.ID, Host: HostConfig{Binds: []string{"/h:/up", "v1:/v:ro"}}}))
	_, root, err = s.ContainerRoot("c2")
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, root, "/up/a/file") + contents(t, root, "/v/file"); got != "hostvolume" {
		t.Error(got)
	}
	if err := root.Mkdir("/v/d", 0, files.Owner{}); fmt.Sprint(err) != "mkdir /v/d: read-only file system" {
		t.Error(err)
	}
}

// TestVolumeFilled: an empty volume gets what the image has there, with owners and modes, of the first container that is made, unless
// it is not wanted; and keeps it as long as it exists.
func TestVolumeFilled(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	at := time.Unix(7, 0)
	i := imageOf(t, s, files.Tree{
		"data": {Dir: true, Mode: 0o1770, UID: 3, Modified: at}, "data/x": {Data: []byte("image"), Mode: 0o600, UID: 1, GID: 2, Modified: at}, "link": {Link: "data"},
	})
	other := imageOf(t, s, files.Tree{"data/y": {}, "file": {}})
	create := func(name, image string, host HostConfig, volumes ...string) *files.FS {
		c := Container{Name: name, ImageID: image, Host: host}
		c.Config.Volumes = volumes
		ok[Container](t)(s.CreateContainer(c))
		_, root, err := s.ContainerRoot(name)
		if err != nil {
			t.Fatal(err)
		}
		return root
	}
	names := func(fs *files.FS, dir string) (list []string) {
		for _, e := range ok[[]os.DirEntry](t)(fs.ReadDir(dir)) {
			list = append(list, e.Name())
		}
		return list
	}
	ok[Container](t)(s.CreateContainer(Container{Name: "first", ImageID: i.ID, Host: HostConfig{Binds: []string{"v1:/link"}}}))
	later := create("later", other.ID, HostConfig{Binds: []string{"v1:/data"}})
	if got := names(later, "/data"); !slices.Equal(got, []string{"x"}) {
		t.Errorf("another image's: %v", got)
	}
	info := ok[os.FileInfo](t)(later.Stat("/data/x"))
	top := ok[os.FileInfo](t)(later.Stat("/data"))
	got := fmt.Sprint(contents(t, later, "/data/x"), info.Mode(), info.Sys().(*files.Info).UID, info.ModTime().Unix(), top.Mode(), top.Sys().(*files.Info).UID)
	if want := "image-rw------- 1 7 dtrwxrwx--- 3"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for what, c := range map[string]struct {
		fs   *files.FS
		want []string
	}{
		"nocopy":          {create("n1", i.ID, HostConfig{Binds: []string{"v2:/data:nocopy"}}), nil},
		"mount":           {create("m1", i.ID, HostConfig{Mounts: []MountRequest{{Type: "volume", Source: "v3", Target: "/data"}}}), []string{"x"}},
		"mount, no copy":  {create("m2", i.ID, HostConfig{Mounts: []MountRequest{{Type: "volume", Source: "v4", Target: "/data", NoCopy: true}}}), nil},
		"of the image":    {create("i1", i.ID, HostConfig{}, "/data/"), []string{"x"}},
		"of another":      {create("f1", other.ID, HostConfig{VolumesFrom: []string{"n1"}}), nil},
		"a file":          {create("a1", other.ID, HostConfig{Binds: []string{"v5:/file"}}), nil},
		"nothing":         {create("a2", other.ID, HostConfig{Binds: []string{"v6:/none"}}), nil},
		"filled by one":   {create("a3", other.ID, HostConfig{Binds: []string{"v3:/data"}}), []string{"x"}},
		"filled at last?": {create("a4", i.ID, HostConfig{Binds: []string{"v6:/data"}}), []string{"x"}},
	} {
		dir := "/data"
		switch what {
		case "a file":
			dir = "/file"
		case "nothing":
			continue // which is looked at as the last
		}
		if got := names(c.fs, dir); what != "a file" && !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

// TestSizes: what is removed gives back what its files took (flow 17 of the recordings: a file of two bytes in the root).
func TestSizes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][3]int64{"20.10": {2, 0, 7}, "28": {2, 0, 7}, "29": {8192, 4096, 7}} {
		e, _ := engine.ByName(name)
		s := New(Options{Engine: e})
		i := imageOf(t, s, files.Tree{"bin/sh": {}})
		prune := func() int64 {
			_, reclaimed := s.PruneContainers(func(Container) bool { return true })
			return reclaimed
		}
		var got [3]int64
		ok[Container](t)(s.CreateContainer(Container{Name: "c1", ImageID: i.ID, Host: HostConfig{Binds: []string{"v1:/v"}}}))
		_, root, err := s.ContainerRoot("c1")
		if err != nil {
			t.Fatal(err)
		}
		put(t, root, "/v/x", "1234567")
		got[2] = s.VolumeSize("v1")
		prune()
		ok[Container](t)(s.CreateContainer(Container{Name: "c2", ImageID: i.ID}))
		put(t, ok[*files.FS](t)(s.ContainerFiles("c2")), "/x", "12")
		got[0] = prune()
		ok[Container](t)(s.CreateContainer(Container{Name: "c3", ImageID: i.ID}))
		got[1] = prune()
		if _, reclaimed := s.PruneVolumes(func(Volume) bool { return true }); reclaimed != 7 {
			t.Errorf("%s: volumes: %d", name, reclaimed)
		}
		if got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
