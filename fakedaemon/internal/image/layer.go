package image

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/bulk"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/internal/engine"
)

// Layer is one layer of an image.
type Layer struct {
	// DiffID is "sha256:" and 64 hex digits: the digest of the layer's tar; that of Blob unless given.
	DiffID string
	// ChainID names the layer together with all below it (opencontainers/image-spec, config.md); Complete sets it.
	ChainID string
	// Size is in bytes, unpacked.
	Size int64
	// Blob is the tar as a registry has it, mostly compressed; unless given, one that unpacks to a file of Size bytes.
	Blob Blob
	// Plain says that Blob is not compressed yet, as a registry is to have it: Packed does that.
	Plain bool
}

// MadeUp reports whether nobody has said what is in the layer: it has one file of zeros, which stands for its size.
func (l Layer) MadeUp() bool {
	const most = 4096 // bytes, far more than such a blob has
	if len(l.Blob.Data) > most {
		return false
	}
	r, err := Unpack(l.Blob.Data)
	if err != nil {
		return false
	}
	h, err := tar.NewReader(r).Next()
	return err == nil && h.Typeflag == tar.TypeGNUSparse && len(h.Name) == 64 && !strings.Contains(h.Name, "/")
}

// Files are what is in the layer, whiteouts too.
func (l Layer) Files() (files.Tree, error) {
	r, err := Unpack(l.Blob.Data)
	if err != nil {
		return nil, err
	}
	t := make(files.Tree)
	return t, t.Untar(r, "")
}

// MakeLayer makes a layer of a tar, which containerd's image store compresses at once and a graph driver when it is pushed;
// one that is compressed with gzip stays as it is.
func MakeLayer(e *engine.Engine, tar []byte) (Layer, error) {
	switch files.Compression(tar) {
	case "gzip":
		return NewLayer(e, NewBlob(ocispec.MediaTypeImageLayerGzip, tar))
	case "":
	default:
		unpacked, err := Unpack(tar)
		if err != nil {
			return Layer{}, err
		}
		if tar, err = bulk.ReadAll(unpacked, -1); err != nil {
			return Layer{}, err
		}
	}
	l, err := NewLayer(e, NewBlob(ocispec.MediaTypeImageLayer, tar))
	l.Plain = true
	if err == nil && e.StoresManifests {
		l = l.Packed()
	}
	return l, err
}

// NewLayer makes a layer of a tar, compressed or not.
func NewLayer(e *engine.Engine, b Blob) (Layer, error) {
	r, err := Unpack(b.Data)
	if err != nil {
		return Layer{}, err
	}
	l := Layer{DiffID: b.Digest, Blob: b}
	if files.Compression(b.Data) == "" {
		l.Size, err = unpackedSize(e, r)
		return l, err
	}
	h := digest.Canonical.Digester()
	l.Size, err = unpackedSize(e, io.TeeReader(r, h.Hash()))
	l.DiffID = h.Digest().String()
	return l, err
}

// Packed is the layer as a registry is to have it: compressed as dockerd does it, if it is Plain.
func (l Layer) Packed() Layer {
	if !l.Plain {
		return l
	}
	var packed bulk.Buffer
	w := gzip.NewWriter(&packed)
	_ = bulk.Write(w, l.Blob.Data) // a buffer takes everything
	_ = w.Close()
	l.Blob, l.Plain = NewBlob(ocispec.MediaTypeImageLayerGzip, packed.Bytes()), false
	return l
}

// unpacked is the tar of a layer, as an archive of a graph driver has it.
func (l Layer) unpacked() (Blob, error) {
	b := Blob{MediaType: ocispec.MediaTypeImageLayer, Digest: l.DiffID, Data: l.Blob.Data}
	if files.Compression(b.Data) == "" {
		return b, nil
	}
	r, err := Unpack(b.Data)
	if err != nil {
		return Blob{}, err
	}
	b.Data, err = bulk.ReadAll(r, -1)
	return b, err
}

// Unpack reads a tar that may be compressed.
func Unpack(data []byte) (io.Reader, error) { return files.Decompress(bytes.NewReader(data)) }

// ReadTar gives the files of a tar that may be compressed. It reads to the end, as a client wants to send all before it is answered.
func ReadTar(r io.Reader) (files.Tree, error) {
	all, tree := bufio.NewReader(r), make(files.Tree)
	unpacked, err := files.Decompress(all)
	if err == nil {
		err = tree.Untar(unpacked, "")
	}
	if _, failed := io.Copy(io.Discard, all); failed != nil {
		err = failed
	}
	return tree, err
}

// unpackedSize reads a tar to its end. A graph driver counts the bytes of files, and containerd's image store the room
// that files and folders take: one block for the layer itself and for each folder (github.com/containerd/continuity/fs).
func unpackedSize(e *engine.Engine, r io.Reader) (int64, error) {
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
			blocks += (h.Size + files.BlockSize - 1) / files.BlockSize
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return 0, err
	}
	if !e.StoresManifests {
		return bytes, nil
	}
	return (blocks + int64(len(folders))) * files.BlockSize, nil
}

// EmptyFile is a tar with one file of zeros, which takes no room in it: a sparse file as GNU tar has them.
func EmptyFile(size int64, name string) []byte {
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

// WithoutEnd is a tar that others can follow.
func WithoutEnd(tar []byte) []byte { return tar[:len(tar)-2*512] }

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
