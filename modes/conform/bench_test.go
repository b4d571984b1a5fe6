package conform

import (
	"context"
	"crypto/tls"
	"net"
	"os/exec"
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
func benchmark(b *testing.B, client Client, bare func() error) {
	var took, against time.Duration
	attempts := 0
	for b.Loop() {
		o := &Options{Clients: []Client{client}}
		start := time.Now()
		r, err := Run(b.Context(), o)
		took += time.Since(start)
		if err != nil {
			b.Fatal(err)
		}
		for _, d := range r.Deviations() {
			b.Error(d)
		}
		n := starts(r)
		start = time.Now()
		if err := each(b.Context(), n, o.parallel(), nil, func(context.Context, int) error { return bare() }); err != nil {
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
	benchmark(b, Go(), func() error {
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
	benchmark(b, Docker("docker", docker), func() error {
		cmd := exec.Command(docker, "version")
		cmd.Env = env
		return cmd.Run()
	})
}
