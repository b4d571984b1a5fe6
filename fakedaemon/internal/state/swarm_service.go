package state

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The modes of a service.
const (
	ModeReplicated    = "replicated"
	ModeGlobal        = "global"
	ModeReplicatedJob = "replicated-job"
	ModeGlobalJob     = "global-job"
)

// ServiceSpec is what a client asks of a service. JSON and TaskJSON are in the API's own form, the latter what a task shows of it;
// State only compares them.
type ServiceSpec struct {
	Name           string
	Labels         map[string]string
	JSON, TaskJSON []byte
	Mode           string
	// Replicas is how many tasks run, or of a job how many have to complete; Concurrent is how many tasks of a job run at once.
	Replicas, Concurrent uint64
	Image                string
	// Networks are names or IDs of networks.
	Networks []string
	// Refs are the secrets and configs that the tasks get.
	Refs []ServiceRef
	// Ports are what is published; VIP says that each network gives the service an address.
	Ports []ServicePort
	VIP   bool
	// Restart is "any", "on-failure" or "none": when a task that has ended is replaced, after RestartDelay.
	Restart      string
	RestartDelay time.Duration
	// StopGrace is how long a task that is told to stop has for it.
	StopGrace time.Duration
	// Template is what a task runs, of the image that ImageName finds then.
	Template  Container
	ImageName ImageName
}

// ServiceRef is a secret or a config that a service names.
type ServiceRef struct{ Kind, ID, Name string }

// ServicePort is a published port. Protocol is "tcp", "udp" or "sctp", PublishMode "ingress" or "host".
type ServicePort struct {
	Name, Protocol, PublishMode string
	TargetPort, PublishedPort   uint32
}

// Service is a service of the swarm.
type Service struct {
	SwarmMeta
	ServiceSpec
	Previous *ServiceSpec
	// SpecVersion is that of the tasks that are up to date.
	SpecVersion uint64
	Update      *ServiceUpdate
	// Assigned are Ports with the numbers that the swarm has given.
	Assigned []ServicePort
	// VIPs are the addresses with prefix lengths, by ID of the network.
	VIPs map[string]string
	// Uses are the IDs of all objects that the service needs; Ingress says that it publishes a port for the whole swarm.
	Uses    []string
	Ingress bool
	// Iteration counts the runs of a job.
	Iteration     uint64
	LastExecution time.Time
}

// ServiceUpdate is the last update of a service: State is as the API has it.
type ServiceUpdate struct {
	State, Message         string
	StartedAt, CompletedAt time.Time
}

// Job reports whether the tasks of a service end.
func (sp *ServiceSpec) Job() bool { return sp.Mode == ModeReplicatedJob || sp.Mode == ModeGlobalJob }

var serviceName = regexp.MustCompile(`^[a-zA-Z0-9]+(?:[a-zA-Z0-9-_]*[a-zA-Z0-9])?$`)

// checkServiceLocked does the checks of the swarm's manager (swarmkit, manager/controlapi/service.go). ID is that of the service itself.
func (s *State) checkServiceLocked(sp *ServiceSpec, id string) error {
	switch {
	case sp.Name == "":
		return grpcInvalid("meta: name must be provided")
	case !serviceName.MatchString(sp.Name):
		return grpcInvalid("name must be valid as a DNS name component")
	case len(sp.Name) > 63:
		return grpcInvalid("name must be 63 characters or fewer")
	case sp.Image == "":
		return grpcInvalid("ContainerSpec: image reference must be provided")
	case int64(sp.Replicas) < 0 && sp.Mode == ModeReplicated:
		return grpcInvalid("Number of replicas must be non-negative")
	}
	taken := make(map[string]bool)
	for _, p := range sp.Ports {
		if p.PublishMode == "ingress" && !sp.VIP {
			return grpcInvalid("EndpointSpec: port published with ingress mode can't be used with dnsrr mode")
		}
		key := fmt.Sprintf("%d/%s/%s", p.PublishedPort, p.Protocol, p.PublishMode)
		if p.PublishedPort != 0 && taken[key] {
			return grpcInvalid("EndpointSpec: duplicate published ports provided")
		}
		taken[key] = true
	}
	for _, have := range s.swarm.services {
		if have.ID == id {
			continue
		}
		for _, p := range have.Assigned {
			if slices.ContainsFunc(sp.Ports, func(want ServicePort) bool {
				return want.PublishedPort != 0 && want.PublishedPort == p.PublishedPort && want.Protocol == p.Protocol && p.PublishMode == "ingress"
			}) {
				return grpcInvalid("port '%d' is already in use by service '%s' (%s) as an ingress port", p.PublishedPort, have.Name, have.ID)
			}
		}
	}
	return s.checkRefsLocked(sp)
}

