package run

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// terminal runs a program on a terminal of its own, types, each time when all is settled, and gives what is seen and the exit code; -1: it runs on.
func terminal(t *testing.T, main Main, typed ...string) (seen string, code int) {
	t.Helper()
	out, codes := newOutput(), make(chan int, 1)
	s := space(t, programs{"main": main})
	tty := NewTTY(24, 80, out)
	spec := Spec{Args: []string{"main"}, TTY: tty, KernelIgnores: true, Exited: func(code int, _ bool) { codes <- code }}
	if _, err := s.Start(spec); err != nil {
		t.Fatal(err)
	}
	settle(t, s)
	for _, b := range typed {
		tty.Write(t.Context(), []byte(b))
		settle(t, s)
	}
	select {
	case code = <-codes:
	default:
		code = -1
	}
	return out.String(), code
}

func cat(p *Process) int {
	io.Copy(p.Stdout(), p.Stdin())
	return 0
}

// set has a program change the settings of its terminal first.
func set(change func(*Termios), main Main) Main {
	return func(p *Process) int {
		settings, err := p.Termios(0)
		if err != nil {
			return 99
		}
		change(&settings)
		p.SetTermios(0, settings)
		return main(p)
	}
}

// child is a program that runs another, and says how that ended.
func child(main Main) Main {
	return func(p *Process) int {
		p.Catch(SIGINT)
		pid, _ := p.Fork(main)
		for {
			if status, err := p.Wait(pid, false); err != EINTR {
				return status.Code
			}
		}
	}
}

// TestTerminal has what dockerd 20.10 shows with docker run -it of busybox's programs, in the kernel's hands.
func TestTerminal(t *testing.T) {
	for _, test := range []struct {
		name  string
		main  Main
		typed []string
		want  string
		code  int
	}{
		{"lines", cat, []string{"hello\r", "abc\x7fd\r", "foo bar\x17baz\r", "xyz\x15q\r"},
			"hello\r\nhello\r\nabc\b \bd\r\nabd\r\nfoo bar\b \b\b \b\b \bbaz\r\nfoo baz\r\nxyz\b \b\b \b\b \bq\r\nq\r\n", -1},
		{"end of file", cat, []string{"part\x04", "\x04"}, "partpart", 0},
		{"controls", cat, []string{"\x1b[A\x01\tq\x80\r"}, "^[[A^A\tq\x80\r\n\x1b[A\x01\tq\x80\r\n", -1},
		{"literal", cat, []string{"a\x16\x03b\r"}, "a^\b^Cb\r\na\x03b\r\n", -1},
		{"reprint", cat, []string{"l1\x12\r"}, "l1^R\r\nl1\r\nl1\r\n", -1},
		{"erase a tab", cat, []string{"a\tb\x7f\x7f\x7f\r"}, "a\tb\b \b\b\b\b\b\b\b\b\b \b\r\n\r\n", -1},
		{"erase a byte", cat, []string{"é\x7f\r"}, "é\b \b\r\n\xc3\r\n", -1},
		{"stop and start", cat, []string{"\x0f\x13x", "\x11y\r"}, "^Oxy\r\n\x0fxy\r\n", -1},
		{"interrupt", child(cat), []string{"some", "\x03"}, "some^C", 130},
		{"interrupt what was just typed", child(cat), []string{"some\x03"}, "^C", 130},
		{"quit", child(cat), []string{"\x1c"}, "^\\", 131},
		{"suspend nobody who could go on", child(cat), []string{"\x1a"}, "^Z", -1},
		{"interrupt pid 1", cat, []string{"\x03", "a\r"}, "^Ca\r\na\r\n", -1},
		{"raw", set(func(s *Termios) { s.Input, s.Output, s.Local = 0, 0, s.Local&^(ICANON|ISIG) }, cat), []string{"a\r\x03b\x04"}, "a^M^Cb^Da\r\x03b\x04", -1},
		{"no echo", set(func(s *Termios) { s.Local &^= ECHO }, cat), []string{"secret\r"}, "secret\r\n", -1},
		{"output", func(p *Process) int {
			io.WriteString(p.Stdout(), "a\tb\nc\r\nd")
			return set(func(s *Termios) { s.Output &^= ONLCR }, func(p *Process) int {
				io.WriteString(p.Stdout(), "x\ny")
				return 0
			})(p)
		}, nil, "a\tb\r\nc\r\r\ndx\ny", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, code := terminal(t, test.main, test.typed...)
			if got != test.want || code != test.code {
				t.Errorf("%q, %d\nwant %q, %d", got, code, test.want, test.code)
			}
		})
	}
}

