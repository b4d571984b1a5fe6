package testscripts_test

import (
	"fmt"
	"io/fs"
	"testing"

	"github.com/fakedockerd/fakedockerd/testscripts"
)

// A package with scenarios in testdata needs these two functions.
func ExampleRun() {
	_ = func(m *testing.M) { testscripts.Main(m) } // TestMain
	_ = func(t *testing.T) { testscripts.Run(t, testscripts.Params{Dir: "testdata"}) }
}

func ExampleScripts() {
	names, err := fs.Glob(testscripts.Scripts(), "daemon_tls*.txtar")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		fmt.Println(name)
	}
	// Output:
	// daemon_tls.txtar
	// daemon_tlsverify.txtar
}
