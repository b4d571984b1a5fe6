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
	// ID is "sha256:" and 64 hex digits; the digest of the config or manifest unless given.
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
	// DockerVersion is that of the daemon that made it, as its config says; "" in containerd's image store.
	DockerVersion string
	// Container is the container that it was committed from, ContainerConfig the JSON of that one's config; both may be "".
	Container       string
	ContainerConfig []byte
	// ConfigJSON is Config in the API's own form, with what Config has no names for; made unless given.
	ConfigJSON []byte
	// Layers are from the bottom up; one layer unless given.
	Layers []Layer
	// History is from the bottom up; one entry for each layer unless given.
	History []History
	// ConfigBlob is what a registry has as its config, and Manifest what says so: in a manifest of OCI, which only
	// containerd's image store keeps. Both are made unless given. Index is the list of manifests that it was pulled by,
	// if there was one.
	ConfigBlob, Manifest, Index Blob
	// ContentSize is that of the blobs in containerd's image store, in bytes; made unless given.
	ContentSize int64
	// Tagged is when a reference was last set.
	Tagged time.Time
	// Dangling says that containerd's image store has its name for nameless images too, beside Refs.
	Dangling bool
	// PulledFrom are the repositories that it came from, such as "127.0.0.1:5000/app", and Repositories those that are
	// known to have it: these, and those that it went to.
	PulledFrom, Repositories []string
	// Annotations are those with which containerd's image store loaded it, by the reference that it got. Nobody changes
	// those of one reference.
	Annotations map[string]map[string]string
	// Containers is how many containers use it; it is set in what State returns only.
	Containers int
}

// Blob is bytes with their name. Nobody changes Data.
type Blob struct {
	// MediaType is as in a manifest.
	MediaType string
	// Digest is "sha256:" and 64 hex digits.
	Digest string
	Data   []byte
}

// Layer is one layer of an image.
type Layer struct {
	// DiffID is "sha256:" and 64 hex digits: the digest of the layer's tar; that of Blob unless given.
	DiffID string
	// Size is in bytes, unpacked.
	Size int64
	// Blob is the tar as a registry has it, mostly compressed; unless given, one that unpacks to a file of Size bytes.
	Blob Blob
}

// History is one step in the making of an image.
type History struct {
	Created                    time.Time
	CreatedBy, Author, Comment string
	// EmptyLayer says that the step made no layer.
	EmptyLayer bool
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
	Env, Cmd, Entrypoint, OnBuild          []string
	Labels                                 map[string]string
	// ExposedPorts are like "80/tcp".
	ExposedPorts []string
	// Volumes are paths inside the container.
	Volumes   []string
	Tty       bool
	OpenStdin bool
	// StopTimeout is how many seconds a process has to stop; nil means ten, a negative one that it is never killed.
	StopTimeout *int
	Healthcheck *Healthcheck
}

// Healthcheck is the command of a health check and its times; zero means the daemon's default.
type Healthcheck struct {
	// Test is like {"CMD-SHELL", "true"}.
	Test                                          []string
	Interval, Timeout, StartPeriod, StartInterval time.Duration
	Retries                                       int
}

func (c Config) clone() Config {
	c.Env, c.Cmd, c.Entrypoint = slices.Clone(c.Env), slices.Clone(c.Cmd), slices.Clone(c.Entrypoint)
	c.ExposedPorts, c.Volumes, c.OnBuild = slices.Clone(c.ExposedPorts), slices.Clone(c.Volumes), slices.Clone(c.OnBuild)
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
	added, err := s.addImageLocked(s.tagged(i))
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
		if i, err = s.addImageLocked(s.tagged(add)); err != nil {
			return Image{}, err
		}
	}
	return s.copyImageLocked(i), nil
}

// tagged sets the time of the references of an image that has some: now unless given.
func (s *State) tagged(i Image) Image {
	if i.Tagged.IsZero() && len(i.Refs) > 0 {
		i.Tagged = s.Now()
	}
	return i
}

