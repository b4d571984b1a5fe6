package files

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io/fs"
	"time"
)

// TarFS is the files of an fs.FS as a tar, root's. A folder is in it only if it is empty: any other may be there already, as it is to
// be. What has no time gets modified, and what nobody may do anything with 0644, or 0755 for a folder: so has testing/fstest.MapFS it
// where a test does not say more.
func TarFS(fsys fs.FS, modified time.Time) ([]byte, error) {
	var b bytes.Buffer
	out := tar.NewWriter(&b)
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		h := &tar.Header{Name: name, Mode: tarMode(info.Mode()), ModTime: info.ModTime()}
		if h.ModTime.IsZero() {
			h.ModTime = modified
		}
		var data []byte
		switch {
		case entry.IsDir():
			if below, err := fs.ReadDir(fsys, name); err != nil || len(below) > 0 {
				return err
			}
			h.Typeflag, h.Name = tar.TypeDir, name+"/"
			if h.Mode == 0 {
				h.Mode = 0o755
			}
		case info.Mode()&fs.ModeSymlink != 0:
			h.Typeflag, h.Mode = tar.TypeSymlink, 0o777
			if h.Linkname, err = fs.ReadLink(fsys, name); err != nil {
				return err
			}
		case info.Mode().IsRegular():
			if data, err = fs.ReadFile(fsys, name); err != nil {
				return err
			}
			h.Typeflag, h.Size = tar.TypeReg, int64(len(data))
			if h.Mode == 0 {
				h.Mode = 0o644
			}
		default:
			return &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("a file of type %v is not imitated", info.Mode().Type())}
		}
		if err := out.WriteHeader(h); err != nil {
			return err
		}
		_, err = out.Write(data)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = out.Close()
	return b.Bytes(), err
}
