package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	buildtypes "github.com/docker/docker/api/types/build"
	registrytypes "github.com/docker/docker/api/types/registry"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/build"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/registry"
)

// buildPrune finds nothing: there is no BuildKit, and so no cache.
func (s *server) buildPrune(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	if _, err := s.filters(r); err != nil {
		return err
	}
	for _, key := range []string{"reserved-space", "keep-storage", "max-used-space", "min-free-space"} {
		if text := r.Form.Get(key); text != "" && (!r.below("1.48") || key == "keep-storage") {
			if _, err := strconv.Atoi(text); err != nil {
				return invalid{fmt.Errorf("%s is in bytes and expects an integer, got %v: %w", key, text, err)}
			}
		}
	}
	s.State.EmitPrune("builder", 0)
	return s.write(w, r, buildtypes.CachePruneReport{})
}

// buildCancel has nothing to cancel, which is no error.
func (s *server) buildCancel(w http.ResponseWriter, r *request) error {
	if r.FormValue("id") == "" {
		return invalid{errors.New("build ID not provided")}
	}
	w.Header().Set("Content-Type", "application/json")
	return nil
}

// buildOptions are the parameters of a build.
type buildOptions struct {
	tags                       []string // full references
	dockerfile, target         string
	args                       map[string]*string
	labels                     map[string]string
	noCache, pull              bool
	remove, forceRemove, quiet bool
	platform                   *ocispec.Platform
	auths                      map[string]registrytypes.AuthConfig
}

// imageBuild builds as the classic builder does. BuildKit, version 2, is not imitated.
func (s *server) imageBuild(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	o, err := s.buildOptions(r)
	if err != nil {
		return err
	}
	out := s.newStream(w)
	if err := s.build(r, o, out); err != nil {
		var failed *build.RunError
		if out.begun && errors.As(err, &failed) {
			out.failCode(failed.Code, err)
			return nil
		}
		return out.finish(err)
	}
	return nil
}

// buildOptions reads the parameters in dockerd's order (api/server/router/build).
func (s *server) buildOptions(r *request) (*buildOptions, error) {
	o := &buildOptions{
		dockerfile:  r.FormValue("dockerfile"),
		target:      r.FormValue("target"),
		noCache:     r.boolean("nocache"),
		pull:        r.boolean("pull"),
		quiet:       r.boolean("q"),
		remove:      r.FormValue("rm") == "" || r.boolean("rm") || r.boolean("forcerm"),
		forceRemove: r.boolean("forcerm"),
	}
	switch version := r.FormValue("version"); version {
	case "", "1":
	case "2":
		return nil, notImitated{&Operation{ID: "ImageBuild with BuildKit", Why: whyBuildKit}}
	default:
		return nil, s.badBuild(fmt.Errorf("invalid version %q", version))
	}
	for _, list := range []struct {
		key  string
		into any
	}{{"buildargs", &o.args}, {"labels", &o.labels}} {
		if text := r.FormValue(list.key); text != "" {
			if err := json.Unmarshal([]byte(text), list.into); err != nil {
				return nil, s.badBuild(fmt.Errorf("error reading %s: %w", map[string]string{"buildargs": "build args", "labels": "labels"}[list.key], err))
			}
		}
	}
	if text := r.FormValue("platform"); text != "" && !r.below("1.32") {
		var err error
		if o.platform, err = s.parsePlatform(text); err != nil {
			return nil, err
		}
	}
	decodeHeader(r.Header.Get("X-Registry-Config"), &o.auths)
	for _, tag := range r.Form["t"] {
		if tag == "" {
			continue
		}
		ref, err := reference.ParseNormalizedNamed(tag)
		if err != nil {
			return nil, err
		}
		if _, ok := ref.(reference.Canonical); ok {
			return nil, errors.New("build tag cannot contain a digest")
		}
		if full := reference.TagNameOnly(ref).String(); !slices.Contains(o.tags, full) {
			o.tags = append(o.tags, full)
		}
	}
	return o, nil
}

// badBuild is a bad request, which engine 20.10 had no class for.
func (s *server) badBuild(err error) error {
	if s.Engine.UnclassedErrors {
		return err
	}
	return invalid{err}
}

// build gets the context and builds it.
func (s *server) build(r *request, o *buildOptions, out *jsonStream) error {
	era := s.State.Era()
	context, err := s.buildContext(r, o)
	if err != nil {
		return err
	}
	verbose := out
	if o.quiet {
		verbose = out.hold()
	}
	id, err := build.Build(r.Context(), s.dockerfiles(), &buildBackend{s, o, verbose, era}, build.Options{
		Dockerfile: o.dockerfile, Target: o.target, Args: o.args, Labels: o.labels, Context: context,
		NoCache: o.noCache, Remove: o.remove, ForceRemove: o.forceRemove, Out: verbose,
		Built: func(id string) { verbose.send(map[string]any{"aux": map[string]string{"ID": id}}) },
	})
	if err != nil {
		out.release(verbose)
		return err
	}
	fmt.Fprintf(verbose, "Successfully built %s\n", shortDigest(id))
	for _, tag := range o.tags {
		if err := s.State.TagImage(id, tag); err != nil {
			return err
		}
		fmt.Fprintf(verbose, "Successfully tagged %s\n", image.FamiliarName(tag))
	}
	if o.quiet {
		out.text(id + "\n")
	}
	return nil
}

// buildContext reads the tar that is the body, or gets what the parameter remote names: a tar or a Dockerfile.
func (s *server) buildContext(r *request, o *buildOptions) (files.Tree, error) {
	remote := r.FormValue("remote")
	switch {
	case remote == "":
		return image.ReadTar(r.Body)
	case strings.HasPrefix(remote, "http://"), strings.HasPrefix(remote, "https://"):
		data, err := registry.Download(r.Context(), remote)
		if err != nil {
			return nil, err
		}
		tree, err := image.ReadTar(bytes.NewReader(data))
		if err != nil {
			o.dockerfile = "Dockerfile"
			return files.Tree{"Dockerfile": {Data: data, Mode: 0o644}}, nil
		}
		return tree, nil
	}
	return nil, fmt.Errorf("remote URL %s: %w", remote, os.ErrNotExist)
}

// decodeHeader reads base64url JSON, of which nothing counts if it makes no sense.
func decodeHeader(header string, into any) {
	if data, err := base64.URLEncoding.DecodeString(header); err == nil {
		_ = json.Unmarshal(data, into) // as dockerd ignores it
	}
}
