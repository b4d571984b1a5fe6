package program

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// TestShellInteractive types into shells at a terminal.
func TestShellInteractive(t *testing.T) {
	for _, test := range []struct {
		name, shell string
		d           *dialect
		typed       []string
		screen      string
		code        int
	}{
		{"commands", "sh", ash, []string{"echo a\r", "nosuch\r", "exit 3\r"},
			"/w # echo a\na\n/w # nosuch\nsh: nosuch: not found\n/w # exit 3\n", 3},
		{"end", "sh", ash, []string{"false\r", "\x04"}, "/w # false\n/w # \n", 1},
		{"continued", "sh", ash, []string{"if true\r", "then echo a\r", "fi\r", "exit\r"},
			"/w # if true\n> then echo a\n> fi\na\n/w # exit\n", 0},
		{"empty lines", "sh", ash, []string{"\r", "  \r", "# c\r", "exit\r"}, "/w # \n/w #   \n/w # # c\n/w # exit\n", 0},
		{"mistakes", "sh", ash, []string{"fi\r", "echo ${x?no}\r", "cd /nosuch\r", "echo $?\r", "exit\r"},
			"/w # fi\nsh: syntax error: unexpected \"fi\"\n/w # echo ${x?no}\nsh: x: no\n/w # cd /nosuch\n" +
				"sh: cd: can't cd to /nosuch: No such file or directory\n/w # echo $?\n2\n/w # exit\n", 0},
		{"interrupted program", "sh", ash, []string{"sleep 1000\r", "\x03", "echo $?\r", "exit\r"},
			"/w # sleep 1000\n^C\n/w # echo $?\n130\n/w # exit\n", 0},
		{"interrupted line", "sh", ash, []string{"echo a", "\x03", "echo $?\r", "exit\r"},
			"/w # echo a^C\n/w # echo $?\n130\n/w # exit\n", 0},
		{"interrupted command", "sh", ash, []string{"if true\r", "\x03", "echo b\r", "exit\r"},
			"/w # if true\n> ^C\n/w # echo b\nb\n/w # exit\n", 0},
		{"interrupted loop", "sh", ash, []string{"while :; do sleep 1000; done\r", "\x03", "echo b\r", "exit\r"},
			"/w # while :; do sleep 1000; done\n^C\n/w # echo b\nb\n/w # exit\n", 0},
		{"several lines at once", "sh", ash, []string{"echo a\recho b\rexit 4\r"},
			"/w # echo a\necho b\nexit 4\na\n/w # b\n/w # ", 4},
		{"prompt", "sh", ash, []string{"PS1='\\u@\\h:\\w\\$ '\r", "cd /etc\r", "exit\r"},
			"/w # PS1='\\u@\\h:\\w\\$ '\nroot@box:/w# cd /etc\nroot@box:/etc# exit\n", 0},
		{"read", "sh", ash, []string{"read x; echo \"[$x]\"\r", "typed\r", "exit\r"},
			"/w # read x; echo \"[$x]\"\ntyped\n[typed]\n/w # exit\n", 0},
		{"dash", "sh", dash, []string{"echo a\r", "nosuch\r", "exit\r"}, "# echo a\na\n# nosuch\nsh: 2: nosuch: not found\n# exit\n", 127},
		{"bash", "bash", bash, []string{"cd /tmp\r", "fi\r", "exit\r"},
			"root@box:/w# cd /tmp\nroot@box:/tmp# fi\nbash: syntax error near unexpected token `fi'\nroot@box:/tmp# exit\n", 2},
		{"jobs", "sh", ash, []string{"sleep 5000 &\r", "jobs\r", "sleep 1000\r", "\x1a", "\x03", "exit\r"},
			"/w # sleep 5000 &\n/w # jobs\n[1]+  Running                    sleep 5000\n/w # sleep 1000\n^Z^C\n/w # exit\n", 130},
		{"job that is over", "sh", ash, []string{"(exit 3) & read x\r", "y\r", "exit\r"},
			"/w # (exit 3) & read x\ny\n[1]+  Done(3)                    (exit 3)\n/w # exit\n", 0},
		{"termination is ignored", "sh", ash, []string{"kill $$\r", "echo a\r", "exit\r"}, "/w # kill $$\n/w # echo a\na\n/w # exit\n", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				space := run.NewSpace(run.Options{Files: shellFiles(test.d), Find: Find, Hostname: "box"})
				defer space.Close()
				var screen sink
				tty := run.NewTTY(24, 80, &screen)
				code := make(chan int, 1)
				if _, err := space.Start(run.Spec{
					Args: []string{test.shell}, Env: usual, Dir: "/w", TTY: tty, Exited: func(c int, _ bool) { code <- c },
				}); err != nil {
					t.Fatal(err)
				}
				for _, typed := range test.typed {
					if err := space.Settle(context.Background()); err != nil {
						t.Fatal(err)
					}
					if _, err := tty.Write(context.Background(), []byte(typed)); err != nil {
						t.Fatal(err)
					}
				}
				synctest.Wait()
				select {
				case c := <-code:
					if c != test.code {
						t.Errorf("exit code %d, want %d", c, test.code)
					}
				default:
					t.Errorf("it runs on: %+v", space.Processes())
				}
				if diff := cmp.Diff(test.screen, strings.ReplaceAll(screen.String(), "\r\n", "\n")); diff != "" {
					t.Errorf("screen (-want +got):\n%s", diff)
				}
			})
		})
	}
}
