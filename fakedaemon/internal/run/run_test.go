package run

import (
	"bytes"
	"context"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// output is a device that keeps what is written, and has room for so much more.
type output struct {
	mu   sync.Mutex
	b    bytes.Buffer
	room int
}

func newOutput() *output { return &output{room: 1 << 40} }

func (o *output) Read([]byte) (int, error) { return 0, files.EBADF }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := min(len(b), o.room)
	o.room -= n
	o.b.Write(b[:n])
	if n < len(b) {
		return n, ErrAgain
	}
	return n, nil
}

func (o *output) Close() error { return nil }

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// programs are mains by name.
type programs map[string]Main

func (m programs) find(p *Process, args []string) (Main, error) {
	if main := m[args[0]]; main != nil {
		return main, nil
	}
	return nil, &StartError{`exec: "` + args[0] + `": executable file not found in $PATH`, 127}
}

func space(t *testing.T, m programs) *Space {
	s := NewSpace(Options{Files: files.NewFS(time.Now), Find: m.find, Hostname: "box"})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func settle(t *testing.T, s *Space) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Settle(ctx); err != nil {
		t.Fatalf("%v: %+v", err, s.Processes())
	}
}

// result runs a program in a space of its own to its end.
func result(t *testing.T, in string, main Main) (out string, code int) {
	t.Helper()
	o, codes := newOutput(), make(chan int, 1)
	input := new(Input)
	s := space(t, programs{"main": main})
	if _, err := s.Start(Spec{Args: []string{"main"}, Stdin: input.Device(), Stdout: o, Exited: func(code int, _ bool) { codes <- code }}); err != nil {
		t.Fatal(err)
	}
	go func() {
		input.Write(t.Context(), []byte(in))
		input.CloseWrite()
	}()
	code = <-codes
	return o.String(), code
}

func TestPipeline(t *testing.T) {
	out, code := result(t, "some words\n", func(p *Process) int {
		r, w, _ := p.Pipe()
		first, _ := p.Fork(func(p *Process) int {
			p.Dup2(w, 1)
			p.Close(r)
			p.Close(w)
			io.Copy(p.Stdout(), p.Stdin())
			return 3
		})
		second, _ := p.Fork(func(p *Process) int {
			p.Dup2(r, 0)
			p.Close(r)
			p.Close(w)
			b, _ := io.ReadAll(p.Stdin())
			p.Stdout().Write(bytes.ToUpper(b))
			return 4
		})
		p.Close(r)
		p.Close(w)
		a, _ := p.Wait(first, false)
		b, _ := p.Wait(second, false)
		return a.Code*10 + b.Code
	})
	if out != "SOME WORDS\n" || code != 34 {
		t.Errorf("%q, %d", out, code)
	}
}

func TestSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		codes := make(chan int, 1)
		s := space(t, programs{"sleep": func(p *Process) int {
			p.Sleep(time.Hour)
			return 5
		}})
		if _, err := s.Start(Spec{Args: []string{"sleep"}, Exited: func(code int, _ bool) { codes <- code }}); err != nil {
			t.Fatal(err)
		}
		settle(t, s)
		if len(codes) > 0 {
			t.Fatal("it is over")
		}
		<-time.After(time.Hour)
		synctest.Wait()
		if len(codes) != 1 || <-codes != 5 {
			t.Error("it is not over, or with another code")
		}
	})
}

func TestSignals(t *testing.T) {
	out, code := result(t, "", func(p *Process) int {
		r, w, _ := p.Pipe()
		child, _ := p.Fork(func(p *Process) int {
			p.Catch(SIGTERM)
			p.Write(w, []byte("x"))
			p.Pause()
			sig, _ := p.Caught()
			return sig
		})
		other, _ := p.Fork(func(p *Process) int {
			defer p.Stdout().Write([]byte("never"))
			p.Pause()
			return 0
		})
		p.Read(r, make([]byte, 1))
		p.Kill(child, SIGTERM)
		p.Kill(other, SIGTERM)
		a, _ := p.Wait(child, false)
		b, _ := p.Wait(other, false)
		return a.Code + b.Code
	})
	if out != "" || code != 15+143 {
		t.Errorf("%q, %d", out, code)
	}
}

func TestPauseAndKill(t *testing.T) {
	codes := make(chan int, 1)
	s := space(t, programs{"busy": func(p *Process) int {
		for {
			p.Check()
		}
	}})
	p, err := s.Start(Spec{Args: []string{"busy"}, Exited: func(code int, _ bool) { codes <- code }})
	if err != nil {
		t.Fatal(err)
	}
	s.Pause()
	settle(t, s)
	s.Signal(p, SIGTERM)
	s.Resume()
	if code := <-codes; code != 143 {
		t.Error(code)
	}
}
