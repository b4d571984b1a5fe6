package files

import (
	"archive/tar"
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tarOf is a tar of headers; a regular file holds its own name.
func tarOf(t *testing.T, headers ...tar.Header) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		data := []byte(h.Name)
		if h.Typeflag != tar.TypeReg {
			data = nil
		}
		h.Size = int64(len(data))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		w.Write(data)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// TestTar: what comes out of a tree is what went in, with the folders above it.
func TestTar(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	tree := make(Tree)
	err := tree.Untar(tarOf(t,
		tar.Header{Name: "./bin/sh", Typeflag: tar.TypeReg, Mode: 0o4755, Uid: 1, Gid: 2, ModTime: at},
		tar.Header{Name: "bin/ash", Typeflag: tar.TypeLink, Linkname: "bin/sh"},
		tar.Header{Name: "/bin/../lib", Typeflag: tar.TypeSymlink, Linkname: "usr/lib", ModTime: at},
		tar.Header{Name: "etc/", Typeflag: tar.TypeDir, Mode: 0o700, ModTime: at},
	), "sub")
	if err != nil {
		t.Fatal(err)
	}
	sh := File{Data: []byte("./bin/sh"), Mode: 0o4755, UID: 1, GID: 2, Modified: at}
	want := Tree{"sub/bin/sh": sh, "sub/bin/ash": sh, "sub/lib": {Link: "usr/lib", Modified: at}, "sub/etc": {Dir: true, Mode: 0o700, Modified: at}}
	if diff := cmp.Diff(want, tree); diff != "" {
		t.Error(diff)
	}
	if data, ok := tree.Read("/sub/./bin/sh"); !ok || string(data) != "./bin/sh" {
		t.Errorf("%q, %t", data, ok)
	}
	if _, ok := tree.Read("sub/etc"); ok || !tree.IsDir("sub/etc") || !tree.IsDir("sub/bin") || !tree.IsDir("") || tree.IsDir("su") || tree.IsDir("sub/lib") {
		t.Error("folders and files are mixed up")
	}
	var b bytes.Buffer
	if err := tree.WriteTar(&b); err != nil {
		t.Fatal(err)
	}
	again := make(Tree)
	if err := again.Untar(&b, ""); err != nil {
		t.Fatal(err)
	}
	zero := time.Unix(0, 0)
	want["sub"], want["sub/bin"] = File{Dir: true, Mode: 0o755, Modified: zero}, File{Dir: true, Mode: 0o755, Modified: zero}
	for name, f := range want {
		if f.Data == nil {
			f.Data = again[name].Data // an empty list or none
			want[name] = f
		}
	}
	if diff := cmp.Diff(want, again); diff != "" {
		t.Error(diff)
	}
	if err := tree.Untar(bytes.NewReader(make([]byte, 7)), ""); err == nil {
		t.Error("seven bytes are a tar")
	}
}

// TestTooLarge: sparse files of any size take no room in a tar, but they would take it in memory. 1 GiB of them is read.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		before []byte
		size   int64
		want   string
	}{
		{nil, 1 << 30, "unexpected EOF"},
		{nil, 1<<30 + 1, "big: archives with more than 1073741824 bytes of files are not imitated by fakedockerd"},
		{[]byte("x"), 1 << 30, "big: archives with more than 1073741824 bytes of files are not imitated by fakedockerd"},
	} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		w.WriteHeader(&tar.Header{Name: "before", Typeflag: tar.TypeReg, Size: int64(len(c.before))})
		w.Write(c.before)
		w.WriteHeader(&tar.Header{Name: "big", Typeflag: tar.TypeReg, Size: c.size})
		if err := make(Tree).Untar(&b, ""); err == nil || err.Error() != c.want {
			t.Errorf("%d: %v, want %s", c.size, err, c.want)
		}
	}
}

