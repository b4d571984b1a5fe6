package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/registry"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// do does an instruction other than FROM.
func (b *builder) do(in instruction) error {
	if needsBuildKit := slices.IndexFunc(in.flags, func(flag string) bool {
		name, _, _ := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
		return slices.Contains([]string{"chmod", "link", "mount", "security", "parents", "exclude", "checksum"}, name)
	}); needsBuildKit >= 0 {
		name, _, _ := strings.Cut(in.flags[needsBuildKit], "=")
		return fmt.Errorf("the %s option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled", name)
	}
	rest := in.rest
	switch in.name {
	case "CMD", "ENTRYPOINT", "RUN", "HEALTHCHECK", "ONBUILD", "SHELL", "ARG":
	default:
		rest = expand(rest, b.lookup)
	}
	switch in.name {
	case "ADD", "COPY":
		return b.copy(in, splitPaths(rest))
	case "RUN":
		return b.runCommand(in)
	case "WORKDIR":
		return b.workdir(rest)
	case "ARG":
		return b.note(b.declare(rest, b.args))
	}
	comment, err := b.configure(in, rest)
	if err != nil {
		return err
	}
	return b.note(comment)
}

// configure changes the config, and returns what the history says of it.
func (b *builder) configure(in instruction, rest string) (string, error) {
	c := &b.config
	switch in.name {
	case "ENV", "LABEL":
		pairs, err := keyValues(in.name, rest)
		if err != nil {
			return "", invalid{err}
		}
		for _, pair := range pairs {
			key, value, _ := strings.Cut(pair, "=")
			if in.name == "ENV" {
				c.Env = setEnv(slices.Clone(c.Env), key, pair)
				continue
			}
			c.Labels = maps.Clone(c.Labels)
			if c.Labels == nil {
				c.Labels = make(map[string]string)
			}
			c.Labels[key] = value
		}
		return in.name + " " + strings.Join(pairs, " "), nil
	case "CMD":
		c.Cmd, b.cmdSet = b.words(rest), true
		return fmt.Sprintf("CMD %q", c.Cmd), nil
	case "ENTRYPOINT":
		c.Entrypoint = b.words(rest)
		if !b.cmdSet {
			c.Cmd = nil
		}
		return fmt.Sprintf("ENTRYPOINT %q", c.Entrypoint), nil
	case "EXPOSE":
		words := strings.Fields(rest)
		exposed, _, err := ParsePorts(nil, words)
		if err != nil {
			return "", invalid{err}
		}
		for _, port := range exposed {
			if !slices.Contains(c.ExposedPorts, port) {
				c.ExposedPorts = append(slices.Clone(c.ExposedPorts), port)
			}
		}
		return "EXPOSE " + strings.Join(words, " "), nil
	case "USER":
		c.User = rest
		return "USER " + rest, nil
	case "VOLUME":
		var paths []string
		if json.Unmarshal([]byte(rest), &paths) != nil {
			paths = strings.Fields(rest)
		}
		c.Volumes = append(slices.Clone(c.Volumes), paths...)
		return fmt.Sprintf("VOLUME %v", paths), nil
	case "STOPSIGNAL":
		c.StopSignal = rest
		return "STOPSIGNAL " + rest, nil
	case "MAINTAINER":
		b.author = rest
		return "MAINTAINER " + rest, nil
	case "ONBUILD":
		switch name, _, _ := strings.Cut(strings.ToUpper(rest), " "); name {
		case "ONBUILD":
			return "", invalid{errors.New("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")}
		case "MAINTAINER", "FROM":
			return "", invalid{fmt.Errorf("%s isn't allowed as an ONBUILD trigger", name)}
		}
		c.OnBuild = append(slices.Clone(c.OnBuild), rest)
		return "ONBUILD " + rest, nil
	case "SHELL":
		if err := json.Unmarshal([]byte(rest), &b.shell); err != nil || len(b.shell) == 0 {
			return "", invalid{errors.New("SHELL requires the arguments to be in JSON form")}
		}
		return fmt.Sprintf("SHELL %v", b.shell), nil
	case "HEALTHCHECK":
		return b.healthcheck(in, rest)
	}
	return "", dockerfileError{in.line, "unknown instruction: " + in.name, b.Engine.OldBuildTexts}
}

// words are those of a JSON list, or a line for the shell.
func (b *builder) words(rest string) []string {
	var words []string
	if rest == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(rest), &words); err == nil {
		return words
	}
	return append(slices.Clone(b.shell), rest)
}

func (b *builder) healthcheck(in instruction, rest string) (string, error) {
	config, err := applyChanges(image.Config{}, []string{"HEALTHCHECK " + rest})
	if err != nil {
		return "", err
	}
	h := config.Healthcheck
	for _, flag := range in.flags {
		if err := healthFlag(h, strings.TrimPrefix(flag, "--")); err != nil {
			return "", invalid{err}
		}
	}
	b.config.Healthcheck = h
	return fmt.Sprintf("HEALTHCHECK %q", &container.HealthConfig{
		Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, StartInterval: h.StartInterval, Retries: h.Retries,
	}), nil
}

