package program

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// Shell stands in for the shell.
func Shell(_, _ string) run.Main {
	return func(p *run.Process) int {
		main, err := stubFind(p, append([]string{"sh"}, p.Args()[1:]...))
		if err != nil {
			return 127
		}
		return main(p)
	}
}

func stubFind(p *run.Process, args []string) (run.Main, error) {
	name := args[0]
	if strings.HasPrefix(path.Base(name), "nosuch") {
		return nil, &run.StartError{Text: "exec: " + strconv.Quote(name) + ": executable file not found in $PATH", Code: 127}
	}
	if strings.HasPrefix(name, "/etc") {
		return nil, &run.StartError{Text: "exec: " + strconv.Quote(name) + ": permission denied", Code: 126}
	}
	switch path.Base(name) {
	case "true":
		return func(p *run.Process) int { return 0 }, nil
	case "false":
		return func(p *run.Process) int { return 1 }, nil
	case "sleep":
		return func(p *run.Process) int {
			d, err := strconv.ParseFloat(args[1], 64)
			if args[1] == "infinity" {
				d = 1e9
			}
			if err != nil {
				d = 1e9
			}
			p.Sleep(time.Duration(d * 1e9))
			return 0
		}, nil
	case "touch":
		return func(p *run.Process) int {
			fd, err := p.Open(args[1], 0o102, 0o666)
			if err != nil {
				return 1
			}
			p.Close(fd)
			return 0
		}, nil
	case "test":
		return func(p *run.Process) int {
			if _, err := p.Stat(args[2]); err != nil {
				return 1
			}
			return 0
		}, nil
	case "sh":
		if len(args) == 3 {
			return script(args[2]), nil
		}
		return func(p *run.Process) int {
			b := make([]byte, 100)
			for {
				if n, _ := p.Read(0, b); n == 0 {
					return 0
				}
			}
		}, nil
	}
	return func(p *run.Process) int {
		if p.Pid() != 1 {
			return 0
		}
		for _, s := range []int{2, 3, 15} {
			p.Catch(s)
		}
		p.Pause()
		return 0
	}, nil
}

func script(text string) run.Main {
	return func(p *run.Process) int {
		code, trap := 0, 0
		for _, st := range strings.Split(text, ";") {
			f := strings.Fields(st)
			if len(f) == 0 {
				continue
			}
			switch f[0] {
			case "exit":
				n, _ := strconv.Atoi(f[1])
				return n
			case "trap":
				trap = 3
				p.Catch(15)
			case "while":
				for {
					p.Sleep(100 * time.Millisecond)
					if _, ok := p.Caught(); ok {
						return trap
					}
				}
			case "echo":
				p.Stdout().Write([]byte(strings.Join(f[1:], " ") + "\n"))
				code = 0
			default:
				main, err := stubFind(p, f)
				if err != nil {
					code = 127
					continue
				}
				code = main(p)
				if _, ok := p.Caught(); ok {
					return trap
				}
			}
		}
		return code
	}
}
