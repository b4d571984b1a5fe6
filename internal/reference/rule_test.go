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
		return version == "20.10.24" && slices.Contains(inv.Args, "FromEnv") && want == "api-version-mismatch"
	},
	"CLI 20.10 that runs a container over plain HTTP to a TLS port of daemon 20.10 is reset in every row, where all other pairs get a 400; the cause is not known": func(version string, inv Invocation, want string) bool {
		return version == "20.10.24" && strings.HasPrefix(inv.Client, "docker-cli 20.10.24") && slices.Contains(inv.Args, "run") && want == "connection-closed"
	},
}

// TestRule holds the rule of package rule against every recorded row: all daemons, clients and conditions of both
// sides.
func TestRule(t *testing.T) {
	t.Parallel()
	d, daemons := load(t)
	tried, agreed, excepted := map[string]int{}, map[string]int{}, map[string]int{}
	for _, inv := range d.Invocations {
		if inv.Section == SectionResolution {
			continue // TestResolution
		}
		server, client := flaw(inv.ServerCert), flaw(inv.ClientCert)
		if !knownFlaws(server, client) {
			t.Errorf("the rule does not know server %q or client %q", server, client)
			continue
		}
		for _, row := range outcomes(inv) {
			section := inv.Section + ", daemon " + row.version
			tried[section]++
			got, why, err := outcomeOf(row.version, daemons[row.daemon], inv)
			switch except := exception(row.version, inv, row.outcome); {
			case err != nil:
				t.Errorf("%s: %s %q: %v", section, inv.Client, inv.Args, err)
			case string(got) == row.outcome:
				agreed[section]++
			case except != "":
				excepted[except]++
			default:
				t.Errorf("%s %s: %s %q env %v %s %q, server %s, client %s: got %s (%s), want %s", section, row.daemon,
					inv.Client, inv.Args, inv.Env, inv.Home, inv.Setup, inv.ServerCert, inv.ClientCert, got, why, row.outcome)
			}
		}
	}
	for why := range exceptions {
		if excepted[why] == 0 {
			t.Errorf("no row needs this exception: %s", why)
		}
	}
	summary(t, "rule", tried, agreed, excepted)
}

// summary prints what was tried and agreed, by section and in all, and the exceptions.
func summary(t *testing.T, what string, tried, agreed, excepted map[string]int) {
	all, good, listed := 0, 0, 0
	for _, section := range slices.Sorted(maps.Keys(tried)) {
		t.Logf("%s: %s: %d tried, %d agreed", what, section, tried[section], agreed[section])
		all, good = all+tried[section], good+agreed[section]
	}
	for _, why := range slices.Sorted(maps.Keys(excepted)) {
		t.Logf("%s: %d excepted: %s", what, excepted[why], why)
		listed += excepted[why]
	}
	t.Logf("%s: %d rows tried, %d agreed, %d listed exceptions, %d disagreements", what, all, good, listed, all-good-listed)
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
