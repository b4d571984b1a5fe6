package state

// SwarmManager says why this node is no manager of a swarm, or nil.
func (s *State) SwarmManager() error { return Unavailable{notManager} }
