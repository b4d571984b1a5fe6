package program

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

func date(t *tool) {
	when := t.p.Now().UTC()
	text := t.value('d', t.value('s', ""))
	format := ""
	for _, arg := range t.args {
		if f, ok := strings.CutPrefix(arg, "+"); ok {
			format = f
		} else {
			text = arg
		}
	}
	if t.has("ds") || text != "" {
		var ok bool
		if when, ok = readDate(text, when); !ok {
			t.errorf("invalid date '%s'", text)
			return
		}
		if !t.has("d") {
			t.errorf("can't set date: Operation not permitted")
		}
	}
	if t.has("r") {
		info, err := t.stat(t.value('r', ""))
		if err != nil {
			t.fail(t.value('r', ""), err)
			return
		}
		when = info.ModTime().UTC()
	}
	switch {
	case format != "":
	case t.has("R"):
		format = "%a, %d %b %Y %H:%M:%S %z"
	case t.has("I"):
		format = map[byte]string{'h': "%Y-%m-%dT%H%:z", 'm': "%Y-%m-%dT%H:%M%:z", 's': "%Y-%m-%dT%H:%M:%S%:z"}[(t.value('I', "") + "d")[0]]
		if format = strings.ReplaceAll(format, "%:z", "+00:00"); format == "" {
			format = "%F"
		}
	default:
		format = "%a %b %e %H:%M:%S %Z %Y"
	}
	fmt.Fprintln(t.out, strftime(format, when))
}

// dateFormats are the conversions that a layout of Go is enough for, or other conversions.
var dateFormats = map[byte]string{
	'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'e': "_2", 'y': "06", 'a': "Mon", 'A': "Monday", 'b': "Jan", 'h': "Jan", 'B': "January", 'I': "03",
	'p': "PM", 'P': "pm", 'Z': "MST", 'z': "-0700", 'j': "002", 'D': "01/02/06", 'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'c': "Mon Jan _2 15:04:05 2006",
	'x': "01/02/06", 'X': "15:04:05", 'r': "03:04:05 PM", 'n': "\n", 't': "\t", '%': "%",
}

func strftime(format string, when time.Time) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		flag := byte(0)
		if strings.IndexByte("-_0", format[i]) >= 0 && i+1 < len(format) {
			flag = format[i]
			i++
		}
		year, week := when.ISOWeek()
		text := ""
		switch c := format[i]; c {
		case 's':
			text = strconv.FormatInt(when.Unix(), 10)
		case 'N':
			text = fmt.Sprintf("%09d", when.Nanosecond())
		case 'k':
			text = fmt.Sprintf("%2d", when.Hour())
		case 'l':
			text = fmt.Sprintf("%2d", (when.Hour()+11)%12+1)
		case 'u':
			text = strconv.Itoa((int(when.Weekday())+6)%7 + 1)
		case 'w':
			text = strconv.Itoa(int(when.Weekday()))
		case 'C':
			text = fmt.Sprintf("%02d", when.Year()/100)
		case 'G':
			text = strconv.Itoa(year)
		case 'g':
			text = fmt.Sprintf("%02d", year%100)
		case 'V':
			text = fmt.Sprintf("%02d", week)
		case 'U':
			text = fmt.Sprintf("%02d", (when.YearDay()+6-int(when.Weekday()))/7)
		case 'W':
			text = fmt.Sprintf("%02d", (when.YearDay()+6-(int(when.Weekday())+6)%7)/7)
		default:
			layout, ok := dateFormats[c]
			if text = when.Format(layout); !ok {
				text = format[i-1 : i+1]
			}
		}
		if flag == '-' {
			text = strings.TrimLeft(text[:len(text)-1], "0 ") + text[len(text)-1:]
		}
		b.WriteString(text)
	}
	return b.String()
}

// readDate reads the forms of a date that busybox knows; a part that is left out is that of now.
func readDate(text string, now time.Time) (time.Time, bool) {
	now = now.UTC()
	if digits, ok := strings.CutPrefix(text, "@"); ok {
		seconds, err := strconv.ParseInt(digits, 10, 64)
		return time.Unix(seconds, 0).UTC(), err == nil
	}
	for _, layout := range []string{
		"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700",
		"2006.01.02-15:04:05", "2006.01.02-15:04", "200601021504.05", "200601021504", "Mon Jan _2 15:04:05 MST 2006", "Mon, 2 Jan 2006 15:04:05 -0700",
	} {
		if when, err := time.Parse(layout, text); err == nil {
			return when.UTC(), true
		}
	}
	for _, layout := range []string{"15:04:05", "15:04", "01021504", "01.02-15:04:05", "01.02-15:04"} {
		when, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		month, day := now.Month(), now.Day()
		if strings.Contains(layout, "01") {
			month, day = when.Month(), when.Day()
		}
		return time.Date(now.Year(), month, day, when.Hour(), when.Minute(), when.Second(), 0, time.UTC), true
	}
	return now, false
}
