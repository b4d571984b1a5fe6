package command

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/go-units"
	"github.com/spf13/pflag"
)

// The types here are the values of dockerd's flags that pflag has no type for: Type and String are what --help and the
// text of a conflict show.

// named is a flag value whose key in daemon.json differs from the flag's name.
type named interface {
	pflag.Value
	fileKey() string
}

// fileKey returns the key in daemon.json of a flag.
func fileKey(f *pflag.Flag) string {
	if n, ok := f.Value.(named); ok {
		return n.fileKey()
	}
	return f.Name
}

// key is the key in daemon.json of a value.
type key string

func (k key) fileKey() string { return string(k) }

// list is a flag that may be repeated.
type list struct {
	values *[]string
	check  func(string) (string, error) // nil: anything goes; returns what is kept
}

func (l list) String() string {
	if l.values == nil || len(*l.values) == 0 {
		return ""
	}
	return fmt.Sprint(*l.values)
}

func (l list) Type() string { return "list" }

func (l list) Set(s string) (err error) {
	if l.check != nil {
		if s, err = l.check(s); err != nil {
			return err
		}
	}
	*l.values = append(*l.values, s)
	return nil
}

// namedList is a list with a key of its own.
type namedList struct {
	list
	key
}

// addrs is a repeated IP address.
type addrs struct {
	values *[]netip.Addr
	key
}

func (a addrs) String() string {
	if a.values == nil || len(*a.values) == 0 {
		return ""
	}
	return fmt.Sprint(*a.values)
}

func (a addrs) Type() string { return "list" }

func (a addrs) Set(s string) error {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return err
	}
	*a.values = append(*a.values, addr)
	return nil
}

// keyValues is a repeated key=value.
type keyValues struct {
	values map[string]string
	key
}

func (m keyValues) String() string { return fmt.Sprint(m.values) }
func (m keyValues) Type() string   { return "map" }

func (m keyValues) Set(s string) error {
	k, v, _ := strings.Cut(s, "=")
	m.values[k] = v
	return nil
}

// switches is a repeated name or name=bool.
type switches struct {
	values map[string]bool
	key
}

func (m switches) String() string { return fmt.Sprint(m.values) }
func (m switches) Type() string   { return "map" }

func (m switches) Set(s string) error {
	name, value, found := strings.Cut(s, "=")
	if name == "" {
		return errors.New("invalid option name: " + s)
	}
	on := true
	if found {
		var err error
		if on, err = strconv.ParseBool(value); err != nil {
			return err
		}
	}
	m.values[name] = on
	return nil
}

// keyKeyValues is a repeated key=key=value.
type keyKeyValues struct {
	values map[string]map[string]string
	key
}

func (m keyKeyValues) String() string { return fmt.Sprint(m.values) }
func (m keyKeyValues) Type() string   { return "mapmap" }

func (m keyKeyValues) Set(s string) error {
	parts := strings.SplitN(s, "=", 3)
	if len(parts) < 3 {
		return fmt.Errorf("invalid value %q for map option, should be root-key=key=value", s)
	}
	if m.values[parts[0]] == nil {
		m.values[parts[0]] = map[string]string{}
	}
	m.values[parts[0]][parts[1]] = parts[2]
	return nil
}

// runtimes is a repeated name=path.
type runtimes struct {
	values map[string]Runtime
	key
}

func (m runtimes) String() string {
	names := []string{}
	for name := range m.values {
		names = append(names, name)
	}
	slices.Sort(names)
	return fmt.Sprint(names)
}

func (m runtimes) Type() string { return "runtime" }

func (m runtimes) Set(s string) error {
	name, path, _ := strings.Cut(s, "=")
	name, path = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(path)
	switch _, defined := m.values[name]; {
	case name == "" || path == "":
		return fmt.Errorf("invalid runtime argument: %s", s)
	case name == stockRuntime:
		return fmt.Errorf("runtime name '%s' is reserved", stockRuntime)
	case defined:
		return fmt.Errorf("runtime '%s' was already defined", name)
	}
	m.values[name] = Runtime{Path: path}
	return nil
}

// ulimits is a repeated name=soft[:hard].
type ulimits struct {
	values map[string]*units.Ulimit
	key
}

func (m ulimits) String() string {
	limits := []string{}
	for _, l := range m.values {
		limits = append(limits, l.String())
	}
	slices.Sort(limits)
	return fmt.Sprint(limits)
}

