package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRoad says which links see a request and who answers it. Whatever they ask, its route was looked up once.
func TestRoad(t *testing.T) {
	t.Parallel()
	var matches int
	var seen []string
	passes := func(name string) Link {
		return func(next Handler) Handler {
			return func(w http.ResponseWriter, r *http.Request) error {
				op, _ := Asked(r)
				CheckRoute(r)
				err := next(w, r)
				CheckBody(r, nil)
				seen = append(seen, fmt.Sprintf("%s %s %v", name, op.ID, err))
				return err
			}
		}
	}
	fault := func(next Handler) Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			if r.URL.RawQuery == "fault" {
				return Fault{http.StatusTeapot, "broken"}
			}
			return next(w, r)
		}
	}
	s := New(Config{Log: passes("log"), Strict: passes("strict"), Fault: fault, Authorize: passes("authorize")}).(*server)
	s.match = func(method, path string) (*Operation, map[string]string) {
		matches++
		return match(method, path)
	}
	for _, test := range []struct {
		target string
		status int
		seen   string
	}{
		{"/containers/json", 200, "authorize ContainerList <nil>, strict ContainerList <nil>, log ContainerList <nil>"},
		{"/v1.51/containers/x/json", 404, "authorize ContainerInspect No such container: x, strict ContainerInspect <nil>, log ContainerInspect <nil>"},
		{"/v1.99/_ping", 400, "authorize SystemPing client version 1.99 is too new. Maximum supported API version is 1.51, strict SystemPing <nil>, log SystemPing <nil>"},
		{"/_ping?fault", 418, "strict SystemPing <nil>, log SystemPing <nil>"},
		{"/x", 404, "strict  <nil>, log  <nil>"},
		{"/images/x/attestations", 404, "strict ImageAttestations <nil>, log ImageAttestations <nil>"},
		{"/images//json?fault", 418, "strict ImageInspect <nil>, log ImageInspect <nil>"},
		{"/x/../y", 301, "strict  <nil>, log  <nil>"},
		{"/images//json", 301, "strict ImageInspect <nil>, log ImageInspect <nil>"},
	} {
		matches, seen = 0, nil
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, test.target, nil))
		if diff := cmp.Diff(test.seen, strings.Join(seen, ", ")); diff != "" || w.Code != test.status || matches != 1 {
			t.Errorf("%s: status %d, want %d; %d matches, want 1; links (-want +got)\n%s", test.target, w.Code, test.status, matches, diff)
		}
	}
}
