package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/platforms"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/registry"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// imageImport makes an image of a tar that is the body or that an HTTP server on loopback has.
func (s *server) imageImport(w http.ResponseWriter, r *request, platform *ocispec.Platform) error {
	src, comment := r.Form.Get("fromSrc"), r.Form.Get("message")
	ref, err := repoTag(r.Form.Get("repo"), r.Form.Get("tag"))
	if err != nil {
		return err
	}
	if comment == "" {
		comment = "Imported from " + src
	}
	out := s.newStream(w)
	var data []byte
	if src == "-" {
		data, err = io.ReadAll(r.Body)
	} else {
		if !strings.Contains(src, "://") {
			src = "http://" + src
		}
		var from *url.URL
		if from, err = url.Parse(src); err != nil {
			return invalid{err}
		}
		if data, err = registry.Download(r.Context(), from.String()); err == nil {
			out.status("", "Downloading from %s", from)
		}
	}
	if err != nil {
		return err
	}
	if platform != nil && platform.OS != platforms.Host().OS && !s.Engine.StoresManifests {
		return invalid{errors.New("operating system is not supported")}
	}
	config, err := applyChanges(image.Config{}, r.Form["changes"])
	if err != nil {
		return out.finish(err)
	}
	img := state.Image{Content: image.Content{Comment: comment, Config: config, Created: s.State.Now()}}
	if platform != nil && !s.Engine.ImportsForHost {
		img.OS, img.Architecture, img.Variant = platform.OS, platform.Architecture, platform.Variant
	}
	layer, err := image.PackLayer(s.Engine, bytes.NewReader(data))
	if err != nil {
		return out.finish(err)
	}
	img.Layers = []image.Layer{layer}
	if img, _, err = s.State.StoreImage(img); err != nil {
		return out.finish(err)
	}
	if ref != nil {
		if err := s.State.TagImage(img.ID, ref.String()); err != nil {
			return out.finish(err)
		}
	}
	s.State.EmitImage(img.ID, img.ID, img.ID, "import")
	out.status("", "%s", img.ID)
	return nil
}

// applyChanges does what instructions of a Dockerfile do to a config (builder/dockerfile/builder.go, BuildFromConfig).
func applyChanges(c image.Config, changes []string) (image.Config, error) {
	for _, line := range changes {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		instruction, ok := instructions[strings.ToUpper(name)]
		switch {
		case !ok:
			return c, invalid{fmt.Errorf("%s is not a valid change command", strings.ToLower(name))}
		case strings.TrimSpace(rest) == "":
			return c, invalid{fmt.Errorf("dockerfile parse error on line 1: %s requires at least one argument", strings.ToUpper(name))}
		}
		if err := instruction(&c, strings.TrimSpace(rest)); err != nil {
			return c, invalid{err}
		}
	}
	return c, nil
}

