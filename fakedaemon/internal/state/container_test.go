package state

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

func TestAddContainerErrors(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	bare := ok[Image](t)(s.AddImage(Image{})).ID
	first := ok[Container](t)(s.AddContainer(Container{Name: "/er1", ImageID: img, Host: HostConfig{PortBindings: map[string][]PortBinding{"80/tcp": {{HostIP: "127.0.0.1", HostPort: "8080"}}}}, State: ContainerState{Running: true}}))
	for _, tt := range []struct {
		c           Container
		class, text string
	}{
		{Container{Name: "a"}, "Invalid", "Invalid container name (a), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"},
		{Container{Name: "a b"}, "Invalid", "Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"},
		{Container{Name: "er1"}, "Conflict", `Conflict. The container name "/er1" is already in use by container "` + first.ID + `". You have to remove (or rename) that container to be able to reuse that name.`},
		{Container{ID: first.ID}, "Conflict", "container " + first.ID + " exists"},
		{Container{ID: "abc"}, "Invalid", `invalid ID "abc": must be 64 lower-case hex digits`},
		{Container{Image: "nosuch:1", ImageID: "sha256:x"}, "NotFound", "No such image: nosuch:1"},
		{Container{ImageID: bare}, "Invalid", "no command specified"},
		{Container{Host: HostConfig{NetworkMode: "nosuch"}}, "NotFound", "network nosuch not found"},
		{Container{Host: HostConfig{Binds: []string{"v1"}}}, "*errors.errorString", `invalid volume specification: 'v1': invalid mount config for type "volume": invalid mount path: 'v1' mount path must be absolute`},
		{Container{Host: HostConfig{Binds: []string{"v1:data"}}}, "*errors.errorString", `invalid volume specification: 'v1:data': invalid mount config for type "volume": invalid mount path: 'data' mount path must be absolute`},
		{Container{Host: HostConfig{Binds: []string{"x:/data"}}}, "Invalid", "create x: volume name is too short, names should be at least two alphanumeric characters"},
		{Container{Host: HostConfig{Binds: []string{"v1:/data", "v2:/data"}}}, "Invalid", "Duplicate mount point: /data"},
		{Container{Host: HostConfig{Binds: []string{"v1:/data"}, Tmpfs: []string{"/data"}}}, "Invalid", "Duplicate mount point: /data"},
		{Container{State: ContainerState{Running: true}, Host: HostConfig{PortBindings: map[string][]PortBinding{"1/tcp": {{HostPort: "8080"}}}}}, "Conflict", "Bind for 0.0.0.0:8080 failed: port is already allocated"},
		{Container{State: ContainerState{Running: true}, Host: HostConfig{PortBindings: map[string][]PortBinding{"1/tcp": {{HostPort: "9"}, {HostPort: "9"}}}}}, "Conflict", "Bind for 0.0.0.0:9 failed: port is already allocated"},
	} {
		if tt.c.ImageID == "" {
			tt.c.ImageID = img
		}
		_, err := s.AddContainer(tt.c)
		check(t, tt.text, err, tt.class, tt.text)
	}
	if got := len(s.Containers()); got != 1 {
		t.Errorf("%d containers", got)
	}
	for _, fine := range []map[string][]PortBinding{
		{"1/udp": {{HostPort: "8080"}}},
		{"1/tcp": {{HostIP: "127.0.0.2", HostPort: "8080"}}},
	} {
		_, err := s.AddContainer(Container{ImageID: img, State: ContainerState{Running: true}, Host: HostConfig{PortBindings: fine}})
		check(t, "another protocol or address", err, "", "")
	}
	_, err := s.AddContainer(Container{ImageID: img, Host: HostConfig{Tmpfs: []string{"/data"}, Mounts: []MountRequest{{Type: "volume", Source: "v1", Target: "/data"}}}})
	check(t, "a mount in the place of a tmpfs, which dockerd lets pass", err, "", "")
}

// TestContainerStates: only a live container has addresses, ports and a PID (api/notes.md part 3).
func TestContainerStates(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	n := ok[Network](t)(s.AddNetwork(Network{Name: "n1"}))
	for _, tt := range []struct {
		state         ContainerState
		live, started bool
	}{
		{ContainerState{}, false, false},
		{ContainerState{Running: true, StartedAt: testTime}, true, true},
		{ContainerState{Running: true, Paused: true, StartedAt: testTime}, true, true},
		{ContainerState{Running: true, Restarting: true, StartedAt: testTime}, false, true},
		{ContainerState{StartedAt: testTime, FinishedAt: testTime}, false, true},
	} {
		c := ok[Container](t)(s.AddContainer(Container{
			ImageID: img, State: tt.state,
			Host: HostConfig{NetworkMode: "n1", Aliases: []string{"al"}, PortBindings: map[string][]PortBinding{"80/tcp": {{}}}},
		}))
		e := c.Endpoints["n1"]
		live := e.EndpointID != "" && e.IPAddress != "" && e.MacAddress != "" && len(c.Ports) == 1 && c.SandboxID != "" && c.State.Pid != 0
		dead := e.EndpointID == "" && e.IPAddress == "" && e.MacAddress == "" && len(c.Ports) == 0 && c.SandboxID == "" && c.State.Pid == 0
		if live != tt.live || dead == tt.live || (e.NetworkID == n.ID) != tt.started {
			t.Errorf("%s: %+v %+v", c.State.Status(), c, e)
		}
		if d := cmp.Diff([]string{c.Name, "al", c.ID[:12]}, e.DNSNames); d != "" {
			t.Errorf("DNS names (-want +got)\n%s", d)
		}
	}
}

