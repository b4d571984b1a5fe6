package run

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// walk is a program that does what chance says: it computes, sleeps, forks, waits, writes and reads pipes, sends and catches signals.
type walk struct {
	steps atomic.Int64
}

func (w *walk) main(seed uint64, depth int) Main {
	return func(p *Process) int {
		r := rand.New(rand.NewPCG(seed, uint64(depth)))
		p.Catch(SIGUSR)
		in, out, _ := p.Pipe()
		for range 2 + r.IntN(12) {
			w.steps.Add(1)
			switch r.IntN(15) {
			case 11:
				p.Write(1, make([]byte, r.IntN(300)))
			case 12:
				p.Setpgid(0, 0)
				p.SetForeground(0, p.Group())
			case 13:
				p.SetForeground(0, p.Parent())
				p.Catch([]int{SIGTTIN, SIGTTOU, SIGTSTP, SIGINT}[r.IntN(4)])
			case 14:
				if settings, err := p.Termios(0); err == nil {
					settings.Local ^= uint32(r.IntN(1024))
					p.SetTermios(0, settings)
				}
			case 0:
				p.Sleep(time.Duration(r.IntN(5)) * 10 * time.Millisecond)
			case 1:
				for range r.IntN(2000) {
					p.Check()
				}
			case 2, 3:
				if depth < 4 {
					p.Fork(w.main(r.Uint64(), depth+1))
				}
			case 4:
				p.Wait(-1, r.IntN(2) == 0)
			case 5:
				p.Write(out, make([]byte, r.IntN(100_000)))
			case 6:
				p.Read(in, make([]byte, 1+r.IntN(100_000)))
			case 7:
				p.Kill(1+r.IntN(20), []int{SIGUSR, SIGUSR, SIGSTOP, SIGCONT, SIGCONT, SIGTERM}[r.IntN(6)])
			case 8:
				p.Caught()
			case 9:
				p.Read(0, make([]byte, 1+r.IntN(10)))
			case 10:
				p.Alarm(time.Duration(r.IntN(3)) * 10 * time.Millisecond)
				if r.IntN(4) == 0 {
					p.Exec([]string{"again"}, nil)
				}
			}
			w.steps.Add(1)
		}
		w.steps.Add(1)
		return r.IntN(256)
	}
}

// SIGUSR is any signal that only programs give a meaning.
const SIGUSR = 10

// TestSettleIsExact: when Settle returns, no process goes on, it returns without any time passing, and every exit has been told.
func TestSettleIsExact(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 99))
			var w walk
			var programs atomic.Uint64
			s := space(t, nil)
			s.o.Find = func(p *Process, _ []string) (Main, error) { return w.main(seed<<32|programs.Add(1), 2), nil }
			in := new(Input)
			var begun, told atomic.Int64
			out, ttys := newOutput(), []*TTY{}
			out.room = 500
			var started []*Process
			exitedSlowly := func(int, bool) {
				for range 10 {
					runtime.Gosched()
				}
				told.Add(1)
			}
			start := func() {
				spec := Spec{Args: []string{"main"}, Stdin: in.Device(), Stdout: out, Exited: exitedSlowly}
				if r.IntN(2) == 0 {
					spec.TTY = NewTTY(0, 0, out)
				}
				if p, err := s.Start(spec); err == nil {
					begun.Add(1)
					started = append(started, p)
					if spec.TTY != nil {
						ttys = append(ttys, spec.TTY)
					}
					s.Signal(p, []int{0, SIGUSR, SIGSTOP, SIGCONT}[r.IntN(4)])
				}
			}
			for round := range 20 {
				before := time.Now()
				settle(t, s)
				steps, ended := w.steps.Load(), told.Load()
				if live := int64(len(s.Processes())); round > 0 && begun.Load()-ended > live {
					t.Fatalf("seed %d, round %d: %d started, %d told, %d there", seed, round, begun.Load(), ended, live)
				}
				synctest.Wait()
				if w.steps.Load() != steps || told.Load() != ended {
					t.Fatalf("seed %d, round %d: not settled: %d steps, %d exits more", seed, round, w.steps.Load()-steps, told.Load()-ended)
				}
				if took := time.Since(before); took != 0 {
					t.Fatalf("seed %d, round %d: settled after %v", seed, round, took)
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				switch r.IntN(11) {
				case 9, 10:
					for _, p := range started {
						s.Signal(p, []int{SIGUSR, SIGUSR, SIGCONT, SIGTERM}[r.IntN(4)])
					}
				case 0:
					start()
				case 6, 7:
					for _, tty := range ttys {
						keys := "ab\r\x03\x04\x11\x13\x1a\x1c\x7f"
						i := r.IntN(len(keys))
						tty.Write(ctx, []byte(keys[i:i+1]))
						tty.Resize(uint16(r.IntN(3)), 80)
					}
				case 8:
					out.mu.Lock()
					out.room = r.IntN(1000)
					out.mu.Unlock()
					s.Wake()
				case 1, 2:
					<-time.After(time.Duration(r.IntN(3)) * 10 * time.Millisecond)
				case 3:
					in.Write(ctx, make([]byte, r.IntN(20)))
				case 4:
					s.Pause()
				case 5:
					s.Resume()
				}
			}
		})
	}
}
