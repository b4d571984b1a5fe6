package modes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// measured is clients.md, part 2: what six clients did in each environment; of those that agree in all of them,
// compose is left out. T is an answer over TLS or from a socket, P a plaintext answer from a plain daemon at the same
// address, F neither. In the cases srv-* and client-* no plain daemon was tried.
const measured = `
case                   docker go-client go-dockerclient dockerode docker-py
ref-mtls               T      T         T               T         T
certpath-only          P      T         P               P         T
verify1-home           T      P         T               F         T
verify1-DOCKER_CONFIG  T      P         F               F         F
verify0                T      T         T               P         T
verify0-wrongca        F      F         F               P         F
verify-false-wrongca   F      F         F               P         F
verify-empty           P      T         P               P         T
verify-true            T      T         T               P         T
tls1-home              T      P         P               P         P
tls1-certpath          T      T         P               P         T
tls1-wrongca           T      T         P               P         T
tls1-noca              F      T         P               F         T
certpath-wrongca       P      T         P               P         T
wrongca                F      F         F               F         F
caonly                 F      F         F               F         F
keymismatch            F      F         F               F         F
certpath-missing       F      F         F               F         F
client-expired         F      F         F               F         F
client-noeku           T      T         T               T         T
client-serverauth      F      F         F               F         F
client-otherca         F      F         F               F         F
https-scheme           F      T         T               T         T
no-scheme              T      F         F               T         T
trailing-slash         T      T         T               T         T
localhost              T      T         T               T         T
unix-verify1           T      F         T               T         T
unix-verify1-nocerts   F      T         T               T         F
srv-san-docker         F      F         F               F         F
srv-cn-only            F      F         F               F         T
srv-expired            F      F         F               F         F
srv-clientauth-server  F      F         F               F         F
srv-docs               T      T         T               T         T
srvnv-expired          T      T         F               F         T
srvnv-san-docker       T      T         F               F         T
`

// careless are the environments of a careless user. What the docker CLI dials is recorded (tls/matrix.json,
// client-resolution), and what it does on [::1]; the rest is what these clients do in front of the fake, as is
// system-ca.
const careless = `
case                   docker go-client go-dockerclient dockerode docker-py
ipv6                   T      T         T               T         T
ipv6-no-scheme         T      F         F               T         T
ipv6-no-san            F      F         F               F         F
ipv6-no-san-unchecked  T      T         P               P         T
http-scheme            F      T         T               T         P
upper-scheme           F      T         T               T         T
userinfo               T      T         T               T         F
no-name                T      F         F               F         T
no-scheme-no-name      T      F         F               F         T
no-port                T      F         F               F         F
no-scheme-no-port      T      F         F               F         F
port-2376              P      P         P               F         P
port-2376-plain        T      T         T               F         T
certpath-stale         P      F         P               F         F
tls1-certpath-stale    F      F         P               F         F
certpath-stale-home    F      F         F               F         F
certpath-empty-home    T      P         T               F         T
certpath-slash         T      T         T               T         T
certs-stale            F      F         F               F         F
unix-certpath-stale    T      F         T               T         F
system-ca              F      T         F               F         F
`