// TestSettings has what Linux 6.18 shows on a terminal with stty's settings and cat.
func TestSettings(t *testing.T) {
	flags := func(on bool, of func(*Termios) *uint32, bits uint32) func(*Termios) {
		return func(s *Termios) {
			if *of(s) &^= bits; on {
				*of(s) |= bits
			}
		}
	}
	input := func(s *Termios) *uint32 { return &s.Input }
	output := func(s *Termios) *uint32 { return &s.Output }
	local := func(s *Termios) *uint32 { return &s.Local }
	for _, test := range []struct {
		name  string
		set   func(*Termios)
		begin string
		typed []string
		want  string
	}{
		{"tab behind a prompt", flags(false, input, IUTF8), "$ ", []string{"a\tb\x7f\x7f\x7f\r"}, "$ a\tb\b \b\b\b\b\b\b\b \b\r\n\r\n"},
		{"iutf8", flags(true, input, IUTF8), "", []string{"é\tü\x7f\x7f\x7f\r"}, "é\tü\b \b\b\b\b\b\b\b\b\b \b\r\n\r\n"},
		{"-echoe", flags(false, local, ECHOE), "", []string{"ab\x7fc\r"}, "ab^?c\r\nac\r\n"},
		{"-echoke", flags(false, local, ECHOKE), "", []string{"ab\x15c\r"}, "ab^U\r\nc\r\nc\r\n"},
		{"-echok -echoke", flags(false, local, ECHOK|ECHOKE), "", []string{"ab\x15c\r"}, "ab^Uc\r\nc\r\n"},
		{"-echoctl", flags(false, local, ECHOCTL), "", []string{"a\x01\x7fb\x7f\r"}, "a\x01b\b \b\r\na\r\n"},
		{"-icrnl", flags(false, input, ICRNL), "", []string{"a\rb\n"}, "a^Mb\r\na\rb\r\n"},
		{"igncr", flags(true, input, IGNCR), "", []string{"a\rb\n"}, "ab\r\nab\r\n"},
		{"inlcr", flags(true, input, INLCR), "", []string{"a\nb\r"}, "a^Mb\r\na\rb\r\n"},
		{"ixany", flags(true, input, IXANY), "", []string{"\x13", "ab\r"}, "ab\r\nab\r\n"},
		{"-ixon", flags(false, input, IXON), "", []string{"a\x13b\x11\r"}, "a^Sb^Q\r\na\x13b\x11\r\n"},
		{"istrip", flags(true, input, ISTRIP), "", []string{"\xe1b\r"}, "ab\r\nab\r\n"},
		{"tab3", flags(true, output, XTABS), "a\tb\n", []string{"x\ty\r"}, "a       b\r\nx       y\r\nx       y\r\n"},
		{"ocrnl -onlcr", func(s *Termios) { s.Output = s.Output&^ONLCR | OCRNL }, "a\rb\nc", nil, "a\nb\nc"},
		{"onocr", flags(true, output, ONOCR), "\ra\rb\r\r", nil, "a\rb\r"},
		{"olcuc", flags(true, output, OLCUC), "abcZ", nil, "ABCZ"},
		{"eol x", func(s *Termios) { s.Chars[VEOL] = 'x' }, "", []string{"abxcd\r"}, "abxcd\r\nabxcd\r\n"},
		{"-isig", flags(false, local, ISIG), "", []string{"a\x03\r"}, "a^C\r\na\x03\r\n"},
		{"-echo echonl", func(s *Termios) { s.Local = s.Local&^ECHO | ECHONL }, "", []string{"ab\r"}, "\r\nab\r\n"},
		{"-iexten", flags(false, local, IEXTEN), "", []string{"a\x16b\x12c\x17\r"}, "a^Vb^Rc^W\r\na\x16b\x12c\x17\r\n"},
		{"noflsh", flags(true, local, NOFLSH), "", []string{"ab\x03", "c\r"}, "ab^Cc\r\nabc\r\n"},
		{"end of a part", func(*Termios) {}, "", []string{"ab\x04c\r"}, "abc\r\nabc\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _ := terminal(t, set(test.set, func(p *Process) int {
				p.Ignore(SIGINT)
				io.WriteString(p.Stdout(), test.begin)
				return cat(p)
			}), test.typed...)
			if got != test.want {
				t.Errorf("%q\nwant %q", got, test.want)
			}
		})
	}
}

