package command

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// schemeSSH: dockerd refuses every ssh://, and so is one that does not say [USER@]HOST:PORT here, in its words.
var schemeSSH = &scheme{
	name: "ssh", refuses: withoutPort, hint: "ssh:// needs a port: ssh://[USER@]HOST:PORT", prepare: (*Config).prepareSSH,
	listen: func(w way, _ *tls.Config) fakedaemon.Listen {
		return fakedaemon.Listen{Mode: modes.SSH, Addr: w.addr}
	},
}

func withoutPort(addr string) bool {
	_, port, err := net.SplitHostPort(addr[strings.LastIndex(addr, "@")+1:])
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	return err != nil
}

// hostHelpSSH is what the help says of it.
const hostHelpSSH = "-H ssh://[USER@]HOST:PORT   Be the machine behind ssh too, of which a client uses docker system dial-stdio"

// prepareSSH says that dockerd has nothing of the kind.
func (c *Config) prepareSSH(_ *generation, w *way, _ *tls.Config, _ *portAllocator) error {
	w.lines = append(w.lines, line{level: levelInfo, fields: fields{"host": w.host}, text: "ssh, which dockerd leaves to sshd, is served by this fake itself"})
	return nil
}

// overSSH reports whether a host is reached over ssh.
func overSSH(host string) bool { return strings.HasPrefix(host, "ssh://") }

// sshHome returns the folder with the files of ssh clients, "" when no host is reached over ssh.
func (s *service) sshHome() (home string, err error) {
	for _, host := range s.daemon.Hosts() {
		if overSSH(host) {
			err = tried(func() { home = s.daemon.SSHHome() })
			return home, err
		}
	}
	return "", nil
}

// announceSSH logs how clients get in over ssh.
func (s *service) announceSSH() error {
	home, err := s.sshHome()
	if home != "" {
		s.log.info(fields{"config": filepath.Join(home, ".ssh", "config"), "ssh": filepath.Join(home, "bin", "ssh")}, "Keys and configuration of ssh clients are made")
	}
	return err
}
