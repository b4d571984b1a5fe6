package fakedaemon

import (
	"net"
	"sync"

	"golang.org/x/crypto/ssh/agent"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// sshAgent is an ssh agent that holds one key: dockerode takes its key from nowhere else, and reads no files.
type sshAgent struct {
	l       net.Listener
	serving sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // protected by mu
	closed bool                  // protected by mu
}

func startSSHAgent(path string, key certgen.SSHKey) (*sshAgent, error) {
	keys := agent.NewKeyring()
	if err := keys.Add(agent.AddedKey{PrivateKey: key.Private(), Comment: "fakedockerd"}); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	a := &sshAgent{l: l, conns: make(map[net.Conn]struct{})}
	a.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if a.add(c) {
				a.serving.Go(func() {
					agent.ServeAgent(keys, c)
					a.remove(c)
				})
			}
		}
	})
	return a, nil
}

func (a *sshAgent) add(c net.Conn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		c.Close()
		return false
	}
	a.conns[c] = struct{}{}
	return true
}

func (a *sshAgent) remove(c net.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.conns, c)
	c.Close()
}

// close ends the agent and its connections; a nil *sshAgent is none.
func (a *sshAgent) close() {
	if a == nil {
		return
	}
	a.l.Close()
	a.mu.Lock()
	a.closed = true
	for c := range a.conns {
		c.Close()
	}
	a.mu.Unlock()
	a.serving.Wait()
}
