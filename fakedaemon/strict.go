package fakedaemon

import (
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
)

// violations are what Options.Strict found. The zero value is ready for use.
type violations struct {
	mu   sync.Mutex
	errs []error // protected by mu
}

// violate notes what is wrong with a request. A test of Start fails at once, Close of New returns it.
func (d *Daemon) violate(request int, problems []string) {
	for _, problem := range problems {
		err := fmt.Errorf("fakedaemon: Options.Strict: request %d: %s", request, problem)
		if d.report != nil {
			d.report(err)
			continue
		}
		d.violations.add(err)
	}
}

func (v *violations) add(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.errs = append(v.errs, err)
}

func (v *violations) err() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return errors.Join(v.errs...)
}

// strict holds a request against the API description, with Options.Strict.
func (d *Daemon) strict(r *http.Request, row *loggedRequest) {
	if d.options.Strict {
		d.violate(row.get().ID, api.CheckRoute(r.Method, r.URL.Path, r.URL.Query()))
	}
}

// strictBody holds the body that was read of a request against the API description, with Options.Strict.
func (d *Daemon) strictBody(row *loggedRequest) {
	if !d.options.Strict {
		return
	}
	if r := row.get(); !r.BodyTruncated {
		d.violate(r.ID, api.CheckBody(r.Method, r.Path, r.Body))
	}
}
