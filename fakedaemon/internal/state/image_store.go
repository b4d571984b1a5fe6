package state

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// images is which images there are, what they are called and what stands on what. The zero value has none. Who uses it
// keeps others away: State by its lock.
type images struct {
	list     []*Image          // in order of creation
	ids      map[string]*Image // by ID and by the digest of the content
	refs     map[string]*Image
	children map[string]int // how many images have this parent
	layers   map[string]int // how many images have a layer, by chain ID
	// stands are what containers of an image stand on, by its ID, and bases the files of a layer and those below, by its chain ID:
	// of those that somebody has asked for.
	stands map[string]stand
	bases  map[string]*files.Base
}

// free refuses an ID that an image has.
func (x *images) free(id string) error {
	if x.ids[id] != nil {
		return Conflict{fmt.Sprintf("image %s exists", id)}
	}
	return nil
}

// add adds an image that is complete. The error is Conflict if the ID exists.
func (x *images) add(i Image) (*Image, error) {
	if err := x.free(i.ID); err != nil {
		return nil, err
	}
	if x.ids == nil {
		*x = images{nil, make(map[string]*Image), make(map[string]*Image), make(map[string]int), make(map[string]int), nil, nil}
	}
	refs := i.Refs
	i.Refs = nil
	x.list = append(x.list, &i)
	x.ids[i.ID] = &i
	if i.Digest != "" && x.ids[i.Digest] == nil {
		x.ids[i.Digest] = &i
	}
	if i.Parent != "" {
		x.children[i.Parent]++
	}
	for _, l := range i.Layers {
		x.layers[l.ChainID]++
	}
	for _, ref := range refs {
		x.setRef(&i, ref)
	}
	return &i, nil
}

// findOrAdd adds an image unless there is one of the same content; old reports that there was.
func (x *images) findOrAdd(i Image) (found *Image, old bool, err error) {
	if have := x.ids[i.Digest]; have != nil {
		return have, true, nil
	}
	found, err = x.add(i)
	return found, false, err
}

// remove forgets all of an image but its place in the list, and returns the layers that no other has, from the top down.
func (x *images) remove(i *Image) (removed []image.Layer) {
	delete(x.ids, i.ID)
	delete(x.stands, i.ID)
	if x.ids[i.Digest] == i {
		delete(x.ids, i.Digest)
	}
	for _, ref := range i.Refs {
		delete(x.refs, ref)
	}
	if i.Parent != "" {
		x.children[i.Parent]--
	}
	for _, l := range slices.Backward(i.Layers) {
		if x.layers[l.ChainID]--; x.layers[l.ChainID] == 0 {
			delete(x.layers, l.ChainID)
			delete(x.bases, l.ChainID)
			removed = append(removed, l)
		}
	}
	return removed
}

// setRef gives an image a reference, which another may lose.
func (x *images) setRef(i *Image, ref string) {
	have := x.refs[ref]
	if have == i {
		return
	}
	if have != nil {
		x.dropRef(have, ref)
	}
	at, _ := slices.BinarySearch(i.Refs, ref)
	i.Refs = slices.Insert(i.Refs, at, ref)
	x.refs[ref] = i
}

func (x *images) dropRef(i *Image, ref string) {
	i.Refs = slices.DeleteFunc(i.Refs, func(have string) bool { return have == ref })
	delete(i.Annotations, ref)
	delete(x.refs, ref)
}

// find finds an image as a client calls it. The error is NotFound.
func (x *images) find(name ImageName) (*Image, error) {
	if i := x.refs[name.Ref]; i != nil {
		return i, nil
	}
	notFound := NotFound{"No such image: " + name.Familiar}
	if name.OnlyRef {
		return nil, notFound
	}
	prefix := strings.TrimPrefix(name.Given, "sha256:")
	if i := x.ids["sha256:"+prefix]; i != nil {
		return i, nil
	}
	var found *Image
	for _, i := range x.list {
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

// refsOf returns the references that images have in a repository, sorted.
func (x *images) refsOf(repository string) []string {
	var list []string
	for ref := range x.refs {
		if name, _, _ := cutReference(ref); name == repository {
			list = append(list, ref)
		}
	}
	slices.Sort(list)
	return list
}

// layerRepositories returns the repositories of a registry that are known to have a layer, sorted.
func (x *images) layerRepositories(diffID, registry string) []string {
	var list []string
	for _, i := range x.list {
		if slices.ContainsFunc(i.Layers, func(l image.Layer) bool { return l.DiffID == diffID }) {
			list = union(list, i.Repositories)
		}
	}
	list = slices.DeleteFunc(list, func(name string) bool { return !strings.HasPrefix(name, registry+"/") })
	slices.Sort(list)
	return list
}

// union adds to a list what it does not have.
func union(list, more []string) []string {
	for _, v := range more {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// findLayers returns the longest list of layers that an image begins with, of those with the given diff IDs.
func (x *images) findLayers(diffIDs []string) []image.Layer {
	var best []image.Layer
	for _, i := range x.list {
		n := 0
		for n < len(diffIDs) && n < len(i.Layers) && i.Layers[n].DiffID == diffIDs[n] {
			n++
		}
		if n > len(best) {
			best = i.Layers[:n]
		}
	}
	return slices.Clone(best)
}

// findBuilt finds the newest image that a step made of another before; nil means none.
func (x *images) findBuilt(parent, createdBy string) *Image {
	if parent != "" && x.children[parent] == 0 {
		return nil
	}
	for _, i := range slices.Backward(x.list) {
		if n := len(i.History); i.Parent == parent && n > 0 && i.History[n-1].CreatedBy == createdBy {
			return i
		}
	}
	return nil
}
