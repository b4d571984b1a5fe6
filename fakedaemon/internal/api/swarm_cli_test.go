package api

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/internal/dockercli"
)

// cliStep is a command line of docker and what it printed in the recordings, stderr after stdout. What differs from run to run is in
// braces; "!" before the output means that the command fails.
type cliStep struct{ command, want string }

var changingOutput = []struct {
	is   *regexp.Regexp
	word string
}{
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "{hex}"},
	{regexp.MustCompile(`SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}`), "{token}"},
	{regexp.MustCompile(`\b[0-9a-z]{25}\b`), "{id}"},
	{regexp.MustCompile(`(?m)^[0-9a-z]{12}\b|\b[0-9a-f]{12}\b`), "{short}"},
	{regexp.MustCompile(`(?:Less than a second|less than a second|\d+ seconds?) ago`), "{ago}"},
	{regexp.MustCompile(`SWMKEY-1-\S+`), "{key}"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 utc`), "{at}"},
	{regexp.MustCompile(`[ \t]+`), " "},
}

// runCLI runs commands of docker one after the other against an engine, on what prepare has added.
func runCLI(t *testing.T, engine, version string, prepare func(*testing.T, *state.State), steps []cliStep) {
	t.Helper()
	path := dockercli.Path(t, version)
	e := engineByName(t, engine)
	st := newStateOf(e, nil, nil)
	t.Cleanup(st.Close)
	prepare(t, st)
	srv := httptest.NewServer(New(Config{State: st, Engine: e, Host: Host{Name: "vm"}}))
	t.Cleanup(srv.Close)
	env := []string{"DOCKER_HOST=tcp://" + srv.Listener.Addr().String(), "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	for _, step := range steps {
		command, input, _ := strings.Cut(step.command, " < ")
		cmd := exec.Command(path, strings.Fields(command)...)
		cmd.Env, cmd.Stdin = env, strings.NewReader(input)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		got := string(out) + stderr.String()
		if err != nil {
			got = "!" + got
		}
		for _, c := range changingOutput {
			got = c.is.ReplaceAllString(got, c.word)
		}
		if d := cmp.Diff(strings.TrimPrefix(step.want, "\n"), strings.ReplaceAll(got, " \n", "\n")); d != "" {
			t.Errorf("docker %s (-want +got)\n%s", step.command, d)
		}
	}
}

// TestDockerSwarm has the commands of flow 24-swarm.
func TestDockerSwarm(t *testing.T) {
	t.Parallel()
	const notManager = "Error response from daemon: This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.\n"
	runCLI(t, "28", "28.5.2", func(t *testing.T, st *state.State) {
		must[state.Image](t)(st.AddImage(state.Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}}))
	}, []cliStep{
		{"node ls", "!" + notManager},
		{"swarm leave", "!Error response from daemon: This node is not part of a swarm\n"},
		{"swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:22377 --data-path-port 22789", `
Swarm initialized: current node ({id}) is now a manager.

To add a worker to this swarm, run the following command:

 docker swarm join --token {token} 127.0.0.1:22377

To add a manager to this swarm, run 'docker swarm join-token manager' and follow the instructions.
`},
		{"swarm init --advertise-addr 127.0.0.1", "!Error response from daemon: This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join another one.\n"},
		{"info --format {{.Swarm.LocalNodeState}},{{.Swarm.Nodes}},{{.Swarm.Cluster.DataPathPort}}", "active,1,22789\n"},
		{"node ls", "ID HOSTNAME STATUS AVAILABILITY MANAGER STATUS ENGINE VERSION\n{id} * vm Ready Active Leader 28.5.2\n"},
		{"node update --label-add x=y self", "!Error response from daemon: node self not found\n"},
		{"node update --label-add x=y vm", "vm\n"},
		{"node inspect self --format {{.Spec.Labels}}", "map[x:y]\n"},
		{"node ps", "ID NAME IMAGE NODE DESIRED STATE CURRENT STATE ERROR PORTS\n"},
		{"swarm join-token worker", "To add a worker to this swarm, run the following command:\n\n docker swarm join --token {token} 127.0.0.1:22377\n\n"},
		{"swarm join-token --rotate -q manager", "{token}\n"},
		{"swarm update --autolock", "Swarm updated.\nTo unlock a swarm manager after it restarts, run the `docker swarm unlock`\ncommand and provide the following key:\n\n {key}\n\nRemember to store this key in a password manager, since without it you\nwill not be able to restart the manager.\n"},
		{"swarm unlock < x", "!Error: swarm is not locked\n"},
		{"swarm update --autolock=false", "Swarm updated.\n"},
		{"service create -d --no-resolve-image --name sv1 --replicas 2 -e A=b --label l=m --mount type=volume,source=sv,target=/d bb:1 sleep 1000", "{id}\n"},
		{"service ls", "ID NAME MODE REPLICAS IMAGE PORTS\n{short} sv1 replicated 2/2 bb:1\n"},
		{"service ps sv1", "ID NAME IMAGE NODE DESIRED STATE CURRENT STATE ERROR PORTS\n{short} sv1.1 bb:1 vm Running Running {ago}\n{short} sv1.2 bb:1 vm Running Running {ago}\n"},
		{"ps --filter label=com.docker.swarm.service.name=sv1 --format {{.Image}},{{.Command}},{{.Mounts}}", "bb:1,\"sleep 1000\",sv\nbb:1,\"sleep 1000\",sv\n"},
		{"service scale -d sv1=1", "sv1 scaled to 1\n"},
		{"service update -d --env-add A=d --no-resolve-image sv1", "sv1\n"},
		{"service inspect --format {{.UpdateStatus.State}},{{.Spec.TaskTemplate.ContainerSpec.Env}},{{.Spec.TaskTemplate.ContainerSpec.StopGracePeriod}} sv1", "completed,[A=d],10s\n"},
		{"service create -d --no-resolve-image --name sv1 bb:1", "!Error response from daemon: rpc error: code = AlreadyExists desc = name conflicts with an existing object: service sv1 already exists\n"},
		{"service inspect nosuch", "![]\nError: no such service: nosuch\n"},
		{"service rm sv1 nosuch", "!sv1\nError response from daemon: service nosuch not found\n"},
		{"secret create sec1 - < s3cret", "{id}\n"},
		{"secret create sec1 - < s3cret", "!Error response from daemon: rpc error: code = AlreadyExists desc = secret sec1 already exists\n"},
		{"secret ls", "ID NAME DRIVER CREATED UPDATED\n{id} sec1 {ago} {ago}\n"},
		{"secret inspect sec1 --pretty", "ID: {id}\nName: sec1\nDriver:\nCreated at: {at}\nUpdated at: {at}\n"},
		{"secret rm sec1", "sec1\n"},
		{"secret rm sec1", "!Error response from daemon: secret sec1 not found\n"},
		{"config create cfg1 - < conf", "{id}\n"},
		{"config inspect cfg1 --format {{.Spec.Name}},{{.Spec.Data}}", "cfg1,[99 111 110 102]\n"},
		{"config rm cfg1", "cfg1\n"},
		{"network create -d overlay --attachable ov1", "{id}\n"},
		{"network ls --filter scope=swarm", "NETWORK ID NAME DRIVER SCOPE\n{short} ingress overlay swarm\n{short} ov1 overlay swarm\n"},
		{"run -d --network ov1 --name member bb:1 sleep 1000", "{hex}\n"},
		{"rm -f member", "member\n"},
		{"network rm ov1", "ov1\n"},
		{"swarm leave", "!Error response from daemon: You are attempting to leave the swarm on a node that is participating as a manager. Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message.\n"},
		{"swarm leave --force", "Node left the swarm.\n"},
		{"node ls", "!" + notManager},
		{"swarm join --token SWMTKN-1-bogus 127.0.0.1:22999", "!Error response from daemon: invalid join token\n"},
		{"plugin ls", "ID NAME DESCRIPTION ENABLED\n"},
		{"plugin enable nosuch", "!Error response from daemon: plugin \"nosuch\" not found\n"},
	})
}

// TestDockerNetworks has commands of the flows 15-networks and 16-volumes, and of system prune.
func TestDockerNetworks(t *testing.T) {
	t.Parallel()
	runCLI(t, "29", "29.7.2", sleepers, []cliStep{
		{"network create n1", "{hex}\n"},
		{"network create --subnet 172.31.8.0/24 --gateway 172.31.8.1 --ip-range 172.31.8.128/25 --aux-address x=172.31.8.5 --label a=b --internal n2", "{hex}\n"},
		{"network create --subnet 172.31.8.0/25 overlap", "!Error response from daemon: invalid pool request: Pool overlaps with other one on this address space\n"},
		{"network create -d bogus x", "!Error response from daemon: plugin \"bogus\" not found\n"},
		{"network connect --alias al --ip 172.31.8.200 n2 nc1", ""},
		{"network connect --ip 172.31.8.200 n2 nc2", ""},
		{"start nc2", "!Error response from daemon: failed to set up container networking: Address already in use\nfailed to start containers: nc2\n"},
		{"network rm n2", "!Error response from daemon: error while removing network: network n2 has active endpoints (name:\"nc1\" id:\"{short}\")\nexit status 1\n"},
		{"network ls --filter dangling=true --format {{.Name}}", "n1\n"},
		{"inspect -f {{.NetworkSettings.Networks.n2.IPAddress}},{{.NetworkSettings.Networks.n2.DNSNames}} nc1", "172.31.8.200,[nc1 al {short}]\n"},
		{"network disconnect n2 nc1", ""},
		{"network disconnect n2 nc1", "!Error response from daemon: container {hex} is not connected to network n2\n"},
		{"network prune -f", "Deleted Networks:\nn1\nn2\n\n"},
		{"volume create --label a=b v1", "v1\n"},
		{"volume create --driver nosuchdriver v3", "!Error response from daemon: create v3: error looking up volume plugin nosuchdriver: plugin \"nosuchdriver\" not found\n"},
		{"volume create -o type=nfs v3", "!Error response from daemon: create v3: missing required option: \"device\"\n"},
		{"run -d --name vc1 -v v1:/data -v /anonpath bb:1 sleep 1000", "{hex}\n"},
		{"volume rm -f v1", "!Error response from daemon: remove v1: volume is in use - [{hex}]\n"},
		{"rm -f vc1", "vc1\n"},
		{"volume prune -f", "Deleted Volumes:\n{hex}\n\nTotal reclaimed space: 0B\n"},
		{"volume prune -a -f --filter label=a=b", "Deleted Volumes:\nv1\n\nTotal reclaimed space: 0B\n"},
		{"volume rm v1", "!Error response from daemon: get v1: no such volume\n"},
	})
}
