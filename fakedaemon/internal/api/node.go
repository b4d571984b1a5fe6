package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/swarm"

	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
)

var nodeOperations = []Operation{
	{ID: "NodeList", Method: http.MethodGet, Path: "/nodes", Tag: "Node", serve: (*server).nodeList},
	{ID: "NodeInspect", Method: http.MethodGet, Path: "/nodes/{id}", Tag: "Node", serve: (*server).nodeInspect},
	{ID: "NodeDelete", Method: http.MethodDelete, Path: "/nodes/{id}", Tag: "Node", serve: (*server).nodeDelete},
	{ID: "NodeUpdate", Method: http.MethodPost, Path: "/nodes/{id}/update", Tag: "Node", serve: (*server).nodeUpdate},
}

// nodeFilters are the keys that a list of nodes may be filtered by (daemon/cluster/filters.go).
var nodeFilters = map[string]bool{"id": true, "label": true, "membership": true, "name": true, "node.label": true, "role": true}

// swarmList is the start of each list of a swarm: the filters are read before dockerd asks whether there is a swarm.
func (s *server) swarmList(r *request, accepted map[string]bool) (filters.Args, error) {
	if err := r.parseForm(); err != nil {
		return filters.Args{}, err
	}
	args, err := s.filters(r)
	if err != nil {
		return args, err
	}
	if err := s.swarm.Manager(); err != nil {
		return args, err
	}
	return args, args.Validate(accepted)
}

// matchPrefix is how a swarm matches names and IDs.
func matchPrefix(args filters.Args, key, value string) bool {
	return !args.Contains(key) || slices.ContainsFunc(args.Get(key), func(prefix string) bool { return strings.HasPrefix(value, prefix) })
}

// checkWords refuses a word of a filter that is none of few, without regard to case.
func checkWords(args filters.Args, key string, words ...string) error {
	return args.WalkValues(key, func(given string) error {
		if given != "" && !slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, given) }) {
			return fmt.Errorf("Invalid %s filter: '%s'", key, given)
		}
		return nil
	})
}

func matchWord(args filters.Args, key, value string) bool {
	return !args.Contains(key) || slices.ContainsFunc(args.Get(key), func(given string) bool { return strings.EqualFold(given, value) })
}

func (s *server) nodeList(w http.ResponseWriter, r *request) error {
	args, err := s.swarmList(r, nodeFilters)
	if err != nil {
		return err
	}
	sw, err := s.swarm.Swarm()
	if err != nil {
		return err
	}
	if err := checkWords(args, "role", "worker", "manager"); err != nil {
		return err
	}
	if err := checkWords(args, "membership", "pending", "accepted"); err != nil {
		return err
	}
	n := s.node(sw)
	list := []swarm.Node{}
	if name := nodeName(n); matchWord(args, "role", string(n.Spec.Role)) && matchWord(args, "membership", "accepted") && matchPrefix(args, "name", name) && matchPrefix(args, "id", n.ID) &&
		args.MatchKVList("node.label", n.Spec.Labels) && args.MatchKVList("label", n.Description.Engine.Labels) {
		list = append(list, n)
	}
	return s.write(w, r, list)
}

func nodeName(n swarm.Node) string {
	if n.Spec.Name != "" {
		return n.Spec.Name
	}
	return n.Description.Hostname
}

func (s *server) nodeInspect(w http.ResponseWriter, r *request) error {
	if _, err := s.swarm.Node(r.vars["id"]); err != nil {
		return err
	}
	sw, err := s.swarm.Swarm()
	if err != nil {
		return err
	}
	return s.write(w, r, s.node(sw))
}

// node is this daemon as a node of a swarm.
func (s *server) node(sw cluster.Swarm) swarm.Node {
	info := s.info()
	n := swarm.Node{
		ID:   sw.Node.ID,
		Meta: metaOf(sw.Node.Meta),
		Spec: swarm.NodeSpec{
			Annotations:  swarm.Annotations{Name: sw.Node.Name, Labels: notNil(sw.Node.Labels)},
			Role:         swarm.NodeRole(sw.Node.Role),
			Availability: swarm.NodeAvailability(sw.Node.Availability),
		},
		Description: swarm.NodeDescription{
			Hostname:  info.Name,
			Platform:  swarm.Platform{Architecture: info.Architecture, OS: info.OSType},
			Resources: swarm.Resources{NanoCPUs: int64(info.NCPU) * 1e9, MemoryBytes: info.MemTotal},
			Engine:    swarm.EngineDescription{EngineVersion: info.ServerVersion},
			TLSInfo:   tlsInfo(sw.CA),
		},
		Status:        swarm.NodeStatus{State: swarm.NodeStateReady, Addr: sw.Node.Addr},
		ManagerStatus: &swarm.ManagerStatus{Leader: true, Reachability: swarm.ReachabilityReachable, Addr: sw.Node.ManagerAddr},
	}
	engine := &n.Description.Engine
	for _, label := range info.Labels {
		if engine.Labels == nil {
			engine.Labels = make(map[string]string)
		}
		key, value, _ := strings.Cut(label, "=")
		engine.Labels[key] = value
	}
	for _, kind := range []struct {
		name    string
		plugins []string
	}{{"Log", info.Plugins.Log}, {"Network", info.Plugins.Network}, {"Volume", info.Plugins.Volume}} {
		for _, name := range kind.plugins {
			engine.Plugins = append(engine.Plugins, swarm.PluginDescription{Type: kind.name, Name: name})
		}
	}
	return n
}

func (s *server) nodeDelete(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	return s.swarm.RemoveNode(r.vars["id"])
}

func (s *server) nodeUpdate(w http.ResponseWriter, r *request) error {
	var spec swarm.NodeSpec
	if err := s.readBody(r, &spec); err != nil {
		return err
	}
	version, err := r.swarmVersion("node")
	if err != nil {
		return err
	}
	return s.swarm.UpdateNode(r.vars["id"], version, cluster.Node{Name: spec.Name, Labels: spec.Labels, Role: string(spec.Role), Availability: string(spec.Availability)})
}
