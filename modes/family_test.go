package modes

import (
	"slices"
	"testing"

	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestFamilies: each name here is that of a family of the rule.
func TestFamilies(t *testing.T) {
	t.Parallel()
	named := []Family{
		FamilyDocker, FamilyGo, FamilyCurl, FamilyDocker20, FamilyGoClient, FamilyGoDockerClient, FamilyDockerPy, FamilyDockerode,
	}
	known := Families()
	for _, f := range named {
		if !slices.Contains(known, f) {
			t.Errorf("the rule does not know %s", f)
		}
	}
	for _, e := range Entries() {
		for f := range e.Want {
			if !slices.Contains(known, f) {
				t.Errorf("%s wants something of %s", e.ID, f)
			}
		}
	}
}

// TestMadeUpFamily: a family is a value of facts. This one is told by variables, always dials port 1 in plaintext, and
// calls it a crash when nobody is there.
func TestMadeUpFamily(t *testing.T) {
	t.Parallel()
	f := &rule.Family{
		Name: "made-up", Variables: true, Cannot: func(s rule.Setting) bool { return s.Mode == rule.Plain },
		Calls: map[outcome.Class]outcome.Class{outcome.NoSuchSocket: outcome.ClientCrash},
	}
	f.Resolve = func(s rule.Setting, m rule.Machine) (rule.Endpoint, error) {
		if m.Env["DOCKER_CERT_PATH"] == "" {
			return rule.Endpoint{}, &rule.Refusal{Outcome: f.Calls[outcome.NoSuchSocket], Why: "it wants a folder"}
		}
		return rule.Endpoint{Host: s.Host, Mode: rule.Plain, Family: f}, nil
	}
	for id, want := range map[string]outcome.Class{
		"tlsverify/mutual/env":   outcome.HTTPToHTTPS,
		"tcp/mutual/env":         outcome.OK,
		"tlsverify/mutual/home":  outcome.ClientCrash,
		"tlsverify/plain/env":    "", // as its row says
		"tlsverify/mutual/flags": outcome.ClientCrash,
		"ssh/mutual/env":         "",
		"tcp/mutual/context":     "",
	} {
		e := matrix()[slices.IndexFunc(matrix(), func(e Entry) bool { return e.ID == id })]
		o, why, ok := e.apply(f, e.Daemon)
		if o != want || ok != (want != "") || ok != (why != "") {
			t.Errorf("%s: got %s (%s), %v, want %s", id, o, why, ok, want)
		}
	}
}
