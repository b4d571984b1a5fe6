package modes_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestResolveFromTheEnvironment has what clients.md, part 4, says beyond the cases of part 2.
func TestResolveFromTheEnvironment(t *testing.T) {
	t.Parallel()
	const host = "DOCKER_HOST=tcp://h:1 "
	on := func(mode modes.Client, roots ...modes.Holds) modes.Endpoint {
		return modes.Endpoint{Host: "tcp://h:1", Mode: mode, Roots: roots}
	}
	at := func(host string, mode modes.Client) modes.Endpoint { return modes.Endpoint{Host: host, Mode: mode} }
	for _, test := range []struct {
		family  modes.Family
		home    string
		env     string
		want    modes.Endpoint
		refuses outcome.Class
	}{
		{family: modes.FamilyDockerPy, env: "", want: at("unix:///var/run/docker.sock", modes.ClientPlain)},
		{family: modes.FamilyDockerPy, env: host + "DOCKER_TLS=1", want: on(modes.ClientPlain)},
		{family: modes.FamilyDockerPy, env: host + "DOCKER_TLS_VERIFY=0", home: all, want: on(modes.ClientMutual, modes.CA)},
		{family: modes.FamilyDockerPy, env: host + "DOCKER_TLS_VERIFY= DOCKER_CERT_PATH=zone1", want: on(modes.ClientTLSCert)},
		{family: modes.FamilyDockerPy, env: host + "DOCKER_CERT_PATH=zone1 DOCKER_TLS_VERIFY=1", want: on(modes.ClientMutual, modes.CA)},
		{family: modes.FamilyDockerPy, env: host + "DOCKER_TLS_VERIFY=1", home: "ca.pem", refuses: outcome.ConfigBadMaterial},
		{family: modes.FamilyDockerPy, env: "DOCKER_HOST=h:1", want: on(modes.ClientPlain)},
		{family: modes.FamilyDockerPy, env: "DOCKER_HOST=unix:///x.sock DOCKER_TLS_VERIFY=1", home: all, want: at("unix:///x.sock", modes.ClientPlain)},
		{family: modes.FamilyDockerPy, env: "DOCKER_HOST=unix:///x.sock DOCKER_TLS_VERIFY=1", refuses: outcome.ConfigBadMaterial},

		{family: modes.FamilyDockerode, env: "", want: at("unix:///var/run/docker.sock", modes.ClientPlain)},
		{family: modes.FamilyDockerode, env: host + "DOCKER_TLS_VERIFY=true DOCKER_CERT_PATH=zone1", want: on(modes.ClientPlain)},
		{family: modes.FamilyDockerode, env: host + "DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=zone1", want: on(modes.ClientMutual, modes.CA)},
		{family: modes.FamilyDockerode, env: host + "DOCKER_TLS_VERIFY=1", home: all, want: on(modes.ClientTLSVerify)},
		{family: modes.FamilyDockerode, env: "DOCKER_HOST=tcp://h:2376", want: at("tcp://h:2376", modes.ClientTLSVerify)},
		{family: modes.FamilyDockerode, env: host + "DOCKER_CERT_PATH=none", refuses: outcome.ConfigMissingFile},
		{family: modes.FamilyDockerode, env: "DOCKER_HOST=tcp://h:port", refuses: outcome.ConfigUsage},
		{family: modes.FamilyDockerode, env: "DOCKER_HOST=unix:///x.sock DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=none", want: at("unix:///x.sock", modes.ClientPlain)},

		{family: modes.FamilyGoDockerClient, env: "", want: at("unix:///var/run/docker.sock", modes.ClientPlain)},
		{family: modes.FamilyGoDockerClient, env: host + "DOCKER_TLS=1 DOCKER_CERT_PATH=zone1", want: on(modes.ClientPlain)},
		{family: modes.FamilyGoDockerClient, env: host + "DOCKER_TLS_VERIFY=0 DOCKER_CERT_PATH=zone1", want: on(modes.ClientMutual, modes.CA)},
		{family: modes.FamilyGoDockerClient, env: host + "DOCKER_TLS_VERIFY=1", home: "cert.pem key.pem", want: on(modes.ClientTLSCert)},
		{family: modes.FamilyGoDockerClient, env: host + "DOCKER_TLS_VERIFY=1", home: "ca.pem cert.pem", want: on(modes.ClientTLSVerify, modes.CA)},
		{family: modes.FamilyGoDockerClient, env: host + "DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=none", want: on(modes.ClientTLS)},
		{family: modes.FamilyGoDockerClient, env: "DOCKER_HOST=h:1", want: on(modes.ClientPlain)},
		{family: modes.FamilyGoDockerClient, env: "DOCKER_HOST=h:1 DOCKER_TLS_VERIFY=1", refuses: outcome.ConfigUsage},
		{family: modes.FamilyGoDockerClient, env: "DOCKER_HOST=unix:///x.sock DOCKER_TLS_VERIFY=1", home: all, want: at("unix:///x.sock", modes.ClientPlain)},
	} {
		resolve := map[modes.Family]func(modes.Machine) (modes.Endpoint, error){
			modes.FamilyDockerPy: modes.ResolveDockerPy, modes.FamilyDockerode: modes.ResolveDockerode, modes.FamilyGoDockerClient: modes.ResolveGoDockerClient,
		}[test.family]
		what := string(test.family) + " " + test.env
		got, err := resolve(machine(test.home, test.env))
		if test.refuses != "" {
			wantRefusal(t, what, err, test.refuses)
			continue
		}
		test.want.Family, test.want.TLS12 = test.family, test.family == modes.FamilyDockerPy
		if diff := cmp.Diff(test.want, got, cmpopts.IgnoreUnexported(modes.Endpoint{}), cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", what, err, diff)
		}
	}
}

