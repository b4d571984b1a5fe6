package sdk

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/checkpoint"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/api/types/volume"
	docker "github.com/docker/docker/client"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// dockerNotServed are the methods of docker/docker/client whose operation the fake does not have.
var dockerNotServed = map[string]string{
	"PluginInstall": noPlugins,
	"PluginUpgrade": noPlugins,
	"PluginCreate":  noPlugins,
}

// TestDockerCalls calls every method of docker/docker/client.
func TestDockerCalls(t *testing.T) {
	t.Parallel()
	for _, engine := range []fakedaemon.Engine{fakedaemon.Engine20, fakedaemon.Engine28, fakedaemon.Engine29} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			d := fakedaemon.Start(t, &fakedaemon.Options{Engine: engine, Mode: modes.TLSVerify})
			client, err := docker.NewClientWithOpts(docker.WithHost(d.Host()), docker.WithTLSClientConfig(files(d.CertDir())), docker.WithAPIVersionNegotiation())
			if err != nil {
				t.Fatal(err)
			}
			c := dockerCaller{newCaller(t, client, dockerNotServed), d, engine}
			c.system()
			c.containers()
			c.execs()
			c.images()
			c.registry()
			c.networks()
			c.volumes()
			c.plugins()
			c.swarm()
			c.events()
			c.call("Close")
			c.finish()
		})
	}
}

type dockerCaller struct {
	*caller
	d      *fakedaemon.Daemon
	engine fakedaemon.Engine
}

func (c dockerCaller) system() {
	ping := get[types.Ping](c.caller, "Ping")
	c.call("NegotiateAPIVersionPing", ping)
	c.call("NegotiateAPIVersion")
	version := map[fakedaemon.Engine]string{fakedaemon.Engine20: "1.41", fakedaemon.Engine28: "1.51", fakedaemon.Engine29: "1.51"}[c.engine]
	c.same("ClientVersion", version, get[string](c.caller, "ClientVersion"))
	c.same("DaemonHost", c.d.Host(), get[string](c.caller, "DaemonHost"))
	c.call("HTTPClient")
	c.same("ServerVersion", get[types.Version](c.caller, "ServerVersion").APIVersion, ping.APIVersion)
	conn, err := get[func(context.Context) (net.Conn, error)](c.caller, "Dialer")(c.t.Context())
	if err != nil {
		c.t.Error(err)
	} else {
		conn.Close()
	}
	info := get[system.Info](c.caller, "Info")
	c.same("Info", system.Info{ID: info.ID, Name: "fakedocker", Swarm: info.Swarm}, system.Info{ID: info.ID, Name: info.Name, Swarm: info.Swarm, Containers: info.Containers})
	c.fails("unable to upgrade to h2c, received 501", "DialHijack", "/session", "h2c", nil)
	c.call("BuildCancel", "nothing")
	c.call("NewVersionError", "1.24", "nothing")
}

