package state

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// RemoveNetwork removes a network that nobody is attached to.
func (s *State) RemoveNetwork(term string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.networks.lookup(term, "")
	switch {
	case found.matches == 0:
		return noSuchNetwork(term)
	case found.matches > 1:
		return Ambiguous{fmt.Sprintf("network %s is ambiguous (%s)", term, found.on("based on"))}
	}
	n := found.network
	if n.Scope == SwarmScope && s.swarm != nil {
		return s.removeSwarmNetworkLocked(n)
	}
	if err := s.networks.removable(n, s.attachedLocked(n)); err != nil {
		return err
	}
	s.networks.drop(func(have *Network) bool { return have == n })
	if !n.ConfigOnly {
		s.emitNetwork(n, "destroy", nil)
	}
	return nil
}

// removeSwarmNetworkLocked removes a network that the manager of the swarm can spare.
func (s *State) removeSwarmNetworkLocked(n *Network) error {
	if err := s.swarm.ReleaseNetwork(n.clone(), s.attachedLocked(n)); err != nil {
		return err
	}
	s.networks.drop(func(have *Network) bool { return have == n })
	s.emitSwarmNetwork(n, "remove")
	return nil
}

// attachedLocked returns the containers on a network.
func (s *State) attachedLocked(n *Network) (attached []*Container) {
	for _, id := range slices.Sorted(maps.Keys(s.networks.wires[n.ID].containers)) {
		attached = append(attached, s.index.byID[id])
	}
	return attached
}

// removable says why a network of this node, which containers are attached to, cannot be removed.
func (x *networks) removable(n *Network, attached []*Container) error {
	const removing = "error while removing network: "
	if Predefined(n.Name) {
		return Forbidden{n.Name + " is a pre-defined network and cannot be removed"}
	}
	if n.ConfigOnly && slices.ContainsFunc(x.list, func(have *Network) bool { return have.ConfigFrom == n.Name }) {
		return Forbidden{fmt.Sprintf(removing+"configuration network %q is in use", n.Name)}
	}
	if len(attached) == 0 {
		return nil
	}
	if x.engine.OldNetworkTexts {
		return Forbidden{fmt.Sprintf(removing+"network %s id %s has active endpoints", n.Name, n.ID)}
	}
	var active []string
	for _, c := range attached {
		active = append(active, fmt.Sprintf("name:%q id:%q", c.Name, shortID(c.Endpoints[n.Name].EndpointID)))
	}
	return Forbidden{fmt.Sprintf(removing+"network %s has active endpoints (%s)", n.Name, strings.Join(active, ", "))}
}

// PruneNetworks removes the networks that nobody is attached to and that unused accepts, and returns their names: nil
// when there are none. Those of the swarm come first.
func (s *State) PruneNetworks(unused func(Network) bool) (removed []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range slices.Clone(s.networks.list) {
		if s.swarm != nil && n.Scope == SwarmScope && !n.Ingress && unused(n.clone()) && s.removeSwarmNetworkLocked(n) == nil {
			removed = append(removed, n.Name)
		}
	}
	s.networks.drop(func(n *Network) bool {
		if n.Scope == SwarmScope || n.ConfigOnly || !unused(n.clone()) || s.networks.removable(n, s.attachedLocked(n)) != nil || len(s.networks.wires[n.ID].sandboxes) > 0 {
			return false
		}
		s.emitNetwork(n, "destroy", nil)
		removed = append(removed, n.Name)
		return true
	})
	s.emitPrune("network", 0)
	return removed
}
