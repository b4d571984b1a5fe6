package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/google/go-cmp/cmp"
)

// TestCalls runs programs that say what calls have told them.
func TestCalls(t *testing.T) {
	type calls struct {
		name string
		main Main
		want string
		code int
	}
	say := func(p *Process, values ...any) { fmt.Fprintln(p.Stdout(), values...) }
	for _, test := range []calls{
		{"exit code has eight bits", func(p *Process) int { return 256 + 7 }, "", 7},
		{"exit ends it", func(p *Process) int {
			defer say(p, "deferred")
			p.Exit(4)
			return 5
		}, "", 4},
		{"environment", func(p *Process) int {
			p.Setenv("A", "1")
			p.Setenv("A", "2")
			p.Fork(func(p *Process) int {
				p.Setenv("A", "3")
				return 0
			})
			p.Wait(-1, false)
			say(p, p.Env(), p.Getenv("A"), p.Getenv("B"))
			return 0
		}, "[A=2] 2 \n", 0},
		{"exec", func(p *Process) int {
			p.Catch(SIGTERM)
			p.Ignore(SIGINT)
			fd, _ := p.Dup(1, 10, true)
			again, _ := p.Dup(1, 0, false)
			say(p, fd, again, p.Exec([]string{"nosuch"}, nil))
			p.Exec([]string{"other", "x"}, []string{"B=2"})
			return 1
		}, "10 3 exec: \"nosuch\": executable file not found in $PATH\n[other x] [B=2] 1 [0 1 2 3] true false\n", 0},
		{"children", func(p *Process) int {
			_, none := p.Wait(-1, false)
			a, _ := p.Fork(func(p *Process) int { return 3 })
			b, _ := p.Fork(func(p *Process) int {
				p.Pause()
				return 0
			})
			first, _ := p.Wait(-1, false)
			still, _ := p.Wait(b, true)
			p.Kill(b, SIGTERM)
			second, _ := p.Wait(0, false)
			_, other := p.Wait(a, false)
			say(p, a, b, none, first, still, second, other, p.Kill(a, 0))
			return 0
		}, "2 3 no child processes {2 3 0 false} {0 0 0 false} {3 143 15 false} no child processes no such process\n", 0},
		{"ignored SIGCHLD", func(p *Process) int {
			p.Ignore(SIGCHLD)
			p.Fork(func(p *Process) int { return 3 })
			_, err := p.Wait(-1, false)
			say(p, err)
			return 0
		}, "no child processes\n", 0},
		{"caught SIGCHLD", func(p *Process) int {
			p.Catch(SIGCHLD)
			p.Fork(func(p *Process) int { return 3 })
			err := p.Sleep(time.Hour)
			sig, ok := p.Caught()
			_, more := p.Caught()
			say(p, err, sig, ok, more)
			return 0
		}, "interrupted system call 17 true false\n", 0},
		{"orphans", func(p *Process) int {
			r, w, _ := p.Pipe()
			p.Fork(func(p *Process) int {
				p.Fork(func(p *Process) int {
					p.Read(r, make([]byte, 1))
					say(p, "parent", p.Parent())
					return 9
				})
				return 0
			})
			say(p, fmt.Sprint(p.Wait(-1, false)))
			p.Write(w, []byte("x"))
			say(p, fmt.Sprint(p.Wait(-1, false)))
			return 0
		}, "{2 0 0 false} <nil>\nparent 1\n{3 9 0 false} <nil>\n", 0},
		{"alarm", func(p *Process) int {
			p.Catch(SIGALRM)
			p.Alarm(time.Hour)
			p.Alarm(time.Millisecond)
			err := p.Pause()
			sig, _ := p.Caught()
			say(p, err, sig)
			p.Default(SIGALRM)
			p.Alarm(time.Millisecond)
			p.Pause()
			return 0
		}, "interrupted system call 14\n", 142},
		{"what was caught before interrupts too", func(p *Process) int {
			p.Catch(SIGTERM)
			p.Kill(p.Pid(), SIGTERM)
			n, err := p.Read(0, make([]byte, 1))
			_, wait := p.Wait(-1, false)
			say(p, n, err, wait)
			return 0
		}, "0 interrupted system call no child processes\n", 0},
		{"a write that was begun", func(p *Process) int {
			p.Catch(SIGTERM)
			r, w, _ := p.Pipe()
			p.Fork(func(p *Process) int {
				for p.s.readable(r) < pipeSize {
					p.Sleep(time.Millisecond)
				}
				p.Kill(1, SIGTERM)
				return 0
			})
			n, err := p.Write(w, make([]byte, 100_000))
			more, then := p.Write(w, make([]byte, 1))
			say(p, n, err, more, then)
			return 0
		}, "65536 <nil> 0 interrupted system call\n", 0},
		{"caught before exec", func(p *Process) int {
			p.Catch(SIGTERM)
			p.Kill(p.Pid(), SIGTERM)
			p.Exec([]string{"sleep"}, nil)
			return 1
		}, "<nil>\n", 0},
		{"nobody reads", func(p *Process) int {
			r, w, _ := p.Pipe()
			p.Close(r)
			pid, _ := p.Fork(func(p *Process) int {
				p.Write(w, []byte("x"))
				return 0
			})
			status, _ := p.Wait(pid, false)
			p.Ignore(SIGPIPE)
			_, err := p.Write(w, []byte("x"))
			say(p, status, err)
			return 0
		}, "{2 141 13 false} broken pipe\n", 0},
		{"descriptors", func(p *Process) int {
			_, read := p.Read(1, make([]byte, 1))
			_, write := p.Write(0, []byte("x"))
			_, none := p.Write(7, []byte("x"))
			r, w, _ := p.Pipe()
			dup, same := p.Dup2(r, 20), p.Dup2(r, r)
			p.Close(3)
			p.Write(w, []byte("abc"))
			p.Close(w)
			b := make([]byte, 2)
			n, err := p.Read(20, b)
			m, _ := p.Read(20, b)
			_, end := p.Read(20, b)
			say(p, read, "-", write, "-", none, "-", dup, same, n, err, m, end, p.Close(r), p.Dup2(99, 1), p.Dup2(1, 5000))
			_, seek := p.Seek(20, 0, 0)
			say(p, seek, p.IsTerminal(1))
			return 0
		}, "bad file descriptor - bad file descriptor - bad file descriptor - <nil> <nil> 2 <nil> 1 EOF bad file descriptor bad file descriptor bad file descriptor\nillegal seek false\n", 0},
		{"files", func(p *Process) int {
			p.Umask(0o027)
			say(p, p.Mkdir("/tmp", 0o777), p.Mkdir("/tmp/", 0o777), p.Mkdir("/", 0o777), p.Chdir("tmp"), p.Dir(), p.Chdir("nosuch"))
			fd, err := p.Open("a", os.O_RDWR|os.O_CREATE, 0o666)
			p.Write(fd, []byte("hello"))
			p.Seek(fd, 1, io.SeekStart)
			p.Fork(func(p *Process) int {
				p.Write(fd, []byte("E"))
				return 0
			})
			p.Wait(-1, false)
			b := make([]byte, 10)
			n, _ := p.Read(fd, b)
			info, _ := p.Fstat(fd)
			_, end := p.Read(fd, b[5:])
			say(p, fd, err, string(b[:n]), info.Mode(), info.Size(), end, p.Truncate(fd, 2))
			p.Close(fd)
			_, missing := p.Open("b", 0, 0)
			say(p, missing, p.Chdir("a"), p.Access("a", 6), p.Files().Symlink("../tmp/a", "/tmp/l", p.User()))
			link, _ := p.Readlink("l")
			stat, _ := p.Stat("l")
			lstat, _ := p.Lstat("./../tmp/l")
			list, _ := p.ReadDir(".")
			say(p, link, stat.Size(), lstat.Mode(), list)
			return 0
		}, "<nil> mkdir /tmp/: file exists mkdir /: file exists <nil> /tmp stat nosuch: no such file or directory\n" +
			"3 <nil> llo -rw-r----- 5 EOF <nil>\n" +
			"open b: no such file or directory chdir a: not a directory <nil> <nil>\n" +
			"../tmp/a 2 Lrwxrwxrwx [- a L l]\n", 0},
		{"groups", func(p *Process) int {
			r, w, _ := p.Pipe()
			pid, _ := p.Fork(func(p *Process) int {
				p.Setsid()
				say(p, p.Group(), p.Setsid())
				p.Write(w, []byte("x"))
				p.Pause()
				return 0
			})
			p.Read(r, make([]byte, 1))
			p.Kill(-pid, SIGINT)
			status, _ := p.Wait(pid, false)
			say(p, status.Code, p.Setpgid(0, 0), p.Setpgid(99, 0), p.Setsid())
			return 0
		}, "2 operation not permitted\n130 operation not permitted no such process operation not permitted\n", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			main := test.main
			out, codes := newOutput(), make(chan int, 1)
			s := space(t, programs{"main": main, "sleep": func(p *Process) int {
				say(p, p.Sleep(time.Millisecond))
				return 0
			}, "other": func(p *Process) int {
				list, _ := p.ReadDir("/proc/self/fd")
				var fds []string
				for _, e := range list {
					fds = append(fds, e.Name())
				}
				p.Kill(1, 0)
				say(p, p.Args(), p.Env(), p.Pid(), fds, p.Ignored(SIGINT), p.Ignored(SIGTERM))
				return 0
			}})
			_, err := s.Start(Spec{Args: []string{"main"}, Stdin: new(Input).Device(), Stdout: out, Exited: func(code int, _ bool) { codes <- code }})
			if err != nil {
				t.Fatal(err)
			}
			code := <-codes
			if diff := cmp.Diff(test.want, out.String()); diff != "" || code != test.code {
				t.Errorf("code %d, want %d\n%s", code, test.code, diff)
			}
		})
	}
}

