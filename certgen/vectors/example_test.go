package vectors_test

import (
	"fmt"
	"log"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/certgen/vectors"
)

// The certificates of a server over which Go and curl differ.
func ExampleAll() {
	for v, err := range vectors.All(nil) {
		if err != nil {
			log.Fatal(err)
		}
		if v.Flaw == certgen.EKUAny && v.Server {
			fmt.Printf("%s: %s\nGo: %q, curl: exit code %d\n%s\n", v.Name, v.Doc, v.ByName.Go, v.ByName.Curl, v.Why)
			if _, err := v.Bundle.Server().TLSCertificate(); err != nil {
				log.Fatal(err)
			}
			break
		}
	}
	// Output:
	// server:eku-any: has the extended key usage "any" alone
	// Go: "", curl: exit code 60
	// OpenSSL does not take anyExtendedKeyUsage for the usage of TLS; Go does
}
