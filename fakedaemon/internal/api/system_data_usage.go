//lint:file-ignore SA1019 what Docker calls deprecated is still part of its answers

package api

import (
	"fmt"
	"net/http"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/volume"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
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
		for n, chain := range state.ChainIDs(img.Layers) {
			sizes[chain] = img.Layers[n].Size
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
			resp.UsageData = &volume.UsageData{RefCount: int64(v.RefCount), Size: v.Size}
			list = append(list, resp)
		}
	}
	return list
}
