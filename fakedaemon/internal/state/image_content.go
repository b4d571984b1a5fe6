package state

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Media types of the content of images.
const (
	OCIManifest = "application/vnd.oci.image.manifest.v1+json"
	OCIConfig   = "application/vnd.oci.image.config.v1+json"
	OCILayer    = "application/vnd.oci.image.layer.v1.tar"
	gzipped     = "+gzip"
)

// NewBlob names bytes, which nobody may change afterwards.
func NewBlob(mediaType string, data []byte) Blob {
	return Blob{MediaType: mediaType, Digest: digest(data), Data: data}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// ChainIDs are the names of layers together with all below them, from the bottom up (opencontainers/image-spec, config.md).
func ChainIDs(layers []Layer) []string {
	chain := make([]string, len(layers))
	for n, l := range layers {
		chain[n] = l.DiffID
		if n > 0 {
			chain[n] = digest([]byte(chain[n-1] + " " + l.DiffID))
		}
	}
	return chain
}

// fillContent makes what an image does not bring: time and platform, layers, history, config and manifest.
func (s *State) fillContent(i *Image) error {
	made := i.ConfigBlob.Data == nil
	if made {
		if i.Created.IsZero() {
			i.Created = s.Now()
		}
		i.Architecture, i.OS = cmp.Or(i.Architecture, "amd64"), cmp.Or(i.OS, "linux")
		if len(i.Layers)+len(i.History) == 0 {
			i.Layers = []Layer{{}}
		}
	}
	for n := range i.Layers {
		l := &i.Layers[n]
		if l.Blob.Data == nil {
			data := emptyFile(l.Size, s.ids.hex("layer"))
			if l.DiffID == "" {
				l.DiffID = digest(data)
			}
			l.Blob = NewBlob(OCILayer+gzipped, storedGzip(data))
		}
	}
	if made && len(i.History) == 0 {
		for range i.Layers {
			i.History = append(i.History, History{Created: i.Created})
		}
		i.History[len(i.History)-1].Comment = i.Comment
		i.History[len(i.History)-1].Author = i.Author
	}
	if made {
		if i.DockerVersion == "" && !s.engine.StoresManifests {
			i.DockerVersion = s.engine.Version
		}
		config, err := s.marshalConfig(i)
		if err != nil {
			return err
		}
		i.ConfigBlob = NewBlob(OCIConfig, config)
	}
	if s.engine.StoresManifests && i.Manifest.Data == nil {
		manifest, err := json.Marshal(newManifest(i))
		if err != nil {
			return err
		}
		i.Manifest = NewBlob(OCIManifest, manifest)
	}
	if s.engine.StoresManifests && i.ContentSize == 0 {
		i.ContentSize = int64(len(i.Manifest.Data) + len(i.ConfigBlob.Data) + len(i.Index.Data))
		for _, l := range i.Layers {
			i.ContentSize += int64(len(l.Blob.Data))
		}
	}
	return nil
}

// emptyFile is a tar with one file of zeros, which takes no room in it: a sparse file as GNU tar has them.
func emptyFile(size int64, name string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	// A header without a size and with a name of ASCII only cannot fail.
	_ = w.WriteHeader(&tar.Header{Format: tar.FormatGNU, Typeflag: tar.TypeReg, Name: name, Mode: 0o644})
	_ = w.Close()
	header := b.Bytes()[:512]
	header[156] = tar.TypeGNUSparse
	putTarNumber(header[386:398], size) // data of no bytes at its end
	putTarNumber(header[398:410], 0)
	putTarNumber(header[483:495], size)
	copy(header[148:156], "        ")
	var sum int64
	for _, c := range header {
		sum += int64(c)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return b.Bytes()
}

// putTarNumber writes octal digits or, if there are too many, 64 bits.
func putTarNumber(field []byte, n int64) {
	if text := fmt.Sprintf("%011o", n); len(text) < len(field) {
		copy(field, text)
		return
	}
	field[0] = 0x80
	for at := len(field) - 1; n > 0; at-- {
		field[at] = byte(n)
		n >>= 8
	}
}

func compress(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// storedGzip is gzip without compression (RFC 1951 and 1952), of less than 64 KiB: making a compressor takes longer than
// everything else about an image.
func storedGzip(data []byte) []byte {
	b := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(data)))
	b = binary.LittleEndian.AppendUint16(b, ^uint16(len(data)))
	b = append(b, data...)
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(data))
	return binary.LittleEndian.AppendUint32(b, uint32(len(data)))
}