// instructions are those that a change may be.
var instructions = map[string]func(c *image.Config, rest string) error{
	"CMD": func(c *image.Config, rest string) error {
		c.Cmd = shellOrWords(rest)
		return nil
	},
	"ENTRYPOINT": func(c *image.Config, rest string) error {
		c.Entrypoint = shellOrWords(rest)
		return nil
	},
	"ENV": func(c *image.Config, rest string) error {
		pairs, err := keyValues("ENV", rest)
		for _, pair := range pairs {
			key, _, _ := strings.Cut(pair, "=")
			c.Env = setEnv(c.Env, key, pair)
		}
		return err
	},
	"EXPOSE": func(c *image.Config, rest string) error {
		exposed, _, err := ParsePorts(nil, strings.Fields(rest))
		c.ExposedPorts = orSlice(exposed, c.ExposedPorts)
		return err
	},
	"LABEL": func(c *image.Config, rest string) error {
		pairs, err := keyValues("LABEL", rest)
		for _, pair := range pairs {
			if c.Labels == nil {
				c.Labels = make(map[string]string)
			}
			key, value, _ := strings.Cut(pair, "=")
			c.Labels[key] = value
		}
		return err
	},
	"ONBUILD": func(c *image.Config, rest string) error {
		c.OnBuild = append(c.OnBuild, rest)
		return nil
	},
	"STOPSIGNAL": func(c *image.Config, rest string) error {
		c.StopSignal = rest
		return nil
	},
	"USER": func(c *image.Config, rest string) error {
		c.User = rest
		return nil
	},
	"VOLUME": func(c *image.Config, rest string) error {
		var paths []string
		if json.Unmarshal([]byte(rest), &paths) != nil {
			paths = strings.Fields(rest)
		}
		c.Volumes = append(c.Volumes, paths...)
		return nil
	},
	"WORKDIR": func(c *image.Config, rest string) error {
		if !strings.HasPrefix(rest, "/") {
			rest = strings.TrimSuffix(c.WorkingDir, "/") + "/" + rest
		}
		c.WorkingDir = rest
		return nil
	},
	"HEALTHCHECK": func(c *image.Config, rest string) error {
		kind, test, _ := strings.Cut(rest, " ")
		switch args := shellOrWords(test); {
		case strings.EqualFold(kind, "NONE"):
			c.Healthcheck = &image.Healthcheck{Test: []string{"NONE"}}
		case !strings.EqualFold(kind, "CMD"):
			return fmt.Errorf("Unknown type %q in HEALTHCHECK (try CMD)", kind)
		case strings.HasPrefix(strings.TrimSpace(test), "["):
			c.Healthcheck = &image.Healthcheck{Test: append([]string{"CMD"}, args...)}
		default:
			c.Healthcheck = &image.Healthcheck{Test: []string{"CMD-SHELL", test}}
		}
		return nil
	},
}

// shellOrWords is a JSON list of words, or a line for the shell.
func shellOrWords(text string) []string {
	var words []string
	if err := json.Unmarshal([]byte(text), &words); err == nil {
		return words
	}
	return []string{"/bin/sh", "-c", text}
}

func setEnv(env []string, key, pair string) []string {
	for i, have := range env {
		if strings.HasPrefix(have, key+"=") {
			env[i] = pair
			return env
		}
	}
	return append(env, pair)
}

// keyValues reads KEY=VALUE pairs with quotes, or one pair as "KEY VALUE".
func keyValues(instruction, text string) ([]string, error) {
	words := splitWords(text)
	if !strings.Contains(words[0], "=") {
		key, value, ok := strings.Cut(text, " ")
		if !ok {
			return nil, fmt.Errorf("dockerfile parse error on line 1: %s must have two arguments", instruction)
		}
		return []string{key + "=" + strings.TrimSpace(value)}, nil
	}
	for _, word := range words {
		if key, _, ok := strings.Cut(word, "="); !ok {
			return nil, fmt.Errorf("Syntax error - can't find = in %q. Must be of the form: name=value", word)
		} else if key == "" {
			return nil, fmt.Errorf("%s names can not be blank", instruction)
		}
	}
	return words, nil
}

// splitWords splits at blanks that are not quoted, and drops the quotes.
func splitWords(text string) []string {
	var words []string
	var word strings.Builder
	quote, escaped, inside := rune(0), false, false
	for _, c := range text {
		switch {
		case escaped:
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, inside = true, true
		case c == quote && quote != 0:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, inside = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			if inside {
				words = append(words, word.String())
			}
			word.Reset()
			inside = false
		default:
			word.WriteRune(c)
			inside = true
		}
	}
	if inside {
		words = append(words, word.String())
	}
	return words
}

// healthFlag reads a flag of HEALTHCHECK: "interval=5s".
func healthFlag(h *image.Healthcheck, flag string) error {
	name, value, _ := strings.Cut(flag, "=")
	if name == "retries" {
		n, err := strconv.Atoi(value)
		h.Retries = n
		return err
	}
	d, err := time.ParseDuration(value)
	switch name {
	case "interval":
		h.Interval = d
	case "timeout":
		h.Timeout = d
	case "start-period":
		h.StartPeriod = d
	case "start-interval":
		h.StartInterval = d
	default:
		return fmt.Errorf("Unknown flag: %s", name)
	}
	return err
}
