// dockerd 28 names SHA-1 when it asks for a certificate over TLS 1.2; newer Go does so only when told.
//go:debug tlssha1=1

// Command fakedockerd is a fake Docker daemon for tests, with dockerd's own flags.
package main

import (
	"os"

	"github.com/fakedockerd/fakedockerd/testscripts"
)

func main() {
	os.Exit(testscripts.Execute(os.Args))
}
