package command

import (
	"fmt"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// private are the attributes of a process in a network and a mount namespace of its own.
func private() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS}
}

// enterPrivate makes such a process what the recordings had: only a loopback interface, an empty /run, and a name for it.
func enterPrivate() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("ip link set lo up: %w", err)
	}
	if _, err := net.InterfaceByName("lo"); err != nil {
		return err
	}
	for _, dir := range []string{"/run", "/var/run"} {
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
			continue // a link to the other
		}
		if err := unix.Mount("none", dir, "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("mount %s: %w", dir, err)
		}
	}
	const hosts = "/run/hosts"
	if err := os.WriteFile(hosts, []byte("127.0.0.1 localhost docker.example.test\n::1 localhost\n"), 0o644); err != nil {
		return err
	}
	return unix.Mount(hosts, "/etc/hosts", "", unix.MS_BIND, "")
}
