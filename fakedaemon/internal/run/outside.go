package run

import "runtime"

// Catches reports whether a process has a handler for a signal.
func (s *Space) Catches(p *Process, sig int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !p.over && sig > 0 && sig <= sigMax && p.signals[sig] == caught
}

// OutOfMemory ends a process as the kernel does when the memory of its container is used up.
func (p *Process) OutOfMemory() {
	p.enter()
	defer p.leave()
	p.oom = true
	p.killLocked(SIGKILL)
	runtime.Goexit()
}
