package outcome_test

import (
	"testing"

	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestKinds: who stopped or refused whom, and what else a class says.
func TestKinds(t *testing.T) {
	t.Parallel()
	for o, want := range map[outcome.Class]struct {
		stops, server, client bool
		detail                string
	}{
		outcome.ConfigMissingFile:     {stops: true, detail: "missing-file"},
		outcome.RejectsServerLegacyCN: {server: true, detail: "hostname-legacy-cn"},
		outcome.RejectsNoClientCert:   {client: true, detail: "no-client-cert"},
		outcome.TLSOverUnixFails:      {detail: "client-tls-over-unix-socket-fails"},
		outcome.OK:                    {detail: "ok"},
		"":                            {},
	} {
		got := want
		got.stops, got.server, got.client, got.detail = o.StopsFirst(), o.RefusesServer(), o.RefusesClient(), o.Detail()
		if got != want {
			t.Errorf("%q: got %+v, want %+v", o, got, want)
		}
	}
}
