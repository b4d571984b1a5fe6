package command

import (
	"os"
	"os/signal"
	"syscall"
)

func notifyStop() <-chan os.Signal {
	c := make(chan os.Signal, 3)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	return c
}

// notifyReload: there is no SIGHUP.
func notifyReload() <-chan os.Signal { return nil }

func notifyForwarded() chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	return c
}

// fromTerminal: the console sends Ctrl+C to every process that is attached to it, and nothing else can.
func fromTerminal(os.Signal) bool { return true }

func signalNumber(sig os.Signal) int { return int(sig.(syscall.Signal)) }

func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	p.Release()
	return true
}

func terminalWidth() int { return 80 }

func exitCode(s *os.ProcessState) int { return s.ExitCode() }
