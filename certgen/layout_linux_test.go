package certgen_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// Not parallel: the umask is of the whole process.
func TestModesUnderUmask(t *testing.T) {
	for _, umask := range []int{0o000, 0o022, 0o077, 0o377} {
		t.Run(fmt.Sprintf("%03o", umask), func(t *testing.T) {
			parent := t.TempDir()
			old := syscall.Umask(umask)
			err := mustNew(t, nil).WriteDir(filepath.Join(parent, "certs"))
			syscall.Umask(old)
			if umask == 0o377 && os.Getuid() != 0 {
				return // the new folder itself is closed
			}
			if err != nil {
				t.Fatal(err)
			}
			got := tree(t, filepath.Join(parent, "certs"))
			delete(got, ".")
			want := map[string]string{"ca.pem": certMode, "server-cert.pem": certMode, "server-key.pem": "-r--------", "cert.pem": certMode, "key.pem": "-r--------"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// One who may not write to their own read-only files can still replace them.
func TestWriteReplacesUnprivileged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rewrite := func() error {
		for range 2 {
			b, err := certgen.New(nil)
			if err != nil {
				return err
			}
			if err := b.WriteDir(dir); err != nil {
				return err
			}
			data, err := os.ReadFile(filepath.Join(dir, "key.pem"))
			if err != nil || !bytes.Equal(data, b.Client().KeyPEM) {
				return fmt.Errorf("key.pem is not the new one: %v", err)
			}
			if f, err := os.OpenFile(filepath.Join(dir, "key.pem"), os.O_WRONLY, 0); err == nil {
				f.Close()
				return errors.New("key.pem can be written to: this test shows nothing")
			}
		}
		return nil
	}
	if os.Getuid() != 0 {
		if err := rewrite(); err != nil {
			t.Error(err)
		}
		return
	}
	const nobody = 65534
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this function
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0); errno != 0 {
			failed <- errno
			return
		}
		failed <- rewrite()
	}()
	if err := <-failed; err != nil {
		t.Error(err)
	}
}
