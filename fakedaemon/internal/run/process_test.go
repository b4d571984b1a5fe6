package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
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
