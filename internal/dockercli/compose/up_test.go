package compose

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

const shop = `name: shop
services:
  db:
    image: db:1
    healthcheck: {test: [CMD, "true"], interval: 100ms}
    volumes: ["data:/data"]
    networks: [back]
  web:
    image: web:1
    depends_on: {db: {condition: service_healthy}}
    ports: ["8080:80"]
    networks: [back]
volumes: {data: {}}
networks: {back: {}}
`

// project is a folder with a compose file, and the daemon that it is brought up in.
type project struct {
	t       *testing.T
	d       *fakedaemon.Daemon
	compose string
	dir     string
}

// run runs compose, which must end with exit code 0.
func (p *project) run(args ...string) (stdout, stderr string) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), p.compose, args...)
	cmd.Dir = p.dir
	cmd.Env = append([]string{"HOME=" + p.dir, "PATH=" + os.Getenv("PATH")}, p.d.Env()...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		p.t.Fatalf("compose %s: %v\n%s%s\n%s", strings.Join(args, " "), err, &out, &errs, p.d.Requests())
	}
	return out.String(), errs.String()
}

// TestUp brings a project of two services up, looks at it, and takes it down.
func TestUp(t *testing.T) {
	if testing.Short() {
		t.Skip("building docker compose takes minutes")
	}
	t.Parallel()
	compose := build(t)
	for _, mode := range []modes.Daemon{modes.Unix, modes.TLSVerify} {
		for _, engine := range []fakedaemon.Engine{fakedaemon.Engine20, fakedaemon.Engine28, fakedaemon.Engine29} {
			t.Run(string(mode)+"/"+string(engine), func(t *testing.T) {
				t.Parallel()
				p := &project{t, fakedaemon.Start(t, &fakedaemon.Options{Mode: mode, Engine: engine}), compose, t.TempDir()}
				if err := os.WriteFile(filepath.Join(p.dir, "compose.yaml"), []byte(shop), 0o600); err != nil {
					t.Fatal(err)
				}
				p.d.AddImage(fakedaemon.Image{Tags: []string{"db:1"}, Cmd: []string{"serve"}})
				p.d.AddImage(fakedaemon.Image{Tags: []string{"web:1"}, Cmd: []string{"serve"}, Expose: []string{"80/tcp"}})
				p.up()
				p.list()
				p.again()
				p.stop()
				p.down()
			})
		}
	}
}

func (p *project) up() {
	_, said := p.run("--progress", "plain", "up", "-d")
	p.same("up", []string{
		"Container shop-db-1 Created", "Container shop-db-1 Creating", "Container shop-db-1 Healthy", "Container shop-db-1 Started",
		"Container shop-db-1 Starting", "Container shop-db-1 Waiting",
		"Container shop-web-1 Created", "Container shop-web-1 Creating", "Container shop-web-1 Started", "Container shop-web-1 Starting",
		"Network shop_back Created", "Network shop_back Creating", "Volume shop_data Created", "Volume shop_data Creating",
	}, lines(said))
	p.same("networks", []string{"back"}, p.labelled("/networks", "com.docker.compose.network"))
	p.same("volumes", []string{"data"}, p.labelled("/volumes", "com.docker.compose.volume"))
	p.same("containers", []string{"db", "web"}, p.labelled("/containers/json", "com.docker.compose.service"))
}

// listed is what ps tells of a container.
type listed struct {
	Name, Service, State, Health, Image string
	ExitCode                            int
	Publishers                          []publisher
}

type publisher struct {
	URL                       string
	TargetPort, PublishedPort int
	Protocol                  string
}

