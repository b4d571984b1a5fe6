package conform_test

import (
	"context"
	"fmt"
	"regexp"

	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// A client that trusts any server, in front of a good daemon and of one with an expired certificate.
func ExampleRun() {
	careless := conform.Func("careless", modes.FamilyGo, func(ctx context.Context, a conform.Attempt) conform.Result {
		config, err := a.Entry.GoTLS(a.CAPEM, a.CertPEM, a.KeyPEM)
		if err != nil {
			return conform.Result{Err: err}
		}
		config.InsecureSkipVerify = true
		_, err = conform.Get(ctx, a.Host(), config)
		return conform.Result{Err: err}
	})
	report, err := conform.Run(context.Background(), &conform.Options{
		Clients: []conform.Client{careless},
		Filter:  regexp.MustCompile(`^tls/tlsverify/flags(/server:expired)?$`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range report.Entries {
		got := e.Got["careless"]
		fmt.Printf("%s: want %s, got %s: %s\n", e.ID, got.Want, got.Outcome, got.Verdict)
	}
	// Output:
	// tls/tlsverify/flags: want ok, got ok: ok
	// tls/tlsverify/flags/server:expired: want client-rejects-server-expired, got ok: insecure
}
