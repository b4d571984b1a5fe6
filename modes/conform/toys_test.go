package conform

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// The kinds of entries that the toys meet, each by one that stands for it, in the order of the letters in the table.
var toyEntries = []string{
	"env/ref-mtls",                               // 1 a good daemon
	"env/verify1-home",                           // 2 files in ~/.docker
	"unix/plain/env",                             // 3 a socket
	"tls/tls+cert/env",                           // 4 TLS without verification, as asked
	"tcp/mutual/env",                             // 5 a daemon without TLS
	"env/srv-expired",                            // 6
	"tlsverify/mutual/env/server:other-ca",       // 7
	"tlsverify/mutual/env/server:wrong-hostname", // 8
	"tlsverify/mutual/env/server:wrong-usage",    // 9
	"tls/tlsverify/env/server:expired",           // 10 a daemon that asks for no certificate
	"env/verify1-noca",                           // 11 no ca.pem
	"tlsverify/mutual/env/client:ca-empty",       // 12
	"tlsverify/mutual/env/client:ca-garbage",     // 13
	"env/keymismatch",                            // 14 the key of another certificate
	"tlsverify/mutual/env/client:key-missing",    // 15 the CLI presents nothing
	"env/client-expired",                         // 16 the daemon refuses the client
	"env/certpath-only",                          // 17 not asked for TLS
	"env/certpath-missing",                       // 18 no folder of certificates
	"env/system-ca",                              // 19 a server that the system trusts, and ca.pem does not
}

// A toy is a client that reads the environment as the docker CLI does, and does one thing otherwise.
type toyClient struct {
	dir    func(env map[string]string) string                             // where its files are
	roots  func(env map[string]string, ca []byte, err error) (skip bool)  // whether to do without a CA
	pair   func(certPEM, keyPEM string) (tls.Certificate, error)          // loads its certificate
	config func(env map[string]string, c *tls.Config)                     // changes how it verifies
	asks   func(env map[string]string) bool                               // whether TLS is to be used
	ask    func(ctx context.Context, host string, c *tls.Config) error    // talks to the daemon
	before func(ctx context.Context, host string, asked bool) (done bool) // comes first
	end    func(err error) error                                          // is what it reports
}

