package conform

import (
	"os/exec"
	"strconv"
)

// killGroup has cmd killed with all that it has started when its context is done.
func killGroup(cmd *exec.Cmd) {
	cmd.Cancel = func() error {
		if err := exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run(); err != nil {
			return cmd.Process.Kill()
		}
		return nil
	}
}
