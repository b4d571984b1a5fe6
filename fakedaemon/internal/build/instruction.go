package build

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/go-connections/nat"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// word is what an instruction is: how it is read, what is wrong with it, and what it does to the config of an image.
type word struct {
	name  string // in upper case
	split split
	// check finds what is wrong with an instruction before anything is built.
	check func(p Parser, in *Instruction) error
	// expands says that variables are replaced in each argument.
	expands bool
	// apply changes a config and returns what the history says of it; nil is for instructions that do more than that.
	apply func(s *settings, in *Instruction) (comment string, err error)
	// change says that commit and import take it.
	change bool
}

// words are the instructions that there are (moby/buildkit, frontend/dockerfile/instructions;
// builder/dockerfile/dispatchers.go), by their names in lower case.
var words = byName([]*word{
	{name: "ADD", split: list, expands: true, check: func(p Parser, in *Instruction) error {
		return cmp.Or(destination(in), p.flags(in, "chown", "chmod", "+link?", "+keep-git-dir?", "+checksum", "+unpack?", "+exclude*"), p.target(in))
	}},
	{name: "ARG", split: quotedWords, check: func(_ Parser, in *Instruction) error {
		if slices.ContainsFunc(in.Args, func(arg string) bool { return strings.HasPrefix(arg, "=") }) {
			return errors.New("ARG names can not be blank")
		}
		return atLeastOne(in)
	}},
	{name: "CMD", split: command, check: Parser.noFlags, apply: setCmd, change: true},
	{name: "COPY", split: list, expands: true, check: func(p Parser, in *Instruction) error {
		return cmp.Or(destination(in), p.flags(in, "chown", "from", "chmod", "+link?", "+exclude*"), p.target(in))
	}},
	{name: "ENTRYPOINT", split: command, check: Parser.noFlags, apply: setEntrypoint, change: true},
	{name: "ENV", split: pairs("ENV"), expands: true, check: Parser.named, apply: setEnv, change: true},
	{name: "EXPOSE", split: blankWords, check: func(p Parser, in *Instruction) error {
		slices.Sort(in.Args)
		return cmp.Or(atLeastOne(in), p.noFlags(in))
	}, apply: expose, change: true},
	{name: "FROM", split: blankWords, check: func(p Parser, in *Instruction) error {
		return cmp.Or(stageName(in), p.flags(in, "platform"))
	}},
	{name: "HEALTHCHECK", split: healthcheck, check: func(p Parser, in *Instruction) error {
		_, err := p.healthcheck(in)
		return err
	}, apply: setHealthcheck, change: true},
	{name: "LABEL", split: pairs("LABEL"), expands: true, check: Parser.named, apply: setLabels, change: true},
	{name: "MAINTAINER", split: whole, check: Parser.one, apply: func(s *settings, in *Instruction) (string, error) {
		s.author = in.Args[0]
		return "MAINTAINER " + in.Args[0], nil
	}},
	{name: "ONBUILD", split: whole, check: func(p Parser, in *Instruction) error {
		return cmp.Or(atLeastOne(in), p.noFlags(in), allowedTrigger(in))
	}, apply: addTrigger, change: true},
	{name: "RUN", split: command, check: func(p Parser, in *Instruction) error {
		return cmp.Or(p.flags(in, "mount*", "+network", "+device*"), network(in))
	}},
	{name: "SHELL", split: command, check: func(p Parser, in *Instruction) error {
		err := cmp.Or(p.noFlags(in), atLeastOne(in))
		if err == nil && !in.JSON {
			err = errors.New("SHELL requires the arguments to be in JSON form")
		}
		return err
	}, apply: func(s *settings, in *Instruction) (string, error) {
		s.Shell = in.Args
		return fmt.Sprintf("SHELL %v", in.Args), nil
	}},
	{name: "STOPSIGNAL", split: whole, expands: true, check: func(_ Parser, in *Instruction) error {
		return exactlyOne(in)
	}, apply: setStopSignal, change: true},
	{name: "USER", split: whole, expands: true, check: Parser.one, apply: func(s *settings, in *Instruction) (string, error) {
		s.User = in.Args[0]
		return "USER " + in.Args[0], nil
	}, change: true},
	{name: "VOLUME", split: list, expands: true, check: func(p Parser, in *Instruction) error {
		err := cmp.Or(atLeastOne(in), p.noFlags(in))
		for i, arg := range in.Args {
			if in.Args[i] = strings.TrimSpace(arg); in.Args[i] == "" {
				err = cmp.Or(err, errEmptyVolume)
			}
		}
		return err
	}, apply: addVolumes, change: true},
	{name: "WORKDIR", split: whole, expands: true, check: Parser.one, apply: setWorkdir, change: true},
})

