// Condense reduces the recordings to the data.jsonl beside the package: of tls/matrix.json one line
// per daemon and one per client invocation with the outcome of every daemon, of tls/daemon-config*.json one line per start of
// dockerd, in both without the texts.
//
//	go run ./condense -from DIR
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/internal/reference"
)

// row is a row of tls/matrix.json.
type row struct {
	Section       string            `json:"section"`
	DaemonVersion string            `json:"daemon_version"`
	DaemonMode    string            `json:"daemon_mode"`
	DaemonArgs    []string          `json:"daemon_args"`
	ServerCert    string            `json:"server_cert_condition"`
	Target        string            `json:"target"`
	TargetName    string            `json:"target_name"`
	Client        string            `json:"client"`
	ClientMode    string            `json:"client_mode"`
	ClientArgs    []string          `json:"client_args"`
	ClientEnv     map[string]string `json:"client_env"`
	ClientHome    string            `json:"client_home"`
	ClientCert    string            `json:"client_cert_condition"`
	Setup         struct {
		Args []string `json:"args"`
	} `json:"setup"`
	SSHArgv  [][]string `json:"ssh_argv"`
	Outcome  string     `json:"outcome"`
	Resolved *struct {
		Host          string
		SkipTLSVerify bool
		TLSMaterial   map[string][]string
	} `json:"resolved_endpoint"`
}

// startup is a row of tls/daemon-config.json.
type startup struct {
	DaemonVersion    string            `json:"daemon_version"`
	Case             string            `json:"case"`
	Args             []string          `json:"args"`
	Env              map[string]string `json:"env"`
	DaemonJSON       *string           `json:"daemon_json"`
	Precondition     string            `json:"precondition"`
	SocketActivation string            `json:"socket_activation"`
	Started          bool              `json:"started"`
	ListensOn        []string          `json:"listens_on"`
	Protocol         map[string]string `json:"protocol"`
}

func main() {
	log.SetFlags(0)
	from := flag.String("from", "", "folder that holds tls/matrix.json and tls/daemon-config*.json")
	to := flag.String("to", "data.jsonl", "file to write")
	flag.Parse()
	if *from == "" {
		log.Fatal("condense: -from must name the folder that holds tls/matrix.json")
	}
	if err := run(*from, *to); err != nil {
		log.Fatal("condense: ", err)
	}
}

func run(from, to string) error {
	var rows []row
	if err := read(filepath.Join(from, "tls", "matrix.json"), &rows); err != nil {
		return err
	}
	d, err := condense(rows)
	if err != nil {
		return err
	}
	for _, name := range []string{"daemon-config.json", "daemon-config.engine28.json"} {
		var config struct{ Rows []startup }
		if err := read(filepath.Join(from, "tls", name), &config); err != nil {
			return err
		}
		for _, r := range config.Rows {
			addStartup(d, r)
		}
	}
	var out bytes.Buffer
	if err := errors.Join(encode(&out, d.Daemons), encode(&out, d.Startups), encode(&out, d.Invocations)); err != nil {
		return err
	}
	return os.WriteFile(to, out.Bytes(), 0o644)
}

