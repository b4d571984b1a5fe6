package modes

import (
	"fmt"
	"strconv"
	"strings"
)

// flagSet parses the flags of dockerd and docker with the rules of pflag: --name=value, --name value
// for strings, --name alone for booleans, and shorthands.
type flagSet struct {
	bools      map[string]bool   // value by name, with the default
	strings    map[string]string // value by name, with the default
	hosts      []string
	changed    map[string]bool
	shorthands map[byte]string
	lax        bool // pass over flags that are not known
}

func (f *flagSet) set(name, value string) error {
	if f.changed == nil {
		f.changed = map[string]bool{}
	}
	if name == "host" {
		f.hosts = append(f.hosts, value)
	} else if _, ok := f.bools[name]; ok {
		b, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("%q is not a boolean for --%s", value, name)
		}
		f.bools[name] = b
	} else {
		f.strings[name] = value
	}
	f.changed[name] = true
	return nil
}

func (f *flagSet) known(name string) (isBool, ok bool) {
	if _, isBool = f.bools[name]; isBool {
		return true, true
	}
	_, ok = f.strings[name]
	return false, ok || name == "host"
}

// parse reads the flags before the first argument that is none.
func (f *flagSet) parse(args []string) error {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if len(arg) < 2 || arg[0] != '-' || arg == "--" {
			return nil
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if arg[1] != '-' {
			var ok bool
			if name, ok = f.shorthands[arg[1]]; !ok {
				if f.lax {
					continue
				}
				return fmt.Errorf("there is no flag %s", arg)
			}
			value = strings.TrimPrefix(arg[2:], "=")
			hasValue = arg[2:] != ""
		}
		isBool, ok := f.known(name)
		switch {
		case !ok && f.lax:
			continue
		case !ok:
			return fmt.Errorf("there is no flag --%s", name)
		case isBool && !hasValue:
			value = "true"
		case !hasValue && len(args) == 0:
			return fmt.Errorf("--%s needs an argument", name)
		case !hasValue:
			value, args = args[0], args[1:]
		}
		if err := f.set(name, value); err != nil {
			return err
		}
	}
	return nil
}
