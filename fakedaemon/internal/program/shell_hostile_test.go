package program

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// TestShellHasNoHost tries each door to the host with each shell.
func TestShellHasNoHost(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("secret\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FAKEDOCKERD_SECRET", "secret")
	t.Setenv("ENV", secret)
	t.Setenv("BASH_ENV", secret)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, shell := range recordedShells {
		for name, script := range map[string]string{
			"variable":   `echo "$FAKEDOCKERD_SECRET$ENV$BASH_ENV"; env; set; export -p`,
			"file":       "cat < " + secret + "; . " + secret + "; cat " + secret,
			"folder":     "cd " + dir + " && ls; echo " + dir + "/* " + dir + "/sec?et",
			"tilde":      "echo ~" + me.Username + "x ~games/* ~sshd ~_apt/../../etc/host*",
			"program":    "ls; go version; /usr/bin/python3 -c 'print(\"secret\")'; /usr/local/go/bin/go version; exec " + os.Args[0],
			"process":    fmt.Sprintf("kill -9 %d; kill -0 %d; cat /proc/%d/environ; ls /proc/%d", os.Getpid(), os.Getppid(), os.Getpid(), os.Getpid()),
			"descriptor": "cat <&7; echo x >&8; cat /dev/fd/9; cat /proc/self/fd/3",
			"network":    "echo x > /dev/tcp/127.0.0.1/" + port + "; cat < /dev/tcp/127.0.0.1/" + port,
			"host":       "hostname; cat /etc/hostname; echo $HOSTNAME",
			"write":      "echo x > " + dir + "/new; mkdir -p " + dir + "; echo x > " + dir + "/new",
		} {
			got := runScript(t, shell.d, "", shellNames[shell.d], "-c", script)
			text := strings.ReplaceAll(got.Out+got.Err, secret, "")
			for _, word := range []string{"secret\n", "FAKEDOCKERD", "=secret", runtime.Version(), host + "\n"} {
				if strings.Contains(text, word) {
					t.Errorf("%s: %s: %q is of the host:\n%s", shell.name, name, word, text)
				}
			}
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{"secret"}, names); diff != "" {
		t.Errorf("files of the host (-want +got):\n%s", diff)
	}
	l.(*net.TCPListener).SetDeadline(time.Now())
	if conn, err := l.Accept(); err == nil {
		t.Errorf("a script has connected from %s", conn.RemoteAddr())
	}
}

// TestShellIsBounded runs what takes all that it gets.
func TestShellIsBounded(t *testing.T) {
	deep := func(open, inner, shut string) string {
		return strings.Repeat(open, 15_000) + inner + strings.Repeat(shut, 15_000)
	}
	for _, test := range []struct {
		name, script string
		code         int
	}{
		{"recursion", "f() { f; }; f", 139},
		{"evals", `x='eval "$x"'; eval "$x"`, 139},
		{"sourced", "echo . ./s > s; . ./s", 139},
		{"doubling", "x=a; while :; do x=$x$x; done", 137},
		{"variables", "x=$(printf '%0100000d' 1); i=0; while :; do i=$((i+1)); eval x$i=\\$x; done", 137},
		{"words", "set -- a; while :; do set -- \"$@\" \"$@\"; done", 137},
		{"substitution", "x=$(yes)", 137},
		{"names", "x=x; echo $((x))", 2},
		{"long command", strings.Repeat("echo aaaaaaa;", 50_000), 2},
		{"blocks", deep("{ ", ":", "; }"), 0},
		{"parentheses", "echo $((" + deep("(", "1", ")") + "))", 2},
		{"words in words", "echo " + deep("${x:-", "a", "}"), 0},
		{"conditions", deep("if ", ":", "\nthen :; fi"), 0},
		{"unclosed", strings.Repeat("if ", 20_000), 2},
		{"quotes", strings.Repeat("$(", 20_000), 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := runScript(t, ash, "", "sh", "-c", test.script)
			if got.Code != test.code {
				t.Errorf("exit code %d, want %d; %.200s", got.Code, test.code, got.Err)
			}
		})
	}
}

// TestShellIsKilled ends shells that compute, at once.
func TestShellIsKilled(t *testing.T) {
	for _, script := range []string{
		"while :; do :; done",
		"f() { g; }; g() { :; }; until false; do f; done",
		"x=$(printf '%0100000d' 1); y=${x//0*1*2/}",
		"trap '' TERM INT; while :; do x=1; done",
		"trap 'while :; do :; done' EXIT; exit",
		"for i in 1 2; do yes > /dev/null; done",
		"read x",
		"sleep 1000 & wait",
	} {
		space := run.NewSpace(run.Options{Files: shellFiles(ash), Find: Find})
		started, code := make(chan struct{}), make(chan int, 1)
		in := new(run.Input)
		p, err := space.Start(run.Spec{
			Args: []string{"sh", "-c", "echo; " + script}, Env: usual, Stdin: in.Device(), Stdout: notify{started},
			Exited: func(c int, _ bool) { code <- c },
		})
		if err != nil {
			t.Fatal(err)
		}
		<-started
		space.Signal(p, run.SIGKILL)
		if c := <-code; c != 137 {
			t.Errorf("%s: exit code %d", script, c)
		}
		if err := space.Close(); err != nil {
			t.Errorf("%s: %v", script, err)
		}
	}
}

// notify closes a channel when something is written.
type notify struct{ c chan struct{} }

func (n notify) Read([]byte) (int, error) { return 0, nil }
func (n notify) Close() error             { return nil }
func (n notify) Write(b []byte) (int, error) {
	close(n.c)
	return len(b), nil
}

// FuzzShell runs scripts of all kinds; each ends or is killed, and nothing of it goes on.
func FuzzShell(f *testing.F) {
	for i, script := range shellScripts {
		if i%8 == 0 { // the whole takes long, and TestShellRecorded runs it
			f.Add(script.text)
		}
	}
	f.Fuzz(func(t *testing.T, script string) {
		if len(script) > 4096 {
			return
		}
		for _, shell := range recordedShells {
			synctest.Test(t, func(t *testing.T) {
				space := run.NewSpace(run.Options{
					Files: shellFiles(shell.d), Find: Find, Limits: run.Limits{Processes: 20, Calls: 10_000, Output: 1 << 20},
				})
				over := make(chan int, 1)
				if _, err := space.Start(run.Spec{
					Args: []string{shellNames[shell.d], "-c", script}, Env: usual, Exited: func(c int, _ bool) { over <- c },
				}); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				select {
				case <-over:
				case <-ctx.Done():
				}
				if err := space.Close(); err != nil {
					t.Errorf("%q: %v", script, err)
				}
			})
		}
	})
}
