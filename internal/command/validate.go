package command

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/fakedockerd/fakedockerd/internal/hosts"
)

// validate checks the values that dockerd checks before it does anything, with its texts.
func (c *Config) validate() error {
	if c.LogLevel != "" {
		if _, ok := parseLevel(c.LogLevel); !ok {
			return fmt.Errorf("invalid logging level: %s", c.LogLevel)
		}
	}
	if f := c.LogFormat; f != "" && f != formatText && f != formatJSON {
		return fmt.Errorf("invalid log format: %s", f)
	}
	for _, domain := range c.DNSSearch {
		if _, err := validateDNSSearch(domain); err != nil {
			return err
		}
	}
	var have [2]bool
	for _, ip := range c.HostGatewayIPs {
		i, version := 0, "IPv4"
		if !ip.Is4() {
			i, version = 1, "IPv6"
		}
		if have[i] {
			return fmt.Errorf("only one %s host gateway IP address can be specified", version)
		}
		have[i] = true
	}
	for _, label := range c.Labels {
		if _, err := validateLabel(label); err != nil {
			return err
		}
	}
	for _, n := range []struct {
		name  string
		value int
	}{
		{"default MTU", c.MTU},
		{"max concurrent downloads", c.MaxConcurrentDownloads},
		{"max concurrent uploads", c.MaxConcurrentUploads},
		{"max download attempts", c.MaxDownloadAttempts},
	} {
		if n.value < 0 {
			return fmt.Errorf("invalid %s: %d", n.name, n.value)
		}
	}
	if p := c.NetworkDiagnosticPort; p < 0 || p > 65535 {
		return fmt.Errorf("invalid network-diagnostic-port (%d): value must be between 0 and 65535", p)
	}
	for _, r := range c.NodeGenericResources {
		if !strings.Contains(r, "=") {
			return fmt.Errorf("could not parse GenericResource: incorrect term %s, missing '=' or malformed expression", r)
		}
	}
	for _, host := range c.Hosts {
		if _, err := validateHost(hosts.Daemon)(host); err != nil {
			return err
		}
	}
	for _, mirror := range c.Mirrors {
		if _, err := validateMirror(mirror); err != nil {
			return err
		}
	}
	if c.CorsHeaders != "" {
		return errors.New(`DEPRECATED: The "api-cors-header" config parameter and the dockerd "--api-cors-header" option have been removed; use a reverse proxy if you need CORS headers`)
	}
	for _, o := range c.ExecOptions {
		if err := validateExecOption(o); err != nil {
			return err
		}
	}
	return c.validateContainers()
}

// validateIpcMode checks the default IPC mode of containers.
func (c *Config) validateIpcMode() error {
	const hint = `use "shareable" or "private"`
	switch mode := c.IpcMode; {
	case mode == "", mode == "private", mode == "shareable":
	case mode == "host", mode == "none", strings.HasPrefix(mode, "container:") && mode != "container:":
		return fmt.Errorf(`IPC mode "%s" is not supported as default value; %s`, mode, hint)
	default:
		return fmt.Errorf("default IPC mode setting (%s) is invalid; %s", mode, hint)
	}
	return nil
}

// validateContainers checks the defaults of containers and their network.
func (c *Config) validateContainers() error {
	if err := c.validateIpcMode(); err != nil {
		return err
	}
	if c.FixedCIDRv6 != "" {
		if _, err := netip.ParsePrefix(c.FixedCIDRv6); err != nil {
			return fmt.Errorf("invalid fixed-cidr-v6: invalid fixed-cidr-v6: %w", err)
		}
	}
	if m := c.CgroupNamespaceMode; m != "" && m != "host" && m != "private" {
		return fmt.Errorf(`invalid default cgroup namespace (%s): use "host" or "private"`, m)
	}
	return nil
}

func validateExecOption(o string) error {
	key, value, ok := strings.Cut(o, "=")
	key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
	switch {
	case !ok || key == "" || value == "":
		return fmt.Errorf("invalid exec-opt (%s): must be formatted 'opt=value'", o)
	case key == "isolation":
		return fmt.Errorf("invalid exec-opt (%s): option '%s' is only supported on windows", o, key)
	case key != "native.cgroupdriver":
		return fmt.Errorf("invalid exec-opt (%s): unknown option: '%s'", o, key)
	}
	return nil
}

// conflictFreeLabels refuses a key with two values and returns each label once.
func conflictFreeLabels(labels []string) ([]string, error) {
	values := map[string]string{}
	var free []string
	for _, label := range labels {
		key, value, ok := strings.Cut(label, "=")
		if !ok {
			continue
		}
		old, seen := values[key]
		if seen && old != value {
			return nil, fmt.Errorf("conflict labels for %s=%s and %s=%s", key, value, key, old)
		}
		if !seen {
			values[key] = value
			free = append(free, label)
		}
	}
	return free, nil
}
