package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// Annex is what a report leaves out because it names networks, as Markdown: candidates for a private
// interconnect, burstiness, movers, new and gone networks. It is for the operator's own eyes, says so
// at its head, and is no part of the report: nothing in it is hidden or put on a normalised scale.
func Annex(ctx context.Context, src *stats.Source, p flow.Period) ([]byte, error) {
	extent := src.Extent()
	if extent.IsEmpty() || extent.To <= p.From {
		return nil, &stats.EmptyError{Period: p.Name, Extent: extent}
	}
	months := window(p.Clip(extent.To-1), extent.From)
	answer, err := src.Ask(ctx, stats.Question{
		Months: months, Periods: []flow.Period{p, p.Before()}, Unsuppressed: true,
		Study: &stats.StudyOf{Now: p, Before: p.Before(), Months: months},
	})
	if err != nil {
		return nil, fmt.Errorf("cannot make the annex of %s: %w", p.Name, err)
	}
	if answer.Periods[0].Empty() || answer.Study == nil {
		return nil, &stats.EmptyError{Period: p.Name, Extent: answer.Extent}
	}
	a := &annex{period: periodTitle(p.Name), before: periodTitle(p.Before().Name), study: answer.Study}
	if answer.Extent.To < p.To {
		a.period += " so far"
	}
	a.head(len(src.Store.State(StateSimulated)) > 0)
	a.since(p)
	a.candidates()
	a.burstiness()
	a.movers()
	a.turnover()
	return []byte(a.text.String()), nil
}

// annex is an annex being written.
type annex struct {
	period, before string
	study          *stats.Study
	text           strings.Builder
}

// say writes a paragraph or a head.
func (a *annex) say(format string, args ...any) { fmt.Fprintf(&a.text, format+"\n\n", args...) }

// annexHead begins every annex.
const annexHead = "# Not for publication:"

func (a *annex) head(simulated bool) {
	a.say(annexHead+" annex to the report of %s", a.period)
	a.say("**Not for publication.** This file names networks and shows numbers that the report hides. It is for the operator's own use: keep it out of the report's folder, and off any page that others read.")
	if simulated {
		a.say("The traffic is simulated: no number here says anything of a real network.")
	}
}

// since says where rates begin, if that is after the period does.
func (a *annex) since(p flow.Period) {
	if r := a.study.Rhythm; r != nil && r.Period.From > p.From {
		a.say("The store begins within %s: rates are those from %s UTC on.", a.period, r.Period.From.Time().Format("2 January 2006 15:04"))
	}
}

// table writes a table; the first columns are texts, so many, and the others numbers.
func (a *annex) table(columns []string, texts int, rows [][]string) {
	a.text.WriteString("| " + strings.Join(columns, " | ") + " |\n|")
	for i := range columns {
		if i < texts {
			a.text.WriteString(" --- |")
		} else {
			a.text.WriteString(" ---: |")
		}
	}
	for _, row := range rows {
		a.text.WriteString("\n| " + strings.Join(row, " | ") + " |")
	}
	a.text.WriteString("\n\n")
}

func rate(n stats.Num) string  { return number(n).Text(figure.BPS) }
func ratio(n stats.Num) string { return number(n).Text(figure.Count) }

// networks are the examined networks of the study; nil where it has none.
func (a *annex) networks() []stats.NetworkRhythm {
	if a.study.Rhythm == nil || a.study.Rhythm.Candidates == nil {
		return nil
	}
	return a.study.Rhythm.Candidates.Networks
}

// noRhythm says why nothing is known of rates.
func (a *annex) noRhythm() {
	if a.study.Rhythm == nil {
		a.say("The five-minute slots of %s are no longer kept, and rates are told from them.", a.period)
		return
	}
	a.say("No network has enough traffic over links of the kinds transit and ix.")
}

func (a *annex) candidates() {
	a.say("## Candidates for a private interconnect")
	if len(a.networks()) == 0 {
		a.noRhythm()
		return
	}
	a.say("Networks whose five-minute rates over transit and exchange links, both directions, have a 95th percentile of at least %s of that of all the region's traffic, and of at least %d times their own average.",
		figure.Percent.Tick(stats.CandidateShare), stats.CandidateRatio)
	var rows [][]string
	for _, n := range a.networks() {
		if n.Candidate {
			rows = append(rows, []string{mdText(n.Region), mdText(n.Network), figure.TypeName(n.Type), rate(n.P95), rate(n.Average), rate(n.Max), ratio(n.P95Ratio)})
		}
	}
	if len(rows) == 0 {
		a.say("%s has none.", a.period)
		return
	}
	a.table([]string{"Region", "Network", "Type", "95th percentile", "Average", "Largest", "95th / average"}, 3, rows)
}

// annexRows is how many networks a list of the annex names.
const annexRows = 20

func (a *annex) burstiness() {
	a.say("## Burstiness by network")
	if len(a.networks()) == 0 {
		a.noRhythm()
		return
	}
	a.say("The %d most bursty of the networks with most traffic over transit and exchange links in each region, by 95th percentile over average.", annexRows)
	byRegion := map[string]int{}
	list := slices.Clone(a.networks())
	slices.SortStableFunc(list, func(x, y stats.NetworkRhythm) int {
		return cmp.Or(cmp.Compare(x.Region, y.Region), cmp.Compare(y.P95Ratio.Value, x.P95Ratio.Value), cmp.Compare(y.CV.Value, x.CV.Value))
	})
	var rows [][]string
	for _, n := range list {
		if byRegion[n.Region]++; byRegion[n.Region] <= annexRows {
			rows = append(rows, []string{mdText(n.Region), mdText(n.Network), figure.TypeName(n.Type), ratio(n.P95Ratio), ratio(n.CV), rate(n.Average), rate(n.Max)})
		}
	}
	a.table([]string{"Region", "Network", "Type", "95th / average", "Variation", "Average", "Largest"}, 3, rows)
}

