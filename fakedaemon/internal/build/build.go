package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/files"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
)

// Backend is what the builder needs of a daemon.
type Backend interface {
	// CheckPlatform says what is wrong with a platform.
	CheckPlatform(platform string) error
	// Image finds an image by its name, or pulls it; platform is that of FROM, or "".
	Image(ctx context.Context, name, platform string) (Image, error)
	// Cached finds the newest image that a step made of another before; ok reports whether there is one.
	Cached(parent, createdBy string) (img Image, ok bool)
	// Create makes a container of an image, and Run runs it to its end.
	Create(image string, c image.Config) (container string, err error)
	Run(ctx context.Context, container string, stdout, stderr io.Writer) (code int, err error)
	Remove(container string) error
	// Commit makes the image of a step, with what its container has written.
	Commit(Step) (Image, error)
	// Files are those of an image, "" for none, and Owner who USER[:GROUP] means there.
	Files(image string) *files.FS
	Owner(image, name string) (files.Owner, error)
	Download(ctx context.Context, url string) ([]byte, error)
}

// Image is one that is built on. Its ID is "" if it is scratch.
type Image struct {
	ID     string
	Config image.Config
}

// Step is what an instruction makes of an image.
type Step struct {
	// Parent is the ID of the image before.
	Parent, Author string
	Config         image.Config
	// Cmd is the command of the container that the step ran in, and Container its ID, if there was one.
	Cmd       []string
	Container string
	// Layer are the files that a step without a container adds to those of the image.
	Layer files.Tree
}

// CreatedBy is what the history of the image says of the step.
func (s Step) CreatedBy() string { return strings.Join(s.Cmd, " ") }

// Options are what a client asks for.
type Options struct {
	Dockerfile, Target string
	// Args are those for ARG; nil is one without a value.
	Args   map[string]*string
	Labels map[string]string
	// Context is the files that are sent with it.
	Context                      files.Tree
	NoCache, Remove, ForceRemove bool
	// Out is for people; a call of Write is a message. Built tells the image of each stage.
	Out   io.Writer
	Built func(image string)
}

// builder is the classic builder at work (builder/dockerfile).
type builder struct {
	Options
	settings // of the stage
	ctx      context.Context
	backend  Backend
	args     *args
	// stages are those that are done, and name that of the one at work.
	stages []stage
	name   string
	// image is the ID of the one that the last step made.
	image string
	// busted says that a step was new: from then on none is taken from the cache.
	busted     bool
	containers []string // that the step has made
}

// stage is what a FROM and what follows it has made.
type stage struct {
	name  string
	image Image
}

// Build builds an image of a Dockerfile and returns its ID.
func Build(ctx context.Context, p Parser, backend Backend, o Options) (id string, err error) {
	if o.Dockerfile == "" {
		o.Dockerfile = "Dockerfile"
	}
	data, ok := o.Context.Read(o.Dockerfile)
	if !ok && o.Dockerfile == "Dockerfile" {
		data, ok = o.Context.Read("dockerfile")
	}
	if !ok {
		return "", fmt.Errorf("Cannot locate specified Dockerfile: %s", o.Dockerfile)
	}
	f, err := p.Parse(o.Dockerfile, data)
	if err != nil {
		return "", err
	}
	list, err := p.upTo(o.Target, f.Instructions)
	if err != nil {
		return "", err
	}
	for _, key := range slices.Sorted(maps.Keys(o.Labels)) {
		value := o.Labels[key]
		list = append(list, Instruction{Name: "label", Args: []string{key, value}, Text: "LABEL " + key + "=" + value, word: words["label"], literal: true})
	}
	b := &builder{Options: o, ctx: ctx, backend: backend, args: &args{
		given: o.Args, declared: make(map[string]*string), meta: make(map[string]*string), named: make(map[string]bool),
	}}
	b.parser, b.escape, b.lookup = p, f.Escape, b.variable
	b.say = func(format string, args ...any) { fmt.Fprintf(o.Out, format, args...) }
	b.warn(f.Warnings)
	if err := b.run(list); err != nil {
		return "", err
	}
	if b.image == "" {
		return "", errors.New("No image was generated. Is your Dockerfile empty?")
	}
	return b.image, nil
}

