package reference

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/modes"
)

// load returns the recordings, and the daemons by key.
func load(t *testing.T) (*Data, map[string]Daemon) {
	t.Helper()
	d, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	daemons := map[string]Daemon{}
	for _, one := range d.Daemons {
		daemons[one.Key] = one
	}
	return d, daemons
}

// fileConditions are the conditions that are about files rather than certificates.
var fileConditions = []string{
	"all-missing", "ca-missing", "cert-missing", "key-missing", "ca-empty", "cert-empty", "key-empty",
	"ca-garbage", "cert-garbage", "key-garbage", "ca-other",
}

// flaw is the name that the rule has for a condition of the recordings. ok is false for the conditions that it does not know.
func flaw(condition string) (name string, ok bool) {
	switch condition {
	case "", "good", "good (SAN has no ::1)":
		return "", true
	case "eku-client", "eku-server":
		return "wrong-usage", true
	case "expired", "not-yet-valid", "other-ca", "other-ca-same-subject", "wrong-hostname", "self-signed", "cn-only":
		return condition, true
	}
	return "", slices.Contains(fileConditions, condition)
}

// fill puts an address and a socket in the place of {host} and {sock}. The other placeholders name files, which the rule
// knows by these names.
func fill(inv Invocation, args ...string) []string {
	name := inv.TargetName
	if name == "" {
		name = "127.0.0.1"
	}
	out := slices.Clone(args)
	for i, arg := range out {
		out[i] = strings.NewReplacer("{host}", name+":2376", "{sock}", "/run/docker.sock").Replace(arg)
	}
	return out
}

// put says that a folder holds the files of a client, or those of them that are named.
func put(files map[string]modes.Holds, dir string, ca modes.Holds, names ...string) {
	for _, name := range names {
		files[path.Join(dir, name)] = map[string]modes.Holds{"ca.pem": ca, "cert.pem": modes.CertFile, "key.pem": modes.KeyFile}[name]
	}
}

// clientMachine is what the recordings' client found around it.
func clientMachine(inv Invocation) modes.Machine {
	m := modes.Machine{
		Home: "{home}",
		Env:  map[string]string{},
		Files: map[string]modes.Holds{
			"{ca}": modes.CA, "{otherca}": modes.OtherCA, "{cert}": modes.CertFile, "{key}": modes.KeyFile,
			"{pki}/empty.pem": modes.Nothing, "{pki}/certdir-good/ca.pem": modes.CA,
		},
	}
	put(m.Files, "{dir}", modes.CA, "ca.pem", "cert.pem", "key.pem")
	put(m.Files, "{pki}/cli-ca-other", modes.OtherCA, "ca.pem", "cert.pem", "key.pem")
	put(m.Files, "{home}/.docker", modes.CA, map[string][]string{
		"home-good":         {"ca.pem", "cert.pem", "key.pem"},
		"home-ca-only":      {"ca.pem"},
		"home-certkey-only": {"cert.pem", "key.pem"},
	}[inv.Home]...)
	for k, v := range inv.Env {
		m.Env[k] = fill(inv, v)[0]
	}
	spoil(m.Files, inv.ClientCert, map[string][]string{
		"ca": {"{ca}", "{dir}/ca.pem"}, "cert": {"{cert}", "{dir}/cert.pem"}, "key": {"{key}", "{dir}/key.pem"},
	})
	if inv.Setup != nil { // context create NAME --docker FIELDS
		m.Contexts = map[string]string{inv.Setup[2]: fill(inv, inv.Setup[4])[0]}
	}
	return m
}

// spoil does what the condition says to the files of one side, given by "ca", "cert" and "key".
func spoil(files map[string]modes.Holds, condition string, paths map[string][]string) {
	name, what, _ := strings.Cut(condition, "-")
	holds := modes.Nothing
	spoiled := paths[name]
	switch {
	case condition == "all-missing":
		spoiled = slices.Concat(paths["ca"], paths["cert"], paths["key"])
	case condition == "ca-other":
		holds = modes.OtherCA
	case !slices.Contains(fileConditions, condition):
		return
	}
	for _, path := range spoiled {
		files[path] = holds
		if what == "missing" {
			delete(files, path)
		}
	}
}

