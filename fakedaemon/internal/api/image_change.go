//lint:file-ignore SA1019 what Docker calls deprecated is still part of its answers

package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/docker/api/types/filters"
	imagetypes "github.com/docker/docker/api/types/image"
	registrytypes "github.com/docker/docker/api/types/registry"
	timetypes "github.com/docker/docker/api/types/time"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/registry"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// repoTag reads the parameters "repo" and "tag"; without a repository there is nil. The error is a bad request
// (api/server/httputils/form.go).
func repoTag(repo, tag string) (reference.NamedTagged, error) {
	if repo == "" {
		return nil, nil
	}
	ref, err := reference.ParseNormalizedNamed(repo)
	if err != nil {
		return nil, invalid{err}
	}
	if _, ok := ref.(reference.Digested); ok {
		return nil, invalid{errors.New("cannot import digest reference")}
	}
	if tag == "" {
		return reference.TagNameOnly(ref).(reference.NamedTagged), nil
	}
	tagged, err := reference.WithTag(ref, tag)
	if err != nil {
		return nil, invalid{err}
	}
	return tagged, nil
}

// imageTag answers 200 without a repository: dockerd's handler ends there with no error (12-images of the recordings).
func (s *server) imageTag(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if s.Engine.TagNeedsName && r.Form.Get("repo") == "" {
		return reference.ErrReferenceInvalidFormat
	}
	ref, err := repoTag(r.Form.Get("repo"), r.Form.Get("tag"))
	if ref == nil || err != nil {
		return err
	}
	if reference.FamiliarName(ref) == "sha256" {
		return invalid{errors.New("refusing to create an ambiguous tag using digest algorithm as name")}
	}
	img, err := s.image(r.vars["name"])
	if err != nil {
		return err
	}
	if err := s.State.TagImage(img.ID, ref.String()); err != nil {
		return err
	}
	w.WriteHeader(http.StatusCreated)
	return nil
}

func (s *server) imageDelete(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	name := r.vars["name"]
	if strings.TrimSpace(name) == "" {
		return invalid{errors.New("image name cannot be blank")}
	}
	var platforms []*ocispec.Platform
	if !r.below("1.50") {
		for _, text := range r.Form["platforms"] {
			p, err := decodePlatform(text)
			if err != nil {
				return err
			}
			platforms = append(platforms, p)
		}
	}
	force := r.boolean("force")
	switch {
	case !s.Engine.StoresManifests && len(platforms) > 1:
		return invalid{errors.New("multiple platforms are not supported")}
	case s.Engine.StoresManifests && len(platforms) > 0 && !force:
		return invalid{errors.New("Content will be removed from all images referencing this variant. Use —-force to force delete.")}
	}
	parsed, err := ParseImage(name)
	if err != nil {
		return err
	}
	if s.Engine.StoresManifests {
		parsed = storedName(parsed)
	}
	if len(platforms) > 0 {
		img, err := s.image(name)
		if err != nil {
			return err
		}
		if !img.RunsOn(*platforms[0]) {
			return platformMismatch(name, img, *platforms[0])
		}
	}
	done, err := s.State.DeleteImage(parsed, force, !r.boolean("noprune"))
	if err != nil {
		return err
	}
	return s.write(w, r, append([]imagetypes.DeleteResponse{}, deleteResponses(done)...))
}

func deleteResponses(done []state.Deletion) []imagetypes.DeleteResponse {
	var list []imagetypes.DeleteResponse
	for _, d := range done {
		list = append(list, imagetypes.DeleteResponse{Untagged: d.Untagged, Deleted: d.Deleted})
	}
	return list
}

// pruneFilters are the keys that a prune of images may be filtered by.
var pruneFilters = map[string]bool{"dangling": true, "label": true, "label!": true, "until": true}

func (s *server) imagePrune(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	args, err := s.filters(r)
	if err != nil {
		return err
	}
	if err := args.Validate(pruneFilters); err != nil {
		return err
	}
	danglingOnly, err := args.GetBoolOrDefault("dangling", true)
	if err != nil {
		return err
	}
	until, err := s.pruneUntil(args)
	if err != nil {
		return err
	}
	done, reclaimed := s.State.PruneImages(danglingOnly, func(img state.Image) bool {
		return (until.IsZero() || !img.Created.After(until)) && matchPruneLabels(args, img.Config.Labels)
	})
	return s.write(w, r, imagetypes.PruneReport{ImagesDeleted: deleteResponses(done), SpaceReclaimed: uint64(reclaimed)})
}

