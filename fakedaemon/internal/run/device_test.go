package run

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/google/go-cmp/cmp"
)

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
