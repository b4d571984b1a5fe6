package swarm

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// daemon is a State and the Cluster that is in it.
type daemon struct {
	*state.State
	*Cluster
}

// newDaemon has one image. After is that of state.Options.
func newDaemon(t *testing.T, after func(time.Duration, func()) (stop func() bool)) daemon {
	t.Helper()
	s := state.New(state.Options{Seed: []byte("test"), After: after})
	t.Cleanup(s.Close)
	d := daemon{s, New(s.SwarmBackend(), "vm")}
	ok[state.Image](t)(s.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	return d
}

// withSwarm has a swarm, too.
func withSwarm(t *testing.T) daemon {
	t.Helper()
	d := newDaemon(t, nil)
	ok[string](t)(d.Init(testInit))
	return d
}

var testInit = InitOptions{ListenAddr: "127.0.0.1:2377", AdvertiseAddr: "127.0.0.1", TaskHistory: 5}

func ok[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t *testing.T, what string, err error, wantClass, wantText string) {
	t.Helper()
	if class := strings.TrimPrefix(fmt.Sprintf("%T", err), "state."); class != wantClass || err.Error() != wantText {
		t.Errorf("%s: %s %q, want %s %q", what, class, err, wantClass, wantText)
	}
}

// told are the events of a type: what happened, and to what.
func told(s *state.State, of string) []string {
	past, sub := s.Subscribe()
	sub.Close()
	var list []string
	for _, e := range past {
		if e.Type == of {
			list = append(list, e.Action+" "+e.Attributes["name"])
		}
	}
	return list
}

var bb1 = state.ImageName{Ref: "docker.io/library/bb:1", Given: "bb:1", Familiar: "bb:1"}

// service is a spec of tasks that run the command.
func service(name string, replicas uint64, cmd ...string) ServiceSpec {
	return ServiceSpec{
		Name: name, Mode: ModeReplicated, Replicas: replicas, Image: "bb:1", ImageName: bb1, Endpoint: "vip", Restart: "none", StopGrace: time.Hour,
		TaskJSON: []byte(strings.Join(cmd, " ")),
		Template: state.Container{Image: "bb:1", Config: image.Config{Cmd: cmd}},
	}
}

// tasks lists the tasks of a service in the order of slots: SLOT STATE DESIRED.
func tasks(t *testing.T, c *Cluster) string {
	t.Helper()
	all := ok[[]Task](t)(c.Tasks())
	var list []string
	for slot := range 10 {
		for _, task := range all {
			if task.Slot == slot {
				list = append(list, fmt.Sprintf("%d %s %s", slot, task.State, task.DesiredState))
			}
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// TestWithoutSwarm: nothing of a swarm is there before init, and nothing after leave.
func TestWithoutSwarm(t *testing.T) {
	t.Parallel()
	s := withSwarm(t)
	ok[string](t)(s.CreateService(service("sv1", 1, "sleep", "1000")))
	_, _, err := s.CreateNetwork(state.Network{Name: "ov1", Driver: "overlay"}, false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Init(testInit)
	check(t, "again", err, "Unavailable", errSwarmExists)
	check(t, "leave", s.Leave(false), "Unavailable", errLastManager)
	if err := s.Leave(true); err != nil {
		t.Fatal(err)
	}
	check(t, "leave", s.Leave(true), "Unavailable", errNoSwarm)
	_, err = s.Services()
	check(t, "services", err, "Unavailable", state.NotManager)
	_, err = s.Node("vm")
	check(t, "node", err, "Unavailable", state.NotManager)
	_, err = s.CreateObject(KindSecret, Object{Name: "s", Data: []byte("d")})
	check(t, "secret", err, "Unavailable", state.NotManager)
	var names []string
	for _, n := range s.Networks() {
		names = append(names, n.Name)
	}
	// The bridge by which containers of a swarm reach the outside stays.
	if d := cmp.Diff([]string{"none", "host", "bridge", gatewayBridge}, names); d != "" || len(s.Containers()) != 0 {
		t.Errorf("%d containers, networks (-want +got)\n%s", len(s.Containers()), d)
	}
}

// TestTasks: a service has the tasks that it wants, each with a container.
func TestTasks(t *testing.T) {
	t.Parallel()
	s := withSwarm(t)
	id := ok[string](t)(s.CreateService(service("sv1", 2, "sleep", "1000")))
	if got, want := tasks(t, s.Cluster), "1 running running, 2 running running"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	task := ok[[]Task](t)(s.Tasks())[0]
	c := ok[state.Container](t)(s.Container(task.ContainerID))
	node := ok[Node](t)(s.Node("vm"))
	want := map[string]string{
		"com.docker.swarm.node.id": node.ID, "com.docker.swarm.service.id": id, "com.docker.swarm.service.name": "sv1", "com.docker.swarm.task": "",
		"com.docker.swarm.task.id": task.ID, "com.docker.swarm.task.name": c.Name,
	}
	if d := cmp.Diff(want, c.Config.Labels); d != "" || c.Name != fmt.Sprintf("sv1.%d.%s", task.Slot, task.ID) || c.State.Status() != "running" || c.State.Pid != task.Pid {
		t.Errorf("%s %s: labels (-want +got)\n%s", c.Name, c.State.Status(), d)
	}

	_, err := s.CreateService(service("sv1", 1, "sh"))
	check(t, "the same name", err, "Conflict", "rpc error: code = AlreadyExists desc = name conflicts with an existing object: service sv1 already exists")
	v := ok[Service](t)(s.Service("sv1"))
	check(t, "an old version", s.UpdateService("sv1", v.Version-1, service("sv1", 1, "sleep", "1000"), false), "*errors.errorString", sequence)
	check(t, "no previous spec", s.UpdateService("sv1", v.Version, service("sv1", 1, "sleep", "1000"), true), "Invalid", "rpc error: code = FailedPrecondition desc = service "+id+" does not have a previous spec")
	if err := s.UpdateService("sv1", v.Version, service("sv1", 3, "sleep", "1000"), false); err != nil {
		t.Fatal(err)
	}
	if got, want := tasks(t, s.Cluster), "1 running running, 2 running running, 3 running running"; got != want {
		t.Errorf("scaled: %s, want %s", got, want)
	}
	v = ok[Service](t)(s.Service("sv1"))
	// A process without a handler runs on until the end of the grace period.
	if err := s.UpdateService("sv1", v.Version, service("sv1", 1, "sleep", "2000"), false); err != nil {
		t.Fatal(err)
	}
	v = ok[Service](t)(s.Service("sv1"))
	if v.Update == nil || v.Update.State != "completed" || v.Previous.Replicas != 3 || v.SpecVersion == 0 {
		t.Errorf("%+v", v)
	}
	if got, want := tasks(t, s.Cluster), "1 running running, 1 running shutdown, 2 running remove, 3 running remove"; got != want {
		t.Errorf("updated: %s, want %s", got, want)
	}
	if err := s.RemoveService("sv1"); err != nil {
		t.Fatal(err)
	}
	wantEvents := []string{"create sv1", "update sv1", "update sv1", "update sv1", "update sv1", "remove sv1"}
	if d := cmp.Diff(wantEvents, told(s.State, "service")); d != "" {
		t.Errorf("events (-want +got)\n%s", d)
	}
}

// TestTaskStops: a task that stops at once is forgotten, or stays in the history of its slot.
func TestTaskStops(t *testing.T) {
	t.Parallel()
	s := withSwarm(t)
	spec := func(replicas uint64, seconds string) ServiceSpec {
		sp := service("sv1", replicas, "sleep", seconds)
		sp.Template.Config.StopSignal = "SIGKILL"
		return sp
	}
	ok[string](t)(s.CreateService(spec(2, "1")))
	for _, tt := range []struct {
		spec       ServiceSpec
		want       string
		containers int
	}{
		{spec(1, "1"), "1 running running", 1},
		{spec(1, "2"), "1 running running, 1 shutdown shutdown", 2},
	} {
		v := ok[Service](t)(s.Service("sv1"))
		if err := s.UpdateService("sv1", v.Version, tt.spec, false); err != nil {
			t.Fatal(err)
		}
		if got := tasks(t, s.Cluster); got != tt.want || len(s.Containers()) != tt.containers {
			t.Errorf("%s and %d containers, want %s and %d", got, len(s.Containers()), tt.want, tt.containers)
		}
	}
	if err := s.RemoveService("sv1"); err != nil {
		t.Fatal(err)
	}
	if got := tasks(t, s.Cluster); got != "" || len(s.Containers()) != 0 {
		t.Errorf("%s and %d containers", got, len(s.Containers()))
	}
}

// TestTaskEnds: a task that ends is complete or has failed, and one without its image is rejected.
func TestTaskEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		spec ServiceSpec
		want string
	}{
		{service("sv1", 1, "true"), "1 complete shutdown"},
		{service("sv1", 1, "sh", "-c", "exit 3"), "1 failed shutdown"},
		{func() ServiceSpec {
			sp := service("sv1", 1, "sh")
			sp.ImageName = state.ImageName{Ref: "docker.io/library/nosuch:1", Given: "nosuch:1", Familiar: "nosuch:1"}
			return sp
		}(), "1 rejected shutdown"},
		{func() ServiceSpec {
			sp := service("sv1", 3, "sleep", "1000")
			sp.Mode, sp.Concurrent = ModeReplicatedJob, 2
			return sp
		}(), "0 running complete, 1 running complete"},
		{func() ServiceSpec {
			sp := service("sv1", 0, "true")
			sp.Mode = ModeGlobalJob
			return sp
		}(), "0 complete complete"},
	} {
		s := withSwarm(t)
		ok[string](t)(s.CreateService(tt.spec))
		if got := tasks(t, s.Cluster); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.spec.TaskJSON, got, tt.want)
		}
	}
}

// TestObjects has the rules of swarmkit's secrets and configs.
func TestObjects(t *testing.T) {
	t.Parallel()
	s := withSwarm(t)
	object := func(name, data string) Object { return Object{Name: name, Data: []byte(data)} }
	id := ok[string](t)(s.CreateObject(KindSecret, object("sec1", "s3cret")))
	for _, tt := range []struct {
		kind        string
		o           Object
		class, text string
	}{
		{KindSecret, object("sec1", "x"), "Conflict", "rpc error: code = AlreadyExists desc = secret sec1 already exists"},
		{KindSecret, object("", "x"), "Invalid", "rpc error: code = InvalidArgument desc = name must be provided"},
		{KindSecret, object("a b", "x"), "Invalid", "rpc error: code = InvalidArgument desc = invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]"},
		{KindSecret, object("s", ""), "Invalid", "rpc error: code = InvalidArgument desc = secret data must be larger than 0 and less than 512000 bytes"},
		{KindConfig, object("c", strings.Repeat("x", 1024000)), "Invalid", "rpc error: code = InvalidArgument desc = config data must be larger than 0 and less than 1024000 bytes"},
	} {
		_, err := s.CreateObject(tt.kind, tt.o)
		check(t, tt.text, err, tt.class, tt.text)
	}
	user := service("user", 1, "sleep", "1000")
	user.Refs = []ServiceRef{{KindSecret, id, "other"}}
	_, err := s.CreateService(user)
	check(t, "a wrong name", err, "Invalid", "rpc error: code = InvalidArgument desc = secret not found: other")
	user.Refs[0].Name = "sec1"
	ok[string](t)(s.CreateService(user))
	check(t, "in use", s.RemoveObject(KindSecret, "sec1"), "Invalid", "rpc error: code = InvalidArgument desc = secret 'sec1' is in use by the following service: user")
	o := ok[Object](t)(s.Object(KindSecret, id[:4]))
	check(t, "other data", s.UpdateObject(KindSecret, id, o.Version, object("sec1", "x")), "Invalid", "rpc error: code = InvalidArgument desc = only updates to Labels are allowed")
	check(t, "an old version", s.UpdateObject(KindSecret, id, o.Version-1, Object{Name: "sec1"}), "*errors.errorString", sequence)
	if err := s.UpdateObject(KindSecret, id, o.Version, Object{Name: "sec1", Labels: map[string]string{"a": "b"}}); err != nil {
		t.Error(err)
	}
	if after := ok[Object](t)(s.Object(KindSecret, id)); after.Version <= o.Version || !after.UpdatedAt.After(o.UpdatedAt) || !after.CreatedAt.Equal(o.CreatedAt) {
		t.Errorf("%+v after %+v", after.Meta, o.Meta)
	}
	user.Name = "user2"
	ok[string](t)(s.CreateService(user))
	check(t, "in use", s.RemoveObject(KindSecret, "sec1"), "Invalid", "rpc error: code = InvalidArgument desc = secret 'sec1' is in use by the following services: user, user2")
	if err := s.RemoveService("user2"); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveService("user"); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveObject(KindSecret, "sec1"); err != nil {
		t.Error(err)
	}
	_, err = s.Object(KindSecret, "sec1")
	check(t, "gone", err, "NotFound", "secret sec1 not found")
	if d := cmp.Diff([]string{"create sec1", "update sec1", "remove sec1"}, told(s.State, "secret")); d != "" {
		t.Errorf("events (-want +got)\n%s", d)
	}
}

// TestSwarmNetworks: a network of the swarm has a pool of its own, and a service on it an address.
func TestSwarmNetworks(t *testing.T) {
	t.Parallel()
	s := withSwarm(t)
	n, _, err := s.CreateNetwork(state.Network{Name: "ov1", Driver: "overlay", Attachable: true}, false)
	if err != nil {
		t.Fatal(err)
	}
	want := state.Network{
		ID: n.ID, Name: "ov1", Created: n.Created, Driver: "overlay", Scope: "swarm", Attachable: true,
		Subnets:    []state.Subnet{{Subnet: "10.0.1.0/24", Gateway: "10.0.1.1", Auto: true}},
		Options:    map[string]string{"com.docker.network.driver.overlay.vxlanid_list": "4097"},
		Containers: map[string]state.Attachment{},
	}
	if d := cmp.Diff(want, n); d != "" || len(n.ID) != 25 {
		t.Errorf("(-want +got)\n%s", d)
	}
	_, _, err = s.CreateNetwork(state.Network{Name: "ov1"}, false)
	check(t, "the same name", err, "Conflict", "network with name ov1 already exists")
	sp := service("sv1", 1, "sleep", "1000")
	sp.Networks, sp.Ports = []string{"ov1"}, []ServicePort{{Protocol: "tcp", PublishMode: "ingress", TargetPort: 80}}
	id := ok[string](t)(s.CreateService(sp))
	v := ok[Service](t)(s.Service(id))
	ingress := ok[state.Network](t)(s.Network("ingress"))
	if d := cmp.Diff(map[string]string{n.ID: "10.0.1.2/24", ingress.ID: "10.0.0.3/24"}, v.VIPs); d != "" || v.Assigned[0].PublishedPort != 30000 {
		t.Errorf("%+v: addresses (-want +got)\n%s", v.Assigned, d)
	}
	c := ok[state.Container](t)(s.Container(ok[[]Task](t)(s.Tasks())[0].ContainerID))
	if e := c.Endpoints["ov1"]; e.IPAddress != "10.0.1.3" {
		t.Errorf("%+v", c.Endpoints)
	}
	check(t, "in use", s.RemoveNetwork("ov1"), "Invalid", "rpc error: code = FailedPrecondition desc = network "+n.ID+" is in use by service "+id)
	sp.Name, sp.Ports[0].PublishedPort = "sv2", 30000
	_, err = s.CreateService(sp)
	check(t, "a taken port", err, "Invalid", "rpc error: code = InvalidArgument desc = port '30000' is already in use by service 'sv1' ("+id+") as an ingress port")
	ok[state.Network](t)(s.AddNetwork(state.Network{Name: "local"}))
	sp.Name, sp.Networks, sp.Ports = "sv3", []string{"local"}, nil
	_, err = s.CreateService(sp)
	check(t, "a network of the node", err, "Forbidden", "The network local cannot be used with services. Only networks scoped to the swarm can be used, such as those created with the overlay driver.")
	want2 := []string{"create ingress", "create ov1", "update ov1"}
	if d := cmp.Diff(want2, told(s.State, "network")[:3]); d != "" {
		t.Errorf("events (-want +got)\n%s", d)
	}
}

// TestNetworksOfOneName: before Docker 23 others could have the names of a swarm's own.
func TestNetworksOfOneName(t *testing.T) {
	t.Parallel()
	old, _ := engine.ByName("20.10")
	s := state.New(state.Options{Seed: []byte("test"), Engine: old})
	t.Cleanup(s.Close)
	c := New(s.SwarmBackend(), "vm")
	for _, name := range []string{gatewayBridge, gatewayBridge, ingressNetwork} {
		if _, _, err := s.CreateNetwork(state.Network{Name: name}, false); err != nil {
			t.Fatal(err)
		}
	}
	ok[string](t)(c.Init(testInit))
	counts := map[string]int{}
	ingress := ""
	for _, n := range s.Networks() {
		if counts[n.Name]++; n.Ingress {
			ingress = n.ID
		}
	}
	if counts[gatewayBridge] != 2 || counts[ingressNetwork] != 2 {
		t.Errorf("%v", counts)
	}
	sp := service("sv1", 0, "true")
	sp.Ports = []ServicePort{{Protocol: "tcp", PublishMode: "ingress", TargetPort: 80}}
	id := ok[string](t)(c.CreateService(sp))
	if d := cmp.Diff(map[string]string{ingress: "10.0.0.3/24"}, ok[Service](t)(c.Service(id)).VIPs); d != "" {
		t.Errorf("addresses (-want +got)\n%s", d)
	}
}

// TestRestore: what existed before the swarm comes back without it, and nothing that was planned for a task happens.
func TestRestore(t *testing.T) {
	t.Parallel()
	var planned []func()
	d := newDaemon(t, func(_ time.Duration, f func()) func() bool {
		planned = append(planned, f)
		return func() bool { return true }
	})
	s, c := d.State, d.Cluster
	before, snap := s.Networks(), ok[*state.Snapshot](t)(s.Snapshot())
	first := ok[string](t)(c.Init(testInit))
	ending := service("ends", 1, "false")
	ending.Restart = "any"
	stubborn := service("stubborn", 1, "sleep", "1000")
	for _, sp := range []ServiceSpec{ending, stubborn} {
		ok[string](t)(c.CreateService(sp))
	}
	if err := c.RemoveService("stubborn"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Snapshot()
	check(t, "in a swarm", err, "Conflict", "a swarm cannot be kept: leave it first")
	if err := s.Restore(snap); err != nil {
		t.Fatal(err)
	}
	for _, f := range planned {
		f()
	}
	check(t, "restored", c.Manager(), "Unavailable", state.NotManager)
	if d := cmp.Diff(before, s.Networks()); d != "" || len(s.Containers()) != 0 {
		t.Errorf("%d containers, networks (-before +restored)\n%s", len(s.Containers()), d)
	}
	if got := told(s, "container"); got != nil {
		t.Errorf("containers that are gone: %q", got)
	}
	if again := ok[string](t)(c.Init(testInit)); again != first {
		t.Errorf("node %s, then %s", first, again)
	}
	planned = nil
	ok[string](t)(c.CreateService(ending))
	s.Close()
	for _, f := range planned {
		f()
	}
	if got := tasks(t, c); got != "1 failed shutdown" {
		t.Errorf("%s after the daemon is closed", got)
	}
}
