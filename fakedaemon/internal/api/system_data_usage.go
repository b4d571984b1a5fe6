//lint:file-ignore SA1019 what Docker calls deprecated is still part of its answers

package api

import (
	"fmt"
	"net/http"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	imagetypes "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/volume"
)

// systemDataUsage answers GET /system/df. What is not asked for is null (17-system-prune of the recordings).
func (s *server) systemDataUsage(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	kinds, ok := r.Form["type"]
	if r.below("1.42") || !ok {
		kinds = []string{string(types.ContainerObject), string(types.ImageObject), string(types.VolumeObject), string(types.BuildCacheObject)}
	}
	var usage types.DiskUsage
	for _, kind := range kinds {
		var err error
		switch types.DiskUsageObject(kind) {
		case types.ContainerObject:
			usage.Containers, err = s.containers(containerListOptions{all: true, size: true, filters: filters.NewArgs()})
		case types.ImageObject:
			usage.LayersSize = s.layersSize()
			usage.Images, err = s.images(imageListOptions{sharedSize: true, filters: filters.NewArgs()})
			for _, sum := range usage.Images {
				if r.below("1.44") {
					sum.VirtualSize = sum.Size
				}
			}
		case types.VolumeObject:
			usage.Volumes = s.volumeUsage()
		case types.BuildCacheObject:
			usage.BuildCache = []*build.CacheRecord{}
		default:
			return invalid{fmt.Errorf("unknown object type: %s", kind)}
		}
		if err != nil {
			return err
		}
	}
	if s.Engine.UsageByKind {
		return s.write(w, r, s.newDataUsage(r, &usage))
	}
	return s.write(w, r, usage)
}

// layersSize sums the layers of all images but those that only others are built on, each layer once.
func (s *server) layersSize() int64 {
	all := s.State.Images()
	parents := parentIDs(all)
	sizes := make(map[string]int64)
	for _, img := range all {
		if len(img.Refs) == 0 && parents[img.ID] {
			continue
		}
		for _, l := range img.Layers {
			sizes[l.ChainID] = l.Size
		}
		if s.Engine.StoresManifests {
			sizes[img.ID] = img.ContentSize
		}
	}
	var total int64
	for _, size := range sizes {
		total += size
	}
	return total
}

// volumeUsage leaves out volumes with options: what they hold is mostly elsewhere (volume/service/service.go).
func (s *server) volumeUsage() []*volume.Volume {
	list := []*volume.Volume{}
	for _, v := range s.State.Volumes() {
		if v.Driver == "local" && len(v.Options) == 0 {
			resp := volumeResponse(v)
			resp.UsageData = &volume.UsageData{RefCount: int64(v.RefCount), Size: s.State.VolumeSize(v.Name)}
			list = append(list, resp)
		}
	}
	return list
}

// newDataUsage is the form of engine 29 (17-system-prune of the recordings): what was not asked for is left out,
// API 1.52 and higher have sums, and the old lists only for those that do not ask for verbose.
type newDataUsage struct {
	LayersSize int64                 `json:",omitempty"`
	Images     []*imagetypes.Summary `json:",omitzero"`
	Containers []containerSummary    `json:",omitzero"`
	Volumes    []*volume.Volume      `json:",omitzero"`
	BuildCache []*build.CacheRecord  `json:",omitzero"`

	ImageUsage      *usage[*imagetypes.Summary] `json:",omitempty"`
	ContainerUsage  *usage[containerSummary]    `json:",omitempty"`
	VolumeUsage     *usage[*volume.Volume]      `json:",omitempty"`
	BuildCacheUsage *usage[*build.CacheRecord]  `json:",omitempty"`
}

// usage sums up what there is of a kind. Sizes are in bytes.
type usage[T any] struct {
	ActiveCount int64 `json:",omitempty"`
	Items       []T   `json:",omitempty"`
	Reclaimable int64 `json:",omitempty"`
	TotalCount  int64 `json:",omitempty"`
	TotalSize   int64 `json:",omitempty"`
}

// newDataUsage makes the form of engine 29 of the older one. The counts are those of daemon/disk_usage.go.
func (s *server) newDataUsage(r *request, old *types.DiskUsage) *newDataUsage {
	var containers []containerSummary
	if old.Containers != nil {
		containers = make([]containerSummary, len(old.Containers))
		for i, sum := range old.Containers {
			sum.ImageManifestDescriptor = nil
			containers[i] = containerSummary{sum, s.health(sum.ID)}
		}
	}
	du := &newDataUsage{}
	if r.below("1.52") || !r.boolean("verbose") {
		du = &newDataUsage{LayersSize: old.LayersSize, Images: old.Images, Containers: containers, Volumes: old.Volumes, BuildCache: old.BuildCache}
	}
	if r.below("1.52") {
		return du
	}
	if old.Images != nil {
		u := &usage[*imagetypes.Summary]{Items: old.Images, TotalCount: int64(len(old.Images)), TotalSize: old.LayersSize}
		for _, sum := range old.Images {
			if sum.Containers > 0 {
				u.ActiveCount++
			} else {
				u.Reclaimable += sum.Size - sum.SharedSize
			}
		}
		du.ImageUsage = u
	}
	if containers != nil {
		u := &usage[containerSummary]{Items: containers, TotalCount: int64(len(containers))}
		for _, sum := range containers {
			u.TotalSize += sum.SizeRw
			switch sum.State {
			case container.StateRunning, container.StatePaused, container.StateRestarting:
				u.ActiveCount++
			default:
				u.Reclaimable += sum.SizeRw
			}
		}
		du.ContainerUsage = u
	}
	if old.Volumes != nil {
		u := &usage[*volume.Volume]{Items: old.Volumes, ActiveCount: int64(len(old.Volumes)), TotalCount: int64(len(old.Volumes))}
		for _, v := range old.Volumes {
			u.TotalSize += v.UsageData.Size
			if v.UsageData.RefCount == 0 {
				u.Reclaimable += v.UsageData.Size
				u.ActiveCount--
			}
		}
		du.VolumeUsage = u
	}
	if old.BuildCache != nil {
		du.BuildCacheUsage = &usage[*build.CacheRecord]{}
	}
	return du
}
