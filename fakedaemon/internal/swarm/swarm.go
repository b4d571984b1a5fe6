// Package swarm is the manager of a swarm of one node, the daemon itself: its services, tasks, secrets and configs, and
// what gives each service the tasks that it asks for. It knows neither HTTP nor Docker's types, and what exists beside
// the swarm only as a Backend.
//
// There is one lock, the Backend's. An exported method of Cluster takes it once, does all that it does, containers and
// networks included, and gives it back: nobody sees a service without its tasks, or a task without its container. All
// else expects the lock to be held, and so does what the Backend calls through state.Orchestrator. Nothing here has a
// lock of its own.
package swarm

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// Backend is what a swarm needs of the daemon that is its node. All but the lock is called with the lock held.
type Backend interface {
	sync.Locker
	RLocker() sync.Locker
	// Orchestrate gives the daemon the manager of its swarm, or with nil takes it, and Orchestrator returns it.
	Orchestrate(state.Orchestrator)
	Orchestrator() state.Orchestrator

	Now() time.Time
	// After calls f, with the lock held, once d has passed, unless the daemon is closed by then.
	After(d time.Duration, f func())
	// Draw returns what is drawn at random for a kind of thing, and DrawName a name of two words.
	Draw(kind string) [32]byte
	DrawName() string
	Emit(state.Event)

	// CreateContainer makes a container of the image that a name finds.
	CreateContainer(c state.Container, image state.ImageName) (id string, err error)
	// StartContainer calls started once the process runs: one that takes no time ends after that.
	StartContainer(id string, started func(pid int)) error
	// StopContainer tells a container to stop, and kills it after the grace period. It reports whether there was one
	// that ran.
	StopContainer(id string, grace time.Duration) (ran bool)
	// RemoveContainer removes a container that is still there.
	RemoveContainer(id string)

	// Network finds a network, those of the swarm first: by its ID, its name, or a prefix of the ID that only one has. Of several
	// of one name it is the oldest.
	Network(term string) (n state.Network, ok bool)
	// AddNetwork adds a network that the daemon makes by itself.
	AddNetwork(state.Network) (state.Network, error)
	// AddSandbox attaches the node itself to a network, with an endpoint of that name.
	AddSandbox(network, endpoint string)
	// DropNetworks drops all networks of the swarm, which their containers lose.
	DropNetworks()
	// TakeAddress takes a free address of IPv4, with its prefix length, and ReleaseAddress gives it back.
	TakeAddress(network string) (address string, err error)
	ReleaseAddress(network, address string)
	// FreePool returns the first block of that many bits in base of which no network has addresses.
	FreePool(base netip.Prefix, bits int) netip.Prefix
}

// Meta is what every object of a swarm has.
type Meta struct {
	// ID is 25 digits of base 36.
	ID string
	// Version counts the changes of the whole swarm up to the last one of the object.
	Version              uint64
	CreatedAt, UpdatedAt time.Time
}

// Swarm is a swarm of one node, this daemon. Spec is in the API's own form; nobody here looks inside.
type Swarm struct {
	Meta
	Spec []byte
	CA   CA
	// Autolock says that the managers are locked, with UnlockKey.
	Autolock                  bool
	UnlockKey                 string
	WorkerToken, ManagerToken string
	DefaultAddrPool           []string
	SubnetSize, DataPathPort  uint32
	// TaskHistory is how many tasks of the past a slot of a service keeps.
	TaskHistory int64
	Node        Node
}

// Cluster is the part of a daemon that may be in a swarm. It is safe for concurrent use.
type Cluster struct {
	backend Backend // immutable
	host    string  // what the node is called unless it is given a name; immutable
}

// New returns that of a daemon on the host of that name. Whether it is in a swarm the daemon says, which has the
// manager or none.
func New(b Backend, host string) *Cluster { return &Cluster{b, host} }

// manager is what exists in a swarm.
type manager struct {
	Swarm
	backend  Backend
	host     string
	index    uint64               // the last Version given
	objects  map[string][]*Object // by kind
	services []*Service
	tasks    scheduler
	networks int // how many networks the swarm has ever had
}

// Texts of daemon/cluster/errors.go.
const (
	errSwarmExists = `This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.`
	errNoSwarm     = "This node is not part of a swarm"
	errLastManager = "You are attempting to leave the swarm on a node that is participating as a manager. Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message. "
)

// InvalidArgument is that status of gRPC as dockerd shows it, with the class that it makes of it; so are those that
// follow.
func InvalidArgument(format string, args ...any) error {
	return state.Invalid{Message: "rpc error: code = InvalidArgument desc = " + fmt.Sprintf(format, args...)}
}

func grpcPrecondition(format string, args ...any) error {
	return state.Invalid{Message: "rpc error: code = FailedPrecondition desc = " + fmt.Sprintf(format, args...)}
}

func grpcExists(format string, args ...any) error {
	return state.Conflict{Message: "rpc error: code = AlreadyExists desc = " + fmt.Sprintf(format, args...)}
}

// errSequence is what a client gets that has not seen the last version.
var errSequence = errors.New("rpc error: code = Unknown desc = update out of sequence")

// hold takes the lock, or the half of it that is for readers, until release, and returns the swarm's manager or says
// that there is none.
func (c *Cluster) hold(lock sync.Locker) (m *manager, release func(), err error) {
	lock.Lock()
	m, ok := c.backend.Orchestrator().(*manager)
	if !ok {
		err = state.Unavailable{Message: state.NotManager}
	}
	return m, lock.Unlock, err
}

