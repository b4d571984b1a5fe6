package conform

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// A click on a cell opens what is behind it; so does a link to it.
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
const out = [], look = what => {
  const open = [...document.querySelectorAll("section")].filter(s => getComputedStyle(s).display !== "none").map(s => s.getAttribute("aria-label"));
  const rows = [...document.querySelectorAll("tr[data-id]")].filter(r => getComputedStyle(r).display !== "none").map(r => r.dataset.id);
  out.push(what + ": " + open.join(" and ") + "; " + rows.length + " rows");
};
const changed = () => new Promise(done => addEventListener("hashchange", done, {once: true}));
(async () => {
  look("at first");
  document.querySelector("tr[data-id='tlsverify/mutual/env'] a").click(); await changed(); look("click");
  document.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape", bubbles: true})); await changed(); look("escape");
  document.querySelector("button.insecure").click(); look("only insecure");
  document.querySelector("button.insecure").click(); look("all again");
  const search = document.querySelector("input"); search.value = "unix/"; search.dispatchEvent(new Event("input")); look("search");
  const p = document.createElement("pre"); p.id = "out"; p.textContent = out.join("\n"); document.body.append(p);
})();
</script>`
	if err := os.WriteFile(file, append(b.Bytes(), steps...), 0o600); err != nil {
		t.Fatal(err)
	}
	dom := browse(t, file, "#cell-4")
	_, got, _ := strings.Cut(dom, `<pre id="out">`)
	got, _, _ = strings.Cut(got, "</pre>")
	want := `at first: curl: tlsverify/mutual/env; 3 rows
click: docker: tlsverify/mutual/env; 3 rows
escape: ; 3 rows
only insecure: ; 1 rows
all again: ; 3 rows
search: ; 1 rows`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the reader sees (-want +got):\n%s\n%s", diff, dom)
	}
}
