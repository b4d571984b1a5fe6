package api

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// containerFilters are the keys that a list of containers may be filtered by (daemon/list.go).
var containerFilters = map[string]bool{
	"ancestor":  true,
	"before":    true,
	"exited":    true,
	"expose":    true,
	"health":    true,
	"id":        true,
	"is-task":   true,
	"isolation": true,
	"label":     true,
	"name":      true,
	"network":   true,
	"publish":   true,
	"since":     true,
	"status":    true,
	"volume":    true,
}

// containerFilter walks over containers, newest first.
type containerFilter struct {
	containerListOptions
	before, since   string // IDs, "" for none; before is cleared once it has been passed
	ids             map[string]bool
	exited          map[int]bool
	images          map[string]bool
	publish, expose map[string]bool
	noTasks         bool
	included        int
	linked          map[string][]string // the names that containers have by being linked, by ID
}

// newContainerFilter reads the filters. The checks are in dockerd's order, so that of several errors its own comes first.
func (s *server) newContainerFilter(o containerListOptions, all []state.Container, linked map[string][]string) (*containerFilter, error) {
	f := &containerFilter{
		containerListOptions: o,
		exited:               make(map[int]bool),
		images:               make(map[string]bool),
		publish:              make(map[string]bool),
		expose:               make(map[string]bool),
	}
	if err := o.filters.Validate(containerFilters); err != nil {
		return nil, err
	}
	err := o.filters.WalkValues("exited", func(value string) error {
		code, err := strconv.Atoi(value)
		if err != nil {
			return invalid{fmt.Errorf("invalid filter 'exited=%s': %w", value, err)}
		}
		f.exited[code] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = o.filters.WalkValues("status", func(value string) error {
		if err := container.ValidateContainerState(value); err != nil {
			return invalid{fmt.Errorf("invalid filter 'status=%s': %w", value, err)}
		}
		f.all = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	// Nothing here is a task of a swarm.
	if f.noTasks, err = o.filters.GetBoolOrDefault("is-task", false); err != nil {
		return nil, err
	}
	err = o.filters.WalkValues("health", func(value string) error {
		if err := container.ValidateHealthStatus(value); err != nil {
			return invalid{fmt.Errorf("invalid filter 'health=%s': %w", value, err)}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = o.filters.WalkValues("before", func(value string) error {
		f.before, err = idOrName(all, value)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = o.filters.WalkValues("since", func(value string) error {
		f.since, err = idOrName(all, value)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := o.filters.WalkValues("ancestor", s.addAncestor(f.images)); err != nil {
		return nil, err
	}
	if err := o.filters.WalkValues("publish", addPorts("publish", f.publish)); err != nil {
		return nil, err
	}
	if err := o.filters.WalkValues("expose", addPorts("expose", f.expose)); err != nil {
		return nil, err
	}
	f.linked = linked
	f.ids = matchingIDs(o.filters, all, linked)
	return f, nil
}

// idOrName finds a container by full ID or name; prefixes do not count.
func idOrName(all []state.Container, value string) (string, error) {
	for _, c := range all {
		if c.ID == value {
			return c.ID, nil
		}
	}
	for _, c := range all {
		if c.Name == strings.TrimPrefix(value, "/") {
			return c.ID, nil
		}
	}
	return "", state.NotFound{Message: "No such container: " + value}
}

// addAncestor collects an image and all that was built on it; what does not exist has no containers.
func (s *server) addAncestor(ids map[string]bool) func(value string) error {
	return func(value string) error {
		img, err := s.image(value)
		if err != nil {
			return nil
		}
		all := s.State.Images()
		for added := []string{img.ID}; len(added) > 0; added = added[1:] {
			ids[added[0]] = true
			for _, child := range all {
				if child.Parent == added[0] && !ids[child.ID] {
					added = append(added, child.ID)
				}
			}
		}
		return nil
	}
}

// addPorts collects the ports of a filter, such as 80, 80/udp and 8000-8080/tcp, in the form of "80/tcp". The
// texts are those of the go-connections that dockerd has; newer ones have others.
func addPorts(key string, ports map[string]bool) func(value string) error {
	return func(value string) error {
		if strings.Contains(value, ":") {
			return fmt.Errorf("filter for '%s' should not contain ':': %s", key, value)
		}
		port, proto, _ := strings.Cut(value, "/")
		proto, _, _ = strings.Cut(proto, "/")
		start, end, err := portRange(port)
		if err != nil {
			return fmt.Errorf("error while looking up for %s %s: %w", key, value, err)
		}
		for n := start; n <= end; n++ {
			ports[fmt.Sprintf("%d/%s", n, cmp.Or(proto, "tcp"))] = true
		}
		return nil
	}
}

func portRange(ports string) (start, end uint64, err error) {
	if ports == "" {
		return 0, 0, errors.New("empty string specified for ports")
	}
	first, last, isRange := strings.Cut(ports, "-")
	if start, err = strconv.ParseUint(first, 10, 16); err != nil || !isRange {
		return start, start, err
	}
	last, _, _ = strings.Cut(last, "-")
	if end, err = strconv.ParseUint(last, 10, 16); err != nil {
		return 0, 0, err
	}
	if end < start {
		return 0, 0, fmt.Errorf("invalid range specified for port: %s", ports)
	}
	return start, end, nil
}

// matchingIDs are the containers that the id and name filters find, nil without such filters. An id is a
// prefix that only one container has.
func matchingIDs(args filters.Args, all []state.Container, linked map[string][]string) map[string]bool {
	prefixes := args.Get("id")
	if len(prefixes)+len(args.Get("name")) == 0 {
		return nil
	}
	ids := make(map[string]bool)
	for _, prefix := range prefixes {
		var hits []string
		for _, c := range all {
			if strings.HasPrefix(c.ID, prefix) {
				hits = append(hits, c.ID)
			}
		}
		if prefix != "" && len(hits) == 1 {
			ids[hits[0]] = true
		}
	}
	if len(args.Get("name")) > 0 {
		for _, c := range all {
			if (len(prefixes) == 0 || ids[c.ID]) && matchName(args, &c, linked[c.ID]) {
				ids[c.ID] = true
			}
		}
	}
	return ids
}

// matchName matches a container's own name and those, with a slash in front, that it has by being linked.
func matchName(args filters.Args, c *state.Container, linked []string) bool {
	match := func(name string) bool { return args.Match("name", "/"+name) || args.Match("name", name) }
	return match(c.Name) || slices.ContainsFunc(linked, func(name string) bool { return match(name[1:]) })
}

// match decides about the next container, and whether to stop before it.
func (f *containerFilter) match(c *state.Container, sum *container.Summary) (include, stop bool) {
	if f.ids != nil && !f.ids[c.ID] {
		return false, false
	}
	if f.before != "" {
		if c.ID == f.before {
			f.before = ""
		}
		return false, false
	}
	if f.since != "" && c.ID == f.since {
		return false, true
	}
	if !c.State.Running && !f.all && f.limit <= 0 {
		return false, false
	}
	if !matchName(f.filters, c, f.linked[c.ID]) || !f.filters.Match("id", c.ID) || f.noTasks || !f.filters.MatchKVList("label", c.Config.Labels) {
		return false, false
	}
	if f.limit > 0 && f.included == f.limit {
		return false, true
	}
	if len(f.exited) > 0 && (!f.exited[c.State.ExitCode] || c.State.Running || c.State.StartedAt.IsZero()) {
		return false, false
	}
	if !f.filters.Match("status", sum.State) || !f.filters.ExactMatch("health", healthOf(c)) {
		return false, false
	}
	if !f.matchVolume(c) || !f.matchNetwork(c) || !f.matchPorts(sum) {
		return false, false
	}
	if f.filters.Contains("ancestor") && !f.images[c.ImageID] {
		return false, false
	}
	f.included++
	return true, false
}

func healthOf(c *state.Container) string {
	if c.State.Health == nil {
		return container.NoHealthcheck
	}
	return c.State.Health.Status
}

// matchVolume takes a volume's name, a source on the host or a path inside the container.
func (f *containerFilter) matchVolume(c *state.Container) bool {
	if !f.filters.Contains("volume") {
		return true
	}
	for _, value := range f.filters.Get("volume") {
		for _, m := range c.Mounts {
			if m.Destination == value || m.Name == value || m.Name == "" && m.Source == value {
				return true
			}
		}
	}
	return false
}

// matchNetwork takes a network's name or a prefix of its ID.
func (f *containerFilter) matchNetwork(c *state.Container) bool {
	if !f.filters.Contains("network") {
		return true
	}
	for _, value := range f.filters.Get("network") {
		for name, e := range c.Endpoints {
			if name == value || strings.HasPrefix(e.NetworkID, value) {
				return true
			}
		}
	}
	return false
}

func (f *containerFilter) matchPorts(sum *container.Summary) bool {
	if len(f.publish)+len(f.expose) == 0 {
		return true
	}
	for _, p := range sum.Ports {
		if f.publish[fmt.Sprintf("%d/%s", p.PublicPort, p.Type)] || f.expose[fmt.Sprintf("%d/%s", p.PrivatePort, p.Type)] {
			return true
		}
	}
	return false
}
