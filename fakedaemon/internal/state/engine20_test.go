package state

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// TestEngine20: dockerd named itself, its containers' MAC addresses and the default network otherwise before Docker 23.
func TestEngine20(t *testing.T) {
	t.Parallel()
	s := New(Options{Engine: named("20.10"), Seed: []byte("test")})
	if want := regexp.MustCompile(`^[A-Z2-7]{4}(:[A-Z2-7]{4}){11}$`); !want.MatchString(s.ID()) {
		t.Errorf("ID is %s, want %s", s.ID(), want)
	}
	img, err := s.AddImage(Image{Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}})
	if err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[string]string{"": "default", "default": "default", "bridge": "bridge", "none": "none"} {
		c, err := s.AddContainer(Container{ImageID: img.ID, Host: HostConfig{NetworkMode: mode}, State: ContainerState{Running: true, StartedAt: s.Now()}})
		if err != nil {
			t.Fatal(err)
		}
		if c.Host.NetworkMode != want {
			t.Errorf("%q: NetworkMode is %s, want %s", mode, c.Host.NetworkMode, want)
		}
	}
	c, err := s.AddContainer(Container{Name: "last", ImageID: img.ID, State: ContainerState{Running: true, StartedAt: s.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	if e := c.Endpoints["bridge"]; e.IPAddress != "172.17.0.5" || e.MacAddress != "02:42:ac:11:00:05" {
		t.Errorf("%s %s, want 172.17.0.5 02:42:ac:11:00:05", e.IPAddress, e.MacAddress)
	}
}

// TestSandboxOfTheLastTime: before Docker 23 a container that had ended went on showing it.
func TestSandboxOfTheLastTime(t *testing.T) {
	t.Parallel()
	for name, keeps := range map[string]bool{"20.10": true, "28": false, "29": false} {
		lt := newLifeTest(t, Options{Engine: named(name)})
		lt.run(Container{Name: "c1"}, "sleep", "1000")
		lt.must(lt.Exit("c1", 0))
		if c := ok[Container](t)(lt.Container("c1")); (c.SandboxID != "") != keeps {
			t.Errorf("%s: %q", name, c.SandboxID)
		}
	}
}

// TestOrderOfSubnets: before Docker 23 those of IPv4 came first, whoever chose them.
func TestOrderOfSubnets(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"20.10": "172.18.0.0/16 fd00:1::/64", "28": "fd00:1::/64 172.18.0.0/16", "29": "fd00:1::/64 172.18.0.0/16"} {
		s := New(Options{Engine: named(name)})
		n := ok[Network](t)(s.AddNetwork(Network{Name: "both", EnableIPv6: true, Subnets: []Subnet{{Subnet: "fd00:1::/64"}}}))
		var got []string
		for _, sub := range n.Subnets {
			got = append(got, sub.Subnet)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
}

// TestEndpointFacts: aliases hold the container's own names, and an internal network has a gateway, before Docker 25 only.
func TestEndpointFacts(t *testing.T) {
	t.Parallel()
	for name, old := range map[string]bool{"20.10": true, "28": false, "29": false} {
		lt := newLifeTest(t, Options{Engine: named(name)})
		ok[Network](t)(lt.AddNetwork(Network{Name: "inner", Internal: true}))
		lt.run(Container{Name: "c1", Host: HostConfig{NetworkMode: "inner"}}, "sleep", "1000")
		e := ok[Container](t)(lt.Container("c1")).Endpoints["inner"]
		if (len(e.Aliases) > 0) != old || (len(e.DNSNames) == 0) != old || (e.Gateway != "") != old {
			t.Errorf("%s: %+v", name, e)
		}
		_, _, err := lt.CreateNetwork(Network{Name: "vlan", Driver: ipvlanDriver, IPAMDriver: nullDriver}, false)
		if (err == nil) != old {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEventsOfEngines: networks come before or after the process, and not all engines tell of all.
func TestEventsOfEngines(t *testing.T) {
	t.Parallel()
	const full = `network connect container=2f7a name=n1
container start name=c1
network disconnect container=2f7a name=n1
network connect container=2f7a name=n1
network disconnect container=2f7a name=n1
container die name=c1 exitCode=0 execDuration=3
image push name=bb
`
	for name, want := range map[string]string{
		"20.10": `network connect container=2f7a name=n1
container start name=c1
network disconnect container=2f7a name=n1
network disconnect container=2f7a name=n1
network connect container=2f7a name=n1
container die name=c1 exitCode=0
network disconnect container=2f7a name=n1
network disconnect container=2f7a name=n1
image push name=bb
`,
		"28": full,
		"29": full,
	} {
		lt := newLifeTest(t, Options{Engine: named(name)})
		ok[Network](t)(lt.AddNetwork(Network{Name: "n1"}))
		lt.SetProgram("short", Program{After: 3 * time.Second})
		lt.run(Container{Name: "c1", Host: HostConfig{NetworkMode: "n1"}}, "short")
		lt.must(lt.DisconnectNetwork("n1", "c1", false))
		lt.must(lt.ConnectNetwork("n1", "c1", Endpoint{}, func(Network) error { return nil }))
		lt.time.Advance(3 * time.Second)
		lt.must(lt.DisconnectNetwork("n1", "c1", false))
		lt.EmitImage(lt.image.ID, "bb:1", "bb", "push")
		var got strings.Builder
		for _, e := range lt.sub.Take() {
			fmt.Fprint(&got, e.Type, " ", e.Action)
			for _, key := range []string{"container", "name", "exitCode", "execDuration"} {
				if v, ok := e.Attributes[key]; ok {
					fmt.Fprintf(&got, " %s=%.4s", key, v)
				}
			}
			fmt.Fprintln(&got)
		}
		if d := cmp.Diff(want, got.String()); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
}
