package swarm

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// TestInitOptions: what a client asks of swarm init, in the order in which dockerd looks at it.
func TestInitOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		o           InitOptions
		class, text string
	}{
		{InitOptions{Name: "x"}, "Invalid", `invalid ListenAddr "": invalid empty address`},
		{InitOptions{ListenAddr: "x", Name: "x"}, "Invalid", `swarm spec must be named "default"`},
		{InitOptions{ListenAddr: "x", AdvertiseAddr: "x"}, "Invalid", "listen address must be an IP address or network interface (with optional port number)"},
		{InitOptions{ListenAddr: "::", AdvertiseAddr: "0.0.0.0:1", DataPathAddr: "x"}, "Invalid", "advertise address must be a non-zero IP address or network interface (with optional port number)"},
		{InitOptions{ListenAddr: "0.0.0.0", DataPathAddr: "0.0.0.0", DataPathPort: 1}, "Invalid", "data path address must be a non-zero IP address or network interface (without a port number)"},
		{InitOptions{ListenAddr: "0.0.0.0", DefaultAddrPool: []string{"x"}, DataPathPort: 1}, "*fmt.wrapError", "invalid base pool x: invalid CIDR address: x"},
		{InitOptions{ListenAddr: "0.0.0.0", DefaultAddrPool: []string{" 10.0.0.0/25"}}, "*errors.errorString", `invalid CIDR: "10.0.0.0/25". Subnet size is too small for pool: 24`},
		{InitOptions{ListenAddr: "0.0.0.0", DefaultAddrPool: []string{"10.0.0.0/8"}, SubnetSize: 30}, "*errors.errorString", "subnet size is out of range: 30"},
		{InitOptions{ListenAddr: "0.0.0.0", DataPathPort: 49152}, "*errors.errorString", "Datapath port number is not in valid range (1024-49151) : 49152"},
	} {
		_, err := tt.o.complete()
		check(t, tt.text, err, tt.class, tt.text)
	}
	fits := InitOptions{ListenAddr: "::", DefaultAddrPool: []string{"10.0.0.0/24"}, DataPathPort: 49151}
	if _, err := fits.complete(); err != nil {
		t.Error(err)
	}
	for _, tt := range []struct{ listen, advertise, want string }{
		{"0.0.0.0", "", "192.168.65.3:2377"},
		{"tcp://0.0.0.0:99", "", "192.168.65.3:99"},
		{"0.0.0.0:99", "10.0.0.1", "10.0.0.1:99"},
		{"[::]:99", "10.0.0.1:1", "10.0.0.1:1"},
	} {
		o := InitOptions{ListenAddr: tt.listen, AdvertiseAddr: tt.advertise, DataPathPort: 1024}
		if got, err := o.complete(); got != tt.want || err != nil {
			t.Errorf("%s %s: %s, %v, want %s", tt.listen, tt.advertise, got, err, tt.want)
		}
	}
	c, _ := newFake(t, testInit)
	check(t, "twice", func() error { _, err := c.Init(testInit); return err }(), "Unavailable", errSwarmExists)
	check(t, "join", c.Join(JoinOptions{}), "Unavailable", errSwarmExists)
	again := testInit
	again.ForceNew = true
	if id := ok[string](t)(c.Init(again)); id != ok[Swarm](t)(c.Swarm()).Node.ID {
		t.Errorf("a new swarm has node %s", id)
	}
}

// TestPools: networks are of the swarm's first pool if that is of IPv4, and of the usual one if not.
func TestPools(t *testing.T) {
	t.Parallel()
	for pool, want := range map[string]string{"": "10.0.0.0/25", "10.9.8.7/16": "10.9.0.0/25", "fd00::/16": "10.0.0.0/25"} {
		o := testInit
		o.SubnetSize = 25
		if pool != "" {
			o.DefaultAddrPool = []string{pool, "10.10.0.0/16"}
		}
		_, b := newFake(t, o)
		if got := b.network("n1").Subnets; len(got) != 1 || got[0].Subnet != want || !got[0].Auto {
			t.Errorf("of %q: %v, want %s", pool, got, want)
		}
	}
}

