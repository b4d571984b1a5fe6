package program

import (
	"io/fs"
	"os"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
)

// saved is what a descriptor was before a redirection: its copy, or -1 if it was closed.
type saved struct{ fd, copy int }

// firstSaved is where copies of descriptors begin, as in real shells.
const firstSaved = 10

// redirect does redirections, which restore takes back, also after an error. It reports whether all went well.
func (s *interpreter) redirect(redirs []*syntax.Redirect) bool {
	s.redirs = append(s.redirs, nil)
	for _, r := range redirs {
		if text := s.redirectOne(r); text != "" {
			s.errorf("%s", text)
			s.restore()
			return false
		}
	}
	return true
}

func (s *interpreter) redirectOne(r *syntax.Redirect) (problem string) {
	fd := 1
	switch r.Op {
	case syntax.RdrIn, syntax.RdrInOut, syntax.DplIn, syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc:
		fd = 0
	}
	if r.N != nil {
		n, err := strconv.Atoi(r.N.Value)
		if err != nil || n > 255 {
			return r.N.Value + ": bad file descriptor"
		}
		fd = n
	}
	switch r.Op {
	case syntax.Hdoc, syntax.DashHdoc:
		return s.here(fd, s.document(withoutTabs(r)))
	case syntax.WordHdoc:
		return s.here(fd, s.literal(r.Word)+"\n")
	}
	word := s.literal(r.Word)
	switch r.Op {
	case syntax.RdrIn:
		return s.open(fd, word, os.O_RDONLY)
	case syntax.RdrInOut:
		return s.open(fd, word, os.O_RDWR|os.O_CREATE)
	case syntax.RdrOut:
		if s.opts['C'] {
			if info, err := s.p.Stat(word); err == nil && info.Mode().IsRegular() {
				return s.d.cannotMake(word, reason(files.EEXIST))
			}
		}
		return s.open(fd, word, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	case syntax.RdrClob:
		return s.open(fd, word, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	case syntax.AppOut:
		return s.open(fd, word, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	case syntax.RdrAll, syntax.AppAll:
		flag := os.O_TRUNC
		if r.Op == syntax.AppAll {
			flag = os.O_APPEND
		}
		if problem := s.open(1, word, os.O_WRONLY|os.O_CREATE|flag); problem != "" {
			return problem
		}
		return s.duplicate(1, "1", 2)
	case syntax.DplIn, syntax.DplOut:
		if word == "-" {
			s.save(fd)
			s.p.Close(fd)
			return ""
		}
		if _, err := strconv.Atoi(word); err != nil && r.N == nil && r.Op == syntax.DplOut && s.d != dash {
			if problem := s.open(1, word, os.O_WRONLY|os.O_CREATE|os.O_TRUNC); problem != "" {
				return problem
			}
			return s.duplicate(1, "1", 2)
		}
		n, err := strconv.Atoi(word)
		if err != nil {
			return "syntax error: bad fd number"
		}
		return s.duplicate(n, word, fd)
	}
	return "syntax error: bad redirection"
}

func (s *interpreter) duplicate(from int, word string, fd int) (problem string) {
	s.save(fd)
	if err := s.p.Dup2(from, fd); err != nil {
		return word + ": Bad file descriptor"
	}
	return ""
}

func (s *interpreter) open(fd int, name string, flag int) (problem string) {
	n, err := s.p.Open(name, flag, 0o666)
	if err != nil {
		why := reason(err)
		if _, ok := err.(*fs.PathError); ok && name == "" {
			why = reason(files.ENOENT)
		}
		if flag&os.O_CREATE != 0 {
			return s.d.cannotMake(name, why)
		}
		return s.d.cannotOpen(name, why)
	}
	s.place(n, fd)
	return ""
}

// place makes an open descriptor that of a redirection.
func (s *interpreter) place(n, fd int) {
	if n == fd {
		// It was closed before: it is what restore has to close.
		s.note(saved{fd, -1})
		return
	}
	s.save(fd)
	s.move(n, fd)
}

// here makes a descriptor that reads the text.
func (s *interpreter) here(fd int, text string) (problem string) {
	r, w, err := s.p.Pipe()
	if err != nil {
		return "can't create pipe: " + reason(err)
	}
	if len(text) <= 4096 {
		s.write(w, text)
	} else {
		// More than a pipe holds: a child writes it, as in real shells.
		s.fork(func(sub *interpreter) {
			sub.p.Close(r)
			sub.write(w, text)
			sub.status = 0
		})
	}
	s.p.Close(w)
	s.place(r, fd)
	return ""
}

func (s *interpreter) note(old saved) {
	last := len(s.redirs) - 1
	s.redirs[last] = append(s.redirs[last], old)
}

// save keeps a copy of a descriptor for restore.
func (s *interpreter) save(fd int) {
	for _, old := range s.redirs[len(s.redirs)-1] {
		if old.fd == fd {
			return
		}
	}
	n, err := s.p.Dup(fd, firstSaved, true)
	if err != nil {
		n = -1
	}
	s.note(saved{fd, n})
}

// restore takes the last redirections back.
func (s *interpreter) restore() {
	last := len(s.redirs) - 1
	all := s.redirs[last]
	s.redirs = s.redirs[:last]
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].copy < 0 {
			s.p.Close(all[i].fd)
		} else {
			s.move(all[i].copy, all[i].fd)
		}
	}
}

// keep lets the last redirections stay, as exec without a command does.
func (s *interpreter) keep() {
	last := len(s.redirs) - 1
	for _, old := range s.redirs[last] {
		if old.copy >= 0 {
			s.p.Close(old.copy)
		}
	}
	s.redirs = s.redirs[:last]
}

// withoutTabs is the text of a here-document, from which <<- takes the tabs at the begin of each line.
func withoutTabs(r *syntax.Redirect) *syntax.Word {
	if r.Op != syntax.DashHdoc || r.Hdoc == nil {
		return r.Hdoc
	}
	w := &syntax.Word{}
	start := true
	for _, part := range r.Hdoc.Parts {
		if lit, ok := part.(*syntax.Lit); ok {
			lines := strings.SplitAfter(lit.Value, "\n")
			for i := range lines {
				if start || i > 0 {
					lines[i] = strings.TrimLeft(lines[i], "\t")
				}
			}
			part = &syntax.Lit{Value: strings.Join(lines, "")}
		}
		start = false
		w.Parts = append(w.Parts, part)
	}
	return w
}
