package rule

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// tlsFlags are the flags that dockerd and docker have in common, parsed with the rules of pflag:
// --name=value, --name value for strings, --name alone for booleans, and shorthands.
type tlsFlags struct {
	bools      map[string]bool   // by name, with the default
	strings    map[string]string // by name, with the default
	hosts      []string
	changed    map[string]bool
	shorthands map[byte]string
	lax        bool // pass over flags that are not known
	// quotes is how the program treats --tlscacert, --tlscert and --tlskey.
	quotes quoting
}

// quoting is how a program reads the name of a file.
type quoting int

const (
	asItIs      quoting = iota
	withQuotes          // quotes around the name are taken off
	quotesPanic         // likewise, and an empty name makes the program panic
)

// newTLSFlags gives the flags with the defaults that the machine's environment and home give them.
func newTLSFlags(m Machine) *tlsFlags {
	dir := m.Env["DOCKER_CERT_PATH"]
	if dir == "" {
		dir = m.Env["DOCKER_CONFIG"]
	}
	if dir == "" {
		dir = path.Join(m.home(), ".docker")
	}
	return &tlsFlags{
		bools: map[string]bool{"tls": false, "tlsverify": m.Env["DOCKER_TLS_VERIFY"] != ""},
		strings: map[string]string{
			"tlscacert": path.Join(dir, "ca.pem"), "tlscert": path.Join(dir, "cert.pem"), "tlskey": path.Join(dir, "key.pem"),
		},
		changed:    map[string]bool{},
		shorthands: map[byte]string{'H': "host"},
	}
}

// A panicked is the error of a program that panics on a flag.
type panicked string

func (p panicked) Error() string { return "it panics on an empty --" + string(p) }

func (f *tlsFlags) set(name, value string) error {
	f.changed[name] = true
	if name == "host" {
		f.hosts = append(f.hosts, value)
		return nil
	}
	if _, ok := f.bools[name]; ok {
		b, err := strconv.ParseBool(value)
		f.bools[name] = b
		if err != nil {
			return fmt.Errorf("%q is not a boolean for --%s", value, name)
		}
		return nil
	}
	if f.quotes != asItIs && strings.HasPrefix(name, "tls") {
		if value == "" && f.quotes == quotesPanic {
			return panicked(name)
		}
		value = trimQuotes(value)
	}
	f.strings[name] = value
	return nil
}

func trimQuotes(s string) string {
	if n := len(s); n >= 2 && (s[0] == '\'' || s[0] == '"') && s[0] == s[n-1] {
		return s[1 : n-1]
	}
	return s
}

// parse reads the flags up to the first argument that is none.
func (f *tlsFlags) parse(args []string) error {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if len(arg) < 2 || arg[0] != '-' || arg == "--" {
			return nil
		}
		name, value, given := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if arg[1] != '-' {
			name = f.shorthands[arg[1]]
			value = strings.TrimPrefix(arg[2:], "=")
			given = arg[2:] != ""
		}
		_, isBool := f.bools[name]
		_, isString := f.strings[name]
		switch {
		case !isBool && !isString && name != "host":
			if f.lax {
				continue
			}
			return fmt.Errorf("there is no flag %s", arg)
		case isBool && !given:
			value = "true"
		case !given && len(args) == 0:
			return fmt.Errorf("%s needs an argument", arg)
		case !given:
			value, args = args[0], args[1:]
		}
		if err := f.set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// secure reports whether TLS is on: --tlsverify turns it on whatever its value.
func (f *tlsFlags) secure() bool {
	return f.bools["tls"] || f.bools["tlsverify"] || f.changed["tlsverify"]
}

// file is the value of a flag that names a file. The default of --tlscert and --tlskey counts only when the file
// exists.
func (f *tlsFlags) file(name string, m Machine) string {
	val := f.strings[name]
	if _, ok := m.Files[val]; !ok && name != "tlscacert" && !f.changed[name] {
		return ""
	}
	return val
}