// readable is how much is in the pipe behind a descriptor of pid 1.
func (s *Space) readable(fd int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.processes[1].fds[fd].f.file.(*pipe).len()
}

// TestFirst: pid 1 without a handler is not ended by signals from within or without, but by SIGKILL from without, and all others end with it.
func TestFirst(t *testing.T) {
	type end struct{ who, code int }
	ends := make(chan end, 2)
	s := space(t, programs{"init": service, "other": func(p *Process) int {
		p.Kill(1, SIGKILL)
		p.Kill(1, SIGTERM)
		p.Kill(-1, SIGTERM)
		p.Pause()
		return 0
	}})
	first, _ := s.Start(Spec{Args: []string{"init"}, KernelIgnores: true, Exited: func(code int, _ bool) { ends <- end{1, code} }})
	s.Start(Spec{Args: []string{"other"}, Exited: func(code int, _ bool) { ends <- end{2, code} }})
	settle(t, s)
	for _, sig := range []int{SIGTERM, SIGINT, SIGTSTP, 40} {
		s.Signal(first, sig)
	}
	settle(t, s)
	if len(ends) != 0 || len(s.Processes()) != 2 {
		t.Fatalf("%+v", s.Processes())
	}
	s.Signal(first, SIGKILL)
	settle(t, s)
	if diff := cmp.Diff([]end{{2, 137}, {1, 137}}, []end{<-ends, <-ends}, cmp.AllowUnexported(end{})); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Start(Spec{Args: []string{"init"}}); err != ESRCH {
		t.Error(err)
	}
}

