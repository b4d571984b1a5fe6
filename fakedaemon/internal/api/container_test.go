package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// psState is the set-up of flow 02-ps-list of the recordings, with an image built on another.
func psState(t *testing.T) *state.State {
	t.Helper()
	st := newState()
	bb := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Layers: []image.Layer{{Size: 1982386}}, Config: image.Config{Cmd: []string{"sh"}}}}))
	child := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/child:1"}, Parent: bb.ID, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	must[state.Network](t)(st.AddNetwork(state.Network{Name: "fnet", ID: hexC}))
	running := state.ContainerState{Running: true, StartedAt: ago(2 * time.Second)}
	for _, c := range []state.Container{
		{
			Name: "run1", ID: strings.Repeat("a", 64), Created: ago(5 * time.Second), State: running,
			Config: image.Config{Cmd: []string{"sleep", "1000"}, Labels: map[string]string{"tier": "web", "app": "x"}},
			Host:   state.HostConfig{PortBindings: map[string][]state.PortBinding{"80/tcp": {{HostPort: "22101"}}, "81/udp": {{HostPort: "22102"}}}},
		},
		{
			Name: "exit3", ID: "ab" + strings.Repeat("b", 62), Created: ago(4 * time.Second),
			Config: image.Config{Cmd: []string{"sh", "-c", "exit 3"}, Labels: map[string]string{"tier": "db"}},
			State:  state.ContainerState{StartedAt: ago(4 * time.Second), FinishedAt: ago(3 * time.Second), ExitCode: 3},
		},
		{Name: "made1", Created: ago(3 * time.Second), ImageID: child.ID, Image: "child:1"},
		{
			Name: "paus1", Created: ago(2 * time.Second), Config: image.Config{Cmd: []string{"sleep", "1000"}},
			State: state.ContainerState{Running: true, Paused: true, StartedAt: ago(2 * time.Second)},
		},
		{
			Name: "netc", Created: ago(time.Second), State: running, SizeRw: 7,
			Host: state.HostConfig{NetworkMode: "fnet", Binds: []string{"fvol:/data", "/host:/srv"}},
		},
	} {
		if c.ImageID == "" {
			c.Image, c.ImageID = "bb:1", bb.ID
		}
		must[state.Container](t)(st.AddContainer(c))
	}
	return st
}

func names(list []container.Summary) string {
	var all []string
	for _, c := range list {
		all = append(all, strings.TrimPrefix(c.Names[0], "/"))
	}
	return strings.Join(all, " ")
}

const everything = "netc paus1 made1 exit3 run1"

