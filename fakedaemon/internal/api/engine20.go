package api

import (
	"net/http"
	"regexp"
)

// changes20 are the fields in which Debian's dockerd 20.10 differs from 28 (the recordings of API versions and of
// flows; docker/docker v20.10.24).
var changes20 = []change{
	{operation: "SystemInfo", path: ".CDISpecDirs", value: drop},
	{operation: "SystemInfo", path: ".BridgeNfIptables", value: true, after: "IPv4Forwarding"},
	{operation: "SystemInfo", path: ".BridgeNfIp6tables", value: true, after: "BridgeNfIptables"},
	{operation: "SystemInfo", path: ".RegistryConfig.AllowNondistributableArtifactsCIDRs", value: []string{}},
	{operation: "SystemInfo", path: ".RegistryConfig.AllowNondistributableArtifactsHostnames", value: []string{}},
	{operation: "SystemInfo", path: ".Runtimes", value: map[string]any{
		"io.containerd.runc.v2":          map[string]string{"path": "runc"},
		"io.containerd.runtime.v1.linux": map[string]string{"path": "runc"},
		"runc":                           map[string]string{"path": "runc"},
	}},
	{operation: "SystemInfo", path: ".ContainerdCommit.Expected", value: "1.6.20~ds1-1+deb12u3"},
	{operation: "SystemInfo", path: ".RuncCommit.Expected", value: "1.1.5+ds1-1+deb12u1"},
	{operation: "SystemInfo", path: ".InitCommit.Expected", value: ""},
	{operation: "SystemInfo", from: "1.25", path: ".SecurityOptions", value: []string{"name=seccomp,profile=default"}},
	{operation: "SystemInfo", below: "1.25", path: ".ExecutionDriver", value: "<not supported>"},

	{operation: "SystemDataUsage", path: ".BuildCache", value: nil},
	{operation: "SystemDataUsage", path: ".BuilderSize", value: 0, after: "BuildCache"},
	{operation: "SystemDataUsage", path: ".Containers[].NetworkSettings.Networks.*.DNSNames", value: drop},
	{operation: "SystemDataUsage", path: ".Containers[].NetworkSettings.Networks.*.GwPriority", value: drop},

	{operation: "ContainerList", path: "[].NetworkSettings.Networks.*.DNSNames", value: drop},
	{operation: "ContainerList", path: "[].NetworkSettings.Networks.*.GwPriority", value: drop},

	{operation: "ContainerInspect", path: ".NetworkSettings.Networks.*.DNSNames", value: drop},
	{operation: "ContainerInspect", path: ".NetworkSettings.Networks.*.GwPriority", value: drop},
	{operation: "ContainerInspect", path: ".HostConfig.KernelMemory", value: 0, after: "DeviceRequests"},
	{operation: "ContainerInspect", path: ".HostConfig.KernelMemoryTCP", value: 0, after: "KernelMemory", add: true},
	{operation: "ContainerInspect", path: ".GraphDriver.Data", value: nil},

	{operation: "ImageInspect", path: ".Container", value: "", after: "Created", add: true},

	{operation: "NetworkList", path: "[].EnableIPv4", value: drop},
	{operation: "NetworkInspect", path: ".EnableIPv4", value: drop},

	{operation: "TaskList", path: "[].Volumes", value: drop},
	{operation: "TaskInspect", path: ".Volumes", value: drop},
}

// lowercase is the error of a name in upper case, which later engines show.
var lowercase = regexp.MustCompile(`(invalid reference format: repository name) \([^)]*\) (must be lowercase)$`)

