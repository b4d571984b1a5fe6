package state

import (
	"strconv"
	"time"
)

// The waits of a restart policy before each restart (restartmanager/restartmanager.go).
const (
	firstBackoff = 100 * time.Millisecond
	maxBackoff   = time.Minute
	// steadyAfter is how long a process has to run for the wait to be the first again.
	steadyAfter = 10 * time.Second
)

// Exit ends the process of a container that is live with an exit code, as if it had ended by itself.
func (s *State) Exit(term string, code int) error {
	s.mu.Lock()
	defer s.unlock()
	c, err := s.containerLocked(term)
	if err != nil {
		return err
	}
	if !c.State.Live() {
		return notRunning(c)
	}
	s.exitLocked(c, code, false)
	return nil
}

// exitLocked is the end of a container's process, in the order of daemon/monitor.go. Engine 20.10 leaves the networks
// once it has told of the end.
func (s *State) exitLocked(c *Container, code int, oom bool) {
	l := s.life(c)
	l.next()
	s.endProcessesLocked(l)
	if oom {
		c.State.OOMKilled = true
		s.emitContainerLocked(c, "oom", nil)
	}
	for len(l.execs) > 0 {
		s.endExecLocked(c, l.execs[0], 128+sigkill)
	}
	s.stopProbesLocked(c)
	ran := s.Now().Sub(c.State.StartedAt)
	restart := s.shouldRestartLocked(c, code, ran)
	if !s.engine.NetworksEncloseProcess {
		s.leaveLocked(c, true)
	}
	st := &c.State
	st.Running, st.Restarting, st.Paused, st.Pid = restart, restart, false, 0
	st.ExitCode, st.FinishedAt = code, s.Now()
	if restart {
		c.RestartCount++
	}
	if l.io != nil {
		l.io.end()
	}
	s.wakeLocked(c, false)
	attributes := map[string]string{"exitCode": strconv.Itoa(code)}
	if s.engine.FullEvents {
		attributes["execDuration"] = strconv.Itoa(int(ran.Seconds()))
	}
	if !s.engine.NetworksEncloseProcess {
		s.stoppedLocked(c, l)
	}
	s.emitContainerLocked(c, "die", attributes)
	if s.engine.NetworksEncloseProcess {
		s.leaveLocked(c, true)
		s.stoppedLocked(c, l)
	}
	switch {
	case restart:
		s.afterLocked(l, "restart", l.backoff, func() { s.restartLocked(c) })
	case !l.manuallyRestarted:
		s.autoRemoveLocked(c)
	}
	if s.swarm != nil {
		s.swarm.Exited(c)
	}
}

// leaveLocked gives back what a container has while it runs. Tell reports whether it was on its networks.
func (s *State) leaveLocked(c *Container, tell bool) {
	s.leaveNetworksLocked(c, tell)
	s.emitUnmountsLocked(c)
}

// shouldRestartLocked asks the restart policy, and lengthens the wait.
func (s *State) shouldRestartLocked(c *Container, code int, ran time.Duration) bool {
	l, policy := s.life(c), c.Host.RestartPolicy
	if policy == "" || policy == "no" || l.policyOff {
		return false
	}
	if ran >= steadyAfter {
		l.backoff = 0
	}
	l.backoff = min(max(2*l.backoff, firstBackoff), maxBackoff)
	switch policy {
	case "always":
		return true
	case "unless-stopped":
		return !l.manuallyStopped
	case "on-failure":
		return code != 0 && (c.Host.MaximumRetryCount == 0 || c.RestartCount < c.Host.MaximumRetryCount)
	}
	return false
}

// restartLocked starts a container that has waited for it.
func (s *State) restartLocked(c *Container) {
	if err := s.startLocked(c, false); err != nil {
		c.State.Running, c.State.Restarting = false, false
		s.wakeLocked(c, false)
		s.autoRemoveLocked(c)
	}
}

// stopRestartLocked ends the wait for a restart.
func (s *State) stopRestartLocked(c *Container) {
	s.life(c).next()
	c.State.Running, c.State.Restarting = false, false
	s.wakeLocked(c, false)
	s.autoRemoveLocked(c)
}

// autoRemoveLocked removes a container that was to live no longer than its process.
func (s *State) autoRemoveLocked(c *Container) {
	if c.Host.AutoRemove && !c.State.Removing {
		s.removeLocked(c, true)
	}
}
