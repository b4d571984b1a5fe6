package swarm

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

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

// TestTask: what a task says of itself, by whatever it is called (24-swarm of the recordings).
func TestTask(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cmd, message, err string
		pid, exitCode     int
	}{
		{"serve", "started", "", 1, 0},
		{"exit 0", "finished", "", 0, 0},
		{"exit 3", "started", "task: non-zero exit (3)", 0, 3},
		{"nosuch", "preparing", "No such image", 0, 0},
	} {
		c, b := newFake(t, testInit)
		sp := service("sv1", 1, strings.Fields(tt.cmd)...)
		if tt.cmd == "nosuch" {
			sp.ImageName = state.ImageName{}
		}
		sp.Labels = map[string]string{"a": "b"}
		id := ok[string](t)(c.CreateService(sp))
		want := ok[[]Task](t)(c.Tasks())[0]
		if want.Message != tt.message || want.Err != tt.err || want.Pid != tt.pid || want.ExitCode != tt.exitCode || !want.Timestamp.Equal(want.UpdatedAt) || want.ServiceID != id || !want.UpToDate || want.ServiceLabels["a"] != "b" {
			t.Errorf("%s: %+v", tt.cmd, want)
		}
		if status := ok[Service](t)(c.Service(id)).Status; status.Desired != 1 || status.Completed != 0 {
			t.Errorf("%s: %+v", tt.cmd, status)
		}
		for _, term := range []string{want.ID, "sv1.1." + want.ID, want.ID[:20]} {
			if d := cmp.Diff(want, ok[Task](t)(c.Task(term)), cmp.AllowUnexported(Task{})); d != "" {
				t.Errorf("%s (-listed +found)\n%s", term, d)
			}
		}
		_, err := c.Task("nosuch")
		check(t, "nosuch", err, "NotFound", "task nosuch not found")
		sp.TaskJSON, sp.Template.Config.Cmd = []byte("other"), []string{"serve"}
		update(t, c, sp)
		if tt.cmd == "serve" {
			if old := ok[Task](t)(c.Task(want.ID)); old.Message != "shutdown" || old.State != "shutdown" || old.UpToDate || len(b.containers) != 2 {
				t.Errorf("%+v", old)
			}
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

// TestRestartPolicy: what the policy has ended, or will replace later, another service does not begin again.
func TestRestartPolicy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		restart  string
		attempts uint64
		want     []int // how many containers were made, after each delay
	}{
		{"none", 0, []int{2, 3, 4, 5}},
		{"any", 2, []int{2, 4, 6, 7}},
		{"any", 0, []int{2, 4, 6, 8}},
	} {
		c, b := newFake(t, testInit)
		sp := service("ends", 1, "exit", "3")
		sp.Restart, sp.RestartDelay, sp.MaxAttempts = tt.restart, 5*time.Second, tt.attempts
		ok[string](t)(c.CreateService(sp))
		var got []int
		for i := range tt.want {
			ok[string](t)(c.CreateService(service("other"+strconv.Itoa(i), 1, "sleep")))
			got = append(got, b.created)
			b.pass(5 * time.Second)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s, %d attempts (-want +got)\n%s", tt.restart, tt.attempts, d)
		}
	}
}

