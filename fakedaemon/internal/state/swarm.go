package state

import (
	"net/netip"
	"strings"
	"sync"
	"time"
)

// NotManager is what dockerd says of a swarm's business where there is none.
const NotManager = `This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.`

// Orchestrator is the manager of the swarm that the daemon is in. It is called with the lock held, and calls nothing
// but SwarmBackend.
type Orchestrator interface {
	// AllocateNetwork gives a new network of the swarm its ID, and what else the manager gives it.
	AllocateNetwork(Network) Network
	// ReleaseNetwork says why a network of the swarm, which containers are attached to, cannot be removed, or notes
	// that it is.
	ReleaseNetwork(n Network, attached []*Container) error
	// Exited is told of a container whose process has ended.
	Exited(*Container)
}

// SwarmBackend is what a swarm sees of a State: package swarm's Backend says what each method does. The lock is the
// State's own.
type SwarmBackend struct {
	*sync.RWMutex
	s *State
}

// Unlock gives the lock up as a State does.
func (b SwarmBackend) Unlock() { b.s.unlock() }

// SwarmBackend returns that of a State.
func (s *State) SwarmBackend() SwarmBackend { return SwarmBackend{&s.mu, s} }

func (b SwarmBackend) Orchestrate(o Orchestrator) { b.s.swarm = o }
func (b SwarmBackend) Orchestrator() Orchestrator { return b.s.swarm }
func (b SwarmBackend) Now() time.Time             { return b.s.Now() }

func (b SwarmBackend) After(d time.Duration, f func()) {
	b.s.after(d, func() {
		b.Lock()
		defer b.Unlock()
		if !b.s.closed {
			f()
		}
	})
}

func (b SwarmBackend) Draw(kind string) [32]byte { return b.s.ids.next(kind) }
func (b SwarmBackend) DrawName() string          { return b.s.ids.name() }
func (b SwarmBackend) Emit(e Event)              { b.s.emit(e) }

func (b SwarmBackend) CreateContainer(c Container, name ImageName) (id string, err error) {
	image, err := b.s.images.find(name)
	if err != nil {
		return "", err
	}
	c.ImageID = image.ID
	added, err := b.s.addContainerLocked(c, b.s.createVolumeLocked, nil)
	if err != nil {
		return "", err
	}
	b.s.emitContainerLocked(added, "create", nil)
	return added.ID, nil
}

func (b SwarmBackend) StartContainer(id string, started func(pid int)) error {
	c := b.s.index.byID[id]
	if err := b.s.startLocked(c, true); err != nil {
		return err
	}
	started(c.State.Pid)
	return nil
}

func (b SwarmBackend) StopContainer(id string, grace time.Duration) (ran bool) {
	c := b.s.index.byID[id]
	if c == nil || !c.State.Running {
		return false
	}
	if b.s.killLocked(c, c.stopSignal()); c.State.Running {
		b.After(grace, func() {
			if b.s.index.byID[id] == c && c.State.Running {
				b.s.killLocked(c, sigkill)
			}
		})
	}
	return true
}

func (b SwarmBackend) RemoveContainer(id string) {
	if c := b.s.index.byID[id]; c != nil && !c.State.Removing {
		b.s.removeLocked(c, false)
	}
}

func (b SwarmBackend) Network(term string) (n Network, ok bool) {
	found := b.s.networks.lookup(term, SwarmScope)
	if found.matches == 0 {
		found = b.s.networks.lookup(term, "")
	}
	if found.byName && found.matches > 1 {
		found = lookup{network: b.s.networks.named(term), matches: 1}
	}
	if found.matches != 1 {
		return Network{}, false
	}
	return found.network.clone(), true
}

func (b SwarmBackend) AddNetwork(n Network) (Network, error) {
	if n.Scope == SwarmScope {
		return b.s.networks.addSwarm(n).clone(), nil
	}
	added, err := b.s.networks.add(n)
	if err != nil {
		return Network{}, err
	}
	return added.clone(), nil
}

func (b SwarmBackend) AddSandbox(network, endpoint string) {
	address, err := b.TakeAddress(network)
	if err != nil {
		return
	}
	ip, _, _ := strings.Cut(address, "/")
	b.s.networks.wires[network].sandboxes = map[string]Attachment{"ingress-sbox": {
		Name:        endpoint,
		EndpointID:  b.s.ids.hex("endpoint"),
		MacAddress:  b.s.networks.mac(Endpoint{IPAddress: ip}),
		IPv4Address: address,
	}}
}

func (b SwarmBackend) DropNetworks() {
	b.s.networks.drop(func(n *Network) bool {
		if n.Scope != SwarmScope {
			return false
		}
		for _, c := range b.s.attachedLocked(n) {
			b.s.networks.disconnect(c, n.Name)
			delete(c.Endpoints, n.Name)
		}
		return true
	})
}

func (b SwarmBackend) TakeAddress(network string) (address string, err error) {
	ip, p, err := b.s.networks.space.taken[network].request(b.s.networks.byID[network], true, "")
	if err != nil {
		return "", err
	}
	return withPrefixLen(ip.String(), p.subnet.Bits()), nil
}

func (b SwarmBackend) ReleaseAddress(network, address string) {
	ip, _, _ := strings.Cut(address, "/")
	b.s.networks.space.taken[network].release(ip)
}

func (b SwarmBackend) FreePool(base netip.Prefix, bits int) netip.Prefix {
	return b.s.networks.space.freeIn(base, bits)
}