func (b *builder) workdir(dir string) error {
	if !path.IsAbs(dir) {
		dir = path.Join("/", b.config.WorkingDir, dir)
	}
	b.config.WorkingDir = path.Clean(dir)
	layer, err := tree{cleanPath(dir): {dir: true, mode: 0o755}}.tar()
	if err != nil {
		return err
	}
	return b.inContainer([]string{"/bin/sh", "-c", "#(nop) WORKDIR " + b.config.WorkingDir}, layer)
}

// runCommand runs a command in a container and keeps what it says of its end.
func (b *builder) runCommand(in instruction) error {
	cmd := b.words(in.rest)
	env := slices.Clone(b.config.Env)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(b.args)) {
		if !slices.ContainsFunc(b.config.Env, func(have string) bool { return strings.HasPrefix(have, name+"=") }) {
			args = append(args, name+"="+b.args[name])
		}
	}
	said := cmd
	if len(args) > 0 {
		said = slices.Concat([]string{fmt.Sprintf("|%d", len(args))}, args, cmd)
	}
	if b.cached(strings.Join(said, " ")) {
		return nil
	}
	config := b.config.Clone()
	config.Env, config.Entrypoint = append(env, args...), nil
	if b.image.ID == "" {
		return errors.New("No image was generated. Is your Dockerfile empty?")
	}
	if len(b.image.Config.Entrypoint) > 0 {
		// What the image has would come before the command.
		config.Entrypoint, cmd = cmd[:1], cmd[1:]
	}
	id, err := b.container(cmd, config)
	if err != nil {
		return err
	}
	done, cancel, err := b.State.Wait(id, state.NextExit)
	if err != nil {
		return err
	}
	defer cancel()
	b.State.EmitContainer(id, "attach", nil)
	if err := b.State.Start(id); err != nil {
		return err
	}
	select {
	case exited := <-done:
		if exited.Code != 0 {
			return &runFailed{strings.Join(b.words(in.rest), " "), exited.Code}
		}
	case <-b.request.Context().Done():
		b.removed(id)
		return b.request.Context().Err()
	}
	return b.commit(said, id, nil)
}

// splitPaths splits the arguments of ADD and COPY.
func splitPaths(rest string) []string {
	var paths []string
	if json.Unmarshal([]byte(rest), &paths) == nil {
		return paths
	}
	return splitWords(rest)
}

// copy makes a layer of files of the context, of another stage or image, or of a server.
func (b *builder) copy(in instruction, paths []string) error {
	if len(paths) < 2 {
		return dockerfileError{in.line, in.name + " requires at least two arguments, but only one was provided. Destination could not be determined.", b.Engine.OldBuildTexts}
	}
	sources, dest := paths[:len(paths)-1], paths[len(paths)-1]
	from := b.files
	if name, ok := in.flag("from"); ok {
		img, isStage := b.stageImage(name)
		if !isStage {
			var err error
			if img, err = b.baseImage(name); err != nil {
				return fmt.Errorf("invalid from flag value %s: %w", name, err)
			}
		}
		var err error
		if from, err = filesOf(img); err != nil {
			return err
		}
	}
	intoDir := strings.HasSuffix(dest, "/") || dest == "." || strings.HasSuffix(dest, "/.")
	if !path.IsAbs(dest) {
		dest = path.Join("/", b.config.WorkingDir, dest)
	}
	layer, picked := make(tree), make(tree)
	var kinds []string
	for _, source := range sources {
		found, err := b.source(in, from, source, cleanPath(dest), intoDir, layer, picked)
		if err != nil {
			return err
		}
		kinds = append(kinds, found...)
	}
	if len(kinds) > 1 && !intoDir {
		return fmt.Errorf("When using %s with more than one source file, the destination must be a directory and end with a /", in.name)
	}
	kind := "multi"
	if len(kinds) == 1 {
		kind = kinds[0]
	}
	if intoDir && dest != "/" {
		dest = strings.TrimSuffix(path.Clean(dest), "/") + "/"
	}
	cmd := []string{"/bin/sh", "-c", fmt.Sprintf("#(nop) %s %s:%s in %s ", in.name, kind, picked.hash(), dest)}
	if b.cached(strings.Join(cmd, " ")) {
		return nil
	}
	data, err := layer.tar()
	if err != nil {
		return err
	}
	return b.commit(cmd, "", data)
}

// source puts what a source of ADD or COPY names into a layer, and says what each was: a file or a dir.
func (b *builder) source(in instruction, from tree, source, dest string, intoDir bool, layer, picked tree) (kinds []string, err error) {
	if in.name == "ADD" && (strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://")) {
		data, err := registry.Download(b.request.Context(), source)
		if err != nil {
			return nil, err
		}
		from, source = tree{path.Base(source): {data: data, mode: 0o600}}, path.Base(source)
	}
	names, err := from.glob(source, in.name)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		f := from[name]
		target := dest
		switch {
		case from.isDir(name):
			kinds = append(kinds, "dir")
			from.pick(name, target, layer)
			from.pick(name, name, picked)
			continue
		case in.name == "ADD" && f.link == "" && isTar(f.data):
			unpacked, err := image.Unpack(f.data)
			if err != nil {
				return nil, err
			}
			if err := layer.add(unpacked, target); err != nil {
				return nil, err
			}
		case intoDir:
			layer[path.Join(target, path.Base(name))] = f
		default:
			layer[target] = f
		}
		kinds = append(kinds, "file")
		picked[name] = f
	}
	return kinds, nil
}
