package build

import (
	"maps"
	"slices"
)

// args are what ARG declares and the one who builds gives (builder/dockerfile/buildargs.go).
type args struct {
	given map[string]*string
	// declared are those of the stage and meta those before the first FROM; nil means without a value.
	declared, meta map[string]*string
	// named are those that an ARG has named, in any stage.
	named map[string]bool
}

// proxies need no ARG.
var proxies = []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"}

func (p Parser) isProxy(name string) bool {
	return slices.Contains(proxies, name) && (!p.Old || name != "ALL_PROXY" && name != "all_proxy")
}

func (a *args) declare(name string, value *string) {
	a.declared[name], a.named[name] = value, true
}

// value finds the value of an argument among those of a scope.
func (a *args) value(p Parser, scope map[string]*string, name string) (string, bool) {
	value, ok := scope[name]
	if !ok && !p.isProxy(name) {
		return "", false
	}
	for _, value := range []*string{a.given[name], value, a.meta[name]} {
		if value != nil {
			return *value, true
		}
	}
	return "", false
}

// env are those of the stage as variables, sorted, without those that are there already.
func (a *args) env(p Parser, have []string) (env []string) {
	names := slices.Collect(maps.Keys(a.declared))
	for _, name := range proxies {
		if _, ok := a.declared[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if _, has := lookupEnv(have, name); has {
			continue
		}
		if value, ok := a.value(p, a.declared, name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// unused are those that nobody asked for.
func (a *args) unused(p Parser) (names []string) {
	for name := range a.given {
		if !a.named[name] && !p.isProxy(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
