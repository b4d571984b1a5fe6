package reference

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestResolution holds the endpoint that the rule finds for the docker CLI against what
// `docker context inspect` showed.
func TestResolution(t *testing.T) {
	t.Parallel()
	d, _ := load(t)
	tried := 0
	for _, inv := range d.Invocations {
		// The recordings inspect a host for Windows, and CLI 28 and 29 look at the protocol later than that.
		if inv.Section != SectionResolution || slices.ContainsFunc(inv.Args, func(s string) bool { return strings.HasPrefix(s, "npipe:") }) {
			continue
		}
		tried++
		want := inv.Results[0]
		e, err := endpoint(inv)
		r := (*rule.Refusal)(nil)
		switch {
		case errors.As(err, &r) && r.Outcome == outcome.TLSOverUnixFails:
			// CLI 20.10 fails when it dials, which inspecting does not.
		case errors.As(err, &r):
			if string(r.Outcome) != want.Outcome {
				t.Errorf("%s %q: got %v, want %s", inv.Client, inv.Args, err, want.Outcome)
			}
			continue
		case err != nil:
			t.Errorf("%s %q: %v", inv.Client, inv.Args, err)
			continue
		}
		if want.Endpoint == nil {
			t.Errorf("%s %q: got %v, want %s", inv.Client, inv.Args, e, want.Outcome)
			continue
		}
		mode := rule.Plain
		switch {
		case len(want.Endpoint.TLSMaterial) == 0 || !strings.HasPrefix(want.Endpoint.Host, "tcp://"):
		case want.Endpoint.SkipTLSVerify:
			mode = rule.TLS | rule.Presents
		default:
			mode = rule.TLS | rule.Verifies | rule.Presents
		}
		type resolved struct {
			Host string
			Mode rule.Mode
		}
		if diff := cmp.Diff(resolved{want.Endpoint.Host, mode}, resolved{e.Host, e.Mode}); diff != "" {
			t.Errorf("%s %q env %v: (-want +got)\n%s", inv.Client, inv.Args, inv.Env, diff)
		}
	}
	t.Logf("%d tried", tried)
}
