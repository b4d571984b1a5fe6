package fakedaemon

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// DefaultImage is the image of a Container that names none, and the tag of an Image that has none.
const DefaultImage = "busybox"

// Container is a container to add. The zero value is a running container of DefaultImage with a made-up name.
// What it does not say is as after docker run -d without options.
type Container struct {
	// ID is 64 hex digits; "" means made up.
	ID string
	// Name is unique; "" means an adjective and a surname, as dockerd makes up.
	Name string
	// Image is a name, a tag or an ID, as in docker run; "" means DefaultImage. An image that does not exist is added.
	Image string
	// Entrypoint and Cmd are the command; empty means the image's.
	Entrypoint, Cmd []string
	// Env are KEY=VALUE pairs; those of the image are added.
	Env []string
	// Labels are added to those of the image.
	Labels map[string]string
	// Hostname is the first twelve digits of the ID unless given, User and WorkingDir are the image's.
	Hostname, User, WorkingDir string
	// Tty is docker run --tty.
	Tty bool
	// Status is "created", "running", "paused", "restarting", "removing", "exited" or "dead"; "" means "running".
	Status string
	// ExitCode is that of the last process.
	ExitCode int
	// Health is "starting", "healthy" or "unhealthy"; "" means that there is no health check.
	Health string
	// Created, StartedAt and FinishedAt are as docker inspect shows them. Zero means now, or Created for
	// StartedAt, where the status has such a time.
	Created, StartedAt, FinishedAt time.Time
	// RestartCount is how often the restart policy has restarted it.
	RestartCount int
	// Network is "bridge", "host", "none", "container:NAME" or the name of a network; "" means "bridge". One that runs
	// joins a container that is there already and runs.
	Network string
	// Aliases are more names on that network.
	Aliases []string
	// Publish and Expose are as in docker run: "8080:80", "127.0.0.1:53:53/udp", "80". Nothing is really published.
	Publish, Expose []string
	// Volumes are as in docker run --volume: "data:/data", "/srv:/srv:ro"; a path alone is an anonymous volume.
	Volumes []string
	// Restart is as in docker run --restart: "no", "always", "unless-stopped", "on-failure:3"; "" means "no".
	Restart string
	// AutoRemove is docker run --rm.
	AutoRemove bool
	// SizeRw is how much the container has written beside Files, in bytes.
	SizeRw int64
	// Files, unless nil, are files that it has written, below "/", as root: those that the image has are replaced, and what is in a
	// volume is written there. See Image.Files.
	Files fs.FS `json:"-"`
	// Config and HostConfig are the rest, in the JSON of the API, of which every field has to be one. Other fields of
	// Container come first.
	Config, HostConfig json.RawMessage
}

// AddContainer adds a container and returns its ID. What dockerd would refuse, it refuses with dockerd's
// text: it fails the test of Start, and panics with New, because a bad seed is a mistake of the test.
func (d *Daemon) AddContainer(c Container) string {
	d.helper()
	id, err := d.addContainer(c)
	if err != nil {
		d.fail(fmt.Errorf("fakedaemon: AddContainer: %w", err))
	}
	return id
}

