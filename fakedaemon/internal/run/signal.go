package run

import (
	"math/bits"
	"runtime"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// Signals of Linux that do something of their own here; there are 64.
const (
	SIGHUP   = 1
	SIGINT   = 2
	SIGQUIT  = 3
	SIGKILL  = 9
	SIGPIPE  = 13
	SIGALRM  = 14
	SIGTERM  = 15
	SIGCHLD  = 17
	SIGCONT  = 18
	SIGSTOP  = 19
	SIGTSTP  = 20
	SIGTTIN  = 21
	SIGTTOU  = 22
	SIGURG   = 23
	SIGXCPU  = 24
	SIGXFSZ  = 25
	SIGWINCH = 28

	sigMax = 64
)

// sigset has a bit for each signal, as /proc shows it.
type sigset uint64

func bit(sig int) sigset { return 1 << (sig - 1) }

func setOf(signals ...int) (set sigset) {
	for _, sig := range signals {
		set |= bit(sig)
	}
	return set
}

var (
	harmless   = setOf(SIGCHLD, SIGCONT, SIGURG, SIGWINCH)
	stopping   = setOf(SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU)
	untouched  = setOf(SIGKILL, SIGSTOP)
	ofTerminal = setOf(SIGTSTP, SIGTTIN, SIGTTOU)
)

type disposition byte

const (
	byDefault disposition = iota
	ignored
	caught
)

// signalLocked sends a signal, from outside of the space or from within.
func (p *Process) signalLocked(sig int, outside bool) {
	if p.over || p.leaving && p.next == nil || sig < 1 || sig > sigMax {
		return
	}
	if sig == SIGCONT && p.stopped != 0 {
		p.stopped = 0
		p.s.changedLocked()
	}
	set := bit(sig)
	switch d := p.signals[sig]; {
	case d == caught:
		p.pending |= set
		p.s.changedLocked()
	case d == ignored || set&harmless != 0 || p.kernelIgnores && !(outside && set&untouched != 0):
	case set&stopping == 0:
		p.killLocked(sig)
	case set&ofTerminal == 0 || !p.s.orphanedLocked(p.group, p.session):
		p.stopLocked(sig)
	}
}

func (p *Process) stopLocked(sig int) {
	if p.stopped != 0 {
		return
	}
	p.stopped, p.told = sig, false
	if p.parent != nil {
		p.parent.signalLocked(SIGCHLD, false)
	}
	p.s.changedLocked()
}

// killLocked ends a process by a signal.
func (p *Process) killLocked(sig int) {
	if p.over || p.killed != 0 || p.leaving && p.next == nil {
		return
	}
	p.killed, p.code, p.stopped, p.next = sig, 128+sig, 0, nil
	p.cancel()
	p.s.changedLocked()
}

// diesLocked ends the goroutine of a process that was killed by what it does itself.
func (p *Process) diesLocked() {
	if p.killed != 0 {
		runtime.Goexit()
	}
}

// Catch lets a signal come to Caught.
func (p *Process) Catch(sig int) error { return p.dispose(sig, caught) }

// Ignore lets a signal do nothing.
func (p *Process) Ignore(sig int) error { return p.dispose(sig, ignored) }

// Default lets a signal do what it does to a program that does not care.
func (p *Process) Default(sig int) error { return p.dispose(sig, byDefault) }

func (p *Process) dispose(sig int, d disposition) error {
	p.enter()
	defer p.leave()
	if sig < 1 || sig > sigMax || bit(sig)&untouched != 0 {
		return files.EINVAL
	}
	p.signals[sig] = d
	if d != caught {
		p.pending &^= bit(sig)
	}
	return nil
}

// Ignored reports whether a signal is ignored, as a shell asks when it starts.
func (p *Process) Ignored(sig int) bool {
	p.enter()
	defer p.leave()
	return sig >= 1 && sig <= sigMax && p.signals[sig] == ignored
}

// Caught gives a signal that was caught, the lowest first. While there is one, calls that would wait give EINTR.
func (p *Process) Caught() (sig int, ok bool) {
	p.enter()
	defer p.leave()
	if p.pending == 0 {
		return 0, false
	}
	sig = bits.TrailingZeros64(uint64(p.pending)) + 1
	p.pending &^= bit(sig)
	return sig, true
}

// Pause waits for a caught signal; it always gives EINTR.
func (p *Process) Pause() error {
	p.enter()
	defer p.leave()
	return p.wait(func() bool { return false })
}

// Kill sends a signal to a process; with 0 to its own group, with -1 to all but pid 1 and itself, else below zero to the group of that number.
// Signal 0 only asks. ESRCH: there is none; EPERM: all are other users'.
func (p *Process) Kill(pid, sig int) error {
	p.enter()
	defer p.leave()
	if sig < 0 || sig > sigMax {
		return files.EINVAL
	}
	found, may := false, false
	for _, q := range p.s.processes {
		if !q.meant(pid, p.group) || pid == -1 && (q.pid == 1 || q == p) {
			continue
		}
		found = true
		if p.user.UID == 0 || p.user.UID == q.user.UID {
			may = true
			q.signalLocked(sig, false)
		}
	}
	p.diesLocked()
	switch {
	case !found:
		return ESRCH
	case !may:
		return files.EPERM
	}
	return nil
}

// meant reports whether a number names the process, as kill and wait take it, for a caller of a group.
func (p *Process) meant(pid, group int) bool {
	switch {
	case pid > 0:
		return p.pid == pid
	case pid == 0:
		return p.group == group
	}
	return pid == -1 || p.group == -pid
}

// Alarm sends the process SIGALRM after d, instead of an alarm before; 0 takes it back.
func (p *Process) Alarm(d time.Duration) {
	p.enter()
	defer p.leave()
	p.stopAlarmLocked()
	if d <= 0 {
		return
	}
	this := p.alarms
	p.alarmAt = p.s.o.Now().Add(d)
	p.alarm = p.s.o.After(d, func() {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		if this == p.alarms {
			p.alarm = nil
			p.signalLocked(SIGALRM, false)
			p.s.changedLocked()
		}
	})
}

func (p *Process) stopAlarmLocked() {
	if p.alarms++; p.alarm != nil {
		p.alarm()
		p.alarm = nil
	}
}
