package reference

import (
	"slices"
	"strings"
	"testing"
)

// exceptions are the rows in which the rule need not agree, each with its why.
var exceptions = []struct {
	why   string
	match func(version string, inv Invocation, want string) bool
	seen  bool
}{{
	why: "a Go client that does not negotiate asks daemon 20.10 for API 1.51: versions are no part of the rule",
	match: func(version string, inv Invocation, want string) bool {
		return version == "20.10.24" && inv.Args[0] == "FromEnv" && want == "api-version-mismatch"
	},
}, {
	why: "a POST in plain HTTP to the TLS port of 20.10 gets a 400 or a reset, whichever comes first",
	match: func(version string, inv Invocation, want string) bool {
		return version == "20.10.24" && slices.Contains(inv.Args, "run") && want == "connection-closed"
	},
}}

// TestRule holds the rule of package modes against every recorded row of the docker CLI, curl and the Go
// clients whose material is good or has one of the flaws that the rule knows.
func TestRule(t *testing.T) {
	t.Parallel()
	d, daemons := load(t)
	tried, agreed := map[string]int{}, map[string]int{}
	for _, inv := range d.Invocations {
		_, server := flaw(inv.ServerCert)
		_, client := flaw(inv.ClientCert)
		program, _, _ := strings.Cut(inv.Client, " ")
		if inv.Section == SectionResolution || !server || !client || program == "docker-py" || program == "dockerode" {
			continue
		}
		for _, res := range inv.Results {
			for version, keys := range res.Daemons {
				for _, key := range keys {
					section := inv.Section + ", daemon " + version
					tried[section]++
					got, why, err := outcome(version, daemons[key], inv)
					switch {
					case err != nil:
						t.Errorf("%s: %s %q: %v", section, inv.Client, inv.Args, err)
					case string(got) == res.Outcome:
						agreed[section]++
					case !excepted(version, inv, res.Outcome):
						t.Errorf("%s %s: %s %q env %v %s %q, server %s, client %s: got %s (%s), want %s", section, key,
							inv.Client, inv.Args, inv.Env, inv.Home, inv.Setup, inv.ServerCert, inv.ClientCert, got, why, res.Outcome)
					}
				}
			}
		}
	}
	for _, e := range exceptions {
		if !e.seen {
			t.Errorf("no row needs this exception: %s", e.why)
		}
	}
	sections := make([]string, 0, len(tried))
	for section := range tried {
		sections = append(sections, section)
	}
	slices.Sort(sections)
	for _, section := range sections {
		t.Logf("%s: %d agreed / %d tried", section, agreed[section], tried[section])
	}
}

func excepted(version string, inv Invocation, want string) bool {
	for i := range exceptions {
		if exceptions[i].match(version, inv, want) {
			exceptions[i].seen = true
			return true
		}
	}
	return false
}