// checkRefsLocked checks that the secrets and configs of a service exist.
func (s *State) checkRefsLocked(sp *ServiceSpec) error {
	for _, kind := range []string{KindSecret, KindConfig} {
		var missing []string
		for _, ref := range sp.Refs {
			if ref.Kind == kind && !slices.ContainsFunc(s.swarm.objects[kind], func(o *SwarmObject) bool { return o.ID == ref.ID && o.Name == ref.Name }) {
				missing = append(missing, ref.Name)
			}
		}
		switch len(missing) {
		case 0:
		case 1:
			return grpcInvalid("%s not found: %s", kind, missing[0])
		default:
			return grpcInvalid("%ss not found: %s", kind, strings.Join(missing, ", "))
		}
	}
	return nil
}

// useLocked notes what a service needs, and gives it its ports and addresses.
func (s *State) useLocked(v *Service) error {
	v.Uses, v.Ingress = nil, false
	for _, term := range v.Networks {
		id, err := s.resolveSwarmNetworkLocked(term)
		if err != nil {
			return err
		}
		v.Uses = append(v.Uses, id)
	}
	networks := slices.Clone(v.Uses)
	v.Assigned = slices.Clone(v.Ports)
	for i := range v.Assigned {
		p := &v.Assigned[i]
		if p.PublishMode != "ingress" {
			continue
		}
		if v.Ingress = true; p.PublishedPort == 0 {
			p.PublishedPort = s.freeServicePortLocked(v, p.Protocol)
		}
	}
	if v.Ingress {
		if n := s.networkByNameLocked("ingress"); n != nil {
			networks = append(networks, n.ID)
		}
	}
	for _, ref := range v.Refs {
		v.Uses = append(v.Uses, ref.ID)
	}
	for id := range v.VIPs {
		if !slices.Contains(networks, id) {
			s.dropVIPLocked(v, id)
		}
	}
	for _, id := range networks {
		if n := s.networkByID[id]; v.VIP && n.Scope == swarmScope && v.VIPs[id] == "" {
			if ip, p, err := s.wires[id].requestAddress(n, true, ""); err == nil {
				if v.VIPs == nil {
					v.VIPs = make(map[string]string)
				}
				v.VIPs[id] = withPrefixLen(ip.String(), p.subnet.Bits())
			}
		}
	}
	return nil
}

func (s *State) dropVIPLocked(v *Service, network string) {
	if p, err := netip.ParsePrefix(v.VIPs[network]); err == nil && s.wires[network] != nil {
		s.wires[network].releaseAddress(p.Addr().String())
	}
	delete(v.VIPs, network)
}

// firstServicePort is the first port that a swarm gives a service by itself.
const firstServicePort = 30000

func (s *State) freeServicePortLocked(v *Service, protocol string) uint32 {
	taken := func(port uint32) func(ServicePort) bool {
		return func(p ServicePort) bool { return p.PublishedPort == port && p.Protocol == protocol }
	}
	for port := uint32(firstServicePort); ; port++ {
		if !slices.ContainsFunc(v.Assigned, taken(port)) &&
			!slices.ContainsFunc(s.swarm.services, func(have *Service) bool { return slices.ContainsFunc(have.Assigned, taken(port)) }) {
			return port
		}
	}
}

// CreateService adds a service, whose tasks run at once.
func (s *State) CreateService(sp ServiceSpec) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.managerLocked(); err != nil {
		return "", err
	}
	if sp.Name == "" {
		sp.Name = s.ids.name()
	}
	if err := s.checkServiceLocked(&sp, ""); err != nil {
		return "", err
	}
	if slices.ContainsFunc(s.swarm.services, func(have *Service) bool { return have.Name == sp.Name }) {
		return "", grpcExists("name conflicts with an existing object: service %s already exists", sp.Name)
	}
	v := &Service{ServiceSpec: sp}
	if err := s.useLocked(v); err != nil {
		return "", err
	}
	v.SwarmMeta = s.newMetaLocked()
	v.LastExecution = v.CreatedAt
	s.swarm.services = append(s.swarm.services, v)
	s.emitService(v, "create", nil)
	s.reconcileLocked()
	return v.ID, nil
}

func (s *State) emitService(v *Service, action string, attributes map[string]string) {
	all := map[string]string{"name": v.Name}
	maps.Copy(all, attributes)
	s.emit(Event{Type: "service", Action: action, ID: v.ID, Attributes: all, Scope: swarmScope})
}

