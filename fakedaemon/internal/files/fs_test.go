package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var rootUser = Owner{}

// noon is a clock that stands still.
func noon() time.Time { return time.Unix(43200, 0) }

func newTestFS(t *testing.T, layers ...Tree) *FS {
	t.Helper()
	return NewFS(noon, layers...)
}

func write(t *testing.T, f *FS, name, text string) {
	t.Helper()
	h, err := f.Open(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644, rootUser)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if _, err := h.WriteAt([]byte(text), 0); err != nil {
		t.Fatal(err)
	}
}

func read(f *FS, name string) string {
	h, err := f.Open(name, os.O_RDONLY, 0, rootUser)
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

func changes(f *FS) []string {
	var list []string
	for _, c := range f.Changes() {
		list = append(list, c.Kind.String()+" "+c.Path)
	}
	return list
}

func check[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// TestFSErrors: the words of the errors, what errors.Is finds in them, and links that lead in a circle.
func TestFSErrors(t *testing.T) {
	t.Parallel()
	f := newTestFS(t, Tree{"d/x": {}, "loop": {Link: "loop"}, "up": {Link: "../../../d"}, "abs": {Link: "/d/x"}})
	h, _ := f.Open("/d/x", os.O_RDONLY, 0, rootUser)
	_, noWrite := h.WriteAt([]byte("x"), 0)
	h.Close()
	_, noRead := h.ReadAt(make([]byte, 1), 0)
	folder, _ := f.Open("/d", os.O_RDONLY, 0, rootUser)
	_, isDir := folder.ReadAt(make([]byte, 1), 0)
	_, noent := f.Open("/nosuch", os.O_RDONLY, 0, rootUser)
	_, loop := f.Stat("/loop")
	long := make([]byte, 256)
	for i := range long {
		long[i] = 'a'
	}
	for _, c := range []struct {
		err  error
		want string
		is   error
	}{
		{noWrite, "write /d/x: bad file descriptor", fs.ErrClosed},
		{noRead, "read /d/x: bad file descriptor", fs.ErrClosed},
		{isDir, "read /d: is a directory", EISDIR},
		{noent, "open /nosuch: no such file or directory", fs.ErrNotExist},
		{loop, "stat /loop: too many levels of symbolic links", ELOOP},
		{f.Mkdir("/d", 0, rootUser), "mkdir /d: file exists", fs.ErrExist},
		{f.Remove("/d", rootUser), "remove /d: directory not empty", fs.ErrExist},
		{f.Remove("/", rootUser), "remove /: device or resource busy", EBUSY},
		{f.Remove("/d/.", rootUser), "remove /d/.: invalid argument", EINVAL},
		{f.Mkdir("/"+string(long), 0, rootUser), "mkdir /" + string(long) + ": file name too long", ENAMETOOLONG},
		{f.Chmod("/d", 0, Owner{1, 1}), "chmod /d: operation not permitted", fs.ErrPermission},
		{f.Mkdir("/d/y", 0, Owner{1, 1}), "mkdir /d/y: permission denied", fs.ErrPermission},
	} {
		if c.err == nil || c.err.Error() != c.want || !errors.Is(c.err, c.is) {
			t.Errorf("%v, want %s, which is %v", c.err, c.want, c.is)
		}
		if wrapped := new(fs.PathError); !errors.As(c.err, &wrapped) {
			t.Errorf("%v is no PathError", c.err)
		}
	}
	for name, want := range map[string]string{"/up/x": "/d/x", "/abs": "/d/x", "/../../d/./x": "/d/x", "/up/new": "/d/new"} {
		got, err := f.Resolve(name)
		if err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, want)
		}
	}
}

