package testscripts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// enterPrivate moves the calling goroutine, and what it starts, into a network namespace that has only a loopback
// interface and a mount namespace with an empty /run and /var/run. Without the right to, it changes nothing and the
// error is a notPrivate. The goroutine stays on its thread, which ends with it, so that nothing else runs in there.
func enterPrivate() error {
	if os.Geteuid() != 0 {
		return notPrivate("only root may")
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS); err != nil {
		runtime.UnlockOSThread()
		return notPrivate("unshare: " + err.Error())
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	mounted := make(map[string]bool)
	for _, dir := range []string{"/run", "/var/run"} {
		dir, err := filepath.EvalSymlinks(dir) // one is mostly a link to the other
		if errors.Is(err, os.ErrNotExist) || mounted[dir] {
			continue
		}
		if err == nil {
			err = unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755")
		}
		if err != nil {
			return fmt.Errorf("mount on %s: %w", dir, err)
		}
		mounted[dir] = true
	}
	return loopbackUp()
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("loopback interface: %w", err)
	}
	return nil
}
