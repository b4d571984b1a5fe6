package swarm

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// Task is one run of a service's container on the node.
type Task struct {
	Meta
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
	// UpToDate says that the task is of the service's last spec; it and ServiceLabels are set in what Cluster returns
	// only.
	UpToDate      bool
	ServiceLabels map[string]string

	grace time.Duration
}

// States of a task. The first two are also what is desired of one: of a task that serves, and of one that does a job.
const (
	taskRunning  = "running"
	taskComplete = "complete"
	taskPending  = "pending"
	taskFailed   = "failed"
	taskRejected = "rejected"
)

// active reports whether a task is to run, or to go on with its job.
func (t *Task) active() bool {
	return t.DesiredState == taskRunning || t.DesiredState == taskComplete && t.State != taskComplete
}

// scheduler gives each service the tasks that it needs.
type scheduler struct {
	m       *manager
	all     []*Task
	planned map[place]bool // where a task that has ended will be replaced
	// rests are the slots of a spec in which a task has ended by itself, which the restart policy alone replaces.
	rests map[rest]bool
	// restarts count how often the policy has done so.
	restarts map[rest]uint64
}

// rest is a slot of a service while it has a spec.
type rest struct {
	place
	version uint64
}

// place is a slot of a service.
type place struct {
	service string
	slot    int
}

// beginAnew forgets what has ended in a service whose spec was replaced, or that is removed.
func (s *scheduler) beginAnew(service string) {
	maps.DeleteFunc(s.rests, func(r rest, _ bool) bool { return r.service == service })
	maps.DeleteFunc(s.restarts, func(r rest, _ uint64) bool { return r.service == service })
}

// reconcile starts the tasks that services need, and ends those that they do not.
func (s *scheduler) reconcile() {
	drained := s.m.Node.Availability == "drain"
	for _, v := range s.m.services {
		bySlot := make(map[int]*Task)
		for _, t := range slices.Clone(s.all) {
			switch {
			case t.ServiceID != v.ID || !t.active():
			case v.Mode == ModeReplicated && t.Slot > int(v.Replicas):
				s.stop(t, desiredRemove)
			case t.Job && t.Iteration != v.Iteration, drained && t.ContainerID != "", t.SpecVersion != v.SpecVersion:
				s.stop(t, desiredShutdown)
			default:
				bySlot[t.Slot] = t
			}
		}
		for _, slot := range s.slots(v) {
			if t := bySlot[slot]; t == nil {
				if !s.rests[rest{place{v.ID, slot}, v.SpecVersion}] {
					s.start(v, slot)
				}
			} else if t.State == taskPending {
				s.run(v, t)
			}
		}
	}
}

