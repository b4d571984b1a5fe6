// Package testcontainers runs testcontainers-go against a fakedaemon.
package testcontainers

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
	tcexec "github.com/testcontainers/testcontainers-go/exec"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/modes"
)

// childEnv makes the test binary a program that uses testcontainers-go: that reads the environment once per process.
const childEnv = "FAKEDOCKERD_TESTCONTAINERS_CHILD"

// imageEnv is the image that the child has to pull.
const imageEnv = "FAKEDOCKERD_TESTCONTAINERS_IMAGE"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	got, err := child(context.Background())
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(got)
}

// answers are what testcontainers-go told.
type answers struct {
	Service, Job, Pulled state
	Published            bool // the service's port has one on the host
	Logs, Said, Copied   string
	Networks             []string
	Gone                 bool // the service is not there in the end
}

type state struct {
	Name, Status, Health, Image string
	ExitCode                    int
}

func child(ctx context.Context) (a answers, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	back, err := network.New(ctx, network.WithLabels(map[string]string{"of": "test"}))
	if err != nil {
		return a, err
	}
	service, err := testcontainers.Run(ctx, "app:1", testcontainers.WithName("service"), testcontainers.WithExposedPorts("80/tcp"),
		testcontainers.WithEnv(map[string]string{"A": "B"}), network.WithNetwork([]string{"www"}, back),
		testcontainers.WithConfigModifier(func(c *container.Config) {
			c.Healthcheck = &container.HealthConfig{Test: []string{"CMD", "true"}, Interval: 50 * time.Millisecond}
		}),
		testcontainers.WithFiles(testcontainers.ContainerFile{Reader: strings.NewReader("a = b\n"), ContainerFilePath: "/etc/app.conf", FileMode: 0o644}),
		testcontainers.WithWaitStrategy(wait.ForLog("ready to serve"), wait.ForHealthCheck()))
	if err != nil {
		return a, err
	}
	if a.Service, err = inspect(ctx, service); err != nil {
		return a, err
	}
	port, err := service.MappedPort(ctx, "80/tcp")
	if err != nil {
		return a, err
	}
	a.Published = port.Num() != 0
	if err := a.readService(ctx, service); err != nil {
		return a, err
	}
	networks, err := service.Networks(ctx)
	if err != nil {
		return a, err
	}
	for _, name := range networks {
		a.Networks = append(a.Networks, strings.Replace(name, back.Name, "back", 1))
	}
	slices.Sort(a.Networks)
	job, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{
		Started: true,
		ContainerRequest: testcontainers.ContainerRequest{
			Name: "job", Image: "app:1", Cmd: []string{"sh", "-c", "exit 3"}, WaitingFor: wait.ForExit(),
		},
	})
	if err != nil {
		return a, err
	}
	if a.Job, err = inspect(ctx, job); err != nil {
		return a, err
	}
	pulled, err := testcontainers.Run(ctx, os.Getenv(imageEnv), testcontainers.WithName("pulled"))
	if err != nil {
		return a, err
	}
	if a.Pulled, err = inspect(ctx, pulled); err != nil {
		return a, err
	}
	if err := service.Stop(ctx, nil); err != nil {
		return a, err
	}
	for _, c := range []testcontainers.Container{service, job, pulled} {
		if err := c.Terminate(ctx); err != nil {
			return a, err
		}
	}
	if err := back.Remove(ctx); err != nil {
		return a, err
	}
	_, err = service.Inspect(ctx)
	a.Gone = err != nil && strings.Contains(err.Error(), "No such container")
	return a, nil
}

// readService reads what the service has printed, what a command beside it prints and a file.
func (a *answers) readService(ctx context.Context, service testcontainers.Container) error {
	logs, err := service.Logs(ctx)
	if err != nil {
		return err
	}
	if a.Logs, err = readAll(logs); err != nil {
		return err
	}
	code, out, err := service.Exec(ctx, []string{"sh", "-c", "cat /etc/app.conf; echo $A >&2; exit 4"}, tcexec.Multiplexed())
	if err != nil {
		return err
	}
	said, err := io.ReadAll(out)
	if err != nil {
		return err
	}
	a.Said = fmt.Sprintf("%s%d", said, code)
	file, err := service.CopyFileFromContainer(ctx, "/etc/app.conf")
	if err != nil {
		return err
	}
	a.Copied, err = readAll(file)
	return err
}

func readAll(r io.ReadCloser) (string, error) {
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

func inspect(ctx context.Context, c testcontainers.Container) (state, error) {
	got, err := c.Inspect(ctx)
	if err != nil {
		return state{}, err
	}
	s := state{Name: got.Name, Status: string(got.State.Status), Image: got.Config.Image, ExitCode: got.State.ExitCode}
	if got.State.Health != nil {
		s.Health = string(got.State.Health.Status)
	}
	return s, nil
}

// pullable is an image in a registry on loopback.
func pullable(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	image := strings.TrimPrefix(server.URL, "http://") + "/app:2"
	img, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: v1.Config{Cmd: []string{"serve"}}})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(image)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	return image
}

// TestContainers runs a service, a job and an image that has to be pulled, over every mode that testcontainers-go knows. Ryuk is
// off: what uses it connects to its published port, where nobody listens.
func TestContainers(t *testing.T) {
	t.Parallel()
	for _, mode := range []modes.Daemon{modes.Unix, modes.TCP, modes.TLSVerify} {
		for _, engine := range []fakedaemon.Engine{fakedaemon.Engine20, fakedaemon.Engine28, fakedaemon.Engine29} {
			t.Run(string(mode)+"/"+string(engine), func(t *testing.T) {
				t.Parallel()
				d := fakedaemon.Start(t, &fakedaemon.Options{Mode: mode, Engine: engine})
				d.AddImage(fakedaemon.Image{Tags: []string{"app:1"}, Cmd: []string{"serve"}})
				d.SetProgram("serve", fakedaemon.Program{Image: "app:1", Runs: true, Stdout: "starting\nready to serve\n"})
				self, err := os.Executable()
				if err != nil {
					t.Fatal(err)
				}
				image := pullable(t)
				cmd := exec.CommandContext(t.Context(), self)
				cmd.Env = append([]string{childEnv + "=1", imageEnv + "=" + image, "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "TESTCONTAINERS_RYUK_DISABLED=true"}, d.Env()...)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("%v\n%s\n%s", err, &stderr, d.Requests())
				}
				var got answers
				if err := json.Unmarshal(out, &got); err != nil {
					t.Fatalf("%v in %s", err, out)
				}
				want := answers{
					Service: state{Name: "/service", Status: "running", Health: "healthy", Image: "app:1"},
					Job:     state{Name: "/job", Status: "exited", Image: "app:1", ExitCode: 3},
					Pulled:  state{Name: "/pulled", Status: "running", Image: image},
					Logs:    "starting\nready to serve\n", Said: "a = b\nB\n4", Copied: "a = b\n",
					Published: true, Networks: []string{"back"}, Gone: true,
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s\n%s", diff, &stderr)
				}
				for _, r := range d.Requests() {
					if r.Status >= 500 || mode == modes.TLSVerify && r.ClientName == "" {
						t.Errorf("%s", fakedaemon.Requests{r})
					}
				}
			})
		}
	}
}
