package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// change is one field in which the answers of an engine differ from those of engine 28. Differences that depend
// on what exists are in the handlers.
type change struct {
	operation string // Operation.ID; "" in handlers
	// from and below bound the API versions of the request; "" is no bound.
	from, below string
	// path is the field: ".Config.OnBuild". A step of * is every field of an object, and [] every element of a list.
	path string
	// value is what the field becomes; drop means that there is none.
	value any
	// after is the field that a new one follows; "" puts it last, and first before all others.
	after string
	// add leaves a field that is there as it is.
	add bool
}

// drop is a change.value, first a change.after.
var (
	drop  any = new(struct{ string })
	first     = "{"
)

// rewording is an error that an engine answers in other words than engine 28, or with another status.
type rewording struct {
	operation string         // Operation.ID; "" is any
	text      *regexp.Regexp // finds it by its text in engine 28
	words     string         // the text, with $1 for groups; "" means the same
	status    int            // 0 means the same
}

// write answers a request as the engine does, with more changes that depend on what is shown.
func (s *server) write(w http.ResponseWriter, r *request, v any, more ...change) error {
	raw, err := s.changed(r, v, more...)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(append(raw, '\n')) // a client that is gone is no error
	return nil
}

// changed is the JSON of a value as the engine has it in its answer to a request.
func (s *server) changed(r *request, v any, more ...change) (json.RawMessage, error) {
	raw, err := marshal(v)
	if err != nil {
		return nil, err
	}
	for _, c := range slices.Concat(more, s.changes()) {
		if (c.operation == "" || c.operation == r.operation.ID) && (c.from == "" || !r.below(c.from)) && (c.below == "" || r.below(c.below)) {
			if raw, err = c.apply(raw); err != nil {
				return nil, err
			}
		}
	}
	return raw, nil
}

// reword gives the engine's own status and text of an error of engine 28.
func (s *server) reword(operation string, status int, text string) (int, string) {
	for _, w := range s.rewordings() {
		if w.operation != "" && w.operation != operation || !w.text.MatchString(text) {
			continue
		}
		if w.words != "" {
			text = w.text.ReplaceAllString(text, w.words)
		}
		if w.status != 0 {
			status = w.status
		}
		break
	}
	return status, text
}

// marshal gives the JSON of a value as dockerd writes it.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// apply makes the change in a JSON value. The order of fields stays.
func (c *change) apply(raw json.RawMessage) (json.RawMessage, error) {
	path := strings.ReplaceAll(c.path, "[]", ".[]")
	return c.applyAt(raw, strings.Split(path[1:], "."))
}

func (c *change) applyAt(raw json.RawMessage, path []string) (json.RawMessage, error) {
	if path[0] == "[]" {
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil || list == nil {
			return raw, err
		}
		for i := range list {
			var err error
			if list[i], err = c.applyAt(list[i], path[1:]); err != nil {
				return nil, err
			}
		}
		return marshal(list)
	}
	fields, err := decodeFields(raw)
	if err != nil || fields == nil {
		return raw, err
	}
	if len(path) == 1 {
		if fields, err = c.set(fields, path[0]); err != nil {
			return nil, err
		}
		return encodeFields(fields)
	}
	for i := range fields {
		if path[0] == "*" || path[0] == fields[i].name {
			if fields[i].value, err = c.applyAt(fields[i].value, path[1:]); err != nil {
				return nil, err
			}
		}
	}
	return encodeFields(fields)
}

// set makes the change in the object that has the field.
func (c *change) set(fields []field, name string) ([]field, error) {
	named := func(name string) func(field) bool { return func(f field) bool { return f.name == name } }
	at := slices.IndexFunc(fields, named(name))
	switch {
	case c.value == drop:
		return slices.DeleteFunc(fields, named(name)), nil
	case at >= 0 && c.add:
		return fields, nil
	}
	value, err := marshal(c.value)
	if err != nil {
		return nil, err
	}
	if at >= 0 {
		fields[at].value = value
		return fields, nil
	}
	at = len(fields)
	if i := slices.IndexFunc(fields, named(c.after)); i >= 0 || c.after == first {
		at = i + 1
	}
	return slices.Insert(fields, at, field{name, value}), nil
}

// field is one of a JSON object.
type field struct {
	name  string
	value json.RawMessage
}

// decodeFields takes an object apart; nil means that there is none.
func decodeFields(raw json.RawMessage) ([]field, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, err
	}
	fields := []field{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		f := field{name: name.(string)}
		if err := dec.Decode(&f.value); err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}

func encodeFields(fields []field) (json.RawMessage, error) {
	var b bytes.Buffer
	for i, f := range fields {
		b.WriteByte("{,"[min(i, 1)])
		name, err := marshal(f.name)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(f.value)
	}
	if len(fields) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// answers are the tables that engine.Engine.Answers names.
var answers = map[string]struct {
	changes    []change
	rewordings []rewording
}{
	"20.10": {changes20, rewordings20},
	"29":    {changes29, rewordings29},
}

// changes are the fields of answers in which the engine differs from engine 28.
func (s *server) changes() []change {
	own := answers[s.Engine.Answers].changes
	if s.Engine.StoresManifests {
		return slices.Concat(storedChanges, own)
	}
	return own
}

// rewordings are the errors that the engine words otherwise than engine 28.
func (s *server) rewordings() []rewording { return answers[s.Engine.Answers].rewordings }
