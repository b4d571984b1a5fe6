package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// builder is the classic builder at work for one request (builder/dockerfile). What RUN does is up to the program that
// stands for its command: no file comes of it.
type builder struct {
	*server
	request *request
	options *buildOptions
	out     *stream
	files   tree // the context

	meta       map[string]string // ARGs before the first FROM
	stages     []stage
	step, last int

	// Of the stage.
	image      state.Image // the ID is "" for scratch
	config     image.Config
	args       map[string]string // ARGs with a value
	consumed   map[string]bool   // build args that an ARG has named, in any stage
	shell      []string
	author     string
	cmdSet     bool
	cacheBust  bool
	containers []string // that the step has made
}

// stage is a FROM with what follows it.
type stage struct {
	name  string
	image state.Image
}

// runFailed says that a command ended badly.
type runFailed struct {
	command string
	code    int
}

func (e *runFailed) Error() string {
	return fmt.Sprintf("The command '%s' returned a non-zero code: %d", e.command, e.code)
}

// say writes text of the build unless it is to be quiet.
func (b *builder) say(format string, args ...any) {
	if !b.options.quiet {
		b.out.text(fmt.Sprintf(format, args...))
	}
}

// run does all instructions, up to the end of the target stage.
func (b *builder) run(list []instruction) error {
	list, err := b.plan(list)
	if err != nil {
		return err
	}
	b.last = len(list)
	b.meta, b.consumed = make(map[string]string), make(map[string]bool)
	for _, in := range list {
		b.step++
		b.say("Step %d/%d : %s", b.step, b.last, in.text)
		b.say("\n")
		switch {
		case in.name == "FROM":
			err = b.from(in)
		case len(b.stages) == 0:
			b.declare(in.rest, b.meta)
			continue
		default:
			err = b.dispatch(in)
		}
		if err != nil {
			return err
		}
		b.stages[len(b.stages)-1].image = b.image
		if b.image.ID == "" {
			b.say(" ---> \n")
		} else {
			b.say(" ---> %s\n", shortDigest(b.image.ID))
		}
	}
	var unused []string
	for name := range b.options.args {
		if !b.consumed[name] && !slices.Contains(proxyArgs, strings.ToLower(name)) {
			unused = append(unused, name)
		}
	}
	if slices.Sort(unused); len(unused) > 0 {
		b.say("[Warning] One or more build-args %v were not consumed\n", unused)
	}
	return nil
}

// proxyArgs are build args that need no ARG.
var proxyArgs = []string{"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"}

// plan checks the order of instructions, adds those of the request's labels and cuts what comes after the target.
func (b *builder) plan(list []instruction) ([]instruction, error) {
	started, found := false, b.options.target == ""
	stages := 0
	for n, in := range list {
		switch {
		case in.name == "FROM":
			if found && b.options.target != "" {
				return b.withLabels(list[:n]), nil
			}
			words := strings.Fields(in.rest)
			if len(words) != 1 && (len(words) != 3 || !strings.EqualFold(words[1], "AS")) {
				return nil, dockerfileError{in.line, "FROM requires either one or three arguments", b.Engine.OldBuildTexts}
			}
			if target := b.options.target; target != "" {
				found = target == strconv.Itoa(stages) || len(words) == 3 && strings.EqualFold(target, words[2])
			}
			started = true
			stages++
		case !started && in.name != "ARG":
			return nil, dockerfileError{in.line, "no build stage in current context", b.Engine.OldBuildTexts}
		}
	}
	if !found {
		return nil, invalid{fmt.Errorf("target stage %q could not be found", b.options.target)}
	}
	return b.withLabels(list), nil
}

func (b *builder) withLabels(list []instruction) []instruction {
	list = slices.Clone(list)
	for _, key := range slices.Sorted(maps.Keys(b.options.labels)) {
		pair := key + "=" + b.options.labels[key]
		list = append(list, instruction{name: "LABEL", rest: strconv.Quote(pair), text: "LABEL " + pair})
	}
	return list
}

