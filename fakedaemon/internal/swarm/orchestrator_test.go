package swarm

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	for {
		i := slices.IndexFunc(b.planned, func(p planned) bool { return p.at <= b.now })
		if i < 0 {
			return
		}
		f := b.planned[i].f
		b.planned = slices.Delete(b.planned, i, i+1)
		f()
	}
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
	for _, key := range []string{"updatestate.old", "updatestate.new", "replicas.old", "replicas.new"} {
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

func (b *fakeBackend) AddSandbox(network, _ string) { b.held(); b.addresses[network]++ }

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

// update gives a service another spec.
func update(t *testing.T, c *Cluster, sp ServiceSpec) {
	t.Helper()
	if err := c.UpdateService(sp.Name, ok[Service](t)(c.Service(sp.Name)).Version, sp, false); err != nil {
		t.Fatal(err)
	}
}

// TestReplacement: a task that has ended is replaced after the delay if the service wants that, and its slot keeps a
// history.
func TestReplacement(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		restart, cmd string
		first, later string
	}{
		{"any", "exit 0", "1 complete shutdown", "1 complete shutdown, 1 complete shutdown"},
		{"any", "exit 3", "1 failed shutdown", "1 failed shutdown, 1 failed shutdown"},
		{"on-failure", "exit 3", "1 failed shutdown", "1 failed shutdown, 1 failed shutdown"},
		{"on-failure", "exit 0", "1 complete shutdown", "1 complete shutdown"},
		{"none", "exit 3", "1 failed shutdown", "1 failed shutdown"},
	} {
		c, b := newFake(t, testInit)
		sp := service("sv1", 1, strings.Fields(tt.cmd)...)
		sp.Restart, sp.RestartDelay = tt.restart, 5*time.Second
		ok[string](t)(c.CreateService(sp))
		b.pass(5*time.Second - 1)
		if got := tasks(t, c); got != tt.first {
			t.Errorf("%s, %s: %s, want %s", tt.restart, tt.cmd, got, tt.first)
		}
		b.pass(1)
		if got := tasks(t, c); got != tt.later {
			t.Errorf("%s, %s: %s later, want %s", tt.restart, tt.cmd, got, tt.later)
		}
		for range 10 {
			b.pass(5 * time.Second)
		}
		kept := 1
		if strings.Contains(tt.later, ",") {
			kept = int(testInit.TaskHistory)
		}
		if got := len(ok[[]Task](t)(c.Tasks())); got != kept || len(b.containers) != kept {
			t.Errorf("%s, %s: %d tasks and %d containers, want %d", tt.restart, tt.cmd, got, len(b.containers), kept)
		}
		if err := c.Leave(true); err != nil {
			t.Fatal(err)
		}
		events := len(b.events)
		b.pass(time.Hour)
		if len(b.containers) != 0 || len(b.events) != events {
			t.Errorf("%s, %s: after the swarm there are %d containers and %q", tt.restart, tt.cmd, len(b.containers), b.events[events:])
		}
	}
}

// TestReplacements: tasks that end at once are replaced each in its own slot, as often with many of them as with one.
func TestReplacements(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{ModeReplicated, ModeReplicatedJob} {
		c, b := newFake(t, testInit)
		sp := service("sv1", 3, "exit", "3")
		sp.Mode, sp.Concurrent = mode, 3
		sp.Restart, sp.RestartDelay = "any", 5*time.Second
		ok[string](t)(c.CreateService(sp))
		for i := range 6 {
			if b.created != 3*(i+1) || len(b.planned) != 3 {
				t.Fatalf("%s: after %d delays %d containers were made and %d replacements are planned, want %d and 3", mode, i, b.created, len(b.planned), 3*(i+1))
			}
			b.pass(5 * time.Second)
		}
	}
}