func TestContainerNetworks(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	live := ContainerState{Running: true}
	add := func(mode string) Container {
		return ok[Container](t)(s.AddContainer(Container{ImageID: img, State: live, Host: HostConfig{NetworkMode: mode, PortBindings: map[string][]PortBinding{"80/tcp": {{}}}}}))
	}
	if c := add("default"); c.Host.NetworkMode != "bridge" || c.Endpoints["bridge"].IPAddress != "172.17.0.2" || c.Endpoints["bridge"].DNSNames != nil {
		t.Errorf("default: %+v", c)
	}
	if e := add("").Endpoints["bridge"]; e.IPAddress != "172.17.0.3" || e.Gateway != "172.17.0.1" || e.IPPrefixLen != 16 {
		t.Errorf("bridge: %+v", e)
	}
	for _, mode := range []string{"host", "none"} {
		if c := add(mode); len(c.Ports) != 0 || c.Endpoints[mode].EndpointID == "" || c.Endpoints[mode].IPAddress != "" || c.Endpoints[mode].MacAddress != "" {
			t.Errorf("%s: %+v", mode, c)
		}
	}
	if c := add("container:" + add("none").ID); len(c.Endpoints) != 0 || len(c.Ports) != 0 {
		t.Errorf("another's: %+v", c)
	}
	ok[Network](t)(s.AddNetwork(Network{Name: "six", EnableIPv6: true, Internal: true, Subnets: []Subnet{{Subnet: "fd00:dead::/64"}, {Subnet: "10.9.0.0/30"}}}))
	if e := add("six").Endpoints["six"]; e.IPAddress != "10.9.0.2" || e.IPPrefixLen != 30 || e.Gateway != "" || e.GlobalIPv6Address != "fd00:dead::2" || e.GlobalIPv6PrefixLen != 64 {
		t.Errorf("six: %+v", e)
	}
	ok[Network](t)(s.AddNetwork(Network{Name: "aux", Subnets: []Subnet{{Subnet: "10.8.0.0/29", Auxiliary: map[string]string{"x": "10.8.0.2"}}}}))
	if e := add("aux").Endpoints["aux"]; e.IPAddress != "10.8.0.3" {
		t.Errorf("aux: %+v", e)
	}
	_, err := s.AddContainer(Container{ImageID: img, State: live, Host: HostConfig{NetworkMode: "six"}})
	if class(err) != "*errors.errorString" || !strings.HasPrefix(err.Error(), "no available IPv4 addresses on this network's address pools: six (") {
		t.Errorf("a full pool: %v", err)
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	add := func() map[string][]PortBinding {
		return ok[Container](t)(s.AddContainer(Container{
			ImageID: img, State: ContainerState{Running: true}, Config: image.Config{ExposedPorts: []string{"99/tcp"}},
			Host: HostConfig{PortBindings: map[string][]PortBinding{"80/tcp": {{}}, "53/udp": {{HostIP: "127.0.0.1", HostPort: "0"}}}},
		})).Ports
	}
	for _, port := range []string{"32768", "32769"} {
		want := map[string][]PortBinding{
			"80/tcp": {{"0.0.0.0", port}, {"::", port}},
			"53/udp": {{"127.0.0.1", port}},
			"99/tcp": nil,
		}
		if d := cmp.Diff(want, add()); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
}

func TestMounts(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	c := ok[Container](t)(s.AddContainer(Container{
		ImageID: img, Config: image.Config{Volumes: []string{"/anon", "/data"}},
		Host: HostConfig{Binds: []string{"v1:/data", "v2:/ro:ro", "/srv:/srv", "/srv:/srvro:Z,ro"}},
	}))
	anon := c.Mounts[4].Name
	v := ok[Volume](t)(s.Volume(anon))
	if _, marked := v.Labels[AnonymousLabel]; len(anon) != 64 || !marked || v.RefCount != 1 {
		t.Errorf("anonymous volume %+v", v)
	}
	want := []Mount{
		{"volume", "v1", Root + "/volumes/v1/_data", "/data", "local", "z", true, ""},
		{"volume", "v2", Root + "/volumes/v2/_data", "/ro", "local", "ro", false, ""},
		{"bind", "", "/srv", "/srv", "", "", true, "rprivate"},
		{"bind", "", "/srv", "/srvro", "", "Z,ro", false, "rprivate"},
		{"volume", anon, Root + "/volumes/" + anon + "/_data", "/anon", "local", "", true, ""},
	}
	if d := cmp.Diff(want, c.Mounts); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestContainerDefaults(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	c := ok[Container](t)(s.AddContainer(Container{ImageID: img}))
	if c.Config.Hostname != c.ID[:12] || !c.Created.Equal(testTime) || c.Created.Location() != time.UTC || c.Config.Labels == nil || c.State.Status() != "created" {
		t.Errorf("%+v", c)
	}
	// Names do not run out.
	for range len(adjectives) * len(surnames) / 4 {
		ok[Container](t)(s.AddContainer(Container{ImageID: img}))
	}
}
