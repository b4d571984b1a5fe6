package api

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/bulk"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/platforms"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/registry"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// imageImport makes an image of a tar that is the body or that an HTTP server on loopback has.
func (s *server) imageImport(w http.ResponseWriter, r *request, platform *ocispec.Platform) error {
	src, comment := r.Form.Get("fromSrc"), r.Form.Get("message")
	ref, err := repoTag(r.Form.Get("repo"), r.Form.Get("tag"))
	if err != nil {
		return err
	}
	if comment == "" {
		comment = "Imported from " + src
	}
	out, era := s.newStream(w), s.State.Era()
	var data []byte
	if src == "-" {
		data, err = bulk.ReadAll(r.Body, r.ContentLength)
	} else {
		if !strings.Contains(src, "://") {
			src = "http://" + src
		}
		var from *url.URL
		if from, err = url.Parse(src); err != nil {
			return invalid{err}
		}
		if data, err = registry.Download(r.Context(), from.String()); err == nil {
			out.status("", "Downloading from %s", from)
		}
	}
	if err != nil {
		return err
	}
	if platform != nil && platform.OS != platforms.Host().OS && !s.Engine.StoresManifests {
		return invalid{errors.New("operating system is not supported")}
	}
	config, err := s.dockerfiles().Change(image.Config{}, r.Form["changes"])
	if err != nil {
		return out.finish(err)
	}
	img := state.Image{Content: image.Content{Comment: comment, Config: config, Created: s.State.Now()}}
	if platform != nil && !s.Engine.ImportsForHost {
		img.OS, img.Architecture, img.Variant = platform.OS, platform.Architecture, platform.Variant
	}
	layer, err := image.MakeLayer(s.Engine, data)
	if err != nil {
		return out.finish(err)
	}
	img.Layers = []image.Layer{layer}
	if img, _, err = s.State.StoreImage(era, img); err != nil {
		return out.finish(err)
	}
	if ref != nil {
		if err := s.State.TagImage(img.ID, ref.String()); err != nil {
			return out.finish(err)
		}
	}
	s.State.EmitImage(img.ID, img.ID, img.ID, "import")
	out.status("", "%s", img.ID)
	return nil
}
