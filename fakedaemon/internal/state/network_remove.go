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
	found := s.lookupNetworkLocked(term, "")
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
	if err := s.removableLocked(n); err != nil {
		return err
	}
	s.dropNetworkLocked(n)
	return nil
}

// removeSwarmNetworkLocked removes a network that the manager of the swarm can spare.
func (s *State) removeSwarmNetworkLocked(n *Network) error {
	if err := s.swarm.ReleaseNetwork(n.clone(), s.attachedLocked(n)); err != nil {
		return err
	}
	s.dropNetworksLocked(func(have *Network) bool { return have == n })
	s.emitSwarmNetwork(n, "remove")
	return nil
}

// attachedLocked returns the containers on a network.
func (s *State) attachedLocked(n *Network) (attached []*Container) {
	for _, id := range slices.Sorted(maps.Keys(s.wires[n.ID].containers)) {
		attached = append(attached, s.index.byID[id])
	}
	return attached
}

// removableLocked says why a network of this node cannot be removed.
func (s *State) removableLocked(n *Network) error {
	const removing = "error while removing network: "
	if Predefined(n.Name) {
		return Forbidden{n.Name + " is a pre-defined network and cannot be removed"}
	}
	if n.ConfigOnly && slices.ContainsFunc(s.networks, func(have *Network) bool { return have.ConfigFrom == n.Name }) {
		return Forbidden{fmt.Sprintf(removing+"configuration network %q is in use", n.Name)}
	}
	attached := s.wires[n.ID].containers
	if len(attached) == 0 {
		return nil
	}
	if s.engine.OldNetworkTexts {
		return Forbidden{fmt.Sprintf(removing+"network %s id %s has active endpoints", n.Name, n.ID)}
	}
	var active []string
	for _, id := range slices.Sorted(maps.Keys(attached)) {
		c := s.index.byID[id]
		active = append(active, fmt.Sprintf("name:%q id:%q", c.Name, shortID(c.Endpoints[n.Name].EndpointID)))
	}
	return Forbidden{fmt.Sprintf(removing+"network %s has active endpoints (%s)", n.Name, strings.Join(active, ", "))}
}

func (s *State) dropNetworkLocked(n *Network) {
	s.dropNetworksLocked(func(have *Network) bool { return have == n })
	if !n.ConfigOnly {
		s.emitNetwork(n, "destroy", nil)
	}
}

// PruneNetworks removes the networks that nobody is attached to and that unused accepts, and returns their names: nil when
// there are none. Those of the swarm come first.
func (s *State) PruneNetworks(unused func(Network) bool) (removed []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range slices.Clone(s.networks) {
		if s.swarm != nil && n.Scope == SwarmScope && !n.Ingress && unused(n.clone()) && s.removeSwarmNetworkLocked(n) == nil {
			removed = append(removed, n.Name)
		}
	}
	s.dropNetworksLocked(func(n *Network) bool {
		if n.Scope == SwarmScope || n.ConfigOnly || !unused(n.clone()) || s.removableLocked(n) != nil || len(s.wires[n.ID].sandboxes) > 0 {
			return false
		}
		s.emitNetwork(n, "destroy", nil)
		removed = append(removed, n.Name)
		return true
	})
	s.emitPrune("network", 0)
	return removed
}