// TestUnwinding: what is deferred runs when a process is killed, but makes no calls, and the goroutine is gone when it is over.
func TestUnwinding(t *testing.T) {
	before := runtime.NumGoroutine()
	out, deferred := newOutput(), make(chan string, 9)
	s := space(t, programs{"main": func(p *Process) int {
		defer func() { deferred <- "first" }()
		defer io.WriteString(p.Stdout(), "never")
		defer func() { deferred <- "second" }()
		defer p.Exec([]string{"main"}, nil)
		<-p.Context().Done()
		p.Sleep(time.Hour)
		return 0
	}})
	p, _ := s.Start(Spec{Args: []string{"main"}, Stdout: out})
	s.Signal(p, SIGTERM)
	settle(t, s)
	if len(deferred) != 2 || <-deferred != "second" || out.String() != "" {
		t.Errorf("%d, %q", len(deferred), out)
	}
	for range 5 {
		s.Start(Spec{Args: []string{"main"}})
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for runtime.NumGoroutine() > before {
		runtime.Gosched() // those that are over have only to return
	}
}

func TestCloseGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan bool)
		s := NewSpace(Options{Find: programs{"main": func(p *Process) int {
			<-stuck
			return 0
		}}.find})
		s.Start(Spec{Args: []string{"main"}})
		began := time.Now()
		if err := s.Close(); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != closeTimeout {
			t.Error(err, time.Since(began))
		}
		close(stuck)
	})
}

