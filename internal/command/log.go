package command

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// level is a severity of dockerd's log; the first is the worst.
type level int

const (
	levelPanic level = iota
	levelFatal
	levelError
	levelWarning
	levelInfo
	levelDebug
	levelTrace
)

// levelNames are the names that the log prints. The flag and daemon.json say "warn" for "warning".
var levelNames = [...]string{"panic", "fatal", "error", "warning", "info", "debug", "trace"}

// parseLevel returns the level that --log-level names.
func parseLevel(name string) (level, bool) {
	name = strings.ToLower(name)
	if name == "warn" {
		return levelWarning, true
	}
	i := slices.Index(levelNames[:], name)
	return level(i), i >= 0 && name != "warning"
}

// fields are the keys and values behind a message.
type fields map[string]string

// logger writes dockerd's log lines. It writes what dockerd writes when standard error is not a terminal, in both cases.
type logger struct {
	mu   sync.Mutex
	w    io.Writer // protected by mu
	json bool      // protected by mu
	max  level     // protected by mu
	now  func() time.Time

	httpFormat string // the time before a line of net/http; "" is that of package log; immutable
}

func newLogger(w io.Writer) *logger {
	return &logger{w: w, max: levelInfo, now: time.Now}
}

// configure sets the format and the most verbose level that is written.
func (l *logger) configure(json bool, max level) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.json, l.max = json, max
}

// timeFormat is containerd/log.RFC3339NanoFixed.
const timeFormat = "2006-01-02T15:04:05.000000000Z07:00"

func (l *logger) log(lv level, f fields, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lv > l.max {
		return
	}
	now, msg := l.now().Format(timeFormat), fmt.Sprintf(format, args...)
	if l.json {
		line := maps.Clone(f)
		if line == nil {
			line = fields{}
		}
		line["time"], line["level"], line["msg"] = now, levelNames[lv], msg
		enc := json.NewEncoder(l.w)
		enc.Encode(line)
		return
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "time=%s level=%s msg=%s", quote(now), levelNames[lv], quote(msg))
	for _, k := range slices.Sorted(maps.Keys(f)) {
		fmt.Fprintf(&b, " %s=%s", k, quote(f[k]))
	}
	b.WriteByte('\n')
	l.w.Write(b.Bytes())
}

// httpf writes a line of net/http, which dockerd's HTTP server leaves to the standard logger.
func (l *logger) httpf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, "%s%s\n", l.now().Format(cmp.Or(l.httpFormat, "2006/01/02 15:04:05 ")), strings.TrimSuffix(fmt.Sprintf(format, args...), "\n"))
}

func (l *logger) error(f fields, format string, args ...any) { l.log(levelError, f, format, args...) }
func (l *logger) warn(f fields, format string, args ...any)  { l.log(levelWarning, f, format, args...) }
func (l *logger) info(f fields, format string, args ...any)  { l.log(levelInfo, f, format, args...) }
func (l *logger) debug(f fields, format string, args ...any) { l.log(levelDebug, f, format, args...) }

// quote quotes a value as logrus's text format does.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._/@^+", r)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return fmt.Sprintf("%q", s)
	}
	return s
}
