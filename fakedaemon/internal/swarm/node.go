package swarm

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// Node is a node of a swarm.
type Node struct {
	Meta
	// Name is given by a client; without one a node is known by its host.
	Name   string
	Labels map[string]string
	// Role is "manager" or "worker", Availability "active", "pause" or "drain".
	Role, Availability string
	// Addr is where the node is, and ManagerAddr the same with its port.
	Addr, ManagerAddr string
}

// Node finds the node: by its ID, its name or that of its host, or a prefix of its ID.
func (c *Cluster) Node(term string) (Node, error) {
	m, release, err := c.hold(c.backend.RLocker())
	defer release()
	if err != nil {
		return Node{}, err
	}
	n, err := m.node(term)
	if err != nil {
		return Node{}, err
	}
	return *n, nil
}

func (m *manager) node(term string) (*Node, error) {
	n := &m.Node
	if name := n.nameOr(m.host); name != term && (term == "" || !strings.HasPrefix(n.ID, term)) {
		return nil, state.NotFound{Message: fmt.Sprintf("node %s not found", term)}
	}
	return n, nil
}

func (n *Node) nameOr(host string) string {
	if n.Name != "" {
		return n.Name
	}
	return host
}

// UpdateNode gives a node its name, labels, role and availability.
func (c *Cluster) UpdateNode(term string, version uint64, to Node) error {
	m, release, err := c.hold(c.backend)
	defer release()
	if err != nil {
		return err
	}
	role, availability := strings.ToLower(to.Role), strings.ToLower(to.Availability)
	if !slices.Contains([]string{"worker", "manager"}, role) {
		return state.Invalid{Message: fmt.Sprintf("invalid Role: %q", to.Role)}
	}
	if !slices.Contains([]string{"active", "pause", "drain"}, availability) {
		return state.Invalid{Message: fmt.Sprintf("invalid Availability: %q", to.Availability)}
	}
	n, err := m.node(term)
	switch {
	case err != nil:
		return err
	case n.Version != version:
		return errSequence
	case role != n.Role:
		return grpcPrecondition("attempting to demote the last manager of the swarm")
	}
	attributes := map[string]string{"name": to.nameOr(m.host)}
	if availability != n.Availability {
		attributes["availability.old"], attributes["availability.new"] = n.Availability, availability
	}
	n.Name, n.Labels, n.Availability = to.Name, maps.Clone(to.Labels), availability
	m.touch(&n.Meta)
	m.emit("node", "update", n.ID, attributes)
	m.tasks.reconcile()
	return nil
}

// RemoveNode removes no node: the only one is the manager.
func (c *Cluster) RemoveNode(term string) error {
	n, err := c.Node(term)
	if err != nil {
		return err
	}
	return grpcPrecondition("node %s is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal", n.ID)
}
