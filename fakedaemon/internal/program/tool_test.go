package program

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// device is what a test has behind a process's descriptors.
type device struct {
	mu     sync.Mutex
	in     io.Reader
	out    bytes.Buffer
	broken bool // nobody reads
}

func (d *device) Read(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.in == nil {
		return 0, io.EOF
	}
	return d.in.Read(b)
}

func (d *device) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return 0, run.EPIPE
	}
	return d.out.Write(b)
}

func (d *device) Close() error { return nil }

func (d *device) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.out.String()
}

// box is a container of a test.
type box struct {
	fs    *files.FS
	space *run.Space
}

// usual is the environment of a container.
var usual = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "HOSTNAME=box"}

func newBox(t *testing.T, base string, trees ...files.Tree) *box {
	t.Helper()
	all := append([]files.Tree{Base(base)}, trees...)
	return newBoxOn(t, files.NewFS(time.Now, all...))
}

// newBoxOn is a container that begins with the files of another.
func newBoxOn(t *testing.T, f *files.FS) *box {
	t.Helper()
	s := run.NewSpace(run.Options{Files: f, Find: Find, Hostname: "box"})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &box{f, s}
}

// result is what became of a command.
type result struct {
	Out, Err string
	Code     int
}

// run runs a command to its end. The spec's Args, Dir, User and Env are used.
func (b *box) run(t *testing.T, in string, spec run.Spec) result {
	t.Helper()
	stdout, stderr := new(device), new(device)
	if spec.Stdin == nil {
		spec.Stdin = &device{in: strings.NewReader(in)}
	}
	if spec.Stdout == nil {
		spec.Stdout = stdout
	}
	spec.Stderr = stderr
	if spec.Env == nil {
		spec.Env = usual
	}
	codes := make(chan int, 1)
	spec.Exited = func(code int, _ bool) { codes <- code }
	if _, err := b.space.Start(spec); err != nil {
		if e, ok := err.(*run.StartError); ok {
			return result{Err: e.Text, Code: e.Code}
		}
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case code := <-codes:
		return result{stdout.String(), stderr.String(), code}
	case <-ctx.Done():
		t.Fatalf("%q does not end", spec.Args)
		panic("unreachable")
	}
}

// command runs a command of a container by itself.
func command(t *testing.T, base, in string, args ...string) result {
	t.Helper()
	return newBox(t, base).run(t, in, run.Spec{Args: args})
}

// Find is that of a Finder that knows nothing of the image.
func Find(p *run.Process, args []string) (run.Main, error) { return Finder{}.Find(p, args) }
