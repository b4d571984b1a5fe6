package run

import "github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"

// signalGroupLocked sends a signal to all processes of a group.
func (s *Space) signalGroupLocked(group, sig int, outside bool) {
	for _, p := range s.processes {
		if p.group == group {
			p.signalLocked(sig, outside)
		}
	}
}

// orphanedLocked reports whether a process group has nobody who could let it go on: a parent of one of it, in another group of the session.
func (s *Space) orphanedLocked(group, session int) bool {
	for _, p := range s.processes {
		if p.group == group && !p.over && p.parent != nil && p.parent.session == session && p.parent.group != group {
			return false
		}
	}
	return true
}

// Setpgid puts a process, itself with 0, into a process group, one of its own with group 0.
func (p *Process) Setpgid(pid, group int) error {
	p.enter()
	defer p.leave()
	q := p
	if pid != 0 {
		q = p.s.processes[pid]
	}
	switch {
	case q == nil || q.over || q != p && q.parent != p:
		return ESRCH
	case q.session != p.session || q.session == q.pid:
		return files.EPERM
	case group == 0:
		group = q.pid
	}
	if group != q.pid && !p.s.inSessionLocked(group, p.session) {
		return files.EPERM
	}
	q.group = group
	return nil
}

func (s *Space) inSessionLocked(group, session int) bool {
	for _, p := range s.processes {
		if p.group == group && p.session == session {
			return true
		}
	}
	return false
}

// Group is the number of its process group.
func (p *Process) Group() int {
	p.enter()
	defer p.leave()
	return p.group
}

// Setsid makes it the head of a session without a terminal; EPERM if it is the head of a group.
func (p *Process) Setsid() error {
	p.enter()
	defer p.leave()
	if p.group == p.pid {
		return files.EPERM
	}
	p.group, p.session, p.tty = p.pid, p.pid, nil
	return nil
}

// Foreground gives the process group that has a terminal's keyboard.
func (p *Process) Foreground(fd int) (group int, err error) {
	p.enter()
	defer p.leave()
	t, err := p.terminalLocked(fd)
	if err != nil || t != p.tty {
		return 0, ENOTTY
	}
	return t.group(), nil
}

// SetForeground gives a terminal's keyboard to a process group of the session. From the background, that is SIGTTOU.
func (p *Process) SetForeground(fd, group int) error {
	p.enter()
	defer p.leave()
	t, err := p.terminalLocked(fd)
	if err != nil || t != p.tty {
		return ENOTTY
	}
	if !p.s.inSessionLocked(group, p.session) {
		return files.EPERM
	}
	if err := p.backgroundLocked(t, SIGTTOU); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.foreground = group
	return nil
}

// backgroundLocked stops a process that is not in the foreground of its terminal, before what it wants to do there.
func (p *Process) backgroundLocked(t *TTY, sig int) error {
	for p.tty == t && t.group() != p.group {
		switch {
		case p.signals[sig] == ignored && sig == SIGTTOU:
			return nil
		case p.signals[sig] == ignored || p.kernelIgnores && p.signals[sig] == byDefault || p.s.orphanedLocked(p.group, p.session):
			return files.EIO
		}
		p.s.signalGroupLocked(p.group, sig, false)
		// As Linux restarts the call: what was stopped and goes on looks again.
		if err := p.wait(func() bool { return p.pending == 0 }); err != nil {
			return err
		}
	}
	return nil
}

// endSessionLocked takes the terminal from a session whose head is over.
func (p *Process) endSessionLocked() {
	t := p.tty
	if t == nil || p.session != p.pid {
		return
	}
	t.mu.Lock()
	group := t.foreground
	t.foreground, t.over = 0, true
	t.roomLocked()
	t.mu.Unlock()
	for _, q := range p.s.processes {
		if q.session == p.session {
			q.tty = nil
		}
	}
	p.s.signalGroupLocked(group, SIGHUP, false)
	p.s.changedLocked()
}