func read(name string, to any) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func encode[T any](w io.Writer, lines []T) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, line := range lines {
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func addStartup(d *reference.Data, r startup) {
	around := strings.TrimSpace(r.Precondition + " " + r.SocketActivation)
	at := slices.IndexFunc(d.Startups, func(s reference.Startup) bool {
		return s.Case == r.Case && slices.Equal(s.Args, r.Args) && maps.Equal(s.Env, r.Env) && text(s.JSON) == text(r.DaemonJSON) && s.Around == around
	})
	if at < 0 {
		at = len(d.Startups)
		d.Startups = append(d.Startups, reference.Startup{
			Case: r.Case, Args: r.Args, Env: r.Env, JSON: r.DaemonJSON, Around: around, Listens: map[string][]string{},
		})
	}
	var listens []string
	for _, address := range r.ListensOn {
		if protocol, _, ok := strings.Cut(r.Protocol[address], ":"); ok {
			address += ": " + protocol
		}
		listens = append(listens, address)
	}
	d.Startups[at].Listens[version(r.DaemonVersion)] = listens
}

func text(s *string) string {
	if s == nil {
		return "none"
	}
	return *s
}

// version takes what the packagers said from a version: "20.10.24+dfsg1 (Debian docker.io, go1.19.8)" is 20.10.24.
func version(s string) string {
	v, _, _ := strings.Cut(s, "+")
	return v
}

func condense(rows []row) (*reference.Data, error) {
	d := &reference.Data{}
	index := map[string]int{}
	for _, r := range rows {
		if !slices.Contains([]string{reference.SectionModes, reference.SectionServerCert, reference.SectionClientCert, reference.SectionResolution, reference.SectionSSH}, r.Section) {
			continue
		}
		key, err := daemonKey(d, r)
		if err != nil {
			return nil, err
		}
		inv := reference.Invocation{
			Section: r.Section, Client: r.Client, Label: r.ClientMode, Args: r.ClientArgs, Env: r.ClientEnv, Home: r.ClientHome, Setup: r.Setup.Args,
			Target: r.Target, TargetName: r.TargetName, ServerCert: r.ServerCert, ClientCert: r.ClientCert,
		}
		if r.Section == reference.SectionSSH {
			if err := addSSH(&inv, r); err != nil {
				return nil, err
			}
		}
		id, err := json.Marshal(inv)
		if err != nil {
			return nil, err
		}
		at, ok := index[string(id)]
		if !ok {
			at = len(d.Invocations)
			index[string(id)] = at
			d.Invocations = append(d.Invocations, inv)
		}
		add(&d.Invocations[at], r, key)
	}
	slices.SortFunc(d.Daemons, func(a, b reference.Daemon) int { return cmp.Compare(a.Key, b.Key) })
	return d, nil
}

// addSSH takes what is told of the ssh in PATH from the recordings' description of a row.
func addSSH(inv *reference.Invocation, r row) error {
	_, kind, ok := strings.Cut(r.ClientMode, "[fake ssh: ")
	inv.SSH, _, _ = strings.Cut(kind, "]")
	if !ok || len(r.SSHArgv) > 1 {
		return fmt.Errorf("section ssh: %s: no kind of ssh, or several ways in which it was started: %q", r.ClientMode, r.SSHArgv)
	}
	if len(r.SSHArgv) == 1 {
		inv.SSHArgv = r.SSHArgv[0]
	}
	return nil
}

// daemonKey returns the short name of the row's daemon, which it adds when it is new.
func daemonKey(d *reference.Data, r row) (string, error) {
	letter, _, _ := strings.Cut(r.DaemonMode, " ")
	for n := 1; ; n++ {
		key := letter
		if n > 1 {
			key = fmt.Sprintf("%s%d", letter, n)
		}
		at := slices.IndexFunc(d.Daemons, func(o reference.Daemon) bool { return o.Key == key })
		if at < 0 {
			d.Daemons = append(d.Daemons, reference.Daemon{Key: key, Mode: r.DaemonMode, Args: r.DaemonArgs})
			return key, nil
		}
		if d.Daemons[at].Mode == r.DaemonMode && slices.Equal(d.Daemons[at].Args, r.DaemonArgs) {
			return key, nil
		}
	}
}

func add(inv *reference.Invocation, r row, key string) {
	at := slices.IndexFunc(inv.Results, func(res reference.Result) bool { return res.Outcome == r.Outcome })
	if at < 0 {
		at = len(inv.Results)
		inv.Results = append(inv.Results, reference.Result{Outcome: r.Outcome, Daemons: map[string][]string{}, Endpoint: endpoint(r)})
	}
	v := version(r.DaemonVersion)
	inv.Results[at].Daemons[v] = append(inv.Results[at].Daemons[v], key)
}

func endpoint(r row) *reference.Endpoint {
	if r.Resolved == nil {
		return nil
	}
	files := slices.Clone(r.Resolved.TLSMaterial["docker"])
	slices.Sort(files)
	return &reference.Endpoint{Host: r.Resolved.Host, SkipTLSVerify: r.Resolved.SkipTLSVerify, TLSMaterial: files}
}
