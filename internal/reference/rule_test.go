package reference

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// exceptions are the rows in which the rule need not agree, by their why.
var exceptions = map[string]func(version string, inv Invocation, want string) bool{
	"a Go client that does not negotiate asks daemon 20.10 for API 1.51: versions are no part of the rule": func(version string, inv Invocation, want string) bool {
		return version == "20.10.24" && inv.Args[0] == "FromEnv" && want == "api-version-mismatch"
	},
	"CLI 20.10 that runs a container over plain HTTP to a TLS port of daemon 20.10 is reset in every row, where all other pairs get a 400; the cause is not known": func(version string, inv Invocation, want string) bool {
		return version == "20.10.24" && strings.HasPrefix(inv.Client, "docker-cli 20.10.24") && slices.Contains(inv.Args, "run") && want == "connection-closed"
	},
}

// TestRule holds the rule of package modes against every recorded row of the docker CLI, curl and the Go
// clients whose material is good or is wrong in a way that the rule knows.
func TestRule(t *testing.T) {
	t.Parallel()
	d, daemons := load(t)
	tried, agreed, excepted := map[string]int{}, map[string]int{}, map[string]int{}
	for _, inv := range d.Invocations {
		_, server := flaw(inv.ServerCert)
		_, client := flaw(inv.ClientCert)
		program, _, _ := strings.Cut(inv.Client, " ")
		if inv.Section == SectionResolution || !server || !client || program == "docker-py" || program == "dockerode" {
			continue
		}
		for _, row := range outcomes(inv) {
			section := inv.Section + ", daemon " + row.version
			tried[section]++
			got, why, err := outcome(row.version, daemons[row.daemon], inv)
			if err != nil {
				t.Errorf("%s: %s %q: %v", section, inv.Client, inv.Args, err)
				continue
			}
			if string(got) == row.outcome {
				agreed[section]++
				continue
			}
			if why := exception(row.version, inv, row.outcome); why != "" {
				excepted[why]++
				continue
			}
			t.Errorf("%s %s: %s %q env %v %s %q, server %s, client %s: got %s (%s), want %s", section, row.daemon,
				inv.Client, inv.Args, inv.Env, inv.Home, inv.Setup, inv.ServerCert, inv.ClientCert, got, why, row.outcome)
		}
	}
	for why := range exceptions {
		if excepted[why] == 0 {
			t.Errorf("no row needs this exception: %s", why)
		}
	}
	for _, section := range slices.Sorted(maps.Keys(tried)) {
		t.Logf("%s: %d agreed / %d tried", section, agreed[section], tried[section])
	}
	for why, n := range excepted {
		t.Logf("%d excepted: %s", n, why)
	}
}

func exception(version string, inv Invocation, want string) string {
	for why, match := range exceptions {
		if match(version, inv, want) {
			return why
		}
	}
	return ""
}

// A recorded outcome is one row of the recordings.
type recorded struct{ version, daemon, outcome string }

func outcomes(inv Invocation) []recorded {
	var every []recorded
	for _, res := range inv.Results {
		for version, keys := range res.Daemons {
			for _, key := range keys {
				every = append(every, recorded{version, key, res.Outcome})
			}
		}
	}
	return every
}
