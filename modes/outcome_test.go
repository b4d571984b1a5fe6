package modes_test

import (
	"testing"

	"github.com/fakedockerd/fakedockerd/modes"
)

// TestKindsOfOutcomes: who stopped or refused whom, and what else an outcome says.
func TestKindsOfOutcomes(t *testing.T) {
	t.Parallel()
	for o, want := range map[modes.Outcome]struct {
		stops, server, client bool
		detail                string
	}{
		modes.ConfigMissingFile:     {stops: true, detail: "missing-file"},
		modes.RejectsServerLegacyCN: {server: true, detail: "hostname-legacy-cn"},
		modes.RejectsNoClientCert:   {client: true, detail: "no-client-cert"},
		modes.TLSOverUnixFails:      {detail: "client-tls-over-unix-socket-fails"},
		modes.OK:                    {detail: "ok"},
		"":                          {},
	} {
		got := want
		got.stops, got.server, got.client, got.detail = o.StopsFirst(), o.RefusesServer(), o.RefusesClient(), o.Detail()
		if got != want {
			t.Errorf("%q: got %+v, want %+v", o, got, want)
		}
	}
}
