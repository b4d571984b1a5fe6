package state

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Task is one run of a service's container on the node.
type Task struct {
	SwarmMeta
	ServiceID, ServiceName string
	// Slot counts the tasks of a replicated service from 1, and those of a replicated job from 0; a global one has 0.
	Slot   int
	NodeID string
	// Spec is in the API's own form.
	Spec        []byte
	SpecVersion uint64
	// State and DesiredState are as the API has them.
	State, DesiredState, Message, Err string
	Timestamp                         time.Time
	// ContainerID is "" when no container was made.
	ContainerID   string
	Pid, ExitCode int
	Job           bool
	Iteration     uint64

	grace time.Duration
}

// States of a task that are also what is desired of one: of a task that serves, and of one that does a job.
const (
	taskRunning  = "running"
	taskComplete = "complete"
)

// active reports whether a task is to run, or to go on with its job.
func (t *Task) active() bool {
	return t.DesiredState == taskRunning || t.DesiredState == taskComplete && t.State != taskComplete
}

// reconcileLocked gives each service the tasks that it needs, and ends those that it does not.
func (s *State) reconcileLocked() {
	if !s.swarmActiveLocked() {
		return
	}
	drained := s.swarm.Node.Availability == "drain"
	for _, v := range s.swarm.services {
		bySlot := make(map[int]*Task)
		for _, t := range slices.Clone(s.swarm.tasks) {
			switch {
			case t.ServiceID != v.ID || !t.active():
			case v.Mode == ModeReplicated && t.Slot > int(v.Replicas):
				s.stopTaskLocked(t, desiredRemove)
			case t.Job && t.Iteration != v.Iteration, drained && t.ContainerID != "", t.SpecVersion != v.SpecVersion:
				s.stopTaskLocked(t, desiredShutdown)
			default:
				bySlot[t.Slot] = t
			}
		}
		for _, slot := range s.slotsLocked(v) {
			if bySlot[slot] == nil {
				s.startTaskLocked(v, slot)
			} else if t := bySlot[slot]; t.State == "pending" {
				s.runTaskLocked(v, t)
			}
		}
	}
}

// slotsLocked are the slots in which a service wants a task that runs.
func (s *State) slotsLocked(v *Service) (slots []int) {
	if v.Mode == ModeGlobal || v.Mode == ModeGlobalJob {
		if v.Mode == ModeGlobalJob && s.completedLocked(v, 0) {
			return nil
		}
		return []int{0}
	}
	if v.Mode == ModeReplicatedJob {
		for slot := 0; slot < int(v.Replicas) && len(slots) < int(v.Concurrent); slot++ {
			if !s.completedLocked(v, slot) {
				slots = append(slots, slot)
			}
		}
		return slots
	}
	for slot := 1; slot <= int(v.Replicas); slot++ {
		slots = append(slots, slot)
	}
	return slots
}

// completedLocked reports whether a job has done its work in a slot.
func (s *State) completedLocked(v *Service, slot int) bool {
	return slices.ContainsFunc(s.swarm.tasks, func(t *Task) bool {
		return t.ServiceID == v.ID && t.Slot == slot && t.Iteration == v.Iteration && t.State == taskComplete
	})
}

// startTaskLocked makes a task for a slot. The swarm's manager notes that it is new, that it has its resources and where it runs.
func (s *State) startTaskLocked(v *Service, slot int) {
	t := &Task{
		SwarmMeta:    s.newMetaLocked(),
		ServiceID:    v.ID,
		ServiceName:  v.Name,
		Slot:         slot,
		Spec:         v.TaskJSON,
		SpecVersion:  v.SpecVersion,
		DesiredState: taskRunning,
		Job:          v.Job(),
		Iteration:    v.Iteration,
		grace:        v.StopGrace,
	}
	if t.Job {
		t.DesiredState = taskComplete
	}
	s.swarm.tasks = append(s.swarm.tasks, t)
	s.runTaskLocked(v, t)
	s.forgetTasksLocked(v, slot)
}

func (s *State) setTaskLocked(t *Task, state, message, err string) {
	s.touchLocked(&t.SwarmMeta)
	t.State, t.Message, t.Err, t.Timestamp = state, message, err, s.Now()
}

// runTaskLocked makes and starts the container of a task, if the node takes one.
func (s *State) runTaskLocked(v *Service, t *Task) {
	if s.swarm.Node.Availability != "active" {
		s.setTaskLocked(t, "pending", "pending task scheduling", "no suitable node (1 node not available for new tasks)")
		return
	}
	t.NodeID = s.swarm.Node.ID
	s.setTaskLocked(t, "assigned", "scheduler assigned task to node", "")
	c, err := s.newTaskContainerLocked(v, t)
	if err == nil {
		var made *Container
		if made, err = s.addContainerLocked(c, s.createVolumeLocked); err == nil {
			s.emitContainerLocked(made, "create", nil)
			t.ContainerID = made.ID
			err = s.startLocked(made, true)
			t.Pid = made.State.Pid
		}
	}
	if err != nil {
		t.DesiredState = desiredShutdown
		s.setTaskLocked(t, "rejected", "preparing", err.Error())
		return
	}
	s.setTaskLocked(t, taskRunning, "started", "")
	s.endedAtOnceLocked(s.index.byID[t.ContainerID])
}

