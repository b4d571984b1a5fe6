package swarm

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSwarmNode drains the node, after which its tasks wait.
func TestSwarmNode(t *testing.T) {
	t.Parallel()
	s := withSwarm(t)
	ok[string](t)(s.CreateService(service("sv1", 1, "sh", "-c", "trap 'exit 0' TERM; sleep 1000")))
	n := ok[Node](t)(s.Node("vm"))
	check(t, "demote", s.UpdateNode(n.ID[:5], n.Version, Node{Role: "worker", Availability: "active"}), "Invalid", "rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm")
	check(t, "remove", s.RemoveNode("vm"), "Invalid", "rpc error: code = FailedPrecondition desc = node "+n.ID+" is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal")
	_, err := s.Node("nosuch")
	check(t, "nosuch", err, "NotFound", "node nosuch not found")
	if err := s.UpdateNode("vm", n.Version, Node{Role: "manager", Availability: "drain", Labels: map[string]string{"a": "b"}}); err != nil {
		t.Fatal(err)
	}
	if got := tasks(t, s.Cluster); !strings.Contains(got, "1 pending running") {
		t.Errorf("drained: %s", got)
	}
	n = ok[Node](t)(s.Node("vm"))
	if err := s.UpdateNode("vm", n.Version, Node{Role: "manager", Availability: "active"}); err != nil {
		t.Fatal(err)
	}
	if got := tasks(t, s.Cluster); !strings.Contains(got, "1 running running") {
		t.Errorf("active again: %s", got)
	}
}

// TestUpdateNode: what becomes of tasks on a node that takes no new ones, or none at all, and what is told of it.
func TestUpdateNode(t *testing.T) {
	t.Parallel()
	c, b := newFake(t, testInit)
	ok[string](t)(c.CreateService(service("sv1", 1, "serve")))
	b.events = nil
	b.pass(time.Second)
	id := ok[Node](t)(c.Node("vm")).ID
	for _, tt := range []struct{ availability, want string }{
		{"pause", "1 running running"},
		{"DRAIN", "1 pending running, 1 shutdown shutdown"},
		{"drain", "1 pending running, 1 shutdown shutdown"},
		{"active", "1 running running, 1 shutdown shutdown"},
	} {
		n := ok[Node](t)(c.Node(id))
		if err := c.UpdateNode(n.ID, n.Version, Node{Name: "n1", Role: "Manager", Availability: tt.availability}); err != nil {
			t.Fatal(err)
		}
		if got := tasks(t, c); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.availability, got, tt.want)
		}
		for _, task := range ok[[]Task](t)(c.Tasks()) {
			why := task.Message + ": " + task.Err
			if want := "pending task scheduling: no suitable node (1 node not available for new tasks)"; (task.State == "pending") != (why == want) {
				t.Errorf("%s: %s is said of a task in state %s", tt.availability, why, task.State)
			}
		}
		if after := ok[Node](t)(c.Node("n1")); after.Version <= n.Version || after.UpdatedAt.Sub(after.CreatedAt) != time.Second {
			t.Errorf("%+v after version %d", after, n.Version)
		}
	}
	want := []string{"node update n1 active pause", "node update n1 pause drain", "node update n1", "node update n1 drain active"}
	if d := cmp.Diff(want, b.events); d != "" {
		t.Errorf("events (-want +got)\n%s", d)
	}
	n := ok[Node](t)(c.Node("n1"))
	check(t, "role", c.UpdateNode("n1", n.Version, Node{Role: "x", Availability: "y"}), "Invalid", `invalid Role: "x"`)
	check(t, "availability", c.UpdateNode("n1", n.Version, Node{Role: "manager", Availability: "y"}), "Invalid", `invalid Availability: "y"`)
	check(t, "version", c.UpdateNode("n1", n.Version-1, Node{Role: "worker", Availability: "pause"}), "*errors.errorString", sequence)
}
