package certgen_test

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// tree returns the mode of every file below dir, and of dir itself as ".".
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	modes := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		modes[filepath.ToSlash(name)] = info.Mode().String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return modes
}

// Modes as ls shows them. Windows knows read-only and nothing more.
func dirMode() string {
	if runtime.GOOS == "windows" {
		return "drwxrwxrwx"
	}
	return "drwx------"
}

func keyMode() string {
	if runtime.GOOS == "windows" {
		return certMode
	}
	return "-r--------"
}

const certMode = "-r--r--r--"

func TestLayouts(t *testing.T) {
	t.Parallel()
	with := func(l certgen.Layout, caKey string) certgen.Layout {
		l.CAKey = caKey
		return l
	}
	dir, key := dirMode(), keyMode()
	for name, test := range map[string]struct {
		layout certgen.Layout
		want   map[string]string
	}{
		"nothing": {certgen.Layout{}, nil},
		"daemon": {certgen.LayoutDaemon(), map[string]string{
			".": dir, "ca.pem": certMode, "server-cert.pem": certMode, "server-key.pem": key, "cert.pem": certMode, "key.pem": key}},
		"daemon with the CA's key": {with(certgen.LayoutDaemon(), "ca-key.pem"), map[string]string{
			".": dir, "ca.pem": certMode, "ca-key.pem": key, "server-cert.pem": certMode, "server-key.pem": key, "cert.pem": certMode, "key.pem": key}},
		"client": {certgen.LayoutClient(), map[string]string{
			".": dir, "ca.pem": certMode, "cert.pem": certMode, "key.pem": key}},
		"context": {certgen.LayoutContext("remote"), map[string]string{
			".": dir, "contexts": dir, "contexts/tls": dir,
			"contexts/tls/" + remoteID:                      dir,
			"contexts/tls/" + remoteID + "/docker":          dir,
			"contexts/tls/" + remoteID + "/docker/ca.pem":   certMode,
			"contexts/tls/" + remoteID + "/docker/cert.pem": certMode,
			"contexts/tls/" + remoteID + "/docker/key.pem":  key}},
		"dind": {with(certgen.LayoutDind(), "ca/key.pem"), map[string]string{
			".": dir, "ca": dir, "ca/cert.pem": certMode, "ca/key.pem": key,
			"server": dir, "server/ca.pem": certMode, "server/cert.pem": certMode, "server/key.pem": key,
			"client": dir, "client/ca.pem": certMode, "client/cert.pem": certMode, "client/key.pem": key}},
		"public and private": {with(certgen.LayoutPublicPrivate(), "ca-private.pem"), map[string]string{
			".": dir, "ca-private.pem": key, "ca-public.pem": certMode, "server-key.pem": key, "certificate.pem": certMode, "client-key.pem": key, "client-certificate.pem": certMode}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "new")
			if err := mustNew(t, nil).Write(dir, test.layout); err != nil {
				t.Fatal(err)
			}
			if test.want == nil {
				if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("wrote something: %v", err)
				}
				return
			}
			if diff := cmp.Diff(test.want, tree(t, dir)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// remoteID is what docker calls the folder of the context "remote": printf remote | sha256sum.
const remoteID = "b71199ebd070b36beab7317920c2c2f1d777df8d05e5527d8458fda57cb17a7a"

// Each file of a layout holds what its name says.
func TestLayoutContents(t *testing.T) {
	t.Parallel()
	b := mustNew(t, nil)
	for name, l := range map[string]certgen.Layout{"daemon": certgen.LayoutDaemon(), "dind": certgen.LayoutDind(), "public and private": certgen.LayoutPublicPrivate()} {
		dir := t.TempDir()
		if err := b.Write(dir, l); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			l.CA:         string(b.CAPEM()),
			l.ServerCert: string(b.Server().CertPEM),
			l.ServerKey:  string(b.Server().KeyPEM),
			l.ClientCert: string(b.Client().CertPEM),
			l.ClientKey:  string(b.Client().KeyPEM),
		}
		if l.ServerCA != "" {
			want[l.ServerCA], want[l.ClientCA] = string(b.CAPEM()), string(b.CAPEM())
		}
		got := map[string]string{}
		for name := range want {
			got[name] = string(readFile(t, dir, name))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
		if _, err := tls.LoadX509KeyPair(filepath.Join(dir, l.ServerCert), filepath.Join(dir, l.ServerKey)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWriteReplaces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, dir, "ca.pem", "an old file that everybody may write")
	writeFile(t, dir, "notes.txt", "foreign")
	writeFile(t, dir, "victim", "not to be written through a link")
	if err := os.Symlink("victim", filepath.Join(dir, "key.pem")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	for range 2 {
		b := mustNew(t, nil)
		if err := b.WriteDir(dir); err != nil {
			t.Fatal(err)
		}
		got := []string{string(readFile(t, dir, "ca.pem")), string(readFile(t, dir, "key.pem")), string(readFile(t, dir, "notes.txt")), string(readFile(t, dir, "victim"))}
		want := []string{string(b.CAPEM()), string(b.Client().KeyPEM), "foreign", "not to be written through a link"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		modes := tree(t, dir)
		if modes["ca.pem"] != certMode || modes["key.pem"] != keyMode() || len(modes) != 8 {
			t.Errorf("%v", modes)
		}
	}
}

// temporary is the random part of the name of a file that is being written.
var temporary = regexp.MustCompile(`\.\d+`)

func TestWriteFails(t *testing.T) {
	t.Parallel()
	b := mustNew(t, nil)
	for name, test := range map[string]struct {
		layout certgen.Layout
		want   string
	}{
		"outside":        {certgen.Layout{CA: "../ca.pem"}, `certgen: layout: "../ca.pem" is no path below the folder`},
		"absolute":       {certgen.Layout{CA: "/ca.pem"}, `certgen: layout: "/ca.pem" is no path below the folder`},
		"the folder":     {certgen.Layout{CA: "."}, `certgen: layout: "." is no path below the folder`},
		"twice":          {certgen.Layout{CA: "a.pem", ClientCert: "./a.pem"}, `certgen: layout: "./a.pem" is the path of two files`},
		"below a file":   {certgen.Layout{ClientKey: "key.pem", CA: "file/ca.pem"}, "not a directory"},
		"late of a many": {certgen.Layout{CA: "ca.pem", ClientKey: "file/key.pem"}, "not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeFile(t, dir, "file", "")
			writeFile(t, dir, "ca.pem", "old")
			before := tree(t, dir)
			err := b.Write(dir, test.layout)
			if err == nil || !strings.HasPrefix(err.Error(), "certgen: ") || !strings.HasSuffix(temporary.ReplaceAllString(err.Error(), ""), test.want) && runtime.GOOS != "windows" {
				t.Errorf("%v, want %s", err, test.want)
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("the folder has changed: %s", diff)
			}
			if got := readFile(t, dir, "ca.pem"); string(got) != "old" {
				t.Errorf("ca.pem is %q", got)
			}
		})
	}
	if err := b.WriteDir(""); fmt.Sprint(err) != "certgen: no folder given to write certificates to" {
		t.Errorf("no folder: %v", err)
	}
}

// A target that cannot be replaced leaves no temporary files behind.
func TestWriteOverFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "key.pem"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := mustNew(t, nil).Write(dir, certgen.Layout{ClientKey: "key.pem"}); err == nil {
		t.Error("wrote over a folder")
	}
	if diff := cmp.Diff([]string{"key.pem"}, names(t, dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// Files that are none: what is written over another bundle's, twice.
func TestWriteForms(t *testing.T) {
	t.Parallel()
	for flaw, want := range map[certgen.Flaw]fs.FileMode{
		certgen.KeyDirectory:    fs.ModeDir,
		certgen.KeyDanglingLink: fs.ModeSymlink,
		certgen.KeyLink:         fs.ModeSymlink,
		certgen.KeyMode777:      0,
	} {
		dir := t.TempDir()
		if err := mustNew(t, nil).WriteDir(dir); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := mustNew(t, &certgen.Options{ClientFlaw: flaw}).WriteDir(dir); err != nil {
				t.Skipf("no links here: %v", err)
			}
		}
		info, err := os.Lstat(filepath.Join(dir, "key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Type() != want {
			t.Errorf("%s: %v, want %v", flaw, info.Mode(), want)
		}
		_, err = os.ReadFile(filepath.Join(dir, "key.pem"))
		if readable := flaw == certgen.KeyLink || flaw == certgen.KeyMode777; (err == nil) != readable {
			t.Errorf("%s: %v", flaw, err)
		}
	}
	dir := t.TempDir()
	if err := mustNew(t, nil).WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := mustNew(t, &certgen.Options{ClientFlaw: certgen.AllMissing}).WriteDir(dir); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"server-cert.pem", "server-key.pem"}, names(t, dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestForeign: somebody's own files are told from those of a bundle, whatever is wrong with these.
func TestForeign(t *testing.T) {
	t.Parallel()
	foreign := func(dir string) string {
		names, err := certgen.LayoutDaemon().Foreign(dir)
		return fmt.Sprint(names, " ", err)
	}
	for _, f := range append(certgen.Flaws(), certgen.FlawInfo{}) {
		o := &certgen.Options{}
		if f.Server {
			o.ServerFlaw = f.Flaw
		}
		if f.Client {
			o.ClientFlaw = f.Flaw
		}
		if f.Flaw == certgen.Good {
			o.Shape = certgen.ShapeDocumented
		}
		dir := t.TempDir()
		b, err := certgen.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.WriteDir(dir); err != nil {
			t.Logf("%s cannot be written here: %v", f.Flaw, err)
			continue
		}
		if got := foreign(dir); got != "[] <nil>" {
			t.Errorf("%s: %s", f.Flaw, got)
		}
	}

	dir := t.TempDir()
	own := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own("key.pem", "somebody's key")
	own("notes.txt", "not of the layout")
	if got := foreign(dir); got != "[key.pem] <nil>" {
		t.Errorf("a key: %s", got)
	}
	b := mustNew(t, nil)
	if err := b.Write(dir, certgen.Layout{CA: "ca.pem"}); err != nil {
		t.Fatal(err)
	}
	if got := foreign(dir); got != "[] <nil>" {
		t.Errorf("a key beside a bundle's CA: %s", got)
	}
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	own("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	if got := foreign(dir); got != "[cert.pem] <nil>" {
		t.Errorf("a certificate: %s", got)
	}
}