// TestContainerListFilters has the queries of flow 02-ps-list and what the rules of daemon/list.go add.
func TestContainerListFilters(t *testing.T) {
	t.Parallel()
	h := serve(psState(t))
	for _, tt := range []struct{ query, want string }{
		{"", "netc paus1 run1"},
		{"all=1", everything},
		{"all=bogus", everything},
		{"all=No", "netc paus1 run1"},
		{"limit=2", "netc paus1"},
		{"limit=4", "netc paus1 made1 exit3"},
		{"limit=0", "netc paus1 run1"},
		{"limit=-1", "netc paus1 run1"},
		{"all=1&limit=1", "netc"},
		{`filters=`, "netc paus1 run1"},
		{`filters={}`, "netc paus1 run1"},
		{`filters={"status":["exited"]}`, "exit3"},
		{`filters={"status":{"exited":true}}`, "exit3"},
		{`filters={"status":["created","paused"]}`, "paus1 made1"},
		{`filters={"status":["running"]}`, "netc run1"},
		{`limit=1&filters={"status":["created","exited"]}`, "made1"},
		{`all=1&filters={"name":["run"]}`, "run1"},
		{`all=1&filters={"name":["^/run1$"]}`, "run1"},
		{`all=1&filters={"name":["^run1$","made"]}`, "made1 run1"},
		{`all=1&filters={"name":["1"]}`, "paus1 made1 run1"},
		{`all=1&filters={"name":["("]}`, ""},
		{`filters={"name":["made1"]}`, ""},
		{`all=1&filters={"label":["tier"]}`, "exit3 run1"},
		{`all=1&filters={"label":["tier=web","app=x"]}`, "run1"},
		{`all=1&filters={"label":["tier=db","tier=web"]}`, ""},
		{`all=1&filters={"exited":["3"]}`, "exit3"},
		{`all=1&filters={"exited":["0"]}`, ""},
		{`all=1&filters={"ancestor":["bb:1"]}`, everything},
		{`all=1&filters={"ancestor":["child:1"]}`, "made1"},
		{`all=1&filters={"ancestor":["nosuch"]}`, ""},
		{`all=1&filters={"ancestor":["nosuch","child:1"]}`, "made1"},
		{`all=1&filters={"id":["aaa"]}`, "run1"},
		{`all=1&filters={"id":["a"]}`, ""}, // two have it
		{`all=1&filters={"id":["aaa","ab"]}`, "exit3 run1"},
		{`all=1&filters={"id":[""]}`, ""},
		{`all=1&filters={"id":["aaa"],"name":["exit"]}`, ""},
		{`all=1&filters={"id":["aaa"],"name":["run"]}`, "run1"},
		{`all=1&filters={"network":["fnet"]}`, "netc"},
		{`all=1&filters={"network":["ccc"]}`, "netc"},
		{`all=1&filters={"network":["bridge"]}`, "paus1 made1 exit3 run1"},
		{`all=1&filters={"network":["nosuch"]}`, ""},
		{`all=1&filters={"volume":["fvol"]}`, "netc"},
		{`all=1&filters={"volume":["/data"]}`, "netc"},
		{`all=1&filters={"volume":["/srv"]}`, "netc"},
		{`all=1&filters={"volume":["/host"]}`, "netc"},
		{`all=1&filters={"volume":["/nosuch"]}`, ""},
		{`all=1&filters={"publish":["22101"]}`, "run1"},
		{`all=1&filters={"publish":["22101/udp"]}`, ""},
		{`all=1&filters={"publish":["22102/udp"]}`, "run1"},
		{`all=1&filters={"publish":["22000-23000"]}`, "run1"},
		{`all=1&filters={"publish":["80"]}`, ""},
		{`all=1&filters={"expose":["80"]}`, "run1"},
		{`all=1&filters={"expose":["70-90/tcp"]}`, "run1"},
		{`all=1&filters={"expose":["81"]}`, ""},
		{`all=1&filters={"before":["netc"]}`, "paus1 made1 exit3 run1"},
		{`all=1&filters={"before":["/exit3"]}`, "run1"},
		{`all=1&filters={"since":["exit3"]}`, "netc paus1 made1"},
		{`all=1&filters={"since":["run1"],"before":["made1"]}`, "exit3"},
		{`filters={"since":["exit3"]}`, "netc paus1"},
		{`all=1&filters={"is-task":["true"]}`, ""},
		{`all=1&filters={"is-task":["0"]}`, everything},
		{`all=1&filters={"health":["none"]}`, everything},
		{`all=1&filters={"health":["healthy"]}`, ""},
		{`all=1&filters={"isolation":["x"]}`, everything},
	} {
		query, _ := url.ParseQuery(tt.query)
		if got := names(get[[]container.Summary](t, h, "/containers/json?"+query.Encode())); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.query, got, tt.want)
		}
	}
}

