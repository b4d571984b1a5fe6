package reference

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

var all = flag.Bool("all", false, "replay every row instead of one in twenty")

// A row is one recorded run of a client in front of one kind of daemon.
type row struct {
	inv    Invocation
	daemon Daemon
	want   string
	result string // what went wrong, "" agreed
}

// TestReplay runs the recorded command lines with the real clients in front of the fake, and compares the outcome
// class with that of dockerd 28.5.2 and 29.7.0.
func TestReplay(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the recordings are from Linux")
	}
	programs := clients(t)
	rows := replayRows(t, programs)
	groups := map[string][]*row{}
	for _, r := range rows {
		key := strings.Join([]string{r.daemon.Key, r.inv.ServerCert, r.inv.ClientCert, r.inv.TargetName}, "\x00")
		groups[key] = append(groups[key], r)
	}
	work := make(chan []*row)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for group := range work {
				replay(t, programs, group)
			}
		}()
	}
	for _, group := range groups {
		for part := range slices.Chunk(group, 50) {
			work <- part
		}
	}
	close(work)
	wg.Wait()

	tried, agreed := map[string]int{}, map[string]int{}
	for _, r := range rows {
		key := r.inv.Section + ", " + strings.SplitN(r.inv.Client, " (", 2)[0]
		tried[key]++
		if r.result == "" {
			agreed[key]++
			continue
		}
		t.Errorf("daemon %s, %s %q env %v %s %q, server %s, client %s: %s", r.daemon.Key, r.inv.Client, r.inv.Args, r.inv.Env,
			r.inv.Home, r.inv.Setup, r.inv.ServerCert, r.inv.ClientCert, r.result)
	}
	summary(t, "replay", tried, agreed, nil)
}

// clients finds or builds the real programs, by the beginning of the recordings' client name.
func clients(t *testing.T) map[string]string {
	goClient := filepath.Join(t.TempDir(), "goclient")
	if out, err := exec.Command("go", "build", "-o", goClient, "./goclient").CombinedOutput(); err != nil {
		t.Fatalf("goclient: %v\n%s", err, out)
	}
	return map[string]string{
		"docker-cli 28":                      dockercli.Path(t, "28.5.2"),
		"docker-cli 29":                      dockercli.Path(t, "29.7.2"),
		"curl":                               testtool.Need(t, "curl"),
		"go github.com/docker/docker/client": goClient,
		"go github.com/moby/moby/client":     goClient,
	}
}

func programOf(programs map[string]string, client string) string {
	for prefix, path := range programs {
		if strings.HasPrefix(client, prefix) {
			return path
		}
	}
	return ""
}

// replayRows are the rows of daemons 28 and 29, which agree, with the material that the rule knows; each once.
func replayRows(t *testing.T, programs map[string]string) []*row {
	d, daemons := load(t)
	var rows []*row
	n := 0
	for _, inv := range d.Invocations {
		known := knownFlaws(flaw(inv.ServerCert), flaw(inv.ClientCert))
		named := inv.TargetName == "" || inv.TargetName == "127.0.0.1" || inv.TargetName == "localhost"
		if inv.Section == SectionResolution || inv.Section == SectionSSH || !known || !named || programOf(programs, inv.Client) == "" {
			continue
		}
		for _, res := range inv.Results {
			seen := map[string]bool{}
			for version, keys := range res.Daemons {
				for _, key := range keys {
					if seen[key] || version == "20.10.24" || daemons[key].Args == nil && version != "" {
						continue
					}
					seen[key] = true
					if n++; *all || n%20 == 0 {
						rows = append(rows, &row{inv: inv, daemon: daemons[key], want: res.Outcome})
					}
				}
			}
		}
	}
	if len(rows) < 100 {
		t.Fatalf("only %d rows to replay", len(rows))
	}
	return rows
}

// A place is the daemon and the files of a group of rows, with what stands for the placeholders.
type place struct {
	daemon *fakedaemon.Daemon // nil: nothing listens
	fill   *strings.Replacer
	home   string // parent of the homes
}

func replay(t *testing.T, programs map[string]string, group []*row) {
	p, err := newPlace(t, group[0])
	if err != nil {
		for _, r := range group {
			r.result = err.Error()
		}
		return
	}
	for _, r := range group {
		got := p.run(t, programs, r.inv)
		o := conform.Classify(family(r.inv.Client), got)
		if created := len(r.inv.Setup) > 0 && got.Command == "setup"; created && got.ExitCode != 0 {
			o = outcome.ConfigAtContextCreate
		}
		if string(o) != r.want {
			r.result = fmt.Sprintf("got %s, want %s: exit %d, %s\n%s", o, r.want, got.ExitCode, got.Text(), got.Handshakes)
		}
	}
	if p.daemon != nil {
		p.daemon.Close()
	}
}

func family(client string) modes.Family {
	switch {
	case strings.HasPrefix(client, "docker-cli"):
		return modes.FamilyDocker
	case strings.HasPrefix(client, "curl"):
		return modes.FamilyCurl
	}
	return modes.FamilyGo
}

