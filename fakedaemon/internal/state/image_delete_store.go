package state

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// danglingName is the name that containerd's image store gives to what has no other (daemon/containerd/soft_delete.go).
func danglingName(id string) string { return "moby-dangling@" + id }

// names are what containerd's image store has an image under, sorted.
func (i *Image) names() []string {
	names := slices.Clone(i.Refs)
	if i.Dangling || len(names) == 0 {
		names = append(names, danglingName(i.ID))
		slices.Sort(names)
	}
	return names
}

func (d *deletion) deleteStored(i *Image, name ImageName, force, prune bool) error {
	var mask conflicts
	if !force {
		mask = conflictSoft
	}
	all := i.names()
	if _, _, digested := cutReference(name.Ref); !digested && isIDPrefix(i.ID, name.Given) {
		if same := sameNames("", all); d.refs[name.Ref] != i && len(same) == len(all) {
			mask &^= conflictReference
		}
		return d.deleteAll(i, all, mask, prune)
	}
	same := sameNames(name.Ref, all)
	if len(same) == 0 {
		return NotFound{"No such image: " + name.Familiar}
	}
	if len(same) != len(all) {
		for _, ref := range same {
			d.dropName(i, ref)
			d.emit(nil, i.ID, image.FamiliarName(ref), "untag")
			d.untagged(ref)
		}
		return nil
	}
	exact := d.refs[name.Ref] == i
	if !exact || len(all) > 1 {
		mask &^= conflictReference
	}
	if users := d.users[i.ID]; exact && len(users) > 0 {
		familiar := image.FamiliarName(name.Ref)
		if !force {
			return Conflict{fmt.Sprintf("conflict: unable to delete %s (must be forced) - container %s is using its referenced image %s",
				familiar, shortID(users[0].ID), shortImageID(i.ID))}
		}
		d.dropName(i, name.Ref)
		d.emit(nil, i.ID, familiar, "untag")
		d.untagged(name.Ref)
		return nil
	}
	return d.deleteAll(i, all, mask, prune)
}

// sameNames returns those of the names that go with ref, which are all if it is "" and there is only one repository and
// tag (getSameReferences of daemon/containerd).
func sameNames(ref string, all []string) []string {
	repository, tag, digested := cutReference(ref)
	if digested {
		tag = ""
	}
	var same, digests []string
	lone := true // there is no other tag in the repository
	for _, name := range all {
		if strings.HasPrefix(name, "moby-dangling@") {
			same = append(same, name)
			continue
		}
		of, its, isDigest := cutReference(name)
		if repository == "" {
			repository = of
			if !isDigest {
				tag = its
			}
		} else if of != repository {
			continue
		}
		switch {
		case digested:
		case isDigest:
			digests = append(digests, name)
			continue
		case tag == "":
			tag = its
		case tag != its:
			lone = false
			continue
		}
		same = append(same, name)
	}
	if lone {
		same = append(same, digests...)
	}
	return same
}

func (d *deletion) dropName(i *Image, name string) {
	if name == danglingName(i.ID) {
		i.Dangling = false
		return
	}
	d.dropRef(i, name)
}

// deleteAll removes an image with all its names and, with prune, the nameless images that it was built on.
func (d *deletion) deleteAll(i *Image, all []string, mask conflicts, prune bool) error {
	for _, name := range all {
		if err := d.conflict(i, conflictRunning|mask, len(all)); err != nil {
			return err
		}
		d.dropName(i, name)
		if name != danglingName(i.ID) {
			d.emit(nil, i.ID, image.FamiliarName(name), "untag")
			d.untagged(name)
		}
	}
	if named := all[0] != danglingName(i.ID); named && len(all) == 1 && mask&conflictReference != 0 && d.children[i.ID] > 0 {
		// Others were built on it: it stays without a name, although dockerd says otherwise.
		d.emit(nil, i.ID, i.ID, "delete")
		d.done = append(d.done, Deletion{Deleted: i.ID})
		return nil
	}
	d.remove(i)
	for prune {
		if i = d.ids[i.Parent]; i == nil || len(i.Refs) > 0 || d.conflict(i, conflictRunning|conflictSoft, len(all)) != nil {
			break
		}
		d.remove(i)
	}
	return nil
}

// pruneStored is pruneUnused of daemon/containerd: each name by itself, but the last of an image that a container was
// made from by its ID, and names that containers were made from.
func (d *deletion) pruneStored(danglingOnly bool, match func(Image) bool) {
	type named struct {
		name  string
		image *Image
	}
	var candidates []named
	left := make(map[*Image]int)
	for _, i := range d.list {
		names := i.names()
		left[i] = len(names)
		if !match(i.clone()) {
			continue
		}
		for _, name := range names {
			nameless := name == danglingName(i.ID)
			if danglingOnly && !nameless || d.keepsName(i, name, nameless) {
				continue
			}
			candidates = append(candidates, named{name, i})
		}
	}
	slices.SortFunc(candidates, func(a, b named) int { return strings.Compare(a.name, b.name) })
	for _, c := range candidates {
		if left[c.image]--; left[c.image] == 0 && d.usedByID(c.image) {
			continue
		}
		d.dropName(c.image, c.name)
		familiar := image.FamiliarName(c.name)
		d.emit(nil, c.image.ID, familiar, "untag")
		d.untagged(c.name)
		if left[c.image] > 0 {
			continue
		}
		d.gone[c.image] = true
		d.images.remove(c.image)
		d.done = append(d.done, Deletion{Deleted: c.image.ID})
		d.reclaimed += c.image.ContentSize
	}
}

// keepsName reports whether a container was made by that name, or from an image that is nameless now.
func (d *deletion) keepsName(i *Image, name string, nameless bool) bool {
	return slices.ContainsFunc(d.users[i.ID], func(c *Container) bool {
		return nameless || image.FamiliarName(name) == c.Image || name == c.Image || image.FamiliarName(name) == c.Image+":latest" || name == c.Image+":latest"
	})
}

// usedByID reports whether a container was made from the image by its ID.
func (d *deletion) usedByID(i *Image) bool {
	return slices.ContainsFunc(d.users[i.ID], func(c *Container) bool {
		return strings.HasPrefix(i.ID, "sha256:"+strings.TrimPrefix(c.Image, "sha256:")) || strings.HasSuffix(c.Image, "@"+i.ID)
	})
}