func (p *project) list() {
	out, _ := p.run("ps", "-a", "--format", "json")
	var got []listed
	for d := json.NewDecoder(strings.NewReader(out)); d.More(); {
		var one listed
		if err := d.Decode(&one); err != nil {
			p.t.Fatalf("ps: %v in %s", err, out)
		}
		got = append(got, one)
	}
	slices.SortFunc(got, func(a, b listed) int { return strings.Compare(a.Name, b.Name) })
	p.same("ps -a", []listed{
		{Name: "shop-db-1", Service: "db", State: "running", Health: "healthy", Image: "db:1", Publishers: []publisher{}},
		{Name: "shop-web-1", Service: "web", State: "running", Image: "web:1", Publishers: []publisher{{"0.0.0.0", 80, 8080, "tcp"}, {"::", 80, 8080, "tcp"}}},
	}, got)
	out, _ = p.run("ps", "--format", "{{.Name}} {{.Ports}}")
	p.same("ps", []string{"shop-db-1", "shop-web-1 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"}, lines(out))
	out, _ = p.run("ls", "--format", "json")
	p.same("ls", `[{"Name":"shop","Status":"running(2)","ConfigFiles":"`+filepath.Join(p.dir, "compose.yaml")+`"}]`, strings.TrimSpace(out))
	out, _ = p.run("images", "--format", "json")
	var images []struct{ ContainerName, Repository, Tag, Platform string }
	if err := json.Unmarshal([]byte(out), &images); err != nil {
		p.t.Fatalf("images: %v in %s", err, out)
	}
	var of []string
	for _, i := range images {
		of = append(of, i.ContainerName+" "+i.Repository+":"+i.Tag+" "+i.Platform)
	}
	slices.Sort(of)
	p.same("images", []string{"shop-db-1 db:1 linux/amd64", "shop-web-1 web:1 linux/amd64"}, of)
}

func (p *project) again() {
	before := len(p.d.Requests())
	_, said := p.run("--progress", "plain", "up", "-d")
	p.same("the second up", []string{
		"Container shop-db-1 Healthy", "Container shop-db-1 Running", "Container shop-db-1 Waiting", "Container shop-web-1 Running",
	}, lines(said))
	for _, r := range p.d.Requests()[before:] {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			p.t.Errorf("the second up changes something: %s %s", r.Method, r.Path)
		}
	}
}

func (p *project) stop() {
	_, said := p.run("--progress", "plain", "stop")
	p.same("stop", []string{
		"Container shop-db-1 Stopped", "Container shop-db-1 Stopping", "Container shop-web-1 Stopped", "Container shop-web-1 Stopping",
	}, lines(said))
	out, _ := p.run("ps", "-a", "--format", "{{.Name}} {{.State}} {{.ExitCode}}")
	p.same("ps -a", []string{"shop-db-1 exited 0", "shop-web-1 exited 0"}, lines(out))
	out, _ = p.run("ps", "--quiet")
	p.same("ps", "", out)
}

func (p *project) down() {
	_, said := p.run("--progress", "plain", "down", "-v")
	p.same("down", []string{
		"Container shop-db-1 Removed", "Container shop-db-1 Removing", "Container shop-db-1 Stopped", "Container shop-db-1 Stopping",
		"Container shop-web-1 Removed", "Container shop-web-1 Removing", "Container shop-web-1 Stopped", "Container shop-web-1 Stopping",
		"Network shop_back Removed", "Network shop_back Removing", "Volume shop_data Removed", "Volume shop_data Removing",
	}, lines(said))
	p.same("networks", []string{}, p.labelled("/networks", "com.docker.compose.network"))
	p.same("volumes", []string{}, p.labelled("/volumes", "com.docker.compose.volume"))
	p.same("containers", []string{}, p.labelled("/containers/json?all=1", "com.docker.compose.service"))
}

// lines sorts the lines of a text, with single spaces: what compose does at once it says in any order.
func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		all = append(all, strings.Join(strings.Fields(line), " "))
	}
	slices.Sort(all)
	return all
}

func (p *project) same(what string, want, got any) {
	p.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// labelled are the sorted values of a label on what the daemon lists at path.
func (p *project) labelled(path, label string) []string {
	p.t.Helper()
	response, err := p.d.HTTPClient().Get("http://docker" + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	type object struct{ Labels map[string]string }
	var list []object
	if strings.HasPrefix(path, "/volumes") {
		var volumes struct{ Volumes []object }
		err = json.NewDecoder(response.Body).Decode(&volumes)
		list = volumes.Volumes
	} else {
		err = json.NewDecoder(response.Body).Decode(&list)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	found := []string{}
	for _, one := range list {
		if v, ok := one.Labels[label]; ok {
			found = append(found, v)
		}
	}
	slices.Sort(found)
	return found
}
