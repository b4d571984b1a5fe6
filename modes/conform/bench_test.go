package conform

import (
	"context"
	"crypto/tls"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
)

// starts counts the programs that a client started, or the connections that one without a program made: one for each
// daemon that it met, and one more to create a context.
func starts(r *Report) int {
	n := 0
	for _, e := range r.Entries {
		for _, got := range e.Got {
			if got.Verdict == Skipped {
				continue
			}
			here := 1
			if got.Plain != "" {
				here = 2
			}
			if e.Source == modes.Context {
				here *= 2
			}
			n += here
		}
	}
	return n
}

// benchmark measures a whole run of a client against as many bare calls, made by as many goroutines. The first run of a
// process makes the RSA keys: -benchtime 1x is what a user waits for.
func benchmark(b *testing.B, o Options, bare func() error) {
	var took, against time.Duration
	attempts := 0
	for b.Loop() {
		start := time.Now()
		r, err := Run(b.Context(), &o)
		took += time.Since(start)
		if err != nil {
			b.Fatal(err)
		}
		n := starts(r)
		start = time.Now()
		if err := each(b.Context(), n, o.parallel(), func(context.Context, int) error { return bare() }); err != nil {
			b.Fatal(err)
		}
		against += time.Since(start)
		attempts += n
	}
	b.ReportMetric(float64(attempts)/float64(b.N), "attempts")
	b.ReportMetric(float64(took.Microseconds())/float64(attempts), "us/attempt")
	b.ReportMetric(float64(against.Microseconds())/float64(attempts), "us/bare")
	b.ReportMetric(float64(took)/float64(against), "ratio")
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
	benchmark(b, Options{Clients: []Client{Go()}}, func() error {
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
	benchmark(b, Options{Clients: []Client{Docker("docker", docker)}}, func() error {
		cmd := exec.Command(docker, "version")
		cmd.Env = env
		return cmd.Run()
	})
}

// BenchmarkDockerPy is a tool of many people against itself, with nobody there: on a part of the entries, which has some
// of every kind.
func BenchmarkDockerPy(b *testing.B) {
	command := []string{testtool.Need(b, "python3"), "-c", "import docker; docker.from_env().version()"}
	if err := exec.Command(command[0], "-c", "import docker").Run(); err != nil {
		b.Skip("python3 has no docker")
	}
	client, err := Command(Tool{Name: "docker-py", Command: command})
	if err != nil {
		b.Fatal(err)
	}
	env := append(environ(b.TempDir()), "DOCKER_HOST=tcp://127.0.0.1:1")
	o := Options{Clients: []Client{client}, Shard: Shard{0, 24}}
	if n, _ := strconv.Atoi(os.Getenv("P")); n > 0 {
		o.Parallel = n
	}
	benchmark(b, o, func() error {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Env = env
		cmd.Run()
		return nil
	})
}
