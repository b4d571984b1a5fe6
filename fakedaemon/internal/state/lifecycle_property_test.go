package state

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// commands are what random containers run.
var commands = [][]string{
	{"true"}, {"sleep", "3"}, {"sleep", "1000"}, {"server"}, {"sh", "-c", "exit 3"}, {"nosuch"}, {"sh", "-c", trap},
}

// randomly does one operation on one of a few containers. Errors are answers like others.
func randomly(r *rand.Rand, s *State, img string) {
	name := "c" + strconv.Itoa(r.IntN(8))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	switch r.IntN(16) {
	case 0, 1, 2:
		c := Container{Name: name, Image: "bb:1", ImageID: img}
		c.Config.Cmd = commands[r.IntN(len(commands))]
		c.Host.RestartPolicy = pick("", "always", "on-failure", "unless-stopped")
		c.Host.AutoRemove = c.Host.RestartPolicy == "" && r.IntN(3) == 0
		c.Host.NetworkMode = pick("", "host", "none", "mine", "container:c1")
		c.Host.Binds = []string{pick("v1", "v2") + ":/v"}
		c.Config.Volumes = []string{"/anonymous"}
		c.Config.ExposedPorts = []string{"80/tcp"}
		c.Host.PortBindings = map[string][]PortBinding{"80/tcp": {{HostPort: pick("", "8080", "8081")}}}
		if r.IntN(3) == 0 {
			c.Config.Healthcheck = &image.Healthcheck{Test: []string{"CMD", pick("true", "false")}, Interval: time.Second}
		}
		_, _ = s.CreateContainer(c)
	case 3, 4, 5:
		_ = s.Start(name)
	case 6:
		_ = s.Stop(ended, name, StopOptions{Signal: pick("", "USR1")})
	case 7:
		_ = s.Restart(ended, name, seconds(r.IntN(2)))
	case 8:
		_ = s.Kill(name, pick("", "TERM", "HUP"))
	case 9:
		_ = s.Pause(name)
	case 10:
		_ = s.Unpause(name)
	case 11:
		_ = s.Rename(name, "c"+strconv.Itoa(r.IntN(8)))
	case 12:
		_ = s.Remove(name, RemoveOptions{Force: r.IntN(2) == 0, Volumes: r.IntN(2) == 0})
	case 13:
		if id, err := s.CreateExec(name, ExecConfig{Args: commands[r.IntN(len(commands))]}); err == nil {
			_ = s.StartExec(id)
		}
	case 14:
		_ = s.Exit(name, r.IntN(3))
	case 15:
		s.PruneContainers(func(Container) bool { return r.IntN(3) == 0 })
	}
}

