package flows

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// Difference is a step of which something else came than was recorded.
type Difference struct {
	Flow string
	N    int
	Cmd  string
	// What has the differences: exit code, output, calls, status, body.
	What []string
	Diff string
}

// Result is what came of a flow.
type Result struct {
	Tried, Agreed, HeldBack int
	Differences             []Difference
}

// Replayer replays flows in front of a fake daemon.
type Replayer struct {
	// Engine is that of the daemon and of the recordings.
	Engine string
	// Docker is the path of the CLI.
	Docker string
	// Dir is an empty folder, in place of the folder that the recorded commands name.
	Dir string
}

// stepTimeout is for one command. The slowest waits for a container.
const stepTimeout = 20 * time.Second

// backgroundPause is how long a command in the background has before the next line.
const backgroundPause = 700 * time.Millisecond

// run is a flow that is being replayed.
type run struct {
	*Replayer
	daemon     *fakedaemon.Daemon
	world      *world
	steps      []Step
	next       int
	background map[string]*command
	result     Result
}

// command is one that was started.
type command struct {
	*exec.Cmd
	step           *Step
	stdout, stderr bytes.Buffer
	cancel         func()
	before         int  // requests when it started
	overlaps       bool // it runs beside others, whose requests come in between
}

// Replay replays a flow.
func (p *Replayer) Replay(flow Flow, steps []Step) (Result, error) {
	w, err := newWorld(p.Dir)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	r := &run{Replayer: p, world: w, steps: steps, background: make(map[string]*command)}
	if r.daemon, err = w.start(p.Engine); err != nil {
		return Result{}, err
	}
	defer r.daemon.Close()
	if strings.HasSuffix(flow.Name, "-events") {
		time.Sleep(time.Second) // its commands ask for the events of the second in which they begin
	}
	for _, line := range flow.Lines {
		if err := r.line(line); err != nil {
			return r.result, fmt.Errorf("%s: %q: %w", flow.Name, line, err)
		}
	}
	for _, c := range r.background {
		r.stop(c, syscall.SIGKILL)
	}
	return r.result, nil
}

func (r *run) line(line string) error {
	kind, rest, _ := strings.Cut(line, " ")
	switch {
	case kind == "!":
		r.command(withoutStreams + rest).wait()
		return nil
	case kind == "$":
		c := r.command(rest)
		c.step = r.step()
		r.compare(c.wait())
		return nil
	case strings.HasPrefix(kind, ">"):
		r.raw(line)
		return nil
	case kind == "&":
		name, rest, _ := strings.Cut(rest, " ")
		c := r.command(rest)
		c.step, c.overlaps = r.step(), true
		r.background[name] = c
		if err := c.Start(); err != nil {
			return err
		}
		time.Sleep(backgroundPause)
		return nil
	case kind == "int":
		c := r.background[rest]
		delete(r.background, rest)
		r.compare(r.stop(c, syscall.SIGINT))
		return nil
	case kind == "wait":
		c := r.background[rest]
		delete(r.background, rest)
		r.compare(c.finish())
		return nil
	case kind == "sleep":
		d, err := time.ParseDuration(rest)
		time.Sleep(d)
		return err
	}
	return errors.New("what is this?")
}

// withoutStreams lets commands that set a flow up do without the streams that the fake does not have: what cannot be attached to
// runs in the background.
const withoutStreams = `docker() {
	case $1 in run | exec) ;; *) command docker "$@"; return ;; esac
	code=0
	command docker "$@" 2>"$HOME/stderr" || code=$?
	cat "$HOME/stderr" >&2
	grep -q 'received 501' "$HOME/stderr" || return "$code"
	case $1 in
	run) id=$(command docker ps --all --quiet --latest) && command docker start "$id" >"$HOME/stdout" && return "$(command docker wait "$id")" ;;
	exec) shift && command docker exec --detach "$@" ;;
	esac
}
`

// step is the recorded result of the line that is next.
func (r *run) step() *Step {
	s := &r.steps[r.next]
	r.next++
	return s
}

