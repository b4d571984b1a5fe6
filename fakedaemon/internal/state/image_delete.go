package state

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// Deletion is one step of the removal of an image: a reference that was taken away, or an ID that is gone.
type Deletion struct{ Untagged, Deleted string }

// DeleteImage removes a reference or an image, as dockerd with a graph driver or with containerd's image store does
// (daemon/images/image_delete.go, daemon/containerd/image_delete.go). With prune, nameless images that it was built on
// go too. The error is NotFound or Conflict.
func (s *State) DeleteImage(name ImageName, force, prune bool) ([]Deletion, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.images.find(name)
	if err != nil {
		return nil, err
	}
	d := s.newDeletionLocked()
	defer d.compact()
	if s.engine.StoresManifests {
		err = d.deleteStored(i, name, force, prune)
	} else {
		err = d.deleteNamed(i, name, force, prune)
	}
	if err != nil {
		return nil, err
	}
	return d.done, nil
}

// PruneImages removes the nameless images that match likes, or without danglingOnly all that no container uses, and
// says how many bytes they took.
func (s *State) PruneImages(danglingOnly bool, match func(Image) bool) (done []Deletion, reclaimed int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.newDeletionLocked()
	if s.engine.StoresManifests {
		d.pruneStored(danglingOnly, match)
	} else {
		d.pruneNamed(danglingOnly, match)
		defer s.emitPrune("image", d.reclaimed)
	}
	d.compact()
	return d.done, d.reclaimed
}

// deletion is a removal of images. Who does it holds the lock.
type deletion struct {
	*images
	stored    bool                    // as containerd's image store does it
	users     map[string][]*Container // by ID of the image
	emit      func(i *Image, id, name, action string)
	gone      map[*Image]bool
	done      []Deletion
	reclaimed int64 // the bytes of layers that are gone
}

func (s *State) newDeletionLocked() *deletion {
	d := &deletion{images: &s.images, stored: s.engine.StoresManifests, emit: s.emitImage, users: make(map[string][]*Container), gone: make(map[*Image]bool)}
	for _, c := range s.containers {
		d.users[c.ImageID] = append(d.users[c.ImageID], c)
	}
	return d
}

// compact takes what is gone out of the list of images, all at once.
func (d *deletion) compact() {
	if len(d.gone) > 0 {
		d.list = slices.DeleteFunc(d.list, func(i *Image) bool { return d.gone[i] })
	}
}

func (d *deletion) untagged(ref string) {
	d.done = append(d.done, Deletion{Untagged: image.FamiliarName(ref)})
}

// remove takes an image out of what exists, with the layers that nothing else has.
func (d *deletion) remove(i *Image) {
	d.gone[i] = true
	removed := d.images.remove(i)
	d.emit(nil, i.ID, i.ID, "delete")
	d.done = append(d.done, Deletion{Deleted: i.ID})
	if d.stored || len(d.users[i.ID]) > 0 {
		return // containerd collects its garbage by itself, and a container keeps the layers that it stands on
	}
	for _, l := range removed {
		d.done = append(d.done, Deletion{Deleted: l.ChainID})
		d.reclaimed += l.Size
	}
}

// user returns a container of the image, running or not.
func (d *deletion) user(i *Image, running bool) *Container {
	for _, c := range d.users[i.ID] {
		if c.State.Running == running {
			return c
		}
	}
	return nil
}

func (d *deletion) deleteNamed(i *Image, name ImageName, force, prune bool) error {
	if isIDPrefix(i.ID, name.Given) {
		if singleReference(i.Refs) {
			mask := conflictHard | conflictStopped
			if force {
				mask = conflictHard
			}
			if err := d.conflict(i, mask, 0); err != nil {
				return err
			}
			d.untagAll(i)
		}
		return d.deleteUnused(i, force, prune, false)
	}
	if users := d.users[i.ID]; !force && len(users) > 0 && singleReference(i.Refs) {
		return Conflict{fmt.Sprintf("conflict: unable to remove repository reference %q (must force) - container %s is using its referenced image %s",
			name.Given, shortID(users[0].ID), shortImageID(i.ID))}
	}
	d.emitUntag(i)
	d.dropRef(i, name.Ref)
	d.untagged(name.Ref)
	if repository, _, digested := cutReference(name.Ref); !digested {
		d.dropLoneDigests(i, repository)
	}
	if len(i.Refs) > 0 {
		return nil
	}
	return d.deleteUnused(i, force, prune, true)
}

// dropLoneDigests takes away the digests of a repository that has no tag of the image any more.
func (d *deletion) dropLoneDigests(i *Image, repository string) {
	var digests []string
	for _, ref := range i.Refs {
		switch name, _, digested := cutReference(ref); {
		case name != repository:
		case !digested:
			return
		default:
			digests = append(digests, ref)
		}
	}
	for _, ref := range digests {
		d.dropRef(i, ref)
		d.untagged(ref)
	}
}

