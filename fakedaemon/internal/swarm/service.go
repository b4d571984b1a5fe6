package swarm

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Service is a service of the swarm.
type Service struct {
	Meta
	ServiceSpec
	Previous *ServiceSpec
	// SpecVersion is that of the tasks that are up to date.
	SpecVersion uint64
	Update      *ServiceUpdate
	// Assigned are Ports with the numbers that the swarm has given.
	Assigned []ServicePort
	// VIPs are the addresses with prefix lengths, by ID of the network.
	VIPs map[string]string
	// Uses are the IDs of all objects that the service needs; Ingress says that it publishes a port for the whole
	// swarm.
	Uses    []string
	Ingress bool
	// Iteration counts the runs of a job.
	Iteration     uint64
	LastExecution time.Time
	// Status counts the tasks; it is set in what Cluster returns only.
	Status ServiceStatus
}

// ServiceStatus is how many tasks of a service run, are to run and have completed their job.
type ServiceStatus struct{ Running, Desired, Completed uint64 }

// ServiceUpdate is the last update of a service: State is as the API has it.
type ServiceUpdate struct {
	State, Message         string
	StartedAt, CompletedAt time.Time
}

// CreateService adds a service, whose tasks run at once.
func (c *Cluster) CreateService(sp ServiceSpec) (id string, err error) {
	m, release, err := c.hold(c.backend)
	defer release()
	if err != nil {
		return "", err
	}
	if sp.Name == "" {
		sp.Name = m.backend.DrawName()
	}
	if err := m.checkService(&sp, ""); err != nil {
		return "", err
	}
	if slices.ContainsFunc(m.services, func(have *Service) bool { return have.Name == sp.Name }) {
		return "", grpcExists("name conflicts with an existing object: service %s already exists", sp.Name)
	}
	v := &Service{ServiceSpec: sp}
	if err := m.use(v); err != nil {
		return "", err
	}
	v.Meta = m.newMeta()
	v.LastExecution = v.CreatedAt
	m.services = append(m.services, v)
	m.emit("service", "create", v.ID, map[string]string{"name": v.Name})
	m.tasks.reconcile()
	return v.ID, nil
}

// Service finds a service: by its ID, its name, or a prefix of the ID that only one has.
func (c *Cluster) Service(term string) (Service, error) {
	m, release, err := c.hold(c.backend.RLocker())
	defer release()
	if err != nil {
		return Service{}, err
	}
	v, err := m.service(term)
	if err != nil {
		return Service{}, err
	}
	return m.copyService(v), nil
}

func (v *Service) identity() (id, name string) { return v.ID, v.Name }

func (m *manager) service(term string) (*Service, error) {
	return find("service", term, m.services)
}

// Services returns all services in the order of their IDs.
func (c *Cluster) Services() ([]Service, error) {
	m, release, err := c.hold(c.backend.RLocker())
	defer release()
	if err != nil {
		return nil, err
	}
	return copies(m.services, m.copyService), nil
}

func (m *manager) copyService(v *Service) Service {
	c := *v
	c.Status = m.tasks.count(v)
	c.Labels, c.VIPs = maps.Clone(v.Labels), maps.Clone(v.VIPs)
	c.Assigned, c.Uses = slices.Clone(v.Assigned), slices.Clone(v.Uses)
	if v.Update != nil {
		u := *v.Update
		c.Update = &u
	}
	return c
}

// UpdateService gives a service another spec, or with rollback its previous one.
func (c *Cluster) UpdateService(term string, version uint64, sp ServiceSpec, rollback bool) error {
	m, release, err := c.hold(c.backend)
	defer release()
	if err != nil {
		return err
	}
	v, err := m.service(term)
	if err != nil {
		return err
	}
	if err := m.checkService(&sp, v.ID); err != nil {
		return err
	}
	switch {
	case v.Mode != sp.Mode:
		return errors.New("rpc error: code = Unimplemented desc = service mode change is not allowed")
	case v.Name != sp.Name:
		return errors.New("rpc error: code = Unimplemented desc = renaming services is not supported")
	case rollback && v.Previous == nil:
		return grpcPrecondition("service %s does not have a previous spec", v.ID)
	case v.Version != version:
		return errSequence
	}
	old := v.ServiceSpec
	if rollback {
		sp = *v.Previous
	}
	v.ServiceSpec = sp
	if err := m.use(v); err != nil {
		v.ServiceSpec = old
		return err
	}
	v.Previous = &old
	changed := !bytes.Equal(old.TaskJSON, sp.TaskJSON)
	attributes := map[string]string{"name": v.Name}
	if old.Image != sp.Image {
		attributes["image.old"], attributes["image.new"] = old.Image, sp.Image
	}
	if old.Replicas != sp.Replicas && sp.Mode == ModeReplicated {
		attributes["replicas.old"], attributes["replicas.new"] = strconv.FormatUint(old.Replicas, 10), strconv.FormatUint(sp.Replicas, 10)
	}
	v.SpecVersion, v.Update = version, nil
	m.tasks.beginAnew(v.ID)
	m.touch(&v.Meta)
	if v.Job() {
		v.Iteration, v.LastExecution = v.Iteration+1, m.backend.Now()
	}
	if rollback {
		attributes["updatestate.new"] = rollbackStarted
	}
	m.emit("service", "update", v.ID, attributes)
	m.roll(v, changed, rollback)
	return nil
}

// rollbackStarted is the state of a service that goes back to its previous spec.
const rollbackStarted = "rollback_started"

// roll replaces the tasks of a service whose spec has changed, which takes no time here.
func (m *manager) roll(v *Service, changed, rollback bool) {
	if !changed && !rollback {
		for _, t := range m.tasks.all {
			if t.ServiceID == v.ID {
				t.SpecVersion = v.SpecVersion
			}
		}
		m.tasks.reconcile()
		return
	}
	begun := rollbackStarted
	u := &ServiceUpdate{State: "rollback_completed", Message: "rollback completed", StartedAt: m.backend.Now()}
	if !rollback {
		begun, u.State, u.Message = "updating", "completed", "update completed"
		m.touch(&v.Meta)
		m.emit("service", "update", v.ID, map[string]string{"name": v.Name, "updatestate.new": begun})
	}
	m.tasks.reconcile()
	v.Update, u.CompletedAt = u, m.backend.Now()
	m.touch(&v.Meta)
	m.emit("service", "update", v.ID, map[string]string{"name": v.Name, "updatestate.old": begun, "updatestate.new": u.State})
}

// RemoveService removes a service and its tasks.
func (c *Cluster) RemoveService(term string) error {
	m, release, err := c.hold(c.backend)
	defer release()
	if err != nil {
		return err
	}
	v, err := m.service(term)
	if err != nil {
		return err
	}
	m.services = slices.DeleteFunc(m.services, func(have *Service) bool { return have == v })
	m.tasks.beginAnew(v.ID)
	m.next()
	for id := range v.VIPs {
		m.dropVIP(v, id)
	}
	m.emit("service", "remove", v.ID, map[string]string{"name": v.Name})
	for _, t := range slices.Clone(m.tasks.all) {
		if t.ServiceID == v.ID {
			m.tasks.stop(t, desiredRemove)
		}
	}
	return nil
}