func (d *Daemon) addContainer(c Container) (string, error) {
	add := state.Container{
		ID:    c.ID,
		Name:  c.Name,
		Image: c.Image,
		Config: image.Config{
			Hostname:   c.Hostname,
			User:       c.User,
			WorkingDir: c.WorkingDir,
			Env:        c.Env,
			Cmd:        c.Cmd,
			Entrypoint: c.Entrypoint,
			Labels:     c.Labels,
			Tty:        c.Tty,
		},
		Host:         state.HostConfig{NetworkMode: c.Network, Aliases: c.Aliases, AutoRemove: c.AutoRemove},
		RestartCount: c.RestartCount,
		SizeRw:       c.SizeRw,
	}
	if c.SizeRw < 0 || c.RestartCount < 0 {
		return "", fmt.Errorf("size %d, %d restarts: must not be negative", c.SizeRw, c.RestartCount)
	}
	if err := d.setState(&add, c); err != nil {
		return "", err
	}
	var err error
	if add.Config.ExposedPorts, add.Host.PortBindings, err = api.ParsePorts(c.Publish, c.Expose); err != nil {
		return "", err
	}
	for _, v := range c.Volumes {
		if strings.Contains(v, ":") {
			add.Host.Binds = append(add.Host.Binds, v)
		} else {
			add.Config.Volumes = append(add.Config.Volumes, v)
		}
	}
	if add.Host.RestartPolicy, add.Host.MaximumRetryCount, err = parseRestart(c.Restart); err != nil {
		return "", err
	}
	if err := api.SetConfig(&add, c.Config, c.HostConfig); err != nil {
		return "", err
	}
	if err := api.CheckConfig(c.Config, c.HostConfig); err != nil {
		return "", err
	}
	add.Image = cmp.Or(add.Image, DefaultImage)
	if add.ImageID, err = d.imageFor(add.Image, add.Created); err != nil {
		return "", err
	}
	var written []byte
	if c.Files != nil {
		if written, err = files.TarFS(c.Files, add.Created); err != nil {
			return "", err
		}
	}
	added, err := d.state.AddContainer(add)
	if err != nil || c.Files == nil {
		return added.ID, err
	}
	root, err := d.state.ContainerFiles(added.ID)
	if err != nil {
		return "", err
	}
	return added.ID, root.Untar(bytes.NewReader(written), "/", files.UntarOptions{})
}

// setState makes a state of a status and its times.
func (d *Daemon) setState(add *state.Container, c Container) error {
	now := d.state.Now()
	add.Created = cmp.Or(c.Created, now)
	st := &add.State
	st.ExitCode = c.ExitCode
	st.StartedAt, st.FinishedAt = cmp.Or(c.StartedAt, add.Created), cmp.Or(c.FinishedAt, now)
	switch c.Status {
	case "", "running", "paused":
		st.Running, st.Paused = true, c.Status == "paused"
		st.FinishedAt = c.FinishedAt
	case "restarting":
		st.Running, st.Restarting = true, true
	case "created":
		st.StartedAt, st.FinishedAt = c.StartedAt, c.FinishedAt
	case "exited":
	case "removing":
		st.Removing = true
	case "dead":
		st.Dead = true
	default:
		return fmt.Errorf("status %q: must be one of created, running, paused, restarting, removing, exited, dead", c.Status)
	}
	switch c.Health {
	case "":
		return nil
	case "starting", "healthy", "unhealthy":
		st.Health = &state.Health{Status: c.Health}
		add.Config.Healthcheck = &image.Healthcheck{Test: []string{"CMD-SHELL", "true"}}
		return nil
	}
	return fmt.Errorf("health %q: must be one of starting, healthy, unhealthy", c.Health)
}

// parseRestart reads what docker run takes for --restart.
func parseRestart(policy string) (name string, retries int, err error) {
	name, count, hasCount := strings.Cut(policy, ":")
	switch name {
	case "", "no", "always", "unless-stopped":
		if hasCount {
			return "", 0, fmt.Errorf("restart policy %q: maximum retry count can only be used with 'on-failure'", policy)
		}
	case "on-failure":
		if hasCount {
			if retries, err = strconv.Atoi(count); err != nil || retries < 0 {
				return "", 0, fmt.Errorf("restart policy %q: maximum retry count must be a positive number", policy)
			}
		}
	default:
		return "", 0, fmt.Errorf("restart policy %q: use one of 'no', 'always', 'on-failure', or 'unless-stopped'", policy)
	}
	return name, retries, nil
}