func TestEnvironments(t *testing.T) {
	t.Parallel()
	want, got := map[string]string{}, map[string]string{}
	var families []string
	for _, table := range []string{measured, careless} {
		lines := strings.Split(strings.TrimSpace(table), "\n")
		families = strings.Fields(lines[0])[1:]
		for _, line := range lines[1:] {
			fields := strings.Fields(line)
			for i, f := range families {
				want["env/"+fields[0]+" "+f] = fields[i+1]
			}
		}
	}
	for id, f := range measuredOtherwise {
		want[id] = f
	}
	for _, e := range modes.Entries() {
		if !strings.HasPrefix(e.ID, "env/") {
			continue
		}
		for _, f := range families {
			got[e.ID+" "+f] = letter(e, modes.Family(f))
			if noProbe := strings.HasPrefix(e.ID, "env/srv") || strings.HasPrefix(e.ID, "env/client-"); noProbe && got[e.ID+" "+f] == "P" {
				got[e.ID+" "+f] = "F"
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-measured +rule:\n%s", diff)
	}
}

// measuredOtherwise are the letters that clients.md does not have, or that are others here because the case is
// another one.
var measuredOtherwise = map[string]string{
	// Measured by address. By name Node takes the common name too (tls/matrix.json, cn-only).
	"env/srv-cn-only dockerode": "T",
	// tls/matrix.json, home-certkey-only, and the sources of the clients.
	"env/verify1-noca docker": "F", "env/verify1-noca go-client": "F", "env/verify1-noca go-dockerclient": "T",
	"env/verify1-noca dockerode": "F", "env/verify1-noca docker-py": "F",
}

// letter is what clients.md calls the outcome of an entry.
func letter(e modes.Entry, f modes.Family) string {
	switch {
	case e.Want[f] == outcome.OK:
		return "T"
	case e.WantPlain()[f] == outcome.OK:
		return "P"
	}
	return "F"
}

// TestEnvironmentRefusals: the texts in clients.md, part 2, say which of the refusals each F is.
func TestEnvironmentRefusals(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]outcome.Class{
		"env/certpath-only":         outcome.HTTPToHTTPS,
		"env/wrongca":               outcome.RejectsServerUnknownAuthority,
		"env/caonly":                outcome.RejectsNoClientCert,
		"env/keymismatch":           outcome.ConfigKeyMismatch,
		"env/certpath-missing":      outcome.ConfigMissingFile,
		"env/tls1-noca":             outcome.ConfigMissingFile,
		"env/unix-verify1-nocerts":  outcome.ConfigMissingFile,
		"env/client-expired":        outcome.RejectsClientCertExpired,
		"env/client-serverauth":     outcome.RejectsClientCertEKU,
		"env/https-scheme":          outcome.ConfigUsage,
		"env/srv-clientauth-server": outcome.RejectsServerEKU,
		"env/ipv6-no-san":           outcome.RejectsServerHostname,
		"env/http-scheme":           outcome.ConfigUsage,
		"env/upper-scheme":          outcome.ConfigUsage,
		"env/port-2376":             outcome.HTTPToHTTPS,
		"env/certpath-stale":        outcome.HTTPToHTTPS,
		"env/tls1-certpath-stale":   outcome.ConfigMissingFile,
		"env/certs-stale":           outcome.RejectsServerUnknownAuthority,
		"env/system-ca":             outcome.RejectsServerUnknownAuthority,
	} {
		if got := entry(t, id).Want[modes.FamilyDocker]; got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}

// TestWantPlain: who speaks TLS to a plain daemon is told so, who speaks plaintext is answered, who stopped stops.
func TestWantPlain(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]outcome.Class{
		"env/ref-mtls":           outcome.HTTPSToHTTP,
		"env/wrongca":            outcome.HTTPSToHTTP,
		"env/certpath-only":      outcome.OK,
		"env/keymismatch":        outcome.ConfigKeyMismatch,
		"env/unix-verify1":       "", // a socket is plain as it is
		"tlsverify/mutual/flags": outcome.HTTPSToHTTP,
		"tls/tls/home":           outcome.HTTPSToHTTP,
		"tls/plain/env":          "", // nobody asked for TLS
		"tcp/mutual/flags":       "", // the daemon is plain as it is
	} {
		if got := entry(t, id).WantPlain()[modes.FamilyDocker]; got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}

func TestAsksTLS(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"env/certpath-only": true, "env/unix-verify1": true, "tcp/mutual/flags": true, "tls/tls/context": true, "tls/plain/home": false, "unix/plain/env": false,
	} {
		if got := entry(t, id).AsksTLS(); got != want {
			t.Errorf("%s: got %v, want %v", id, got, want)
		}
	}
}

// TestEnvironmentDescription: what an environment says beyond the modes.
func TestEnvironmentDescription(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, e := range modes.Entries() {
		if !strings.HasPrefix(e.ID, "env/") {
			continue
		}
		fmt.Fprintf(&b, "%s: %s/%s, %s", e.ID, e.Daemon, e.Client, e.Material)
		if addr := e.DaemonAddr(); addr != "" {
			fmt.Fprintf(&b, ", the daemon at %s", addr)
		}
		if e.DocumentedShape() {
			fmt.Fprint(&b, ", the documented shape")
		}
		fmt.Fprintf(&b, "\n\t%s\n", strings.Join(e.Env(paths), " "))
		if files := layout(e); files != nil {
			fmt.Fprintf(&b, "\t%s\n", strings.Join(files, " "))
		}
		fmt.Fprintf(&b, "\t%s\n", e.Documented)
	}
	golden(t, "environments.txt", b.String())
	e := entry(t, "env/verify0-wrongca")
	e.Layout()[0].Name = "changed"
	if got := layout(e)[0]; got != "certs/ca.pem:other-ca" {
		t.Errorf("a caller changed the layout of others: %s", got)
	}
	if got := entry(t, "tls/tls/env").DaemonAddr(); got != "" {
		t.Errorf("the daemon of an entry without environment listens at %q", got)
	}
}
