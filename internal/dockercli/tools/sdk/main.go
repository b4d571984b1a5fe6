// Sdk asks for the daemon's version with github.com/docker/docker/client, told by the environment.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/docker/docker/client"
)

func main() {
	if err := ask(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func ask() error {
	c, err := client.NewClientWithOpts(client.FromEnv)
	if err != nil {
		return err
	}
	defer c.Close()
	v, err := c.ServerVersion(context.Background())
	if err != nil {
		return err
	}
	fmt.Println(v.Version)
	return nil
}
