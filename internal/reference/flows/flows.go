// Package flows replays the recorded docker commands and raw requests in front of a fake daemon, in their order, and
// compares what comes of each: exit code, output and the calls, or status and body.
package flows

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// recorded has scenarios.txt, what was typed, and one file per engine with what came of it: one line per step.
//
//go:embed scenarios.txt engine20.jsonl engine28.jsonl engine29.jsonl
var recorded embed.FS

// Engines are those that were recorded: their names and the files of their steps.
func Engines() map[string]string {
	return map[string]string{"20.10": "engine20.jsonl", "28": "engine28.jsonl", "29": "engine29.jsonl"}
}

// Step is what came of one command or raw request.
type Step struct {
	Flow string `json:"flow"`
	N    int    `json:"n"`
	Cmd  string `json:"cmd"`
	// ExitCode, Stdout and Stderr are those of a command, CallOrder the requests that it made with their statuses.
	ExitCode       int `json:"exit_code"`
	Stdout, Stderr string
	CallOrder      []string `json:"call_order"`
	// Status and Body are those of a raw request.
	Status int `json:"status"`
	Body   struct {
		JSON       json.RawMessage
		JSONStream []json.RawMessage `json:"json_stream"`
		Text       string
	} `json:"body"`
	// HeldBack says that the result is not known; the step still changes the daemon.
	HeldBack bool `json:"held_back"`
}

// Flow is what was typed in one flow, line by line.
type Flow struct {
	Name  string
	Lines []string
}

// Flows returns all flows that have results.
func Flows() ([]Flow, error) {
	text, err := recorded.ReadFile("scenarios.txt")
	if err != nil {
		return nil, err
	}
	var all []Flow
	for _, line := range strings.Split(string(text), "\n") {
		name, isFlow := strings.CutPrefix(line, "flow ")
		switch {
		case isFlow:
			all = append(all, Flow{Name: name})
		case line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "desc "):
		case len(all) == 0:
			return nil, fmt.Errorf("scenarios.txt: %q comes before any flow", line)
		default:
			all[len(all)-1].Lines = append(all[len(all)-1].Lines, line)
		}
	}
	return all, nil
}

// Steps returns an engine's steps by flow, in order.
func Steps(engine string) (map[string][]Step, error) {
	file, ok := Engines()[engine]
	if !ok {
		return nil, fmt.Errorf("engine %q was not recorded", engine)
	}
	data, err := recorded.ReadFile(file)
	if err != nil {
		return nil, err
	}
	steps := make(map[string][]Step)
	dec := json.NewDecoder(bytes.NewReader(data))
	for {
		var s Step
		if err := dec.Decode(&s); err == io.EOF {
			return steps, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		steps[s.Flow] = append(steps[s.Flow], s)
	}
}
