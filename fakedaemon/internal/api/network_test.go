package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/docker/docker/api/types/network"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// networkState has what a fresh daemon has, n1, and n2 with a container on it.
func networkState(t *testing.T) *state.State {
	t.Helper()
	st := newState()
	must[state.Network](t)(st.AddNetwork(state.Network{Name: "n1", ID: hexA}))
	must[state.Network](t)(st.AddNetwork(state.Network{
		Name: "n2", ID: hexB, Internal: true, Attachable: true, Labels: map[string]string{"a": "b"},
		Subnets: []state.Subnet{{Subnet: "172.31.8.0/24", IPRange: "172.31.8.128/25", Gateway: "172.31.8.1", Auxiliary: map[string]string{"x": "172.31.8.5"}}},
		Options: map[string]string{"com.docker.network.bridge.name": "brn2"},
	}))
	img := must[state.Image](t)(st.AddImage(state.Image{Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	must[state.Container](t)(st.AddContainer(state.Container{
		Name: "nc1", ID: hexC, ImageID: img.ID, Host: state.HostConfig{NetworkMode: "n2"}, State: state.ContainerState{Running: true, StartedAt: now},
	}))
	return st
}

func networkNames(list []network.Inspect) string {
	var all []string
	for _, n := range list {
		all = append(all, n.Name)
	}
	return strings.Join(all, " ")
}

// TestNetworkListFilters has the queries of flow 15-networks and the rules of daemon/network/filter.go.
func TestNetworkListFilters(t *testing.T) {
	t.Parallel()
	h := serve(networkState(t))
	for _, tt := range []struct{ filters, want string }{
		{``, "none host bridge n1 n2"},
		{`{"driver":["bridge"]}`, "bridge n1 n2"},
		{`{"driver":["brid"]}`, ""},
		{`{"name":["n"]}`, "none n1 n2"},
		{`{"name":["^n1$","host"]}`, "host n1"},
		{`{"id":["aa"]}`, "n1 n2"},
		{`{"id":["^aabb"]}`, "n2"},
		{`{"type":["custom"]}`, "n1 n2"},
		{`{"type":["builtin"]}`, "none host bridge"},
		{`{"label":["a=b"]}`, "n2"},
		{`{"label":["a=c"]}`, ""},
		{`{"scope":["local"]}`, "none host bridge n1 n2"},
		{`{"scope":["swarm"]}`, ""},
		{`{"dangling":["true"]}`, "n1 n2"}, // also what is in use
		{`{"dangling":["0"]}`, "none host bridge"},
		{`{"dangling":["1"],"name":["1"]}`, "n1"},
	} {
		if got := networkNames(get[[]network.Inspect](t, h, "/networks?filters="+url.QueryEscape(tt.filters))); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.filters, got, tt.want)
		}
	}
	for _, tt := range []struct {
		filters string
		status  int
		want    string
	}{
		{`bad`, 400, "invalid filter"},
		{`{"bogus":["1"]}`, 400, "invalid filter 'bogus'"},
		{`{"type":["bogus"]}`, 500, "invalid filter: 'type'='bogus'"},
		{`{"dangling":["bogus"]}`, 400, `invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`},
		{`{"dangling":["0","1"]}`, 400, `got more than one value for filter key "dangling"`},
	} {
		status, body := do(t, h, http.MethodGet, "/networks/?filters="+url.QueryEscape(tt.filters), "")
		if status != tt.status || body != message(tt.want) {
			t.Errorf("%s: %d %s", tt.filters, status, body)
		}
	}
}

func TestNetworkInspect(t *testing.T) {
	t.Parallel()
	st := networkState(t)
	h := serve(st)
	c, err := st.Container("nc1")
	if err != nil {
		t.Fatal(err)
	}
	e := c.Endpoints["n2"]
	want := network.Inspect{
		Name: "n2", ID: hexB, Created: now, Scope: "local", Driver: "bridge", EnableIPv4: true, Internal: true, Attachable: true,
		IPAM: network.IPAM{Driver: "default", Options: map[string]string{}, Config: []network.IPAMConfig{
			{Subnet: "172.31.8.0/24", IPRange: "172.31.8.128/25", Gateway: "172.31.8.1", AuxAddress: map[string]string{"x": "172.31.8.5"}},
		}},
		Containers: map[string]network.EndpointResource{
			hexC: {Name: "nc1", EndpointID: e.EndpointID, MacAddress: e.MacAddress, IPv4Address: "172.31.8.128/24"},
		},
		Options: map[string]string{"com.docker.network.bridge.name": "brn2"},
		Labels:  map[string]string{"a": "b"},
	}
	for _, target := range []string{"/networks/n2", "/networks/" + hexB, "/networks/aab", "/networks/n2?verbose=true", "/networks/n2?verbose=0&scope=local", "/v1.24/networks/n2"} {
		if d := cmp.Diff(want, get[network.Inspect](t, h, target)); d != "" {
			t.Errorf("%s (-want +got)\n%s", target, d)
		}
	}
	for _, tt := range []struct {
		target string
		status int
		want   string
	}{
		{"nosuch", 404, "network nosuch not found"},
		{"N1", 404, "network N1 not found"},
		{"aa", 400, "2 matches found based on ID prefix: network aa is ambiguous"},
		{"bridge?scope=swarm", 404, "network bridge not found"},
		{"bridge?verbose=x", 400, `invalid value for verbose: x: strconv.ParseBool: parsing "x": invalid syntax`},
	} {
		if status, body := do(t, h, http.MethodGet, "/networks/"+tt.target, ""); status != tt.status || body != message(tt.want) {
			t.Errorf("%s: %d %s", tt.target, status, body)
		}
	}
	// A list has the containers before API 1.28 only.
	for version, want := range map[string]int{"1.27": 1, "1.28": 0} {
		if got := get[[]network.Inspect](t, h, "/v"+version+"/networks")[4].Containers; len(got) != want {
			t.Errorf("API %s: containers %v", version, got)
		}
	}
}

// TestFreshNetworks has step 44 of flow 15-networks; the pool of the bridge is dockerd's default.
func TestFreshNetworks(t *testing.T) {
	t.Parallel()
	h := serve(newState())
	local := func(name, driver string) network.Inspect {
		return network.Inspect{
			Name: name, Created: now, Scope: "local", Driver: driver, EnableIPv4: true, IPAM: network.IPAM{Driver: "default"},
			Containers: map[string]network.EndpointResource{}, Options: map[string]string{}, Labels: map[string]string{},
		}
	}
	bridge := local("bridge", "bridge")
	bridge.IPAM.Config = []network.IPAMConfig{{Subnet: "172.17.0.0/16", Gateway: "172.17.0.1"}}
	bridge.Options = map[string]string{
		"com.docker.network.bridge.default_bridge":       "true",
		"com.docker.network.bridge.enable_icc":           "true",
		"com.docker.network.bridge.enable_ip_masquerade": "true",
		"com.docker.network.bridge.host_binding_ipv4":    "0.0.0.0",
		"com.docker.network.bridge.name":                 "docker0",
		"com.docker.network.driver.mtu":                  "1500",
	}
	got := get[[]network.Inspect](t, h, "/networks")
	for i := range got {
		if len(got[i].ID) != 64 {
			t.Errorf("ID %q", got[i].ID)
		}
		got[i].ID, got[i].Created = "", got[i].Created.In(time.UTC)
	}
	if d := cmp.Diff([]network.Inspect{local("none", "null"), local("host", "host"), bridge}, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestNetworkPrune: only what is old enough, has the labels and is used by nobody goes.
func TestNetworkPrune(t *testing.T) {
	t.Parallel()
	st := networkState(t)
	must[state.Network](t)(st.AddNetwork(state.Network{Name: "old", Created: ago(2 * time.Hour)}))
	must[state.Network](t)(st.AddNetwork(state.Network{Name: "keep", Created: ago(2 * time.Hour), Labels: map[string]string{"keep": ""}}))
	h := serve(st)
	for _, tt := range []struct{ filters, want string }{
		{`{"until":["1h"],"label!":["keep"]}`, `{"NetworksDeleted":["old"]}`},
		{`{"label":["nosuch"]}`, `{"NetworksDeleted":null}`},
		{``, `{"NetworksDeleted":["n1","keep"]}`},
	} {
		if status, body := do(t, h, http.MethodPost, "/networks/prune?filters="+url.QueryEscape(tt.filters), ""); status != 200 || body != tt.want+"\n" {
			t.Errorf("%s: %d %s, want %s", tt.filters, status, body, tt.want)
		}
	}
	for engine, want := range map[string]string{
		"20.10": "500 " + message(`failed to parse value as time or duration: "x"`),
		"28":    "400 " + message(`failed to parse value as time or duration: "x"`),
		"29":    "400 " + message(`failed to parse value as time or duration: invalid seconds "x": invalid syntax`),
	} {
		status, body := do(t, New(Config{Engine: engineByName(t, engine)}), http.MethodPost, `/networks/prune?filters={"until":["x"]}`, "")
		if got := fmt.Sprint(status, " ", body); got != want {
			t.Errorf("%s: %s, want %s", engine, got, want)
		}
	}
}

// TestPruneOrder: containers go newest first, volumes and networks in order of creation; what is in use stays, and a container that does
// not run uses its volumes alone.
func TestPruneOrder(t *testing.T) {
	t.Parallel()
	h, st := withImage(t, engine.Default())
	img := st.Images()[0]
	for i := range 4 {
		must[state.Network](t)(st.AddNetwork(state.Network{Name: fmt.Sprintf("n%d", i)}))
		must[state.Volume](t)(st.AddVolume(state.Volume{Name: fmt.Sprintf("v%d", i), Size: 1 << i}))
		must[state.Container](t)(st.AddContainer(state.Container{
			Name: fmt.Sprintf("c%d", i), ID: strings.Repeat(fmt.Sprint(i), 64), Created: ago(time.Duration(i) * time.Hour), ImageID: img.ID, SizeRw: 1 << i,
			Host:  state.HostConfig{NetworkMode: fmt.Sprintf("n%d", i), Binds: []string{fmt.Sprintf("v%d:/v", i)}},
			State: state.ContainerState{Running: i == 1, StartedAt: now},
		}))
	}
	must[state.Network](t)(st.AddNetwork(state.Network{Name: "conf", ConfigOnly: true}))
	must[state.Volume](t)(st.AddVolume(state.Volume{Name: "optioned", Options: map[string]string{"size": "1"}}))
	id := func(i int) string { return strings.Repeat(fmt.Sprint(i), 64) }
	for _, tt := range []struct{ target, want string }{
		{"/networks/prune", `{"NetworksDeleted":["n0","n2","n3"]}`},
		{`/volumes/prune?filters={"all":["1"]}`, `{"VolumesDeleted":[],"SpaceReclaimed":0}`},
		{"/containers/prune", fmt.Sprintf(`{"ContainersDeleted":[%q,%q,%q],"SpaceReclaimed":13}`, id(0), id(2), id(3))},
		{"/containers/prune", `{"ContainersDeleted":null,"SpaceReclaimed":0}`},
		{`/volumes/prune?filters={"all":["1"]}`, `{"VolumesDeleted":["v0","v2","v3"],"SpaceReclaimed":13}`},
		{"/networks/prune", `{"NetworksDeleted":null}`},
	} {
		if status, body := do(t, h, http.MethodPost, tt.target, ""); status != http.StatusOK || body != tt.want+"\n" {
			t.Errorf("%s: %d %s, want %s", tt.target, status, body, tt.want)
		}
	}
}

// TestConnectWithoutIPv6: a container that gets no IPv6 address gives its IPv4 address back.
func TestConnectWithoutIPv6(t *testing.T) {
	t.Parallel()
	h, st := withImage(t, engine.Default())
	must[state.Network](t)(st.AddNetwork(state.Network{Name: "n1", EnableIPv6: true, Subnets: []state.Subnet{{Subnet: "10.9.0.0/24"}, {Subnet: "fd09::/64"}}}))
	connect := func(name, config string) (status int, message string) {
		createRunning(t, st, name, "sleep", "1000")
		return post(h, "/networks/n1/connect", "application/json", fmt.Sprintf(`{"Container":%q,"EndpointConfig":{"IPAMConfig":{%s}}}`, name, config))
	}
	if status, message := connect("first", `"IPv6Address":"fd09::9"`); status != http.StatusOK {
		t.Fatal(status, message)
	}
	if status, message := connect("refused", `"IPv6Address":"fd09::9"`); status != http.StatusForbidden || message != "Address already in use" {
		t.Errorf("a taken address: %d %s", status, message)
	}
	if status, message := connect("next", ""); status != http.StatusOK {
		t.Fatal(status, message)
	}
	for name, want := range map[string]string{"first": "10.9.0.2 fd09::9", "refused": "", "next": "10.9.0.3 fd09::2"} {
		c := get[struct {
			NetworkSettings struct {
				Networks map[string]struct{ IPAddress, GlobalIPv6Address string }
			}
		}](t, h, "/containers/"+name+"/json")
		got := ""
		if e, ok := c.NetworkSettings.Networks["n1"]; ok {
			got = e.IPAddress + " " + e.GlobalIPv6Address
		}
		if got != want {
			t.Errorf("%s has the addresses %q, want %q", name, got, want)
		}
	}
}