// PackLayer makes a layer of a tar, compressed as dockerd does it. The error is Invalid if it is no tar.
func (s *State) PackLayer(tar []byte) (Layer, error) {
	l, err := s.readLayer(bytes.NewReader(tar))
	if err == nil {
		l.Blob = NewBlob(OCILayer+gzipped, compress(tar))
	}
	return l, err
}

// NewLayer makes a layer of a tar, compressed or not. The error is Invalid if it is none.
func (s *State) NewLayer(b Blob) (Layer, error) {
	r, err := Unpack(b.Data)
	if err != nil {
		return Layer{}, Invalid{err.Error()}
	}
	l, err := s.readLayer(r)
	l.Blob = b
	return l, err
}

// readLayer reads a tar to its end: a layer without the blob.
func (s *State) readLayer(r io.Reader) (Layer, error) {
	h := sha256.New()
	size, err := s.unpackedSize(io.TeeReader(r, h))
	if err != nil {
		return Layer{}, Invalid{err.Error()}
	}
	return Layer{DiffID: "sha256:" + hex.EncodeToString(h.Sum(nil)), Size: size}, nil
}

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// Compressed says whether a tar is compressed.
func Compressed(data []byte) bool {
	return bytes.HasPrefix(data, gzipMagic) || bytes.HasPrefix(data, zstdMagic)
}

// Unpack reads a tar that may be compressed, with gzip only.
func Unpack(data []byte) (io.Reader, error) {
	switch {
	case bytes.HasPrefix(data, gzipMagic):
		return gzip.NewReader(bytes.NewReader(data))
	case bytes.HasPrefix(data, zstdMagic):
		return nil, errors.New("layers compressed with zstd are not imitated by fakedockerd")
	}
	return bytes.NewReader(data), nil
}

// block is the unit in which the recorded file system gives room, in bytes.
const block = 4096

// unpackedSize reads a tar to its end. A graph driver counts the bytes of files, and containerd's image store the room
// that files and folders take: one block for the layer itself and for each folder (github.com/containerd/continuity/fs).
func (s *State) unpackedSize(r io.Reader) (int64, error) {
	var bytes, blocks int64
	folders := map[string]bool{"/": true}
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
		name := path.Clean("/" + h.Name)
		if h.Typeflag != tar.TypeDir {
			name = path.Dir(name)
		}
		for ; !folders[name]; name = path.Dir(name) {
			folders[name] = true
		}
		if h.Typeflag == tar.TypeReg || h.Typeflag == tar.TypeGNUSparse {
			bytes += h.Size
			blocks += (h.Size + block - 1) / block
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return 0, err
	}
	if !s.engine.StoresManifests {
		return bytes, nil
	}
	return (blocks + int64(len(folders))) * block, nil
}

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int    `json:"size"`
}

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

func newManifest(i *Image) manifest {
	m := manifest{SchemaVersion: 2, MediaType: OCIManifest, Config: describe(i.ConfigBlob)}
	for _, l := range i.Layers {
		m.Layers = append(m.Layers, describe(l.Blob))
	}
	return m
}

func describe(b Blob) descriptor { return descriptor{b.MediaType, b.Digest, len(b.Data)} }

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

type historyJSON struct {
	Created    *time.Time `json:"created,omitempty"`
	CreatedBy  string     `json:"created_by,omitempty"`
	Author     string     `json:"author,omitempty"`
	Comment    string     `json:"comment,omitempty"`
	EmptyLayer bool       `json:"empty_layer,omitempty"`
}