// rewordings20 are the errors that dockerd 20.10 words otherwise than 28.
var rewordings20 = []rewording{
	{text: regexp.MustCompile(`^invalid address (.*: It does not belong)`), words: "Invalid address $1"},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^config (cannot be empty .*)`), words: "Config $1"},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^no (command specified)$`), words: "No $1"},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^Container cannot be created with multiple (network endpoints: .*)`), words: "Container cannot be connected to $1"},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^invalid JSON: got (EOF) .*`), words: "$1", status: http.StatusInternalServerError},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^invalid JSON: (.*) container\.CreateRequest$`), words: "$1 runconfig.ContainerConfigWrapper", status: http.StatusInternalServerError},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^invalid JSON: (.*) CreateRequest\.(?:Config\.)?(.*)`), words: "$1 ContainerConfigWrapper.$2", status: http.StatusInternalServerError},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^invalid JSON: (.*)`), words: "$1", status: http.StatusInternalServerError},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^invalid restart policy: unknown policy ('.*');.*`), words: "invalid restart policy $1"},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^unknown or invalid runtime name: (.*)`), words: "Unknown runtime specified $1"},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^invalid signal: (.*)`), words: "Invalid signal: $1"},
	{operation: "ContainerCreate", text: regexp.MustCompile(`^(image with reference .* was found but) its platform \((.*)\) does not match the specified platform \((.*)\)$`), words: "$1 does not match the specified platform: wanted $3, actual: $2"},
	{operation: "ContainerKill", text: regexp.MustCompile(`^cannot kill container: .*: invalid signal: (.*)`), words: "Invalid signal: $1"},
	{operation: "ContainerKill", text: regexp.MustCompile(`^cannot (kill container: .*: )container (.* is not running)$`), words: "Cannot ${1}Container $2"},
	{operation: "ContainerKill", text: regexp.MustCompile(`^cannot (kill container: .*: )the (linux daemon does not support signal .*)`), words: "Cannot ${1}The $2", status: http.StatusInternalServerError},
	{operation: "ContainerKill", text: regexp.MustCompile(`^cannot (kill container: .*)`), words: "Cannot $1"},
	{operation: "ContainerStart", text: regexp.MustCompile(`^container \w+ is not running$`)}, // whose PIDs it was to share
	{text: regexp.MustCompile(`^container (\w+ is not running)$`), words: "Container $1"},
	{operation: "ExecStart", text: regexp.MustCompile(`^exec (command \w+ (?:has|is) already .*)`), words: "Error: Exec $1"},
	{operation: "ContainerUpdate", text: regexp.MustCompile(`^invalid restart policy: unknown policy ('.*');.*`), words: "invalid restart policy $1"},
	{operation: "ContainerUpdate", text: regexp.MustCompile(`^invalid restart policy: (maximum retry count cannot be negative)$`), words: "$1"},
	{operation: "ContainerPrune", text: regexp.MustCompile(`^failed to parse value as time`), status: http.StatusInternalServerError},
	{operation: "ContainerList", text: regexp.MustCompile(`^invalid filter 'status=(.*?)': .*`), words: "Invalid filter 'status=$1'"},
	{operation: "ContainerList", text: regexp.MustCompile(`^invalid filter 'exited=.*?': (strconv\..*)`), words: "$1", status: http.StatusInternalServerError},
	{operation: "ContainerList", text: regexp.MustCompile(`^invalid filter 'health=(.*?)': .*`), words: "Unrecognised filter value for health: $1"},
	{operation: "ContainerList", text: regexp.MustCompile(`^No such container: `), words: "no such container ", status: http.StatusInternalServerError},
	{operation: "PutContainerArchive", text: regexp.MustCompile(`^extraction point is not a directory$|is marked read-only$`), status: http.StatusInternalServerError},
	{operation: "ImageTag", text: regexp.MustCompile(`^invalid tag format$`), status: http.StatusInternalServerError},
	{operation: "ImageTag", text: lowercase, words: "$1 $2", status: http.StatusInternalServerError},
	{operation: "ImageTag", text: regexp.MustCompile(`^invalid reference format$`), status: http.StatusInternalServerError},
	{operation: "ImageCommit", text: lowercase, words: "$1 $2", status: http.StatusInternalServerError},
	{operation: "ImageCommit", text: regexp.MustCompile(`^invalid (tag|reference) format$`), status: http.StatusInternalServerError},
	{text: lowercase, words: "$1 $2"},
	{text: regexp.MustCompile(`^invalid filter '`), words: "Invalid filter '"},
	{text: regexp.MustCompile(`^multiple IDs found`), words: "Multiple IDs found", status: http.StatusInternalServerError},
}