// TestHistory: each slot of each service has its own, without the tasks that run or are to be forgotten.
func TestHistory(t *testing.T) {
	t.Parallel()
	o := testInit
	o.TaskHistory = 1
	c, b := newFake(t, o)
	for _, name := range []string{"sv1", "sv2"} {
		sp := service(name, 2, "exit", "3")
		sp.Restart, sp.RestartDelay = "any", time.Second
		ok[string](t)(c.CreateService(sp))
	}
	for range 3 {
		b.pass(time.Second)
	}
	if got, want := tasks(t, c), "1 failed shutdown, 1 failed shutdown, 2 failed shutdown, 2 failed shutdown"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	c, _ = newFake(t, o)
	ok[string](t)(c.CreateService(service("sv1", 2, "ignore")))
	for _, sp := range []ServiceSpec{service("sv1", 1, "ignore"), service("sv1", 2, "ignore"), service("sv1", 2, "ignore", "2")} {
		update(t, c, sp)
	}
	if got, want := tasks(t, c), "1 running running, 1 running shutdown, 2 running remove, 2 running running, 2 running shutdown"; got != want {
		t.Errorf("%s, want %s", got, want)
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
	if want := (ServiceStatus{Running: 0, Desired: 2, Completed: 3}); v.Status != want || v.Iteration != 0 || !v.LastExecution.Equal(v.CreatedAt) {
		t.Errorf("%+v in iteration %d, want %+v; last at %v", v.Status, v.Iteration, want, v.LastExecution)
	}
	b.pass(time.Second)
	update(t, c, sp)
	if v = ok[Service](t)(c.Service("job")); v.Iteration != 1 || v.Status.Completed != 2 || v.LastExecution.Sub(v.CreatedAt) != time.Second {
		t.Errorf("%+v in iteration %d; last at %v", v.Status, v.Iteration, v.LastExecution)
	}
	// The tasks of an iteration that is over end, even when the next one is the same.
	c, _ = newFake(t, testInit)
	sp = service("job", 0, "serve")
	sp.Mode = ModeGlobalJob
	ok[string](t)(c.CreateService(sp))
	update(t, c, sp)
	ok[string](t)(c.CreateService(service("sv1", 0, "serve"))) // which has nothing to do with it
	if got, want := tasks(t, c), "0 running complete, 0 shutdown shutdown"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestVersions: each change of the swarm counts, and who has not seen the last one changes nothing.
func TestVersions(t *testing.T) {
	t.Parallel()
	c, b := newFake(t, testInit)
	w := ok[Swarm](t)(c.Swarm())
	if d := cmp.Diff([]string{"ingress ingress-endpoint", "docker_gwbridge gateway_ingress-sbox"}, b.sandboxes); d != "" {
		t.Errorf("endpoints of the node (-want +got)\n%s", d)
	}
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
	check(t, "old", c.UpdateService("sv1", 11, sp, false), "*errors.errorString", sequence)
	global := sp
	global.Mode = ModeGlobal
	check(t, "mode", c.UpdateService("sv1", 12, global, false), "*errors.errorString", "rpc error: code = Unimplemented desc = service mode change is not allowed")
	update(t, c, sp)
	if v = ok[Service](t)(c.Service("sv1")); v.Version != 16 || v.SpecVersion != 12 || v.Status != (ServiceStatus{Running: 2, Desired: 2}) {
		t.Errorf("%+v", v)
	}
	ok[string](t)(c.CreateObject(KindConfig, Object{Name: "cfg", Data: []byte("x")}))
	before := ok[Object](t)(c.Object(KindConfig, "cfg")).Version
	for _, err := range []error{c.RemoveObject(KindConfig, "cfg"), c.RemoveService("sv1")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	// What goes counts too: the config, the service and the two tasks, each told to end, then ended.
	ok[string](t)(c.CreateObject(KindConfig, Object{Name: "cfg", Data: []byte("x")}))
	if after := ok[Object](t)(c.Object(KindConfig, "cfg")).Version; after != before+7 {
		t.Errorf("version %d after %d", after, before)
	}
	want := []string{
		"network create ingress overlay", "service create sv1", "service update sv1 1 2", "config create cfg", "config remove cfg", "service remove sv1", "config create cfg",
	}
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
	if err := release(b.network("n2")); err != nil {
		t.Errorf("of a service that publishes a port: %v", err)
	}
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

// TestScale: an event has the numbers of replicas before and after, and the images.
func TestScale(t *testing.T) {
	t.Parallel()
	c, b := newFake(t, testInit)
	ok[string](t)(c.CreateService(service("sv1", 11, "serve")))
	b.events = nil
	update(t, c, service("sv1", 12, "serve"))
	other := service("sv1", 12, "serve")
	other.Image = "bb:2"
	update(t, c, other)
	want := []string{"service update sv1 11 12", "service update sv1 bb:1 bb:2"}
	if d := cmp.Diff(want, b.events); d != "" {
		t.Errorf("events (-want +got)\n%s", d)
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

// TestOneView: whoever looks sees a service with all of its tasks, whatever others do; those that have been told to stop may still run.
func TestOneView(t *testing.T) {
	t.Parallel()
	d := withSwarm(t)
	sp := service("sv1", 1, "sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait")
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
			if v.Status.Running < v.Replicas {
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
