package swarm

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// The modes of a service.
const (
	ModeReplicated    = "replicated"
	ModeGlobal        = "global"
	ModeReplicatedJob = "replicated-job"
	ModeGlobalJob     = "global-job"
)

// When a task that has ended is replaced: always, after a failure, or never.
const (
	restartAny       = "any"
	restartOnFailure = "on-failure"
	restartNone      = "none"
)

// publishIngress publishes a port on every node of the swarm.
const publishIngress = "ingress"

// ServiceSpec is what a client asks of a service. JSON and TaskJSON are in the API's own form, the latter what a task
// shows of it; nobody here looks inside.
type ServiceSpec struct {
	Name           string
	Labels         map[string]string
	JSON, TaskJSON []byte
	// Mode is ModeReplicated unless given.
	Mode string
	// Replicas is how many tasks run, or of a job how many have to complete; Concurrent is how many tasks of a job run
	// at once.
	Replicas, Concurrent uint64
	Image                string
	// Networks are names or IDs of networks.
	Networks []string
	// Refs are the secrets and configs that the tasks get.
	Refs []ServiceRef
	// Ports are what is published. Endpoint is "vip" unless given: each network gives the service an address; "dnsrr"
	// is the other.
	Ports    []ServicePort
	Endpoint string
	// Limits are the resources that a task may use, and that it reserves.
	Limits []Resources
	// Update and Rollback say how tasks are replaced; nil means as the swarm does by itself.
	Update, Rollback *UpdateConfig
	// Restart is "any", "on-failure" or "none": when a task that has ended is replaced, after RestartDelay. Jobs have
	// "on-failure" unless given, all others "any".
	Restart      string
	RestartDelay time.Duration
	// MaxAttempts is how often a slot gets another task by that; 0 means that there is no end.
	MaxAttempts uint64
	// StopGrace is how long a task that is told to stop has for it.
	StopGrace time.Duration
	// Template is what a task runs, of the image that ImageName finds then.
	Template  state.Container
	ImageName state.ImageName
}

// Resources are in billionths of a CPU and in bytes; 0 is none.
type Resources struct{ CPUs, Memory int64 }

// UpdateConfig is how tasks are replaced. MaxFailureRatio is from 0 to 1.
type UpdateConfig struct {
	Delay, Monitor  time.Duration
	MaxFailureRatio float32
}

// ServiceRef is a secret or a config that a service names.
type ServiceRef struct{ Kind, ID, Name string }

// ServicePort is a published port. Protocol is "tcp" unless given, or "udp" or "sctp"; PublishMode is "ingress" unless
// given, or "host".
type ServicePort struct {
	Name, Protocol, PublishMode string
	TargetPort, PublishedPort   uint32
}

// Job reports whether the tasks of a service end.
func (sp *ServiceSpec) Job() bool { return sp.Mode == ModeReplicatedJob || sp.Mode == ModeGlobalJob }

// What a service has that does not say otherwise. The grace is how long a task has that was told to stop.
const (
	DefaultRestartDelay = 5 * time.Second
	DefaultStopGrace    = 10 * time.Second
)

// The least that a task may ask for (swarmkit, manager/controlapi/service.go).
const (
	minCPUs   = 1e6
	minMemory = 4 << 20
)

// The ways in which the addresses of a service are found.
const (
	endpointVIP   = "vip"
	endpointDNSRR = "dnsrr"
)

// Complete fills in what a client has not said, and refuses what no service can have, whatever else there is
// (daemon/cluster/convert, service.go; swarmkit, manager/controlapi/service.go).
func (sp *ServiceSpec) Complete() error {
	if sp.Mode == "" {
		sp.Mode = ModeReplicated
	}
	if sp.Job() && sp.Update != nil {
		return InvalidArgument("Jobs may not have an update config")
	}
	switch sp.Endpoint {
	case "":
		sp.Endpoint = endpointVIP
	case endpointVIP, endpointDNSRR:
	default:
		return state.Invalid{Message: fmt.Sprintf("invalid resolution mode: %q", sp.Endpoint)}
	}
	for i := range sp.Ports {
		p := &sp.Ports[i]
		if p.Protocol = strings.ToLower(p.Protocol); p.Protocol == "" {
			p.Protocol = "tcp"
		}
		if p.PublishMode = strings.ToLower(p.PublishMode); p.PublishMode == "" {
			p.PublishMode = publishIngress
		}
	}
	if sp.Restart == "" {
		if sp.Restart = restartAny; sp.Job() {
			sp.Restart = restartOnFailure
		}
	}
	return sp.checkTask()
}

