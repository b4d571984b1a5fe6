package command

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// A progressLine says how far a run is: on a terminal in one line that is written again, elsewhere in about ten lines.
type progressLine struct {
	w        io.Writer
	terminal bool
	last     int  // the part of the run of which was told last
	open     bool // the line on the terminal has no end yet
}

func newProgressLine(w io.Writer) *progressLine {
	p := &progressLine{w: w}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// show tells of tenths of a run, a terminal of halves of a percent.
func (l *progressLine) show(p conform.Progress) {
	parts := 10
	if l.terminal {
		parts = 200
	}
	part := p.Done * parts / max(1, p.Total)
	if part == l.last {
		return
	}
	l.last = part
	if l.terminal {
		fmt.Fprintf(l.w, "\r%s\x1b[K", progressText(p))
		l.open = true
	} else {
		fmt.Fprintln(l.w, progressText(p))
	}
}

// end ends the line on a terminal.
func (l *progressLine) end() {
	if l.open {
		fmt.Fprintln(l.w)
	}
	l.open = false
}

// progressText is "312 of 1104 attempts, 3 insecure, about 40 s left".
func progressText(p conform.Progress) string {
	parts := []string{fmt.Sprintf("%d of %d attempts", p.Done, p.Total)}
	for _, v := range conform.Verdicts() {
		if n := p.Found[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if p.Left > 0 {
		parts = append(parts, "about "+roughly(p.Left)+" left")
	}
	return strings.Join(parts, ", ")
}

// roughly is a time that does not pretend to be exact.
func roughly(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%d s", int(max(1, d.Round(time.Second).Seconds())))
	case d < 90*time.Second:
		return fmt.Sprintf("%d s", int(d.Round(5*time.Second).Seconds()))
	}
	return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
}
