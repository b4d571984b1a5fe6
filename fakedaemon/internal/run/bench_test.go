package run

import (
	"io"
	"testing"
)

// sink takes everything, after a copy as io.Pipe makes one.
type sink struct{ to [chunk]byte }

const chunk = 32 << 10

func (s *sink) Read([]byte) (int, error)    { return 0, io.EOF }
func (s *sink) Write(b []byte) (int, error) { return copy(s.to[:], b), nil }
func (s *sink) Close() error                { return nil }

// in runs a program to its end.
func in(b *testing.B, out Device, main Main) {
	done := make(chan int)
	s := NewSpace(Options{Find: programs{"main": main}.find, Limits: Limits{Output: 1 << 62, Calls: 1 << 62}})
	if _, err := s.Start(Spec{Args: []string{"main"}, Stdout: out, Exited: func(code int, _ bool) { done <- code }}); err != nil {
		b.Fatal(err)
	}
	if code := <-done; code != 0 {
		b.Fatal(code)
	}
}

func BenchmarkDevice(b *testing.B) {
	b.SetBytes(chunk)
	in(b, new(sink), func(p *Process) int {
		data, w := make([]byte, chunk), p.Stdout()
		for b.Loop() {
			w.Write(data)
		}
		return 0
	})
}

// BenchmarkIOPipe is what BenchmarkPipe is to be held against.
func BenchmarkIOPipe(b *testing.B) {
	b.SetBytes(chunk)
	r, w := io.Pipe()
	done := make(chan bool)
	go func() {
		for buf := make([]byte, chunk); ; {
			if _, err := r.Read(buf); err != nil {
				close(done)
				return
			}
		}
	}()
	for data := make([]byte, chunk); b.Loop(); {
		w.Write(data)
	}
	w.Close()
	<-done
}

// BenchmarkPipe is two processes and a pipe between them, with a parent that waits for both.
func BenchmarkPipe(b *testing.B) {
	b.SetBytes(chunk)
	in(b, nil, func(p *Process) int {
		r, w, _ := p.Pipe()
		p.Fork(func(p *Process) int {
			p.Close(r)
			for data := make([]byte, chunk); b.Loop(); {
				p.Write(w, data)
			}
			return 0
		})
		p.Fork(func(p *Process) int {
			p.Close(w)
			for buf := make([]byte, chunk); ; {
				if _, err := p.Read(r, buf); err != nil {
					return 0
				}
			}
		})
		p.Close(r)
		p.Close(w)
		for {
			if _, err := p.Wait(-1, false); err == ECHILD {
				return 0
			}
		}
	})
}

func BenchmarkForkAndWait(b *testing.B) {
	in(b, nil, func(p *Process) int {
		for b.Loop() {
			pid, _ := p.Fork(func(p *Process) int { return 0 })
			p.Wait(pid, false)
		}
		return 0
	})
}

// BenchmarkSpace is a container that ends at once.
func BenchmarkSpace(b *testing.B) {
	for b.Loop() {
		in(b, nil, func(p *Process) int { return 0 })
	}
}

// BenchmarkManyWait is a pipe with many processes beside it that wait for something else.
func BenchmarkManyWait(b *testing.B) {
	b.SetBytes(chunk)
	in(b, nil, func(p *Process) int {
		for range 200 {
			p.Fork(func(p *Process) int {
				p.Pause()
				return 0
			})
		}
		r, w, _ := p.Pipe()
		data := make([]byte, chunk)
		for b.Loop() {
			p.Write(w, data)
			p.Read(r, data)
		}
		return 0
	})
}
