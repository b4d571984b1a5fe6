package api

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/go-units"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

var containerOperations = []Operation{
	// These come first: ContainerDelete would take the last of them (cmd/dockerd/daemon.go, buildRouters).
	{Method: http.MethodGet, Path: "/containers/{name:.*}/checkpoints", Tag: "Container", undescribed: true, serve: (*server).experimental},
	{Method: http.MethodPost, Path: "/containers/{name:.*}/checkpoints", Tag: "Container", undescribed: true, serve: (*server).experimental},
	{Method: http.MethodDelete, Path: "/containers/{name}/checkpoints/{checkpoint}", Tag: "Container", undescribed: true, serve: (*server).experimental},

	{ID: "ContainerList", Method: http.MethodGet, Path: "/containers/json", Tag: "Container", serve: (*server).containerList},
	{ID: "ContainerCreate", Method: http.MethodPost, Path: "/containers/create", Tag: "Container", serve: (*server).containerCreate},
	{ID: "ContainerInspect", Method: http.MethodGet, Path: "/containers/{id:.*}/json", Tag: "Container", serve: (*server).containerInspect},
	{ID: "ContainerTop", Method: http.MethodGet, Path: "/containers/{id:.*}/top", Tag: "Container", serve: (*server).containerTop},
	{ID: "ContainerLogs", Method: http.MethodGet, Path: "/containers/{id:.*}/logs", Tag: "Container", serve: (*server).containerLogs},
	{ID: "ContainerChanges", Method: http.MethodGet, Path: "/containers/{id:.*}/changes", Tag: "Container", serve: (*server).containerChanges},
	{ID: "ContainerExport", Method: http.MethodGet, Path: "/containers/{id:.*}/export", Tag: "Container", serve: (*server).containerExport},
	{ID: "ContainerStats", Method: http.MethodGet, Path: "/containers/{id:.*}/stats", Tag: "Container", serve: (*server).containerStats},
	{ID: "ContainerResize", Method: http.MethodPost, Path: "/containers/{id:.*}/resize", Tag: "Container", serve: (*server).containerResize},
	{ID: "ContainerStart", Method: http.MethodPost, Path: "/containers/{id:.*}/start", Tag: "Container", serve: (*server).containerStart},
	{ID: "ContainerStop", Method: http.MethodPost, Path: "/containers/{id:.*}/stop", Tag: "Container", serve: (*server).containerStop},
	{ID: "ContainerRestart", Method: http.MethodPost, Path: "/containers/{id:.*}/restart", Tag: "Container", serve: (*server).containerRestart},
	{ID: "ContainerKill", Method: http.MethodPost, Path: "/containers/{id:.*}/kill", Tag: "Container", serve: (*server).containerKill},
	{ID: "ContainerUpdate", Method: http.MethodPost, Path: "/containers/{id:.*}/update", Tag: "Container", serve: (*server).containerUpdate},
	{ID: "ContainerRename", Method: http.MethodPost, Path: "/containers/{id:.*}/rename", Tag: "Container", serve: (*server).containerRename},
	{ID: "ContainerPause", Method: http.MethodPost, Path: "/containers/{id:.*}/pause", Tag: "Container", serve: (*server).containerPause},
	{ID: "ContainerUnpause", Method: http.MethodPost, Path: "/containers/{id:.*}/unpause", Tag: "Container", serve: (*server).containerUnpause},
	{ID: "ContainerAttach", Method: http.MethodPost, Path: "/containers/{id:.*}/attach", Tag: "Container", serve: (*server).containerAttach},
	{ID: "ContainerAttachWebsocket", Method: http.MethodGet, Path: "/containers/{id:.*}/attach/ws", Tag: "Container", serve: (*server).containerAttachWebsocket},
	{ID: "ContainerWait", Method: http.MethodPost, Path: "/containers/{id:.*}/wait", Tag: "Container", serve: (*server).containerWait},
	{ID: "ContainerDelete", Method: http.MethodDelete, Path: "/containers/{id:.*}", Tag: "Container", serve: (*server).containerDelete},
	{ID: "ContainerArchiveInfo", Method: http.MethodHead, Path: "/containers/{id:.*}/archive", Tag: "Container", serve: (*server).containerArchiveInfo},
	{ID: "ContainerArchive", Method: http.MethodGet, Path: "/containers/{id:.*}/archive", Tag: "Container", serve: (*server).containerArchive},
	{ID: "PutContainerArchive", Method: http.MethodPut, Path: "/containers/{id:.*}/archive", Tag: "Container", serve: (*server).putContainerArchive},
	{ID: "ContainerPrune", Method: http.MethodPost, Path: "/containers/prune", Tag: "Container", serve: (*server).containerPrune},
}

