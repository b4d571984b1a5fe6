package state

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// Image is an image.
type Image struct {
	// ID is "sha256:" and 64 hex digits; the digest of the content unless given.
	ID string
	// Refs are the full references that name it, such as "docker.io/library/bb:1" or "example.com/app@sha256:...".
	Refs []string
	// Parent is the ID of the image it was built on; "" when unknown.
	Parent string
	// Content is what it consists of; what is missing is made.
	image.Content
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

func (i Image) clone() Image {
	i.Refs, i.Content = slices.Clone(i.Refs), i.Content.Clone()
	i.PulledFrom, i.Repositories, i.Annotations = slices.Clone(i.PulledFrom), slices.Clone(i.Repositories), maps.Clone(i.Annotations)
	return i
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
	if err := s.newImageID(i.ID); err != nil {
		return Image{}, err
	}
	i, err := s.complete(s.tagged(i))
	if err != nil {
		return Image{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	added, err := s.images.add(i)
	if err != nil {
		return Image{}, err
	}
	return s.copyImageLocked(added), nil
}

// newImageID refuses what is no ID or that of another image, before anything is made; "" means made up.
func (s *State) newImageID(id string) error {
	if digits, ok := strings.CutPrefix(id, "sha256:"); id != "" && (!ok || checkID(digits) != nil) {
		return Invalid{fmt.Sprintf("invalid image ID %q: must be sha256: and 64 lower-case hex digits", id)}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.images.free(id)
}

// FindOrAddImage returns the image of that name, which is add if there is none yet.
func (s *State) FindOrAddImage(name ImageName, add Image) (Image, error) {
	if found, err := s.Image(name); err == nil {
		return found, nil
	}
	if err := s.newImageID(add.ID); err != nil {
		return Image{}, err
	}
	add, err := s.complete(s.tagged(add))
	if err != nil {
		return Image{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.images.find(name) // which another may have added meanwhile
	if err != nil {
		if i, err = s.images.add(add); err != nil {
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

// complete makes what an image does not bring: its content and its ID. That may take long, so that s.mu must not be held.
func (s *State) complete(i Image) (Image, error) {
	i = i.clone()
	err := i.Content.Complete(s.engine, s.Now(), s.layerName)
	i.ID = cmp.Or(i.ID, i.Digest)
	return i, err
}

// layerName draws the name of a file in a layer.
func (s *State) layerName() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids.hex("layer")
}

// Image finds an image: by reference, or else by ID or a prefix of it that only one image has
// (api/notes.md part 2; daemon/images/image.go). The error is NotFound.
func (s *State) Image(name ImageName) (Image, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, err := s.images.find(name)
	if err != nil {
		return Image{}, err
	}
	return s.copyImageLocked(i), nil
}

// Images returns all images in order of creation.
func (s *State) Images() []Image {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Image, len(s.images.list))
	for n, i := range s.images.list {
		list[n] = s.copyImageLocked(i)
	}
	return list
}

func (s *State) copyImageLocked(i *Image) Image {
	c := i.clone()
	c.Containers = s.index.images[i.ID]
	return c
}