// imageFor returns the ID of an image, which it adds if it has to.
func (d *Daemon) imageFor(name string, created time.Time) (string, error) {
	parsed, err := api.ParseImage(name)
	if err != nil {
		return "", err
	}
	if parsed.Ref == "" {
		found, err := d.state.Image(parsed)
		return found.ID, err
	}
	add, err := d.imageOf(Image{Tags: []string{name}, Created: created})
	if err != nil {
		return "", err
	}
	found, err := d.state.FindOrAddImage(parsed, add)
	return found.ID, err
}

// Image is an image to add. The zero value is DefaultImage with a shell as its command.
type Image struct {
	// ID is "sha256:" and 64 hex digits; "" means the digest of its content, as a push and a save send it.
	ID string
	// Tags are the names, such as "app", "app:1" or "app@sha256:...". Nil means DefaultImage; an image of an
	// empty slice has none, so that it is dangling. An older image loses a tag that a newer one gets.
	Tags []string
	// Parent is the ID of the image it was built on; "" means none.
	Parent string
	// Created is when it was built; zero means now.
	Created time.Time
	// Size is in bytes, unpacked, without Files; 0 means DefaultImageSize.
	Size int64
	// Files, unless nil, are more files, below "/", in a layer above what the small world has in an image of this name. They are
	// root's and are read at once. A link of an fs.ReadLinkFS is one. A file without a time is as old as the image; one without
	// permissions, as testing/fstest.MapFS has them, gets 0644.
	Files fs.FS `json:"-"`
	// Architecture is as in GOARCH; "" means "amd64".
	Architecture string
	// Entrypoint and Cmd are the command; both empty means Cmd {"sh"}, or {"/hello"} for hello-world. Either ends at once when a
	// client starts a container with it and no terminal or standard input. For one that keeps running give a Cmd such as
	// {"serve"}.
	Entrypoint, Cmd []string
	// Env are KEY=VALUE pairs; nil means a PATH.
	Env              []string
	Labels           map[string]string
	User, WorkingDir string
	// Expose are ports, such as "80/tcp"; Volumes are paths.
	Expose, Volumes []string
}

// DefaultImageSize is the size of an Image that says none, in bytes.
const DefaultImageSize = 4 << 20

// AddImage adds an image and returns its ID. It fails as AddContainer does.
func (d *Daemon) AddImage(i Image) string {
	d.helper()
	id, err := d.addImage(i)
	if err != nil {
		d.fail(fmt.Errorf("fakedaemon: AddImage: %w", err))
	}
	return id
}

func (d *Daemon) addImage(i Image) (string, error) {
	add, err := d.imageOf(i)
	if err != nil {
		return "", err
	}
	added, err := d.state.AddImage(add)
	return added.ID, err
}

func (d *Daemon) imageOf(i Image) (state.Image, error) {
	if i.Size < 0 {
		return state.Image{}, fmt.Errorf("size %d: must not be negative", i.Size)
	}
	exposed, _, err := api.ParsePorts(nil, i.Expose)
	if err != nil {
		return state.Image{}, err
	}
	add := state.Image{
		ID:     i.ID,
		Parent: i.Parent,
		Content: image.Content{
			Created:      cmp.Or(i.Created, d.state.Now()),
			Architecture: i.Architecture,
			Config: image.Config{
				User:         i.User,
				WorkingDir:   i.WorkingDir,
				Env:          i.Env,
				Cmd:          i.Cmd,
				Entrypoint:   i.Entrypoint,
				Labels:       i.Labels,
				ExposedPorts: exposed,
				Volumes:      i.Volumes,
			},
			Layers: []image.Layer{{Size: cmp.Or(i.Size, DefaultImageSize)}},
		},
	}
	if i.Files != nil {
		tar, err := files.TarFS(i.Files, add.Created)
		if err != nil {
			return state.Image{}, err
		}
		layer, err := image.MakeLayer(d.engine, tar)
		if err != nil {
			return state.Image{}, err
		}
		add.Layers = append(add.Layers, layer)
	}
	if i.Tags == nil {
		i.Tags = []string{DefaultImage}
	}
	command := []string{"sh"}
	for _, tag := range i.Tags {
		parsed, err := api.ParseImage(tag)
		if err != nil {
			return state.Image{}, err
		}
		if parsed.Ref == "" {
			return state.Image{}, fmt.Errorf("tag %q is an ID: give a name", tag)
		}
		if !slices.Contains(add.Refs, parsed.Ref) {
			add.Refs = append(add.Refs, parsed.Ref)
		}
		if name := path.Base(parsed.Ref); name[:strings.IndexAny(name, ":@")] == "hello-world" {
			command = []string{"/hello"} // there is no shell
		}
	}
	if len(i.Entrypoint)+len(i.Cmd) == 0 {
		add.Config.Cmd = command
	}
	if i.Env == nil {
		add.Config.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	}
	return add, nil
}

