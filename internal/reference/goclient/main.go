// Goclient makes one call with one of the two Go clients of the Docker API, set up as its arguments say:
//
//	goclient docker|moby SETUP version|ping|list HOST CA CERT KEY
//
// "-" stands for an empty HOST, CA, CERT or KEY. It prints "ok" and exits 0 when an answer came, prints the
// client's error to stderr and exits 1 when none did.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/docker/docker/api/types/container"
	docker "github.com/docker/docker/client"
	moby "github.com/moby/moby/client"
)

type call struct{ setup, operation, host, ca, cert, key string }

func main() {
	if len(os.Args) != 8 {
		fmt.Fprintln(os.Stderr, "usage: goclient docker|moby SETUP version|ping|list HOST CA CERT KEY")
		os.Exit(2)
	}
	for i, a := range os.Args {
		if a == "-" {
			os.Args[i] = ""
		}
	}
	c := call{os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6], os.Args[7]}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	run := map[string]func(context.Context, call) error{"docker": runDocker, "moby": runMoby}[os.Args[1]]
	if run == nil {
		fmt.Fprintf(os.Stderr, "goclient: no client %q: docker or moby\n", os.Args[1])
		os.Exit(2)
	}
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

// options orders the steps of a set-up; both clients name them alike.
func options[O any](c call, host, tls, fromEnv, tlsFromEnv, negotiate, https, http func() O) ([]O, error) {
	switch c.setup {
	case "FromEnv":
		return []O{fromEnv()}, nil
	case "FromEnv+negotiate":
		return []O{fromEnv(), negotiate()}, nil
	case "WithHost":
		return []O{host()}, nil
	case "WithScheme-https":
		return []O{host(), https()}, nil
	case "WithTLSClientConfig":
		return []O{host(), tls()}, nil
	case "WithTLSClientConfig-before-WithHost":
		return []O{tls(), host()}, nil
	case "WithTLSClientConfig+scheme-http":
		return []O{host(), tls(), http()}, nil
	case "WithTLSClientConfigFromEnv":
		return []O{host(), tlsFromEnv()}, nil
	}
	return nil, fmt.Errorf("goclient: no set-up %q", c.setup)
}

func runDocker(ctx context.Context, c call) error {
	opts, err := options(c,
		func() docker.Opt { return docker.WithHost(c.host) },
		func() docker.Opt { return docker.WithTLSClientConfig(c.ca, c.cert, c.key) },
		func() docker.Opt { return docker.FromEnv },
		docker.WithTLSClientConfigFromEnv,
		docker.WithAPIVersionNegotiation,
		func() docker.Opt { return docker.WithScheme("https") },
		func() docker.Opt { return docker.WithScheme("http") })
	if err != nil {
		return err
	}
	client, err := docker.NewClientWithOpts(opts...)
	if err != nil {
		return err
	}
	defer client.Close()
	switch c.operation {
	case "version":
		_, err = client.ServerVersion(ctx)
	case "ping":
		_, err = client.Ping(ctx)
	case "list":
		_, err = client.ContainerList(ctx, container.ListOptions{})
	default:
		err = fmt.Errorf("goclient: no operation %q", c.operation)
	}
	return err
}

func runMoby(ctx context.Context, c call) error {
	opts, err := options(c,
		func() moby.Opt { return moby.WithHost(c.host) },
		func() moby.Opt { return moby.WithTLSClientConfig(c.ca, c.cert, c.key) },
		func() moby.Opt { return moby.FromEnv },
		moby.WithTLSClientConfigFromEnv,
		moby.WithAPIVersionNegotiation,
		func() moby.Opt { return moby.WithScheme("https") },
		func() moby.Opt { return moby.WithScheme("http") })
	if err != nil {
		return err
	}
	client, err := moby.New(opts...)
	if err != nil {
		return err
	}
	defer client.Close()
	switch c.operation {
	case "version":
		_, err = client.ServerVersion(ctx, moby.ServerVersionOptions{})
	case "ping":
		_, err = client.Ping(ctx, moby.PingOptions{})
	case "list":
		_, err = client.ContainerList(ctx, moby.ContainerListOptions{})
	default:
		err = fmt.Errorf("goclient: no operation %q", c.operation)
	}
	return err
}