// ended is a context that is over: nobody waits for a process that nothing ends.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// TestLifecycleProperties: whatever happens, names are unique, what is counted is there, and events tell what is.
func TestLifecycleProperties(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			lt := newLifeTest(t, Options{Engine: named([]string{"28", "20.10"}[seed%2])})
			if _, err := lt.AddNetwork(Network{Name: "mine"}); err != nil {
				t.Fatal(err)
			}
			lt.sub.Take()
			told := make(map[string]string)
			for range 300 {
				randomly(r, lt.State, lt.image.ID)
				if r.IntN(3) == 0 {
					lt.time.Advance(time.Duration(r.IntN(3000)) * time.Millisecond)
				}
				follow(t, told, lt.sub.Take())
				checkTold(t, told, lt.State)
				checkConsistent(t, lt.State)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// follow makes of events what the states of containers must be, by ID.
func follow(t *testing.T, told map[string]string, events []Event) {
	for _, e := range events {
		if e.Type != "container" || e.ID == "" {
			continue
		}
		was := told[e.ID]
		if was == "" && e.Action != "create" {
			t.Errorf("%s of a container that is not there", e.Action)
		}
		switch e.Action {
		case "create":
			told[e.ID] = "stopped"
		case "start", "unpause":
			told[e.ID] = "running"
		case "pause":
			told[e.ID] = "paused"
		case "die":
			told[e.ID] = "stopped"
			if was == "stopped" {
				t.Error("die of what does not run")
			}
		case "destroy":
			delete(told, e.ID)
		}
	}
}

func checkTold(t *testing.T, told map[string]string, s *State) {
	is := make(map[string]string)
	for _, c := range s.Containers() {
		switch is[c.ID] = "stopped"; {
		case c.State.Live() && c.State.Paused:
			is[c.ID] = "paused"
		case c.State.Live():
			is[c.ID] = "running"
		}
	}
	if d := cmp.Diff(told, is); d != "" {
		t.Errorf("events tell otherwise (-told +is)\n%s", d)
	}
}

// checkConsistent checks that all that is kept twice agrees.
func checkConsistent(t *testing.T, s *State) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	names, ids, images := make(map[string]bool), []string{}, make(map[string]int)
	users, published := make(map[string]int), make(map[string]int)
	for _, c := range s.containers {
		if names[c.Name] {
			t.Errorf("two containers are called %s", c.Name)
		}
		names[c.Name], ids = true, append(ids, c.ID)
		images[c.ImageID]++
		if s.index.byName[c.Name] != c || s.index.byID[c.ID] != c {
			t.Errorf("%s is not found", c.Name)
		}
		for _, m := range c.Mounts {
			users[m.Name]++
		}
		for exposed, bindings := range c.Ports {
			for _, b := range bindings {
				published[b.HostPort+exposed[strings.IndexByte(exposed, '/'):]]++
			}
		}
		for name, e := range c.Endpoints {
			if live := c.State.Live(); live != (e.EndpointID != "") {
				t.Errorf("%s: live %v with endpoint %+v on %s", c.Name, live, e, name)
			}
		}
		if l := s.lives[c.ID]; l != nil && !c.State.Live() && (len(l.execs) > 0 || l.timers["end"] != nil || l.timers["probe"] != nil) {
			t.Errorf("%s does not run, but something is planned: %v", c.Name, slices.Collect(maps.Keys(l.timers)))
		}
	}
	slices.Sort(ids)
	if !slices.Equal(ids, s.index.ids) || len(s.index.byName) != len(ids) || len(s.index.byID) != len(ids) {
		t.Error("the index has other containers")
	}
	if !maps.Equal(images, s.index.images) {
		t.Errorf("containers of images: %v, want %v", s.index.images, images)
	}
	taken := make(map[string]int)
	for port, addresses := range s.ports.taken {
		taken[port] = len(addresses)
	}
	if !maps.Equal(published, taken) {
		t.Errorf("published ports: %v, want %v", taken, published)
	}
	for _, v := range s.volumes.list {
		if n := s.volumes.copy(v).RefCount; n != users[v.Name] {
			t.Errorf("volume %s: %d users, want %d", v.Name, n, users[v.Name])
		}
	}
	for id := range s.lives {
		if s.index.byID[id] == nil {
			t.Error("the lifecycle of a removed container is kept")
		}
	}
	for _, e := range s.execs {
		if s.index.byID[e.ContainerID] == nil {
			t.Error("the exec of a removed container is kept")
		}
	}
}

// TestLifecycleConcurrency: sixteen clients at once, with real timers.
func TestLifecycleConcurrency(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	defer s.Close()
	img, err := s.AddImage(Image{Refs: []string{"docker.io/library/bb:1"}, Content: image.Content{Config: image.Config{Cmd: []string{"sh"}}}})
	if err != nil {
		t.Fatal(err)
	}
	s.SetProgram("server", Program{After: time.Millisecond, ExitCode: 1})
	var clients sync.WaitGroup
	for client := range uint64(16) {
		clients.Go(func() {
			r := rand.New(rand.NewPCG(client, 2))
			for range 200 {
				randomly(r, s, img.ID)
				if done, cancel, err := s.Wait("c1", NextExit); err == nil {
					select {
					case <-done:
					default:
					}
					cancel()
				}
			}
		})
	}
	clients.Wait()
	checkConsistent(t, s)
}
