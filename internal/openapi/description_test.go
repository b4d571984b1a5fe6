// Package openapi holds the answers of a fakedaemon against the API description of docker/docker v28.5.2, api/swagger.yaml.
package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "github.com/docker/docker/api" // its module has the description
	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/yaml"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

// described are the operations of the description, by operationId.
func described(t *testing.T) map[string]*openapi3.Operation {
	t.Helper()
	dir, err := exec.Command(testtool.Need(t, "go"), "list", "-m", "-f", "{{.Dir}}", "github.com/docker/docker").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "api", "swagger.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var old openapi2.T
	if _, err := yaml.Unmarshal(text, &old, yaml.DecodeOpts{}); err != nil {
		t.Fatal(err)
	}
	description, err := openapi2conv.ToV3(&old)
	if err != nil {
		t.Fatal(err)
	}
	operations := map[string]*openapi3.Operation{}
	for _, item := range description.Paths.Map() {
		for _, o := range item.Operations() {
			operations[o.OperationID] = o
		}
	}
	return operations
}

// schema is that of an answer; nil means that none is described.
func schema(r *openapi3.Response) *openapi3.Schema {
	for _, content := range r.Content {
		if content.Schema != nil {
			return content.Schema.Value
		}
	}
	return nil
}

// problem is one way in which an answer is not as described.
type problem struct {
	Operation string
	Status    int
	Pointer   string // in the body, with * for every index and every key of a map; "" means the whole answer
	Text      string
}

func (p problem) String() string {
	return fmt.Sprintf("%s %d %s: %s", p.Operation, p.Status, p.Pointer, p.Text)
}

// Texts of problems; the first is the library's.
const (
	notNullable  = "Value is not nullable"
	notDescribed = "the status is not described"
)

// check compares an answer with its description.
func check(id string, o *openapi3.Operation, status int, body []byte) (problems []problem) {
	add := func(pointer, text string) {
		p := problem{id, status, pointer, text}
		if !slices.Contains(problems, p) {
			problems = append(problems, p)
		}
	}
	ref := o.Responses.Value(strconv.Itoa(status))
	if ref == nil {
		add("", notDescribed)
		return problems
	}
	s := schema(ref.Value)
	switch {
	case s == nil:
		if (status == 204 || status == 304) && len(body) > 0 {
			add("", "it has a body")
		}
		return problems
	case s.Format == "binary":
		return nil
	case s.Type.Is("string") && !json.Valid(body):
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	for {
		var v any
		if err := decoder.Decode(&v); errors.Is(err, io.EOF) {
			return problems
		} else if err != nil {
			add("", "no JSON: "+err.Error())
			return problems
		}
		for _, err := range flat(s.VisitJSON(v, openapi3.MultiErrors(), openapi3.VisitAsResponse())) {
			var one *openapi3.SchemaError
			if !errors.As(err, &one) {
				add("", err.Error())
				continue
			}
			add(pattern(one.JSONPointer()), one.Reason)
		}
	}
}

func flat(err error) []error {
	var several openapi3.MultiError
	if err == nil {
		return nil
	}
	if !errors.As(err, &several) {
		return []error{err}
	}
	var all []error
	for _, one := range several {
		all = append(all, flat(one)...)
	}
	return all
}

// keyed are the fields that are maps, of networks, ports and the like.
var keyed = []string{"Networks", "Ports", "PortBindings", "Containers", "Runtimes"}

// pattern is a pointer with * for every index and every key of a map.
func pattern(path []string) string {
	var b strings.Builder
	for i, part := range path {
		if _, err := strconv.Atoi(part); err == nil || i > 0 && slices.Contains(keyed, path[i-1]) {
			part = "*"
		}
		b.WriteString("/" + part)
	}
	return b.String()
}
