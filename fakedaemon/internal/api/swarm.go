package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/swarm"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
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

// The defaults of swarm init (daemon/cluster).
const (
	swarmPort       = "2377"
	defaultDataPort = 4789
	defaultSubnet   = 24
	// hostAddr is the address that a node advertises unless it is told one: nothing is asked of the real machine.
	hostAddr = "192.168.65.3"
)

func (s *server) swarmInspect(w http.ResponseWriter, r *request) error {
	sw, err := s.State.Swarm()
	if err != nil {
		return err
	}
	info, err := clusterInfo(sw)
	if err != nil {
		return err
	}
	return s.write(w, r, swarm.Swarm{ClusterInfo: info, JoinTokens: swarm.JoinTokens{Worker: sw.WorkerToken, Manager: sw.ManagerToken}})
}

func clusterInfo(sw state.Swarm) (swarm.ClusterInfo, error) {
	info := swarm.ClusterInfo{
		ID:              sw.ID,
		Meta:            metaOf(sw.SwarmMeta),
		TLSInfo:         tlsInfo(sw.CA),
		DefaultAddrPool: sw.DefaultAddrPool,
		SubnetSize:      sw.SubnetSize,
		DataPathPort:    sw.DataPathPort,
	}
	return info, json.Unmarshal(sw.Spec, &info.Spec)
}

func metaOf(m state.SwarmMeta) swarm.Meta {
	return swarm.Meta{Version: swarm.Version{Index: m.Version}, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt}
}

func tlsInfo(ca state.SwarmCA) swarm.TLSInfo {
	return swarm.TLSInfo{TrustRoot: ca.Cert, CertIssuerSubject: ca.Subject, CertIssuerPublicKey: ca.PublicKey}
}

// mergeSwarmSpec takes what a client has given over a spec (daemon/cluster/convert/swarm.go). Of a certificate authority nothing is shown.
func mergeSwarmSpec(into, given swarm.Spec) swarm.Spec {
	into.Name = given.Name
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

// checkSwarmName gives the spec of a swarm its only name.
func checkSwarmName(spec *swarm.Spec) error {
	if spec.Name != "" && spec.Name != "default" {
		return invalid{errors.New(`swarm spec must be named "default"`)}
	}
	spec.Name = "default"
	return nil
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
	// Dockerd looks at the request after that.
	if err := s.State.CheckSwarmJoin(); err != nil && !req.ForceNewCluster {
		return err
	}
	o, err := swarmOptions(&req)
	if err != nil {
		return err
	}
	o.Host = s.Host.Name
	id, err := s.State.InitSwarm(o)
	if err != nil {
		return err
	}
	return s.write(w, r, id)
}

// swarmOptions checks a request in the order of daemon/cluster/swarm.go, Init.
func swarmOptions(req *swarm.InitRequest) (state.SwarmOptions, error) {
	o := state.SwarmOptions{
		ForceNew:     req.ForceNewCluster,
		Autolock:     req.Spec.EncryptionConfig.AutoLockManagers,
		SubnetSize:   req.SubnetSize,
		DataPathPort: req.DataPathPort,
		Availability: "active",
	}
	if len(req.DefaultAddrPool) > 0 {
		o.DefaultAddrPool = req.DefaultAddrPool
	}
	if req.Availability != "" {
		o.Availability = string(req.Availability)
	}
	listen, err := listenAddr(req.ListenAddr)
	if err != nil {
		return o, err
	}
	if err := checkSwarmName(&req.Spec); err != nil {
		return o, err
	}
	_, port, err := splitListenAddr(listen)
	if err != nil {
		return o, err
	}
	if o.AdvertiseAddr, err = advertiseAddr(req.AdvertiseAddr, port); err != nil {
		return o, err
	}
	if ip, err := netip.ParseAddr(req.DataPathAddr); req.DataPathAddr != "" && (err != nil || ip.IsUnspecified()) {
		return o, invalid{errors.New("data path address must be a non-zero IP address or network interface (without a port number)")}
	}
	if err := checkAddrPool(req.DefaultAddrPool, req.SubnetSize); err != nil {
		return o, err
	}
	if o.SubnetSize == 0 {
		o.SubnetSize = defaultSubnet
	}
	switch {
	case o.DataPathPort == 0:
		o.DataPathPort = defaultDataPort
	case o.DataPathPort < 1024 || o.DataPathPort > 49151:
		return o, fmt.Errorf("Datapath port number is not in valid range (1024-49151) : %d", o.DataPathPort)
	}
	spec := mergeSwarmSpec(defaultSwarmSpec(), req.Spec)
	o.TaskHistory = *spec.Orchestration.TaskHistoryRetentionLimit
	o.Spec, err = json.Marshal(spec)
	return o, err
}

// listenAddr gives an address its port; one that is no host and port stays (opts.ParseTCPAddr).
func listenAddr(addr string) (string, error) {
	if addr == "" {
		return "", invalid{errors.New(`invalid ListenAddr "": invalid empty address`)}
	}
	addr = strings.TrimPrefix(addr, "tcp://")
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = strings.Trim(addr, "[]"), ""
	}
	if port == "" {
		port = swarmPort
	}
	return net.JoinHostPort(host, port), nil
}

