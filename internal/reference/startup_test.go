package reference

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/rule"
)

// notResolved are the starts that do not end by configuration, each with its why.
var notResolved = map[string]string{
	"-H tcp://nonexistent.invalid:PORT":                           "the name does not resolve",
	"-H tcp://docker.example.test:PORT (/etc/hosts -> 127.0.0.1)": "the name resolves",
	"-H PORT (digits only)":                                       "the name does not resolve",
	"-H tcp://10.255.0.1:PORT (address not on this machine)":      "the address is another machine's",
	"-H unix:///missing/dir/x.sock":                               "the folder does not exist",
	"localhost:PORT and 127.0.0.1:PORT":                           "the port is in use by the daemon itself",
	"json: --config-file names a missing file":                    "the rule is given the file, not its name",
	"json: unknown key":                                           "the rule knows the keys about hosts and TLS alone",
}

// TestStartups holds what the rule says about dockerd's configuration against what dockerd did.
func TestStartups(t *testing.T) {
	t.Parallel()
	d, _ := load(t)
	tried := 0
	for _, s := range d.Startups {
		passed := activated(s.Around)
		if s.Around != "" && passed == nil || notResolved[s.Case] != "" || slices.Contains(s.Args, "--validate") {
			continue
		}
		for version, listens := range s.Listens {
			if version == "20.10.24" && (s.Case == "-H tcp://127.0.0.1:0" || s.Case == "-H tcp://::1:PORT (no brackets)") {
				continue // a port that nobody knows, a name that does not resolve
			}
			tried++
			checkStartup(t, version, s, listens)
		}
	}
	t.Logf("%d tried", tried)
}

// activated returns the sockets from systemd of a start such as "unix:{sock},tcp:{host}", nil if there was none.
func activated(around string) []string {
	var hosts []string
	for socket := range strings.SplitSeq(around, ",") {
		network, addr, ok := strings.Cut(socket, ":")
		if !ok || network != "unix" && network != "tcp" {
			return nil
		}
		hosts = append(hosts, network+"://"+addr)
	}
	return hosts
}

func checkStartup(t *testing.T, version string, s Startup, listens []string) {
	t.Helper()
	fill := strings.NewReplacer("{host}", "127.0.0.1:2399", "{port}", "2399", "{port2}", "2398", "{sock}", "/run/x.sock").Replace
	m := rule.Machine{Home: "{pki}/home-empty", Env: s.Env, Files: map[string]rule.Holds{
		"{dir}/ca.pem": rule.CA, "{dir}/server-cert.pem": rule.CertFile, "{dir}/server-key.pem": rule.KeyFile,
		"{defdir}/ca.pem": rule.CA, "{defdir}/cert.pem": rule.CertFile, "{defdir}/key.pem": rule.KeyFile,
		"{defhome}/.docker/ca.pem": rule.CA, "{defhome}/.docker/cert.pem": rule.CertFile, "{defhome}/.docker/key.pem": rule.KeyFile,
	}}
	if home := s.Env["HOME"]; home != "" {
		m.Home = home
	}
	for _, host := range activated(s.Around) {
		m.Activated = append(m.Activated, fill(host))
	}
	args := slices.Clone(s.Args)
	for i := range args {
		args[i] = fill(args[i])
	}
	var file []byte
	if s.JSON != nil {
		file = []byte(fill(*s.JSON))
	}
	ls, err := rule.ResolveDockerd(version, args, file, m)
	if r := (*rule.Refusal)(nil); err != nil && !errors.As(err, &r) {
		t.Errorf("%s: %s: %v is no refusal", version, s.Case, err)
	}
	if (err == nil) != (listens != nil) {
		t.Errorf("%s: %s: %q env %v json %s: got %v, want %q", version, s.Case, args, s.Env, file, err, listens)
		return
	}
	got, want := map[string]string{}, map[string]string{}
	for _, l := range ls {
		proto, addr, _ := strings.Cut(l.Host, "://")
		addr = strings.NewReplacer("localhost", "127.0.0.1", "0.0.0.0", "*", "[::]", "*").Replace(addr)
		if proto == "unix" {
			got[proto+" "+addr] = ""
			continue
		}
		got[proto+" "+addr] = map[rule.Mode]string{
			rule.Plain: "plain http", rule.TLS: "tls, no client certificate demanded", rule.TLS | rule.Verifies: "tls, client certificate demanded",
		}[l.Mode]
	}
	for _, listen := range listens {
		addr, protocol, _ := strings.Cut(fill(listen), ": ")
		want[addr] = protocol
		if protocol == "" || strings.HasPrefix(protocol, "not probed") {
			want[addr] = got[addr]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s: %q env %v json %s: (-want +got)\n%s", version, s.Case, args, s.Env, file, diff)
	}
}
