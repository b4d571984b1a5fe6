package testscripts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

const (
	startLimit = 30 * time.Second // until a dockerd listens or has exited
	stopLimit  = 10 * time.Second // until a dockerd has exited after SIGTERM
	readyPoll  = 2 * time.Millisecond
)

// daemon is a dockerd that a scenario has started.
type daemon struct {
	cmd   *exec.Cmd
	ready string // the file that says where it listens

	done           chan struct{} // closed at exit; what follows is to be read after it
	err            error
	stdout, stderr bytes.Buffer
}

var errExited = errors.New("dockerd exited before it listened")

// startDaemon starts dockerd with args in the scenario's folder and environment.
func startDaemon(s *scenario, ts *testscript.TestScript, args []string) (*daemon, error) {
	env, err := s.environ(ts)
	if err != nil {
		return nil, err
	}
	d := &daemon{ready: s.runFile(ts, "ready"), done: make(chan struct{})}
	d.cmd = exec.Command(filepath.Join(s.bin, "dockerd"+exeSuffix()), append(args, "--ready-file="+d.ready)...)
	d.cmd.Dir = ts.MkAbs(".")
	d.cmd.Env = env
	d.cmd.Stdout, d.cmd.Stderr = &d.stdout, &d.stderr
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(d.done)
		d.err = d.cmd.Wait()
	}()
	return d, nil
}

// ready is what a daemon tells once it listens.
type ready struct {
	Hosts []string `json:"hosts"` // in the form of DOCKER_HOST
	SSH   string   `json:"ssh"`   // the folder of ssh clients, "" when none can come
}

// listening waits until d listens and returns what it tells; the error is errExited when d has exited instead.
func (d *daemon) listening() (r ready, err error) {
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	poll := time.NewTicker(readyPoll)
	defer poll.Stop()
	for {
		data, err := os.ReadFile(d.ready)
		if err == nil {
			if err := json.Unmarshal(data, &r); err != nil {
				return r, fmt.Errorf("%s: %w", d.ready, err)
			}
			return r, nil
		}
		select {
		case <-poll.C:
		case <-d.done:
			return r, errExited
		case <-limit.C:
			return r, fmt.Errorf("dockerd neither listens nor exits after %v", startLimit)
		}
	}
}

// terminate sends SIGTERM to d and waits for it to exit.
func (d *daemon) terminate() error {
	signal := os.Signal(syscall.SIGTERM)
	if runtime.GOOS == "windows" {
		signal = os.Kill // there is no other
	}
	_ = d.cmd.Process.Signal(signal) // it may have exited already
	select {
	case <-d.done:
		return nil
	case <-time.After(stopLimit):
		_ = d.cmd.Process.Kill()
		<-d.done
		return fmt.Errorf("dockerd did not exit in %v after SIGTERM", stopLimit)
	}
}

// show makes what d has printed the stdout and stderr that the scenario sees.
func (d *daemon) show(ts *testscript.TestScript) {
	_, _ = ts.Stdout().Write(d.stdout.Bytes())
	_, _ = ts.Stderr().Write(d.stderr.Bytes())
}

// firstPort returns the port of the first host that has one, "" if there is none.
func firstPort(hosts []string) string {
	for _, host := range hosts {
		if u, err := url.Parse(host); err == nil && (u.Scheme == "tcp" || u.Scheme == "ssh") {
			if _, port, err := net.SplitHostPort(u.Host); err == nil {
				return port
			}
		}
	}
	return ""
}

// environ returns the environment of the scenario. A script's runner gives it to processes only, so one writes it down.
func (s *scenario) environ(ts *testscript.TestScript) ([]string, error) {
	file := s.runFile(ts, "environ")
	if err := ts.Exec(filepath.Join(s.bin, "fakedockerd"+exeSuffix()), "script", environCommand, file); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var env []string
	return env, json.Unmarshal(data, &env)
}

// runFile returns the path of a file that does not exist.
func (s *scenario) runFile(ts *testscript.TestScript, name string) string {
	s.files++
	return filepath.Join(ts.Getenv("RUN"), fmt.Sprintf("%s%d.json", name, s.files))
}
