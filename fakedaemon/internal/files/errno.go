package files

import "io/fs"

// Errno is an error number of Linux by the words that Go's syscall package has for it.
type Errno string

// The errors of an FS.
const (
	EPERM        Errno = "operation not permitted"
	ENOENT       Errno = "no such file or directory"
	EIO          Errno = "input/output error"
	EBADF        Errno = "bad file descriptor"
	EACCES       Errno = "permission denied"
	EBUSY        Errno = "device or resource busy"
	EEXIST       Errno = "file exists"
	EXDEV        Errno = "invalid cross-device link"
	ENOTDIR      Errno = "not a directory"
	EISDIR       Errno = "is a directory"
	EINVAL       Errno = "invalid argument"
	EFBIG        Errno = "file too large"
	ENOSPC       Errno = "no space left on device"
	EROFS        Errno = "read-only file system"
	ENAMETOOLONG Errno = "file name too long"
	ENOTEMPTY    Errno = "directory not empty"
	ELOOP        Errno = "too many levels of symbolic links"
)

func (e Errno) Error() string { return string(e) }

// Is makes errors.Is find the errors of io/fs.
func (e Errno) Is(target error) bool {
	switch e {
	case EACCES, EPERM:
		return target == fs.ErrPermission
	case EEXIST, ENOTEMPTY:
		return target == fs.ErrExist
	case ENOENT:
		return target == fs.ErrNotExist
	case EBADF:
		return target == fs.ErrClosed
	}
	return false
}

func failed(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}
