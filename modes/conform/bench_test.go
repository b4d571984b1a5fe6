package conform

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// contexts counts the programs that a client started to make a context, one for each attempt.
func contexts(r *Report) int {
	n := 0
	for _, e := range r.Entries {
		for _, got := range e.Got {
			if e.Source != modes.Context || got.Verdict == Skipped {
				continue
			}
			n++
			for _, again := range []outcome.Class{got.Plain, got.Impostor} {
				if again != "" {
					n++
				}
			}
		}
	}
	return n
}

// benchmark measures runs of a client, of which next gives the options, against as many bare calls, made by as many
// goroutines. What a client of a family of the matrix does wrong is an error. The first run of a process makes the RSA
// keys: -benchtime 1x is what a user waits for. On a machine that others use too, the ratio of processor time tells
// more than that of time.
func benchmark(b *testing.B, next func() *Options, bare func() error) {
	var took, against, busy, busyAgainst time.Duration
	attempts := 0
	for b.Loop() {
		o := next()
		n := 0
		o.Progress = func(p Progress) { n = p.Done }
		start, cpu := time.Now(), processorTime(b)
		r, err := Run(b.Context(), o)
		took += time.Since(start)
		busy += processorTime(b) - cpu
		if err != nil {
			b.Fatal(err)
		}
		for _, d := range r.Deviations() {
			if o.Clients[0].Family() != Unknown { // others have deviations of their own
				b.Errorf("%s: %s: %s", d.ID, d.Verdict, d.Why)
			}
		}
		n += contexts(r)
		start, cpu = time.Now(), processorTime(b)
		if err := each(b.Context(), n, o.parallel(), func(context.Context, int) error { return bare() }); err != nil {
			b.Fatal(err)
		}
		against += time.Since(start)
		busyAgainst += processorTime(b) - cpu
		attempts += n
	}
	b.ReportMetric(float64(attempts)/float64(b.N), "attempts")
	b.ReportMetric(float64(took.Microseconds())/float64(attempts), "us/attempt")
	b.ReportMetric(float64(against.Microseconds())/float64(attempts), "us/bare")
	b.ReportMetric(float64(took)/float64(against), "ratio")
	b.ReportMetric(float64(busy.Microseconds())/float64(attempts), "cpu-us/attempt")
	b.ReportMetric(float64(busy)/float64(max(busyAgainst, 1)), "cpu-ratio")
}

// whole returns the options of a whole run of a client.
func whole(c Client) func() *Options {
	return func() *Options { return &Options{Clients: []Client{c}} }
}

// BenchmarkGo is the built-in client against bare mutual TLS handshakes.
func BenchmarkGo(b *testing.B) {
	certs, err := certgen.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", certs.ServerTLS())
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.(*tls.Conn).Handshake()
				c.Read(make([]byte, 1))
			}()
		}
	}()
	config := certs.ClientTLS()
	config.ServerName = "127.0.0.1"
	benchmark(b, whole(Go()), func() error {
		raw, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return err
		}
		defer raw.Close()
		return tls.Client(raw, config).Handshake()
	})
}

// BenchmarkDocker is the docker CLI against itself, with one daemon.
func BenchmarkDocker(b *testing.B) {
	docker := testtool.Need(b, "docker")
	d := fakedaemon.Start(b, &fakedaemon.Options{Mode: modes.TLSVerify})
	env := append(environ(b.TempDir()), d.Env()...)
	benchmark(b, whole(Docker("docker", docker)), func() error {
		cmd := exec.Command(docker, "version")
		cmd.Env = env
		return cmd.Run()
	})
}

// BenchmarkDockerPy is docker-py against itself with nobody to answer. A run tries one part of the entries after the
// other; each has some of every kind. -cpu says how many attempts it makes at once.
func BenchmarkDockerPy(b *testing.B) {
	command := []string{testtool.Need(b, "python3"), "-c", "import docker; docker.from_env().version()"}
	if err := exec.Command(command[0], "-c", "import docker").Run(); err != nil {
		b.Skip("python3 has no docker")
	}
	client, err := Command(Tool{Name: "docker-py", Command: command})
	if err != nil {
		b.Fatal(err)
	}
	part := 0
	next := func() *Options {
		// A part would pay for the preflight of the whole.
		o := &Options{Clients: []Client{client}, Shard: Shard{part % 24, 24}, Parallel: runtime.GOMAXPROCS(0), NoPreflight: true}
		part++
		return o
	}
	env := append(environ(b.TempDir()), "DOCKER_HOST=tcp://127.0.0.1:1")
	benchmark(b, next, func() error {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Env = env
		if err := cmd.Run(); !errors.As(err, new(*exec.ExitError)) {
			return fmt.Errorf("nobody answers, and it ends with %v", err)
		}
		return nil
	})
}
