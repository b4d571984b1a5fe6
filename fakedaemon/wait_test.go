package fakedaemon_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fakedockerd/fakedockerd/fakedaemon"
)

func TestWaitRequest(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, nil)
	answered := func(operation string) func(fakedaemon.Request) bool {
		return func(r fakedaemon.Request) bool { return r.Operation == operation && r.Status != 0 }
	}
	get := func(path string) {
		resp, err := d.HTTPClient().Get("http://docker" + path)
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
	}
	// One that has come already, and one that comes later.
	get("/version")
	if r, err := d.WaitRequest(t.Context(), answered("SystemVersion")); err != nil || r.Path != "/version" || r.Status != 200 {
		t.Errorf("WaitRequest gave %v, %v", r, err)
	}
	go get("/info")
	if r, err := d.WaitRequest(t.Context(), answered("SystemInfo")); err != nil || r.Path != "/info" || r.Status != 200 {
		t.Errorf("WaitRequest gave %v, %v", r, err)
	}
	// One that never comes.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.WaitRequest(ctx, answered("ImageList"))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "SystemInfo") {
		t.Errorf("WaitRequest gave the error %v", err)
	}
}

func TestWaitEvent(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d := fakedaemon.Start(t, &fakedaemon.Options{Clock: func() time.Time { return now }})
	action := func(action string) func(fakedaemon.Event) bool {
		return func(e fakedaemon.Event) bool { return e.Type == "volume" && e.Action == action }
	}
	go func() {
		resp, err := d.HTTPClient().Post("http://docker/volumes/create", "application/json", strings.NewReader(`{"Name":"data"}`))
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
	}()
	e, err := d.WaitEvent(t.Context(), action("create"))
	if err != nil || e.ID != "data" || e.Attributes["driver"] != "local" || !e.Time.Equal(now) || e.Scope != "local" {
		t.Errorf("WaitEvent gave %+v, %v", e, err)
	}
	if es := d.Events(); len(es) != 1 || !strings.Contains(es.String(), "2026-01-02T03:04:05Z  volume  create  data  driver=local") {
		t.Errorf("the events are\n%s", es)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.WaitEvent(ctx, action("destroy")); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "create") {
		t.Errorf("WaitEvent gave the error %v", err)
	}
}

// TestWaitEndsWithClose: who waits when the daemon is closed, and who begins to wait then, is told at once.
func TestWaitEndsWithClose(t *testing.T) {
	t.Parallel()
	d := fakedaemon.Start(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	asked := make(chan struct{}, 1)
	waited := make(chan error)
	get, err := d.HTTPClient().Get("http://docker/_ping")
	if err != nil {
		t.Fatal(err)
	}
	get.Body.Close()
	go func() {
		_, err := d.WaitRequest(ctx, func(fakedaemon.Request) bool {
			select {
			case asked <- struct{}{}:
			default:
			}
			return false
		})
		waited <- err
	}()
	<-asked
	post, err := d.HTTPClient().Post("http://docker/volumes/create", "application/json", strings.NewReader(`{"Name":"data"}`))
	if err != nil {
		t.Fatal(err)
	}
	post.Body.Close()
	events, looked := make(chan error, 1), make(chan struct{}, 1)
	go func() {
		_, err := d.WaitEvent(ctx, func(fakedaemon.Event) bool {
			looked <- struct{}{}
			return false
		})
		events <- err
	}()
	<-looked
	d.Close()
	if err := <-waited; !errors.Is(err, fakedaemon.ErrClosed) || !strings.HasPrefix(err.Error(), "fakedaemon: no such request: the daemon is closed\n") || !strings.Contains(err.Error(), "SystemPing") {
		t.Errorf("WaitRequest gave the error %v", err)
	}
	if err := <-events; !errors.Is(err, fakedaemon.ErrClosed) || !strings.HasPrefix(err.Error(), "fakedaemon: no such event: the daemon is closed\n") || !strings.Contains(err.Error(), "volume  create  data") {
		t.Errorf("WaitEvent gave the error %v", err)
	}
	if _, err := d.WaitEvent(ctx, func(fakedaemon.Event) bool { return false }); !errors.Is(err, fakedaemon.ErrClosed) {
		t.Errorf("WaitEvent gave the error %v", err)
	}
	if r, err := d.WaitRequest(ctx, func(r fakedaemon.Request) bool { return r.Operation == "SystemPing" }); err != nil || r.Status != 200 {
		t.Errorf("WaitRequest gave %v, %v", r, err)
	}
}

// TestWaitSeesTheLast: what came before Close is looked at, however short before.
func TestWaitSeesTheLast(t *testing.T) {
	t.Parallel()
	for range 20 { // which of both is seen first is chance
		d := fakedaemon.Start(t, nil)
		create := func(name string) {
			resp, err := d.HTTPClient().Post("http://docker/volumes/create", "application/json", strings.NewReader(`{"Name":"`+name+`"}`))
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
		}
		create("first")
		e, err := d.WaitEvent(t.Context(), func(e fakedaemon.Event) bool {
			if e.ID == "first" {
				create("last")
				d.Close()
			}
			return e.ID == "last"
		})
		if err != nil || e.ID != "last" {
			t.Errorf("WaitEvent gave %v, %v", e, err)
		}
		d = fakedaemon.Start(t, nil)
		create("first")
		asked := false
		r, err := d.WaitRequest(t.Context(), func(r fakedaemon.Request) bool {
			if !asked {
				asked = true
				create("last")
				d.Close()
			}
			return r.ID == 2
		})
		if err != nil || r.ID != 2 {
			t.Errorf("WaitRequest gave %v, %v", r, err)
		}
	}
}
