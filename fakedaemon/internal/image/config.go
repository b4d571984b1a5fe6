package image

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Config is what an image and a container say of the process.
type Config struct {
	Hostname, User, WorkingDir, StopSignal string
	Env, Cmd, Entrypoint, OnBuild, Shell   []string
	Labels                                 map[string]string
	// ExposedPorts are like "80/tcp".
	ExposedPorts []string
	// Volumes are paths inside the container.
	Volumes   []string
	Tty       bool
	OpenStdin bool
	// StdinOnce closes standard input when the first client that is attached to it leaves.
	StdinOnce bool
	// StopTimeout is how many seconds a process has to stop; nil means ten, a negative one that it is never killed.
	StopTimeout *int
	Healthcheck *Healthcheck
}

// Healthcheck is the command of a health check and its times; zero means the daemon's default.
type Healthcheck struct {
	// Test is like {"CMD-SHELL", "true"}.
	Test          []string      `json:",omitempty"`
	Interval      time.Duration `json:",omitempty"`
	Timeout       time.Duration `json:",omitempty"`
	StartPeriod   time.Duration `json:",omitempty"`
	StartInterval time.Duration `json:",omitempty"`
	Retries       int           `json:",omitempty"`
}

// Clone returns a copy that shares nothing with c.
func (c Config) Clone() Config {
	c.Env, c.Cmd, c.Entrypoint = slices.Clone(c.Env), slices.Clone(c.Cmd), slices.Clone(c.Entrypoint)
	c.ExposedPorts, c.Volumes = slices.Clone(c.ExposedPorts), slices.Clone(c.Volumes)
	c.OnBuild, c.Shell = slices.Clone(c.OnBuild), slices.Clone(c.Shell)
	c.Labels = maps.Clone(c.Labels)
	if c.Healthcheck != nil {
		h := *c.Healthcheck
		h.Test = slices.Clone(h.Test)
		c.Healthcheck = &h
	}
	return c
}

// Merge adds to a container's config what the image has and the container does not say (daemon/commit.go).
func (c Config) Merge(image Config) Config {
	image = image.Clone()
	c.User = cmp.Or(c.User, image.User)
	c.WorkingDir = cmp.Or(c.WorkingDir, image.WorkingDir)
	c.StopSignal = cmp.Or(c.StopSignal, image.StopSignal)
	for _, port := range image.ExposedPorts {
		if !slices.Contains(c.ExposedPorts, port) {
			c.ExposedPorts = append(c.ExposedPorts, port)
		}
	}
	for _, path := range image.Volumes {
		if !slices.Contains(c.Volumes, path) {
			c.Volumes = append(c.Volumes, path)
		}
	}
	for _, env := range image.Env {
		key, _, _ := strings.Cut(env, "=")
		if !slices.ContainsFunc(c.Env, func(have string) bool { return have == key || strings.HasPrefix(have, key+"=") }) {
			c.Env = append(c.Env, env)
		}
	}
	labels := maps.Clone(image.Labels)
	if labels == nil {
		labels = make(map[string]string)
	}
	maps.Copy(labels, c.Labels)
	c.Labels = labels
	if len(c.Entrypoint) == 0 {
		if len(c.Cmd) == 0 {
			c.Cmd = image.Cmd
		}
		if c.Entrypoint == nil {
			c.Entrypoint = image.Entrypoint
		}
	}
	if slices.Equal(c.Entrypoint, []string{""}) {
		c.Entrypoint = nil // which is how a client says that it wants none
	}
	if c.Healthcheck == nil {
		c.Healthcheck = image.Healthcheck
	} else if image.Healthcheck != nil {
		c.Healthcheck.merge(image.Healthcheck)
	}
	return c
}

// merge adds what the image has and the container does not say.
func (h *Healthcheck) merge(image *Healthcheck) {
	if len(h.Test) == 0 {
		h.Test = image.Test
	}
	h.Interval = cmp.Or(h.Interval, image.Interval)
	h.Timeout = cmp.Or(h.Timeout, image.Timeout)
	h.StartPeriod = cmp.Or(h.StartPeriod, image.StartPeriod)
	h.StartInterval = cmp.Or(h.StartInterval, image.StartInterval)
	h.Retries = cmp.Or(h.Retries, image.Retries)
}

// dockerConfig is the config of an image with a graph driver (image/image.go): fields in the order of the alphabet.
type dockerConfig struct {
	Architecture    string            `json:"architecture"`
	Author          string            `json:"author,omitempty"`
	Comment         string            `json:"comment,omitempty"`
	Config          json.RawMessage   `json:"config,omitempty"`
	Container       string            `json:"container,omitempty"`
	ContainerConfig json.RawMessage   `json:"container_config,omitempty"`
	Created         *time.Time        `json:"created"`
	DockerVersion   string            `json:"docker_version,omitempty"`
	History         []ocispec.History `json:"history,omitempty"`
	OS              string            `json:"os,omitempty"`
	RootFS          *ocispec.RootFS   `json:"rootfs,omitempty"`
	Variant         string            `json:"variant,omitempty"`
}

// ociConfig is the config of an image that containerd's image store makes.
type ociConfig struct {
	Created      *time.Time        `json:"created"`
	Author       string            `json:"author,omitempty"`
	Architecture string            `json:"architecture"`
	Variant      string            `json:"variant,omitempty"`
	OS           string            `json:"os"`
	RootFS       ocispec.RootFS    `json:"rootfs"`
	History      []ocispec.History `json:"history,omitempty"`
	Config       ociRunConfig      `json:"config"`
}