// dockerConfig is the config of an image with a graph driver (image/image.go): fields in the order of the alphabet.
type dockerConfig struct {
	Architecture    string          `json:"architecture"`
	Author          string          `json:"author,omitempty"`
	Comment         string          `json:"comment,omitempty"`
	Config          json.RawMessage `json:"config,omitempty"`
	Container       string          `json:"container,omitempty"`
	ContainerConfig json.RawMessage `json:"container_config,omitempty"`
	Created         *time.Time      `json:"created"`
	DockerVersion   string          `json:"docker_version,omitempty"`
	History         []historyJSON   `json:"history,omitempty"`
	OS              string          `json:"os,omitempty"`
	RootFS          *rootFS         `json:"rootfs,omitempty"`
	Variant         string          `json:"variant,omitempty"`
}

// ociConfig is the config of an image that containerd's image store makes.
type ociConfig struct {
	Created      *time.Time    `json:"created"`
	Author       string        `json:"author,omitempty"`
	Architecture string        `json:"architecture"`
	Variant      string        `json:"variant,omitempty"`
	OS           string        `json:"os"`
	RootFS       rootFS        `json:"rootfs"`
	History      []historyJSON `json:"history,omitempty"`
	Config       ociRunConfig  `json:"config"`
}

// runConfig is what dockerd says of the process in the config of an image (api/types/container/config.go).
type runConfig struct {
	Hostname     string
	Domainname   string
	User         string
	AttachStdin  bool
	AttachStdout bool
	AttachStderr bool
	ExposedPorts map[string]struct{} `json:",omitempty"`
	Tty          bool
	OpenStdin    bool
	StdinOnce    bool
	Env          []string
	Cmd          []string
	Healthcheck  *healthJSON `json:",omitempty"`
	Image        string
	Volumes      map[string]struct{}
	WorkingDir   string
	Entrypoint   []string
	OnBuild      []string
	Labels       map[string]string
	StopSignal   string `json:",omitempty"`
}

// ociRunConfig is the same as OCI has it.
type ociRunConfig struct {
	User         string              `json:",omitempty"`
	ExposedPorts map[string]struct{} `json:",omitempty"`
	Env          []string            `json:",omitempty"`
	Entrypoint   []string            `json:",omitempty"`
	Cmd          []string            `json:",omitempty"`
	Volumes      map[string]struct{} `json:",omitempty"`
	WorkingDir   string              `json:",omitempty"`
	Labels       map[string]string   `json:",omitempty"`
	StopSignal   string              `json:",omitempty"`
	Healthcheck  *healthJSON         `json:",omitempty"`
	OnBuild      []string            `json:",omitempty"`
}

type healthJSON struct {
	Test          []string      `json:",omitempty"`
	Interval      time.Duration `json:",omitempty"`
	Timeout       time.Duration `json:",omitempty"`
	StartPeriod   time.Duration `json:",omitempty"`
	StartInterval time.Duration `json:",omitempty"`
	Retries       int           `json:",omitempty"`
}

