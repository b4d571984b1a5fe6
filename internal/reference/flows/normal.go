package flows

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// rewrite is a pattern of what no two runs have in common and what stands for it.
type rewrite struct {
	pattern *regexp.Regexp
	with    string
}

var rewrites = []rewrite{
	{regexp.MustCompile(`\x1b\[[0-9;?]*[a-zA-Z]`), ""},
	{regexp.MustCompile(`/lab/d\d+g?/(home/user|root|data|exec)`), "/var/lib/docker"},
	{regexp.MustCompile(`/(var/lib/docker|run)/containerd/`), "/run/containerd/"},
	{regexp.MustCompile(`\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`), "UUID"},
	{regexp.MustCompile(`\b([A-Z2-7]{4}:){11}[A-Z2-7]{4}\b`), "UUID"},
	{regexp.MustCompile(`SWMTKN-1-[0-9a-z]+-[0-9a-z]+`), "SWMTKN"},
	{regexp.MustCompile(`(prefix: |network )[0-9a-f]{1,4}( is ambiguous|"|$)`), "${1}SHORT${2}"},
	{regexp.MustCompile(`unix:///lab/\S+\.sock`), "unix:///lab/docker.sock"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "ID64"},
	{regexp.MustCompile(`\b[0-9a-f]{40}\b`), "ID40"},
	{regexp.MustCompile(`\b[0-9a-f]{12}\b`), "ID12"},
	{regexp.MustCompile(`\b[0-9a-z]{25}\b`), "ID25"},
	{regexp.MustCompile(`\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b`), "MAC"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`), "TIME"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( [+-]\d{4})?( [A-Z]{3,4})?`), "TIME"},
	{regexp.MustCompile(`\b172\.\d+\.\d+\.(\d+)\b`), "IP"},
	{regexp.MustCompile(`(?i)\b(less than a second|\d+ seconds?|about a minute|\d+ minutes?|about an hour|\d+ hours?|\d+ days?)( ago)?`), "AGO"},
	{regexp.MustCompile(`\b[0-9.]+(B|kB|MB|GB|KiB|MiB|GiB)\b`), "SIZE"},
	{regexp.MustCompile(`\b\d+\.\d\d%`), "PERCENT"},
	{regexp.MustCompile(`(?m)(SIZE / SIZE) +\d+ *$`), "$1 PIDS"},
	{regexp.MustCompile(`(?m)^root +\d+ +[\d.]+ +[\d.]+ +\d+ +\d+ +\? +(\w+) +\d\d:\d\d +\d:\d\d`), "root PID CPU MEM VSZ RSS ? $1 HH:MM 0:00"},
	{regexp.MustCompile(`/v1\.\d+/`), "/vN/"},
	{regexp.MustCompile(`\b[a-z]+_[a-z]+[0-9]?\b`), "NAME_NAME"},
	{regexp.MustCompile(`([?&]version=)\d+`), "${1}N"},
	{regexp.MustCompile(`([?&](since|until)=)\d+(\.\d+)?`), "${1}T"},
	{regexp.MustCompile(`(?m)^(root|0) +\d+ +\d+ +\d+ +\d\d:\d\d`), "$1 PID PID C HH:MM"},
	{regexp.MustCompile(`(?m)^\d{3,7} +(\S+)$`), "PID $1"},
	{regexp.MustCompile(`((Kernel Version|Total Memory|CPUs):) \S+`), "$1 OWN"},
	{regexp.MustCompile(`[ \t]+`), " "},
	{regexp.MustCompile(` ?\r?\n ?`), "\n"},
	{regexp.MustCompile(`(?m)^[0-9a-z]{12} `), "ID12 "},
}

// Normal puts names in the place of what no two runs have in common: IDs, times, sizes, addresses.
func Normal(text string) string {
	for _, r := range rewrites {
		text = r.pattern.ReplaceAllString(text, r.with)
	}
	text = base36.ReplaceAllStringFunc(text, func(word string) string {
		if strings.ContainsAny(word, "0123456789") && strings.ContainsAny(word, "ghijklmnopqrstuvwxyz") {
			return "ID12"
		}
		return word
	})
	return strings.TrimSpace(text)
}