func byName(list []*word) map[string]*word {
	m := make(map[string]*word, len(list))
	for _, w := range list {
		m[strings.ToLower(w.name)] = w
	}
	return m
}

// check finds what is wrong with an instruction.
func (p Parser) check(in *Instruction) error {
	if in.word != nil {
		return in.word.check(p, in)
	}
	if p.Old {
		return fmt.Errorf("unknown instruction: %s", strings.ToUpper(in.Name))
	}
	wrote, known := strings.ToLower(in.Name), slices.Collect(maps.Keys(words))
	if in.Name != wrote && in.Name == strings.ToUpper(in.Name) {
		wrote = in.Name
		for i := range known {
			known[i] = strings.ToUpper(known[i])
		}
	}
	return fmt.Errorf("unknown instruction: %s%s", in.Name, suggestion(wrote, known))
}

func atLeastOne(in *Instruction) error {
	if len(in.Args) == 0 {
		return fmt.Errorf("%s requires at least one argument", in.word.name)
	}
	return nil
}

func exactlyOne(in *Instruction) error {
	if len(in.Args) != 1 {
		return fmt.Errorf("%s requires exactly one argument", in.word.name)
	}
	return nil
}

// one allows one argument and no flags.
func (p Parser) one(in *Instruction) error { return cmp.Or(exactlyOne(in), p.noFlags(in)) }

// named allows pairs whose names are not empty.
func (p Parser) named(in *Instruction) error {
	err := cmp.Or(p.noFlags(in), atLeastOne(in))
	for i := 0; i < len(in.Args); i += 2 {
		if in.Args[i] == "" {
			err = cmp.Or(err, fmt.Errorf("%s names can not be blank", in.word.name))
		}
	}
	return err
}

func (p Parser) noFlags(in *Instruction) error { return p.flags(in) }

// flags reads the flags of an instruction. Allowed are names; "+" is before those that BuildKit 0.8 does not have, "?"
// behind those that are true or false, and "*" behind those that may come again.
func (p Parser) flags(in *Instruction, allowed ...string) error {
	kinds := make(map[string]byte, len(allowed))
	for _, flag := range allowed {
		flag, added := strings.CutPrefix(flag, "+")
		name := strings.TrimRight(flag, "?*")
		if !added || !p.Old {
			kinds[name] = flag[len(flag)-1]
		}
	}
	in.flags = make(map[string][]string)
	for _, flag := range in.Flags {
		name, value, given := strings.Cut(flag, "=")
		name = name[2:]
		kind, ok := kinds[name]
		_, again := in.flags[name]
		switch {
		case !ok:
			if p.Old {
				return fmt.Errorf("Unknown flag: %s", name)
			}
			return fmt.Errorf("unknown flag: --%s%s", name, suggestion(name, slices.Collect(maps.Keys(kinds))))
		case again && kind != '*':
			return p.flagError("Duplicate flag specified: ", name)
		case kind != '?' && !given, kind == '?' && given && value == "":
			return p.flagError("Missing a value on flag: ", name)
		case kind == '?' && value != "" && !strings.EqualFold(value, "true") && !strings.EqualFold(value, "false"):
			return fmt.Errorf("expecting boolean value for flag --%s, not: %s", name, value)
		}
		in.flags[name] = append(in.flags[name], value)
	}
	return nil
}

func (p Parser) flagError(text, name string) error {
	if p.Old {
		return errors.New(text + name)
	}
	return errors.New(strings.ToLower(text) + "--" + name)
}

