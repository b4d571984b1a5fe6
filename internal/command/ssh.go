package command

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"
)

// servesSSH says whether an address of ssh:// is one that this fake listens on: [USER@]HOST:PORT. dockerd refuses every
// ssh://, and so are others here, in its words.
func servesSSH(addr string) bool {
	_, port, err := net.SplitHostPort(addr[strings.LastIndex(addr, "@")+1:])
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	return err == nil
}

// hostHelpSSH is what the help says of it.
const hostHelpSSH = "-H ssh://[USER@]HOST:PORT   Be the machine behind ssh too, of which a client uses docker system dial-stdio"

// hintPort adds to dockerd's refusal of a host what an ssh:// that is served here has.
func hintPort(proto string, err error) error {
	if proto != "ssh" {
		return err
	}
	return &hinted{err, "ssh:// needs a port: ssh://[USER@]HOST:PORT"}
}

// noteSSH says that dockerd has nothing of the kind.
func (w *way) noteSSH() {
	w.lines = append(w.lines, line{level: levelInfo, fields: fields{"host": w.host}, text: "ssh, which dockerd leaves to sshd, is served by this fake itself"})
}

// overSSH says whether a host is reached over ssh.
func overSSH(host string) bool { return strings.HasPrefix(host, "ssh://") }

// sshHome returns the folder with the files of ssh clients, "" when no host is reached over ssh.
func (s *service) sshHome() string {
	for _, host := range s.daemon.Hosts() {
		if overSSH(host) {
			return s.daemon.SSHHome()
		}
	}
	return ""
}

// announceSSH logs how clients get in over ssh.
func (s *service) announceSSH() {
	if home := s.sshHome(); home != "" {
		s.log.info(fields{"config": filepath.Join(home, ".ssh", "config"), "ssh": filepath.Join(home, "bin", "ssh")}, "Keys and configuration of ssh clients are made")
	}
}
