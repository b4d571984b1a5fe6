// Command fakedockerd is a fake Docker daemon for tests, with dockerd's own flags.
package main

import (
	"os"

	"github.com/fakedockerd/fakedockerd/internal/command"
	"github.com/fakedockerd/fakedockerd/testscripts"
)

func main() {
	os.Exit(command.Main(os.Args, testscripts.NewCommand()))
}
