package engine

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// CheckMinAPIVersion refuses what cannot take the place of MinAPIVersion, in dockerd's words (daemon/config,
// ValidateMinAPIVersion).
func (e *Engine) CheckMinAPIVersion(version string) error {
	switch {
	case e.LowestMinAPIVersion == "":
		return fmt.Errorf("engine %s has no other minimum API version than %s", e.Name, e.MinAPIVersion)
	case version == "":
		return errors.New("value is empty")
	case strings.EqualFold(version[:1], "v"):
		return errors.New(`API version must be provided without "v" prefix`)
	case compareVersions(version, e.LowestMinAPIVersion) < 0:
		return fmt.Errorf("minimum supported API version is %s: %s", e.LowestMinAPIVersion, version)
	case compareVersions(version, e.APIVersion) > 0:
		return fmt.Errorf("maximum supported API version is %s: %s", e.APIVersion, version)
	}
	return nil
}

// compareVersions compares as dockerd does: what is no number counts as 0.
func compareVersions(a, b string) int {
	parts := func(version string) []int {
		var numbers []int
		for part := range strings.SplitSeq(version, ".") {
			n, _ := strconv.Atoi(part)
			numbers = append(numbers, n)
		}
		return numbers
	}
	return slices.Compare(parts(a), parts(b))
}