// TestGrace: a task that does not stop is killed when its service's grace period is over.
func TestGrace(t *testing.T) {
	t.Parallel()
	c, b := newFake(t, testInit)
	sp := service("sv1", 2, "ignore")
	sp.StopGrace = 7 * time.Second
	ok[string](t)(c.CreateService(sp))
	sp.Replicas = 1
	update(t, c, sp)
	b.pass(7*time.Second - 1)
	if got, want := tasks(t, c), "1 running running, 2 running remove"; got != want || len(b.containers) != 2 {
		t.Errorf("%s and %d containers, want %s and 2", got, len(b.containers), want)
	}
	b.pass(1)
	if got, want := tasks(t, c), "1 running running"; got != want || len(b.containers) != 1 {
		t.Errorf("%s and %d containers, want %s and 1", got, len(b.containers), want)
	}
}

// TestJob: a job runs as many tasks at once as it may until enough have completed, and once more with each update.
func TestJob(t *testing.T) {
	t.Parallel()
	c, b := newFake(t, testInit)
	sp := service("job", 3, "exit 0")
	sp.Mode, sp.Concurrent, sp.Restart = ModeReplicatedJob, 2, "on-failure"
	sp.RestartDelay = time.Hour // not between the tasks of a job
	ok[string](t)(c.CreateService(sp))
	b.pass(0)
	if got, want := tasks(t, c), "0 complete complete, 1 complete complete, 2 complete complete"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	v := ok[Service](t)(c.Service("job"))
	if want := (ServiceStatus{Running: 0, Desired: 2, Completed: 3}); v.Status != want || v.Iteration != 0 {
		t.Errorf("%+v in iteration %d, want %+v", v.Status, v.Iteration, want)
	}
	update(t, c, sp)
	if v = ok[Service](t)(c.Service("job")); v.Iteration != 1 || v.Status.Completed != 2 {
		t.Errorf("%+v in iteration %d", v.Status, v.Iteration)
	}
	// The tasks of an iteration that is over end, even when the next one is the same.
	c, _ = newFake(t, testInit)
	sp = service("job", 0, "serve")
	sp.Mode = ModeGlobalJob
	ok[string](t)(c.CreateService(sp))
	update(t, c, sp)
	if got, want := tasks(t, c), "0 running complete, 0 shutdown shutdown"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestVersions: each change of the swarm counts, and who has not seen the last one changes nothing.
func TestVersions(t *testing.T) {
	t.Parallel()
	c, b := newFake(t, testInit)
	w := ok[Swarm](t)(c.Swarm())
	if w.Version != 10 || w.Node.Version != 9 || w.Node.Addr != "127.0.0.1" || w.Node.ManagerAddr != "127.0.0.1:2377" || w.SubnetSize != 24 || w.DataPathPort != 4789 {
		t.Errorf("%+v", w)
	}
	ok[string](t)(c.CreateService(service("sv1", 1, "serve")))
	v, task := ok[Service](t)(c.Service("sv1")), ok[[]Task](t)(c.Tasks())[0]
	// The network ingress is the eleventh change; the task is new, assigned and running.
	if v.Version != 12 || task.Version != 15 || task.SpecVersion != 0 || !task.UpToDate {
		t.Errorf("service %d, task %+v", v.Version, task)
	}
	sp := service("sv1", 2, "serve")
	check(t, "old", c.UpdateService("sv1", 11, sp, false), "*errors.errorString", errSequence.Error())
	global := sp
	global.Mode = ModeGlobal
	check(t, "mode", c.UpdateService("sv1", 12, global, false), "*errors.errorString", "rpc error: code = Unimplemented desc = service mode change is not allowed")
	update(t, c, sp)
	if v = ok[Service](t)(c.Service("sv1")); v.Version != 16 || v.SpecVersion != 12 || v.Status != (ServiceStatus{Running: 2, Desired: 2}) {
		t.Errorf("%+v", v)
	}
	want := []string{"network create ingress", "service create sv1", "service update sv1 1 2"}
	if d := cmp.Diff(want, b.events); d != "" {
		t.Errorf("events (-want +got)\n%s", d)
	}
}

// TestRollback: a service goes back to its previous spec, and tells how.
func TestRollback(t *testing.T) {
	t.Parallel()
	c, b := newFake(t, testInit)
	ok[string](t)(c.CreateService(service("sv1", 1, "serve", "1")))
	update(t, c, service("sv1", 1, "serve", "2"))
	b.events = nil
	v := ok[Service](t)(c.Service("sv1"))
	if err := c.UpdateService("sv1", v.Version, service("sv1", 1, "serve", "2"), true); err != nil {
		t.Fatal(err)
	}
	for _, task := range ok[[]Task](t)(c.Tasks()) {
		if task.UpToDate != (task.State == "running") {
			t.Errorf("%+v", task)
		}
	}
	v = ok[Service](t)(c.Service("sv1"))
	if string(v.TaskJSON) != "serve 1" || string(v.Previous.TaskJSON) != "serve 2" || v.Update.State != "rollback_completed" || v.Update.Message != "rollback completed" {
		t.Errorf("%s after %s: %+v", v.TaskJSON, v.Previous.TaskJSON, v.Update)
	}
	want := []string{"service update sv1 rollback_started", "service update sv1 rollback_started rollback_completed"}
	if d := cmp.Diff(want, b.events); d != "" {
		t.Errorf("events (-want +got)\n%s", d)
	}
	if got, want := tasks(t, c), "1 running running, 1 shutdown shutdown, 1 shutdown shutdown"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestUse: a service has the addresses and ports that it needs as long as it does, and keeps what it had when an update
// fails.
func TestUse(t *testing.T) {
	t.Parallel()
	c, b := newFake(t, testInit)
	n, ingress := b.network("n1"), b.networks[0]
	secret := ok[string](t)(c.CreateObject(KindSecret, Object{Name: "sec", Data: []byte("x")}))
	sp := service("sv1", 1, "serve")
	sp.Networks, sp.Refs = []string{"n1"}, []ServiceRef{{KindSecret, secret, "sec"}}
	sp.Ports = []ServicePort{
		{Protocol: "tcp", PublishMode: "ingress", TargetPort: 80}, {Protocol: "tcp", PublishMode: "ingress", TargetPort: 81},
		{Protocol: "udp", PublishMode: "ingress", TargetPort: 80}, {Protocol: "tcp", PublishMode: "host", TargetPort: 82},
	}
	id := ok[string](t)(c.CreateService(sp))
	v := ok[Service](t)(c.Service(id))
	if p := v.Assigned; p[0].PublishedPort != 30000 || p[1].PublishedPort != 30001 || p[2].PublishedPort != 30000 || p[3].PublishedPort != 0 || len(v.VIPs) != 2 {
		t.Errorf("%+v %v", v.Assigned, v.VIPs)
	}
	bad := sp
	bad.Networks, bad.Refs = []string{"nosuch"}, nil
	check(t, "no network", c.UpdateService(id, v.Version, bad, false), "*errors.errorString", "network nosuch not found")
	if d := cmp.Diff(v, ok[Service](t)(c.Service(id)), cmp.AllowUnexported(Service{}, state.MountRequest{})); d != "" {
		t.Errorf("a failed update changes a service (-before +after)\n%s", d)
	}
	check(t, "in use", c.RemoveObject(KindSecret, "sec"), "Invalid", "rpc error: code = InvalidArgument desc = secret 'sec' is in use by the following service: sv1")
	if before := maps.Clone(b.addresses); before[n.ID] != 1 || before[ingress.ID] != 2 {
		t.Errorf("%v of %s and %s", before, n.ID, ingress.ID)
	}
	same := sp
	same.Ports = v.Assigned
	update(t, c, same) // which has its ports already
	sp.Networks, sp.Refs, sp.Ports = nil, nil, nil
	update(t, c, sp)
	if b.addresses[n.ID] != 0 || b.addresses[ingress.ID] != 1 {
		t.Errorf("addresses left: %v of %s and %s", b.addresses, n.ID, ingress.ID)
	}
	if err := c.RemoveObject(KindSecret, "sec"); err != nil {
		t.Error(err)
	}
	same.Refs = nil
	update(t, c, same)
	if err := c.RemoveService(id); err != nil || b.addresses[n.ID] != 0 || b.addresses[ingress.ID] != 1 {
		t.Errorf("addresses left: %v of %s and %s, %v", b.addresses, n.ID, ingress.ID, err)
	}
}

// TestReleaseNetwork: a network goes when neither a service nor a container needs it.
func TestReleaseNetwork(t *testing.T) {
	t.Parallel()
	c, b := newFake(t, testInit)
	n, ingress := b.network("n1"), b.networks[0]
	release := func(n state.Network, attached ...*state.Container) error {
		b.Lock()
		defer b.Unlock()
		return b.swarm.ReleaseNetwork(n, attached)
	}
	const precondition = "rpc error: code = FailedPrecondition desc = "
	sp := service("sv1", 1, "serve")
	sp.Networks, sp.Ports = []string{"n1"}, []ServicePort{{Protocol: "tcp", PublishMode: "ingress", TargetPort: 80}}
	id := ok[string](t)(c.CreateService(sp))
	check(t, "service", release(n), "Invalid", precondition+"network "+n.ID+" is in use by service "+id)
	check(t, "ingress", release(ingress), "Invalid", precondition+"ingress network cannot be removed because service "+id+" depends on it")
	task := ok[[]Task](t)(c.Tasks())[0]
	on := b.containers[task.ContainerID]
	sp.Networks, sp.Ports = nil, nil
	update(t, c, sp)
	check(t, "task", release(n, on), "Invalid", precondition+"network "+n.ID+" is in use by task "+task.ID)
	check(t, "container", release(n, &state.Container{ID: "c1"}), "Invalid", precondition+"network "+n.ID+" is in use by task c1")
	if err := c.RemoveService(id); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{release(n, on), release(ingress)} {
		if err != nil {
			t.Error(err)
		}
	}
}

// TestComplete: what a client leaves out has a default, and what no service can have is refused.
func TestComplete(t *testing.T) {
	t.Parallel()
	sp := ServiceSpec{Ports: []ServicePort{{Protocol: "UDP", PublishMode: "Host"}, {}}}
	if err := sp.Complete(); err != nil {
		t.Fatal(err)
	}
	want := ServiceSpec{Mode: "replicated", Endpoint: "vip", Restart: "any", Ports: []ServicePort{{Protocol: "udp", PublishMode: "host"}, {Protocol: "tcp", PublishMode: "ingress"}}}
	if d := cmp.Diff(want, sp, cmp.AllowUnexported(state.MountRequest{})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	job := ServiceSpec{Mode: ModeGlobalJob}
	if err := job.Complete(); err != nil || job.Restart != "on-failure" {
		t.Errorf("%q, %v", job.Restart, err)
	}
	const invalid = "rpc error: code = InvalidArgument desc = "
	mounts := []state.MountRequest{{Target: "/a"}, {Target: "/b"}, {Target: "/a"}}
	for _, tt := range []struct {
		sp   ServiceSpec
		text string
	}{
		{ServiceSpec{Mode: ModeReplicatedJob, Update: &UpdateConfig{}}, invalid + "Jobs may not have an update config"},
		{ServiceSpec{Endpoint: "x"}, `invalid resolution mode: "x"`},
		{ServiceSpec{Limits: []Resources{{}, {CPUs: 999999}}}, invalid + "invalid cpu value 0.000999999: Must be at least 0.001"},
		{ServiceSpec{Limits: []Resources{{CPUs: 1e6, Memory: 4<<20 - 1}}}, invalid + "invalid memory value 4194303: Must be at least 4MiB"},
		{ServiceSpec{RestartDelay: -1}, invalid + "TaskSpec: restart-delay cannot be negative"},
		{ServiceSpec{Template: state.Container{Host: state.HostConfig{Mounts: mounts}}}, invalid + "ContainerSpec: duplicate mount point: /a"},
		{ServiceSpec{Update: &UpdateConfig{Delay: -1}}, invalid + "TaskSpec: update-delay cannot be negative"},
		{ServiceSpec{Rollback: &UpdateConfig{Monitor: -1}}, invalid + "TaskSpec: update-monitor cannot be negative"},
		{ServiceSpec{Update: &UpdateConfig{MaxFailureRatio: 1.5}}, invalid + "TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1"},
	} {
		check(t, tt.text, tt.sp.Complete(), "Invalid", tt.text)
	}
}

// TestInitOptions: what a client asks of swarm init, in the order in which dockerd looks at it.
func TestInitOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		o           InitOptions
		class, text string
	}{
		{InitOptions{Name: "x"}, "Invalid", `invalid ListenAddr "": invalid empty address`},
		{InitOptions{ListenAddr: "x", Name: "x"}, "Invalid", `swarm spec must be named "default"`},
		{InitOptions{ListenAddr: "x", AdvertiseAddr: "x"}, "Invalid", "listen address must be an IP address or network interface (with optional port number)"},
		{InitOptions{ListenAddr: "::", AdvertiseAddr: "0.0.0.0:1", DataPathAddr: "x"}, "Invalid", "advertise address must be a non-zero IP address or network interface (with optional port number)"},
		{InitOptions{ListenAddr: "0.0.0.0", DataPathAddr: "0.0.0.0", DataPathPort: 1}, "Invalid", "data path address must be a non-zero IP address or network interface (without a port number)"},
		{InitOptions{ListenAddr: "0.0.0.0", DefaultAddrPool: []string{"x"}, DataPathPort: 1}, "*fmt.wrapError", "invalid base pool x: invalid CIDR address: x"},
		{InitOptions{ListenAddr: "0.0.0.0", DefaultAddrPool: []string{" 10.0.0.0/25"}}, "*errors.errorString", `invalid CIDR: "10.0.0.0/25". Subnet size is too small for pool: 24`},
		{InitOptions{ListenAddr: "0.0.0.0", DefaultAddrPool: []string{"10.0.0.0/8"}, SubnetSize: 30}, "*errors.errorString", "subnet size is out of range: 30"},
		{InitOptions{ListenAddr: "0.0.0.0", DataPathPort: 49152}, "*errors.errorString", "Datapath port number is not in valid range (1024-49151) : 49152"},
	} {
		_, err := tt.o.complete()
		check(t, tt.text, err, tt.class, tt.text)
	}
	for _, tt := range []struct{ listen, advertise, want string }{
		{"0.0.0.0", "", "192.168.65.3:2377"},
		{"tcp://0.0.0.0:99", "", "192.168.65.3:99"},
		{"0.0.0.0:99", "10.0.0.1", "10.0.0.1:99"},
		{"[::]:99", "10.0.0.1:1", "10.0.0.1:1"},
	} {
		o := InitOptions{ListenAddr: tt.listen, AdvertiseAddr: tt.advertise, DataPathPort: 1024}
		if got, err := o.complete(); got != tt.want || err != nil {
			t.Errorf("%s %s: %s, %v, want %s", tt.listen, tt.advertise, got, err, tt.want)
		}
	}
	c, _ := newFake(t, testInit)
	check(t, "twice", func() error { _, err := c.Init(testInit); return err }(), "Unavailable", errSwarmExists)
	check(t, "join", c.Join(JoinOptions{}), "Unavailable", errSwarmExists)
	again := testInit
	again.ForceNew = true
	if id := ok[string](t)(c.Init(again)); id != ok[Swarm](t)(c.Swarm()).Node.ID {
		t.Errorf("a new swarm has node %s", id)
	}
}

// TestPools: networks are of the swarm's first pool if that is of IPv4, and of the usual one if not.
func TestPools(t *testing.T) {
	t.Parallel()
	for pool, want := range map[string]string{"": "10.0.0.0/25", "10.9.8.7/16": "10.9.0.0/25", "fd00::/16": "10.0.0.0/25"} {
		o := testInit
		o.SubnetSize = 25
		if pool != "" {
			o.DefaultAddrPool = []string{pool, "10.10.0.0/16"}
		}
		_, b := newFake(t, o)
		if got := b.network("n1").Subnets; len(got) != 1 || got[0].Subnet != want || !got[0].Auto {
			t.Errorf("of %q: %v, want %s", pool, got, want)
		}
	}
}

// TestScale: an event has the numbers of replicas before and after.
func TestScale(t *testing.T) {
	t.Parallel()
	c, b := newFake(t, testInit)
	ok[string](t)(c.CreateService(service("sv1", 11, "serve")))
	b.events = nil
	update(t, c, service("sv1", 12, "serve"))
	update(t, c, service("sv1", 12, "serve"))
	want := []string{"service update sv1 11 12", "service update sv1"}
	if d := cmp.Diff(want, b.events); d != "" {
		t.Errorf("events (-want +got)\n%s", d)
	}
}

// TestFind: an ID is stronger than a name, a name than the prefix of an ID.
func TestFind(t *testing.T) {
	t.Parallel()
	all := []*Object{{Name: "ab1", Meta: Meta{ID: "xx1"}}, {Name: "n1", Meta: Meta{ID: "ab1"}}, {Name: "n2", Meta: Meta{ID: "ab2"}}, {Name: "a", Meta: Meta{ID: "ac1"}}}
	for _, tt := range []struct{ term, want string }{
		{"ab1", "ab1"}, {"n2", "ab2"}, {"a", "ac1"}, {"x", "xx1"},
		{"ab", "secret ab is ambiguous (2 matches found)"}, {"n", "secret n not found"},
	} {
		o, err := find("secret", tt.term, all)
		if err != nil {
			o = &Object{Meta: Meta{ID: err.Error()}}
		}
		if o.ID != tt.want {
			t.Errorf("%s: %s, want %s", tt.term, o.ID, tt.want)
		}
	}
}

// TestCheckService: what the manager refuses of a service, beside one that has the ports 80 and 81, the latter of its nodes.
func TestCheckService(t *testing.T) {
	t.Parallel()
	c, _ := newFake(t, testInit)
	port := func(n uint32, protocol, mode string) ServicePort {
		return ServicePort{Protocol: protocol, PublishMode: mode, TargetPort: 1, PublishedPort: n}
	}
	first := service("sv1", 0, "serve")
	first.Ports = []ServicePort{port(80, "tcp", "ingress"), port(81, "tcp", "host")}
	id := ok[string](t)(c.CreateService(first))
	update(t, c, first) // which is not beside itself
	config := ok[string](t)(c.CreateObject(KindConfig, Object{Name: "cfg", Data: []byte("x")}))
	for n, tt := range []struct {
		change func(sp *ServiceSpec)
		text   string
	}{
		{func(sp *ServiceSpec) { sp.Name = "-" }, "name must be valid as a DNS name component"},
		{func(sp *ServiceSpec) { sp.Image = "" }, "ContainerSpec: image reference must be provided"},
		{func(sp *ServiceSpec) { sp.Replicas = 1 << 63 }, "Number of replicas must be non-negative"},
		{func(sp *ServiceSpec) { sp.Mode, sp.Replicas = "global", 1<<63 }, ""},
		{func(sp *ServiceSpec) { sp.Endpoint, sp.Ports = "dnsrr", []ServicePort{port(0, "tcp", "ingress")} },
			"EndpointSpec: port published with ingress mode can't be used with dnsrr mode"},
		{func(sp *ServiceSpec) { sp.Endpoint, sp.Ports = "dnsrr", []ServicePort{port(0, "tcp", "host")} }, ""},
		{func(sp *ServiceSpec) { sp.Ports = []ServicePort{port(9, "tcp", "host"), port(9, "tcp", "host")} },
			"EndpointSpec: duplicate published ports provided"},
		{func(sp *ServiceSpec) {
			sp.Ports = []ServicePort{port(0, "tcp", "host"), port(0, "tcp", "host"), port(9, "udp", "host"), port(9, "tcp", "host")}
		}, ""},
		{func(sp *ServiceSpec) { sp.Ports = []ServicePort{port(80, "tcp", "host")} },
			"port '80' is already in use by service 'sv1' (" + id + ") as an ingress port"},
		{func(sp *ServiceSpec) {
			sp.Ports = []ServicePort{port(80, "udp", "ingress"), port(81, "tcp", "ingress")}
		}, ""},
		{func(sp *ServiceSpec) { sp.Refs = []ServiceRef{{KindConfig, config, "cfg"}} }, ""},
		{func(sp *ServiceSpec) { sp.Refs = []ServiceRef{{KindConfig, config, "other"}} }, "config not found: other"},
		{func(sp *ServiceSpec) { sp.Refs = []ServiceRef{{KindConfig, "other", "cfg"}, {KindConfig, "", "b"}} }, "configs not found: cfg, b"},
		{func(sp *ServiceSpec) { sp.Refs = []ServiceRef{{KindSecret, config, "cfg"}} }, "secret not found: cfg"},
	} {
		sp := service(fmt.Sprint("other", n), 0, "serve")
		tt.change(&sp)
		made, err := c.CreateService(sp)
		if tt.text != "" {
			check(t, tt.text, err, "Invalid", "rpc error: code = InvalidArgument desc = "+tt.text)
		} else if err != nil {
			t.Errorf("%s: %v", sp.Name, err)
		} else if err := c.RemoveService(made); err != nil {
			t.Error(err)
		}
	}
	v := ok[Service](t)(c.Service(id))
	check(t, "no name", c.UpdateService(id, v.Version, ServiceSpec{}, false), "Invalid", "rpc error: code = InvalidArgument desc = meta: name must be provided")
}

// TestNameLengths: the longest names that a service and a secret can have.
func TestNameLengths(t *testing.T) {
	t.Parallel()
	c, _ := newFake(t, testInit)
	long := func(n int) string { return strings.Repeat("n", n) }
	ok[string](t)(c.CreateService(service(long(63), 0, "serve")))
	_, err := c.CreateService(service(long(64), 0, "serve"))
	check(t, "service", err, "Invalid", "rpc error: code = InvalidArgument desc = name must be 63 characters or fewer")
	ok[string](t)(c.CreateObject(KindConfig, Object{Name: long(64), Data: []byte("x")}))
	_, err = c.CreateObject(KindConfig, Object{Name: long(65), Data: []byte("x")})
	check(t, "config", err, "Invalid", "rpc error: code = InvalidArgument desc = invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]")
}

// TestJoin: what could be a token gets as far as the manager that is not there.
func TestJoin(t *testing.T) {
	t.Parallel()
	c, _ := newFake(t, testInit)
	token := ok[Swarm](t)(c.Swarm()).WorkerToken
	if err := c.Leave(true); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		o           JoinOptions
		class, text string
	}{
		{JoinOptions{}, "Invalid", `invalid ListenAddr "": invalid empty address`},
		{JoinOptions{ListenAddr: "x"}, "Invalid", "at least 1 RemoteAddr is required to join"},
		{JoinOptions{ListenAddr: "x", RemoteAddrs: []string{"10.0.0.1", ""}}, "Invalid", `invalid remoteAddr "": invalid empty address`},
		{JoinOptions{ListenAddr: "x", RemoteAddrs: []string{"10.0.0.1"}}, "Invalid", "listen address must be an IP address or network interface (with optional port number)"},
		{JoinOptions{ListenAddr: "::", RemoteAddrs: []string{"10.0.0.1"}, Token: token[:len(token)-1]}, "*errors.errorString", "invalid join token"},
		{JoinOptions{ListenAddr: "::", RemoteAddrs: []string{"10.0.0.1"}, Token: strings.Replace(token, "SWMTKN-1-", "SWMTKN-1-0", 1)}, "*errors.errorString", "invalid join token"},
		{JoinOptions{ListenAddr: "::", RemoteAddrs: []string{"10.0.0.1"}, Token: token}, "Unavailable", `rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.1:2377: connect: connection refused"`},
	} {
		check(t, tt.text, c.Join(tt.o), tt.class, tt.text)
	}
}

