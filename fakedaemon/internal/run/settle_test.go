package run

import (
	"context"
	"math/rand/v2"
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
			switch r.IntN(11) {
			case 0:
				p.Sleep(time.Duration(r.IntN(50)) * time.Millisecond)
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
				p.Alarm(time.Duration(r.IntN(20)) * time.Millisecond)
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
	for seed := range uint64(100) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 99))
			var w walk
			var programs atomic.Uint64
			s := space(t, nil)
			s.o.Find = func(p *Process, _ []string) (Main, error) { return w.main(seed<<32|programs.Add(1), 2), nil }
			in := new(Input)
			var exited, told atomic.Int64
			start := func() {
				p, err := s.Start(Spec{Args: []string{"main"}, Stdin: in.Device(), Exited: func(int, bool) { told.Add(1) }})
				if err == nil {
					exited.Add(1)
					s.Signal(p, 0)
				}
			}
			for round := range 20 {
				before := time.Now()
				settle(t, s)
				steps, ended := w.steps.Load(), told.Load()
				if live := int64(len(s.Processes())); round > 0 && exited.Load()-ended > live {
					t.Fatalf("seed %d, round %d: %d started, %d told, %d there", seed, round, exited.Load(), ended, live)
				}
				synctest.Wait()
				if w.steps.Load() != steps || told.Load() != ended {
					t.Fatalf("seed %d, round %d: not settled: %d steps, %d exits more", seed, round, w.steps.Load()-steps, told.Load()-ended)
				}
				if took := time.Since(before); took != 0 {
					t.Fatalf("seed %d, round %d: settled after %v", seed, round, took)
				}
				switch r.IntN(6) {
				case 0:
					start()
				case 1, 2:
					<-time.After(time.Duration(r.IntN(30)) * time.Millisecond)
				case 3:
					ctx, cancel := context.WithCancel(t.Context())
					cancel()
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
