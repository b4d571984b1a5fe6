package api

import (
	"context"
	"net/http"
	"strconv"
	"sync"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/stream"
	cluster "github.com/fakedockerd/fakedockerd/fakedaemon/internal/swarm"
)

func (s *server) serviceLogs(w http.ResponseWriter, r *request) error {
	return s.swarmLogs(w, r, func() ([]cluster.Task, error) {
		service, err := s.swarm.Service(r.vars["id"])
		if err != nil {
			return nil, err
		}
		all, err := s.swarm.Tasks()
		var tasks []cluster.Task
		for _, t := range all {
			if t.ServiceID == service.ID {
				tasks = append(tasks, t)
			}
		}
		return tasks, err
	})
}

// taskLog is the log of a task's container.
type taskLog struct {
	lines   *stream.Cursor
	details string
}

// taskLine is a line of a task, or the error behind the last one.
type taskLine struct {
	from *taskLog
	line stream.Entry
	err  error
}

// swarmLogs serves the logs of the containers that tasks have: by time, or for who follows as they come.
func (s *server) swarmLogs(w http.ResponseWriter, r *request, find func() ([]cluster.Task, error)) error {
	var tasks []cluster.Task
	times, err := s.checkSwarmLogs(r, func() (err error) {
		tasks, err = find()
		return err
	})
	if err != nil {
		return err
	}
	follow := r.boolean("follow")
	o := stream.ReadOptions{Since: times["since"], Tail: -1, Follow: follow}
	if tail, err := strconv.Atoi(r.Form.Get("tail")); err == nil {
		o.Tail = tail
	}
	var logs []*taskLog
	tty := false
	for _, t := range tasks {
		c, streams, err := s.State.ContainerIO(t.ContainerID)
		if t.ContainerID == "" || err != nil || s.checkLogDriver(&c) != nil {
			continue
		}
		tty = tty || streams.Tty
		l := &taskLog{lines: streams.Log.Read(o), details: s.logDetails(&c, map[string]string{
			"com.docker.swarm.node.id": t.NodeID, "com.docker.swarm.service.id": t.ServiceID, "com.docker.swarm.task.id": t.ID,
		})}
		s.unfollowEnded(l.lines, c.ID)
		logs = append(logs, l)
	}
	out := s.newLogWriter(w, r, tty)
	ctx, cancel := context.WithCancel(r.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	var next func() (taskLine, bool)
	if follow {
		out.stream = s.Stream(r.Request, StreamInfo{})
		next = interleaved(ctx, &wg, logs)
	} else {
		next = merged(ctx, logs)
	}
	for {
		l, ok := next()
		if !ok {
			break
		}
		if r.boolean("details") {
			out.details = []byte(l.from.details + " ")
		}
		if err := out.write(l.line); err != nil {
			out.stream.End(err)
			return nil // a client that is gone is no error
		}
	}
	if follow {
		<-r.Context().Done() // there may be other tasks
	}
	out.stream.End(r.Context().Err())
	return nil
}

// merged returns lines in the order of their times.
func merged(ctx context.Context, logs []*taskLog) func() (taskLine, bool) {
	heads := make([]taskLine, len(logs))
	for i, l := range logs {
		heads[i].from = l
		heads[i].line, heads[i].err = l.lines.Next(ctx)
	}
	return func() (taskLine, bool) {
		first := -1
		for i, h := range heads {
			if h.err == nil && (first < 0 || h.line.Time.Before(heads[first].line.Time)) {
				first = i
			}
		}
		if first < 0 {
			return taskLine{}, false
		}
		l := heads[first]
		heads[first].line, heads[first].err = l.from.lines.Next(ctx)
		return l, true
	}
}

// interleaved returns lines as they come.
func interleaved(ctx context.Context, wg *sync.WaitGroup, logs []*taskLog) func() (taskLine, bool) {
	lines := make(chan taskLine)
	for _, l := range logs {
		wg.Go(func() {
			for ctx.Err() == nil {
				line, err := l.lines.Next(ctx)
				select {
				case lines <- taskLine{from: l, line: line, err: err}:
				case <-ctx.Done():
				}
				if err != nil {
					return
				}
			}
		})
	}
	left := len(logs)
	return func() (taskLine, bool) {
		for left > 0 {
			select {
			case l := <-lines:
				if l.err == nil {
					return l, true
				}
				left--
			case <-ctx.Done():
				return taskLine{}, false
			}
		}
		return taskLine{}, false
	}
}
