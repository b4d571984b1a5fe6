// Package program is what runs in containers: a shell, the usual tools, and the files of the usual images.
package program

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

// Finder finds programs in the files of a container.
type Finder struct {
	// StopSignal is the signal that ends the services of the container's image beside TERM, INT and QUIT, or 0.
	StopSignal int
	// Services makes a service of every command whose file is not there: nobody has said what is in the image. So it is where no file
	// at all could be run, as in an image that is made for a test of something else.
	Services bool
	// Ends says that no service waits, not even as the container's own: a step of a build has to end.
	Ends bool
	// Serving, unless nil, is told of a service that begins to wait; done is called at its end.
	Serving func(p *run.Process) (done func())
	// Found, unless nil, is where programs were found before, in the same files.
	Found *sync.Map
}

// sought is what a program's file is looked for by.
type sought struct {
	program, path, dir string
	user               files.Owner
}

// look finds the file of a program, where it was before if that is known.
func (f Finder) look(p *run.Process, program string) (name string, err *run.StartError) {
	if f.Found == nil {
		return look(p, program)
	}
	key := sought{program, p.Getenv("PATH"), p.Dir(), p.User()}
	if found, ok := f.Found.Load(key); ok {
		return found.(string), nil
	}
	if name, err = look(p, program); err == nil {
		f.Found.Store(key, name)
	}
	return name, err
}

// Find finds what a program does as runc and execvp do: by PATH and mode bits, from a working folder that is there. The error is a *run.StartError in
// runc's words.
//
// What is in a file says which program it is: programs of ours have a mark in it, so a copy is the same; a script has
// its interpreter; another executable is known by its name, or is a service.
func (f Finder) Find(p *run.Process, args []string) (run.Main, error) {
	if len(args) == 0 || args[0] == "" {
		return nil, &run.StartError{Text: `exec: "": executable file not found in $PATH`, Code: 127}
	}
	name, err := f.look(p, args[0])
	if err != nil {
		if err.Code == 127 && !strings.HasPrefix(path.Base(args[0]), "nosuch") && (f.Services || !runnable(p.Files(), "/")) {
			return f.service, nil
		}
		return nil, err
	}
	return f.main(p, name, args, 0)
}

// runnable reports whether a folder holds a program, or anything that could be one.
func runnable(f *files.FS, dir string) bool {
	entries, err := f.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case slices.Contains(notPrograms, name):
		case e.IsDir():
			if runnable(f, name) {
				return true
			}
		default:
			if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return true
			}
		}
	}
	return false
}

// notPrograms are what dockerd makes in every container.
var notPrograms = []string{"/.dockerenv", "/dev", "/proc", "/sys", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}

// started reports whether it is runc that looks for a process's program, and not the process, which is another one still.
func started(p *run.Process, args []string) bool {
	return p.Parent() == 0 && slices.Equal(p.Args(), args)
}

// look finds the file of a program.
func look(p *run.Process, program string) (name string, err *run.StartError) {
	if strings.Contains(program, "/") {
		info, statErr := p.Stat(program)
		switch {
		case statErr != nil:
			return "", startError(program, "stat "+program+": "+strings.ToLower(reason(statErr)), 127)
		case info.IsDir():
			return "", startError(program, "is a directory: permission denied", 126)
		case !executable(p, program, info):
			return "", startError(program, "permission denied", 126)
		}
		return program, nil
	}
	for _, dir := range strings.Split(p.Getenv("PATH"), ":") {
		name = path.Join(dir, program)
		if dir == "" {
			name = "./" + program
		}
		if info, statErr := p.Stat(name); statErr == nil && executable(p, name, info) {
			return name, nil
		}
	}
	return "", startError(program, "executable file not found in $PATH", 127)
}

func startError(program, why string, code int) *run.StartError {
	return &run.StartError{Text: "exec: " + strconv.Quote(program) + ": " + why, Code: code}
}

// executable reports whether a process may run a file that is no folder.
func executable(p *run.Process, name string, info fs.FileInfo) bool {
	return info.Mode().IsRegular() && p.Access(name, 1) == nil
}

// maxInterpreters is how many scripts may be the interpreters of others, as Linux has it.
const maxInterpreters = 4

