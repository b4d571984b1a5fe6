// Package reference holds what real daemons and clients did, condensed from the recordings, and the tests that hold the
// rule of package rule against it.
package reference

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
)

// The sections of the recordings that are kept.
const (
	SectionModes      = "modes"
	SectionServerCert = "server-cert-conditions"
	SectionClientCert = "client-cert-conditions"
	SectionResolution = "client-resolution"
	SectionSSH        = "ssh"
)

// Data is the whole of data.jsonl.
type Data struct {
	Daemons     []Daemon
	Startups    []Startup
	Invocations []Invocation
}

// A Daemon is one way in which dockerd was started.
type Daemon struct {
	// Key names the daemon in Result.
	Key string `json:"daemon"`
	// Mode is the recordings' own description; what is in parentheses tells what the arguments do not.
	Mode string `json:"mode"`
	// Args are its arguments; one that begins with "JSON:" is its daemon.json instead.
	Args []string `json:"args"`
}

// A Startup is one start of dockerd, without clients.
type Startup struct {
	Case string            `json:"startup"` // the recordings' own description
	Args []string          `json:"args"`
	Env  map[string]string `json:"env,omitempty"`
	JSON *string           `json:"json,omitempty"` // its daemon.json
	// Around is what else there was: a file or process in the way, or sockets from systemd.
	Around string `json:"around,omitempty"`
	// Listens has the addresses by version, each with its protocol where it was probed, such as
	// "tcp {host}: plain http"; nil where the daemon did not start.
	Listens map[string][]string `json:"listens"`
}

// An Invocation is one way in which a client was started, with all that came of it.
type Invocation struct {
	Section string `json:"section"`
	Client  string `json:"client"` // program and version
	Label   string `json:"label"`  // the recordings' own description
	// Args, Env and Home ("home-good" and so on) are the client's arguments, variables and home folder.
	Args []string          `json:"args"`
	Env  map[string]string `json:"env,omitempty"`
	Home string            `json:"home,omitempty"`
	// Setup are the arguments of the `docker context create` that came before.
	Setup []string `json:"setup,omitempty"`
	// Target is "tcp" or "unix", TargetName the name or address that stands for {host}, without the port.
	Target     string `json:"target,omitempty"`
	TargetName string `json:"name,omitempty"`
	// ServerCert and ClientCert are the conditions of both sides' material.
	ServerCert string `json:"server,omitempty"`
	ClientCert string `json:"cert,omitempty"`
	// SSH is what the ssh did that stood in PATH, in section ssh: "ok", "refused", "nodocker" or "silent"; SSHArgv is how the
	// client started it, nil for one that did not.
	SSH     string   `json:"ssh,omitempty"`
	SSHArgv []string `json:"argv,omitempty"`
	Results []Result `json:"results"`
}

// A Result is an outcome class with the daemons that gave it.
type Result struct {
	Outcome string `json:"outcome"`
	// Daemons are the keys of the daemons that gave it, by version ("29.7.0"); the version "" is no daemon.
	Daemons map[string][]string `json:"daemons"`
	// Endpoint is what `docker context inspect` showed, in section client-resolution.
	Endpoint *Endpoint `json:"endpoint,omitempty"`
}

// An Endpoint is the answer of `docker context inspect`.
type Endpoint struct {
	Host          string
	SkipTLSVerify bool
	TLSMaterial   []string // names of files
}

//go:embed data.jsonl
var data []byte

// Load returns the condensed recordings.
func Load() (*Data, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	d := &Data{}
	for n := 1; ; n++ {
		var line json.RawMessage
		if err := dec.Decode(&line); err == io.EOF {
			return d, nil
		} else if err != nil {
			return nil, fmt.Errorf("data.jsonl: line %d: %w", n, err)
		}
		if err := d.add(line); err != nil {
			return nil, fmt.Errorf("data.jsonl: line %d: %w", n, err)
		}
	}
}

func (d *Data) add(line []byte) error {
	var kind struct {
		Daemon, Startup string
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return err
	}
	switch {
	case kind.Daemon != "":
		d.Daemons = append(d.Daemons, Daemon{})
		return json.Unmarshal(line, &d.Daemons[len(d.Daemons)-1])
	case kind.Startup != "":
		d.Startups = append(d.Startups, Startup{})
		return json.Unmarshal(line, &d.Startups[len(d.Startups)-1])
	}
	d.Invocations = append(d.Invocations, Invocation{})
	return json.Unmarshal(line, &d.Invocations[len(d.Invocations)-1])
}
