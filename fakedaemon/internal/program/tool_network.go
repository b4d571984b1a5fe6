package program

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// noNetwork is what wget, nc, ping and nslookup say without a network. A service in the container takes calls: health
// checks work.
func noNetwork(t *tool) {
	host := ""
	if len(t.args) > 0 {
		host = t.args[0]
	}
	if t.name == "wget" {
		_, rest, ok := strings.Cut(host, "://")
		if !ok {
			rest = host
		}
		host, _, _ = strings.Cut(rest, "/")
	}
	name, port := host, "80"
	if h, p, ok := strings.Cut(host, ":"); ok && t.name == "wget" {
		name, port = h, p
	}
	if len(t.args) > 1 {
		port = t.args[1]
	}
	loopback := name == "localhost" || strings.HasPrefix(name, "127.")
	if name == "localhost" {
		name = "127.0.0.1"
	}
	switch {
	case t.name == "nc" && t.has("l"):
		t.wait(1<<63 - 1)
	case name == "":
		t.usage()
	case t.name == "nslookup":
		t.out.WriteString(";; connection timed out; no servers could be reached\n\n")
		t.code = 1
	case strings.Trim(name, "0123456789.") != "":
		t.errorf("bad address '%s'", name)
	case t.name == "ping":
		t.ping(t.args[0], name, loopback)
	case loopback && t.serves():
	default:
		if t.name == "wget" && !t.has("q") {
			fmt.Fprintf(t.p.Stderr(), "Connecting to %s (%s:%s)\n", host, name, port)
		}
		t.errorf("can't connect to remote host (%s): %s", name, map[bool]string{true: "Connection refused", false: "Network is unreachable"}[loopback])
	}
}

func (t *tool) ping(host, address string, loopback bool) {
	rounds, ok := t.number('c', 1<<30)
	if !ok {
		return
	}
	fmt.Fprintf(t.out, "PING %s (%s): 56 data bytes\n", host, address)
	if !loopback {
		t.errorf("sendto: Network is unreachable")
		return
	}
	for i := range rounds {
		if i > 0 {
			t.out.Flush()
			t.wait(time.Second)
		}
		fmt.Fprintf(t.out, "64 bytes from %s: seq=%d ttl=64 time=0.060 ms\n", address, i)
	}
	fmt.Fprintf(t.out, "\n--- %s ping statistics ---\n%[2]d packets transmitted, %[2]d packets received, 0%% packet loss\n"+
		"round-trip min/avg/max = 0.060/0.060/0.060 ms\n", host, rounds)
}

// serves reports whether the container's own program is a service.
func (t *tool) serves() bool {
	cmdline, err := t.whole("/proc/1/cmdline")
	name, _, _ := strings.Cut(string(cmdline), "\x00")
	return err == nil && !known(path.Base(name))
}