func (d *deletion) emitUntag(i *Image) { d.emit(i, i.ID, i.ID, "untag") }

func (d *deletion) untagAll(i *Image) {
	for _, ref := range slices.Clone(i.Refs) {
		d.emitUntag(i)
		d.dropRef(i, ref)
		d.untagged(ref)
	}
}

// deleteUnused deletes an image unless something holds it. Quietly, only what holds a nameless image by another image
// is an error.
func (d *deletion) deleteUnused(i *Image, force, prune, quiet bool) error {
	mask := conflictHard | conflictSoft
	if force {
		mask = conflictHard
	}
	if err := d.conflict(i, mask, len(i.Refs)); err != nil {
		// An image without references that no other was built on is dangling (imageIsDangling of daemon/images).
		if dangling := len(i.Refs)+d.children[i.ID] == 0; quiet && (err.used || !dangling) {
			return nil
		}
		return err
	}
	d.untagAll(i)
	d.remove(i)
	if parent := d.ids[i.Parent]; prune && parent != nil && i.Parent != "" {
		return d.deleteUnused(parent, false, true, true)
	}
	return nil
}

// What forbids to delete an image.
type conflicts int

const (
	conflictChild conflicts = 1 << iota
	conflictRunning
	conflictReference
	conflictStopped
	conflictHard = conflictChild | conflictRunning
	conflictSoft = conflictReference | conflictStopped
)

// inUse is a Conflict; used says that it is about a container.
type inUse struct {
	Conflict
	used bool
}

func (e *inUse) Unwrap() error { return e.Conflict }

// conflict returns the first of the conflicts that there is; nil means none. Of references, it is many that count in
// containerd's image store.
func (d *deletion) conflict(i *Image, mask conflicts, names int) *inUse {
	text := func(force, why string, used bool) *inUse {
		return &inUse{Conflict{fmt.Sprintf("conflict: unable to delete %s (%s be forced) - %s", shortImageID(i.ID), force, why)}, used}
	}
	if mask&conflictChild != 0 && d.children[i.ID] > 0 {
		return text("cannot", "image has dependent child images", false)
	}
	if c := d.user(i, true); c != nil && mask&conflictRunning != 0 {
		return text("cannot", "image is being used by running container "+shortID(c.ID), true)
	}
	referenced := mask&conflictReference != 0 && names > 0
	if referenced && !d.stored {
		return text("must", "image is referenced in multiple repositories", false)
	}
	if c := d.user(i, false); c != nil && mask&conflictStopped != 0 {
		return text("must", "image is being used by stopped container "+shortID(c.ID), true)
	}
	if referenced && names > 1 {
		return text("must", "image is referenced in multiple repositories", false)
	}
	return nil
}

func (d *deletion) pruneNamed(danglingOnly bool, match func(Image) bool) {
	for _, i := range slices.Clone(d.list) {
		if d.gone[i] || (danglingOnly || len(i.Refs) == 0) && d.children[i.ID] > 0 || !match(i.clone()) {
			continue
		}
		if danglingOnly && slices.ContainsFunc(i.Refs, func(ref string) bool { _, _, digested := cutReference(ref); return !digested }) {
			continue
		}
		// What is in use stays, and so does what another image was built on.
		if len(i.Refs) == 0 {
			_ = d.deleteNamed(i, ImageName{Given: strings.TrimPrefix(i.ID, "sha256:")}, false, true)
		}
		for _, ref := range slices.Clone(i.Refs) {
			_ = d.deleteNamed(i, ImageName{Ref: ref, Given: ref}, false, true)
		}
	}
}

// singleReference is isSingleReference of daemon/images: at most one tag, and digests of its repository only.
func singleReference(refs []string) bool {
	if len(refs) <= 1 {
		return len(refs) == 1
	}
	single := ""
	digests := make(map[string]bool)
	for _, ref := range refs {
		repository, _, digested := cutReference(ref)
		switch {
		case digested:
			digests[repository] = true
		case single == "":
			single = repository
		default:
			return false
		}
	}
	return len(digests) == 1 && (single == "" || digests[single])
}

// cutReference splits a full reference into the repository and its tag or digest.
func cutReference(ref string) (repository, tag string, digested bool) {
	if repository, tag, digested = strings.Cut(ref, "@"); digested {
		return repository, tag, true
	}
	at := strings.LastIndex(ref, ":")
	if at <= strings.LastIndex(ref, "/") {
		return ref, "", false
	}
	return ref[:at], ref[at+1:], false
}

// isIDPrefix reports whether what a client wrote is the start of an ID.
func isIDPrefix(id, given string) bool {
	return strings.HasPrefix(id, given) || strings.HasPrefix(strings.TrimPrefix(id, "sha256:"), given)
}

func shortImageID(id string) string { return shortID(strings.TrimPrefix(id, "sha256:")) }
