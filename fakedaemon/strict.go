package fakedaemon

import (
	"errors"
	"net/http"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
)

// violations are what Options.Strict found. The zero value is ready for use.
type violations struct {
	mu   sync.Mutex
	errs []error // protected by mu
}

// violate notes what is wrong with a request; "" is nothing. A test of Start fails at once, Close of New returns it.
func (d *Daemon) violate(problem string) {
	if problem == "" {
		return
	}
	err := errors.New("fakedaemon: Options.Strict: " + problem)
	if d.report != nil {
		d.report(err)
		return
	}
	d.violations.mu.Lock()
	defer d.violations.mu.Unlock()
	d.violations.errs = append(d.violations.errs, err)
}

func (v *violations) err() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return errors.Join(v.errs...)
}

// strict holds a request against the API description, with Options.Strict.
func (d *Daemon) strict(r *http.Request) {
	if d.options.Strict {
		d.violate(api.CheckRoute(r.Method, r.URL.Path, r.URL.Query()))
	}
}

// strictBody holds the body that was read of a request against the API description, with Options.Strict.
func (d *Daemon) strictBody(row *loggedRequest) {
	if !d.options.Strict {
		return
	}
	if r := row.get(); !r.BodyTruncated {
		d.violate(api.CheckBody(r.Method, r.Path, r.Body))
	}
}
