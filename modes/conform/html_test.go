package conform

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fakedockerd/fakedockerd/internal/testtool"
)

func TestPageNeedsNothingElse(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := someReport().WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	for _, reference := range regexp.MustCompile(`(?i)\b(src|href|action|srcset)="?([^#"> ]*)|url\(|@import|fetch\(`).FindAllStringSubmatch(b.String(), -1) {
		if reference[2] != "" || reference[1] == "" {
			t.Errorf("the page refers to %s", reference[0])
		}
	}
	if !strings.Contains(b.String(), "and &lt;another&gt;") {
		t.Error("what the client said is not there, or not escaped")
	}
}

// TestPageWords: a cell says its worst verdict, and of how many of the entries that were tried it is that.
func TestPageWords(t *testing.T) {
	t.Parallel()
	entry := func(id string, got Got) pageEntry { return pageEntry{Deviation: Deviation{ID: id, Got: got}} }
	ok, broken, skipped := entry("ok", Got{Verdict: Ok}), entry("broken", Got{Verdict: Broken}), entry("skipped", Got{Verdict: Skipped})
	known := entry("known", Got{Verdict: Broken, Accepted: true})
	for want, entries := range map[string][]pageEntry{
		"skipped: ":                        nil,
		"skipped: skipped skipped":         {skipped, skipped},
		"ok: ok skipped":                   {ok, skipped},
		"2 ok: ok ok":                      {ok, ok},
		"broken: broken skipped":           {broken, skipped},
		"2 broken: broken broken":          {broken, broken},
		"2 of 3 broken: broken broken ok":  {broken, broken, ok},
		"1 of 2 broken: broken ok skipped": {broken, ok, skipped},
		"1 of 2 accepted: known ok":        {known, ok},
		"1 of 3 broken: broken known ok":   {broken, known, ok},
		"2 accepted: known known skipped":  {known, known, skipped},
		"accepted: known":                  {known},
	} {
		c := &pageCell{Entries: entries}
		if got := c.Words() + ": " + c.IDs(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// browse returns the page as a browser has it, with its scripts run, when it is opened at fragment.
func browse(t *testing.T, file, fragment string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testtool.Need(t, "chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir="+t.TempDir(), "--host-resolver-rules=MAP * ~NOTFOUND",
		// It waits for the scripts, in a time of its own.
		"--virtual-time-budget=10000", "--dump-dom", "file://"+file+fragment)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return string(out)
}

// Every link leads to something in the page, so that it can be read without scripts.
func TestPageLinksLead(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := worstReport("one", "two").WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{}
	for _, id := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(b.String(), -1) {
		ids[id[1]]++
	}
	links := regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(b.String(), -1)
	for _, link := range links {
		if ids[link[1]] != 1 {
			t.Fatalf("the page has %d times %q", ids[link[1]], link[1])
		}
	}
	if cells := strings.Count(b.String(), `class="cell `); cells != strings.Count(b.String(), `class="panel"`) || len(links) < cells {
		t.Errorf("%d cells and %d links", cells, len(links))
	}
	if n := strings.Count(b.String(), "<details id="); n != 2*len(Entries()) {
		t.Errorf("%d attempts can be opened, want %d", n, 2*len(Entries()))
	}
}

// luminance and contrast are those of WCAG 2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	if len(colour) == 4 {
		colour = "#" + strings.Repeat(colour[1:2], 2) + strings.Repeat(colour[2:3], 2) + strings.Repeat(colour[3:4], 2)
	}
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// What stands on a colour can be read in either theme.
func TestPageContrast(t *testing.T) {
	t.Parallel()
	light, dark, ok := strings.Cut(pageText, "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there is no dark theme")
	}
	dark, _, _ = strings.Cut(dark, "* {")
	pairs := [][2]string{{"page", "text"}, {"page", "quiet"}, {"soft", "text"}, {"page", "focus"}}
	for _, look := range looks {
		pairs = append(pairs, [2]string{look, "on-" + look})
	}
	for theme, css := range map[string]string{"light": light, "dark": dark} {
		colours := map[string]string{}
		for _, c := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]+)`).FindAllStringSubmatch(css, -1) {
			colours[c[1]] = c[2]
		}
		for _, p := range pairs {
			a, b := luminance(t, colours[p[0]]), luminance(t, colours[p[1]])
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.1f, want at least 4.5", theme, p[1], p[0], ratio)
			}
		}
	}
}

// A click on a cell opens what is behind it; so do a link to it, and the keyboard.
func TestPageInBrowser(t *testing.T) {
	t.Parallel()
	testtool.Need(t, "chromium")
	file := filepath.Join(t.TempDir(), "report.html")
	var b bytes.Buffer
	if err := someReport().WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	// What a reader does comes behind the page's own script.
	steps := `<script>
const out = [], visible = x => getComputedStyle(x).display !== "none", named = x => x.getAttribute("aria-label") || x.textContent.trim().replace(/\s+/g, " ");
const look = what => {
  const open = [...panels].filter(visible).map(named);
  const entries = [...document.querySelectorAll(".panel:not([hidden]) details[open] code")].map(c => c.textContent);
  const focus = document.activeElement === document.body ? "nothing" : named(document.activeElement);
  out.push(what + ": " + (open.join(" and ") || "nothing") + " open, with " + (entries.join(" and ") || "nothing") + "; focus on " + focus);
};
const changed = () => new Promise(done => addEventListener("hashchange", done, {once: true}));
const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
(async () => {
  look("at first");
  press("Escape"); look("escape");
  press("Escape"); look("once more");
  document.activeElement.click(); await changed(); look("enter");
  press("Escape"); look("escape");
  press("ArrowRight"); look("right");
  press("ArrowLeft"); press("ArrowLeft"); look("left twice");
  press("ArrowLeft"); look("left of the first");
  document.querySelector(".causes summary").click();
  const cause = document.querySelector(".causes li a"); cause.focus(); cause.click(); await changed(); look("cause");
  document.querySelector(".panel:not([hidden]) .close").click(); look("close");
  const shown = () => cells.filter(c => !c.classList.contains("off")).map(named).join(" and ");
  const insecure = document.querySelector("nav button.insecure");
  insecure.click(); out.push("only insecure: " + shown());
  insecure.click(); out.push("all again: " + cells.length + ", " + cells.filter(c => c.classList.contains("off")).length + " off");
  const search = document.querySelector("nav input"); search.value = "unix/"; search.dispatchEvent(new Event("input")); out.push("search: " + shown());
  const beyond = [...document.querySelectorAll("a, button, input, summary")].filter(x => x.tabIndex < 0);
  out.push("beyond the keyboard: " + beyond.length);
  const p = document.createElement("pre"); p.id = "out"; p.textContent = out.join("\n"); document.body.append(p);
})();
</script>`
	if err := os.WriteFile(file, append(b.Bytes(), steps...), 0o600); err != nil {
		t.Fatal(err)
	}
	dom := browse(t, file, "#entry-2")
	_, got, _ := strings.Cut(dom, `<pre id="out">`)
	got, _, _ = strings.Cut(got, "</pre>")
	const mutual, flaw = "daemon mode tlsverify, client mode mutual", "flaw other-ca of the client"
	want := `at first: docker: ` + mutual + ` open, with tlsverify/mutual/env; focus on × broken tlsverify/mutual/env no answer
escape: nothing open, with nothing; focus on ` + mutual + `: broken
once more: nothing open, with nothing; focus on ` + mutual + `: broken
enter: docker: ` + mutual + ` open, with tlsverify/mutual/env; focus on docker: ` + mutual + `
escape: nothing open, with nothing; focus on ` + mutual + `: broken
right: nothing open, with nothing; focus on ` + flaw + `: accepted
left twice: nothing open, with nothing; focus on daemon mode unix, client mode plain: ok
left of the first: nothing open, with nothing; focus on daemon mode unix, client mode plain: ok
cause: curl: ` + flaw + ` open, with tlsverify/tls+cert/flags/client:other-ca; focus on !! insecure tlsverify/tls+cert/flags/client:other-ca sent plaintext
close: nothing open, with nothing; focus on tlsverify/tls+cert/flags/client:other-ca
only insecure: ` + flaw + `: insecure
all again: 6, 0 off
search: daemon mode unix, client mode plain: ok and daemon mode unix, client mode plain: ok
beyond the keyboard: 0`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the reader sees (-want +got):\n%s\n%s", diff, dom)
	}
}
