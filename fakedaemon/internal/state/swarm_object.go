package state

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The kinds of SwarmObject.
const (
	KindSecret = "secret"
	KindConfig = "config"
)

// maxData are the sizes in bytes that the data of an object does not reach, by kind (swarmkit).
var maxData = map[string]int{KindSecret: 500 * 1024, KindConfig: 1000 * 1024}

// SwarmObject is a secret or a config. Spec is in the API's own form; State never looks inside.
type SwarmObject struct {
	SwarmMeta
	Name   string
	Labels map[string]string
	Spec   []byte
	// Data is what services get. External says that a driver has it.
	Data     []byte
	External bool
}

var objectName = regexp.MustCompile(`^[a-zA-Z0-9]+(?:[a-zA-Z0-9-_.]*[a-zA-Z0-9])?$`)

// CreateSwarmObject adds an object of a kind.
func (s *State) CreateSwarmObject(kind string, o SwarmObject) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.managerLocked(); err != nil {
		return "", err
	}
	switch {
	case o.Name == "":
		return "", grpcInvalid("name must be provided")
	case len(o.Name) > 64 || !objectName.MatchString(o.Name):
		return "", grpcInvalid("invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]")
	case !o.External && (len(o.Data) == 0 || len(o.Data) >= maxData[kind]):
		return "", grpcInvalid("%s data must be larger than 0 and less than %d bytes", kind, maxData[kind])
	}
	if slices.ContainsFunc(s.swarm.objects[kind], func(have *SwarmObject) bool { return have.Name == o.Name }) {
		return "", grpcExists("%s %s already exists", kind, o.Name)
	}
	o.Labels, o.SwarmMeta = maps.Clone(o.Labels), s.newMetaLocked()
	s.swarm.objects[kind] = append(s.swarm.objects[kind], &o)
	s.emitObject(kind, "create", &o)
	return o.ID, nil
}

func (s *State) emitObject(kind, action string, o *SwarmObject) {
	s.emit(Event{Type: kind, Action: action, ID: o.ID, Attributes: map[string]string{"name": o.Name}, Scope: swarmScope})
}

// SwarmObject finds an object: by its ID, its name, or a prefix of the ID that only one has.
func (s *State) SwarmObject(kind, term string) (SwarmObject, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, err := s.objectLocked(kind, term)
	if err != nil {
		return SwarmObject{}, err
	}
	return o.clone(), nil
}

func (s *State) objectLocked(kind, term string) (*SwarmObject, error) {
	if err := s.managerLocked(); err != nil {
		return nil, err
	}
	return findSwarm(kind, term, s.swarm.objects[kind], func(o *SwarmObject) (id, name string) { return o.ID, o.Name })
}

// findSwarm finds what a term means in a swarm (daemon/cluster/helpers.go).
func findSwarm[T any](kind, term string, all []*T, identity func(*T) (id, name string)) (*T, error) {
	var named, prefixed []*T
	for _, o := range all {
		id, name := identity(o)
		switch {
		case id == term:
			return o, nil
		case name == term:
			named = append(named, o)
		case strings.HasPrefix(id, term):
			prefixed = append(prefixed, o)
		}
	}
	if named == nil {
		named = prefixed
	}
	switch len(named) {
	case 0:
		return nil, NotFound{fmt.Sprintf("%s %s not found", kind, term)}
	case 1:
		return named[0], nil
	}
	return nil, Ambiguous{fmt.Sprintf("%s %s is ambiguous (%d matches found)", kind, term, len(named))}
}

// SwarmObjects returns all objects of a kind in the order of their IDs.
func (s *State) SwarmObjects(kind string) ([]SwarmObject, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.managerLocked(); err != nil {
		return nil, err
	}
	list := make([]SwarmObject, 0, len(s.swarm.objects[kind]))
	for _, o := range s.swarm.objects[kind] {
		list = append(list, o.clone())
	}
	slices.SortFunc(list, func(a, b SwarmObject) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

func (o *SwarmObject) clone() SwarmObject {
	c := *o
	c.Labels = maps.Clone(o.Labels)
	return c
}

// UpdateSwarmObject gives an object other labels, which is all that can change.
func (s *State) UpdateSwarmObject(kind, term string, version uint64, to SwarmObject) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.objectLocked(kind, term)
	if err != nil {
		return err
	}
	if o.Name != to.Name || to.Data != nil && !bytes.Equal(o.Data, to.Data) {
		return grpcInvalid("only updates to Labels are allowed")
	}
	if o.Version != version {
		return errSequence
	}
	o.Labels, o.Spec = maps.Clone(to.Labels), to.Spec
	s.touchLocked(&o.SwarmMeta)
	s.emitObject(kind, "update", o)
	return nil
}

// RemoveSwarmObject removes an object that no service uses.
func (s *State) RemoveSwarmObject(kind, term string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.objectLocked(kind, term)
	if err != nil {
		return err
	}
	var users []string
	for _, service := range s.swarm.services {
		if slices.Contains(service.Uses, o.ID) {
			users = append(users, service.Name)
		}
	}
	if len(users) > 0 {
		noun := "services"
		if len(users) == 1 {
			noun = "service"
		}
		return grpcInvalid("%s '%s' is in use by the following %s: %s", kind, o.Name, noun, strings.Join(users, ", "))
	}
	s.swarm.objects[kind] = slices.DeleteFunc(s.swarm.objects[kind], func(have *SwarmObject) bool { return have == o })
	s.swarm.next()
	s.emitObject(kind, "remove", o)
	return nil
}
