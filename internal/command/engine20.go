package command

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"
)

// What engine 20.10 does in its own way (docker/docker v20.10.24).

// quoted is a flag value that loses the quotes around it. The empty string is the end of the engine.
type quoted struct{ value *string }

func (q quoted) String() string { return *q.value }
func (q quoted) Type() string   { return "string" }

func (q quoted) Set(s string) error {
	if s == "" {
		return panicked("index out of range [0] with length 0")
	}
	if last := len(s) - 1; s[0] == s[last] && (s[0] == '\'' || s[0] == '"') {
		if last == 0 {
			return panicked("slice bounds out of range [1:0]")
		}
		s = s[1:last]
	}
	*q.value = s
	return nil
}

// panicked is the end of a program of Go, without its stack.
func panicked(text string) error {
	return &exitError{2, errors.New("panic: runtime error: " + text + "\n\ngoroutine 1 [running]:")}
}

// validate20 checks what the engine checks of the file, and again of the file and the flags.
func (c *Config) validate20() error {
	for _, domain := range c.DNSSearch {
		if _, err := validateDNSSearch(domain); err != nil {
			return err
		}
	}
	for _, label := range c.Labels {
		if _, err := validateLabel(label); err != nil {
			return err
		}
	}
	switch {
	case c.MaxConcurrentDownloads < 0:
		return fmt.Errorf("invalid max concurrent downloads: %d", c.MaxConcurrentDownloads)
	case c.MaxConcurrentUploads < 0:
		return fmt.Errorf("invalid max concurrent uploads: %d", c.MaxConcurrentUploads)
	case c.MaxDownloadAttempts < 0, c.MaxDownloadAttempts == 0 && c.isSet("max-download-attempts"):
		return fmt.Errorf("invalid max download attempts: %d", c.MaxDownloadAttempts)
	}
	if _, ok := c.Runtimes[stockRuntime]; ok {
		return fmt.Errorf("runtime name '%s' is reserved", stockRuntime)
	}
	for _, r := range c.NodeGenericResources {
		if !strings.Contains(r, "=") {
			return fmt.Errorf("could not parse GenericResource: incorrect term %s, missing '=' or malformed expression", r)
		}
	}
	switch name := c.DefaultRuntime; name {
	case "", stockRuntime, "io.containerd.runtime.v1.linux", "io.containerd.runc.v2":
	default:
		if _, ok := c.Runtimes[name]; !ok {
			return fmt.Errorf("specified default runtime '%s' does not exist", name)
		}
	}
	if err := c.validateIpcMode(); err != nil {
		return err
	}
	if m := c.CgroupNamespaceMode; m != "" && m != "host" && m != "private" {
		return fmt.Errorf(`default cgroup namespace mode (%s) is invalid; use "host" or "private"`, m)
	}
	return nil
}

// checkLevel20 is the last check before the start is logged. "warning" is a level, too.
func (c *Config) checkLevel20() error {
	if strings.EqualFold(c.LogLevel, "warning") {
		c.LogLevel = "warn"
	}
	if _, ok := parseLevel(c.LogLevel); !ok && c.LogLevel != "" {
		return fmt.Errorf("unable to parse logging level: %s", c.LogLevel)
	}
	return nil
}

// tlsError20 gives the error of a certificate file the text of go-connections v0.4.0.
func tlsError20(err error) error {
	text := err.Error()
	if rest, ok := strings.CutPrefix(text, "could not load X509"); ok {
		text = "Could not load X509" + rest
	} else if rest, ok := strings.CutPrefix(text, "error reading X509 key pair - make sure the key is not encrypted "); ok {
		text = "Error reading X509 key pair " + rest + ". Make sure the key is not encrypted."
	}
	return errors.New("failed to create API server: " + text)
}

// bindError20 has the text of Go 1.19 for a port that is none, and of its own unlink for a folder in place of a socket.
func bindError20(host string, err error) error {
	if path, ok := strings.CutPrefix(host, "unix://"); ok && errors.Is(err, syscall.EISDIR) {
		return fmt.Errorf("can't create unix socket %s: %w", path, syscall.EISDIR)
	}
	if dns := new(net.DNSError); errors.As(err, &dns) && dns.Err == "unknown port" {
		return &net.OpError{Op: "listen", Net: "tcp", Err: &net.AddrError{Err: dns.Err, Addr: dns.Name}}
	}
	return err
}

func pidfileError20(path string, err error) error {
	if errors.As(err, new(*fs.PathError)) {
		return fmt.Errorf("failed to start daemon: %w", err)
	}
	return fmt.Errorf("failed to start daemon: pid file found, ensure docker is not running or delete %s", path)
}
