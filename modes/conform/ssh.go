package conform

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes"
)

// An sshDaemon is a Daemon with what a client over ssh needs, as *fakedaemon.Daemon.
type sshDaemon interface {
	Env() []string
	SSHHome() string
}

const overSSH setting = "ssh"

var throughSSH = &wayIn{
	modes: []modes.Daemon{modes.SSH}, scheme: "ssh",
	fill:    func(p *modes.Paths, addr string) { p.SSH = addr },
	network: func(addr string) (string, string) { return "tcp", addr[strings.LastIndex(addr, "@")+1:] },
	setting: overSSH, speaks: "ssh", said: ", over ssh", answers: "over ssh", private: true, another: true,
	unable: (*Options).noSSH, give: (*Attempt).giveKeys,
}

// noSSH says why ssh is not tried with a client; "" means it is.
func (o *Options) noSSH(c Client) string {
	_, err := exec.LookPath("ssh")
	switch {
	case c.Family() == Unknown && !o.SSH:
		return "tried only with --ssh: many clients have no ssh"
	case runtime.GOOS == "windows":
		return "there is no ssh agent and no wrapper of ssh on Windows"
	case err != nil:
		return "there is no ssh in PATH"
	}
	return ""
}

// giveKeys puts what gets a client in over ssh into its home and its environment.
func (a *Attempt) giveKeys(d Daemon) error {
	s, ok := d.(sshDaemon)
	if !ok {
		return errors.New("the daemon has no keys for a client over ssh")
	}
	from, to := filepath.Join(s.SSHHome(), ".ssh"), filepath.Join(a.Home, ".ssh")
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, f.Name()), content, 0o600)
		}
		if err != nil {
			return err
		}
	}
	for _, v := range s.Env() {
		if !strings.HasPrefix(v, "DOCKER_") {
			a.Env = append(a.Env, v)
		}
	}
	return nil
}
