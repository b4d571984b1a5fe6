package state

import (
	"fmt"
	"slices"
	"time"
)

// What a health check does unless told otherwise (daemon/health.go).
const (
	probeInterval      = 30 * time.Second
	probeTimeout       = 30 * time.Second
	probeStartInterval = 5 * time.Second
	probeRetries       = 3
	maxHealthLog       = 5
)

// probeArgs is the command of a container's health check; nil when there is none.
func (c *Container) probeArgs() []string {
	h := c.Config.Healthcheck
	if h == nil || len(h.Test) < 2 {
		return nil
	}
	switch h.Test[0] {
	case "CMD":
		return h.Test[1:]
	case "CMD-SHELL":
		return append([]string{"/bin/sh", "-c"}, h.Test[1:]...)
	}
	return nil
}

// startHealthLocked makes the health of a container that starts "starting", and plans the first probe.
func (s *State) startHealthLocked(c *Container) {
	if c.probeArgs() == nil {
		return
	}
	h := &Health{Status: "starting"}
	if c.State.Health != nil {
		h.Log = c.State.Health.Log
	}
	c.State.Health = h
	s.life(c).healthGiven = false
	s.probeAfterLocked(c)
}

// probeAfterLocked plans the next probe of a container that runs and is not paused.
func (s *State) probeAfterLocked(c *Container) {
	l, h := s.life(c), c.Config.Healthcheck
	if c.probeArgs() == nil || c.State.Health == nil || l.healthGiven {
		return
	}
	interval := or(h.Interval, probeInterval)
	if c.State.Health.Status == "starting" && s.Now().Sub(c.State.StartedAt) < h.StartPeriod {
		interval = or(h.StartInterval, probeStartInterval)
	}
	s.afterLocked(l, "probe", interval, func() { s.probeLocked(c) })
}

func or(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// probeLocked runs a health check, as an exec that has ended when its time is over.
func (s *State) probeLocked(c *Container) {
	l, timeout := s.life(c), or(c.Config.Healthcheck.Timeout, probeTimeout)
	e := s.createExecLocked(c, ExecConfig{Args: c.probeArgs(), User: c.Config.User, WorkingDir: c.Config.WorkingDir, OpenStdout: true, OpenStderr: true})
	e.probe, e.started = new(probeOutput), s.Now()
	l.probe = e
	if err := s.startExecLocked(c, e); err != nil {
		s.probeEndedLocked(c, e, HealthResult{ExitCode: -1, Output: err.Error()})
		return
	}
	s.afterLocked(l, "probe", timeout, func() {
		text := fmt.Sprintf("Health check exceeded timeout (%v)", timeout)
		s.probeEndedLocked(c, e, HealthResult{ExitCode: -1, Output: text})
	})
}

// probeEndedLocked takes in the result of a probe, which is killed if it runs.
func (s *State) probeEndedLocked(c *Container, e *Exec, result HealthResult) {
	s.stopProbesLocked(c)
	result.Start, result.End = e.started, s.Now()
	s.probedLocked(c, result)
}

// stopProbesLocked ends the health checks of a container until others are planned: one that runs is killed, and nobody learns
// its result (daemon/health.go, monitor).
func (s *State) stopProbesLocked(c *Container) {
	l := s.life(c)
	l.stopTimer("probe")
	if e := l.probe; e != nil {
		l.probe = nil
		s.endExecLocked(c, e, 128+sigkill)
		delete(s.execs, e.ID)
		l.allExecs = slices.DeleteFunc(l.allExecs, func(have *Exec) bool { return have == e })
	}
}

// probedLocked takes in the result of a probe, and plans the next.
func (s *State) probedLocked(c *Container, result HealthResult) {
	h, check := c.State.Health, c.Config.Healthcheck
	old := h.Status
	h.Log = append(slices.Clone(h.Log[max(len(h.Log)+1-maxHealthLog, 0):]), result)
	retries := check.Retries
	if retries <= 0 {
		retries = probeRetries
	}
	switch {
	case result.ExitCode == 0:
		h.FailingStreak, h.Status = 0, "healthy"
	case h.Status == "starting" && result.Start.Sub(c.State.StartedAt) < check.StartPeriod:
	default:
		if h.FailingStreak++; h.FailingStreak >= retries {
			h.Status = "unhealthy"
		}
	}
	s.healthChangedLocked(c, old)
	s.probeAfterLocked(c)
}

func (s *State) healthChangedLocked(c *Container, old string) {
	if status := c.State.Health.Status; status != old {
		s.emitContainerLocked(c, "health_status: "+status, nil)
	}
}

// SetHealth gives a container that runs and has a health check a health: "starting", "healthy" or "unhealthy". Its check
// is not run again until it is started again.
func (s *State) SetHealth(term, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.containerLocked(term)
	switch {
	case err != nil:
		return err
	case !slices.Contains([]string{"starting", "healthy", "unhealthy"}, status):
		return Invalid{fmt.Sprintf("health %q: must be one of starting, healthy, unhealthy", status)}
	case !c.State.Live():
		return notRunning(c)
	case c.State.Health == nil:
		return Conflict{fmt.Sprintf("container %s has no health check", c.ID)}
	}
	l, old := s.life(c), c.State.Health.Status
	l.healthGiven = true
	s.stopProbesLocked(c)
	c.State.Health.Status = status
	if status != "unhealthy" {
		c.State.Health.FailingStreak = 0
	}
	s.healthChangedLocked(c, old)
	return nil
}