func TestFSPermissions(t *testing.T) {
	t.Parallel()
	f := newTestFS(t, Tree{
		"":  {Dir: true, Mode: 0o755},
		"p": {Dir: true, Mode: 0o700}, "p/x": {Mode: 0o666},
		"tmp": {Dir: true, Mode: 0o1777}, "tmp/theirs": {Mode: 0o666, UID: 2, GID: 2},
		"g": {Dir: true, Mode: 0o2777, GID: 7}, "exec": {Mode: 0o755}, "plain": {Mode: 0o644}, "none": {Mode: 0},
	})
	me := Owner{1, 1}
	open := func(name string, flag int) string {
		h, err := f.Open(name, flag, 0o600, me)
		if err != nil {
			return err.(*fs.PathError).Err.Error()
		}
		h.Close()
		return "ok"
	}
	access := func(name string, want fs.FileMode, who Owner) string {
		if err := f.Access(name, want, who); err != nil {
			return err.(*fs.PathError).Err.Error()
		}
		return "ok"
	}
	denied, notMine := string(EACCES), string(EPERM)
	check(t, "in a closed folder", open("/p/x", os.O_RDONLY), denied)
	check(t, "write", open("/plain", os.O_WRONLY), denied)
	check(t, "read", open("/plain", os.O_RDONLY), "ok")
	check(t, "truncate", open("/plain", os.O_RDONLY|os.O_TRUNC), denied)
	check(t, "create in /", open("/new", os.O_RDWR|os.O_CREATE), denied)
	check(t, "create in /tmp", open("/tmp/mine", os.O_RDWR|os.O_CREATE|os.O_EXCL), "ok")
	check(t, "x", access("/exec", 1, me), "ok")
	check(t, "x of what has none", access("/plain", 1, rootUser), denied)
	check(t, "root", access("/none", 6, rootUser), "ok")
	check(t, "sticky", f.Remove("/tmp/theirs", me).(*fs.PathError).Err.Error(), notMine)
	check(t, "sticky rename", f.Rename("/tmp/theirs", "/tmp/other", me).(*fs.PathError).Err.Error(), notMine)
	check(t, "own", fmt.Sprint(f.Remove("/tmp/mine", me)), "<nil>")
	check(t, "chown to another", f.Chown("/tmp/theirs", 1, -1, Owner{2, 2}).(*fs.PathError).Err.Error(), notMine)
	check(t, "chgrp", fmt.Sprint(f.Chown("/tmp/theirs", -1, 3, Owner{2, 3})), "<nil>")
	check(t, "set-gid", fmt.Sprint(f.Mkdir("/g/sub", 0o755, me)), "<nil>")
	i, err := f.Stat("/g/sub")
	if err != nil {
		t.Fatal(err)
	}
	check(t, "mode", i.Mode().String(), "dgrwxr-xr-x")
	sys := i.Sys().(*Info)
	sys.Inode = 0
	check(t, "owner", *sys, Info{UID: 1, GID: 7, Links: 2})
}

