package modes_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/modes"
)

// measured is column 1 of clients.md, part 2: what docker CLI 28.2.2 did in each environment. T is an answer over TLS or
// from a socket, P a plaintext answer from a plain daemon at the same address, F neither.
const measured = `
ref-mtls T
certpath-only P
verify1-home T
verify1-DOCKER_CONFIG T
verify0 T
verify0-wrongca F
verify-false-wrongca F
verify-empty P
verify-true T
tls1-home T
tls1-certpath T
tls1-wrongca T
tls1-noca F
certpath-wrongca P
wrongca F
caonly F
keymismatch F
certpath-missing F
client-expired F
client-serverauth F
client-otherca F
https-scheme F
no-scheme T
trailing-slash T
localhost T
unix-verify1 T
unix-verify1-nocerts F
srv-cn-only F
srv-expired F
srv-clientauth-server F
srv-docs T
srvnv-expired T
`

func TestEnvironments(t *testing.T) {
	t.Parallel()
	want, got := map[string]string{}, map[string]string{}
	for line := range strings.Lines(strings.TrimSpace(measured)) {
		name, letter, _ := strings.Cut(strings.TrimSpace(line), " ")
		want["env/"+name] = letter
	}
	want["env/verify1-noca"] = "F" // tls/matrix.json, home-certkey-only
	for _, e := range modes.Entries() {
		if strings.HasPrefix(e.ID, "env/") {
			got[e.ID] = letter(e, modes.FamilyDocker)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-measured +rule:\n%s", diff)
	}
}

// letter is what clients.md calls the outcome of an entry.
func letter(e modes.Entry, f modes.Family) string {
	switch {
	case e.Want[f] == modes.OK:
		return "T"
	case e.WantPlain()[f] == modes.OK:
		return "P"
	}
	return "F"
}

// TestEnvironmentRefusals: the texts in clients.md, part 2, say which of the refusals each F is.
func TestEnvironmentRefusals(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]modes.Outcome{
		"env/certpath-only":         modes.HTTPToHTTPS,
		"env/wrongca":               modes.RejectsServerUnknownAuthority,
		"env/caonly":                modes.RejectsNoClientCert,
		"env/keymismatch":           modes.ConfigKeyMismatch,
		"env/certpath-missing":      modes.ConfigMissingFile,
		"env/tls1-noca":             modes.ConfigMissingFile,
		"env/unix-verify1-nocerts":  modes.ConfigMissingFile,
		"env/client-expired":        modes.RejectsClientCertExpired,
		"env/client-serverauth":     modes.RejectsClientCertEKU,
		"env/https-scheme":          modes.ConfigUsage,
		"env/srv-clientauth-server": modes.RejectsServerEKU,
	} {
		if got := entry(t, id).Want[modes.FamilyDocker]; got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
}

// TestWantPlain: who speaks TLS to a plain daemon is told so, who speaks plaintext is answered, who stopped stops.
func TestWantPlain(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]modes.Outcome{
		"env/ref-mtls":           modes.HTTPSToHTTP,
		"env/wrongca":            modes.HTTPSToHTTP,
		"env/certpath-only":      modes.OK,
		"env/keymismatch":        modes.ConfigKeyMismatch,
		"env/unix-verify1":       "", // a socket is plain as it is
		"tlsverify/mutual/flags": modes.HTTPSToHTTP,
		"tls/tls/home":           modes.HTTPSToHTTP,
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
	e := entry(t, "env/verify0-wrongca")
	if diff := cmp.Diff([]string{"certs/ca.pem:other-ca", "certs/cert.pem:cert", "certs/key.pem:key"}, layout(e)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	e.Layout()[0].Name = "changed"
	if got := layout(e)[0]; got != "certs/ca.pem:other-ca" {
		t.Errorf("a caller changed the layout of others: %s", got)
	}
	want := "DOCKER_TLS_VERIFY: when set, Docker uses TLS and verifies the remote. DOCKER_CERT_PATH: the location of the authentication keys."
	if e.Documented != want {
		t.Errorf("documented: got %q, want %q", e.Documented, want)
	}
	for id, want := range map[string]string{
		"env/localhost":        "DOCKER_HOST=tcp://localhost:2376",
		"env/no-scheme":        "DOCKER_HOST=127.0.0.1:2376",
		"env/https-scheme":     "DOCKER_HOST=https://127.0.0.1:2376",
		"env/trailing-slash":   "DOCKER_HOST=tcp://127.0.0.1:2376/",
		"env/certpath-missing": "DOCKER_CERT_PATH=zone1/missing",
		"env/verify-empty":     "DOCKER_TLS_VERIFY=",
	} {
		if env := entry(t, id).Env(paths); !strings.Contains(strings.Join(env, "\n")+"\n", want+"\n") {
			t.Errorf("%s: got %q, want %s", id, env, want)
		}
	}
	if !entry(t, "env/srv-docs").DocumentedShape() || e.DocumentedShape() {
		t.Error("only env/srv-docs has certificates of the documented shape")
	}
}
