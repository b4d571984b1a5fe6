package fakedaemon

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/program"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// ran is what comes of a container.
type ran struct {
	Code           int
	Stdout, Stderr string
}

// runContainer creates a container, starts it and waits for its end.
func runContainer(t *testing.T, d *Daemon, body string) (r ran) {
	t.Helper()
	var created struct{ ID string }
	post(t, d, "/containers/create", body, &created)
	post(t, d, "/containers/"+created.ID+"/start", "", nil)
	var end struct{ StatusCode int }
	post(t, d, "/containers/"+created.ID+"/wait", "", &end)
	r.Code = end.StatusCode
	resp, err := d.HTTPClient().Get("http://docker/containers/" + created.ID + "/logs?stdout=1&stderr=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	r.Stdout, r.Stderr = readFrames(t, resp.Body)
	return r
}

// readFrames reads frames to the end.
func readFrames(t *testing.T, r io.Reader) (stdout, stderr string) {
	t.Helper()
	for frames := stream.NewFrameReader(r, 1<<20); ; {
		kind, data, err := frames.Next()
		if err == io.EOF {
			return stdout, stderr
		}
		if err != nil {
			t.Fatal(err)
		}
		if kind == stream.Stderr {
			stderr += string(data)
		} else {
			stdout += string(data)
		}
	}
}

// TestProcess: what a program in Go is told, and what it can do.
func TestProcess(t *testing.T) {
	t.Parallel()
	d := startStreams(t, modes.Unix)
	d.SetProgram("three", Program{Stdout: "3\n", Exit: 3})
	for name, tt := range map[string]struct {
		run  func(p *Process) int
		body string // beside the image and the command
		want ran
	}{
		"told": {
			run: func(p *Process) int {
				uid, gid := p.User()
				fmt.Fprintf(p.Stdout(), "%q %s %d %d:%d %s %v\n", p.Args(), p.Dir(), p.Pid(), uid, gid, p.Hostname(), p.Now().IsZero())
				fmt.Fprintf(p.Stderr(), "%s %q %v\n", p.Getenv("A"), p.Getenv("B"), strings.Contains(strings.Join(p.Env(), " "), "A=1"))
				return 7
			},
			body: `"WorkingDir":"/tmp","User":"5:6","Env":["A=1"],"Hostname":"here"`,
			want: ran{7, `["prog" "-v"] /tmp 1 5:6 here false` + "\n", "1 \"\" true\n"},
		},
		"no standard input and no terminal": {
			run: func(p *Process) int {
				all, err := io.ReadAll(p.Stdin())
				rows, cols, ok := p.Terminal()
				fmt.Fprintf(p.Stdout(), "%q %v %d %d %v", all, err, rows, cols, ok)
				return 0
			},
			want: ran{Stdout: `"" <nil> 0 0 false`},
		},
		"another program": {
			run: func(p *Process) int {
				if err := p.Context().Err(); err != nil {
					return 1
				}
				for _, args := range [][]string{{"three"}, {"sh", "-c", "echo $A >&2; exit 4"}, {"nosuch"}, {"/etc/passwd"}} {
					fmt.Fprintln(p.Stdout(), p.Exec(args...))
				}
				return 0
			},
			body: `"Env":["A=1"]`,
			want: ran{Stdout: "3\n3\n4\n127\n126\n", Stderr: "1\nexec: \"nosuch\": executable file not found in $PATH\nexec: \"/etc/passwd\": permission denied\n"},
		},
		"a signal, while another program runs": {
			run: func(p *Process) int {
				p.Catch(10)
				code := p.Exec("sh", "-c", "kill -USR1 1; sleep 0.001; exit 3")
				fmt.Fprint(p.Stdout(), code, " ", p.Wait())
				return 0
			},
			want: ran{Stdout: "3 10"},
		},
		"files": {
			run: func(p *Process) int {
				if err := p.WriteFile("f", []byte("hello, world"), 0o600); err != nil {
					fmt.Fprintln(p.Stderr(), err)
				}
				_, missing := p.ReadFile("/nosuch")
				fmt.Fprintln(p.Stderr(), missing, errors.Is(missing, fs.ErrNotExist), p.WriteFile("/tmp", nil, 0o600), p.WriteFile("f", []byte("hello"), 0o600))
				long := strings.Repeat("x", 100_000)
				if err := p.WriteFile("/long", []byte(long), 0o600); err != nil {
					fmt.Fprintln(p.Stderr(), err)
				}
				if got, err := p.ReadFile("/long"); string(got) != long {
					fmt.Fprintln(p.Stderr(), len(got), err)
				}
				got, err := p.ReadFile("/tmp/f")
				fmt.Fprintln(p.Stdout(), string(got), err)
				return p.Exec("stat", "-c", "%a", "f")
			},
			body: `"WorkingDir":"/tmp"`,
			want: ran{Stdout: "hello <nil>\n600\n", Stderr: "open /nosuch: no such file or directory true open /tmp: is a directory <nil>\n"},
		},
		"time": {
			run: func(p *Process) int {
				before := p.Now()
				fmt.Fprint(p.Stdout(), p.Sleep(time.Millisecond), p.Now().Sub(before) >= time.Millisecond)
				return 0
			},
			want: ran{Stdout: "true true"},
		},
	} {
		d.SetProgram("prog", Program{Run: tt.run})
		body := `{"Image":"busybox","Cmd":["prog","-v"]`
		if tt.body != "" {
			body += "," + tt.body
		}
		if diff := cmp.Diff(tt.want, runContainer(t, d, body+"}")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestProcessAttached: a program in Go reads what an attached client sends until it ends its half.
func TestProcessAttached(t *testing.T) {
	t.Parallel()
	d := startStreams(t, modes.TLSVerify)
	d.SetProgram("upper", Program{Run: func(p *Process) int {
		for lines := bufio.NewScanner(p.Stdin()); lines.Scan(); {
			fmt.Fprintln(p.Stdout(), strings.ToUpper(lines.Text()))
		}
		fmt.Fprintln(p.Stderr(), "end", p.Pid() > 1)
		return 4
	}})
	conn := dial(t, d)
	id, r := startExec(t, d, conn, "upper")
	for _, line := range []string{"one", "two"} {
		fmt.Fprintln(conn, line)
		got := make([]byte, len("\x01\x00\x00\x00\x00\x00\x00\x04ONE\n"))
		if _, err := io.ReadFull(r, got); err != nil || string(got[8:]) != strings.ToUpper(line)+"\n" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if err := halfClose(conn); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr := readFrames(t, r); stdout != "" || stderr != "end true\n" {
		t.Errorf("%q, %q", stdout, stderr)
	}
	if code := exitOf(t, d, id); code != 4 {
		t.Errorf("it exited with %d", code)
	}
}

// TestProcessTerminal: a program in Go knows the size of its terminal, and is told when it changes.
func TestProcessTerminal(t *testing.T) {
	t.Parallel()
	d := startStreams(t, modes.Unix)
	const windowChanged = 28
	d.SetProgram("size", Program{Run: func(p *Process) int {
		p.Catch(windowChanged)
		for range 2 {
			rows, cols, ok := p.Terminal()
			fmt.Fprintln(p.Stdout(), rows, cols, ok)
			p.Wait()
		}
		fmt.Fprintln(p.Stderr(), "end")
		return 0
	}})
	var created struct{ ID string }
	post(t, d, "/containers/c1/exec", `{"AttachStdout":true,"Tty":true,"ConsoleSize":[24,80],"Cmd":["size"]}`, &created)
	resp, err := d.HTTPClient().Post("http://docker/exec/"+created.ID+"/start", "application/json", strings.NewReader(`{"Tty":true}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	r := bufio.NewReader(resp.Body)
	for _, step := range []struct{ line, resize string }{{"24 80 true\r\n", "h=30&w=100"}, {"30 100 true\r\n", "h=31&w=100"}} {
		if line, err := r.ReadString('\n'); line != step.line || err != nil {
			t.Fatalf("%q, %v; want %q", line, err, step.line)
		}
		post(t, d, "/exec/"+created.ID+"/resize?"+step.resize, "", nil)
	}
	if rest, err := io.ReadAll(r); string(rest) != "end\r\n" || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

// TestProcessSignals: a program in Go catches signals, also while it sleeps, and is not killed by what it has caught.
func TestProcessSignals(t *testing.T) {
	t.Parallel()
	d := startStreams(t, modes.Unix)
	const hup, kill, usr1, term = 1, 9, 10, 15
	d.SetProgram("catch", Program{Run: func(p *Process) int {
		p.Catch(hup, kill, usr1, term)
		fmt.Fprintln(p.Stdout(), p.Sleep(time.Hour))
		fmt.Fprintln(p.Stdout(), p.Wait())
		_, more := p.Caught()
		fmt.Fprintln(p.Stdout(), more, p.Wait())
		return 5
	}})
	post(t, d, "/containers/create?name=s1", `{"Image":"busybox","Cmd":["catch"]}`, nil)
	post(t, d, "/containers/s1/start", "", nil)
	resp, err := d.HTTPClient().Get("http://docker/containers/s1/logs?stdout=1&follow=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	frames := stream.NewFrameReader(resp.Body, 1<<20)
	post(t, d, "/containers/s1/kill?signal=USR1", "", nil)
	for _, want := range []string{"false\n", "10\n"} {
		if _, line, err := frames.Next(); string(line) != want || err != nil {
			t.Fatalf("%q, %v; want %q", line, err, want)
		}
	}
	post(t, d, "/containers/s1/stop", "", nil)
	if _, line, err := frames.Next(); string(line) != "false 15\n" || err != nil {
		t.Errorf("%q, %v", line, err)
	}
	var end struct{ StatusCode int }
	if post(t, d, "/containers/s1/wait", "", &end); end.StatusCode != 5 {
		t.Errorf("it exited with %d", end.StatusCode)
	}
}

// TestProcessKilled: what a program in Go has deferred is done when it is killed, and when the daemon is closed, and its context has ended.
func TestProcessKilled(t *testing.T) {
	t.Parallel()
	d := startStreams(t, modes.Unix)
	over := make(chan error, 1)
	d.SetProgram("deferred", Program{Run: func(p *Process) int {
		defer func() { over <- p.Context().Err() }()
		p.Catch(15)
		p.Wait()
		t.Error("it went on")
		return 0
	}})
	for _, tt := range []struct {
		name string
		end  func() error
	}{
		{"killed", func() error { post(t, d, "/containers/killed/kill", "", nil); return nil }},
		{"closed", d.Close},
	} {
		post(t, d, "/containers/create?name="+tt.name, `{"Image":"busybox","Cmd":["deferred"]}`, nil)
		post(t, d, "/containers/"+tt.name+"/start", "", nil)
		if err := tt.end(); err != nil {
			t.Error(tt.name, err)
		}
		if err := <-over; err != context.Canceled {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestProgramSteps: a program without Go prints, waits for its input, and takes the end of it for an answer.
func TestProgramSteps(t *testing.T) {
	t.Parallel()
	d := startStreams(t, modes.Unix)
	d.SetProgram("ask", Program{
		Stdout: "hello\n",
		Steps: []Step{
			{Stdout: "name? "},
			{Expect: "\n", After: time.Millisecond, Stdout: "sure? "},
			{Expect: "yes", Stdout: "done\n", Stderr: "over\n"},
		},
		Exit: 2,
	})
	if diff := cmp.Diff(ran{2, "hello\nname? sure? done\n", "over\n"}, runContainer(t, d, `{"Image":"busybox","Cmd":["ask"]}`)); diff != "" {
		t.Errorf("without an input (-want +got):\n%s", diff)
	}
	conn := dial(t, d)
	id, r := startExec(t, d, conn, "ask")
	frames := stream.NewFrameReader(r, 1<<20)
	next := func(want string) {
		t.Helper()
		var got string
		for len(got) < len(want) {
			_, data, err := frames.Next()
			if err != nil {
				t.Fatal(got, err)
			}
			got += string(data)
		}
		if got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	next("hello\nname? ")
	fmt.Fprint(conn, "me\nno, ")
	next("sure? ")
	if e := inspectExec(t, d, id); !e.Running {
		t.Error("it did not wait")
	}
	fmt.Fprint(conn, "yes, do")
	next("done\nover\n")
	if code := exitOf(t, d, id); code != 2 {
		t.Errorf("it exited with %d", code)
	}
}

// TestProgramImage: what a program is can hang on the image, and an image's own is whatever its containers run.
func TestProgramImage(t *testing.T) {
	t.Parallel()
	world, err := ReadWorld(strings.NewReader(`{
		"images": [{"tags": ["app:1"], "cmd": ["serve"]}, {"tags": ["app:2"]}, {"tags": ["tool", "again:7"], "cmd": ["tool"]}],
		"programs": {"version": {"stdout": "of all\n"}}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	d := Start(t, &Options{World: world})
	d.SetProgram("version", Program{Image: "app:1", Stdout: "1\n"})
	d.SetProgram("version --long", Program{Image: "docker.io/library/app:2", Stdout: "2, long\n"})
	d.SetProgram("", Program{Image: "tool", Run: func(p *Process) int {
		fmt.Fprintf(p.Stdout(), "%q\n", p.Args())
		return p.Exec("version")
	}})
	for body, want := range map[string]ran{
		`{"Image":"app:1","Cmd":["version"]}`:                   {Stdout: "1\n"},
		`{"Image":"app:1","Cmd":["version","--long"]}`:          {Stdout: "1\n"},
		`{"Image":"app:1","Cmd":["sh","-c","version; exit 6"]}`: {6, "1\n", ""},
		`{"Image":"app:2","Cmd":["version"]}`:                   {Stdout: "of all\n"},
		`{"Image":"app:2","Cmd":["/bin/version","--long"]}`:     {Stdout: "of all\n"},
		`{"Image":"app:2","Cmd":["version","--long"]}`:          {Stdout: "2, long\n"},
		`{"Image":"tool"}`:                                      {Stdout: "[\"tool\"]\nof all\n"},
		`{"Image":"again:7","Cmd":["x","y"]}`:                   {Stdout: "[\"x\" \"y\"]\nof all\n"},
		`{"Image":"tool","Cmd":["version"]}`:                    {Stdout: "[\"version\"]\nof all\n"},
	} {
		if diff := cmp.Diff(want, runContainer(t, d, body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
	for image, want := range map[string]string{
		"":                                  "no command and no Image: give one of them",
		"App":                               `image "App": invalid reference format: repository name (library/App) must be lowercase`,
		"sha256:" + strings.Repeat("a", 64): `image "sha256:` + strings.Repeat("a", 64) + `" is an ID: give a name`,
	} {
		if err := d.setProgram("", Program{Image: image}); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", image, err, want)
		}
	}
}

// TestLogService: nobody waits in the dark for what nobody knows.
func TestLogService(t *testing.T) {
	t.Parallel()
	lines := make(chan string, 10)
	d := Start(t, &Options{
		World: World{Images: []Image{{Tags: []string{"app:1"}}}},
		Logf:  func(format string, args ...any) { lines <- fmt.Sprintf(format, args...) },
	})
	line := make(chan string, 1)
	go func() {
		line <- <-lines
		if err := d.state.Exit(d.state.Containers()[0].ID, 4); err != nil {
			t.Error(err)
		}
	}()
	if diff := cmp.Diff(ran{Code: 4}, runContainer(t, d, `{"Image":"app:1","Cmd":["mytool","migrate"]}`)); diff != "" {
		t.Error(diff)
	}
	want := `ContainerWait (request 3) waits for "mytool migrate", which is taken for a service: say what it does with SetProgram`
	if diff := cmp.Diff(want, <-line); diff != "" {
		t.Error(diff)
	}
}

// TestMounts: /proc/mounts and mount have what is mounted in the container.
func TestMounts(t *testing.T) {
	t.Parallel()
	d := Start(t, &Options{World: World{Images: []Image{{Tags: []string{"busybox"}}}}})
	r := runContainer(t, d, `{"Image":"busybox","Cmd":["sh","-c","grep ' /[fv]' /proc/mounts; mount | grep ' /[fv]'; mount -t tmpfs x /mnt"],`+
		`"HostConfig":{"Tmpfs":{"/foo":""},"Binds":["v1:/v1","v2:/v2:ro","v3:/v%s 3"]}}`)
	want := ran{Code: 1, Stderr: "mount: permission denied (are you root?)\n", Stdout: "tmpfs /foo tmpfs rw,nosuid,nodev,noexec,relatime 0 0\n" +
		"/dev/vda1 /v%s\\0403 ext4 rw,relatime 0 0\n/dev/vda1 /v1 ext4 rw,relatime 0 0\n/dev/vda1 /v2 ext4 ro,relatime 0 0\ntmpfs on /foo type tmpfs (rw,nosuid,nodev,noexec,relatime)\n" +
		"/dev/vda1 on /v%s 3 type ext4 (rw,relatime)\n/dev/vda1 on /v1 type ext4 (rw,relatime)\n/dev/vda1 on /v2 type ext4 (ro,relatime)\n"}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestHelloWorld: the image without a shell runs its only program.
func TestHelloWorld(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"hello-world", "localhost:5000/team/hello-world:2", "hello-world@sha256:" + strings.Repeat("a", 64)} {
		d := Start(t, &Options{World: World{Images: []Image{{Tags: []string{name}}}}})
		r := runContainer(t, d, `{"Image":"`+name+`"}`)
		if line, _, _ := strings.Cut(strings.TrimSpace(r.Stdout), "\n"); line != "Hello from Docker!" || r.Code != 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestToolsPage holds the list of docs/programs.md against what is in the images.
func TestToolsPage(t *testing.T) {
	t.Parallel()
	in := func(image string) (names []string) {
		for name := range program.Base(image) {
			if dir := path.Base(path.Dir(name)); dir == "bin" || dir == "sbin" {
				names = append(names, path.Base(name))
			}
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	missing := func(names, in []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(in, name) }), " ")
	}
	busybox, alpine, debian, ubuntu := in("busybox"), in("alpine"), in("debian"), in("ubuntu")
	if without := missing(debian, ubuntu); without != "" {
		t.Errorf("ubuntu is without %s", without)
	}
	if without := missing(busybox, alpine); without != "" {
		t.Errorf("alpine is without %s", without)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| image | tools |\n|---|---|\n| `busybox` | `%s` |\n", strings.Join(busybox, " "))
	fmt.Fprintf(&b, "| `alpine` | these and `%s` |\n", missing(alpine, busybox))
	fmt.Fprintf(&b, "| `debian` | these and `%s`, without `%s` |\n", missing(debian, busybox), missing(busybox, debian))
	fmt.Fprintf(&b, "| `ubuntu` | these of `debian` and `%s` |\n", missing(ubuntu, debian))
	testtool.Generated(t, "../docs/programs.md", "tools", b.String())
}

// TestPromptFirst: what a client types before the program has come to rest is echoed behind its prompt.
func TestPromptFirst(t *testing.T) {
	t.Parallel()
	d := startStreams(t, modes.Unix)
	release := make(chan struct{})
	d.SetProgram("ask", Program{Run: func(p *Process) int {
		<-release
		fmt.Fprint(p.Stdout(), "name> ")
		line, _ := bufio.NewReader(p.Stdin()).ReadString('\n')
		fmt.Fprintf(p.Stdout(), "hello, %s", line)
		return 0
	}})
	var created struct{ ID string }
	post(t, d, "/containers/c1/exec", `{"AttachStdin":true,"AttachStdout":true,"Tty":true,"Cmd":["ask"]}`, &created)
	conn := dial(t, d)
	fmt.Fprintf(conn, "POST /exec/%s/start HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"Tty\":true}", created.ID)
	r := bufio.NewReader(conn)
	if _, err := http.ReadResponse(r, nil); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "you\r")
	for range 20 { // time for the daemon to take what was typed, if it does
		getJSON[any](t, d, "/info")
	}
	close(release)
	if screen, err := io.ReadAll(r); string(screen) != "name> you\r\nhello, you\r\n" || err != nil {
		t.Errorf("%q, %v", screen, err)
	}
}