func TestContainerListErrors(t *testing.T) {
	t.Parallel()
	h := serve(psState(t))
	for _, tt := range []struct {
		query  string
		status int
		want   string
	}{
		{`filters=notjson`, 400, "invalid filter"},
		{`filters={"bogus":["1"]}`, 400, "invalid filter 'bogus'"},
		{`filters={"status":["bogus"]}`, 400, "invalid filter 'status=bogus': invalid value for state (bogus): must be one of created, running, paused, restarting, removing, exited, dead"},
		{`filters={"health":["bogus"]}`, 400, "invalid filter 'health=bogus': invalid value for health (bogus): must be one of none, starting, healthy, unhealthy"},
		{`filters={"exited":["abc"]}`, 400, `invalid filter 'exited=abc': strconv.Atoi: parsing "abc": invalid syntax`},
		{`filters={"is-task":["abc"]}`, 400, "invalid filter 'is-task=[abc]'"},
		{`filters={"since":["nosuch"]}`, 404, "No such container: nosuch"},
		{`filters={"before":["aaa"]}`, 404, "No such container: aaa"}, // no prefixes here
		{`filters={"publish":["1:2"]}`, 500, "filter for 'publish' should not contain ':': 1:2"},
		{`filters={"expose":["x"]}`, 500, `error while looking up for expose x: strconv.ParseUint: parsing "x": invalid syntax`},
		{`filters={"expose":["70000"]}`, 500, `error while looking up for expose 70000: strconv.ParseUint: parsing "70000": value out of range`},
		{`filters={"expose":["9-8"]}`, 500, "error while looking up for expose 9-8: invalid range specified for port: 9-8"},
		{`filters={"expose":[""]}`, 500, "error while looking up for expose : empty string specified for ports"},
		{`limit=abc`, 500, `strconv.Atoi: parsing "abc": invalid syntax`},
	} {
		query, _ := url.ParseQuery(tt.query)
		status, body := do(t, h, http.MethodGet, "/containers/json?"+query.Encode(), "")
		if status != tt.status || body != message(tt.want) {
			t.Errorf("%s: %d %s", tt.query, status, body)
		}
	}
	if status, body := do(t, h, http.MethodGet, "/containers/json?%zz", ""); status != 400 || body != message(`invalid URL escape "%zz"`) {
		t.Errorf("%d %s", status, body)
	}
}

func TestContainerSummary(t *testing.T) {
	t.Parallel()
	st := psState(t)
	h := serve(st)
	list := get[[]container.Summary](t, h, "/containers/json?all=1&size=1")
	n, err := st.Network("fnet")
	if err != nil {
		t.Fatal(err)
	}
	netc := list[0]
	if e := netc.NetworkSettings.Networks["fnet"]; e.NetworkID != n.ID || e.IPAddress != "172.18.0.2" || e.Gateway != "172.18.0.1" || e.IPPrefixLen != 16 || len(e.EndpointID) != 64 {
		t.Errorf("endpoint %+v", e)
	}
	netc.NetworkSettings = nil
	want := container.Summary{
		ID:         netc.ID,
		Names:      []string{"/netc"},
		Image:      "bb:1",
		ImageID:    list[4].ImageID,
		Command:    "sh",
		Created:    ago(time.Second).Unix(),
		Ports:      []container.Port{},
		SizeRw:     7,
		SizeRootFs: 1982393,
		Labels:     map[string]string{},
		State:      "running",
		Status:     "Up 2 seconds",
		Mounts: []container.MountPoint{
			{Type: mount.TypeVolume, Name: "fvol", Source: "/var/lib/docker/volumes/fvol/_data", Destination: "/data", Driver: "local", Mode: "z", RW: true},
			{Type: mount.TypeBind, Source: "/host", Destination: "/srv", RW: true, Propagation: "rprivate"},
		},
	}
	want.HostConfig.NetworkMode = "fnet"
	if d := cmp.Diff(want, netc); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got, want := list[3].Command, "sh -c 'exit 3'"; got != want {
		t.Errorf("command %q, want %q", got, want)
	}
	ports := []container.Port{
		{IP: "0.0.0.0", PrivatePort: 80, PublicPort: 22101, Type: "tcp"},
		{IP: "::", PrivatePort: 80, PublicPort: 22101, Type: "tcp"},
		{IP: "0.0.0.0", PrivatePort: 81, PublicPort: 22102, Type: "udp"},
		{IP: "::", PrivatePort: 81, PublicPort: 22102, Type: "udp"},
	}
	if d := cmp.Diff(ports, list[4].Ports); d != "" {
		t.Errorf("ports (-want +got)\n%s", d)
	}
}

