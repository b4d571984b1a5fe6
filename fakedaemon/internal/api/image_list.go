//lint:file-ignore SA1019 what Docker calls deprecated is still part of its answers

package api

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/filters"
	imagetypes "github.com/docker/docker/api/types/image"
	timetypes "github.com/docker/docker/api/types/time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// imageFilters are the keys that a list of images may be filtered by (daemon/images/image_list.go).
var imageFilters = map[string]bool{
	"before":    true,
	"dangling":  true,
	"label":     true,
	"reference": true,
	"since":     true,
	"until":     true,
}

func (s *server) imageList(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	args, err := s.filters(r)
	if err != nil {
		return err
	}
	if pattern := r.Form.Get("filter"); pattern != "" && r.below("1.41") && s.Engine.FilterParameter {
		args.Add("reference", pattern)
	}
	list, err := s.images(imageListOptions{
		all:        r.boolean("all"),
		sharedSize: !r.below("1.42") && r.boolean("shared-size"),
		manifests:  !r.below("1.47") && r.boolean("manifests"),
		filters:    args,
	})
	if err != nil {
		return err
	}
	for _, sum := range list {
		switch {
		case !r.below("1.43"):
			sum.RepoTags, sum.RepoDigests = append([]string{}, sum.RepoTags...), append([]string{}, sum.RepoDigests...)
		case len(sum.RepoTags)+len(sum.RepoDigests) == 0:
			sum.RepoTags, sum.RepoDigests = []string{"<none>:<none>"}, []string{"<none>@<none>"}
		}
		if r.below("1.44") {
			sum.VirtualSize = sum.Size
		}
		if r.below("1.48") {
			sum.Descriptor = nil
		}
		if r.below("1.51") {
			sum.Containers = -1
		}
	}
	return s.write(w, r, list)
}

// parentIDs are the IDs of images that others were built on.
func parentIDs(all []state.Image) map[string]bool {
	ids := make(map[string]bool)
	for _, img := range all {
		ids[img.Parent] = true
	}
	return ids
}

type imageListOptions struct {
	all, sharedSize, manifests bool
	filters                    filters.Args
}

// images lists images, newest first.
func (s *server) images(o imageListOptions) ([]*imagetypes.Summary, error) {
	f, err := s.newImageFilter(o)
	if err != nil {
		return nil, err
	}
	all := s.State.Images()
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b state.Image) int { return cmp.Compare(b.Created.Unix(), a.Created.Unix()) })
	uses := layerUses(all)
	parents := parentIDs(all)
	list := []*imagetypes.Summary{}
	for _, img := range all {
		tags, digests, ok, err := f.match(img, parents[img.ID])
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		sum := &imagetypes.Summary{
			Containers:  int64(img.Containers),
			Created:     img.Created.Unix(),
			ID:          img.ID,
			Labels:      img.Config.Labels,
			ParentID:    img.Parent,
			RepoDigests: digests,
			RepoTags:    tags,
			SharedSize:  -1,
			Size:        s.listedSize(img),
			Descriptor:  s.descriptor(img),
		}
		if s.Engine.StoresManifests {
			sum.Labels = notNil(sum.Labels)
		}
		if o.manifests {
			sum.Manifests = s.manifests(img)
		}
		if o.sharedSize {
			sum.SharedSize = 0
			for _, l := range img.Layers {
				if uses[l.ChainID] > 1 {
					sum.SharedSize += l.Size
				}
			}
		}
		list = append(list, sum)
	}
	return list, nil
}

// imageFilter says which images to list.
type imageFilter struct {
	imageListOptions
	danglingOnly  bool
	stored        bool // one digest, that of the manifest
	before, since time.Time
}

func (s *server) newImageFilter(o imageListOptions) (*imageFilter, error) {
	f := &imageFilter{imageListOptions: o, stored: s.Engine.StoresManifests}
	if err := o.filters.Validate(imageFilters); err != nil {
		return nil, err
	}
	var err error
	if f.danglingOnly, err = o.filters.GetBoolOrDefault("dangling", false); err != nil {
		return nil, err
	}
	notAfter := func(t time.Time) {
		if f.before.IsZero() || f.before.After(t) {
			f.before = t
		}
	}
	err = o.filters.WalkValues("before", func(value string) error {
		img, err := s.image(value)
		notAfter(img.Created)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = o.filters.WalkValues("until", func(value string) error {
		text, err := timetypes.GetTimestamp(value, s.Clock())
		if err != nil {
			return err
		}
		seconds, nanoseconds, err := timetypes.ParseTimestamps(text, 0)
		notAfter(time.Unix(seconds, nanoseconds))
		return err
	})
	if err != nil {
		return nil, err
	}
	err = o.filters.WalkValues("since", func(value string) error {
		img, err := s.image(value)
		if f.since.Before(img.Created) {
			f.since = img.Created
		}
		return err
	})
	return f, err
}

// match decides about an image and says which of its references to show. A parent is an image that others
// were built on.
func (f *imageFilter) match(img state.Image, parent bool) (tags, digests []string, ok bool, err error) {
	if f.danglingOnly && parent ||
		!f.before.IsZero() && !img.Created.Before(f.before) ||
		!f.since.IsZero() && !img.Created.After(f.since) ||
		f.filters.Contains("label") && !f.filters.MatchKVList("label", img.Config.Labels) {
		return nil, nil, false, nil
	}
	byReference := f.filters.Contains("reference")
	if byReference {
		if img.Refs, err = f.matchingRefs(img.Refs); err != nil {
			return nil, nil, false, err
		}
	}
	tags, digests = familiarRefs(img)
	if stored := storedDigests(img); f.stored && len(stored) > 0 {
		digests = stored[len(stored)-1:]
	}
	if len(tags)+len(digests) > 0 {
		return tags, digests, !f.danglingOnly || len(tags) == 0, nil
	}
	if byReference || parent && !f.all {
		return nil, nil, false, nil
	}
	return nil, nil, f.danglingOnly || !f.filters.Contains("dangling"), nil
}

// matchingRefs keeps the references that one of the patterns matches.
func (f *imageFilter) matchingRefs(refs []string) ([]string, error) {
	var kept []string
	for _, full := range refs {
		ref, err := reference.Parse(full)
		if err != nil {
			return nil, fmt.Errorf("reference %q: %w", full, err)
		}
		for _, pattern := range f.filters.Get("reference") {
			ok, err := reference.FamiliarMatch(pattern, ref)
			if err != nil {
				return nil, err
			}
			if ok {
				kept = append(kept, full)
				break
			}
		}
	}
	return kept, nil
}

// layerUses counts in how many images a layer is, by chain ID.
func layerUses(all []state.Image) map[string]int {
	uses := make(map[string]int)
	for _, img := range all {
		for _, l := range img.Layers {
			uses[l.ChainID]++
		}
	}
	return uses
}