// upTo cuts what comes behind a stage; "" means the last.
func (p Parser) upTo(target string, list []Instruction) ([]Instruction, error) {
	if target == "" {
		return list, nil
	}
	found := false
	for n, in := range list {
		if !in.is("FROM") {
			continue
		}
		if found {
			return list[:n], nil
		}
		found = len(in.Args) == 3 && strings.EqualFold(in.Args[2], target)
	}
	switch {
	case found:
		return list, nil
	case p.Old:
		return nil, invalid{fmt.Errorf("failed to reach build target %s in Dockerfile", target)}
	}
	return nil, invalid{fmt.Errorf("target stage %q could not be found", target)}
}

// warn writes what the parser warns of as dockerd writes errors of commands: in red.
func (b *builder) warn(warnings []string) {
	if len(warnings) == 0 {
		return
	}
	var lines []string
	for _, warning := range append(warnings, "Empty continuation lines will become errors in a future release.") {
		lines = append(lines, "[WARNING]: "+warning+"\n")
	}
	if b.parser.Old {
		lines = []string{strings.Join(lines, "")}
	}
	for _, line := range lines {
		_, _ = io.WriteString(red{b.Out}, line) // as all that is said
	}
}

// run does all instructions.
func (b *builder) run(list []Instruction) (err error) {
	begun := false
	for n := range list {
		in := &list[n]
		if in.is("FROM") {
			if begun {
				b.endStage()
			}
			begun = true
			if b.name = ""; len(in.Args) == 3 {
				b.name = strings.ToLower(in.Args[2])
			}
			if _, taken := b.stage(b.name); taken {
				return fmt.Errorf("%s stage name already used", b.name)
			}
		} else if b.ctx.Err() != nil {
			b.say("Build cancelled\n")
			return errors.New("Build cancelled")
		}
		b.say("Step %d/%d : %v", n+1, len(list), in.Text)
		b.say("\n")
		switch {
		case in.is("FROM"):
			err = b.from(in)
		case begun:
			err = b.dispatch(in)
		default:
			if _, err = b.declare(in, true); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		b.say(" ---> %s\n", shortID(b.image))
	}
	b.endStage()
	if unused := b.args.unused(b.parser); len(unused) > 0 {
		b.say("[Warning] One or more build-args %v were not consumed\n", unused)
	}
	return nil
}

func shortID(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(len(id), 12)]
}

func (b *builder) endStage() {
	if b.image != "" {
		b.Built(b.image)
	}
	b.stages = append(b.stages, stage{b.name, Image{b.image, b.Config.Clone()}})
}