func TestOutOfMemory(t *testing.T) {
	type end struct {
		code int
		oom  bool
	}
	ends := make(chan end, 1)
	s := space(t, programs{"main": func(p *Process) int {
		p.OutOfMemory()
		return 0
	}})
	s.Start(Spec{Args: []string{"main"}, KernelIgnores: true, Exited: func(code int, oom bool) { ends <- end{code, oom} }})
	if got := <-ends; got != (end{137, true}) {
		t.Error(got)
	}
}

func TestGoexitOfOthers(t *testing.T) {
	if _, code := result(t, "", func(p *Process) int {
		runtime.Goexit()
		return 0
	}); code != 1 {
		t.Error(code)
	}
}

func TestPausedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := newOutput()
		s := space(t, programs{"main": func(p *Process) int {
			p.Sleep(6 * time.Second)
			fmt.Fprint(p.Stdout(), p.Now().Sub(p.started))
			return 0
		}})
		s.Start(Spec{Args: []string{"main"}, Stdout: out})
		<-time.After(time.Second)
		s.Pause()
		<-time.After(8 * time.Second)
		settle(t, s)
		if out.String() != "" {
			t.Errorf("%q", out)
		}
		s.Resume()
		settle(t, s)
		if out.String() != "9s" {
			t.Errorf("%q", out)
		}
	})
}

func TestLimits(t *testing.T) {
	for _, test := range []struct {
		name   string
		limits Limits
		main   Main
		want   string
	}{
		{"processes", Limits{Processes: 3}, func(p *Process) int {
			var errs []error
			for range 3 {
				_, err := p.Fork(service)
				errs = append(errs, err)
			}
			fmt.Fprint(p.Stdout(), errs)
			return 0
		}, "[<nil> <nil> resource temporarily unavailable] 0"},
		{"descriptors", Limits{Descriptors: 5}, func(p *Process) int {
			_, _, err := p.Pipe()
			_, _, pipe := p.Pipe()
			_, dup := p.Dup(0, 0, false)
			_, open := p.Open("/dev/null", 0, 0)
			fmt.Fprint(p.Stdout(), err, "-", pipe, "-", dup, "-", open)
			return 0
		}, "<nil>-too many open files-too many open files-open /dev/null: too many open files 0"},
		{"output", Limits{Output: 10}, func(p *Process) int {
			for {
				io.WriteString(p.Stdout(), "12345")
			}
		}, "123451234512345 153"},
		{"calls", Limits{Calls: 1000}, func(p *Process) int {
			for range 10 {
				for range 900 {
					p.Check()
				}
				p.Sleep(time.Millisecond)
			}
			io.WriteString(p.Stdout(), "slept")
			for {
				p.Check()
			}
		}, "slept 152"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, codes := newOutput(), make(chan int, 1)
			s := NewSpace(Options{Files: files.NewFS(time.Now), Find: programs{"main": test.main}.find, Limits: test.limits})
			defer s.Close()
			s.Start(Spec{Args: []string{"main"}, Stdout: out, Exited: func(code int, _ bool) { codes <- code }})
			if got := fmt.Sprint(<-codes); out.String()+" "+got != test.want {
				t.Errorf("%q %s, want %q", out, got, test.want)
			}
		})
	}
}

func TestInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var in Input
		n, err := in.Write(ctx, make([]byte, 100_000))
		if n != pipeSize || err != context.DeadlineExceeded {
			t.Error(n, err)
		}
		out := newOutput()
		s := space(t, programs{"main": func(p *Process) int {
			b, err := io.ReadAll(p.Stdin())
			fmt.Fprint(p.Stdout(), len(b), err)
			p.Close(0)
			p.Pause()
			return 0
		}})
		s.Start(Spec{Args: []string{"main"}, Stdin: in.Device(), Stdout: out})
		n, err = in.Write(t.Context(), make([]byte, 200_000))
		if n != 200_000 || err != nil {
			t.Error(n, err)
		}
		settle(t, s)
		if out.String() != "" {
			t.Errorf("%q", out)
		}
		in.CloseWrite()
		settle(t, s)
		if out.String() != "265536 <nil>" {
			t.Errorf("%q", out)
		}
		if _, err := in.Write(t.Context(), []byte("x")); err != io.ErrClosedPipe {
			t.Error(err)
		}
	})
}