// TestStatusText has the texts of container/state.go.
func TestStatusText(t *testing.T) {
	t.Parallel()
	s := New(Config{Clock: clock}).(*server)
	up := state.ContainerState{Running: true, StartedAt: ago(3 * time.Second), FinishedAt: ago(time.Hour), ExitCode: 1}
	with := func(f func(*state.ContainerState)) state.ContainerState {
		c := up
		f(&c)
		return c
	}
	health := func(status string) state.ContainerState {
		return with(func(c *state.ContainerState) { c.Health = &state.Health{Status: status} })
	}
	for _, tt := range []struct {
		in         state.ContainerState
		word, text string
	}{
		{state.ContainerState{}, "created", "Created"},
		{up, "running", "Up 3 seconds"},
		{with(func(c *state.ContainerState) { c.StartedAt = ago(0) }), "running", "Up Less than a second"},
		{with(func(c *state.ContainerState) { c.StartedAt = ago(26 * time.Hour) }), "running", "Up 26 hours"},
		{with(func(c *state.ContainerState) { c.Paused = true }), "paused", "Up 3 seconds (Paused)"},
		{with(func(c *state.ContainerState) { c.Restarting = true }), "restarting", "Restarting (1) About an hour ago"},
		{with(func(c *state.ContainerState) { c.Running = false }), "exited", "Exited (1) About an hour ago"},
		{with(func(c *state.ContainerState) { c.Running = false; c.Dead = true }), "dead", "Dead"},
		{with(func(c *state.ContainerState) { c.Running = false; c.Dead = true; c.Removing = true }), "removing", "Removal In Progress"},
		{health("starting"), "running", "Up 3 seconds (health: starting)"},
		{health("healthy"), "running", "Up 3 seconds (healthy)"},
		{health("unhealthy"), "running", "Up 3 seconds (unhealthy)"},
	} {
		if word, text := tt.in.Status(), s.statusText(tt.in); word != tt.word || text != tt.text {
			t.Errorf("%+v: %q %q, want %q %q", tt.in, word, text, tt.word, tt.text)
		}
	}
}

// TestContainerOrder: newest first, whatever the order of adding; of the same time the last added first.
func TestContainerOrder(t *testing.T) {
	t.Parallel()
	st := newState()
	img := must[state.Image](t)(st.AddImage(state.Image{Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	for _, c := range []state.Container{{Name: "c2", Created: ago(2)}, {Name: "c4", Created: ago(4)}, {Name: "c3", Created: ago(3)}, {Name: "c1", Created: ago(2)}} {
		c.ImageID = img.ID
		must[state.Container](t)(st.AddContainer(c))
	}
	if got, want := names(get[[]container.Summary](t, serve(st), "/containers/json?all=1")), "c1 c2 c3 c4"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestFailedStart: a container that could not start has files, although it counts as created (step 16 of 04-run).
func TestFailedStart(t *testing.T) {
	t.Parallel()
	st := psState(t)
	img := st.Images()[0].ID
	must[state.Container](t)(st.AddContainer(state.Container{Name: "noexec", ImageID: img, State: state.ContainerState{ExitCode: 127, Error: "not found"}}))
	h := serve(st)
	if c := get[container.InspectResponse](t, h, "/containers/noexec/json"); c.LogPath == "" || c.State.Status != "created" || c.State.Error != "not found" {
		t.Errorf("%+v", c.ContainerJSONBase)
	}
	if c := get[container.InspectResponse](t, h, "/containers/made1/json"); c.LogPath != "" {
		t.Errorf("%+v", c.ContainerJSONBase)
	}
}

// TestContainerImageMoved: a list shows the ID once the name means another image.
func TestContainerImageMoved(t *testing.T) {
	t.Parallel()
	st := psState(t)
	h := serve(st)
	old := get[[]container.Summary](t, h, "/containers/json?all=1")[4].ImageID
	must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}}))
	if got := get[[]container.Summary](t, h, "/containers/json?all=1")[4].Image; got != old {
		t.Errorf("image %q, want %q", got, old)
	}
}

