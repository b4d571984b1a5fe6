package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/swarm"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
)

var swarmOperations = []Operation{
	{ID: "SwarmInspect", Method: http.MethodGet, Path: "/swarm", Tag: "Swarm", serve: (*server).swarmInspect},
	{ID: "SwarmInit", Method: http.MethodPost, Path: "/swarm/init", Tag: "Swarm", serve: (*server).swarmInit},
	{ID: "SwarmJoin", Method: http.MethodPost, Path: "/swarm/join", Tag: "Swarm", serve: (*server).swarmJoin},
	{ID: "SwarmLeave", Method: http.MethodPost, Path: "/swarm/leave", Tag: "Swarm", serve: (*server).swarmLeave},
	{ID: "SwarmUpdate", Method: http.MethodPost, Path: "/swarm/update", Tag: "Swarm", serve: (*server).swarmUpdate},
	{ID: "SwarmUnlockkey", Method: http.MethodGet, Path: "/swarm/unlockkey", Tag: "Swarm", serve: (*server).swarmUnlockkey},
	{ID: "SwarmUnlock", Method: http.MethodPost, Path: "/swarm/unlock", Tag: "Swarm", serve: (*server).swarmUnlock},
}

func (s *server) swarmInspect(w http.ResponseWriter, r *request) error {
	sw, err := s.swarm.Swarm()
	if err != nil {
		return err
	}
	info, err := clusterInfo(sw)
	if err != nil {
		return err
	}
	return s.write(w, r, swarm.Swarm{ClusterInfo: info, JoinTokens: swarm.JoinTokens{Worker: sw.WorkerToken, Manager: sw.ManagerToken}})
}

func clusterInfo(sw cluster.Swarm) (swarm.ClusterInfo, error) {
	info := swarm.ClusterInfo{
		ID:              sw.ID,
		Meta:            metaOf(sw.Meta),
		TLSInfo:         tlsInfo(sw.CA),
		DefaultAddrPool: sw.DefaultAddrPool,
		SubnetSize:      sw.SubnetSize,
		DataPathPort:    sw.DataPathPort,
	}
	return info, json.Unmarshal(sw.Spec, &info.Spec)
}

func metaOf(m cluster.Meta) swarm.Meta {
	return swarm.Meta{Version: swarm.Version{Index: m.Version}, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt}
}

func tlsInfo(ca cluster.CA) swarm.TLSInfo {
	return swarm.TLSInfo{TrustRoot: ca.Cert, CertIssuerSubject: ca.Subject, CertIssuerPublicKey: ca.PublicKey}
}

// mergeSwarmSpec takes what a client has given over a spec (daemon/cluster/convert/swarm.go). Of a certificate authority nothing is shown.
func mergeSwarmSpec(into, given swarm.Spec) swarm.Spec {
	into.Name = "default"
	if len(given.Labels) > 0 {
		into.Labels = given.Labels
	}
	if into.Labels == nil {
		into.Labels = map[string]string{}
	}
	setIfGiven(&into.Orchestration.TaskHistoryRetentionLimit, given.Orchestration.TaskHistoryRetentionLimit)
	setIfGiven(&into.Raft.SnapshotInterval, given.Raft.SnapshotInterval)
	setIfGiven(&into.Raft.KeepOldSnapshots, given.Raft.KeepOldSnapshots)
	setIfGiven(&into.Raft.LogEntriesForSlowFollowers, given.Raft.LogEntriesForSlowFollowers)
	setIfGiven(&into.Raft.HeartbeatTick, given.Raft.HeartbeatTick)
	setIfGiven(&into.Raft.ElectionTick, given.Raft.ElectionTick)
	setIfGiven(&into.Dispatcher.HeartbeatPeriod, given.Dispatcher.HeartbeatPeriod)
	setIfGiven(&into.CAConfig.NodeCertExpiry, given.CAConfig.NodeCertExpiry)
	into.CAConfig.ForceRotate, into.CAConfig.ExternalCAs = given.CAConfig.ForceRotate, given.CAConfig.ExternalCAs
	into.EncryptionConfig = given.EncryptionConfig
	return into
}

// setIfGiven takes a value that is not zero.
func setIfGiven[T comparable](to *T, value T) {
	var zero T
	if value != zero {
		*to = value
	}
}

func defaultSwarmSpec() swarm.Spec {
	history, snapshots := int64(5), uint64(0)
	return swarm.Spec{
		Orchestration: swarm.OrchestrationConfig{TaskHistoryRetentionLimit: &history},
		Raft:          swarm.RaftConfig{SnapshotInterval: 10000, KeepOldSnapshots: &snapshots, LogEntriesForSlowFollowers: 500, ElectionTick: 10, HeartbeatTick: 1},
		Dispatcher:    swarm.DispatcherConfig{HeartbeatPeriod: 5 * time.Second},
		CAConfig:      swarm.CAConfig{NodeCertExpiry: 90 * 24 * time.Hour},
	}
}

