package state

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// exitUnknown is the exit code of a container that could not be started for a reason that is not its program.
const exitUnknown = 128

// Start starts a container: NotModified when it runs. The error of one that cannot be started has dockerd's words and
// stays with the container.
func (s *State) Start(term string) error {
	s.readFiles(term)
	s.mu.Lock()
	defer s.unlock()
	c, err := s.containerLocked(term)
	switch {
	case err != nil:
		return err
	case c.State.Paused:
		return Conflict{"cannot start a paused container, try unpause instead"}
	case c.State.Running:
		return NotModified{"container is already running"}
	}
	return s.startLocked(c, true)
}

// startLocked starts a container that does not run, or that waits for a restart by its policy when manual is false.
func (s *State) startLocked(c *Container, manual bool) error {
	if c.State.Removing || c.State.Dead {
		return Conflict{"container is marked for removal and cannot be started"}
	}
	l := s.life(c)
	l.next()
	if err := s.runLocked(c, manual); err != nil {
		c.State.Error = err.Error()
		if c.State.ExitCode == 0 {
			c.State.ExitCode = exitUnknown
		}
		if c.Host.AutoRemove && manual {
			s.removeLocked(c, true)
		}
		return err
	}
	st := &c.State
	st.Error, st.ExitCode, st.OOMKilled = "", 0, false
	st.Running, st.Paused, st.Restarting = true, false, false
	st.Pid, st.StartedAt = s.pidLocked(), s.Now()
	l.manuallyRestarted = false
	s.startHealthLocked(c)
	s.emitContainerLocked(c, "start", nil)
	s.mountEtcLocked(c)
	s.letGoLocked(l)
	return nil
}

// runLocked gives a container its mounts, networks and process. What it has done it undoes when it fails. Engine 20.10
// sets the networks up before the process, and tells of each step.
func (s *State) runLocked(c *Container, manual bool) error {
	if err := s.joinLocked(c); err != nil {
		return err
	}
	if s.engine.NetworksEncloseProcess {
		if err := s.connectAllLocked(c); err != nil {
			return err
		}
		s.emitConnectsLocked(c, "connect")
	}
	if err := s.shareLocked(c); err != nil {
		if s.engine.NetworksEncloseProcess {
			s.emitConnectsLocked(c, "disconnect")
			s.leaveNetworksLocked(c, false)
		}
		return err
	}
	s.emitMountsLocked(c)
	l := s.life(c)
	if manual {
		l.policyOff, l.manuallyStopped, l.backoff, c.RestartCount = false, false, 0, 0
	}
	l.signalled = false
	if err := s.launchLocked(c, false); err != nil {
		s.emitConnectsLocked(c, "disconnect")
		s.leaveLocked(c, false)
		if failed := (*run.StartError)(nil); errors.As(err, &failed) {
			c.State.ExitCode = failed.Code
			return Invalid{s.startFailure(failed.Text)}
		}
		return err
	}
	if !s.engine.NetworksEncloseProcess {
		if err := s.connectAllLocked(c); err != nil {
			s.emitUnmountsLocked(c)
			l.next()
			s.endProcessesLocked(l)
			return wrap(err, "failed to set up container networking")
		}
		s.emitConnectsLocked(c, "connect")
	}
	return nil
}

// startFailure puts before runc's words those of the programs in between. The older runc has others for a folder.
func (s *State) startFailure(text string) string {
	const before = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
	if s.engine.OldRuncTexts {
		return before + strings.Replace(text, "is a directory: ", "", 1) + ": unknown"
	}
	return "failed to create task for container: " + before + "error during container init: " + text
}

// connectAllLocked connects a container with its networks and publishes its ports. When that fails it tells that the
// container has left its networks, as far as they exist; dockerd 29 does not.
func (s *State) connectAllLocked(c *Container) error {
	if strings.HasPrefix(c.Host.NetworkMode, "container:") {
		return nil
	}
	failed := func(err error) error {
		if !s.engine.ForgetsFailedEndpoints {
			s.emitConnectsLocked(c, "disconnect")
		}
		s.leaveNetworksLocked(c, false)
		return err
	}
	for _, name := range c.networkNames() {
		if err := s.connectOneLocked(c, name); err != nil {
			return failed(err)
		}
	}
	was := c.State
	c.State.Running, c.State.Restarting = true, false // only what is live publishes
	err := s.ports.publish(c)
	c.State = was
	if err != nil {
		first := c.networkNames()[0]
		err = failed(fmt.Errorf("driver failed programming external connectivity on endpoint %s (%s): %s", c.Name, c.Endpoints[first].EndpointID, err))
		if s.engine.ForgetsFailedEndpoints {
			delete(c.Endpoints, first)
		}
		return err
	}
	if len(c.Endpoints) > 0 {
		c.SandboxID = s.ids.hex("sandbox")
	}
	return nil
}

