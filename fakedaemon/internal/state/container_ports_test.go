package state

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// TestHostPorts: a port is taken on an address or on all, for one protocol, until it is given back.
func TestHostPorts(t *testing.T) {
	t.Parallel()
	var p hostPorts
	any4, any6 := "0.0.0.0", "::"
	for _, tt := range []struct {
		proto string
		ips   []string
		port  string
		want  string
	}{
		{"tcp", []string{"127.0.0.1"}, "80", "80"},
		{"tcp", []string{"127.0.0.2"}, "80", "80"},
		{"udp", []string{any4, any6}, "80", "80"},
		{"tcp", []string{"127.0.0.1"}, "80", "Conflict Bind for 127.0.0.1:80 failed: port is already allocated"},
		{"tcp", []string{any4, any6}, "80", "Conflict Bind for 0.0.0.0:80 failed: port is already allocated"},
		{"udp", []string{"127.0.0.3"}, "80", "Conflict Bind for 127.0.0.3:80 failed: port is already allocated"},
		{"tcp", []string{"127.0.0.1"}, "79-81", "79"},
		{"tcp", []string{"127.0.0.1"}, "79-81", "81"},
		{"tcp", []string{"127.0.0.1"}, "79-81", "Conflict Bind for 127.0.0.1:81 failed: port is already allocated"},
		{"tcp", []string{any4}, "", "32768"},
		{"tcp", []string{any4}, "0", "32769"},
		{"sctp", []string{any4}, "", "32768"},
		{"tcp", []string{any4}, "x", `Invalid invalid port specification: "x"`},
		{"tcp", []string{any4}, "1-x", `Invalid invalid port specification: "1-x"`},
	} {
		got, err := p.take(tt.proto, tt.ips, tt.port)
		if err != nil {
			got = class(err) + " " + err.Error()
		}
		if got != tt.want {
			t.Errorf("%s %v %q: %s, want %s", tt.proto, tt.ips, tt.port, got, tt.want)
		}
	}
	p.release(map[string][]PortBinding{"1/tcp": {{"127.0.0.1", "80"}, {any4, "32768"}}, "1/udp": {{any4, "80"}}})
	want := map[string][]string{
		"80/tcp": {"127.0.0.2"}, "80/udp": {any6}, "79/tcp": {"127.0.0.1"}, "81/tcp": {"127.0.0.1"}, "32769/tcp": {any4}, "32768/sctp": {any4},
	}
	if d := cmp.Diff(want, p.taken); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	// What is given back is not the next: the search goes on, and begins again at the end.
	p.last["tcp"] = lastEphemeral
	for _, want := range []string{"32768", "32770"} {
		if got, err := p.take("tcp", []string{any4}, ""); got != want || err != nil {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
	for n := firstEphemeral; n <= lastEphemeral; n++ {
		p.add("dccp", []string{any4}, fmt.Sprint(n))
	}
	_, err := p.take("dccp", []string{any4}, "")
	check(t, "none left", err, "*errors.errorString", "Bind for 0.0.0.0:0 failed: all ports are allocated")
}

// TestAllPortsOrNone: a container has all of its ports or none.
func TestAllPortsOrNone(t *testing.T) {
	t.Parallel()
	var p hostPorts
	container := func(bindings map[string][]PortBinding) *Container {
		return &Container{
			State:     ContainerState{Running: true},
			Config:    image.Config{ExposedPorts: []string{"80/tcp", "81/tcp"}},
			Host:      HostConfig{PortBindings: bindings},
			Endpoints: map[string]Endpoint{"bridge": {}},
		}
	}
	c := container(map[string][]PortBinding{"80/tcp": {{"", "8080"}}})
	if err := p.publish(c); err != nil {
		t.Fatal(err)
	}
	want := map[string][]PortBinding{"80/tcp": {{"0.0.0.0", "8080"}, {"::", "8080"}}, "81/tcp": nil}
	if d := cmp.Diff(want, c.Ports); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	second := container(map[string][]PortBinding{"80/tcp": {{"", "8081"}}, "81/tcp": {{"127.0.0.1", "8080"}}})
	check(t, "taken", p.publish(second), "Conflict", "Bind for 127.0.0.1:8080 failed: port is already allocated")
	if len(second.Ports) != 0 || p.has("tcp", "0.0.0.0", "8081") {
		t.Errorf("%v is left, taken is %v", second.Ports, p.taken)
	}
	for _, mode := range []string{"host", "none"} {
		off := container(map[string][]PortBinding{"80/tcp": {{"", "8082"}}})
		off.Host.NetworkMode = mode
		if err := p.publish(off); err != nil || len(off.Ports) != 0 {
			t.Errorf("%s: %v, %v", mode, off.Ports, err)
		}
	}
	all := container(map[string][]PortBinding{"80/tcp": {{"", "8083"}}})
	all.Host.PublishAll = true
	if err := p.publish(all); err != nil || all.Ports["80/tcp"][0].HostPort != "8083" || all.Ports["81/tcp"][1] != (PortBinding{"::", "32768"}) || len(all.Host.PortBindings) != 1 {
		t.Errorf("%v of %v, %v", all.Ports, all.Host.PortBindings, err)
	}
	for _, c := range []*Container{c, all} {
		p.unpublish(c)
	}
	if len(p.taken) != 0 {
		t.Errorf("left are %s", strings.Join(p.taken["8080/tcp"], " "))
	}
}
