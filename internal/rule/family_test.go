package rule_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/rule"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// TestResolveFromTheEnvironment has what clients.md, part 4, says beyond the cases of part 2.
func TestResolveFromTheEnvironment(t *testing.T) {
	t.Parallel()
	const host = "DOCKER_HOST=tcp://h:1 "
	on := func(mode rule.Mode, roots ...rule.Holds) rule.Endpoint {
		return rule.Endpoint{Host: "tcp://h:1", Mode: mode, Roots: roots}
	}
	at := func(host string, mode rule.Mode) rule.Endpoint { return rule.Endpoint{Host: host, Mode: mode} }
	for _, test := range []struct {
		family  string
		home    string
		env     string
		want    rule.Endpoint
		refuses outcome.Class
	}{
		{family: "docker-py", env: "", want: at("unix:///var/run/docker.sock", rule.Plain)},
		{family: "docker-py", env: host + "DOCKER_TLS=1", want: on(rule.Plain)},
		{family: "docker-py", env: host + "DOCKER_TLS_VERIFY=0", home: all, want: on(mutual, rule.CA)},
		{family: "docker-py", env: host + "DOCKER_TLS_VERIFY= DOCKER_CERT_PATH=zone1", want: on(unchecked)},
		{family: "docker-py", env: host + "DOCKER_CERT_PATH=zone1 DOCKER_TLS_VERIFY=1", want: on(mutual, rule.CA)},
		{family: "docker-py", env: host + "DOCKER_TLS_VERIFY=1", home: "ca.pem", refuses: outcome.ConfigBadMaterial},
		{family: "docker-py", env: "DOCKER_HOST=h:1", want: on(rule.Plain)},
		{family: "docker-py", env: "DOCKER_HOST=unix:///x.sock DOCKER_TLS_VERIFY=1", home: all, want: at("unix:///x.sock", rule.Plain)},
		{family: "docker-py", env: "DOCKER_HOST=unix:///x.sock DOCKER_TLS_VERIFY=1", refuses: outcome.ConfigBadMaterial},
		{family: "docker-py", env: "DOCKER_HOST=http://h:1 DOCKER_TLS_VERIFY=1", home: all, want: on(rule.Plain)},
		{family: "docker-py", env: "DOCKER_HOST=http://h:1 DOCKER_TLS_VERIFY=1", refuses: outcome.ConfigBadMaterial},

		{family: "dockerode", env: "", want: at("unix:///var/run/docker.sock", rule.Plain)},
		{family: "dockerode", env: host + "DOCKER_TLS_VERIFY=true DOCKER_CERT_PATH=zone1", want: on(rule.Plain)},
		{family: "dockerode", env: host + "DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=zone1", want: on(mutual, rule.CA)},
		{family: "dockerode", env: host + "DOCKER_TLS_VERIFY=1", home: all, want: on(verifying)},
		{family: "dockerode", env: "DOCKER_HOST=tcp://h:2376", want: at("tcp://h:2376", verifying)},
		{family: "dockerode", env: host + "DOCKER_CERT_PATH=none", refuses: outcome.ConfigMissingFile},
		{family: "dockerode", env: "DOCKER_HOST=tcp://h:port", refuses: outcome.ConfigUsage},
		{family: "dockerode", env: "DOCKER_HOST=unix:///x.sock DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=none", want: at("unix:///x.sock", rule.Plain)},

		{family: "go-dockerclient", env: "", want: at("unix:///var/run/docker.sock", rule.Plain)},
		{family: "go-dockerclient", env: host + "DOCKER_TLS=1 DOCKER_CERT_PATH=zone1", want: on(rule.Plain)},
		{family: "go-dockerclient", env: host + "DOCKER_TLS_VERIFY=0 DOCKER_CERT_PATH=zone1", want: on(mutual, rule.CA)},
		{family: "go-dockerclient", env: host + "DOCKER_TLS_VERIFY=1", home: "cert.pem key.pem", want: on(unchecked)},
		{family: "go-dockerclient", env: host + "DOCKER_TLS_VERIFY=1", home: "ca.pem cert.pem", want: on(verifying, rule.CA)},
		{family: "go-dockerclient", env: host + "DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=none", want: on(rule.TLS)},
		{family: "go-dockerclient", env: "DOCKER_HOST=h:1", want: on(rule.Plain)},
		{family: "go-dockerclient", env: "DOCKER_HOST=h:1 DOCKER_TLS_VERIFY=1", refuses: outcome.ConfigUsage},
		{family: "go-dockerclient", env: "DOCKER_HOST=unix:///x.sock DOCKER_TLS_VERIFY=1", home: all, want: at("unix:///x.sock", rule.Plain)},
	} {
		resolve := map[string]func(rule.Machine) (rule.Endpoint, error){
			"docker-py": rule.ResolveDockerPy, "dockerode": rule.ResolveDockerode, "go-dockerclient": rule.ResolveGoDockerClient,
		}[test.family]
		what := test.family + " " + test.env
		got, err := resolve(machine(test.home, test.env))
		if test.refuses != "" {
			wantRefusal(t, what, err, test.refuses)
			continue
		}
		test.want.Family, test.want.TLS12 = rule.ByName(test.family), test.family == "docker-py"
		if diff := cmp.Diff(test.want, got, sameFamily, cmpopts.IgnoreUnexported(rule.Endpoint{}), cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", what, err, diff)
		}
	}
}

