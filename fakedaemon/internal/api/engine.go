package api

import "slices"

// answers are the tables that engine.Engine.Answers names.
var answers = map[string]struct {
	changes    []change
	rewordings []rewording
}{
	"20.10": {changes20, rewordings20},
	"29":    {changes29, rewordings29},
}

// has reports whether the engine has the route of an operation.
func (s *server) has(op *Operation) bool { return !slices.Contains(s.Engine.LacksRoutes, op.ID) }

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
