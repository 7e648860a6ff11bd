package report

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// An annex never lies where a report does, however the path is written.
func TestAnnexMustNotLieInAReportsFolder(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"report/figures", "other", "old/figures", "served/2025Q3"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "old/report.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "report"), filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(root, name) }
	for name, refused := range map[string]bool{
		"annex.md": false, "other/annex.md": false, "other/../annex.md": false, "report-annex.md": false, "not/yet/there/annex.md": false,
		"report/annex.md": true, "report/figures/annex.md": true, "report/new/annex.md": true, "report": true,
		"other/../report/annex.md": true, "link/annex.md": true, "link/figures/annex.md": true,
		"old/annex.md": true, "old/figures/annex.md": true, "served/2025Q3/annex.md": true, "served/annex.md": true,
	} {
		err := CheckAnnex(at(name), at("report"), at("served"))
		if refused != errors.Is(err, ErrAnnexInside) {
			t.Errorf("%s: %v, refused should be %v", name, err, refused)
		}
	}
	// The folder is the link, and the file is written by its real name; or neither is there yet.
	if err := CheckAnnex(at("report/annex.md"), at("link")); !errors.Is(err, ErrAnnexInside) {
		t.Errorf("through a link: %v", err)
	}
	if err := CheckAnnex(at("link/new/deep/annex.md"), at("report/new")); !errors.Is(err, ErrAnnexInside) {
		t.Errorf("in a folder that is not there yet: %v", err)
	}
	t.Chdir(root)
	if err := CheckAnnex("report/annex.md", "./report"); !errors.Is(err, ErrAnnexInside) {
		t.Errorf("by relative paths: %v", err)
	}
}

// No report is written to where an annex lies: it would be published with it.
func TestNoReportWhereAnAnnexLies(t *testing.T) {
	files := []File{{Path: "index.html", Data: []byte("page")}, {Path: "figures/a.svg", Data: []byte("<svg/>")}}
	for _, at := range []string{"annex.md", "own.txt", "figures/annex.md"} {
		dir := filepath.Join(t.TempDir(), "report")
		if err := Write(dir, files); err != nil {
			t.Fatal(err)
		}
		a := &annex{period: "Q4 2025"}
		a.head(false)
		name := filepath.Join(dir, at)
		if err := WriteAnnex(name, []byte(a.text.String())); err != nil {
			t.Fatal(err)
		}
		changed := []File{{Path: "index.html", Data: []byte("later")}, files[1]}
		if err := Write(dir, changed); err == nil || !strings.Contains(err.Error(), name+" is an annex") {
			t.Errorf("with an annex at %s: %v", at, err)
		}
		if page, err := os.ReadFile(filepath.Join(dir, "index.html")); err != nil || string(page) != "page" {
			t.Errorf("the refused report changed the page to %q (%v)", page, err)
		}
		if err := os.WriteFile(name, []byte("# Notes\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Write(dir, changed); err != nil {
			t.Errorf("with another file at %s: %v", at, err)
		}
	}
}

// Only the owner can read an annex, also where others could read what was there before.
func TestAnnexIsForItsOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "annex.md"), filepath.Join(dir, "link.md")
	if err := os.WriteFile(name, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{name, link, filepath.Join(dir, "new.md")} {
		if err := WriteAnnex(at, []byte("text of "+at)); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(at)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has mode %v (%v)", at, info.Mode(), err)
		}
		if text, err := os.ReadFile(at); err != nil || string(text) != "text of "+at {
			t.Errorf("%s holds %q (%v)", at, text, err)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link is now %v (%v)", info.Mode(), err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
	if err := WriteAnnex(filepath.Join(dir, "none", "annex.md"), nil); err == nil {
		t.Error("there is no such folder")
	}
}

// The annex says at its head what it is, and what it has of a study; names cannot break its tables.
func TestAnnexText(t *testing.T) {
	a := &annex{period: "Q4 2025", before: "Q3 2025", study: &stats.Study{
		Rhythm: &stats.Rhythm{Candidates: &stats.Candidates{Networks: []stats.NetworkRhythm{
			{Region: "US-East", Network: "Bursty | *Cloud*", Type: flow.Neocloud, Candidate: true, Average: known(2e9), P95: known(9e9), Max: known(3e10), CV: known(1.5), P95Ratio: known(4.5)},
			{Region: "US-East", Network: "Steady", Type: flow.CDN, Average: known(2e9), P95: known(2.1e9), Max: known(3e9), CV: known(0.1), P95Ratio: known(1.05)},
		}}},
		Networks: &stats.Networks{Looked: 5, Types: []stats.TypeNetworks{
			{Type: flow.Neocloud, New: stats.Turnover{Known: true, Count: 1, Of: 9, Share: known(0.023), Names: []string{"Boost"}},
				Movers: stats.Movers{Known: true, Named: []stats.Mover{{Network: "Bursty", Before: 1e9, Now: 3e9}}}},
			{Type: stats.AllTypes, Movers: stats.Movers{Known: true, Named: []stats.Mover{{Network: "Steady", Before: 5e9, Now: 2e9}}}},
		}},
	}}
	a.head(true)
	a.candidates()
	a.burstiness()
	a.movers()
	a.turnover()
	text := a.text.String()
	if !strings.HasPrefix(text, "# Not for publication: annex to the report of Q4 2025\n\n**Not for publication.** ") {
		t.Errorf("the head is %.200s", text)
	}
	for _, want := range []string{
		"simulated",
		"| US-East | Bursty \\| \\*Cloud\\* | Neocloud | 9" + nbsp + "Gb/s | 2" + nbsp + "Gb/s | 30" + nbsp + "Gb/s | 4.5 |\n\n## Burstiness", // and Steady is no candidate
		"| US-East | Steady | CDN | 1.05 | 0.1 |",
		"| All types | Steady | 5" + nbsp + "Gb/s | 2" + nbsp + "Gb/s | −3" + nbsp + "Gb/s |\n| Neocloud | Bursty | 1" + nbsp + "Gb/s | 3" + nbsp + "Gb/s | +2" + nbsp + "Gb/s |",
		"## New networks\n\nNetworks of Q4 2025 that are not among those of the 5" + nbsp + "months before",
		"| Neocloud | Boost | 1 | " + figure.Percent.Format(0.023) + " |",
		"## Gone networks\n\nNone is known to have gone.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the annex has not %q:\n%s", want, text)
		}
	}
}

// Where the store begins within the period, the annex says so.
func TestAnnexSaysWhereTheStoreBegins(t *testing.T) {
	asked, err := flow.ParsePeriod("2025Q4")
	if err != nil {
		t.Fatal(err)
	}
	for days, want := range map[flow.Slot]string{0: "", 3: "The store begins within Q4 2025: rates are those from 4 October 2025 00:00 UTC on.\n\n"} {
		a := &annex{period: "Q4 2025", study: &stats.Study{Rhythm: &stats.Rhythm{Period: asked}}}
		a.study.Rhythm.Period.From += days * flow.SlotsPerDay
		if a.since(asked); a.text.String() != want {
			t.Errorf("after %d days it says %q", days, a.text.String())
		}
	}
}

// A study without slots or periods to compare says so.
func TestAnnexOfLittle(t *testing.T) {
	a := &annex{period: "May 2025", before: "April 2025", study: &stats.Study{}}
	a.candidates()
	a.burstiness()
	a.movers()
	a.turnover()
	if text := a.text.String(); strings.Count(text, "no longer kept") != 2 || !strings.Contains(text, "nothing to compare") || strings.Contains(text, "|") {
		t.Errorf("the annex of nothing is\n%s", text)
	}
}