// main is what the file of a program does.
func (f Finder) main(p *run.Process, name string, args []string, depth int) (run.Main, error) {
	data := beginning(p, name)
	if line, ok := bytes.CutPrefix(data, []byte("#!")); ok {
		line, _, _ = bytes.Cut(line, []byte("\n"))
		interpreter, arg, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		script := []string{interpreter}
		if arg = strings.TrimSpace(arg); arg != "" {
			script = append(script, arg)
		}
		script = append(append(script, name), args[1:]...)
		if info, err := p.Stat(interpreter); err != nil || !executable(p, interpreter, info) || depth == maxInterpreters {
			return cannotRun(p, name, args, "no such file or directory", 127)
		}
		if _, err := f.main(p, interpreter, script, depth+1); err != nil {
			return nil, err
		}
		return func(p *run.Process) int { return again(p, script) }, nil
	}
	if known, dialect, ok := mark(data); ok {
		return named(known, dialect), nil
	}
	base := path.Base(name)
	switch {
	case path.Base(p.Files().Follow(p.Abs(name))) == "busybox":
		return named(base, static), nil
	case known(base):
		return named(base, ""), nil
	case len(data) == 0 && started(p, args) || bytes.IndexByte(data, 0) >= 0:
		return f.service, nil
	}
	return cannotRun(p, name, args, "exec format error", 126)
}

// static are the programs of a busybox that is not ours. Who makes an image of one takes Debian's busybox-static, whose shell greets.
const static = "static"

const ashBanner = "\n\nBusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) built-in shell (ash)\nEnter 'help' for a list of built-in commands.\n\n"

// beginning is the first bytes of a file. A program that may be run need not be one that may be read.
func beginning(p *run.Process, name string) []byte {
	h, err := p.Files().Open(p.Abs(name), os.O_RDONLY, 0, rootUser)
	if err != nil {
		return nil
	}
	defer h.Close()
	b := make([]byte, 256)
	n, _ := h.ReadAt(b, 0)
	return b[:n]
}

// cannotRun is a program that Linux refuses to run: too late for runc to say so as the daemon's error, so the container
// prints its words. A process that wants to become it gets an error.
func cannotRun(p *run.Process, name string, args []string, why string, code int) (run.Main, error) {
	if !started(p, args) {
		return nil, startError(name, why, code)
	}
	return func(p *run.Process) int {
		fmt.Fprintf(p.Stderr(), "exec %s: %s\n", name, why)
		return 255
	}, nil
}

// named is a program of ours. busybox is what its name says, or its first argument.
func named(program, dialect string) run.Main {
	return guarded(program, func(p *run.Process) int {
		name, args := program, p.Args()
		if program == "busybox" {
			if name = strings.TrimPrefix(path.Base(args[0]), "-"); strings.HasPrefix(name, "busybox") || !known(name) {
				if len(args) == 1 {
					fmt.Fprintln(p.Stdout(), banner)
					return 0
				}
				args = args[1:]
				name = path.Base(args[0])
			}
		}
		if shells[name] {
			if len(args) == len(p.Args()) {
				return Shell(name, dialect)(p)
			}
			return again(p, args)
		}
		if a := applets[name]; a.run != nil {
			return a.call(p, name, dialect, args[1:])
		}
		fmt.Fprintf(p.Stderr(), "%s: applet not found\n", name)
		return 127
	})
}

// guarded lets a mistake of ours end a process, and not the daemon.
func guarded(program string, main run.Main) run.Main {
	return func(p *run.Process) (code int) {
		defer func() {
			if problem := recover(); problem != nil {
				fmt.Fprintf(p.Stderr(), "fakedockerd: %s: %v\n", program, problem)
				code = 128 + sigsegv
			}
		}()
		return main(p)
	}
}

const sigsegv = 11

func known(name string) bool { return applets[name].run != nil || shells[name] }

// shells are the names of shells.
var shells = map[string]bool{"sh": true, "ash": true, "bash": true, "dash": true}

// again runs another command line in place of the one that was found.
func again(p *run.Process, args []string) int {
	err := p.Exec(args, nil)
	fmt.Fprintln(p.Stderr(), err)
	return 127
}

// service is a program that nobody knows. As the container's own it waits until it is told to stop; beside it, it has done
// its work at once.
func (f Finder) service(p *run.Process) int {
	if f.Ends || p.Pid() != 1 && p.Parent() != 1 {
		return 0
	}
	for _, sig := range []int{run.SIGTERM, run.SIGINT, run.SIGQUIT, f.StopSignal} {
		if sig != 0 {
			_ = p.Catch(sig) // KILL cannot be caught
		}
	}
	if f.Serving != nil {
		defer f.Serving(p)()
	}
	for {
		if _, ok := p.Caught(); ok {
			return 0
		}
		_ = p.Pause() // EINTR is what it waits for
	}
}
