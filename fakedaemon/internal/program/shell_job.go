package program

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// A job is a pipeline in the background. Its number is that of its last process.
type job struct {
	id     int
	pids   []int // that are not over
	pid    int
	status int
	signal int
	text   string
	waited bool // its status was told; wait may ask again
}

const sigSegv = 11

// signalTexts are what strsignal says.
var signalTexts = map[int]string{
	1: "Hangup", 2: "Interrupt", 3: "Quit", 4: "Illegal instruction", 5: "Trace/breakpoint trap", 6: "Aborted", 7: "Bus error",
	8: "Floating point exception", 9: "Killed", 10: "User defined signal 1", 11: "Segmentation fault", 12: "User defined signal 2",
	14: "Alarm clock", 15: "Terminated", 16: "Stack fault", 24: "CPU time limit exceeded", 25: "File size limit exceeded",
	26: "Virtual timer expired", 27: "Profiling timer expired", 29: "I/O possible", 30: "Power failure", 31: "Bad system call",
}

// background starts a command that the shell does not wait for.
func (s *interpreter) background(stmt *syntax.Stmt) {
	s.reap()
	same := *stmt
	same.Background = false
	stmts := []*syntax.Stmt{&same}
	if cmd, ok := stmt.Cmd.(*syntax.BinaryCmd); ok && (cmd.Op == syntax.Pipe || cmd.Op == syntax.PipeAll) && len(stmt.Redirs) == 0 {
		stmts = flatten(cmd)
	}
	var pids []int
	if len(stmts) > 1 {
		pids = s.startPipeline(stmts)
	} else {
		pids = []int{s.fork(func(sub *interpreter) {
			if !s.opts['m'] && !s.interactive {
				sub.p.Ignore(run.SIGINT)
				sub.p.Ignore(run.SIGQUIT)
				if fd, err := sub.p.Open("/dev/null", os.O_RDONLY, 0); err == nil {
					sub.move(fd, 0)
				}
			}
			sub.statement(&same, true)
		})}
	}
	if s.interactive {
		for _, pid := range pids {
			_ = s.p.Setpgid(pid, pids[0]) // the keys of the terminal are not for it; it may be over
		}
	}
	var text strings.Builder
	if s.interactive || s.d == bash {
		_ = syntax.NewPrinter(syntax.SingleLine(true)).Print(&text, &same)
	} else {
		text.WriteString(strings.Repeat("| ", len(stmts)-1))
	}
	id := 1
	for _, j := range s.jobs {
		id = max(id, j.id+1)
	}
	s.lastJob = pids[len(pids)-1]
	s.jobs = append(s.jobs, &job{id: id, pids: pids, pid: s.lastJob, text: text.String()})
	if s.interactive && s.d == bash {
		s.write(2, fmt.Sprintf("[%d] %d\n", id, s.lastJob))
	}
	s.status = 0
}

// await waits for a process in the foreground and returns its status.
func (s *interpreter) await(pid int) int {
	for {
		st, err := s.p.Wait(pid, false)
		switch {
		case err == run.EINTR:
			s.collect()
		case err != nil:
			return 127
		default:
			s.tell(st)
			return st.Code
		}
	}
}

func (s *interpreter) awaitAll(pids []int) (status int) {
	for i, pid := range pids {
		code := s.await(pid)
		if i == len(pids)-1 || code != 0 && s.opts['P'] {
			if code != 0 || !s.opts['P'] {
				status = code
			}
		}
	}
	return status
}

// tell prints what has ended a process, if it was no ordinary end.
func (s *interpreter) tell(st run.Status) {
	switch {
	case st.Signal == run.SIGINT && s.interactive:
		s.write(2, "\n")
	case st.Signal == 0 || st.Signal == run.SIGINT || st.Signal == run.SIGPIPE:
	case s.d == bash && !s.interactive:
		s.write(2, fmt.Sprintf("%s: line %d: %5d %s\n", s.name, s.current, st.Pid, signalTexts[st.Signal]))
	default:
		s.write(2, signalTexts[st.Signal]+"\n")
	}
}

