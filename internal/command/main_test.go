package command

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/hosts"
)

// The test binary is the program itself when asProgram is set. The default addresses are then those of the variable,
// socket,port,port, unless it says "dockerd".
const (
	asProgram = "COMMAND_TEST_PROGRAM"
	inPrivate = "COMMAND_TEST_PRIVATE"
)

func TestMain(m *testing.M) {
	if value := os.Getenv(asProgram); value != "" {
		os.Unsetenv(asProgram)
		addrs := hosts.Docker()
		if part := strings.Split(value, ","); len(part) == 3 {
			addrs = hosts.Defaults{Socket: part[0], HTTPPort: part[1], TLSPort: part[2]}
		}
		os.Exit(newProgram(addrs).main(os.Args, nil))
	}
	if os.Getenv(inPrivate) != "" {
		if err := enterPrivate(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	code := m.Run()
	if made != "" {
		os.RemoveAll(made)
	}
	os.Exit(code)
}

// process is the program in a process of its own.
type process struct {
	*exec.Cmd
	t      *testing.T
	stdout bytes.Buffer
	stderr *bufio.Reader
	lines  []string // of stderr, read so far
}

const patience = time.Minute

// newProcess returns the program with arguments, not started; its environment has no DOCKER_ variable and an empty home.
func newProcess(t *testing.T, addrs string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], args...), t: t}
	p.Env = append(clientEnv(os.Environ(), nil), asProgram+"="+addrs, "HOME="+material().emptyHome,
		"GORACE=atexit_sleep_ms=0") // the race detector would sleep a second in each process
	p.Stdout = &p.stdout
	return p
}

func (p *process) start() {
	p.t.Helper()
	stderr, err := p.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		p.t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { p.Process.Kill() })
	p.t.Cleanup(func() {
		if p.ProcessState == nil {
			p.Process.Signal(os.Interrupt) // so that it leaves nothing behind
			io.Copy(io.Discard, p.stderr)
			p.Wait()
		}
		timer.Stop()
	})
	p.stderr = bufio.NewReader(stderr)
}

// until reads the log up to the line that contains text and returns that line. A log that ends before fails the test.
func (p *process) until(text string) string {
	p.t.Helper()
	line, ok := p.reaches(text)
	if !ok {
		p.t.Fatalf("the log of %q ends without %q:\n%s", p.Args[1:], text, strings.Join(p.lines, "\n"))
	}
	return line
}

// reaches is until for a log that may end before.
func (p *process) reaches(text string) (string, bool) {
	for {
		line, err := p.stderr.ReadString('\n')
		if line = strings.TrimSuffix(line, "\n"); line != "" || err == nil {
			p.lines = append(p.lines, line)
		}
		if err != nil {
			return "", false
		}
		if strings.Contains(line, text) {
			return line, true
		}
	}
}

// end reads the rest of the log and returns the exit code.
func (p *process) end() int {
	p.t.Helper()
	rest, _ := io.ReadAll(p.stderr)
	if len(rest) > 0 {
		p.lines = append(p.lines, strings.Split(strings.TrimSuffix(string(rest), "\n"), "\n")...)
	}
	if err := p.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		p.t.Fatal(err)
	}
	return exitCode(p.ProcessState)
}

// run starts the program and waits for its end.
func (p *process) run() (code int, stdout string) {
	p.t.Helper()
	p.start()
	code = p.end()
	return code, p.stdout.String()
}

// files are certificates, as the recordings' placeholders name their folders.
type files struct {
	pki       string // holds the others
	dir       string // ca.pem, server-cert.pem and server-key.pem, and the client's
	defHome   string // a home whose .docker has the server's pair as cert.pem and key.pem
	emptyHome string
}

func (f files) defDir() string { return filepath.Join(f.defHome, ".docker") }

// made is the folder of material, removed at the end.
var made string

// material is made once.
var material = sync.OnceValue(func() files {
	pki, err := os.MkdirTemp("", "fakedockerd-command-test")
	if err != nil {
		panic(err)
	}
	made = pki
	f := files{pki, filepath.Join(pki, "dir"), filepath.Join(pki, "home-def"), filepath.Join(pki, "home-empty")}
	b, err := certgen.New(nil)
	if err != nil {
		panic(err)
	}
	server := certgen.Layout{CA: "ca.pem", ServerCert: "cert.pem", ServerKey: "key.pem"}
	err = errors.Join(b.WriteDir(f.dir), b.Write(f.defDir(), server), os.MkdirAll(f.emptyHome, 0o700), os.MkdirAll(filepath.Join(pki, "certdir-empty"), 0o700))
	if err != nil {
		panic(err)
	}
	return f
})

// workDir returns a folder whose path is short enough for a socket in it.
func workDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "fd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
