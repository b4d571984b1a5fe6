package conform

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fakedockerd/fakedockerd/modes"
)

// Entries returns what clients are tried on: all entries of package modes. The slice is the caller's.
func Entries() []modes.Entry { return modes.AllEntries() }

// Entries returns what Run tries with these options. Its error says that no entry matches Filter.
func (o *Options) Entries() ([]modes.Entry, error) {
	var selected []modes.Entry
	for _, e := range Entries() {
		if o.Filter == nil || o.Filter.MatchString(e.ID) {
			selected = append(selected, e)
		}
	}
	if len(selected) == 0 {
		return nil, fmt.Errorf("no entry matches %q", o.Filter)
	}
	return o.Shard.of(selected), nil
}

// A Shard is one of Count equal parts of the entries. The zero value is all of them.
type Shard struct {
	Index int // from 0
	Count int // 0 means 1
}

// ParseShard reads "2/5", the second of five parts. Its error names what is wrong with s.
func ParseShard(s string) (Shard, error) {
	index, count, ok := strings.Cut(s, "/")
	i, err := strconv.Atoi(index)
	n, err2 := strconv.Atoi(count)
	if !ok || err != nil || err2 != nil || i < 1 || i > n {
		return Shard{}, fmt.Errorf("%q is not a shard: it is I/N, from 1/N to N/N", s)
	}
	return Shard{i - 1, n}, nil
}

// of picks every Count-th entry, so that entries of one kind, which take long or little, are in all shards.
func (s Shard) of(entries []modes.Entry) []modes.Entry {
	if s.Count < 2 {
		return entries
	}
	var part []modes.Entry
	for i := s.Index; i < len(entries); i += s.Count {
		part = append(part, entries[i])
	}
	return part
}

// reference is the family that says what is expected of a client of family f: a client of a family that the matrix
// does not know is held against the docker CLI.
func reference(f modes.Family) modes.Family {
	if f == Unknown {
		return modes.FamilyDocker
	}
	return f
}
