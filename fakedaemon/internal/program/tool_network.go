package program

import (
	"fmt"
	"path"
	"strings"
)

// noNetwork is what wget, nc, ping and nslookup say without a network. A service in the container takes calls, so health checks work.
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
	numeric := strings.Trim(name, "0123456789.") == "" && name != "" || name == "localhost"
	if name == "localhost" {
		name = "127.0.0.1"
	}
	switch {
	case name == "" && !(t.name == "nc" && t.has("l")):
		t.usage()
	case t.name == "nc" && t.has("l"):
		t.wait(1<<63 - 1)
	case t.name == "nslookup":
		t.out.WriteString(";; connection timed out; no servers could be reached\n\n")
		t.code = 1
	case !numeric:
		t.errorf("bad address '%s'", name)
	case t.name != "ping" && t.serves():
	case t.name == "ping":
		fmt.Fprintf(t.out, "PING %s (%s): 56 data bytes\n", t.args[0], name)
		t.errorf("sendto: Network is unreachable")
	default:
		if t.name == "wget" && !t.has("q") {
			fmt.Fprintf(t.p.Stderr(), "Connecting to %s (%s:%s)\n", host, name, port)
		}
		t.errorf("can't connect to remote host (%s): Connection refused", name)
	}
}

// serves reports whether the container's own program is a service.
func (t *tool) serves() bool {
	cmdline, err := t.whole("/proc/1/cmdline")
	name, _, _ := strings.Cut(string(cmdline), "\x00")
	return err == nil && !known(path.Base(name))
}
