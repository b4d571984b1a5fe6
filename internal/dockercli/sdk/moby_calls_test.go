package sdk

import (
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/build"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/image"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/api/types/volume"
	moby "github.com/moby/moby/client"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// mobyNotServed are the methods of moby/moby/client whose operation the fake does not have.
var mobyNotServed = map[string]string{
	"PluginInstall": noPlugins,
	"PluginUpgrade": noPlugins,
	"PluginCreate":  noPlugins,
}

// TestMobyCalls calls every method of moby/moby/client.
func TestMobyCalls(t *testing.T) {
	t.Parallel()
	for _, engine := range []fakedaemon.Engine{fakedaemon.Engine20, fakedaemon.Engine28, fakedaemon.Engine29} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			d := fakedaemon.Start(t, &fakedaemon.Options{Engine: engine, Mode: modes.TLSVerify})
			client, err := moby.New(moby.WithHost(d.Host()), moby.WithTLSClientConfig(files(d.CertDir())))
			if err != nil {
				t.Fatal(err)
			}
			c := mobyCaller{newCaller(t, client, mobyNotServed), d, engine}
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

type mobyCaller struct {
	*caller
	d      *fakedaemon.Daemon
	engine fakedaemon.Engine
}

func (c mobyCaller) system() {
	ping := get[moby.PingResult](c.caller, "Ping", moby.PingOptions{NegotiateAPIVersion: true})
	version := map[fakedaemon.Engine]string{fakedaemon.Engine20: "1.41", fakedaemon.Engine28: "1.51", fakedaemon.Engine29: "1.55"}[c.engine]
	c.same("Ping", version, ping.APIVersion)
	c.same("ClientVersion", version, get[string](c.caller, "ClientVersion"))
	c.same("DaemonHost", c.d.Host(), get[string](c.caller, "DaemonHost"))
	c.same("ServerVersion", version, get[moby.ServerVersionResult](c.caller, "ServerVersion").APIVersion)
	conn, err := get[func(context.Context) (net.Conn, error)](c.caller, "Dialer")(c.t.Context())
	if err != nil {
		c.t.Error(err)
	} else {
		conn.Close()
	}
	c.same("Info", "fakedocker", get[moby.SystemInfoResult](c.caller, "Info").Info.Name)
	c.fails("unable to upgrade to h2c, received 501", "DialHijack", "/session", "h2c", nil)
	c.call("BuildCancel", "nothing")
}

func (c mobyCaller) containers() {
	c.d.AddImage(fakedaemon.Image{Tags: []string{"app:1"}})
	c.d.SetProgram("serve", fakedaemon.Program{Runs: true, Stdout: "ready\n"})
	created := get[moby.ContainerCreateResult](c.caller, "ContainerCreate", moby.ContainerCreateOptions{
		Name:       "one",
		Config:     &container.Config{Image: "app:1", Cmd: []string{"serve"}, Labels: map[string]string{"a": "b"}},
		HostConfig: &container.HostConfig{RestartPolicy: container.RestartPolicy{Name: "on-failure"}},
	})
	id := created.ID
	if len(id) != 64 || len(created.Warnings) != 0 {
		c.t.Errorf("ContainerCreate: %+v", created)
	}
	c.call("ContainerStart", id)
	inspect := get[moby.ContainerInspectResult](c.caller, "ContainerInspect", "one", moby.ContainerInspectOptions{Size: true})
	one := inspect.Container
	c.same("ContainerInspect", []string{id, "/one", "running", "app:1", "on-failure"},
		[]string{one.ID, one.Name, string(one.State.Status), one.Config.Image, string(one.HostConfig.RestartPolicy.Name)})
	if !strings.Contains(string(inspect.Raw), `"SizeRw"`) {
		c.t.Errorf("ContainerInspect has no size: %s", inspect.Raw)
	}
	list := get[moby.ContainerListResult](c.caller, "ContainerList", moby.ContainerListOptions{Filters: moby.Filters{}.Add("label", "a=b")})
	c.same("ContainerList", []string{id + " /one running"}, names(list.Items, func(s container.Summary) string { return s.ID + " " + s.Names[0] + " " + string(s.State) }))
	top := get[moby.ContainerTopResult](c.caller, "ContainerTop", id, moby.ContainerTopOptions{Arguments: []string{"-eo", "pid,comm"}})
	if len(top.Titles) != 2 || len(top.Processes) == 0 {
		c.t.Errorf("ContainerTop: %+v", top)
	}
	if got := get[string](c.caller, "ContainerStats", id); !strings.Contains(got, `"cpu_stats"`) {
		c.t.Errorf("ContainerStats: %s", got)
	}
	c.call("ContainerResize", id, moby.ContainerResizeOptions{Height: 24, Width: 80})
	c.call("ContainerRename", id, moby.ContainerRenameOptions{NewName: "two"})
	update := moby.ContainerUpdateOptions{RestartPolicy: &container.RestartPolicy{Name: "always"}}
	c.same("ContainerUpdate", moby.ContainerUpdateResult{}, get[moby.ContainerUpdateResult](c.caller, "ContainerUpdate", "two", update))
	c.call("ContainerPause", "two")
	paused := "Container " + id + " is already paused"
	if c.engine == fakedaemon.Engine29 {
		paused = "container " + id + " is already paused"
	}
	c.fails("Error response from daemon: "+paused, "ContainerPause", "two")
	c.call("ContainerUnpause", "two")
	attached := get[moby.ContainerAttachResult](c.caller, "ContainerAttach", id, moby.ContainerAttachOptions{Stdout: true, Logs: true})
	if out, err := io.ReadAll(attached.Reader); err != nil || string(out) != readyFrame {
		c.t.Errorf("ContainerAttach: %q, %v", out, err)
	}
	attached.Close()
	c.same("ContainerLogs", readyFrame, get[string](c.caller, "ContainerLogs", id, moby.ContainerLogsOptions{ShowStdout: true}))
	c.same("ContainerDiff", moby.ContainerDiffResult{}, get[moby.ContainerDiffResult](c.caller, "ContainerDiff", id))
	c.call("CopyToContainer", id, moby.CopyToContainerOptions{DestinationPath: "/etc", Content: dockerfile(c.t, "FROM app:1\n")})
	stat := get[moby.ContainerStatPathResult](c.caller, "ContainerStatPath", id, moby.ContainerStatPathOptions{Path: "/etc/Dockerfile"}).Stat
	c.same("ContainerStatPath", container.PathStat{Name: "Dockerfile", Size: 11, Mode: 0o600, Mtime: time.Unix(0, 0)}, stat)
	copied := get[moby.CopyFromContainerResult](c.caller, "CopyFromContainer", id, moby.CopyFromContainerOptions{SourcePath: "/etc/Dockerfile"})
	c.same("CopyFromContainer", stat, copied.Stat)
	content, err := io.ReadAll(copied.Content)
	if err != nil {
		c.t.Error(err)
	}
	copied.Content.Close()
	c.same("CopyFromContainer", "FROM app:1\n", fileOf(c.t, string(content), "Dockerfile"))
	c.same("ContainerDiff", moby.ContainerDiffResult{Changes: []container.FilesystemChange{
		{Kind: container.ChangeModify, Path: "/etc"}, {Kind: container.ChangeAdd, Path: "/etc/Dockerfile"},
	}}, get[moby.ContainerDiffResult](c.caller, "ContainerDiff", id))
	c.same("ContainerExport", "FROM app:1\n", fileOf(c.t, get[string](c.caller, "ContainerExport", id), "etc/Dockerfile"))
	commit := get[moby.ContainerCommitResult](c.caller, "ContainerCommit", id, moby.ContainerCommitOptions{Reference: "committed:1"})
	if !strings.HasPrefix(commit.ID, "sha256:") {
		c.t.Errorf("ContainerCommit: %+v", commit)
	}
	c.fails(experimental, "CheckpointCreate", id, moby.CheckpointCreateOptions{CheckpointID: "cp"})
	c.fails(experimental, "CheckpointList", id)
	c.fails(experimental, "CheckpointRemove", id, moby.CheckpointRemoveOptions{CheckpointID: "cp"})
	c.call("ContainerRestart", id)
	c.call("ContainerKill", id, moby.ContainerKillOptions{Signal: "KILL"})
	wait := get[moby.ContainerWaitResult](c.caller, "ContainerWait", id, moby.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case got := <-wait.Result:
		c.same("ContainerWait", container.WaitResponse{StatusCode: 137}, got)
	case err := <-wait.Error:
		c.t.Errorf("ContainerWait: %v", err)
	}
	c.call("ContainerStop", id)
	c.call("ContainerRemove", id)
	c.fails("Error response from daemon: No such container: two", "ContainerInspect", "two")
	c.call("ContainerCreate", moby.ContainerCreateOptions{Image: "app:1", Name: "three"})
	c.same("ContainerPrune", 1, len(get[moby.ContainerPruneResult](c.caller, "ContainerPrune").Report.ContainersDeleted))
}

func (c mobyCaller) execs() {
	id := c.d.AddContainer(fakedaemon.Container{Name: "shell", Image: "app:1"})
	c.d.SetProgram("watch", fakedaemon.Program{Runs: true})
	exec := get[moby.ExecCreateResult](c.caller, "ExecCreate", id, moby.ExecCreateOptions{Cmd: []string{"watch"}})
	c.call("ExecStart", exec.ID, moby.ExecStartOptions{Detach: true})
	c.call("ExecResize", exec.ID, moby.ExecResizeOptions{Height: 24, Width: 80})
	got := get[moby.ExecInspectResult](c.caller, "ExecInspect", exec.ID)
	c.same("ExecInspect", moby.ExecInspectResult{ID: exec.ID, ContainerID: id, Running: true, PID: got.PID}, got)
	exec = get[moby.ExecCreateResult](c.caller, "ExecCreate", id, moby.ExecCreateOptions{Cmd: []string{"false"}, AttachStdout: true})
	attached := get[moby.ExecAttachResult](c.caller, "ExecAttach", exec.ID)
	if out, err := io.ReadAll(attached.Reader); err != nil || len(out) > 0 {
		c.t.Errorf("ExecAttach: %q, %v", out, err)
	}
	attached.Close()
	c.same("ExecInspect", 1, get[moby.ExecInspectResult](c.caller, "ExecInspect", exec.ID).ExitCode)
	c.call("ContainerRemove", id, moby.ContainerRemoveOptions{Force: true})
}

func (c mobyCaller) images() {
	c.call("ImageTag", moby.ImageTagOptions{Source: "app:1", Target: "app:2"})
	list := get[moby.ImageListResult](c.caller, "ImageList", moby.ImageListOptions{Filters: moby.Filters{}.Add("reference", "app")})
	c.same("ImageList", []string{"app:1 app:2"}, names(list.Items, func(s image.Summary) string { return strings.Join(sorted(s.RepoTags), " ") }))
	c.same("ImageInspect", list.Items[0].ID, get[moby.ImageInspectResult](c.caller, "ImageInspect", "app:2").ID)
	if history := get[moby.ImageHistoryResult](c.caller, "ImageHistory", "app:1"); len(history.Items) == 0 {
		c.t.Error("ImageHistory is empty")
	}
	if c.engine == fakedaemon.Engine29 {
		c.same("ImageAttestations", 0, len(get[moby.ImageAttestationsResult](c.caller, "ImageAttestations", "app:1").Items))
	} else {
		c.fails(`"attestations" requires API version 1.55, but the Docker daemon API version is `+get[string](c.caller, "ClientVersion"), "ImageAttestations", "app:1")
	}
	saved := get[string](c.caller, "ImageSave", []string{"app:1"})
	removed := get[moby.ImageRemoveResult](c.caller, "ImageRemove", "app:2")
	c.same("ImageRemove", []image.DeleteResponse{{Untagged: "app:2"}}, removed.Items)
	c.call("ImageRemove", "app:1")
	if got := get[string](c.caller, "ImageLoad", strings.NewReader(saved)); !strings.Contains(got, "Loaded image: app:1") {
		c.t.Errorf("ImageLoad: %s", got)
	}
	source := moby.ImageImportSource{Source: strings.NewReader(emptyTar), SourceName: "-"}
	if got := get[string](c.caller, "ImageImport", source, "imported:1"); !strings.Contains(got, "sha256:") {
		c.t.Errorf("ImageImport: %s", got)
	}
	if got := get[string](c.caller, "ImageBuild", dockerfile(c.t, "FROM app:1\nLABEL a=b\n"), moby.ImageBuildOptions{Tags: []string{"built:1"}}); !strings.Contains(got, "Successfully tagged built:1") {
		c.t.Errorf("ImageBuild: %s", got)
	}
	c.same("BuildCachePrune", build.CachePruneReport{}, get[moby.BuildCachePruneResult](c.caller, "BuildCachePrune").Report)
	c.call("ImagePrune", moby.ImagePruneOptions{Filters: moby.Filters{}.Add("dangling", "false").Add("label", "nothing")})
}

func (c mobyCaller) registry() {
	host := testRegistry(c.t)
	login := get[moby.RegistryLoginResult](c.caller, "RegistryLogin", moby.RegistryLoginOptions{Username: "bob", Password: "secret", ServerAddress: host})
	c.same("RegistryLogin", registry.AuthResponse{Status: "Login Succeeded"}, login.Auth)
	c.call("ImageTag", moby.ImageTagOptions{Source: "app:1", Target: host + "/app:1"})
	if got := get[string](c.caller, "ImagePush", host+"/app:1", moby.ImagePushOptions{RegistryAuth: "e30="}); !strings.Contains(got, "digest: sha256:") {
		c.t.Errorf("ImagePush: %s", got)
	}
	c.call("ImageRemove", host+"/app:1")
	if got := get[string](c.caller, "ImagePull", host+"/app:1"); !strings.Contains(got, "Digest: sha256:") {
		c.t.Errorf("ImagePull: %s", got)
	}
	got := get[moby.DistributionInspectResult](c.caller, "DistributionInspect", host+"/app:1")
	if !strings.HasPrefix(string(got.Descriptor.Digest), "sha256:") {
		c.t.Errorf("DistributionInspect: %+v", got)
	}
	found := get[moby.ImageSearchResult](c.caller, "ImageSearch", host+"/app")
	c.same("ImageSearch", []registry.SearchResult{{Name: "app", Description: "An app.", StarCount: 7, IsOfficial: true}}, found.Items)
}

func (c mobyCaller) networks() {
	created := get[moby.NetworkCreateResult](c.caller, "NetworkCreate", "back", moby.NetworkCreateOptions{Driver: "bridge", Labels: map[string]string{"a": "b"}})
	id := c.d.AddContainer(fakedaemon.Container{Name: "web", Image: "app:1"})
	c.call("NetworkConnect", "back", moby.NetworkConnectOptions{Container: "web", EndpointConfig: &network.EndpointSettings{Aliases: []string{"www"}}})
	got := get[moby.NetworkInspectResult](c.caller, "NetworkInspect", "back").Network
	c.same("NetworkInspect", []string{created.ID, "bridge", "b", "web"}, []string{got.ID, got.Driver, got.Labels["a"], got.Containers[id].Name})
	c.call("NetworkDisconnect", "back", moby.NetworkDisconnectOptions{Container: "web"})
	list := get[moby.NetworkListResult](c.caller, "NetworkList")
	c.same("NetworkList", []string{"back", "bridge", "host", "none"}, names(list.Items, func(n network.Summary) string { return n.Name }))
	c.call("NetworkRemove", "back")
	c.call("NetworkCreate", "unused")
	c.same("NetworkPrune", network.PruneReport{NetworksDeleted: []string{"unused"}}, get[moby.NetworkPruneResult](c.caller, "NetworkPrune").Report)
}

func (c mobyCaller) volumes() {
	created := get[moby.VolumeCreateResult](c.caller, "VolumeCreate", moby.VolumeCreateOptions{Name: "data", Labels: map[string]string{"a": "b"}})
	c.same("VolumeInspect", created.Volume, get[moby.VolumeInspectResult](c.caller, "VolumeInspect", "data").Volume)
	list := get[moby.VolumeListResult](c.caller, "VolumeList")
	c.same("VolumeList", []string{"data"}, names(list.Items, func(v volume.Volume) string { return v.Name }))
	usage := get[moby.DiskUsageResult](c.caller, "DiskUsage", moby.DiskUsageOptions{Images: true, Volumes: true, Verbose: true})
	c.same("DiskUsage", []int64{1, int64(len(usage.Images.Items))}, []int64{usage.Volumes.TotalCount, usage.Images.TotalCount})
	c.call("VolumeRemove", "data")
	c.call("VolumeCreate")
	c.same("VolumePrune", 1, len(get[moby.VolumePruneResult](c.caller, "VolumePrune").Report.VolumesDeleted))
}

func (c mobyCaller) events() {
	events := get[moby.EventsResult](c.caller, "Events", moby.EventsListOptions{
		Since: "0", Until: time.Now().Add(-time.Nanosecond).Format(time.RFC3339Nano), Filters: moby.Filters{}.Add("type", "volume"),
	})
	var got []string
	for {
		select {
		case m := <-events.Messages:
			got = append(got, string(m.Type)+" "+string(m.Action))
		case err := <-events.Err:
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

func (c mobyCaller) plugins() {
	c.same("PluginList", 0, len(get[moby.PluginListResult](c.caller, "PluginList").Items))
	const missing = `Error response from daemon: plugin "nosuch" not found`
	for _, method := range []string{"PluginInspect", "PluginEnable", "PluginDisable", "PluginRemove", "PluginPush"} {
		c.fails(missing, method, "nosuch")
	}
	c.fails(missing, "PluginSet", "nosuch", moby.PluginSetOptions{Args: []string{"A=B"}})
	c.call("PluginInstall", "nosuch", moby.PluginInstallOptions{RemoteRef: "nosuch"})
	c.call("PluginUpgrade", "nosuch", moby.PluginUpgradeOptions{RemoteRef: "nosuch"})
	c.call("PluginCreate", new(bytes.Buffer), moby.PluginCreateOptions{RepoName: "nosuch"})
}
