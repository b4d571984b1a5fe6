package openapi

// nulls are the fields of good answers that are null although the description gives them a type that null is not of: dockerd
// encodes Go's nil slices, maps and pointers as they are. A check of the answers recorded from dockerd 28.5.2 finds the same
// ones, but for RepoTags of SystemDataUsage, which its daemon/images leaves nil as it does RepoDigests.
var nulls = map[string][]string{
	"BuildPrune": {
		"/CachesDeleted",
	},
	"ContainerChanges": {
		"", // of a container whose files are those of its image
	},
	"ContainerInspect": {
		"/Config/Entrypoint", "/Config/Volumes", "/HostConfig/Binds", "/HostConfig/BlkioDeviceReadBps",
		"/HostConfig/BlkioDeviceReadIOps", "/HostConfig/BlkioDeviceWriteBps", "/HostConfig/BlkioDeviceWriteIOps",
		"/HostConfig/BlkioWeightDevice", "/HostConfig/CapAdd", "/HostConfig/CapDrop", "/HostConfig/DeviceCgroupRules",
		"/HostConfig/DeviceRequests", "/HostConfig/Devices", "/HostConfig/Dns", "/HostConfig/DnsOptions",
		"/HostConfig/DnsSearch", "/HostConfig/ExtraHosts", "/HostConfig/GroupAdd", "/HostConfig/Links",
		"/HostConfig/MemorySwappiness", "/HostConfig/SecurityOpt", "/HostConfig/Ulimits", "/HostConfig/VolumesFrom",
		"/NetworkSettings/Networks/*/Aliases", "/NetworkSettings/Networks/*/DNSNames", "/NetworkSettings/Networks/*/Links",
	},
	"ContainerList": {
		"/*/NetworkSettings/Networks/*/Aliases", "/*/NetworkSettings/Networks/*/DNSNames",
		"/*/NetworkSettings/Networks/*/Links",
	},
	"ContainerPrune": {
		"/ContainersDeleted",
	},
	"ContainerUpdate": {
		"/Warnings",
	},
	"ImageInspect": {
		"/Config/Entrypoint", "/Config/Labels", "/Config/Volumes", "/GraphDriver/Data",
	},
	"ImageList": {
		"/*/Labels",
	},
	"ImagePrune": {
		"/ImagesDeleted",
	},
	"NetworkInspect": {
		"/IPAM/Options",
	},
	"NetworkList": {
		"/*/IPAM/Config", "/*/IPAM/Options",
	},
	"NetworkPrune": {
		"/NetworksDeleted",
	},
	"ServiceUpdate": {
		"/Warnings",
	},
	"SystemDataUsage": {
		"/Containers/*/NetworkSettings/Networks/*/Aliases", "/Containers/*/NetworkSettings/Networks/*/DNSNames",
		"/Containers/*/NetworkSettings/Networks/*/Links", "/Images/*/Labels", "/Images/*/RepoDigests",
		"/Images/*/RepoTags", "/Volumes/*/Labels", "/Volumes/*/Options",
	},
	"SystemInfo": {
		"/DriverStatus", "/GenericResources", "/Plugins/Authorization", "/RegistryConfig/Mirrors",
		"/Warnings",
	},
	"VolumeCreate": {
		"/Labels", "/Options",
	},
	"VolumeInspect": {
		"/Options",
	},
	"VolumeList": {
		"/Volumes/*/Options", "/Warnings",
	},
}

// undescribed are the statuses that dockerd 28.5.2 answers with and the description does not have: as recorded, or by the source
// that is named.
var undescribed = map[string]map[int]string{
	"ContainerExec":       {400: "recorded"},
	"ContainerKill":       {400: "recorded"},
	"ContainerPause":      {409: "recorded"},
	"ContainerResize":     {400: "postContainersResize of api/server/router/container: no height"},
	"ContainerStart":      {409: "recorded"},
	"ContainerUpdate":     {400: "recorded"},
	"DistributionInspect": {400: "getDistributionInfo of api/server/router/distribution: a bad reference"},
	"ImageGet":            {404: "recorded of ImageGetAll, which has the same handler"},
	"ImageList":           {400: "recorded"},
	"ImageSearch":         {400: "getImagesSearch of api/server/router/image: the limit is no number"},
	"NetworkCreate":       {409: "recorded"},
	"NetworkList":         {400: "recorded"},
	"SwarmUnlock":         {409: "errNotLocked of daemon/cluster"},
	"VolumeCreate":        {400: "recorded"},
	"VolumeList":          {400: "recorded"},
}

// others are the rest. To POST /containers/{id}/attach dockerd writes errors as plain text, on the bare connection; what asks for
// no websocket is refused by its library; the ID of a config and a secret is {"ID": ...}, as recorded.
var others = []problem{
	{"ContainerAttach", 400, "", "no JSON: invalid character 'I' looking for beginning of value"},
	{"ContainerAttach", 404, "", "no JSON: invalid character 'N' looking for beginning of value"},
	{"ContainerAttachWebsocket", 400, "", "no JSON: invalid character 'o' in literal null (expecting 'u')"},
	{"ConfigCreate", 201, "/Id", `property "Id" is missing`},
	{"SecretCreate", 201, "/Id", `property "Id" is missing`},
}

// notServed are the operations that the fake answers 501, if not with what dockerd says before it does them.
var notServed = []string{
	"PluginCreate", "PluginPull", "PluginUpgrade",
}

// notProvoked are the statuses of the description that no step has, with the reason. 500 is left out: it means that something
// inside has failed.
var notProvoked = map[string]map[int]string{
	"ContainerAttachWebsocket": {200: "dockerd answers 400 to what asks for no websocket"},
	"ContainerDelete":          {400: "dockerd refuses no parameter of it"},
	"ImagePush":                {404: "dockerd tells it in the stream, with status 200"},
	"ImageTag":                 {409: "dockerd moves a tag that is taken"},
	"NetworkDisconnect":        {403: "it is of a container of a swarm's task that another node runs"},
	"NodeDelete":               {200: "it takes a second node"},
	"PluginDelete":             {200: "there are no plugins"},
	"PluginDisable":            {200: "there are no plugins"},
	"PluginEnable":             {200: "there are no plugins"},
	"PluginInspect":            {200: "there are no plugins"},
	"PluginPush":               {200: "there are no plugins"},
	"PluginSet":                {204: "there are no plugins"},
	"PutContainerArchive":      {403: "dockerd answers 400 of what is marked read-only"},
	"Session":                  {101: "there is no BuildKit"},
	"SwarmInspect":             {404: "dockerd answers 503 without a swarm"},
	"SwarmJoin":                {200: "it takes a second node"},
	"SwarmUnlock":              {200: "a swarm is locked after a restart of dockerd alone"},
	"SystemAuth": {
		204: "dockerd answers 200 with a status",
		401: "dockerd answers 500, as recorded",
	},
	"VolumeUpdate": {200: "it is of cluster volumes, which take a plugin"},
}
