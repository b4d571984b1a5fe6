//lint:file-ignore SA1019 what Docker calls deprecated is still part of its requests

package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/api/types/volume"
)

// CheckRoute says what is wrong with the route and the query of a request by the API description: a route or parameters that
// it does not have, each with the nearest that it has.
func CheckRoute(r *http.Request) (problems []string) {
	op, _ := Asked(r)
	if op.ID == "" {
		_, path := cutVersion(r.URL.Path)
		return []string{fmt.Sprintf("%s %s is no route of the API; the nearest is %s", r.Method, r.URL.Path, nearestRoute(r.Method, path))}
	}
	query := r.URL.Query()
	known, described := parameters[op.ID]
	for _, name := range sortedKeys(query) {
		if described && !slices.Contains(known, name) {
			problems = append(problems, fmt.Sprintf("%s has no query parameter %q%s", op.ID, name, Nearest(name, known)))
		}
	}
	return problems
}

// CheckBody says which fields of a request's JSON body the API description does not have. What is no JSON the handler has said.
func CheckBody(r *http.Request, body []byte) (problems []string) {
	op, _ := Asked(r)
	t, ok := bodies[op.ID]
	if !ok {
		return nil
	}
	for _, f := range UnknownFields(body, t) {
		problems = append(problems, fmt.Sprintf("the body of %s has an %s", op.ID, f))
	}
	return problems
}

// CheckConfig says which fields of a container's Config and HostConfig the API description does not have.
func CheckConfig(config, hostConfig []byte) error {
	var errs []error
	for _, f := range UnknownFields(config, reflect.TypeFor[container.Config]()) {
		errs = append(errs, fmt.Errorf("Config has an %s", f))
	}
	for _, f := range UnknownFields(hostConfig, reflect.TypeFor[container.HostConfig]()) {
		errs = append(errs, fmt.Errorf("HostConfig has an %s", f))
	}
	return errors.Join(errs...)
}

// bodies are the types of JSON bodies by operation.
var bodies = map[string]reflect.Type{
	"ConfigCreate":      reflect.TypeFor[swarm.ConfigSpec](),
	"ConfigUpdate":      reflect.TypeFor[swarm.ConfigSpec](),
	"ContainerCreate":   reflect.TypeFor[container.CreateRequest](),
	"ContainerExec":     reflect.TypeFor[container.ExecOptions](),
	"ContainerUpdate":   reflect.TypeFor[container.UpdateConfig](),
	"ExecStart":         reflect.TypeFor[container.ExecStartOptions](),
	"ImageCommit":       reflect.TypeFor[container.Config](),
	"NetworkConnect":    reflect.TypeFor[network.ConnectOptions](),
	"NetworkCreate":     reflect.TypeFor[network.CreateRequest](),
	"NetworkDisconnect": reflect.TypeFor[network.DisconnectOptions](),
	"NodeUpdate":        reflect.TypeFor[swarm.NodeSpec](),
	"SecretCreate":      reflect.TypeFor[swarm.SecretSpec](),
	"SecretUpdate":      reflect.TypeFor[swarm.SecretSpec](),
	"ServiceCreate":     reflect.TypeFor[swarm.ServiceSpec](),
	"ServiceUpdate":     reflect.TypeFor[swarm.ServiceSpec](),
	"SwarmInit":         reflect.TypeFor[swarm.InitRequest](),
	"SwarmJoin":         reflect.TypeFor[swarm.JoinRequest](),
	"SwarmUnlock":       reflect.TypeFor[swarm.UnlockRequest](),
	"SwarmUpdate":       reflect.TypeFor[swarm.Spec](),
	"SystemAuth":        reflect.TypeFor[registry.AuthConfig](),
	"VolumeCreate":      reflect.TypeFor[volume.CreateOptions](),
	"VolumeUpdate":      reflect.TypeFor[volume.UpdateOptions](),
}

// UnknownField is a field in a JSON text that its type does not have.
type UnknownField struct {
	Name   string   // with those around it: "HostConfig.Memry"
	Offset int64    // in the text, where the name ends
	known  []string // what there is in its place
}