// slots are those in which a service wants a task that runs.
func (s *scheduler) slots(v *Service) (slots []int) {
	if v.Mode == ModeGlobal || v.Mode == ModeGlobalJob {
		if v.Mode == ModeGlobalJob && s.completed(v, 0) {
			return nil
		}
		return []int{0}
	}
	if v.Mode == ModeReplicatedJob {
		for slot := 0; slot < int(v.Replicas) && len(slots) < int(v.Concurrent); slot++ {
			if !s.completed(v, slot) {
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

// completed reports whether a job has done its work in a slot.
func (s *scheduler) completed(v *Service, slot int) bool {
	return slices.ContainsFunc(s.all, func(t *Task) bool {
		return t.ServiceID == v.ID && t.Slot == slot && t.Iteration == v.Iteration && t.State == taskComplete
	})
}

// count counts the tasks of a service.
func (s *scheduler) count(v *Service) (status ServiceStatus) {
	for _, t := range s.all {
		if t.ServiceID != v.ID || v.Job() && t.Iteration != v.Iteration {
			continue
		}
		if t.State == taskRunning {
			status.Running++
		}
		if t.State == taskComplete && v.Job() {
			status.Completed++
		}
		if t.active() {
			status.Desired++
		}
	}
	switch v.Mode {
	case ModeReplicated:
		status.Desired = v.Replicas
	case ModeReplicatedJob:
		status.Desired = v.Concurrent
	}
	return status
}

// start makes a task for a slot. The swarm's manager notes that it is new, that it has its resources and where it runs.
func (s *scheduler) start(v *Service, slot int) {
	t := &Task{
		Meta:         s.m.newMeta(),
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
	s.all = append(s.all, t)
	s.run(v, t)
	s.forgetPast(v, slot)
}

func (s *scheduler) set(t *Task, state, message, err string) {
	s.m.touch(&t.Meta)
	t.State, t.Message, t.Err, t.Timestamp = state, message, err, s.m.backend.Now()
}

// run makes and starts the container of a task, if the node takes one.
func (s *scheduler) run(v *Service, t *Task) {
	if s.m.Node.Availability != "active" {
		s.set(t, taskPending, "pending task scheduling", "no suitable node (1 node not available for new tasks)")
		return
	}
	t.NodeID = s.m.Node.ID
	s.set(t, "assigned", "scheduler assigned task to node", "")
	id, err := s.m.backend.CreateContainer(s.container(v, t), v.ImageName)
	if t.ContainerID = id; err == nil {
		err = s.m.backend.StartContainer(id, func(pid int) {
			t.Pid = pid
			s.set(t, taskRunning, "started", "")
		})
	}
	if err != nil {
		t.DesiredState = desiredShutdown
		s.set(t, taskRejected, "preparing", err.Error())
	}
}

// container is what a task runs (daemon/cluster/executor/container).
func (s *scheduler) container(v *Service, t *Task) state.Container {
	c := v.Template
	c.Name = t.containerName()
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
		if n, ok := s.m.backend.Network(term); ok {
			if c.Endpoints == nil {
				c.Endpoints, c.Host.NetworkMode = make(map[string]state.Endpoint), n.Name
			}
			c.Endpoints[n.Name] = state.Endpoint{Aliases: []string{v.Name}}
		}
	}
	return c
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

func (t *Task) identity() (id, name string) { return t.ID, t.containerName() }

// of is the task of a container, and reports whether it is to run on. The swarm has a task for one of its own too,
// which is attached to its networks: it is called by the container's ID here.
func (s *scheduler) of(c *state.Container) (id string, active bool) {
	if id = c.Config.Labels[taskLabel]; id == "" {
		return c.ID, true
	}
	return id, slices.ContainsFunc(s.all, func(t *Task) bool { return t.ID == id && t.active() })
}

// Exited notes that a container has ended. If it is that of a task that was to run on, it plans what replaces it.
func (m *manager) Exited(c *state.Container) {
	s := &m.tasks
	id := c.Config.Labels[taskLabel]
	i := slices.IndexFunc(s.all, func(t *Task) bool { return t.ID == id })
	if i < 0 {
		return
	}
	t := s.all[i]
	t.ExitCode, t.Pid = c.State.ExitCode, 0
	if !t.active() {
		s.stopped(t)
		return
	}
	if !t.Job || t.ExitCode != 0 {
		t.DesiredState = desiredShutdown
	}
	if t.ExitCode == 0 {
		s.set(t, taskComplete, "finished", "")
	} else {
		s.set(t, taskFailed, "started", fmt.Sprintf("task: non-zero exit (%d)", t.ExitCode))
	}
	v, err := m.service(t.ServiceID)
	if err != nil {
		return
	}
	at := place{v.ID, t.Slot}
	of := rest{at, t.SpecVersion}
	if !t.Job || t.ExitCode != 0 {
		if s.rests == nil {
			s.rests, s.restarts = make(map[rest]bool), make(map[rest]uint64)
		}
		s.rests[of] = true
	}
	if v.Restart == restartNone || v.Restart == restartOnFailure && t.ExitCode == 0 && !v.Job() ||
		v.MaxAttempts > 0 && s.restarts[of] >= v.MaxAttempts {
		return
	}
	delay := v.RestartDelay
	if v.Job() && t.ExitCode == 0 {
		delay = 0 // the next of the job's tasks
	}
	if s.planned[at] {
		return
	}
	if s.planned == nil {
		s.planned = make(map[place]bool)
	}
	s.planned[at] = true
	m.backend.After(delay, func() {
		delete(s.planned, at)
		if v, err := m.service(at.service); err == nil { // which may have another spec by now
			of := rest{at, v.SpecVersion}
			if s.rests[of] {
				s.restarts[of]++
				delete(s.rests, of)
			}
		}
		if m.backend.Orchestrator() == state.Orchestrator(m) {
			s.replace(at)
		}
	})
}

// replace starts what comes after a task that has ended: one in its slot alone, as others have delays of their own. A job that
// has done its work in a slot goes on with whatever is next.
func (s *scheduler) replace(at place) {
	v, err := s.m.service(at.service)
	switch {
	case err != nil:
	case v.Job() && s.completed(v, at.slot):
		s.reconcile()
	case slices.Contains(s.slots(v), at.slot) && !slices.ContainsFunc(s.all, func(t *Task) bool {
		return t.ServiceID == v.ID && t.Slot == at.slot && t.active()
	}):
		s.start(v, at.slot)
	}
}

// What is desired of a task that is to end: to stay in the history of its slot, or to be forgotten.
const (
	desiredShutdown = "shutdown"
	desiredRemove   = "remove"
)

// stop tells the container of a task to stop.
func (s *scheduler) stop(t *Task, desired string) {
	t.DesiredState = desired
	s.m.touch(&t.Meta)
	if !s.m.backend.StopContainer(t.ContainerID, t.grace) {
		s.stopped(t)
	}
}

// stopped notes the end of a task that was to end.
func (s *scheduler) stopped(t *Task) {
	switch t.State {
	case taskComplete, taskFailed, taskRejected:
	default:
		s.set(t, "shutdown", "shutdown", "")
	}
	if t.DesiredState == desiredRemove {
		s.forget(t)
	}
}

// forget drops a task with its container.
func (s *scheduler) forget(t *Task) {
	s.all = slices.DeleteFunc(s.all, func(have *Task) bool { return have == t })
	s.m.backend.RemoveContainer(t.ContainerID)
}

// forgetPast keeps no more tasks of the past in a slot than the swarm wants.
func (s *scheduler) forgetPast(v *Service, slot int) {
	past := 0
	for _, t := range slices.Backward(slices.Clone(s.all)) {
		if t.ServiceID != v.ID || t.Slot != slot || t.active() || t.DesiredState == desiredRemove {
			continue
		}
		if past++; past > int(s.m.TaskHistory) {
			s.forget(t)
		}
	}
}

// copyTask returns what is shown of a task with what its service says of it: nothing once it is gone.
func (s *scheduler) copyTask(t *Task) Task {
	c := *t
	var v Service
	if have, err := s.m.service(t.ServiceID); err == nil {
		v = *have
	}
	c.UpToDate, c.ServiceLabels = t.SpecVersion == v.SpecVersion, maps.Clone(v.Labels)
	return c
}

// Tasks returns all tasks in the order of their IDs.
func (c *Cluster) Tasks() ([]Task, error) {
	m, release, err := c.hold(c.backend.RLocker())
	defer release()
	if err != nil {
		return nil, err
	}
	return copies(m.tasks.all, m.tasks.copyTask), nil
}

// Task finds a task: by its ID, the name of its container, or a prefix of the ID that only one has.
func (c *Cluster) Task(term string) (Task, error) {
	m, release, err := c.hold(c.backend.RLocker())
	defer release()
	if err != nil {
		return Task{}, err
	}
	t, err := find("task", term, m.tasks.all)
	if err != nil {
		return Task{}, err
	}
	return m.tasks.copyTask(t), nil
}
