package tools

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/dockercli"
	"github.com/fakedockerd/fakedockerd/internal/testtool"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/conform"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// measured is what the clients did in front of a real dockerd 29 (clients.md, part 2): T is an answer over TLS or from a
// socket, P a plaintext answer from a plain daemon at the same address, F neither; * is not what the docker CLI does.
const measured = `
case                    docker moby go-dockerclient dockerode docker-py
ref-mtls                T      T    T               T         T
certpath-only           P      T*   P               P         T*
verify1-home            T      P*   T               F*        T
verify1-DOCKER_CONFIG   T      P*   F*              F*        F*
verify0                 T      T    T               P*        T
verify0-wrongca         F      F    F               P*        F
verify-false-wrongca    F      F    F               P*        F
verify-empty            P      T*   P               P         T*
verify-true             T      T    T               P*        T
tls1-home               T      P*   P*              P*        P*
tls1-certpath           T      T    P*              P*        T
tls1-wrongca            T      T    P*              P*        T
tls1-noca               F      T*   P*              F         T*
certpath-wrongca        P      T*   P               P         T*
wrongca                 F      F    F               F         F
caonly                  F      F    F               F         F
keymismatch             F      F    F               F         F
certpath-missing        F      F    F               F         F
client-expired          F      F    F               F         F
client-noeku            T      T    T               T         T
client-serverauth       F      F    F               F         F
client-otherca          F      F    F               F         F
https-scheme            F      T*   T*              T*        T*
no-scheme               T      F*   F*              T         T
trailing-slash          T      T    T               T         T
localhost               T      T    T               T         T
unix-verify1            T      F*   T               T         T
unix-verify1-nocerts    F      T*   T*              T*        F
srv-san-docker          F      F    F               F         F
srv-cn-only             F      F    F               F         T*
srv-expired             F      F    F               F         F
srv-clientauth-server   F      F    F               F         F
srv-docs                T      T    T               T         T
srvnv-expired           T      T    F*              F*        T
srvnv-san-docker        T      T    F*              F*        T
`

// beyond is what conform sees and those measurements do not: the srv and client cases were not tried on a plain
// daemon, the certificate with nothing but a common name was dialled by address, and the rest, of which the environments of
// careless users and system-ca are the last twenty-one, was not measured.
const beyond = `
case                    docker moby go-dockerclient dockerode docker-py docker/client dockertest compose-v1
verify1-noca            F      F    T*              F         F         F             T*         F
srv-cn-only             F      F    F               T*        T*        F             F          T*
srvnv-expired           T      T    P*              P*        T         T             F*         P*
srvnv-san-docker        T      T    P*              P*        T         T             F*         P*
certpath-only           P      T*   P               P         T*        T*            T*         P
verify1-home            T      P*   T               F*        T         P*            P*         T
verify1-DOCKER_CONFIG   T      P*   F*              F*        F*        P*            P*         F*
verify-empty            P      T*   P               P         T*        T*            T*         P
tls1-home               T      P*   P*              P*        P*        P*            P*         P*
tls1-certpath           T      T    P*              P*        T         T             T          P*
tls1-wrongca            T      T    P*              P*        T         T             F*         P*
tls1-noca               F      T*   P*              F         T*        T*            T*         P*
certpath-wrongca        P      T*   P               P         T*        T*            F*         P
https-scheme            F      T*   T*              T*        T*        T*            T*         T*
no-scheme               T      F*   F*              T         T         F*            T          T
unix-verify1            T      F*   T               T         T         F*            T          T
unix-verify1-nocerts    F      T*   T*              T*        F         T*            T*         F
ipv6                    T      T    T               T         T         T             T          T
ipv6-no-scheme          T      F*   F*              T         T         F*            T          T
ipv6-no-san             F      F    F               F         F         F             F          F
ipv6-no-san-unchecked   T      T    P*              P*        T         T             F*         P*
http-scheme             F      T*   T*              T*        P*        T*            P*         P*
upper-scheme            F      T*   T*              T*        T*        T*            T*         T*
userinfo                T      T    T               T         F*        T             T          F*
no-name                 T      F*   F*              F*        T         F*            F*         T
no-scheme-no-name       T      F*   F*              F*        T         F*            F*         T
no-port                 T      F*   F*              F*        F*        F*            F*         F*
no-scheme-no-port       T      F*   F*              F*        F*        F*            F*         F*
port-2376               P      P    P               F*        P         P             P          P
port-2376-plain         T      T    T               F*        T         T             T          T
certpath-stale          P      F*   P               F*        F*        F*            F*         F*
tls1-certpath-stale     F      F    P*              F         F         F             F*         F
certpath-stale-home     F      F    A*              F         F         F             A*         F
certpath-missing        F      F    A*              F         F         F             A*         F
caonly                  F      F*   F               F*        F*        F*            F          F*
certpath-empty-home     T      P*   T               F*        T         P*            P*         T
certpath-slash          T      T    T               T         T         T             T          T
certs-stale             F      F    F               F         F         F             F          F
unix-certpath-stale     T      F*   T               T         F*        F*            T          F*
system-ca               F      T*   F               F         F         T*            F          F
`

