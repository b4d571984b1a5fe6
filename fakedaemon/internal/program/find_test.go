package program

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// scripts are files for containers: programs of a user, in all states.
var scripts = files.Tree{
	"s/script":       {Mode: 0o755, Data: []byte("#!/bin/echo  -n x \n")},
	"s/env":          {Mode: 0o755, Data: []byte("#!/usr/bin/env printf\n")},
	"s/nested":       {Mode: 0o755, Data: []byte("#!/s/script\n")},
	"s/lost":         {Mode: 0o755, Data: []byte("#!/bin/nosuch\n")},
	"s/text":         {Mode: 0o755, Data: []byte("echo hi\n")},
	"s/mine":         {Mode: 0o700, Data: []byte("#!/bin/true\n"), UID: 1000},
	"s/unreadable":   {Mode: 0o711, Data: []byte(markOf("echo", ""))},
	"s/server":       {Mode: 0o755, Data: []byte("\x7fELF\x00\x01")},
	"s/placeholder":  {Mode: 0o755},
	"s/noexec":       {Mode: 0o644, Data: []byte("#!/bin/true\n")},
	"s/copy":         {Mode: 0o755, Data: markOf("busybox", "")},
	"s/wc":           {Mode: 0o755, Data: markOf("busybox", "")},
	"opt/bin/uname":  {Mode: 0o755, Data: []byte("\x7fELF\x00of an image that was loaded")},
	"s/link":         {Link: "/bin/busybox"},
	"s/dangling":     {Link: "nowhere"},
	"first/x":        {Mode: 0o644, Data: []byte("#!/bin/false\n")},
	"second/x":       {Mode: 0o755, Data: []byte("#!/bin/true\n")},
	"first/folder/x": {Mode: 0o755},
	"second/folder":  {Mode: 0o755, Data: []byte("#!/bin/true\n")},
}

func TestFind(t *testing.T) {
	for _, tt := range []struct {
		spec run.Spec
		want result
	}{
		{run.Spec{Args: []string{"nosuch"}}, result{Err: `exec: "nosuch": executable file not found in $PATH`, Code: 127}},
		{run.Spec{Args: []string{""}}, result{Err: `exec: "": executable file not found in $PATH`, Code: 127}},
		{run.Spec{Args: []string{"/nosuch"}}, result{Err: `exec: "/nosuch": stat /nosuch: no such file or directory`, Code: 127}},
		{run.Spec{Args: []string{"./nosuch"}}, result{Err: `exec: "./nosuch": stat ./nosuch: no such file or directory`, Code: 127}},
		{run.Spec{Args: []string{"/etc"}}, result{Err: `exec: "/etc": is a directory: permission denied`, Code: 126}},
		{run.Spec{Args: []string{"/etc/passwd"}}, result{Err: `exec: "/etc/passwd": permission denied`, Code: 126}},
		{run.Spec{Args: []string{"/etc/passwd/x"}}, result{Err: `exec: "/etc/passwd/x": stat /etc/passwd/x: not a directory`, Code: 127}},
		{run.Spec{Args: []string{"/s/dangling"}}, result{Err: `exec: "/s/dangling": stat /s/dangling: no such file or directory`, Code: 127}},
		{run.Spec{Args: []string{"/s/mine"}, User: files.Owner{UID: 2, GID: 2}}, result{Err: `exec: "/s/mine": permission denied`, Code: 126}},
		{run.Spec{Args: []string{"/s/mine"}, User: files.Owner{UID: 1000}}, result{}},
		{run.Spec{Args: []string{"/s/mine"}}, result{}},
		{run.Spec{Args: []string{"/s/noexec"}}, result{Err: `exec: "/s/noexec": permission denied`, Code: 126}},
		{run.Spec{Args: []string{"/s/script", "a", "b"}}, result{Out: "-n x /s/script a b\n"}},
		{run.Spec{Args: []string{"./script", "a"}, Dir: "/s"}, result{Out: "-n x ./script a\n"}},
		{run.Spec{Args: []string{"/s/env", "a"}}, result{Out: "/s/env"}},
		{run.Spec{Args: []string{"/s/nested"}}, result{Out: "-n x /s/script /s/nested\n"}},
		{run.Spec{Args: []string{"/s/lost"}}, result{Err: "exec /s/lost: no such file or directory\n", Code: 255}},
		{run.Spec{Args: []string{"/s/text"}}, result{Err: "exec /s/text: exec format error\n", Code: 255}},
		{run.Spec{Args: []string{"/s/unreadable", "hi"}, User: files.Owner{UID: 2, GID: 2}}, result{Out: "hi\n"}},
		{run.Spec{Args: []string{"/s/copy", "echo", "hi"}}, result{Out: "hi\n"}},
		{run.Spec{Args: []string{"/s/copy", "nosuch"}}, result{Err: "nosuch: applet not found\n", Code: 127}},
		{run.Spec{Args: []string{"/s/link", "basename", "/a/b"}}, result{Out: "b\n"}},
		{run.Spec{Args: []string{"/s/wc", "-c", "/s/text"}}, result{Out: "8 /s/text\n"}},
		{run.Spec{Args: []string{"/opt/bin/uname"}}, result{Out: "Linux\n"}},
		{run.Spec{Args: []string{"x"}, Env: []string{"PATH=/first:/second"}}, result{}},
		{run.Spec{Args: []string{"folder"}, Env: []string{"PATH=/first:/second"}}, result{}},
		{run.Spec{Args: []string{"script"}, Env: []string{"PATH="}, Dir: "/s"}, result{Out: "-n x ./script\n"}},
	} {
		b := newBox(t, "busybox", scripts)
		if diff := cmp.Diff(tt.want, b.run(t, "", tt.spec)); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", tt.spec.Args, diff)
		}
	}
}

