//lint:file-ignore SA1019 what Docker calls deprecated is still part of its requests

package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/swarm"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// The least that a service may ask for (swarmkit, manager/controlapi/service.go).
const (
	minTaskCPUs   = 1e6
	minTaskMemory = 4 << 20
)

// serviceSpec reads what a client asks of a service, and gives it the form that dockerd shows (daemon/cluster/convert/service.go).
func (s *server) serviceSpec(r *request, spec swarm.ServiceSpec) (state.ServiceSpec, error) {
	task := &spec.TaskTemplate
	switch task.Runtime {
	case swarm.RuntimeContainer, "":
	case swarm.RuntimePlugin:
		if task.PluginSpec != nil {
			return state.ServiceSpec{}, errors.New(`runtime type "plugin" only supported in experimental`)
		}
		return state.ServiceSpec{}, invalid{errors.New("mismatched Runtime and *Spec fields")}
	default:
		return state.ServiceSpec{}, invalid{errors.New("unsupported runtime")}
	}
	c := task.ContainerSpec
	if c == nil {
		return state.ServiceSpec{}, invalid{errors.New("mismatched Runtime and *Spec fields")}
	}
	adaptService(r, &spec)
	sp := state.ServiceSpec{Name: spec.Name, Labels: spec.Labels, Image: c.Image, VIP: true}
	if err := setMode(&sp, &spec); err != nil {
		return sp, err
	}
	if err := setEndpoint(&sp, &spec); err != nil {
		return sp, err
	}
	if err := checkTask(&spec); err != nil {
		return sp, err
	}
	c.Isolation, task.Runtime, spec.Labels = container.IsolationDefault, swarm.RuntimeContainer, notNil(spec.Labels)
	for _, n := range append(append([]swarm.NetworkAttachmentConfig{}, task.Networks...), spec.Networks...) {
		sp.Networks = append(sp.Networks, n.Target)
	}
	for _, ref := range c.Secrets {
		sp.Refs = append(sp.Refs, state.ServiceRef{Kind: state.KindSecret, ID: ref.SecretID, Name: ref.SecretName})
	}
	for _, ref := range c.Configs {
		sp.Refs = append(sp.Refs, state.ServiceRef{Kind: state.KindConfig, ID: ref.ConfigID, Name: ref.ConfigName})
	}
	setRestart(&sp, task.RestartPolicy)
	if sp.StopGrace = defaultStopGrace; c.StopGracePeriod != nil {
		sp.StopGrace = *c.StopGracePeriod
	}
	if c.Image != "" {
		name, err := ParseImage(c.Image)
		if err != nil {
			return sp, grpcInvalid("ContainerSpec: %q is not a valid repository/tag", c.Image)
		}
		if s.Engine.StoresManifests {
			name = storedName(name)
		}
		sp.ImageName, sp.Template = name, taskTemplate(c)
	}
	return sp, marshalService(&sp, spec)
}

// adaptService drops what an old client cannot have meant (api/server/router/swarm/helpers.go).
func adaptService(r *request, spec *swarm.ServiceSpec) {
	c := spec.TaskTemplate.ContainerSpec
	if r.below("1.46") {
		c.OomScoreAdj = 0
	}
	if r.below("1.44") && c.Privileges != nil {
		c.Privileges.Seccomp, c.Privileges.AppArmor, c.Privileges.NoNewPrivileges = nil, nil, false
	}
	if r.below("1.41") {
		c.CapabilityAdd, c.CapabilityDrop, c.Ulimits = nil, nil, nil
		spec.Mode.ReplicatedJob, spec.Mode.GlobalJob = nil, nil
	}
	if r.below("1.40") {
		c.Sysctls = nil
		if spec.TaskTemplate.Placement != nil {
			spec.TaskTemplate.Placement.MaxReplicas = 0
		}
	}
}