// connectOneLocked connects a container with one of its networks: once it has been connected, with that of the ID.
func (s *State) connectOneLocked(c *Container, name string) error {
	e := c.Endpoints[name]
	term := name
	if e.NetworkID != "" {
		term = e.NetworkID
	}
	n, err := s.networks.find(term)
	if err != nil {
		return err
	}
	s.networks.nameEndpoint(c, n, &e)
	if e, err = s.networks.connect(c, n, e); err != nil {
		return err
	}
	if n.Name != name {
		delete(c.Endpoints, name)
	}
	c.Endpoints[n.Name] = e
	return nil
}

// joinLocked checks that a container can use the network of another, if it wants to.
func (s *State) joinLocked(c *Container) error {
	target, ok := strings.CutPrefix(c.Host.NetworkMode, "container:")
	if !ok {
		return nil
	}
	other, err := s.containerLocked(target)
	// One that is being added is not found yet.
	own := other == c || err != nil && (target == c.ID || strings.TrimPrefix(target, "/") == c.Name)
	switch {
	case own && s.engine.OldNetworkTexts:
		return errors.New("cannot join own network")
	case own:
		return errors.New("cannot join own network namespace")
	case err != nil && s.engine.OldNetworkTexts:
		return err
	case err != nil:
		return errors.New("joining network namespace of container: " + err.Error())
	case !other.State.Running && s.engine.OldNetworkTexts:
		return Conflict{"cannot join network of a non running container: " + target}
	case !other.State.Running:
		return Conflict{fmt.Sprintf("cannot join network namespace of a non running container: container %s is %s", other.Name, other.State.Status())}
	case other.State.Restarting && s.engine.OldNetworkTexts:
		return restarting(other)
	case other.State.Restarting:
		return wrap(restarting(other), "cannot join network namespace of container")
	}
	return nil
}

// shareLocked checks that a container can use the IPC and the PIDs of others, if it wants to. The errors have no class: dockerd takes
// them for its own (daemon/start.go).
func (s *State) shareLocked(c *Container) error {
	const unshareable = "non-shareable IPC (hint: use IpcMode:shareable for the donor container)"
	for _, of := range []struct{ kind, mode string }{{"IPC", c.Host.IpcMode}, {"PID", c.Host.PidMode}} {
		name, ok := strings.CutPrefix(of.mode, "container:")
		if !ok {
			continue
		}
		other, err := s.containerLocked(name)
		why := ""
		switch {
		case err != nil && s.engine.OldRuncTexts && of.kind == "PID":
			why = fmt.Sprintf("cannot join PID of a non running container: %s: %s", name, err)
		case err != nil:
			why = err.Error()
		case !other.State.Running:
			why = fmt.Sprintf("container %s is not running", name)
		case other.State.Restarting:
			why = restarting(other).Error()
		case of.kind == "IPC" && other.Host.IpcMode != "shareable" && other.Host.IpcMode != "host" && s.engine.OldRuncTexts:
			why = unshareable
		case of.kind == "IPC" && other.Host.IpcMode != "shareable" && other.Host.IpcMode != "host":
			why = fmt.Sprintf("container %s: %s", name, unshareable)
		default:
			continue
		}
		switch {
		case !s.engine.OldRuncTexts:
			why = fmt.Sprintf("failed to join %s namespace: %s", of.kind, why)
		case of.kind == "IPC":
			why = fmt.Sprintf("can't join IPC of container %s: %s", name, why)
		}
		return errors.New(why)
	}
	return nil
}

// networkName is the name of the network that a container's network mode means.
func (c *Container) networkName() string {
	if c.Host.NetworkMode == "" || c.Host.NetworkMode == "default" {
		return "bridge"
	}
	return c.Host.NetworkMode
}

// networkNames are the names of a container's networks: that of its network mode first.
func (c *Container) networkNames() []string {
	names := make([]string, 0, len(c.Endpoints))
	for name := range c.Endpoints {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		switch {
		case a == c.networkName():
			return -1
		case b == c.networkName():
			return 1
		}
		return strings.Compare(a, b)
	})
	return names
}

// emitConnectsLocked tells of all networks of a container that exist.
func (s *State) emitConnectsLocked(c *Container, action string) {
	for _, name := range c.networkNames() {
		if n := s.networks.ofEndpoint(name, c.Endpoints[name]); n != nil {
			s.emitNetwork(n, action, map[string]string{"container": c.ID})
		}
	}
}

// leaveNetworksLocked takes a container off its networks, and its ports from it.
func (s *State) leaveNetworksLocked(c *Container, tell bool) {
	for _, name := range c.networkNames() {
		if n := s.networks.disconnect(c, name); n != nil && tell {
			s.emitNetwork(n, "disconnect", map[string]string{"container": c.ID})
		}
	}
	s.ports.unpublish(c)
	if !s.engine.KeepsSandbox { // which forgets only that there is nothing under it
		c.SandboxID = ""
	}
}