// TestFSHandle: an open file stays what it is when it is removed, renamed or replaced, and a sparse one takes no room.
func TestFSHandle(t *testing.T) {
	t.Parallel()
	f := newTestFS(t, Tree{"x": {Data: []byte("below")}})
	h, err := f.Open("/x", os.O_RDWR, 0, rootUser)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Remove("/x", rootUser); err != nil {
		t.Fatal(err)
	}
	write(t, f, "/x", "new")
	if _, err := h.Append([]byte("!")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 9)
	n, err := h.ReadAt(b, 1)
	check(t, "read", string(b[:n]), "elow!")
	check(t, "end", fmt.Sprint(err), "EOF")
	i, err := h.Stat()
	if err != nil {
		t.Fatal(err)
	}
	check(t, "links", i.Sys().(*Info).Links, 0)
	check(t, "new", read(f, "/x"), "new")
	check(t, "truncate", fmt.Sprint(h.Truncate(1<<29)), "<nil>")
	n, err = h.ReadAt(b, 1<<28)
	check(t, "zeros", string(b[:n]), "\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	check(t, "inside", fmt.Sprint(err), "<nil>")
	if len(f.own.nodes[2].data) != 6 {
		t.Errorf("%d bytes are held", len(f.own.nodes[2].data))
	}
	check(t, "close", fmt.Sprint(h.Close()), "<nil>")
	check(t, "used", f.own.used, nodeCost+3)
	if _, err := h.Stat(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a closed one: %v", err)
	}
}

// TestFSTimes: what is written to and what is put into a folder is told by its time.
func TestFSTimes(t *testing.T) {
	t.Parallel()
	now := time.Unix(100, 0)
	f := NewFS(func() time.Time { return now }, Tree{"": {Dir: true}, "d": {Dir: true, Mode: 0o755}, "x": {}})
	h, err := f.Open("/x", os.O_RDWR, 0, rootUser)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	at := func(name string) int64 {
		i, err := f.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return i.ModTime().Unix()
	}
	h.WriteAt([]byte("1"), 0)
	check(t, "written", at("/x"), 100)
	now = time.Unix(200, 0)
	h.Truncate(0)
	f.Mkdir("/d/e", 0o755, rootUser)
	check(t, "truncated", []int64{at("/x"), at("/d"), at("/d/e")}, []int64{200, 200, 200})
	now = time.Unix(300, 0)
	f.Rename("/d/e", "/e", rootUser)
	check(t, "renamed", []int64{at("/d"), at("/"), at("/e")}, []int64{300, 300, 200})
	check(t, "set", fmt.Sprint(f.Chtimes("/x", time.Unix(7, 0), rootUser), at("/x")), "<nil> 7")
}

// TestFSLimit: what is beyond the limit is not written, what is removed gives room again, and no file is larger than one that is read.
func TestFSLimit(t *testing.T) {
	t.Parallel()
	f := newTestFS(t, Tree{"below": {Data: make([]byte, 5000)}})
	f.SetLimit(3 * nodeCost)
	write(t, f, "/a", "12345")
	h, err := f.Open("/a", os.O_RDWR, 0, rootUser)
	if err != nil {
		t.Fatal(err)
	}
	n, err := h.WriteAt(make([]byte, 1000), 0)
	check(t, "as far as there is room", n, 2*nodeCost)
	check(t, "full", err.Error(), "write /a: no space left on device")
	check(t, "make", f.Mkdir("/d", 0, rootUser).Error(), "mkdir /d: no space left on device")
	check(t, "truncate", h.Truncate(1000).Error(), "truncate /a: no space left on device")
	check(t, "shorter", fmt.Sprint(h.Truncate(1)), "<nil>")
	check(t, "make", fmt.Sprint(f.Mkdir("/d", 0, rootUser)), "<nil>")
	_, err = h.WriteAt([]byte("x"), 1<<30)
	check(t, "too large", err.Error(), "write /a: file too large")
	check(t, "too large", h.Truncate(1<<30+1).Error(), "truncate /a: file too large")
	check(t, "remove", fmt.Sprint(errors.Join(h.Close(), f.Remove("/a", rootUser), f.Remove("/d", rootUser), f.Remove("/below", rootUser))), "<nil>")
	check(t, "used", f.own.used, 0)
}

// TestFSMount: mounts are seen in place of what is there, one in another, and are no change of the layer.
func TestFSMount(t *testing.T) {
	t.Parallel()
	f := newTestFS(t, Tree{"data/below": {}, "run": {Dir: true, Mode: 0o755}, "var/run": {Link: "/run"}, "etc": {Dir: true, Mode: 0o755}})
	volume, inner, host := newTestFS(t), newTestFS(t), newTestFS(t)
	write(t, volume, "/v", "volume")
	write(t, inner, "/i", "inner")
	write(t, host, "/hosts", "127.0.0.1")
	f.Mount("/data", volume, false)
	f.Mount("/data/in/ner", inner, true)
	f.Mount("/var/run/x", inner, false)
	f.MountFile("/etc/hosts", host, "/hosts", false)
	inner.SetTmpfs()
	places := []Mounted{{At: "/data"}, {"/data/in/ner", true, true}, {At: "/etc/hosts"}, {At: "/run/x", Tmpfs: true}}
	check(t, "places", f.Mounts(), places)
	check(t, "before", changes(f), nil)
	if err := f.MakeMountPoints(); err != nil {
		t.Fatal(err)
	}
	check(t, "changes", changes(f), []string{"C /etc", "A /etc/hosts", "C /run", "A /run/x"})
	check(t, "of the volume", changes(volume), []string{"A /in", "A /in/ner", "A /v"})
	check(t, "volume", read(f, "/data/v"), "volume")
	check(t, "hidden", read(f, "/data/below"), "open /data/below: no such file or directory")
	check(t, "inner", read(f, "/data/in/ner/../ner/i"), "inner")
	check(t, "by a link", read(f, "/var/run/x/i"), "inner")
	check(t, "file", read(f, "/etc/hosts"), "127.0.0.1")
	write(t, f, "/etc/hosts", "changed")
	check(t, "of the host", read(host, "/hosts"), "changed")
	check(t, "read-only", f.Mkdir("/data/in/ner/d", 0, rootUser).Error(), "mkdir /data/in/ner/d: read-only file system")
	check(t, "busy", f.Remove("/data", rootUser).Error(), "remove /data: device or resource busy")
	check(t, "busy", f.Rename("/etc/hosts", "/etc/h", rootUser).Error(), "rename /etc/hosts: device or resource busy")
	check(t, "elsewhere", f.Rename("/data/v", "/v", rootUser).Error(), "rename /data/v: invalid cross-device link")
	check(t, "elsewhere", f.Link("/data/v", "/v", rootUser).Error(), "link /data/v: invalid cross-device link")
	f.SetReadOnly(true)
	check(t, "read-only", f.Mkdir("/d", 0, rootUser).Error(), "mkdir /d: read-only file system")
	check(t, "but the mount", fmt.Sprint(f.Mkdir("/data/d", 0, rootUser)), "<nil>")
	list, err := f.ReadDir("/etc")
	if err != nil {
		t.Fatal(err)
	}
	i, err := list[0].Info()
	check(t, "size", fmt.Sprint(i.Name(), i.Size(), err), "hosts7 <nil>")
	f.SetReadOnly(false)
	f.Mount("/data/in/ner/none", volume, false)
	f.Mount("/late", volume, false)
	check(t, "no place", f.MakeMountPoints().Error(), "mkdir /data/in/ner/none: read-only file system")
	check(t, "another", read(f, "/late/v"), "volume")
	f.Unmount("/data")
	check(t, "again", read(f, "/data/below"), "")
}

// TestFSLayers: layers hide what is below them, what was written is a layer again, and a clone goes its own way.
func TestFSLayers(t *testing.T) {
	t.Parallel()
	lower := Tree{"a/x": {Data: []byte("1")}, "a/y": {}, "b/x": {}, "l": {Link: "a"}, "e": {Dir: true, Mode: 0o700}, "e/x": {}}
	upper := Tree{"a/.wh.x": {}, "b/.wh..wh..opq": {}, "b/new": {}, "l/x": {Data: []byte("in a folder")}, "e": {Dir: true, Mode: 0o755}}
	base := NewBase(NewBase(nil, func() (Tree, error) { return lower, nil }), func() (Tree, error) { return upper, nil })
	f, g := base.NewFS(noon), base.NewFS(noon)
	names := func(f *FS) []string {
		var list []string
		for _, c := range f.Tree().Diff(nil) {
			list = append(list, c.Path)
		}
		return list
	}
	check(t, "merged", names(f), []string{"/a", "/a/y", "/b", "/b/new", "/e", "/e/x", "/l", "/l/x"})
	check(t, "link", read(f, "/l/x"), "in a folder")
	write(t, f, "/a/y", "mine")
	check(t, "remove", fmt.Sprint(f.Remove("/e/x", rootUser)), "<nil>")
	check(t, "another", read(g, "/a/y"), "")
	check(t, "another", changes(g), nil)
	check(t, "changes", changes(f), []string{"C /a", "C /a/y", "C /e", "D /e/x"})
	at := noon()
	check(t, "upper", f.Upper(), Tree{
		"a": {Dir: true, Mode: 0o755, Modified: time.Unix(0, 0)}, "a/y": {Data: []byte("mine"), Modified: at},
		"e": {Dir: true, Mode: 0o755, Modified: at}, "e/.wh.x": {Modified: at},
	})
	size, all := f.Size()
	check(t, "sizes", []int64{size, all}, []int64{4, 15})
	c := f.Clone()
	write(t, f, "/a/y", "later")
	write(t, c, "/c", "clone")
	check(t, "clone", read(c, "/a/y")+read(c, "/c"), "mineclone")
	check(t, "first", read(f, "/a/y")+read(f, "/c"), "lateropen /c: no such file or directory")
}

// TestFSPut: what is put somewhere keeps owners and times, and leaves what is there. What is put off is done once, before the first look.
func TestFSPut(t *testing.T) {
	t.Parallel()
	at := time.Unix(5, 0)
	image := newTestFS(t, Tree{"etc/x": {Data: []byte("x"), Mode: 0o4755, UID: 1, GID: 2, Modified: at}, "etc/d": {Dir: true, Mode: 0o700, Modified: at}, "etc/d/l": {Link: "x"}})
	f := newTestFS(t, Tree{"v/d": {Dir: true, Mode: 0o755}})
	count := 0
	f.Defer(func(view *FS) {
		count++
		check(t, "put", fmt.Sprint(view.Put("/v", image.Tree().Sub("/etc"))), "<nil>")
	})
	check(t, "not yet", count, 0)
	check(t, "changes", changes(f), []string{"C /v", "C /v/d", "A /v/d/l", "A /v/x"})
	check(t, "read", read(f, "/v/x"), "x")
	check(t, "once", count, 1)
	i, err := f.Stat("/v/x")
	if err != nil {
		t.Fatal(err)
	}
	check(t, "stat", fmt.Sprint(i.Mode(), i.ModTime().Unix(), i.Sys().(*Info).UID, i.Sys().(*Info).GID), "urwxr-xr-x 5 1 2")
	check(t, "again", f.Put("/v", Tree{"x": {}}).Error(), "put /v/x: file exists")
}

// TestFSBroken: files that cannot be read are none, and the error is told.
func TestFSBroken(t *testing.T) {
	t.Parallel()
	want := errors.New("broken")
	b := NewBase(NewBase(nil, func() (Tree, error) { return nil, want }), func() (Tree, error) { return Tree{"x": {}}, nil })
	f := b.NewFS(noon)
	check(t, "read", read(f, "/x"), "open /x: no such file or directory")
	check(t, "error", b.Err().Error(), "broken")
	check(t, "changes", changes(f), nil)
}

// TestFSConcurrent: of many who make the same file one does, appends are whole, and no rename makes a circle.
func TestFSConcurrent(t *testing.T) {
	t.Parallel()
	f := newTestFS(t, Tree{"a/x": {}, "b/x": {}, "log": {Data: []byte("-")}})
	const many = 16
	var made, wg = make(chan bool, many), sync.WaitGroup{}
	for n := range many {
		wg.Go(func() {
			h, err := f.Open("/new", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644, rootUser)
			if err == nil {
				h.Close()
			}
			made <- err == nil
			log, err := f.Open("/log", os.O_WRONLY, 0, rootUser)
			if err != nil {
				t.Error(err)
				return
			}
			defer log.Close()
			for range 50 {
				log.Append([]byte("ab"))
				f.Rename("/a", "/b/a", rootUser)
				f.Rename("/b", "/a/b", rootUser)
				f.Rename("/b/a", "/a", rootUser)
				f.Rename("/a/b", "/b", rootUser)
				name := fmt.Sprintf("/f%d", n%3)
				if h, err := f.Open(name, os.O_RDWR|os.O_CREATE, 0o644, rootUser); err == nil {
					h.WriteAt([]byte("x"), 3)
					f.ReadDir("/")
					f.Remove(name, rootUser)
					h.ReadAt(make([]byte, 9), 0)
					h.Close()
				}
				f.Size()
			}
		})
	}
	wg.Wait()
	count := 0
	for range many {
		if <-made {
			count++
		}
	}
	check(t, "made", count, 1)
	i, err := f.Stat("/log")
	if err != nil {
		t.Fatal(err)
	}
	check(t, "log", i.Size(), 1+2*50*many)
	var left int
	for name := range f.Tree() {
		if name == "a" || name == "b" || name == "a/b" || name == "b/a" {
			left++
		}
	}
	check(t, "folders", left, 2)
	check(t, "open", len(f.own.opens), 0)
}

// BenchmarkNewFS: a file system on an image of 1,000 files, one name of which is looked up.
func BenchmarkNewFS(b *testing.B) {
	t := make(Tree)
	for n := range 1000 {
		t[fmt.Sprintf("usr/lib/%d/%d", n%30, n)] = File{Data: []byte("x")}
	}
	base := NewBase(nil, func() (Tree, error) { return t, nil })
	b.ReportAllocs()
	for b.Loop() {
		f := base.NewFS(noon)
		if _, err := f.Stat("/usr/lib/7/7"); err != nil {
			b.Fatal(err)
		}
	}
}
