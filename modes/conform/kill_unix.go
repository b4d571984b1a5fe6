//go:build unix

package conform

import (
	"os/exec"
	"syscall"
)

// killGroup makes cmd the head of a process group, all of which is killed when its context is done. It is a session of
// its own: with a terminal OpenSSL asks there for the pass phrase of a key, and waits.
func killGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
