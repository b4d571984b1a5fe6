package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const matrix = `[
{"section": "modes", "daemon_version": "29.7.0", "daemon_mode": "b plain tcp", "daemon_args": ["-H=tcp://{host}"], "server_cert_condition": "good",
 "target": "tcp", "target_name": "127.0.0.1", "client": "curl 8", "client_mode": "http", "client_args": ["http://{host}"], "client_env": {}, "client_home": "home-empty",
 "client_cert_condition": "good", "stderr": "x", "outcome": "ok"},
{"section": "modes", "daemon_version": "20.10.24+dfsg1 (Debian)", "daemon_mode": "b plain tcp", "daemon_args": ["-H=tcp://{host}"], "server_cert_condition": "good",
 "target": "tcp", "target_name": "127.0.0.1", "client": "curl 8", "client_mode": "http", "client_args": ["http://{host}"], "client_env": {}, "client_home": "home-empty",
 "client_cert_condition": "good", "stderr": "y", "outcome": "ok"},
{"section": "modes", "daemon_version": "29.7.0", "daemon_mode": "b plain tcp", "daemon_args": ["-H={host}"], "server_cert_condition": "good",
 "target": "tcp", "target_name": "127.0.0.1", "client": "curl 8", "client_mode": "http", "client_args": ["http://{host}"], "client_env": {}, "client_home": "home-empty",
 "client_cert_condition": "good", "outcome": "connection-refused"},
{"section": "client-resolution", "daemon_version": null, "daemon_mode": "none (nothing is dialled)", "daemon_args": [],
 "client": "docker-cli 29", "client_mode": "inspect", "client_args": ["context", "inspect"], "client_env": {"A": "b"}, "client_home": "home-good",
 "setup": {"args": ["context", "create"]}, "outcome": "ok", "resolved_endpoint": {"Host": "tcp://h:1", "SkipTLSVerify": true, "TLSMaterial": {"docker": ["key.pem", "ca.pem"]}}},
{"section": "ssh", "daemon_version": "29.7.0", "daemon_mode": "a unix socket", "daemon_args": ["-H=unix://{sock}"], "target": "ssh",
 "client": "docker-cli 29", "client_mode": "-H ssh://h [fake ssh: ok] [docker version]", "client_args": ["-H", "ssh://h", "version"], "client_home": "home-empty",
 "ssh_argv": [["ssh", "--", "h", "docker system dial-stdio"]], "outcome": "ok"},
{"section": "other", "daemon_mode": "a", "outcome": "ok"}
]`

const config = `{"rows": [
{"daemon_version": "29.7.0", "case": "none", "args": [], "env": {}, "daemon_json": null, "started": true, "listens_on": ["unix /x"], "protocol": {}},
{"daemon_version": "29.7.0", "case": "file", "args": [], "env": {}, "daemon_json": "", "precondition": "stale", "started": true, "listens_on": ["tcp {host}"],
 "protocol": {"tcp {host}": "plain http: HTTP/1.0 200 OK"}}
]}`

const config28 = `{"rows": [
{"daemon_version": "28.5.2", "case": "none", "args": [], "env": {}, "daemon_json": null, "started": false, "listens_on": []}
]}`

const want = `{"daemon":"a","mode":"a unix socket","args":["-H=unix://{sock}"]}
{"daemon":"b","mode":"b plain tcp","args":["-H=tcp://{host}"]}
{"daemon":"b2","mode":"b plain tcp","args":["-H={host}"]}
{"daemon":"none","mode":"none (nothing is dialled)","args":[]}
{"startup":"none","args":[],"listens":{"28.5.2":null,"29.7.0":["unix /x"]}}
{"startup":"file","args":[],"json":"","around":"stale","listens":{"29.7.0":["tcp {host}: plain http"]}}
{"section":"modes","client":"curl 8","label":"http","args":["http://{host}"],"home":"home-empty","target":"tcp","name":"127.0.0.1","server":"good","cert":"good","results":[{"outcome":"ok","daemons":{"20.10.24":["b"],"29.7.0":["b"]}},{"outcome":"connection-refused","daemons":{"29.7.0":["b2"]}}]}
{"section":"client-resolution","client":"docker-cli 29","label":"inspect","args":["context","inspect"],"env":{"A":"b"},"home":"home-good","setup":["context","create"],"results":[{"outcome":"ok","daemons":{"":["none"]},"endpoint":{"Host":"tcp://h:1","SkipTLSVerify":true,"TLSMaterial":["ca.pem","key.pem"]}}]}
{"section":"ssh","client":"docker-cli 29","label":"-H ssh://h [fake ssh: ok] [docker version]","args":["-H","ssh://h","version"],"home":"home-empty","target":"ssh","ssh":"ok","argv":["ssh","--","h","docker system dial-stdio"],"results":[{"outcome":"ok","daemons":{"29.7.0":["a"]}}]}
`

func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "tls"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"matrix.json": matrix, "daemon-config.json": config, "daemon-config.engine28.json": config28} {
		if err := os.WriteFile(filepath.Join(dir, "tls", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	to := filepath.Join(dir, "out.jsonl")
	if err := run(dir, to); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for line := range bytes.Lines(got) {
		if !json.Valid(line) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

func TestRunNamesTheFileThatIsMissing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	err := run(dir, filepath.Join(dir, "out.jsonl"))
	if !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
}
