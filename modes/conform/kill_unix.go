//go:build unix

package conform

import (
	"os/exec"
	"syscall"
)

// killGroup makes cmd the head of a process group, all of which is killed when its context is done.
func killGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