// from begins a stage.
func (b *builder) from(in *Instruction) error {
	meta := func(name string) (string, bool) { return b.args.value(b.parser, b.args.meta, name) }
	platform, _, err := b.parser.Expand(in.flag("platform"), b.escape, meta)
	if err != nil {
		return fmt.Errorf("failed to process arguments for platform %s: %w", platform, err)
	}
	if platform != "" {
		if err := b.backend.CheckPlatform(platform); err != nil {
			return fmt.Errorf("failed to parse platform %s: %w", platform, err)
		}
	}
	name, _, err := b.parser.Expand(in.Args[0], b.escape, meta)
	switch {
	case err != nil:
		return err
	case name == "":
		return fmt.Errorf("base name (%s) should not be blank", in.Args[0])
	}
	img, ok := b.stage(name)
	if !ok && name != "scratch" {
		if img, err = b.backend.Image(b.ctx, name, platform); err != nil {
			return err
		}
	}
	b.image, b.Config, b.author = img.ID, img.Config.Clone(), ""
	b.args.declared = make(map[string]*string)
	b.cmdSet, b.busted = false, b.NoCache
	if _, ok := lookupEnv(b.Env, "PATH"); !ok {
		b.Env = append(b.Env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	}
	return b.triggers()
}

// stage finds what an earlier stage has made by its name.
func (b *builder) stage(name string) (Image, bool) {
	for _, st := range b.stages {
		if st.name == strings.ToLower(name) && st.name != "" {
			return st.image, true
		}
	}
	return Image{}, false
}

// triggers does what ONBUILD said in the image.
func (b *builder) triggers() error {
	triggers := b.OnBuild
	if b.OnBuild = nil; len(triggers) == 0 {
		return nil
	}
	b.say("# Executing %d build trigger", len(triggers))
	if len(triggers) > 1 {
		b.say("s")
	}
	b.say("\n")
	for _, trigger := range triggers {
		f, err := b.parser.read([]byte(trigger))
		if err != nil {
			return err
		}
		if len(f.Instructions) != 1 {
			return errors.New("onbuild trigger should be a single expression")
		}
		in := &f.Instructions[0]
		if err = b.parser.check(in); err == nil && in.is("FROM") {
			err = errors.New("*instructions.Stage is not a command type")
		}
		if err != nil {
			return err
		}
		if err := b.dispatch(in); err != nil {
			return err
		}
	}
	return nil
}

// variable finds the value of a variable.
func (b *builder) variable(name string) (string, bool) {
	if value, ok := lookupEnv(b.Env, name); ok {
		return value, true
	}
	return b.args.value(b.parser, b.args.declared, name)
}

// declare notes ARGs, meta those before the first FROM, and returns what the history says of them.
func (b *builder) declare(in *Instruction, meta bool) (string, error) {
	type arg struct {
		name  string
		value *string
	}
	var all []arg
	comment := "ARG"
	for _, text := range in.Args {
		name, value, ok := strings.Cut(text, "=")
		name, _, err := b.parser.Expand(name, b.escape, b.lookup)
		if err == nil && ok {
			value, _, err = b.parser.Expand(value, b.escape, b.lookup)
		}
		if err != nil && !meta {
			err = invalid{err}
		}
		if err != nil {
			return "", err
		}
		comment += " " + name
		a := arg{name: name}
		if ok {
			comment += "=" + value
			a.value = &value
		}
		all = append(all, a)
	}
	for _, a := range all {
		if b.args.declare(a.name, a.value); meta {
			b.args.meta[a.name] = a.value
		}
	}
	return comment, nil
}

// dispatch does an instruction other than FROM, and then removes the containers that it made.
func (b *builder) dispatch(in *Instruction) (err error) {
	if err := b.expand(in); err != nil {
		return err
	}
	b.containers = nil
	defer func() {
		if b.Remove && err == nil || b.ForceRemove {
			for _, id := range b.containers {
				b.remove(id)
			}
		}
	}()
	switch in.word.name {
	case "ADD", "COPY":
		return b.copy(in)
	case "RUN":
		return b.runCommand(in)
	case "ARG":
		comment, err := b.declare(in, false)
		if err != nil {
			return err
		}
		return b.nop("", comment)
	}
	comment, err := in.word.apply(&b.settings, in)
	switch {
	case err != nil:
		return err
	case in.is("WORKDIR"):
		return b.nop(comment)
	}
	return b.nop("", comment)
}

func (b *builder) remove(container string) {
	if err := b.backend.Remove(container); err != nil {
		return
	}
	if b.parser.Old {
		b.say("Removing intermediate container %s\n", shortID(container))
	} else {
		b.say(" ---> Removed intermediate container %s\n", shortID(container))
	}
}

// nop makes an image of a container that never runs. The command says what was done: of most instructions in a word of its own.
func (b *builder) nop(words ...string) error {
	cmd := b.nopCommand(words...)
	if b.cached(cmd) {
		return nil
	}
	c := b.Config.Clone()
	c.Cmd = cmd
	id, err := b.create(c)
	if err != nil {
		return err
	}
	return b.commit(cmd, id, nil)
}

func (b *builder) nopCommand(words ...string) []string {
	words[0] = "#(nop) " + words[0]
	if len(b.Shell) > 0 {
		return slices.Concat(b.Shell, words)
	}
	return slices.Concat(defaultShell, words)
}

// cached takes the image that the same step has made before, if it may.
func (b *builder) cached(cmd []string) bool {
	if b.busted {
		return false
	}
	img, ok := b.backend.Cached(b.image, strings.Join(cmd, " "))
	if !ok {
		b.busted = true
		return false
	}
	b.image = img.ID
	b.say(" ---> Using cache\n")
	return true
}

func (b *builder) create(c image.Config) (string, error) {
	id, err := b.backend.Create(b.image, c)
	if err != nil {
		return "", err
	}
	b.containers = append(b.containers, id)
	b.say(" ---> Running in %s\n", shortID(id))
	return id, nil
}

func (b *builder) commit(cmd []string, container string, layer files.Tree) error {
	img, err := b.backend.Commit(Step{Parent: b.image, Author: b.author, Config: b.Config.Clone(), Cmd: cmd, Container: container, Layer: layer})
	if err == nil {
		b.image = img.ID
	}
	return err
}
