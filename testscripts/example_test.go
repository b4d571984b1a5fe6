package testscripts_test

import (
	"fmt"
	"io/fs"

	"github.com/fakedockerd/fakedockerd/testscripts"
)

func ExampleScripts() {
	names, err := fs.Glob(testscripts.Scripts(), "daemon_*.txtar")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		fmt.Println(name)
	}
	// Output:
	// daemon_flags.txtar
	// daemon_ports.txtar
	// daemon_tls.txtar
	// daemon_tlsverify.txtar
}