// TestFilesWithFlaws: what a file holds is read as the library of the family reads it.
func TestFilesWithFlaws(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		flaw                   certgen.Flaw
		docker, curl, py, node outcome.Class
	}{
		{"key-encrypted-pkcs8", outcome.ConfigBadMaterial, outcome.ConfigEncryptedKey, outcome.ConfigEncryptedKey, outcome.ConfigEncryptedKey},
		{"key-mismatch", outcome.ConfigKeyMismatch, outcome.ConfigBadMaterial, outcome.ConfigKeyMismatch, outcome.ConfigKeyMismatch},
		{"ca-missing", outcome.ConfigMissingFile, outcome.ConfigBadMaterial, outcome.ConfigBadMaterial, outcome.ConfigMissingFile},
		{"ca-empty", outcome.ConfigBadMaterial, outcome.ConfigBadMaterial, outcome.ConfigBadMaterial, ""},
		{"ca-bom", outcome.ConfigBadMaterial, "", "", ""},
		{"swapped", outcome.ConfigBadMaterial, outcome.ConfigBadMaterial, outcome.ConfigBadMaterial, outcome.ConfigBadMaterial},
		{"combined-cert-and-key", "", "", "", ""},
		{"cert-dangling-link", outcome.ConfigMissingFile, outcome.ConfigMissingFile, outcome.ConfigBadMaterial, outcome.ConfigMissingFile},
	} {
		m := modes.Machine{Env: map[string]string{}, Files: modes.ClientFiles(test.flaw)}
		for family, want := range map[modes.Family]outcome.Class{
			modes.FamilyDocker: test.docker, modes.FamilyCurl: test.curl, modes.FamilyDockerPy: test.py, modes.FamilyDockerode: test.node,
		} {
			var e modes.Endpoint
			var err error
			switch family {
			case modes.FamilyDocker:
				e, err = modes.ResolveDocker("29.7.2", []string{"--tlsverify", "--tlscacert=ca.pem", "--tlscert=cert.pem", "--tlskey=key.pem", "-H=tcp://h:1"}, m)
			case modes.FamilyCurl:
				e, err = modes.ResolveCurl([]string{"https://h:1/x", "--cacert", "ca.pem", "--cert", "cert.pem", "--key", "key.pem"}, m)
			case modes.FamilyDockerPy:
				e, err = modes.ResolveDockerPyTLS("tcp://h:1", "ca.pem", "cert.pem", "key.pem", true, m)
			case modes.FamilyDockerode:
				e, err = modes.ResolveDockerodeOptions("tcp://h:1", "ca.pem", "cert.pem", "key.pem", m)
			}
			var got outcome.Class
			if r := (*modes.Refusal)(nil); errors.As(err, &r) {
				got = r.Outcome
			}
			if got != want || want == "" && e.Mode != modes.ClientMutual {
				t.Errorf("%s with %s: got %s (%v, %v), want %s", family, test.flaw, got, e, err, want)
			}
		}
	}
}

// TestServerFiles: a daemon's files have names of their own.
func TestServerFiles(t *testing.T) {
	t.Parallel()
	for flaw, want := range map[certgen.Flaw]map[string]modes.Holds{
		"":                 {"ca.pem": modes.CA, "server-cert.pem": modes.CertFile, "server-key.pem": modes.KeyFile},
		"daemonca-missing": {"server-cert.pem": modes.CertFile, "server-key.pem": modes.KeyFile},
		"daemonca-empty":   {"ca.pem": "daemonca-empty", "server-cert.pem": modes.CertFile, "server-key.pem": modes.KeyFile},
		"cert-missing":     {"ca.pem": modes.CA, "server-key.pem": modes.KeyFile},
		"key-empty":        {"ca.pem": modes.CA, "server-cert.pem": modes.CertFile, "server-key.pem": "key-empty"},
	} {
		got := modes.ServerFiles(flaw)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", flaw, diff)
		}
		args := []string{"--tlsverify", "--tlscacert=ca.pem", "--tlscert=server-cert.pem", "--tlskey=server-key.pem", "-H=tcp://h:1"}
		if _, err := modes.ResolveDockerd("29.7.0", args, nil, modes.Machine{Files: got}); (err != nil) != (flaw != "") {
			t.Errorf("%s: dockerd says %v", flaw, err)
		}
	}
}

func TestFamilies(t *testing.T) {
	t.Parallel()
	all := modes.Families()
	all[0] = "changed"
	if got := modes.Families()[0]; got != modes.FamilyDocker {
		t.Errorf("a caller changed the families of others: %s", got)
	}
	for _, e := range modes.Entries() {
		for f := range e.Want {
			if !slices.Contains(modes.Families(), f) {
				t.Errorf("%s wants something of %s", e.ID, f)
			}
		}
	}
}
