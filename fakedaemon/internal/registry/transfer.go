package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/distribution/reference"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/bulk"
)

// Media types that dockerd asks for, in its order (distribution/pull_v2.go).
var accept = strings.Join([]string{
	"application/vnd.docker.distribution.manifest.v2+json",
	"application/vnd.docker.distribution.manifest.list.v2+json",
	"application/vnd.oci.image.index.v1+json",
	"application/vnd.oci.image.manifest.v1+json",
	"*/*",
}, ", ")

// Resolve gives the manifest behind a tag or a digest.
func (r *Repository) Resolve(ctx context.Context, reference string) (ocispec.Descriptor, error) {
	q := request{method: http.MethodHead, url: r.name + "/manifests/" + reference, header: map[string]string{"Accept": accept}}
	resp, err := r.do(ctx, q)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	drain(resp)
	said := digest.Digest(resp.Header.Get("Docker-Content-Digest"))
	if resp.StatusCode < 300 && said != "" {
		return ocispec.Descriptor{MediaType: resp.Header.Get("Content-Type"), Digest: said, Size: resp.ContentLength}, nil
	}
	if r.containerd && resp.StatusCode >= 300 {
		return ocispec.Descriptor{}, &Status{resp.StatusCode, http.MethodHead, resp.Request.URL.String()}
	}
	// What is wrong is in the body, which only the answer to a GET has.
	data, mediaType, err := r.manifest(ctx, reference)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	return ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(data), Size: int64(len(data))}, nil
}

// Status is the error of containerd's client for an answer that is no success.
type Status struct {
	Code        int
	Method, URL string
}

func (e *Status) Error() string {
	return fmt.Sprintf("unexpected status from %s request to %s: %d %s", e.Method, e.URL, e.Code, http.StatusText(e.Code))
}

// Manifest gives the bytes that d names, and their media type.
func (r *Repository) Manifest(ctx context.Context, d ocispec.Descriptor) (data []byte, mediaType string, err error) {
	if data, mediaType, err = r.manifest(ctx, d.Digest.String()); err != nil {
		return nil, "", err
	}
	if digest.FromBytes(data) != d.Digest {
		return nil, "", fmt.Errorf("manifest verification failed for digest %s", d.Digest)
	}
	// A registry may say something else than the manifest does.
	var said struct {
		MediaType string `json:"mediaType"`
	}
	if json.Unmarshal(data, &said) == nil && said.MediaType != "" {
		mediaType = said.MediaType
	}
	return data, mediaType, nil
}

func (r *Repository) manifest(ctx context.Context, reference string) ([]byte, string, error) {
	return r.get(ctx, r.name+"/manifests/"+reference, map[string]string{"Accept": accept})
}

// Blob gives the bytes that d names.
func (r *Repository) Blob(ctx context.Context, d ocispec.Descriptor) ([]byte, error) {
	if !r.containerd && !wholeDigest.MatchString(d.Digest.String()) {
		return nil, reference.ErrDigestInvalidFormat
	}
	data, _, err := r.get(ctx, r.name+"/blobs/"+d.Digest.String(), nil)
	if err != nil {
		return nil, err
	}
	if sum := bulk.Sum256(data); digest.NewDigestFromBytes(digest.SHA256, sum[:]) != d.Digest {
		return nil, fmt.Errorf("filesystem layer verification failed for digest %s", d.Digest)
	}
	return data, nil
}

// wholeDigest is what dockerd's own client asks for; containerd's leaves it to the registry.
var wholeDigest = regexp.MustCompile("^" + reference.DigestRegexp.String() + "$")

func (r *Repository) get(ctx context.Context, path string, header map[string]string) ([]byte, string, error) {
	resp, err := r.do(ctx, request{method: http.MethodGet, url: path, header: header})
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		if r.containerd {
			return nil, "", &Status{resp.StatusCode, http.MethodGet, resp.Request.URL.String()}
		}
		return nil, "", responseError(resp)
	}
	data, err := bulk.ReadAll(resp.Body, resp.ContentLength)
	return data, resp.Header.Get("Content-Type"), err
}

