package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/docker/docker/api/types/container"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

func (s *server) containerUpdate(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	var update container.UpdateConfig
	if err := s.readUpdate(r, &update); err != nil {
		return err
	}
	if r.below("1.40") {
		update.PidsLimit = nil
	}
	if !r.below("1.42") {
		update.KernelMemory = 0
	}
	if update.PidsLimit != nil && *update.PidsLimit <= 0 {
		update.PidsLimit = new(int64) // unlimited
	}
	warnings, err := s.checkUpdate(update)
	if err != nil {
		return invalid{err}
	}
	err = s.State.UpdateContainer(r.vars["id"], func(c *state.Container) error {
		stored := make(map[string]json.RawMessage)
		decodeStored(c.HostConfigJSON, &stored)
		have := s.hostConfig(c)
		if err := updateHostConfig(have, update); err != nil {
			return err
		}
		c.Host.RestartPolicy, c.Host.MaximumRetryCount = string(have.RestartPolicy.Name), have.RestartPolicy.MaximumRetryCount
		raw, err := mergeResources(stored, have.Resources)
		c.HostConfigJSON = raw
		return err
	})
	if err != nil {
		return err
	}
	return s.write(w, r, container.UpdateResponse{Warnings: warnings})
}

// readUpdate decodes the body of a request. What is wrong with it has no class in engine 20.10.
func (s *server) readUpdate(r *request, update *container.UpdateConfig) error {
	if !s.Engine.UnclassedErrors {
		return s.readJSON(r, update)
	}
	if err := s.checkForJSON(r); err != nil {
		return err
	}
	return json.NewDecoder(r.Body).Decode(update)
}

// checkUpdate checks an update before its container: swap may be limited without memory then.
func (s *server) checkUpdate(update container.UpdateConfig) (warnings []string, _ error) {
	if p := update.RestartPolicy; s.Engine.OldRetryCheck && p.MaximumRetryCount != 0 && (p.IsAlways() || p.IsUnlessStopped() || p.Name == "no") {
		return nil, fmt.Errorf("maximum retry count cannot be used with restart policy '%s'", p.Name)
	}
	h := container.HostConfig{Resources: update.Resources, RestartPolicy: update.RestartPolicy}
	if h.Memory == 0 && h.MemorySwap > 0 {
		h.MemorySwap = 0
	}
	return s.checkHostConfig(&h)
}

// updateHostConfig changes what an update names (container/container_unix.go).
func updateHostConfig(have *container.HostConfig, update container.UpdateConfig) error {
	switch {
	case update.NanoCPUs > 0 && have.CPUPeriod > 0:
		return conflicting("Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set")
	case update.NanoCPUs > 0 && have.CPUQuota > 0:
		return conflicting("Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set")
	case update.CPUPeriod > 0 && have.NanoCPUs > 0:
		return conflicting("Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set")
	case update.CPUQuota > 0 && have.NanoCPUs > 0:
		return conflicting("Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set")
	case update.Memory != 0 && update.Memory > have.MemorySwap && update.MemorySwap == 0:
		return conflicting("Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time")
	case update.RestartPolicy.Name != "" && have.AutoRemove && !update.RestartPolicy.IsNone():
		return conflicting("Restart policy cannot be updated because AutoRemove is enabled for the container")
	}
	assign(&have.BlkioWeight, update.BlkioWeight)
	assign(&have.CPUShares, update.CPUShares)
	assign(&have.NanoCPUs, update.NanoCPUs)
	assign(&have.CPUPeriod, update.CPUPeriod)
	assign(&have.CPUQuota, update.CPUQuota)
	assign(&have.CpusetCpus, update.CpusetCpus)
	assign(&have.CpusetMems, update.CpusetMems)
	assign(&have.Memory, update.Memory)
	assign(&have.MemorySwap, update.MemorySwap)
	assign(&have.MemoryReservation, update.MemoryReservation)
	assign(&have.KernelMemory, update.KernelMemory)
	assign(&have.CPURealtimePeriod, update.CPURealtimePeriod)
	assign(&have.CPURealtimeRuntime, update.CPURealtimeRuntime)
	assign(&have.PidsLimit, update.PidsLimit)
	if update.RestartPolicy.Name != "" {
		have.RestartPolicy = update.RestartPolicy
	}
	return nil
}

func conflicting(why string) error { return state.Conflict{Message: why} }

// assign puts a value in place of another unless it is zero.
func assign[T comparable](field *T, value T) {
	if value != *new(T) {
		*field = value
	}
}

// mergeResources puts resources in place of those that a container has stored.
func mergeResources(stored map[string]json.RawMessage, r container.Resources) ([]byte, error) {
	raw, err := marshal(r)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	for name, value := range fields {
		stored[name] = value
	}
	return marshal(stored)
}
