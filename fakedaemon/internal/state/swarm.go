package state

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"
)

// SwarmMeta is what every object of a swarm has.
type SwarmMeta struct {
	// ID is 25 digits of base 36.
	ID string
	// Version counts the changes of the whole swarm up to the last one of the object.
	Version              uint64
	CreatedAt, UpdatedAt time.Time
}

// Swarm is a swarm of one node, this daemon. Spec is in the API's own form; State never looks inside.
type Swarm struct {
	SwarmMeta
	Spec []byte
	CA   SwarmCA
	// Autolock says that the managers are locked, with UnlockKey.
	Autolock                  bool
	UnlockKey                 string
	WorkerToken, ManagerToken string
	DefaultAddrPool           []string
	SubnetSize, DataPathPort  uint32
	// TaskHistory is how many tasks of the past a slot of a service keeps.
	TaskHistory int64
	Node        SwarmNode
}

// SwarmNode is a node of a swarm.
type SwarmNode struct {
	SwarmMeta
	// Name is given by a client; without one a node is known by its host.
	Name   string
	Labels map[string]string
	// Role is "manager" or "worker", Availability "active", "pause" or "drain".
	Role, Availability string
	// Addr is where the node is, and ManagerAddr the same with its port.
	Addr, ManagerAddr string
}

// SwarmOptions says what InitSwarm makes. The addresses are HOST:PORT, with an IP.
type SwarmOptions struct {
	AdvertiseAddr            string
	Availability             string
	Autolock                 bool
	DefaultAddrPool          []string
	SubnetSize, DataPathPort uint32
	TaskHistory              int64
	Spec                     []byte
	ForceNew                 bool
	// Host is what the node is called in events unless it is given a name.
	Host string
}

// swarmState is what exists in a swarm. The zero value has none.
type swarmState struct {
	*Swarm // nil without a swarm
	host   string
	index  uint64 // the last Version given

	objects  map[string][]*SwarmObject // by kind
	services []*Service
	tasks    []*Task
	networks int // how many networks the swarm has ever had
}

// Texts of daemon/cluster/errors.go.
const (
	errSwarmExists = `This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.`
	errNoSwarm     = "This node is not part of a swarm"
	errLastManager = "You are attempting to leave the swarm on a node that is participating as a manager. Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message. "
)

// Statuses of gRPC as dockerd shows them, with the class that it makes of them.
func grpcInvalid(format string, args ...any) error {
	return Invalid{"rpc error: code = InvalidArgument desc = " + fmt.Sprintf(format, args...)}
}

func grpcPrecondition(format string, args ...any) error {
	return Invalid{"rpc error: code = FailedPrecondition desc = " + fmt.Sprintf(format, args...)}
}

func grpcExists(format string, args ...any) error {
	return Conflict{"rpc error: code = AlreadyExists desc = " + fmt.Sprintf(format, args...)}
}

// errSequence is what a client gets that has not seen the last version.
var errSequence = fmt.Errorf("rpc error: code = Unknown desc = update out of sequence")

// next gives the swarm's next version.
func (w *swarmState) next() uint64 {
	w.index++
	return w.index
}

func (s *State) swarmActiveLocked() bool { return s.swarm.Swarm != nil }

// SwarmManager says why this node is no manager of a swarm, or nil.
func (s *State) SwarmManager() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.managerLocked()
}

func (s *State) managerLocked() error {
	if !s.swarmActiveLocked() {
		return Unavailable{notManager}
	}
	return nil
}

// Swarm returns the swarm of this daemon.
func (s *State) Swarm() (Swarm, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.managerLocked(); err != nil {
		return Swarm{}, err
	}
	return s.swarm.Swarm.clone(), nil
}

func (w *Swarm) clone() Swarm {
	c := *w
	c.DefaultAddrPool, c.Node.Labels = slices.Clone(w.DefaultAddrPool), maps.Clone(w.Node.Labels)
	return c
}

// newMetaLocked is that of an object that is made now.
func (s *State) newMetaLocked() SwarmMeta {
	now := s.Now()
	return SwarmMeta{ID: s.ids.base36("swarm"), Version: s.swarm.next(), CreatedAt: now, UpdatedAt: now}
}

// touchLocked notes a change of an object.
func (s *State) touchLocked(m *SwarmMeta) { m.Version, m.UpdatedAt = s.swarm.next(), s.Now() }

// The versions that the first node and the swarm have at the end of swarm init (24-swarm of the recordings).
const (
	nodeVersion  = 9
	swarmVersion = 10
)