// TestInitNetworks: the networks of a node, with the options that dockerd gives its own bridge (daemon/cluster, libnetwork).
func TestInitNetworks(t *testing.T) {
	t.Parallel()
	_, b := newFake(t, testInit)
	want := []state.Network{
		{
			Name: "ingress", Driver: "overlay", Scope: "swarm", Ingress: true, Subnets: []state.Subnet{{Subnet: "10.0.0.0/24", Gateway: "10.0.0.1", Auto: true}},
			Options: map[string]string{"com.docker.network.driver.overlay.vxlanid_list": "4096"},
		},
		{Name: "docker_gwbridge", Driver: "bridge", Options: map[string]string{
			"com.docker.network.bridge.enable_icc": "false", "com.docker.network.bridge.enable_ip_masquerade": "true", "com.docker.network.bridge.name": "docker_gwbridge",
		}},
	}
	if d := cmp.Diff(want, b.networks, cmpopts.IgnoreFields(state.Network{}, "ID", "Created")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestJoin: what could be a token gets as far as the manager that is not there.
func TestJoin(t *testing.T) {
	t.Parallel()
	c, _ := newFake(t, testInit)
	token := ok[Swarm](t)(c.Swarm()).WorkerToken
	if err := c.Leave(true); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		o           JoinOptions
		class, text string
	}{
		{JoinOptions{}, "Invalid", `invalid ListenAddr "": invalid empty address`},
		{JoinOptions{ListenAddr: "x"}, "Invalid", "at least 1 RemoteAddr is required to join"},
		{JoinOptions{ListenAddr: "x", RemoteAddrs: []string{"10.0.0.1", ""}}, "Invalid", `invalid remoteAddr "": invalid empty address`},
		{JoinOptions{ListenAddr: "x", RemoteAddrs: []string{"10.0.0.1"}}, "Invalid", "listen address must be an IP address or network interface (with optional port number)"},
		{JoinOptions{ListenAddr: "::", RemoteAddrs: []string{"10.0.0.1"}, Token: token[:len(token)-1]}, "*errors.errorString", "invalid join token"},
		{JoinOptions{ListenAddr: "::", RemoteAddrs: []string{"10.0.0.1"}, Token: strings.Replace(token, "SWMTKN-1-", "SWMTKN-1-0", 1)}, "*errors.errorString", "invalid join token"},
		{JoinOptions{ListenAddr: "::", RemoteAddrs: []string{"10.0.0.1"}, Token: token}, "Unavailable", `rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.1:2377: connect: connection refused"`},
	} {
		check(t, tt.text, c.Join(tt.o), tt.class, tt.text)
	}
}

// TestUnlockKey: a swarm that is locked has a key, which is another one only when a client asks for that.
func TestUnlockKey(t *testing.T) {
	t.Parallel()
	o := testInit
	o.Autolock = true
	c, _ := newFake(t, o)
	key := func() string { return ok[Swarm](t)(c.Swarm()).UnlockKey }
	change := func(o UpdateOptions) {
		t.Helper()
		if o.Version = ok[Swarm](t)(c.Swarm()).Version; c.Update(o) != nil {
			t.Fatal(c.Update(o))
		}
	}
	first := key()
	change(UpdateOptions{Autolock: true})
	if key() != first || !strings.HasPrefix(first, "SWMKEY-1-") {
		t.Errorf("%s after %s", key(), first)
	}
	change(UpdateOptions{Autolock: true, RotateManagerKey: true})
	second := key()
	change(UpdateOptions{})
	if second == first || key() != "" {
		t.Errorf("%s, %s, then %s", first, second, key())
	}
	change(UpdateOptions{Autolock: true})
	if key() == "" || key() == second {
		t.Errorf("locked again with %s", key())
	}
}
