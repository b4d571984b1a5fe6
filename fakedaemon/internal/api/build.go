package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/docker/docker/api/types/build"
)

// buildPrune finds nothing: there is no builder, and so no cache.
func (s *server) buildPrune(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if _, err := s.filters(r); err != nil {
		return err
	}
	for _, key := range []string{"reserved-space", "keep-storage", "max-used-space", "min-free-space"} {
		if text := r.Form.Get(key); text != "" && (!r.below("1.48") || key == "keep-storage") {
			if _, err := strconv.Atoi(text); err != nil {
				return invalid{fmt.Errorf("%s is in bytes and expects an integer, got %v: %w", key, text, err)}
			}
		}
	}
	s.State.EmitPrune("builder", 0)
	return s.write(w, r, build.CachePruneReport{})
}

// buildCancel has nothing to cancel, which is no error.
func (s *server) buildCancel(w http.ResponseWriter, r *request) error {
	if r.FormValue("id") == "" {
		return invalid{errors.New("build ID not provided")}
	}
	w.Header().Set("Content-Type", "application/json")
	return nil
}
