//lint:file-ignore SA1019 what Docker calls deprecated is still part of its requests

package api

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/swarm"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
)

// serviceSpec reads what a client asks of a service, and gives it the form that dockerd shows (daemon/cluster/convert/service.go).
func (s *server) serviceSpec(r *request, spec swarm.ServiceSpec) (cluster.ServiceSpec, error) {
	task := &spec.TaskTemplate
	switch task.Runtime {
	case swarm.RuntimeContainer, "":
	case swarm.RuntimePlugin:
		if task.PluginSpec != nil {
			return cluster.ServiceSpec{}, errors.New(`runtime type "plugin" only supported in experimental`)
		}
		return cluster.ServiceSpec{}, invalid{errors.New("mismatched Runtime and *Spec fields")}
	default:
		return cluster.ServiceSpec{}, invalid{errors.New("unsupported runtime")}
	}
	c := task.ContainerSpec
	if c == nil {
		return cluster.ServiceSpec{}, invalid{errors.New("mismatched Runtime and *Spec fields")}
	}
	adaptService(r, &spec)
	sp := cluster.ServiceSpec{
		Name:         spec.Name,
		Labels:       spec.Labels,
		Image:        c.Image,
		Update:       updateConfig(spec.UpdateConfig),
		Rollback:     updateConfig(spec.RollbackConfig),
		RestartDelay: cluster.DefaultRestartDelay,
		StopGrace:    cluster.DefaultStopGrace,
		Template:     taskTemplate(c),
	}
	if err := setMode(&sp, &spec.Mode); err != nil {
		return sp, err
	}
	if e := spec.EndpointSpec; e != nil {
		sp.Endpoint = string(e.Mode)
		for _, p := range e.Ports {
			sp.Ports = append(sp.Ports, cluster.ServicePort{
				Name:          p.Name,
				Protocol:      string(p.Protocol),
				PublishMode:   string(p.PublishMode),
				TargetPort:    p.TargetPort,
				PublishedPort: p.PublishedPort,
			})
		}
	}
	if res := task.Resources; res != nil {
		if l := res.Limits; l != nil {
			sp.Limits = append(sp.Limits, cluster.Resources{CPUs: l.NanoCPUs, Memory: l.MemoryBytes})
		}
		if l := res.Reservations; l != nil {
			sp.Limits = append(sp.Limits, cluster.Resources{CPUs: l.NanoCPUs, Memory: l.MemoryBytes})
		}
	}
	if p := task.RestartPolicy; p != nil {
		if sp.Restart = string(p.Condition); p.Delay != nil {
			sp.RestartDelay = *p.Delay
		}
		if p.MaxAttempts != nil {
			sp.MaxAttempts = *p.MaxAttempts
		}
	}
	if c.StopGracePeriod != nil {
		sp.StopGrace = *c.StopGracePeriod
	}
	for _, n := range slices.Concat(task.Networks, spec.Networks) {
		sp.Networks = append(sp.Networks, n.Target)
	}
	for _, ref := range c.Secrets {
		sp.Refs = append(sp.Refs, cluster.ServiceRef{Kind: cluster.KindSecret, ID: ref.SecretID, Name: ref.SecretName})
	}
	for _, ref := range c.Configs {
		sp.Refs = append(sp.Refs, cluster.ServiceRef{Kind: cluster.KindConfig, ID: ref.ConfigID, Name: ref.ConfigName})
	}
	if err := sp.Complete(); err != nil {
		return sp, err
	}
	if c.Image != "" {
		_, err := reference.ParseNormalizedNamed(c.Image) // which is no ID of 64 digits, but for ParseImage
		if err == nil {
			sp.ImageName, err = ParseImage(c.Image)
		}
		if err != nil {
			return sp, cluster.InvalidArgument("ContainerSpec: %q is not a valid repository/tag", c.Image)
		}
		if s.Engine.StoresManifests {
			sp.ImageName = storedName(sp.ImageName)
		}
	}
	if e := spec.EndpointSpec; e != nil {
		e.Mode = swarm.ResolutionMode(sp.Endpoint)
		for i, p := range sp.Ports {
			e.Ports[i] = portResponse(p)
		}
	}
	c.Isolation, task.Runtime, spec.Labels = container.IsolationDefault, swarm.RuntimeContainer, notNil(spec.Labels)
	return sp, marshalService(&sp, spec)
}

func updateConfig(u *swarm.UpdateConfig) *cluster.UpdateConfig {
	if u == nil {
		return nil
	}
	return &cluster.UpdateConfig{Delay: u.Delay, Monitor: u.Monitor, MaxFailureRatio: u.MaxFailureRatio}
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
func setMode(sp *cluster.ServiceSpec, m *swarm.ServiceMode) error {
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
		sp.Mode = cluster.ModeGlobal
	case m.GlobalJob != nil:
		sp.Mode = cluster.ModeGlobalJob
	case m.ReplicatedJob != nil:
		if m.ReplicatedJob.MaxConcurrent == nil {
			m.ReplicatedJob.MaxConcurrent = &one
		}
		if m.ReplicatedJob.TotalCompletions == nil {
			m.ReplicatedJob.TotalCompletions = m.ReplicatedJob.MaxConcurrent
		}
		sp.Mode, sp.Replicas, sp.Concurrent = cluster.ModeReplicatedJob, *m.ReplicatedJob.TotalCompletions, *m.ReplicatedJob.MaxConcurrent
	default:
		if m.Replicated == nil || m.Replicated.Replicas == nil {
			m.Replicated = &swarm.ReplicatedService{Replicas: &one}
		}
		sp.Mode, sp.Replicas = cluster.ModeReplicated, *m.Replicated.Replicas
	}
	return nil
}

// taskTemplate is the container that a task runs (daemon/cluster/executor/container/container.go).
func taskTemplate(c *swarm.ContainerSpec) state.Container {
	t := state.Container{
		Image: c.Image,
		Config: image.Config{
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
		t.Config.Healthcheck = &image.Healthcheck{
			Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries,
		}
	}
	return t
}

// addServiceDefaults fills in what a client has not said (swarmkit, api/defaults).
func addServiceDefaults(spec *swarm.ServiceSpec) {
	task := &spec.TaskTemplate
	grace, delay, attempts := cluster.DefaultStopGrace, cluster.DefaultRestartDelay, uint64(0)
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
func marshalService(sp *cluster.ServiceSpec, spec swarm.ServiceSpec) (err error) {
	if sp.JSON, err = json.Marshal(spec); err != nil {
		return err
	}
	spec.TaskTemplate.Runtime = ""
	sp.TaskJSON, err = json.Marshal(spec.TaskTemplate)
	return err
}