// TestUnlockKey: a swarm that is locked has a key, which is another one only when a client asks for that.
func TestUnlockKey(t *testing.T) {
	t.Parallel()
	o := testInit
	o.Autolock = true
	c, _ := newFake(t, o)
	key := func() string { return ok[Swarm](t)(c.Swarm()).UnlockKey }
	change := func(o UpdateOptions) {
		t.Helper()
		if o.Version = ok[Swarm](t)(c.Swarm()).Version; c.Update(o) != nil {
			t.Fatal(c.Update(o))
		}
	}
	first := key()
	change(UpdateOptions{Autolock: true})
	if key() != first || !strings.HasPrefix(first, "SWMKEY-1-") {
		t.Errorf("%s after %s", key(), first)
	}
	change(UpdateOptions{Autolock: true, RotateManagerKey: true})
	second := key()
	change(UpdateOptions{})
	if second == first || key() != "" {
		t.Errorf("%s, %s, then %s", first, second, key())
	}
	change(UpdateOptions{Autolock: true})
	if key() == "" || key() == second {
		t.Errorf("locked again with %s", key())
	}
}

// TestPruneNetworks: networks of the swarm go first, and those that a service needs stay.
func TestPruneNetworks(t *testing.T) {
	t.Parallel()
	d := withSwarm(t)
	for _, n := range []state.Network{{Name: "local"}, {Name: "free", Driver: "overlay", Labels: map[string]string{}, IPAMOptions: map[string]string{}}, {Name: "used", Driver: "overlay"}} {
		made, _, err := d.CreateNetwork(n, false)
		if err != nil || n.Driver == "overlay" && (made.Labels != nil || made.IPAMOptions != nil) {
			t.Fatalf("%+v, %v", made, err)
		}
	}
	sp := service("sv1", 0, "sh")
	sp.Networks = []string{"used"}
	ok[string](t)(d.CreateService(sp))
	all := func(state.Network) bool { return true }
	if d := cmp.Diff([]string{"free", "local"}, d.PruneNetworks(all)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if err := d.RemoveService("sv1"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"used"}, d.PruneNetworks(all)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestOneView: whoever looks sees a service with all of its tasks, whatever others do.
func TestOneView(t *testing.T) {
	t.Parallel()
	d := withSwarm(t)
	sp := service("sv1", 1, "sh", "-c", "trap 'exit 0' TERM; sleep 1000")
	ok[string](t)(d.CreateService(sp))
	done := make(chan error, 1)
	go func() {
		for i := range 50 {
			v, err := d.Service("sv1")
			sp.Replicas = uint64(1 + i%3)
			if err = errors.Join(err, d.UpdateService("sv1", v.Version, sp, false)); err != nil {
				done <- err
				return
			}
		}
		close(done)
	}()
	for {
		for _, v := range ok[[]Service](t)(d.Services()) {
			if v.Status.Running != v.Replicas {
				t.Fatalf("%d tasks of %d run", v.Status.Running, v.Replicas)
			}
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}