func (toy toyClient) do(ctx context.Context, a Attempt) (err error) {
	if toy.end != nil {
		defer func() { err = toy.end(err) }()
	}
	env := map[string]string{}
	for _, v := range a.Env {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	host := env["DOCKER_HOST"]
	verify := env["DOCKER_TLS_VERIFY"] != ""
	asked := verify || env["DOCKER_TLS"] != ""
	if toy.asks != nil {
		asked = toy.asks(env)
	}
	if toy.before != nil && toy.before(ctx, host, asked) {
		return nil
	}
	if !asked || strings.HasPrefix(host, "unix://") {
		_, err := Get(ctx, host, nil)
		return err
	}
	dir := cmp.Or(env["DOCKER_CERT_PATH"], filepath.Join(env["HOME"], ".docker"))
	if toy.dir != nil {
		dir = toy.dir(env)
	}
	config := &tls.Config{InsecureSkipVerify: !verify, RootCAs: x509.NewCertPool()}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err == nil && !config.RootCAs.AppendCertsFromPEM(ca) {
		err = errors.New("ca.pem holds no certificate")
	}
	if toy.roots != nil && toy.roots(env, ca, err) {
		err, config.InsecureSkipVerify = nil, true
	}
	if err != nil {
		return err
	}
	load := toy.pair
	if load == nil {
		load = tls.LoadX509KeyPair
	}
	pair, err := load(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	switch {
	case err == nil:
		config.Certificates = []tls.Certificate{pair}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if toy.config != nil && verify {
		toy.config(env, config)
	}
	if toy.ask != nil {
		return toy.ask(ctx, host, config)
	}
	_, err = Get(ctx, host, config)
	return err
}

// never is a certificate that is never there.
func never(string, string) (tls.Certificate, error) { return tls.Certificate{}, fs.ErrNotExist }

// by verifies the server's chain with the given options, and no name.
func by(options func(c *tls.Config, leaf *x509.Certificate) x509.VerifyOptions) func(map[string]string, *tls.Config) {
	return func(_ map[string]string, c *tls.Config) {
		c.InsecureSkipVerify = true
		c.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
			leaf, err := x509.ParseCertificate(raw[0])
			if err != nil {
				return err
			}
			_, err = leaf.Verify(options(c, leaf))
			return err
		}
	}
}

const loopback = "127.0.0.1"

// enough are the times that a toy waits, one after the other until the table is met: what it does in time on a quiet machine takes
// longer on a busy one.
var enough = []time.Duration{300 * time.Millisecond, 3 * time.Second, 10 * time.Second}

// A toyRow is a toy with the first letter of its verdict in each kind of entry.
type toyRow struct {
	name  string
	toy   toyClient
	want  string
	quick bool // it hangs: its time is short
	// patient is the toy that waits so long for a daemon before it does something else; the silent one is silent for longer.
	patient func(patience time.Duration) toyClient
}

// toys has, for each toy, the first letter of its verdict in each kind of entry.
var toys = []toyRow{
	{name: "good", toy: toyClient{}, want: "ooooooooooooooooooo"},
	{name: "verifies nothing", want: "oooooiiiiiiiiooooii", toy: toyClient{
		roots: func(map[string]string, []byte, error) bool { return true },
	}},
	{name: "verifies nothing, without a certificate", want: "bboooiiiiiiiiioooii", toy: toyClient{
		roots: func(map[string]string, []byte, error) bool { return true }, pair: never,
	}},
	{name: "chain but not name", want: "oooooooiooooooooooo", toy: toyClient{
		config: by(func(c *tls.Config, _ *x509.Certificate) x509.VerifyOptions {
			return x509.VerifyOptions{Roots: c.RootCAs}
		}),
	}},
	{name: "name but not chain", want: "oooooiioiiooooooooi", toy: toyClient{config: func(_ map[string]string, c *tls.Config) {
		c.InsecureSkipVerify = true
		c.VerifyConnection = func(s tls.ConnectionState) error { return s.PeerCertificates[0].VerifyHostname(loopback) }
	}}},
	{name: "ignores dates", want: "oooooioooiooooooooo", toy: toyClient{
		ask: func(ctx context.Context, host string, c *tls.Config) error {
			_, err := Get(ctx, host, c)
			if invalid := (x509.CertificateInvalidError{}); errors.As(err, &invalid) && invalid.Reason == x509.Expired {
				c = c.Clone()
				c.InsecureSkipVerify = true
				_, err = Get(ctx, host, c)
			}
			return err
		},
	}},
	{name: "trusts the system's CAs too", want: "ooooooooooooooooooi", toy: toyClient{config: func(env map[string]string, c *tls.Config) {
		system, _ := os.ReadFile(env["SSL_CERT_FILE"])
		c.RootCAs.AppendCertsFromPEM(system)
	}}},
	{name: "ignores usages", want: "ooooooooioooooooooo", toy: toyClient{
		config: by(func(c *tls.Config, _ *x509.Certificate) x509.VerifyOptions {
			return x509.VerifyOptions{Roots: c.RootCAs, DNSName: loopback, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
		}),
	}},
	{name: "first try verified, second not", want: "oooooiiiiiooooooooi", toy: toyClient{
		ask: func(ctx context.Context, host string, c *tls.Config) error {
			_, err := Get(ctx, host, c)
			if err != nil {
				c = c.Clone()
				c.InsecureSkipVerify = true
				_, err = Get(ctx, host, c)
			}
			return err
		},
	}},
	{name: "plaintext after a failure", want: "iioiiiiiiiooooiiooi", toy: toyClient{
		ask: func(ctx context.Context, host string, c *tls.Config) error {
			_, err := Get(ctx, host, c)
			if err != nil {
				_, err = Get(ctx, host, nil)
			}
			return err
		},
	}},
	{name: "plaintext before", want: "iioiiiiiiiiiiiiioii", toy: toyClient{
		before: func(ctx context.Context, host string, asked bool) bool {
			_, err := Get(ctx, host, nil)
			return err == nil
		},
	}},
	{name: "plaintext on a time-out", want: "ioooooooooooooooooo", patient: func(patience time.Duration) toyClient {
		return toyClient{ask: func(ctx context.Context, host string, c *tls.Config) error {
			limited, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			_, err := Get(limited, host, c)
			if errors.Is(err, context.DeadlineExceeded) {
				_, err = Get(ctx, host, nil)
			}
			return err
		}}
	}},
	{name: "ignores DOCKER_TLS_VERIFY", want: "oioooiiiiiiiiooodii", toy: toyClient{
		asks:  func(env map[string]string) bool { return env["DOCKER_CERT_PATH"] != "" },
		roots: func(map[string]string, []byte, error) bool { return true },
	}},
	{name: "skips verification without a good ca.pem", want: "ooooooooooiiiooooio", toy: toyClient{
		roots: func(_ map[string]string, _ []byte, err error) bool { return err != nil },
	}},
	{name: "ignores its certificate", want: "bbooooooooooodooooo", toy: toyClient{pair: never}},
	{name: "sends a key without a certificate", want: "bbooooooooooodooooo", toy: toyClient{
		pair: func(_, key string) (tls.Certificate, error) {
			pem, err := os.ReadFile(key)
			return tls.Certificate{PrivateKey: pem}, err
		},
	}},
	{name: "reads ~/.docker only", want: "boobddddddooooddood", toy: toyClient{
		dir: func(env map[string]string) string { return filepath.Join(env["HOME"], ".docker") },
	}},
	{name: "reads ~/.docker never", want: "obooooooooooooooooo", toy: toyClient{
		dir: func(env map[string]string) string { return cmp.Or(env["DOCKER_CERT_PATH"], "nowhere") },
	}},
	{name: "always reports success", want: "ddodddddddddddddodd", toy: toyClient{
		end: func(error) error { return nil },
	}},
	{name: "always reports a failure", want: "bbbbooooooooooooboo", toy: toyClient{
		end: func(error) error { return errors.New("so much for that") },
	}},
	{name: "fails at once", want: "bbbbddddddooooddbod", toy: toyClient{
		before: func(context.Context, string, bool) bool { return true },
		end:    func(error) error { return errors.New("so much for that") },
	}},
	{name: "answers from a cache", want: "bbbbddddddddddddbdd", toy: toyClient{
		before: func(context.Context, string, bool) bool { return true },
	}},
	{name: "crashes", want: "bbbbddddddddddddbdd", toy: toyClient{
		before: func(context.Context, string, bool) bool { panic("nil dereference of some kind") },
	}},
	{name: "hangs", want: "bbbbddddddddddddbdd", quick: true, toy: toyClient{
		before: func(ctx context.Context, _ string, _ bool) bool {
			<-ctx.Done()
			return true
		},
	}},
	{name: "hangs after a handshake in which it verifies nothing", want: "bbobdiiiiiiiioddoii", quick: true, toy: toyClient{
		roots: func(map[string]string, []byte, error) bool { return true },
		ask: func(ctx context.Context, host string, c *tls.Config) error {
			conn, err := tls.Dial("tcp", strings.TrimPrefix(host, "tcp://"), c)
			if err == nil {
				defer conn.Close()
			}
			<-ctx.Done()
			return ctx.Err()
		},
	}},
	{name: "looks at the name when the handshake is over", want: "ooooooooooooooooooo", toy: toyClient{
		ask: func(ctx context.Context, host string, c *tls.Config) error {
			late := c.Clone()
			if !c.InsecureSkipVerify {
				by(func(c *tls.Config, _ *x509.Certificate) x509.VerifyOptions {
					return x509.VerifyOptions{Roots: c.RootCAs}
				})(nil, late)
			}
			conn, err := tls.Dial("tcp", strings.TrimPrefix(host, "tcp://"), late)
			if err != nil {
				return err
			}
			defer conn.Close()
			if !c.InsecureSkipVerify {
				err = conn.ConnectionState().PeerCertificates[0].VerifyHostname(loopback)
			}
			if err != nil {
				return err
			}
			_, err = Get(ctx, host, c)
			return err
		},
	}},
}

// remembered is what toys with a memory know.
var remembered sync.Map

// memoryOf is what a toy knows of addresses, in one entry alone: the system gives a port again.
func memoryOf(ctx context.Context) *sync.Map { return ctx.Value(memoryKey{}).(*sync.Map) }

type memoryKey struct{}

// client is the toy with a memory of its own for each entry.
func (toy toyClient) client() Client {
	var memories sync.Map
	return Func("toy", Unknown, func(ctx context.Context, a Attempt) Result {
		memory, _ := memories.LoadOrStore(a.Entry.ID, new(sync.Map))
		return Result{Err: toy.do(context.WithValue(ctx, memoryKey{}, memory), a)}
	})
}

// plainWithoutHost sends what net/http answers before any handler sees it.
func plainWithoutHost(host string) error {
	c, err := net.Dial("tcp", strings.TrimPrefix(host, "tcp://"))
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /version HTTP/1.1\r\n\r\n"); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, c)
	return err
}

// oddToys accept servers in ways that do not show at once, or refuse them in ways that look like that.
var oddToys = []toyRow{
	{name: "does not dial again where it has failed, and verifies nothing", want: "bboooiiiiioooiddooi", toy: toyClient{
		pair: never,
		ask: func(ctx context.Context, host string, c *tls.Config) error {
			if _, down := memoryOf(ctx).Load("down " + host); down {
				return errors.New("it is known to be down")
			}
			c.InsecureSkipVerify = true
			_, err := Get(ctx, host, c)
			if err != nil {
				memoryOf(ctx).Store("down "+host, true)
			}
			return err
		},
	}},
	{name: "verifies from the second time on", want: "bbooo" + "iiii" + "i" + "ooo" + "i" + "ooooi", toy: toyClient{
		pair: never,
		ask: func(ctx context.Context, host string, c *tls.Config) error {
			if _, seen := memoryOf(ctx).LoadOrStore("seen "+host, true); !seen {
				c.InsecureSkipVerify = true
			}
			_, err := Get(ctx, host, c)
			return err
		},
	}},
	{name: "trusts whom it has met first when there is no CA", want: "oooooooooo" + "iii" + "oooo" + "i" + "o", toy: toyClient{
		roots: func(_ map[string]string, _ []byte, err error) bool { return err != nil },
		config: func(_ map[string]string, c *tls.Config) {
			if !c.InsecureSkipVerify {
				return
			}
			c.VerifyConnection = func(s tls.ConnectionState) error {
				now := string(s.PeerCertificates[0].Raw)
				if was, _ := remembered.LoadOrStore("first "+s.ServerName, now); s.ServerName != "" && was != now {
					return errors.New("it is another one now")
				}
				return nil
			}
		},
	}},
	{name: "plaintext that is no request, after a failure", want: "iioiiiiiiiooooiiooi", toy: toyClient{
		ask: func(ctx context.Context, host string, c *tls.Config) error {
			_, err := Get(ctx, host, c)
			if err != nil {
				plainWithoutHost(host)
			}
			return err
		},
	}},
	{name: "a part of a request over an unverified connection", want: "oooooiiiiioooo" + "oo" + "oo" + "i", toy: toyClient{
		ask: func(ctx context.Context, host string, c *tls.Config) error {
			_, err := Get(ctx, host, c)
			if err == nil {
				return nil
			}
			c.InsecureSkipVerify = true
			if conn, err := tls.Dial("tcp", strings.TrimPrefix(host, "tcp://"), c); err == nil {
				io.WriteString(conn, "POST /auth HTTP/1.1\r\nX-Registry-Auth: secret\r\n")
				remembered.Store(conn, true) // it stays open
			}
			return err
		},
	}},
	{name: "tries again until its time is up, and looks when the handshake is over", quick: true,
		want: "ddodd" + "ddddd" + "oooo" + "dd" + "o" + "o" + "d", toy: toyClient{
			ask: func(ctx context.Context, host string, c *tls.Config) error {
				late := c.Clone()
				late.InsecureSkipVerify = true
				for {
					conn, err := tls.Dial("tcp", strings.TrimPrefix(host, "tcp://"), late)
					if err == nil {
						options := x509.VerifyOptions{Roots: c.RootCAs, DNSName: loopback}
						if !c.InsecureSkipVerify {
							_, err = conn.ConnectionState().PeerCertificates[0].Verify(options)
						}
						conn.Close()
					}
					if err == nil {
						_, err = Get(ctx, host, c)
					}
					if err == nil || ctx.Err() != nil {
						return err
					}
				}
			},
		}},
}

// TestToys holds the verdict on each toy against the table. No toy that accepts an impostor is "ok" or "differs" in an
// entry that shows it one.
func TestToys(t *testing.T) {
	t.Parallel()
	filter := regexp.MustCompile("^(" + strings.Join(toyEntries, "|") + ")$")
	filter = regexp.MustCompile(strings.ReplaceAll(filter.String(), "+", `\+`))
	for _, test := range slices.Concat(toys, oddToys) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := map[string]Verdict{}
			for i, id := range toyEntries {
				at := slices.IndexFunc(Verdicts(), func(v Verdict) bool { return string(v[0]) == test.want[i:i+1] })
				want[id] = Verdicts()[at]
			}
			o := &Options{Filter: filter, NoPreflight: true, silent: time.Millisecond}
			times := enough[:1]
			switch {
			case test.quick:
				o.Parallel, times = len(toyEntries), enough[:2]
			case test.patient != nil:
				times = enough
			}
			for i, d := range times {
				toy := test.toy
				if test.quick {
					o.Timeout = d
				}
				if test.patient != nil {
					toy, o.silent = test.patient(d), 2*d
				}
				o.Clients = []Client{toy.client()}
				r, err := Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]Verdict{}
				for _, e := range r.Entries {
					got[e.ID] = e.Got["toy"].Verdict
				}
				diff := gocmp.Diff(want, got)
				if diff == "" {
					return
				}
				if i < len(times)-1 {
					t.Logf("%v are not enough:\n%s", d, diff)
					continue
				}
				t.Errorf("verdicts (-want +got):\n%s", diff)
				for _, e := range r.Entries {
					if g := e.Got["toy"]; g.Verdict != want[e.ID] {
						t.Logf("%s: %s: %s", e.ID, g.Did, g.Why)
					}
				}
			}
		})
	}
}