// TestServices: a program that nobody knows runs until it is told to stop, as the container's own; beside it, it is over.
func TestServices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			finder Finder
			args   []string
			signal int
			want   int
		}{
			{Finder{}, []string{"/s/server"}, run.SIGTERM, 0},
			{Finder{}, []string{"/s/server"}, run.SIGINT, 0},
			{Finder{}, []string{"/s/server"}, run.SIGQUIT, 0},
			{Finder{}, []string{"/s/placeholder"}, run.SIGTERM, 0},
			{Finder{}, []string{"/s/server"}, run.SIGKILL, 137},
			{Finder{StopSignal: 10}, []string{"/s/server"}, 10, 0},
			{Finder{StopSignal: run.SIGKILL}, []string{"/s/server"}, run.SIGTERM, 0},
			{Finder{Services: true}, []string{"mysqld"}, run.SIGTERM, 0},
			{Finder{Services: true}, []string{"/usr/sbin/mysqld"}, run.SIGTERM, 0},
			{Finder{Services: true}, []string{"sh", "-c", "cd /tmp; exec mysqld"}, run.SIGTERM, 0},
			{Finder{Services: true}, []string{"sh", "-c", "mysqld --port 1"}, run.SIGTERM, 0},
		} {
			s := run.NewSpace(run.Options{Files: files.NewFS(time.Now, Base("busybox"), scripts), Find: tt.finder.Find})
			codes := make(chan int, 2)
			spec := run.Spec{Args: tt.args, Env: usual, KernelIgnores: true, Exited: func(code int, _ bool) { codes <- code }}
			p, err := s.Start(spec)
			if err != nil {
				t.Fatalf("%q: %v", tt.args, err)
			}
			synctest.Wait()
			s.Signal(p, run.SIGHUP)
			if _, err := s.Start(spec); err != nil {
				t.Fatal(err)
			}
			if code := <-codes; code != 0 {
				t.Errorf("%q beside: %d", tt.args, code)
			}
			synctest.Wait()
			s.Signal(p, tt.signal)
			if code := <-codes; code != tt.want {
				t.Errorf("%q, signal %d: %d, want %d", tt.args, tt.signal, code, tt.want)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	b := newBox(t, "nginx")
	if diff := cmp.Diff(result{Err: "sh: 1: nosuchprogram: not found\n", Code: 127}, b.run(t, "", run.Spec{Args: []string{"sh", "-c", "nosuchprogram"}})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	_, err := run.NewSpace(run.Options{Files: files.NewFS(time.Now), Find: Finder{Services: true}.Find}).Start(run.Spec{Args: []string{"/bin/nosuchprogram"}})
	if e, ok := err.(*run.StartError); !ok || e.Code != 127 {
		t.Errorf("nosuch...: %v", err)
	}
}

// TestIDOfDebian: coreutils' id begins with the group of the user, busybox's as the kernel sorts them.
func TestIDOfDebian(t *testing.T) {
	spec := run.Spec{Args: []string{"id"}, User: files.Owner{UID: 1000, GID: 1000}, Groups: []int{1000, 50, 4}}
	for base, want := range map[string]string{
		"debian":  "uid=1000 gid=1000 groups=1000,4(adm),50(staff)\n",
		"busybox": "uid=1000 gid=1000 groups=4(adm),50(staff),1000\n",
	} {
		if diff := cmp.Diff(result{Out: want}, newBox(t, base).run(t, "", spec)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", base, diff)
		}
	}
}

// TestBases: each base has what people look for in it, all of its programs can be run, and its links lead somewhere.
func TestBases(t *testing.T) {
	for name, want := range map[string][]string{
		"busybox":     {"bin/busybox", "bin/sh", "bin/ls", "bin/[", "etc/passwd"},
		"alpine":      {"bin/busybox", "bin/sh", "usr/bin/wc", "sbin/apk", "etc/alpine-release", "etc/os-release"},
		"debian":      {"usr/bin/bash", "usr/bin/dash", "usr/bin/apt-get", "etc/debian_version", "etc/os-release", "bin"},
		"ubuntu":      {"usr/bin/bash", "etc/os-release", "usr/bin/uptime", "var/log/dmesg"},
		"nginx":       {"usr/bin/bash", "usr/bin/ps", "tmp"},
		"hello-world": {"hello"},
	} {
		tree := Base(name)
		f := files.NewFS(time.Now, tree)
		for _, file := range want {
			if _, ok := tree[file]; !ok {
				t.Errorf("%s has no %s", name, file)
			}
		}
		for file, x := range tree {
			if _, err := f.Stat(file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			program, _, marked := mark(x.Data)
			if executable := !x.Dir && x.Link == "" && x.Mode&0o111 != 0; executable != marked {
				t.Errorf("%s: /%s has mode %o and %q", name, file, x.Mode, x.Data)
			} else if marked && program != "busybox" && !known(program) {
				t.Errorf("%s: /%s is %q", name, file, program)
			}
		}
	}
	if diff := cmp.Diff(result{Out: helloText}, command(t, "hello-world", "", "/hello")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	uptime := result{Out: "up 1 day,  0:00,  0 users,  load average: 0.00, 0.00, 0.00\n"}
	if diff := cmp.Diff(uptime, command(t, "ubuntu", "", "bash", "-c", "uptime | sed 's/.* up /up /'; cat /var/log/dmesg")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestComplete: only an image whose busybox is no program gets the usual one's files, and keeps its own.
func TestComplete(t *testing.T) {
	own := files.File{Data: []byte("\n\n"), Mode: 0o755}
	got := Complete(files.Tree{"bin/busybox": own, "etc/passwd": {Data: []byte("x")}})
	if string(got["etc/passwd"].Data) != "x" || string(got["bin/busybox"].Data) != "\n\n" || !got["tmp"].Dir || len(got) != len(Base("busybox")) || got["bin/sh"].Link != "/bin/busybox" {
		t.Errorf("%d files, passwd %q", len(got), got["etc/passwd"].Data)
	}
	for _, f := range []files.File{
		{Data: []byte("\x7fELF..."), Mode: 0o755}, {Data: []byte("#!/bin/true\n"), Mode: 0o755}, {Data: []byte("\n"), Mode: 0o644}, Base("busybox")["bin/busybox"],
		{Link: "x", Mode: 0o777}, {Dir: true, Mode: 0o755},
	} {
		if got := Complete(files.Tree{"bin/busybox": f}); len(got) != 1 {
			t.Errorf("%+v: %d files", f, len(got))
		}
	}
	if got := Complete(files.Tree{"app": own}); len(got) != 1 {
		t.Errorf("without busybox: %d files", len(got))
	}
}

// TestNothingToRun: where no file could be run, what has no file is a service; one file that could be is enough to be believed.
func TestNothingToRun(t *testing.T) {
	initial := files.Tree{".dockerenv": {Mode: 0o755}, "etc/hosts": {Mode: 0o755}, "a/b/data": {Data: []byte("x"), Mode: 0o644}, "link": {Link: "a", Mode: 0o777}}
	with := maps.Clone(initial)
	with["a/b/app"] = files.File{Data: []byte("x"), Mode: 0o755}
	for want, tree := range map[int]files.Tree{0: initial, 127: with} {
		space := run.NewSpace(run.Options{Files: files.NewFS(time.Now, tree), Find: Find})
		_, err := space.Start(run.Spec{Args: []string{"serve"}})
		got := 0
		if e, ok := err.(*run.StartError); ok {
			got = e.Code
		}
		if got != want {
			t.Errorf("%v, want code %d", err, want)
		}
		if err := space.Close(); err != nil {
			t.Error(err)
		}
	}
}