// from begins a stage.
func (b *builder) from(in instruction) error {
	words := strings.Fields(in.rest)
	name := expand(words[0], func(name string) (string, bool) { v, ok := b.meta[name]; return v, ok })
	st := stage{}
	if len(words) == 3 {
		st.name = strings.ToLower(words[2])
	}
	img, ok := b.stageImage(name)
	if !ok && name != "scratch" {
		var err error
		if img, err = b.baseImage(name); err != nil {
			return err
		}
	}
	b.stages = append(b.stages, st)
	b.image, b.config = img, img.Config.Clone()
	b.args, b.shell, b.author = make(map[string]string), []string{"/bin/sh", "-c"}, img.Author
	b.cmdSet, b.cacheBust = false, b.options.noCache
	if !slices.ContainsFunc(b.config.Env, func(env string) bool { return strings.HasPrefix(env, "PATH=") }) {
		b.config.Env = append(b.config.Env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	}
	triggers := b.config.OnBuild
	b.config.OnBuild = nil
	if len(triggers) > 0 {
		word := "trigger"
		if len(triggers) > 1 {
			word = "triggers"
		}
		b.say(" ---> %s\n", shortDigest(b.image.ID))
		b.say("# Executing %d build %s\n", len(triggers), word)
	}
	for _, trigger := range triggers {
		in, err := parseInstruction(trigger, 1)
		if err == nil {
			err = b.dispatch(in)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stageImage finds the image of an earlier stage by its name or number.
func (b *builder) stageImage(name string) (state.Image, bool) {
	for n, st := range b.stages {
		if st.name != "" && st.name == strings.ToLower(name) || strconv.Itoa(n) == name {
			return st.image, true
		}
	}
	return state.Image{}, false
}

// baseImage finds an image, or pulls it.
func (b *builder) baseImage(name string) (state.Image, error) {
	img, err := b.server.image(name)
	if err == nil && !b.options.pull {
		return img, nil
	}
	var missing state.NotFound
	if err != nil && !errors.As(err, &missing) {
		return state.Image{}, err
	}
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return state.Image{}, invalid{err}
	}
	ref = reference.TagNameOnly(ref)
	p := &pull{server: b.server, ctx: b.request.Context(), auth: b.options.auths[reference.Domain(ref)], platform: b.options.platform, out: b.out}
	if b.options.quiet {
		p.out = &stream{mute: true}
	}
	if b.Engine.StoresManifests {
		err = p.pullStored(ref)
	} else {
		err = p.pullNamed(ref)
	}
	if err != nil {
		return state.Image{}, err
	}
	return b.server.image(name)
}

// lookup finds the value of a variable.
func (b *builder) lookup(name string) (string, bool) {
	for _, env := range b.config.Env {
		if value, ok := strings.CutPrefix(env, name+"="); ok {
			return value, true
		}
	}
	value, ok := b.args[name]
	return value, ok
}

// declare notes ARGs with their values, and returns them as the history has them.
func (b *builder) declare(text string, into map[string]string) string {
	said := "ARG"
	for _, word := range splitWords(expand(text, b.lookup)) {
		name, value, ok := strings.Cut(word, "=")
		said += " " + word
		if given := b.options.args[name]; given != nil {
			value, ok = *given, true
		} else if meta, has := b.meta[name]; has && !ok {
			value, ok = meta, true
		}
		b.consumed[name] = true
		if ok {
			into[name] = value
		}
	}
	return said
}

// dispatch does an instruction and then removes the containers that it made.
func (b *builder) dispatch(in instruction) error {
	b.containers = nil
	err := b.do(in)
	if b.options.remove && err == nil || b.options.forceRemove {
		for _, id := range b.containers {
			b.removed(id)
		}
	}
	return err
}

func (b *builder) removed(id string) {
	if err := b.State.Remove(id, state.RemoveOptions{Force: true}); err != nil {
		return
	}
	if b.Engine.OldBuildTexts {
		b.say("Removing intermediate container %s\n", id[:12])
	} else {
		b.say(" ---> Removed intermediate container %s\n", id[:12])
	}
}

// cached takes the image that the same step has made before, if it may.
func (b *builder) cached(createdBy string) bool {
	if b.cacheBust {
		return false
	}
	img, ok := b.State.FindBuilt(b.image.ID, createdBy)
	if !ok {
		b.cacheBust = true
		return false
	}
	b.image = img
	b.say(" ---> Using cache\n")
	return true
}

// note makes an image that differs in its config only; comment is what the history says.
func (b *builder) note(comment string) error {
	return b.inContainer([]string{"/bin/sh", "-c", "#(nop) ", comment}, nil)
}

// inContainer makes an image of a container that never runs, with the files of a layer, if any.
func (b *builder) inContainer(cmd []string, layer []byte) error {
	if b.cached(strings.Join(cmd, " ")) {
		return nil
	}
	id, err := b.container(cmd, b.config)
	if err != nil {
		return err
	}
	return b.commit(cmd, id, layer)
}

// container creates a container for a step.
func (b *builder) container(cmd []string, config image.Config) (string, error) {
	config = config.Clone()
	config.Cmd = cmd
	c, err := b.State.CreateContainer(state.Container{Image: b.image.ID, ImageID: b.image.ID, Config: config})
	if err != nil {
		return "", err
	}
	b.containers = append(b.containers, c.ID)
	b.say(" ---> Running in %s\n", c.ID[:12])
	return c.ID, nil
}

// commit makes the image of a step. Of one without a container, engine 28 tells nothing.
func (b *builder) commit(cmd []string, container string, layer []byte) error {
	of := state.Container{Image: b.image.ID, Config: b.config.Clone()}
	of.Config.Cmd = cmd
	config, err := json.Marshal(containerConfig(&of))
	if err != nil {
		return err
	}
	step := state.BuildStep{
		Parent: b.image.ID, CreatedBy: strings.Join(cmd, " "), Author: b.author, Config: b.config, ContainerConfig: config,
		Container: container, TellsCreate: b.Engine.StoresManifests || b.Engine.FullEvents && container != "",
	}
	if layer != nil {
		step.Tar = bytes.NewReader(layer)
	}
	b.image, err = b.State.AddBuildStep(step)
	return err
}