// Service finds a service: by its ID, its name, or a prefix of the ID that only one has.
func (s *State) Service(term string) (Service, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, err := s.serviceLocked(term)
	if err != nil {
		return Service{}, err
	}
	return v.clone(), nil
}

func (s *State) serviceLocked(term string) (*Service, error) {
	if err := s.managerLocked(); err != nil {
		return nil, err
	}
	return findSwarm("service", term, s.swarm.services, func(v *Service) (id, name string) { return v.ID, v.Name })
}

// Services returns all services in the order of their IDs.
func (s *State) Services() ([]Service, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.managerLocked(); err != nil {
		return nil, err
	}
	list := make([]Service, 0, len(s.swarm.services))
	for _, v := range s.swarm.services {
		list = append(list, v.clone())
	}
	slices.SortFunc(list, func(a, b Service) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

func (v *Service) clone() Service {
	c := *v
	c.Labels, c.VIPs = maps.Clone(v.Labels), maps.Clone(v.VIPs)
	c.Assigned, c.Uses = slices.Clone(v.Assigned), slices.Clone(v.Uses)
	if v.Update != nil {
		u := *v.Update
		c.Update = &u
	}
	return c
}

// UpdateService gives a service another spec, or with rollback its previous one.
func (s *State) UpdateService(term string, version uint64, sp ServiceSpec, rollback bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.serviceLocked(term)
	if err != nil {
		return err
	}
	if err := s.checkServiceLocked(&sp, v.ID); err != nil {
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
	was := v.clone()
	v.ServiceSpec, v.Previous = sp, &old
	if err := s.useLocked(v); err != nil {
		v.ServiceSpec, v.Previous = was.ServiceSpec, was.Previous
		return err
	}
	changed := !bytes.Equal(old.TaskJSON, sp.TaskJSON)
	attributes := make(map[string]string)
	if old.Image != sp.Image {
		attributes["image.old"], attributes["image.new"] = old.Image, sp.Image
	}
	if old.Replicas != sp.Replicas && sp.Mode == ModeReplicated {
		attributes["replicas.old"], attributes["replicas.new"] = strconv.FormatUint(old.Replicas, 10), strconv.FormatUint(sp.Replicas, 10)
	}
	v.SpecVersion, v.Update = version, nil
	s.touchLocked(&v.SwarmMeta)
	if v.Job() {
		v.Iteration, v.LastExecution = v.Iteration+1, s.Now()
	}
	if rollback {
		v.Update = &ServiceUpdate{State: "rollback_started", Message: "manually requested rollback", StartedAt: s.Now()}
		attributes["updatestate.new"] = "rollback_started"
	}
	s.emitService(v, "update", attributes)
	s.rollLocked(v, changed, rollback)
	return nil
}

// rollLocked replaces the tasks of a service whose spec has changed, which takes no time here.
func (s *State) rollLocked(v *Service, changed, rollback bool) {
	if !changed && !rollback {
		for _, t := range s.swarm.tasks {
			if t.ServiceID == v.ID {
				t.SpecVersion = v.SpecVersion
			}
		}
		s.reconcileLocked()
		return
	}
	states := [2]string{"updating", "completed"}
	messages := [2]string{"update in progress", "update completed"}
	if rollback {
		states, messages = [2]string{"rollback_started", "rollback_completed"}, [2]string{"", "rollback completed"}
	} else {
		v.Update = &ServiceUpdate{State: states[0], Message: messages[0], StartedAt: s.Now()}
		s.touchLocked(&v.SwarmMeta)
		s.emitService(v, "update", map[string]string{"updatestate.new": states[0]})
	}
	s.reconcileLocked()
	v.Update.State, v.Update.Message, v.Update.CompletedAt = states[1], messages[1], s.Now()
	s.touchLocked(&v.SwarmMeta)
	s.emitService(v, "update", map[string]string{"updatestate.old": states[0], "updatestate.new": states[1]})
}

// RemoveService removes a service and its tasks.
func (s *State) RemoveService(term string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.serviceLocked(term)
	if err != nil {
		return err
	}
	s.swarm.services = slices.DeleteFunc(s.swarm.services, func(have *Service) bool { return have == v })
	s.swarm.next()
	for id := range v.VIPs {
		s.dropVIPLocked(v, id)
	}
	s.emitService(v, "remove", nil)
	for _, t := range slices.Clone(s.swarm.tasks) {
		if t.ServiceID == v.ID {
			s.stopTaskLocked(t, desiredRemove)
		}
	}
	return nil
}
