//lint:file-ignore SA1019 what Docker calls deprecated is still part of its requests

package api

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/api/types/volume"
)

// CheckRoute says what is wrong with the route and the query of a request by the API description, "" being nothing: a route
// or a parameter that it does not have, with the nearest that it has.
func CheckRoute(method, path string, query url.Values) string {
	_, unversioned := cutVersion(path)
	op, _, ok := match(method, unversioned)
	if !ok || op.ID == "" {
		return fmt.Sprintf("%s %s is no route of the API; the nearest is %s", method, path, nearestRoute(method, unversioned))
	}
	known, described := parameters[op.ID]
	for _, name := range sortedKeys(query) {
		if described && !slices.Contains(known, name) {
			return fmt.Sprintf("%s has no query parameter %q%s", op.ID, name, Nearest(name, known))
		}
	}
	return ""
}

// CheckBody says which field of a JSON body the API description does not have, "" being none.
func CheckBody(method, path string, body []byte) string {
	_, unversioned := cutVersion(path)
	op, _, ok := match(method, unversioned)
	if !ok {
		return ""
	}
	t, ok := bodies[op.ID]
	if !ok {
		return ""
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return "" // which the handler has said
	}
	if field, known := unknownField(v, t, ""); field != "" {
		return fmt.Sprintf("the body of %s has an unknown field %q%s", op.ID, field, Nearest(field[strings.LastIndex(field, ".")+1:], known))
	}
	return ""
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

// unknownField returns the path of the first field that a type does not have, and those that it has there.
func unknownField(v any, t reflect.Type, at string) (field string, known []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := v.(type) {
	case map[string]any:
		var fields map[string]reflect.Type
		switch t.Kind() {
		case reflect.Struct:
			fields = jsonFields(t)
			if len(fields) == 0 {
				return "", nil // a type with a form of its own
			}
		case reflect.Map:
		default:
			return "", nil
		}
		for _, name := range sortedKeys(v) {
			inner := t
			if fields == nil {
				inner = t.Elem()
			} else if inner = fieldNamed(fields, name); inner == nil {
				return at + name, sortedKeys(fields)
			}
			if field, known := unknownField(v[name], inner, at+name+"."); field != "" {
				return field, known
			}
		}
	case []any:
		if t.Kind() != reflect.Slice {
			return "", nil
		}
		for _, item := range v {
			if field, known := unknownField(item, t.Elem(), at); field != "" {
				return field, known
			}
		}
	}
	return "", nil
}

// fieldNamed finds a field as encoding/json does: upper and lower case do not matter.
func fieldNamed(fields map[string]reflect.Type, name string) reflect.Type {
	if t := fields[name]; t != nil {
		return t
	}
	for have, t := range fields {
		if strings.EqualFold(have, name) {
			return t
		}
	}
	return nil
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
	for i := range operations {
		op := &operations[i]
		d := routeDistance(op.Path, path)
		if op.Method != method {
			d += 2
		}
		if best == nil || d < at {
			best, at = op, d
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

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// undescribed are parameters of real clients that the API description of engine 28 does not have: older than it, newer, or
// left out of it.
var undescribed = map[string][]string{
	"ImageBuild": {"session", "cgroupparent", "cpusetmems", "isolation", "securityopt", "ulimits", "buildid", "stream"},
	"ImageList":  {"identity"},
}