func (s *State) addImageLocked(i Image) (*Image, error) {
	i = i.clone()
	if digits, ok := strings.CutPrefix(i.ID, "sha256:"); i.ID != "" && (!ok || checkID(digits) != nil) {
		return nil, Invalid{fmt.Sprintf("invalid image ID %q: must be sha256: and 64 lower-case hex digits", i.ID)}
	}
	if s.imageLocked(i.ID) != nil {
		return nil, Conflict{fmt.Sprintf("image %s exists", i.ID)}
	}
	if err := s.fillContent(&i); err != nil {
		return nil, err
	}
	if i.ID == "" {
		i.ID = s.contentID(&i)
		if have := s.imageLocked(i.ID); have != nil {
			return nil, Conflict{fmt.Sprintf("image %s exists", i.ID)}
		}
	}
	refs := i.Refs
	i.Refs = nil
	s.images = append(s.images, &i)
	s.imageIndex.add(&i, s.contentID(&i))
	for _, ref := range refs {
		s.setRefLocked(&i, ref)
	}
	return &i, nil
}

// contentID is the digest that dockerd takes as the ID of an image: that of its config, or in containerd's image store
// that of its manifest or index.
func (s *State) contentID(i *Image) string {
	switch {
	case !s.engine.StoresManifests:
		return i.ConfigBlob.Digest
	case i.Index.Digest != "":
		return i.Index.Digest
	}
	return i.Manifest.Digest
}

// setRefLocked gives an image a reference, which another may lose.
func (s *State) setRefLocked(i *Image, ref string) {
	have := s.imageIndex.refs[ref]
	if have == i {
		return
	}
	if have != nil {
		s.dropRefLocked(have, ref)
	}
	at, _ := slices.BinarySearch(i.Refs, ref)
	i.Refs = slices.Insert(i.Refs, at, ref)
	s.imageIndex.refs[ref] = i
}

func (s *State) dropRefLocked(i *Image, ref string) {
	i.Refs = slices.DeleteFunc(i.Refs, func(have string) bool { return have == ref })
	delete(i.Annotations, ref)
	delete(s.imageIndex.refs, ref)
}

// imageIndex finds images without looking at each. The zero value is that of no images.
type imageIndex struct {
	ids      map[string]*Image // by ID and by the digest of the content
	refs     map[string]*Image
	children map[string]int // how many images have this parent
	layers   map[string]int // how many images have a layer, by chain ID
}

func (x *imageIndex) add(i *Image, contentID string) {
	if x.ids == nil {
		*x = imageIndex{make(map[string]*Image), make(map[string]*Image), make(map[string]int), make(map[string]int)}
	}
	x.ids[i.ID] = i
	if x.ids[contentID] == nil {
		x.ids[contentID] = i
	}
	if i.Parent != "" {
		x.children[i.Parent]++
	}
	for _, chain := range ChainIDs(i.Layers) {
		x.layers[chain]++
	}
}

// remove forgets an image and returns the chain IDs of layers that no other has, from the top down.
func (x *imageIndex) remove(i *Image, contentID string) (removed []string) {
	delete(x.ids, i.ID)
	if x.ids[contentID] == i {
		delete(x.ids, contentID)
	}
	for _, ref := range i.Refs {
		delete(x.refs, ref)
	}
	if i.Parent != "" {
		x.children[i.Parent]--
	}
	for _, chain := range slices.Backward(ChainIDs(i.Layers)) {
		if x.layers[chain]--; x.layers[chain] == 0 {
			delete(x.layers, chain)
			removed = append(removed, chain)
		}
	}
	return removed
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
	if i := s.imageIndex.refs[name.Ref]; i != nil {
		return i, nil
	}
	notFound := NotFound{"No such image: " + name.Familiar}
	if name.OnlyRef {
		return nil, notFound
	}
	prefix := strings.TrimPrefix(name.Given, "sha256:")
	if i := s.imageLocked("sha256:" + prefix); i != nil {
		return i, nil
	}
	var found *Image
	for _, i := range s.images {
		if strings.HasPrefix(strings.TrimPrefix(i.ID, "sha256:"), prefix) {
			if found != nil {
				return nil, notFound
			}
			found = i
		}
	}
	if found == nil {
		return nil, notFound
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

func (s *State) copyImageLocked(i *Image) Image {
	c := i.clone()
	c.Containers = s.index.images[i.ID]
	return c
}

// imageLocked finds an image by its ID, or by the digest of its content where that is another; nil means there is none.
func (s *State) imageLocked(id string) *Image { return s.imageIndex.ids[id] }

func (i Image) clone() Image {
	i.Refs, i.Layers, i.History = slices.Clone(i.Refs), slices.Clone(i.Layers), slices.Clone(i.History)
	i.PulledFrom, i.Repositories, i.Annotations = slices.Clone(i.PulledFrom), slices.Clone(i.Repositories), maps.Clone(i.Annotations)
	i.Config = i.Config.clone()
	return i
}