// TestResolveKeepsTheFamily: the endpoint of a plain setting is that of the family and the host.
func TestResolveKeepsTheFamily(t *testing.T) {
	t.Parallel()
	const host = "tcp://h:1"
	for _, f := range rule.Families() {
		for _, s := range []rule.Setting{{Host: host}, {Host: host, Variables: true}} {
			got, err := f.Resolve(s, rule.Machine{Env: map[string]string{"DOCKER_HOST": host}})
			if err != nil || got.Family != f || got.Host != host || got.Mode != rule.Plain {
				t.Errorf("%s, %+v: %+v, %v", f.Name, s, got, err)
			}
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
		m := rule.Machine{Env: map[string]string{}, Files: rule.ClientFiles(test.flaw)}
		for family, want := range map[string]outcome.Class{
			"docker": test.docker, "curl": test.curl, "docker-py": test.py, "dockerode": test.node,
		} {
			var e rule.Endpoint
			var err error
			switch family {
			case "docker":
				e, err = rule.ResolveDocker("29.7.2", []string{"--tlsverify", "--tlscacert=ca.pem", "--tlscert=cert.pem", "--tlskey=key.pem", "-H=tcp://h:1"}, m)
			case "curl":
				e, err = rule.ResolveCurl([]string{"https://h:1/x", "--cacert", "ca.pem", "--cert", "cert.pem", "--key", "key.pem"}, m)
			case "docker-py":
				e, err = rule.ResolveDockerPyTLS("tcp://h:1", "ca.pem", "cert.pem", "key.pem", true, m)
			case "dockerode":
				e, err = rule.ResolveDockerodeOptions("tcp://h:1", "ca.pem", "cert.pem", "key.pem", m)
			}
			var got outcome.Class
			if r := (*rule.Refusal)(nil); errors.As(err, &r) {
				got = r.Outcome
			}
			if got != want || want == "" && e.Mode != mutual {
				t.Errorf("%s with %s: got %s (%v, %v), want %s", family, test.flaw, got, e, err, want)
			}
		}
	}
}

// TestServerFiles: a daemon's files have names of their own.
func TestServerFiles(t *testing.T) {
	t.Parallel()
	for flaw, want := range map[certgen.Flaw]map[string]rule.Holds{
		"":                 {"ca.pem": rule.CA, "server-cert.pem": rule.CertFile, "server-key.pem": rule.KeyFile},
		"daemonca-missing": {"server-cert.pem": rule.CertFile, "server-key.pem": rule.KeyFile},
		"daemonca-empty":   {"ca.pem": "daemonca-empty", "server-cert.pem": rule.CertFile, "server-key.pem": rule.KeyFile},
		"cert-missing":     {"ca.pem": rule.CA, "server-key.pem": rule.KeyFile},
		"key-empty":        {"ca.pem": rule.CA, "server-cert.pem": rule.CertFile, "server-key.pem": "key-empty"},
	} {
		got := rule.ServerFiles(flaw)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", flaw, diff)
		}
		args := []string{"--tlsverify", "--tlscacert=ca.pem", "--tlscert=server-cert.pem", "--tlskey=server-key.pem", "-H=tcp://h:1"}
		if _, err := rule.ResolveDockerd("29.7.0", args, nil, rule.Machine{Files: got}); (err != nil) != (flaw != "") {
			t.Errorf("%s: dockerd says %v", flaw, err)
		}
	}
}
