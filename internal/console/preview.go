package console

import (
	"context"
	"fmt"
	"path/filepath"

	"tributary/internal/catalogue"
	"tributary/internal/explore"
	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// previewOptions are entries to be tried.
type previewOptions struct {
	Body struct {
		Entries []NewEntry `json:"entries"`
	}
}

// Preview is what entries would change.
type Preview struct {
	File     string          `json:"file"`
	Revision string          `json:"revision"` // of the file now; for If-Match
	Entries  []string        `json:"entries"`  // as the file would have them
	Periods  []PreviewPeriod `json:"periods"`  // the last whole quarter, then the last whole month
	Notes    []Note          `json:"notes"`
}

// PreviewPeriod is a period's shares by type.
type PreviewPeriod struct {
	Name  string        `json:"name"`
	Whole bool          `json:"whole"` // false: the running one, as the store has no whole one yet
	Types []TypePreview `json:"types"` // that have bits before or after, in the order of figures
}

// TypePreview is the share of one type as it is and as it would be.
type TypePreview struct {
	TypeName
	Before stats.Num `json:"before"` // of all bits of the period
	After  stats.Num `json:"after"`
	Points stats.Num `json:"points"` // percentage points
}

func (c *Console) previewCatalogue(ctx context.Context, in *previewOptions) (*Preview, error) {
	if c.config.Source == nil {
		return nil, errNoExplorer
	}
	changes, err := c.changes(in.Body.Entries)
	if err != nil {
		return nil, err
	}
	e, err := c.edit("", changes)
	if err != nil {
		return nil, err
	}
	p := &Preview{File: filepath.Base(e.file), Revision: catalogue.RevisionOf(e.was), Entries: []string{}, Periods: []PreviewPeriod{}, Notes: []Note{}}
	prefix := false
	for i := range changes {
		p.Entries = append(p.Entries, changes[i].Text())
		prefix = prefix || changes[i].AS == 0
	}
	if prefix {
		p.Notes = append(p.Notes, Note{Level: "info", What: "A prefix names what arrives from now on.", Do: "What is stored already keeps the name that it has; only the type of a name that is stored changes for the past too."})
	}
	now := c.config.Source()
	then := *now
	then.Catalogue = e.catalogue
	for _, period := range previewPeriods(now.Extent()) {
		shares, err := comparedShares(ctx, now, &then, period.Name)
		if err != nil {
			return nil, exploreError(err)
		}
		p.Periods = append(p.Periods, PreviewPeriod{Name: period.Name, Whole: period.To <= now.Extent().To, Types: shares})
	}
	return p, nil
}

// previewPeriods are the last whole quarter and month that the store has from their beginning, else the
// running ones; none of an empty store.
func previewPeriods(e stats.Extent) []flow.Period {
	if e.IsEmpty() {
		return nil
	}
	var out []flow.Period
	for _, of := range []func(flow.Slot) flow.Period{quarterOf, flow.MonthOf} {
		p := of(e.To - 1)
		if p.To > e.To && p.From > 0 {
			if before := of(p.From - 1); before.From >= e.From.Month() {
				p = before
			}
		}
		out = append(out, p)
	}
	return out
}

// quarterOf is the quarter that a slot lies in.
func quarterOf(s flow.Slot) flow.Period {
	t := s.Time()
	p, err := flow.ParsePeriod(fmt.Sprintf("%dQ%d", t.Year(), (t.Month()+2)/3))
	if err != nil {
		panic("BUG: no quarter: " + err.Error())
	}
	return p
}

// comparedShares are the shares of a period by type, of two sources over one state of the store.
func comparedShares(ctx context.Context, now, then *stats.Source, period string) ([]TypePreview, error) {
	q := explore.Question{Measure: explore.Share, By: []explore.Dimension{explore.ByType}, Range: period, Step: "whole", Top: int(flow.NumNetworkTypes)}
	for tries := 3; ; tries-- {
		commits := now.Store.Commits()
		before, err := sharesOf(ctx, now, q)
		if err != nil {
			return nil, err
		}
		after, err := sharesOf(ctx, then, q)
		if err != nil {
			return nil, err
		}
		if commits != now.Store.Commits() && tries > 0 {
			continue // a commit came between
		}
		return typeShares(before, after), nil
	}
}

// sharesOf asks a source.
func sharesOf(ctx context.Context, s *stats.Source, q explore.Question) (map[string]stats.Num, error) {
	a, err := explore.New(explore.Config{Source: func() *stats.Source { return s }}).Ask(ctx, q)
	if err != nil {
		return nil, err
	}
	out := map[string]stats.Num{}
	for i := range a.Rows {
		out[a.Rows[i].Keys[0].Value] = a.Rows[i].Whole.Value
	}
	return out, nil
}

// typeShares are the types with a share before or after, in the order of figures. A type that is not there
// has none of the bits.
func typeShares(before, after map[string]stats.Num) []TypePreview {
	out := []TypePreview{}
	none := stats.Num{Known: true}
	for _, t := range figure.StackOrder {
		b, had := before[t.String()]
		a, has := after[t.String()]
		if !had && !has {
			continue
		}
		if !had {
			b = none
		}
		if !has {
			a = none
		}
		p := TypePreview{TypeName: typeNameOf(t), Before: b, After: a}
		if a.Known && b.Known {
			p.Points = stats.Num{Value: 100 * (a.Value - b.Value), Known: true}
		}
		out = append(out, p)
	}
	return out
}