// newPlace starts the daemon of a row as its arguments resolve, and writes the client's files.
func newPlace(t *testing.T, r *row) (*place, error) {
	server := flaw(r.inv.ServerCert)
	client := flaw(r.inv.ClientCert)
	hosts := []string{"docker.example.test", "10.10.10.20", "127.0.0.1"} // as the recorded certificate
	bundle, err := certgen.New(&certgen.Options{Hosts: hosts, Shape: certgen.ShapeDocumented, ServerFlaw: server, ClientFlaw: client})
	if err != nil {
		return nil, err
	}
	other, err := certgen.New(nil)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		return nil, err
	}
	p := &place{home: filepath.Join(dir, "homes")}
	host, sock := "127.0.0.1:9", filepath.Join(dir, "none.sock")
	ls, err := listeners("28.5.2", r.daemon, r.inv)
	if err != nil {
		return nil, err
	}
	if len(ls) > 0 {
		o := &fakedaemon.Options{Certs: bundle}
		for _, l := range ls {
			listen := fakedaemon.Listen{Mode: map[rule.Mode]modes.Daemon{rule.Plain: modes.TCP, rule.TLS: modes.TLS, rule.TLS | rule.Verifies: modes.TLSVerify}[l.Mode]}
			if strings.HasPrefix(l.Host, "unix://") {
				listen.Mode = modes.Unix
			}
			if l.SystemPool {
				listen.TLS = systemPool(bundle, slices.Contains(l.ClientCAs, rule.CA))
			}
			o.Listen = append(o.Listen, listen)
		}
		if p.daemon, err = fakedaemon.New(o); err != nil {
			return nil, err
		}
		for _, h := range p.daemon.Hosts() {
			if path, ok := strings.CutPrefix(h, "unix://"); ok {
				sock = path
			} else {
				host = strings.TrimPrefix(h, "tcp://")
			}
		}
	}
	if r.inv.TargetName == "localhost" {
		host = strings.Replace(host, "127.0.0.1", "localhost", 1)
	}
	files := map[string][]byte{
		"pki/cli-ca-other/ca.pem": other.CAPEM(), "pki/cli-ca-other/cert.pem": bundle.Client().CertPEM, "pki/cli-ca-other/key.pem": bundle.Client().KeyPEM,
		"pki/certdir-good/ca.pem": bundle.CAPEM(), "pki/certdir-empty/none": nil, "pki/empty.pem": nil,
	}
	for home, names := range map[string][]string{
		"home-empty": nil, "home-good": {"ca.pem", "cert.pem", "key.pem"}, "home-ca-only": {"ca.pem"}, "home-certkey-only": {"cert.pem", "key.pem"},
	} {
		files["homes/"+home+"/none"] = nil
		for _, name := range names {
			files["homes/"+home+"/.docker/"+name] = map[string][]byte{
				"ca.pem": bundle.CAPEM(), "cert.pem": bundle.Client().CertPEM, "key.pem": bundle.Client().KeyPEM,
			}[name]
		}
	}
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
			return nil, err
		}
	}
	if err := bundle.Write(filepath.Join(dir, "good"), certgen.LayoutClient()); err != nil {
		return nil, err
	}
	in := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	p.fill = strings.NewReplacer("{host}", host, "{sock}", sock, "{dir}", in("good"), "{pki}", in("pki"),
		"{ca}", in("good/ca.pem"), "{cert}", in("good/cert.pem"), "{key}", in("good/key.pem"), "{otherca}", in("pki/cli-ca-other/ca.pem"))
	return p, nil
}

// systemPool is the config of a daemon that verifies clients against the system's pool, which names no CA when it asks
// for a certificate. trusted says that the bundle's CA is in that pool.
func systemPool(b *certgen.Bundle, trusted bool) *tls.Config {
	config := b.ServerTLS()
	config.NextProtos = []string{"http/1.1"}
	roots := config.ClientCAs
	config.ClientCAs = nil
	if trusted {
		config.ClientAuth = tls.RequireAnyClientCert
		config.VerifyConnection = func(cs tls.ConnectionState) error {
			_, err := cs.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
			return err
		}
	}
	return config
}

// run runs the client of an invocation, after the `docker context create` that comes before it.
func (p *place) run(t *testing.T, programs map[string]string, inv Invocation) conform.Result {
	home := filepath.Join(p.home, inv.Home)
	if inv.Home == "TEMP" {
		var err error
		if home, err = os.MkdirTemp(t.TempDir(), ""); err != nil {
			return conform.Result{Err: err}
		}
	}
	env := []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	for name, value := range inv.Env {
		env = append(env, name+"="+p.fill.Replace(strings.ReplaceAll(value, "{home}", home)))
	}
	path := programOf(programs, inv.Client)
	before, asked := 0, 0
	if p.daemon != nil {
		before, asked = len(p.daemon.Handshakes()), len(p.daemon.Requests())
	}
	if len(inv.Setup) > 0 {
		if r := p.exec(path, []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}, home, inv.Setup); r.ExitCode != 0 {
			r.Command = "setup"
			return r
		}
	}
	args := inv.Args
	if strings.HasPrefix(inv.Client, "go ") {
		name := "docker"
		if strings.Contains(inv.Client, "moby/moby") {
			name = "moby"
		}
		args = append([]string{name}, args...)
	}
	r := p.exec(path, env, home, args)
	if p.daemon != nil {
		r.Handshakes, r.Requests = p.daemon.Handshakes()[before:], p.daemon.Requests()[asked:]
	}
	return r
}

func (p *place) exec(path string, env []string, home string, args []string) conform.Result {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	args = slices.Clone(args)
	for i, a := range args {
		args[i] = p.fill.Replace(strings.ReplaceAll(a, "{home}", home))
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = env
	cmd.Dir = home
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	r := conform.Result{}
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		r.ExitCode = exit.ExitCode()
	} else if err != nil {
		r.Err = err
	}
	r.Stdout, r.Stderr, r.TimedOut = stdout.String(), stderr.String(), ctx.Err() != nil
	return r
}
