package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/pflag"
)

// flatKeys are the keys of daemon.json whose object is a value. The keys of other objects count as keys of the file.
var flatKeys = map[string]bool{
	"cluster-store-opts":   true,
	"default-network-opts": true,
	"log-opts":             true,
	"runtimes":             true,
	"default-ulimits":      true,
	"features":             true,
	"builder":              true,
}

// fileOnlyKeys are the keys of daemon.json that no flag has.
var fileOnlyKeys = map[string]bool{
	"features":                         true,
	"builder":                          true,
	"deprecated-key-path":              true,
	"allow-nondistributable-artifacts": true,
}

// mergeFile reads daemon.json and puts the flags' configuration under it.
func (g *generation) mergeFile(path string, fromFlags *Config, flags *pflag.FlagSet) (*Config, error) {
	c, err := g.readFile(path, flags)
	if err != nil {
		return nil, err
	}
	if g.fileFirst {
		if err := g.validate(c); err != nil {
			return nil, fmt.Errorf("configuration validation from file failed: %w", err)
		}
	}
	fill(reflect.ValueOf(c).Elem(), reflect.ValueOf(fromFlags).Elem())
	if err := g.validate(c); err != nil {
		return nil, fmt.Errorf("merged configuration validation from file and command line flags failed: %w", err)
	}
	return c, nil
}

// readFile reads daemon.json and refuses keys that are unknown or also given as a flag.
func (g *generation) readFile(path string, flags *pflag.FlagSet) (*Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, decode := &Config{}, json.Unmarshal
	if g.oldJSON {
		decode = decodeFirst
	} else {
		if b, err = decodeText(b); err != nil {
			return nil, err
		}
		if b = bytes.TrimSpace(b); len(b) == 0 {
			return c, nil
		}
	}
	var document map[string]any
	if err := decode(b, &document); err != nil {
		return nil, err
	}
	c.set = g.flatten(document)
	if err := g.conflicts(c.set, flags); err != nil {
		return nil, err
	}
	// A false in the file must win over a true default of its flag, and an empty field takes the flag's value.
	for key, value := range c.set {
		if f := flags.Lookup(key); f != nil && f.Value.Type() == "bool" {
			f.Value.Set(fmt.Sprint(value))
		}
	}
	if err := decode(b, c); err != nil {
		return nil, err
	}
	if c.HostGatewayIP != nil {
		addr, _ := netip.AddrFromSlice(c.HostGatewayIP)
		c.HostGatewayIPs, c.HostGatewayIP = []netip.Addr{addr}, nil
	}
	return c, nil
}

// decodeFirst decodes the first value in b. The text of a wrong type's error does not name embedded structs, as that of
// Go 1.19 did not.
func decodeFirst(b []byte, v any) error {
	err := json.NewDecoder(bytes.NewReader(b)).Decode(v)
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
		path := strings.Split(wrong.Field, ".")
		embedded := func(name string) bool { return unicode.IsUpper([]rune(name + " ")[0]) }
		for len(path) > 1 && embedded(path[0]) {
			path = path[1:]
		}
		wrong.Field = strings.Join(path, ".")
	}
	return err
}

// decodeText returns UTF-8: a byte order mark says UTF-16 or UTF-8, without one it is UTF-8.
func decodeText(b []byte) ([]byte, error) {
	var order func(b []byte) uint16
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		order = func(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 }
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		order = func(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 }
	}
	if order != nil {
		var units []uint16
		for b = b[2:]; len(b) > 1; b = b[2:] {
			units = append(units, order(b))
		}
		return []byte(string(utf16.Decode(units))), nil
	}
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("failed to decode configuration JSON at offset %d: encoding: invalid UTF-8", len(b))
	}
	return b, nil
}

func (g *generation) flatten(document map[string]any) map[string]any {
	flat := map[string]any{}
	for key, value := range document {
		if object, ok := value.(map[string]any); ok && !flatKeys[key] && !g.fileKeys[key] {
			maps.Copy(flat, object)
			continue
		}
		flat[key] = value
	}
	return flat
}

// conflicts reports the keys that no flag knows, or else those that are also given as a flag.
func (g *generation) conflicts(set map[string]any, flags *pflag.FlagSet) error {
	unknown := map[string]bool{}
	for key := range set {
		if f := flags.Lookup(key); (f == nil || has(f, fakeFlag)) && !fileOnlyKeys[key] && !g.fileKeys[key] {
			unknown[key] = true
		}
	}
	flags.VisitAll(func(f *pflag.Flag) { delete(unknown, fileKey(f)) })
	if len(unknown) > 0 {
		return fmt.Errorf("the following directives don't match any configuration option: %s",
			strings.Join(slices.Sorted(maps.Keys(unknown)), ", "))
	}

	var both []string
	conflict := func(key string, flag *pflag.Flag, value any) {
		both = append(both, fmt.Sprintf("%s: (from flag: %v, from file: %v)", key, mask(key, flag.Value.String()), mask(key, value)))
	}
	flags.Visit(func(f *pflag.Flag) {
		keys := []string{f.Name, f.Shorthand}
		if _, ok := f.Value.(named); ok {
			keys = []string{fileKey(f)}
		}
		for _, key := range keys {
			if value, ok := set[key]; ok && key != "runtimes" {
				conflict(key, f, value)
				break
			}
		}
	})
	var errs []error
	const old, new = "host-gateway-ip", "host-gateway-ips"
	if value, ok := set[old]; ok {
		if _, ok := set[new]; ok {
			errs = append(errs, fmt.Errorf("%s and %s must not both be specified in the config file", old, new))
		}
		if f := flags.Lookup(old); f.Changed {
			conflict(old, f, value)
		}
	}
	if len(both) > 0 {
		errs = append(errs, fmt.Errorf("the following directives are specified both as a flag and in the configuration file: %s",
			strings.Join(both, ", ")))
	}
	return errors.Join(errs...)
}

// mask hides the user and the password of a proxy.
func mask(key string, value any) any {
	if raw, ok := value.(string); ok && (key == "http-proxy" || key == "https-proxy") {
		return maskURL(raw)
	}
	return value
}

// maskURL hides the user and the password of a URL.
func maskURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User == nil {
		return raw
	}
	u.User = url.UserPassword("xxxxx", "xxxxx")
	return u.String()
}

// fill copies to every empty value of dst what src has there, as dockerd's merge of flags into the file does: a pointer
// to an empty value counts as empty, so that a true flag beats a false in the file.
func fill(dst, src reflect.Value) {
	switch dst.Kind() {
	case reflect.Struct:
		for i := range dst.NumField() {
			if f := dst.Type().Field(i); f.IsExported() || f.Anonymous {
				fill(dst.Field(i), src.Field(i))
			}
		}
	case reflect.Pointer:
		if dst.IsNil() {
			dst.Set(src)
		} else if !src.IsNil() {
			fill(dst.Elem(), src.Elem())
		}
	case reflect.Map:
		if dst.IsNil() {
			dst.Set(src)
			return
		}
		for _, key := range src.MapKeys() {
			if !dst.MapIndex(key).IsValid() {
				dst.SetMapIndex(key, src.MapIndex(key))
			}
		}
	case reflect.Slice:
		if dst.Len() == 0 {
			dst.Set(src)
		}
	default:
		if dst.IsZero() {
			dst.Set(src)
		}
	}
}