func (r *run) command(text string) *command {
	ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
	c := &command{Cmd: exec.CommandContext(ctx, "bash", "-c", r.world.here(text)), cancel: cancel, before: len(r.calls())}
	c.Dir = r.Dir
	c.Env = r.world.env(r.daemon, filepath.Dir(r.Docker))
	c.Stdout, c.Stderr = &c.stdout, &c.stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = time.Second
	return c
}

func (c *command) wait() *command {
	if err := c.Start(); err != nil {
		fmt.Fprintln(&c.stderr, err)
		return c
	}
	return c.finish()
}

func (c *command) finish() *command {
	defer c.cancel()
	if err := c.Wait(); err != nil && c.ProcessState == nil {
		fmt.Fprintln(&c.stderr, err)
	}
	return c
}

func (r *run) stop(c *command, sig syscall.Signal) *command {
	_ = syscall.Kill(-c.Process.Pid, sig)
	return c.finish()
}

// compare holds a command against its step.
func (r *run) compare(c *command) {
	s := c.step
	if s.HeldBack {
		r.result.HeldBack++
		return
	}
	d := Difference{Flow: s.Flow, N: s.N, Cmd: s.Cmd}
	if got := c.ProcessState.ExitCode(); got != s.ExitCode {
		d.What = append(d.What, fmt.Sprintf("exit code %d, recorded %d", got, s.ExitCode))
	}
	d.hold("stdout", NormalOutput(s.Stdout), NormalOutput(r.world.there(c.stdout.String())))
	d.hold("stderr", NormalOutput(s.Stderr), NormalOutput(r.world.there(c.stderr.String())))
	var calls []string
	for _, call := range r.calls()[c.before:] {
		calls = append(calls, r.world.there(call))
	}
	want, got := NormalCalls(s.CallOrder), NormalCalls(calls)
	if (c.overlaps || len(r.background) > 0) && subsequence(strings.Split(want, "\n"), strings.Split(got, "\n")) {
		got = want
	}
	d.hold("calls", want, got)
	r.count(d)
}

// subsequence reports whether all lines are among others, in their order.
func subsequence(lines, among []string) bool {
	for _, line := range among {
		if len(lines) > 0 && line == lines[0] {
			lines = lines[1:]
		}
	}
	return len(lines) == 0
}

// hold notes a difference of texts.
func (d *Difference) hold(what, want, got string) {
	if want != got {
		d.What = append(d.What, what)
		d.Diff += what + " (-recorded +got):\n" + cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n"))
	}
}

func (r *run) count(d Difference) {
	r.result.Tried++
	if len(d.What) == 0 {
		r.result.Agreed++
	} else {
		r.result.Differences = append(r.result.Differences, d)
	}
}

// calls are the requests on the socket that was recorded.
func (r *run) calls() []string {
	var calls []string
	for _, q := range r.daemon.Requests() {
		if q.Listener != r.daemon.Host() {
			continue
		}
		target := q.Path
		if q.Query != "" {
			target += "?" + q.Query
		}
		calls = append(calls, fmt.Sprintf("%s %s -> %d", q.Method, target, q.Status))
	}
	return calls
}

// raw sends a request and holds the answer against its step.
func (r *run) raw(line string) {
	s := r.step()
	expanded := line
	if strings.Contains(line, "$") {
		expand := r.command("cat <<END_OF_LINE\n" + line + "\nEND_OF_LINE").wait()
		expanded = strings.TrimSuffix(expand.stdout.String(), "\n")
	}
	got, err := send(strings.TrimPrefix(r.daemon.Host(), "unix://"), r.world.here(expanded))
	if s.HeldBack {
		r.result.HeldBack++
		return
	}
	d := Difference{Flow: s.Flow, N: s.N, Cmd: s.Cmd}
	if err != nil {
		d.What = append(d.What, err.Error())
	} else if got.status != s.Status {
		d.What = append(d.What, fmt.Sprintf("status %d, recorded %d", got.status, s.Status))
	}
	want := s.Body.Text
	switch {
	case s.Body.JSON != nil:
		want = string(s.Body.JSON)
	case s.Body.JSONStream != nil:
		var all []string
		for _, v := range s.Body.JSONStream {
			all = append(all, string(v))
		}
		want = strings.Join(all, "\n")
	}
	d.hold("body", NormalOutput(want), NormalOutput(r.world.there(got.body)))
	r.count(d)
}