// InitSwarm makes this daemon the manager of a new swarm, and returns the ID of its node.
func (s *State) InitSwarm(o SwarmOptions) (nodeID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.swarmActiveLocked() {
		if o.ForceNew {
			return s.swarm.Node.ID, nil
		}
		return "", Unavailable{errSwarmExists}
	}
	ca, err := newSwarmCA(s.Now())
	if err != nil {
		return "", err
	}
	host, _, err := net.SplitHostPort(o.AdvertiseAddr)
	if err != nil {
		return "", Invalid{err.Error()}
	}
	s.swarm = swarmState{objects: make(map[string][]*SwarmObject), host: o.Host}
	w := &Swarm{
		SwarmMeta:       s.newMetaLocked(),
		Spec:            o.Spec,
		CA:              ca,
		Autolock:        o.Autolock,
		DefaultAddrPool: slices.Clone(o.DefaultAddrPool),
		SubnetSize:      o.SubnetSize,
		DataPathPort:    o.DataPathPort,
		TaskHistory:     o.TaskHistory,
		Node:            SwarmNode{SwarmMeta: s.newMetaLocked(), Role: "manager", Availability: o.Availability, Addr: host, ManagerAddr: o.AdvertiseAddr},
	}
	w.Version, w.Node.Version, s.swarm.index = swarmVersion, nodeVersion, swarmVersion
	w.WorkerToken, w.ManagerToken = ca.token(s.ids.secret("token")), ca.token(s.ids.secret("token"))
	if w.Autolock {
		w.UnlockKey = s.ids.unlockKey()
	}
	s.swarm.Swarm = w
	s.addIngressLocked()
	return w.Node.ID, nil
}

// SwarmUpdate says what UpdateSwarm changes beside the Spec.
type SwarmUpdate struct {
	Version                                                 uint64
	Spec                                                    []byte
	Autolock                                                bool
	TaskHistory                                             int64
	RotateWorkerToken, RotateManagerToken, RotateManagerKey bool
}

// UpdateSwarm changes the swarm.
func (s *State) UpdateSwarm(u SwarmUpdate) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.managerLocked(); err != nil {
		return err
	}
	w := s.swarm.Swarm
	if u.Version != w.Version {
		return errSequence
	}
	if u.RotateWorkerToken {
		w.WorkerToken = w.CA.token(s.ids.secret("token"))
	}
	if u.RotateManagerToken {
		w.ManagerToken = w.CA.token(s.ids.secret("token"))
	}
	switch {
	case !u.Autolock:
		w.UnlockKey = ""
	case !w.Autolock || u.RotateManagerKey:
		w.UnlockKey = s.ids.unlockKey()
	}
	w.Spec, w.Autolock, w.TaskHistory = u.Spec, u.Autolock, u.TaskHistory
	s.touchLocked(&w.SwarmMeta)
	return nil
}

// LeaveSwarm ends the swarm, with all that is in it.
func (s *State) LeaveSwarm(force bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.swarmActiveLocked() {
		return Unavailable{errNoSwarm}
	}
	if !force {
		return Unavailable{errLastManager}
	}
	for _, t := range slices.Clone(s.swarm.tasks) {
		s.forgetTaskLocked(t)
	}
	s.dropNetworksLocked(func(n *Network) bool {
		if n.Scope == swarmScope {
			for id := range s.wires[n.ID].containers {
				c := s.index.byID[id]
				s.disconnectLocked(c, n.Name)
				delete(c.Endpoints, n.Name)
			}
		}
		return n.Scope == swarmScope
	})
	s.swarm = swarmState{}
	return nil
}

// CheckSwarmJoin says why this daemon cannot join a swarm: it is in one already.
func (s *State) CheckSwarmJoin() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.swarmActiveLocked() {
		return Unavailable{errSwarmExists}
	}
	return nil
}

// SwarmNode finds the node: by its ID, its name or that of its host, or a prefix of its ID.
func (s *State) SwarmNode(term string) (SwarmNode, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n, err := s.swarmNodeLocked(term)
	if err != nil {
		return SwarmNode{}, err
	}
	return *n, nil
}

func (s *State) swarmNodeLocked(term string) (*SwarmNode, error) {
	if err := s.managerLocked(); err != nil {
		return nil, err
	}
	n := &s.swarm.Node
	if name := n.nameOr(s.swarm.host); n.ID != term && name != term && (term == "" || !strings.HasPrefix(n.ID, term)) {
		return nil, NotFound{fmt.Sprintf("node %s not found", term)}
	}
	return n, nil
}

func (n *SwarmNode) nameOr(host string) string {
	if n.Name != "" {
		return n.Name
	}
	return host
}

// UpdateSwarmNode gives a node its name, labels, role and availability.
func (s *State) UpdateSwarmNode(term string, version uint64, to SwarmNode) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.swarmNodeLocked(term)
	if err != nil {
		return err
	}
	if n.Version != version {
		return errSequence
	}
	if to.Role != n.Role {
		return grpcPrecondition("attempting to demote the last manager of the swarm")
	}
	attributes := map[string]string{"name": to.nameOr(s.swarm.host)}
	if to.Availability != n.Availability {
		attributes["availability.old"], attributes["availability.new"] = n.Availability, to.Availability
	}
	n.Name, n.Labels, n.Availability = to.Name, maps.Clone(to.Labels), to.Availability
	s.touchLocked(&n.SwarmMeta)
	s.emit(Event{Type: "node", Action: "update", ID: n.ID, Attributes: attributes, Scope: swarmScope})
	s.reconcileLocked()
	return nil
}

// RemoveSwarmNode removes no node: the only one is the manager.
func (s *State) RemoveSwarmNode(term string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.swarmNodeLocked(term)
	if err != nil {
		return err
	}
	return grpcPrecondition("node %s is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal", n.ID)
}
