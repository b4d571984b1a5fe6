//go:build linux

package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// number is the word of an error, of an FS or of the system.
func number(err error) string {
	var e Errno
	var sys syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Error()
	case errors.As(err, &sys):
		return sys.Error()
	}
	return err.Error()
}

type ours struct{ fs *FS }

func (w ours) do(op, name, other string, n int64) (string, error) {
	f, me := w.fs, Owner{os.Getuid(), os.Getgid()}
	open := func(flag int, use func(h *Handle) error) error {
		h, err := f.Open(name, flag, 0o644, me)
		if err != nil {
			return err
		}
		defer h.Close()
		return use(h)
	}
	switch op {
	case "mkdir":
		return "", f.Mkdir(name, 0o755, me)
	case "create":
		return "", open(os.O_WRONLY|os.O_CREATE|os.O_TRUNC, func(h *Handle) error { _, err := h.WriteAt([]byte(other), n); return err })
	case "exclusive":
		return "", open(os.O_RDWR|os.O_CREATE|os.O_EXCL, func(*Handle) error { return nil })
	case "append":
		return "", open(os.O_WRONLY|os.O_APPEND, func(h *Handle) error { _, err := h.Append([]byte(other)); return err })
	case "truncate":
		return "", open(os.O_RDWR, func(h *Handle) error { return h.Truncate(n) })
	case "read":
		var data []byte
		err := open(os.O_RDONLY, func(h *Handle) (err error) {
			data, err = io.ReadAll(io.NewSectionReader(h, 0, 1<<20))
			return err
		})
		return string(data), err
	case "remove":
		return "", f.Remove(name, me)
	case "removeall":
		return "", f.RemoveAll(name, me)
	case "rename":
		return "", f.Rename(name, other, me)
	case "symlink":
		return "", f.Symlink(other, name, me)
	case "link":
		return "", f.Link(name, other, me)
	case "chmod":
		return "", f.Chmod(name, fs.FileMode(n)&0o777|0o700, me)
	case "readlink":
		return f.Readlink(name)
	case "stat":
		i, err := f.Stat(name)
		return show(i, err), err
	}
	panic(op)
}

func (w ours) list() []string {
	var all []string
	var walk func(dir string)
	walk = func(dir string) {
		entries, err := w.fs.ReadDir(dir)
		if err != nil {
			panic(err)
		}
		for _, e := range entries {
			name := dir + "/" + e.Name()
			i, err := w.fs.Lstat(name)
			target, _ := w.fs.Readlink(name)
			data, _ := w.do("read", name, "", 0)
			if !i.Mode().IsRegular() {
				data = ""
			}
			all = append(all, fmt.Sprintf("%s %s %s %q", name, show(i, err), target, data))
			if e.IsDir() {
				walk(name)
			}
		}
	}
	walk("")
	return all
}

func show(i fs.FileInfo, err error) string {
	if err != nil {
		return ""
	}
	size, links := i.Size(), 0
	if i.IsDir() {
		size = 0
	}
	switch sys := i.Sys().(type) {
	case *Info:
		links = sys.Links
	case *syscall.Stat_t:
		links = int(sys.Nlink)
	}
	if i.IsDir() {
		links = 0 // which file systems count differently
	}
	return fmt.Sprint(i.Mode(), " ", size, " ", links)
}

type real string

func (w real) do(op, name, other string, n int64) (string, error) {
	at := func(name string) string { return string(w) + name }
	open := func(flag int, use func(h *os.File) error) error {
		h, err := os.OpenFile(at(name), flag, 0o644)
		if err != nil {
			return err
		}
		defer h.Close()
		return use(h)
	}
	switch op {
	case "mkdir":
		return "", os.Mkdir(at(name), 0o755)
	case "create":
		return "", open(os.O_WRONLY|os.O_CREATE|os.O_TRUNC, func(h *os.File) error { _, err := h.WriteAt([]byte(other), n); return err })
	case "exclusive":
		return "", open(os.O_RDWR|os.O_CREATE|os.O_EXCL, func(*os.File) error { return nil })
	case "append":
		return "", open(os.O_WRONLY|os.O_APPEND, func(h *os.File) error { _, err := h.Write([]byte(other)); return err })
	case "truncate":
		return "", open(os.O_RDWR, func(h *os.File) error { return h.Truncate(n) })
	case "read":
		data, err := os.ReadFile(at(name))
		return string(data), err
	case "remove":
		return "", os.Remove(at(name))
	case "removeall":
		return "", os.RemoveAll(at(name))
	case "rename":
		return "", syscall.Rename(at(name), at(other))
	case "symlink":
		return "", os.Symlink(other, at(name))
	case "link":
		return "", os.Link(at(name), at(other))
	case "chmod":
		return "", os.Chmod(at(name), fs.FileMode(n)&0o777|0o700)
	case "readlink":
		return os.Readlink(at(name))
	case "stat":
		i, err := os.Stat(at(name))
		return show(i, err), err
	}
	panic(op)
}