// TestLongLine: a line has 4,096 bytes with its end; what is more is lost.
func TestLongLine(t *testing.T) {
	got, _ := terminal(t, set(func(s *Termios) { s.Local &^= ECHO }, func(p *Process) int {
		b := make([]byte, 10_000)
		n, _ := p.Read(0, b)
		fmt.Fprintf(p.Stdout(), "%d %q", n, b[n-2:n])
		return 0
	}), strings.Repeat("y", 5000)+"\r")
	if got != `4096 "y\n"` {
		t.Error(got)
	}
}

// TestTypedAhead: typing waits while nobody reads, and is told when nobody will.
func TestTypedAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tty := NewTTY(0, 0, newOutput())
		s := space(t, programs{"main": func(p *Process) int {
			p.Sleep(time.Second)
			p.Read(0, make([]byte, 100))
			p.Sleep(time.Second)
			return 0
		}})
		s.Start(Spec{Args: []string{"main"}, TTY: tty})
		began := time.Now()
		n, err := tty.Write(t.Context(), []byte(strings.Repeat("ab\n", 2000)))
		if n != 4096+3 || err != io.ErrClosedPipe || time.Since(began) != 2*time.Second {
			t.Error(n, err, time.Since(began))
		}
	})
}

// TestTerminalFiles: a terminal is in /dev.
func TestTerminalFiles(t *testing.T) {
	seen, _ := terminal(t, func(p *Process) int {
		for _, dir := range []string{"/dev", "/dev/pts"} {
			list, _ := p.ReadDir(dir)
			for _, e := range list {
				fmt.Fprint(p.Stdout(), e.Name(), " ")
			}
		}
		name, _ := p.Readlink("/proc/self/fd/0")
		stdin, _ := p.Fstat(0)
		major, minor, _ := DeviceNumber(stdin)
		stat, _ := p.Stat("/dev/console")
		_, _, err := p.Size(9)
		fmt.Fprint(p.Stdout(), name, " ", stdin.Mode(), major, minor, " ", stat.Mode(), " ", err, " ", p.IsTerminal(0))
		fd, _ := p.Open("/dev/tty", os.O_RDWR, 0)
		p.Write(fd, []byte("\nout\n"))
		return 0
	})
	want := "console fd full null ptmx pts random stderr stdin stdout tty urandom zero 0 /dev/pts/0 Dcrw--w---- 136 0 Dcrw--w---- bad file descriptor true\r\nout\r\n"
	if seen != want {
		t.Errorf("%q\nwant %q", seen, want)
	}
}

