//go:build unix

package command

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// notifyStop returns the signals that end a daemon. A reader of the log that goes away does not end it, as dockerd.
func notifyStop() <-chan os.Signal {
	signal.Ignore(unix.SIGPIPE)
	c := make(chan os.Signal, 3)
	signal.Notify(c, unix.SIGINT, unix.SIGTERM)
	return c
}

func notifyReload() <-chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, unix.SIGHUP)
	return c
}

// notifyForwarded returns the signals that run passes on to its command.
func notifyForwarded() chan os.Signal {
	c := make(chan os.Signal, 16)
	signal.Notify(c, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2)
	return c
}

// fromTerminal reports whether the terminal sends sig to the command, too: it does so to its whole foreground group.
func fromTerminal(sig os.Signal) bool {
	if sig != unix.SIGINT && sig != unix.SIGQUIT {
		return false
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	foreground, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && foreground == unix.Getpgrp()
}

func signalNumber(sig os.Signal) int { return int(sig.(unix.Signal)) }

func alive(pid int) bool {
	err := unix.Kill(pid, 0)
	return err == nil || errors.Is(err, unix.EPERM)
}

// terminalWidth is 80 when standard input is no terminal, as dockerd has it.
func terminalWidth() int {
	if ws, err := unix.IoctlGetWinsize(0, unix.TIOCGWINSZ); err == nil {
		return int(ws.Col)
	}
	return 80
}

// exitCode is that of a shell: 128 and the signal for a process that a signal ended.
func exitCode(s *os.ProcessState) int {
	if status := s.Sys().(syscall.WaitStatus); status.Signaled() {
		return signalExit + int(status.Signal())
	}
	return s.ExitCode()
}
