package state

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// link is a container that another has linked on the default bridge.
type link struct {
	alias string
	child *Container
}

// linksLocked are the links of a container on the default bridge: those of other networks belong to its endpoint.
func (s *State) linksLocked(c *Container) (links []link) {
	if c.networkName() != "bridge" {
		return nil
	}
	for _, l := range c.Host.Links {
		name, alias, err := parseLink(l)
		if err != nil {
			continue
		}
		if child, err := s.namedContainerLocked(name); err == nil {
			links = append(links, link{alias, child})
		}
	}
	return links
}

// Links are those of a container on the default bridge as dockerd shows them, /CHILD:/PARENT/ALIAS.
func (s *State) Links(id string) (links []string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if c := s.index.byID[id]; c != nil {
		for _, l := range s.linksLocked(c) {
			links = append(links, "/"+l.child.Name+":/"+c.Name+"/"+l.alias)
		}
	}
	return links
}

// LinkNames are the names that containers have by being linked, /PARENT/ALIAS, by the ID of the one that is linked.
func (s *State) LinkNames() map[string][]string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var names map[string][]string
	for _, c := range s.containers {
		if len(c.Host.Links) == 0 {
			continue
		}
		for _, l := range s.linksLocked(c) {
			if names == nil {
				names = make(map[string][]string)
			}
			names[l.child.ID] = append(names[l.child.ID], "/"+c.Name+"/"+l.alias)
		}
	}
	return names
}

// linkedLocked finds who is linked as PARENT/ALIAS, which is a name of his.
func (s *State) linkedLocked(name string) *Container {
	parent, alias, _ := strings.Cut(name, "/")
	if alias == "" {
		return nil
	}
	c := s.containerByNameLocked(parent)
	if c == nil {
		return nil
	}
	for _, l := range s.linksLocked(c) {
		if l.alias == alias {
			return l.child
		}
	}
	return nil
}

// unlinkLocked removes the link PARENT/ALIAS, by which somebody was found (daemon/delete.go).
func (s *State) unlinkLocked(name string) error {
	parent, alias, ok := strings.Cut(strings.TrimPrefix(name, "/"), "/")
	if !ok {
		return errors.New("Conflict, cannot remove the default link name of the container")
	}
	c := s.containerByNameLocked(parent)
	c.Host.Links = slices.DeleteFunc(slices.Clone(c.Host.Links), func(l string) bool {
		_, have, err := parseLink(l)
		return err == nil && have == alias
	})
	return nil
}

// linkVariablesLocked are what a container finds in its environment of those that it has linked (daemon/links). Each has to run.
func (s *State) linkVariablesLocked(c *Container) (env []string, err error) {
	if !s.engine.LinkVariables {
		return nil, nil
	}
	for _, l := range s.linksLocked(c) {
		name := "/" + c.Name + "/" + l.alias
		if !l.child.State.Running {
			return nil, fmt.Errorf("Cannot link to a non running container: /%s AS %s", l.child.Name, name)
		}
		bridge, ok := l.child.Endpoints["bridge"]
		if !ok {
			return nil, fmt.Errorf("container %s not attached to default bridge network", l.child.ID)
		}
		prefix := strings.ReplaceAll(strings.ToUpper(l.alias), "-", "_")
		env = append(env, portVariables(prefix, bridge.IPAddress, l.child.Config.ExposedPorts)...)
		env = append(env, prefix+"_NAME="+name)
		for _, entry := range l.child.Config.Env {
			if have, _, set := strings.Cut(entry, "="); set && have != "HOME" && have != "PATH" {
				env = append(env, prefix+"_ENV_"+entry)
			}
		}
	}
	return env, nil
}

type linkedPort struct {
	number int
	proto  string
}

// portVariables say where the ports of a linked container are. Those of a row are told by its ends.
func portVariables(prefix, ip string, exposed []string) (env []string) {
	var ports []linkedPort
	for _, e := range exposed {
		number, proto, _ := strings.Cut(e, "/")
		if n, err := strconv.Atoi(number); err == nil {
			ports = append(ports, linkedPort{n, proto})
		}
	}
	slices.SortFunc(ports, func(a, b linkedPort) int {
		if a.number != b.number {
			return a.number - b.number
		}
		return strings.Compare(a.proto, b.proto) // tcp before udp
	})
	tell := func(p linkedPort, name, end string) {
		env = append(env, fmt.Sprintf("%s%s=%s://%s:%d", name, end, p.proto, ip, p.number))
	}
	if len(ports) > 0 {
		tell(ports[0], prefix+"_PORT", "")
	}
	for i := 0; i < len(ports); {
		p, last := ports[i], i
		for last+1 < len(ports) && ports[last+1].number <= p.number+last-i+1 {
			last++
		}
		name := fmt.Sprintf("%s_PORT_%d_%s", prefix, p.number, strings.ToUpper(p.proto))
		row := last > i+1
		if row {
			tell(p, name, "_START")
		} else {
			tell(p, name, "")
		}
		env = append(env, name+"_ADDR="+ip)
		if !row {
			env = append(env, fmt.Sprintf("%s_PORT=%d", name, p.number), name+"_PROTO="+p.proto)
			i++
			continue
		}
		env = append(env, name+"_PROTO="+p.proto, fmt.Sprintf("%s_PORT_START=%d", name, p.number))
		tell(ports[last], name, "_END")
		env = append(env, fmt.Sprintf("%s_PORT_END=%d", name, ports[last].number))
		i = last + 1
	}
	return env
}
