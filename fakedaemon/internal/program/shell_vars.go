package program

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/run"
)

type variable struct {
	value    string
	set      bool
	exported bool
	readOnly bool
	order    int // in which it was made
}

// variableSize is about what a variable takes beside its text.
const variableSize = 100

// importVariables takes the environment over, as the shells do when they start.
func (s *interpreter) importVariables() {
	for _, v := range []string{"PATH", "IFS", "OPTIND", "PS1", "PS2", "PS4", "PPID"} {
		s.variable(v)
	}
	for _, pair := range s.p.Env() {
		name, value, ok := strings.Cut(pair, "=")
		if ok && syntax.ValidName(name) {
			v := s.variable(name)
			v.value, v.set, v.exported = value, true, true
		}
	}
	s.set("IFS", " \t\n")
	s.set("OPTIND", "1")
	s.set("PPID", strconv.Itoa(s.p.Parent()))
	s.set("PS2", "> ")
	s.set("PS4", "+ ")
	if !s.variable("PATH").set {
		s.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	}
	if pwd, _ := s.get("PWD"); pwd == "" || s.p.Abs(pwd) != s.p.Dir() {
		s.set("PWD", s.p.Dir())
	}
	s.variable("PWD").exported = true
	if s.d.level {
		level, _ := strconv.Atoi(s.variable("SHLVL").value)
		s.set("SHLVL", strconv.Itoa(level+1))
		s.variable("SHLVL").exported = true
	}
}

// variable gives a variable, which is made if it is not there.
func (s *interpreter) variable(name string) *variable {
	v := s.vars[name]
	if v == nil {
		s.order++
		v = &variable{order: s.order}
		s.vars[name] = v
	}
	return v
}

// get gives the value of a parameter, and whether it is set.
func (s *interpreter) get(name string) (string, bool) {
	if v := s.vars[name]; v != nil {
		return v.value, v.set
	}
	switch name {
	case "?":
		return strconv.Itoa(s.status), true
	case "$":
		return strconv.Itoa(s.pid), true
	case "!":
		if s.lastJob == 0 {
			return "", false
		}
		return strconv.Itoa(s.lastJob), true
	case "#":
		return strconv.Itoa(len(s.args)), true
	case "-":
		return s.flags(), true
	case "0":
		return s.name, true
	case "@", "*":
		return strings.Join(s.args, " "), len(s.args) > 0
	case "LINENO":
		return strconv.Itoa(s.current), true
	case "RANDOM":
		if s.d != dash {
			return strconv.Itoa(int(s.p.Now().UnixNano() >> 5 & 0x7fff)), true
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n > 0 && n <= len(s.args) {
		return s.args[n-1], true
	}
	return "", false
}

// set sets a variable. One that is read-only ends the command.
func (s *interpreter) set(name, value string) {
	v := s.variable(name)
	if v.readOnly {
		s.abort("", name+": "+s.d.readOnly)
	}
	if s.memory += len(value) - len(v.value) + variableSize; s.memory > maxMemory {
		s.memory = 0
		for name, v := range s.vars {
			s.memory += len(name) + len(v.value) + variableSize
		}
		if s.memory > maxMemory {
			s.outOfMemory()
		}
	}
	v.value, v.set = value, true
	v.exported = v.exported || s.opts['a']
	switch name {
	case "OPTIND":
		s.getopt = 0
	case "PATH":
		s.p.Setenv("PATH", value) // where Exec looks
	}
}

func (s *interpreter) unset(name string) bool {
	v := s.vars[name]
	if v == nil {
		return true
	}
	if v.readOnly {
		return false
	}
	delete(s.vars, name)
	return true
}

// enterScope begins a function or a command with variables of its own.
func (s *interpreter) enterScope() { s.locals = append(s.locals, make(map[string]*variable)) }

// local lets a variable have its value of now again when the scope ends.
func (s *interpreter) local(name string) {
	scope := s.locals[len(s.locals)-1]
	if _, ok := scope[name]; ok {
		return
	}
	v := s.vars[name]
	if v != nil {
		same := *v
		v = &same
	}
	scope[name] = v
}

func (s *interpreter) leaveScope() {
	last := len(s.locals) - 1
	for name, v := range s.locals[last] {
		if v == nil {
			delete(s.vars, name)
		} else {
			s.vars[name] = v
		}
		if name == "PATH" && v != nil {
			s.p.Setenv("PATH", v.value)
		}
	}
	s.locals = s.locals[:last]
}

// environment is what programs get, in the order in which the tables of ash and dash have it.
func (s *interpreter) environment() []string {
	names := s.names(func(v *variable) bool { return v.exported && v.set })
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(bucket(a), bucket(b)), cmp.Compare(s.vars[a].order, s.vars[b].order))
	})
	env := make([]string, len(names))
	for i, name := range names {
		env[i] = name + "=" + s.vars[name].value
	}
	return env
}

// bucket is where the hash table of ash and dash has a variable.
func bucket(name string) int {
	hash := int(name[0]) << 4
	for _, c := range []byte(name) {
		hash += int(c)
	}
	return hash % 39
}

// names lists variables, sorted.
func (s *interpreter) names(f func(*variable) bool) (names []string) {
	for name, v := range s.vars {
		if f(v) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// quote quotes text as the shells do, so that they read it again.
func quote(text string) string {
	var b strings.Builder
	for {
		plain, _, found := strings.Cut(text, "'")
		b.WriteString("'" + plain + "'")
		text = text[len(plain):]
		if !found {
			return b.String()
		}
		n := len(text) - len(strings.TrimLeft(text, "'"))
		b.WriteString(`"` + text[:n] + `"`)
		if text = text[n:]; text == "" {
			return b.String()
		}
	}
}

// assign does what stands before a command.
func (s *interpreter) assign(assigns []*syntax.Assign, do func(name, value string)) {
	for _, a := range assigns {
		if a.Array != nil || a.Index != nil {
			s.abort("", "syntax error: arrays are not supported")
		}
		value := ""
		if a.Value != nil {
			value = s.value(a.Value)
		}
		if a.Append {
			old, _ := s.get(a.Name.Value)
			value = old + value
		}
		do(a.Name.Value, value)
	}
}

// userName is the name of the user in the container.
func (s *interpreter) userName() string {
	uid := strconv.Itoa(s.p.User().UID)
	for _, f := range s.users() {
		if f[2] == uid {
			return f[0]
		}
	}
	return uid
}

// users reads the container's /etc/passwd.
func (s *interpreter) users() (users [][]string) {
	fd, err := s.p.Open("/etc/passwd", 0, 0)
	if err != nil {
		return nil
	}
	defer s.p.Close(fd)
	for line := range strings.Lines(s.readAll(fd)) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), ":"); len(f) > 6 {
			users = append(users, f)
		}
	}
	return users
}

// readAll reads what a descriptor has, as far as one may.
func (s *interpreter) readAll(fd int) string {
	var text strings.Builder
	buf := make([]byte, 4096)
	for text.Len() < maxScript {
		n, err := s.p.Read(fd, buf)
		text.Write(buf[:n])
		if n == 0 && err != run.EINTR {
			break
		}
	}
	return text.String()
}
