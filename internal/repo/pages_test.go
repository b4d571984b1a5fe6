package repo

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// pages are followed as a reader does, from top to bottom in one folder, which is in PATH. A block below "<!-- file: NAME -->" is
// written there. In a block of language console each line that begins with "$ " is typed, with the lines below it that begin with "> ",
// and what is below these has to come out. There "..." stands for any lines and "…" for anything in a line. Times, ports and names of
// temporary files may differ. A block of another language is not run, and has to be one of those that cannot be.
//
// Each needs a program.
var pages = map[string]string{"conform.md": "curl", "programs.md": "docker", "verify.md": "curl"}

// notRun are the languages of blocks that are only read.
var notRun = []string{"text"}

// A step is a fenced block of a page.
type step struct {
	line     int // of its fence, from 1
	language string
	file     string // "" unless it is one
	text     string
}

var fileMark = regexp.MustCompile(`^<!-- file: (\S+) -->$`)

func steps(t *testing.T, page string) []step {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []step
	file, open := "", false
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		bare := strings.TrimSuffix(line, "\n")
		language, fence := strings.CutPrefix(bare, "```")
		switch mark := fileMark.FindStringSubmatch(bare); {
		case fence && open:
			open, file = false, ""
		case fence:
			open = true
			all = append(all, step{line: n, language: language, file: file})
		case open:
			all[len(all)-1].text += line
		case mark != nil:
			file = mark[1]
		}
	}
	if open {
		t.Fatalf("%s:%d: the block has no end", page, all[len(all)-1].line)
	}
	return all
}

func TestPages(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the pages are for a POSIX shell")
	}
	bin := t.TempDir()
	run(t, "go", "build", "-o", bin, "./cmd/fakedockerd")
	for page, program := range pages {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			testtool.Need(t, program)
			follow(t, filepath.Join("../../docs", page), bin)
		})
	}
}

// follow does what a page says, with the command in bin.
func follow(t *testing.T, page, bin string) {
	dir := newModule(t, nil)
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "DOCKER_") })
	env = append(env, "PATH="+strings.Join([]string{dir, bin, os.Getenv("PATH")}, string(os.PathListSeparator)), "TMPDIR=/tmp", "GOFLAGS=")
	// The consoles between two files have nothing to do with each other, and wait for daemons: side by side.
	var consoles sync.WaitGroup
	var mu sync.Mutex
	var stale []string // old, new, old, new
	for _, s := range steps(t, page) {
		switch {
		case s.file != "":
			consoles.Wait()
			if err := os.WriteFile(filepath.Join(dir, s.file), []byte(s.text), 0o755); err != nil {
				t.Fatal(err)
			}
		case s.language == "console":
			consoles.Go(func() {
				fresh := s.run(t, page, dir, env)
				mu.Lock()
				defer mu.Unlock()
				stale = append(stale, fresh...)
			})
		case !slices.Contains(notRun, s.language):
			t.Errorf("%s:%d: nothing is known of language %q: make it a file or a console", page, s.line, s.language)
		}
	}
	consoles.Wait()
	if stale != nil {
		text, err := os.ReadFile(page)
		if err == nil {
			err = os.WriteFile(page, []byte(strings.NewReplacer(stale...).Replace(string(text))), 0o644)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// A typed line of a console, and what is below it.
type typedLine struct{ command, output, typed string } // typed is the command as the page has it

func (s step) lines() []typedLine {
	var all []typedLine
	for line := range strings.Lines(s.text) {
		more, goesOn := strings.CutPrefix(line, "> ")
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, typedLine{command: command, typed: line})
		} else if last := len(all) - 1; last >= 0 && goesOn && all[last].output == "" {
			all[last].command += more
			all[last].typed += line
		} else if last >= 0 {
			all[last].output += line
		}
	}
	return all
}

// run types the lines of a console into one shell. With testtool.UpdateEnv set it returns what is stale and what is to be there
// instead, in turns; what stands for anything is left to a person.
func (s step) run(t *testing.T, page, dir string, env []string) (stale []string) {
	t.Helper()
	const end = "end of the output of a line"
	lines := s.lines()
	script := "exec 2>&1\n"
	for _, l := range lines {
		script += l.command + "exit_code=$?; echo '" + end + "'; (exit $exit_code)\n"
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, env, time.Second
	out, err := cmd.Output()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Errorf("%s:%d: %v", page, s.line, err)
		return nil
	}
	got := strings.Split(string(out), end+"\n")
	for i, l := range lines {
		if i >= len(got)-1 {
			t.Errorf("%s:%d: the shell ended with %v before `%s`:\n%s", page, s.line, err, strings.TrimSpace(l.command), out)
			break
		}
		switch text := told(got[i], dir); {
		case expected(l.output).MatchString(same(text)):
		case os.Getenv(testtool.UpdateEnv) != "" && !anything.MatchString(l.output):
			stale = append(stale, l.typed+l.output, l.typed+text)
		default:
			t.Errorf("%s:%d: $ %sgot:\n%s\nwant:\n%s\n%s=1 rewrites what has no ... in it", page, s.line, l.command, text, l.output, testtool.UpdateEnv)
		}
	}
	return stale
}

var anything = regexp.MustCompile(`(?m)^\s*\.\.\.$|…`)

var (
	progress = regexp.MustCompile(`(?m)^\d+ of \d+ attempts(, .*)?\n`)
	changing = []struct {
		text *regexp.Regexp
		as   string
	}{
		{regexp.MustCompile(`\b\d+(\.\d+)?(ms|s)\b`), "TIME"},
		{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
		{regexp.MustCompile(`fakedockerd-conform-\d+`), "fakedockerd-conform-N"},
		{regexp.MustCompile(` +`), " "}, // columns are as wide as what is in them
	}
)

// told is what came out, as a page tells it: in a folder of its reader, and without how far a run has come.
func told(text, dir string) string {
	return progress.ReplaceAllString(strings.ReplaceAll(text, dir, "/home/you/mytool"), "")
}

// same replaces what is not the same each time.
func same(text string) string {
	for _, c := range changing {
		text = c.text.ReplaceAllString(text, c.as)
	}
	return text
}

// expected is the pattern of an output.
func expected(output string) *regexp.Regexp {
	pattern := ""
	for line := range strings.Lines(same(output)) {
		if strings.TrimSpace(line) == "..." {
			pattern += `(?:.*\n)*`
			continue
		}
		pattern += strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*")
	}
	return regexp.MustCompile("^" + pattern + "$")
}