// flag is the last value of a flag.
func (in *Instruction) flag(name string) string {
	if values := in.flags[name]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

// suggestion is the known word that is nearly the one that somebody wrote, for the end of an error.
func suggestion(wrote string, known []string) string {
	best, distance := "", 3
	slices.Sort(known)
	for _, word := range known {
		if d := levenshtein([]rune(wrote), []rune(word)); d < distance {
			best, distance = word, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

// levenshtein is the number of characters to add, leave out or change to make one word of another.
func levenshtein(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		corner := row[0]
		row[0] = i + 1
		for j, y := range b {
			change := corner
			if x != y {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, corner+1, row[j]+1)
		}
	}
	return row[len(b)]
}

func destination(in *Instruction) error {
	if len(in.Args) >= 2 {
		return nil
	}
	return fmt.Errorf("%s requires at least two arguments, but only one was provided. Destination could not be determined", in.word.name)
}

// target refuses a heredoc as the last argument.
func (p Parser) target(in *Instruction) error {
	if p.Old || len(in.Args) == 0 {
		return nil
	}
	if name, _, err := heredocName(in.Args[len(in.Args)-1]); name != "" && err == nil {
		return fmt.Errorf("%s cannot accept a heredoc as a destination", in.word.name)
	}
	return nil
}

var validStage = regexp.MustCompile(`^[a-z][a-z0-9-_.]*$`)

func stageName(in *Instruction) error {
	switch {
	case len(in.Args) == 3 && strings.EqualFold(in.Args[1], "as"):
		if !validStage.MatchString(strings.ToLower(in.Args[2])) {
			return fmt.Errorf("invalid name for build stage: %q, name can't start with a number or contain symbols", in.Args[2])
		}
	case len(in.Args) != 1:
		return errors.New("FROM requires either one or three arguments")
	}
	return nil
}

// network checks that of RUN, which the classic builder refuses in any case.
func network(in *Instruction) error {
	if mode := in.flag("network"); in.flags["network"] != nil && mode != "default" && mode != "none" && mode != "host" {
		return fmt.Errorf("invalid network mode %q", mode)
	}
	return nil
}

func allowedTrigger(in *Instruction) error {
	if in.trigger == nil {
		return nil
	}
	switch name := strings.ToUpper(in.trigger.Name); name {
	case "ONBUILD":
		return errors.New("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
	case "MAINTAINER", "FROM":
		return fmt.Errorf("%s isn't allowed as an ONBUILD trigger", name)
	}
	return nil
}

// settings are what instructions change.
type settings struct {
	image.Config
	parser Parser
	escape rune
	lookup func(name string) (string, bool)
	author string
	// cmdSet says that CMD came after FROM: ENTRYPOINT leaves it.
	cmdSet bool
	say    func(format string, args ...any)
}

// expand replaces the variables in the arguments.
func (s *settings) expand(in *Instruction) (err error) {
	if in.word.expands && !in.literal {
		in.Args = slices.Clone(in.Args)
		for i := range in.Args {
			if in.Args[i], _, err = s.parser.Expand(in.Args[i], s.escape, s.lookup); err != nil {
				return invalid{err}
			}
		}
	}
	return nil
}

// shellWords are those of a JSON list, or a line for the shell.
func (s *settings) shellWords(in *Instruction) []string {
	if in.JSON {
		return append([]string{}, in.Args...)
	}
	if len(s.Shell) > 0 {
		return slices.Concat(s.Shell, in.Args)
	}
	return slices.Concat(defaultShell, in.Args)
}

var defaultShell = []string{"/bin/sh", "-c"}

func setCmd(s *settings, in *Instruction) (string, error) {
	s.Cmd, s.cmdSet = s.shellWords(in), s.cmdSet || len(in.Args) > 0
	return fmt.Sprintf("CMD %q", s.Cmd), nil
}

func setEntrypoint(s *settings, in *Instruction) (string, error) {
	s.Entrypoint = nil
	if len(in.Args) > 0 {
		s.Entrypoint = s.shellWords(in)
	}
	if !s.cmdSet {
		s.Cmd = nil
	}
	return fmt.Sprintf("ENTRYPOINT %q", s.Entrypoint), nil
}

func setEnv(s *settings, in *Instruction) (string, error) {
	comment := "ENV"
	for i := 0; i < len(in.Args); i += 2 {
		name, pair := in.Args[i], in.Args[i]+"="+in.Args[i+1]
		comment += " " + pair
		if at := slices.IndexFunc(s.Env, func(have string) bool { return envName(have) == name }); at >= 0 {
			s.Env[at] = pair
		} else {
			s.Env = append(s.Env, pair)
		}
	}
	return comment, nil
}

func envName(env string) string {
	name, _, _ := strings.Cut(env, "=")
	return name
}

func setLabels(s *settings, in *Instruction) (string, error) {
	if s.Labels == nil {
		s.Labels = make(map[string]string)
	}
	comment := "LABEL"
	for i := 0; i < len(in.Args); i += 2 {
		s.Labels[in.Args[i]] = in.Args[i+1]
		comment += " " + in.Args[i] + "=" + in.Args[i+1]
	}
	return comment, nil
}

func expose(s *settings, in *Instruction) (string, error) {
	var said []string
	for _, arg := range in.Args {
		// The one instruction of whose variables words may come.
		_, ports, err := s.parser.Expand(arg, s.escape, s.lookup)
		if err != nil {
			return "", err
		}
		said = append(said, ports...)
	}
	for _, port := range said {
		exposed, _, err := nat.ParsePortSpecs([]string{port})
		if err != nil {
			return "", s.parser.wording(err)
		}
		for _, port := range slices.Sorted(maps.Keys(exposed)) {
			if !slices.Contains(s.ExposedPorts, string(port)) {
				s.ExposedPorts = append(s.ExposedPorts, string(port))
			}
		}
	}
	return "EXPOSE " + strings.Join(said, " "), nil
}

func setHealthcheck(s *settings, in *Instruction) (string, error) {
	if s.Healthcheck != nil && len(s.Healthcheck.Test) > 0 && s.Healthcheck.Test[0] != "NONE" {
		s.say("Note: overriding previous HEALTHCHECK: %v\n", s.Healthcheck.Test)
	}
	h, err := s.parser.healthcheck(in)
	if err != nil {
		return "", err
	}
	s.Healthcheck = h
	if s.parser.Old {
		return fmt.Sprintf("HEALTHCHECK %q", &struct {
			Test                           []string
			Interval, Timeout, StartPeriod time.Duration
			Retries                        int
		}{h.Test, h.Interval, h.Timeout, h.StartPeriod, h.Retries}), nil
	}
	return fmt.Sprintf("HEALTHCHECK %q", h), nil
}

func (p Parser) healthcheck(in *Instruction) (*image.Healthcheck, error) {
	if err := atLeastOne(in); err != nil {
		return nil, err
	}
	kind, args := strings.ToUpper(in.Args[0]), in.Args[1:]
	if kind == "NONE" {
		if len(args) > 0 {
			return nil, errors.New("HEALTHCHECK NONE takes no arguments")
		}
		return &image.Healthcheck{Test: []string{kind}}, nil
	}
	if err := p.flags(in, "interval", "timeout", "start-period", "+start-interval", "retries"); err != nil {
		return nil, err
	}
	switch {
	case kind != "CMD":
		return nil, fmt.Errorf("Unknown type %q in HEALTHCHECK (try CMD)", kind)
	case len(args) == 0:
		return nil, errors.New("Missing command after HEALTHCHECK CMD")
	case !in.JSON:
		kind = "CMD-SHELL"
	}
	h := &image.Healthcheck{Test: append([]string{kind}, args...)}
	for _, flag := range []struct {
		name string
		into *time.Duration
	}{{"interval", &h.Interval}, {"timeout", &h.Timeout}, {"start-period", &h.StartPeriod}, {"start-interval", &h.StartInterval}} {
		if value := in.flag(flag.name); value != "" {
			d, err := time.ParseDuration(value)
			if err != nil {
				return nil, err
			}
			if d < time.Millisecond && (d != 0 || p.Old) {
				return nil, fmt.Errorf("Interval %q cannot be less than 1ms", flag.name)
			}
			*flag.into = d
		}
	}
	if value := in.flag("retries"); value != "" {
		retries, err := strconv.ParseInt(value, 10, 32)
		switch {
		case err != nil:
			return nil, err
		case p.Old && retries < 1:
			return nil, fmt.Errorf("--retries must be at least 1 (not %d)", retries)
		case retries < 0:
			return nil, fmt.Errorf("--retries cannot be negative (%d)", retries)
		}
		h.Retries = int(retries)
	}
	return h, nil
}

var onbuild = regexp.MustCompile(`(?i)^\s*ONBUILD\s*`)

func addTrigger(s *settings, in *Instruction) (string, error) {
	trigger := onbuild.ReplaceAllString(in.Text, "")
	for _, h := range in.Heredocs {
		trigger += "\n" + h.Content + h.Name
	}
	s.OnBuild = append(s.OnBuild, trigger)
	return "ONBUILD " + trigger, nil
}

func setStopSignal(s *settings, in *Instruction) (string, error) {
	if err := s.parser.Signal(in.Args[0]); err != nil {
		return "", invalid{s.parser.wording(err)}
	}
	s.StopSignal = in.Args[0]
	return "STOPSIGNAL " + in.Args[0], nil
}

// wording is an error of a library as it was when the parser was made: some began with a capital letter.
func (p Parser) wording(err error) error {
	if text := err.Error(); p.Old {
		return errors.New(strings.ToUpper(text[:1]) + text[1:])
	}
	return err
}

var errEmptyVolume = errors.New("VOLUME specified can not be an empty string")

func addVolumes(s *settings, in *Instruction) (string, error) {
	for _, volume := range in.Args {
		if volume == "" {
			return "", errEmptyVolume
		}
		if !slices.Contains(s.Volumes, volume) {
			s.Volumes = append(s.Volumes, volume)
		}
	}
	return fmt.Sprintf("VOLUME %v", in.Args), nil
}

func setWorkdir(s *settings, in *Instruction) (string, error) {
	dir := in.Args[0]
	switch {
	case dir == "":
		return "", errors.New("cannot normalize nothing")
	case !path.IsAbs(dir):
		dir = path.Join("/", s.WorkingDir, dir)
	}
	s.WorkingDir = path.Clean(dir)
	return "WORKDIR " + s.WorkingDir, nil
}

// Change does to a config what instructions say that commit and import take (builder/dockerfile/builder.go,
// BuildFromConfig). The error is a bad request.
func (p Parser) Change(c image.Config, changes []string) (image.Config, error) {
	if len(changes) == 0 {
		return c, nil
	}
	f, err := p.read([]byte(strings.Join(changes, "\n")))
	if err != nil {
		return c, invalid{err}
	}
	for i := range f.Instructions {
		in := &f.Instructions[i]
		if in.word == nil || !in.word.change || p.Old && in.is("STOPSIGNAL") {
			return c, invalid{fmt.Errorf("%s is not a valid change command", in.Name)}
		}
	}
	for i := range f.Instructions {
		if err := p.check(&f.Instructions[i]); err != nil {
			return c, invalid{err}
		}
	}
	s := &settings{Config: c.Clone(), parser: p, escape: f.Escape, say: func(string, ...any) {}}
	s.lookup = func(name string) (string, bool) { return lookupEnv(s.Env, name) }
	for i := range f.Instructions {
		in := &f.Instructions[i]
		if err := s.expand(in); err != nil {
			return c, err
		}
		if _, err := in.word.apply(s, in); err != nil {
			return c, invalid{err}
		}
	}
	return s.Config, nil
}

// lookupEnv finds a variable, of those with one name the last.
func lookupEnv(env []string, name string) (string, bool) {
	for _, pair := range slices.Backward(env) {
		if have, value, _ := strings.Cut(pair, "="); have == name {
			return value, true
		}
	}
	return "", false
}