// TestInputThatNobodyReads: a writer that waits for room is told that there is nobody.
func TestInputThatNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var in Input
		s := space(t, programs{"main": func(p *Process) int {
			p.Sleep(time.Second)
			return 0
		}})
		s.Start(Spec{Args: []string{"main"}, Stdin: in.Device()})
		if n, err := in.Write(t.Context(), make([]byte, 100_000)); n != pipeSize || err != io.ErrClosedPipe {
			t.Error(n, err)
		}
	})
}

// TestNoRoom: what a device has no room for waits, settled, and a killed process does not wait.
func TestNoRoom(t *testing.T) {
	for _, on := range []string{"device", "terminal"} {
		t.Run(on, func(t *testing.T) {
			out := newOutput()
			out.room = 10
			s := space(t, programs{"main": func(p *Process) int {
				io.WriteString(p.Stdout(), "0123456789abcdef")
				io.WriteString(p.Stdout(), strings.Repeat("x", 100))
				return 0
			}})
			spec := Spec{Args: []string{"main"}, Stdout: out}
			if on == "terminal" {
				spec.TTY = NewTTY(0, 0, out)
			}
			p, _ := s.Start(spec)
			settle(t, s)
			for _, want := range []string{"0123456789", "0123456789abcdefxxxx"} {
				if got := out.String(); got != want {
					t.Errorf("%q, want %q", got, want)
				}
				out.mu.Lock()
				out.room = 10
				out.mu.Unlock()
				s.Wake()
				settle(t, s)
			}
			s.Signal(p, SIGTERM)
			settle(t, s)
			if all := s.Processes(); len(all) != 0 {
				t.Errorf("%+v", all)
			}
		})
	}
}

