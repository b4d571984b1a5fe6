package files

import (
	"bytes"
	"cmp"
	"maps"
	"path"
	"slices"
)

// Kind is how a path of one tree differs from that of another, by the numbers of the Engine API.
type Kind int

const (
	Modified Kind = iota
	Added
	Deleted
)

// String is the letter of docker diff.
func (k Kind) String() string { return "CAD"[k : k+1] }

// Change is a path that differs, with a slash in front, in the form of the Engine API.
type Change struct {
	Path string
	Kind Kind
}

// Diff returns what was done to old to make t, sorted by path. A folder in which something changed has changed too, and of
// one that is gone only its own path is told (moby's archive.Changes).
func (t Tree) Diff(old Tree) []Change {
	was, is := old.withFolders(), t.withFolders()
	kinds := make(map[string]Kind)
	for name, f := range is {
		if before, ok := was[name]; !ok {
			kinds[name] = Added
		} else if !f.same(before) {
			kinds[name] = Modified
		}
	}
	for name := range was {
		dir := path.Dir(name)
		if _, ok := is[name]; !ok && (dir == "." || is[dir].Dir) {
			kinds[name] = Deleted
		}
	}
	for _, name := range slices.Collect(maps.Keys(kinds)) {
		for i, c := range name {
			if _, ok := kinds[name[:i]]; c == '/' && !ok {
				kinds[name[:i]] = Modified
			}
		}
	}
	var changes []Change
	for name, kind := range kinds {
		changes = append(changes, Change{"/" + name, kind})
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return changes
}

// same reports whether two files are alike. The time of a folder is no measure of change.
func (f File) same(g File) bool {
	return f.Mode == g.Mode && f.Dir == g.Dir && f.Link == g.Link && f.UID == g.UID && f.GID == g.GID &&
		(f.Dir || f.Modified.Equal(g.Modified) && f.Zeros == g.Zeros && bytes.Equal(f.Data, g.Data))
}