// own are fields whose values belong to the machine or to the moment, by name.
var own = regexp.MustCompile(`^(Created|CreatedAt|CreatedTime|LastTagTime|time|timeNano|Size|SizeRw|SizeRootFs|SharedSize|UniqueSize|VirtualSize|` +
	`LayersSize|SpaceReclaimed|Pid|MemTotal|KernelVersion|NCPU|OperatingSystem|OSVersion|SystemTime|NFd|NGoroutines|IPAddress|Gateway|Subnet|` +
	`IPv4Address|SandboxKey|IPPrefixLen|NEventsListener|DockerRootDir|execDuration|Index|size|total|current|` +
	`MemoryBytes|CertIssuerPublicKey|TrustRoot)$`)

// measured are objects whose numbers are measurements.
var measured = regexp.MustCompile(`(_stats|^networks|^Processes)$`)

// base36 is what an ID of a swarm may look like; it has digits and letters.
var base36 = regexp.MustCompile(`\b[0-9a-z]{12}\b`)

// NormalJSON gives a JSON value in a form that can be compared: fields sorted, what belongs to the machine or the moment
// named, and lists of which the order means nothing sorted.
func NormalJSON(raw []byte) (string, bool) {
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil || dec.More() {
		return "", false
	}
	switch v.(type) {
	case map[string]any, []any:
	default:
		return "", false
	}
	var b strings.Builder
	writeNormal(&b, v, "", "", false)
	return b.String(), true
}

// writeNormal writes a value that a field of this name has; numbers that were measured are the machine's own.
func writeNormal(b *strings.Builder, v any, name, indent string, isMeasured bool) {
	isMeasured = isMeasured || measured.MatchString(name)
	if own.MatchString(name) {
		if _, nested := v.(map[string]any); !nested {
			b.WriteString("OWN")
			return
		}
	}
	switch v := v.(type) {
	case map[string]any:
		b.WriteString("{\n")
		for _, key := range slices.Sorted(maps.Keys(v)) {
			fmt.Fprintf(b, "%s  %s: ", indent, Normal(key))
			writeNormal(b, v[key], key, indent+"  ", isMeasured)
			b.WriteString("\n")
		}
		b.WriteString(indent + "}")
	case []any:
		var items []string
		for _, item := range v {
			var one strings.Builder
			writeNormal(&one, item, "", indent+"  ", isMeasured)
			items = append(items, one.String())
		}
		if unordered(name, v) {
			slices.Sort(items)
		}
		b.WriteString("[\n")
		for _, item := range items {
			b.WriteString(indent + "  " + item + "\n")
		}
		b.WriteString(indent + "]")
	case string:
		if inner, ok := NormalJSON([]byte(v)); ok {
			b.WriteString(inner)
			return
		}
		if isMeasured && strings.Trim(v, "0123456789:.") == "" {
			b.WriteString("OWN")
			return
		}
		fmt.Fprintf(b, "%q", Normal(v))
	case json.Number:
		if isMeasured {
			b.WriteString("OWN")
			return
		}
		fmt.Fprint(b, v)
	default:
		fmt.Fprint(b, v)
	}
}

// unordered reports whether the order of a list means nothing: of networks, volumes and mounts dockerd gives the order of a
// map.
func unordered(name string, list []any) bool {
	if name == "Mounts" || name == "Volumes" || name == "DNSNames" {
		return true
	}
	if name != "" || len(list) == 0 {
		return false
	}
	first, _ := list[0].(map[string]any)
	_, network := first["IPAM"]
	return network
}

// NormalOutput is Normal for what a command prints: JSON is compared as such, whole or line by line.
func NormalOutput(text string) string {
	if j, ok := NormalJSON([]byte(text)); ok {
		return j
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if j, ok := NormalJSON([]byte(line)); ok {
			lines[i] = j
		}
	}
	return Normal(strings.Join(lines, "\n"))
}

// shortID is a part of an ID in a filter or a path.
var shortID = regexp.MustCompile(`(["/])[0-9a-f]{3,11}(["/ ])`)

// NormalCalls is Normal for requests and their statuses.
func NormalCalls(calls []string) string {
	var all []string
	for _, call := range calls {
		if plain, err := url.QueryUnescape(call); err == nil {
			call = plain
		}
		all = append(all, shortID.ReplaceAllString(call, "${1}SHORT${2}"))
	}
	// The CLI removes several containers at once.
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && strings.HasPrefix(all[i], "DELETE ") && strings.HasPrefix(all[i+n], "DELETE ") {
			n++
		}
		slices.Sort(all[i : i+n])
		i += n
	}
	return Normal(strings.Join(all, "\n"))
}
