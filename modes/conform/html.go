package conform

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/fakedockerd/fakedockerd/certgen"
	"github.com/fakedockerd/fakedockerd/internal/english"
	"github.com/fakedockerd/fakedockerd/modes"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"upper": func(v Verdict) string { return strings.ToUpper(string(v)) },
	"mark":  func(look string) string { return marks[look] },
}).Parse(pageText))

// marks are what tells the looks of cells apart without colours.
var marks = map[string]string{
	string(Insecure): "!!", string(Broken): "×", string(Differs): "≠", string(Ok): "✓", string(Skipped): "–", accepted: "≈",
}

// accepted is the look of a deviation that a baseline has.
const accepted = "accepted"

// A pageEntry is one client in one entry, with all that is known of it.
type pageEntry struct {
	Deviation
	Number     int // in the page, from 1
	Unverified bool
}

// Look is the verdict, or that it is accepted: the class of CSS.
func (e pageEntry) Look() string {
	if e.Accepted {
		return accepted
	}
	return string(e.Verdict)
}

func (e pageEntry) Shown() string     { return e.shown() }
func (e pageEntry) Expected() string  { return e.wanted() }
func (e pageEntry) Met() string       { return e.met() }
func (e pageEntry) Variables() string { return strings.Join(e.Env, "\n") }
func (e pageEntry) Again() string     { return "fakedockerd conform " + again(e.ID) }

// looks are those of cells, the worst first.
var looks = []string{string(Insecure), string(Broken), string(Differs), accepted, string(Ok), string(Skipped)}

func rankLook(look string) int { return slices.Index(looks, look) }

// A pageCell is a cell of a grid: the entries of one client that are alike. A click on it shows them.
type pageCell struct {
	Number                   int // in the page, from 1
	Client, Name, Title, Doc string
	Entries                  []pageEntry // the worst first
}

// Look is the worst one of its entries.
func (c *pageCell) Look() string {
	if len(c.Entries) == 0 {
		return string(Skipped)
	}
	return c.Entries[0].Look()
}

// Words are what the cell says: its verdict, and of how many entries that is so.
func (c *pageCell) Words() string {
	n, tried := 0, 0
	for _, e := range c.Entries {
		if e.Look() == c.Look() {
			n++
		}
		if e.Verdict != Skipped {
			tried++
		}
	}
	switch look := c.Look(); {
	case look == string(Skipped), tried == 1:
		return look
	case n == tried:
		return fmt.Sprintf("%d %s", n, look)
	default:
		return fmt.Sprintf("%d of %d %s", n, tried, look)
	}
}

// IDs are those of its entries, for the search.
func (c *pageCell) IDs() string {
	var ids []string
	for _, e := range c.Entries {
		ids = append(ids, e.ID)
	}
	return strings.Join(ids, " ")
}

// A pageRow is a row of a grid, with a list of cells in each column.
type pageRow struct {
	Name    string
	Columns [][]*pageCell
}

// A pageClient has the grids of one client.
type pageClient struct {
	Name, Words  string
	Worst        Verdict
	Modes        []pageRow // daemon modes by client modes
	Flaws        []pageRow // kinds of flaws by side
	Environments []*pageCell
	Cells        []*pageCell // all of them

	byKey map[string]*pageCell
}

// A pageCause is a cause with its entries.
type pageCause struct {
	Cause
	Entries []pageEntry
}

type pageLook struct {
	Name, Doc string
	N         int
}

// WriteHTML writes one page that needs nothing else. It begins with the verdict and the causes; then come for each
// client the grids of daemon modes by client modes, of flaws by side and of environments, in colours. A click on a cell
// shows its entries, and each of these the command, its environment, what the client said, what the daemon saw, and
// why.
func (r *Report) WriteHTML(w io.Writer) error {
	data := struct {
		Title       string
		ClientModes []modes.Client
		Causes      []pageCause
		Skips       []skip
		Missing     []string
		Looks       []pageLook
		Clients     []*pageClient
		Entries     string
	}{ClientModes: modes.Clients(), Skips: r.skips(), Missing: r.untried(), Entries: english.Count(len(r.Entries), "entry")}
	numbers := map[[2]string]pageEntry{}
	count := map[string]int{}
	cells := 0
	for _, name := range r.Clients {
		c := r.pageOf(name, len(numbers))
		for _, cell := range c.Cells {
			cells++
			cell.Number = cells
			for _, e := range cell.Entries {
				numbers[[2]string{name, e.ID}] = e
				count[e.Look()]++
			}
		}
		data.Clients = append(data.Clients, c)
	}
	var titles []string
	for _, c := range data.Clients {
		titles = append(titles, c.Name+": "+strings.ToUpper(string(c.Worst)))
	}
	data.Title = strings.Join(titles, ", ")
	for _, cause := range r.Causes() {
		p := pageCause{Cause: cause}
		for _, id := range cause.IDs {
			p.Entries = append(p.Entries, numbers[[2]string{cause.Client, id}])
		}
		data.Causes = append(data.Causes, p)
	}
	for _, look := range looks {
		data.Looks = append(data.Looks, pageLook{look, lookDocs[look], count[look]})
	}
	return page.Execute(w, data)
}