// setMode gives a service its mode, which is one replica unless a client says another.
func setMode(sp *state.ServiceSpec, spec *swarm.ServiceSpec) error {
	m := &spec.Mode
	given := 0
	for _, is := range []bool{m.Global != nil, m.Replicated != nil, m.ReplicatedJob != nil, m.GlobalJob != nil} {
		if is {
			given++
		}
	}
	one := uint64(1)
	switch {
	case given > 1:
		return invalid{errors.New("must specify only one service mode")}
	case m.Global != nil:
		sp.Mode = state.ModeGlobal
	case m.GlobalJob != nil:
		sp.Mode = state.ModeGlobalJob
	case m.ReplicatedJob != nil:
		if m.ReplicatedJob.MaxConcurrent == nil {
			m.ReplicatedJob.MaxConcurrent = &one
		}
		if m.ReplicatedJob.TotalCompletions == nil {
			m.ReplicatedJob.TotalCompletions = m.ReplicatedJob.MaxConcurrent
		}
		sp.Mode, sp.Replicas, sp.Concurrent = state.ModeReplicatedJob, *m.ReplicatedJob.TotalCompletions, *m.ReplicatedJob.MaxConcurrent
	default:
		if m.Replicated == nil || m.Replicated.Replicas == nil {
			m.Replicated = &swarm.ReplicatedService{Replicas: &one}
		}
		sp.Mode, sp.Replicas = state.ModeReplicated, *m.Replicated.Replicas
	}
	if sp.Job() && spec.UpdateConfig != nil {
		return grpcInvalid("Jobs may not have an update config")
	}
	return nil
}

// setEndpoint gives a service its ports.
func setEndpoint(sp *state.ServiceSpec, spec *swarm.ServiceSpec) error {
	e := spec.EndpointSpec
	if e == nil {
		return nil
	}
	switch e.Mode {
	case swarm.ResolutionModeVIP, "":
		e.Mode = swarm.ResolutionModeVIP
	case swarm.ResolutionModeDNSRR:
		sp.VIP = false
	default:
		return invalid{fmt.Errorf("invalid resolution mode: %q", e.Mode)}
	}
	for i := range e.Ports {
		p := &e.Ports[i]
		if p.Protocol = swarm.PortConfigProtocol(strings.ToLower(string(p.Protocol))); p.Protocol == "" {
			p.Protocol = swarm.PortConfigProtocolTCP
		}
		if p.PublishMode = swarm.PortConfigPublishMode(strings.ToLower(string(p.PublishMode))); p.PublishMode == "" {
			p.PublishMode = swarm.PortConfigPublishModeIngress
		}
		sp.Ports = append(sp.Ports, state.ServicePort{
			Name:          p.Name,
			Protocol:      string(p.Protocol),
			PublishMode:   string(p.PublishMode),
			TargetPort:    p.TargetPort,
			PublishedPort: p.PublishedPort,
		})
	}
	return nil
}

// checkTask checks what tasks ask for.
func checkTask(spec *swarm.ServiceSpec) error {
	task := &spec.TaskTemplate
	if res := task.Resources; res != nil {
		for _, limit := range []struct{ cpus, memory int64 }{limitOf(res.Limits), reservationOf(res.Reservations)} {
			if limit.cpus != 0 && limit.cpus < minTaskCPUs {
				return grpcInvalid("invalid cpu value %g: Must be at least %g", float64(limit.cpus)/1e9, minTaskCPUs/1e9)
			}
			if limit.memory != 0 && limit.memory < minTaskMemory {
				return grpcInvalid("invalid memory value %d: Must be at least 4MiB", limit.memory)
			}
		}
	}
	if p := task.RestartPolicy; p != nil && p.Delay != nil && *p.Delay < 0 {
		return grpcInvalid("TaskSpec: restart-delay cannot be negative")
	}
	targets := make(map[string]bool)
	for _, m := range task.ContainerSpec.Mounts {
		if targets[m.Target] {
			return grpcInvalid("ContainerSpec: duplicate mount point: %s", m.Target)
		}
		targets[m.Target] = true
	}
	for _, u := range []*swarm.UpdateConfig{spec.UpdateConfig, spec.RollbackConfig} {
		switch {
		case u == nil:
		case u.Delay < 0:
			return grpcInvalid("TaskSpec: update-delay cannot be negative")
		case u.Monitor < 0:
			return grpcInvalid("TaskSpec: update-monitor cannot be negative")
		case u.MaxFailureRatio < 0 || u.MaxFailureRatio > 1:
			return grpcInvalid("TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1")
		}
	}
	if image := task.ContainerSpec.Image; image != "" {
		if _, err := reference.ParseNormalizedNamed(image); err != nil {
			return grpcInvalid("ContainerSpec: %q is not a valid repository/tag", image)
		}
	}
	return nil
}