func (m ulimits) Type() string { return "ulimit" }

func (m ulimits) Set(s string) error {
	l, err := units.ParseUlimit(s)
	if err != nil {
		return err
	}
	m.values[l.Name] = l
	return nil
}

func (m *memBytes) String() string {
	if *m == 0 {
		return "0"
	}
	return units.BytesSize(float64(*m))
}

func (m *memBytes) Type() string { return "bytes" }

func (m *memBytes) Set(s string) error {
	size, err := units.RAMInBytes(s)
	*m = memBytes(size)
	return err
}

func (p *addressPools) fileKey() string { return "default-address-pools" }
func (p *addressPools) Type() string    { return "pool-options" }

func (p *addressPools) String() string {
	var pools []string
	for _, pool := range p.Values {
		pools = append(pools, fmt.Sprintf("%s %d", pool.Base, pool.Size))
	}
	return strings.Join(pools, ", ")
}

func (p *addressPools) Set(s string) error {
	record, err := csv.NewReader(strings.NewReader(s)).Read()
	if err != nil {
		return err
	}
	pool := &addressPool{}
	for _, field := range record {
		name, value, ok := strings.Cut(strings.ToLower(field), "=")
		if !ok {
			return fmt.Errorf("invalid field '%s' must be a key=value pair", field)
		}
		switch name {
		case "base":
			if pool.Base, err = netip.ParsePrefix(value); err != nil {
				return fmt.Errorf("invalid base prefix %q: %w", value, err)
			}
		case "size":
			if pool.Size, err = strconv.Atoi(value); err != nil {
				return fmt.Errorf("invalid size value: %q (must be integer): %v", s, err)
			}
		default:
			return fmt.Errorf("unexpected key '%s' in '%s'", name, field)
		}
	}
	p.Values = append(p.Values, pool)
	return nil
}

func validateLabel(s string) (string, error) {
	if !strings.Contains(s, "=") {
		return "", fmt.Errorf("bad attribute format: %s", s)
	}
	for _, reserved := range []string{"com.docker.", "io.docker.", "org.dockerproject."} {
		if strings.HasPrefix(strings.ToLower(s), reserved) {
			return "", fmt.Errorf("label %s is not allowed: the namespaces com.docker.*, io.docker.*, and org.dockerproject.* are reserved for internal use", s)
		}
	}
	return s, nil
}

var (
	letter     = regexp.MustCompile(`[a-zA-Z]`)
	domainName = regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*)\.?\s*$`)
)

func validateDNSSearch(s string) (string, error) {
	s = strings.Trim(s, " ")
	if s == "." {
		return s, nil
	}
	if m := domainName.FindStringSubmatch(s); m != nil && len(m[1]) < 255 && letter.MatchString(s) {
		return m[1], nil
	}
	return "", fmt.Errorf("%s is not a valid domain", s)
}

func validateMirror(s string) (string, error) {
	const use = "must use either 'https://' or 'http://'"
	if scheme, _, ok := strings.Cut(s, "://"); !ok || scheme == "" {
		return "", fmt.Errorf("invalid mirror: no scheme specified for %q: %s", s, use)
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "", fmt.Errorf("invalid mirror: %q is not a valid URI: %w", s, err)
	case u.Scheme != "http" && u.Scheme != "https":
		return "", fmt.Errorf("invalid mirror: unsupported scheme %q in %q: %s", u.Scheme, u, use)
	case u.RawQuery != "" || u.Fragment != "":
		return "", fmt.Errorf("invalid mirror: query or fragment at end of the URI %q", u)
	case u.User != nil:
		u.User = url.UserPassword(u.User.Username(), "xxxxx")
		return "", fmt.Errorf("invalid mirror: username/password not allowed in URI %q", u)
	}
	return strings.TrimSuffix(s, "/") + "/", nil
}

func validateRegistry(s string) (string, error) {
	if s == "index.docker.io" {
		s = "docker.io"
	}
	if strings.HasPrefix(s, "-") || strings.HasSuffix(s, "-") {
		return "", fmt.Errorf("invalid index name (%s). Cannot begin or end with a hyphen", s)
	}
	return s, nil
}

func validateGenericResource(s string) (string, error) {
	if !strings.Contains(s, "=") {
		return "", fmt.Errorf("invalid node-generic-resource format `%s` expected `name=value`", s)
	}
	return s, nil
}