func (c dockerCaller) containers() {
	c.d.AddImage(fakedaemon.Image{Tags: []string{"app:1"}})
	c.d.SetProgram("serve", fakedaemon.Program{Runs: true, Stdout: "ready\n"})
	created := get[container.CreateResponse](c.caller, "ContainerCreate",
		&container.Config{Image: "app:1", Cmd: []string{"serve"}, Labels: map[string]string{"a": "b"}},
		&container.HostConfig{RestartPolicy: container.RestartPolicy{Name: "on-failure"}}, nil, nil, "one")
	id := created.ID
	if len(id) != 64 || len(created.Warnings) != 0 {
		c.t.Errorf("ContainerCreate: %+v", created)
	}
	c.call("ContainerStart", id)
	one := get[container.InspectResponse](c.caller, "ContainerInspect", "one")
	c.same("ContainerInspect", []string{id, "/one", "running", "app:1", "on-failure"},
		[]string{one.ID, one.Name, one.State.Status, one.Config.Image, string(one.HostConfig.RestartPolicy.Name)})
	raw := get[[]byte](c.caller, "ContainerInspectWithRaw", id, true)
	if !strings.Contains(string(raw), `"SizeRw"`) {
		c.t.Errorf("ContainerInspectWithRaw has no size: %s", raw)
	}
	list := get[[]container.Summary](c.caller, "ContainerList", container.ListOptions{Filters: filters.NewArgs(filters.Arg("label", "a=b"))})
	c.same("ContainerList", []string{id + " /one running"}, names(list, func(s container.Summary) string { return s.ID + " " + s.Names[0] + " " + s.State }))
	top := get[container.TopResponse](c.caller, "ContainerTop", id, []string{"-eo", "pid,comm"})
	if len(top.Titles) != 2 || len(top.Processes) == 0 {
		c.t.Errorf("ContainerTop: %+v", top)
	}
	for _, method := range []string{"ContainerStats", "ContainerStatsOneShot"} {
		if got := get[string](c.caller, method, id); !strings.Contains(got, `"cpu_stats"`) {
			c.t.Errorf("%s: %s", method, got)
		}
	}
	c.call("ContainerResize", id, container.ResizeOptions{Height: 24, Width: 80})
	c.call("ContainerRename", id, "two")
	c.same("ContainerUpdate", container.UpdateResponse{}, get[container.UpdateResponse](c.caller, "ContainerUpdate", "two", container.UpdateConfig{RestartPolicy: container.RestartPolicy{Name: "always"}}))
	c.call("ContainerPause", "two")
	paused := "Container " + id + " is already paused"
	if c.engine == fakedaemon.Engine29 {
		paused = "container " + id + " is already paused"
	}
	c.fails("Error response from daemon: "+paused, "ContainerPause", "two")
	c.call("ContainerUnpause", "two")
	attached := get[types.HijackedResponse](c.caller, "ContainerAttach", id, container.AttachOptions{Stdout: true, Logs: true})
	if out, err := io.ReadAll(attached.Reader); err != nil || string(out) != readyFrame {
		c.t.Errorf("ContainerAttach: %q, %v", out, err)
	}
	attached.Close()
	c.same("ContainerLogs", readyFrame, get[string](c.caller, "ContainerLogs", id, container.LogsOptions{ShowStdout: true}))
	c.same("ContainerDiff", []container.FilesystemChange(nil), get[[]container.FilesystemChange](c.caller, "ContainerDiff", id))
	c.call("CopyToContainer", id, "/etc", dockerfile(c.t, "FROM app:1\n"))
	stat := get[container.PathStat](c.caller, "ContainerStatPath", id, "/etc/Dockerfile")
	c.same("ContainerStatPath", container.PathStat{Name: "Dockerfile", Size: 11, Mode: 0o600, Mtime: time.Unix(0, 0)}, stat)
	copied := c.call("CopyFromContainer", id, "/etc/Dockerfile")
	c.same("CopyFromContainer", []any{fileOf(c.t, copied[0].(string), "Dockerfile"), stat}, []any{"FROM app:1\n", copied[1]})
	c.same("ContainerDiff", []container.FilesystemChange{
		{Kind: container.ChangeModify, Path: "/etc"}, {Kind: container.ChangeAdd, Path: "/etc/Dockerfile"},
	}, get[[]container.FilesystemChange](c.caller, "ContainerDiff", id))
	c.same("ContainerExport", "FROM app:1\n", fileOf(c.t, get[string](c.caller, "ContainerExport", id), "etc/Dockerfile"))
	commit := get[container.CommitResponse](c.caller, "ContainerCommit", id, container.CommitOptions{Reference: "committed:1"})
	if !strings.HasPrefix(commit.ID, "sha256:") {
		c.t.Errorf("ContainerCommit: %+v", commit)
	}
	c.fails(experimental, "CheckpointCreate", id, checkpoint.CreateOptions{CheckpointID: "cp"})
	c.fails(experimental, "CheckpointList", id)
	c.fails(experimental, "CheckpointDelete", id, checkpoint.DeleteOptions{CheckpointID: "cp"})
	c.call("ContainerRestart", id)
	c.call("ContainerKill", id, "KILL")
	wait := c.call("ContainerWait", id, container.WaitConditionNotRunning)
	select {
	case got := <-wait[0].(<-chan container.WaitResponse):
		c.same("ContainerWait", container.WaitResponse{StatusCode: 137}, got)
	case err := <-wait[1].(<-chan error):
		c.t.Errorf("ContainerWait: %v", err)
	}
	c.call("ContainerStop", id)
	c.call("ContainerRemove", id)
	c.fails("Error response from daemon: No such container: two", "ContainerInspect", "two")
	c.call("ContainerCreate", &container.Config{Image: "app:1"}, nil, nil, nil, "three")
	c.same("ContainersPrune", 1, len(get[container.PruneReport](c.caller, "ContainersPrune").ContainersDeleted))
}

