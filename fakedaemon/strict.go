package fakedaemon

import (
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/api"
)

// violations are what Options.Strict found, and panics. The zero value is ready for use.
type violations struct {
	mu   sync.Mutex
	errs []error // protected by mu
}

// violate notes what is wrong with a request. A test of Start fails at once, Close of New returns it.
func (d *Daemon) violate(request int, problems []string) {
	for _, problem := range problems {
		d.found(fmt.Errorf("fakedaemon: Options.Strict: request %d: %s", request, problem))
	}
}

// found fails the test of Start; Close of New returns it.
func (d *Daemon) found(err error) {
	if d.report != nil {
		d.report(err)
		return
	}
	d.violations.add(err)
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

// strict is the link of Options.Strict: it holds a request against the API description, and what was read of its body.
func (d *Daemon) strict(next api.Handler) api.Handler {
	if !d.options.Strict {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		a := answerOf(r)
		d.violate(a.row.id(), api.CheckRoute(r))
		err := next(w, r)
		if a.hijacked {
			return err
		}
		readRest(r)
		if row := a.row.get(); !row.BodyTruncated {
			d.violate(row.ID, api.CheckBody(r, row.Body))
		}
		return err
	}
}