// checkTask checks what the tasks of a service ask for, and how they are replaced.
func (sp *ServiceSpec) checkTask() error {
	for _, l := range sp.Limits {
		if l.CPUs != 0 && l.CPUs < minCPUs {
			return InvalidArgument("invalid cpu value %g: Must be at least %g", float64(l.CPUs)/1e9, minCPUs/1e9)
		}
		if l.Memory != 0 && l.Memory < minMemory {
			return InvalidArgument("invalid memory value %d: Must be at least 4MiB", l.Memory)
		}
	}
	if sp.RestartDelay < 0 {
		return InvalidArgument("TaskSpec: restart-delay cannot be negative")
	}
	targets := make(map[string]bool)
	for _, m := range sp.Template.Host.Mounts {
		if targets[m.Target] {
			return InvalidArgument("ContainerSpec: duplicate mount point: %s", m.Target)
		}
		targets[m.Target] = true
	}
	for _, u := range []*UpdateConfig{sp.Update, sp.Rollback} {
		switch {
		case u == nil:
		case u.Delay < 0:
			return InvalidArgument("TaskSpec: update-delay cannot be negative")
		case u.Monitor < 0:
			return InvalidArgument("TaskSpec: update-monitor cannot be negative")
		case u.MaxFailureRatio < 0 || u.MaxFailureRatio > 1:
			return InvalidArgument("TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1")
		}
	}
	return nil
}

var serviceName = regexp.MustCompile(`^[a-zA-Z0-9]+(?:[a-zA-Z0-9-_]*[a-zA-Z0-9])?$`)

// checkService does the checks of the swarm's manager (swarmkit, manager/controlapi/service.go). The ID is that of the
// service itself.
func (m *manager) checkService(sp *ServiceSpec, id string) error {
	switch {
	case sp.Name == "":
		return InvalidArgument("meta: name must be provided")
	case !serviceName.MatchString(sp.Name):
		return InvalidArgument("name must be valid as a DNS name component")
	case len(sp.Name) > 63:
		return InvalidArgument("name must be 63 characters or fewer")
	case sp.Image == "":
		return InvalidArgument("ContainerSpec: image reference must be provided")
	case int64(sp.Replicas) < 0 && sp.Mode == ModeReplicated:
		return InvalidArgument("Number of replicas must be non-negative")
	}
	taken := make(map[string]bool)
	for _, p := range sp.Ports {
		if p.PublishMode == publishIngress && sp.Endpoint == endpointDNSRR {
			return InvalidArgument("EndpointSpec: port published with ingress mode can't be used with dnsrr mode")
		}
		key := fmt.Sprintf("%d/%s/%s", p.PublishedPort, p.Protocol, p.PublishMode)
		if p.PublishedPort != 0 && taken[key] {
			return InvalidArgument("EndpointSpec: duplicate published ports provided")
		}
		taken[key] = true
	}
	for _, have := range m.services {
		if have.ID == id {
			continue
		}
		for _, p := range have.Assigned {
			if slices.ContainsFunc(sp.Ports, func(want ServicePort) bool {
				return want.PublishedPort != 0 && want.PublishedPort == p.PublishedPort && want.Protocol == p.Protocol && p.PublishMode == publishIngress
			}) {
				return InvalidArgument("port '%d' is already in use by service '%s' (%s) as an ingress port", p.PublishedPort, have.Name, have.ID)
			}
		}
	}
	return m.checkRefs(sp)
}

// checkRefs checks that the secrets and configs of a service exist.
func (m *manager) checkRefs(sp *ServiceSpec) error {
	for _, kind := range []string{KindSecret, KindConfig} {
		var missing []string
		for _, ref := range sp.Refs {
			if ref.Kind == kind && !slices.ContainsFunc(m.objects[kind], func(o *Object) bool { return o.ID == ref.ID && o.Name == ref.Name }) {
				missing = append(missing, ref.Name)
			}
		}
		switch len(missing) {
		case 0:
		case 1:
			return InvalidArgument("%s not found: %s", kind, missing[0])
		default:
			return InvalidArgument("%ss not found: %s", kind, strings.Join(missing, ", "))
		}
	}
	return nil
}
