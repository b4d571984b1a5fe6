package modes_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestExplainFlaws: with every flaw of either side, what the daemon logs and what a Go client says are explained as
// what the matrix gives, each as the words of its side.
func TestExplainFlaws(t *testing.T) {
	t.Parallel()
	entries := map[string]modes.Entry{}
	for _, e := range modes.Entries() {
		entries[e.ID] = e
	}
	tried := 0
	for _, f := range certgen.Flaws() {
		for _, engine := range []fakedaemon.Engine{fakedaemon.Engine20, fakedaemon.Engine28} {
			// A file keeps a daemon from starting, and some names differ from those of the matrix when dialled by
			// address.
			inGo := rule.ByName("go")
			same := inGo.Judge("docker.example.test", f.Flaw, "") == inGo.Judge("127.0.0.1", f.Flaw, "")
			if e, ok := entries["tlsverify/mutual/flags/server:"+string(f.Flaw)]; ok && f.Server && f.Kind != certgen.KindFile && same {
				tried++
				explainFlaw(t, e, engine, &certgen.Options{ServerFlaw: f.Flaw})
			}
			if e, ok := entries["tlsverify/mutual/flags/client:"+string(f.Flaw)]; ok && f.Client && !(f.Flaw == certgen.TenThousandNames && engine == fakedaemon.Engine20) { // which only a real one refuses
				tried++
				explainFlaw(t, e, engine, &certgen.Options{ClientFlaw: f.Flaw})
			}
		}
	}
	if tried < 100 {
		t.Errorf("%d flaws tried", tried)
	}
}

func explainFlaw(t *testing.T, e modes.Entry, engine fakedaemon.Engine, o *certgen.Options) {
	t.Helper()
	want := e.Want[modes.FamilyGo]
	if engine == fakedaemon.Engine20 {
		want = e.With("20.10.24").Want[modes.FamilyGo]
	}
	info, _ := o.ClientFlaw.Info()
	if want == outcome.OK || info.Kind == certgen.KindFile && !want.StopsFirst() {
		return
	}
	certs, err := certgen.New(o)
	if err != nil {
		t.Fatal(err)
	}
	log := make(lines, 100)
	d := fakedaemon.Start(t, &fakedaemon.Options{Mode: modes.TLSVerify, Engine: engine, Certs: certs, Logf: log.logf})
	dir := filepath.Join(t.TempDir(), "certs")
	if err := certs.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	said := dial(d, dir)
	if said == nil {
		t.Errorf("%s, %s: the client got an answer, want %s", e.ID, engine, want)
		return
	}
	expect(t, e.ID+", "+string(engine), modes.ClientSide, said.Error(), want)
	if want.StopsFirst() {
		return
	}
	expect(t, e.ID+", "+string(engine), modes.DaemonSide, log.wait(t), want)
}

// expect wants an outcome among the causes of a line, all of which are of one side. That the other side hung up may
// have any cause.
func expect(t *testing.T, what string, side modes.Side, line string, want outcome.Class) {
	t.Helper()
	all := modes.Explain(line)
	if len(all) == 0 || all[0].Side != side {
		t.Errorf("%s: %s: got %+v", what, line, all)
		return
	}
	causes := slices.ContainsFunc(all[0].Causes, func(x modes.Explanation) bool { return x.Outcome == want })
	closed := side == modes.ClientSide && len(all[0].Causes) == 1 && all[0].Causes[0].Outcome == outcome.ConnectionClosed
	if !causes && !closed {
		t.Errorf("%s: %s: got %+v, want %s", what, line, all[0].Causes, want)
	}
}

// dial asks a daemon with the files of a client; the error is the client's.
func dial(d *fakedaemon.Daemon, dir string) error {
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		return err
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	if !config.RootCAs.AppendCertsFromPEM(ca) {
		return &rule.Refusal{Outcome: outcome.ConfigBadMaterial, Why: "the CA holds no certificate"}
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		return err
	}
	config.Certificates = []tls.Certificate{pair}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get("https://" + strings.TrimPrefix(d.Host(), "tcp://") + "/_ping")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.ReadAll(response.Body)
	return err
}
