package swarm

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

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

// TestAddresses: of the swarm's networks alone, and of none if clients find the tasks by DNS.
func TestAddresses(t *testing.T) {
	t.Parallel()
	c, b := newFake(t, testInit)
	b.network("n1")
	b.Lock()
	b.AddNetwork(state.Network{ID: "h", Name: "host", Scope: "local"})
	b.Unlock()
	for i, tt := range []struct {
		endpoint string
		networks []string
		want     int
	}{{"vip", []string{"n1"}, 1}, {"vip", []string{"n1", "host"}, 1}, {"vip", []string{"host"}, 0}, {"dnsrr", []string{"n1"}, 0}} {
		sp := service(fmt.Sprint("sv", i), 0, "serve")
		sp.Endpoint, sp.Networks = tt.endpoint, tt.networks
		v := ok[Service](t)(c.Service(ok[string](t)(c.CreateService(sp))))
		if len(v.VIPs) != tt.want || len(v.Uses) != len(tt.networks) {
			t.Errorf("%s on %q: addresses %v, uses %q", tt.endpoint, tt.networks, v.VIPs, v.Uses)
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
		{ServiceSpec{Rollback: &UpdateConfig{MaxFailureRatio: -0.5}}, invalid + "TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1"},
		{ServiceSpec{Update: &UpdateConfig{MaxFailureRatio: 1.5}}, invalid + "TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1"},
	} {
		check(t, tt.text, tt.sp.Complete(), "Invalid", tt.text)
	}
	least := ServiceSpec{
		Limits: []Resources{{CPUs: 1e6, Memory: 4 << 20}}, Update: &UpdateConfig{}, Rollback: &UpdateConfig{MaxFailureRatio: 1},
		Template: state.Container{Host: state.HostConfig{Mounts: mounts[:2]}},
	}
	if err := least.Complete(); err != nil {
		t.Errorf("the least and the most that is allowed: %v", err)
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

// TestFreePorts: a swarm gives the ports from 30000 to 32767, and 0 when there is none left.
func TestFreePorts(t *testing.T) {
	t.Parallel()
	var m manager
	v := &Service{}
	for n := range uint32(32767 - 30000) {
		v.Assigned = append(v.Assigned, ServicePort{Protocol: "tcp", PublishedPort: 30000 + n})
	}
	m.services = []*Service{{Assigned: []ServicePort{{Protocol: "udp", PublishedPort: 30000}}}}
	got := []uint32{m.freePort(v, "tcp"), m.freePort(v, "udp")}
	m.services[0].Assigned[0] = ServicePort{Protocol: "tcp", PublishedPort: 32767}
	if d := cmp.Diff([]uint32{32767, 30001, 0}, append(got, m.freePort(v, "tcp"))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