// TestDevices reads and writes what is in /dev and /proc.
func TestDevices(t *testing.T) {
	out, code := result(t, "input\n", func(p *Process) int {
		read := func(name string, size int) string {
			fd, err := p.Open(name, 0, 0)
			if err != nil {
				return err.Error()
			}
			defer p.Close(fd)
			b := make([]byte, size)
			n, err := p.Read(fd, b)
			if err != nil {
				return err.Error()
			}
			return string(b[:n])
		}
		write := func(name, data string) error {
			fd, err := p.Open(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
			if err != nil {
				return err
			}
			defer p.Close(fd)
			_, err = p.Write(fd, []byte(data))
			return err
		}
		say := func(values ...any) { fmt.Fprintln(p.Stdout(), values...) }
		p.Mkdir("/tmp", 0o777)
		p.Files().Symlink("/dev/null", "/tmp/null", p.User())
		p.Files().Symlink("/dev", "/tmp/dev", p.User())
		say(read("/dev/null", 9), write("/dev/null", "x"), write("/tmp/null", "x"), write("/tmp/dev/../dev/null", "x"))
		say([]byte(read("/dev/zero", 3)), write("/dev/full", "x"), len(read("/dev/urandom", 12)), read("/dev/tty", 1), read("/dev/nosuch", 1))
		say(strings.TrimSpace(read("/dev/stdin", 9)), write("/dev/stdout", "out "), write("/dev/fd/1", "fd "))
		say(read("/proc/self/cmdline", 99) == "main\x00", read("/proc/1/comm", 99), read("/proc/2/comm", 9), read("/proc", 9), write("/proc/version", "x"))
		info, _ := p.Stat("/dev/null")
		major, minor, ok := DeviceNumber(info)
		say(info.Mode(), major, minor, ok)
		self, _ := p.Readlink("/proc/self")
		null, _ := p.Readlink("/proc/self/fd/2")
		_, err := p.Stat("/dev/null/")
		say(self, null, err, p.Chdir("/proc/self/"), p.Dir(), p.Access("/dev/null", 2), p.Access("/dev/null", 1))
		for _, dir := range []string{"/dev", "/proc", "."} {
			list, _ := p.ReadDir(dir)
			for _, e := range list {
				fmt.Fprint(p.Stdout(), e.Name(), " ")
			}
			say()
		}
		list, _ := p.ReadDir("/proc/sys/kernel")
		for _, e := range list {
			fmt.Fprint(p.Stdout(), e.Name(), " ")
		}
		fmt.Fprint(p.Stdout(), read("/proc/sys/kernel/hostname", 9))
		fd, _ := p.Open("/tmp/file", os.O_RDWR|os.O_CREATE, 0o644)
		p.Write(fd, []byte("content"))
		say(read(fmt.Sprint("/proc/self/fd/", fd), 9), write(fmt.Sprint("/dev/fd/", fd), "new"), read("/tmp/file", 9))
		return 0
	})
	want := `EOF <nil> <nil> <nil>
[0 0 0] no space left on device 12 open /dev/tty: no such device or address open /dev/nosuch: no such file or directory
out fd input <nil> <nil>
true main
 open /proc/2/comm: no such file or directory is a directory open /proc/version: permission denied
Dcrw-rw-rw- 1 3 true
1 /dev/null stat /dev/null/: not a directory <nil> /proc/1 <nil> access /dev/null: permission denied
fd full null ptmx pts random stderr stdin stdout tty urandom zero 
1 cpuinfo filesystems loadavg meminfo mounts self stat swaps sys uptime version 
cgroup cmdline comm cwd environ fd mounts root stat status 
hostname osrelease ostype random box
content <nil> new
`
	if diff := cmp.Diff(want, out); diff != "" || code != 0 {
		t.Error(code, diff)
	}
}

// TestProc has what /proc says of a process, in the fields that Linux has them in.
func TestProc(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := newOutput()
		s := space(t, programs{"/bin/main": func(p *Process) int {
			p.Ignore(SIGINT)
			p.Catch(SIGTERM)
			p.Fork(func(p *Process) int { return 3 })
			p.Sleep(1500 * time.Millisecond)
			p.Kill(1, SIGTERM)
			for _, name := range []string{"self/status", "1/stat", "2/stat", "2/cmdline", "uptime", "loadavg", "1/environ"} {
				fd, err := p.Open("/proc/"+name, 0, 0)
				if err != nil {
					fmt.Fprintln(p.Stdout(), err)
					continue
				}
				io.Copy(p.Stdout(), &stdio{p, fd})
				p.Close(fd)
			}
			exe, err := p.Readlink("/proc/self/exe")
			fmt.Fprintln(p.Stdout(), exe, err)
			return 0
		}})
		s.o.Files.Mkdir("/bin", 0o755, files.Owner{})
		s.o.Files.Open("/bin/main", os.O_CREATE, 0o755, files.Owner{})
		spec := Spec{Args: []string{"/bin/main"}, Env: []string{"A=1"}, User: files.Owner{UID: 5, GID: 6}, Groups: []int{7, 8}, Stdout: out}
		if _, err := s.Start(spec); err != nil {
			t.Fatal(err)
		}
		settle(t, s)
		<-time.After(2 * time.Second)
		settle(t, s)
		want := `Name:	main
Umask:	0022
State:	R (running)
Tgid:	1
Ngid:	0
Pid:	1
PPid:	0
TracerPid:	0
Uid:	5	5	5	5
Gid:	6	6	6	6
FDSize:	64
Groups:	7 8 
NStgid:	1
NSpid:	1
NSpgid:	1
NSsid:	1
VmSize:	    1024 kB
VmRSS:	    1024 kB
Threads:	1
SigPnd:	0000000000004000
ShdPnd:	0000000000000000
SigBlk:	0000000000000000
SigIgn:	0000000000000002
SigCgt:	0000000000004000
1 (main) R 0 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 0 1048576 256 18446744073709551615 0 0 0 0 0 0 16384 2 16384 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0
2 (main) Z 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 0 1048576 256 18446744073709551615 0 0 0 0 0 0 0 2 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 768
` + "1.50 1.50\n0.00 0.00 0.00 1/2 2\nA=1\x00/bin/main <nil>\n"
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Error(diff)
		}
	})
}
