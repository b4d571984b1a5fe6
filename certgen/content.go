package certgen

import (
	"bytes"
	"io/fs"
	"syscall"
)

// A form is what a file is.
type form uint8

const (
	regular form = iota
	missing
	directory
	dangling // a symbolic link to nothing
	linked   // a symbolic link to a regular file beside it
)

// A content is a file to be written.
type content struct {
	data []byte
	mode fs.FileMode
	form form
}

// readable returns what a program can read of it, nil if nothing.
func (c content) readable() []byte {
	if c.openError("") != nil {
		return nil
	}
	return bytes.Clone(c.data)
}

// openError returns why a program cannot read the file of that name.
func (c content) openError(name string) error {
	switch c.form {
	case missing, dangling:
		return &fs.PathError{Op: "open", Path: name, Err: syscall.ENOENT}
	case directory:
		return &fs.PathError{Op: "read", Path: name, Err: syscall.EISDIR}
	}
	return nil
}
