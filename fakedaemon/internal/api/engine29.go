package api

import (
	"net/http"
	"regexp"
)

// changes29 are the fields in which dockerd 29 differs from 28 (the recordings of API versions and of flows). What
// the recorded host was, with cgroups of version 1, is as in 28.
var changes29 = []change{
	{operation: "SystemInfo", path: ".KernelMemory", value: drop},
	{operation: "SystemInfo", path: ".KernelMemoryTCP", value: drop},
	{operation: "SystemInfo", below: "1.49", path: ".ContainerdCommit.Expected", value: ""},
	{operation: "SystemInfo", below: "1.49", path: ".RuncCommit.Expected", value: ""},
	{operation: "SystemInfo", below: "1.49", path: ".InitCommit.Expected", value: ""},
	{operation: "SystemInfo", from: "1.49", path: ".FirewallBackend.Info", value: [][]string{
		{"EnableUserlandProxy", "true"}, {"UserlandProxyPath", "/usr/bin/docker-proxy"},
	}},

	{operation: "SystemAuth", path: ".IdentityToken", value: drop},

	{operation: "ContainerList", path: "[].Ports[].IP", value: "", add: true, after: first},
	{operation: "SystemDataUsage", path: ".Containers[].Ports[].IP", value: "", add: true, after: first},
	{operation: "SystemDataUsage", path: ".ContainerUsage.Items[].Ports[].IP", value: "", add: true, after: first},

	{operation: "ContainerStats", path: ".os_type", value: "linux", after: "name"},

	{operation: "ContainerInspect", path: ".Config.OnBuild", value: drop},
	{operation: "ContainerInspect", path: ".NetworkSettings.Bridge", value: drop},
	{operation: "ContainerInspect", path: ".NetworkSettings.HairpinMode", value: drop},
	{operation: "ContainerInspect", path: ".NetworkSettings.LinkLocalIPv6Address", value: drop},
	{operation: "ContainerInspect", path: ".NetworkSettings.LinkLocalIPv6PrefixLen", value: drop},
	{operation: "ContainerInspect", path: ".NetworkSettings.SecondaryIPAddresses", value: drop},
	{operation: "ContainerInspect", path: ".NetworkSettings.SecondaryIPv6Addresses", value: drop},

	{operation: "ImageInspect", below: "1.45", path: ".Container", value: ""},
	{operation: "ImageInspect", below: "1.45", path: ".ContainerConfig", value: nil},
	{operation: "ImageInspect", below: "1.52", path: ".DockerVersion", value: ""},
	{operation: "ImageInspect", from: "1.52", path: ".DockerVersion", value: drop},

	{operation: "NetworkList", path: "[].Containers", value: drop},
}

// rewordings29 are the errors that dockerd 29 words otherwise than 28.
var rewordings29 = []rewording{
	{text: regexp.MustCompile(`^bad parameter: pathcannot be empty$`), words: "bad parameter: path cannot be empty"},
	{text: regexp.MustCompile(`no configured subnet or ip-range contain the IP address`), words: "no configured subnet contains IP address"},
	{operation: "NetworkList", text: regexp.MustCompile(`^invalid value for filter 'dangling', `), words: "invalid value for filter 'dangling': "},
	{operation: "NetworkList", text: regexp.MustCompile(`^invalid filter: 'type'='.*'$`), words: "invalid value for filter 'type': must be 'builtin' or 'custom'", status: http.StatusBadRequest},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^invalid JSON: got (EOF) .*`), words: "invalid JSON: $1"},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^(image with reference .* was found but) its platform .* does not match (the specified platform .*)`), words: "$1 does not provide $2"},
	{operation: "ContainerPause", text: regexp.MustCompile(`^Container (\w+ is already paused)$`), words: "container $1"},
	{operation: "ContainerRename", text: regexp.MustCompile(`^Error when allocating new name: Invalid container name \(/\).*`), words: "Neither old nor new names may be empty"},
	{operation: "ContainerPrune", text: regexp.MustCompile(`^(failed to parse value as time or duration: )("[^"]*")$`), words: "${1}invalid seconds $2: invalid syntax"},
	{operation: "NetworkPrune", text: regexp.MustCompile(`^(failed to parse value as time or duration: )("[^"]*")$`), words: "${1}invalid seconds $2: invalid syntax"},
	{operation: "NetworkPrune", text: regexp.MustCompile(`^more than one until filter specified$`), words: "invalid filter: 'until' cannot be specified more than once"},
	{operation: "ContainerStop", text: regexp.MustCompile(`^strconv\.Atoi: `), status: http.StatusBadRequest},
	{operation: "ContainerList", text: regexp.MustCompile(`^strconv\.Atoi: `), status: http.StatusBadRequest},
}