// marshalConfig writes the config of an image as the daemon that makes it does.
func (s *State) marshalConfig(i *Image) ([]byte, error) {
	root := rootFS{Type: "layers"}
	for _, l := range i.Layers {
		root.DiffIDs = append(root.DiffIDs, l.DiffID)
	}
	var history []historyJSON
	for _, h := range i.History {
		j := historyJSON{CreatedBy: h.CreatedBy, Author: h.Author, Comment: h.Comment, EmptyLayer: h.EmptyLayer}
		if !h.Created.IsZero() {
			j.Created = &h.Created
		}
		history = append(history, j)
	}
	c := i.Config
	var health *healthJSON
	if h := c.Healthcheck; h != nil {
		health = &healthJSON{h.Test, h.Interval, h.Timeout, h.StartPeriod, h.StartInterval, h.Retries}
	}
	if s.engine.StoresManifests {
		return json.Marshal(ociConfig{
			Created: &i.Created, Author: i.Author, Architecture: i.Architecture, Variant: i.Variant, OS: i.OS, RootFS: root, History: history,
			Config: ociRunConfig{
				User: c.User, ExposedPorts: setOf(c.ExposedPorts), Env: c.Env, Entrypoint: c.Entrypoint, Cmd: c.Cmd, Volumes: setOf(c.Volumes),
				WorkingDir: c.WorkingDir, Labels: c.Labels, StopSignal: c.StopSignal, Healthcheck: health, OnBuild: c.OnBuild,
			},
		})
	}
	run := runConfig{
		Hostname: c.Hostname, User: c.User, ExposedPorts: setOf(c.ExposedPorts), Tty: c.Tty, OpenStdin: c.OpenStdin, Env: c.Env, Cmd: c.Cmd,
		Healthcheck: health, Volumes: setOf(c.Volumes), WorkingDir: c.WorkingDir, Entrypoint: c.Entrypoint, OnBuild: c.OnBuild, Labels: c.Labels,
		StopSignal: c.StopSignal,
	}
	config := dockerConfig{
		Architecture: i.Architecture, Author: i.Author, Comment: i.Comment, Config: i.ConfigJSON, Container: i.Container,
		ContainerConfig: i.ContainerConfig, Created: &i.Created, DockerVersion: i.DockerVersion, History: history, OS: i.OS, RootFS: &root, Variant: i.Variant,
	}
	var err error
	if config.Config == nil {
		if config.Config, err = json.Marshal(run); err != nil {
			return nil, err
		}
	}
	if config.ContainerConfig == nil {
		if config.ContainerConfig, err = json.Marshal(runConfig{}); err != nil {
			return nil, err
		}
	}
	return json.Marshal(config)
}

// ParseImageConfig reads the config of an image that comes from elsewhere: an image without layers' content and
// references. The error is Invalid.
func ParseImageConfig(config Blob) (Image, error) {
	var c struct {
		dockerConfig
		Config runConfig `json:"config"`
	}
	if err := json.Unmarshal(config.Data, &c); err != nil {
		return Image{}, Invalid{err.Error()}
	}
	if c.RootFS == nil {
		return Image{}, Invalid{"invalid image JSON, no RootFS key"}
	}
	i := Image{
		Comment: c.Comment, Author: c.Author, Architecture: c.Architecture, Variant: c.Variant, OS: c.OS, DockerVersion: c.DockerVersion,
		Container: c.Container, ContainerConfig: c.ContainerConfig, ConfigBlob: config,
		Config: Config{
			Hostname: c.Config.Hostname, User: c.Config.User, WorkingDir: c.Config.WorkingDir, StopSignal: c.Config.StopSignal, Env: c.Config.Env,
			Cmd: c.Config.Cmd, Entrypoint: c.Config.Entrypoint, Labels: c.Config.Labels, ExposedPorts: slices.Sorted(maps.Keys(c.Config.ExposedPorts)),
			Volumes: slices.Sorted(maps.Keys(c.Config.Volumes)), Tty: c.Config.Tty, OpenStdin: c.Config.OpenStdin, OnBuild: c.Config.OnBuild,
		},
	}
	if c.Created != nil {
		i.Created = *c.Created
	}
	if h := c.Config.Healthcheck; h != nil {
		i.Config.Healthcheck = &Healthcheck{Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries}
	}
	for _, d := range c.RootFS.DiffIDs {
		i.Layers = append(i.Layers, Layer{DiffID: d})
	}
	for _, h := range c.History {
		entry := History{CreatedBy: h.CreatedBy, Author: h.Author, Comment: h.Comment, EmptyLayer: h.EmptyLayer}
		if h.Created != nil {
			entry.Created = *h.Created
		}
		i.History = append(i.History, entry)
	}
	return i, nil
}

func setOf(list []string) map[string]struct{} {
	if len(list) == 0 {
		return nil
	}
	set := make(map[string]struct{}, len(list))
	for _, v := range list {
		set[v] = struct{}{}
	}
	return set
}

// FamiliarName is a full reference as short as the CLI shows it (github.com/distribution/reference).
func FamiliarName(ref string) string {
	name, ok := strings.CutPrefix(ref, "docker.io/")
	if official, cut := strings.CutPrefix(name, "library/"); ok && cut && !strings.Contains(official, "/") {
		return official
	}
	return name
}