func splitListenAddr(addr string) (host, port string, err error) {
	if host, port, err = net.SplitHostPort(addr); err != nil {
		return "", "", invalid{errors.New("could not parse listen address " + addr)}
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return "", "", invalid{errors.New("listen address must be an IP address or network interface (with optional port number)")}
	}
	return host, port, nil
}

func advertiseAddr(addr, listenPort string) (string, error) {
	if addr == "" {
		return net.JoinHostPort(hostAddr, listenPort), nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = addr, listenPort
	}
	if ip, err := netip.ParseAddr(host); err != nil || ip.IsUnspecified() {
		return "", invalid{errors.New("advertise address must be a non-zero IP address or network interface (with optional port number)")}
	}
	return net.JoinHostPort(host, port), nil
}

func checkAddrPool(pools []string, size uint32) error {
	if size == 0 {
		size = defaultSubnet
	}
	if pools != nil && size > 29 {
		return fmt.Errorf("subnet size is out of range: %d", size)
	}
	for i := range pools {
		pools[i] = strings.TrimSpace(pools[i])
		_, pool, err := net.ParseCIDR(pools[i])
		if err != nil {
			return fmt.Errorf("invalid base pool %s: %w", pools[i], err)
		}
		if bits, _ := pool.Mask.Size(); size < uint32(bits) {
			return fmt.Errorf("invalid CIDR: %q. Subnet size is too small for pool: %d", pools[i], size)
		}
	}
	return nil
}

// swarmJoin refuses: there is no other node. A token that could be one of a swarm gets the error of a manager that does not listen.
func (s *server) swarmJoin(w http.ResponseWriter, r *request) error {
	var req swarm.JoinRequest
	if err := s.readBody(r, &req); err != nil {
		return err
	}
	if err := s.State.CheckSwarmJoin(); err != nil {
		return err
	}
	listen, err := listenAddr(req.ListenAddr)
	if err != nil {
		return err
	}
	if len(req.RemoteAddrs) == 0 {
		return invalid{errors.New("at least 1 RemoteAddr is required to join")}
	}
	for _, addr := range req.RemoteAddrs {
		if addr == "" {
			return invalid{errors.New(`invalid remoteAddr "": invalid empty address`)}
		}
	}
	if _, _, err := splitListenAddr(listen); err != nil {
		return err
	}
	if !state.ValidJoinToken(req.JoinToken) {
		return errors.New("invalid join token")
	}
	remote, err := listenAddr(req.RemoteAddrs[0])
	if err != nil {
		return err
	}
	return state.Unavailable{Message: fmt.Sprintf(`rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp %s: connect: connection refused"`, remote)}
}

func (s *server) swarmLeave(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	return s.State.LeaveSwarm(r.boolean("force"))
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
	u := state.SwarmUpdate{Version: version, Autolock: spec.EncryptionConfig.AutoLockManagers}
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
	if err := s.State.SwarmManager(); err != nil {
		return err
	}
	if err := checkSwarmName(&spec); err != nil {
		return err
	}
	zero, none := int64(0), uint64(0)
	merged := mergeSwarmSpec(swarm.Spec{
		Orchestration: swarm.OrchestrationConfig{TaskHistoryRetentionLimit: &zero},
		Raft:          swarm.RaftConfig{KeepOldSnapshots: &none},
	}, spec)
	switch {
	case merged.CAConfig.NodeCertExpiry != 0 && merged.CAConfig.NodeCertExpiry < time.Hour:
		return grpcInvalid("minimum certificate expiry time is: 1h0m0s")
	case merged.Dispatcher.HeartbeatPeriod < 0:
		return grpcInvalid("heartbeat time period cannot be a negative duration")
	}
	u.TaskHistory = *merged.Orchestration.TaskHistoryRetentionLimit
	if u.Spec, err = json.Marshal(merged); err != nil {
		return err
	}
	return s.State.UpdateSwarm(u)
}

// grpcInvalid is an invalid argument as the swarm's manager tells it.
func grpcInvalid(format string, args ...any) error {
	return invalid{errors.New("rpc error: code = InvalidArgument desc = " + fmt.Sprintf(format, args...))}
}

// swarmVersion reads the version of an object that a client has seen; kind is how the error calls it.
func (r *request) swarmVersion(kind string) (uint64, error) {
	raw := r.URL.Query().Get("version")
	version, err := strconv.ParseUint(raw, 10, 64)
	switch {
	case err == nil:
		return version, nil
	case kind == state.KindSecret || kind == state.KindConfig:
		return 0, invalid{fmt.Errorf("invalid %s version", kind)}
	}
	return 0, invalid{fmt.Errorf("invalid %s version '%s': %w", kind, raw, err)}
}

func (s *server) swarmUnlockkey(w http.ResponseWriter, r *request) error {
	sw, err := s.State.Swarm()
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
	if err := s.State.SwarmManager(); err != nil {
		return err
	}
	return state.Conflict{Message: "swarm is not locked"}
}

// swarmInfo is what /info tells of the swarm.
func (s *server) swarmInfo() swarm.Info {
	sw, err := s.State.Swarm()
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