func (w real) list() []string {
	var all []string
	filepath.WalkDir(string(w), func(name string, _ fs.DirEntry, _ error) error {
		if name == string(w) {
			return nil
		}
		i, err := os.Lstat(name)
		target, _ := os.Readlink(name)
		var data []byte
		if i.Mode().IsRegular() {
			data, _ = os.ReadFile(name)
		}
		all = append(all, fmt.Sprintf("%s %s %s %q", strings.TrimPrefix(name, string(w)), show(i, err), target, data))
		return nil
	})
	return all
}

// TestFSProperty: what an FS does is what the system does to a folder.
func TestFSProperty(t *testing.T) {
	old := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(old) })
	ops := []string{
		"mkdir", "mkdir", "create", "create", "create", "exclusive", "append", "truncate", "read", "remove", "removeall", "rename", "rename", "symlink",
		"link", "chmod", "readlink", "stat",
	}
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var below Tree
		w := real(t.TempDir())
		if seed%2 == 1 { // on a layer
			at := time.Unix(1, 0)
			below = Tree{"a": {Dir: true, Mode: 0o755}, "a/b": {Data: []byte("below"), Mode: 0o644, Modified: at}, "c": {Link: "a"}}
			os.Mkdir(string(w)+"/a", 0o755)
			os.WriteFile(string(w)+"/a/b", []byte("below"), 0o644)
			os.Symlink("a", string(w)+"/c")
		}
		f := ours{NewFS(time.Now, below)}
		name := func() string {
			name := ""
			for range 1 + rnd.IntN(1+rnd.IntN(3)) {
				name += "/" + string(rune('a'+rnd.IntN(4)))
			}
			if rnd.IntN(12) == 0 {
				name += "/"
			}
			return name
		}
		var done []string
		for range 120 {
			op, at, other, n := ops[rnd.IntN(len(ops))], name(), name(), rnd.Int64N(9)
			if op == "symlink" {
				other = strings.Trim(other, "/")
			}
			if op == "removeall" {
				at = strings.TrimSuffix(at, "/") // about which Go has its own opinion
			}
			got, err := f.do(op, at, other, n)
			want, wantErr := w.do(op, at, other, n)
			done = append(done, fmt.Sprintf("%s %s %s %d: %q %v", op, at, other, n, want, wantErr))
			if got != want || number(err) != number(wantErr) {
				t.Fatalf("seed %d: %q, %v\n%s", seed, got, err, strings.Join(done, "\n"))
			}
		}
		list := w.list()
		slices.Sort(list)
		mine := f.list()
		slices.Sort(mine)
		if diff := cmp.Diff(list, mine); diff != "" {
			t.Fatalf("seed %d: %s\n%s", seed, diff, strings.Join(done, "\n"))
		}
		checkUpper(t, below, f)
	}
}

// checkUpper: the layers and what was written make what there is.
func checkUpper(t *testing.T, below Tree, f ours) {
	t.Helper()
	again := ours{NewFS(time.Now, below, f.fs.Upper())}
	strip := func(list []string) []string { // of the number of hard links
		for i, line := range list {
			fields := strings.SplitN(line, " ", 5)
			list[i] = strings.Join(slices.Delete(fields, 3, 4), " ")
		}
		return list
	}
	if diff := cmp.Diff(strip(f.list()), strip(again.list())); diff != "" {
		t.Fatalf("upper: %s", diff)
	}
	var tar bytes.Buffer
	if err := f.fs.Upper().WriteTar(&tar); err != nil {
		t.Fatal(err)
	}
	applied := make(Tree)
	for name, file := range below {
		applied[name] = file
	}
	if err := applied.Apply(&tar); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strip(f.list()), strip(ours{NewFS(time.Now, applied)}.list())); diff != "" {
		t.Fatalf("upper as a tar: %s", diff)
	}
}