// pruneUntil reads the filter "until", of which there is one at most (daemon/images/image_prune.go).
func (s *server) pruneUntil(args filters.Args) (time.Time, error) {
	values := args.Get("until")
	if len(values) == 0 {
		return time.Time{}, nil
	}
	if len(values) > 1 {
		return time.Time{}, errors.New("more than one until filter specified")
	}
	text, err := timetypes.GetTimestamp(values[0], s.Clock())
	if err != nil {
		return time.Time{}, err
	}
	seconds, nanoseconds, err := timetypes.ParseTimestamps(text, 0)
	return time.Unix(seconds, nanoseconds), err
}

func matchPruneLabels(args filters.Args, labels map[string]string) bool {
	return args.MatchKVList("label", labels) && (!args.Contains("label!") || !args.MatchKVList("label!", labels))
}

func (s *server) imageHistory(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	img, err := s.image(r.vars["name"])
	if err != nil {
		return err
	}
	if text := r.Form.Get("platform"); text != "" && !r.below("1.48") {
		p, err := decodePlatform(text)
		if err != nil {
			return err
		}
		if !img.RunsOn(*p) {
			return platformMismatch(r.vars["name"], img, *p)
		}
	}
	return s.write(w, r, s.history(img))
}

// history is how an image was made, the last step first. Steps that are images of their own have an ID
// (daemon/images/image_history.go).
func (s *server) history(img state.Image) []*imagetypes.HistoryResponseItem {
	list := []*imagetypes.HistoryResponseItem{}
	layer := 0
	for _, h := range img.History {
		item := &imagetypes.HistoryResponseItem{ID: "<missing>", Comment: h.Comment, CreatedBy: h.CreatedBy, Created: h.Created.Unix()}
		if h.Created.IsZero() && s.Engine.StoresManifests {
			item.Created = 0
		}
		if !h.EmptyLayer && layer < len(img.Layers) {
			item.Size = img.Layers[layer].Size
			layer++
		}
		list = append(list, item)
	}
	slices.Reverse(list)
	for _, item := range list {
		item.ID = img.ID
		item.Tags, _ = familiarRefs(img)
		parent, err := s.State.Image(state.ImageName{Given: img.Parent})
		if img.Parent == "" || err != nil {
			break
		}
		img = parent
	}
	return list
}

// imageSearch asks what is never there: docker.io, or the index of another registry.
func (s *server) imageSearch(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	limit := 25
	if text := r.Form.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return invalid{fmt.Errorf("invalid limit specified: %w", err)}
		}
		if n < 0 {
			return invalid{errors.New("invalid limit specified")}
		}
		if n != 0 {
			limit = n
		}
	}
	args, err := s.filters(r)
	if err != nil {
		return err
	}
	if err := args.Validate(map[string]bool{"is-automated": true, "is-official": true, "stars": true}); err != nil {
		return err
	}
	for _, key := range []string{"is-automated", "is-official"} {
		if _, err := args.GetBoolOrDefault(key, false); err != nil {
			return err
		}
	}
	for _, stars := range args.Get("stars") {
		if _, err := strconv.Atoi(stars); err != nil {
			return invalid{fmt.Errorf("invalid filter 'stars=%s': %w", stars, err)}
		}
	}
	if limit < 1 || limit > 100 {
		return invalid{fmt.Errorf("limit %d is outside the range of [1, 100]", limit)}
	}
	term := r.Form.Get("term")
	if strings.Contains(term, "://") {
		return invalid{fmt.Errorf("invalid repository name: repository name (%s) should not have a scheme", term)}
	}
	host, rest, ok := strings.Cut(term, "/")
	if !ok || !strings.ContainsAny(host, ".:") && host != "localhost" {
		host, rest = "index.docker.io", strings.TrimPrefix(term, "library/")
	}
	body, err := registry.Search(r.Context(), host, "q="+url.QueryEscape(rest)+"&n="+strconv.Itoa(limit))
	if err != nil {
		return err
	}
	var found registrytypes.SearchResults
	if err := json.Unmarshal(body, &found); err != nil {
		return fmt.Errorf("error decoding registry search results: %w", err)
	}
	return s.write(w, r, filterSearch(found.Results, args))
}

// filterSearch keeps what the filters let through.
func filterSearch(all []registrytypes.SearchResult, args filters.Args) []registrytypes.SearchResult {
	official, _ := args.GetBoolOrDefault("is-official", false)
	automated, _ := args.GetBoolOrDefault("is-automated", false)
	list := []registrytypes.SearchResult{}
	for _, result := range all {
		few := slices.ContainsFunc(args.Get("stars"), func(stars string) bool { n, _ := strconv.Atoi(stars); return result.StarCount < n })
		if few || automated || args.Contains("is-official") && official != result.IsOfficial {
			continue
		}
		result.IsAutomated = false
		list = append(list, result)
	}
	return list
}
