package files

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"
)

// listTar is each entry of a tar in one line.
func listTar(t *testing.T, r io.Reader) []string {
	t.Helper()
	var list []string
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%c %s %s %04o %d:%d %q", h.Typeflag, h.Name, h.Linkname, h.Mode, h.Uid, h.Gid, data))
	}
}

// TestFSWriteTar: names and links as dockerd 20.10 writes them for each way to say a path.
func TestFSWriteTar(t *testing.T) {
	t.Parallel()
	f := newTestFS(t, Tree{
		"tmp": {Dir: true, Mode: 0o1777}, "tmp/file1": {Data: []byte("content\n"), Mode: 0o644, UID: 1, GID: 2}, "tmp/d/e": {Dir: true, Mode: 0o700},
		"tmp/dl": {Link: "d"}, "mnt": {Dir: true, Mode: 0o755},
	})
	if err := f.Link("/tmp/file1", "/tmp/hard", rootUser); err != nil {
		t.Fatal(err)
	}
	volume := newTestFS(t, Tree{"v": {Data: []byte("v"), Mode: 0o600}})
	f.Mount("/mnt", volume, false)
	for _, c := range []struct {
		name, as string
		want     []string
	}{
		{"/tmp/file1", "file1", []string{`0 file1  0644 1:2 "content\n"`}},
		{"/tmp/dl", "dl", []string{`2 dl d 0777 0:0 ""`}},
		{"/tmp/dl/", "dl", []string{`5 dl/  0755 0:0 ""`, `5 dl/e/  0700 0:0 ""`}},
		{"/tmp/.", ".", []string{
			`5 ./  1777 0:0 ""`, `5 ./d/  0755 0:0 ""`, `5 ./d/e/  0700 0:0 ""`, `2 ./dl d 0777 0:0 ""`, `0 ./file1  0644 1:2 "content\n"`, `1 ./hard ./file1 0644 1:2 ""`,
		}},
		{"/", "/", []string{
			`5 /  0755 0:0 ""`, `5 /mnt/  0755 0:0 ""`, `0 /mnt/v  0600 0:0 "v"`, `5 /tmp/  1777 0:0 ""`, `5 /tmp/d/  0755 0:0 ""`, `5 /tmp/d/e/  0700 0:0 ""`,
			`2 /tmp/dl d 0777 0:0 ""`, `0 /tmp/file1  0644 1:2 "content\n"`, `1 /tmp/hard /tmp/file1 0644 1:2 ""`,
		}},
	} {
		var b bytes.Buffer
		if err := f.WriteTar(&b, c.name, c.as); err != nil {
			t.Fatal(err)
		}
		check(t, c.name, listTar(t, &b), c.want)
	}
	var b bytes.Buffer
	if err := f.Export(&b); err != nil {
		t.Fatal(err)
	}
	check(t, "export", listTar(t, &b), []string{
		`5 mnt/  0755 0:0 ""`, `5 tmp/  1777 0:0 ""`, `5 tmp/d/  0755 0:0 ""`, `5 tmp/d/e/  0700 0:0 ""`, `2 tmp/dl d 0777 0:0 ""`,
		`0 tmp/file1  0644 1:2 "content\n"`, `1 tmp/hard tmp/file1 0644 1:2 ""`,
	})
	check(t, "missing", f.WriteTar(io.Discard, "/nosuch", "").Error(), "lstat /nosuch: no such file or directory")
}

