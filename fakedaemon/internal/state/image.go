package state

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Image is an image.
type Image struct {
	// ID is "sha256:" and 64 hex digits; made up unless given.
	ID string
	// Refs are the full references that name it, such as "docker.io/library/bb:1" or "example.com/app@sha256:...".
	Refs []string
	// Parent is the ID of the image it was built on; "" when unknown.
	Parent  string
	Created time.Time
	// Comment, Author, Architecture ("amd64" unless given), Variant and OS ("linux" unless given) are those
	// of the image's config.
	Comment, Author, Architecture, Variant, OS string
	Config                                     Config
	// Layers are from the bottom up; one layer unless given.
	Layers []Layer
	// ContentSize is that of the packed layers, as a registry sends them, in bytes; half of Size unless given.
	ContentSize int64
	// Tagged is when a reference was last set.
	Tagged time.Time
	// Containers is how many containers use it; it is set in what State returns only.
	Containers int
}

// Layer is one layer of an image.
type Layer struct {
	// DiffID is "sha256:" and 64 hex digits.
	DiffID string
	// Size is in bytes, unpacked.
	Size int64
}

// Size is the sum of the layers, in bytes.
func (i Image) Size() int64 {
	var n int64
	for _, l := range i.Layers {
		n += l.Size
	}
	return n
}

// Config is what an image and a container say of the process.
type Config struct {
	Hostname, User, WorkingDir, StopSignal string
	Env, Cmd, Entrypoint                   []string
	Labels                                 map[string]string
	// ExposedPorts are like "80/tcp".
	ExposedPorts []string
	// Volumes are paths inside the container.
	Volumes     []string
	Tty         bool
	OpenStdin   bool
	Healthcheck *Healthcheck
}

// Healthcheck is the command of a health check and its times; zero means the daemon's default.
type Healthcheck struct {
	// Test is like {"CMD-SHELL", "true"}.
	Test                           []string
	Interval, Timeout, StartPeriod time.Duration
	Retries                        int
}

func (c Config) clone() Config {
	c.Env, c.Cmd, c.Entrypoint = slices.Clone(c.Env), slices.Clone(c.Cmd), slices.Clone(c.Entrypoint)
	c.ExposedPorts, c.Volumes = slices.Clone(c.ExposedPorts), slices.Clone(c.Volumes)
	c.Labels = maps.Clone(c.Labels)
	if c.Healthcheck != nil {
		h := *c.Healthcheck
		h.Test = slices.Clone(h.Test)
		c.Healthcheck = &h
	}
	return c
}

// merge adds to a container's config what the image has and the container does not say (daemon/commit.go).
func (c Config) merge(image Config) Config {
	image = image.clone()
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
		c.Entrypoint = image.Entrypoint
	}
	if c.Healthcheck == nil {
		c.Healthcheck = image.Healthcheck
	}
	return c
}

// ImageName is what a client may call an image, taken apart.
type ImageName struct {
	// Ref is the full reference; "" when the client gave a full ID.
	Ref string
	// Given is what the client wrote: it may also be an ID or a prefix of one, with or without "sha256:".
	Given string
	// OnlyRef says that Given is no ID and no prefix of one.
	OnlyRef bool
	// Familiar is how errors show it, for instance "bb:latest".
	Familiar string
}

// AddImage adds an image. Its references are taken from images that had them. The error is Conflict if the
// ID exists.
func (s *State) AddImage(i Image) (Image, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added, err := s.addImageLocked(i)
	if err != nil {
		return Image{}, err
	}
	return s.copyImageLocked(added), nil
}

// FindOrAddImage returns the image of that name, which is add if there is none yet.
func (s *State) FindOrAddImage(name ImageName, add Image) (Image, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.findImageLocked(name)
	if err != nil {
		if i, err = s.addImageLocked(add); err != nil {
			return Image{}, err
		}
	}
	return s.copyImageLocked(i), nil
}

func (s *State) addImageLocked(i Image) (*Image, error) {
	i = i.clone()
	if i.ID == "" {
		i.ID = "sha256:" + s.ids.hex("image")
	}
	digits, ok := strings.CutPrefix(i.ID, "sha256:")
	if err := checkID(digits); err != nil || !ok {
		return nil, Invalid{fmt.Sprintf("invalid image ID %q: must be sha256: and 64 lower-case hex digits", i.ID)}
	}
	if s.imageLocked(i.ID) != nil {
		return nil, Conflict{fmt.Sprintf("image %s exists", i.ID)}
	}
	if i.Created.IsZero() {
		i.Created = s.Now()
	}
	if i.Tagged.IsZero() && len(i.Refs) > 0 {
		i.Tagged = s.Now()
	}
	if i.Architecture == "" {
		i.Architecture = "amd64"
	}
	if i.OS == "" {
		i.OS = "linux"
	}
	if len(i.Layers) == 0 {
		i.Layers = []Layer{{}}
	}
	for n := range i.Layers {
		if i.Layers[n].DiffID == "" {
			i.Layers[n].DiffID = "sha256:" + s.ids.hex("layer")
		}
	}
	if i.ContentSize == 0 {
		i.ContentSize = i.Size() / 2
	}
	for _, have := range s.images {
		have.Refs = slices.DeleteFunc(have.Refs, func(ref string) bool { return slices.Contains(i.Refs, ref) })
	}
	slices.Sort(i.Refs)
	s.images = append(s.images, &i)
	return &i, nil
}

// Image finds an image: by reference, or else by ID or a prefix of it that only one image has
// (api/notes.md part 2; daemon/images/image.go). The error is NotFound.
func (s *State) Image(name ImageName) (Image, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, err := s.findImageLocked(name)
	if err != nil {
		return Image{}, err
	}
	return s.copyImageLocked(i), nil
}

func (s *State) findImageLocked(name ImageName) (*Image, error) {
	if name.Ref != "" {
		for _, i := range s.images {
			if slices.Contains(i.Refs, name.Ref) {
				return i, nil
			}
		}
	}
	prefix := strings.TrimPrefix(name.Given, "sha256:")
	var found *Image
	for _, i := range s.images {
		if !name.OnlyRef && strings.HasPrefix(strings.TrimPrefix(i.ID, "sha256:"), prefix) {
			if found != nil {
				return nil, NotFound{"No such image: " + name.Familiar}
			}
			found = i
		}
	}
	if found == nil {
		return nil, NotFound{"No such image: " + name.Familiar}
	}
	return found, nil
}

// Images returns all images in order of creation.
func (s *State) Images() []Image {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Image, len(s.images))
	for n, i := range s.images {
		list[n] = s.copyImageLocked(i)
	}
	return list
}

func (s *State) imageLocked(id string) *Image {
	for _, i := range s.images {
		if i.ID == id {
			return i
		}
	}
	return nil
}

func (i Image) clone() Image {
	i.Refs, i.Layers = slices.Clone(i.Refs), slices.Clone(i.Layers)
	i.Config = i.Config.clone()
	return i
}

func (s *State) copyImageLocked(i *Image) Image {
	c := i.clone()
	for _, ctr := range s.containers {
		if ctr.ImageID == i.ID {
			c.Containers++
		}
	}
	return c
}