// runConfig is what dockerd says of the process in the config of an image (api/types/container/config.go).
type runConfig struct {
	Hostname     string
	Domainname   string
	User         string
	AttachStdin  bool
	AttachStdout bool
	AttachStderr bool
	ExposedPorts map[string]struct{} `json:",omitempty"`
	Tty          bool
	OpenStdin    bool
	StdinOnce    bool
	Env          []string
	Cmd          []string
	Healthcheck  *Healthcheck `json:",omitempty"`
	Image        string
	Volumes      map[string]struct{}
	WorkingDir   string
	Entrypoint   []string
	OnBuild      []string
	Labels       map[string]string
	StopSignal   string   `json:",omitempty"`
	Shell        []string `json:",omitempty"`
}

// ociRunConfig is the same as OCI has it, with what Docker adds.
type ociRunConfig struct {
	ocispec.ImageConfig
	Healthcheck *Healthcheck `json:",omitempty"`
	OnBuild     []string     `json:",omitempty"`
	Shell       []string     `json:",omitempty"`
}

// marshalConfig writes the config of an image as the daemon that makes it does.
func (c *Content) marshalConfig(e *engine.Engine) ([]byte, error) {
	root := ocispec.RootFS{Type: "layers"}
	for _, l := range c.Layers {
		root.DiffIDs = append(root.DiffIDs, digest.Digest(l.DiffID))
	}
	var history []ocispec.History
	for _, h := range c.History {
		j := ocispec.History{CreatedBy: h.CreatedBy, Author: h.Author, Comment: h.Comment, EmptyLayer: h.EmptyLayer}
		if !h.Created.IsZero() {
			j.Created = &h.Created
		}
		history = append(history, j)
	}
	run := c.Config
	if e.StoresManifests {
		return json.Marshal(ociConfig{
			Created: &c.Created, Author: c.Author, Architecture: c.Architecture, Variant: c.Variant, OS: c.OS, RootFS: root, History: history,
			Config: ociRunConfig{
				ocispec.ImageConfig{
					User: run.User, ExposedPorts: setOf(run.ExposedPorts), Env: run.Env, Entrypoint: run.Entrypoint, Cmd: run.Cmd,
					Volumes: setOf(run.Volumes), WorkingDir: run.WorkingDir, Labels: run.Labels, StopSignal: run.StopSignal,
				},
				run.Healthcheck, run.OnBuild, run.Shell,
			},
		})
	}
	all := runConfig{
		Hostname: run.Hostname, User: run.User, ExposedPorts: setOf(run.ExposedPorts), Tty: run.Tty, OpenStdin: run.OpenStdin, Env: run.Env, Cmd: run.Cmd,
		Healthcheck: run.Healthcheck, Volumes: setOf(run.Volumes), WorkingDir: run.WorkingDir, Entrypoint: run.Entrypoint, OnBuild: run.OnBuild, Labels: run.Labels,
		StopSignal: run.StopSignal, Shell: run.Shell,
	}
	config := dockerConfig{
		Architecture: c.Architecture, Author: c.Author, Comment: c.Comment, Config: c.ConfigJSON, Container: c.Container,
		ContainerConfig: c.ContainerConfig, Created: &c.Created, DockerVersion: c.DockerVersion, History: history, OS: c.OS, RootFS: &root, Variant: c.Variant,
	}
	var err error
	if config.Config == nil {
		if config.Config, err = json.Marshal(all); err != nil {
			return nil, err
		}
	}
	if config.ContainerConfig == nil {
		if config.ContainerConfig, err = json.Marshal(runConfig{}); err != nil {
			return nil, err
		}
	}
	return json.Marshal(config)
}

// ParseConfig reads the config of an image that comes from elsewhere: layers have no content.
func ParseConfig(config Blob) (Content, error) {
	var c struct {
		dockerConfig
		Config runConfig `json:"config"`
	}
	if err := json.Unmarshal(config.Data, &c); err != nil {
		return Content{}, err
	}
	if c.RootFS == nil {
		return Content{}, errors.New("invalid image JSON, no RootFS key")
	}
	i := Content{
		Comment: c.Comment, Author: c.Author, Architecture: c.Architecture, Variant: c.Variant, OS: c.OS, DockerVersion: c.DockerVersion,
		Container: c.Container, ContainerConfig: c.ContainerConfig, ConfigBlob: config,
		Config: Config{
			Hostname: c.Config.Hostname, User: c.Config.User, WorkingDir: c.Config.WorkingDir, StopSignal: c.Config.StopSignal, Env: c.Config.Env,
			Cmd: c.Config.Cmd, Entrypoint: c.Config.Entrypoint, Labels: c.Config.Labels, ExposedPorts: slices.Sorted(maps.Keys(c.Config.ExposedPorts)),
			Volumes: slices.Sorted(maps.Keys(c.Config.Volumes)), Tty: c.Config.Tty, OpenStdin: c.Config.OpenStdin, OnBuild: c.Config.OnBuild,
			Shell: c.Config.Shell, Healthcheck: c.Config.Healthcheck,
		},
	}
	if c.Created != nil {
		i.Created = *c.Created
	}
	for _, d := range c.RootFS.DiffIDs {
		i.Layers = append(i.Layers, Layer{DiffID: d.String()})
	}
	for _, h := range c.History {
		entry := History{CreatedBy: h.CreatedBy, Author: h.Author, Comment: h.Comment, EmptyLayer: h.EmptyLayer}
		if h.Created != nil {
			entry.Created = *h.Created
		}
		i.History = append(i.History, entry)
	}
	return i, nil
}

func setOf(list []string) map[string]struct{} {
	if len(list) == 0 {
		return nil
	}
	set := make(map[string]struct{}, len(list))
	for _, v := range list {
		set[v] = struct{}{}
	}
	return set
}