func limitOf(l *swarm.Limit) struct{ cpus, memory int64 } {
	if l == nil {
		return struct{ cpus, memory int64 }{}
	}
	return struct{ cpus, memory int64 }{l.NanoCPUs, l.MemoryBytes}
}

func reservationOf(r *swarm.Resources) struct{ cpus, memory int64 } {
	if r == nil {
		return struct{ cpus, memory int64 }{}
	}
	return struct{ cpus, memory int64 }{r.NanoCPUs, r.MemoryBytes}
}

// What a swarm waits for before it replaces a task, and before it kills one that was told to stop.
const (
	defaultRestartDelay = 5 * time.Second
	defaultStopGrace    = 10 * time.Second
)

func setRestart(sp *state.ServiceSpec, p *swarm.RestartPolicy) {
	sp.Restart, sp.RestartDelay = "any", defaultRestartDelay
	if sp.Job() {
		sp.Restart = "on-failure"
	}
	if p == nil {
		return
	}
	if p.Condition != "" {
		sp.Restart = string(p.Condition)
	}
	if p.Delay != nil {
		sp.RestartDelay = *p.Delay
	}
}

// taskTemplate is the container that a task runs (daemon/cluster/executor/container/container.go).
func taskTemplate(c *swarm.ContainerSpec) state.Container {
	t := state.Container{
		Image: c.Image,
		Config: state.Config{
			Hostname:   c.Hostname,
			User:       c.User,
			WorkingDir: c.Dir,
			StopSignal: c.StopSignal,
			Env:        c.Env,
			Cmd:        c.Args,
			Entrypoint: c.Command,
			Labels:     c.Labels,
			Tty:        c.TTY,
			OpenStdin:  c.OpenStdin,
		},
		Host: state.HostConfig{NetworkMode: "default"},
	}
	for _, m := range c.Mounts {
		req := state.MountRequest{Type: string(m.Type), Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly}
		if m.Type == "" {
			req.Type = string(mount.TypeBind)
		}
		if m.BindOptions != nil {
			req.Propagation = string(m.BindOptions.Propagation)
		}
		if v := m.VolumeOptions; v != nil {
			req.Labels = v.Labels
			if v.DriverConfig != nil {
				req.Driver, req.DriverOpts = v.DriverConfig.Name, v.DriverConfig.Options
			}
		}
		t.Host.Mounts = append(t.Host.Mounts, req)
	}
	if h := c.Healthcheck; h != nil {
		t.Config.Healthcheck = &state.Healthcheck{
			Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries,
		}
	}
	return t
}

// addServiceDefaults fills in what a client has not said (swarmkit, api/defaults).
func addServiceDefaults(spec *swarm.ServiceSpec) {
	task := &spec.TaskTemplate
	grace, delay, attempts := defaultStopGrace, defaultRestartDelay, uint64(0)
	if c := task.ContainerSpec; c != nil {
		if c.StopGracePeriod == nil {
			c.StopGracePeriod = &grace
		}
		if c.DNSConfig == nil {
			c.DNSConfig = &swarm.DNSConfig{}
		}
	}
	if task.Resources == nil {
		task.Resources = &swarm.ResourceRequirements{}
	}
	if task.RestartPolicy == nil {
		task.RestartPolicy = &swarm.RestartPolicy{Condition: swarm.RestartPolicyConditionAny, MaxAttempts: &attempts}
	}
	if task.RestartPolicy.Delay == nil {
		task.RestartPolicy.Delay = &delay
	}
	if task.Placement == nil {
		task.Placement = &swarm.Placement{}
	}
	for _, u := range []**swarm.UpdateConfig{&spec.UpdateConfig, &spec.RollbackConfig} {
		if *u == nil {
			*u = &swarm.UpdateConfig{Parallelism: 1, FailureAction: swarm.UpdateFailureActionPause, Order: swarm.UpdateOrderStopFirst}
		}
		if (*u).Monitor == 0 {
			(*u).Monitor = 5 * time.Second
		}
	}
}

// marshalService stores a spec as it is shown: tasks do not show the runtime.
func marshalService(sp *state.ServiceSpec, spec swarm.ServiceSpec) (err error) {
	if sp.JSON, err = json.Marshal(spec); err != nil {
		return err
	}
	spec.TaskTemplate.Runtime = ""
	sp.TaskJSON, err = json.Marshal(spec.TaskTemplate)
	return err
}
