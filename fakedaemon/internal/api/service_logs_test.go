package api

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/image"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
)

// TestServiceLogs: the logs of a service are those of its tasks, by time or as they come; details say whose a line is.
func TestServiceLogs(t *testing.T) {
	t.Parallel()
	st := newState()
	defer st.Close()
	addRecordedImage(t, st)
	h := serve(st)
	srv := httptest.NewServer(h)
	defer srv.Close()
	if status, body := sendJSON(h, "POST", "/swarm/init", `{"ListenAddr":"0.0.0.0:2377"}`); status != 200 {
		t.Fatal(body)
	}
	c := h.(*server).swarm
	service := must[string](t)(c.CreateService(cluster.ServiceSpec{Name: "sv1", Mode: cluster.ModeReplicated, Image: "bb:1", Replicas: 2, Template: state.Container{Image: "bb:1", Config: image.Config{Cmd: []string{"sleep", "1000"}}}, ImageName: state.ImageName{Ref: "docker.io/library/bb:1", Given: "bb:1", Familiar: "bb:1"}, JSON: []byte("{}"), TaskJSON: []byte("{}")}))
	tasks := must[[]cluster.Task](t)(c.Tasks())
	if len(tasks) != 2 || tasks[0].ContainerID == "" || tasks[1].ContainerID == "" {
		t.Fatalf("%+v", tasks)
	}
	for i, task := range tasks {
		streamsOf(t, st, task.ContainerID).Hub.Write(stream.Stdout, []byte("out"+task.ContainerID+"\n"))
		if i == 0 {
			streamsOf(t, st, task.ContainerID).Hub.Write(stream.Stderr, []byte("err\n"))
		}
	}
	line := func(i int) string { return "out" + tasks[i].ContainerID + "\n" }
	details := func(i int) string {
		return "com.docker.swarm.node.id=" + tasks[i].NodeID + ",com.docker.swarm.service.id=" + service + ",com.docker.swarm.task.id=" + tasks[i].ID + " "
	}
	out := func(text string) string { return frame(stream.Stdout, text) }
	for target, want := range map[string]string{
		"/services/sv1/logs?stdout=1&stderr=1":                        out(line(0)) + frame(stream.Stderr, "err\n") + out(line(1)),
		"/services/sv1/logs?stdout=1&details=1":                       out(details(0)+line(0)) + out(details(1)+line(1)),
		"/services/sv1/logs?stdout=1&tail=0":                          "",
		"/services/sv1/logs?stdout=1&tail=1":                          out(line(1)),
		"/tasks/" + tasks[1].ID + "/logs?stdout=1&tail=all&details=1": out(details(1) + line(1)),
	} {
		resp := sendTo(t, "GET", srv.URL+target)
		if d := cmp.Diff(want, bodyOf(t, resp)); d != "" || resp.Header.Get("Content-Type") != multiplexedStream {
			t.Errorf("%s: %v %s", target, resp.Header, d)
		}
	}
	resp := sendTo(t, "GET", srv.URL+"/services/sv1/logs?follow=1&stdout=1&tail=0")
	streamsOf(t, st, tasks[1].ContainerID).Hub.Write(stream.Stdout, []byte("more\n"))
	got := make([]byte, len(out("more\n")))
	if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != out("more\n") {
		t.Errorf("%q, %v", got, err)
	}
	resp.Body.Close()
	if status, body := sendJSON(h, "GET", "/services/nosuch/logs?stdout=1", ""); status != 404 || !strings.Contains(body, "service nosuch not found") {
		t.Errorf("%d %s", status, body)
	}
}