func (c dockerCaller) execs() {
	id := c.d.AddContainer(fakedaemon.Container{Name: "shell", Image: "app:1"})
	c.d.SetProgram("watch", fakedaemon.Program{Runs: true})
	exec := get[container.ExecCreateResponse](c.caller, "ContainerExecCreate", id, container.ExecOptions{Cmd: []string{"watch"}, Detach: true})
	c.call("ContainerExecStart", exec.ID, container.ExecStartOptions{Detach: true})
	c.call("ContainerExecResize", exec.ID, container.ResizeOptions{Height: 24, Width: 80})
	got := get[container.ExecInspect](c.caller, "ContainerExecInspect", exec.ID)
	c.same("ContainerExecInspect", container.ExecInspect{ExecID: exec.ID, ContainerID: id, Running: true, Pid: got.Pid}, got)
	exec = get[container.ExecCreateResponse](c.caller, "ContainerExecCreate", id, container.ExecOptions{Cmd: []string{"false"}, AttachStdout: true})
	attached := get[types.HijackedResponse](c.caller, "ContainerExecAttach", exec.ID)
	if out, err := io.ReadAll(attached.Reader); err != nil || len(out) > 0 {
		c.t.Errorf("ContainerExecAttach: %q, %v", out, err)
	}
	attached.Close()
	c.same("ContainerExecInspect", 1, get[container.ExecInspect](c.caller, "ContainerExecInspect", exec.ID).ExitCode)
	c.call("ContainerRemove", id, container.RemoveOptions{Force: true})
}

func (c dockerCaller) images() {
	c.call("ImageTag", "app:1", "app:2")
	list := get[[]image.Summary](c.caller, "ImageList", image.ListOptions{Filters: filters.NewArgs(filters.Arg("reference", "app"))})
	c.same("ImageList", []string{"app:1 app:2"}, names(list, func(s image.Summary) string { return strings.Join(sorted(s.RepoTags), " ") }))
	inspect := get[image.InspectResponse](c.caller, "ImageInspect", "app:2")
	again := get[image.InspectResponse](c.caller, "ImageInspectWithRaw", inspect.ID)
	c.same("ImageInspectWithRaw", inspect, again)
	if history := get[[]image.HistoryResponseItem](c.caller, "ImageHistory", "app:1"); len(history) == 0 {
		c.t.Error("ImageHistory is empty")
	}
	saved := get[string](c.caller, "ImageSave", []string{"app:1"})
	c.same("ImageRemove", []image.DeleteResponse{{Untagged: "app:2"}}, get[[]image.DeleteResponse](c.caller, "ImageRemove", "app:2"))
	c.call("ImageRemove", "app:1")
	if got := get[string](c.caller, "ImageLoad", strings.NewReader(saved)); !strings.Contains(got, "Loaded image: app:1") {
		c.t.Errorf("ImageLoad: %s", got)
	}
	if got := get[string](c.caller, "ImageImport", image.ImportSource{Source: strings.NewReader(emptyTar), SourceName: "-"}, "imported:1"); !strings.Contains(got, "sha256:") {
		c.t.Errorf("ImageImport: %s", got)
	}
	if got := get[string](c.caller, "ImageBuild", dockerfile(c.t, "FROM app:1\nLABEL a=b\n"), build.ImageBuildOptions{Tags: []string{"built:1"}}); !strings.Contains(got, "Successfully tagged built:1") {
		c.t.Errorf("ImageBuild: %s", got)
	}
	c.call("BuildCachePrune")
	c.call("ImagesPrune", filters.NewArgs(filters.Arg("dangling", "false"), filters.Arg("label", "nothing")))
}

func (c dockerCaller) registry() {
	host := testRegistry(c.t)
	login := get[registry.AuthenticateOKBody](c.caller, "RegistryLogin", registry.AuthConfig{Username: "bob", Password: "secret", ServerAddress: host})
	c.same("RegistryLogin", registry.AuthenticateOKBody{Status: "Login Succeeded"}, login)
	c.call("ImageTag", "app:1", host+"/app:1")
	auth := "e30="
	if got := get[string](c.caller, "ImagePush", host+"/app:1", image.PushOptions{RegistryAuth: auth}); !strings.Contains(got, "digest: sha256:") {
		c.t.Errorf("ImagePush: %s", got)
	}
	c.call("ImageRemove", host+"/app:1")
	for method, options := range map[string]any{"ImagePull": image.PullOptions{RegistryAuth: auth}, "ImageCreate": image.CreateOptions{RegistryAuth: auth}} {
		if got := get[string](c.caller, method, host+"/app:1", options); !strings.Contains(got, "Digest: sha256:") {
			c.t.Errorf("%s: %s", method, got)
		}
	}
	if got := get[registry.DistributionInspect](c.caller, "DistributionInspect", host+"/app:1", auth); !strings.HasPrefix(string(got.Descriptor.Digest), "sha256:") {
		c.t.Errorf("DistributionInspect: %+v", got)
	}
	found := get[[]registry.SearchResult](c.caller, "ImageSearch", host+"/app")
	c.same("ImageSearch", []registry.SearchResult{{Name: "app", Description: "An app.", StarCount: 7, IsOfficial: true}}, found)
}