// collect takes the signals that were caught.
func (s *interpreter) collect() {
	for {
		sig, ok := s.p.Caught()
		if !ok {
			return
		}
		s.pending = append(s.pending, sig)
	}
}

// handlers runs the handlers of the signals that were caught.
func (s *interpreter) handlers() {
	s.collect()
	for len(s.pending) > 0 {
		sig := s.pending[0]
		s.pending = s.pending[1:]
		action := s.traps[sig]
		if action == "" {
			if sig == run.SIGINT && s.interactive {
				s.status = 128 + sig
				panic(abortion{})
			}
			continue
		}
		status, name := s.status, s.commandName
		s.commandName = ""
		s.eval(action)
		s.commandName = name
		if s.flow == goOn {
			s.status = status
		}
	}
}

// interrupted handles signals while a line is read. It reports whether the line is to be thrown away.
func (s *interpreter) interrupted() (cut bool) {
	s.collect()
	for i, sig := range s.pending {
		if sig == run.SIGINT && s.traps[sig] == "" {
			s.pending = slices.Delete(s.pending, i, i+1)
			s.write(2, "\n")
			return true
		}
	}
	s.handlers()
	return false
}

// over notes that a process of a job is over.
func (s *interpreter) over(st run.Status) {
	for _, j := range s.jobs {
		if i := slices.Index(j.pids, st.Pid); i >= 0 {
			j.pids = slices.Delete(j.pids, i, i+1)
			if st.Pid == j.pid {
				j.status, j.signal = st.Code, st.Signal
			}
		}
	}
}

// maxJobs bounds the jobs that are over and that nobody has asked for.
const maxJobs = 1000

// reap notes which jobs are over by now.
func (s *interpreter) reap() {
	for {
		st, err := s.p.Wait(-1, true)
		if err != nil || st.Pid == 0 {
			break
		}
		s.over(st)
	}
	if len(s.jobs) > maxJobs {
		s.jobs = slices.DeleteFunc(s.jobs, func(j *job) bool { return len(j.pids) == 0 })
	}
}

// waitJob waits for a job. It gives 128 and the signal that was caught if one comes first.
func (s *interpreter) waitJob(j *job) int {
	for len(j.pids) > 0 {
		st, err := s.p.Wait(-1, false)
		switch {
		case err == run.EINTR:
			s.collect()
			for _, sig := range s.pending {
				if s.traps[sig] != "" || sig == run.SIGINT && s.interactive {
					return 128 + sig
				}
			}
		case err != nil:
			j.pids = nil
		default:
			s.over(st)
		}
	}
	return -1
}

func (s *interpreter) job(arg string) *job {
	pid, _ := strconv.Atoi(arg)
	for i := len(s.jobs) - 1; i >= 0; i-- {
		j := s.jobs[i]
		if arg == "%%" || arg == "%+" || arg == "%" || arg == "%"+strconv.Itoa(j.id) || pid > 0 && (j.pid == pid || slices.Contains(j.pids, pid)) {
			return j
		}
	}
	return nil
}

func (s *interpreter) doWait(args []string) int {
	if len(args) == 1 {
		for _, j := range s.jobs {
			if status := s.waitJob(j); status >= 0 {
				return status
			}
		}
		s.jobs = nil
		return 0
	}
	status := 0
	for _, arg := range args[1:] {
		if _, ok := s.number(arg); !ok && !strings.HasPrefix(arg, "%") {
			s.abort("", s.d.illegalNumber(arg))
		}
		j := s.job(arg)
		if j == nil {
			if status = 127; arg[0] == '%' {
				s.abort("", s.d.noJob(arg))
			}
			continue
		}
		if status = s.waitJob(j); status >= 0 {
			return status
		}
		status = j.status
		if j.signal != 0 && !j.waited && s.d != bash {
			s.tell(run.Status{Pid: j.pid, Signal: j.signal})
		}
		j.waited, j.id = true, 0
	}
	return status
}

