package api

import (
	"compress/flate"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// archive is what the operations on archives work on.
type archive struct {
	container state.Container
	root      *files.FS
	// given is the path as the client says it, path an absolute one that ends as given does.
	given, path string
	hostRoot    string // where the daemon keeps the files, when its errors tell that
}

// openArchive reads what all operations on archives are asked for.
func (s *server) openArchive(r *request) (*archive, error) {
	if err := r.parseForm(); err != nil {
		return nil, err
	}
	a := &archive{given: r.Form.Get("path")}
	if a.given == "" {
		return nil, invalid{errors.New("bad parameter: pathcannot be empty")}
	}
	a.path = path.Join("/", a.given)
	switch {
	case path.Base(a.given) == "." && a.path != "/":
		a.path += "/."
	case path.Base(a.given) == ".":
		a.path += "."
	case strings.HasSuffix(a.given, "/") && a.path != "/":
		a.path += "/"
	}
	var err error
	a.container, a.root, err = s.State.ContainerRoot(r.vars["id"])
	if s.Engine.UnpacksApart {
		a.hostRoot = state.Root + "/vfs/dir/" + a.container.ID
	}
	return a, err
}

// failed gives an error of the files the class and the words of dockerd.
func (a *archive) failed(r *request, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return state.NotFound{Message: fmt.Sprintf("Could not find the file %s in container %s", a.given, r.vars["id"])}
	}
	if e := new(fs.PathError); errors.As(err, &e) {
		return fmt.Errorf("%s %s%s: %w", e.Op, a.hostRoot, e.Path, e.Err)
	}
	return err
}

// stat sets the field of the header that says what the path leads to.
func (a *archive) stat(w http.ResponseWriter) (fs.FileInfo, error) {
	info, err := a.root.Lstat(a.path)
	if err != nil {
		return nil, err
	}
	stat := container.PathStat{Name: path.Base(a.path), Size: info.Size(), Mode: info.Mode(), Mtime: info.ModTime().UTC()}
	if info.Mode()&fs.ModeSymlink != 0 {
		stat.LinkTarget = a.root.Follow(a.path)
	}
	data, err := json.Marshal(stat)
	w.Header().Set("X-Docker-Container-Path-Stat", base64.StdEncoding.EncodeToString(data))
	return info, err
}

func (s *server) containerArchiveInfo(w http.ResponseWriter, r *request) error {
	a, err := s.openArchive(r)
	if err != nil {
		return err
	}
	_, err = a.stat(w)
	return a.failed(r, err)
}

func (s *server) containerArchive(w http.ResponseWriter, r *request) error {
	a, err := s.openArchive(r)
	if err != nil {
		return err
	}
	if _, err := a.stat(w); err != nil {
		return a.failed(r, err)
	}
	s.State.EmitContainer(a.container.ID, "archive-path", nil)
	w.Header().Set("Content-Type", "application/x-tar")
	out := compressed(w, r.Header.Get("Accept-Encoding"))
	if err := a.root.WriteTar(out, a.path, path.Base(a.path)); err != nil {
		return nil // a client that is gone is no error
	}
	_ = out.Close()
	return nil
}

// compressed compresses an answer as the client likes it best (github.com/golang/gddo/httputil).
func compressed(w http.ResponseWriter, accept string) io.WriteCloser {
	best, most := "identity", -1.0
	for _, offer := range []string{"gzip", "deflate"} {
		for spec := range strings.SplitSeq(accept, ",") {
			name, parameter, _ := strings.Cut(strings.TrimSpace(spec), ";")
			quality := 1.0
			if q, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
				quality, _ = strconv.ParseFloat(q, 64)
			}
			if name = strings.TrimSpace(name); quality > most && (name == "*" || strings.EqualFold(name, offer)) {
				best, most = offer, quality
			}
		}
	}
	switch {
	case most <= 0:
	case best == "gzip":
		w.Header().Set("Content-Encoding", best)
		return gzip.NewWriter(w)
	default:
		w.Header().Set("Content-Encoding", best)
		out, _ := flate.NewWriter(w, flate.DefaultCompression) // a level that exists cannot fail
		return out
	}
	return uncompressed{w}
}

type uncompressed struct{ io.Writer }

func (uncompressed) Close() error { return nil }

func (s *server) putContainerArchive(_ http.ResponseWriter, r *request) error {
	a, err := s.openArchive(r)
	if err != nil {
		return err
	}
	if err := s.extract(a, r); err != nil {
		return err
	}
	s.State.EmitContainer(a.container.ID, "extract-to-dir", nil)
	return nil
}

// extract puts the body into a folder (containerExtractToDir of daemon/archive_unix.go).
func (s *server) extract(a *archive, r *request) error {
	dir, err := a.root.Resolve(path.Clean(a.path))
	if err == nil {
		_, err = a.root.Lstat(dir)
	}
	if err != nil && errors.Is(err, files.ENOTDIR) && !s.Engine.UnpacksApart {
		return files.ENOTDIR
	}
	if err != nil {
		return a.failed(r, err)
	}
	info, err := a.root.Lstat(dir + strings.TrimPrefix(a.path, path.Clean(a.path)))
	switch {
	case err != nil && !s.Engine.UnpacksApart:
		return a.failed(r, err)
	case err != nil || !info.IsDir():
		return invalid{errors.New("extraction point is not a directory")}
	}
	if err := a.container.Unwritable(dir); err != nil {
		return err
	}
	o := files.UntarOptions{NoOverwriteDirNonDir: r.boolean("noOverwriteDirNonDir")}
	if r.boolean("copyUIDGID") {
		if o.Owner, err = s.State.ArchiveOwner(a.container, a.root); err != nil {
			return err
		}
	}
	unpacked, err := files.Decompress(r.Body)
	if err == nil {
		err = a.root.Untar(unpacked, dir, o)
	}
	switch {
	case err == nil:
		return nil
	case s.Engine.UnpacksApart:
		return fmt.Errorf("Error processing tar file(exit status 1): %w", err)
	}
	return a.failed(r, err)
}

func (s *server) containerChanges(w http.ResponseWriter, r *request) error {
	root, err := s.State.ContainerFiles(r.vars["id"])
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, root.Changes())
	return nil
}

func (s *server) containerExport(w http.ResponseWriter, r *request) error {
	c, err := s.State.Container(r.vars["id"])
	switch {
	case err != nil:
		return err
	case c.State.Dead:
		return state.Conflict{Message: fmt.Sprintf("You cannot export container %s which is Dead", c.ID)}
	case c.State.Removing:
		return state.Conflict{Message: fmt.Sprintf("You cannot export container %s which is being removed", c.ID)}
	}
	root, err := s.State.ContainerFiles(c.ID)
	if err != nil {
		return err
	}
	if err := root.Export(w); err != nil {
		return nil // a client that is gone is no error
	}
	s.State.EmitContainer(c.ID, "export", nil)
	return nil
}