// endpoint resolves the client of the recordings.
func endpoint(inv Invocation) (modes.Endpoint, error) {
	m, args := clientMachine(inv), fill(inv, inv.Args...)
	program, version, _ := strings.Cut(inv.Client, " ")
	switch program {
	case "docker-cli":
		return modes.ResolveDocker(version, args, m)
	case "curl":
		return modes.ResolveCurl(args, m)
	case "go":
		return goEndpoint(args, m)
	}
	return modes.Endpoint{}, fmt.Errorf("there is no rule for %s", program)
}

// goEndpoint resolves the recordings' Go program: OPTION COMMAND HOST CA CERT KEY, "-" for what is left out.
func goEndpoint(args []string, m modes.Machine) (modes.Endpoint, error) {
	host, ca, cert, key := args[2], args[3], args[4], args[5]
	dash := func(s string) string { return strings.TrimPrefix(s, "-") }
	e := modes.Endpoint{Host: host, Mode: modes.ClientPlain, Family: modes.FamilyGo}
	switch args[0] {
	case "FromEnv", "FromEnv+negotiate":
		return modes.ResolveFromEnv(m)
	case "WithHost", "WithTLSClientConfig+scheme-http":
		return e, nil
	case "WithTLSClientConfigFromEnv":
		if strings.HasPrefix(host, "unix://") {
			// The option replaces the transport that knows the socket.
			return e, &modes.Refusal{Outcome: modes.TLSOverUnixFails}
		}
		env, err := modes.ResolveFromEnv(m)
		env.Host = host
		return env, err
	case "WithScheme-https", "WithTLSClientConfig", "WithTLSClientConfig-before-WithHost":
		return modes.ResolveTLSClientConfig(host, dash(ca), dash(cert), dash(key), m)
	}
	return e, fmt.Errorf("there is no rule for option %s", args[0])
}

// listeners resolves the daemon of the recordings.
func listeners(version string, d Daemon, inv Invocation) ([]modes.Listener, error) {
	m := modes.Machine{Home: "{daemonhome}", Env: map[string]string{}, Files: map[string]modes.Holds{
		"{ca}": modes.CA, "{server-cert}": modes.CertFile, "{server-key}": modes.KeyFile,
	}}
	spoil(m.Files, inv.ServerCert, map[string][]string{"cert": {"{server-cert}"}, "key": {"{server-key}"}})
	switch letter, _, _ := strings.Cut(d.Mode, " "); letter {
	case "none":
		return nil, nil
	case "c-home":
		m.Files["{daemonhome}/.docker/ca.pem"] = modes.CA
	case "c-json-systempool":
		m.Env["SSL_CERT_FILE"] = "{ca}"
	}
	args := fill(inv, d.Args...)
	if file, ok := strings.CutPrefix(args[0], "JSON:"); ok {
		return modes.ResolveDockerd(version, nil, []byte(file), m)
	}
	return modes.ResolveDockerd(version, args, nil, m)
}

// outcome applies the rule to one row of the recordings.
func outcome(version string, d Daemon, inv Invocation) (modes.Outcome, string, error) {
	ls, err := listeners(version, d, inv)
	var e modes.Endpoint
	if err == nil {
		e, err = endpoint(inv)
	}
	if r := (*modes.Refusal)(nil); errors.As(err, &r) {
		return r.Outcome, r.Why, nil
	}
	if err != nil {
		return "", "", err
	}
	server, _ := flaw(inv.ServerCert)
	client, _ := flaw(inv.ClientCert)
	at := slices.IndexFunc(ls, func(l modes.Listener) bool {
		return strings.HasPrefix(l.Host, "unix://") == strings.HasPrefix(e.Host, "unix://")
	})
	var l *modes.Listener
	if at >= 0 {
		l = &ls[at]
		// What the recordings' certificates are for.
		l.Names = []string{"docker.example.test", "127.0.0.1"}
		if server == "cn-only" {
			l.Names = []string{"docker.example.test"}
		}
	}
	o, why := modes.Meet(l, e, modes.Material{Server: server, Client: client})
	return o, why, nil
}
