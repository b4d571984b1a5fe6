package modes

import (
	"regexp"
	"strings"
	"sync"

	"github.com/fakedockerd/fakedockerd/internal/words"
)

// A Side is who wrote a line.
type Side string

// Sides.
const (
	ClientSide Side = "client" // a client said it, be it in the words of who answered it
	DaemonSide Side = "daemon" // the daemon's log, or what it said when it did not start
	ProxySide  Side = "proxy"  // the log of a proxy in front of the daemon
)

// mark stands in messages.tsv for the outcome of what only tells whose line it is.
const mark = "-"

var parseMarks = sync.OnceValue(func() []text {
	var all []text
	for _, fields := range words.Rows(messageLines) {
		if len(fields) == 5 && fields[2] == mark {
			all = append(all, text{Side: Side(fields[0]), Pattern: fields[4]})
		}
	}
	return all
})

// nginxLog is how a line of nginx's error log begins.
var nginxLog = regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: `)

// sideOf says who wrote a line, "" when nothing in it tells.
func sideOf(line string) Side {
	if nginxLog.MatchString(line) {
		return ProxySide
	}
	for _, m := range parseMarks() {
		if strings.Contains(line, m.Pattern) {
			return m.Side
		}
	}
	return ""
}

// onlySide is the side of all lines that tell theirs, "" when none does or they are of several.
func onlySide(lines []string) Side {
	var only Side
	for _, line := range lines {
		switch side := sideOf(unwrap(line)); {
		case side == "" || side == only:
		case only == "":
			only = side
		default:
			return ""
		}
	}
	return only
}

// unwrap undoes the quotes that a log in key=value form or in JSON puts around a message.
func unwrap(line string) string { return strings.ReplaceAll(strings.TrimSpace(line), `\"`, `"`) }
