// Package english puts numbers into sentences.
package english

import (
	"fmt"
	"strings"
)

// Count gives "1 entry" and "2 entries".
func Count(n int, noun string) string {
	if n != 1 {
		if stem, ok := strings.CutSuffix(noun, "y"); ok {
			noun = stem + "ie"
		}
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
