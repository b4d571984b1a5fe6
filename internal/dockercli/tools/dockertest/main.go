// Dockertest pings the daemon with github.com/ory/dockertest/v3, told by the environment.
package main

import (
	"fmt"
	"os"

	"github.com/ory/dockertest/v3"
)

func main() {
	if err := ask(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func ask() error {
	pool, err := dockertest.NewPool("")
	if err != nil {
		return err
	}
	return pool.Client.Ping()
}