// Network is a network to add. The zero value is a bridge network with a made-up name and the next free pool.
type Network struct {
	// ID is 64 hex digits; "" means made up.
	ID string
	// Name is unique; "" means the first free of net1, net2, ...
	Name string
	// Driver is "bridge", "ipvlan", "macvlan" or "overlay"; "" means "bridge".
	Driver string
	// Subnet and Gateway are an address pool, "10.1.0.0/24", and an address in it; "" means one of dockerd's default pools.
	Subnet, Gateway string
	// Internal and Attachable are as in docker network create.
	Internal, Attachable bool
	// Created is when it was made; zero means now.
	Created time.Time
	// Options are those of the driver.
	Options, Labels map[string]string
}

// AddNetwork adds a network and returns its ID. It fails as AddContainer does.
func (d *Daemon) AddNetwork(n Network) string {
	d.helper()
	id, err := d.addNetwork(n)
	if err != nil {
		d.fail(fmt.Errorf("fakedaemon: AddNetwork: %w", err))
	}
	return id
}

func (d *Daemon) addNetwork(n Network) (string, error) {
	add := state.Network{
		ID:         n.ID,
		Name:       n.Name,
		Created:    n.Created,
		Driver:     n.Driver,
		Internal:   n.Internal,
		Attachable: n.Attachable,
		Options:    n.Options,
		Labels:     n.Labels,
	}
	if n.Subnet != "" {
		add.Subnets = []state.Subnet{{Subnet: n.Subnet, Gateway: n.Gateway}}
	} else if n.Gateway != "" {
		return "", fmt.Errorf("gateway %s: give its subnet too", n.Gateway)
	}
	if n.Name != "" {
		added, err := d.state.AddNetwork(add)
		return added.ID, err
	}
	for i := 1; ; i++ {
		add.Name = fmt.Sprintf("net%d", i)
		added, err := d.state.AddNetwork(add)
		if errors.As(err, new(state.Conflict)) {
			if _, err := d.state.Network(add.Name); err == nil {
				continue
			}
		}
		return added.ID, err
	}
}

// Volume is a volume to add. The zero value is an anonymous volume.
type Volume struct {
	// Name is unique; "" means 64 hex digits and the label of an anonymous volume.
	Name string
	// Driver is "local" unless given.
	Driver string
	// Created is when it was made; zero means now.
	Created time.Time
	// Options are those of the driver.
	Labels, Options map[string]string
	// Size is in bytes.
	Size int64
}

// AddVolume adds a volume and returns its name. One that exists stays as it is, as with docker volume create.
// It fails as AddContainer does.
func (d *Daemon) AddVolume(v Volume) string {
	d.helper()
	name, err := d.addVolume(v)
	if err != nil {
		d.fail(fmt.Errorf("fakedaemon: AddVolume: %w", err))
	}
	return name
}

func (d *Daemon) addVolume(v Volume) (string, error) {
	added, err := d.state.AddVolume(state.Volume{Name: v.Name, Driver: v.Driver, Created: v.Created, Labels: v.Labels, Options: v.Options, Size: v.Size})
	return added.Name, err
}