// newTaskContainerLocked is the container of a task (daemon/cluster/executor/container).
func (s *State) newTaskContainerLocked(v *Service, t *Task) (Container, error) {
	image, err := s.findImageLocked(v.ImageName)
	if err != nil {
		return Container{}, err
	}
	c := v.Template.clone()
	c.Name, c.ImageID = t.containerName(), image.ID
	labels := maps.Clone(c.Config.Labels)
	if labels == nil {
		labels = make(map[string]string)
	}
	maps.Copy(labels, map[string]string{
		"com.docker.swarm.node.id":      t.NodeID,
		"com.docker.swarm.service.id":   v.ID,
		"com.docker.swarm.service.name": v.Name,
		"com.docker.swarm.task":         "",
		taskLabel:                       t.ID,
		"com.docker.swarm.task.name":    c.Name,
	})
	c.Config.Labels = labels
	c.Endpoints = nil
	for _, term := range v.Networks {
		if n := s.lookupNetworkLocked(term, "").network; n != nil {
			if c.Endpoints == nil {
				c.Endpoints, c.Host.NetworkMode = make(map[string]Endpoint), n.Name
			}
			c.Endpoints[n.Name] = Endpoint{Aliases: []string{v.Name}}
		}
	}
	return c, nil
}

// taskLabel is the label by which the container of a task knows it.
const taskLabel = "com.docker.swarm.task.id"

// containerName is that of a task: SERVICE.SLOT.ID, with the node in place of the slot in a global service.
func (t *Task) containerName() string {
	slot := strconv.Itoa(t.Slot)
	if t.Slot == 0 {
		slot = t.NodeID
	}
	return strings.Join([]string{t.ServiceName, slot, t.ID}, ".")
}

// taskExitedLocked notes that the container of a task has ended, and plans what replaces one that was to run on.
func (s *State) taskExitedLocked(c *Container) {
	id := c.Config.Labels[taskLabel]
	if id == "" {
		return
	}
	i := slices.IndexFunc(s.swarm.tasks, func(t *Task) bool { return t.ID == id })
	if i < 0 {
		return
	}
	t := s.swarm.tasks[i]
	t.ExitCode, t.Pid = c.State.ExitCode, 0
	if !t.active() {
		s.taskStoppedLocked(t)
		return
	}
	if !t.Job || t.ExitCode != 0 {
		t.DesiredState = desiredShutdown
	}
	if t.ExitCode == 0 {
		s.setTaskLocked(t, taskComplete, "finished", "")
	} else {
		s.setTaskLocked(t, "failed", "started", fmt.Sprintf("task: non-zero exit (%d)", t.ExitCode))
	}
	v, err := s.serviceLocked(t.ServiceID)
	if err != nil || v.Restart == "none" || v.Restart == "on-failure" && t.ExitCode == 0 && !v.Job() {
		return
	}
	delay := v.RestartDelay
	if v.Job() && t.ExitCode == 0 {
		delay = 0 // the next of the job's tasks
	}
	s.afterInSwarmLocked(delay, s.reconcileLocked)
}

// afterInSwarmLocked plans f, unless the swarm has gone by then; f is called with s.mu held.
func (s *State) afterInSwarmLocked(d time.Duration, f func()) {
	swarm := s.swarm.Swarm
	s.after(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.swarm.Swarm == swarm && !s.closed {
			f()
		}
	})
}

// What is desired of a task that is to end: to stay in the history of its slot, or to be forgotten.
const (
	desiredShutdown = "shutdown"
	desiredRemove   = "remove"
)

// stopTaskLocked tells the container of a task to stop, and kills it after the service's grace period.
func (s *State) stopTaskLocked(t *Task, desired string) {
	t.DesiredState = desired
	s.touchLocked(&t.SwarmMeta)
	c := s.index.byID[t.ContainerID]
	if c == nil || !c.State.Running {
		s.taskStoppedLocked(t)
		return
	}
	if s.killLocked(c, c.stopSignal()); !c.State.Running {
		return
	}
	s.afterInSwarmLocked(t.grace, func() {
		if c := s.index.byID[t.ContainerID]; c != nil && c.State.Running {
			s.killLocked(c, sigkill)
		}
	})
}

// taskStoppedLocked notes the end of a task that was to end.
func (s *State) taskStoppedLocked(t *Task) {
	switch t.State {
	case taskComplete, "failed", "rejected":
	default:
		s.setTaskLocked(t, "shutdown", "shutdown", "")
	}
	if t.DesiredState == desiredRemove {
		s.forgetTaskLocked(t)
	}
}

// forgetTaskLocked drops a task with its container.
func (s *State) forgetTaskLocked(t *Task) {
	s.swarm.tasks = slices.DeleteFunc(s.swarm.tasks, func(have *Task) bool { return have == t })
	if c := s.index.byID[t.ContainerID]; c != nil && !c.State.Removing {
		s.removeLocked(c, false)
	}
}

// forgetTasksLocked keeps no more tasks of the past in a slot than the swarm wants.
func (s *State) forgetTasksLocked(v *Service, slot int) {
	past := 0
	for _, t := range slices.Backward(slices.Clone(s.swarm.tasks)) {
		if t.ServiceID != v.ID || t.Slot != slot || t.active() || t.DesiredState == desiredRemove {
			continue
		}
		if past++; past > int(s.swarm.TaskHistory) {
			s.forgetTaskLocked(t)
		}
	}
}

// Tasks returns all tasks in the order of their IDs.
func (s *State) Tasks() ([]Task, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.managerLocked(); err != nil {
		return nil, err
	}
	list := make([]Task, 0, len(s.swarm.tasks))
	for _, t := range s.swarm.tasks {
		list = append(list, *t)
	}
	slices.SortFunc(list, func(a, b Task) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// Task finds a task: by its ID, the name of its container, or a prefix of the ID that only one has.
func (s *State) Task(term string) (Task, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.managerLocked(); err != nil {
		return Task{}, err
	}
	t, err := findSwarm("task", term, s.swarm.tasks, func(t *Task) (id, name string) { return t.ID, t.containerName() })
	if err != nil {
		return Task{}, err
	}
	return *t, nil
}