// String names the nearest field too.
func (f UnknownField) String() string {
	return fmt.Sprintf("unknown field %q%s", f.Name, Nearest(f.Name[strings.LastIndex(f.Name, ".")+1:], f.known))
}

// UnknownFields returns the fields of a JSON text that a type does not have, in their order there; none of what is no JSON.
// A json.RawMessage called Config or HostConfig is that of a container.
func UnknownFields(text []byte, t reflect.Type) []UnknownField {
	if !json.Valid(text) {
		return nil
	}
	w := fieldWalk{dec: json.NewDecoder(bytes.NewReader(text))}
	w.value(t, "")
	return w.unknown
}

// anything is the type of a value whose fields are not known.
var anything = reflect.TypeFor[any]()

// fieldWalk collects unknown fields.
type fieldWalk struct {
	dec     *json.Decoder
	unknown []UnknownField
}

// value walks over a value of a type, whose fields are called at and their own name.
func (w *fieldWalk) value(t reflect.Type, at string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch token, _ := w.dec.Token(); token {
	case json.Delim('{'):
		for w.dec.More() {
			token, _ := w.dec.Token()
			name, _ := token.(string)
			w.value(w.field(t, at, name), at+name+".")
		}
		w.dec.Token()
	case json.Delim('['):
		element := anything
		if t.Kind() == reflect.Slice {
			element = t.Elem()
		}
		for w.dec.More() {
			w.value(element, at)
		}
		w.dec.Token()
	}
}

// field returns the type of a field that was just read.
func (w *fieldWalk) field(t reflect.Type, at, name string) reflect.Type {
	if t.Kind() == reflect.Map {
		return t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return anything
	}
	fields := jsonFields(t)
	if len(fields) == 0 {
		return anything // a type with a form of its own
	}
	known, inner := fieldNamed(fields, name)
	switch {
	case inner == nil:
		w.unknown = append(w.unknown, UnknownField{at + name, w.dec.InputOffset(), sortedKeys(fields)})
		return anything
	case inner == reflect.TypeFor[json.RawMessage]() && known == "Config":
		return reflect.TypeFor[container.Config]()
	case inner == reflect.TypeFor[json.RawMessage]() && known == "HostConfig":
		return reflect.TypeFor[container.HostConfig]()
	}
	return inner
}

// fieldNamed finds a field as encoding/json does: upper and lower case do not matter.
func fieldNamed(fields map[string]reflect.Type, name string) (string, reflect.Type) {
	if t := fields[name]; t != nil {
		return name, t
	}
	for have, t := range fields {
		if strings.EqualFold(have, name) {
			return have, t
		}
	}
	return "", nil
}

// jsonFields are the fields of a struct by the names that they have in JSON.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	fields := make(map[string]reflect.Type)
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields[name] = f.Type
	}
	return fields
}

// Nearest names what of known is spelled most like name, as the end of a message; "" means that nothing is.
func Nearest(name string, known []string) string {
	best, at := "", len(name)/2+2
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < at {
			best, at = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; the nearest is %q", best)
}

// nearestRoute names the operation whose method and path are most like those of a request.
func nearestRoute(method, path string) string {
	var best *Operation
	at := -1
	for _, op := range Operations() {
		d := routeDistance(op.Path, path)
		if op.Method != method {
			d += 2
		}
		if best == nil || d < at {
			best, at = &op, d
		}
	}
	return fmt.Sprintf("%s %s (%s)", best.Method, best.Path, best.ID)
}

// routeDistance counts by segment, so that a variable is as near to anything as can be.
func routeDistance(pattern, path string) int {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	sum := 0
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			sum += len(got[i]) + 1
		case i >= len(got):
			sum += len(want[i]) + 1
		case strings.HasPrefix(want[i], "{"):
			sum++
		default:
			sum += distance(want[i], got[i])
		}
	}
	return sum
}

// distance is Levenshtein's, where two letters that changed places are one mistake.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j-1]+cost, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// undescribed are parameters of real clients that the API description of engine 28 does not have: older than it, newer, or
// left out of it.
var undescribed = map[string][]string{
	"ImageBuild": {"session", "cgroupparent", "cpusetmems", "isolation", "securityopt", "ulimits", "buildid", "stream"},
	"ImageList":  {"identity"},
}
