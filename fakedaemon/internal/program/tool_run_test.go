package program

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// TestTools: what cannot be held against busybox, as it depends on the container.
func TestTools(t *testing.T) {
	user := files.Owner{UID: 1000, GID: 1000}
	for _, tt := range []struct {
		spec run.Spec
		in   string
		want result
	}{
		{run.Spec{Args: []string{"id"}}, "", result{Out: "uid=0(root) gid=0(root)\n"}},
		{run.Spec{Args: []string{"id"}, User: user, Groups: []int{1000, 10, 4000}}, "", result{Out: "uid=1000 gid=1000 groups=10(wheel),1000,4000\n"}},
		{run.Spec{Args: []string{"id"}, Groups: []int{0}}, "", result{Out: "uid=0(root) gid=0(root) groups=0(root)\n"}},
		{run.Spec{Args: []string{"hostname", "-i"}}, "", result{Err: "hostname: box: Host name lookup failure\n", Code: 1}},
		{run.Spec{Args: []string{"nc", "8.8.8.8", "53"}}, "", result{Err: "nc: can't connect to remote host (8.8.8.8): Network is unreachable\n", Code: 1}},
		{run.Spec{Args: []string{"ping", "-c1", "localhost"}}, "", result{
			Out: "PING localhost (127.0.0.1): 56 data bytes\n64 bytes from 127.0.0.1: seq=0 ttl=64 time=0.060 ms\n\n--- localhost ping statistics ---\n" +
				"1 packets transmitted, 1 packets received, 0% packet loss\nround-trip min/avg/max = 0.060/0.060/0.060 ms\n",
		}},
		{run.Spec{Args: []string{"stat", "-c", "%U %G", "/x"}}, "", result{Err: "stat: can't stat '/x': No such file or directory\n", Code: 1}},
		{run.Spec{Args: []string{"id", "-u"}, User: user}, "", result{Out: "1000\n"}},
		{run.Spec{Args: []string{"id", "-un"}}, "", result{Out: "root\n"}},
		{run.Spec{Args: []string{"id", "-Gn", "root"}}, "", result{Out: "root wheel\n"}},
		{run.Spec{Args: []string{"whoami"}, User: user}, "", result{Err: "whoami: unknown uid 1000\n", Code: 1}},
		{run.Spec{Args: []string{"whoami"}}, "", result{Out: "root\n"}},
		{run.Spec{Args: []string{"groups"}}, "", result{Out: "root\n"}},
		{run.Spec{Args: []string{"hostname"}}, "", result{Out: "box\n"}},
		{run.Spec{Args: []string{"uname", "-n"}}, "", result{Out: "box\n"}},
		{run.Spec{Args: []string{"pwd"}, Dir: "/etc"}, "", result{Out: "/etc\n"}},
		{run.Spec{Args: []string{"env"}, Env: []string{"PATH=/bin", "A=1"}}, "", result{Out: "PATH=/bin\nA=1\n"}},
		{run.Spec{Args: []string{"printenv", "HOME", "NOPE"}}, "", result{Out: "/root\n", Code: 1}},
		{run.Spec{Args: []string{"which", "sh", "env"}}, "", result{Out: "/bin/sh\n/usr/bin/env\n"}},
		{run.Spec{Args: []string{"ls", "-d", "/x"}}, "", result{Err: "ls: /x: No such file or directory\n", Code: 1}},
		{run.Spec{Args: []string{"touch", "/x"}, User: user}, "", result{Err: "touch: /x: Permission denied\n", Code: 1}},
		{run.Spec{Args: []string{"touch", "/tmp/x"}, User: user}, "", result{}},
		{run.Spec{Args: []string{"mkdir", "/x"}, User: user}, "", result{Err: "mkdir: can't create directory '/x': Permission denied\n", Code: 1}},
		{run.Spec{Args: []string{"cat", "/etc/shadow"}, User: user}, "", result{Err: "cat: can't open '/etc/shadow': Permission denied\n", Code: 1}},
		{run.Spec{Args: []string{"rm", "/etc/passwd"}, User: user}, "", result{Err: "rm: can't remove '/etc/passwd': Permission denied\n", Code: 1}},
		{run.Spec{Args: []string{"ls", "/root"}, User: user}, "", result{Err: "ls: can't open '/root': Permission denied\n", Code: 1}},
		{run.Spec{Args: []string{"chmod", "777", "/etc/passwd"}, User: user}, "", result{Err: "chmod: /etc/passwd: Operation not permitted\n", Code: 1}},
		{run.Spec{Args: []string{"chown", "1000", "/tmp"}, User: user}, "", result{Err: "chown: /tmp: Operation not permitted\n", Code: 1}},
		{run.Spec{Args: []string{"cat"}}, "some\nwords", result{Out: "some\nwords"}},
		{run.Spec{Args: []string{"ps"}}, "", result{Out: "PID   USER     COMMAND\n    1 root     ps\n"}},
		{run.Spec{Args: []string{"ps", "-o", "pid,ppid,comm,user"}}, "", result{Out: "PID   PPID  COMMAND          USER\n    1     0 ps               root\n"}},
		{run.Spec{Args: []string{"ps", "aux"}}, "", result{Out: "PID   USER     COMMAND\n    1 root     ps aux\n"}},
		{run.Spec{Args: []string{"ps", "-o", "foo"}}, "", result{Err: "ps: bad -o argument 'foo', supported arguments: user,group,comm,args,pid,ppid,pgid,nice,rgroup,ruser,tty,vsz,sid,stat,rss\n", Code: 1}},
		{run.Spec{Args: []string{"tty"}}, "", result{Out: "not a tty\n", Code: 1}},
		{run.Spec{Args: []string{"find", "/etc", "-name", "*s*d", "-print0"}}, "", result{Out: "/etc/passwd\x00"}},
		{run.Spec{Args: []string{"wget", "-q", "http://localhost/"}}, "", result{Err: "wget: can't connect to remote host (127.0.0.1): Connection refused\n", Code: 1}},
		{run.Spec{Args: []string{"awk", "-F:", "{print $1, $NF}", "/etc/passwd"}, User: user}, "", result{
			Out: "root /bin/sh\ndaemon /bin/false\nbin /bin/false\nsys /bin/false\nsync /bin/sync\nmail /bin/false\nwww-data /bin/false\noperator /bin/false\nnobody /bin/false\n",
		}},
		{run.Spec{Args: []string{"awk", "NR==2 {print \"x\" $2}"}}, "a b\nc d\n", result{Out: "xd\n"}},
		{run.Spec{Args: []string{"awk", "/c/"}}, "a b\nc d\n", result{Out: "c d\n"}},
		{run.Spec{Args: []string{"env", "-i", "/bin/env"}}, "", result{}},
		{run.Spec{Args: []string{"xargs", "-n2", "echo", "x"}}, "a 'b c'\nd\n", result{Out: "x a b c\nx d\n"}},
		{run.Spec{Args: []string{"dd", "if=/dev/zero", "bs=1M", "count=2", "of=/tmp/z"}}, "", result{Err: "2+0 records in\n2+0 records out\n"}},
		{run.Spec{Args: []string{"head", "-c", "3", "/dev/zero"}}, "", result{Out: "\x00\x00\x00"}},
		{run.Spec{Args: []string{"test", "-c", "/dev/null"}}, "", result{}},
		{run.Spec{Args: []string{"ls", "-l", "/dev/full"}}, "", result{}},
	} {
		got := newBox(t, "busybox").run(t, tt.in, tt.spec)
		if tt.spec.Args[len(tt.spec.Args)-1] == "/dev/full" {
			if !strings.HasPrefix(got.Out, "crw-rw-rw-    1 root     root        1,   7 ") {
				t.Errorf("%q: %q", tt.spec.Args, got)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", tt.spec.Args, diff)
		}
	}
}

// TestSteps: commands that see what those before them have done.
func TestSteps(t *testing.T) {
	for _, steps := range [][]string{
		{"mkdir -p /a/b", "", "cp /etc/passwd /a/b", "", "tar cf /t.tar -C /a b", "", "tar tf /t.tar", "b/\nb/passwd\n", "rm -r /a", "", "tar xf /t.tar -C /tmp", "", "wc -l /tmp/b/passwd", "9 /tmp/b/passwd\n"},
		{"mkdir /a", "", "touch /a/f", "", "tar czf /t.tgz /a", "tar: removing leading '/' from member names\n", "tar xzvf /t.tgz -C /tmp", "a/\na/f\n", "tar tzf /t.tgz a/f", "a/f\n"},
		{"cp /bin/busybox /tmp/x", "", "/tmp/x echo hi", "hi\n", "ln -s /tmp/x /tmp/date", "", "/tmp/date -u -d @0 +%F", "1970-01-01\n"},
		{"gzip -k /etc/passwd", "", "zcat /etc/passwd.gz", "", "gunzip -f /etc/passwd.gz", "", "ls /etc/passwd.gz", "ls: /etc/passwd.gz: No such file or directory\n"},
		{"adduser -D app", "", "id app", "uid=1000(app) gid=1000(app) groups=1000(app)\n", "ls -ld /home/app", "", "addgroup -S web", "", "addgroup app web", "", "id -Gn app", "app web\n", "adduser -S -G web svc", "", "id svc", "uid=100(svc) gid=101(web) groups=101(web)\n"},
		{"dd if=/etc/passwd of=/x bs=4 count=1 skip=1", "1+0 records in\n1+0 records out\n", "cat /x", ":x:0"},
	} {
		b := newBox(t, "busybox")
		for i := 0; i < len(steps); i += 2 {
			r := newBoxOn(t, b.fs).run(t, "", run.Spec{Args: strings.Fields(steps[i])})
			if got := r.Out + r.Err; steps[i+1] != "" && got != steps[i+1] {
				t.Errorf("%s: %q, want %q", steps[i], got, steps[i+1])
			}
		}
	}
}

// started starts a command and gives what it writes.
func (b *box) started(t *testing.T, args ...string) (p *run.Process, out *device, codes chan int) {
	t.Helper()
	out, codes = new(device), make(chan int, 1)
	p, err := b.space.Start(run.Spec{Args: args, Env: usual, Stdout: out, Stderr: out, Exited: func(code int, _ bool) { codes <- code }})
	if err != nil {
		t.Fatal(err)
	}
	return p, out, codes
}

func (b *box) write(t *testing.T, name, data string) {
	t.Helper()
	r := b.run(t, data, run.Spec{Args: []string{"tee", "-a", name}})
	if r.Code != 0 {
		t.Fatal(r)
	}
}

func TestTailFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, "busybox", files.Tree{"log": {Mode: 0o644, Data: []byte("one\ntwo\n")}})
		p, out, codes := b.started(t, "tail", "-n", "1", "-F", "/log", "/later")
		want := func(text string) {
			t.Helper()
			<-time.After(2 * time.Second)
			synctest.Wait()
			if got := out.String(); got != text {
				t.Errorf("%q, want %q", got, text)
			}
		}
		text := "==> /log <==\ntwo\ntail: can't open '/later': No such file or directory\n"
		want(text)
		b.write(t, "/log", "three\n")
		want(text + "three\n")
		b.run(t, "", run.Spec{Args: []string{"mv", "/log", "/log.1"}})
		b.write(t, "/log", "four\n")
		<-time.After(2 * time.Second)
		synctest.Wait()
		if got := out.String(); !strings.HasSuffix(got, "four\n") {
			t.Errorf("%q", got)
		}
		b.space.Signal(p, run.SIGTERM)
		if code := <-codes; code != 143 {
			t.Errorf("code %d", code)
		}
		if err := b.space.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestSettled: what waits for time or for a signal is settled.
func TestSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, args := range [][]string{
			{"sleep", "1000"}, {"sleep", "infinity"}, {"tail", "-f", "/dev/null"}, {"usleep", "10000000"}, {"timeout", "9", "sleep", "1000"}, {"top", "-b"}, {"env", "sleep", "9"}, {"xargs", "sleep"},
			{"nohup", "sleep", "9"}, {"time", "sleep", "9"},
		} {
			b := newBox(t, "busybox")
			input := new(run.Input)
			codes := make(chan int, 1)
			p, err := b.space.Start(run.Spec{Args: args, Env: usual, Stdin: input.Device(), Exited: func(code int, _ bool) { codes <- code }})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := b.space.Settle(ctx); err != nil {
				t.Errorf("%q is not settled", args)
			}
			cancel()
			b.space.Signal(p, run.SIGTERM)
			if code := <-codes; code != 143 {
				t.Errorf("%q: %d", args, code)
			}
			if err := b.space.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for line, want := range map[string]int{
			"timeout 2 sleep 1": 0, "timeout 1 sleep 5": 143, "timeout -s INT 1 sleep 5": 130, "timeout 0.5 sleep 5": 143, "timeout -k 1 1 sleep 5": 143, "sleep 3": 0,
		} {
			b := newBox(t, "busybox")
			if r := b.run(t, "", run.Spec{Args: strings.Fields(line)}); r.Code != want {
				t.Errorf("%s: %d, want %d", line, r.Code, want)
			}
			if err := b.space.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestBrokenPipe: who writes what nobody reads is killed.
func TestBrokenPipe(t *testing.T) {
	for _, args := range [][]string{{"yes"}, {"cat", "/dev/zero"}, {"seq", "1000000000"}, {"dd", "if=/dev/zero"}} {
		r := newBox(t, "busybox").run(t, "", run.Spec{Args: args, Stdout: &device{broken: true}})
		if r.Code != 141 {
			t.Errorf("%q: %+v", args, r)
		}
	}
}

// TestOutOfMemory: who keeps all of what never ends is killed.
func TestOutOfMemory(t *testing.T) {
	for _, line := range []string{
		"tail /dev/zero", "grep x /dev/zero", "sort /dev/zero", "tac /dev/zero", "sed p /dev/zero", "cut -c1 /dev/zero", "head -n -1 /dev/zero", "head -c -1 /dev/zero", "grep -f /dev/zero /etc/passwd",
		"xargs echo", "dd bs=1G count=1 if=/dev/zero",
	} {
		s := newBox(t, "busybox").space
		type exit struct {
			code int
			oom  bool
		}
		exits := make(chan exit, 1)
		_, err := s.Start(run.Spec{Args: strings.Fields(line), Env: usual, Stdin: &device{in: endless{}}, Exited: func(code int, oom bool) { exits <- exit{code, oom} }})
		if err != nil {
			t.Fatal(err)
		}
		if got := <-exits; got != (exit{137, true}) {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

// endless is one word without an end.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

// TestStty: settings are shown as in a container of a real dockerd, and changed.
func TestStty(t *testing.T) {
	b := newBox(t, "busybox")
	const all = `speed 38400 baud; rows 24; columns 80; line = 0;
intr = ^C; quit = ^\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>;
eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;
werase = ^W; lnext = ^V; flush = ^O; min = 1; time = 0;
-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts
-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr icrnl ixon -ixoff
-iuclc -ixany -imaxbel -iutf8
opost -olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0
isig icanon iexten echo echoe echok -echonl -noflsh -xcase -tostop -echoprt
echoctl echoke -flusho -extproc
`
	steps := [][2]string{
		{"stty -a", all},
		{"stty size", "24 80\n"},
		{"tty", "/dev/pts/0\n"},
		{"stty raw -echo opost", ""},
		{"stty", "speed 38400 baud; line = 0;\nintr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>;\n" +
			"eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\nwerase = ^W; lnext = ^V; flush = ^O;\n" +
			"-brkint -imaxbel -icrnl -ixon -isig -icanon -echo\n"},
		{"stty sane", ""},
		{"stty -a", all},
		{"stty bogus", "stty: invalid argument 'bogus'\n"},
		{"ls -d /etc /root /tmp /usr", "/etc   /root  /tmp   /usr\n"},
	}
	out, want := new(device), ""
	for _, step := range steps {
		want += step[1]
	}
	script := func(p *run.Process) int {
		for _, step := range steps {
			pid, err := p.Fork(func(p *run.Process) int {
				t.Error(p.Exec(strings.Fields(step[0]), nil))
				return 1
			})
			if err == nil {
				_, err = p.Wait(pid, false)
			}
			if err != nil {
				t.Error(err)
			}
		}
		return 0
	}
	s := run.NewSpace(run.Options{Files: b.fs, Find: func(p *run.Process, args []string) (run.Main, error) {
		if args[0] == "script" {
			return script, nil
		}
		return Find(p, args)
	}})
	codes := make(chan int, 1)
	if _, err := s.Start(run.Spec{Args: []string{"script"}, Env: usual, TTY: run.NewTTY(24, 80, out), Exited: func(code int, _ bool) { codes <- code }}); err != nil {
		t.Fatal(err)
	}
	<-codes
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want, strings.ReplaceAll(out.String(), "\r\n", "\n")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestHostile: numbers that are too large and what is nested too deep end with a word, and a mistake of ours ends the process alone.
func TestHostile(t *testing.T) {
	deep := slices.Repeat([]string{"("}, 100_000)
	for _, test := range []struct {
		args []string
		want result
	}{
		{[]string{"expr", "substr", "abc", "2", "9223372036854775807"}, result{"bc\n", "", 0}},
		{[]string{"dd", "bs=9223372036854775807k", "if=/dev/null"}, result{"", "dd: invalid number '9223372036854775807k'\n", 1}},
		{[]string{"head", "-c", "9223372036854775807k"}, result{"", "head: invalid number '9223372036854775807k'\n", 1}},
		{append([]string{"expr"}, deep...), result{"", "expr: syntax error\n", 2}},
		{append([]string{"find", "/"}, deep...), result{"", "find: too many arguments\n", 1}},
	} {
		if d := cmp.Diff(test.want, command(t, "busybox", "", test.args...)); d != "" {
			t.Errorf("%.60q (-want +got)\n%s", test.args, d)
		}
	}
	var errs device
	codes := make(chan int, 1)
	space := run.NewSpace(run.Options{Files: files.NewFS(time.Now), Find: func(*run.Process, []string) (run.Main, error) {
		return guarded("x", func(*run.Process) int { panic("no") }), nil
	}})
	if _, err := space.Start(run.Spec{Args: []string{"x"}, Stderr: &errs, Exited: func(code int, _ bool) { codes <- code }}); err != nil {
		t.Fatal(err)
	}
	if code := <-codes; code != 139 || errs.String() != "fakedockerd: x: no\n" {
		t.Errorf("code %d, %q", code, errs.String())
	}
}