func (s *server) containerList(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	args, err := s.filters(r)
	if err != nil {
		return err
	}
	o := containerListOptions{all: r.boolean("all"), size: r.boolean("size"), filters: args}
	if limit := r.Form.Get("limit"); limit != "" {
		if o.limit, err = strconv.Atoi(limit); err != nil {
			return err
		}
	}
	list, err := s.containers(o)
	if err != nil {
		return err
	}
	return s.write(w, r, s.summaries(r, list))
}

// containerSummary is a container of a list with what came after API 1.51.
type containerSummary struct {
	*container.Summary
	Health *healthSummary `json:",omitempty"`
}

type healthSummary struct {
	Status        string
	FailingStreak int
}

// summaries completes a list as GET /containers/json has it.
func (s *server) summaries(r *request, list []*container.Summary) []containerSummary {
	all := make([]containerSummary, len(list))
	for i, sum := range list {
		if r.below("1.48") {
			sum.ImageManifestDescriptor = nil
		}
		all[i].Summary = sum
		if !r.below("1.52") {
			all[i].Health = s.health(sum.ID)
		}
	}
	return all
}

// health is what lists tell of a container's health.
func (s *server) health(id string) *healthSummary {
	c, err := s.State.Container(id)
	if err != nil || c.State.Health == nil {
		return &healthSummary{Status: container.NoHealthcheck}
	}
	return &healthSummary{c.State.Health.Status, c.State.Health.FailingStreak}
}

type containerListOptions struct {
	all, size bool
	limit     int
	filters   filters.Args
}

// containers lists containers, newest first.
func (s *server) containers(o containerListOptions) ([]*container.Summary, error) {
	all := s.State.Containers()
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b state.Container) int { return b.Created.Compare(a.Created) })
	linked := s.State.LinkNames()
	f, err := s.newContainerFilter(o, all, linked)
	if err != nil {
		return nil, err
	}
	list := []*container.Summary{}
	for i := range all {
		sum := s.containerSummary(&all[i])
		if names := linked[all[i].ID]; len(names) > 0 {
			sum.Names = append(sum.Names, names...)
			slices.Sort(sum.Names)
		}
		include, stop := f.match(&all[i], sum)
		if stop {
			break
		}
		if !include {
			continue
		}
		s.refreshImage(sum)
		sum.ImageManifestDescriptor = s.manifestDescriptor(sum.ImageID)
		if o.size {
			sum.SizeRw = s.State.ContainerSize(all[i].ID)
			sum.SizeRootFs = sum.SizeRw + s.baseSize(all[i].ImageID)
		}
		list = append(list, sum)
	}
	return list, nil
}

// containerSummary is a container as lists have it.
func (s *server) containerSummary(c *state.Container) *container.Summary {
	sum := &container.Summary{
		ID:              c.ID,
		Names:           []string{"/" + c.Name},
		Image:           c.Image,
		ImageID:         c.ImageID,
		Command:         command(c.Config),
		Created:         c.Created.Unix(),
		Ports:           containerPorts(c.Ports),
		Labels:          c.Config.Labels,
		State:           c.State.Status(),
		Status:          s.statusText(c.State),
		NetworkSettings: &container.NetworkSettingsSummary{Networks: endpoints(c, true)},
		Mounts:          mountPoints(c.Mounts),
	}
	sum.HostConfig.NetworkMode = c.Host.NetworkMode
	return sum
}

// statusText is the state in the words of docker ps (container/state.go).
func (s *server) statusText(st state.ContainerState) string {
	since := func(t time.Time) string { return units.HumanDuration(s.Clock().Sub(t)) }
	switch {
	case st.Running && st.Paused:
		return fmt.Sprintf("Up %s (Paused)", since(st.StartedAt))
	case st.Running && st.Restarting:
		return fmt.Sprintf("Restarting (%d) %s ago", st.ExitCode, since(st.FinishedAt))
	case st.Running && st.Health != nil && st.Health.Status == container.Starting:
		return fmt.Sprintf("Up %s (health: starting)", since(st.StartedAt))
	case st.Running && st.Health != nil:
		return fmt.Sprintf("Up %s (%s)", since(st.StartedAt), st.Health.Status)
	case st.Running:
		return "Up " + since(st.StartedAt)
	case st.Removing:
		return "Removal In Progress"
	case st.Dead:
		return "Dead"
	case st.StartedAt.IsZero():
		return "Created"
	case st.FinishedAt.IsZero():
		return ""
	}
	return fmt.Sprintf("Exited (%d) %s ago", st.ExitCode, since(st.FinishedAt))
}