func (a *annex) movers() {
	a.say("## Movers")
	if a.study.Networks == nil {
		a.say("There is nothing to compare with.")
		return
	}
	a.say("Networks whose average rate changed most from %s to %s.", a.before, a.period)
	var rows [][]string
	types := slices.Clone(a.study.Networks.Types)
	slices.SortStableFunc(types, func(x, y stats.TypeNetworks) int { return -cmp.Compare(x.Type/stats.AllTypes, y.Type/stats.AllTypes) }) // all first
	for _, t := range types {
		for _, m := range t.Movers.Named {
			change := figure.BPS.Format(m.Now - m.Before)
			if m.Now > m.Before {
				change = "+" + change
			}
			rows = append(rows, []string{rowName(t.Type), mdText(m.Network), figure.BPS.Format(m.Before), figure.BPS.Format(m.Now), change})
		}
	}
	if len(rows) == 0 {
		a.say("There is no traffic of %s to compare with.", a.before)
		return
	}
	a.table([]string{"Type", "Network", a.before, a.period, "Change"}, 2, rows)
}

// turnover lists new and gone networks.
func (a *annex) turnover() {
	if a.study.Networks == nil {
		return
	}
	for _, part := range [...]struct {
		title, meaning, none string
		of                   func(*stats.TypeNetworks) *stats.Turnover
	}{
		{"New networks", fmt.Sprintf("Networks of %s that are not among those of the %s before it that the store has; most bits first.", a.period, plural(a.study.Networks.Looked, "month")), "None is known to be new.",
			func(t *stats.TypeNetworks) *stats.Turnover { return &t.New }},
		{"Gone networks", fmt.Sprintf("Networks of %s that are not among those of %s; most bits first.", a.before, a.period), "None is known to have gone.",
			func(t *stats.TypeNetworks) *stats.Turnover { return &t.Gone }},
	} {
		a.say("## %s", part.title)
		var rows [][]string
		for i := range a.study.Networks.Types {
			t := &a.study.Networks.Types[i]
			turnover := part.of(t)
			if t.Type == stats.AllTypes || len(turnover.Names) == 0 {
				continue
			}
			var names []string
			for _, name := range turnover.Names[:min(len(turnover.Names), annexRows)] {
				names = append(names, mdText(name))
			}
			if more := len(turnover.Names) - len(names); more > 0 {
				names = append(names, fmt.Sprintf("and %d more", more))
			}
			rows = append(rows, []string{figure.TypeName(t.Type), strings.Join(names, ", "), fmt.Sprint(turnover.Count), number(turnover.Share).Text(figure.Percent)})
		}
		if len(rows) == 0 {
			a.say("%s", part.none)
			continue
		}
		a.say("%s", part.meaning)
		a.table([]string{"Type", "Networks", "Count", "Share of the type's bits"}, 2, rows)
	}
}

// ErrAnnexInside is an annex that would lie where reports are published from.
var ErrAnnexInside = errors.New("the annex names networks and is not for publication, so it must not lie in a report's folder: give it another place")

// CheckAnnex refuses a file that lies in one of the folders or below it, or in or below any folder that
// holds a report already, wherever symbolic links lead. Neither file nor folders need to exist.
func CheckAnnex(file string, folders ...string) error {
	f, err := resolved(file)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		d, err := resolved(folder)
		if err != nil {
			return err
		}
		if f == d || strings.HasPrefix(f, strings.TrimSuffix(d, string(filepath.Separator))+string(filepath.Separator)) {
			return fmt.Errorf("%w (%s is in %s)", ErrAnnexInside, file, folder)
		}
	}
	for at := filepath.Dir(f); at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "report.json")); err == nil {
			return fmt.Errorf("%w (there is a report in %s)", ErrAnnexInside, at)
		}
	}
	return nil
}

// findAnnex is the name of an annex in one of the folders, as told by its head; "" if there is none, or no
// such folder. Only the folders' own files are looked at.
func findAnnex(folders ...string) (string, error) {
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		for _, e := range entries {
			if name := filepath.Join(folder, e.Name()); e.Type().IsRegular() && beginsAsAnnex(name) {
				return name, nil
			}
		}
	}
	return "", nil
}

// beginsAsAnnex reports that a file can be read and begins with an annex's head.
func beginsAsAnnex(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(annexHead))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == annexHead
}

// WriteAnnex writes an annex so that only its owner can read it, whatever was there before: aside, and
// then moved. What is no file, as a terminal, is written to.
func WriteAnnex(file string, text []byte) error {
	if real, err := filepath.EvalSymlinks(file); err == nil {
		file = real // a link is followed, as the check of its place did
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(file, text, 0o600)
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*") // for its owner alone
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// resolved is the absolute path without symbolic links, as far as it exists.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("cannot tell where %s is: %w", path, err)
	}
	rest := ""
	for at := path; ; at = filepath.Dir(at) {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest), nil
		}
		if at == filepath.Dir(at) {
			return path, nil
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}