func (c dockerCaller) networks() {
	net := get[network.CreateResponse](c.caller, "NetworkCreate", "back", network.CreateOptions{Driver: "bridge", Labels: map[string]string{"a": "b"}})
	id := c.d.AddContainer(fakedaemon.Container{Name: "web", Image: "app:1"})
	c.call("NetworkConnect", "back", "web", &network.EndpointSettings{Aliases: []string{"www"}})
	got := get[network.Inspect](c.caller, "NetworkInspect", "back")
	c.same("NetworkInspect", []string{net.ID, "bridge", "b", "web"}, []string{got.ID, got.Driver, got.Labels["a"], got.Containers[id].Name})
	c.same("NetworkInspectWithRaw", got, get[network.Inspect](c.caller, "NetworkInspectWithRaw", net.ID))
	c.call("NetworkDisconnect", "back", "web", false)
	list := get[[]network.Summary](c.caller, "NetworkList")
	c.same("NetworkList", []string{"back", "bridge", "host", "none"}, names(list, func(n network.Summary) string { return n.Name }))
	c.call("NetworkRemove", "back")
	c.call("NetworkCreate", "unused")
	c.same("NetworksPrune", network.PruneReport{NetworksDeleted: []string{"unused"}}, get[network.PruneReport](c.caller, "NetworksPrune"))
}

func (c dockerCaller) volumes() {
	created := get[volume.Volume](c.caller, "VolumeCreate", volume.CreateOptions{Name: "data", Labels: map[string]string{"a": "b"}})
	got := get[volume.Volume](c.caller, "VolumeInspect", "data")
	c.same("VolumeInspect", created, got)
	c.same("VolumeInspectWithRaw", created, get[volume.Volume](c.caller, "VolumeInspectWithRaw", "data"))
	list := get[volume.ListResponse](c.caller, "VolumeList")
	c.same("VolumeList", []string{"data"}, names(list.Volumes, func(v *volume.Volume) string { return v.Name }))
	if usage := get[types.DiskUsage](c.caller, "DiskUsage"); len(usage.Volumes) != 1 || len(usage.Images) == 0 {
		c.t.Errorf("DiskUsage: %+v", usage)
	}
	c.call("VolumeRemove", "data", false)
	c.call("VolumeCreate", volume.CreateOptions{})
	c.same("VolumesPrune", 1, len(get[volume.PruneReport](c.caller, "VolumesPrune").VolumesDeleted))
}

func (c dockerCaller) events() {
	out := c.call("Events", events.ListOptions{Since: "0", Until: time.Now().Add(-time.Nanosecond).Format(time.RFC3339Nano), Filters: filters.NewArgs(filters.Arg("type", "volume"))})
	messages, failed := out[0].(<-chan events.Message), out[1].(<-chan error)
	var got []string
	for {
		select {
		case m := <-messages:
			got = append(got, string(m.Type)+" "+string(m.Action))
		case err := <-failed:
			want := []string{"volume create", "volume destroy", "volume create", "volume destroy", "volume prune"}
			if c.engine == fakedaemon.Engine20 {
				want = slices.Delete(want, 3, 4) // it tells of no volume that a prune removes
			}
			c.same("Events", want, got)
			c.same("the end of Events", "EOF", err.Error())
			return
		}
	}
}

func (c dockerCaller) plugins() {
	c.same("PluginList", 0, len(get[types.PluginsListResponse](c.caller, "PluginList")))
	const missing = `Error response from daemon: plugin "nosuch" not found`
	c.fails(missing, "PluginInspectWithRaw", "nosuch")
	c.fails(missing, "PluginEnable", "nosuch")
	c.fails(missing, "PluginDisable", "nosuch")
	c.fails(missing, "PluginRemove", "nosuch")
	c.fails(missing, "PluginSet", "nosuch", []string{"A=B"})
	c.fails(missing, "PluginPush", "nosuch", "e30=")
	c.call("PluginInstall", "nosuch", types.PluginInstallOptions{RemoteRef: "nosuch"})
	c.call("PluginUpgrade", "nosuch", types.PluginInstallOptions{RemoteRef: "nosuch"})
	c.call("PluginCreate", strings.NewReader(""), types.PluginCreateOptions{RepoName: "nosuch"})
}
