package program

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
	"github.com/fakedockerd/fakedockerd/internal/shellwords"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// world are the files that both have.
func world() files.Tree {
	when := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	owner := files.File{UID: os.Getuid(), GID: os.Getgid(), Modified: when}
	t := make(files.Tree)
	file := func(name, data string, mode int64) {
		f := owner
		f.Data, f.Mode = []byte(data), mode
		t["w/"+name] = f
	}
	folder := func(name string) {
		f := owner
		f.Dir, f.Mode = true, 0o755
		t[strings.TrimSuffix("w/"+name, "/")] = f
	}
	link := func(name, to string) {
		f := owner
		f.Link, f.Mode = to, 0o777
		t["w/"+name] = f
	}
	folder("")
	folder("d")
	folder("d/e")
	folder("empty")
	file("f", "a\n", 0o644)
	file("g", "b\n\nx y  z\n\tt", 0o600)
	file("run", "#!/bin/sh\n", 0o755)
	file("nothing", "", 0o644)
	file("d/a.txt", "one\ntwo\nthree\n", 0o644)
	file("d/e/b.TXT", "deep\n", 0o644)
	file("s", "b 2\na 10\nc 1\na 10\n", 0o644)
	file("passwd", "root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:/sbin/nologin\n", 0o644)
	file("long", strings.Repeat("0123456789abcde\n", 100), 0o644)
	file("n", "10\n9\n2.5\n-1\n1k\n\n", 0o644)
	file("kv", "# c\nname = value\nother=1\n[s]\nname = two\n", 0o644)
	link("l", "f")
	link("dl", "d")
	link("broken", "nowhere")
	return t
}

func TestBusybox(t *testing.T) {
	busybox := testtool.Need(t, "busybox")
	lines, err := os.ReadFile("testdata/busybox.txt")
	if err != nil {
		t.Fatal(err)
	}
	commands := strings.Split(strings.TrimSpace(string(lines)), "\n")[1:]
	for _, line := range testtool.Sample(t, commands, len(commands)/8) {
		words, err := shellwords.Split(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		t.Run(line, func(t *testing.T) {
			want := realBusybox(t, busybox, words)
			got := ourBusybox(t, words)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: (-busybox +ours)\n%s", line, diff)
			}
		})
	}
}

// aftermath is what a command says and leaves behind.
type aftermath struct {
	Out, Err string
	Code     int
	Files    []string
}

const busyboxInput = "b 2\na 10\nc 1\na 10\n"

func realBusybox(t *testing.T, busybox string, args []string) aftermath {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "w")
	tree := world()
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range tree {
			if !yield(name) {
				return
			}
		}
	}) {
		f, at := tree[name], filepath.Join(root, name)
		var err error
		switch {
		case f.Dir:
			err = os.Mkdir(at, 0o755)
		case f.Link != "":
			err = os.Symlink(f.Link, at)
		default:
			err = errors.Join(os.WriteFile(at, f.Data, 0o600), os.Chmod(at, fs.FileMode(f.Mode)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, f := range tree {
		if f.Link == "" {
			if err := os.Chtimes(filepath.Join(root, name), f.Modified, f.Modified); err != nil {
				t.Fatal(err)
			}
		}
	}
	touch := exec.CommandContext(t.Context(), busybox, "touch", "-h", "-d", "2020-01-02 03:04:05", "l", "dl", "broken")
	touch.Dir, touch.Env = dir, []string{"TZ=UTC"}
	if out, err := touch.CombinedOutput(); err != nil {
		t.Fatalf("%s %v", out, err)
	}
	cmd := exec.CommandContext(t.Context(), busybox, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(busyboxInput)
	cmd.Env = append(slices.Clone(usual), "TZ=UTC", "PWD=/w")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var e *exec.ExitError
	if err != nil && !errors.As(err, &e) {
		t.Fatal(err)
	}
	o := aftermath{Out: stdout.String(), Err: stderr.String(), Code: cmd.ProcessState.ExitCode()}
	err = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		data := ""
		if info.Mode().IsRegular() {
			b, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			data = string(b)
		} else if info.Mode()&fs.ModeSymlink != 0 {
			if data, err = os.Readlink(name); err != nil {
				return err
			}
		}
		o.Files = append(o.Files, leftBehind(strings.TrimPrefix(name, root), info, data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return o.comparable(args[0], root)
}

// leftBehind is a file in a line.
func leftBehind(name string, info fs.FileInfo, data string) string {
	if strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".tar") || strings.HasSuffix(name, ".tgz") {
		data = "packed"
	}
	when := ""
	if info.Mode().IsRegular() && time.Since(info.ModTime()) > time.Hour {
		when = info.ModTime().UTC().Format(time.DateTime)
	}
	return fmt.Sprintf("%s %v %s %q", name, info.Mode(), when, data)
}

var usageText = regexp.MustCompile(`(?s)BusyBox v.*`)

// comparable leaves out what cannot be the same: orders of folders, places, usage.
func (o aftermath) comparable(name, root string) aftermath {
	if root != "" {
		o.Out, o.Err = strings.ReplaceAll(o.Out, root, ""), strings.ReplaceAll(o.Err, root, "")
	}
	o.Err = usageText.ReplaceAllString(o.Err, "USAGE")
	if slices.Contains([]string{"find", "tar", "du", "grep", "xargs", "mv", "cp", "rm", "chmod"}, name) {
		o.Out, o.Err = sorted(o.Out), sorted(o.Err)
	}
	return o
}

func sorted(text string) string {
	return strings.Join(slices.Sorted(strings.Lines(text)), "")
}

func ourBusybox(t *testing.T, args []string) aftermath {
	t.Helper()
	b := newBox(t, "busybox", world())
	r := b.run(t, busyboxInput, run.Spec{
		Args: append([]string{"busybox"}, args...), Env: append(slices.Clone(usual), "TZ=UTC", "PWD=/w"), Dir: "/w", User: files.Owner{UID: os.Getuid(), GID: os.Getgid()},
	})
	o := aftermath{Out: r.Out, Err: r.Err, Code: r.Code}
	var walk func(name string)
	walk = func(name string) {
		info, err := b.fs.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		data := ""
		if info.Mode().IsRegular() {
			h, err := b.fs.Open(name, os.O_RDONLY, 0, files.Owner{})
			if err != nil {
				t.Fatal(err)
			}
			buffer := make([]byte, info.Size())
			n, _ := h.ReadAt(buffer, 0)
			h.Close()
			data = string(buffer[:n])
		} else if info.Mode()&fs.ModeSymlink != 0 {
			data, _ = b.fs.Readlink(name)
		}
		o.Files = append(o.Files, leftBehind(name, info, data))
		if info.IsDir() {
			entries, _ := b.fs.ReadDir(name)
			for _, e := range entries {
				walk(name + "/" + e.Name())
			}
		}
	}
	walk("/w")
	return o.comparable(args[0], "")
}
