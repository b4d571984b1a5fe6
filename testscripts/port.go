package testscripts

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// runPort sets a variable to a free port, for a program that cannot be told to take one itself.
func (s *scenario) runPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: port [name]")
	}
	port, err := freePort()
	ts.Check(err)
	variable := "PORT"
	if len(args) == 1 {
		variable += "_" + args[0]
	}
	ts.Setenv(variable, fmt.Sprint(port))
}

var ports struct {
	sync.Mutex
	given map[int]bool // protected by Mutex
}

// freePort returns a port below those that systems hand out by themselves, free on the loopback, and each only once. It
// asks by dialling: a socket that listened could live on for a moment in a process that is being forked.
func freePort() (int, error) {
	ports.Lock()
	defer ports.Unlock()
	if ports.given == nil {
		ports.given = map[int]bool{}
	}
	for range 1000 {
		port := 10000 + rand.IntN(20000)
		if ports.given[port] {
			continue
		}
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			c.Close()
			continue
		}
		ports.given[port] = true
		return port, nil
	}
	return 0, errors.New("there is no free port on the loopback")
}
