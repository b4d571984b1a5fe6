package registry

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzChallenges: whatever a registry asks for is read, in schemes and keys of lower case.
func FuzzChallenges(f *testing.F) {
	for _, header := range []string{
		"", "Basic", `Basic realm="a"`, `Bearer realm="http://localhost:1/token",service="r, s",scope="repository:a:pull,push"`,
		`BEARER Realm=a,service=b , scope="c`, `Bearer realm="a"realm=b`, `Bearer ,,=,"="`,
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		list := parseChallenges(http.Header{"Www-Authenticate": {header, header}})
		if len(list) != 2 {
			t.Fatalf("%d challenges, want 2", len(list))
		}
		for _, c := range list {
			if c.scheme != strings.ToLower(c.scheme) || strings.Contains(c.scheme, " ") {
				t.Errorf("scheme %q", c.scheme)
			}
			for key := range c.parameters {
				if key != strings.TrimSpace(strings.ToLower(key)) {
					t.Errorf("key %q", key)
				}
			}
		}
	})
}
