package fakedaemon_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

// lineTest finds the line that a failure is reported at, as testing.T does.
type lineTest struct {
	testing.TB
	helpers map[string]bool
	line    int
}

func (l *lineTest) Cleanup(func()) {}

func (l *lineTest) Helper() {
	frame, _ := callers().Next()
	l.helpers[frame.Function] = true
}

func (l *lineTest) Fatalf(string, ...any) {
	frames := callers()
	for {
		frame, more := frames.Next()
		if !l.helpers[frame.Function] || !more {
			l.line = 0
			if strings.HasSuffix(frame.File, "caller_test.go") {
				l.line = frame.Line
			}
			return
		}
	}
}

// callers are the frames above the method that calls it.
func callers() *runtime.Frames {
	pcs := make([]uintptr, 16)
	return runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
}

// line is that on which it is called.
func line() int {
	_, _, n, _ := runtime.Caller(1)
	return n
}

// TestFailuresNameTheCaller holds the line of a failure against that of the call.
func TestFailuresNameTheCaller(t *testing.T) {
	t.Parallel()
	l := &lineTest{TB: t, helpers: make(map[string]bool)}
	d := fakedaemon.Start(l, &fakedaemon.Options{Mode: "tls"})
	t.Cleanup(func() { d.Close() })
	for _, test := range []struct {
		name string
		line int
		call func()
	}{
		{"Start", line(), func() { fakedaemon.Start(l, &fakedaemon.Options{Mode: "x"}) }},
		{"AddContainer", line(), func() { d.AddContainer(fakedaemon.Container{Status: "x"}) }},
		{"AddImage", line(), func() { d.AddImage(fakedaemon.Image{ID: "x"}) }},
		{"AddNetwork", line(), func() { d.AddNetwork(fakedaemon.Network{Gateway: "x"}) }},
		{"AddVolume", line(), func() { d.AddVolume(fakedaemon.Volume{Name: "/"}) }},
		{"ExitContainer", line(), func() { d.ExitContainer("x", 0) }},
		{"SetHealth", line(), func() { d.SetHealth("x", "healthy") }},
		{"Inject", line(), func() { d.Inject(nil) }},
		{"Restore", line(), func() { d.Restore(nil) }},
		{"SSHHome", line(), func() { d.SSHHome() }},
		{"CertDir", line(), func() { d.Close(); d.CertDir() }},
		{"Env", line(), func() { d.Env() }},
		{"Environ", line(), func() { d.Environ() }},
	} {
		l.line = -1
		test.call()
		if l.line != test.line {
			t.Errorf("%s fails at line %d, want %d (0 is another file, -1 no failure)", test.name, l.line, test.line)
		}
	}
}