// table gives the letters of a table by client and case.
func table(text string) map[string]map[string]string {
	all := map[string]map[string]string{}
	var head []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		fields := strings.Fields(line)
		if head == nil {
			head = fields
			continue
		}
		for i, letter := range fields[1:] {
			client := head[i+1]
			if all[client] == nil {
				all[client] = map[string]string{}
			}
			all[client][fields[0]] = letter
		}
	}
	return all
}

// expected is what conform has to find of a client: as measured and, where that was not, as the docker CLI.
func expected(client string) map[string]string {
	want := map[string]string{}
	for _, from := range []map[string]string{table(measured)["docker"], table(measured)[client], table(beyond)[client]} {
		for name, letter := range from {
			want[name] = letter
		}
	}
	for name := range want {
		if !exists("env/" + name) {
			delete(want, name)
		}
	}
	return want
}

func exists(id string) bool {
	return slices.ContainsFunc(conform.Entries(), func(e modes.Entry) bool { return e.ID == id })
}

// letter is what the tables call what a client did.
func letter(g conform.Got) string {
	text := "F"
	switch {
	case g.Plain == outcome.OK, g.Outcome == outcome.HTTPToHTTPS:
		text = "P"
	case g.Outcome == outcome.OK:
		text = "T"
	case g.Impostor == outcome.OK:
		text = "A"
	}
	if g.Verdict != conform.Ok {
		text += "*"
	}
	return text
}

// clients are the programs, by the name of their column, with the family of those that the matrix knows.
var clients = []struct {
	name    string
	family  modes.Family
	command func(t *testing.T) []string
}{
	{"docker", modes.FamilyDocker, func(t *testing.T) []string { return []string{dockercli.Path(t, "28.5.2"), "version"} }},
	{"moby", modes.FamilyGoClient, built("moby")},
	{"docker/client", modes.FamilyGoClient, built("sdk")},
	{"go-dockerclient", modes.FamilyGoDockerClient, built("fsouza")},
	{"dockertest", "", built("dockertest")},
	{"dockerode", modes.FamilyDockerode, dockerode},
	{"docker-py", modes.FamilyDockerPy, dockerPy},
	{"compose-v1", "", composeV1},
}

// built builds a program of this module.
func built(name string) func(t *testing.T) []string {
	return func(t *testing.T) []string {
		t.Helper()
		program := filepath.Join(t.TempDir(), name)
		output(t, exec.Command(testtool.Need(t, "go"), "build", "-o", program, "./"+name))
		return []string{program}
	}
}

func output(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

func dockerode(t *testing.T) []string {
	t.Helper()
	node, npm := testtool.Need(t, "node"), testtool.Need(t, "npm")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "fakedockerd", "dockerode-5.0.1")
	module := filepath.Join(dir, "node_modules", "dockerode")
	if _, err := os.Stat(filepath.Join(module, "package.json")); err != nil {
		output(t, exec.Command(npm, "install", "--prefix", dir, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "dockerode@5.0.1"))
	}
	return []string{node, "-e", fmt.Sprintf(`new (require(%q))().version().then(v => console.log(v.Version)).catch(e => {
		console.error(e.code || "", e.message);
		process.exit(1);
	})`, module)}
}

func dockerPy(t *testing.T) []string {
	t.Helper()
	// Other versions do other things.
	const wanted = "import docker; assert docker.__version__.startswith('5.0.'), docker.__version__"
	const program = "import docker; print(docker.from_env(version='1.41', timeout=10).version()['Version'])"
	for _, python := range []string{"/usr/bin/python3", testtool.Need(t, "python3")} {
		if exec.Command(python, "-c", wanted).Run() == nil {
			return []string{python, "-c", program}
		}
	}
	if os.Getenv(testtool.RequireEnv) != "" {
		t.Fatalf("python3 has no docker 5.0 and %s is set", testtool.RequireEnv)
	}
	t.Skip("python3 has no docker 5.0")
	return nil
}

