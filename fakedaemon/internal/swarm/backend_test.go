package swarm

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// fakeBackend is a daemon that does what containers are told: Cmd is "serve", which ends when it is told to, "ignore",
// which has to be killed, or "exit N". It fails the test when it is called without its lock.
type fakeBackend struct {
	sync.RWMutex
	t          *testing.T
	swarm      state.Orchestrator
	now        time.Duration
	planned    []planned
	drawn      byte
	containers map[string]*state.Container
	networks   []state.Network
	addresses  map[string]int // given out, by ID of the network
	sandboxes  []string       // NETWORK ENDPOINT
	events     []string
	created    int // containers
}

type planned struct {
	at time.Duration
	f  func()
}

// newFake is a daemon with a swarm, its backend and nothing else.
func newFake(t *testing.T, o InitOptions) (*Cluster, *fakeBackend) {
	t.Helper()
	b := &fakeBackend{t: t, containers: make(map[string]*state.Container), addresses: make(map[string]int)}
	c := New(b, "vm")
	ok[string](t)(c.Init(o))
	return c, b
}

func (b *fakeBackend) held() {
	b.t.Helper()
	if b.TryLock() {
		b.Unlock()
		b.t.Error("called without the lock")
	}
}

func (b *fakeBackend) Orchestrate(o state.Orchestrator) { b.held(); b.swarm = o }

func (b *fakeBackend) Orchestrator() state.Orchestrator { b.held(); return b.swarm }

func (b *fakeBackend) Now() time.Time { b.held(); return time.Unix(0, 0).UTC().Add(b.now) }

func (b *fakeBackend) After(d time.Duration, f func()) {
	b.held()
	b.planned = append(b.planned, planned{b.now + d, f})
}

// pass lets time pass, with what is planned for it.
func (b *fakeBackend) pass(d time.Duration) {
	b.Lock()
	defer b.Unlock()
	b.now += d
	for range 1000 {
		i := slices.IndexFunc(b.planned, func(p planned) bool { return p.at <= b.now })
		if i < 0 {
			return
		}
		f := b.planned[i].f
		b.planned = slices.Delete(b.planned, i, i+1)
		f()
	}
	b.t.Fatalf("there is no end of what is planned for %v", b.now)
}

func (b *fakeBackend) Draw(string) [32]byte {
	b.held()
	b.drawn++
	return [32]byte{0: 0x80, 1: b.drawn, 16: b.drawn}
}

func (b *fakeBackend) DrawName() string { b.held(); return "bold_bell" }

func (b *fakeBackend) Emit(e state.Event) {
	b.held()
	text := e.Type + " " + e.Action + " " + e.Attributes["name"]
	for _, key := range []string{
		"type", "availability.old", "availability.new", "image.old", "image.new", "updatestate.old", "updatestate.new", "replicas.old", "replicas.new",
	} {
		if value := e.Attributes[key]; value != "" {
			text += " " + value
		}
	}
	b.events = append(b.events, text)
}

func (b *fakeBackend) CreateContainer(c state.Container, image state.ImageName) (string, error) {
	b.held()
	if image.Ref == "" {
		return "", errors.New("No such image")
	}
	b.created++
	c.ID = "container of " + c.Name
	b.containers[c.ID] = &c
	return c.ID, nil
}

func (b *fakeBackend) StartContainer(id string, started func(int)) error {
	b.held()
	c := b.containers[id]
	c.State.Running = true
	started(len(b.containers))
	if code, ok := strings.CutPrefix(strings.Join(c.Config.Cmd, " "), "exit "); ok {
		n, _ := strconv.Atoi(code)
		b.exit(c, n)
	}
	return nil
}

func (b *fakeBackend) exit(c *state.Container, code int) {
	c.State.Running, c.State.ExitCode = false, code
	b.swarm.Exited(c)
}

func (b *fakeBackend) StopContainer(id string, grace time.Duration) bool {
	b.held()
	c := b.containers[id]
	if c == nil || !c.State.Running {
		return false
	}
	if c.Config.Cmd[0] != "ignore" {
		b.exit(c, 0)
		return true
	}
	b.After(grace, func() {
		if c.State.Running {
			b.exit(c, 137)
		}
	})
	return true
}

func (b *fakeBackend) RemoveContainer(id string) { b.held(); delete(b.containers, id) }

func (b *fakeBackend) Network(term string) (state.Network, bool) {
	b.held()
	i := slices.IndexFunc(b.networks, func(n state.Network) bool { return n.ID == term || n.Name == term })
	if i < 0 {
		return state.Network{}, false
	}
	return b.networks[i], true
}

func (b *fakeBackend) AddNetwork(n state.Network) (state.Network, error) {
	b.held()
	b.networks = append(b.networks, n)
	return n, nil
}

func (b *fakeBackend) AddSandbox(network, endpoint string) {
	b.held()
	b.addresses[network]++
	i := slices.IndexFunc(b.networks, func(n state.Network) bool { return n.ID == network })
	b.sandboxes = append(b.sandboxes, b.networks[i].Name+" "+endpoint)
}

func (b *fakeBackend) DropNetworks() { b.held(); b.networks = nil }

func (b *fakeBackend) TakeAddress(network string) (string, error) {
	b.held()
	b.addresses[network]++
	return fmt.Sprintf("10.0.0.%d/24", b.addresses[network]), nil
}

func (b *fakeBackend) ReleaseAddress(network, _ string) { b.held(); b.addresses[network]-- }

func (b *fakeBackend) FreePool(base netip.Prefix, bits int) netip.Prefix {
	b.held()
	return netip.PrefixFrom(base.Addr(), bits)
}

// network makes a network of the swarm exist, as the daemon does for a client.
func (b *fakeBackend) network(name string) state.Network {
	b.Lock()
	defer b.Unlock()
	n, _ := b.AddNetwork(b.swarm.AllocateNetwork(state.Network{Name: name, Driver: state.OverlayDriver}))
	return n
}
