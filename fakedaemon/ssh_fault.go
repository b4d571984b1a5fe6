package fakedaemon

import (
	"errors"
	"fmt"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/transport"
)

// SSHFault spoils a session that would reach the daemon, on a listener of mode SSH.
type SSHFault struct {
	// Host is the listener, one of Daemon.Hosts; "" means any.
	Host string
	// Refuse does not open the session, as an sshd does whose MaxSessions is reached. With it, Status and Stderr are not set.
	Refuse bool
	// Status is the exit status of the command, which ends without having reached the daemon, and Stderr what it says before: 127 and
	// "bash: line 1: docker: command not found\n" where no docker is installed. A forwarded socket has neither and is not connected.
	Status uint8
	Stderr string
	// Times is how many sessions it spoils; 0 means all until it is removed.
	Times int
}

func (f SSHFault) times() int { return f.Times }

func (f SSHFault) check(d *Daemon) error {
	if f.Refuse && (f.Status != 0 || f.Stderr != "") {
		return errors.Join(checkTimes(f.Times), fmt.Errorf("Status is %d and Stderr %q beside Refuse: a session that is not opened has none", f.Status, f.Stderr))
	}
	return errors.Join(checkTimes(f.Times), d.checkHost(f.Host))
}

// session is transport.SSHConfig.Session.
func (l *faultList) session(host string, opening bool) *transport.SSHRefusal {
	f, ok := take(l, func(f SSHFault) bool { return f.Refuse == opening && (f.Host == "" || f.Host == host) })
	if !ok {
		return nil
	}
	return &transport.SSHRefusal{Status: uint32(f.Status), Stderr: f.Stderr}
}