func TestContainerInspect(t *testing.T) {
	t.Parallel()
	st := psState(t)
	h := serve(st)
	for _, version := range []string{"v1.24", "v1.44", "v1.45", "v1.51"} {
		c := get[container.InspectResponse](t, h, "/"+version+"/containers/netc/json")
		if c.Name != "/netc" || c.Path != "sh" || len(c.Args) != 0 || c.SizeRw != nil {
			t.Errorf("%+v", c.ContainerJSONBase)
		}
		aliases := c.NetworkSettings.Networks["fnet"].Aliases
		// Before API 1.45 the short ID and the hostname, here the same, were aliases.
		var want []string
		if version < "v1.45" {
			want = []string{c.ID[:12]}
		}
		if !cmp.Equal(aliases, want) {
			t.Errorf("%s: aliases %v", version, aliases)
		}
	}
	c := get[container.InspectResponse](t, h, "/containers/netc/json?size=1")
	if *c.SizeRw != 7 || *c.SizeRootFs != 1982393 {
		t.Errorf("sizes %d %d", *c.SizeRw, *c.SizeRootFs)
	}
	for _, tt := range []struct {
		name   string
		status int
		want   string
	}{
		{"nosuch", 404, "No such container: nosuch"},
		{"NETC", 404, "No such container: NETC"},
		{"net", 404, "No such container: net"},
		{"a", 400, "multiple IDs found with provided prefix: a"},
		{"a/b", 404, "No such container: a/b"},
	} {
		if status, body := do(t, h, http.MethodGet, "/containers/"+tt.name+"/json", ""); status != tt.status || body != message(tt.want) {
			t.Errorf("%s: %d %s", tt.name, status, body)
		}
	}
}

// TestSetConfig: what a client gave comes back, and what the container says comes first.
func TestSetConfig(t *testing.T) {
	t.Parallel()
	st := newState()
	img := must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}, Env: []string{"PATH=/bin", "A=image"}}}}))
	c := state.Container{Name: "c1", ImageID: img.ID, Config: image.Config{User: "me"}}
	err := SetConfig(&c,
		[]byte(`{"Image":"bb:1","User":"you","Env":["A=b"],"StopTimeout":7,"Domainname":"d","ExposedPorts":{"1/tcp":{}},"Volumes":{"/v":{}},"Healthcheck":{"Test":["NONE"]},"Labels":{"l":"v"}}`),
		[]byte(`{"Memory":1024,"Dns":null,"Binds":["v1:/a"],"PortBindings":{"80/tcp":[{"HostPort":"81"}]},"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":2},"AutoRemove":true}`))
	if err != nil {
		t.Fatal(err)
	}
	must[state.Container](t)(st.AddContainer(c))
	got := get[container.InspectResponse](t, serve(st), "/containers/c1/json")
	if got.Config.User != "me" || got.Config.Image != "bb:1" || *got.Config.StopTimeout != 7 || got.Config.Domainname != "d" || got.Config.Healthcheck.Test[0] != "NONE" {
		t.Errorf("config %+v", got.Config)
	}
	if d := cmp.Diff([]string{"A=b", "PATH=/bin"}, got.Config.Env); d != "" {
		t.Errorf("environment (-want +got)\n%s", d)
	}
	h := got.HostConfig
	if h.Memory != 1024 || h.DNS != nil || h.Binds[0] != "v1:/a" || h.PortBindings["80/tcp"][0].HostPort != "81" || h.RestartPolicy.MaximumRetryCount != 2 || !h.AutoRemove || h.ShmSize != 64<<20 {
		t.Errorf("host config %+v", h)
	}
	if len(got.Mounts) != 2 || got.Mounts[0].Name != "v1" || got.Mounts[1].Destination != "/v" {
		t.Errorf("mounts %+v", got.Mounts)
	}
	for _, bad := range [][2]string{{"{", ""}, {"", "[]"}} {
		if err := SetConfig(&state.Container{}, []byte(bad[0]), []byte(bad[1])); err == nil || statusOf(err) != 400 {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestParsePorts(t *testing.T) {
	t.Parallel()
	exposed, bindings, err := ParsePorts([]string{"127.0.0.1:5000:80", "53/udp"}, []string{"90-91", "99/udp"})
	if err != nil {
		t.Fatal(err)
	}
	for _, port := range []string{"80/tcp", "53/udp", "90/tcp", "91/tcp", "99/udp"} {
		if !strings.Contains(strings.Join(exposed, " "), port) {
			t.Errorf("%s is not in %v", port, exposed)
		}
	}
	want := map[string][]state.PortBinding{"80/tcp": {{HostIP: "127.0.0.1", HostPort: "5000"}}, "53/udp": {{}}}
	if d := cmp.Diff(want, bindings); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for _, bad := range []string{"x:80", "80/abc", "1:2:3:4"} {
		if _, _, err := ParsePorts([]string{bad}, nil); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	if _, _, err := ParsePorts(nil, []string{"x"}); err == nil {
		t.Error("expose x: no error")
	}
}
