package state

import (
	"strings"
	"testing"
)

func TestAddImage(t *testing.T) {
	t.Parallel()
	s, img := withImage(t)
	for _, tt := range []struct{ id, class, text string }{
		{img, "Conflict", "image " + img + " exists"},
		{"sha256:x", "Invalid", `invalid image ID "sha256:x": must be sha256: and 64 lower-case hex digits`},
		{strings.TrimPrefix(img, "sha256:"), "Invalid", `invalid image ID "` + strings.TrimPrefix(img, "sha256:") + `": must be sha256: and 64 lower-case hex digits`},
	} {
		_, err := s.AddImage(Image{ID: tt.id})
		check(t, tt.id, err, tt.class, tt.text)
	}
	found := ok[Image](t)(s.FindOrAddImage(ImageName{Ref: "docker.io/library/bb:1"}, Image{}))
	added := ok[Image](t)(s.FindOrAddImage(ImageName{Ref: "x:1", Given: "x:1"}, Image{Refs: []string{"x:1"}}))
	if found.ID != img || added.ID == img || len(s.Images()) != 2 {
		t.Errorf("%s and %s of %d", found.ID, added.ID, len(s.Images()))
	}
}
