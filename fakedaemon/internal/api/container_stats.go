package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// statsInterval is how often dockerd measures all containers, statsDelay how long it is until it does so again: any part of
// that, and 0.2 to 0.9 seconds in the recordings.
const (
	statsInterval = time.Second
	statsDelay    = 300 * time.Millisecond
)

func (s *server) containerStats(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	stream := !r.Form.Has("stream") || r.boolean("stream")
	oneShot := !r.below("1.41") && r.boolean("one-shot")
	c, err := s.State.Container(r.vars["id"])
	if err != nil {
		return err
	}
	if s.Engine.OneShotOnly && stream && oneShot {
		return invalid{errors.New("cannot have stream=true and one-shot=true")}
	}
	if !stream {
		return s.write(w, r, s.stats(&c, !oneShot, oneShot))
	}
	w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(w)
	_ = out.Flush() // a client that is gone is no error
	timer := time.NewTimer(statsDelay)
	defer timer.Stop()
	for before := false; ; before = true {
		select {
		case <-timer.C:
			timer.Reset(statsInterval)
		case <-r.Context().Done():
			return nil
		}
		if c, err = s.State.Container(c.ID); err != nil {
			return nil
		}
		raw, err := s.changed(r, s.stats(&c, before, false))
		if err != nil {
			return err
		}
		_, _ = w.Write(append(raw, '\n'))
		_ = out.Flush()
	}
}

// stats are those of a container now, and where before is set those of a second ago. They are zero of one that does not
// run. Engine 28 leaves the name out of a single measurement.
func (s *server) stats(c *state.Container, before, nameless bool) *container.StatsResponse {
	resp := &container.StatsResponse{Name: "/" + c.Name, ID: c.ID}
	if !c.State.Live() {
		return resp
	}
	if nameless && s.Engine.NamelessStats {
		resp.Name, resp.ID = "", ""
	}
	now := s.Clock().UTC()
	resp.Read = now
	resp.CPUStats = s.cpuStats(now.Sub(c.State.StartedAt))
	if before {
		resp.PreRead = now.Add(-statsInterval)
		resp.PreCPUStats = s.cpuStats(now.Sub(c.State.StartedAt) - statsInterval)
	}
	processes, _ := s.processes(c) // none of one that has ended by now
	resp.PidsStats.Current = uint64(len(processes))
	empty := []container.BlkioStatEntry{}
	resp.BlkioStats = container.BlkioStats{
		IoServiceBytesRecursive: empty,
		IoServicedRecursive:     empty,
		IoQueuedRecursive:       empty,
		IoServiceTimeRecursive:  empty,
		IoWaitTimeRecursive:     empty,
		IoMergedRecursive:       empty,
		IoTimeRecursive:         empty,
		SectorsRecursive:        empty,
	}
	resp.MemoryStats = s.memoryStats(c)
	resp.Networks = networkStats(c)
	return resp
}

// cpuStats are those of a process that uses a hundredth of one CPU, and that ran for so long.
func (s *server) cpuStats(ran time.Duration) container.CPUStats {
	used := uint64(max(ran, 0) / 100)
	cpus := uint64(s.Host.NCPU)
	each := make([]uint64, cpus)
	for i := range each {
		each[i] = used / cpus
	}
	const booted = time.Hour // before the container started
	return container.CPUStats{
		CPUUsage:    container.CPUUsage{TotalUsage: used, PercpuUsage: each, UsageInKernelmode: used / 2, UsageInUsermode: used - used/2},
		SystemUsage: uint64(booted+max(ran, 0)) * cpus,
		OnlineCPUs:  uint32(cpus),
	}
}

// memoryStats are those of cgroups of version 1 (10-stats-top of the recordings) for a process that uses little memory.
func (s *server) memoryStats(c *state.Container) container.MemoryStats {
	const cache, rss = 4096, 118784
	limit := uint64(s.Host.MemTotal)
	var host struct{ Memory int64 }
	if len(c.HostConfigJSON) > 0 && json.Unmarshal(c.HostConfigJSON, &host) == nil && host.Memory > 0 {
		limit = uint64(host.Memory)
	}
	own := map[string]uint64{
		"active_anon": 8192, "active_file": cache, "cache": cache, "dirty": 0, "inactive_anon": rss - 8192, "inactive_file": 0,
		"mapped_file": 0, "pgfault": 7459, "pgmajfault": 1, "pgpgin": 3033, "pgpgout": 3003, "rss": rss, "rss_huge": 0,
		"unevictable": 0, "writeback": 0,
	}
	all := map[string]uint64{"hierarchical_memory_limit": limit, "hierarchical_memsw_limit": 2 * limit}
	for name, value := range own {
		all[name], all["total_"+name] = value, value
	}
	return container.MemoryStats{Usage: 823296, MaxUsage: 4599808, Stats: all, Limit: limit}
}

// networkStats are those of a container's interfaces: eth0, eth1 and so on.
func networkStats(c *state.Container) map[string]container.NetworkStats {
	all := make(map[string]container.NetworkStats)
	for _, e := range c.Endpoints {
		if e.IPAddress != "" || e.GlobalIPv6Address != "" {
			all["eth"+string(rune('0'+len(all)))] = container.NetworkStats{RxBytes: 486, RxPackets: 5, TxBytes: 84, TxPackets: 2}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
