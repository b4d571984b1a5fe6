package files

import (
	"path"
	"strings"
)

// Sub is what a tree has below a folder.
func (t Tree) Sub(dir string) Tree {
	if dir = Clean(dir); dir == "" {
		return t
	}
	sub := make(Tree)
	for name, f := range t {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			sub[rest] = f
		}
	}
	return sub
}

// Tree is all files but those of mounts, and nobody changes them. Those of them that have the same bytes may be one.
func (f *FS) Tree() Tree {
	f.settle()
	c := f.Clone().own
	return tree(c.nodeLocked)
}

// Changes are what differs from the layers below, as Tree.Diff tells it. Those of mounts are none.
func (f *FS) Changes() []Change {
	f.settle()
	f.own.mu.RLock()
	untouched := len(f.own.nodes) == 0
	f.own.mu.RUnlock()
	if untouched {
		return nil
	}
	was, err := f.own.base.Tree()
	if err != nil {
		return nil // which has no files then
	}
	return f.Tree().Diff(was)
}

// Upper is what differs from the layers below, as a layer: the folders and files, and whiteouts for what is gone.
func (f *FS) Upper() Tree {
	f.settle()
	c := f.Clone()
	changes, is, upper := c.Changes(), c.Tree(), make(Tree)
	for _, change := range changes {
		name := Clean(change.Path)
		if change.Kind == Deleted {
			dir, base := path.Split(name)
			upper[dir+whiteout+base] = File{Modified: f.own.now()}
			continue
		}
		upper[name] = is[name]
	}
	return upper
}

// Size is how many bytes the files have that differ from the layers below, and all files.
func (f *FS) Size() (upper, all int64) {
	f.settle()
	c := f.Clone().own
	counted := make(map[uint64]bool)
	var walk func(ino uint64)
	walk = func(ino uint64) {
		for _, child := range c.nodeLocked(ino).entries {
			n := c.nodeLocked(child)
			if n.folder() {
				walk(child)
			} else if !counted[child] {
				counted[child] = true
				all += n.length()
				if c.nodes[child] != nil {
					upper += n.length()
				}
			}
		}
	}
	walk(root)
	return upper, all
}

// Written is what differs from the layers below: in bytes, as a graph driver counts them, and in blocks, as they take room on a disk
// with a folder for the layer itself.
func (f *FS) Written() (bytes, blocks int64) {
	changes, c := f.Changes(), f.Clone()
	blocks = 1
	counted := make(map[uint64]bool)
	for _, change := range changes {
		p, err := c.find(change.Path, false, Owner{})
		if err != nil || counted[p.ino] {
			continue
		}
		counted[p.ino] = true
		n := p.node()
		if n.folder() {
			blocks++
			continue
		}
		bytes += n.length()
		if n.mode.IsRegular() {
			blocks += (n.size + BlockSize - 1) / BlockSize
		}
	}
	return bytes, blocks
}

// BlockSize is the unit in which the recorded file system gives room, in bytes.
const BlockSize = 4096
