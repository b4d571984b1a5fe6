// Package conformtest runs the matrix of package conform as tests.
package conformtest

import (
	"testing"

	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// Run tries a client in every entry of the matrix, each a parallel subtest named by the entry's ID, as conform.Try
// does. A subtest fails with all that is known of the attempt when the client does not do what the entry says, and is
// skipped when the client cannot be told of the entry. A client that asks not even a good daemon for anything fails at
// once.
//
// Flags of go test select entries: -run '/^tlsverify$/^mutual$' those of a daemon and a client mode.
func Run(t *testing.T, c conform.Client) {
	if err := conform.Preflight(t.Context(), c, nil); err != nil {
		t.Fatal(err)
	}
	for _, e := range conform.Entries() {
		t.Run(e.ID, func(t *testing.T) {
			t.Parallel()
			got, err := conform.Try(t.Context(), c, e, nil)
			switch {
			case err != nil:
				t.Fatal(err)
			case got.Verdict == conform.Skipped:
				t.Skip(got.Text)
			case got.Verdict != conform.Ok:
				t.Error(conform.Deviation{ID: e.ID, Reason: got.Reason, Client: c.Name(), Got: got})
			}
		})
	}
}
