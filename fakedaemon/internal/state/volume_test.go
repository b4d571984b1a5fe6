package state

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddVolume(t *testing.T) {
	t.Parallel()
	s := fresh()
	v1 := ok[Volume](t)(s.AddVolume(Volume{Name: "v1", Labels: map[string]string{"a": "b"}, Options: map[string]string{"o": "1"}}))
	// The first one's options win (16-volumes step 9 of the recordings).
	if d := cmp.Diff(v1, ok[Volume](t)(s.AddVolume(Volume{Name: "v1", Options: map[string]string{"o": "2"}}))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	_, err := s.AddVolume(Volume{Name: "bad name"})
	check(t, "bad name", err, "Invalid", `create bad name: "bad name" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`)
	_, err = s.Volume("nosuch")
	check(t, "nosuch", err, "NotFound", "get nosuch: no such volume")
}
