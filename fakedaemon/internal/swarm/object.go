package swarm

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// The kinds of Object.
const (
	KindSecret = "secret"
	KindConfig = "config"
)

// maxData are the sizes in bytes that the data of an object does not reach, by kind (swarmkit).
var maxData = map[string]int{KindSecret: 500 * 1024, KindConfig: 1000 * 1024}

// Object is a secret or a config. Spec is in the API's own form; nobody here looks inside.
type Object struct {
	Meta
	Name   string
	Labels map[string]string
	Spec   []byte
	// Data is what services get. External says that a driver has it.
	Data     []byte
	External bool
}

var objectName = regexp.MustCompile(`^[a-zA-Z0-9]+(?:[a-zA-Z0-9-_.]*[a-zA-Z0-9])?$`)

// CreateObject adds an object of a kind.
func (c *Cluster) CreateObject(kind string, o Object) (id string, err error) {
	m, release, err := c.hold(c.backend)
	defer release()
	if err != nil {
		return "", err
	}
	switch {
	case o.Name == "":
		return "", InvalidArgument("name must be provided")
	case len(o.Name) > 64 || !objectName.MatchString(o.Name):
		return "", InvalidArgument("invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]")
	case !o.External && (len(o.Data) == 0 || len(o.Data) >= maxData[kind]):
		return "", InvalidArgument("%s data must be larger than 0 and less than %d bytes", kind, maxData[kind])
	}
	if slices.ContainsFunc(m.objects[kind], func(have *Object) bool { return have.Name == o.Name }) {
		return "", grpcExists("%s %s already exists", kind, o.Name)
	}
	o.Labels, o.Meta = maps.Clone(o.Labels), m.newMeta()
	m.objects[kind] = append(m.objects[kind], &o)
	m.emit(kind, "create", o.ID, map[string]string{"name": o.Name})
	return o.ID, nil
}

// Object finds an object: by its ID, its name, or a prefix of the ID that only one has.
func (c *Cluster) Object(kind, term string) (Object, error) {
	m, release, err := c.hold(c.backend.RLocker())
	defer release()
	if err != nil {
		return Object{}, err
	}
	o, err := m.object(kind, term)
	if err != nil {
		return Object{}, err
	}
	return o.clone(), nil
}

func (m *manager) object(kind, term string) (*Object, error) {
	return find(kind, term, m.objects[kind])
}

// identified is an object of a swarm by what a client may call it.
type identified interface{ identity() (id, name string) }

func (o *Object) identity() (id, name string) { return o.ID, o.Name }

// find finds what a term means in a swarm (daemon/cluster/helpers.go).
func find[T identified](kind, term string, all []T) (found T, err error) {
	var named, prefixed []T
	for _, o := range all {
		id, name := o.identity()
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
		return found, state.NotFound{Message: fmt.Sprintf("%s %s not found", kind, term)}
	case 1:
		return named[0], nil
	}
	return found, state.Ambiguous{Message: fmt.Sprintf("%s %s is ambiguous (%d matches found)", kind, term, len(named))}
}

// copies returns what is shown of all objects, in the order of their IDs.
func copies[T identified, C any](all []T, show func(T) C) []C {
	byID := slices.SortedFunc(slices.Values(all), func(a, b T) int {
		first, _ := a.identity()
		second, _ := b.identity()
		return strings.Compare(first, second)
	})
	list := make([]C, len(all))
	for i, o := range byID {
		list[i] = show(o)
	}
	return list
}

// Objects returns all objects of a kind in the order of their IDs.
func (c *Cluster) Objects(kind string) ([]Object, error) {
	m, release, err := c.hold(c.backend.RLocker())
	defer release()
	if err != nil {
		return nil, err
	}
	return copies(m.objects[kind], (*Object).clone), nil
}

func (o *Object) clone() Object {
	c := *o
	c.Labels = maps.Clone(o.Labels)
	return c
}

// UpdateObject gives an object other labels, which is all that can change.
func (c *Cluster) UpdateObject(kind, term string, version uint64, to Object) error {
	m, release, err := c.hold(c.backend)
	defer release()
	if err != nil {
		return err
	}
	o, err := m.object(kind, term)
	if err != nil {
		return err
	}
	if o.Name != to.Name || to.Data != nil && !bytes.Equal(o.Data, to.Data) {
		return InvalidArgument("only updates to Labels are allowed")
	}
	if o.Version != version {
		return errSequence
	}
	o.Labels, o.Spec = maps.Clone(to.Labels), to.Spec
	m.touch(&o.Meta)
	m.emit(kind, "update", o.ID, map[string]string{"name": o.Name})
	return nil
}

// RemoveObject removes an object that no service uses.
func (c *Cluster) RemoveObject(kind, term string) error {
	m, release, err := c.hold(c.backend)
	defer release()
	if err != nil {
		return err
	}
	o, err := m.object(kind, term)
	if err != nil {
		return err
	}
	var users []string
	for _, service := range m.services {
		if slices.Contains(service.Uses, o.ID) {
			users = append(users, service.Name)
		}
	}
	if len(users) > 0 {
		noun := "services"
		if len(users) == 1 {
			noun = "service"
		}
		return InvalidArgument("%s '%s' is in use by the following %s: %s", kind, o.Name, noun, strings.Join(users, ", "))
	}
	m.objects[kind] = slices.DeleteFunc(m.objects[kind], func(have *Object) bool { return have == o })
	m.next()
	m.emit(kind, "remove", o.ID, map[string]string{"name": o.Name})
	return nil
}