func (s *server) swarmInit(w http.ResponseWriter, r *request) error {
	var req swarm.InitRequest
	if err := s.readBody(r, &req); err != nil {
		return err
	}
	if r.below("1.39") {
		req.DefaultAddrPool, req.SubnetSize = nil, 0
	}
	if r.below("1.40") {
		req.DataPathPort = 0
	}
	o := cluster.InitOptions{
		Name:            req.Spec.Name,
		ListenAddr:      req.ListenAddr,
		AdvertiseAddr:   req.AdvertiseAddr,
		DataPathAddr:    req.DataPathAddr,
		Availability:    string(req.Availability),
		Autolock:        req.Spec.EncryptionConfig.AutoLockManagers,
		DefaultAddrPool: req.DefaultAddrPool,
		SubnetSize:      req.SubnetSize,
		DataPathPort:    req.DataPathPort,
		ForceNew:        req.ForceNewCluster,
	}
	spec := mergeSwarmSpec(defaultSwarmSpec(), req.Spec)
	o.TaskHistory = *spec.Orchestration.TaskHistoryRetentionLimit
	var err error
	if o.Spec, err = json.Marshal(spec); err != nil {
		return err
	}
	id, err := s.swarm.Init(o)
	if err != nil {
		return err
	}
	return s.write(w, r, id)
}

func (s *server) swarmJoin(w http.ResponseWriter, r *request) error {
	var req swarm.JoinRequest
	if err := s.readBody(r, &req); err != nil {
		return err
	}
	return s.swarm.Join(cluster.JoinOptions{ListenAddr: req.ListenAddr, RemoteAddrs: req.RemoteAddrs, Token: req.JoinToken})
}

func (s *server) swarmLeave(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	return s.swarm.Leave(r.boolean("force"))
}

func (s *server) swarmUpdate(w http.ResponseWriter, r *request) error {
	var spec swarm.Spec
	if err := s.readBody(r, &spec); err != nil {
		return err
	}
	version, err := r.swarmVersion("swarm")
	if err != nil {
		return err
	}
	u := cluster.UpdateOptions{
		Version:         version,
		Name:            spec.Name,
		NodeCertExpiry:  spec.CAConfig.NodeCertExpiry,
		HeartbeatPeriod: spec.Dispatcher.HeartbeatPeriod,
		Autolock:        spec.EncryptionConfig.AutoLockManagers,
	}
	for name, flag := range map[string]*bool{
		"rotateWorkerToken":      &u.RotateWorkerToken,
		"rotateManagerToken":     &u.RotateManagerToken,
		"rotateManagerUnlockKey": &u.RotateManagerKey,
	} {
		if value := r.URL.Query().Get(name); value != "" {
			if *flag, err = strconv.ParseBool(value); err != nil {
				return invalid{fmt.Errorf("invalid value for %s: %s", name, value)}
			}
		}
	}
	zero, none := int64(0), uint64(0)
	merged := mergeSwarmSpec(swarm.Spec{
		Orchestration: swarm.OrchestrationConfig{TaskHistoryRetentionLimit: &zero},
		Raft:          swarm.RaftConfig{KeepOldSnapshots: &none},
	}, spec)
	u.TaskHistory = *merged.Orchestration.TaskHistoryRetentionLimit
	if u.Spec, err = json.Marshal(merged); err != nil {
		return err
	}
	return s.swarm.Update(u)
}

// swarmVersion reads the version of an object that a client has seen; kind is how the error calls it.
func (r *request) swarmVersion(kind string) (uint64, error) {
	raw := r.URL.Query().Get("version")
	version, err := strconv.ParseUint(raw, 10, 64)
	switch {
	case err == nil:
		return version, nil
	case kind == cluster.KindSecret || kind == cluster.KindConfig:
		return 0, invalid{fmt.Errorf("invalid %s version", kind)}
	}
	return 0, invalid{fmt.Errorf("invalid %s version '%s': %w", kind, raw, err)}
}

func (s *server) swarmUnlockkey(w http.ResponseWriter, r *request) error {
	sw, err := s.swarm.Swarm()
	if err != nil {
		return err
	}
	return s.write(w, r, swarm.UnlockKeyResponse{UnlockKey: sw.UnlockKey})
}

// swarmUnlock refuses: a daemon that never starts again never locks.
func (s *server) swarmUnlock(w http.ResponseWriter, r *request) error {
	if err := s.readBody(r, new(swarm.UnlockRequest)); err != nil {
		return err
	}
	if err := s.swarm.Manager(); err != nil {
		return err
	}
	return state.Conflict{Message: "swarm is not locked"}
}

// swarmInfo is what /info tells of the swarm.
func (s *server) swarmInfo() swarm.Info {
	sw, err := s.swarm.Swarm()
	if err != nil {
		return swarm.Info{LocalNodeState: swarm.LocalNodeStateInactive}
	}
	info := swarm.Info{
		NodeID:           sw.Node.ID,
		NodeAddr:         sw.Node.Addr,
		LocalNodeState:   swarm.LocalNodeStateActive,
		ControlAvailable: true,
		RemoteManagers:   []swarm.Peer{{NodeID: sw.Node.ID, Addr: sw.Node.ManagerAddr}},
		Nodes:            1,
		Managers:         1,
	}
	if cluster, err := clusterInfo(sw); err == nil {
		info.Cluster = &cluster
	}
	return info
}
