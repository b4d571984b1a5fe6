package modes_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/fakedaemon"
	"github.com/fakedockerd/fakedockerd/internal/words"
	"github.com/fakedockerd/fakedockerd/modes"
	"github.com/fakedockerd/fakedockerd/modes/outcome"
)

// A scene is what a client meets: an address, and the files that it is given. A file that it is not given is "-".
type scene struct {
	host          string // "127.0.0.1:2376", or the path of a socket
	ca, cert, key string
	log           lines // of the daemon
}

// lines are those of a log.
type lines chan string

func (l lines) logf(format string, args ...any) { l <- fmt.Sprintf(format, args...) }

// wait waits for the next line.
func (l lines) wait(t testing.TB) string {
	t.Helper()
	select {
	case line := <-l:
		return line
	case <-time.After(time.Minute):
		t.Fatal("the daemon logs nothing")
		return ""
	}
}

// A set tells how to make a scene.
type set struct {
	mode           modes.Daemon // "" is TLSVerify, "-" no daemon
	engine         fakedaemon.Engine
	server, client certgen.Flaw
	bare           bool // the client has no certificate
	byName         bool // it dials localhost
	listen         func(net.Conn)
}

// sets are the scenes by name.
var sets = map[string]set{
	"no certificate":           {bare: true},
	"no certificate, 20.10":    {bare: true, engine: fakedaemon.Engine20},
	"unknown client CA":        {client: certgen.OtherCASameSubject},
	"unknown client CA, 20.10": {client: certgen.OtherCASameSubject, engine: fakedaemon.Engine20},
	"expired client":           {client: certgen.Expired},
	"client for servers":       {client: certgen.WrongUsage},
	"key of another":           {client: certgen.KeyMismatch},
	"key of another type":      {client: certgen.KeyMismatchType},
	"encrypted key":            {client: certgen.KeyEncryptedPKCS8},
	"no certificate in file":   {client: certgen.CertGarbage},
	"files swapped":            {client: certgen.Swapped},
	"files missing":            {client: certgen.AllMissing},

	"unknown server CA":    {server: certgen.OtherCA},
	"self-signed server":   {server: certgen.SelfSigned},
	"expired server":       {server: certgen.Expired},
	"early server":         {server: certgen.NotYetValid},
	"server for clients":   {server: certgen.WrongUsage},
	"wrong address":        {server: certgen.DNSSANOnly},
	"wrong name":           {server: certgen.WrongHostname, byName: true},
	"common name only":     {server: certgen.CNOnly},
	"SHA-1":                {server: certgen.SHA1Sig},
	"critical extension":   {server: certgen.CriticalUnknownExtension},
	"signed by a namesake": {server: certgen.OtherCASameSubject},
	"flipped signature":    {server: certgen.FlippedSignature},
	"TLS to plain":         {mode: modes.TCP},
	"plain to TLS":         {},
	"TLS without clients":  {mode: modes.TLS, bare: true},

	"refused": {mode: "-", bare: true},
	"reset": {mode: "-", bare: true, listen: func(c net.Conn) {
		c.Read(make([]byte, 1))
		c.(*net.TCPConn).SetLinger(0)
	}},
	"closed":      {mode: "-", bare: true, listen: func(c net.Conn) { c.Read(make([]byte, 1<<16)) }},
	"alert":       {mode: "-", bare: true, listen: func(c net.Conn) { c.Read(make([]byte, 1<<16)); c.Write([]byte("\x15\x03\x01\x00\x02\x02\x0a")) }},
	"silent":      {mode: "-", bare: true, listen: func(c net.Conn) { c.Read(make([]byte, 1<<16)); c.Read(make([]byte, 1)) }},
	"no socket":   {mode: "-", bare: true},
	"locked":      {mode: modes.Unix, bare: true},
	"old API":     {mode: modes.TCP, bare: true, engine: fakedaemon.Engine20},
	"with plugin": {mode: modes.TCP, bare: true},
}

// scenery makes scenes, each once.
type scenery struct {
	t    testing.TB
	made map[string]scene
}

func newScenery(t testing.TB) *scenery { return &scenery{t: t, made: map[string]scene{}} }

func (s *scenery) of(name string) scene {
	s.t.Helper()
	if _, ok := s.made[name]; !ok {
		what, known := sets[name]
		if !known {
			s.t.Fatalf("no scene %q", name)
		}
		s.made[name] = s.make(name, what)
	}
	return s.made[name]
}

func (s *scenery) make(name string, what set) scene {
	certs, err := certgen.New(&certgen.Options{ServerFlaw: what.server, ClientFlaw: what.client})
	if err != nil {
		s.t.Fatal(err)
	}
	dir := filepath.Join(s.t.TempDir(), "certs")
	if err := certs.WriteDir(dir); err != nil {
		s.t.Fatal(err)
	}
	made := scene{ca: filepath.Join(dir, "ca.pem"), cert: "-", key: "-", log: make(lines, 100)}
	if !what.bare {
		made.cert, made.key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	}
	if what.mode == "-" {
		made.host = s.stranger(name, what.listen)
		return made
	}
	o := &fakedaemon.Options{Mode: what.mode, Certs: certs, Engine: what.engine, Logf: made.log.logf}
	if what.mode == "" {
		o.Mode = modes.TLSVerify
	}
	if name == "with plugin" {
		o.Authorize = func(fakedaemon.AuthzRequest) fakedaemon.AuthzDecision { return fakedaemon.AuthzDecision{Msg: "no"} }
	}
	d := fakedaemon.Start(s.t, o)
	_, made.host, _ = strings.Cut(d.Host(), "://")
	if what.byName {
		made.host = strings.Replace(made.host, "127.0.0.1", "localhost", 1)
	}
	if name == "locked" {
		if err := os.Chmod(made.host, 0); err != nil {
			s.t.Fatal(err)
		}
	}
	return made
}

// stranger is the address of something that is no daemon, or of nothing.
func (s *scenery) stranger(name string, serve func(net.Conn)) string {
	if name == "no socket" {
		return filepath.Join(s.t.TempDir(), "docker.sock")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { l.Close() })
	if serve == nil {
		// The port of a connection's other end listens to nobody, and nobody else gets it while the connection lasts.
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() { c.Close() })
		return c.LocalAddr().String()
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}

// TestStrangerWhoRefuses: nothing listens at the address of the scene, and no other test can listen there.
func TestStrangerWhoRefuses(t *testing.T) {
	t.Parallel()
	host := newScenery(t).of("refused").host
	if c, err := net.Dial("tcp", host); err == nil {
		t.Errorf("somebody listens at %s", c.RemoteAddr())
	} else if o := words.System.Recognize(err.Error()); o != outcome.ConnectionRefused && runtime.GOOS != "windows" {
		t.Errorf("got %q of %v", o, err)
	}
	if l, err := net.Listen("tcp", host); err == nil {
		t.Errorf("the port of %s can be taken", l.Addr())
		l.Close()
	}
}