// TestFSUntar: what dockerd 20.10 answers to archives, with which it puts files in place.
func TestFSUntar(t *testing.T) {
	t.Parallel()
	reg := func(name string) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o640, Uid: 7, Gid: 8, ModTime: time.Unix(9, 0)}
	}
	link := func(kind byte, name, target string) tar.Header {
		return tar.Header{Name: name, Typeflag: kind, Linkname: target}
	}
	dir := tar.Header{Name: "file", Typeflag: tar.TypeDir, Mode: 0o750, ModTime: time.Unix(9, 0)}
	keep := UntarOptions{NoOverwriteDirNonDir: true}
	for _, c := range []struct {
		header tar.Header
		o      UntarOptions
		want   string
		made   string
	}{
		{reg("d/e/new"), keep, "", "/tmp/d/e/new -rw-r----- 7:8 9"},
		{reg("/etc/abs"), keep, "", "/tmp/etc/abs -rw-r----- 7:8 9"},
		{reg("dl/z"), keep, "", "/tmp/d/z -rw-r----- 7:8 9"},
		{reg("own"), UntarOptions{Owner: &Owner{3, 4}}, "", "/tmp/own -rw-r----- 3:4 9"},
		{reg("d"), UntarOptions{}, "", "/tmp/d -rw-r----- 7:8 9"},
		{dir, UntarOptions{}, "", "/tmp/file drwxr-x--- 0:0 9"},
		{link(tar.TypeSymlink, "sa", "/etc/passwd"), keep, "", "/tmp/sa Lrwxrwxrwx 0:0 0"},
		{link(tar.TypeLink, "hard", "file"), keep, "", "/tmp/hard ---------- 0:0 5"},
		{tar.Header{Name: "ff", Typeflag: tar.TypeFifo, Mode: 0o600}, keep, "", "/tmp/ff prw------- 0:0 0"},
		{reg("d"), keep, `cannot overwrite directory "/tmp/d" with non-directory "/tmp"`, ""},
		{dir, keep, `cannot overwrite non-directory "/tmp/file" with directory "/tmp"`, ""},
		{reg("../esc"), keep, `"../esc" is outside of "/tmp"`, ""},
		{link(tar.TypeSymlink, "s", "../../../x"), keep, `invalid symlink "/tmp/s" -> "../../../x"`, ""},
		{link(tar.TypeLink, "l", "../../../etc/passwd"), keep, `invalid hardlink "/etc/passwd" -> "../../../etc/passwd"`, ""},
		{link(tar.TypeLink, "l", "nosuch"), keep, "link /tmp/nosuch /tmp/l: no such file or directory", ""},
		{reg("file/x"), keep, "open /tmp/file/x: not a directory", ""},
		{reg("m"), keep, "unlinkat /tmp/m: device or resource busy", ""},
		{tar.Header{Name: "q", Typeflag: 'Q'}, keep, "unhandled tar header type 81", ""},
		{tar.Header{Name: "dev", Typeflag: tar.TypeChar}, keep, "dev: device nodes are not imitated by fakedockerd", ""},
	} {
		at := time.Unix(5, 0)
		f := newTestFS(t, Tree{"tmp/d": {Dir: true, Mode: 0o755}, "tmp/file": {Data: []byte("x"), Modified: at}, "tmp/dl": {Link: "d"}, "tmp/m": {Modified: at}})
		f.MountFile("/tmp/m", newTestFS(t, Tree{"m": {Data: []byte("m")}}), "/m", false)
		err := f.Untar(tarOf(t, c.header), "/tmp", c.o)
		if fmt.Sprint(err) != c.want && (err != nil || c.want != "") {
			t.Errorf("%s: %v, want %s", c.header.Name, err, c.want)
		}
		if c.made == "" {
			continue
		}
		name, _, _ := bytes.Cut([]byte(c.made), []byte(" "))
		i, err := f.Lstat(string(name))
		if err != nil {
			t.Errorf("%s: %v", c.header.Name, err)
			continue
		}
		sys := i.Sys().(*Info)
		check(t, c.header.Name, fmt.Sprintf("%s %s %d:%d %d", name, i.Mode(), sys.UID, sys.GID, i.ModTime().Unix()), c.made)
	}
}

// TestFSUntarLimit: a sparse file takes no room and counts nevertheless.
func TestFSUntarLimit(t *testing.T) {
	t.Parallel()
	sparse := func(size int64) io.Reader { // as tar -S has them, of nothing but a hole
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		w.WriteHeader(&tar.Header{Format: tar.FormatGNU, Typeflag: tar.TypeReg, Name: "hole", Mode: 0o644})
		w.Close()
		h := b.Bytes()[:512]
		h[156] = tar.TypeGNUSparse
		copy(h[386:], fmt.Sprintf("%011o", size))
		copy(h[398:], fmt.Sprintf("%011o", 0))
		copy(h[483:], fmt.Sprintf("%011o", size))
		copy(h[148:156], "        ")
		sum := 0
		for _, c := range h {
			sum += int(c)
		}
		copy(h[148:156], fmt.Sprintf("%06o\x00 ", sum))
		return &b
	}
	f := newTestFS(t)
	f.SetLimit(1 << 20)
	check(t, "too large", f.Untar(sparse(1<<21), "/", UntarOptions{}).Error(), "truncate /hole: no space left on device")
	check(t, "fits", fmt.Sprint(f.Untar(sparse(1<<19), "/", UntarOptions{})), "<nil>")
	i, err := f.Stat("/hole")
	if err != nil {
		t.Fatal(err)
	}
	check(t, "size", i.Size(), 1<<19)
	if n := f.own.nodes[f.own.next-1]; len(n.data) != 0 {
		t.Errorf("%d bytes are held", len(n.data))
	}
}
