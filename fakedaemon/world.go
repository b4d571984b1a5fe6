package fakedaemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
)

// World is what exists in a daemon at the start of a scenario. In JSON its fields and those of its elements have their
// names here, in upper or lower case: {"images": [{"tags": ["app:1"]}], "containers": [{"name": "web", "image": "app:1"}],
// "programs": {"migrate": {"stdout": "done\n", "exit": 3}}}.
// Containers run unless they say otherwise; one that a client makes of an image without a command runs sh, which ends at once
// (Image.Cmd).
type World struct {
	Images     []Image
	Networks   []Network
	Volumes    []Volume
	Containers []Container
	// Programs are what commands do, as SetProgram takes them.
	Programs map[string]Program
}

// ReadWorld reads a World in JSON. The error says in which line something is wrong: what is no JSON, what has the wrong
// type, a field that does not exist, also in the Config and HostConfig of a Container.
func ReadWorld(r io.Reader) (World, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return World{}, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	var w World
	err = dec.Decode(&w)
	at := dec.InputOffset()
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	var part *partError
	switch {
	case errors.As(err, &part):
		at = int64(max(bytes.Index(data, part.part), 0) + part.offset)
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &typed):
		at = typed.Offset
	case errors.Is(err, io.EOF):
		err = errors.New("there is no JSON")
	case err == nil && dec.More():
		err = errors.New("something follows the JSON")
	case err == nil:
		if unknown := api.UnknownFields(data, reflect.TypeFor[World]()); len(unknown) > 0 {
			at, err = unknown[0].Offset, errors.New(unknown[0].String())
		}
	}
	if err != nil {
		return World{}, fmt.Errorf("line %d: %w", 1+bytes.Count(data[:min(int(at), len(data))], []byte("\n")), err)
	}
	return w, nil
}

// WorldError is the error of New for an Options.World that cannot be.
type WorldError struct {
	// Element is where in the World, for instance "containers[2]", and Name what it is called there.
	Element, Name string
	Err           error // with dockerd's text where dockerd would refuse it
}

// Error implements error.
func (e *WorldError) Error() string { return fmt.Sprintf("%s %q: %s", e.Element, e.Name, e.Err) }

// Unwrap returns Err.
func (e *WorldError) Unwrap() error { return e.Err }

// addWorld adds programs, then images, networks, volumes and containers, each as SetProgram, AddImage, AddNetwork, AddVolume and
// AddContainer do.
func (d *Daemon) addWorld(w World) error {
	for _, command := range slices.Sorted(maps.Keys(w.Programs)) {
		if err := d.setProgram(command, w.Programs[command]); err != nil {
			return &WorldError{"programs", command, err}
		}
	}
	for i, image := range w.Images {
		if _, err := d.addImage(image); err != nil {
			return &WorldError{fmt.Sprintf("images[%d]", i), strings.Join(image.Tags, " "), err}
		}
	}
	for i, n := range w.Networks {
		if _, err := d.addNetwork(n); err != nil {
			return &WorldError{fmt.Sprintf("networks[%d]", i), n.Name, err}
		}
	}
	for i, v := range w.Volumes {
		if _, err := d.addVolume(v); err != nil {
			return &WorldError{fmt.Sprintf("volumes[%d]", i), v.Name, err}
		}
	}
	for i, c := range w.Containers {
		if _, err := d.addContainer(c); err != nil {
			return &WorldError{fmt.Sprintf("containers[%d]", i), c.Name, err}
		}
	}
	return nil
}