func composeV1(t *testing.T) []string {
	t.Helper()
	compose := testtool.Need(t, "docker-compose")
	file := filepath.Join(t.TempDir(), "docker-compose.yml")
	if err := os.WriteFile(file, []byte("version: '3'\nservices:\n  one:\n    image: busybox\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{compose, "-f", file, "ps"}
}

var all = flag.Bool("all", false, "try every client on every entry, not on a few")

// try puts a client in front of all entries or, without -all, of one in four of those that quick matches.
func try(t *testing.T, c conform.Client, quick string) *conform.Report {
	t.Helper()
	o := &conform.Options{Clients: []conform.Client{c}}
	if !*all {
		o.Filter, o.Shard = regexp.MustCompile(quick), conform.Shard{Count: 4}
	}
	r, err := conform.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestClients holds what the clients are found to do against what was measured and what is explained.
func TestClients(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and runs many programs")
	}
	explained := deviations(t)
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			client, err := conform.Command(conform.Tool{Name: c.name, Command: c.command(t)})
			if err != nil {
				t.Fatal(err)
			}
			r := try(t, client, "^env/")
			want, got := map[string]string{}, map[string]string{}
			letters := expected(c.name)
			for _, e := range r.Entries {
				if name, ok := strings.CutPrefix(e.ID, "env/"); ok {
					want[name], got[name] = letters[name], letter(e.Got[c.name])
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what the client does (-measured +found):\n%s", diff)
			}
			compare(t, r, c.name, explained[c.name])
		})
	}
}

// TestTable holds the table of the environments in docs/clients.md against what the clients are held to.
func TestTable(t *testing.T) {
	letters := map[string]map[string]string{}
	for _, c := range clients {
		letters[c.name] = expected(c.name)
	}
	testtool.Generated(t, "../../../docs/clients.md", "clients", markdown(letters))
}

// TestCurl does the same with curl, which is told by its arguments.
func TestCurl(t *testing.T) {
	curl := testtool.Need(t, "curl")
	modes := map[modes.Client][]string{}
	for mode, args := range curlArgs {
		modes[mode] = append([]string{curl}, strings.Fields(args)...)
	}
	client, err := conform.Command(conform.Tool{Name: "curl", Modes: modes})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, try(t, client, "/flags(/server:s|$)"), "curl", deviations(t)["curl"])
}

var curlArgs = map[modes.Client]string{
	modes.ClientPlain:     "-i http://{addr}/version",
	modes.ClientTLS:       "-i --insecure https://{addr}/version",
	modes.ClientTLSCert:   "-i --insecure --cert {cert} --key {key} https://{addr}/version",
	modes.ClientTLSVerify: "-i --cacert {ca} https://{addr}/version",
	modes.ClientMutual:    "-i --cacert {ca} --cert {cert} --key {key} https://{addr}/version",
}

// compare holds the deviations that a run finds against those that are explained.
func compare(t *testing.T, r *conform.Report, client string, explained map[string]conform.Verdict) {
	t.Helper()
	want, got := map[string]conform.Verdict{}, map[string]conform.Verdict{}
	count := 0
	for _, e := range r.Entries {
		if v, ok := explained[e.ID]; ok {
			want[e.ID] = v
		}
		if e.Got[client].Verdict != conform.Skipped {
			count++
		}
	}
	for _, d := range r.Deviations() {
		got[d.ID] = d.Verdict
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deviations (-explained +found):\n%s", diff)
		for _, d := range r.Deviations() {
			if want[d.ID] != d.Verdict {
				t.Log(d)
			}
		}
	}
	t.Logf("%d entries tried, %d deviations", count, len(got))
}

// A member is a client of a family that the matrix knows.
type member struct {
	conform.Client
	family modes.Family
}

func (m member) Family() modes.Family { return m.family }

// TestFamilies holds the rule against the clients whose families it knows, told by the environment.
func TestFamilies(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and runs many programs")
	}
	for _, c := range clients {
		if c.family == "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			client, err := conform.Command(conform.Tool{Name: c.name, Command: c.command(t)})
			if err != nil {
				t.Fatal(err)
			}
			r := try(t, member{client, c.family}, "^env/|/env/client:(ca|key)-")
			for _, d := range r.Deviations() {
				t.Error(d)
			}
			t.Log(r.Count())
		})
	}
}

// markdown is the table of what clients do in each environment.
func markdown(letters map[string]map[string]string) string {
	var b strings.Builder
	b.WriteString("| entry |")
	for _, c := range clients {
		b.WriteString(" " + c.name + " |")
	}
	b.WriteString("\n|" + strings.Repeat(" --- |", len(clients)+1) + "\n")
	deviations := map[string]int{}
	for _, e := range conform.Entries() {
		name, ok := strings.CutPrefix(e.ID, "env/")
		if !ok {
			continue
		}
		b.WriteString("| `" + e.ID + "` |")
		for _, c := range clients {
			l := letters[c.name][name]
			if strings.HasSuffix(l, "*") {
				deviations[c.name]++
				l = "**" + strings.TrimSuffix(l, "*") + "**"
			}
			b.WriteString(" " + l + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("| deviations |")
	for _, c := range clients {
		fmt.Fprintf(&b, " %d |", deviations[c.name])
	}
	b.WriteString("\n")
	return b.String()
}