// Manager says why this node is no manager of a swarm, or nil.
func (c *Cluster) Manager() error {
	_, release, err := c.hold(c.backend.RLocker())
	defer release()
	return err
}

// Swarm returns the swarm of this daemon.
func (c *Cluster) Swarm() (Swarm, error) {
	m, release, err := c.hold(c.backend.RLocker())
	defer release()
	if err != nil {
		return Swarm{}, err
	}
	w := m.Swarm
	w.DefaultAddrPool, w.Node.Labels = slices.Clone(w.DefaultAddrPool), maps.Clone(w.Node.Labels)
	return w, nil
}

// next gives the swarm's next version.
func (m *manager) next() uint64 {
	m.index++
	return m.index
}

// newMeta is that of an object that is made now.
func (m *manager) newMeta() Meta {
	now := m.backend.Now()
	return Meta{ID: base36(m.backend.Draw("swarm")), Version: m.next(), CreatedAt: now, UpdatedAt: now}
}

// touch notes a change of an object.
func (m *manager) touch(meta *Meta) { meta.Version, meta.UpdatedAt = m.next(), m.backend.Now() }

func (m *manager) emit(kind, action, id string, attributes map[string]string) {
	m.backend.Emit(state.Event{Type: kind, Action: action, ID: id, Attributes: attributes, Scope: state.SwarmScope})
}

// The versions that the first node and the swarm have at the end of swarm init (24-swarm of the recordings).
const (
	nodeVersion  = 9
	swarmVersion = 10
)

// Init makes this daemon the manager of a new swarm, and returns the ID of its node.
func (c *Cluster) Init(o InitOptions) (nodeID string, err error) {
	have, release, _ := c.hold(c.backend)
	defer release()
	if have != nil && !o.ForceNew {
		return "", state.Unavailable{Message: errSwarmExists}
	}
	addr, err := o.complete()
	if err != nil {
		return "", err
	}
	if have != nil {
		return have.Node.ID, nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	ca, err := newCA(c.backend.Now())
	if err != nil {
		return "", err
	}
	m := &manager{backend: c.backend, host: c.host, objects: make(map[string][]*Object)}
	m.tasks.m = m
	m.Swarm = Swarm{
		Meta:            m.newMeta(),
		Spec:            o.Spec,
		CA:              ca,
		Autolock:        o.Autolock,
		DefaultAddrPool: o.DefaultAddrPool,
		SubnetSize:      o.SubnetSize,
		DataPathPort:    o.DataPathPort,
		TaskHistory:     o.TaskHistory,
		Node:            Node{Meta: m.newMeta(), Role: "manager", Availability: o.Availability, Addr: host, ManagerAddr: addr},
	}
	m.Version, m.Node.Version, m.index = swarmVersion, nodeVersion, swarmVersion
	m.WorkerToken, m.ManagerToken = ca.token(c.backend.Draw("token")), ca.token(c.backend.Draw("token"))
	if m.Autolock {
		m.UnlockKey = unlockKey(c.backend.Draw("unlock key"))
	}
	c.backend.Orchestrate(m)
	return m.Node.ID, m.addIngress()
}

// UpdateOptions says what Update changes.
type UpdateOptions struct {
	Version uint64
	// Name has to be that of all swarms, or "".
	Name                                                    string
	NodeCertExpiry, HeartbeatPeriod                         time.Duration
	Spec                                                    []byte
	Autolock                                                bool
	TaskHistory                                             int64
	RotateWorkerToken, RotateManagerToken, RotateManagerKey bool
}

// Update changes the swarm.
func (c *Cluster) Update(o UpdateOptions) error {
	m, release, err := c.hold(c.backend)
	defer release()
	if err != nil {
		return err
	}
	if err := checkName(o.Name); err != nil {
		return err
	}
	switch {
	case o.NodeCertExpiry != 0 && o.NodeCertExpiry < time.Hour:
		return InvalidArgument("minimum certificate expiry time is: 1h0m0s")
	case o.HeartbeatPeriod < 0:
		return InvalidArgument("heartbeat time period cannot be a negative duration")
	case o.Version != m.Version:
		return errSequence
	}
	if o.RotateWorkerToken {
		m.WorkerToken = m.CA.token(c.backend.Draw("token"))
	}
	if o.RotateManagerToken {
		m.ManagerToken = m.CA.token(c.backend.Draw("token"))
	}
	switch {
	case !o.Autolock:
		m.UnlockKey = ""
	case !m.Autolock || o.RotateManagerKey:
		m.UnlockKey = unlockKey(c.backend.Draw("unlock key"))
	}
	m.Spec, m.Autolock, m.TaskHistory = o.Spec, o.Autolock, o.TaskHistory
	m.touch(&m.Meta)
	return nil
}

// Leave ends the swarm, with all that is in it.
func (c *Cluster) Leave(force bool) error {
	m, release, err := c.hold(c.backend)
	defer release()
	switch {
	case err != nil:
		return state.Unavailable{Message: errNoSwarm}
	case !force:
		return state.Unavailable{Message: errLastManager}
	}
	for _, t := range slices.Clone(m.tasks.all) {
		m.tasks.forget(t)
	}
	c.backend.DropNetworks()
	c.backend.Orchestrate(nil)
	return nil
}