// Tags lists the tags of the repository.
func (r *Repository) Tags(ctx context.Context) ([]string, error) {
	var tags []string
	for path := r.name + "/tags/list"; path != ""; {
		resp, err := r.do(ctx, request{method: http.MethodGet, url: path})
		if err != nil {
			return nil, err
		}
		if resp.StatusCode >= 300 {
			defer resp.Body.Close()
			return nil, responseError(resp)
		}
		var page struct {
			Tags []string `json:"tags"`
		}
		err = json.NewDecoder(resp.Body).Decode(&page)
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		tags = append(tags, page.Tags...)
		if path, err = nextPage(resp); err != nil {
			return nil, err
		}
	}
	return tags, nil
}

// nextPage reads the header Link, of which dockerd's client takes the first URL whatever its rel (docker/distribution, registry/client/repository.go).
func nextPage(resp *http.Response) (string, error) {
	link, _, _ := strings.Cut(resp.Header.Get("Link"), ";")
	if link == "" {
		return "", nil
	}
	next, err := resp.Request.URL.Parse(strings.Trim(link, "<>"))
	if err != nil {
		return "", err
	}
	return next.String(), nil
}

// HasBlob reports whether the repository has a blob already. An answer that is neither yes nor no is no.
func (r *Repository) HasBlob(ctx context.Context, digest string) (bool, error) {
	resp, err := r.do(ctx, request{method: http.MethodHead, url: r.name + "/blobs/" + digest})
	if err != nil {
		return false, err
	}
	drain(resp)
	return resp.StatusCode == http.StatusOK, nil
}

// MountBlob asks the registry to take a blob from another of its repositories, and reports whether it did.
func (r *Repository) MountBlob(ctx context.Context, digest, from string) (bool, error) {
	query := url.Values{"mount": {digest}, "from": {from}}
	resp, err := r.upload(ctx, request{method: http.MethodPost, url: r.name + "/blobs/uploads/?" + query.Encode()})
	if err != nil || resp.StatusCode == http.StatusCreated {
		return err == nil, err
	}
	// An upload has begun in its place.
	location, err := resp.Request.URL.Parse(resp.Header.Get("Location"))
	if err != nil {
		return false, err
	}
	_, err = r.upload(ctx, request{method: http.MethodDelete, url: location.String()})
	return false, err
}

// PutBlob uploads a blob.
func (r *Repository) PutBlob(ctx context.Context, digest string, data []byte) error {
	resp, err := r.upload(ctx, request{method: http.MethodPost, url: r.name + "/blobs/uploads/"})
	if err != nil {
		return err
	}
	location, err := resp.Request.URL.Parse(resp.Header.Get("Location"))
	if err != nil {
		return err
	}
	octets := map[string]string{"Content-Type": "application/octet-stream"}
	if resp, err = r.upload(ctx, request{method: http.MethodPatch, url: location.String(), header: octets, body: data}); err != nil {
		return err
	}
	if next := resp.Header.Get("Location"); next != "" {
		if location, err = resp.Request.URL.Parse(next); err != nil {
			return err
		}
	}
	query := location.Query()
	query.Set("digest", digest)
	location.RawQuery = query.Encode()
	_, err = r.upload(ctx, request{method: http.MethodPut, url: location.String(), header: octets})
	return err
}

// PutManifest uploads a manifest under a tag.
func (r *Repository) PutManifest(ctx context.Context, tag, mediaType string, data []byte) error {
	_, err := r.upload(ctx, request{
		method: http.MethodPut,
		url:    r.name + "/manifests/" + url.PathEscape(tag),
		header: map[string]string{"Content-Type": mediaType},
		body:   data,
	})
	return err
}

func (r *Repository) upload(ctx context.Context, q request) (*http.Response, error) {
	resp, err := r.do(ctx, q)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 {
		defer resp.Body.Close()
		if r.containerd {
			return nil, &Status{resp.StatusCode, q.method, resp.Request.URL.String()}
		}
		return nil, responseError(resp)
	}
	drain(resp)
	return resp, nil
}
