package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// TestContainerChecks: what is refused of a new container, with the values beside it that are not, and what is warned of. The texts
// are those of docker/docker v28.5.2.
func TestContainerChecks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ version, what, want string }{
		{"", `"HostConfig":{"NetworkMode":"container"}`, "invalid network mode: invalid container format container:<name|id>"},
		{"", `"HostConfig":{"NetworkMode":"container:"}`, "invalid network mode: invalid container format container:<name|id>"},
		{"", `"HostConfig":{"NetworkMode":"container:c1","Links":["c1"]}`, "conflicting options: container type network can't be used with links. This would result in undefined behavior"},
		{"", `"HostConfig":{"NetworkMode":"container:c1","DNS":["1.1.1.1"]}`, "conflicting options: dns and the network mode"},
		{"", `"HostConfig":{"NetworkMode":"container:c1","ExtraHosts":["a:1.1.1.1"]}`, "conflicting options: custom host-to-IP mapping and the network mode"},
		{"", `"HostConfig":{"NetworkMode":"container:c1","PortBindings":{"80/tcp":[]}}`, "conflicting options: port publishing and the container type network mode"},
		{"", `"HostConfig":{"NetworkMode":"container:c1","PublishAllPorts":true}`, "conflicting options: port publishing and the container type network mode"},
		{"", `"ExposedPorts":{"80/tcp":{}},"HostConfig":{"NetworkMode":"container:c1"}`, "conflicting options: port exposing and the container type network mode"},
		{"", `"HostConfig":{"NetworkMode":"container:c1"}`, ""},
		{"", `"Hostname":"h","HostConfig":{"UTSMode":"host"}`, "conflicting options: hostname and the UTS mode"},
		{"", `"HostConfig":{"UTSMode":"host"}`, ""},
		{"", `"HostConfig":{"NetworkMode":"host","Links":["c1"]}`, "conflicting options: host type networking can't be used with links. This would result in undefined behavior"},
		{"", `"HostConfig":{"Isolation":"hyperv"}`, "invalid isolation (hyperv): linux only supports 'default'"},
		{"", `"HostConfig":{"Isolation":"Default"}`, ""},
		{"", `"HostConfig":{"IOMaximumBandwidth":1}`, "invalid option: QoS maximum bandwidth configuration is not supported on linux"},
		{"", `"HostConfig":{"IOMaximumIOps":1}`, "invalid option: QoS maximum IOPs configuration is not supported on linux"},
		{"", `"HostConfig":{"CpuRealtimePeriod":1,"CpuRealtimeRuntime":2}`, "cpu real-time runtime cannot be higher than cpu real-time period"},
		{"", `"HostConfig":{"CpuRealtimePeriod":2,"CpuRealtimeRuntime":2}`, ""},
		{"", `"HostConfig":{"CpuRealtimeRuntime":2}`, ""},
		{"", `"HostConfig":{"CpuShares":-1}`, "invalid CPU shares (-1): value must be a positive integer"},
		{"", `"WorkingDir":"/a/../b"`, ""},
		{"", `"StopSignal":"BOGUS"`, "invalid signal: BOGUS"},
		{"", `"Env":[""]`, "invalid environment variable: "},
		{"", `"Env":["=a"]`, "invalid environment variable: =a"},
		{"", `"Env":["a"]`, ""},
		{"", `"Healthcheck":{"Interval":999999}`, "Interval in Healthcheck cannot be less than 1ms"},
		{"", `"Healthcheck":{"Interval":1000000,"Timeout":1000000,"StartPeriod":1000000,"StartInterval":1000000}`, ""},
		{"", `"Healthcheck":{"Timeout":999999}`, "Timeout in Healthcheck cannot be less than 1ms"},
		{"", `"Healthcheck":{"Retries":-1}`, "Retries in Healthcheck cannot be negative"},
		{"", `"Healthcheck":{"StartPeriod":999999}`, "StartPeriod in Healthcheck cannot be less than 1ms"},
		{"", `"Healthcheck":{"StartInterval":999999}`, "StartInterval in Healthcheck cannot be less than 1ms"},
		{"", `"HostConfig":{"ExtraHosts":["x"]}`, `bad format for add-host: "x"`},
		{"", `"HostConfig":{"ExtraHosts":[":1.1.1.1"]}`, `bad format for add-host: ":1.1.1.1"`},
		{"", `"HostConfig":{"ExtraHosts":["x:host-gateway","y:[::1]"]}`, ""},
		{"", `"HostConfig":{"PortBindings":{"x/tcp":[]}}`, `invalid port specification: "x"`},
		{"", `"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":""},{"HostPort":"90-80"}]}}`, `invalid port specification: "90-80"`},
		{"", `"HostConfig":{"RestartPolicy":{"Name":"bogus"}}`, "invalid restart policy: unknown policy 'bogus'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"},
		{"", `"HostConfig":{"RestartPolicy":{"Name":"no"},"AutoRemove":true}`, ""},
		{"", `"HostConfig":{"CapAdd":["all","cap_chown"],"CapDrop":["x"]}`, `invalid CapDrop: unknown capability: "CAP_X"`},
		{"", `"HostConfig":{"Annotations":{"":"a"}}`, "invalid Annotations: the empty string is not permitted as an annotation key"},
		{"", `"HostConfig":{"IpcMode":"x"}`, "invalid IPC mode: x"},
		{"", `"HostConfig":{"PidMode":"x"}`, "invalid PID mode: x"},
		{"", `"HostConfig":{"ShmSize":-1}`, "SHM size can not be less than 0"},
		{"", `"HostConfig":{"UTSMode":"x"}`, "invalid UTS mode: x"},
		{"", `"HostConfig":{"OomScoreAdj":-1001}`, "Invalid value -1001, range for oom score adj is [-1000, 1000]"},
		{"", `"HostConfig":{"OomScoreAdj":1001}`, "Invalid value 1001, range for oom score adj is [-1000, 1000]"},
		{"", `"HostConfig":{"OomScoreAdj":1000}`, ""},
		{"", `"HostConfig":{"OomScoreAdj":-1000}`, ""},
		{"", `"HostConfig":{"NetworkMode":"host","PortBindings":{"80/tcp":[{}]}}`, "Published ports are discarded when using host network mode"},
		{"", `"HostConfig":{"Runtime":"x"}`, "unknown or invalid runtime name: x"},
		{"", `"HostConfig":{"Runtime":"io.containerd.runc.v2"}`, ""},
		{"", `"HostConfig":{"Tmpfs":{"x":""}}`, "invalid mount path: 'x' mount path must be absolute"},
		{"", `"HostConfig":{"Tmpfs":{"/x/..":""}}`, "invalid specification: destination can't be '/'"},
		{"", `"HostConfig":{"CgroupnsMode":"x"}`, "invalid cgroup namespace mode: x"},
		{"", `"HostConfig":{"Memory":6291455}`, "Minimum memory limit allowed is 6MB"},
		{"", `"HostConfig":{"Memory":6291456,"MemorySwap":6291456}`, ""},
		{"", `"HostConfig":{"Memory":6291457,"MemorySwap":6291456}`, "Minimum memoryswap limit should be larger than memory limit, see usage"},
		{"", `"HostConfig":{"MemorySwap":6291456}`, "You should always set the Memory limit when using Memoryswap limit, see usage"},
		{"", `"HostConfig":{"MemorySwap":-1}`, ""},
		{"", `"HostConfig":{"MemorySwappiness":-1}`, ""},
		{"", `"HostConfig":{"MemorySwappiness":-2}`, "Invalid value: -2, valid memory swappiness range is 0-100"},
		{"", `"HostConfig":{"MemorySwappiness":0}`, ""},
		{"", `"HostConfig":{"MemorySwappiness":100}`, ""},
		{"", `"HostConfig":{"MemorySwappiness":101}`, "Invalid value: 101, valid memory swappiness range is 0-100"},
		{"", `"HostConfig":{"MemoryReservation":6291455}`, "Minimum memory reservation allowed is 6MB"},
		{"", `"HostConfig":{"MemoryReservation":6291456}`, ""},
		{"", `"HostConfig":{"Memory":6291456,"MemoryReservation":6291456}`, ""},
		{"", `"HostConfig":{"Memory":6291456,"MemoryReservation":6291457}`, "Minimum memory limit can not be less than memory reservation limit, see usage"},
		{"", `"HostConfig":{"OomKillDisable":true}`, "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources."},
		{"", `"HostConfig":{"OomKillDisable":true,"Memory":6291456}`, ""},
		{"", `"HostConfig":{"OomKillDisable":false}`, ""},
		{"", `"HostConfig":{"NanoCpus":1,"CpuPeriod":1000}`, "Conflicting options: Nano CPUs and CPU Period cannot both be set"},
		{"", `"HostConfig":{"NanoCpus":1,"CpuQuota":1000}`, "Conflicting options: Nano CPUs and CPU Quota cannot both be set"},
		{"", `"HostConfig":{"NanoCpus":-1}`, "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"},
		{"", `"HostConfig":{"NanoCpus":2000000000}`, ""},
		{"", `"HostConfig":{"NanoCpus":2000000001}`, "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"},
		{"", `"HostConfig":{"CpuPeriod":999}`, "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"},
		{"", `"HostConfig":{"CpuPeriod":1000,"CpuQuota":1000}`, ""},
		{"", `"HostConfig":{"CpuPeriod":1000000}`, ""},
		{"", `"HostConfig":{"CpuPeriod":1000001}`, "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"},
		{"", `"HostConfig":{"CpuQuota":999}`, "CPU cfs quota can not be less than 1ms (i.e. 1000)"},
		{"", `"HostConfig":{"CpuQuota":-1}`, ""},
		{"", `"HostConfig":{"CpuPercent":1}`, "linux does not support CPU percent. Percent discarded."},
		{"", `"HostConfig":{"CpusetCpus":"1"}`, ""},
		{"", `"HostConfig":{"CpusetCpus":"2"}`, "Requested CPUs are not available - requested 2, available: 0-1"},
		{"", `"HostConfig":{"CpusetCpus":"0,0-1"}`, ""},
		{"", `"HostConfig":{"CpusetCpus":"1-0"}`, "Invalid value 1-0 for cpuset cpus: invalid format: 1-0"},
		{"", `"HostConfig":{"CpusetCpus":"x"}`, "Invalid value x for cpuset cpus: invalid format: x"},
		{"", `"HostConfig":{"CpusetCpus":"0-x"}`, "Invalid value 0-x for cpuset cpus: invalid format: 0-x"},
		{"", `"HostConfig":{"CpusetMems":"0"}`, ""},
		{"", `"HostConfig":{"CpusetMems":"1"}`, "Requested memory nodes are not available - requested 1, available: 0"},
		{"", `"HostConfig":{"CpusetMems":"x"}`, "Invalid value x for cpuset mems: invalid format: x"},
		{"", `"HostConfig":{"BlkioWeight":9}`, "Range of blkio weight is from 10 to 1000"},
		{"", `"HostConfig":{"BlkioWeight":10}`, ""},
		{"", `"HostConfig":{"BlkioWeight":1000}`, ""},
		{"", `"HostConfig":{"BlkioWeight":1001}`, "Range of blkio weight is from 10 to 1000"},
		{"", `"HostConfig":{"SecurityOpt":["no-new-privileges","writable-cgroups","disable","label=a","apparmor:b","seccomp=c","no-new-privileges=true","writable-cgroups=0"]}`, ""},
		{"", `"HostConfig":{"SecurityOpt":["no-new-privileges=x"]}`, `invalid --security-opt 2: "no-new-privileges=x"`},
		{"", `"HostConfig":{"SecurityOpt":["label=a","x=y"]}`, `invalid --security-opt 2: "x=y"`},
		{"", `"HostConfig":{"LogConfig":{"Type":"none","Config":{"mode":"x"}}}`, ""},
		{"", `"HostConfig":{"LogConfig":{"Config":{"mode":"x"}}}`, "logger: logging mode not supported: x"},
		{"", `"HostConfig":{"LogConfig":{"Config":{"mode":"blocking","max-buffer-size":"1"}}}`, "logger: max-buffer-size option is only supported with 'mode=non-blocking'"},
		{"", `"HostConfig":{"LogConfig":{"Config":{"mode":"non-blocking","max-buffer-size":"1"}}}`, ""},
		{"", `"HostConfig":{"LogConfig":{"Type":"syslog","Config":{"x":"y"}}}`, ""},
		{"", `"HostConfig":{"LogConfig":{"Config":{"max-file":"1","x":"y"}}}`, "unknown log opt 'x' for json-file log driver"},
		{"", `"HostConfig":{"LogConfig":{"Config":{"cache-disabled":"1"}}}`, ""},
		{"", `"HostConfig":{"Mounts":[{"Type":"volume"}]}`, `invalid mount config for type "volume": field Target must not be empty`},
		{"", `"HostConfig":{"Mounts":[{"Type":"volume","Target":"/"}]}`, `invalid mount config for type "volume": invalid specification: destination can't be '/'`},
		{"", `"HostConfig":{"Mounts":[{"Type":"volume","Target":"x"}]}`, `invalid mount config for type "volume": invalid mount path: 'x' mount path must be absolute`},
		{"", `"HostConfig":{"Mounts":[{"Type":"x","Target":"/x"}]}`, `invalid mount config for type "x": mount type unknown`},
		{"", `"HostConfig":{"Mounts":[{"Type":"volume","Target":"/x","ImageOptions":{}}]}`, `invalid mount config for type "volume": field ImageOptions must not be specified`},
		{"", `"HostConfig":{"Mounts":[{"Type":"volume","Target":"/x","VolumeOptions":{"Subpath":"a"}}]}`, `invalid mount config for type "volume": must not set Subpath when using anonymous volumes`},
		{"", `"HostConfig":{"Mounts":[{"Type":"volume","Source":"v1","Target":"/x","VolumeOptions":{"Subpath":"../a"}}]}`, `invalid mount config for type "volume": subpath must be a relative path within the volume`},
		{"", `"HostConfig":{"Mounts":[{"Type":"volume","Source":"v1","Target":"/x","VolumeOptions":{"Subpath":"a"}}]}`, " + [{volume v1 /x false   map[] map[] false }]"},
		{"", `"HostConfig":{"Mounts":[{"Type":"volume","Target":"/x","ReadOnly":true}]}`, `invalid mount config for type "volume": must not set ReadOnly mode when using anonymous volumes`},
		{"", `"HostConfig":{"Mounts":[{"Type":"volume","Source":"v1","Target":"/x","ReadOnly":true}]}`, " + [{volume v1 /x true   map[] map[] false }]"},
		{"", `"HostConfig":{"Mounts":[{"Type":"tmpfs","Target":"/x"}]}`, " + [{tmpfs  /x false   map[] map[] false }]"},
		{"", `"HostConfig":{"Mounts":[{"Type":"tmpfs","Source":"a","Target":"/x"}]}`, `invalid mount config for type "tmpfs": field Source must not be specified`},
		{"", `"HostConfig":{"Mounts":[{"Type":"tmpfs","Target":"/x","ImageOptions":{}}]}`, `invalid mount config for type "tmpfs": field ImageOptions must not be specified`},
		{"", `"HostConfig":{"Mounts":[{"Type":"tmpfs","Target":"/x","BindOptions":{}}]}`, `BindOptions must not be specified on mount type "tmpfs"`},
		{"", `"HostConfig":{"Mounts":[{"Type":"image","Target":"/x"}]}`, `invalid mount config for type "image": field Source must not be empty`},
		{"", `"HostConfig":{"Mounts":[{"Type":"image","Source":"bb:1","Target":"/x"}]}`, "Image mount is an experimental feature + [{image bb:1 /x false   map[] map[] false }]"},
		{"", `"HostConfig":{"Mounts":[{"Type":"image","Source":"bb:1","Target":"/x","ImageOptions":{"Subpath":"/a"}}]}`, `invalid mount config for type "image": subpath must be a relative path within the volume`},
		{"", `"HostConfig":{"Mounts":[{"Type":"image","Source":"bb:1","Target":"/x","ImageOptions":{"Subpath":"a"}}]}`, "Image mount is an experimental feature + [{image bb:1 /x false   map[] map[] false }]"},
		{"", `"HostConfig":{"Mounts":[{"Type":"image","Source":"bb:1","Target":"/x","VolumeOptions":{}}]}`, `VolumeOptions must not be specified on mount type "image"`},
		{"", `"HostConfig":{"Mounts":[{"Type":"bind","Target":"/x"}]}`, `invalid mount config for type "bind": field Source must not be empty`},
		{"", `"HostConfig":{"Mounts":[{"Type":"bind","Source":"/","Target":"/x","BindOptions":{"Propagation":"x"}}]}`, `invalid mount config for type "bind": invalid propagation mode: x`},
		{"", `"HostConfig":{"Mounts":[{"Type":"bind","Source":"/","Target":"/x","BindOptions":{"Propagation":"rslave"}}]}`, " + [{bind / /x false rslave  map[] map[] false }]"},
		{"", `"HostConfig":{"Mounts":[{"Type":"bind","Source":"/","Target":"/x","ImageOptions":{}}]}`, `invalid mount config for type "bind": field ImageOptions must not be specified`},
		{"", `"HostConfig":{"Mounts":[{"Type":"bind","Source":"a","Target":"/x"}]}`, `invalid mount config for type "bind": invalid mount path: 'a' mount path must be absolute`},
		{"", `"HostConfig":{"Mounts":[{"Type":"bind","Source":"/nosuch/folder","Target":"/x","BindOptions":{"CreateMountpoint":true}}]}`, " + [{bind /nosuch/folder /x false   map[] map[] false }]"},
		{"", `"HostConfig":{"Mounts":[{"Type":"bind","Source":"/","Target":"/x","TmpfsOptions":{}}]}`, `TmpfsOptions must not be specified on mount type "bind"`},
		{"", `"HostConfig":{"Mounts":[{"Type":"volume","Source":"v1","Target":"/x/","ReadOnly":true,"VolumeOptions":{"Labels":{"a":"b"},"DriverConfig":{"Name":"local","Options":{"type":"tmpfs","device":"d"}}}}]}`, " + [{volume v1 /x true  local map[device:d type:tmpfs] map[a:b] false }]"},
		{"", `"HostConfig":{"VolumeDriver":"local","Mounts":[{"Type":"volume","Target":"/x"}]}`, "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead + [{volume  /x false   map[] map[] false }]"},
		{"", `"HostConfig":{"VolumeDriver":"local","Mounts":[{"Type":"volume","Target":"/x","VolumeOptions":{"DriverConfig":{"Name":"local"}}}]}`, " + [{volume  /x false  local map[] map[] false }]"},
		{"", `"HostConfig":{"VolumeDriver":"local","Mounts":[{"Type":"volume","Target":"/x","VolumeOptions":{"DriverConfig":{}}}]}`, "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead + [{volume  /x false   map[] map[] false }]"},
		{"", `"HostConfig":{"VolumeDriver":"local","Mounts":[{"Type":"tmpfs","Target":"/x"}]}`, " + [{tmpfs  /x false   map[] map[] false }]"},
		{"", `"NetworkingConfig":{"EndpointsConfig":{"bridge":null}}`, "invalid config for network bridge: EndpointsConfig is nil"},
		{"", `"NetworkingConfig":{"EndpointsConfig":{"bridge":null,"n1":null}}`, "* invalid config for network bridge: EndpointsConfig is nil\n* invalid config for network n1: EndpointsConfig is nil"},
		{"", `"NetworkingConfig":{"EndpointsConfig":{"bridge":{"IPAMConfig":{"IPv4Address":"1.2.3.4"},"Aliases":["a"]},"n1":null}}`, "* invalid config for network bridge: invalid endpoint settings:\n\t* user specified IP address is supported on user defined networks only\n\t* network-scoped alias is supported only for containers in user defined networks\n\t* no configured subnet or ip-range contain the IP address 1.2.3.4\n* invalid config for network n1: EndpointsConfig is nil"},
		{"", `"NetworkingConfig":{"EndpointsConfig":{"bridge":{"IPAMConfig":{"IPv6Address":"::4"}}}}`, "invalid config for network bridge: invalid endpoint settings:\n* user specified IP address is supported on user defined networks only\n* user specified IP address is supported only when connecting to networks with user configured subnets"},
		{"", `"NetworkingConfig":{"EndpointsConfig":{"bridge":{"MacAddress":"x"}}}`, "invalid config for network bridge: invalid MAC address x"},
		{"", `"NetworkingConfig":{"EndpointsConfig":{"bridge":{"DriverOpts":{"com.docker.network.endpoint.sysctls":"net.ipv4.conf.IFNAME.a=1,net.ipv6.conf.ifname.a=1,net.mpls.conf.IFNAME.a=1"}}}}`, " + bridge map[com.docker.network.endpoint.sysctls:net.ipv4.conf.IFNAME.a=1,net.ipv6.conf.ifname.a=1,net.mpls.conf.IFNAME.a=1]"},
		{"", `"NetworkingConfig":{"EndpointsConfig":{"bridge":{"DriverOpts":{"com.docker.network.endpoint.sysctls":"net.ipv4.conf.eth0.a=1"}}}}`, "invalid config for network bridge: invalid endpoint settings:\nunrecognised network interface sysctl 'net.ipv4.conf.eth0.a=1'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'"},
		{"", `"NetworkingConfig":{"EndpointsConfig":{"bridge":{"DriverOpts":{"com.docker.network.endpoint.sysctls":"net.x.conf.IFNAME.a=1"}}}}`, "invalid config for network bridge: invalid endpoint settings:\nunrecognised network interface sysctl 'net.x.conf.IFNAME.a=1'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'"},
		{"", `"NetworkingConfig":{"EndpointsConfig":{"bridge":{"DriverOpts":{"com.docker.network.endpoint.sysctls":"x"}}}}`, "invalid config for network bridge: invalid endpoint settings:\nunrecognised network interface sysctl 'x'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'"},
		{"", `"MacAddress":"02:00:00:00:00:01"`, "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead. + bridge 02:00:00:00:00:01map[]"},
		{"", `"MacAddress":"02:00:00:00:00:01","HostConfig":{"NetworkMode":"host"}`, "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead."},
		{"", `"MacAddress":"02:00:00:00:00:01","NetworkingConfig":{"EndpointsConfig":{"bridge":{"MacAddress":"02:00:00:00:00:02"}}}`, "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty"},
		{"", `"MacAddress":"02:00:00:00:00:01","NetworkingConfig":{"EndpointsConfig":{"bridge":{"MacAddress":"02:00:00:00:00:01"}}}`, "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead. + bridge 02:00:00:00:00:01map[]"},
		{"", `"MacAddress":"02:00:00:00:00:01","NetworkingConfig":{"EndpointsConfig":{"n1":{}}}`, "unable to migrate container-wide MAC address to a specific network: HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks"},
		{"", `"HostConfig":{"Sysctls":{"net.ipv4.conf.eth0.a":"1"}}`, `interface specific sysctl setting "net.ipv4.conf.eth0.a" must be supplied using driver option 'com.docker.network.endpoint.sysctls'`},
		{"", `"HostConfig":{"Sysctls":{"net.ipv4.conf.lo.a":"1","kernel.ipv4.conf.eth0.a":"1"}}`, ""},
		{"/v1.43", `"MacAddress":"02:00:00:00:00:01"`, " + bridge 02:00:00:00:00:01map[]"},
		{"/v1.43", `"MacAddress":"02:00:00:00:00:01","HostConfig":{"NetworkMode":"host"}`, "conflicting options: mac-address and the network mode"},
		{"/v1.43", `"MacAddress":"02:00:00:00:00:01","NetworkingConfig":{"EndpointsConfig":{"n1":{}}}`, " + n1 02:00:00:00:00:01map[]"},
		{"/v1.43", `"HostConfig":{"KernelMemory":1}`, ""},
		{"/v1.41", `"HostConfig":{"KernelMemory":6291455}`, "Minimum kernel memory limit allowed is 6MB"},
		{"/v1.41", `"HostConfig":{"KernelMemory":6291456}`, ""},
		{"/v1.47", `"HostConfig":{"Sysctls":{"net.ipv4.conf.eth0.a":"1","net.ipv6.conf.eth0.b.c":"2"}}`, `Migrated sysctl "net.ipv4.conf.eth0.a,net.ipv6.conf.eth0.b.c" to DriverOpts{"com.docker.network.endpoint.sysctls":"net.ipv4.conf.IFNAME.a=1,net.ipv6.conf.IFNAME.b.c=2"}. + bridge map[com.docker.network.endpoint.sysctls:net.ipv4.conf.IFNAME.a=1,net.ipv6.conf.IFNAME.b.c=2]`},
		{"/v1.47", `"HostConfig":{"Sysctls":{"net.ipv4.conf.eth1.a":"1"}}`, "unable to determine network endpoint for sysctl net.ipv4.conf.eth1.a, use driver option 'com.docker.network.endpoint.sysctls' to set per-interface sysctls"},
		{"/v1.47", `"HostConfig":{"NetworkMode":"host","Sysctls":{"net.ipv4.conf.eth0.a":"1"}}`, ""},
		{"/v1.47", `"HostConfig":{"Sysctls":{"net.ipv4.conf.eth0.a":"1"}},"NetworkingConfig":{"EndpointsConfig":{"bridge":{"DriverOpts":{"com.docker.network.endpoint.sysctls":"net.ipv4.conf.IFNAME.b=1"}}}}`, `Migrated sysctl "net.ipv4.conf.eth0.a" to DriverOpts{"com.docker.network.endpoint.sysctls":"net.ipv4.conf.IFNAME.a=1"}. + bridge map[com.docker.network.endpoint.sysctls:net.ipv4.conf.IFNAME.a=1,net.ipv4.conf.IFNAME.b=1]`},
		{"/v1.47", `"HostConfig":{"Sysctls":{"net.ipv4.conf.eth0.a":"1"}},"NetworkingConfig":{"EndpointsConfig":{"n1":{}}}`, "unable to find a network for sysctl net.ipv4.conf.eth0.a: HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks"},
	} {
		h, st := withImage(t, engine.Default())
		must[state.Network](t)(st.AddNetwork(state.Network{Name: "n1"}))
		send(t, h, "/containers/create?name=c1", "application/json", []byte(`{"Image":"bb:1"}`))
		_, body := send(t, h, tt.version+"/containers/create?name=c2", "application/json", []byte(`{"Image":"bb:1",`+tt.what+"}"))
		var answer struct {
			Message  string
			Warnings []string
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatal(err)
		}
		got := answer.Message + strings.Join(answer.Warnings, "|")
		if c, err := st.Container("c2"); err == nil {
			if m := c.Host.Mounts; m != nil {
				got += fmt.Sprintf(" + %v", m)
			}
			for _, name := range []string{"bridge", "n1"} {
				if e := c.Endpoints[name]; e.WantMAC != "" || e.DriverOpts != nil {
					got += fmt.Sprint(" + ", name, " ", e.WantMAC, e.DriverOpts)
				}
			}
		}
		if got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.version, tt.what, got, tt.want)
		}
	}
}
