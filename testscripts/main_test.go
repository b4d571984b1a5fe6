package testscripts_test

import (
	"testing"

	"github.com/fakedockerd/fakedockerd/testscripts"
)

func TestMain(m *testing.M) { testscripts.Main(m) }
