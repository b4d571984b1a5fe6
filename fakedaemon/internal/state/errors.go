package state

// The classes of errors. The text is dockerd's own.
type (
	// NotFound says that something does not exist.
	NotFound struct{ Message string }
	// Conflict says that the state of something forbids what was asked.
	Conflict struct{ Message string }
	// NotModified says that there is nothing to do.
	NotModified struct{ Message string }
	// Invalid says that what was asked makes no sense.
	Invalid struct{ Message string }
	// Ambiguous says that a prefix names more than one thing.
	Ambiguous struct{ Message string }
	// Forbidden says that the daemon never does what was asked.
	Forbidden struct{ Message string }
	// Unavailable says that what would answer, such as a swarm, is not there.
	Unavailable struct{ Message string }
)

func (e NotFound) Error() string    { return e.Message }
func (e Conflict) Error() string    { return e.Message }
func (e NotModified) Error() string { return e.Message }
func (e Invalid) Error() string     { return e.Message }
func (e Ambiguous) Error() string   { return e.Message }
func (e Forbidden) Error() string   { return e.Message }
func (e Unavailable) Error() string { return e.Message }
