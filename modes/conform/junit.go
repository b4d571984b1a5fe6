package conform

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/fakedockerd/fakedockerd/internal/english"
)

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr,omitempty"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string      `xml:"classname,attr"`
	Name    string      `xml:"name,attr"`
	Time    string      `xml:"time,attr"`
	Failure *junitText  `xml:"failure,omitempty"`
	Error   *junitText  `xml:"error,omitempty"`
	Skipped *junitText  `xml:"skipped,omitempty"`
	Out     *junitPlain `xml:"system-out,omitempty"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

type junitPlain struct {
	Text string `xml:",chardata"`
}

// WriteJUnit writes a suite for each client with a case for each entry, as CI systems read it.
func (r *Report) WriteJUnit(w io.Writer) error {
	var all junitSuites
	for _, c := range r.Clients {
		suite := junitSuite{Name: "conform " + c}
		var elapsed time.Duration
		for _, e := range r.Entries {
			got := e.Got[c]
			one := junitCase{Class: c, Name: e.ID, Time: seconds(got.Elapsed)}
			switch {
			case got.Verdict == Skipped:
				one.Skipped = &junitText{Message: printable(got.Text)}
				suite.Skipped++
			case got.Accepted:
				one.Out = &junitPlain{"accepted: " + printable(got.Why)}
			case got.deviates():
				one.Failure = &junitText{
					Message: printable(got.shown() + ": " + got.Why), Type: string(got.Verdict),
					Text: printable(e.deviation(c).String()),
				}
				suite.Failures++
			}
			elapsed += got.Elapsed
			suite.Tests++
			suite.Cases = append(suite.Cases, one)
		}
		if n := len(r.Unfinished); n > 0 {
			// A list of cases does not show that some are not there.
			suite.Tests++
			suite.Errors++
			suite.Cases = append(suite.Cases, junitCase{Class: c, Name: "the whole run", Time: seconds(0), Error: &junitText{
				Message: english.Count(n, "entry") + " not tried to the end", Text: strings.Join(r.Unfinished, "\n"),
			}})
		}
		suite.Time = seconds(elapsed)
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// printable leaves out what XML cannot hold, such as the colours of a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) {
			return r
		}
		return -1
	}, s)
}
