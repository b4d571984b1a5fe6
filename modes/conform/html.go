package conform

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// A pageCell is one client in one entry, as the page shows it.
type pageCell struct {
	ID, Client, Reason, Expected, Env string
	Number                            int // in the page, from 1
	Unverified                        bool
	Got
}

// Shown is what the cell of the grid says.
func (c pageCell) Shown() string {
	if c.Verdict == Skipped {
		return "-"
	}
	return c.shown()
}

// Class is the cell's colour.
func (c pageCell) Class() string {
	if c.Accepted {
		return "accepted"
	}
	return string(c.Verdict)
}

type pageRow struct {
	ID, Expected string
	Cells        []pageCell
}

type pageGroup struct {
	Title string
	Rows  []pageRow
}

type pageCount struct {
	Verdict Verdict
	N       int
}

// WriteHTML writes one page that needs nothing else: the grid of entries and clients in colours, and of each cell, when
// it is clicked, the command, its environment, what the client said, what the daemon saw, and why.
func (r *Report) WriteHTML(w io.Writer) error {
	data := struct {
		Clients []string
		Missing []string
		Summary string
		Counts  []pageCount
		Groups  []pageGroup
		Cells   []pageCell
	}{Clients: r.Clients, Missing: r.Missing, Summary: ""}
	count := r.Count()
	for _, v := range Verdicts() {
		data.Counts = append(data.Counts, pageCount{v, count[v]})
	}
	for _, e := range r.Entries {
		title := fmt.Sprintf("daemon mode %s", e.Daemon)
		if strings.HasPrefix(e.ID, "env/") {
			title = "environments"
		}
		if n := len(data.Groups); n == 0 || data.Groups[n-1].Title != title {
			data.Groups = append(data.Groups, pageGroup{Title: title})
		}
		row := pageRow{ID: e.ID, Expected: e.expected(r.Clients)}
		for _, c := range r.Clients {
			cell := pageCell{
				ID: e.ID, Client: c, Reason: e.Why, Expected: string(e.Got[c].Want), Env: strings.Join(e.Got[c].Env, "\n"),
				Number: len(data.Cells) + 1, Unverified: e.Unverified, Got: e.Got[c],
			}
			row.Cells = append(row.Cells, cell)
			data.Cells = append(data.Cells, cell)
		}
		group := &data.Groups[len(data.Groups)-1]
		group.Rows = append(group.Rows, row)
	}
	return page.Execute(w, data)
}
