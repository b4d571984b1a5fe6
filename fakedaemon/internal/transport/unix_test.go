package transport

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// socketPath is a path for a socket.
func socketPath(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	if len(path) > MaxSocketPath() {
		t.Skipf("the test's folder is too long for a socket: %s", path)
	}
	return path
}

// TestListenUnix: what is at the path goes, whatever it is, but for folders (as with dockerd) and sockets in use.
func TestListenUnix(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(path string) error{
		"nothing": func(string) error { return nil },
		"a file":  func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"a socket of nobody": func(path string) error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
			if err != nil {
				return err
			}
			l.SetUnlinkOnClose(false)
			return l.Close()
		},
	} {
		path := socketPath(t)
		if err := prepare(path); err != nil {
			t.Fatal(err)
		}
		l, err := ListenUnix(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode() != os.ModeSocket|0o660 && runtime.GOOS != "windows" {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		if c, err := net.Dial("unix", path); err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			c.Close()
		}
		l.Close()
	}
}

func TestListenUnixRefuses(t *testing.T) {
	t.Parallel()
	folder := socketPath(t)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	long := "/" + strings.Repeat("x", MaxSocketPath())
	for path, want := range map[string]string{
		folder: "unlink " + folder + ": is a directory",
		long:   fmt.Sprintf("the path has %d bytes and that of a unix socket at most %d: use a shorter one", MaxSocketPath()+1, MaxSocketPath()),
	} {
		l, err := ListenUnix(path)
		if want = "can't create unix socket " + path + ": " + want; err == nil || err.Error() != want || l != nil {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if l, err := ListenUnix(folder + "/nosuch/s"); err == nil || l != nil {
		t.Error("a folder is made")
	}
}

// TestListenUnixWithoutFile: a socket whose mode cannot be set is not left open.
func TestListenUnixWithoutFile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("there are no abstract sockets")
	}
	path := fmt.Sprintf("@%s-%d", t.Name(), os.Getpid())
	want := "can't create unix socket " + path + ": chmod " + path + ": no such file or directory"
	if l, err := ListenUnix(path); err == nil || err.Error() != want || l != nil {
		t.Errorf("%v, %v, want %s", l, err, want)
	}
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		t.Error("it is open")
	}
}

// TestUnixInUse: a socket is in use also while its daemon does not accept.
func TestUnixInUse(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := ListenUnix(path); !errors.Is(err, ErrInUse) {
		t.Errorf("a listener that has not accepted: %v", err)
	}
}
