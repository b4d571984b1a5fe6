package program

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

func (s *interpreter) doCd(args []string) int {
	args = args[1:]
	physical := false
	for ; len(args) > 0 && (args[0] == "-P" || args[0] == "-L" || args[0] == "--"); args = args[1:] {
		physical = args[0] == "-P"
	}
	to, _ := s.get("HOME")
	shown := false
	if len(args) > 0 {
		to = args[0]
	}
	if to == "-" {
		to, _ = s.get("OLDPWD")
		shown = true
	}
	if to == "" {
		return 0
	}
	where := to
	if list, _ := s.get("CDPATH"); list != "" && !strings.HasPrefix(to, "/") && !strings.HasPrefix(to, ".") {
		for _, dir := range strings.Split(list, ":") {
			if name := path.Join(s.p.Abs(dir), to); s.isDir(name) {
				where, shown = name, dir != ""
				break
			}
		}
	}
	before, _ := s.get("PWD")
	if physical {
		where = s.physical(where)
	}
	if err := s.p.Chdir(where); err != nil {
		switch s.d {
		case ash:
			s.abort("", "can't cd to "+to+": "+reason(err))
		case dash:
			s.abort("", "can't cd to "+to)
		}
		s.errorf("%s: %s", to, reason(err))
		return 1
	}
	s.set("OLDPWD", before)
	s.variable("OLDPWD").exported = true
	s.set("PWD", s.p.Dir())
	s.variable("PWD").exported = true
	if shown {
		s.write(1, s.p.Dir()+"\n")
	}
	return 0
}

// physical resolves the symbolic links of a name.
func (s *interpreter) physical(name string) string {
	rest := strings.Split(strings.Trim(s.p.Abs(name), "/"), "/")
	at := "/"
	for links := 0; len(rest) > 0 && links < 40; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		target, err := s.p.Readlink(next)
		if err != nil {
			at = next
			continue
		}
		links++
		if !path.IsAbs(target) {
			target = path.Join(at, target)
		}
		rest = append(strings.Split(strings.Trim(target, "/"), "/"), rest...)
		at = "/"
	}
	return at
}

func (s *interpreter) doPwd(args []string) int {
	dir := s.p.Dir()
	if len(args) > 1 && args[1] == "-P" {
		dir = s.physical(dir)
	}
	if s.write(1, dir+"\n") != nil {
		return 1
	}
	return 0
}

func (s *interpreter) doUmask(args []string) int {
	mask := s.p.Umask(0)
	s.p.Umask(mask)
	symbolic := len(args) > 1 && args[1] == "-S"
	if symbolic {
		args = args[1:]
	}
	if len(args) > 1 {
		n, err := strconv.ParseUint(args[1], 8, 32)
		if err != nil || n > 0o777 {
			s.abort("", s.d.badMode(args[1]))
		}
		s.p.Umask(uint32(n))
		return 0
	}
	if symbolic {
		text := ""
		for i, who := range []string{"u", "g", "o"} {
			bits := ^mask >> (6 - 3*i) & 7
			text += "," + who + "="
			for j, c := range "rwx" {
				if bits&(4>>j) != 0 {
					text += string(c)
				}
			}
		}
		s.write(1, text[1:]+"\n")
	} else {
		s.write(1, fmt.Sprintf("%04o\n", mask))
	}
	return 0
}

func (s *interpreter) doUlimit(args []string) int {
	if len(args) > 2 {
		return 0
	}
	if len(args) == 2 && args[1] == "-n" {
		s.write(1, "1048576\n")
	} else {
		s.write(1, "unlimited\n")
	}
	return 0
}

func (s *interpreter) doTimes(_ []string) int {
	zero := "0m0.000s 0m0.000s\n"
	if s.d == dash {
		zero = "0m0.000000s 0m0.000000s\n"
	}
	s.write(1, zero+zero)
	return 0
}

func (s *interpreter) doNoJob(_ []string) int {
	s.abort("", "No current job")
	return 2
}

func (s *interpreter) doLet(args []string) int {
	if len(args) == 1 {
		s.abort("", "expression expected")
	}
	n := int64(0)
	for _, text := range args[1:] {
		n = s.arithm(text)
	}
	return int(truth(n == 0))
}

func (s *interpreter) doAlias(args []string) int {
	show := func(name string) { s.write(1, s.d.aliasPrefix+name+"="+quote(s.aliases[name])+"\n") }
	if len(args) == 1 {
		for _, name := range slices.Sorted(maps.Keys(s.aliases)) {
			show(name)
		}
	}
	status := 0
	for _, arg := range args[1:] {
		name, value, ok := strings.Cut(arg, "=")
		if ok {
			if len(s.aliases) > maxJobs || len(value) > maxCommand {
				s.outOfMemory()
			}
			s.aliases[name] = value
		} else if _, there := s.aliases[name]; there {
			show(name)
		} else {
			s.write(2, "alias: "+name+" not found\n")
			status = 1
		}
	}
	return status
}

func (s *interpreter) doUnalias(args []string) int {
	status := 0
	for _, name := range args[1:] {
		if _, ok := s.aliases[name]; name == "-a" {
			s.aliases = make(map[string]string)
		} else if !ok {
			s.write(2, "unalias: "+name+" not found\n")
			status = 1
		}
		delete(s.aliases, name)
	}
	return status
}

func (s *interpreter) doGetopts(args []string) int {
	if len(args) < 3 {
		s.abort("", "usage: getopts optstring var [arg]")
	}
	options, name, words := args[1], args[2], args[3:]
	if len(args) == 3 {
		words = s.args
	}
	silent := strings.HasPrefix(options, ":")
	text, _ := s.get("OPTIND")
	index, _ := strconv.Atoi(text)
	if index < 1 || index > len(words)+1 {
		index, s.getopt = 1, 0
	}
	done := func(letter, value string, has bool, left string, status int) int {
		s.set("OPTIND", strconv.Itoa(index))
		if s.getopt = 0; left != "" {
			s.getopt = len(words[index-2]) - len(left)
		}
		if has {
			s.set("OPTARG", value)
		} else {
			s.unset("OPTARG")
		}
		s.set(name, letter)
		return status
	}
	// OPTIND is that of the next word; getopt is where in the word before it the next letter is.
	left := ""
	if index > 1 && s.getopt > 0 && s.getopt < len(words[index-2]) {
		left = words[index-2][s.getopt:]
	} else {
		if index > len(words) || len(words[index-1]) < 2 || words[index-1][0] != '-' {
			return done("?", "", false, "", 1)
		}
		index++
		if words[index-2] == "--" {
			return done("?", "", false, "", 1)
		}
		left = words[index-2][1:]
	}
	letter := left[:1]
	left = left[1:]
	i := strings.Index(options, letter)
	if i < 0 || letter == ":" {
		if silent {
			return done("?", letter, true, left, 0)
		}
		s.write(2, s.d.optionMistake(s, "Illegal option -"+letter, "illegal option -- "+letter))
		return done("?", "", false, left, 0)
	}
	if !strings.HasPrefix(options[i+1:], ":") {
		return done(letter, "", false, left, 0)
	}
	if left != "" {
		return done(letter, left, true, "", 0)
	}
	if index > len(words) {
		if silent {
			return done(":", letter, true, "", 0)
		}
		s.write(2, s.d.optionMistake(s, "No arg for -"+letter+" option", "option requires an argument -- "+letter))
		return done("?", "", false, "", 0)
	}
	index++
	return done(letter, words[index-2], true, "", 0)
}