// process takes a container's command apart: the program and its arguments.
func process(c image.Config) (path string, args []string) {
	all := slices.Concat(c.Entrypoint, c.Cmd)
	if len(all) == 0 {
		return "", []string{}
	}
	return all[0], all[1:]
}

// command is the command line as lists have it: an argument with a space is quoted.
func command(c image.Config) string {
	path, args := process(c)
	words := []string{path}
	for _, arg := range args {
		if strings.Contains(arg, " ") {
			arg = "'" + arg + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

// containerPorts is what a live container publishes, in the order of the ports: dockerd's is random.
func containerPorts(ports map[string][]state.PortBinding) []container.Port {
	list := []container.Port{}
	for port, bindings := range ports {
		number, proto, _ := strings.Cut(port, "/")
		private, _ := strconv.ParseUint(number, 10, 16)
		if len(bindings) == 0 {
			list = append(list, container.Port{PrivatePort: uint16(private), Type: proto})
		}
		for _, b := range bindings {
			public, _ := strconv.ParseUint(b.HostPort, 10, 16)
			list = append(list, container.Port{IP: b.HostIP, PrivatePort: uint16(private), PublicPort: uint16(public), Type: proto})
		}
	}
	slices.SortStableFunc(list, func(a, b container.Port) int {
		if a.PrivatePort != b.PrivatePort {
			return int(a.PrivatePort) - int(b.PrivatePort)
		}
		return strings.Compare(a.Type, b.Type)
	})
	return list
}

// endpoints are a container's networks; a list has less of them.
func endpoints(c *state.Container, summary bool) map[string]*network.EndpointSettings {
	all := make(map[string]*network.EndpointSettings, len(c.Endpoints))
	for name, e := range c.Endpoints {
		settings := &network.EndpointSettings{
			MacAddress:          e.MacAddress,
			NetworkID:           e.NetworkID,
			EndpointID:          e.EndpointID,
			Gateway:             e.Gateway,
			IPAddress:           e.IPAddress,
			IPPrefixLen:         e.IPPrefixLen,
			IPv6Gateway:         e.IPv6Gateway,
			GlobalIPv6Address:   e.GlobalIPv6Address,
			GlobalIPv6PrefixLen: e.GlobalIPv6PrefixLen,
			GwPriority:          e.GwPriority,
		}
		if e.IPAM != nil {
			settings.IPAMConfig = &network.EndpointIPAMConfig{IPv4Address: e.IPAM.IPv4Address, IPv6Address: e.IPAM.IPv6Address}
		}
		if !summary {
			settings.Aliases, settings.DNSNames = e.Aliases, e.DNSNames
			settings.Links, settings.DriverOpts = e.Links, e.DriverOpts
			if e.IPAM != nil {
				settings.IPAMConfig.LinkLocalIPs = e.IPAM.LinkLocalIPs
			}
			if e.EndpointID == "" {
				settings.MacAddress = e.WantMAC
			}
		}
		all[name] = settings
	}
	return all
}

func mountPoints(mounts []state.Mount) []container.MountPoint {
	list := make([]container.MountPoint, len(mounts))
	for i, m := range mounts {
		list[i] = container.MountPoint{
			Type:        mount.Type(m.Type),
			Name:        m.Name,
			Source:      m.Source,
			Destination: m.Destination,
			Driver:      m.Driver,
			Mode:        m.Mode,
			RW:          m.RW,
			Propagation: mount.Propagation(m.Propagation),
		}
	}
	return list
}

// refreshImage shows the ID instead of the name when the name has come to mean another image, or none
// (daemon/list.go).
func (s *server) refreshImage(sum *container.Summary) {
	if sum.Image == sum.ImageID {
		return
	}
	if img, err := s.image(sum.Image); err != nil || img.ID != sum.ImageID {
		sum.Image = sum.ImageID
	}
}

// initSize is that of the layer between an image and a container in containerd's snapshots (17-system-prune of the
// recordings), in bytes.
const initSize = 20480

// baseSize is the size of what a container is based on, in bytes. Its image may be gone.
func (s *server) baseSize(id string) int64 {
	img, err := s.State.Image(state.ImageName{Given: id})
	switch {
	case err != nil:
		return 0
	case s.Engine.StoresManifests:
		return img.Size() + initSize
	}
	return img.Size()
}

func (s *server) experimental(_ http.ResponseWriter, r *request) error {
	if !s.settings().Experimental {
		return experimentalDisabled{}
	}
	op := *r.operation
	op.Why = "processes are not checkpointed"
	return notImitated{&op}
}