// lookDocs say what the looks mean.
var lookDocs = map[string]string{
	string(Insecure): "accepted what it had to refuse, or sent plaintext although TLS was asked for",
	string(Broken):   "got no answer where it had to get one",
	string(Differs):  "did something safe that was not expected",
	accepted:         "went wrong, and the baseline accepts it",
	string(Ok):       "did what was expected",
	string(Skipped):  "cannot be told what the entry says",
}

// pageOf sorts what a client did into cells. The numbers of its entries go on behind before.
func (r *Report) pageOf(client string, before int) *pageClient {
	t := r.score(client)
	c := &pageClient{Name: client, Worst: t.worst(), Words: t.words(), byKey: map[string]*pageCell{}}
	for _, e := range r.Entries {
		if _, ok := e.Got[client]; !ok {
			continue
		}
		cell := c.cellOf(e)
		cell.Entries = append(cell.Entries, pageEntry{Deviation: e.deviation(client), Unverified: e.Unverified})
	}
	for _, cell := range c.Cells {
		slices.SortStableFunc(cell.Entries, func(a, b pageEntry) int { return rankLook(a.Look()) - rankLook(b.Look()) })
		for i := range cell.Entries {
			before++
			cell.Entries[i].Number = before
		}
	}
	for _, row := range c.Modes {
		for i, name := range modes.Clients() {
			if cell := c.byKey["modes "+row.Name+" "+string(name)]; cell != nil {
				row.Columns[i] = []*pageCell{cell}
			}
		}
	}
	for _, row := range c.Flaws {
		sortCells(row.Columns[0])
		sortCells(row.Columns[1])
	}
	sortCells(c.Environments)
	return c
}

func sortCells(cells []*pageCell) {
	slices.SortStableFunc(cells, func(a, b *pageCell) int {
		return cmp.Or(rankLook(a.Look())-rankLook(b.Look()), strings.Compare(a.Name, b.Name))
	})
}

// cellOf is the cell of an entry. Where there is none yet it is put into its grid.
func (c *pageClient) cellOf(e EntryReport) *pageCell {
	side, flaw, flawed := strings.Cut(e.Material, ":")
	name, isEnvironment := strings.CutPrefix(e.ID, "env/")
	info, _ := certgen.Flaw(flaw).Info()
	daemon, client := string(e.Daemon), string(e.Client)
	cell := pageCell{Client: c.Name, Name: name, Title: "environment " + name}
	key := "env " + name
	switch {
	case isEnvironment:
	case flawed:
		cell = pageCell{Client: c.Name, Name: flaw, Title: "flaw " + flaw + " of the " + side, Doc: info.Doc}
		key = "flaw " + e.Material
	default:
		cell = pageCell{Client: c.Name, Title: "daemon mode " + daemon + ", client mode " + client}
		key = "modes " + daemon + " " + client
	}
	if known := c.byKey[key]; known != nil {
		return known
	}
	c.byKey[key] = &cell
	c.Cells = append(c.Cells, &cell)
	switch {
	case isEnvironment:
		c.Environments = append(c.Environments, &cell)
	case flawed:
		row := rowOf(&c.Flaws, string(cmp.Or(info.Kind, certgen.KindCertificate)), 2)
		at := slices.Index([]string{"server", "client"}, side)
		row.Columns[at] = append(row.Columns[at], &cell)
	default:
		rowOf(&c.Modes, daemon, len(modes.Clients()))
	}
	return &cell
}

// rowOf is the row of that name. Where there is none yet it is added.
func rowOf(rows *[]pageRow, name string, columns int) *pageRow {
	i := slices.IndexFunc(*rows, func(r pageRow) bool { return r.Name == name })
	if i < 0 {
		i = len(*rows)
		*rows = append(*rows, pageRow{name, make([][]*pageCell, columns)})
	}
	return &(*rows)[i]
}
