package conform

import (
	"testing"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/certgen/vectors"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/internal/words"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// goSays is the outcome of a Go program that says text; "" is nothing.
func goSays(text string) outcome.Class {
	if text == "" {
		return outcome.OK
	}
	return words.Go.Recognize(text)
}

// TestVerdictsSayTheirOutcomes: what package vectors has programs say of a flaw is of the outcome that the rule has.
func TestVerdictsSayTheirOutcomes(t *testing.T) {
	t.Parallel()
	for _, f := range certgen.Flaws() {
		v, _ := vectors.Of(f.Flaw)
		for name, said := range map[string]vectors.Verdict{"docker.example.test": v.ByName, "127.0.0.1": v.ByIP} {
			m := modes.Material{Server: f.Flaw}
			inGo, docker := rule.ByName("go").Judge(name, f.Flaw, ""), rule.ByName("docker").Judge(name, f.Flaw, "")
			if !f.Server || inGo == outcome.DaemonRefusesToStart {
				continue
			}
			if got := goSays(said.Go); got != inGo {
				t.Errorf("%s as %s: Go says %q, %s; the rule has %s", m, name, said.Go, got, inGo)
			}
			if got := goSays(said.Docker); got != docker {
				t.Errorf("%s as %s: the docker CLI says %q, %s; the rule has %s", m, name, said.Docker, got, docker)
			}
		}
		if !f.Client {
			continue
		}
		m, said := modes.Material{Client: f.Flaw}, v.OfClient
		judge := func(family string) outcome.Class { return rule.ByName(family).Judge("127.0.0.1", "", f.Flaw) }
		if o := judge("go-client"); said.Load != "" && o != goSays(said.Load) {
			t.Errorf("%s: a Go program says %q of its files; the rule has %s", m, said.Load, o)
		}
		if o := judge("docker"); !o.RefusesClient() && o != goSays(said.Docker) {
			t.Errorf("%s: the docker CLI says %q; the rule has %s", m, said.Docker, o)
		}
		// What the daemon says of a certificate that it gets.
		for _, family := range []string{"docker", "curl"} {
			if o := judge(family); o.RefusesClient() && o != outcome.RejectsNoClientCert && words.Daemon.Recognize(said.Go) != o {
				t.Errorf("%s: the daemon says %q; the rule has %s for %s", m, said.Go, o, family)
			}
		}
	}
}
