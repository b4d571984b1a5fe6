// Fsouza asks for the daemon's version with github.com/fsouza/go-dockerclient, told by the environment.
package main

import (
	"fmt"
	"os"

	docker "github.com/fsouza/go-dockerclient"
)

func main() {
	if err := ask(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func ask() error {
	c, err := docker.NewClientFromEnv()
	if err != nil {
		return err
	}
	v, err := c.Version()
	if err != nil {
		return err
	}
	fmt.Println(v.Get("Version"))
	return nil
}