func (s *interpreter) doJobs(args []string) int {
	s.reap()
	lines := s.jobLines(func(j *job) bool { return true })
	if len(args) > 1 && args[1] == "-p" {
		lines = nil
		for _, j := range s.jobs {
			lines = append(lines, strconv.Itoa(j.pid)+"\n")
		}
	}
	s.write(1, strings.Join(lines, ""))
	s.forgetJobs()
	return 0
}

// announce tells somebody who types which jobs are over.
func (s *interpreter) announce() {
	s.reap()
	s.write(2, strings.Join(s.jobLines(func(j *job) bool { return len(j.pids) == 0 }), ""))
	s.forgetJobs()
}

// forgetJobs lets jobs that are over be no jobs any more: only wait knows their status.
func (s *interpreter) forgetJobs() {
	for _, j := range s.jobs {
		if len(j.pids) == 0 {
			j.waited, j.id = true, 0
		}
	}
}

// jobLines describes jobs.
func (s *interpreter) jobLines(which func(*job) bool) (lines []string) {
	var list []*job
	for _, j := range s.jobs {
		if !j.waited {
			list = append(list, j)
		}
	}
	for i, j := range list {
		if !which(j) {
			continue
		}
		state := "Running"
		if len(j.pids) == 0 {
			state = "Done"
			if j.signal != 0 {
				state = signalTexts[j.signal]
			} else if j.status != 0 {
				state = fmt.Sprintf("Done(%d)", j.status)
			}
		}
		mark := map[int]string{len(list) - 1: "+", len(list) - 2: "-"}[i]
		if mark == "" {
			mark = " "
		}
		lines = append(lines, fmt.Sprintf(s.d.jobLine, j.id, mark, state, j.text))
	}
	if s.d != bash {
		slices.Reverse(lines)
	}
	return lines
}

func (s *interpreter) doTrap(args []string) int {
	args = args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		for sig := range 65 {
			action, ok := s.traps[sig]
			if !ok && len(s.traps) == 0 {
				action, ok = s.shown[sig]
			}
			if ok {
				s.write(1, "trap -- "+quote(action)+" "+s.d.sigPrefix(sig)+signalName(sig)+"\n")
			}
		}
		return 0
	}
	action, set := args[0], true
	if _, number := s.number(action); number || len(args) == 1 {
		action, set = "", false
	} else {
		args = args[1:]
		if action == "-" {
			set = false
		}
	}
	status := 0
	for _, name := range args {
		sig, ok := signalNumber(name)
		if !ok {
			if s.d == dash {
				s.write(2, "trap: "+name+": bad trap\n")
			} else {
				s.errorf("%s: invalid signal specification", name)
			}
			status = 1
			continue
		}
		s.trap(sig, action, set)
	}
	return status
}

func signalName(sig int) string {
	switch {
	case sig == 0:
		return "EXIT"
	case sig <= len(signalNames):
		return signalNames[sig-1]
	}
	return strconv.Itoa(sig)
}

func (s *interpreter) trap(sig int, action string, set bool) {
	if _, ours := s.traps[sig]; !ours && sig > 0 && s.p.Ignored(sig) && !s.interactive {
		return // ignored since the shell began
	}
	if set {
		if len(action) > maxCommand {
			s.outOfMemory()
		}
		s.traps[sig] = action
	} else {
		delete(s.traps, sig)
	}
	switch {
	case sig == 0:
	case set && action == "":
		s.p.Ignore(sig)
	case set, s.interactive && sig == run.SIGINT:
		s.p.Catch(sig)
	case s.interactive && (sig == run.SIGTERM || sig == run.SIGQUIT):
		s.p.Ignore(sig)
	default:
		s.p.Default(sig)
	}
}

// doKill is the program kill, which knows no jobs.
func (s *interpreter) doKill(args []string) int {
	for i, arg := range args[1:] {
		if j := s.job(arg); strings.HasPrefix(arg, "%") && j != nil {
			args[i+1] = strconv.Itoa(j.pid)
		}
	}
	return s.doApplet(args)
}
