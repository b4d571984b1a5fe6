//go:build !linux

package command

import (
	"errors"
	"syscall"
)

func private() *syscall.SysProcAttr { return nil }

func enterPrivate() error { return errors.ErrUnsupported }