func TestResize(t *testing.T) {
	out := newOutput()
	s := space(t, programs{"main": func(p *Process) int {
		p.Catch(SIGWINCH)
		for p.Pause() == EINTR {
			sig, _ := p.Caught()
			rows, cols, _ := p.Size(1)
			if sig != SIGWINCH || rows != 50 || cols != 132 {
				return 1
			}
			io.WriteString(p.Stdout(), "resized\n")
		}
		return 0
	}})
	tty := NewTTY(24, 80, out)
	if _, err := s.Start(Spec{Args: []string{"main"}, TTY: tty}); err != nil {
		t.Fatal(err)
	}
	settle(t, s)
	tty.Resize(50, 132)
	settle(t, s)
	tty.Resize(50, 132)
	settle(t, s)
	if got := out.String(); got != "resized\r\n" {
		t.Errorf("%q", got)
	}
}

// TestJobs has a shell's job control: a job is stopped from the keyboard, reads in the background, and goes on in the foreground.
func TestJobs(t *testing.T) {
	var states []Status
	out := newOutput()
	tty := NewTTY(24, 80, out)
	s := space(t, programs{"main": func(p *Process) int {
		p.Ignore(SIGTSTP)
		p.Ignore(SIGTTOU)
		pid, _ := p.Fork(func(p *Process) int {
			p.Setpgid(0, 0)
			p.SetForeground(0, p.Group())
			p.Default(SIGTSTP)
			return cat(p)
		})
		p.Setpgid(pid, 0)
		p.SetForeground(0, pid)
		wait := func() {
			status, _ := p.WaitStopped(pid, false)
			states = append(states, status)
		}
		wait() // ctrl-z
		p.SetForeground(0, p.Group())
		p.Kill(-pid, SIGCONT)
		wait() // reads in the background
		p.SetForeground(0, pid)
		p.Kill(-pid, SIGCONT)
		wait() // ctrl-d
		return 0
	}})
	if _, err := s.Start(Spec{Args: []string{"main"}, TTY: tty}); err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{"", "\x1a", "line\r", "\x04"} {
		tty.Write(t.Context(), []byte(typed))
		settle(t, s)
	}
	want := []Status{{2, 148, SIGTSTP, true}, {2, 149, SIGTTIN, true}, {2, 0, 0, false}}
	if len(states) != 3 || states[0] != want[0] || states[1] != want[1] || states[2] != want[2] {
		t.Errorf("%+v", states)
	}
	if got := out.String(); got != "^Zline\r\nline\r\n" {
		t.Errorf("%q", got)
	}
}

// TestHangup: what a session leaves behind in the foreground is hung up.
func TestHangup(t *testing.T) {
	codes := make(chan int, 1)
	s := space(t, programs{"init": service, "main": func(p *Process) int {
		p.Fork(func(p *Process) int {
			p.Sleep(time.Hour)
			return 0
		})
		return 7
	}})
	s.Start(Spec{Args: []string{"init"}})
	s.Start(Spec{Args: []string{"main"}, TTY: NewTTY(0, 0, newOutput()), Exited: func(code int, _ bool) { codes <- code }})
	settle(t, s)
	if all := s.Processes(); len(all) != 2 || all[1].State != 'Z' || <-codes != 7 {
		t.Errorf("%+v", all)
	}
}

func service(p *Process) int {
	p.Pause()
	return 0
}

// TestTypedWaits: who types ends of file that nobody reads waits, and so does who types where nothing can be shown.
func TestTypedWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	tty := NewTTY(24, 80, newOutput())
	if n, err := tty.Write(ctx, bytes.Repeat([]byte{4}, 2*lineSize)); n != lineSize || err != context.Canceled {
		t.Errorf("%d of %d, %v", n, 2*lineSize, err)
	}
	tty = NewTTY(24, 80, newOutput())
	for range 10 {
		_, _ = tty.Write(ctx, append([]byte{19}, bytes.Repeat([]byte("x"), piece)...)) // ctrl-s
	}
	if len(tty.held) >= 2*piece {
		t.Errorf("%d bytes are held", len(tty.held))
	}
}
