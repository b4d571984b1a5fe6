package run

import (
	"math/bits"
	"time"
)

// The signals of Linux that this package knows.
const (
	SIGHUP    = 1
	SIGINT    = 2
	SIGQUIT   = 3
	SIGKILL   = 9
	SIGUSR1   = 10
	SIGUSR2   = 12
	SIGPIPE   = 13
	SIGALRM   = 14
	SIGTERM   = 15
	SIGCHLD   = 17
	SIGCONT   = 18
	SIGSTOP   = 19
	SIGTSTP   = 20
	SIGTTIN   = 21
	SIGTTOU   = 22
	SIGURG    = 23
	SIGXCPU   = 24
	SIGXFSZ   = 25
	SIGWINCH  = 28
	sigMax    = 64
	harmless  = sigset(1<<SIGCHLD | 1<<SIGCONT | 1<<SIGURG | 1<<SIGWINCH)
	stopping  = sigset(1<<SIGSTOP | 1<<SIGTSTP | 1<<SIGTTIN | 1<<SIGTTOU)
	unchanged = sigset(1<<SIGKILL | 1<<SIGSTOP)
)

// sigset has a bit for each signal: 64, the last, has that of 0.
type sigset uint64

func bit(sig int) sigset { return 1 << (sig % 64) }

type disposition byte

const (
	byDefault disposition = iota
	ignored
	caught
)

func (p *Process) caughtLocked() sigset { return p.pending }

// signalLocked sends a signal.
func (p *Process) signalLocked(sig int, outside bool) {
	if p.over || p.leaving && p.next == nil || sig < 1 || sig > sigMax {
		return
	}
	if p.kernelIgnores && !(outside && bit(sig)&unchanged != 0) && p.signals[sig] != caught && sig != SIGCONT {
		return
	}
	if sig == SIGCONT && p.stopped != 0 {
		p.stopped = 0
		p.s.changedLocked()
	}
	switch d := p.signals[sig]; {
	case d == ignored:
	case d == caught:
		p.pending |= bit(sig)
		p.s.changedLocked()
	case bit(sig)&harmless != 0:
	case bit(sig)&stopping != 0:
		p.stopped, p.told = sig, false
		if p.parent != nil {
			p.parent.signalLocked(SIGCHLD, false)
		}
		p.s.changedLocked()
	default:
		p.killLocked(sig)
	}
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

// Catch lets a signal come to Caught.
func (p *Process) Catch(sig int) error { return p.dispose(sig, caught) }

// Ignore lets a signal do nothing.
func (p *Process) Ignore(sig int) error { return p.dispose(sig, ignored) }

// Default lets a signal do what it does to a program that does not care.
func (p *Process) Default(sig int) error { return p.dispose(sig, byDefault) }

// Ignored reports whether a signal is ignored, as a shell asks when it starts.
func (p *Process) Ignored(sig int) bool {
	p.enter()
	defer p.leave()
	return sig > 0 && sig <= sigMax && p.signals[sig] == ignored
}

func (p *Process) dispose(sig int, d disposition) error {
	p.enter()
	defer p.leave()
	if sig < 1 || sig > sigMax || bit(sig)&unchanged != 0 {
		return EINVAL
	}
	p.signals[sig] = d
	if d != caught {
		p.pending &^= bit(sig)
	}
	return nil
}

// Caught gives a signal that was caught, the lowest first. While there is one, calls that would wait give EINTR.
func (p *Process) Caught() (sig int, ok bool) {
	p.enter()
	defer p.leave()
	if p.pending == 0 {
		return 0, false
	}
	sig = bits.TrailingZeros64(uint64(p.pending &^ 1))
	p.pending &^= bit(sig)
	return sig, true
}

// Pause waits for a caught signal; it always gives EINTR.
func (p *Process) Pause() error {
	p.enter()
	defer p.leave()
	return p.wait(func() bool { return false })
}

// Kill sends a signal to a process, or to its own group with 0, to all but pid 1 and itself with -1, or to a group with its number below zero. Signal 0 only asks.
func (p *Process) Kill(pid, sig int) error {
	p.enter()
	defer p.leave()
	if sig < 0 || sig > sigMax {
		return EINVAL
	}
	found, may := false, false
	for _, q := range p.s.processes {
		if !q.named(pid, p.group) || pid == -1 && (q.pid == 1 || q == p) {
			continue
		}
		found = true
		if p.user.UID != 0 && p.user.UID != q.user.UID {
			continue
		}
		may = true
		q.signalLocked(sig, false)
	}
	switch {
	case !found:
		return ESRCH
	case !may:
		return EPERM
	case p.killed != 0:
		exitNow()
	}
	return nil
}

// Alarm sends the process SIGALRM after d, instead of an alarm before; 0 takes back.
func (p *Process) Alarm(d time.Duration) {
	p.enter()
	defer p.leave()
	p.stopAlarmLocked()
	if d <= 0 {
		return
	}
	this := p.alarms
	p.alarm = p.s.o.After(d, func() {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		if this == p.alarms {
			p.signalLocked(SIGALRM, false)
		}
	})
}

func (p *Process) stopAlarmLocked() {
	if p.alarms++; p.alarm != nil {
		p.alarm()
		p.alarm = nil
	}
}

// Setpgid puts a process, itself with 0, into a process group, one of its own with 0.
func (p *Process) Setpgid(pid, group int) error {
	p.enter()
	defer p.leave()
	q := p
	if pid != 0 {
		q = p.s.processes[pid]
	}
	if q == nil || q != p && q.parent != p {
		return ESRCH
	}
	if group == 0 {
		group = q.pid
	}
	q.group = group
	return nil
}

// Group is the number of its process group.
func (p *Process) Group() int {
	p.enter()
	defer p.leave()
	return p.group
}

// Setsid makes it the head of a session without a terminal.
func (p *Process) Setsid() error {
	p.enter()
	defer p.leave()
	if p.group == p.pid {
		return EPERM
	}
	p.group, p.session, p.tty = p.pid, p.pid, nil
	return nil
}