// TestUntarOver: a hard link may come before its target, and a file takes the place of a folder that has no entry.
func TestUntarOver(t *testing.T) {
	t.Parallel()
	tree := make(Tree)
	err := tree.Untar(tarOf(t,
		tar.Header{Name: "early", Typeflag: tar.TypeLink, Linkname: "late"},
		tar.Header{Name: "again", Typeflag: tar.TypeLink, Linkname: "late"},
		tar.Header{Name: "again", Typeflag: tar.TypeReg},
		tar.Header{Name: "none", Typeflag: tar.TypeLink, Linkname: "nosuch"},
		tar.Header{Name: "a/b/c", Typeflag: tar.TypeReg},
		tar.Header{Name: "a", Typeflag: tar.TypeReg},
		tar.Header{Name: "late", Typeflag: tar.TypeReg},
	), "")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(0, 0)
	file := func(name string) File { return File{Data: []byte(name), Modified: at} }
	want := Tree{"early": file("late"), "again": file("again"), "none": {}, "a": file("a"), "late": file("late")}
	if diff := cmp.Diff(want, tree); diff != "" {
		t.Error(diff)
	}
}

// TestApply: a layer hides what is below it by whiteouts, and by a file in the place of a folder. Another tar has files of
// such names.
func TestApply(t *testing.T) {
	t.Parallel()
	below := func() Tree {
		return Tree{"a/x": {}, "a/y/z": {}, "ab": {}, "b/x": {}, "c/x": {}, "d": {Dir: true}, "d/x": {}, "e": {Dir: true}, "e/x": {}}
	}
	headers := []tar.Header{
		{Name: ".wh.a", Typeflag: tar.TypeReg},
		{Name: "b/.wh.x", Typeflag: tar.TypeReg},
		{Name: "c/new", Typeflag: tar.TypeReg},
		{Name: "c/.wh..wh..opq", Typeflag: tar.TypeReg},
		{Name: "d", Typeflag: tar.TypeSymlink, Linkname: "ab"},
		{Name: "e/", Typeflag: tar.TypeDir, Mode: 0o700},
	}
	zero := time.Unix(0, 0)
	applied := below()
	if err := applied.Apply(tarOf(t, headers...)); err != nil {
		t.Fatal(err)
	}
	want := Tree{
		"ab": {}, "c/new": {Data: []byte("c/new"), Modified: zero}, "d": {Link: "ab", Modified: zero},
		"e": {Dir: true, Mode: 0o700, Modified: zero}, "e/x": {},
	}
	if diff := cmp.Diff(want, applied); diff != "" {
		t.Error(diff)
	}
	untarred := below()
	if err := untarred.Untar(tarOf(t, headers...), ""); err != nil {
		t.Fatal(err)
	}
	if len(untarred) != 12 || string(untarred["b/.wh.x"].Data) != "b/.wh.x" {
		t.Errorf("%d: %v", len(untarred), untarred)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	at := time.Unix(1, 0)
	was := Tree{
		"same":  {Data: []byte("1")},
		"data":  {Data: []byte("1")},
		"time":  {Modified: at},
		"mode":  {Mode: 0o644},
		"owner": {},
		"group": {},
		"link":  {Link: "a"},
		"gone":  {Dir: true}, "gone/x": {}, "gone/y/z": {},
		"folder": {Dir: true, Modified: at}, "folder/x": {},
		"file": {Dir: true}, "file/x": {},
		"quiet":     {Dir: true, Modified: at},
		"deep/er/x": {},
	}
	is := Tree{
		"same":   {Data: []byte("1")},
		"data":   {Data: []byte("2")},
		"time":   {Modified: at.Add(1)},
		"mode":   {Mode: 0o600},
		"owner":  {UID: 1},
		"group":  {GID: 1},
		"link":   {Link: "b"},
		"folder": {Dir: true}, "folder/x": {}, "folder/new/x": {},
		"file":      {},
		"quiet":     {Dir: true},
		"deep/er/y": {},
	}
	var got []string
	for _, c := range is.Diff(was) {
		got = append(got, c.Kind.String()+" "+c.Path)
	}
	want := []string{
		"C /data", "C /deep", "C /deep/er", "D /deep/er/x", "A /deep/er/y", "C /file", "C /folder", "A /folder/new", "A /folder/new/x", "D /gone",
		"C /group", "C /link", "C /mode", "C /owner", "C /time",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := was.Diff(was); got != nil {
		t.Errorf("of itself: %v", got)
	}
}
