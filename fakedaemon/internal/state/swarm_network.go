package state

func (s *State) swarmActiveLocked() bool { return false }

func (s *State) addSwarmNetworkLocked(n Network) *Network { return nil }

func (s *State) removeSwarmNetworkLocked(n *Network) error { return nil }
